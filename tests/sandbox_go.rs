//! Go programs for JavaScript run without JavaScript, booted for each call or copied from a snapshot,
//! and answer as they do under Node.js with Go's own glue (`tests/modules/go/expected.json`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod sandbox;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::{Choices, Inspection};
use priostack_workbench::sandbox::{Cancel, Engine, FaultKind, Hints, Limits, Origin, Outcome, Program, Reply};
use serde::Deserialize;

use sandbox::glue::{Input, Line, Output};
use sandbox::{ENGINE, fault, json, run};

/// The oldest and the newest version that modules are kept of.
const VERSIONS: [&str; 2] = ["1.19", "1.27"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/go")
}

fn load_with(engine: &Engine, version: &str, choices: &Choices) -> Program {
    let bytes = std::fs::read(folder().join(format!("functions-{version}.wasm"))).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    engine.load(&bytes, &inspection, Hints { declarations: None, choices: Some(choices) }).unwrap()
}

fn starting_by(start: &str) -> Choices {
    Choices { start: Some(start.into()), ..Choices::default() }
}

/// Each version, booted for each call and copied for each call.
static BOOTED: LazyLock<Vec<Program>> =
    LazyLock::new(|| VERSIONS.iter().map(|version| load_with(&ENGINE, version, &starting_by("boot"))).collect());
static COPIED: LazyLock<Vec<Program>> = LazyLock::new(|| {
    let load = |version: &&str| {
        let program = load_with(&ENGINE, version, &Choices::default());
        program.settle();
        program
    };
    VERSIONS.iter().map(load).collect()
});

fn all() -> impl Iterator<Item = &'static Program> {
    BOOTED.iter().chain(COPIED.iter())
}

fn within(program: &Program, function: &str, input: &str, millis: u64) -> (Outcome, Duration) {
    let limits = Limits { time: Duration::from_millis(millis), ..Limits::default() };
    let began = Instant::now();
    let outcome = program.invoke(function, input.as_bytes(), &limits, &Cancel::new());
    (outcome, began.elapsed())
}

/// One call as the file tells it; see `expected.mjs`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    function: String,
    #[serde(flatten)]
    input: Input,
    #[serde(flatten)]
    output: Output,
    error: Option<String>,
    rejected: Option<String>,
    panic: Option<String>,
    exit: Option<i32>,
    #[serde(default)]
    logs: Vec<Line>,
}

impl Call {
    fn matches(&self, outcome: &Outcome) -> bool {
        let trapped = |text: &str| matches!(&outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::Trap && fault.message.contains(text));
        if let Some(matches) = self.output.is_of(outcome) {
            matches
        } else if let Some(error) = self.error.as_ref().or(self.rejected.as_ref()) {
            matches!(&outcome.reply, Reply::ApplicationError(reply) if &reply.message == error || reply.output.as_ref() == Some(error))
        } else if let Some(panic) = &self.panic {
            trapped(&format!("panicked: {panic}"))
        } else {
            trapped(&format!("exit code {}", self.exit.unwrap()))
        }
    }

    fn logs_match(&self, outcome: &Outcome) -> bool {
        // What a program writes when it ends is told by its fault.
        self.panic.is_some()
            || self.logs.len() == outcome.logs.len()
                && self.logs.iter().zip(&outcome.logs).all(|(expected, line)| {
                    let level = expected.level();
                    // Where the text is a JSON object with a message, that is what the line shows.
                    (line.level == level && line.message == expected.text) || !line.fields.is_empty()
                })
    }
}

#[test]
fn every_function_answers_as_it_does_with_the_glue_of_go() {
    let expected: BTreeMap<String, Vec<Call>> =
        serde_json::from_slice(&std::fs::read(folder().join("expected.json")).unwrap()).unwrap();
    let (mut compared, mut differences) = (0, Vec::new());
    for (at, version) in VERSIONS.iter().enumerate() {
        for (how, program) in [("booted", &BOOTED[at]), ("copied", &COPIED[at])] {
            for call in &expected[&format!("functions-{version}.wasm")] {
                let input = call.input.text();
                // The platform passes JSON only, and the glue passed anything.
                if !input.is_empty()
                    && serde_json::from_str::<serde::de::IgnoredAny>(&input)
                        .is_err_and(|error| !error.to_string().contains("recursion"))
                {
                    continue;
                }
                compared += 1;
                let outcome = run(program, &call.function, &input);
                if !call.matches(&outcome) || !call.logs_match(&outcome) {
                    let shown: String = input.chars().take(60).collect();
                    let got: String = format!("{:?} {:?}", outcome.reply, outcome.logs).chars().take(400).collect();
                    differences.push(format!("{version} {how}: {}({shown}) gave {got}", call.function));
                }
            }
        }
    }
    println!("{compared} answers compared");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(compared > 400);
}

