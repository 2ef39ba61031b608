//! `fire`: a sensor on a virtual clock, and everything that follows from it.

mod list;
mod report;

use std::time::{Duration, SystemTime};

use crate::bundle::{Bundle, FunctionRef, names, printable};
use crate::platform::sensors::{
    Call, Caller, FailureKind, Schedule, Sensor, Simulator, State, Trace, What, other_spellings, sensors,
};
use crate::platform::{Invocation, best_input};
use crate::sandbox::{Cancel, Conditions, FaultKind, LoadError, Outcome};

use super::args::{FireArgs, Format, Moment};
use super::invoke::read_argument;
use super::open::Programs;
use super::{Status, Streams, open};

pub fn run(args: &FireArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let Some(sensor) = &args.sensor else {
        list::write(&sensors(&loaded.bundle), args.format, streams)?;
        return Ok(Status::Fine);
    };
    match simulate(args, sensor, &loaded.bundle, streams)? {
        Ok(simulator) => {
            match args.format {
                Format::Json => {
                    serde_json::to_writer_pretty(&mut *streams.out, &report::to_json(&simulator))?;
                    writeln!(streams.out)?;
                }
                Format::Text => report::write_text(simulator.trace(), streams.out)?,
            }
            writeln!(streams.err, "{}", report::summary(&simulator))?;
            Ok(status(simulator.trace()))
        }
        Err(error) => {
            writeln!(streams.err, "{}", printable(&error.message))?;
            if let Some(help) = &error.help {
                writeln!(streams.err, "  {}", printable(help))?;
            }
            Ok(Status::Unusable)
        }
    }
}

/// The simulation after all that was asked for, or why it cannot begin.
fn simulate(
    args: &FireArgs,
    sensor: &str,
    bundle: &Bundle,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Result<Simulator, LoadError>> {
    let refuse = |message: String| Ok(Err(LoadError { message, help: None }));
    let known = sensors(bundle);
    let Some(known) = known.iter().find(|known| known.name == sensor) else {
        return Ok(Err(unknown(sensor, &known)));
    };
    let mut programs = match Programs::new() {
        Ok(programs) => programs,
        Err(error) => return Ok(Err(error)),
    };
    let payload = match payload(args, known, (bundle, &mut programs), streams)? {
        Ok(payload) => payload,
        Err(message) => return refuse(message),
    };
    let today = Duration::from_secs(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs());
    let (start, first) = match args.at {
        None => (today, today),
        Some(Moment::Date(date)) => (date, date),
        Some(Moment::After(after)) => (today, today.saturating_add(after)),
    };
    let end = args.until.map(|until| start.saturating_add(until));
    let mut simulator = Simulator::new(bundle, start);
    match args.every {
        None if first == start => simulator.fire(sensor, &payload),
        every => {
            let times = match times(args, first, end) {
                Ok(times) => times,
                Err(message) => return refuse(message),
            };
            let every = every.unwrap_or_default();
            let schedule = Schedule { sensor: sensor.into(), payload: payload.into(), at: first, every, times };
            if let Err(message) = simulator.schedule(schedule) {
                return refuse(message);
            }
        }
    }
    let limits = args.limits.limits();
    let cancel = Cancel::new();
    let mut call = |call: Call<'_>| -> Result<Outcome, LoadError> {
        let program = programs.of(bundle, call.service)?;
        // What is compared with the expected duration is the speed of the module as it is deployed.
        program.settle();
        let conditions = Conditions { date: Some(call.date), ..Conditions::default() };
        let Call { service, function, input, .. } = call;
        let invocation = Invocation { service, function, input, limits: &limits, cancel: &cancel, conditions };
        Ok(invocation.invoke_within(&program, None, || None))
    };
    let mut caller = Caller { call: &mut call, cancel: &cancel };
    match end {
        Some(end) => simulator.run_until(end, &mut caller),
        None => simulator.run_until_idle(&mut caller),
    }
    Ok(Ok(simulator))
}

