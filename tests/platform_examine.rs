//! What loading a bundle's modules reveals: functions that cannot be called, modules that cannot be
//! run, and what is left to the user's choice.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::fs;
use std::path::Path;

use priostack_workbench::bundle::{
    Beside, Code, Diagnostic, Loaded, Overlay, Reader, Settings, Severity, settings::SETTINGS_FILE,
};
use priostack_workbench::platform;
use priostack_workbench::sandbox::Hints;

/// Lays a bundle of one service whose endpoint calls `function` of this module.
fn lay(folder: &Path, module: &[u8], function: &str) {
    fs::create_dir_all(folder.join("services")).unwrap();
    fs::create_dir_all(folder.join("wasm")).unwrap();
    fs::write(folder.join("bundle.yaml"), "name: test\nservices:\n  - path: services/shop.yaml\n").unwrap();
    let service = format!(
        "name: shop\napi:\n  basePath: /shop\n  endpoints:\n    - name: call\n      method: POST\n      path: /\n      to: wasm:shop:{function}\n"
    );
    fs::write(folder.join("services/shop.yaml"), service).unwrap();
    fs::write(folder.join("wasm/shop.wasm"), module).unwrap();
}

fn examined(folder: &Path) -> Loaded {
    let loaded = Reader::new(folder).read(&Overlay::new());
    let examined: Vec<_> = loaded
        .bundle
        .modules
        .iter()
        .filter_map(|module| {
            let bytes = fs::read(&module.path).unwrap();
            let inspection = module.inspection.as_ref().ok()?;
            let beside = Beside::of(&module.path);
            match sandbox::ENGINE.load(&bytes, inspection, Hints::from(&beside)) {
                Ok(program) => Some(platform::examine(module, Ok(&program))),
                Err(error) => Some(platform::examine(module, Err(error))),
            }
        })
        .collect();
    platform::complete(loaded, &examined)
}

fn found(loaded: &Loaded, code: Code) -> Vec<&Diagnostic> {
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.code == code).collect()
}

fn module(file: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(file)).unwrap()
}

fn ignoring() -> Vec<u8> {
    wat::parse_str(include_str!("modules/wat/ignores-its-input.wat")).unwrap()
}

#[test]
fn an_ambiguity_is_told_at_its_reference_and_settled_by_a_choice() {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path(), &ignoring(), "ignore");
    let loaded = examined(folder.path());
    let [ambiguity] = found(&loaded, Code::ConventionAmbiguous)[..] else { panic!("{:?}", loaded.diagnostics) };
    assert_eq!((ambiguity.file.as_str(), ambiguity.severity), ("services/shop.yaml", Severity::Warning));
    let span = ambiguity.span.unwrap();
    assert_eq!(&loaded.bundle.sources["services/shop.yaml"][span.start..span.end], "ignore");
    let words: Vec<&str> = ambiguity.choices.iter().map(|choice| choice.word.as_str()).collect();
    assert_eq!(words, ["bytes", "string", "array-buffer", "static-array"]);

    for choice in &ambiguity.choices {
        Settings::note(folder.path(), &choice.service, &choice.function, &choice.word).unwrap();
        let settled = examined(folder.path());
        let open = found(&settled, Code::ConventionAmbiguous);
        assert!(open.is_empty(), "{}: {open:?}", choice.word);
    }
    let text = fs::read_to_string(folder.path().join(SETTINGS_FILE)).unwrap();
    assert_eq!(text, "modules:\n  shop:\n    functions:\n      ignore: static-array\n");
}

#[test]
fn a_function_that_takes_numbers_is_an_error_at_its_reference() {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path(), &module("rust/shapes-0.2.130.wasm"), "addNumbers");
    let loaded = examined(folder.path());
    let name = "addNumbers";
    let [refused] = found(&loaded, Code::FunctionNotCallable)[..] else { panic!("{:?}", loaded.diagnostics) };
    assert_eq!(refused.severity, Severity::Error);
    assert!(refused.message.contains(name), "{}", refused.message);
}

#[test]
fn a_module_that_cannot_be_run_is_an_error_where_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let lonely = wat::parse_str("(module (func (export \"call\") (param f64 f64 f64)))").unwrap();
    lay(folder.path(), &lonely, "call");
    let loaded = examined(folder.path());
    let [unusable] = found(&loaded, Code::ModuleUnusable)[..] else { panic!("{:?}", loaded.diagnostics) };
    assert_eq!((unusable.file.as_str(), unusable.severity), ("wasm/shop.wasm", Severity::Error));
    assert!(unusable.help.is_some());
}

#[test]
fn settings_that_are_not_understood_are_an_error_and_nothing_is_assumed() {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path(), &ignoring(), "ignore");
    fs::create_dir(folder.path().join(".workbench")).unwrap();
    fs::write(folder.path().join(SETTINGS_FILE), "modules: [").unwrap();
    let loaded = examined(folder.path());
    assert_eq!(found(&loaded, Code::SettingsInvalid).len(), 1, "{:?}", loaded.diagnostics);
    assert_eq!(found(&loaded, Code::ConventionAmbiguous).len(), 0);
    let refused = Settings::note(folder.path(), "shop", "ignore", "bytes");
    assert!(refused.is_err());
    assert_eq!(fs::read_to_string(folder.path().join(SETTINGS_FILE)).unwrap(), "modules: [");
}

#[test]
fn a_choice_that_does_not_exist_is_an_error_and_not_passed_over() {
    for (module, function) in [
        (ignoring(), "ignore"),
        (module("rust/shapes-0.2.130.wasm"), "echo"),
        (module("c/shapes-emscripten-3.1.69.wasm"), "packed"),
        (module("plain/example-rust.wasm"), "greet"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        lay(folder.path(), &module, function);
        Settings::note(folder.path(), "shop", function, "bites").unwrap();
        let loaded = examined(folder.path());
        let [unusable] = found(&loaded, Code::ModuleUnusable)[..] else { panic!("{:?}", loaded.diagnostics) };
        assert!(unusable.message.contains("`bites`"), "{}", unusable.message);
        assert!(unusable.help.as_ref().unwrap().contains("eave it out"), "{:?}", unusable.help);
    }
}

#[test]
fn a_function_that_a_program_registers_is_known_and_another_is_not() {
    for (function, is_known) in [("bytesToBytes", true), ("inObject", true), ("bytesToBites", false)] {
        let folder = tempfile::tempdir().unwrap();
        lay(folder.path(), &module("go/functions-1.19.wasm"), function);
        let loaded = examined(folder.path());
        let unknown = found(&loaded, Code::FunctionUnknown);
        assert_eq!(unknown.is_empty(), is_known, "{function}: {unknown:?}");
        if let [unknown] = unknown[..] {
            assert_eq!(unknown.fixes[0].edits[0].replacement, "bytesToBytes");
        }
    }
}
