//! Any bytes as a module: refused, or loaded and called within limits.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use priostack_workbench::bundle::Inspection;
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().expect("an engine starts"));

fuzz_target!(|data: &[u8]| {
    let Ok(inspection) = Inspection::read(data) else { return };
    let Ok(program) = ENGINE.load(data, &inspection, Hints::default()) else { return };
    let limits = Limits { time: Duration::from_millis(20), memory: 64 << 20, log: 10_000, ..Limits::default() };
    for function in program.functions().iter().take(20) {
        program.invoke(function, b"{}", &limits, &Cancel::new());
    }
});
