//! The terminal commands, run as a user runs them: the program itself, its output and its exit status.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_priostack-workbench"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn run(args: &[&str]) -> Output {
    program().args(args).stdin(Stdio::null()).output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A copy of the sample bundle, saved cases included, that a test may spoil.
fn copy_of_the_sample(folder: &Path) -> PathBuf {
    let root = folder.join("shop");
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle"), &root);
    root
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(&name)).unwrap();
        } else if name != "modules" {
            copy_folder(&entry.path(), &to.join(&name));
        }
    }
}

#[test]
fn the_sample_bundle_checks_clean() {
    let output = run(&["check", "sample-bundle"]);
    assert_eq!(status(&output), 0, "{}", out(&output));
    assert!(!out(&output).contains("error"), "{}", out(&output));
}

#[test]
fn a_recorded_call_is_replayed_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken.json");
    let file = file.to_str().unwrap();
    let root = folder.path().join("bundle");
    fs::create_dir_all(root.join("services")).unwrap();
    fs::create_dir_all(root.join("wasm")).unwrap();
    fs::write(root.join("bundle.yaml"), "name: dice\nservices:\n  - path: services/dice.yaml\n").unwrap();
    fs::write(root.join("services/dice.yaml"), "name: dice\n").unwrap();
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/assemblyscript");
    for ending in ["wasm", "d.ts"] {
        fs::copy(modules.join(format!("functions-0.28.{ending}")), root.join(format!("wasm/dice.{ending}"))).unwrap();
    }
    let function = ["invoke", root.to_str().unwrap(), "dice:randomNumbers", "--input", "{}"];
    let with = |more: &[&str]| run(&[&function, more].concat());
    let first = with(&["--record", file]);
    assert_eq!(status(&first), 0, "{}", err(&first));
    assert_ne!(out(&with(&[])), out(&first), "it takes time and random numbers");
    for _ in 0..2 {
        let again = with(&["--replay", file]);
        assert_eq!((status(&again), out(&again)), (0, out(&first)), "{}", err(&again));
    }
    fs::write(file, r#"{"taken": []}"#).unwrap();
    let departed = with(&["--replay", file]);
    assert_eq!(status(&departed), 1);
    assert!(err(&departed).contains("not replayed exactly"), "{}", err(&departed));
    fs::write(file, r#"{"taken": [{"random": "zz"}]}"#).unwrap();
    let refused = with(&["--replay", file]);
    assert_eq!(status(&refused), 2);
    assert!(err(&refused).contains("no hexadecimal"), "{}", err(&refused));
}

#[test]
fn without_cases_a_function_is_called_with_what_it_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let root = copy_of_the_sample(folder.path());
    fs::remove_dir_all(root.join(".workbench")).unwrap();
    let output = run(&["invoke", root.to_str().unwrap(), "user-service:createUser"]);
    assert_eq!(status(&output), 0, "{}", err(&output));
    assert!(err(&output).contains("input: learned from the function's errors"), "{}", err(&output));
}

#[test]
fn a_misspelt_function_is_underlined_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let root = copy_of_the_sample(folder.path());
    let file = root.join("services/user-service.yaml");
    let text = fs::read_to_string(&file).unwrap().replace("user-service:createUser", "user-service:creatUser");
    fs::write(&file, text).unwrap();
    let output = run(&["check", root.to_str().unwrap()]);
    assert_eq!(status(&output), 1);
    assert!(out(&output).contains("services/user-service.yaml:10:"), "{}", out(&output));
    assert!(out(&output).contains("^^^"), "{}", out(&output));
    assert!(out(&output).contains("createUser") || out(&output).contains("create_user"), "{}", out(&output));
}

