//! Components with the runtime of a language in them: JavaScript and Python.

use std::time::{Duration, Instant};

use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, LogLevel, Program, Reply};
use serde_json::json;

use crate::{packages, sandbox};

fn program(file: &str) -> Option<Program> {
    let path = packages::file(file)?;
    let began = Instant::now();
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    eprintln!("{file}: loaded in {:?}; {}", began.elapsed(), program.convention());
    Some(program)
}

/// What functions in every language do alike.
fn functions(program: &Program) {
    let outcome = sandbox::run(program, "processData", r#"{"name":"Zoë 😀","n":[1]}"#);
    assert_eq!(sandbox::json(&outcome), json!({"fields": 2, "name": "Zoë 😀"}));
    eprintln!("  {:?}, {} bytes of memory", outcome.timings, outcome.peak_memory);
    let large = format!(r#"{{"text":"{}"}}"#, "é😀".repeat(180_000));
    assert_eq!(sandbox::json(&sandbox::run(program, "process-data", &large))["fields"], 1);
    match sandbox::run(program, "processData", "[]").reply {
        Reply::ApplicationError(error) => assert_eq!(error.message, "the input is not an object"),
        other => panic!("{other:?}"),
    }
    assert_eq!(sandbox::json(&sandbox::run(program, "greet", "\"Zoë\"")), "Hello, Zoë");
    let logs = sandbox::run(program, "writeLog", "1").logs;
    let lines: Vec<_> = logs.iter().map(|line| (line.level, line.message.as_str())).collect();
    assert_eq!(lines, [(LogLevel::Info, "told: 1"), (LogLevel::Error, "warned: 1")]);
    match sandbox::run(program, "askTheNetwork", "\"http://127.0.0.1/\"").reply {
        Reply::ApplicationError(error) => eprintln!("  the network: {}", error.message),
        other => panic!("{other:?}"),
    }
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let began = Instant::now();
    let endless = program.invoke("loopForEver", b"1", &limits, &Cancel::new());
    assert_eq!(sandbox::fault(&endless).kind, FaultKind::Timeout);
    eprintln!("  {:?} late", began.elapsed().saturating_sub(limits.time));
    let mut session = program.session();
    for _ in 0..3 {
        let outcome = session.invoke("greet", b"\"Ada\"", &Limits::default(), &Cancel::new());
        assert_eq!(sandbox::json(&outcome), "Hello, Ada");
        eprintln!("  kept instance: {:?}", outcome.timings);
    }
}

#[test]
fn javascript_runs_as_a_component() {
    for file in ["javascript-0.23.0.wasm", "javascript-0.19.3.wasm"] {
        if let Some(program) = program(file) {
            functions(&program);
        }
    }
}

#[test]
fn python_runs_as_a_component() {
    for file in ["python-0.25.1.wasm", "python-0.17.2.wasm"] {
        if let Some(program) = program(file) {
            functions(&program);
        }
    }
}
