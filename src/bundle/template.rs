//! New bundles and services from templates that check clean.
//!
//! Nothing that exists is ever overwritten: a bundle comes into an empty or new folder, a file only where
//! there is none.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::change::{Editable, List, Refusal, Values};
use super::{Bundle, TextEdit, names, yaml};

/// The service of a new bundle.
const HELLO: &str = include_str!("../../assets/templates/hello.yaml");
const HELLO_SOURCE: &str = include_str!("../../assets/templates/hello.wat");
const HELLO_MODULE: &[u8] = include_bytes!("../../assets/templates/hello.wasm");
/// A further service.
const SERVICE: &str = include_str!("../../assets/templates/service.yaml");
/// Longest name of a bundle or service, in bytes.
const LONGEST_NAME: usize = 100;

/// What a new service's module is to be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Rust, by wasm-pack.
    #[default]
    Rust,
    /// C++, by Emscripten.
    Cpp,
    /// Go.
    Go,
    /// AssemblyScript.
    AssemblyScript,
    /// Anything else.
    Other,
}

impl Language {
    /// All languages, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Cpp, Self::Go, Self::AssemblyScript, Self::Other];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Cpp => "C++",
            Self::Go => "Go",
            Self::AssemblyScript => "AssemblyScript",
            Self::Other => "Other",
        }
    }

    /// The documented command that builds the module of `service`, to be run in its source folder.
    pub fn build_command(self, service: &str) -> Option<String> {
        let snake = names::snake_case(service).replace('-', "_");
        Some(match self {
            Self::Rust => format!("wasm-pack build --target web, then copy pkg/{snake}_bg.wasm there"),
            Self::Cpp => "emcc main.cpp -o output.wasm, then copy output.wasm there".into(),
            Self::Go => "GOOS=js GOARCH=wasm go build -o output.wasm, then copy output.wasm there".into(),
            Self::AssemblyScript => "npx asc main.ts -b output.wasm, then copy output.wasm there".into(),
            Self::Other => return None,
        })
    }
}

/// Why nothing was created. What existed before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The name cannot be used.
    #[error("{0}")]
    Name(String),
    /// The folder holds something already.
    #[error("the folder {} is not empty; choose an empty or a new one", .0.display())]
    NotEmpty(PathBuf),
    /// The path is that of a file.
    #[error("{} is a file; choose an empty or a new folder", .0.display())]
    NotAFolder(PathBuf),
    /// The file is there already.
    #[error("{} exists already; choose another name", .0.display())]
    Exists(PathBuf),
    /// The manifest cannot be added to.
    #[error("bundle.yaml: {0}")]
    Manifest(#[from] Refusal),
    /// The operating system refused.
    #[error("cannot write {}: {}", path.display(), reason(source))]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "you may not write there; check the permissions of the folder",
        io::ErrorKind::StorageFull => "there is no space left",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::NotADirectory => "a part of the path is a file",
        io::ErrorKind::InvalidFilename => "the name is too long or not allowed",
        _ => "the system refused",
    }
}

/// Why `name` is not fit for a service, which is named in references and names files.
///
/// # Errors
/// What is wrong with it.
pub fn check_service_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("the service needs a name".into());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("the name is longer than {LONGEST_NAME} characters"));
    }
    if let Some(c) = name.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_'))) {
        let held = if c.is_whitespace() { "white space".into() } else { format!("`{}`", names::shown(&c.to_string())) };
        return Err(format!("the name holds {held}; use letters, digits, - and _"));
    }
    if name.starts_with('-') { Err("the name begins with -".into()) } else { Ok(()) }
}

/// Why `name` is not fit for a bundle.
///
/// # Errors
/// What is wrong with it.
pub fn check_bundle_name(name: &str) -> Result<(), String> {
    match name {
        _ if name.trim().is_empty() => Err("the bundle needs a name".into()),
        _ if name.len() > LONGEST_NAME => Err(format!("the name is longer than {LONGEST_NAME} characters")),
        _ if name.trim() != name => Err("the name begins or ends with a blank".into()),
        _ if name.chars().any(char::is_control) => Err("the name holds a control character".into()),
        _ => Ok(()),
    }
}

