//! Our own plain convention, and our host functions in modules of other conventions.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::Path;

use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, LogLevel, Program, Reply};
use serde_json::json;

use sandbox::{ENGINE, fault, json, load_file, load_wat, run};

fn plain() -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat/plain.wat");
    load_wat(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn built(name: &str) -> Program {
    load_file(&ENGINE, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/plain").join(name)).unwrap()
}

#[test]
fn bytes_go_in_and_come_out() {
    let program = plain();
    assert!(program.convention().starts_with("Plain: "), "{}", program.convention());
    for input in ["{}", "[1,2]", "\"é😀\"", &format!("\"{}\"", "x".repeat(1 << 20))] {
        assert_eq!(json(&run(&program, "echo", input)), serde_json::from_str::<serde_json::Value>(input).unwrap());
    }
    assert_eq!(run(&program, "nothing", "{}").reply, Reply::Json("null".into()));
    assert!(
        matches!(run(&program, "refuse", "{}").reply, Reply::ApplicationError(error) if error.message == "refused")
    );
    assert!(program.refused().iter().any(|refused| refused.function == "add"));
}

#[test]
fn the_host_gives_time_random_numbers_and_a_log() {
    let program = plain();
    assert_eq!(json(&run(&program, "host", "{}")), json!([1, 1]));
    let outcome = run(&program, "echo", r#"{"message":"hello","user":7}"#);
    let line = &outcome.logs[0];
    assert_eq!((line.level, line.message.as_str(), &line.fields["user"]), (LogLevel::Warn, "hello", &json!(7)));
}

#[test]
fn lies_break_the_convention() {
    for function in ["beyond", "greedy", "shout"] {
        assert_eq!(fault(&run(&plain(), function, "{}")).kind, FaultKind::Convention, "{function}");
    }
}

#[test]
fn a_kept_instance_gets_back_what_it_gave() {
    let program = plain();
    let mut session = program.session();
    let input = format!("\"{}\"", "x".repeat(30_000));
    for _ in 0..100 {
        let outcome = session.invoke("echo", input.as_bytes(), &Limits::default(), &Cancel::new());
        assert_eq!(outcome.peak_memory, 65_536, "{:?}", outcome.reply);
    }
}

#[test]
fn the_documented_examples_work() {
    for name in ["example-rust.wasm", "example-c.wasm"] {
        let program = built(name);
        let outcome = run(&program, "greet", r#"{"name":"Ada"}"#);
        assert_eq!(json(&outcome), json!({"bytes": 14}), "{name}");
        assert_eq!(outcome.logs[0].message, "greeting", "{name}");
    }
}

#[test]
fn modules_of_other_conventions_have_our_host_functions_too() {
    let program = load_wat(
        r#"(module (import "priostack" "now_ms" (func $now (result f64)))
            (memory (export "memory") 1)
            (func (export "malloc") (param i32) (result i32) (i32.const 4096))
            (func (export "now") (result f64) (call $now)))"#,
    )
    .unwrap();
    assert!(json(&run(&program, "now", "")).as_f64().unwrap() > 1.5e12);
}
