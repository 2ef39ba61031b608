//! Real modules under load, in this process and through the gateway.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod served;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use priostack_workbench::bundle::{Bundle, Method, Overlay, Reader};
use priostack_workbench::measure::endpoint::request_for;
use priostack_workbench::measure::{
    Arrivals, Callee, Extent, Function, Instances, LoadPlan, Means, Measurement, Model, Served, StartingInput, Warning,
    goal_runs, run,
};
use priostack_workbench::platform::InputOrigin;
use priostack_workbench::platform::router::{Route, Router};
use priostack_workbench::sandbox::{Cancel, Limits, Reply};
use served::ENGINE;

fn input(origin: &str, json: &str) -> StartingInput {
    StartingInput { json: json.into(), origin: origin.into() }
}

fn measure(callee: &dyn Callee, plan: LoadPlan) -> Measurement {
    run(callee, plan, &Cancel::new(), &mut |_| {}).unwrap()
}

fn shop() -> (tempfile::TempDir, Bundle) {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let bundle = served::bundle(folder.path());
    (folder, bundle)
}

#[test]
fn a_function_is_measured_with_mixed_inputs_in_fresh_and_in_kept_instances() {
    let (_folder, bundle) = shop();
    let program = served::load(&bundle, "shop").unwrap();
    let no_op = ENGINE.no_op().unwrap();
    // The function gives back what it gets: one of three inputs is an error of the function's own.
    let inputs =
        [input("short", "{}"), input("long", &format!("[{}1]", "1,".repeat(300))), input("no", r#"{"error":"no"}"#)];
    let limits = served::limits();
    let callee =
        Function { program: &program, function: "echo", inputs: &inputs, limits: &limits, no_op: Some(&no_op) };
    for instances in [Instances::Fresh, Instances::Kept] {
        let plan = LoadPlan { model: Model::Closed { workers: 2 }, ..LoadPlan::of(300).with(instances) };
        let run = measure(&callee, plan);
        assert_eq!((run.samples.len(), run.means), (300, Means::Process));
        assert_eq!(run.inputs, ["short", "long", "no"]);
        let used: BTreeSet<u16> = run.samples.iter().map(|sample| sample.input).collect();
        assert_eq!(used, [0, 1, 2].into());
        assert!(run.samples.iter().all(|sample| sample.ok == (sample.input != 2)));
        assert_eq!(run.failures.len(), 1);
        assert_eq!((run.failures[0].message.as_str(), run.failures[0].count), ("no", run.failed() as u64));
        assert_eq!(run.peak_memory, Some(64 << 16));
        assert!(run.percentile(50.0) > Duration::ZERO && run.percentile(50.0) <= run.longest());
        assert!(run.overhead.unwrap().median > Duration::ZERO);
        assert!(!matches!(run.last.unwrap().reply, Reply::Fault(_)));
    }
    let unkept = |run: &Measurement| run.warnings.iter().any(|warning| matches!(warning, Warning::MostlyFresh { .. }));
    let fall = Function { function: "fall", ..callee };
    assert!(unkept(&measure(&fall, LoadPlan::of(50).with(Instances::Kept))), "a fault ends an instance");
    assert!(!unkept(&measure(&callee, LoadPlan::of(50).with(Instances::Kept))));
    assert!(!unkept(&measure(&fall, LoadPlan::of(50))));
    let open = Model::Open { rate: 1000.0, arrivals: Arrivals::Poisson, workers: 2 };
    let run = measure(&callee, LoadPlan { model: open, ..LoadPlan::of(100) });
    assert_eq!(run.samples.len() as u64 + run.dropped, 100);
    assert!(run.overhead.is_some());
}

#[test]
fn an_input_that_runs_more_instructions_than_it_may_is_not_measured() {
    let (folder, bundle) = shop();
    let program = served::load(&bundle, "shop").unwrap();
    let inputs = [input("the only input", "{}")];
    let within = |instructions| Limits { instructions: Some(instructions), ..served::limits() };
    let (few, enough) = (within(3), within(1_000_000));
    let callee = Function { program: &program, function: "echo", inputs: &inputs, limits: &few, no_op: None };
    let refused = run_error(&callee, LoadPlan::of(10));
    assert!(refused.starts_with("with the only input it runs more than the 3 instructions that it may"), "{refused}");
    assert_eq!(measure(&Function { limits: &enough, ..callee }, LoadPlan::of(10)).failed(), 0);
    // Through the gateway nothing is counted beside the calls that are timed.
    let served = Served::start(served::site(folder.path(), few), ENGINE.no_op().unwrap()).unwrap();
    assert_eq!(measure(&served.endpoint("shop", "echo", &inputs).unwrap(), LoadPlan::of(10)).failed(), 0);
}

#[test]
fn an_endless_call_is_cancelled_and_does_not_count() {
    let (_folder, bundle) = shop();
    let program = served::load(&bundle, "shop").unwrap();
    let limits = Limits { time: Duration::from_secs(60), ..served::limits() };
    let inputs = [input("any", "{}")];
    let callee = Function { program: &program, function: "spin", inputs: &inputs, limits: &limits, no_op: None };
    let cancel = Cancel::new();
    let plan = LoadPlan { warm_up: 0, ..LoadPlan::of(10) };
    let run = run(&callee, plan, &cancel, &mut |progress| {
        if progress.elapsed > Duration::from_millis(50) {
            cancel.cancel();
        }
    })
    .unwrap();
    assert!(run.cancelled && run.samples.is_empty() && run.failures.is_empty());
}

#[test]
fn an_endpoint_is_measured_through_a_gateway_of_its_own() {
    let (folder, _) = shop();
    let served = Served::start(served::site(folder.path(), served::limits()), ENGINE.no_op().unwrap()).unwrap();
    let inputs = [input("a", r#"{"a":1}"#), input("no", r#"{"error":{"message":"no"}}"#)];
    let echo = served.endpoint("shop", "echo", &inputs).unwrap();
    let plan = LoadPlan { model: Model::Closed { workers: 2 }, ..LoadPlan::of(200) };
    let run = measure(&echo, plan);
    assert_eq!((run.samples.len(), run.means, run.peak_memory), (200, Means::Gateway, None));
    assert!(run.samples.iter().all(|sample| sample.ok == (sample.input == 0)));
    assert_eq!(run.failures[0].message, "status 400: no");
    // The way there and back is in both, and the function's time beside it is little.
    let overhead = run.overhead.unwrap();
    assert!(overhead.median > Duration::from_micros(5), "{overhead:?}");

    let open = Model::Open { rate: 500.0, arrivals: Arrivals::Constant, workers: 2 };
    let plan = LoadPlan { extent: Extent::For(Duration::from_millis(200)), model: open, ..LoadPlan::of(1) };
    assert_eq!(measure(&echo, plan).arrived(), 100);

    let fetch = served.endpoint("shop", "fetch", &[input("seven", r#"{"id":"7","color":"red"}"#)]).unwrap();
    assert_eq!(measure(&fetch, LoadPlan::of(20)).failed(), 0);
    let fall = served.endpoint("shop", "fall", &inputs).unwrap();
    let fallen = measure(&fall, LoadPlan::of(20));
    assert_eq!(fallen.failed(), 20);
    assert!(fallen.failures[0].message.starts_with("status 500: "), "{:?}", fallen.failures);

    let kept = run_error(&echo, LoadPlan::of(20).with(Instances::Kept));
    assert!(kept.contains("fresh instance for each request"), "{kept}");
    let unknown = served.endpoint("shop", "nowhere", &inputs).err().unwrap().to_string();
    assert_eq!(unknown, "shop has no endpoint nowhere with a method and a path");
    let lacking = served.endpoint("shop", "fetch", &inputs).err().unwrap().to_string();
    assert!(lacking.contains("no `id`, which is a parameter of the path"), "{lacking}");
}

fn run_error(callee: &dyn Callee, plan: LoadPlan) -> String {
    run(callee, plan, &Cancel::new(), &mut |_| {}).unwrap_err().to_string()
}

#[test]
fn a_call_through_the_gateway_is_cancelled_too() {
    let (folder, _) = shop();
    let limits = Limits { time: Duration::from_secs(20), ..served::limits() };
    let served = Served::start(served::site(folder.path(), limits), ENGINE.no_op().unwrap()).unwrap();
    let spin = served.endpoint("shop", "spin", &[input("any", "{}")]).unwrap();
    let cancel = Cancel::new();
    let begun = std::time::Instant::now();
    let run = run(&spin, LoadPlan { warm_up: 0, ..LoadPlan::of(10) }, &cancel, &mut |progress| {
        if progress.elapsed > Duration::from_millis(50) {
            cancel.cancel();
        }
    })
    .unwrap();
    assert!(run.cancelled && run.samples.is_empty() && begun.elapsed() < Duration::from_secs(5));
}

fn route(name: &str) -> Route {
    let (_folder, bundle) = shop();
    Router::of(&bundle).routes().iter().find(|route| route.endpoint == name).unwrap().clone()
}

#[test]
fn an_input_becomes_the_request_that_gives_it_to_the_function() {
    let sent = |name: &str, input: &str| {
        let request = request_for(&route(name), input)?;
        Ok::<_, String>((request.target, String::from_utf8(request.body).unwrap()))
    };
    let ok = |target: &str, body: &str| Ok((target.to_owned(), body.to_owned()));
    let (_folder, bundle) = shop();
    let site = served::site(&bundle.root, served::limits());
    assert_eq!(sent("echo", " [1, 2] "), ok("/shop/echo", " [1, 2] "));
    assert_eq!(sent("fetch", r#"{"id":"a b/ü"}"#), ok("/shop/items/a%20b%2F%C3%BC", ""));
    assert_eq!(sent("fetch", r#"{"id":7,"color":"light red"}"#), ok("/shop/items/7?color=light%20red", ""));
    assert_eq!(sent("remove", r#"{"count":3,"id":"7"}"#), ok("/shop/items/7", r#"{"count":3}"#));
    for (name, input) in
        [("echo", r#"{"x":[1]}"#), ("fetch", r#"{"color":"red","id":"7"}"#), ("remove", r#"{"n":1,"id":"x"}"#)]
    {
        let request = request_for(&route(name), input).unwrap();
        let response =
            served::ask(&site, &request.method, &request.target, std::str::from_utf8(&request.body).unwrap());
        let given: serde_json::Value = serde_json::from_str(&response.input.unwrap()).unwrap();
        assert_eq!(given, serde_json::from_str::<serde_json::Value>(input).unwrap(), "{name}");
    }
    for input in [r#"{"id":[1]}"#, r#"{"id":""}"#, "[1]", "{}"] {
        assert!(sent("fetch", input).is_err(), "{input}");
    }
    assert_eq!(route("fetch").method, Method::Get);
}

#[test]
fn goals_are_measured_with_every_case_that_expects_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let service =
        format!("{}goals:\n  - {{name: quick, metric: latency, target: \"< 1s\"}}\n", include_str!("served/shop.yaml"));
    served::lay_service(folder.path(), &service);
    let case = |name: &str, text: &str| {
        let folder = folder.path().join(".workbench/cases/shop/echo");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.json")), text).unwrap();
    };
    case("one", r#"{"input": 1}"#);
    case("two", r#"{"input": 2, "expect": {"equals": 2}}"#);
    case("wrong", r#"{"input": {"error": "x"}, "expect": {"error": "x"}}"#);
    let bundle = Reader::new(folder.path()).read(&Overlay::new()).bundle;
    let runs = goal_runs(&bundle);
    let echo = runs.iter().find(|run| run.function == "echo").unwrap();
    assert_eq!(echo.inputs.iter().map(|input| input.json.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(echo.endpoints, ["echo", "fetch", "newest", "remove"]);
    let fall = runs.iter().find(|run| run.function == "fall").unwrap();
    assert_eq!(fall.inputs, [StartingInput { json: "{}".into(), origin: InputOrigin::Nothing }]);
    assert!(runs.iter().all(|run| run.function != "sendMail"), "functions of the platform cannot run here");
}
