//! Counting the instructions of an invocation beside it, once its result is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sandbox::{Conditions, FaultKind, Limits, Metered, Outcome, Program, Reply};
use crate::workbench::callable::FunctionKey;
use crate::workbench::jobs::Control;

use super::Done;

/// How many instructions an invocation ran, as far as that is known.
pub enum Count {
    /// Nobody counts them: the invocation is past, or nothing ran.
    Unknown,
    /// To be counted.
    Wanted(Box<Counting>),
    /// Being counted, by the job of this number.
    Pending(u64),
    /// Counted.
    Known(Box<Metered>),
    /// They cannot be counted, for this reason.
    Impossible(String),
}

/// What counting needs: the same call under the same conditions.
pub struct Counting {
    /// Tells it from every other.
    pub number: u64,
    key: FunctionKey,
    program: Arc<Program>,
    input: String,
    limits: Limits,
    conditions: Conditions,
}

/// What is to be counted after an invocation that ended so.
pub(super) fn wanted(
    key: &FunctionKey,
    program: &Arc<Program>,
    input: &str,
    limits: &Limits,
    outcome: &Outcome,
    conditions: Conditions,
) -> Count {
    match &outcome.reply {
        Reply::Fault(fault) => match fault.kind {
            FaultKind::InputNotJson | FaultKind::InputTooLarge | FaultKind::NoSuchFunction | FaultKind::Cancelled => {
                return Count::Unknown;
            }
            // Code that counts is slower still.
            FaultKind::Timeout if limits.instructions.is_none() => {
                return Count::Impossible("the function did not come to its end".to_owned());
            }
            _ => {}
        },
        Reply::Json(_) | Reply::ApplicationError(_) => {}
    }
    let (key, program, input, limits) = (key.clone(), Arc::clone(program), input.to_owned(), limits.clone());
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Count::Wanted(Box::new(Counting { number, key, program, input, limits, conditions }))
}

/// Counts.
pub fn count(counting: Counting, control: &Control<Done>) -> Done {
    let Counting { number, key, program, input, limits, conditions } = counting;
    let count = match program.meter(&key.function, input.as_bytes(), &limits, &control.cancel, conditions) {
        Ok(_) if control.cancel.is_cancelled() => Count::Unknown,
        Ok(metered) => match &metered.outcome.reply {
            Reply::Fault(fault) if fault.kind == FaultKind::Timeout => {
                Count::Impossible("counting takes too long".to_owned())
            }
            _ => Count::Known(Box::new(metered)),
        },
        Err(error) => Count::Impossible(error.message),
    };
    Done::Counted(key, number, count)
}
