//! `check`: all problems of a bundle, those included that only loading its modules reveals.

use crate::bundle::{Diagnostic, Loaded, Severity};

use super::args::CheckArgs;
use super::{Status, Streams, open, report};

pub fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let (loaded, readable) = match open::examined(&args.bundle) {
        Ok(loaded) => (loaded, true),
        Err(diagnostics) => (Loaded { diagnostics, ..Loaded::default() }, false),
    };
    report::write(&loaded, args.format, streams.out)?;
    let denied = args.deny_warnings && loaded.diagnostics.iter().any(|found| found.severity == Severity::Warning);
    Ok(match (readable, has_errors(&loaded.diagnostics) || denied) {
        (false, _) => Status::Unusable,
        (true, true) => Status::No,
        (true, false) => Status::Fine,
    })
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