#[test]
fn the_output_of_a_function_stands_alone_on_standard_output() {
    let output = run(&[
        "invoke",
        "sample-bundle",
        "wasm:user-service:createUser",
        "--input",
        r#"{"email":"ada@example.org","name":"Ada"}"#,
    ]);
    assert_eq!(status(&output), 0, "{}", err(&output));
    let reply: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reply["email"], "ada@example.org");
    assert_eq!(reply["name"], "Ada");
    assert!(reply["id"].as_str().is_some_and(|id| !id.is_empty()));
    assert!(err(&output).contains("took"), "{}", err(&output));
}

#[test]
fn input_comes_from_a_file_or_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input.json");
    fs::write(&file, r#"{"email":"bo@example.org","name":"Bo"}"#).unwrap();
    let output =
        run(&["invoke", "sample-bundle", "user-service:create_user", "--input", &format!("@{}", file.display())]);
    assert!(out(&output).contains("bo@example.org"), "{}", err(&output));

    let mut child = program()
        .args(["invoke", "sample-bundle", "wasm:user-service:createUser", "-i", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(br#"{"email":"cy@example.org","name":"Cy"}"#).unwrap();
    assert!(out(&child.wait_with_output().unwrap()).contains("cy@example.org"));
}

#[test]
fn a_function_that_says_no_gives_status_1() {
    let output =
        run(&["invoke", "sample-bundle", "wasm:user-service:createUser", "--input", r#"{"email":"","name":""}"#]);
    assert_eq!(status(&output), 1, "{}", err(&output));
    assert!(err(&output).contains("said no"), "{}", err(&output));
}

#[test]
fn what_cannot_be_used_gives_status_2_and_says_why() {
    let no_bundle = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["check", "no-such-folder"], "no-such-folder"),
        (&["list", no_bundle.path().to_str().unwrap()], "bundle.yaml"),
        (&["invoke", "sample-bundle", "nonsense"], "nonsense"),
        (&["invoke", "sample-bundle", "wasm:user-service:creatUser", "-i", "{}"], "create_user"),
        (&["invoke", "sample-bundle", "wasm:user-servce:createUser", "-i", "{}"], "user-service"),
        (&["invoke", "sample-bundle", "wasm:user-service:createUser", "-i", "{oops"], "JSON"),
        (&["inspect", "Cargo.toml"], "Cargo.toml"),
    ];
    for (args, needle) in cases {
        let output = run(args);
        let said = out(&output) + &err(&output);
        assert_eq!(status(&output), 2, "{args:?}: {said}");
        assert!(said.contains(needle), "{args:?} does not speak of {needle}: {said}");
    }
}

#[test]
fn goals_are_measured_and_judged() {
    let output = run(&["measure", "sample-bundle", "-n", "200", "--no-keep", "--format", "json"]);
    assert!(status(&output) <= 1, "{}", err(&output));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let create = result["functions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["function"] == "wasm:user-service:createUser")
        .unwrap();
    assert_eq!(create["calls"], 200);
    assert!(create["latencyNs"]["p50"].as_u64().unwrap() > 0);
    assert!(create["latencyNs"]["p50"].as_u64() <= create["latencyNs"]["p99"].as_u64());
    assert_eq!(create["goals"][0]["verdict"], "met", "{create}");
}

#[test]
fn a_goal_that_cannot_be_reached_is_missed_and_gives_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let root = copy_of_the_sample(folder.path());
    let file = root.join("services/user-service.yaml");
    let text = fs::read_to_string(&file).unwrap().replace("< 50ms", "< 1ns");
    fs::write(&file, text).unwrap();
    let output = run(&["measure", root.to_str().unwrap(), "-n", "100", "--only", "createUser"]);
    assert_eq!(status(&output), 1, "{}", err(&output));
    assert!(out(&output).contains("missed"), "{}", out(&output));
}

#[test]
fn an_export_is_the_same_bytes_every_time_and_refused_while_errors_exist() {
    let folder = tempfile::tempdir().unwrap();
    let root = copy_of_the_sample(folder.path());
    let [first, second] = ["a.zip", "b.zip"].map(|name| folder.path().join(name));
    for zip in [&first, &second] {
        let output = run(&["export", root.to_str().unwrap(), "-o", zip.to_str().unwrap()]);
        assert_eq!(status(&output), 0, "{}", err(&output));
        assert!(out(&output).contains("online-shop/bundle.yaml"), "{}", out(&output));
    }
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());

    fs::remove_file(root.join("wasm/user-service.wasm")).unwrap();
    let third = folder.path().join("c.zip");
    let output = run(&["export", root.to_str().unwrap(), "-o", third.to_str().unwrap()]);
    assert_eq!(status(&output), 1);
    assert!(err(&output).contains("user-service"), "{}", err(&output));
    assert!(!third.exists());
}

#[test]
fn without_a_display_the_main_job_is_done_in_the_terminal() {
    let output = run(&["sample-bundle"]);
    assert_eq!(status(&output), 0, "{}{}", out(&output), err(&output));
    for needle in ["POST /api/v1/users/", "createUser", "responseTime", "met"] {
        assert!(out(&output).contains(needle), "{needle} is missing:\n{}", out(&output));
    }
    assert!(err(&output).contains("display") || err(&output).contains("window"), "{}", err(&output));
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child = program().args(["list", "sample-bundle"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_function_that_goes_wrong_gives_status_3_and_says_how() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("wasm")).unwrap();
    fs::write(root.join("bundle.yaml"), "name: trouble\nservices:\n  - path: shapes.yaml\n").unwrap();
    fs::write(root.join("shapes.yaml"), "name: shapes\n").unwrap();
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/rust");
    fs::copy(modules.join("shapes-0.2.130.wasm"), root.join("wasm/shapes.wasm")).unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["wasm:shapes:loopForEver", "--timeout", "200ms"], "200 ms"),
        (&["wasm:shapes:takeAllMemory", "--memory", "16MiB"], "16 MiB"),
        (&["wasm:shapes:panicWithInput"], "panic"),
        (&["wasm:shapes:outputThatIsNotJson"], "JSON"),
        (&["wasm:shapes:recurseForEver"], "fault"),
    ];
    for (args, needle) in cases {
        let output = program().args(["invoke", root.to_str().unwrap(), "-i", "{}"]).args(args).output().unwrap();
        assert_eq!(status(&output), 3, "{args:?}: {}", err(&output));
        assert!(err(&output).contains(needle), "{args:?} does not speak of {needle}: {}", err(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn a_corrupt_module_is_named_and_gives_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let root = copy_of_the_sample(folder.path());
    let module = root.join("wasm/user-service.wasm");
    let bytes = fs::read(&module).unwrap();
    fs::write(&module, &bytes[..bytes.len() / 2]).unwrap();
    let output = run(&["invoke", root.to_str().unwrap(), "wasm:user-service:createUser", "-i", "{}"]);
    assert_eq!(status(&output), 2);
    assert!(err(&output).contains("wasm/user-service.wasm"), "{}", err(&output));
}

#[test]
fn a_new_bundle_checks_clean_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("greetings");
    let path = root.to_str().unwrap();
    let output = run(&["new", path, "--name", "Greetings: all"]);
    assert_eq!(status(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("wasm/hello.wasm\n"), "{}", out(&output));
    let output = run(&["check", path]);
    assert_eq!(status(&output), 0, "{}", out(&output));
    assert!(out(&output).to_lowercase().contains("no problems"), "{}", out(&output));
    let output = run(&["invoke", path, "wasm:hello:hello", "--input", r#"{"name":"Zoë"}"#]);
    assert_eq!(out(&output).trim(), r#"{"message": "Hello, Zoë!"}"#);
    let archive = folder.path().join("greetings.zip");
    assert_eq!(status(&run(&["export", path, "--output", archive.to_str().unwrap()])), 0);
    let output = run(&["new", path]);
    assert_eq!(status(&output), 2);
    assert!(err(&output).contains("is not empty"), "{}", err(&output));
}
