//! `fire`, run as a user runs it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const ADA: &str = r#"{"email":"ada@example.com","name":"Ada"}"#;

fn fire(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_priostack-workbench"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("fire").args(args).stdin(Stdio::null()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", err(output)))
}

/// A bundle with a function that traps, one without a module, and one of the platform.
fn small_bundle(folder: &Path) {
    let service = "name: shop\nintents:\n  - name: breaks\n    whenSensor: poked\n    toFunc: wasm:shop:fail\n    retries: 2\n  - name: lost\n    whenSensor: lost\n    toFunc: wasm:nowhere:f\n  - name: outside\n    whenSensor: notified\n    toFunc: func:notify\n";
    fs::create_dir_all(folder.join("services")).unwrap();
    fs::create_dir_all(folder.join("wasm")).unwrap();
    fs::write(folder.join("bundle.yaml"), "name: test\nservices:\n  - path: services/shop.yaml\n").unwrap();
    fs::write(folder.join("services/shop.yaml"), service).unwrap();
    let module = wat::parse_str(include_str!("modules/wat/counter.wat"));
    fs::write(folder.join("wasm/shop.wasm"), module.unwrap()).unwrap();
}

#[test]
fn without_a_sensor_all_are_listed_with_their_intents() {
    let output = fire(&["sample-bundle"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("sensor userCreated\n  intent validateUser of user-auth -> wasm:user-service:validateUserData (cooldown 500 ms, retries 2"), "{}", out(&output));
    let listed = json(&fire(&["sample-bundle", "--format", "json"]));
    assert_eq!(listed["sensors"][0]["name"], "userCreated");
    assert_eq!(listed["sensors"][0]["intents"][0]["cooldownMs"], 500);
}

#[test]
fn a_sensor_is_fired_and_the_chain_is_shown() {
    let output = fire(&["sample-bundle", "userCreated", "--payload", ADA, "--at", "2031-05-06T07:08:09Z"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    for line in [
        "sensor userCreated at 2031-05-06T07:08:09.000Z",
        "  intent validateUser of user-auth -> wasm:user-service:validateUserData: succeeded in ",
        "      sensor userValidated at 2031-05-06T07:08:09.000Z",
        "        intent welcomeUser of user-auth -> wasm:user-auth:issueToken: succeeded in ",
    ] {
        assert!(text.lines().any(|shown| shown.starts_with(line)), "{line}\n{text}");
    }
    assert!(err(&output).contains("sensors fired: 2; intents: 2 succeeded"), "{}", err(&output));
}

#[test]
fn the_trace_is_json_for_programs() {
    let trace = json(&fire(&["sample-bundle", "userCreated", "-p", ADA, "--format", "json"]));
    let intent = &trace["trace"][0]["caused"][0];
    assert_eq!((&intent["intent"], &intent["state"]), (&"validateUser".into(), &"succeeded".into()));
    let attempt = &intent["caused"][0];
    assert_eq!(attempt["input"]["email"], "ada@example.com");
    assert_eq!(attempt["output"]["valid"], true);
    assert!(attempt["measuredNs"].as_u64().unwrap() > 0);
    assert_eq!(attempt["caused"][0]["sensor"], "userValidated");
}

#[test]
fn a_schedule_meets_the_cooldown() {
    let times = ["sample-bundle", "userCreated", "-p", ADA, "--every", "200ms", "--times", "4", "--format", "json"];
    let trace = json(&fire(&times));
    let states: Vec<&str> =
        trace["trace"].as_array().unwrap().iter().map(|root| root["caused"][0]["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["succeeded", "skipped", "skipped", "succeeded"]);
    assert!(trace["trace"][1]["caused"][0]["runsAgainAt"].as_str().is_some());
    let until = json(&fire(&[
        "sample-bundle",
        "tokenPresented",
        "-p",
        "{}",
        "--at",
        "1m",
        "--until",
        "90s",
        "--every",
        "10s",
        "--format",
        "json",
    ]));
    assert_eq!(until["trace"].as_array().unwrap().len(), 4);
    let early = fire(&["sample-bundle", "tokenPresented", "-p", "{}", "--at", "1m", "--until", "30s"]);
    assert_eq!(out(&early), "");
    assert!(err(&early).contains("1 still waiting"), "{}", err(&early));
}

#[test]
fn a_payload_comes_from_a_file_or_from_the_saved_cases() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payload.json");
    fs::write(&file, ADA).unwrap();
    let output = fire(&["sample-bundle", "userCreated", "--payload", &format!("@{}", file.display())]);
    assert!(out(&output).contains("payload {\"email\":\"ada@example.com\""), "{}", out(&output));
    let output = fire(&["sample-bundle", "passwordChosen"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("payload: "), "{}", err(&output));
}

#[test]
fn an_intent_that_fails_after_its_retries_gives_the_status_of_its_failure() {
    let refused = fire(&["sample-bundle", "orderReceived", "--payload", "{}"]);
    assert_eq!(refused.status.code(), Some(1), "{}", out(&refused));
    assert!(out(&refused).contains("attempt 3 (Retry 2 of 2: "), "{}", out(&refused));
    let folder = tempfile::tempdir().unwrap();
    small_bundle(folder.path());
    let bundle = folder.path().to_str().unwrap();
    let lost = fire(&[bundle, "lost"]);
    assert_eq!(lost.status.code(), Some(2), "{}", out(&lost));
    let platform = fire(&[bundle, "notified"]);
    assert_eq!(platform.status.code(), Some(0), "{}", err(&platform));
    assert!(out(&platform).contains("handled by the platform: not run here"), "{}", out(&platform));
    let trapped = fire(&[bundle, "poked"]);
    assert_eq!(trapped.status.code(), Some(3), "{}", out(&trapped));
    assert_eq!(out(&trapped).matches("attempt ").count(), 3, "{}", out(&trapped));
}

#[test]
fn what_cannot_be_fired_gives_status_2_and_says_why() {
    let cases: [(&[&str], &str); 9] = [
        (&["no-such-folder", "x"], "no-such-folder"),
        (&["sample-bundle", "user_created"], "did you mean userCreated?"),
        (&["sample-bundle", "userCreate"], "did you mean userCreated"),
        (&["sample-bundle", "zzz"], "intents wait for userCreated"),
        (&["sample-bundle", "userCreated", "--payload", "{"], "not JSON"),
        (&["sample-bundle", "userCreated", "--payload", "@no-such-file"], "no-such-file"),
        (&["sample-bundle", "userCreated", "--at", "soon"], "2026-03-01T09:00:00Z"),
        (&["sample-bundle", "userCreated", "--every", "1s"], "--times"),
        (&["sample-bundle", "userCreated", "--every", "1ms", "--until", "1d"], "1000 times"),
    ];
    for (args, needle) in cases {
        let output = fire(args);
        let said = out(&output) + &err(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(needle), "{args:?} does not speak of {needle}: {said}");
    }
}
