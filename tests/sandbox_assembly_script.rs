//! AssemblyScript: what its functions take and return, and runtimes that lie.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::{Path, PathBuf};

use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, LogLevel, Origin, Program};

use sandbox::{ENGINE, fault, json, load, load_file, load_wat, run};

const VERSIONS: [&str; 5] = ["0.19", "0.21", "0.23", "0.24", "0.28"];

fn file(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/modules/assemblyscript/functions-{version}.wasm"))
}

/// A module of version 0.24 or later with one function `f`; classes: Object, ArrayBuffer, String,
/// ArrayBufferView, Uint8Array.
fn module(new: &str, body: &str) -> Program {
    load_wat(&format!(
        r#"(module
            (memory (export "memory") 1)
            (global (export "__rtti_base") i32 (i32.const 64))
            ;; The count and five flags; an ArrayBuffer at 1024 whose size is 16; a lying view at 2048.
            (data (i32.const 64) "\05\00\00\00\00\00\00\00\20\00\00\00\20\00\00\00\00\00\00\00\41\00\00\00")
            (data (i32.const 1016) "\01\00\00\00\10\00\00\00[1,2,3]         ")
            (data (i32.const 2040) "\04\00\00\00\0c\00\00\00\00\04\00\00\00\04\00\00\ff\ff\00\00")
            (data (i32.const 3064) "\02\00\00\00\ff\ff\ff\7f")
            (data (i32.const 4088) "\00\00\00\00\04\00\00\00")
            (func (export "__new") (param i32 i32) (result i32) {new})
            (func (export "__pin") (param i32) (result i32) (local.get 0))
            (func (export "f") (param i32) (result i32)
              (drop (i32.load offset=4 (local.get 0))) {body}))"#
    ))
    .unwrap()
}

#[test]
fn the_code_tells_what_functions_take_in_every_version() {
    let input = r#"{"email":"ada@example.com"}"#;
    for version in VERSIONS {
        // Without the declarations beside the module.
        let program = load(&ENGINE, &std::fs::read(file(version)).unwrap(), None).unwrap();
        let bytes = json(&run(&program, "bytesToBytes", input));
        for function in ["textToText", "bufferToBuffer"] {
            if program.functions().iter().any(|name| name == function) {
                assert_eq!(json(&run(&program, function, input))["crc32"], bytes["crc32"], "{version} {function}");
            }
        }
        assert!(
            !program.assumptions().iter().any(|assumption| assumption.message.contains("bytesToBytes")),
            "{version}: {:?}",
            program.assumptions()
        );
    }
}

#[test]
fn a_throw_names_its_message_file_and_line() {
    for version in VERSIONS {
        let program = load_file(&ENGINE, &file(version)).unwrap();
        let outcome = run(&program, "abortWithInput", "{}");
        let fault = fault(&outcome);
        assert_eq!(fault.kind, FaultKind::Trap);
        assert!(fault.message.contains("told to abort: {} (trouble.ts:7:3)"), "{version}: {}", fault.message);
        assert!(!fault.backtrace.is_empty());
    }
}

#[test]
fn random_numbers_are_there_in_every_version() {
    for version in VERSIONS {
        let program = load_file(&ENGINE, &file(version)).unwrap();
        for function in ["randomNumbers", "randomBytes"] {
            let [one, two] = [(); 2].map(|()| json(&run(&program, function, "{}")));
            assert_ne!(one, two, "{version} {function}");
        }
    }
}

#[test]
fn the_console_keeps_its_levels() {
    let program = load_file(&ENGINE, &file("0.28")).unwrap();
    let outcome = run(&program, "logAtEveryLevel", "{}");
    let levels: Vec<_> = outcome.logs.iter().map(|line| line.level).collect();
    assert_eq!(levels, [LogLevel::Debug, LogLevel::Info, LogLevel::Info, LogLevel::Warn, LogLevel::Error]);
}

#[test]
fn an_allocator_that_leads_nowhere_breaks_the_convention() {
    for new in ["(i32.const 0x7fff0000)", "(i32.const -16)", "(i32.const 65530)"] {
        let outcome = run(&module(new, "(i32.const 1024)"), "f", "{}");
        assert_eq!(fault(&outcome).kind, FaultKind::Convention, "{new}");
    }
}

