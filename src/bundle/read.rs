//! Reading a bundle's folder. Never fails: what cannot be read becomes a diagnostic.
//!
//! Files whose text did not change are not parsed again, and modules whose size and time did not change
//! are not read again, so that a check after every keystroke stays cheap.

mod listing;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{self, Whole, characters};
use super::fields::Reading;
use super::files::{self, FileError, MAX_MODULE, MAX_YAML};
use super::manifest::{self, Listed, ManifestFile};
use super::{
    Bundle, Code, Diagnostic, Fix, Inspection, Loaded, Module, Service, Settings, Source, Span, diagnostic, names,
    service, yaml,
};

/// Unsaved texts that stand in for files on disk, by path relative to the root (with `/`).
pub type Overlay = BTreeMap<String, String>;

/// Most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// Reads one bundle folder again and again, and remembers what did not change in between.
#[derive(Debug)]
pub struct Reader {
    root: PathBuf,
    manifest: Option<Parsed<ManifestFile>>,
    services: HashMap<String, Parsed<Service>>,
    modules: HashMap<String, InspectedModule>,
}

/// A file as it was read, with what it says and what is wrong with it.
#[derive(Clone, Debug)]
struct Parsed<T> {
    source: Arc<Source>,
    /// Whether the whole file was understood.
    complete: bool,
    /// Whether the file is UTF-8, so that its text is all of it.
    is_text: bool,
    content: T,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Clone, Debug)]
struct InspectedModule {
    facts: files::Facts,
    inspection: Result<Inspection, String>,
}

/// One file's text, or as much of it as is text.
struct Text {
    text: String,
    /// Where the bytes stop being UTF-8.
    broken_at: Option<(usize, &'static str)>,
}

impl Reader {
    /// A reader for the bundle at `root`. Touches no file yet.
    pub fn new(root: &Path) -> Self {
        Self { root: root.into(), manifest: None, services: HashMap::new(), modules: HashMap::new() }
    }

    /// Reads and checks the bundle, with `overlay` in the place of the files that it names.
    pub fn read(&mut self, overlay: &Overlay) -> Loaded {
        let mut out = Vec::new();
        let mut bundle = Bundle { root: self.root.clone(), ..Bundle::default() };
        let mut sources = BTreeMap::new();
        if let Err(error) = std::fs::read_dir(&self.root)
            && overlay.is_empty()
        {
            let message = format!("the folder {} cannot be read: {}", self.root.display(), reason(&error));
            out.push(
                Diagnostic::new(Code::FolderUnreadable, "", message).with_help("check the path and the permissions"),
            );
            return Loaded { bundle, diagnostics: out };
        }
        let manifest = self.read_manifest(overlay, &mut out);
        let mut all_services_known =
            manifest.as_ref().is_some_and(|parsed| parsed.complete && parsed.content.services_key.is_some());
        let (listed, service_list) = match &manifest {
            Some(parsed) => {
                bundle.manifest = parsed.content.manifest.clone();
                keep(parsed, &mut bundle, &mut sources);
                out.extend(parsed.diagnostics.iter().cloned());
                (parsed.content.listed.clone(), Some(parsed))
            }
            None => (Vec::new(), None),
        };
        if bundle.manifest.services.len() != listed.len() {
            // Some entry names a file that may not be read: its service is not known.
            all_services_known = false;
        }
        self.read_services(&listed, overlay, &mut bundle, &mut sources, &mut out);
        // A file that could not be read may hold any service.
        all_services_known &= bundle.services.len() == listed.len();
        bundle.with_cases = files::names_in(&self.root, super::cases::CASES_FOLDER, MAX_ENTRIES);
        match Settings::read(&self.root) {
            Ok(settings) => bundle.settings = settings,
            Err(error) => bundle.settings_error = Some(error),
        }
        bundle.unlisted = listing::unlisted(&self.root, overlay, &listed);
        if let Some(manifest) = service_list {
            listing::check_unlisted(&bundle.unlisted, manifest, &mut out);
        }
        bundle.modules = self.read_modules(&bundle, &mut out);
        check::check(&Whole::new(&bundle, &sources, all_services_known), &mut out);
        Loaded { bundle, diagnostics: diagnostic::in_order(out) }
    }

    fn read_manifest(&mut self, overlay: &Overlay, out: &mut Vec<Diagnostic>) -> Option<Parsed<ManifestFile>> {
        let text = match read_text(&self.root, manifest::FILE, overlay) {
            Ok(text) => text,
            Err(FileError::NotFound) => {
                let other = ["bundle.yml", "Bundle.yaml", "BUNDLE.yaml"]
                    .into_iter()
                    .find(|name| self.root.join(name).is_file());
                let help = match other {
                    Some(other) => format!("rename {other} to bundle.yaml"),
                    None => "open the folder that holds bundle.yaml, or create it with `name` and `services`".into(),
                };
                out.push(Diagnostic::new(Code::ManifestMissing, "", "the folder has no bundle.yaml").with_help(help));
                return None;
            }
            Err(error) => {
                out.push(unreadable(manifest::FILE, &error));
                return None;
            }
        };
        let old = self.manifest.take();
        let parsed =
            parse_file((&folder_name(&self.root), manifest::FILE), text, old, ManifestFile::default(), manifest::read);
        self.manifest = Some(parsed.clone());
        Some(parsed)
    }

