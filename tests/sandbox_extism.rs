//! Extism plug-ins: functions of every shape, what they may ask of their kernel, and ways to misbehave.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::{Inspection, Toolchain};
use priostack_workbench::sandbox::{ApplicationError, Cancel, FaultKind, Limits, LogLevel, Outcome, Program, Reply};
use serde_json::{Value, json};

use sandbox::{ENGINE, fault, json, load_file, load_wat, run};

/// The same plug-in by two versions of the kit.
static PLUGINS: LazyLock<[Program; 2]> = LazyLock::new(|| ["1.0.0", "1.4.1"].map(plugin));
static LYING: LazyLock<Program> = LazyLock::new(|| load_wat(include_str!("modules/extism/lying.wat")).unwrap());

fn plugin(version: &str) -> Program {
    load_file(
        &ENGINE,
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/modules/extism/plugin-{version}.wasm")),
    )
    .unwrap()
}

#[track_caller]
fn refusal(outcome: &Outcome) -> &ApplicationError {
    match &outcome.reply {
        Reply::ApplicationError(error) => error,
        other => panic!("no error: {other:?}"),
    }
}

#[test]
fn a_plug_in_is_recognised_by_its_imports() {
    for program in &*PLUGINS {
        assert!(
            program.convention().starts_with("Extism plug-in: it imports `extism:host/env."),
            "{}",
            program.convention()
        );
    }
    let bytes = wat::parse_str(include_str!("modules/extism/before-1.0.wat")).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    assert_eq!(inspection.toolchain(), Toolchain::Extism);
    let names: Vec<&str> = inspection.callable_functions().map(|export| export.name.as_str()).collect();
    assert_eq!(names, ["copy_input", "was_started"]);
}

#[test]
fn bytes_and_text_go_in_and_out() {
    let input = r#"{"name":"Zoë 😀"}"#;
    for program in &*PLUGINS {
        let receipt = json(&run(program, "bytes_to_bytes", input));
        assert_eq!(receipt["bytes"], input.len());
        for function in ["text_to_text", "textToText", "bytes_or_error", "bytes_or_code"] {
            assert_eq!(json(&run(program, function, input)), receipt, "{function}");
        }
        assert_eq!(json(&run(program, "echo", input))["name"], "Zoë 😀");
        assert_eq!(json(&run(program, "no_input", ""))["bytes"], 0);
        assert_eq!(json(&run(program, "no_output", input)), Value::Null);
        assert_eq!(json(&run(program, "nothing_at_all", input)), Value::Null);
    }
}

