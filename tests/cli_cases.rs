//! `test`: saved cases run from the terminal, as CI does it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn test(bundle: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_priostack-workbench"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("test")
        .arg(bundle)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A bundle whose function gives back what it gets.
fn echo_bundle(folder: &Path) -> PathBuf {
    let files = [
        ("bundle.yaml", "name: mirror\nversion: 1.0.0\nservices:\n  - path: services/mirror.yaml\n"),
        ("services/mirror.yaml", "name: mirror\nversion: 1.0.0\nbasePath: /\n"),
    ];
    for (file, text) in files {
        fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        fs::write(folder.join(file), text).unwrap();
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat/plain.wat");
    fs::create_dir_all(folder.join("wasm")).unwrap();
    fs::write(folder.join("wasm/mirror.wasm"), wat::parse_file(source).unwrap()).unwrap();
    folder.to_path_buf()
}

fn add_case(bundle: &Path, function: &str, name: &str, case: &Value) {
    let folder = bundle.join(".workbench/cases/mirror").join(function);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.json")), case.to_string()).unwrap();
}

#[test]
fn all_cases_of_the_sample_pass() {
    let output = test(Path::new("sample-bundle"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("pass  user-auth:verifyToken expired"), "{}", out(&output));
    assert!(out(&output).ends_with(" passed, 0 failed\n"), "{}", out(&output));
}

#[test]
fn each_kind_of_expectation_passes_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = echo_bundle(folder.path());
    let input = json!({"user": {"name": "Ada", "tags": ["a", null, 1.0]}, "n": 1});
    let kinds = [
        ("equals", json!({"equals": input}), json!({"equals": {"n": 1}})),
        (
            "contains",
            json!({"contains": {"user": {"tags": ["a", null, 1]}}}),
            json!({"contains": {"user": {"age": 3}}}),
        ),
        ("pointers", json!({"pointers": {"/user/tags/1": null}}), json!({"pointers": {"/user/tags/7": null}})),
        ("within", json!({"within": "5s"}), json!({"error": "no"})),
    ];
    for (name, good, bad) in &kinds {
        add_case(&bundle, "echo", &format!("{name}-good"), &json!({"input": input, "expect": good}));
        add_case(&bundle, "echo", &format!("{name}-bad"), &json!({"input": input, "expect": bad}));
    }
    add_case(&bundle, "refuse", "any", &json!({"input": {}, "expect": {"error": true}}));
    add_case(&bundle, "refuse", "said", &json!({"input": {}, "expect": {"error": "refus"}}));
    let output = test(&bundle, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    for (name, ..) in &kinds {
        assert!(text.contains(&format!("pass  mirror:echo {name}-good")), "{text}");
        assert!(text.contains(&format!("FAIL  mirror:echo {name}-bad")), "{text}");
    }
    assert!(text.contains("/user/tags/7: expected null, got nothing"), "{text}");
    assert!(text.contains("/user/age: expected 3, got nothing"), "{text}");
    assert!(text.contains("An error was expected, and the function answered"), "{text}");
    assert!(text.contains("6 passed, 4 failed"), "{text}");
    let output = test(&bundle, &["--only", "refuse/"]);
    assert_eq!((output.status.code(), out(&output).lines().count()), (Some(0), 3), "{}", out(&output));
}

#[test]
fn what_is_no_case_or_has_no_function_fails_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = echo_bundle(folder.path());
    add_case(&bundle, "echo", "good", &json!({"input": 1}));
    add_case(&bundle, "echo", "typo", &json!({"input": 1, "expects": 2}));
    add_case(&bundle, "vanished", "gone", &json!({"input": 1}));
    let stranger = bundle.join(".workbench/cases/stranger/f");
    fs::create_dir_all(&stranger).unwrap();
    fs::write(stranger.join("a.json"), "{\"input\": 1}").unwrap();
    let output = test(&bundle, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let results: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&results["passed"], &results["failed"]), (&json!(1), &json!(3)));
    assert_eq!(results["unreadable"][0]["file"], ".workbench/cases/mirror/echo/typo.json");
    let message = |case: &str| {
        let cases = results["cases"].as_array().unwrap();
        cases.iter().find(|run| run["case"] == case).unwrap()["message"].as_str().unwrap().to_owned()
    };
    assert!(message("gone").contains("no function `vanished`"), "{}", message("gone"));
    assert!(message("a").contains("no module for `stranger`"), "{}", message("a"));
}

#[test]
fn a_function_slower_than_its_case_allows_fails() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = echo_bundle(folder.path());
    let large = "x".repeat(4 << 20);
    add_case(&bundle, "echo", "slow", &json!({"input": large, "expect": {"within": "1ms"}}));
    let output = test(&bundle, &[]);
    // Four megabytes are neither checked nor copied in a millisecond.
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(out(&output).contains("at most 1 ms are allowed"), "{}", out(&output));
}

#[test]
fn junit_holds_every_case_and_stays_xml() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = echo_bundle(folder.path());
    add_case(&bundle, "echo", "good", &json!({"input": 1}));
    add_case(&bundle, "echo", "bad", &json!({"input": "<&\u{1b}]]>", "expect": {"equals": 2}}));
    fs::write(bundle.join(".workbench/cases/mirror/echo/broken.json"), "{").unwrap();
    let output = test(&bundle, &["--format", "junit"]);
    assert_eq!(output.status.code(), Some(1));
    let xml = out(&output);
    assert!(xml.contains("tests=\"3\" failures=\"2\""), "{xml}");
    assert!(xml.contains("classname=\"mirror:echo\" name=\"good\""), "{xml}");
    assert!(xml.contains("expected 2, got"), "{xml}");
    let mut reader = quick_xml::Reader::from_str(&xml);
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
}

#[test]
fn nothing_to_test_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = echo_bundle(folder.path());
    let output = test(&bundle, &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no saved cases"));
    add_case(&bundle, "echo", "good", &json!({"input": 1}));
    let output = test(&bundle, &["--only", "nobody"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(test(&folder.path().join("nowhere"), &[]).status.code(), Some(2));
}