    fn read_services(
        &mut self,
        listed: &[Listed],
        overlay: &Overlay,
        bundle: &mut Bundle,
        sources: &mut BTreeMap<String, Arc<Source>>,
        out: &mut Vec<Diagnostic>,
    ) {
        let mut seen = HashMap::with_capacity(listed.len());
        let mut folders = listing::Folders::new(&self.root);
        let folder = folder_name(&self.root);
        let manifest = sources.get(manifest::FILE).cloned();
        for entry in listed {
            match read_text(&self.root, &entry.file, overlay) {
                Ok(text) => {
                    let old = self.services.remove(&entry.file);
                    let parsed =
                        parse_file((&folder, &entry.file), text, old, service::unread(&entry.file), service::read);
                    bundle.services.push(parsed.content.clone());
                    keep(&parsed, bundle, sources);
                    out.extend(parsed.diagnostics.iter().cloned());
                    if let Some(manifest) = &manifest
                        && !overlay.contains_key(&entry.file)
                    {
                        out.extend(folders.check_case(manifest, entry));
                    }
                    seen.insert(entry.file.clone(), parsed);
                }
                Err(error) => {
                    let Some(manifest) = &manifest else { continue };
                    out.push(match error {
                        FileError::NotFound => folders.missing(manifest, entry, overlay),
                        FileError::Outside => Diagnostic::at(
                            Code::PathOutside,
                            manifest,
                            entry.span,
                            format!("{} is a symbolic link that leads out of the bundle's folder", entry.file),
                        )
                        .with_help("copy the file into the bundle"),
                        error => unreadable(&entry.file, &error),
                    });
                }
            }
        }
        self.services = seen;
    }

