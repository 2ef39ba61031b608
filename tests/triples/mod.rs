//! The triples of `tests/checks`, for the tests that read them.
//!
//! A folder there holds `sick/` (files laid over the healthy bundle in `tests/checks/base`; a `.wat` becomes
//! the `.wasm` of the same name), optionally `removed` (paths taken out of the base), `expected`, and `cured/`
//! where the check offers a fix. The folder's name begins with the code that it is about, optionally followed
//! by a dot and a variant.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::{Code, Loaded};

pub fn checks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks")
}

/// The folders of all triples, sorted.
pub fn triples() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(checks()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir() && !folder.ends_with("base"));
    folders.sort();
    folders
}

pub fn name_of(triple: &Path) -> &str {
    triple.file_name().unwrap().to_str().unwrap()
}

pub fn code_of(triple: &Path) -> Code {
    let name = name_of(triple);
    let code = name.split('.').next().unwrap();
    Code::parse(code).unwrap_or_else(|| panic!("{name} does not begin with a code"))
}

/// Codes that only a loaded module gives away.
pub const NEED_MODULES: [Code; 4] =
    [Code::ModuleUnusable, Code::FunctionNotCallable, Code::ConventionAmbiguous, Code::SettingsInvalid];

pub fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

pub fn lay(files: BTreeMap<String, Vec<u8>>, to: &Path) {
    for (name, bytes) in files {
        let path = to.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.ends_with(".wat") {
            fs::write(path.with_extension("wasm"), wat::parse_bytes(&bytes).unwrap()).unwrap();
        } else {
            fs::write(path, bytes).unwrap();
        }
    }
}

/// The sick bundle of a triple in the folder `shop` of a folder of its own.
pub fn lay_out(triple: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    lay(files_below(&checks().join("base")), &root);
    for path in fs::read_to_string(triple.join("removed")).unwrap_or_default().lines() {
        fs::remove_file(root.join(path)).unwrap();
    }
    lay(files_below(&triple.join("sick")), &root);
    (folder, root)
}

pub fn as_text(loaded: &Loaded) -> String {
    let mut out = String::new();
    for diagnostic in &loaded.diagnostics {
        let file = if diagnostic.file.is_empty() { "." } else { &diagnostic.file };
        let place = diagnostic.position.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
        let (severity, code) = (diagnostic.severity.as_str(), diagnostic.code);
        writeln!(out, "{file}{place} {severity} {code}: {}", diagnostic.message).unwrap();
        if let Some(span) = diagnostic.span {
            let text = loaded.bundle.sources.get(file).and_then(|text| text.get(span.start..span.end));
            writeln!(out, "  at: {}", serde_json::Value::from(text.unwrap_or("(not in the text)"))).unwrap();
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "  help: {help}").unwrap();
        }
        for fix in &diagnostic.fixes {
            writeln!(out, "  fix: {}", fix.title).unwrap();
        }
        for choice in &diagnostic.choices {
            writeln!(out, "  choice: {}", choice.title).unwrap();
        }
    }
    out
}
