//! Reads bundle.yaml into a [`Manifest`], with everything that can be said by this file alone.

use std::collections::HashMap;

use super::fields::{Fields, Reading};
use super::files::{PathProblem, normal_path};
use super::schema::Scope;
use super::yaml::{Kind, Node};
use super::{Code, Fix, Manifest, Span, Spanned, mend};

/// Most services of one bundle.
const MAX_SERVICES: usize = 2000;

/// The manifest's file.
pub(super) const FILE: &str = "bundle.yaml";

/// A service file that the manifest lists, under a path that may be followed.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// The path in normal form.
    pub file: String,
    /// Where the path stands in the manifest.
    pub span: Span,
    /// The change that takes the entry out.
    pub removal: Option<Fix>,
}

/// What bundle.yaml says, as far as the other files are concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct ManifestFile {
    pub manifest: Manifest,
    /// Each service file once, in the manifest's order.
    pub listed: Vec<Listed>,
    /// Where `services` stands, if it is a list.
    pub services_key: Option<Span>,
    /// The last entry of the list.
    pub last_entry: Option<Span>,
}

/// Reads the root value of bundle.yaml.
pub(super) fn read(reading: &mut Reading, root: &Node) -> ManifestFile {
    let mut out = ManifestFile::default();
    let Some(mapping) = root.as_mapping() else {
        let message = format!("the manifest is {}, not a mapping", root.kind_name());
        let help = "begin with `name: ...` and `services:`";
        reading.push(reading.at(Code::WrongType, root.span, message).with_help(help));
        return out;
    };
    let mut fields = Fields::of_root(mapping, root.span, "the bundle");
    fields.suggest("name", vec![super::yaml::quoted_if_needed(reading.folder)]);
    fields.suggest("services", vec!["[]".into()]);
    out.manifest.name = fields.required_text(reading, "name");
    out.manifest.description = fields.description(reading);
    out.manifest.version = fields.optional_text(reading, "version");
    check_version(reading, out.manifest.version.as_ref());
    let items = fields.list(reading, "services");
    match mapping.get("services") {
        None => {
            fields.required(reading, "services");
        }
        Some(entry) if entry.value.is_null() || matches!(entry.value.kind, Kind::Sequence(_)) => {
            out.services_key = Some(entry.key_span);
            if items.is_empty() && reading.complete {
                let help = "add an entry such as `- path: services/user-service.yaml`";
                let message = "the bundle lists no services";
                reading.push(reading.at(Code::NoServices, entry.key_span, message).with_help(help));
            }
            read_services(reading, items, &mut out);
        }
        // Not a list: that has been said.
        Some(_) => {}
    }
    fields.finish(reading, Scope::Bundle);
    out
}

fn read_services(reading: &mut Reading, items: &[Node], out: &mut ManifestFile) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if at == MAX_SERVICES {
            let message = format!("the bundle lists more than {MAX_SERVICES} services; the rest is not read");
            reading.report(Code::YamlTooComplex, item.span, message);
            return;
        }
        out.last_entry = Some(item.span);
        let Some(path) = service_path(reading, at, item) else { continue };
        if let Some(file) = checked_path(reading, &path) {
            match seen.get(&file) {
                Some(first) => {
                    let line = reading.source.position(first.start).line;
                    let message = format!("the service file {file} is listed again");
                    let help = format!("line {line} lists it already; remove one of the entries");
                    let mut diagnostic = reading.at(Code::ServiceListedTwice, path.span, message).with_help(help);
                    diagnostic.fixes.extend(removal(reading, item.span));
                    reading.push(diagnostic);
                }
                None => {
                    seen.insert(file.clone(), path.span);
                    if is_service_file(reading, &file, path.span, item.span) {
                        out.listed.push(Listed { file, span: path.span, removal: removal(reading, item.span) });
                    }
                }
            }
        }
        out.manifest.services.push(path);
    }
}

/// The change that takes an entry out of the list.
fn removal(reading: &Reading, item: Span) -> Option<Fix> {
    let edit = mend::remove_item(&reading.source.text, item)?;
    Some(Fix { title: "Remove the entry".into(), edits: vec![edit] })
}

/// Whether `file` may be a service file by its name; reports where it is not.
fn is_service_file(reading: &mut Reading, file: &str, span: Span, item: Span) -> bool {
    let lower = file.to_lowercase();
    let message = if lower == FILE {
        "bundle.yaml lists itself as a service".to_owned()
    } else if lower.ends_with(".yaml") || lower.ends_with(".yml") {
        return true;
    } else if lower.ends_with(".wasm") {
        format!("{} is a module, not a service file", super::names::shown(file))
    } else {
        format!("{} is no YAML file", super::names::shown(file))
    };
    let help = "list the service's YAML file, for instance services/user-service.yaml; modules are found by its name";
    let mut diagnostic = reading.at(Code::PathNotService, span, message).with_help(help);
    diagnostic.fixes.extend(removal(reading, item));
    reading.push(diagnostic);
    false
}

