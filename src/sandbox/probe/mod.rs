//! Probes: calls of the host that are put into a module's code, so that the host learns how many instructions each
//! function runs. Modules are rewritten for counting and profiling only, never for running or measuring.
//!
//! Every probe pays back the instructions that it costs itself, so that the fuel in the store is at each
//! probe exactly what the module would have left without any.

mod recorder;
mod rewrite;
mod shape;

use wasmtime::{AsContextMut, Caller, ImportType, Linker, Trap};

use super::fault::Stop;
use super::host::Host;

pub(super) use self::recorder::Recorder;
pub(super) use self::rewrite::{Extent, rewritten};

/// What the probes are imported from.
const MODULE: &str = "workbench:probes";

/// Fuel that is kept back: where no more is left, the limit is exceeded. More than any probe costs, so that the
/// probes themselves never use the limit up.
pub(super) const KEPT_BACK: u64 = 8;

/// Instructions of a probe that gets one number: the number and the call.
const COST: u64 = 2;
/// The same, with the result noted.
const COST_OF_ENTERING: u64 = 3;
/// The one instruction that belongs to a probe and comes after it: the result noted, a tail call, a throw.
const LAST: u64 = 1;

/// One kind of probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    /// A function begins: gets its index, gives how deep the call stack now is.
    Enter,
    /// A function ends.
    Leave,
    /// A function ends by calling another in its stead.
    Pass,
    /// An exception is about to be thrown.
    Throw,
    /// A function goes on after it may have caught an exception, or after the host may have ended functions that it
    /// had called.
    GoOn,
}

impl Probe {
    const ALL: [Self; 5] = [Self::Enter, Self::Leave, Self::Pass, Self::Throw, Self::GoOn];

    fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Leave => "leave",
            Self::Pass => "pass",
            Self::Throw => "throw",
            Self::GoOn => "go-on",
        }
    }
}

/// Defines the import if it is a probe, and tells whether it is.
pub(super) fn define(linker: &mut Linker<Host>, import: &ImportType<'_>) -> wasmtime::Result<bool> {
    let probe = Probe::ALL.into_iter().find(|probe| import.module() == MODULE && import.name() == probe.name());
    let Some(probe) = probe else { return Ok(false) };
    if probe == Probe::Enter {
        linker.func_wrap(MODULE, probe.name(), enter)?;
    } else {
        let body = move |caller: Caller<'_, Host>, depth: u32| meet(caller, probe, depth);
        linker.func_wrap(MODULE, probe.name(), body)?;
    }
    Ok(true)
}

fn enter(mut caller: Caller<'_, Host>, function: u32) -> wasmtime::Result<u32> {
    let left = pay_back(&mut caller, Probe::Enter, COST_OF_ENTERING)?;
    let host = caller.data_mut();
    // Whatever was thrown, the host has taken it.
    host.thrown = None;
    // Noting the result, which is paid back already, is still to come.
    let left = left.saturating_sub(LAST);
    Ok(host.recorder.as_mut().map_or(0, |recorder| recorder.enter(function, left)))
}

fn meet(mut caller: Caller<'_, Host>, probe: Probe, depth: u32) -> wasmtime::Result<()> {
    let mut left = pay_back(&mut caller, probe, COST)?;
    match probe {
        Probe::Enter => {}
        // A function that catches goes on with the fuel that it had when it called the thrower: the engine keeps that in
        // a register. What was left when the exception was thrown is the truth.
        Probe::Leave | Probe::GoOn => {
            if let Some(truth) = caller.data_mut().thrown.take() {
                caller.as_context_mut().set_fuel(truth)?;
                left = truth;
            }
        }
        Probe::Throw => caller.data_mut().thrown = Some(left.saturating_sub(LAST)),
        Probe::Pass => {}
    }
    if let Some(recorder) = &mut caller.data_mut().recorder {
        match probe {
            Probe::Enter => {}
            Probe::Leave => recorder.leave(depth, left),
            Probe::Pass => recorder.pass(depth, left.saturating_sub(LAST)),
            Probe::Throw => recorder.note(left.saturating_sub(LAST)),
            Probe::GoOn => recorder.go_on(depth, left),
        }
    }
    Ok(())
}

/// Gives back what the probe cost, and tells what is left.
fn pay_back(caller: &mut Caller<'_, Host>, probe: Probe, cost: u64) -> wasmtime::Result<u64> {
    if caller.data().fuel.is_none() {
        // Nobody put it there but the module's author.
        return Err(Stop::MissingImport { module: MODULE.to_owned(), name: probe.name().to_owned() }.into());
    }
    let left = caller.get_fuel()?.saturating_add(cost);
    caller.as_context_mut().set_fuel(left)?;
    if left <= KEPT_BACK {
        return Err(Trap::OutOfFuel.into());
    }
    Ok(left)
}
