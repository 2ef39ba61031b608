//! `test`: the bundle's saved cases, run one after the other, and what came of them.

mod junit;

use std::time::Duration;

use serde_json::{Value, json};

use crate::bundle::cases::{self, BrokenCase, Located};
use crate::bundle::difference::Difference;
use crate::bundle::target::{Dimension, formatted, grouped};
use crate::bundle::{Bundle, printable, printable_line};
use crate::platform::{CaseRun, run_case};
use crate::sandbox::Cancel;

use super::args::{ResultFormat, TestArgs};
use super::open::Programs;
use super::{Status, Streams, open};

/// What came of all cases.
struct Results {
    /// The bundle's name.
    bundle: String,
    runs: Vec<CaseRun>,
    broken: Vec<BrokenCase>,
}

impl Results {
    fn failed(&self) -> usize {
        self.runs.iter().filter(|run| run.failure.is_some()).count() + self.broken.len()
    }

    fn passed(&self) -> usize {
        self.runs.iter().filter(|run| run.failure.is_none()).count()
    }
}

pub fn run(args: &TestArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let (mut found, mut broken) = cases::all_cases(&loaded.bundle.root);
    let any = found.len() + broken.len();
    if let Some(only) = &args.only {
        let named = |file: &str| file.strip_prefix(cases::CASES_FOLDER).unwrap_or(file).contains(only.as_str());
        found.retain(|located| named(&located.file));
        broken.retain(|case| named(&case.file));
        if any > 0 && found.len() + broken.len() == 0 {
            writeln!(streams.err, "no case's file holds `{}`", printable_line(only, 80))?;
            return Ok(Status::Unusable);
        }
    }
    let runs = match run_all(found, &loaded.bundle, args) {
        Ok(runs) => runs,
        Err(message) => {
            writeln!(streams.err, "{}", printable(&message))?;
            return Ok(Status::Unusable);
        }
    };
    let results = Results { bundle: loaded.bundle.display_name(), runs, broken };
    match args.format {
        ResultFormat::Text => write_text(&results, streams)?,
        ResultFormat::Json => {
            serde_json::to_writer_pretty(&mut *streams.out, &to_json(&results))?;
            writeln!(streams.out)?;
        }
        ResultFormat::Junit => junit::write(&results, streams.out)?,
    }
    Ok(if results.failed() > 0 { Status::No } else { Status::Fine })
}

fn run_all(cases: Vec<Located>, bundle: &Bundle, args: &TestArgs) -> Result<Vec<CaseRun>, String> {
    let mut programs = Programs::new().map_err(|error| error.message)?;
    let limits = args.instructions.added_to(args.limits.limits());
    let run = |located: Located| {
        let program = programs.of(bundle, &located.service);
        run_case(located, program.as_deref(), &limits, &Cancel::new(), None)
    };
    Ok(cases.into_iter().map(run).collect())
}

fn write_text(results: &Results, streams: &mut Streams<'_>) -> std::io::Result<()> {
    for run in &results.runs {
        let word = if run.failure.is_none() { "pass" } else { "FAIL" };
        let took = run.took.map(|took| format!("  {}", time(took))).unwrap_or_default();
        let counted = run.instructions.map(|count| format!("  {} instructions", grouped(count))).unwrap_or_default();
        writeln!(streams.out, "{word}  {}{took}{counted}", title(&run.located))?;
        for line in failure_lines(run) {
            writeln!(streams.out, "      {line}")?;
        }
    }
    for case in &results.broken {
        let (file, reason) = (printable_line(&case.file, 400), printable_line(&case.reason, 400));
        writeln!(streams.out, "FAIL  {file}\n      This is no case: {reason}")?;
    }
    let (passed, failed) = (results.passed(), results.failed());
    if passed + failed == 0 {
        return writeln!(
            streams.err,
            "The bundle has no saved cases; they are JSON files in {}/<service>/<function>/",
            cases::CASES_FOLDER
        );
    }
    writeln!(streams.out, "{passed} passed, {failed} failed")
}

/// What is wrong, in lines without anything that could harm a terminal.
fn failure_lines(run: &CaseRun) -> Vec<String> {
    let Some(failure) = &run.failure else { return Vec::new() };
    let differences = &failure.differences;
    let mut lines = vec![printable_line(&failure.message, 400)];
    lines.extend(differences.first.iter().map(|difference| format!("  {difference}")));
    let more = differences.count - differences.first.len();
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}

fn title(located: &Located) -> String {
    printable_line(&format!("{}:{} {}", located.service, located.function, located.case.name), 300)
}

fn time(duration: Duration) -> String {
    formatted(duration.as_secs_f64(), Dimension::Time)
}

/// The results for programs; durations in nanoseconds.
fn to_json(results: &Results) -> Value {
    let case = |run: &CaseRun| {
        json!({
            "service": run.located.service,
            "function": run.located.function,
            "case": run.located.case.name,
            "file": run.located.file,
            "passed": run.failure.is_none(),
            "instructions": run.instructions,
            "tookNs": run.took.map(|took| u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)),
            "message": run.failure.as_ref().map(|failure| &failure.message),
            "differences": run.failure.as_ref().map(|failure| {
                failure.differences.first.iter().map(difference).collect::<Vec<_>>()
            }),
            "differenceCount": run.failure.as_ref().map(|failure| failure.differences.count),
        })
    };
    let broken = |case: &BrokenCase| json!({ "file": case.file, "reason": case.reason });
    json!({
        "bundle": results.bundle,
        "passed": results.passed(),
        "failed": results.failed(),
        "cases": results.runs.iter().map(case).collect::<Vec<_>>(),
        "unreadable": results.broken.iter().map(broken).collect::<Vec<_>>(),
    })
}

/// A side that is missing is left out, because null is a value.
fn difference(difference: &Difference) -> Value {
    let mut fields = serde_json::Map::new();
    fields.insert("pointer".into(), difference.pointer.as_str().into());
    for (key, value) in [("expected", &difference.expected), ("actual", &difference.actual)] {
        if let Some(value) = value {
            fields.insert(key.into(), value.clone());
        }
    }
    fields.into()
}
