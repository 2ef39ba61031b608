//! The main job without a window: check a bundle, call each endpoint's function, measure each goal.

use std::path::Path;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{FunctionRef, Loaded, printable_line};
use crate::platform::best_input;
use crate::sandbox::{Cancel, Limits, Outcome, Reply};

use super::open::Programs;
use super::table::{Column, Table};
use super::{Status, Streams, archive, check, invoke, list, measure, open, report};

/// The most characters of an output that the table shows.
const WIDEST_OUTPUT: usize = 80;

/// Checks the bundle at `path`, calls the function of each endpoint once, measures its goals, and
/// prints what came of it.
///
/// # Errors
/// When the streams cannot be written to, or the sandbox cannot start.
pub fn tour(path: &Path, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let unpacked = archive::open(path)?;
    let path = unpacked.as_ref().map_or(path, |archive| archive.root.as_path());
    let loaded = match open::bundle(path) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    writeln!(streams.out, "{}\n", loaded.bundle.display_name())?;
    report::write_text(&loaded, streams.out)?;
    let mut programs = Programs::new()?;
    let limits = Limits::default();
    let invoked = invoke_endpoints(&loaded, &limits, &mut programs, streams)?;
    let measured = measure::all_goals(&loaded.bundle, &mut programs, streams)?;
    let checked = if check::has_errors(&loaded.diagnostics) { Status::No } else { Status::Fine };
    Ok(checked.max(invoked).max(measured))
}

fn invoke_endpoints(
    loaded: &Loaded,
    limits: &Limits,
    programs: &mut Programs,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Status> {
    let bundle = &loaded.bundle;
    let mut table =
        Table::new([Column::Left("endpoint"), Column::Left("function"), Column::Right("took"), Column::Left("reply")]);
    let mut status = Status::Fine;
    for service in &bundle.services {
        for endpoint in &service.endpoints {
            let method = endpoint.method.as_ref().map_or("?", |method| method.value.as_str());
            let route = printable_line(&format!("{method} {}", list::full_path(service, endpoint)), 80);
            let Some(FunctionRef::Wasm { service: module, function }) = endpoint.to.as_ref().map(|to| &to.value) else {
                table.row([route, "?".into(), String::new(), "not a function of a module".into()]);
                continue;
            };
            let name = printable_line(function, 80);
            match programs.of(bundle, module) {
                Err(error) => {
                    status = status.max(Status::Unusable);
                    table.row([route, name, String::new(), printable_line(&error.message, WIDEST_OUTPUT)]);
                }
                Ok(program) => {
                    let cancel = Cancel::new();
                    let input = best_input(bundle, (module, function), &program, limits, &cancel);
                    let outcome = program.invoke(function, input.json.as_bytes(), limits, &cancel);
                    status = status.max(invoke::status(&outcome));
                    let took = formatted(outcome.timings.total().as_secs_f64(), Dimension::Time);
                    table.row([route, name, took, printable_line(&reply(&outcome), WIDEST_OUTPUT)]);
                }
            }
        }
    }
    writeln!(streams.out)?;
    table.write(streams.out)?;
    Ok(status)
}

fn reply(outcome: &Outcome) -> String {
    match &outcome.reply {
        Reply::Json(text) => text.clone(),
        Reply::ApplicationError(error) => format!("said no: {}", error.message),
        Reply::Fault(fault) => format!("fault: {}", fault.message),
    }
}
