//! Every check as a triple: a sick bundle, the diagnostics it must give, and the files after the fix.
//!
//! See `tests/triples/mod.rs` for the folders. `UPDATE_EXPECT=1` rewrites `expected` and `cured/`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;
mod triples;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use priostack_workbench::bundle::{Beside, Code, Diagnostic, Loaded, Overlay, Reader};
use priostack_workbench::platform;
use priostack_workbench::sandbox::Hints;

use triples::{NEED_MODULES, as_text, checks, code_of, files_below, lay, lay_out, name_of};

/// Checks that need permissions, links or huge files, each with the test that covers it.
const TESTED_ELSEWHERE: [(Code, &str, &str); 7] = [
    (Code::FolderUnreadable, "tests/bundle_files.rs", "a_folder_that_does_not_exist_is_one_error"),
    (Code::FileUnreadable, "tests/bundle_files.rs", "a_folder_in_the_place_of_a_file_is_reported_where_it_is"),
    (Code::FileTooLarge, "tests/bundle_files.rs", "a_file_beyond_the_limit_is_not_read"),
    (Code::YamlTooComplex, "tests/bundle_files.rs", "a_bomb_of_aliases_is_refused_at_once"),
    (
        Code::TooManyProblems,
        "tests/bundle_files.rs",
        "more_problems_than_anybody_reads_are_cut_off_and_still_block_an_export",
    ),
    (Code::NotDeterministic, "tests/platform_determinism.rs", "a_difference_under_the_same_record_is_reported"),
    (Code::DependsOnOutside, "tests/platform_determinism.rs", "random_numbers_are_replayed_in_every_convention"),
];

/// What is found in a bundle; with its modules loaded, where `code` needs that.
fn read(reader: &mut Reader, code: Code) -> Loaded {
    let loaded = reader.read(&Overlay::new());
    if !NEED_MODULES.contains(&code) {
        return loaded;
    }
    let examine = |module: &priostack_workbench::bundle::Module| {
        let inspection = module.inspection.as_ref().ok()?;
        let program =
            sandbox::ENGINE.load(&fs::read(&module.path).unwrap(), inspection, Hints::from(&Beside::of(&module.path)));
        Some(platform::examine(module, program.as_ref().map_err(Clone::clone)))
    };
    let examined: Vec<_> = loaded.bundle.modules.iter().filter_map(examine).collect();
    platform::complete(loaded, &examined)
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
    for triple in triples::triples() {
        let code = code_of(&triple);
        let name = name_of(&triple);
        let (_folder, root) = lay_out(&triple);
        let mut reader = Reader::new(&root);
        let loaded = read(&mut reader, code);
        let found = as_text(&loaded);
        if !loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == code) {
            writeln!(failures, "{name}: {code} was not found in\n{found}").unwrap();
        }
        let changed = mend(&root, &loaded, code);
        if !changed.is_empty() {
            let again = read(&mut reader, code);
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
fn every_code_has_a_sick_bundle_or_a_test_that_is_named() {
    let elsewhere = TESTED_ELSEWHERE.map(|(code, ..)| code);
    let tested: BTreeSet<Code> = triples::triples().iter().map(|triple| code_of(triple)).chain(elsewhere).collect();
    let untested: Vec<&str> =
        Code::ALL.iter().filter(|code| !tested.contains(code)).map(|code| code.as_str()).collect();
    assert!(untested.is_empty(), "no triple for {}", untested.join(", "));
    for (code, file, test) in TESTED_ELSEWHERE {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let body =
            text.split(&format!("#[test]\nfn {test}()")).nth(1).unwrap_or_else(|| panic!("{file} has no {test}"));
        let body = body.split("\n}\n").next().unwrap();
        assert!(body.contains(&format!("Code::{code:?}")), "{test} does not speak of {code}");
    }
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
