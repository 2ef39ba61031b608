//! Sensors of the sample bundle with its real modules.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use priostack_workbench::bundle::{Bundle, Overlay, Reader};
use priostack_workbench::platform::sensors::{Call, Caller, Simulator, State, What, date};
use priostack_workbench::sandbox::{Cancel, Conditions, Engine, Hints, Limits, LoadError, Outcome, Program};
use serde_json::{Value, json};

fn sample() -> Bundle {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    Reader::new(&root).read(&Overlay::default()).bundle
}

/// Runs what waits in `simulator` with the modules of `bundle`.
fn run(simulator: &mut Simulator, bundle: &Bundle) {
    let engine = Engine::new().unwrap();
    let mut programs: HashMap<String, Program> = HashMap::new();
    let cancel = Cancel::new();
    let mut call = |call: Call<'_>| -> Result<Outcome, LoadError> {
        let program = programs.entry(call.service.to_owned()).or_insert_with(|| {
            let module = bundle.module_of(call.service).unwrap();
            let inspection = module.inspection.as_ref().unwrap();
            engine.load_quickly(&fs::read(&module.path).unwrap(), inspection, Hints::default()).unwrap()
        });
        let conditions = Conditions { date: Some(call.date), ..Conditions::default() };
        let (function, input) = (call.function, call.input.as_bytes());
        Ok(program.invoke_under(function, input, &Limits::default(), &cancel, conditions).0)
    };
    simulator.run_until_idle(&mut Caller { call: &mut call, cancel: &cancel });
}

fn sensors(simulator: &Simulator) -> Vec<&str> {
    let nodes = simulator.trace().nodes().iter();
    nodes
        .filter_map(|node| if let What::Sensor(firing) = &node.what { Some(firing.sensor.as_str()) } else { None })
        .collect()
}

fn outputs(simulator: &Simulator) -> Vec<Value> {
    let output = |what: &What| match what {
        What::Attempt(attempt) => attempt.output.as_deref().map(|output| serde_json::from_str(output).unwrap()),
        _ => None,
    };
    simulator.trace().nodes().iter().filter_map(|node| output(&node.what)).collect()
}

#[test]
fn a_created_user_is_validated_and_then_gets_a_token_of_the_virtual_time() {
    let bundle = sample();
    let start = date::parse("2031-05-06T07:08:09Z").unwrap();
    let mut simulator = Simulator::new(&bundle, start);
    simulator
        .fire("userCreated", r#"{"email":"ada@example.com","name":"Ada","id":"3d21f9ee-d85e-5a10-bda2-dff7da80567a"}"#);
    run(&mut simulator, &bundle);
    assert_eq!(sensors(&simulator), ["userCreated", "userValidated"]);
    let states: Vec<State> = simulator.trace().executions().map(|(_, _, one)| one.state.clone()).collect();
    assert_eq!(states, [State::Succeeded, State::Succeeded], "{:?}", outputs(&simulator));
    let token = &outputs(&simulator)[1];
    let issued =
        token["issuedAt"].as_u64().or_else(|| token["claims"]["iat"].as_u64()).or_else(|| token["iat"].as_u64());
    let from_token = || issued_in(token["token"].as_str()?);
    let issued = issued.or_else(from_token).unwrap_or_else(|| panic!("{token}"));
    assert_eq!(issued, start.as_secs(), "the function sees the virtual clock");
    assert!(simulator.trace().executions().all(|(_, _, one)| one.measured > Duration::ZERO));
}

/// The time of issue in the middle part of a token, found without a decoder for its other parts.
fn issued_in(token: &str) -> Option<u64> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut text) = (0_u32, 0, Vec::new());
    for letter in token.split('.').nth(1)?.chars() {
        bits = (bits << 6) | u32::try_from(LETTERS.find(letter)?).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            text.push((bits >> count) as u8);
        }
    }
    serde_json::from_slice::<Value>(&text).ok()?.get("iat")?.as_u64()
}

#[test]
fn a_bare_sensor_hands_the_order_on() {
    let bundle = sample();
    let mut simulator = Simulator::new(&bundle, Duration::from_secs(1_772_355_600));
    simulator.fire("orderReceived", &json!({"items": [{"sku": "CUP-04", "quantity": 2}]}).to_string());
    run(&mut simulator, &bundle);
    assert_eq!(sensors(&simulator), ["orderReceived", "stockAvailable", "orderPlaced"]);
    assert_eq!(outputs(&simulator)[1]["status"], "placed");
}

#[test]
fn an_order_that_is_refused_is_tried_again_and_fails() {
    let bundle = sample();
    let mut simulator = Simulator::new(&bundle, Duration::from_secs(1_772_355_600));
    simulator.fire("orderReceived", "{}");
    run(&mut simulator, &bundle);
    let attempts = simulator.trace().nodes().iter().filter(|node| matches!(node.what, What::Attempt(_))).count();
    assert_eq!(attempts, 3, "retries: 2");
    let (_, _, execution) = simulator.trace().executions().next().unwrap();
    assert!(matches!(&execution.state, State::Failed(reason) if !reason.is_empty()), "{:?}", execution.state);
}