#[test]
fn large_and_deep_inputs_arrive_whole() {
    let large = format!(r#"{{"text":"{}"}}"#, "é😀".repeat(180_000));
    let deep = format!(r#"{{"deep":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    for program in &*PLUGINS {
        for input in [&large, &deep] {
            let Reply::Json(text) = run(program, "echo", input).reply else { panic!() };
            assert!(text == *input);
        }
    }
}

#[test]
fn an_error_is_the_plug_in_s_own_text_or_its_code() {
    for program in &*PLUGINS {
        for function in ["bytes_or_error", "bytes_or_code"] {
            let error = run(program, function, "[]");
            assert_eq!(refusal(&error).message, "the input is not an object");
        }
        assert_eq!(refusal(&run(program, "code_alone", "{}")).message, "The function returned the code 7");
    }
    assert_eq!(refusal(&run(&LYING, "error_with_a_good_code", r#"{"message":"no"}"#)).message, "no");
}

#[test]
fn functions_of_other_types_are_refused_with_the_reason() {
    for program in &*PLUGINS {
        let refused = program.refused().iter().find(|refused| refused.function == "add_numbers").unwrap();
        assert!(refused.reason.contains("returns a code"));
        assert!(!program.functions().iter().any(|name| name.starts_with('_')));
    }
}

#[test]
fn log_lines_keep_their_levels() {
    for program in &*PLUGINS {
        let outcome = run(program, "log_at_every_level", "\"x\"");
        let lines: Vec<_> = outcome.logs.iter().map(|line| (line.level, line.message.as_str())).collect();
        let expected = [
            (LogLevel::Debug, "debug \"x\""),
            (LogLevel::Info, "info \"x\""),
            (LogLevel::Warn, "warn \"x\""),
            (LogLevel::Error, "error \"x\""),
        ];
        assert_eq!(lines, expected);
    }
}

#[test]
fn variables_last_as_long_as_the_instance_and_there_is_no_configuration() {
    for program in &*PLUGINS {
        let fresh = json!({"before": false, "kept": true, "other": true, "removed": true});
        assert_eq!(json(&run(program, "keep_in_variables", "1")), fresh);
        assert_eq!(json(&run(program, "keep_in_variables", "1")), fresh);
        let mut session = program.session();
        let mut call = |function: &str, input: &str| {
            json(&session.invoke(function, input.as_bytes(), &Limits::default(), &Cancel::new()))
        };
        assert_eq!(call("keep_in_variables", "1")["before"], false);
        assert_eq!(call("keep_in_variables", "2")["before"], true);
        assert_eq!(call("count_calls", "")["calls"], 1);
        assert_eq!(call("count_calls", "")["calls"], 2);
        assert_eq!(json(&run(program, "read_configuration", "\"key\"")), json!({"found": false}));
    }
}

#[test]
fn many_calls_on_one_instance_do_not_use_up_the_kernel() {
    let limits = Limits { memory: 8 << 20, ..Limits::default() };
    let input = format!("\"{}\"", "x".repeat(200_000));
    for program in &*PLUGINS {
        let mut session = program.session();
        for _ in 0..50 {
            let outcome = session.invoke("echo", input.as_bytes(), &limits, &Cancel::new());
            assert_eq!(json(&outcome).as_str().unwrap().len(), 200_000);
        }
    }
}

#[test]
fn the_network_is_named_when_it_is_asked_for() {
    for program in &*PLUGINS {
        let outcome = run(program, "ask_the_network", "\"http://127.0.0.1:1/\"");
        let fault = fault(&outcome);
        assert_eq!(fault.kind, FaultKind::MissingImport);
        assert!(fault.message.contains("`http_request`"), "{}", fault.message);
    }
}

#[test]
fn a_plug_in_that_lies_breaks_the_convention() {
    for function in [
        "load_nothing",
        "load_far_away",
        "store_nothing",
        "store_over_the_end",
        "read_beyond_the_input",
        "read_far_beyond_the_input",
        "output_far_away",
        "output_without_end",
        "error_nowhere",
        "log_nowhere",
        "variable_nowhere",
        "configuration_nowhere",
        "use_after_free",
    ] {
        assert_eq!(fault(&run(&LYING, function, "{}")).kind, FaultKind::Convention, "{function}");
    }
    assert_eq!(fault(&run(&LYING, "call_a_stranger", "{}")).kind, FaultKind::MissingImport);
    for function in ["free_nothing", "length_of_nothing", "empty_block"] {
        assert_eq!(json(&run(&LYING, function, "{}")), Value::Null, "{function}");
    }
    assert_eq!(json(&run(&LYING, "give_the_input_back", "[1]")), json!([1]));
}

#[test]
fn the_kernel_s_memory_counts_against_the_limit() {
    let limits = Limits { memory: 16 << 20, ..Limits::default() };
    let invoke = |program: &Program, function: &str, input: &str| {
        program.invoke(function, input.as_bytes(), &limits, &Cancel::new())
    };
    for function in ["block_beyond_all_memory", "blocks_without_end"] {
        assert_eq!(fault(&invoke(&LYING, function, "{}")).kind, FaultKind::MemoryLimit, "{function}");
    }
    for program in &*PLUGINS {
        for (function, input) in [
            ("take_all_memory", "1"),
            ("take_all_blocks", "1"),
            ("take_all_blocks", "1000000"),
            ("keep_for_ever", "1"),
            ("keep_for_ever", "100000"),
        ] {
            let outcome = invoke(program, function, input);
            assert_eq!(fault(&outcome).kind, FaultKind::MemoryLimit, "{function}({input})");
            assert!(outcome.peak_memory <= 16 << 20);
        }
        // Freed blocks are used again: more than the limit in all.
        assert_eq!(json(&invoke(program, "take_and_free_blocks", "200")), 200);
    }
}

#[test]
fn endless_loops_end_at_the_deadline() {
    let limits = Limits { time: Duration::from_millis(100), ..Limits::default() };
    for program in &*PLUGINS {
        let late = (0..3)
            .map(|_| {
                let began = Instant::now();
                let outcome = program.invoke("loop_for_ever", b"{}", &limits, &Cancel::new());
                assert_eq!(fault(&outcome).kind, FaultKind::Timeout);
                began.elapsed().saturating_sub(limits.time)
            })
            .min()
            .unwrap();
        // A busy machine may be late once, not each time.
        assert!(late < Duration::from_millis(10), "{late:?}");
    }
}

#[test]
fn outputs_and_logs_are_bounded() {
    let limits = Limits { output: 1000, log: 10_000, ..Limits::default() };
    for program in &*PLUGINS {
        let invoke = |function: &str, input: &str| program.invoke(function, input.as_bytes(), &limits, &Cancel::new());
        assert_eq!(json(&invoke("big_output", "1000")).as_str().unwrap().len(), 998);
        assert_eq!(fault(&invoke("big_output", "1001")).kind, FaultKind::OutputTooLarge);
        let outcome = invoke("flood_the_log", "20000");
        assert_eq!(json(&outcome)["lines"], 20_000);
        assert_eq!(outcome.logs.len() as u64 + outcome.logs_dropped, 20_000);
        assert!(outcome.logs.len() < 200);
        for function in ["output_that_is_not_json", "output_that_is_not_utf8"] {
            assert_eq!(fault(&invoke(function, "")).kind, FaultKind::OutputNotJson);
        }
        assert_eq!(fault(&invoke("panic_with_input", "1")).kind, FaultKind::Trap);
    }
}

#[test]
fn a_plug_in_from_before_1_0_runs_too() {
    let program = load_wat(include_str!("modules/extism/before-1.0.wat")).unwrap();
    assert_eq!(json(&run(&program, "copyInput", r#"{"a":1}"#)), json!({"a": 1}));
    assert_eq!(json(&run(&program, "was_started", "")), 1);
}

#[test]
fn a_plug_in_may_stand_on_wasi() {
    let program = load_wat(include_str!("modules/extism/with-wasi.wat")).unwrap();
    let outcome = run(&program, "draw", "{}");
    assert_eq!(json(&outcome), 1);
    let logged: Vec<&str> = outcome.logs.iter().map(|line| line.message.as_str()).collect();
    assert_eq!(logged, ["ready"]);
}