    fn read_modules(&mut self, bundle: &Bundle, out: &mut Vec<Diagnostic>) -> Vec<Module> {
        let mut seen = HashMap::new();
        let mut modules = Vec::new();
        let names = files::names_in(&self.root, "wasm", MAX_ENTRIES);
        for name in &names {
            let Some(stem) = name.strip_suffix(".wasm") else { continue };
            let file = format!("wasm/{name}");
            let (path, facts) = match files::facts(&self.root, &file, MAX_MODULE) {
                Ok(found) => found,
                Err(error) => {
                    out.push(unreadable(&file, &error));
                    modules.push(Module {
                        path: self.root.join(&file),
                        service: owner(stem, bundle, &names),
                        size: 0,
                        beside: Vec::new(),
                        inspection: Err(format!("{error}")),
                        file,
                    });
                    continue;
                }
            };
            let known = self.modules.remove(&file);
            let known = known.filter(|known| known.facts == facts && facts.modified.is_some());
            let inspected = known.unwrap_or_else(|| InspectedModule {
                facts,
                inspection: match files::read(&self.root, &file, MAX_MODULE) {
                    Ok(bytes) => Inspection::read(&bytes),
                    Err(error) => Err(format!("the module cannot be read: {error}")),
                },
            });
            let inspection = inspected.inspection.clone();
            seen.insert(file.clone(), inspected);
            let service = owner(stem, bundle, &names);
            let beside = listing::beside(stem, &names);
            modules.push(Module { file, path, service, size: facts.size, beside, inspection });
        }
        self.modules = seen;
        modules
    }
}

/// The service that the module file `stem` belongs to: the one of that name, else the one of that file.
fn owner(stem: &str, bundle: &Bundle, files: &[String]) -> String {
    let by_file = || {
        let mut services = bundle.services.iter();
        let service = services.find(|service| service::stem(&service.file) == stem)?;
        let is_taken = files.iter().any(|file| file.strip_suffix(".wasm") == Some(&service.name.value));
        (!is_taken).then_some(service)
    };
    match bundle.service(stem).or_else(by_file) {
        Some(service) => service.name.value.clone(),
        None => stem.to_owned(),
    }
}

/// The name of the bundle's folder.
fn folder_name(root: &Path) -> String {
    root.file_name().map_or_else(|| "bundle".into(), |name| name.to_string_lossy().into_owned())
}

fn read_text(root: &Path, file: &str, overlay: &Overlay) -> Result<Text, FileError> {
    if let Some(text) = overlay.get(file) {
        return Ok(Text { text: text.clone(), broken_at: None });
    }
    match String::from_utf8(files::read(root, file, MAX_YAML)?) {
        Ok(text) => Ok(Text { text, broken_at: None }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            let what = match bytes.as_slice() {
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16",
                bytes if bytes.contains(&0) => "it is not a text",
                _ => "it was probably saved as Latin-1 or Windows-1252",
            };
            bytes.truncate(at);
            Ok(Text { text: String::from_utf8(bytes).unwrap_or_default(), broken_at: Some((at, what)) })
        }
    }
}

/// Parses a file, unless `old` is the same text already parsed.
fn parse_file<T>(
    (folder, file): (&str, &str),
    text: Text,
    old: Option<Parsed<T>>,
    empty: T,
    read: fn(&mut Reading, &yaml::Node) -> T,
) -> Parsed<T> {
    if let Some(old) = old
        && old.is_text == text.broken_at.is_none()
        && old.source.text == text.text
    {
        return old;
    }
    let source = Arc::new(Source::new(file, text.text));
    let document = yaml::parse(&source.text);
    let complete = document.complete && text.broken_at.is_none();
    let mut reading = Reading { source: &source, folder, complete, diagnostics: Vec::new() };
    match text.broken_at {
        Some((at, what)) => {
            let help = format!("{what}; save it as UTF-8");
            let message = format!("the file is not UTF-8 text from byte {at} on");
            reading.push(reading.at(Code::NotUtf8, Span::new(at, at), message).with_help(help));
        }
        None => report_yaml(&mut reading, &document),
    }
    characters::check(&mut reading);
    let content = match &document.root {
        Some(root) if !(root.is_null() && source.slice(root.span).is_empty()) => read(&mut reading, root),
        _ => {
            if complete {
                let diagnostic = Diagnostic::new(Code::FileEmpty, file, "the file is empty");
                let fix = skeleton(&reading);
                reading.push(diagnostic.with_help("fill it, or remove it and its entry").with_fix(fix));
            }
            empty
        }
    };
    let mut diagnostics = reading.diagnostics;
    drop_guesses(&mut diagnostics, &source);
    Parsed { complete, is_text: text.broken_at.is_none(), content, diagnostics, source }
}

/// The least that a file of its kind holds, put behind the comments of an empty file.
fn skeleton(reading: &Reading) -> Fix {
    let (file, text) = (&reading.source.file, &reading.source.text);
    let (name, rest) =
        if file == manifest::FILE { (reading.folder, "services: []\n") } else { (service::stem(file), "") };
    let lead = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    // What is there may be a document's beginning and end: everything but comments gives way.
    let is_plain = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    let span = if is_plain { Span::new(text.len(), text.len()) } else { Span::new(0, text.len()) };
    Fix::new("Begin it with a name", span, format!("{lead}name: {}\n{rest}", yaml::quoted_if_needed(name)))
}

/// Behind a syntax error the structure is a guess: what was found there, or around it, is not reported.
fn drop_guesses(diagnostics: &mut Vec<Diagnostic>, source: &Source) {
    let is_syntax = |diagnostic: &Diagnostic| diagnostic.code == Code::YamlSyntax;
    let first = diagnostics.iter().filter(|diagnostic| is_syntax(diagnostic)).filter_map(|d| d.position).min();
    let Some(line) = first.and_then(|at| source.line_span(at.line)) else { return };
    // What is seen in the text itself may be the error's very cause.
    let is_seen = |diagnostic: &Diagnostic| {
        matches!(diagnostic.code, Code::YamlSyntax | Code::InvisibleCharacter | Code::LookalikeLetter)
    };
    diagnostics.retain(|diagnostic| is_seen(diagnostic) || diagnostic.span.is_some_and(|span| span.end <= line.start));
}

fn report_yaml(reading: &mut Reading, document: &yaml::Document) {
    if reading.source.text.starts_with('\u{feff}') {
        let span = Span::new(0, '\u{feff}'.len_utf8());
        let diagnostic = reading.at(Code::ByteOrderMark, span, "the file begins with a byte order mark");
        reading.push(diagnostic.with_fix(Fix::new("Remove the byte order mark", span, "")));
    }
    for problem in &document.problems {
        let mut diagnostic = reading.at(problem.code, problem.span, problem.message.as_str());
        diagnostic.help = problem.help.clone();
        diagnostic.fixes.extend(problem.fix.clone());
        reading.push(diagnostic);
    }
}

fn keep<T>(parsed: &Parsed<T>, bundle: &mut Bundle, sources: &mut BTreeMap<String, Arc<Source>>) {
    let file = parsed.source.file.clone();
    let texts = if parsed.is_text { &mut bundle.sources } else { &mut bundle.damaged };
    texts.insert(file.clone(), parsed.source.text.clone());
    sources.insert(file, parsed.source.clone());
}

fn unreadable(file: &str, error: &FileError) -> Diagnostic {
    let (code, help) = match error {
        FileError::TooLarge { .. } => (Code::FileTooLarge, "check that this is the right file"),
        FileError::Outside => (Code::PathOutside, "copy the file into the bundle"),
        FileError::NotAFile => (Code::FileUnreadable, "put a plain file in its place"),
        _ => (Code::FileUnreadable, "check the permissions of the file and its folders"),
    };
    let message = match error {
        FileError::Io(error) => format!("the file cannot be read: {}", reason(error)),
        error => error.to_string(),
    };
    Diagnostic::new(code, file, message).with_help(help)
}

/// The operating system's words without its error number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    names::shown(text).to_lowercase()
}
