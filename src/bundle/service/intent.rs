//! Reads an entry of `intents`, and checks that its durations and retries make sense together.

use super::{Fields, Place, Reading, read_reference, stem, suggest};
use crate::bundle::yaml::{Kind, Node};
use crate::bundle::{Code, Fix, FunctionRef, Intent, PrimitiveIntent, Spanned, TextEdit, duration, names};

pub(super) fn read(reading: &mut Reading, fields: &mut Fields, place: &Place) -> Intent {
    suggest::intent(fields, stem(&reading.source.file), &place.fallback);
    let name = place.name(fields.required_text(reading, "name"));
    let intent = Intent {
        when_sensor: fields.required_text(reading, "whenSensor"),
        to_func: fields.required_text(reading, "toFunc").and_then(|text| read_reference(reading, &text)),
        primitive: read_primitive(reading, fields, &name),
        cooldown: read_duration(reading, fields, "cooldown"),
        retries: read_retries(reading, fields),
        expected_duration: read_duration(reading, fields, "expectedDuration"),
        expires_in: read_duration(reading, fields, "expiresIn"),
        description: fields.description(reading),
        span: place.span,
        name,
    };
    check_durations(reading, fields, &intent);
    if let Some(Spanned { value: FunctionRef::Platform { function }, span }) = &intent.to_func {
        let message = format!("the intent runs `{}`, a function of the platform", names::shown(function));
        let help = "the documentation lets intents run functions of modules only: wasm:<service>:<function>";
        reading.push(reading.at(Code::IntentPlatformFunction, *span, message).with_help(help));
    }
    intent
}

/// Reports durations that make no sense, alone or together.
fn check_durations(reading: &mut Reading, fields: &Fields, intent: &Intent) {
    let shown = names::shown(&intent.name.value);
    for (what, duration, help) in [
        ("cooldown", &intent.cooldown, "a cooldown of zero is none: remove it, or give it a value"),
        ("expectedDuration", &intent.expected_duration, "every run would be late: give it a value"),
        ("expiresIn", &intent.expires_in, "what expires at once never runs: give it a value"),
    ] {
        if let Some(duration) = duration
            && duration.value.is_zero()
        {
            let message = format!("`{what}` of intent {shown} is zero");
            let mut diagnostic = reading.at(Code::DurationPointless, duration.span, message).with_help(help);
            diagnostic.fixes.extend(fields.removal_of(reading.source, what));
            reading.push(diagnostic);
        }
    }
    let Some(expires) = intent.expires_in.as_ref().filter(|expires| !expires.value.is_zero()) else { return };
    // The longer of the two is the one to talk about: exchanging it settles both.
    let longer = [
        (&intent.expected_duration, "expectedDuration", "it is expected to end"),
        (&intent.cooldown, "cooldown", "its cooldown has passed"),
    ]
    .into_iter()
    .filter_map(|(other, key, reason)| Some((other.as_ref()?, key, reason)))
    .filter(|(other, ..)| expires.value < other.value)
    .max_by_key(|(other, ..)| other.value);
    let Some((other, key, reason)) = longer else { return };
    let message = format!("intent {shown} expires before {reason}");
    let mut diagnostic =
        reading.at(Code::DurationConflict, expires.span, message).with_help(format!("raise expiresIn or lower {key}"));
    let (ours, theirs) = (reading.source.slice(expires.span), reading.source.slice(other.span));
    if [ours, theirs].iter().all(|text| !text.starts_with('*') && !text.contains('\n')) {
        let edits = vec![TextEdit::new(expires.span, theirs), TextEdit::new(other.span, ours)];
        diagnostic = diagnostic.with_fix(Fix { title: format!("Swap expiresIn and {key}"), edits });
    }
    reading.push(diagnostic);
}

