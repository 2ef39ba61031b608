//! WASI commands in any language: a whole program runs for each call, with JSON on standard input,
//! JSON on standard output, and the name of the function as its argument. It exports no functions,
//! so that it answers to every name. An instance serves one call, as a process does.

use std::sync::Arc;

use wasmtime::{InstancePre, Store};

use crate::bundle::Inspection;

use super::super::fault::Stop;
use super::super::host::Host;
use super::super::invocation::{Invocation, Phase};
use super::super::json;
use super::super::outcome::ApplicationError;
use super::super::process::Process;
use super::c::ABORT;
use super::core::{self, Export, Exports};
use super::{Answer, Callable, Convention, Prepared, Profile, Source, Toolchain, function, wasi};

pub(super) const TOOLCHAIN: Toolchain = Toolchain { id: "command", words: Vec::new, recognise, prepare };

/// The function that runs the program.
const START: &str = "_start";
/// The name that a program is told as its own.
const PROGRAM: &str = "program";

struct Command {
    profile: Profile,
    pre: InstancePre<Host>,
    memory: Export,
    start: Export,
}

fn recognise(inspection: &Inspection) -> Option<String> {
    let starts = function(inspection, START).is_some_and(|ty| ty.is(&[], &[]));
    if inspection.is_component || !starts || inspection.callable_functions().next().is_some() {
        return None;
    }
    let import = inspection.imports.iter().find(|import| wasi::is_wasi(&import.module));
    let imports = import.map(|import| format!(", imports from {}", import.module)).unwrap_or_default();
    Some(format!("exports {START} and no other function{imports}"))
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    let module = core::compile(source)?;
    let profile = Profile {
        name: "WASI command",
        evidence,
        functions: vec![Callable { name: START.into(), takes_input: true }],
        any_name: true,
        ..Profile::default()
    };
    Ok(Arc::new(Command {
        profile,
        memory: core::required_memory(&module)?,
        start: core::required(&module, START)?,
        pre: core::link(&module, |_, _, _| Ok(false))?,
    }))
}

impl Convention for Command {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn engine(&self) -> &wasmtime::Engine {
        self.pre.module().engine()
    }

    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        store.data_mut().unreachable_means = Some(ABORT);
        core::instantiate(&self.pre, &self.memory, store)
    }

    fn call(&self, _: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        let Invocation { store, function, input, stopwatch } = invocation;
        stopwatch.enter(Phase::CopyIn, &*store);
        let arguments = vec![PROGRAM.to_owned(), (*function).to_owned()];
        store.data_mut().process = Process::answering(arguments, input);

        stopwatch.enter(Phase::Run, &*store);
        let code = match store.call::<(), ()>(&self.start, ()) {
            Ok(()) => 0,
            Err(error) => match error.downcast_ref::<Stop>() {
                Some(Stop::Exit(code)) => *code,
                _ => return Err(error),
            },
        };

        stopwatch.enter(Phase::CopyOut, &*store);
        let host = store.data_mut();
        let output = host.process.output().map(std::mem::take).unwrap_or_default();
        match code {
            0 if output.trim_ascii().is_empty() => Ok(Answer::Nothing),
            0 => Ok(Answer::Text(output)),
            code => Ok(Answer::Error(failed(host, code, &output))),
        }
    }

    fn reusable(&self) -> bool {
        false
    }
}

/// A program's own error: what it wrote as its answer, else the last thing that it said.
fn failed(host: &mut Host, code: i32, output: &[u8]) -> ApplicationError {
    host.log.flush();
    let said = host.log.last_line().map(|line| format!(": {line}")).unwrap_or_default();
    let output = json::check(output).ok().map(str::to_owned);
    let told = output.as_deref().and_then(json::top_level_error).map(|error| json::error_message(&error));
    ApplicationError { message: told.unwrap_or_else(|| format!("exit code {code}{said}")), output }
}