/// The path of one entry: `path: ...`, or the path alone, which is reported but understood.
fn service_path(reading: &mut Reading, at: usize, item: &Node) -> Option<Spanned<String>> {
    let what = format!("entry {} of `services`", at + 1);
    match &item.kind {
        Kind::Mapping(mapping) => {
            let mut fields = Fields::of(mapping, item.span, &what);
            let path = fields.required_text(reading, "path");
            fields.optional_text(reading, "name");
            fields.description(reading);
            fields.finish(reading, Scope::ListedService);
            path
        }
        Kind::Scalar(scalar) if !item.is_null() && !scalar.text.trim().is_empty() => {
            let text = reading.text(&what, item)?;
            let insert = Span::new(item.span.start, item.span.start);
            let diagnostic = reading
                .at(Code::WrongType, item.span, format!("{what} is a text, not a mapping with `path`"))
                .with_help(format!("write `- path: {}`", super::names::shown(&text.value)));
            reading.push(diagnostic.with_fix(Fix::new("Insert path:", insert, "path: ")));
            Some(text)
        }
        _ => {
            let message = format!("{what} is {}, not a mapping with `path`", item.kind_name());
            let help = "write `- path: services/<name>.yaml`";
            reading.push(reading.at(Code::WrongType, item.span, message).with_help(help));
            None
        }
    }
}

/// The path in normal form, where it may be followed.
fn checked_path(reading: &mut Reading, path: &Spanned<String>) -> Option<String> {
    let shown = super::names::shown(&path.value);
    match normal_path(&path.value) {
        Ok(file) => Some(file),
        Err(PathProblem::Backslash) => {
            let slashed = path.value.replace('\\', "/");
            let mut diagnostic = reading
                .at(Code::PathBackslash, path.span, format!("the path {shown} holds backslashes"))
                .with_help("write `/` between folders, on every system");
            let usable = normal_path(&slashed).ok();
            if usable.is_some() {
                let replacement = super::yaml::quoted_if_needed(&slashed);
                diagnostic = diagnostic.with_fix(Fix::new("Change to forward slashes", path.span, replacement));
            }
            reading.push(diagnostic);
            usable
        }
        Err(problem) => {
            let reason = match problem {
                PathProblem::Absolute => "is absolute",
                PathProblem::Parent => "leads out of the bundle's folder",
                _ => "is not a file's path",
            };
            let diagnostic = reading
                .at(Code::PathOutside, path.span, format!("the path {shown} {reason}"))
                .with_help("copy the file into the bundle and write its path relative to bundle.yaml");
            reading.push(diagnostic);
            None
        }
    }
}

/// Reports a version that is not a semantic version.
pub(super) fn check_version(reading: &mut Reading, version: Option<&Spanned<String>>) {
    let Some(version) = version else { return };
    if semver::Version::parse(&version.value).is_ok() {
        return;
    }
    let shown = super::names::shown(&version.value);
    let mut diagnostic = reading
        .at(Code::VersionInvalid, version.span, format!("`{shown}` is not a semantic version"))
        .with_help("write three numbers, such as 1.0.0");
    if let Some(mended) = mended_version(&version.value) {
        let fix = Fix::new(format!("Change to {mended}"), version.span, mended);
        diagnostic = diagnostic.with_fix(fix);
    }
    // A version such as 1.0 is a number to YAML; the report that says so would only repeat this one.
    reading.diagnostics.retain(|earlier| earlier.code != Code::WrongType || earlier.span != Some(version.span));
    reading.push(diagnostic);
}

/// `v1.2` as `1.2.0` and `01.2.3.4` as `1.2.3`, where the parts that are there are numbers.
fn mended_version(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['v', 'V', '=', ' ']);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, tail) = text.split_at_checked(end)?;
    let tail = match tail.trim_start_matches(['-', '_', ' ', '+', '.']) {
        "" => String::new(),
        build if tail.starts_with('+') => format!("+{build}"),
        pre_release => format!("-{pre_release}"),
    };
    let mut parts: Vec<u64> = Vec::new();
    for part in numbers.trim_matches('.').split('.') {
        parts.push(part.parse().ok()?);
    }
    parts.resize(3, 0);
    let numbers: Vec<String> = parts.iter().map(u64::to_string).collect();
    semver::Version::parse(&format!("{}{tail}", numbers.join("."))).ok().map(|version| version.to_string())
}
