//! `runs`: the kept runs of a bundle, listed, shown, named, compared and dropped.

pub mod args;

use serde_json::{Value, json};

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{printable, printable_line};
use crate::measure::runs::{self, KeptError, ListedRun};
use crate::measure::{Change, Comparison, Incomparable, KeptRun, RunHead, Runs};
use crate::platform::sensors::date;

use super::args::Format;
use super::measure::{histogram, json as figures, words};
use super::select::{Chosen, Selection};
use super::table::{Column, Table};
use super::{Status, Streams, open};

use args::{RunsAction, RunsArgs};

pub fn run(args: &RunsArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let kept = Runs::of(&loaded.bundle.root);
    let done = match &args.action {
        None => return list(&kept, args.format, streams),
        Some(RunsAction::Show { run }) => return show(run, &kept, args.format, streams),
        Some(RunsAction::Compare { before, after }) => return compare(before, after, &kept, args.format, streams),
        Some(RunsAction::Name { number, name }) => kept.rename(*number, name.as_deref()),
        Some(RunsAction::Baseline { number, clear }) => kept.set_baseline(*number, !clear),
        Some(RunsAction::Delete { numbers }) => delete(numbers, &kept),
    };
    match done {
        Ok(()) => Ok(Status::Fine),
        Err(error) => refuse(&error.to_string(), streams),
    }
}

fn refuse(message: &str, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    writeln!(streams.err, "{}", printable(message))?;
    Ok(Status::Unusable)
}

/// Drops all of them, or none where one is not there.
fn delete(numbers: &[u32], kept: &Runs) -> Result<(), KeptError> {
    let known: Vec<u32> = kept.numbers();
    if let Some(missing) = numbers.iter().find(|number| !known.contains(number)) {
        return Err(KeptError::Missing(*missing));
    }
    numbers.iter().try_for_each(|number| kept.delete(*number))
}

fn list(kept: &Runs, format: Format, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let (listed, broken) = kept.list();
    for file in &broken {
        writeln!(streams.err, "{} cannot be used: {}", printable(&file.file), printable(&file.reason))?;
    }
    if format == Format::Json {
        let all: Vec<Value> = listed.iter().map(|run| head_json(&run.head, Some(run.number))).collect();
        serde_json::to_writer_pretty(&mut *streams.out, &json!({ "runs": all }))?;
        writeln!(streams.out)?;
        return Ok(Status::Fine);
    }
    if listed.is_empty() {
        writeln!(streams.err, "no run is kept yet; `measure` keeps them")?;
        return Ok(Status::Fine);
    }
    let mut table = Table::new([
        Column::Right("run"),
        Column::Left("name"),
        Column::Left("ended"),
        Column::Left("function"),
        Column::Left("load"),
        Column::Right("calls"),
        Column::Right("p50"),
        Column::Right("p95"),
        Column::Right("p99"),
        Column::Right("errors"),
        Column::Left("module"),
    ]);
    for run in &listed {
        table.row(row(run));
    }
    table.write(streams.out)?;
    Ok(Status::Fine)
}

fn row(run: &ListedRun) -> [String; 11] {
    let (head, summary) = (&run.head, &run.head.summary);
    let name = printable_line(head.shown_name(), 40);
    let errors = summary.failed as f64 / (summary.calls as f64).max(1.0);
    [
        run.number.to_string(),
        if head.is_baseline { format!("{name} (baseline)").trim_start().to_owned() } else { name },
        date::text(head.time()),
        printable_line(&head.called.title(), 100),
        format!("{}, {}", words::model(head.plan.model), head.plan.instances.word()),
        summary.calls.to_string(),
        words::time(summary.p50),
        words::time(summary.p95),
        words::time(summary.p99),
        formatted(errors, Dimension::Share),
        printable_line(head.called.module_sha256.get(..12).unwrap_or_default(), 12),
    ]
}

fn show(text: &str, kept: &Runs, format: Format, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let mut chosen = match Selection::of(text, kept).and_then(|selection| selection.all()) {
        Ok(chosen) => chosen,
        Err(message) => return refuse(&message, streams),
    };
    if text == "last" {
        chosen.truncate(1);
    }
    if format == Format::Json {
        let all: Vec<Value> = chosen.iter().map(run_json).collect();
        serde_json::to_writer_pretty(&mut *streams.out, &json!({ "runs": all }))?;
        writeln!(streams.out)?;
        return Ok(Status::Fine);
    }
    for one in &chosen {
        for line in lines(one) {
            writeln!(streams.out, "{}", printable_line(&line, 400))?;
        }
    }
    Ok(Status::Fine)
}

