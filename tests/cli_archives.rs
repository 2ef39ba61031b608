//! Archives from the terminal, with real processes: exported, verified, and used in the place of a folder.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn workbench(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_priostack-workbench"))
        .args(arguments)
        .current_dir(folder)
        .env("PRIOSTACK_CACHE", folder.join("cache"))
        .env("TMPDIR", folder.join("tmp"))
        .output()
        .unwrap()
}

fn text(output: &Output) -> (i32, String, String) {
    let utf8 = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), utf8(&output.stdout), utf8(&output.stderr))
}

/// A folder with the sample bundle's archive in it.
fn desk() -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    fs::create_dir(desk.path().join("tmp")).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let output = workbench(&["export", sample.to_str().unwrap(), "-o", "shop.zip"], desk.path());
    assert_eq!(text(&output).0, 0, "{output:?}");
    desk
}

#[test]
fn an_archive_is_used_like_the_folder_it_was_made_of_and_leaves_nothing_behind() {
    let desk = desk();
    let before = fs::read(desk.path().join("shop.zip")).unwrap();
    let input = "{\"email\":\"ada@example.com\",\"name\":\"Ada\"}";
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let invoke = |bundle: &str| {
        let reference = "wasm:user-service:createUser";
        text(&workbench(&["invoke", bundle, reference, "--input", input], desk.path()))
    };
    let (status, answer, _) = invoke("shop.zip");
    assert_eq!((status, answer), (0, invoke(sample.to_str().unwrap()).1));
    let (status, listed, _) = text(&workbench(&["list", "shop.zip"], desk.path()));
    assert!(status == 0 && listed.contains("user-service"), "{listed}");
    let (status, checked, _) = text(&workbench(&["check", "shop.zip"], desk.path()));
    assert_eq!(status, 0, "{checked}");
    assert_eq!(fs::read(desk.path().join("shop.zip")).unwrap(), before);
    assert_eq!(fs::read_dir(desk.path().join("tmp")).unwrap().count(), 0);
}

#[test]
fn an_archive_exported_again_has_the_same_bytes() {
    let desk = desk();
    for layout in ["as-is", "folder", "flat"] {
        let output = workbench(&["export", "shop.zip", "-o", "again.zip", "--layout", layout], desk.path());
        assert_eq!(text(&output).0, 0, "{output:?}");
        fs::copy(desk.path().join("again.zip"), desk.path().join(format!("{layout}.zip"))).unwrap();
    }
    let read = |name: &str| fs::read(desk.path().join(name)).unwrap();
    // The sample's own layout is the flat one.
    assert!(read("as-is.zip") == read("shop.zip") && read("flat.zip") == read("shop.zip"));
    assert!(read("folder.zip") != read("shop.zip"));
}

#[test]
fn verify_says_what_it_checked_and_fails_where_something_was_changed() {
    let desk = desk();
    let (status, out, _) = text(&workbench(&["verify", "shop.zip"], desk.path()));
    assert_eq!((status, out.matches("passed").count()), (0, 2), "{out}");
    // A comment at the end: the same files in another archive.
    let mut bytes = fs::read(desk.path().join("shop.zip")).unwrap();
    let at = bytes.len() - 2;
    bytes[at] = 1;
    bytes.push(b'x');
    fs::write(desk.path().join("shop.zip"), bytes).unwrap();
    let (status, out, _) = text(&workbench(&["verify", "shop.zip", "--format", "json"], desk.path()));
    let verified: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &verified["fine"]), (1, &false.into()), "{out}");
    assert!(verified["checks"][1]["details"][0].as_str().unwrap().contains("SHA-256"), "{out}");
}

#[test]
fn what_is_no_archive_or_no_bundle_is_said_in_one_sentence() {
    let desk = tempfile::tempdir().unwrap();
    fs::create_dir(desk.path().join("tmp")).unwrap();
    fs::write(desk.path().join("torn.zip"), b"PK\x03\x04torn").unwrap();
    for arguments in [&["check", "torn.zip"][..], &["verify", "torn.zip"], &["invoke", "torn.zip", "wasm:a:b"]] {
        let (status, out, err) = text(&workbench(arguments, desk.path()));
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains("torn.zip is no archive that can be read"), "{err}");
        assert_eq!(err.trim_end().lines().count(), 1, "{err}");
    }
}

/// The facts of a function in the report beside `shop.zip`.
fn facts(desk: &Path, function: &str) -> serde_json::Value {
    let text = fs::read_to_string(desk.join("shop.report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let functions = report["functions"].as_array().unwrap().clone();
    functions.into_iter().find(|facts| facts["function"] == function).unwrap()
}

#[test]
fn the_report_says_how_functions_are_called_what_they_may_use_and_whether_they_answer_the_same_again() {
    let desk = desk();
    let function = "wasm:user-service:createUser";
    assert!(facts(desk.path(), function)["determinism"].is_null(), "nothing is run unless it is asked for");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let sample = sample.to_str().unwrap();
    let arguments = ["export", sample, "-o", "shop.zip", "--determinism", "--timeout", "4s"];
    let (status, _, told) = text(&workbench(&arguments, desk.path()));
    assert_eq!(status, 0, "{told}");
    assert!(told.contains("user-service:createUser again"), "{told}");
    let found = facts(desk.path(), function);
    assert!(found["convention"]["name"] == "wasm-bindgen", "{found}");
    assert_eq!((&found["limits"]["timeMs"], &found["limits"]["areOwn"]), (&4000.into(), &false.into()));
    assert_eq!(found["determinism"]["verdict"], "deterministic", "{found}");
    assert!(found["determinism"]["run"].as_u64().unwrap() >= 1, "{found}");
    let page = fs::read_to_string(desk.path().join("shop.report.html")).unwrap();
    assert!(page.contains("takes nothing from outside") && page.contains("wasmtime "), "{page}");
    let (status, verified, _) = text(&workbench(&["verify", "shop.zip"], desk.path()));
    assert_eq!(status, 0, "{verified}");
}

#[test]
fn a_report_that_lies_about_a_calling_convention_is_found_out() {
    let desk = desk();
    let path = desk.path().join("shop.report.json");
    let told = fs::read_to_string(&path).unwrap();
    let words = facts(desk.path(), "wasm:user-service:createUser")["convention"]["name"].to_string();
    fs::write(&path, told.replace(&words, "\"plain\"")).unwrap();
    let (status, verified, _) = text(&workbench(&["verify", "shop.zip"], desk.path()));
    assert_eq!(status, 1);
    assert!(verified.contains("createUser is called as wasm-bindgen"), "{verified}");
}

#[test]
fn a_private_key_in_the_bundles_folder_is_refused() {
    let desk = desk();
    assert_eq!(text(&workbench(&["new", "shop"], desk.path())).0, 0);
    fs::write(desk.path().join("shop/shop.key"), "irrelevant").unwrap();
    let arguments = ["export", "shop", "-o", "other.zip", "--key", "shop/shop.key"];
    let (status, _, told) = text(&workbench(&arguments, desk.path()));
    assert_eq!(status, 2);
    assert!(told.contains("lies in the bundle's folder"), "{told}");
    assert!(!desk.path().join("other.zip").exists());
}
