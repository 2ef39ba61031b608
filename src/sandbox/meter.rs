//! Counting the instructions of one invocation, in code that is compiled for it. Never gives a time: such code
//! is slower than what runs otherwise.

use std::time::Duration;

use super::engine::LoadError;
use super::invocation::Invocation;
use super::outcome::{Instructions, Outcome, Reply};
use super::outside::{Conditions, Recording};
use super::{Cancel, Limits, Program};

/// Code that counts runs up to a few times slower: it gets so many times the limit of time.
const PATIENCE: u32 = 4;
/// And at least this long, and at most that.
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);

/// What counting an invocation gave.
#[derive(Clone, Debug)]
pub struct Metered {
    /// How the counted run ended, without a backtrace. Its times are those of code that counts, and are worth nothing.
    pub outcome: Outcome,
    /// What the guest ran. Up to its end where the outcome is a fault; after a trap less the few instructions
    /// since the last call, branch or loop.
    pub instructions: Instructions,
    /// Where the run departed from the recording that it was to replay, in words: then it may have taken another
    /// way than the recorded one.
    pub departed: Option<String>,
}

impl Program {
    /// Calls `function` as [`Program::invoke_under`] does, in a fresh instance, and counts its instructions. The
    /// same input under the same conditions gives the same count, for core modules of all toolchains and for
    /// components.
    ///
    /// The first call compiles the module once more: call it off the UI thread. The run gets more time than
    /// `limits` say, and ends with a fault beyond [`Limits::instructions`].
    ///
    /// # Errors
    /// When the module cannot be compiled so.
    pub fn meter(
        &self,
        function: &str,
        input: &[u8],
        limits: &Limits,
        cancel: &Cancel,
        conditions: Conditions,
    ) -> Result<Metered, LoadError> {
        let ready = self.counting()?;
        let limits = patient(&self.limits(function, limits));
        let at = match ready.check(function, input, &limits) {
            Ok(at) => at,
            Err(fault) => return Ok(Metered::not_begun(Outcome::not_begun(fault))),
        };
        let engine = self.engine();
        let _slot = engine.slot();
        let _running = engine.run();
        let convention = &ready.convention;
        let invocation = Invocation::begin_counting(convention.engine(), (function, input), &limits, cancel);
        let (ended, recording) = ready.call_under(at, invocation, conditions);
        Ok(Metered::of(ended.outcome, ended.instructions, recording))
    }
}

impl Metered {
    pub(super) fn of(mut outcome: Outcome, instructions: Option<Instructions>, recording: Recording) -> Self {
        if let Reply::Fault(fault) = &mut outcome.reply {
            // Probes move code, and functions get other indices.
            fault.backtrace.clear();
        }
        Self { outcome, instructions: instructions.unwrap_or_default(), departed: recording.departed }
    }

    pub(super) fn not_begun(outcome: Outcome) -> Self {
        Self { outcome, instructions: Instructions::default(), departed: None }
    }
}

/// Limits for a run in slower code.
pub(super) fn patient(limits: &Limits) -> Limits {
    let time = limits.time.saturating_mul(PATIENCE).clamp(SHORTEST, LONGEST.max(limits.time));
    Limits { time, ..limits.clone() }
}
