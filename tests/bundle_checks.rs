//! Every check as a triple: a sick bundle, the diagnostics it must give, and the files after the fix.
//!
//! A folder in `tests/checks` holds `sick/` (files laid over the healthy bundle in `tests/checks/base`; a
//! `.wat` becomes the `.wasm` of the same name), optionally `removed` (paths taken out of the base),
//! `expected`, and `cured/` where the check offers a fix. The folder's name begins with the code that it
//! is about, optionally followed by a dot and a variant. `UPDATE_EXPECT=1` rewrites `expected` and `cured/`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::{Code, Diagnostic, Loaded, Overlay, Reader};

/// Checks that need links, permissions or large files: see `bundle_files.rs`.
const TESTED_ELSEWHERE: [Code; 9] = [
    Code::FolderUnreadable,
    Code::FileUnreadable,
    Code::FileTooLarge,
    Code::YamlTooComplex,
    Code::TooManyProblems,
    // These need the modules to be loaded.
    Code::ModuleUnusable,
    Code::FunctionNotCallable,
    Code::ConventionAmbiguous,
    Code::SettingsInvalid,
];

fn checks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks")
}

/// The folders of all triples, sorted.
fn triples() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(checks()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir() && !folder.ends_with("base"));
    folders.sort();
    folders
}

fn code_of(triple: &Path) -> Code {
    let name = triple.file_name().unwrap().to_str().unwrap();
    let code = name.split('.').next().unwrap();
    Code::parse(code).unwrap_or_else(|| panic!("{name} does not begin with a code"))
}

fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
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

fn lay(files: BTreeMap<String, Vec<u8>>, to: &Path) {
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
fn lay_out(triple: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    lay(files_below(&checks().join("base")), &root);
    for path in fs::read_to_string(triple.join("removed")).unwrap_or_default().lines() {
        fs::remove_file(root.join(path)).unwrap();
    }
    lay(files_below(&triple.join("sick")), &root);
    folder
}

fn as_text(loaded: &Loaded) -> String {
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
    }
    out
}

/// Applies the fixes of `code`, the last place of a file first. Returns the files that changed.
fn mend(root: &Path, loaded: &Loaded, code: Code) -> BTreeMap<String, String> {
    let mut fixed: Vec<&Diagnostic> = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.code == code && !diagnostic.fixes.is_empty())
        .collect();
    fixed.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.fixes[0].edits[0].span.start));
    let mut changed: BTreeMap<String, String> = BTreeMap::new();
    for diagnostic in fixed {
        let text =
            changed.entry(diagnostic.file.clone()).or_insert_with(|| loaded.bundle.sources[&diagnostic.file].clone());
        *text = diagnostic.fixes[0].apply(text).unwrap();
    }
    for (file, text) in &changed {
        fs::write(root.join(file), text).unwrap();
    }
    changed
}

#[test]
fn every_sick_bundle_gives_the_expected_diagnostics_and_its_fix_cures_it() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = String::new();
    for triple in triples() {
        let code = code_of(&triple);
        let name = triple.file_name().unwrap().to_string_lossy().into_owned();
        let folder = lay_out(&triple);
        let root = folder.path().join("shop");
        let mut reader = Reader::new(&root);
        let loaded = reader.read(&Overlay::new());
        let found = as_text(&loaded);
        if !loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == code) {
            writeln!(failures, "{name}: {code} was not found in\n{found}").unwrap();
        }
        let changed = mend(&root, &loaded, code);
        if !changed.is_empty() {
            let again = reader.read(&Overlay::new());
            if again.diagnostics.iter().any(|diagnostic| diagnostic.code == code && !diagnostic.fixes.is_empty()) {
                writeln!(failures, "{name}: the fix does not cure\n{}", as_text(&again)).unwrap();
            }
        }
        if update {
            fs::write(triple.join("expected"), &found).unwrap();
            let _ = fs::remove_dir_all(triple.join("cured"));
            lay(changed.into_iter().map(|(file, text)| (file, text.into_bytes())).collect(), &triple.join("cured"));
            continue;
        }
        let expected = fs::read_to_string(triple.join("expected")).unwrap_or_default();
        if expected != found {
            writeln!(failures, "{name}: expected\n{expected}\nfound\n{found}").unwrap();
        }
        let cured = files_below(&triple.join("cured"));
        let changed: BTreeMap<String, Vec<u8>> =
            changed.into_iter().map(|(file, text)| (file, text.into_bytes())).collect();
        if cured != changed {
            let texts = changed.values().map(|bytes| String::from_utf8_lossy(bytes)).collect::<Vec<_>>().join("\n");
            writeln!(failures, "{name}: after the fix the files are\n{texts}").unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn the_healthy_bundle_gives_no_diagnostics() {
    let folder = tempfile::tempdir().unwrap();
    lay(files_below(&checks().join("base")), folder.path());
    let loaded = Reader::new(folder.path()).read(&Overlay::new());
    assert_eq!(as_text(&loaded), "");
    assert_eq!(loaded.bundle.services.len(), 2);
    assert_eq!(loaded.bundle.modules.len(), 2);
    assert_eq!(loaded.bundle.services[0].endpoints.len(), 2);
}

#[test]
fn every_code_has_a_sick_bundle() {
    let tested: BTreeSet<Code> = triples().iter().map(|triple| code_of(triple)).chain(TESTED_ELSEWHERE).collect();
    let untested: Vec<&str> =
        Code::ALL.iter().filter(|code| !tested.contains(code)).map(|code| code.as_str()).collect();
    assert!(untested.is_empty(), "no triple for {}", untested.join(", "));
}

#[test]
fn every_code_is_unique_explained_and_read_back() {
    let mut texts = BTreeSet::new();
    for code in Code::ALL {
        assert!(texts.insert(code.as_str()), "{code} twice");
        assert_eq!(Code::parse(code.as_str()), Some(*code));
        assert!(code.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()), "{code}");
        let explanation = code.explanation();
        assert!(explanation.len() > 60 && explanation.ends_with('.'), "{code} is not explained");
    }
    assert_eq!(Code::parse("no-such-code"), None);
}
