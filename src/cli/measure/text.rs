//! The report for people: a table of all functions, and for each its histogram, its goals, its comparison and what
//! makes it uncertain.

use std::io::{self, Write};

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{printable, printable_line};
use crate::cli::table::{Column, Table};
use crate::measure::{Finding, Means, Measurement, Verdict};

use super::report::{Baseline, Reported};
use super::{histogram, words};

/// Writes the report.
///
/// # Errors
/// When the stream cannot be written to.
pub fn write(reported: &[Reported<'_>], ascii: bool, out: &mut dyn Write) -> io::Result<()> {
    table(reported).write(out)?;
    reported.iter().try_for_each(|one| details(one, ascii, out))
}

fn table(reported: &[Reported<'_>]) -> Table {
    let mut table = Table::new([
        Column::Left("function"),
        Column::Right("calls"),
        Column::Right("p50"),
        Column::Right("p90"),
        Column::Right("p95"),
        Column::Right("p99"),
        Column::Right("max"),
        Column::Right("errors"),
        Column::Right("calls/s"),
        Column::Right("memory"),
        Column::Right("overhead"),
    ]);
    for one in reported {
        let name = printable_line(&one.measured.subject.title(), 120);
        match one.measured.measurement() {
            Some(measurement) => table.row(std::iter::once(name).chain(figures(measurement))),
            None => table.row([name, "not measured".into()]),
        }
    }
    table
}

fn figures(measurement: &Measurement) -> [String; 10] {
    let percentile = |percent| words::time(measurement.percentile(percent));
    let unknown = || "?".to_owned();
    [
        measurement.samples.len().to_string(),
        percentile(50.0),
        percentile(90.0),
        percentile(95.0),
        percentile(99.0),
        words::time(measurement.longest()),
        formatted(measurement.error_rate(), Dimension::Share),
        format!("{:.0}", measurement.throughput()),
        measurement.peak_memory.map_or_else(unknown, |bytes| formatted(bytes as f64, Dimension::Bytes)),
        measurement.overhead.map_or_else(unknown, |overhead| words::time(overhead.median)),
    ]
}

fn details(one: &Reported<'_>, ascii: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", printable_line(&one.measured.subject.title(), 120))?;
    match &one.measured.result {
        Err(reason) => writeln!(out, "  not measured: {}", printable(reason))?,
        Ok(run) => {
            let measurement = &run.measurement;
            let ended = if measurement.cancelled { ", ended early" } else { "" };
            let means = if measurement.means == Means::Gateway { ", through the gateway" } else { "" };
            writeln!(out, "  {}{means}{ended}", words::plan(&measurement.plan))?;
            let ranges = histogram::ranges(measurement.samples.iter().map(|sample| sample.latency));
            for line in histogram::lines(&ranges, ascii) {
                writeln!(out, "    {line}")?;
            }
            for failure in &measurement.failures {
                writeln!(out, "  {} calls failed: {}", failure.count, printable_line(&failure.message, 300))?;
            }
            if measurement.late > 0 {
                writeln!(out, "  {} calls waited for a free worker, which their latencies include", measurement.late)?;
            }
        }
    }
    for (goal, verdict) in &one.goals {
        writeln!(out, "  goal {}: {}", words::goal(goal), verdict.word())?;
        for line in verdict_lines(verdict) {
            writeln!(out, "    {}", printable_line(&line, 400))?;
        }
    }
    match &one.baseline {
        None => {}
        Some(Baseline::None) => writeln!(out, "  baseline: none of this function")?,
        Some(Baseline::Incomparable { label, reason }) => {
            writeln!(out, "  baseline {label}: not comparable\n    {}", printable_line(reason, 400))?;
        }
        Some(Baseline::Compared { with, comparison }) => {
            writeln!(out, "  baseline {}: {}", with.label, comparison.change.words())?;
            for line in words::comparison(comparison) {
                writeln!(out, "    {}", printable_line(&line, 400))?;
            }
        }
    }
    for warning in one.measured.measurement().map_or(&[][..], |measurement| measurement.warnings.as_slice()) {
        writeln!(out, "  warning: {}", printable_line(&warning.to_string(), 400))?;
    }
    if let Some(number) = one.number {
        writeln!(out, "  kept as run {number}")?;
    }
    Ok(())
}

/// The statistic of a verdict with everything that belongs to it, or the reason why there is none.
pub fn verdict_lines(verdict: &Verdict) -> Vec<String> {
    let Some(finding) = verdict.finding() else { return vec![verdict.detail()] };
    let note = verdict.note();
    let mut lines = vec![format!("{}, {} calls{}", verdict.detail(), finding.samples, headroom(finding))];
    lines.extend((!note.is_empty()).then_some(note));
    lines
}

fn headroom(finding: &Finding) -> String {
    match finding.headroom {
        Some(factor) if factor >= 100.0 => format!(", {factor:.0} times within the target"),
        Some(factor) if factor >= 1.0 => format!(", {factor:.1} times within the target"),
        Some(factor) if factor > 0.0 => format!(", {:.1} times beyond the target", 1.0 / factor),
        _ => String::new(),
    }
}
