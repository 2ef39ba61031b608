//! `measure`: functions called many times, their goals' verdicts, and how they compare with earlier runs.

pub mod args;
mod carry_out;
pub mod histogram;
pub mod json;
mod junit;
mod progress;
mod report;
mod subject;
mod text;
pub mod words;

use crate::bundle::{Bundle, printable};
use crate::measure::runs;
use crate::measure::{LoadPlan, Runs, Statistic};
use crate::sandbox::{Cancel, Limits};

use super::args::ResultFormat;
use super::open::Programs;
use super::select::Selection;
use super::{Status, Streams, open, signals};

use args::MeasureArgs;
use carry_out::{Bench, Measured};
use report::{Baseline, Reported};

pub fn run(args: &MeasureArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    match asked(args, &loaded.bundle) {
        Ok(asked) => measure(args, &loaded.bundle, asked, streams),
        Err(message) => {
            writeln!(streams.err, "{}", printable(&message))?;
            Ok(Status::Unusable)
        }
    }
}

/// What the arguments come to, before anything is called.
struct Asked {
    subjects: Vec<subject::Subject>,
    plan: LoadPlan,
    baseline: Option<Selection>,
    programs: Programs,
}

fn asked(args: &MeasureArgs, bundle: &Bundle) -> Result<Asked, String> {
    let subjects = subject::subjects(args, bundle)?;
    let plan = args.plan()?;
    if let Some(error) = &bundle.settings_error {
        return Err(error.to_string());
    }
    let kept = Runs::of(&bundle.root);
    let baseline = args.baseline.as_deref().map(|text| Selection::of(text, &kept)).transpose()?;
    let programs = Programs::new().map_err(|error| error.message)?;
    Ok(Asked { subjects, plan, baseline, programs })
}

fn measure(args: &MeasureArgs, bundle: &Bundle, asked: Asked, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let Asked { subjects, plan, baseline, mut programs } = asked;
    let cancel = Cancel::new();
    let pressed = cancel.clone();
    signals::on_stop(move || pressed.cancel());
    let mut bench = Bench { bundle, programs: &mut programs, plan, limits: args.limits.limits(), cancel };
    let measured = bench.measure_all(subjects, streams.err)?;
    let mut reported: Vec<Reported<'_>> =
        measured.into_iter().map(|one| Reported::of(one, bundle, args.percentile)).collect();
    if let Some(selection) = &baseline {
        reported.iter_mut().for_each(|one| one.compare(selection));
    }
    let is_kept = keep(args, bundle, &mut reported, streams)?;
    match args.format {
        ResultFormat::Text => {
            let ascii = args.ascii || histogram::is_ascii_only(|name| std::env::var(name).ok());
            text::write(&reported, ascii, streams.out)?;
        }
        ResultFormat::Json => {
            serde_json::to_writer_pretty(&mut *streams.out, &json::report(&bundle.display_name(), &reported))?;
            writeln!(streams.out)?;
        }
        ResultFormat::Junit => junit::write(&bundle.display_name(), &reported, streams.out)?,
    }
    let status = report::status(&reported);
    let compared = |one: &Reported<'_>| matches!(one.baseline, Some(Baseline::Compared { .. }));
    if baseline.is_some() && !reported.iter().any(compared) {
        // A gate that compares nothing must not look as if it were passed.
        writeln!(streams.err, "nothing could be compared with the baseline")?;
        return Ok(status.max(Status::Unusable));
    }
    Ok(if is_kept { status } else { status.max(Status::Unusable) })
}

/// Keeps the runs as the arguments say; false where a file that was asked for could not be written.
fn keep(
    args: &MeasureArgs,
    bundle: &Bundle,
    reported: &mut [Reported<'_>],
    streams: &mut Streams<'_>,
) -> std::io::Result<bool> {
    for one in reported.iter_mut() {
        if let Ok(run) = &mut one.measured.result {
            run.head.name.clone_from(&args.name);
        }
    }
    let mut is_kept = true;
    let all: Vec<_> = reported.iter().filter_map(|one| one.measured.result.as_ref().ok()).collect();
    if let Some(path) = args.save.as_deref().filter(|_| !all.is_empty())
        && let Err(error) = runs::write_file(path, all.iter().copied())
    {
        writeln!(streams.err, "the runs were not saved: {}", printable(&error.to_string()))?;
        is_kept = false;
    }
    if args.no_keep {
        return Ok(is_kept);
    }
    let kept = Runs::of(&bundle.root);
    for one in reported {
        let Ok(run) = &one.measured.result else { continue };
        match kept.keep(run) {
            Ok(number) => one.number = Some(number),
            // A bundle that cannot be written to can be measured all the same.
            Err(error) => {
                writeln!(streams.err, "the run is not kept: {}", printable(&error.to_string()))?;
                is_kept &= args.name.is_none();
            }
        }
    }
    Ok(is_kept)
}

/// Measures everything that a bundle's goals speak of and writes the report for people.
///
/// # Errors
/// When the streams cannot be written to, or the sandbox cannot start.
pub fn all_goals(bundle: &Bundle, programs: &mut Programs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let plan = LoadPlan::default();
    let mut bench = Bench { bundle, programs, plan, limits: Limits::default(), cancel: Cancel::new() };
    let subjects = subject::of_all_goals(bundle);
    let measured: Vec<Measured> = bench.measure_all(subjects, streams.err)?;
    let reported: Vec<Reported<'_>> =
        measured.into_iter().map(|one| Reported::of(one, bundle, Statistic::default())).collect();
    writeln!(streams.out)?;
    text::write(&reported, histogram::is_ascii_only(|name| std::env::var(name).ok()), streams.out)?;
    Ok(report::status(&reported))
}