#[test]
fn objects_are_told_by_their_headers_and_lies_are_noticed() {
    let answer = |body: &str| run(&module("(i32.const 8192)", body), "f", "{}");
    assert_eq!(json(&answer("(i32.const 1024)")), serde_json::json!([1, 2, 3]));
    // A view that reaches out of its buffer, and an object of no use.
    assert_eq!(fault(&answer("(i32.const 2048)")).kind, FaultKind::Convention);
    assert_eq!(fault(&answer("(i32.const 4096)")).kind, FaultKind::Convention);
    // A string longer than memory is no object, nor is what is not aligned: numbers.
    assert_eq!(json(&answer("(i32.const 3072)")), 3072);
    assert_eq!(json(&answer("(i32.const 1025)")), 1025);
    assert_eq!(json(&answer("(i32.const -16)")), -16);
    assert_eq!(json(&answer("(i32.const 0)")), serde_json::Value::Null);
}

#[test]
fn a_parameter_that_nothing_is_known_of_is_noted_as_an_assumption() {
    let program = load_wat(include_str!("modules/wat/ignores-its-input.wat")).unwrap();
    assert_eq!(program.functions(), ["ignore"]);
    assert!(program.assumptions().iter().any(|assumption| assumption.message.contains("`ignore` takes a Uint8Array")));
    assert!(program.refused().iter().any(|refused| refused.function == "twice" && refused.reason.contains("number")));
}

#[test]
fn without_a_runtime_inputs_are_laid_out_by_the_host_in_every_version() {
    for name in ["0.21-without-runtime", "0.28-without-runtime", "0.28-stub-runtime", "0.28-minimal-runtime"] {
        let program = load_file(&ENGINE, &file("").with_file_name(format!("bytes-{name}.wasm"))).unwrap();
        let large = format!("\"{}\"", "é😀".repeat(200_000));
        for function in ["echo", "bytesToBytes"] {
            for input in ["{}", "[1,2]", &large] {
                let answer = json(&run(&program, function, input));
                assert!(function != "echo" || answer == serde_json::from_str::<serde_json::Value>(input).unwrap());
            }
        }
        let (bytes, text) = (run(&program, "bytesToBytes", &large), run(&program, "textToText", &large));
        assert_eq!(json(&bytes)["crc32"], json(&text)["crc32"], "{name}");
    }
}

#[test]
fn an_instance_with_inputs_of_the_host_serves_one_call() {
    let program = load_file(&ENGINE, &file("").with_file_name("bytes-0.28-without-runtime.wasm")).unwrap();
    let mut session = program.session();
    for _ in 0..3 {
        let outcome = session.invoke("echo", b"[7]", &Limits::default(), &Cancel::new());
        assert_eq!((outcome.origin, &json(&outcome)[0]), (Origin::Fresh, &7.into()));
    }
}

#[test]
fn an_answer_is_not_believed_where_the_input_was_overwritten() {
    let program = |body: &str| {
        load_wat(&format!(
            r#"(module
                (import "env" "abort" (func (param i32 i32 i32 i32)))
                (memory (export "memory") 1)
                ;; A text of 2 letters at 1056: block, id 2, size 4; and an ArrayBuffer at 2048.
                (data (i32.const 1036) "\2c\00\00\00\00\00\00\00\00\00\00\00\02\00\00\00\04\00\00\00o\00k\00")
                (data (i32.const 2040) "\01\00\00\00\07\00\00\00[1,2,3]")
                (func (export "f") (param i32) (result i32)
                  (drop (i32.load offset=4 (local.get 0))) {body} (i32.const 2048)))"#
        ))
        .unwrap()
    };
    assert_eq!(json(&run(&program(""), "f", "{}"))[2], 3);
    for body in [
        // The size of the view, a byte of the buffer, everything.
        "(i32.store (i32.sub (local.get 0) (i32.const 4)) (i32.const 99))",
        "(i32.store8 (i32.load (local.get 0)) (i32.const 99))",
        "(memory.fill (i32.const 65536) (i32.const 0) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 65536)))",
    ] {
        let outcome = run(&program(body), "f", "{}");
        assert!(fault(&outcome).message.contains("cannot be trusted"), "{body}: {outcome:?}");
        assert!(fault(&outcome).help.as_deref().unwrap().contains("--exportRuntime"));
    }
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let outcome = program("").invoke("f", b"{}", &limits, &Cancel::new());
    assert!(fault(&outcome).help.as_deref().unwrap().contains("--exportRuntime"), "{outcome:?}");
}
