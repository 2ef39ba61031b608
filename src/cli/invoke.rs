//! `invoke`: one function, one input, its output.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Bundle, FunctionRef, printable};
use crate::platform::{best_input, recording};
use crate::sandbox::{
    Cancel, Conditions, Fault, FaultKind, Limits, LogLevel, LogLine, Outcome, Program, Recording, Reply,
};

use super::args::{Failing, Format, InvokeArgs};
use super::open::Programs;
use super::{Status, Streams, count, open};

pub fn run(args: &InvokeArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let (service, function) = match parse_function(&args.function) {
        Ok(parts) => parts,
        Err(message) => {
            writeln!(streams.err, "{}", printable(&message))?;
            return Ok(Status::Unusable);
        }
    };
    let program = match Programs::new().and_then(|mut programs| programs.of(&loaded.bundle, &service)) {
        Ok(program) => program,
        Err(error) => {
            writeln!(streams.err, "{}", printable(&error.message))?;
            if let Some(help) = &error.help {
                writeln!(streams.err, "  {}", printable(help))?;
            }
            return Ok(Status::Unusable);
        }
    };
    let (argument, limits) = (args.input.as_deref(), args.limits.limits());
    let input = match read_input(argument, &limits, (&loaded.bundle, &program), (&service, &function), streams)? {
        Ok(input) => input,
        Err(message) => {
            writeln!(streams.err, "{}", printable(&message))?;
            return Ok(Status::Unusable);
        }
    };
    for assumption in program.assumptions_about(&function) {
        writeln!(streams.err, "assumed that {}", printable(&assumption.message))?;
    }
    let replay = match args.replay.as_deref().map(read_recording).transpose() {
        Ok(replay) => replay,
        Err(message) => {
            writeln!(streams.err, "{}", printable(&message))?;
            return Ok(Status::Unusable);
        }
    };
    let (given, cancel) = (args.instructions.added_to(args.limits.limits()), Cancel::new());
    let limits = program.limits(&function, &given);
    let mishap = args.fail.map(Failing::mishap);
    let is_counted = args.meter || limits.instructions.is_some();
    if is_counted {
        // Both runs are of the same code: a Go program is booted for a call only until its copy is ready.
        program.settle();
    }
    let conditions = Conditions { mishap, replay, date: None };
    let is_recorded = args.record.is_some() || args.replay.is_some() || mishap.is_some() || is_counted;
    let (outcome, taken) = if is_recorded {
        program.invoke_under(&function, &input, &limits, &cancel, conditions)
    } else {
        (program.invoke(&function, &input, &limits, &cancel), Recording::default())
    };
    let again = || Conditions { replay: Some(taken.clone()), mishap, ..Conditions::default() };
    let counted = is_counted.then(|| program.meter(&function, &input, &limits, &cancel, again()));
    let recorded = args.record.as_deref().map_or(Ok(()), |file| write_recording(&taken, file));
    match args.format {
        Format::Json => {
            let mut json = to_json(&outcome);
            if let (Some(counted), Some(fields)) = (&counted, json.as_object_mut()) {
                fields.insert("instructions".into(), count::to_json(counted, &limits));
            }
            serde_json::to_writer_pretty(&mut *streams.out, &json)?;
            writeln!(streams.out)?;
        }
        Format::Text => {
            write_text(&outcome, streams)?;
            if let Some(counted) = &counted {
                count::write(counted, &limits, streams)?;
            }
        }
    }
    if let Err(message) = recorded {
        writeln!(streams.err, "not recorded: {}", printable(&message))?;
        return Ok(status(&outcome).max(Status::Unusable));
    }
    if let Some(place) = taken.departed.filter(|_| args.replay.is_some()) {
        writeln!(streams.err, "not replayed exactly: the function took something else from outside: {place}")?;
        return Ok(status(&outcome).max(Status::No));
    }
    Ok(counted.map_or(status(&outcome), |counted| count::status(&counted, status(&outcome))))
}

fn read_recording(file: &Path) -> Result<Recording, String> {
    let named = |what: String| format!("{}: {what}", file.display());
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| named(error.to_string()))?;
    let most = recording::LARGEST as u64 + 1;
    opened.take(most).read_to_end(&mut bytes).map_err(|error| named(error.to_string()))?;
    recording::decode(&bytes).map_err(named)
}

fn write_recording(taken: &Recording, file: &Path) -> Result<(), String> {
    let bytes = recording::encode(taken, recording::LARGEST)?;
    std::fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))
}

