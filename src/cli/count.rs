//! What counting the instructions of an invocation gave, as a terminal shows it.

use serde_json::{Value, json};

use crate::bundle::printable;
use crate::bundle::target::grouped;
use crate::sandbox::{FaultKind, Limits, LoadError, Metered, Reply};

use super::{Status, Streams, invoke};

/// What counting gave, or why the module cannot be counted.
pub type Counted = Result<Metered, LoadError>;

/// Writes how many instructions ran, and how many may.
pub fn write(counted: &Counted, limits: &Limits, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let metered = match counted {
        Ok(metered) => metered,
        Err(error) => return writeln!(streams.err, "count  not counted: {}", printable(&error.message)),
    };
    let parts = &metered.instructions;
    let limit = limits.instructions.map(|limit| format!(" of {}", grouped(limit))).unwrap_or_default();
    writeln!(
        streams.err,
        "count  {}{limit} instructions (instantiate {}, copy in {}, run {}, copy out {})",
        grouped(parts.total()),
        grouped(parts.instantiate),
        grouped(parts.copy_in),
        grouped(parts.run),
        grouped(parts.copy_out),
    )?;
    if let Some(departed) = &metered.departed {
        let why = "the counted run took something else from outside than the first";
        writeln!(streams.err, "  {why}: {}", printable(departed))?;
    }
    match &metered.outcome.reply {
        Reply::Fault(fault) if fault.kind == FaultKind::InstructionLimit => invoke::write_fault(fault, streams.err),
        _ => Ok(()),
    }
}

/// The same for programs.
pub fn to_json(counted: &Counted, limits: &Limits) -> Value {
    match counted {
        Ok(metered) => json!({
            "instantiate": metered.instructions.instantiate,
            "copyIn": metered.instructions.copy_in,
            "run": metered.instructions.run,
            "copyOut": metered.instructions.copy_out,
            "total": metered.instructions.total(),
            "limit": limits.instructions,
            "exceeded": is_exceeded(metered),
            "departed": metered.departed,
        }),
        Err(error) => json!({ "notCounted": error.message }),
    }
}

/// The exit status of an invocation that was counted and that has this status without.
pub fn status(counted: &Counted, without: Status) -> Status {
    match counted {
        Ok(metered) if is_exceeded(metered) => Status::Fault,
        _ => without,
    }
}

fn is_exceeded(metered: &Metered) -> bool {
    matches!(&metered.outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::InstructionLimit)
}
