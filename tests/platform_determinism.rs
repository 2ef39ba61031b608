//! Recording and replaying what functions take from outside, with the real modules of every toolchain in
//! the sample bundle, and things that go wrong on purpose.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::path::Path;

use priostack_workbench::bundle::{Beside, Code, Loaded, Overlay, Reader};
use priostack_workbench::measure::starting_input;
use priostack_workbench::platform::determinism::{self, Determinism, Referred};
use priostack_workbench::sandbox::{Cancel, Conditions, FaultKind, Hints, Limits, Mishap, Outcome, Program, Reply};

fn sample() -> Loaded {
    Reader::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle")).read(&Overlay::new())
}

fn program(loaded: &Loaded, service: &str) -> Program {
    let module = loaded.bundle.module_of(service).unwrap();
    let bytes = std::fs::read(&module.path).unwrap();
    let program =
        sandbox::ENGINE.load(&bytes, module.inspection.as_ref().unwrap(), Hints::from(&Beside::of(&module.path)));
    let program = program.unwrap();
    program.settle();
    program
}

fn under(loaded: &Loaded, referred: &Referred, program: &Program, conditions: Conditions) -> Outcome {
    let input = starting_input(&loaded.bundle, &referred.service, &referred.function).json;
    program.invoke_under(&referred.function, input.as_bytes(), &Limits::default(), &Cancel::new(), conditions).0
}

fn examined(loaded: &Loaded, referred: &Referred, program: &Program) -> Determinism {
    let input = starting_input(&loaded.bundle, &referred.service, &referred.function).json;
    determinism::examine(|conditions| {
        program.invoke_under(&referred.function, input.as_bytes(), &Limits::default(), &Cancel::new(), conditions)
    })
}

#[test]
fn every_function_of_the_sample_gives_the_same_answer_with_the_same_record() {
    let loaded = sample();
    let all = determinism::referred(&loaded.bundle);
    assert!(all.len() >= 10, "{all:?}");
    let mut depend = Vec::new();
    for referred in &all {
        let program = program(&loaded, &referred.service);
        let found = examined(&loaded, referred, &program);
        assert_eq!(found.difference, None, "{referred:?}");
        let said = determinism::report(referred, "wasm/x.wasm", "this input", &found);
        assert_eq!(said.as_ref().map(|d| d.code), found.depends_on_outside.then_some(Code::DependsOnOutside));
        if found.depends_on_outside {
            depend.push(referred.function.as_str());
        }
    }
    // An identifier out of random numbers.
    assert!(depend.contains(&"createUser"), "{depend:?}");
    assert!(depend.len() < all.len(), "some functions take nothing from outside: {depend:?}");
}

#[test]
fn a_difference_under_the_same_record_is_reported() {
    let referred = Referred { service: "a".into(), function: "b".into() };
    let loaded = sample();
    let create = Referred { service: "user-service".into(), function: "createUser".into() };
    let program = program(&loaded, "user-service");
    // The record is ignored, so that what should be the same is not.
    let found = determinism::examine(|_| {
        let input = starting_input(&loaded.bundle, &create.service, &create.function).json;
        let (limits, cancel) = (Limits::default(), Cancel::new());
        program.invoke_under(&create.function, input.as_bytes(), &limits, &cancel, Conditions::default())
    });
    let said = determinism::report(&referred, "wasm/a.wasm", "this input", &found).unwrap();
    assert_eq!(said.code, Code::NotDeterministic);
    assert!(said.message.contains("the output differs at /"), "{}", said.message);
}

#[test]
fn what_goes_wrong_on_purpose_ends_in_a_fault_that_names_it() {
    let loaded = sample();
    let create = Referred { service: "user-service".into(), function: "createUser".into() };
    let program = program(&loaded, "user-service");
    let outcome =
        |mishap| under(&loaded, &create, &program, Conditions { mishap: Some(mishap), ..Conditions::default() });
    match outcome(Mishap::OutOfTime).reply {
        Reply::Fault(fault) => assert_eq!(fault.kind, FaultKind::Timeout, "{fault:?}"),
        other => panic!("{other:?}"),
    }
    match outcome(Mishap::NoRandom).reply {
        Reply::Fault(fault) => assert!(fault.message.contains("random"), "{fault:?}"),
        Reply::ApplicationError(error) => assert!(error.message.contains("random"), "{error:?}"),
        other @ Reply::Json(_) => panic!("{other:?}"),
    }
    assert!(matches!(outcome(Mishap::ClockJump(3600)).reply, Reply::Json(_)));
}
