//! Programs that claim to be Go's and lie to its glue, or do not start: each ends in a fault or an
//! error that says what is wrong, and never in a panic or a hang.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::path::Path;
use std::time::Duration;

use priostack_workbench::bundle::{Choices, Inspection};
use priostack_workbench::sandbox::{Cancel, FaultKind, Hints, Limits, LoadError, Origin, Outcome, Program};

use sandbox::{ENGINE, fault, json, run};

fn load(name: &str) -> Result<Program, LoadError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat").join(name);
    let bytes = wat::parse_file(path).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    let choices = Choices { start: Some("boot".into()), ..Choices::default() };
    ENGINE.load(&bytes, &inspection, Hints { declarations: None, choices: Some(&choices) })
}

fn tell(program: &Program, lie: &str) -> Outcome {
    let limits = Limits { memory: 16 << 20, time: Duration::from_secs(20), ..Limits::default() };
    program.invoke(lie, b"{}", &limits, &Cancel::new())
}

#[test]
fn every_lie_is_a_fault_that_says_what_is_wrong() {
    let program = load("go-lies.wat").unwrap();
    for (lie, kind, words) in [
        ("stringOutside", FaultKind::Convention, "outside of its memory"),
        ("hugeLength", FaultKind::Convention, "outside of its memory"),
        ("negativeLength", FaultKind::Convention, "outside of its memory"),
        ("unknownValue", FaultKind::Convention, "does not hold"),
        ("releaseUnknown", FaultKind::Convention, "does not hold"),
        ("releaseTwice", FaultKind::Convention, "does not hold"),
        ("stackOutside", FaultKind::Convention, "memory"),
        ("stackAtTheEnd", FaultKind::Convention, "outside of its memory"),
        ("hugeArguments", FaultKind::Convention, "100000000000 arguments"),
        ("hugeArray", FaultKind::MemoryLimit, "memory limit"),
        ("farIndex", FaultKind::MemoryLimit, "array"),
        ("muchRandom", FaultKind::Trap, "65537 random bytes"),
        ("writeOutside", FaultKind::Convention, "outside of its memory"),
        ("manyTimers", FaultKind::MemoryLimit, "timers"),
        ("loadIntoLess", FaultKind::Trap, "out of bounds"),
        ("instanceOfNothing", FaultKind::Trap, "instanceof"),
        ("exitsWithMany", FaultKind::Trap, "exit code -2147483648"),
        ("missingImport", FaultKind::MissingImport, "runtime.noSuchThing"),
        ("moreRefsForEver", FaultKind::MemoryLimit, "memory limit"),
    ] {
        let outcome = tell(&program, lie);
        let fault = fault(&outcome);
        assert_eq!(fault.kind, kind, "{lie}: {fault:?}");
        assert!(fault.message.contains(words), "{lie}: {}", fault.message);
    }
}

#[test]
fn odd_requests_that_hurt_nobody_are_answered() {
    let program = load("go-lies.wat").unwrap();
    for request in ["releaseGlobal", "arrayOfNoLength", "writeNowhere", "negativeTimer", "callsNothing"] {
        assert_eq!(json(&tell(&program, request)), true, "{request}");
    }
    assert!(json(&tell(&program, "noResult")).is_null());
}

#[test]
fn a_program_that_resumes_itself_without_end_is_stopped() {
    let program = load("go-lies.wat").unwrap();
    let outcome = tell(&program, "resumesItself");
    assert!(matches!(fault(&outcome).kind, FaultKind::StackOverflow | FaultKind::Trap), "{:?}", outcome.reply);
}

#[test]
fn a_program_that_does_not_stay_is_refused_with_advice() {
    for (name, message, help) in [
        ("go-returns-from-main.wat", "returns from main", "select {}"),
        ("go-panics-at-start.wat", "panicked: no configuration", "main"),
        ("go-registers-nothing.wat", "registers no functions", "js.Global().Set"),
        ("go-loops-at-start.wat", "within 10 s", "endless loop"),
    ] {
        let error = load(name).err().unwrap();
        assert!(error.message.contains(message), "{name}: {error}");
        assert!(error.help.unwrap().contains(help), "{name}");
    }
}

#[test]
fn a_program_with_what_go_never_writes_is_not_copied() {
    let bytes = wat::parse_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat/go-imports-tag.wat"));
    let bytes = bytes.unwrap();
    let refused = ENGINE.load(&bytes, &Inspection::read(&bytes).unwrap(), Hints::default()).err().unwrap();
    assert!(refused.message.contains("thrown"), "{refused:?}");
}

#[test]
fn a_program_whose_random_numbers_cannot_be_renewed_is_booted_for_each_call() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat/go-lies.wat");
    let program = sandbox::load(&ENGINE, &wat::parse_file(path).unwrap(), None).unwrap();
    program.settle();
    assert!(
        program.convention().contains("random generator of its Go runtime was not found"),
        "{}",
        program.convention()
    );
    let outcome = tell(&program, "releaseGlobal");
    assert_eq!((json(&outcome), outcome.origin), (true.into(), Origin::Fresh));
}

#[test]
fn every_function_is_refused_to_a_stranger_by_its_name() {
    let program = load("go-lies.wat").unwrap();
    assert_eq!(fault(&run(&program, "noSuchLie", "{}")).kind, FaultKind::NoSuchFunction);
    assert_eq!(fault(&run(&program, "noResult", "{")).kind, FaultKind::InputNotJson);
}
