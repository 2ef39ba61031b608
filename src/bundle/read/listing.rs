//! What the folders of a bundle hold, compared with what its manifest names.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::{MAX_ENTRIES, Overlay, Parsed};
use crate::bundle::files;
use crate::bundle::manifest::{Listed, ManifestFile};
use crate::bundle::{Code, Diagnostic, Fix, Source, Span, names, yaml};

/// Listings of folders, each read once.
pub(super) struct Folders<'a> {
    root: &'a Path,
    known: HashMap<String, Vec<String>>,
}

impl<'a> Folders<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root, known: HashMap::new() }
    }

    fn names(&mut self, folder: &str) -> &[String] {
        let root = self.root;
        self.known.entry(folder.to_owned()).or_insert_with(|| files::names_in(root, folder, MAX_ENTRIES))
    }

    /// `file` as the file system spells it, if a file differs from it in capitals only.
    fn real_spelling(&mut self, file: &str) -> Option<String> {
        let mut folder = String::new();
        for part in file.split('/') {
            let names = self.names(&folder);
            let lower = part.to_lowercase();
            let exact = names.iter().find(|name| *name == part);
            let real = exact.or_else(|| names.iter().find(|name| name.to_lowercase() == lower))?.clone();
            folder = if folder.is_empty() { real } else { format!("{folder}/{real}") };
        }
        Some(folder)
    }

    /// A file that was found although the manifest spells it with other capitals.
    pub(super) fn check_case(&mut self, manifest: &Source, entry: &Listed) -> Option<Diagnostic> {
        let real = self.real_spelling(&entry.file).filter(|real| *real != entry.file)?;
        Some(case_differs(manifest, entry, &real))
    }

    /// A file that does not exist, with the file that was probably meant.
    pub(super) fn missing(&mut self, manifest: &Source, entry: &Listed, overlay: &Overlay) -> Diagnostic {
        if let Some(real) = self.real_spelling(&entry.file) {
            return case_differs(manifest, entry, &real);
        }
        let message = format!("the service file {} does not exist", names::shown(&entry.file));
        let diagnostic = Diagnostic::at(Code::ServiceFileMissing, manifest, entry.span, message);
        let near = self.near(&entry.file, overlay);
        let mut diagnostic = match near.first() {
            Some(near) => diagnostic.with_help(format!("did you mean {}?", names::shown(near))),
            None => diagnostic.with_help("create the file, or remove the entry"),
        };
        let change = |near: &String| {
            let title = format!("Change to {}", names::shown(near));
            Fix::new(title, entry.span, yaml::quoted_if_needed(near))
        };
        diagnostic.fixes.extend(near.iter().map(change).chain(entry.removal.clone()));
        diagnostic
    }

    /// Existing service files whose path resembles `file`: another ending, another layout, a typo.
    fn near(&mut self, file: &str, overlay: &Overlay) -> Vec<String> {
        let stem = crate::bundle::service::stem(file);
        let layouts = ["yaml", "yml"].into_iter().flat_map(|ending| {
            [format!("services/{stem}.{ending}"), format!("{stem}/{stem}.{ending}"), format!("{stem}.{ending}")]
        });
        for candidate in layouts {
            if overlay.contains_key(&candidate) || self.root.join(&candidate).is_file() {
                return vec![candidate];
            }
        }
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let in_folder = self.names(folder).iter().filter(|name| is_yaml(name) && *name != "bundle.yaml");
        let near = names::nearest(name, in_folder.map(String::as_str)).into_iter();
        near.map(|near| if folder.is_empty() { near.to_owned() } else { format!("{folder}/{near}") }).collect()
    }
}

fn case_differs(manifest: &Source, entry: &Listed, real: &str) -> Diagnostic {
    let message = format!("the file is named {}, with other capitals", names::shown(real));
    Diagnostic::at(Code::PathCase, manifest, entry.span, message)
        .with_help("write the path exactly as the file is named")
        .with_fix(Fix::new(format!("Change to {real}"), entry.span, yaml::quoted_if_needed(real)))
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// Service files that lie in the folder, or would if the unsaved ones were saved, but are not listed.
pub(super) fn unlisted(root: &Path, overlay: &Overlay, listed: &[Listed]) -> Vec<String> {
    let lower: BTreeSet<String> = listed.iter().map(|entry| entry.file.to_lowercase()).collect();
    let in_folder = files::names_in(root, "services", MAX_ENTRIES).into_iter().map(|name| format!("services/{name}"));
    let is_new = |file: &String| !lower.contains(&file.to_lowercase());
    let exists = |file: &String| is_yaml(file) && is_new(file) && root.join(file).is_file();
    let mut found: BTreeSet<String> = in_folder.filter(exists).collect();
    // The other layout: a folder for each service, with a file of the same name in it.
    let folders = files::names_in(root, "", MAX_ENTRIES).into_iter().filter(|folder| !folder.starts_with('.'));
    found.extend(folders.map(|folder| format!("{folder}/{folder}.yaml")).filter(exists));
    found.extend(overlay.keys().filter(|file| file.starts_with("services/") && is_yaml(file) && is_new(file)).cloned());
    found.into_iter().collect()
}

/// Files beside the module `stem` that belong to it by their names, among those of its folder.
pub(super) fn beside(stem: &str, names: &[String]) -> Vec<String> {
    let is_beside = |name: &&String| {
        let rest = name.strip_prefix(stem).map(|rest| rest.strip_prefix("_bg").unwrap_or(rest));
        rest.is_some_and(|rest| rest.starts_with('.')) && name.strip_suffix(".wasm") != Some(stem)
    };
    names.iter().filter(is_beside).map(|name| format!("wasm/{name}")).collect()
}

/// Reports service files that the manifest does not list.
pub(super) fn check_unlisted(unlisted: &[String], manifest: &Parsed<ManifestFile>, out: &mut Vec<Diagnostic>) {
    let Some(services_key) = manifest.content.services_key.filter(|_| manifest.complete) else { return };
    // A file that was offered in the place of a missing one will be listed by that.
    let offered: BTreeSet<String> = out
        .iter()
        .filter(|d| d.file == "bundle.yaml")
        .flat_map(|d| d.fixes.iter().flat_map(|fix| &fix.edits))
        .map(|edit| edit.replacement.clone())
        .collect();
    for file in unlisted.iter().filter(|file| !offered.contains(*file)) {
        let message = format!("the service file {} is not listed", names::shown(file));
        let mut diagnostic = Diagnostic::at(Code::ServiceNotListed, &manifest.source, services_key, message)
            .with_help(format!("add `- path: {}`, or move the file out of the bundle", names::shown(file)));
        if let Some(fix) = insertion(manifest, file) {
            diagnostic = diagnostic.with_fix(fix);
        }
        out.push(diagnostic);
    }
}

/// A new entry behind the last one, where the list is written with one entry a line.
fn insertion(manifest: &Parsed<ManifestFile>, file: &str) -> Option<Fix> {
    let last = manifest.content.last_entry?;
    let source = &manifest.source;
    let before = source.line_span(source.position(last.start).line)?;
    let lead = source.slice(Span::new(before.start, last.start));
    let dash = lead.find('-')?;
    let (indentation, after) = (lead.get(..dash)?, lead.get(dash + 1..)?);
    if !indentation.trim().is_empty() || !after.trim().is_empty() {
        return None;
    }
    let end = source.line_span(source.position(last.end).line)?.end;
    let newline = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
    let entry = format!("{newline}{indentation}- path: {}", yaml::quoted_if_needed(file));
    Some(Fix::new(format!("List {file}"), Span::new(end, end), entry))
}