/// Creates a bundle named `name` in `folder`, which must be empty or not exist: a manifest, a service with a
/// module that runs, its source, and a saved input. Gives the files it wrote.
///
/// # Errors
/// When the name or the folder cannot be used, or something cannot be written. What was written until then
/// is removed again.
pub fn create_bundle(folder: &Path, name: &str) -> Result<Vec<String>, CreateError> {
    check_bundle_name(name).map_err(CreateError::Name)?;
    let failed = |source| CreateError::Io { path: folder.into(), source };
    match fs::read_dir(folder) {
        Ok(entries) => {
            if entries.count() > 0 {
                return Err(CreateError::NotEmpty(folder.into()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) if folder.is_file() => return Err(CreateError::NotAFolder(folder.into())),
        Err(error) => return Err(failed(error)),
    }
    let manifest = format!(
        "# What the bundle is called and which services it holds. Paths are relative to this file.\nname: {}\nversion: \
         0.1.0\n\nservices:\n  - path: services/hello.yaml\n",
        yaml::quoted_if_needed(name)
    );
    let case = "{\n  \"input\": {\"name\": \"Ada\"},\n  \"expect\": {\"equals\": {\"message\": \"Hello, Ada!\"}}\n}\n";
    let nobody = "{\n  \"input\": {},\n  \"expect\": {\"error\": \"say who is to be greeted\"}\n}\n";
    let files: [(&str, &[u8]); 7] = [
        ("services/hello.yaml", HELLO.as_bytes()),
        ("wasm/hello.wasm", HELLO_MODULE),
        ("modules/hello.wat", HELLO_SOURCE.as_bytes()),
        (".workbench/.gitignore", b"history/\n"),
        (".workbench/cases/hello/hello/ada.json", case.as_bytes()),
        (".workbench/cases/hello/hello/nobody.json", nobody.as_bytes()),
        // Last: a folder with a manifest is a bundle, and a whole one.
        ("bundle.yaml", manifest.as_bytes()),
    ];
    let mut made = Made::default();
    for (file, bytes) in files {
        made.write(folder, file, bytes)?;
    }
    made.keep();
    Ok(files.iter().map(|(file, _)| (*file).to_owned()).collect())
}

/// A service that is to be added to a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewService {
    /// Its file, relative to the bundle's root.
    pub file: String,
    /// What the file is to hold.
    pub text: String,
    /// What lists it in the manifest.
    pub listing: Vec<TextEdit>,
}

/// A service named `name` for `bundle`, whose manifest's present text is `manifest`: laid out as the others.
///
/// # Errors
/// When the name cannot be used or is taken, or the manifest cannot be added to.
pub fn new_service(bundle: &Bundle, manifest: &str, name: &str, language: Language) -> Result<NewService, CreateError> {
    check_service_name(name).map_err(CreateError::Name)?;
    let is_taken = |service: &super::Service| service.name.value.eq_ignore_ascii_case(name);
    if bundle.services.iter().any(is_taken) {
        return Err(CreateError::Name(format!("a service named {name} is there already")));
    }
    let file = service_file(bundle, name);
    if bundle.sources.keys().any(|known| known.eq_ignore_ascii_case(&file)) {
        return Err(CreateError::Exists(file.into()));
    }
    let values: Values = [("path", file.clone())].into_iter().collect();
    let listing = Editable::read(manifest)?.add(List::Services, &values)?;
    Ok(NewService { text: service_text(name, language), file, listing })
}

/// Writes the file of a new service into the bundle at `root`.
///
/// # Errors
/// When it exists, or cannot be written.
pub fn create_service_file(root: &Path, service: &NewService) -> Result<(), CreateError> {
    let mut made = Made::default();
    made.write(root, &service.file, service.text.as_bytes())?;
    made.keep();
    Ok(())
}

/// Where the file of a new service goes: as most of the bundle's services lie.
fn service_file(bundle: &Bundle, name: &str) -> String {
    let mut folders = bundle.services.iter().map(|service| {
        let (folder, file) = service.file.rsplit_once('/').unwrap_or(("", service.file.as_str()));
        let stem = super::service::stem(file);
        // In a folder of its own name, perhaps below another one.
        match folder.rsplit_once('/') {
            _ if folder == stem => (true, ""),
            Some((above, own)) if own == stem => (true, above),
            _ => (false, folder),
        }
    });
    let first = folders.next();
    let (own_folder, above) = first.filter(|first| folders.all(|other| other == *first)).unwrap_or((false, "services"));
    let above = if above.is_empty() { String::new() } else { format!("{above}/") };
    if own_folder { format!("{above}{name}/{name}.yaml") } else { format!("{above}{name}.yaml") }
}

fn service_text(name: &str, language: Language) -> String {
    let build = match language.build_command(name) {
        Some(command) => format!(". To build it from {}:\n# {command}.", language.as_str()),
        None => format!(
            ". docs/plain-convention.md of PrioStack Workbench says what a module of any\n# language must export; \
             then put it at wasm/{name}.wasm."
        ),
    };
    let camel = names::camel_case(name);
    SERVICE
        .replace("{build}", &build)
        .replace("{quoted}", &yaml::quoted_if_needed(name))
        .replace("{handle}", &format!("wasm:{name}:handleRequest"))
        .replace("{sensor}", &format!("{camel}Requested"))
        .replace("{name}", name)
}

/// What was made, to be removed again unless all of it is kept.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Made {
    fn write(&mut self, root: &Path, file: &str, bytes: &[u8]) -> Result<(), CreateError> {
        let path = root.join(file);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => CreateError::Exists(path.clone()),
            _ => CreateError::Io { path: path.clone(), source },
        };
        let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir(folder).map_err(failed)?;
            self.folders.push(folder.into());
        }
        let mut created = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        self.files.push(path.clone());
        created.write_all(bytes).and_then(|()| created.sync_all()).map_err(failed)
    }

    fn keep(&mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        // Only what is empty goes: remove_dir removes nothing else.
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}
