//! How little a function needs, for functions whose needs are known exactly.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::path::Path;
use std::time::Duration;

use priostack_workbench::bundle::{Case, Expect};
use priostack_workbench::measure::{Headroom, HeadroomError, Needy, headroom};
use priostack_workbench::sandbox::{Cancel, Limits, Program};
use serde_json::{Value, json};

use sandbox::{load_file, load_wat};

const PAGE: u64 = 65_536;

fn counted() -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat/counted.wat");
    load_wat(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn case(name: &str, input: Value, expect: Option<Expect>) -> Case {
    Case { name: name.into(), input, expect, within: None }
}

fn needs(program: &Program, function: &str, cases: &[Case]) -> Result<Headroom, HeadroomError> {
    let limits = Limits::default();
    headroom(Needy { program, function, cases, limits: &limits }, &Cancel::new(), |_, _| {})
}

#[test]
fn instructions_and_memory_are_found_exactly() {
    let program = counted();
    let cases = [case("short", json!({}), None), case("long", json!([1, 2, 3]), None)];
    let found = needs(&program, "loops_by_input", &cases).unwrap();
    // alloc, and as many rounds as "[1,2,3]" has bytes.
    let instructions = found.instructions.as_ref().unwrap();
    assert_eq!(instructions.value, 2 + (1 + 8 * 7 + 1));
    let below = instructions.below.as_ref().unwrap();
    assert_eq!(below.case, "long");
    assert_eq!(below.message, "Fault: The function ran more than 59 instructions");
    assert_eq!(found.memory.value, PAGE);
    assert_eq!((found.cases, found.depends_on_outside), (2, false));

    let found = needs(&program, "needs_six_pages", &[case("any", json!({}), None)]).unwrap();
    assert_eq!(found.memory.value, 6 * PAGE);
    let below = found.memory.below.as_ref().unwrap();
    assert!(below.message.contains("327") || below.message.contains("320 KiB"), "{}", below.message);
    let offer = found.offer();
    assert_eq!((offer.memory, offer.instructions), (Some(12 * PAGE), Some(2 * found.instructions.unwrap().value)));
}

#[test]
fn time_is_enough_for_every_repeat_and_no_more_than_it_must_be() {
    let found = needs(&counted(), "fib", &[case("ten", json!({}), None)]).unwrap();
    assert!(found.time.value > Duration::ZERO && found.time.value < Duration::from_secs(1), "{:?}", found.time);
    assert!(found.offer().time.unwrap() >= found.time.value * 10);
    assert!(found.offer().time.unwrap() >= Duration::from_millis(10));
}

#[test]
fn the_offered_limits_let_every_case_pass() {
    let program = counted();
    let cases = [case("one", json!({}), Some(Expect::Equals(Value::Null)))];
    let offer = needs(&program, "catches", &cases).unwrap().offer();
    let limits = Limits::default().with(&offer);
    let again = headroom(
        Needy { program: &program, function: "catches", cases: &cases, limits: &limits },
        &Cancel::new(),
        |_, _| {},
    );
    assert!(again.unwrap().memory.value <= offer.memory.unwrap());
}

#[test]
fn a_case_that_fails_as_it_is_is_named() {
    let cases = [case("wrong", json!({}), Some(Expect::Equals(json!(7))))];
    let error = needs(&counted(), "fib", &cases).unwrap_err();
    assert_eq!(error.to_string(), "The case wrong fails as it is: The output differs in 1 place");
    assert_eq!(needs(&counted(), "fib", &[]).unwrap_err(), HeadroomError::NoCases);
}

#[test]
fn a_search_is_cancelled() {
    let cancel = Cancel::new();
    let (program, limits, cases) = (counted(), Limits::default(), [case("one", json!({}), None)]);
    let needy = Needy { program: &program, function: "fib", cases: &cases, limits: &limits };
    let ended = headroom(needy, &cancel, |_, share| {
        if share > 0.2 {
            cancel.cancel();
        }
    });
    assert_eq!(ended.unwrap_err(), HeadroomError::Cancelled);
}

#[test]
fn a_real_module_needs_what_it_touches() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle/wasm/user-service.wasm");
    let program = load_file(&sandbox::ENGINE, &path).unwrap();
    let cases = [case("ada", json!({"email": "ada@example.org", "name": "Ada"}), None)];
    let found = needs(&program, "create_user", &cases).unwrap();
    let within = |memory| Limits { memory, ..Limits::default() }.for_all();
    let input = cases[0].input.to_string();
    let reply = |memory| program.invoke("create_user", input.as_bytes(), &within(memory), &Cancel::new()).reply;
    assert!(matches!(reply(found.memory.value), priostack_workbench::sandbox::Reply::Json(_)));
    assert!(matches!(reply(found.memory.value - PAGE), priostack_workbench::sandbox::Reply::Fault(_)));
}