/// How often the sensor fires: as often as was said, or as fits.
fn times(args: &FireArgs, first: Duration, end: Option<Duration>) -> Result<u32, String> {
    match (args.every, args.times, end) {
        (None, ..) => Ok(1),
        (Some(every), ..) if every.is_zero() => Err("--every needs a time above 0, such as 1s".into()),
        (Some(_), Some(times), _) => Ok(times),
        (Some(_), None, None) => Err("--every needs --times, or --until as its end".into()),
        (Some(every), None, Some(end)) => {
            let more = end.saturating_sub(first).as_nanos() / every.as_nanos();
            u32::try_from(more + 1)
                .ok()
                .filter(|times| *times <= Schedule::MOST)
                .ok_or_else(|| format!("That is more than {} times: give --times, or a longer --every", Schedule::MOST))
        }
    }
}

fn unknown(sensor: &str, known: &[Sensor]) -> LoadError {
    let all = || known.iter().map(|known| known.name.as_str());
    let spelt = other_spellings(sensor, known);
    let near = if spelt.is_empty() { names::nearest(sensor, all()) } else { spelt };
    let help = if !near.is_empty() {
        format!("did you mean {}? Sensors are matched by their exact name", near.join(", "))
    } else if known.is_empty() {
        "the bundle has no intents".to_owned()
    } else {
        format!("intents wait for {}", all().take(10).collect::<Vec<_>>().join(", "))
    };
    LoadError { message: format!("no intent waits for the sensor `{}`", names::shown(sensor)), help: Some(help) }
}

fn payload(
    args: &FireArgs,
    sensor: &Sensor,
    (bundle, programs): (&Bundle, &mut Programs),
    streams: &mut Streams<'_>,
) -> std::io::Result<Result<String, String>> {
    let given = match &args.payload {
        Some(text) => read_argument(text, args.limits.limits().input),
        None => {
            let functions = sensor.triggers.iter().filter_map(|trigger| trigger.function.as_ref());
            let limits = args.limits.limits();
            let mut inputs = functions.filter_map(|function| match function {
                FunctionRef::Wasm { service, function } => {
                    let program = programs.of(bundle, service).ok()?;
                    Some(best_input(bundle, (service, function), &program, &limits, &Cancel::new()))
                }
                FunctionRef::Platform { .. } => None,
            });
            match inputs.next() {
                Some(input) => {
                    writeln!(streams.err, "payload: {}", printable(&input.origin.to_string()))?;
                    Ok(input.json.into_bytes())
                }
                None => Ok(b"{}".to_vec()),
            }
        }
    };
    Ok(given.and_then(|bytes| {
        serde_json::from_slice::<serde::de::IgnoredAny>(&bytes)
            .map_err(|error| format!("the payload is not JSON: {error}"))?;
        String::from_utf8(bytes).map_err(|_| "the payload is not UTF-8".into())
    }))
}

/// As for `invoke`, by what failed last and worst.
fn status(trace: &Trace) -> Status {
    let of_failure = |kind: FailureKind| match kind {
        FailureKind::Application => Status::No,
        FailureKind::NotLoaded => Status::Unusable,
        FailureKind::Fault(FaultKind::InputNotJson | FaultKind::InputTooLarge | FaultKind::NoSuchFunction) => {
            Status::Unusable
        }
        FailureKind::Fault(_) => Status::Fault,
    };
    let last_attempt = |children: &[usize]| {
        let attempts = children.iter().rev().filter_map(|child| trace.get(*child));
        attempts.filter_map(|node| if let What::Attempt(attempt) = &node.what { Some(attempt) } else { None }).next()
    };
    let of_intents = trace.executions().filter_map(|(_, node, execution)| match execution.state {
        State::Failed(_) => {
            let failure = last_attempt(&node.children).and_then(|attempt| attempt.failure.as_ref());
            Some(failure.map_or(Status::No, |failure| of_failure(failure.kind)))
        }
        State::Stopped(_) => Some(Status::No),
        _ => None,
    });
    let of_stops = trace.nodes().iter().filter(|node| matches!(node.what, What::Stop(_))).map(|_| Status::No);
    of_intents.chain(of_stops).max().unwrap_or(Status::Fine)
}
