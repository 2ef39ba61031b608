//! Profiling a call, and writing what came of it.

use std::path::PathBuf;

use crate::measure;
use crate::sandbox::{CallTree, Conditions, LoadError, Profiled};
use crate::workbench::jobs::Control;
use crate::workbench::programs::Programs;

use super::{Done, Invocation};

/// Compiles the module with probes where needed and calls the function once.
pub fn profile(programs: &Programs, invocation: Invocation, control: &Control<Done>) -> Done {
    let Invocation { key, module, input, limits, .. } = invocation;
    control.report(format!("Profiling {}", key.function), None);
    let made: Result<Profiled, LoadError> = programs.get(&module).and_then(|(program, _)| {
        let input = input.as_bytes();
        program.profile_call(&key.function, input, &limits, &control.cancel, Conditions::default())
    });
    Done::Profiled(key, Box::new(made))
}

/// Writes a profile for Speedscope.
pub fn write(tree: &CallTree, name: &str, to: PathBuf) -> Done {
    let text = measure::speedscope(tree, name);
    let written = std::fs::write(&to, text).map_err(|error| format!("{} cannot be written: {error}", to.display()));
    Done::ProfileWritten(written.map(|()| to))
}
