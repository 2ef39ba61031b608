//! The WASI testsuite, preview 1 (`PRIOSTACK_WASI_SUITE`): programs that need nothing from the host behave as it
//! says; those that need files, arguments or an environment end with their own error, and touch nothing.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::sandbox::{Cancel, Limits, Outcome, Reply};
use serde_json::Value;

use super::{files, known_differences, suite};
use crate::sandbox::{ENGINE, load_file};

/// What the suite says of a program.
#[derive(Default)]
struct Said {
    exit_code: i64,
    stdout: Option<String>,
    /// Whether it wants what the sandbox never gives: a folder, arguments, an environment.
    wants: bool,
}

fn said(program: &Path) -> Said {
    let Ok(text) = fs::read_to_string(program.with_extension("json")) else { return Said::default() };
    let json: Value = serde_json::from_str(&text).unwrap();
    let given = |field: &str| match &json[field] {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        _ => true,
    };
    Said {
        exit_code: json["exit_code"].as_i64().unwrap_or_default(),
        stdout: json["stdout"].as_str().map(str::to_owned),
        wants: ["root", "dirs", "args", "env"].iter().any(|field| given(field)),
    }
}

/// What came of a program, in a word or two.
fn ended(outcome: &Outcome) -> String {
    match &outcome.reply {
        Reply::Json(_) => "exit 0".into(),
        Reply::ApplicationError(error) => error.message.clone(),
        Reply::Fault(fault) => match &fault.raw_output {
            // What is on standard output need not be JSON here.
            Some(output) => format!("exit 0, {}", String::from_utf8_lossy(output)),
            None => format!("fault: {}", fault.message),
        },
    }
}

#[test]
fn programs_behave_as_the_suite_says_and_reach_nothing() {
    let Some(folder) = suite("PRIOSTACK_WASI_SUITE") else { return };
    let known = known_differences(include_str!("../fixtures/wasi-suite.txt"));
    let limits = Limits { time: Duration::from_secs(10), ..Limits::default() };
    let (mut passed, mut denied, mut met, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for file in files(&folder, "wasm") {
        let name = file.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        let said = said(&file);
        let program = match load_file(&ENGINE, &file) {
            Ok(program) => program,
            Err(error) => {
                wrong.push(format!("{name} does not load: {error:?}"));
                continue;
            }
        };
        let begun = Instant::now();
        let outcome = program.invoke("run", b"{}", &limits, &Cancel::new());
        assert!(begun.elapsed() < Duration::from_secs(15), "{name} took {:?}", begun.elapsed());
        let ended = ended(&outcome);
        println!("{name}: {ended}");
        let agrees = match said.exit_code {
            0 => ended.starts_with("exit 0") && said.stdout.is_none_or(|stdout| ended.ends_with(&stdout)),
            code => ended.contains(&code.to_string()),
        };
        match known.iter().find(|(known, _)| *known == name) {
            Some((known, _)) if !agrees => met.push(*known),
            Some((_, reason)) => wrong.push(format!("{name} agrees now, but is listed: {reason}")),
            None if agrees => passed += 1,
            None if said.wants => denied += 1,
            None => wrong.push(format!("{name}: {ended}")),
        }
    }
    println!("{passed} as the suite says, {denied} ended without what they wanted, {} differ for a reason", met.len());
    assert!(wrong.is_empty(), "{} unexpected:\n{}", wrong.len(), wrong.join("\n"));
}
