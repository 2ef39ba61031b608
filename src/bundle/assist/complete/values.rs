//! The values of a field.

use std::collections::BTreeMap;

use super::keys::Keys;
use super::{Completion, Item, ItemKind, Place, Shape, Span, entry, rank, reference};
use crate::bundle::assist::sketch::{PieceKind, Style, Written};
use crate::bundle::schema::{Field, Scope, Takes};
use crate::bundle::{Metric, yaml};

/// Where a value is put in, and how.
struct Gap<'q> {
    /// The bytes that it takes the place of, within quotation marks that are there.
    span: Span,
    /// What was typed before the caret.
    typed: &'q str,
    style: Style,
    /// Goes before the value: a missing space.
    lead: &'static str,
    /// Goes behind it: a missing quotation mark.
    tail: &'static str,
}

/// What could be the value of the piece `at`, a key or a value in a line of its own.
pub(super) fn complete(place: &Place, at: usize) -> Completion {
    if let Some((field, written)) = place.value(at) {
        let Some(gap) = gap(place, at, field, written) else { return Completion::default() };
        return of_field(place, at, field, &gap);
    }
    below(place, at)
}

/// A mapping or a list is put in the lines below its key.
fn below(place: &Place, at: usize) -> Completion {
    let Some(piece) = place.piece(at) else { return Completion::default() };
    let nested = place.sketch.children(Some(at)).next().is_some();
    if nested || piece.value.is_some() || piece.is_flow {
        return Completion::default();
    }
    let column = piece.column + 2;
    let lead = format!("\n{}", " ".repeat(column));
    let offset = place.question.offset;
    let items = match place.shape(Some(at)) {
        Shape::Fields(scope) => {
            let keys = Keys { scope, mapping: Some(at), column, is_flow: false };
            keys.complete(place, Span::new(offset, offset), None).items
        }
        Shape::List(scope) => entry::entries(place, scope, column, entry::Style::WithDash),
        _ => Vec::new(),
    };
    Completion {
        span: Span::new(piece.slot.start, offset),
        items: items.into_iter().map(|item| item.behind(&lead)).collect(),
    }
}

fn gap<'q>(place: &Place<'q>, at: usize, field: &Field, written: Option<Written>) -> Option<Gap<'q>> {
    let offset = place.question.offset;
    let Some(written) = written else {
        let is_missing = place.piece(at)?.kind == PieceKind::Key && place.piece(at)?.slot.start == offset;
        let lead = if is_missing { " " } else { "" };
        return Some(Gap { span: Span::new(offset, offset), typed: "", style: Style::Plain, lead, tail: "" });
    };
    let mut span = written.inner();
    let behind = place.slice(Span::new(span.end, offset));
    let mut style = written.style;
    match written.style {
        Style::Alias => return None,
        // A sign that stands alone is the beginning of a target, not that of a block.
        Style::Block if field.takes != Takes::Target => return None,
        Style::Block => style = Style::Plain,
        _ => {}
    }
    let goes_on = !written.is_closed || (style == Style::Plain && field.takes == Takes::Target);
    if offset > span.end && goes_on && behind.trim().is_empty() {
        span.end = offset;
    }
    if offset < span.start || offset > span.end {
        return None;
    }
    let tail = match (style, written.is_closed) {
        (Style::Double, false) => "\"",
        (Style::Single, false) => "'",
        _ => "",
    };
    Some(Gap { span, typed: place.slice(Span::new(span.start, offset)), style, lead: "", tail })
}

fn of_field(place: &Place, at: usize, field: &Field, gap: &Gap) -> Completion {
    if field.takes == Takes::Reference {
        let (span, items) = reference::complete(&place.question, gap.span, &place.service_name());
        // The quotation mark is put in with the last part.
        let items = items.into_iter().map(|item| {
            let tail = if item.goes_on { "" } else { gap.tail };
            let mut item = item.behind(gap.lead);
            item.insert.push_str(tail);
            item.caret = item.insert.len();
            item
        });
        return Completion { span, items: items.collect() };
    }
    let items = rank::ranked(proposals(place, at, field, gap), gap.typed);
    let items = items.into_iter().map(|item| {
        let text = item.insert.clone();
        item.inserting(format!("{}{}{}", gap.lead, written_as(gap.style, &text), gap.tail))
    });
    Completion { span: gap.span, items: items.collect() }
}

