//! The host functions of each convention, called in any order with any arguments by a module that lies.

#![no_main]

#[path = "../../tests/sandbox/liar.rs"]
mod liar;

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use priostack_workbench::bundle::{Choices, Inspection};
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits, Program};

static LIARS: LazyLock<Vec<(Program, &str)>> = LazyLock::new(|| {
    let engine = Engine::new().expect("an engine starts");
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/modules");
    let liars = liar::LIARS.iter().map(|(file, name, word)| {
        let bytes = liar::liar(&std::fs::read(modules.join(file)).expect("a module"), name);
        let functions = [((*name).to_owned(), (*word).to_owned())].into_iter().filter(|(_, word)| !word.is_empty());
        let choices = Choices { functions: functions.collect(), ..Choices::default() };
        let inspection = Inspection::read(&bytes).expect("a module");
        let hints = Hints { declarations: None, choices: Some(&choices) };
        (engine.load(&bytes, &inspection, hints).expect("a liar"), *name)
    });
    liars.collect()
});

fuzz_target!(init: { LazyLock::force(&LIARS); }, |data: &[u8]| {
    let Some((first, lies)) = data.split_first() else { return };
    let (program, name) = &LIARS[usize::from(*first) % LIARS.len()];
    let limits = Limits { time: Duration::from_millis(50), memory: 64 << 20, log: 10_000, ..Limits::default() };
    program.invoke(name, &liar::program(lies), &limits, &Cancel::new());
});
