//! A trace as a tree of lines, and as JSON.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::bundle::printable_line;
use crate::bundle::target::{Dimension, formatted};
use crate::platform::sensors::{
    Attempt, Cause, Execution, FailureKind, Firing, Node, NodeId, Simulator, State, Trace, What, date,
};

/// Characters of a payload or output that a line shows; JSON holds all.
const SHOWN: usize = 300;

/// Writes the trace as a tree.
pub fn write_text(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    for (id, depth) in trace.walk(|_| true) {
        let Some(node) = trace.get(id) else { continue };
        let indent = "  ".repeat(depth);
        for line in lines(node) {
            writeln!(out, "{indent}{line}")?;
        }
    }
    Ok(())
}

fn lines(node: &Node) -> Vec<String> {
    match &node.what {
        What::Sensor(firing) => of_sensor(firing, node.at),
        What::Intent(execution) => of_intent(execution),
        What::Attempt(attempt) => of_attempt(attempt),
        What::Stop(reason) => vec![format!("stopped: {}", shown(reason))],
    }
}

fn of_sensor(firing: &Firing, at: Duration) -> Vec<String> {
    let cause = match firing.cause {
        Cause::Hand | Cause::Output => String::new(),
        Cause::Schedule { nth, of } => format!(" ({nth} of {of})"),
    };
    let waited = if firing.waited.is_zero() { String::new() } else { format!(", waited {}", time(firing.waited)) };
    let first = format!("sensor {}{cause} at {}{waited}", shown(&firing.sensor), date::text(at));
    let remark = firing.remark.as_ref().map(|remark| format!("  note: {}", shown(remark)));
    [first, format!("  payload {}", shown(&firing.payload))].into_iter().chain(remark).collect()
}

fn of_intent(execution: &Execution) -> Vec<String> {
    let function = execution.function.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
    let state = match &execution.state {
        State::Succeeded => format!("succeeded in {}", time(execution.measured)),
        State::Failed(reason) => format!("failed: {}", shown(reason)),
        State::OnPlatform => "handled by the platform: not run here".to_owned(),
        other => in_words(other),
    };
    let first = format!(
        "intent {} of {} -> {}: {state}",
        shown(&execution.intent),
        shown(&execution.service),
        shown(&function)
    );
    let warnings = execution.warnings.iter().map(|warning| format!("  warning: {}", shown(warning)));
    std::iter::once(first).chain(warnings).collect()
}

fn of_attempt(attempt: &Attempt) -> Vec<String> {
    let logs = match attempt.logs.len() as u64 + attempt.logs_dropped {
        0 => String::new(),
        1 => ", 1 log line".to_owned(),
        lines => format!(", {lines} log lines"),
    };
    let first = format!("attempt {} ({}): {}{logs}", attempt.number, shown(&attempt.reason), time(attempt.measured));
    let output = attempt.output.as_ref().map(|output| format!("  output {}", shown(output)));
    let failure = attempt.failure.as_ref().map(|failure| format!("  failed: {}", shown(&failure.message)));
    let help = attempt.failure.as_ref().and_then(|failure| failure.help.as_ref());
    let help = help.map(|help| format!("  help: {}", shown(help)));
    [Some(first), output, failure, help].into_iter().flatten().collect()
}

/// Why an intent did not run.
fn in_words(state: &State) -> String {
    match state {
        State::Skipped { last, again } => format!(
            "skipped: it ran at {} and cools down; it would run again at {}",
            date::text(*last),
            date::text(*again)
        ),
        State::Expired { waited, limit } => {
            format!("expired: it waited {}, and expires in {}", time(*waited), time(*limit))
        }
        State::Stopped(reason) | State::Failed(reason) => format!("{}: {}", state.word(), shown(reason)),
        State::Succeeded | State::OnPlatform => state.word().to_owned(),
    }
}

fn shown(text: &str) -> String {
    // JSON that was laid out over lines takes one here.
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    printable_line(&lines.join(" "), SHOWN)
}

fn time(duration: Duration) -> String {
    formatted(duration.as_secs_f64(), Dimension::Time)
}

/// What happened, counted.
pub fn summary(simulator: &Simulator) -> String {
    let trace = simulator.trace();
    let sensors = trace.nodes().iter().filter(|node| matches!(node.what, What::Sensor(_))).count();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (_, _, execution) in trace.executions() {
        let word = execution.state.word();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let intents: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let intents = if intents.is_empty() { "none".to_owned() } else { intents.join(", ") };
    let waiting = match simulator.pending().count() {
        0 => String::new(),
        count => format!("; {count} still waiting"),
    };
    format!(
        "sensors fired: {sensors}; intents: {intents}{waiting}; the clock stands at {}",
        date::text(simulator.now())
    )
}

/// The whole trace for programs; durations in nanoseconds.
pub fn to_json(simulator: &Simulator) -> Value {
    let trace = simulator.trace();
    json!({
        "now": date::text(simulator.now()),
        "waiting": simulator.pending().count(),
        "trace": trace.roots().map(|root| node_json(trace, root)).collect::<Vec<_>>(),
    })
}

fn node_json(trace: &Trace, id: NodeId) -> Value {
    let Some(node) = trace.get(id) else { return Value::Null };
    let mut object = match &node.what {
        What::Sensor(firing) => json!({
            "kind": "sensor",
            "sensor": firing.sensor,
            "payload": parsed(&firing.payload),
            "waitedNs": nanos(firing.waited),
            "note": firing.remark,
        }),
        What::Intent(execution) => intent_json(execution),
        What::Attempt(attempt) => attempt_json(attempt),
        What::Stop(reason) => json!({ "kind": "stop", "reason": reason }),
    };
    if let Some(object) = object.as_object_mut() {
        object.insert("at".into(), json!(date::text(node.at)));
        let children: Vec<Value> = node.children.iter().map(|child| node_json(trace, *child)).collect();
        object.insert("caused".into(), json!(children));
    }
    object
}

fn intent_json(execution: &Execution) -> Value {
    let reason = match &execution.state {
        State::Succeeded | State::OnPlatform => None,
        State::Failed(reason) | State::Stopped(reason) => Some(reason.clone()),
        other => Some(in_words(other)),
    };
    let again = if let State::Skipped { again, .. } = execution.state { Some(date::text(again)) } else { None };
    json!({
        "kind": "intent",
        "service": execution.service,
        "intent": execution.intent,
        "function": execution.function.as_ref().map(ToString::to_string),
        "state": execution.state.word(),
        "reason": reason,
        "runsAgainAt": again,
        "measuredNs": nanos(execution.measured),
        "warnings": execution.warnings,
    })
}

fn attempt_json(attempt: &Attempt) -> Value {
    let failure = attempt.failure.as_ref().map(|failure| {
        let kind = match failure.kind {
            FailureKind::Application => "applicationError".to_owned(),
            FailureKind::NotLoaded => "notLoaded".to_owned(),
            FailureKind::Fault(kind) => format!("{kind:?}"),
        };
        json!({ "kind": kind, "message": failure.message, "help": failure.help })
    });
    json!({
        "kind": "attempt",
        "number": attempt.number,
        "reason": attempt.reason,
        "input": parsed(&attempt.input),
        "output": attempt.output.as_deref().map(parsed),
        "failure": failure,
        "logs": attempt.logs.iter().map(|line| json!({ "message": line.message, "fields": line.fields })).collect::<Vec<_>>(),
        "logsDropped": attempt.logs_dropped,
        "measuredNs": nanos(attempt.measured),
    })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
