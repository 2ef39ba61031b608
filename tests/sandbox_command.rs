//! WASI commands: a program of any language runs for each call, and answers to every name.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, LogLevel, Origin, Program, Reply};
use serde_json::json;

use sandbox::{ENGINE, fault, json, load_file, load_wat, run};

const PROGRAMS: [&str; 4] = ["cpp-emscripten-3.1.6", "cpp-emscripten-3.1.69", "cpp-clang-14", "rust-1.95"];

fn program(name: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/modules/command/{name}.wasm"));
    load_file(&ENGINE, &path).unwrap()
}

fn hand_written(name: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat").join(name);
    load_wat(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_program_is_told_the_functions_name_and_gets_nothing_of_this_machine() {
    for name in PROGRAMS {
        let outcome = run(&program(name), "createUser", r#"{"email":"zoë@example.com"}"#);
        let answer = json(&outcome);
        assert_eq!(answer["function"], "createUser", "{name}");
        assert_eq!(answer["input"]["email"], "zoë@example.com");
        assert_eq!(answer["arguments"], 2);
        assert!(answer["home"] == json!(false) || answer["variables"] == json!(0), "{answer}");
        let logs: Vec<_> = outcome.logs.iter().map(|line| (line.level, line.message.as_str())).collect();
        assert_eq!(logs, [(LogLevel::Info, "createUser got 28 bytes")], "{name}");
    }
}

#[test]
fn an_exit_code_is_the_programs_own_error_with_its_last_words() {
    for name in &PROGRAMS[..3] {
        let outcome = run(&program(name), "refuse", "{}");
        let Reply::ApplicationError(error) = &outcome.reply else { panic!("{outcome:?}") };
        assert_eq!(error.message, "exit code 3: the input is refused", "{name}");
    }
    // What it wrote as its answer says more.
    let outcome = run(&program("rust-1.95"), "refuse", "{}");
    let Reply::ApplicationError(error) = &outcome.reply else { panic!("{outcome:?}") };
    assert_eq!((error.message.as_str(), error.output.is_some()), ("refused", true));
    let outcome = run(&hand_written("wasi-exit-status.wat"), "anything", "{}");
    assert!(
        matches!(&outcome.reply, Reply::ApplicationError(error) if error.message == "exit code 3: the input is refused")
    );
}

#[test]
fn a_panic_is_a_fault_with_its_text() {
    let outcome = run(&program("rust-1.95"), "panic", "{}");
    assert_eq!(fault(&outcome).kind, FaultKind::Trap);
    assert!(outcome.logs.iter().any(|line| line.message.contains("told to panic")), "{:?}", outcome.logs);
}

#[test]
fn files_are_answered_by_errors_and_not_by_traps() {
    for name in PROGRAMS {
        let outcome = run(&program(name), "file", "{}");
        let answer = json(&outcome);
        assert!(answer == json!({"opened": false}) || answer == json!(false), "{name}: {answer}");
    }
    assert_eq!(json(&run(&hand_written("wasi-asks-for-files.wat"), "f", "{}"))["errno"], 8);
}

#[test]
fn a_sleeping_program_sleeps_and_is_woken_by_deadline_and_cancel() {
    for name in PROGRAMS {
        let program = program(name);
        let begun = Instant::now();
        assert_eq!(json(&run(&program, "sleep", "{}")), true, "{name}");
        assert!(begun.elapsed() >= Duration::from_millis(30), "{name}");

        let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
        let outcome = program.invoke("sleepLong", b"{}", &limits, &Cancel::new());
        assert_eq!(fault(&outcome).kind, FaultKind::Timeout, "{name}");

        let cancel = Cancel::new();
        std::thread::scope(|scope| {
            let sleeping = scope.spawn(|| program.invoke("sleepLong", b"{}", &Limits::default(), &cancel));
            std::thread::sleep(Duration::from_millis(20));
            cancel.cancel();
            assert_eq!(fault(&sleeping.join().unwrap()).kind, FaultKind::Cancelled, "{name}");
        });
    }
}

#[test]
fn the_answer_is_bounded_while_it_is_written() {
    let limits = Limits { output: 10_000, ..Limits::default() };
    let outcome = program("cpp-clang-14").invoke("large", b"{}", &limits, &Cancel::new());
    assert_eq!(fault(&outcome).kind, FaultKind::OutputTooLarge);
    assert_eq!(json(&run(&program("cpp-clang-14"), "large", "{}")).as_str().unwrap().len(), 1_000_000);
}

#[test]
fn every_call_is_a_program_of_its_own() {
    let mut session = program("cpp-emscripten-3.1.6").session();
    for _ in 0..3 {
        let outcome = session.invoke("createUser", b"{}", &Limits::default(), &Cancel::new());
        assert_eq!((outcome.origin, &json(&outcome)["function"]), (Origin::Fresh, &json!("createUser")));
    }
}

#[test]
fn standard_input_reaches_standard_output() {
    let large = format!("\"{}\"", "é".repeat(500_000));
    let echo = hand_written("wasi-stdin-to-stdout.wat");
    assert_eq!(json(&run(&echo, "echo", &large)).as_str().unwrap().chars().count(), 500_000);
    assert_eq!(echo.functions(), ["_start"]);
}

#[test]
fn pointers_that_lie_are_answered_by_error_numbers() {
    let (fault, bad, invalid, no_function) = (21, 8, 28, 52);
    let expected = [
        fault,
        fault,
        fault,
        fault,
        invalid,
        fault,
        fault,
        fault,
        fault,
        invalid,
        fault,
        bad,
        70,
        bad,
        fault,
        bad,
        fault,
        invalid,
        bad,
        bad,
        no_function,
    ];
    // Two digits each, as the module writes them: `[08` is no JSON.
    let outcome = run(&hand_written("wasi-liar.wat"), "lie", "{}");
    let text = String::from_utf8(sandbox::fault(&outcome).raw_output.clone().unwrap()).unwrap();
    let told: Vec<i32> = text.trim_matches(['[', ']']).split(',').map(|number| number.parse().unwrap()).collect();
    assert_eq!(told, expected);
}

#[test]
fn the_first_version_of_wasi_has_structures_of_its_own() {
    let begun = Instant::now();
    assert_eq!(json(&run(&hand_written("wasi-unstable.wat"), "wait", "{}")), json!([0, 1, 2]));
    assert!(begun.elapsed() >= Duration::from_millis(20));
}
