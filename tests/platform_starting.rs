//! The input that a function is first called with: saved case, history, what the function asks for, nothing.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod served;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::history::{Ending, Facts, History, Record};
use priostack_workbench::bundle::{Bundle, Service};
use priostack_workbench::platform::determinism::referred;
use priostack_workbench::platform::{InputOrigin, StartingInput, best_input, starting_input};
use priostack_workbench::sandbox::{Cancel, Limits, Reply};
use serde_json::{Value, json};

const CREATE: (&str, &str) = ("user-service", "createUser");

/// The sample bundle without its saved cases.
fn sample_without_cases(root: &Path) -> Bundle {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    for part in ["services", "wasm"] {
        fs::create_dir_all(root.join(part)).unwrap();
        for file in fs::read_dir(sample.join(part)).unwrap().map(Result::unwrap) {
            fs::copy(file.path(), root.join(part).join(file.file_name())).unwrap();
        }
    }
    fs::copy(sample.join("bundle.yaml"), root.join("bundle.yaml")).unwrap();
    served::bundle(root)
}

fn best(bundle: &Bundle, (service, function): (&str, &str)) -> StartingInput {
    let program = served::load(bundle, service).unwrap();
    best_input(bundle, (service, function), &program, &Limits::default(), &Cancel::new())
}

fn answers(bundle: &Bundle, (service, function): (&str, &str), input: &str) -> bool {
    let program = served::load(bundle, service).unwrap();
    let outcome = program.invoke(function, input.as_bytes(), &Limits::default(), &Cancel::new());
    matches!(outcome.reply, Reply::Json(_))
}

fn record(ending: Ending, input: &str, mishap: Option<&str>) -> Record {
    let facts = Facts {
        at: 1_000,
        service: CREATE.0.into(),
        function: "create_user".into(),
        ending,
        message: None,
        nanoseconds: [1, 2, 3, 4],
        peak_memory: 65_536,
        limits: [5_000_000_000, 1 << 28],
        origin: None,
        mishap: mishap.map(str::to_owned),
    };
    Record { facts, input: input.into(), output: None, taken: None }
}

#[test]
fn functions_of_all_toolchains_teach_what_they_need() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = sample_without_cases(folder.path());
    let functions = referred(&bundle);
    let (mut learned, mut answered) = (0, 0);
    for function in &functions {
        let key = (function.service.as_str(), function.function.as_str());
        let program = served::load(&bundle, key.0).unwrap();
        let begun = Instant::now();
        let input = best_input(&bundle, key, &program, &Limits::default(), &Cancel::new());
        assert!(begun.elapsed() < Duration::from_secs(20), "{key:?} took {:?}", begun.elapsed());
        let answers = answers(&bundle, key, &input.json);
        println!("{}:{} {answers} {} {}", key.0, key.1, input.origin, input.json.replace('\n', ""));
        learned += usize::from(input.origin == InputOrigin::Learned);
        answered += usize::from(answers);
    }
    // Nobody can guess which products there are, or what a card number is to be.
    assert!(learned >= 8 && answered >= 5, "{learned} of {} learned, {answered} answered", functions.len());
    let input = best(&bundle, CREATE);
    assert_eq!(input.origin, InputOrigin::Learned);
    let value: Value = serde_json::from_str(&input.json).unwrap();
    assert!(value["email"].as_str().unwrap().contains('@') && value["name"].is_string(), "{value}");
}

#[test]
fn a_case_comes_before_the_history_and_the_history_before_what_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = sample_without_cases(folder.path());
    let history = History::of(folder.path());
    history.add(&record(Ending::Answered, "{\"made\": \"to fail\"}", Some("out of time"))).unwrap();
    history.add(&record(Ending::Error, "{\"refused\": 1}", None)).unwrap();
    assert_eq!(best(&bundle, CREATE).origin, InputOrigin::Learned, "neither tells what is answered");
    history.add(&record(Ending::Answered, "{\"answered\": 1}", None)).unwrap();
    let input = best(&bundle, CREATE);
    assert_eq!((input.json.as_str(), input.origin), ("{\"answered\": 1}", InputOrigin::History));
    let cases = folder.path().join(".workbench/cases/user-service/createUser");
    fs::create_dir_all(&cases).unwrap();
    fs::write(cases.join("a.json"), r#"{"input": {"no": 1}, "expect": {"error": true}}"#).unwrap();
    assert_eq!(best(&bundle, CREATE).origin, InputOrigin::History, "an error is no good beginning");
    fs::write(cases.join("b.json"), r#"{"input": {"yes": 1}}"#).unwrap();
    assert_eq!(best(&bundle, CREATE).origin, InputOrigin::Case("b".into()));
}

#[test]
fn parameters_of_the_path_and_values_of_other_cases_are_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let bundle = served::bundle(folder.path());
    let with_parameters = bundle.services.iter().flat_map(Service::references).count();
    assert!(with_parameters > 0);
    let input = starting_input(&bundle, "shop", "echo");
    assert_eq!(input.origin, InputOrigin::Path);
    assert_eq!(serde_json::from_str::<Value>(&input.json).unwrap()["id"], json!("1"));
    let unknown = starting_input(&bundle, "shop", "nowhere");
    assert_eq!((unknown.json.as_str(), unknown.origin), ("{}", InputOrigin::Nothing));
}

#[test]
fn a_function_that_never_ends_is_given_up_soon_and_a_cancelled_one_at_once() {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let bundle = served::bundle(folder.path());
    let program = served::load(&bundle, "shop").unwrap();
    let begun = Instant::now();
    let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
    let input = best_input(&bundle, ("shop", "spin"), &program, &limits, &Cancel::new());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(input.origin, InputOrigin::Nothing);
    let cancelled = Cancel::new();
    cancelled.cancel();
    assert_eq!(best_input(&bundle, ("shop", "spin"), &program, &limits, &cancelled).json, "{}");
}
