//! `measure`: the functions that a bundle's goals speak of, run many times, and the goals' verdicts.

use serde_json::json;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Bundle, Goal, printable};
use crate::measure::{
    Extent, Function, GoalRun, Instances, LoadPlan, Measurement, Statistic, Verdict, goal_runs, judge, origin_of,
    run as measure,
};
use crate::sandbox::{Cancel, Limits, Reply};

use super::args::{Format, MeasureArgs};
use super::open::Programs;
use super::table::{Column, Table};
use super::{Status, Streams, open};

/// One function with what its runs gave, or why there were none.
pub struct Measured {
    run: GoalRun,
    result: Result<Measurement, String>,
}

pub fn run(args: &MeasureArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let mut runs = goal_runs(&loaded.bundle);
    if let Some(only) = &args.only {
        runs.retain(|run| run.function.contains(only.as_str()));
    }
    if runs.is_empty() {
        writeln!(streams.err, "nothing to measure: no service with goals refers to such a function of a module")?;
        return Ok(Status::Unusable);
    }
    let mut programs = Programs::new()?;
    let instances = if args.reuse { Instances::Kept } else { Instances::Fresh };
    let plan = LoadPlan::of(args.invocations).with(instances);
    let measured = measure_all(&loaded.bundle, runs, plan, &args.limits.limits(), &mut programs, streams)?;
    match args.format {
        Format::Json => {
            let listed: Vec<_> = measured.iter().map(|one| to_json(&loaded.bundle, one)).collect();
            serde_json::to_writer_pretty(&mut *streams.out, &json!({ "functions": listed }))?;
            writeln!(streams.out)?;
        }
        Format::Text => write_text(&loaded.bundle, &measured, streams.out)?,
    }
    Ok(status(&loaded.bundle, &measured))
}

/// Measures each of `runs` and says on standard error where it is.
pub fn measure_all(
    bundle: &Bundle,
    runs: Vec<GoalRun>,
    plan: LoadPlan,
    limits: &Limits,
    programs: &mut Programs,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Vec<Measured>> {
    let no_op = programs.engine().no_op()?;
    let mut measured = Vec::with_capacity(runs.len());
    for mut run in runs {
        let program = programs.of(bundle, &run.module);
        if let Ok(program) = &program {
            run.learn_input(bundle, program, limits, &Cancel::new());
        }
        let instances = match plan.instances {
            Instances::Fresh => "a fresh instance each",
            Instances::Kept => "one kept instance",
        };
        let (function, origin) = (&run.function, origin_of(&run.inputs));
        let origin = printable(&origin);
        let extent = match plan.extent {
            Extent::Calls(calls) => format!("{calls} invocations"),
            Extent::For(length) => format!("{} s", length.as_secs_f64()),
        };
        writeln!(streams.err, "measuring {function} ({extent}, {instances}, {origin})")?;
        let result = match program {
            Err(error) => Err(error.message),
            Ok(program) => {
                let callee = Function {
                    program: &program,
                    function: &run.function,
                    inputs: &run.inputs,
                    limits,
                    no_op: Some(&no_op),
                };
                Ok(measure(&callee, plan, &Cancel::new(), &mut |_| {})?)
            }
        };
        measured.push(Measured { run, result });
    }
    Ok(measured)
}

/// A table of the functions, then a line for each goal of each of them.
pub fn write_text(bundle: &Bundle, measured: &[Measured], out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let mut functions = Table::new([
        Column::Left("function"),
        Column::Right("calls"),
        Column::Right("p50"),
        Column::Right("p95"),
        Column::Right("p99"),
        Column::Right("max"),
        Column::Right("errors"),
        Column::Right("memory"),
        Column::Right("overhead"),
    ]);
    let mut goals = Table::new([
        Column::Left("goal"),
        Column::Left("function"),
        Column::Left("target"),
        Column::Left("verdict"),
        Column::Left("measured"),
    ]);
    for Measured { run, result } in measured {
        let name = printable(&format!("{}:{}", run.module, run.function)).into_owned();
        match result {
            Ok(measurement) => functions.row(std::iter::once(name.clone()).chain(figures(measurement))),
            Err(message) => functions.row([name.clone(), printable(message).into_owned()]),
        }
        for (goal, verdict) in verdicts(bundle, run, result) {
            let target = goal.target.as_ref().map_or_else(|| "?".to_owned(), |target| target.value.to_string());
            let note = verdict.note();
            let detail = if note.is_empty() { verdict.detail() } else { format!("{} ({note})", verdict.detail()) };
            goals.row([
                printable(&goal.name.value).into_owned(),
                name.clone(),
                target,
                verdict.word().to_owned(),
                printable(&detail).into_owned(),
            ]);
        }
    }
    functions.write(out)?;
    writeln!(out)?;
    goals.write(out)
}

fn figures(measurement: &Measurement) -> [String; 8] {
    let time = |duration: std::time::Duration| formatted(duration.as_secs_f64(), Dimension::Time);
    [
        measurement.samples.len().to_string(),
        time(measurement.percentile(50.0)),
        time(measurement.percentile(95.0)),
        time(measurement.percentile(99.0)),
        time(measurement.longest()),
        formatted(measurement.error_rate(), Dimension::Share),
        measurement.peak_memory.map_or_else(|| "?".to_owned(), |bytes| formatted(bytes as f64, Dimension::Bytes)),
        measurement.overhead.map_or_else(|| "?".to_owned(), |overhead| time(overhead.median)),
    ]
}

fn verdicts<'a>(bundle: &'a Bundle, run: &GoalRun, result: &Result<Measurement, String>) -> Vec<(&'a Goal, Verdict)> {
    let goals = bundle.service(&run.service).map_or(&[][..], |service| service.goals.as_slice());
    goals
        .iter()
        .map(|goal| {
            let verdict = match result {
                Ok(measurement) => judge(goal, measurement, Statistic::default()),
                Err(message) => Verdict::NotMeasurable { reason: message.clone() },
            };
            (goal, verdict)
        })
        .collect()
}

