//! What a run calls: anything that gives each worker a caller of its own. Modules in this process are here, the
//! gateway's endpoints in [`super::endpoint`], and tests have scripted ones.

use std::time::Duration;

use crate::bundle::target::grouped;
use crate::sandbox::{Cancel, Conditions, FaultKind, Limits, Outcome, Program, Reply, Session};

use super::StartingInput;
use super::load::Instances;
use super::measurement::{Means, RunError};

/// Something that can be called by several workers at once.
pub trait Callee: Sync {
    /// By which way it is called.
    fn means(&self) -> Means;

    /// The names of its inputs; a run draws from them. At least one, at most 65,536.
    fn inputs(&self) -> Vec<String>;

    /// Waits until calls are as fast as they will be.
    fn settle(&self) {}

    /// Whether its inputs keep to what cannot be looked at while times are taken: a limit of instructions, which only
    /// code that is too slow for times counts.
    ///
    /// # Errors
    /// Which input does not, or why that cannot be known.
    fn admit(&self, _cancel: &Cancel) -> Result<(), RunError> {
        Ok(())
    }

    /// A caller for one worker, made on the worker's own thread.
    ///
    /// # Errors
    /// When it cannot be called, or not with such instances.
    fn caller(&self, instances: Instances) -> Result<Box<dyn Caller + '_>, RunError>;

    /// Something that does nothing, called by the same means. `Err` says why there is none.
    ///
    /// # Errors
    /// Why calls without the function cannot be measured.
    fn no_op(&self) -> Result<Box<dyn Callee + '_>, String>;
}

/// One worker's way to call.
pub trait Caller {
    /// Calls with the input of this index and waits for the end.
    fn call(&mut self, input: usize, cancel: &Cancel) -> Called;
}

/// What came of one call.
#[derive(Clone, Debug)]
pub struct Called {
    /// How long it took, without the cost of the caller.
    pub latency: Duration,
    /// The failure's message, or that it was answered.
    pub answer: Result<(), String>,
    /// Whether it was cancelled; then it counts for nothing.
    pub is_cancelled: bool,
    /// The guest's largest memory in bytes, where it can be seen.
    pub memory: Option<u64>,
    /// The whole outcome, where there is one.
    pub outcome: Option<Outcome>,
}

impl Called {
    /// An answer, or a failure with its message, after `latency`.
    pub fn after(latency: Duration, answer: Result<(), String>) -> Self {
        Self { latency, answer, is_cancelled: false, memory: None, outcome: None }
    }
}

/// A function of a module, called in this process.
pub struct Function<'a> {
    /// The module.
    pub program: &'a Program,
    /// The function, in either spelling.
    pub function: &'a str,
    /// The inputs, which are drawn from in equal parts.
    pub inputs: &'a [StartingInput],
    /// What one call may use.
    pub limits: &'a Limits,
    /// A module whose only function does nothing ([`crate::sandbox::Engine::no_op`]); without it the cost of
    /// calling at all stays unknown.
    pub no_op: Option<&'a Program>,
}

impl Callee for Function<'_> {
    fn means(&self) -> Means {
        Means::Process
    }

    fn inputs(&self) -> Vec<String> {
        self.inputs.iter().map(|input| input.origin.to_string()).collect()
    }

    fn settle(&self) {
        self.program.settle();
    }

    fn admit(&self, cancel: &Cancel) -> Result<(), RunError> {
        let Self { program, function, inputs, .. } = *self;
        let limits = &*program.limits(function, self.limits);
        let Some(limit) = limits.instructions.map(grouped) else { return Ok(()) };
        for input in inputs {
            if cancel.is_cancelled() {
                break;
            }
            let metered = program.meter(function, input.json.as_bytes(), limits, cancel, Conditions::default());
            let metered = metered.map_err(|error| {
                RunError::Callee(format!("it may run {limit} instructions, which cannot be counted: {error}"))
            })?;
            if matches!(&metered.outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::InstructionLimit) {
                return Err(RunError::Callee(format!(
                    "with {} it runs more than the {limit} instructions that it may, so that no such call would come to its end; raise the limit, or measure with other inputs",
                    input.origin
                )));
            }
        }
        Ok(())
    }

    fn caller(&self, instances: Instances) -> Result<Box<dyn Caller + '_>, RunError> {
        let Self { program, function, limits, .. } = *self;
        let session = match instances {
            Instances::Fresh => None,
            Instances::Kept => Some(program.session()),
        };
        let inputs = self.inputs.iter().map(|input| input.json.as_bytes()).collect();
        Ok(Box::new(Invoker { program, function, inputs, limits, session }))
    }

    fn no_op(&self) -> Result<Box<dyn Callee + '_>, String> {
        let program = self.no_op.ok_or("there is no module that does nothing")?;
        Ok(Box::new(NoOp { program, limits: self.limits }))
    }
}

/// The function that does nothing.
struct NoOp<'a> {
    program: &'a Program,
    limits: &'a Limits,
}

impl Callee for NoOp<'_> {
    fn means(&self) -> Means {
        Means::Process
    }

    fn inputs(&self) -> Vec<String> {
        vec!["nothing".into()]
    }

    fn caller(&self, instances: Instances) -> Result<Box<dyn Caller + '_>, RunError> {
        let Self { program, limits } = *self;
        let session = match instances {
            Instances::Fresh => None,
            Instances::Kept => Some(program.session()),
        };
        Ok(Box::new(Invoker { program, function: "no_op", inputs: vec![b"{}"], limits, session }))
    }

    fn no_op(&self) -> Result<Box<dyn Callee + '_>, String> {
        Ok(Box::new(NoOp { program: self.program, limits: self.limits }))
    }
}

struct Invoker<'a> {
    program: &'a Program,
    function: &'a str,
    inputs: Vec<&'a [u8]>,
    limits: &'a Limits,
    /// The kept instance; `None` where each call gets a fresh one.
    session: Option<Session>,
}

impl Caller for Invoker<'_> {
    fn call(&mut self, input: usize, cancel: &Cancel) -> Called {
        let bytes = self.inputs.get(input).copied().unwrap_or(b"{}");
        let outcome = match &mut self.session {
            None => self.program.invoke(self.function, bytes, self.limits, cancel),
            Some(session) => session.invoke(self.function, bytes, self.limits, cancel),
        };
        let answer = match &outcome.reply {
            Reply::Json(_) => Ok(()),
            Reply::ApplicationError(error) => Err(error.message.clone()),
            Reply::Fault(fault) => Err(fault.message.clone()),
        };
        let is_cancelled = matches!(&outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::Cancelled);
        Called {
            latency: outcome.timings.total(),
            answer,
            is_cancelled,
            memory: Some(outcome.peak_memory),
            outcome: Some(outcome),
        }
    }
}
