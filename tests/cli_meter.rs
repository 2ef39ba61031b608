//! Instructions in the terminal: counting them, limiting them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::process::{Command, Output, Stdio};

use serde_json::Value;

const ADA: &str = r#"{"email":"ada@example.org","name":"Ada"}"#;
const CREATE: [&str; 3] = ["invoke", "sample-bundle", "user-service:createUser"];

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_priostack-workbench"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).stdin(Stdio::null()).output().unwrap()
}

fn create(more: &[&str]) -> Output {
    run(&[&CREATE, &["--input", ADA][..], more].concat())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn invoke_counts_instructions_where_it_is_asked_to() {
    let plain = json(&create(&["--format", "json"]));
    assert!(plain.get("instructions").is_none());
    let counted = json(&create(&["--format", "json", "--meter"]));
    let parts = &counted["instructions"];
    let total = parts["total"].as_u64().unwrap();
    let sum: u64 = ["instantiate", "copyIn", "run", "copyOut"].iter().map(|part| parts[part].as_u64().unwrap()).sum();
    assert_eq!(sum, total);
    assert!(parts["run"].as_u64().unwrap() > 100, "{parts}");
    assert_eq!((&parts["limit"], &parts["exceeded"]), (&Value::Null, &Value::Bool(false)));
    assert_eq!(json(&create(&["--format", "json", "--meter"]))["instructions"], *parts);
    let text = err(&create(&["--meter"]));
    assert!(text.contains("count  ") && text.contains(" instructions (instantiate "), "{text}");
}

#[test]
fn a_limit_of_instructions_is_a_fault_where_it_is_exceeded() {
    let total = json(&create(&["--format", "json", "--meter"]))["instructions"]["total"].as_u64().unwrap();
    let enough = create(&["--instructions", &total.to_string()]);
    assert_eq!(enough.status.code(), Some(0), "{}", err(&enough));
    let short = create(&["--instructions", &(total - 1).to_string()]);
    assert_eq!(short.status.code(), Some(3));
    assert!(err(&short).contains("fault  The function ran more than "), "{}", err(&short));
    assert!(err(&short).contains("raise the limit of instructions"), "{}", err(&short));
    assert!(!short.stdout.is_empty(), "the output of the timed run is there all the same");
}

#[test]
fn cases_fail_that_take_more_instructions_than_allowed() {
    let only = ["test", "sample-bundle", "--only", "user-service/createUser", "--format", "json"];
    let generous = json(&run(&[&only[..], &["--instructions", "100000000"]].concat()));
    assert_eq!(generous["failed"], 0, "{generous}");
    assert!(generous["cases"][0]["instructions"].as_u64().unwrap() > 0);
    let short = run(&[&only[..], &["--instructions", "10"]].concat());
    assert_eq!(short.status.code(), Some(1));
    let message = json(&short)["cases"][0]["message"].to_string();
    assert!(message.contains("The function ran more than 10 instructions"), "{message}");
}

/// The profile of the sample's createUser in this format.
fn profile(more: &[&str]) -> Output {
    run(&[&["profile", "sample-bundle", "user-service:createUser", "--input", ADA][..], more].concat())
}

#[test]
fn a_profile_names_the_heaviest_functions_and_adds_up() {
    let counted = json(&create(&["--format", "json", "--meter"]))["instructions"]["total"].as_u64().unwrap();
    let tree = json(&profile(&["--format", "json"]));
    assert_eq!(tree["instructions"].as_u64().unwrap(), counted);
    let own: u64 = tree["functions"].as_array().unwrap().iter().map(|cost| cost["own"].as_u64().unwrap()).sum();
    assert_eq!(own, counted);
    let text = profile(&[]);
    assert_eq!(text.status.code(), Some(0), "{}", err(&text));
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("with calls") && text.contains("The heaviest path"), "{text}");
    assert!(text.contains("create_user"), "{text}");
}

#[test]
fn a_profile_for_speedscope_keeps_to_its_form() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("create-user.speedscope.json");
    let written = profile(&["-o", file.to_str().unwrap()]);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    let content: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let schema: Value = serde_json::from_str(include_str!("fixtures/speedscope.schema.json")).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&content)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");

    let (frames, profile) = (content["shared"]["frames"].as_array().unwrap(), &content["profiles"][0]);
    let (mut open, mut now) = (Vec::new(), 0);
    let mut own = vec![0; frames.len()];
    for event in profile["events"].as_array().unwrap() {
        let (frame, at) = (event["frame"].as_u64().unwrap() as usize, event["at"].as_u64().unwrap());
        assert!(at >= now && frame < frames.len(), "{event}");
        if let Some(top) = open.last() {
            own[*top] += at - now;
        }
        now = at;
        match event["type"].as_str().unwrap() {
            "O" => open.push(frame),
            _ => assert_eq!(open.pop(), Some(frame), "{event}"),
        }
    }
    assert!(open.is_empty());
    assert_eq!(profile["endValue"].as_u64().unwrap(), now);
    let tree = json(&self::profile(&["--format", "json"]));
    for cost in tree["functions"].as_array().unwrap() {
        let at: Vec<usize> = (0..frames.len()).filter(|at| frames[*at]["name"] == cost["function"]).collect();
        if let [only] = at[..] {
            assert_eq!(own[only], cost["own"].as_u64().unwrap(), "{cost}");
        }
    }
}

#[test]
fn a_component_has_no_profile_and_it_is_said_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("wasm")).unwrap();
    let component =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/component/functions-0.30.wasm");
    std::fs::copy(component, folder.path().join("wasm/parts.wasm")).unwrap();
    std::fs::write(folder.path().join("bundle.yaml"), "name: parts\nservices: []\n").unwrap();
    let output = run(&["profile", folder.path().to_str().unwrap(), "parts:any", "--input", "{}"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("A component has no profile: it is made of several modules"), "{}", err(&output));
}