#[test]
fn the_functions_that_a_program_registers_are_found_also_in_its_objects() {
    for program in all() {
        let functions = program.functions();
        for name in ["bytesToBytes", "promised", "api.inObject", "api.deeper.inDeeperObject"] {
            assert!(functions.iter().any(|function| function == name), "{name} in {functions:?}");
        }
        assert_eq!(json(&run(program, "inObject", "{}"))["prefix"], "p");
        assert_eq!(json(&run(program, "in_object", "{}"))["prefix"], "p");
        let fault = fault(&run(program, "noSuchFunction", "{}")).clone();
        assert_eq!(fault.kind, FaultKind::NoSuchFunction);
    }
}

#[test]
fn every_call_gets_a_fresh_program() {
    for program in all() {
        for _ in 0..3 {
            let counted = json(&run(program, "countCalls", "{}"));
            assert_eq!((&counted["calls"], &counted["table"]), (&1.into(), &201.into()));
        }
    }
    assert_eq!(run(&BOOTED[1], "countCalls", "{}").origin, Origin::Fresh);
    assert_eq!(run(&COPIED[1], "countCalls", "{}").origin, Origin::Snapshot);
}

#[test]
fn kept_instances_go_on_where_they_were() {
    for program in all() {
        let mut session = program.session();
        for calls in 1..=50 {
            let outcome = session.invoke("countCalls", b"{}", &Limits::default(), &Cancel::new());
            assert_eq!(json(&outcome)["calls"], calls);
        }
        let outcome = session.invoke("bytesToBytes", br#"{"email":"a@b"}"#, &Limits::default(), &Cancel::new());
        assert_eq!(json(&outcome)["id"], "user_a");
    }
}

#[test]
fn copies_draw_random_numbers_of_their_own() {
    for program in all() {
        for function in ["mathRandom", "mapHash", "mapOrder", "cryptoRandom"] {
            let drawn: BTreeSet<String> = (0..6).map(|_| json(&run(program, function, "{}")).to_string()).collect();
            assert!(drawn.len() >= 5, "{function} drew {drawn:?}");
        }
    }
}

#[test]
fn the_clock_goes_on_in_copies() {
    for program in all() {
        let clock = json(&run(program, "clock", "{}"));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(clock["unix"].as_u64().unwrap()) <= 2, "{clock}");
        assert_eq!(clock["forward"], true);
        assert!((0..5000).contains(&clock["up"].as_i64().unwrap()), "{clock}");
    }
}

#[test]
fn what_never_ends_ends_at_the_deadline() {
    for program in all() {
        for function in ["spin", "sleepsForHours", "ticksForEver", "blocksForHours"] {
            // The best of some tries: other tests keep the machine busy.
            let late = (0..5)
                .map(|_| {
                    let (outcome, took) = within(program, function, "{}", 60);
                    assert_eq!(fault(&outcome).kind, FaultKind::Timeout, "{function}: {:?}", outcome.reply);
                    took - Duration::from_millis(60)
                })
                .min()
                .unwrap();
            assert!(late < Duration::from_millis(10), "{function} ended {late:?} late");
        }
    }
}

#[test]
fn the_user_ends_a_sleeping_program() {
    for program in all() {
        let cancel = Cancel::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(30));
                cancel.cancel();
            });
            let outcome = program.invoke("sleepsForHours", b"{}", &Limits::default(), &cancel);
            assert_eq!(fault(&outcome).kind, FaultKind::Cancelled);
        });
    }
}

