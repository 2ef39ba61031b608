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

/// A bundle with one service, whose module is `counted.wat`, and a case of `loops_by_input`.
fn counted_bundle(folder: &std::path::Path) {
    let write = |file: &str, content: &[u8]| {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    let wat = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/modules/wat/counted.wat")).unwrap();
    write("wasm/shop.wasm", &wat::parse_str(&wat).unwrap());
    write("bundle.yaml", b"name: shop\nversion: 1.0.0\nservices:\n  - path: services/shop.yaml\n");
    write(
        "services/shop.yaml",
        b"name: shop\nendpoints:\n  - name: loop\n    path: /loop\n    method: POST\n    function: wasm:shop:loops_by_input\n",
    );
    write(".workbench/cases/shop/loops_by_input/three.json", br#"{"input": [1, 2, 3]}"#);
    write(".workbench/settings.yaml", b"# ours\nmodules:\n  shop: {}\n");
}

#[test]
fn headroom_is_found_offered_and_noted_and_every_later_run_keeps_to_it() {
    let folder = tempfile::tempdir().unwrap();
    counted_bundle(folder.path());
    let root = folder.path().to_str().unwrap();
    let offered = run(&["headroom", root]);
    let text = String::from_utf8(offered.stdout.clone()).unwrap();
    assert_eq!(offered.status.code(), Some(0), "{text}{}", err(&offered));
    assert!(text.contains("its case passes with 64 KiB, ") && text.contains(", 60 instructions\n"), "{text}");
    assert!(text.contains("fewer instructions, three fails: Fault: The function ran more than 59"), "{text}");
    assert!(text.contains("offered: {memory: 128KiB, time: ") && text.contains("instructions: 120}"), "{text}");
    assert!(err(&offered).contains("2 times the memory and the instructions"), "{}", err(&offered));

    let found = json(&run(&["headroom", root, "--function", "shop:loopsByInput", "--set", "--format", "json"]));
    assert_eq!(found[0]["instructions"]["smallest"], 60);
    assert_eq!(found[0]["memory"]["smallest"], 65_536);
    assert_eq!((&found[0]["noted"], &found[0]["offer"]["instructions"]), (&Value::Bool(true), &120.into()));
    let settings = std::fs::read_to_string(folder.path().join(".workbench/settings.yaml")).unwrap();
    assert!(settings.contains("instructions: 120"), "{settings}");

    // 13 bytes of input take 2 + 2 + 8 * 13 = 108 instructions, 16 take 132.
    let with = |input: &str| run(&["invoke", root, "shop:loops_by_input", "--input", input]);
    assert_eq!(with("[1,2,3,4,5,6]").status.code(), Some(0), "{}", err(&with("[1,2,3,4,5,6]")));
    let over = with("[1,2,3,4,5,6,78]");
    assert_eq!(over.status.code(), Some(3));
    assert!(err(&over).contains("The function ran more than 120 instructions"), "{}", err(&over));
    let raised = run(&["invoke", root, "shop:loops_by_input", "--input", "[1,2,3,4,5,6,78]", "--instructions", "200"]);
    assert_eq!(raised.status.code(), Some(0), "{}", err(&raised));

    let needs_more = run(&["invoke", root, "shop:needs_six_pages", "--input", "{}"]);
    assert_eq!(needs_more.status.code(), Some(0), "another function keeps the usual limits");
    let noted = "modules: {shop: {limits: {needs_six_pages: {memory: 5.0MiB, time: 9x}}}}";
    std::fs::write(folder.path().join(".workbench/settings.yaml"), noted).unwrap();
    let unreadable = run(&["invoke", root, "shop:needs_six_pages", "--input", "{}"]);
    assert_eq!(unreadable.status.code(), Some(2));
    assert!(err(&unreadable).contains(".workbench/settings.yaml is not understood"), "{}", err(&unreadable));
    let noted = "modules: {shop: {limits: {needsSixPages: {memory: 320KiB}}}}";
    std::fs::write(folder.path().join(".workbench/settings.yaml"), noted).unwrap();
    assert_eq!(run(&["invoke", root, "shop:needs_six_pages", "--input", "{}"]).status.code(), Some(3));
    assert_eq!(
        run(&["invoke", root, "shop:needs_six_pages", "--input", "{}", "--memory", "1MiB"]).status.code(),
        Some(0)
    );
}