/// The worst of what was measured.
pub fn status(bundle: &Bundle, measured: &[Measured]) -> Status {
    let mut status = Status::Fine;
    for Measured { run, result } in measured {
        let missed = verdicts(bundle, run, result).iter().any(|(_, verdict)| matches!(verdict, Verdict::Missed(_)));
        let faulted = match result {
            Err(_) => return Status::Unusable,
            Ok(measurement) => {
                matches!(measurement.last.as_ref().map(|outcome| &outcome.reply), Some(Reply::Fault(_)))
            }
        };
        if faulted {
            status = status.max(Status::Fault);
        } else if missed {
            status = status.max(Status::No);
        }
    }
    status
}

fn to_json(bundle: &Bundle, measured: &Measured) -> serde_json::Value {
    let Measured { run, result } = measured;
    let verdicts: Vec<_> = verdicts(bundle, run, result)
        .into_iter()
        .map(|(goal, verdict)| {
            json!({
                "goal": goal.name.value,
                "target": goal.target.as_ref().map(|target| target.value.to_string()),
                "verdict": verdict.word(),
                "measured": verdict.detail(),
                "note": verdict.note(),
            })
        })
        .collect();
    let mut object = json!({
        "service": run.service,
        "function": format!("wasm:{}:{}", run.module, run.function),
        "referredBy": run.referred_by,
        "input": origin_of(&run.inputs),
        "goals": verdicts,
    });
    let nanos = |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let fields = match result {
        Err(message) => json!({ "error": message }),
        Ok(measurement) => json!({
            "calls": measurement.samples.len(),
            "instances": if measurement.plan.instances == Instances::Kept { "kept" } else { "fresh" },
            "latencyNs": {
                "p50": nanos(measurement.percentile(50.0)),
                "p95": nanos(measurement.percentile(95.0)),
                "p99": nanos(measurement.percentile(99.0)),
                "max": nanos(measurement.longest()),
            },
            "errorRate": measurement.error_rate(),
            "throughputPerSecond": measurement.throughput(),
            "peakMemoryBytes": measurement.peak_memory,
            "overheadNs": measurement.overhead.map(|overhead| nanos(overhead.median)),
            "failures": measurement.failures.iter()
                .map(|failure| json!({ "message": failure.message, "count": failure.count }))
                .collect::<Vec<_>>(),
        }),
    };
    if let (Some(object), serde_json::Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
    object
}