#[test]
fn what_nothing_can_end_is_a_deadlock() {
    for program in all() {
        let outcome = run(program, "never", "{}");
        assert!(fault(&outcome).message.contains("deadlock"), "{:?}", outcome.reply);
        assert!(outcome.logs.iter().any(|line| line.message.contains("goroutine")), "{:?}", outcome.logs);
        let outcome = run(program, "blocksForEver", "{}");
        assert!(fault(&outcome).message.contains("deadlock"), "{:?}", outcome.reply);
    }
}

#[test]
fn memory_on_both_sides_counts_against_the_limit() {
    let limits = Limits { memory: 64 << 20, time: Duration::from_secs(20), ..Limits::default() };
    for program in all() {
        for function in ["hog", "hogObjects"] {
            let outcome = program.invoke(function, b"{}", &limits, &Cancel::new());
            assert_eq!(fault(&outcome).kind, FaultKind::MemoryLimit, "{function}: {:?}", outcome.reply);
        }
        // 150 MB of objects that nothing holds for long.
        let outcome = program.invoke("makeGarbage", b"{}", &limits, &Cancel::new());
        assert_eq!(json(&outcome), true);
    }
}

#[test]
fn endless_recursion_through_javascript_is_a_stack_overflow() {
    for program in all() {
        let outcome = run(program, "recurses", "{}");
        assert_eq!(fault(&outcome).kind, FaultKind::StackOverflow, "{:?}", outcome.reply);
    }
}

#[test]
fn outputs_beyond_the_limit_are_refused() {
    for program in all() {
        let limits = Limits { output: 1000, ..Limits::default() };
        let outcome = program.invoke("bigOutput", b"2000", &limits, &Cancel::new());
        assert_eq!(fault(&outcome).kind, FaultKind::OutputTooLarge);
        assert_eq!(fault(&run(program, "returnsFunction", "{}")).kind, FaultKind::Convention);
    }
}

#[test]
fn the_settings_choose_how_a_function_takes_its_input() {
    let functions = [("byType", "string"), ("echoText", "bytes"), ("throughJSON", "object"), ("inObject", "object")];
    let choices = Choices {
        functions: functions.iter().map(|(name, word)| ((*name).to_owned(), (*word).to_owned())).collect(),
        ..starting_by("boot")
    };
    let program = load_with(&ENGINE, "1.27", &choices);
    assert_eq!(json(&run(&program, "byType", "{}")), "a string of {");
    assert_eq!(fault(&run(&program, "echoText", "{}")).kind, FaultKind::OutputNotJson);
    assert_eq!(json(&run(&program, "throughJSON", r#"{"length":3}"#))["length"], 3);
}

#[test]
fn an_unknown_start_is_refused() {
    let bytes = std::fs::read(folder().join("functions-1.19.wasm")).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    let choices = starting_by("magic");
    let error = ENGINE.load(&bytes, &inspection, Hints { declarations: None, choices: Some(&choices) }).err().unwrap();
    assert!(error.message.contains("magic"), "{error}");
}

#[test]
fn a_snapshot_is_found_again_at_the_next_start() {
    let cache = tempfile::tempdir().unwrap();
    let first = Engine::with_cache(cache.path()).unwrap();
    load_with(&first, "1.19", &Choices::default()).settle();
    drop(first);
    let second = Engine::with_cache(cache.path()).unwrap();
    let program = load_with(&second, "1.19", &Choices::default());
    let outcome = run(&program, "bytesToBytes", r#"{"email":"a@b"}"#);
    assert_eq!(json(&outcome)["id"], "user_a");
    assert_eq!(outcome.origin, Origin::Snapshot);
    assert!(program.convention().contains("copy"), "{}", program.convention());
}

#[test]
fn the_first_answer_does_not_wait_for_fast_code() {
    let engine = Engine::new().unwrap();
    let bytes = std::fs::read(folder().join("functions-1.27.wasm")).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    let program = engine.load_quickly(&bytes, &inspection, Hints::default()).unwrap();
    let outcome = run(&program, "bytesToBytes", r#"{"email":"a@b"}"#);
    assert_eq!(json(&outcome)["id"], "user_a");
    program.settle();
    let outcome = run(&program, "bytesToBytes", r#"{"email":"a@b"}"#);
    assert_eq!((json(&outcome)["id"].as_str(), outcome.origin), (Some("user_a"), Origin::Snapshot));
}
