//! New bundles and services: what is written, that it checks clean, and that nothing is overwritten.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::template::{self, CreateError, Language};
use priostack_workbench::bundle::{Code, Inspection, Loaded, Overlay, Reader, edit};
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits, Reply};

fn read(root: &Path) -> Loaded {
    Reader::new(root).read(&Overlay::new())
}

fn new_bundle() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/shop");
    template::create_bundle(&root, "my shop").unwrap();
    (folder, root)
}

#[test]
fn the_module_of_a_new_bundle_is_built_from_its_source() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/templates");
    let built = wat::parse_file(folder.join("hello.wat")).unwrap();
    let committed = folder.join("hello.wasm");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&committed, &built).unwrap();
    }
    assert_eq!(fs::read(&committed).unwrap(), built, "run UPDATE_EXPECT=1 cargo test --test template");
}

#[test]
fn the_module_of_a_new_bundle_greets_any_name_and_refuses_inputs_without_one() {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/templates/hello.wasm");
    let engine = Engine::new().unwrap();
    let bytes = fs::read(module).unwrap();
    let program = engine.load(&bytes, &Inspection::read(&bytes).unwrap(), Hints::default()).unwrap();
    let long = format!("{{\"name\":\"{}\"}}", "ab".repeat(300_000));
    for (input, name) in [
        (r#"{"name": "Ada"}"#, "Ada"),
        (
            r#" { "other" : {"name": "no", "l": [1, "name", {"name": "no"}]}, "name" : "Zoë \"Z\" 🦀 \\" } "#,
            "Zoë \"Z\" 🦀 \\",
        ),
        (r#"{"a": "}{\"", "name": "b"}"#, "b"),
        (r#"{"name": ""}"#, ""),
        (&long, &"ab".repeat(300_000)),
    ] {
        let outcome = program.invoke("hello", input.as_bytes(), &Limits::default(), &Cancel::new());
        let Reply::Json(output) = &outcome.reply else { panic!("{:?}", outcome.reply) };
        let output: serde_json::Value = serde_json::from_str(output).unwrap();
        assert_eq!(output, serde_json::json!({ "message": format!("Hello, {name}!") }));
    }
    for input in
        ["{}", "null", "[\"name\"]", r#"{"name": 5}"#, r#"{"inner": {"name": "x"}}"#, "\"name\"", r#"{"v":"name"}"#]
    {
        let outcome = program.invoke("hello", input.as_bytes(), &Limits::default(), &Cancel::new());
        let Reply::ApplicationError(error) = &outcome.reply else { panic!("{input}: {:?}", outcome.reply) };
        assert!(error.message.contains("{\"name\": \"Ada\"}"), "{}", error.message);
    }
}

#[test]
fn a_new_bundle_has_no_problems() {
    let (_folder, root) = new_bundle();
    let loaded = read(&root);
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.bundle.display_name(), "my shop");
    assert_eq!(loaded.bundle.services[0].endpoints.len(), 1);
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let full = template::create_bundle(folder.path(), "a").unwrap_err();
    assert!(matches!(full, CreateError::NotEmpty(_)), "{full}");
    let file = template::create_bundle(&folder.path().join("notes.txt"), "a").unwrap_err();
    assert!(matches!(file, CreateError::NotAFolder(_)), "{file}");
    let below = template::create_bundle(&folder.path().join("notes.txt/below"), "a").unwrap_err();
    assert!(below.to_string().starts_with("cannot write "), "{below}");
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["notes.txt"]);
    assert_eq!(fs::read_to_string(folder.path().join("notes.txt")).unwrap(), "mine");
}

#[test]
fn names_that_would_not_do_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "  ", " a", "a\nb", &"x".repeat(101)] {
        assert!(matches!(template::create_bundle(folder.path(), name), Err(CreateError::Name(_))), "{name:?}");
    }
    for name in ["", "a b", "a/b", "..", "a:b", "-a", "a\u{202e}", "a.b"] {
        assert!(template::check_service_name(name).is_err(), "{name:?}");
    }
    for name in ["a", "user-service", "Größe_2"] {
        assert!(template::check_service_name(name).is_ok(), "{name:?}");
    }
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn a_new_service_lacks_nothing_but_its_module() {
    for language in Language::ALL {
        for name in ["payments", "true", "UserService"] {
            let (_folder, root) = new_bundle();
            let bundle = read(&root).bundle;
            let manifest = &bundle.sources["bundle.yaml"];
            let service = template::new_service(&bundle, manifest, name, language).unwrap();
            assert_eq!(service.file, format!("services/{name}.yaml"));
            template::create_service_file(&root, &service).unwrap();
            fs::write(root.join("bundle.yaml"), edit::apply(&service.listing, manifest).unwrap()).unwrap();
            let loaded = read(&root);
            let codes: Vec<Code> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
            assert!(codes.iter().all(|code| *code == Code::ModuleMissing), "{name}: {:?}", loaded.diagnostics);
            assert_eq!(loaded.bundle.services[1].name.value, name);
            let again = template::create_service_file(&root, &service).unwrap_err();
            assert!(matches!(again, CreateError::Exists(_)), "{again}");
            let taken = template::new_service(&loaded.bundle, manifest, &name.to_uppercase(), language);
            assert!(matches!(taken, Err(CreateError::Name(_))));
        }
    }
}

#[test]
fn a_new_service_lies_where_the_others_lie() {
    for (file, wanted) in [
        ("services/a.yaml", "services/b.yaml"),
        ("a/a.yaml", "b/b.yaml"),
        ("src/a/a.yaml", "src/b/b.yaml"),
        ("a.yaml", "b.yaml"),
        ("deep/er/a.yaml", "deep/er/b.yaml"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!("name: x\nservices:\n  - path: {file}\n");
        fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
        fs::write(folder.path().join("bundle.yaml"), &manifest).unwrap();
        fs::write(folder.path().join(file), "name: a\n").unwrap();
        let bundle = read(folder.path()).bundle;
        let service = template::new_service(&bundle, &manifest, "b", Language::Go).unwrap();
        assert_eq!(service.file, wanted);
        let listed = edit::apply(&service.listing, &manifest).unwrap();
        assert_eq!(listed, format!("{manifest}  - path: {wanted}\n"));
    }
}