/// `text` as it is written between quotation marks of this style, or plain.
fn written_as(style: Style, text: &str) -> String {
    match style {
        Style::Double => {
            let quoted = yaml::quoted(text);
            quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text).to_owned()
        }
        Style::Single => text.replace('\'', "''"),
        _ => yaml::quoted_if_needed(text),
    }
}

fn proposals(place: &Place, at: usize, field: &Field, gap: &Gap) -> Vec<Item> {
    let value = |text: String| Item::new(text, ItemKind::Value);
    match field.takes {
        Takes::Method | Takes::Primitive | Takes::Metric => {
            let described = |(text, about): (&str, &str)| value(text.to_owned()).with_documentation(about);
            field.takes.values().into_iter().map(described).collect()
        }
        Takes::Duration => durations(gap.typed).into_iter().map(value).collect(),
        Takes::Target => targets(place.sibling(at, "metric").map(|metric| Metric::parse(&metric)))
            .iter()
            .map(|text| value((*text).to_owned()))
            .collect(),
        Takes::Sensor => sensors(place, gap.span),
        Takes::ServicePath => {
            let file = |file: String| Item::new(file, ItemKind::File).with_detail("not listed yet");
            entry::unlisted_files(place).into_iter().map(file).collect()
        }
        Takes::ServiceName => {
            let name = crate::bundle::service::stem(place.question.file);
            vec![Item::new(name, ItemKind::Service).with_detail("as the file is named")]
        }
        Takes::Version => vec![value(field.example.to_owned())],
        Takes::Route if field.scope == Scope::Api => {
            let name = place.service_name();
            let plural = name.strip_suffix("-service").map_or(name.clone(), |stem| format!("{stem}s"));
            vec![value(format!("/api/v1/{plural}"))]
        }
        Takes::Route => vec![value("/".into()), value("/{id}".into())],
        Takes::Retries => ["0", "1", "2", "3", "5"].map(|count| value(count.into())).to_vec(),
        _ => Vec::new(),
    }
}

/// Usual durations; for a number without unit that number with each unit.
fn durations(typed: &str) -> Vec<String> {
    if !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return ["ms", "s", "m", "h", "d"].map(|unit| format!("{typed}{unit}")).to_vec();
    }
    ["50ms", "500ms", "1s", "30s", "5m", "1h", "1h30m", "2d"].map(String::from).to_vec()
}

fn targets(metric: Option<Metric>) -> &'static [&'static str] {
    match metric {
        Some(Metric::Latency) => &["< 50ms", "< 200ms", "<= 1s", "10..50ms"],
        Some(Metric::Throughput) => &["> 100/s", ">= 1000/s", "> 600/min"],
        Some(Metric::ErrorRate) => &["< 1%", "< 0.1%", "0"],
        Some(Metric::SuccessRate) => &[">= 99.9%", ">= 99%", "> 99.99%"],
        Some(Metric::Memory) => &["< 4MiB", "< 64MiB", "<= 128MiB"],
        Some(Metric::Other(_)) | None => &["< 50ms", "> 100/s", "< 1%", ">= 99.9%", "< 64MiB"],
    }
}

/// The sensors that the bundle knows, but not the one that is being typed.
fn sensors(place: &Place, here: Span) -> Vec<Item> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for service in &place.question.bundle.services {
        for intent in &service.intents {
            let Some(sensor) = &intent.when_sensor else { continue };
            let is_here =
                service.file == place.question.file && sensor.span.start <= here.end && here.start <= sensor.span.end;
            if !is_here {
                all.entry(&sensor.value).or_default().push(&intent.name.value);
            }
        }
    }
    all.into_iter()
        .map(|(name, intents)| Item::new(name, ItemKind::Sensor).with_detail(format!("fires {}", intents.join(", "))))
        .collect()
}