fn lines(chosen: &Chosen) -> Vec<String> {
    let KeptRun { head, measurement } = &chosen.run;
    let machine = &head.machine;
    let percentile = |percent: f64| format!("p{percent} {}", words::time(measurement.percentile(percent)));
    let ended = if head.cancelled { ", ended early" } else { "" };
    let mut lines = vec![
        chosen.label.clone(),
        format!("  {}", head.called.title()),
        format!("  module {}", head.called.module_sha256),
        format!("  {}{ended}", words::plan(&head.plan)),
        format!(
            "  {}, {} cores, {}, workbench {}{}",
            machine.cpu,
            machine.cores,
            machine.os,
            machine.workbench,
            if machine.optimised { "" } else { " (not optimised)" }
        ),
    ];
    lines.extend(head.inputs.iter().take(20).map(|input| format!("  input {}", input.name)));
    lines.push(format!(
        "  {} calls, {} failed, {:.0} answered a second; {}, max {}",
        head.summary.calls,
        head.summary.failed,
        measurement.throughput(),
        [50.0, 90.0, 95.0, 99.0, 99.9].map(percentile).join(", "),
        words::time(measurement.longest())
    ));
    let ranges = histogram::ranges(measurement.samples.iter().map(|sample| sample.latency));
    let ascii = histogram::is_ascii_only(|name| std::env::var(name).ok());
    lines.extend(histogram::lines(&ranges, ascii).into_iter().map(|line| format!("    {line}")));
    lines.extend(head.failures.iter().map(|failure| format!("  {} calls failed: {}", failure.count, failure.message)));
    lines.extend(head.warnings.iter().map(|warning| format!("  warning: {warning}")));
    lines
}

fn head_json(head: &RunHead, number: Option<u32>) -> Value {
    let (summary, machine) = (&head.summary, &head.machine);
    json!({
        "run": number,
        "name": head.name,
        "isBaseline": head.is_baseline,
        "at": date::text(head.time()),
        "function": format!("wasm:{}:{}", head.called.service, head.called.function),
        "endpoint": head.called.endpoint,
        "moduleSha256": head.called.module_sha256,
        "inputs": head.inputs.iter().map(|input| json!({ "name": input.name, "sha256": input.sha256 })).collect::<Vec<_>>(),
        "machine": {
            "cpu": machine.cpu,
            "cores": machine.cores,
            "os": machine.os,
            "workbench": machine.workbench,
            "isOptimised": machine.optimised,
        },
        "timeLimitNs": figures::nanos(head.time_limit),
        "memoryLimitBytes": head.memory_limit,
        "calls": summary.calls,
        "failed": summary.failed,
        "latencyNs": {
            "p50": figures::nanos(summary.p50),
            "p90": figures::nanos(summary.p90),
            "p95": figures::nanos(summary.p95),
            "p99": figures::nanos(summary.p99),
            "max": figures::nanos(summary.max),
        },
        "throughputPerSecond": summary.throughput,
    })
}

fn run_json(chosen: &Chosen) -> Value {
    let mut fields = head_json(&chosen.run.head, chosen.number);
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), figures::measurement(&chosen.run.measurement))
    {
        fields.extend(more);
    }
    fields
}

fn compare(
    before: &str,
    after: &str,
    kept: &Runs,
    format: Format,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Status> {
    let chosen = |text: &str| Selection::of(text, kept).and_then(|selection| selection.all());
    let (before, after) = match (chosen(before), chosen(after)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(message), _) | (_, Err(message)) => return refuse(&message, streams),
    };
    let pairs = pairs(&before, &after);
    let compared: Vec<(&Chosen, &Chosen, Result<Comparison, Incomparable>)> =
        pairs.into_iter().map(|(before, after)| (before, after, runs::compare(&before.run, &after.run))).collect();
    if format == Format::Json {
        let all: Vec<Value> = compared.iter().map(|(before, after, found)| pair_json(before, after, found)).collect();
        serde_json::to_writer_pretty(&mut *streams.out, &json!({ "comparisons": all }))?;
        writeln!(streams.out)?;
    }
    for (before, after, found) in compared.iter().filter(|_| format == Format::Text) {
        let title = format!("{}: {}, then {}", after.run.head.called.title(), before.label, after.label);
        writeln!(streams.out, "{}", printable_line(&title, 400))?;
        let (verdict, lines) = match found {
            Ok(found) => (found.change.words(), words::comparison(found)),
            Err(reason) => ("not comparable", vec![reason.to_string()]),
        };
        writeln!(streams.out, "  {verdict}")?;
        for line in lines {
            writeln!(streams.out, "    {}", printable_line(&line, 400))?;
        }
    }
    let is_slower =
        |found: &Result<Comparison, Incomparable>| found.as_ref().is_ok_and(|found| found.change == Change::Slower);
    Ok(match compared.iter().all(|(_, _, found)| found.is_err()) {
        true => Status::Unusable,
        false if compared.iter().any(|(_, _, found)| is_slower(found)) => Status::No,
        false => Status::Fine,
    })
}

/// Each later run with the earlier one of the same function; where each side is one run these two, so that the
/// reason is told why they cannot be compared.
fn pairs<'a>(before: &'a [Chosen], after: &'a [Chosen]) -> Vec<(&'a Chosen, &'a Chosen)> {
    if let ([before], [after]) = (before, after) {
        return vec![(before, after)];
    }
    let same = |one: &Chosen, other: &Chosen| one.run.head.called.is_same_function(&other.run.head.called);
    after
        .iter()
        .filter_map(|later| before.iter().find(|earlier| same(earlier, later)).map(|one| (one, later)))
        .collect()
}

fn pair_json(before: &Chosen, after: &Chosen, found: &Result<Comparison, Incomparable>) -> Value {
    let mut fields = json!({
        "before": head_json(&before.run.head, before.number),
        "after": head_json(&after.run.head, after.number),
    });
    let more = match found {
        Ok(found) => figures::comparison(found),
        Err(reason) => json!({ "verdict": "notComparable", "reason": reason.to_string() }),
    };
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
    fields
}
