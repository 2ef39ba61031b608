//! What the sandbox's tests share: loading modules from files and from WAT.

#![allow(dead_code)]

pub mod glue;
pub mod liar;
pub mod numbers;

use std::path::Path;
use std::sync::LazyLock;

use priostack_workbench::bundle::Inspection;
use priostack_workbench::sandbox::{Cancel, Engine, Fault, Hints, Limits, LoadError, Outcome, Program, Reply};

/// One engine for all tests of a file: an engine reserves a lot of address space.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

/// Loads a module and, where there is one, the declarations beside it.
pub fn load_file(engine: &Engine, path: &Path) -> Result<Program, LoadError> {
    let bytes = std::fs::read(path).unwrap();
    load(engine, &bytes, declarations(path).as_deref())
}

pub fn load(engine: &Engine, bytes: &[u8], declarations: Option<&str>) -> Result<Program, LoadError> {
    let inspection = Inspection::read(bytes).map_err(|message| LoadError { message, help: None })?;
    engine.load(bytes, &inspection, Hints { declarations, choices: None })
}

/// `x.d.ts` beside `x.wasm` or `x_bg.wasm`.
fn declarations(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    std::fs::read_to_string(path.with_file_name(format!("{stem}.d.ts"))).ok()
}

pub fn load_wat(text: &str) -> Result<Program, LoadError> {
    load(&ENGINE, &wat::parse_str(text).unwrap(), None)
}

pub fn run(program: &Program, function: &str, input: &str) -> Outcome {
    program.invoke(function, input.as_bytes(), &Limits::default(), &Cancel::new())
}

#[track_caller]
pub fn json(outcome: &Outcome) -> serde_json::Value {
    match &outcome.reply {
        Reply::Json(text) => serde_json::from_str(text).unwrap(),
        other => panic!("no answer: {other:?}\nlogs: {:?}", outcome.logs),
    }
}

#[track_caller]
pub fn fault(outcome: &Outcome) -> &Fault {
    match &outcome.reply {
        Reply::Fault(fault) => fault,
        other => panic!("no fault: {other:?}"),
    }
}