fn read_primitive(
    reading: &mut Reading,
    fields: &mut Fields,
    name: &Spanned<String>,
) -> Option<Spanned<PrimitiveIntent>> {
    let all = PrimitiveIntent::ALL.map(PrimitiveIntent::as_str);
    let Some(text) = fields.optional_text(reading, "primitiveIntent") else {
        let is_blank = |node: &Node| matches!(&node.kind, Kind::Scalar(scalar) if scalar.text.trim().is_empty());
        let entry = fields.entry("primitiveIntent");
        if reading.complete && entry.is_none_or(|entry| entry.value.is_null() || is_blank(&entry.value)) {
            let message = format!("intent {} has no `primitiveIntent`", names::shown(&name.value));
            let help = format!("add one of {}", all.join(", "));
            let mut diagnostic = reading.at(Code::PrimitiveMissing, name.span, message).with_help(help);
            diagnostic.fixes = match fields.entry("primitiveIntent") {
                None => fields.additions(reading.source, "primitiveIntent"),
                Some(entry) if entry.value.is_null() => fields.fillings(reading.source, entry),
                Some(_) => Vec::new(),
            };
            reading.push(diagnostic);
        }
        return None;
    };
    if let Some(known) = PrimitiveIntent::ALL.into_iter().find(|known| known.as_str() == text.value) {
        return Some(Spanned::new(known, text.span));
    }
    let message = format!("`{}` is not a known primitive intent", names::shown(&text.value));
    let mut diagnostic = reading
        .at(Code::PrimitiveUnknown, text.span, message)
        .with_help(format!("the documentation names {}", all.join(", ")));
    let near = names::nearest(&text.value, all).into_iter();
    diagnostic.fixes.extend(near.map(|near| Fix::new(format!("Change to {near}"), text.span, near)));
    reading.push(diagnostic);
    None
}

fn read_duration(
    reading: &mut Reading,
    fields: &mut Fields,
    key: &'static str,
) -> Option<Spanned<std::time::Duration>> {
    let node = &fields.entry(key)?.value;
    let Kind::Scalar(scalar) = &node.kind else {
        reading.report(Code::WrongType, node.span, format!("`{key}` is {}, not a duration", node.kind_name()));
        return None;
    };
    if node.is_null() {
        return None;
    }
    match duration::parse(&scalar.text) {
        Ok(value) => Some(Spanned::new(value, node.span)),
        Err(reason) => {
            let message = format!("`{}` is not a duration: {reason}", names::shown(&scalar.text));
            let help = "write for instance 500ms, 30s, 5m, 1h, 2d or 1h30m";
            let mut diagnostic = reading.at(Code::DurationInvalid, node.span, message).with_help(help);
            let mended = duration::mended(&scalar.text).into_iter();
            diagnostic.fixes.extend(mended.map(|text| Fix::new(format!("Change to {text}"), node.span, text)));
            reading.push(diagnostic);
            None
        }
    }
}

fn read_retries(reading: &mut Reading, fields: &mut Fields) -> Option<Spanned<u32>> {
    let node = &fields.entry("retries")?.value;
    if node.is_null() {
        return None;
    }
    let Kind::Scalar(scalar) = &node.kind else {
        reading.report(Code::WrongType, node.span, format!("`retries` is {}, not a number", node.kind_name()));
        return None;
    };
    let count = scalar.text.trim().parse::<u32>().ok().filter(|count| *count <= 1000);
    if scalar.is_text || count.is_none() {
        let message = format!("`{}` is not a number of retries", names::shown(&scalar.text));
        let mut diagnostic = reading
            .at(Code::RetriesInvalid, node.span, message)
            .with_help("write a whole number from 0 to 1000, without quotation marks");
        if let Some(near) = count.or_else(|| nearest_count(&scalar.text)) {
            diagnostic = diagnostic.with_fix(Fix::new(format!("Change to {near}"), node.span, near.to_string()));
        }
        reading.push(diagnostic);
    }
    count.map(|count| Spanned::new(count, node.span))
}

/// The number of retries that a number out of range or with a fraction comes nearest to.
fn nearest_count(text: &str) -> Option<u32> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite())?;
    Some(number.round().clamp(0.0, 1000.0) as u32)
}