/// A function reference, with or without `wasm:` before it.
pub fn parse_function(text: &str) -> Result<(String, String), String> {
    let full =
        if text.starts_with("wasm:") || text.starts_with("func:") { text.into() } else { format!("wasm:{text}") };
    match FunctionRef::parse(&full) {
        Ok(FunctionRef::Wasm { service, function }) => Ok((service, function)),
        Ok(FunctionRef::Platform { .. }) => Err(format!(
            "`{text}` is a function of the platform, which only runs there; name one as wasm:<service>:<function>"
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// What was given, or why it cannot be read.
pub type Input = Result<Vec<u8>, String>;

/// The input that `argument` stands for, of at most `limits.input` bytes, or else the one that the function begins with.
pub fn read_input(
    argument: Option<&str>,
    limits: &Limits,
    (bundle, program): (&Bundle, &Program),
    function: (&str, &str),
    streams: &mut Streams<'_>,
) -> std::io::Result<Input> {
    Ok(match argument {
        None => {
            let input = best_input(bundle, function, program, limits, &Cancel::new());
            writeln!(streams.err, "input: {}", printable(&input.origin.to_string()))?;
            Ok(input.json.into_bytes())
        }
        Some(text) => read_argument(text, limits.input),
    })
}

/// What an argument stands for: its own text, the content of `@FILE`, or for `-` standard input, of which no more
/// is read than a byte beyond `most`.
pub fn read_argument(text: &str, most: u64) -> Result<Vec<u8>, String> {
    if text == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(most.saturating_add(1)).read_to_end(&mut bytes);
        return read.map(|_| bytes).map_err(|error| format!("standard input: {error}"));
    }
    match text.strip_prefix('@') {
        Some(file) => std::fs::read(file).map_err(|error| format!("{file}: {error}")),
        None => Ok(text.as_bytes().to_vec()),
    }
}

/// The exit status that an outcome stands for.
pub fn status(outcome: &Outcome) -> Status {
    match &outcome.reply {
        Reply::Json(_) => Status::Fine,
        Reply::ApplicationError(_) => Status::No,
        Reply::Fault(fault) => match fault.kind {
            FaultKind::InputNotJson | FaultKind::InputTooLarge | FaultKind::NoSuchFunction => Status::Unusable,
            _ => Status::Fault,
        },
    }
}

/// Writes what the guest logged.
pub fn write_logs(outcome: &Outcome, streams: &mut Streams<'_>) -> std::io::Result<()> {
    for line in &outcome.logs {
        writeln!(streams.err, "{}", log_text(line))?;
    }
    if outcome.logs_dropped > 0 {
        writeln!(streams.err, "log    {} more lines were dropped", outcome.logs_dropped)?;
    }
    Ok(())
}

fn write_text(outcome: &Outcome, streams: &mut Streams<'_>) -> std::io::Result<()> {
    write_logs(outcome, streams)?;
    if let Some(output) = outcome.output() {
        // Exactly what the function returned: it may be piped into another program.
        writeln!(streams.out, "{output}")?;
    }
    match &outcome.reply {
        Reply::Json(_) => {}
        Reply::ApplicationError(error) => writeln!(streams.err, "the function said no: {}", printable(&error.message))?,
        Reply::Fault(fault) => write_fault(fault, streams.err)?,
    }
    let timings = &outcome.timings;
    writeln!(
        streams.err,
        "took   {} (instantiate {}, copy in {}, run {}, copy out {}), memory {}",
        time(timings.total()),
        time(timings.instantiate),
        time(timings.copy_in),
        time(timings.run),
        time(timings.copy_out),
        formatted(outcome.peak_memory as f64, Dimension::Bytes),
    )
}

fn time(duration: Duration) -> String {
    formatted(duration.as_secs_f64(), Dimension::Time)
}

pub(super) fn write_fault(fault: &Fault, err: &mut dyn std::io::Write) -> std::io::Result<()> {
    writeln!(err, "fault  {}", printable(&fault.message))?;
    if let Some(help) = &fault.help {
        writeln!(err, "  help: {}", printable(help))?;
    }
    for frame in &fault.backtrace {
        writeln!(err, "  at {}", printable(&frame.function))?;
    }
    if let Some(raw) = &fault.raw_output {
        writeln!(
            err,
            "  the output begins with: {}",
            printable(&String::from_utf8_lossy(raw.get(..200).unwrap_or(raw)))
        )?;
    }
    Ok(())
}

fn level_word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}

fn log_text(line: &LogLine) -> String {
    let fields: String = line.fields.iter().map(|(key, value)| format!(" {key}={value}")).collect();
    format!("{:<6} {}{}", level_word(line.level), printable(&line.message), printable(&fields))
}

/// The whole outcome for programs; durations in nanoseconds, memory in bytes.
pub fn to_json(outcome: &Outcome) -> serde_json::Value {
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|_| json!(text));
    let reply = match &outcome.reply {
        Reply::Json(text) => json!({ "kind": "json", "output": parsed(text) }),
        Reply::ApplicationError(error) => json!({
            "kind": "applicationError", "message": error.message, "output": error.output.as_deref().map(parsed),
        }),
        Reply::Fault(fault) => json!({
            "kind": "fault",
            "fault": format!("{:?}", fault.kind),
            "message": fault.message,
            "help": fault.help,
            "backtrace": fault.backtrace.iter().map(|frame| &frame.function).collect::<Vec<_>>(),
        }),
    };
    let logs: Vec<_> = outcome
        .logs
        .iter()
        .map(|line| json!({ "level": level_word(line.level), "message": line.message, "fields": line.fields }))
        .collect();
    let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    json!({
        "reply": reply,
        "logs": logs,
        "logsDropped": outcome.logs_dropped,
        "timingsNs": {
            "instantiate": nanos(outcome.timings.instantiate),
            "copyIn": nanos(outcome.timings.copy_in),
            "run": nanos(outcome.timings.run),
            "copyOut": nanos(outcome.timings.copy_out),
            "total": nanos(outcome.timings.total()),
        },
        "peakMemoryBytes": outcome.peak_memory,
    })
}
