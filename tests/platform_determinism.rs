//! Recording and replaying what functions take from outside, with modules of real toolchains that take the
//! time and random numbers, and things that go wrong on purpose.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::path::Path;
use std::time::Instant;

use priostack_workbench::bundle::{Code, Overlay, Reader};
use priostack_workbench::platform::determinism::{self, Determinism, Referred};
use priostack_workbench::sandbox::{Cancel, Conditions, FaultKind, Limits, Mishap, Outcome, Program, Reply};

fn program(module: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(module);
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap_or_else(|error| panic!("{module}: {error}"));
    program.settle();
    program
}

fn examined(program: &Program, function: &str) -> Determinism {
    determinism::examine(|conditions| {
        program.invoke_under(function, b"{}", &Limits::default(), &Cancel::new(), conditions)
    })
}

fn referred() -> Referred {
    Referred { service: "a".into(), function: "b".into() }
}

/// Functions whose answers follow random numbers, by the module that holds them.
const RANDOM: [(&str, &[&str]); 5] = [
    ("assemblyscript/functions-0.19.wasm", &["randomNumbers", "randomBytes"]),
    ("assemblyscript/functions-0.28.wasm", &["randomNumbers", "randomBytes"]),
    ("rust/shapes-0.2.130.wasm", &["random_by_getrandom_02", "random_by_getrandom_04"]),
    ("component/functions-of-a-host-0.63.wasm", &["random-numbers"]),
    ("go/functions-1.27.wasm", &["mathRandom", "cryptoRandom"]),
];

#[test]
fn random_numbers_are_replayed_in_every_convention() {
    for (module, functions) in RANDOM {
        let program = program(module);
        for function in functions {
            let found = examined(&program, function);
            assert_eq!(found.difference, None, "{module} {function}");
            assert!(found.depends_on_outside, "{module} {function}: {}", found.in_words());
            let said = determinism::report(&referred(), "wasm/a.wasm", "this input", &found).unwrap();
            assert_eq!(said.code, Code::DependsOnOutside);
            assert!(said.help.unwrap().contains("random bytes"), "{module} {function}");
        }
    }
}

#[test]
fn clocks_are_replayed() {
    for (module, function) in
        [("component/functions-of-a-host-0.63.wasm", "clocks"), ("go/functions-1.27.wasm", "clock")]
    {
        let found = examined(&program(module), function);
        assert_eq!(found.difference, None, "{module} {function}");
        assert!(found.taken_in_words().contains("the date"), "{module} {function}: {}", found.taken_in_words());
    }
}

#[test]
fn a_function_that_takes_nothing_from_outside_says_so() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let loaded = Reader::new(&sample).read(&Overlay::new());
    let all = determinism::referred(&loaded.bundle);
    assert!(all.iter().any(|referred| referred.function == "createUser") && all.len() >= 10, "{all:?}");
    let program = sandbox::load_file(&sandbox::ENGINE, &sample.join("wasm/user-service.wasm")).unwrap();
    let found = examined(&program, "createUser");
    assert_eq!(found.in_words(), "Deterministic: it takes nothing from outside");
    assert_eq!(determinism::report(&referred(), "wasm/a.wasm", "this input", &found), None);
}

#[test]
fn a_difference_under_the_same_record_is_reported() {
    let program = program("rust/shapes-0.2.130.wasm");
    // The record is ignored, so that what should be the same is not.
    let found = determinism::examine(|_| {
        let (limits, cancel) = (Limits::default(), Cancel::new());
        program.invoke_under("random_by_getrandom_04", b"{}", &limits, &cancel, Conditions::default())
    });
    let said = determinism::report(&referred(), "wasm/a.wasm", "this input", &found).unwrap();
    assert_eq!(said.code, Code::NotDeterministic);
    assert!(said.message.contains("wasm:a:b is not deterministic: the output"), "{}", said.message);
}

#[test]
fn what_goes_wrong_on_purpose_can_be_seen() {
    let under = |module: &str, function: &str, mishap| {
        let conditions = Conditions { mishap: Some(mishap), ..Conditions::default() };
        program(module).invoke_under(function, b"{}", &Limits::default(), &Cancel::new(), conditions).0
    };
    let (rust, assemblyscript) = ("rust/shapes-0.2.130.wasm", "assemblyscript/functions-0.28.wasm");
    match under(rust, "random_by_getrandom_04", Mishap::NoRandom).reply {
        Reply::Fault(fault) => assert!(fault.message.contains("made to fail on purpose"), "{fault:?}"),
        other => panic!("{other:?}"),
    }
    let began = Instant::now();
    match under(assemblyscript, "loopForEver", Mishap::OutOfTime).reply {
        Reply::Fault(fault) => assert_eq!(fault.kind, FaultKind::Timeout, "{fault:?}"),
        other => panic!("{other:?}"),
    }
    assert!(began.elapsed() < Limits::default().time, "the time was up at once");
    match under(assemblyscript, "randomNumbers", Mishap::OutOfTime).reply {
        Reply::Fault(fault) => assert_eq!(fault.kind, FaultKind::Timeout, "however short the function: {fault:?}"),
        other => panic!("{other:?}"),
    }
    match under(assemblyscript, "takeAllMemory", Mishap::OutOfMemory) {
        Outcome { reply: Reply::Fault(_), peak_memory, .. } => assert!(peak_memory < 1 << 20, "{peak_memory}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(under(rust, "time_now", Mishap::ClockJump(3600)).reply, Reply::Json(_)));
}
