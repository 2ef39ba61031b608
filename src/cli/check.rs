//! `check`: all problems of a bundle, those included that only loading its modules reveals.

use crate::bundle::{Diagnostic, Loaded, Severity, diagnostic};
use crate::platform::{best_input, determinism};
use crate::sandbox::Cancel;

use super::args::CheckArgs;
use super::open::Programs;
use super::{Status, Streams, open, report};

pub fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let (loaded, readable) = match open::examined(&args.bundle) {
        Ok(loaded) if args.determinism => (with_determinism(loaded, args), true),
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

/// The bundle with what running its functions again showed. Functions that cannot be run are left out:
/// the other checks speak of them.
fn with_determinism(mut loaded: Loaded, args: &CheckArgs) -> Loaded {
    let Ok(mut programs) = Programs::new() else { return loaded };
    let (limits, cancel) = (args.limits.limits(), Cancel::new());
    let mut found = Vec::new();
    for referred in determinism::referred(&loaded.bundle) {
        let Ok(program) = programs.of(&loaded.bundle, &referred.service) else { continue };
        let Some(module) = loaded.bundle.module_of(&referred.service) else { continue };
        program.settle();
        let function = (referred.service.as_str(), referred.function.as_str());
        let input = best_input(&loaded.bundle, function, &program, &limits, &cancel);
        let examined = determinism::examine(|conditions| {
            program.invoke_under(&referred.function, input.json.as_bytes(), &limits, &cancel, conditions)
        });
        found.extend(determinism::report(&referred, &module.file, &input.origin.to_string(), &examined));
    }
    loaded.diagnostics.extend(found);
    loaded.diagnostics = diagnostic::in_order(loaded.diagnostics);
    loaded
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
