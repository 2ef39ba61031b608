//! `headroom`: how little the functions with saved cases need, and limits made of that.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bundle::cases::{self, Located};
use crate::bundle::settings::SETTINGS_FILE;
use crate::bundle::target::{Dimension, formatted, grouped};
use crate::bundle::{Case, FunctionLimits, Settings, names, printable_line};
use crate::measure::headroom::{MARGIN, SHORTEST_TIME, Smallest, TIME_MARGIN};
use crate::measure::{Headroom, HeadroomError, Needy, headroom};
use crate::sandbox::{Cancel, LoadError};

use super::args::{Format, HeadroomArgs};
use super::open::Programs;
use super::{Status, Streams, invoke, open};

/// One function's result.
struct Found {
    service: String,
    function: String,
    result: Result<Headroom, String>,
    /// Whether the offer was noted in the settings.
    is_set: bool,
}

pub fn run(args: &HeadroomArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let only = match args.function.as_deref().map(invoke::parse_function).transpose() {
        Ok(only) => only,
        Err(message) => return unusable(&message, streams),
    };
    let root = &loaded.bundle.root;
    let mut functions = functions(cases::all_cases(root).0);
    if let Some((service, function)) = &only {
        functions.retain(|(of, name), _| of == service && names::same_function(name, function));
    }
    if functions.is_empty() {
        return unusable(
            "There are no saved cases, and what a function needs is found by running them: save one in the window, or see docs/cases.md",
            streams,
        );
    }
    let mut programs = match Programs::new() {
        Ok(programs) => programs,
        Err(error) => return unusable(&error.message, streams),
    };
    let limits = args.limits.limits();
    let mut all = Vec::new();
    for ((service, function), cases) in functions {
        let loaded: Result<_, LoadError> = programs.of(&loaded.bundle, &service);
        let result = loaded.map_err(|error| error.message).and_then(|program| {
            let needy = Needy { program: &program, function: &function, cases: &cases, limits: &limits };
            headroom(needy, &Cancel::new(), |_, _| {}).map_err(|error: HeadroomError| error.to_string())
        });
        let mut found = Found { service, function, result, is_set: false };
        if let (true, Ok(headroom)) = (args.set, &found.result) {
            if let Err(error) = Settings::note_limits(root, &found.service, &found.function, &headroom.offer()) {
                return unusable(&error.to_string(), streams);
            }
            found.is_set = true;
        }
        if args.format == Format::Text {
            write_text(&found, streams)?;
        }
        all.push(found);
    }
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *streams.out, &all.iter().map(to_json).collect::<Vec<_>>())?;
            writeln!(streams.out)?;
        }
        Format::Text => write_end(args.set, &all, streams)?,
    }
    Ok(if all.iter().any(|found| found.result.is_err()) { Status::No } else { Status::Fine })
}

fn unusable(message: &str, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    writeln!(streams.err, "{}", printable_line(message, 400))?;
    Ok(Status::Unusable)
}

fn functions(located: Vec<Located>) -> BTreeMap<(String, String), Vec<Case>> {
    let mut functions: BTreeMap<_, Vec<Case>> = BTreeMap::new();
    for Located { service, function, case, .. } in located {
        functions.entry((service, function)).or_default().push(case);
    }
    functions
}

fn write_text(found: &Found, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let name = printable_line(&format!("{}:{}", found.service, found.function), 200);
    let headroom = match &found.result {
        Ok(headroom) => headroom,
        Err(reason) => return writeln!(streams.out, "{name}\n  {}", printable_line(reason, 400)),
    };
    writeln!(streams.out, "{name}\n  {}", in_words(headroom))?;
    let instructions = headroom.instructions.as_ref().ok().and_then(|found| found.below.as_ref());
    let below = [
        ("less memory", headroom.memory.below.as_ref()),
        ("less time", headroom.time.below.as_ref()),
        ("fewer instructions", instructions),
    ];
    for (what, failing) in below {
        if let Some(failing) = failing {
            let (case, message) = (printable_line(&failing.case, 100), printable_line(&failing.message, 200));
            writeln!(streams.out, "  with {what}, {case} fails: {message}")?;
        }
    }
    if let Err(reason) = &headroom.instructions {
        writeln!(streams.out, "  instructions not counted: {}", printable_line(reason, 300))?;
    }
    if headroom.depends_on_outside {
        writeln!(streams.out, "  it takes time or random numbers from outside: with others it may need more")?;
    }
    let noted = if found.is_set { "noted" } else { "offered" };
    writeln!(streams.out, "  {noted}: {}", headroom.offer())
}

/// Under which limits all cases pass.
fn in_words(headroom: &Headroom) -> String {
    let cases =
        if headroom.cases == 1 { "its case passes".into() } else { format!("all {} cases pass", headroom.cases) };
    let memory = formatted(headroom.memory.value as f64, Dimension::Bytes);
    let time = formatted(headroom.time.value.as_secs_f64(), Dimension::Time);
    let instructions = match &headroom.instructions {
        Ok(found) => format!(", {} instructions", grouped(found.value)),
        Err(_) => String::new(),
    };
    format!("{cases} with {memory}, {time} ({} times each){instructions}", headroom.repeats)
}

fn write_end(set: bool, all: &[Found], streams: &mut Streams<'_>) -> std::io::Result<()> {
    if !all.iter().any(|found| found.result.is_ok()) {
        return Ok(());
    }
    let margin = format!(
        "{MARGIN} times the memory and the instructions, {TIME_MARGIN} times the time and at least {}, rounded up",
        formatted(SHORTEST_TIME.as_secs_f64(), Dimension::Time)
    );
    match set {
        true => writeln!(streams.err, "{margin}, are noted in {SETTINGS_FILE}"),
        false => writeln!(streams.err, "{margin}, are offered; --set notes them in {SETTINGS_FILE}"),
    }
}

/// The result for programs; durations in nanoseconds, memory in bytes.
fn to_json(found: &Found) -> Value {
    let name = json!({ "service": found.service, "function": found.function });
    let mut fields = match name {
        Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    match &found.result {
        Err(reason) => _ = fields.insert("problem".into(), reason.as_str().into()),
        Ok(headroom) => {
            let nanos = u64::try_from(headroom.time.value.as_nanos()).unwrap_or(u64::MAX);
            fields.extend([
                ("cases".to_owned(), json!(headroom.cases)),
                ("memory".to_owned(), smallest(headroom.memory.value, &headroom.memory)),
                ("timeNs".to_owned(), smallest(nanos, &headroom.time)),
                ("timeRepeats".to_owned(), json!(headroom.repeats)),
                ("dependsOnOutside".to_owned(), json!(headroom.depends_on_outside)),
                ("offer".to_owned(), offer(&headroom.offer())),
                ("noted".to_owned(), json!(found.is_set)),
            ]);
            let instructions = match &headroom.instructions {
                Ok(found) => smallest(found.value, found),
                Err(reason) => json!({ "notCounted": reason }),
            };
            fields.insert("instructions".into(), instructions);
        }
    }
    Value::Object(fields)
}

fn smallest<T>(value: u64, found: &Smallest<T>) -> Value {
    let below = found.below.as_ref().map(|failing| json!({ "case": failing.case, "message": failing.message }));
    json!({ "smallest": value, "failsBelow": below })
}

fn offer(limits: &FunctionLimits) -> Value {
    json!({
        "memory": limits.memory,
        "timeNs": limits.time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        "instructions": limits.instructions,
    })
}
