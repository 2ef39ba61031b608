//! Counting the instructions of an invocation beside it, once its result is shown.

use std::sync::Arc;

use crate::sandbox::{Cancel, Conditions, FaultKind, Limits, Metered, Outcome, Program, Reply};
use crate::workbench::callable::FunctionKey;
use crate::workbench::jobs::Control;

use super::Done;

/// How many instructions an invocation ran, as far as that is known.
pub enum Count {
    /// Nobody counts them: the invocation is past, or nothing ran.
    Unknown,
    /// To be counted.
    Wanted(Box<Counting>),
    /// Being counted.
    Pending,
    /// Counted.
    Known(Box<Metered>),
    /// They cannot be counted, for this reason.
    Impossible(String),
}

/// What counting needs: the same call under the same conditions.
pub struct Counting {
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
    Count::Wanted(Box::new(Counting { key, program, input, limits, conditions }))
}

/// Counts.
pub fn count(counting: Counting, control: &Control<Done>) -> Done {
    let Counting { key, program, input, limits, conditions } = counting;
    let count = match program.meter(&key.function, input.as_bytes(), &limits, &control.cancel, conditions) {
        Ok(metered) if is_cancelled(&control.cancel, &metered) => Count::Unknown,
        Ok(metered) => match &metered.outcome.reply {
            Reply::Fault(fault) if fault.kind == FaultKind::Timeout => {
                Count::Impossible("counting takes too long".to_owned())
            }
            _ => Count::Known(Box::new(metered)),
        },
        Err(error) => Count::Impossible(error.message),
    };
    Done::Counted(key, count)
}

fn is_cancelled(cancel: &Cancel, metered: &Metered) -> bool {
    cancel.is_cancelled() && matches!(&metered.outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::Cancelled)
}
