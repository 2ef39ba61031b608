//! Which name stands at a place.

use super::place::{Place, Shape};
use super::sketch::{PieceKind, Style, Written};
use super::{Question, Span, Subject};
use crate::bundle::files::normal_path;
use crate::bundle::schema::{Field, Scope, Takes};

/// The name that stands at the question's place, and its bytes.
pub fn subject_at(question: &Question) -> Option<(Subject, Span)> {
    in_text(&Place::of(question)?)
}

/// The name that stands at the place.
pub(super) fn in_text(place: &Place) -> Option<(Subject, Span)> {
    in_value(place).or_else(|| in_bare_path(place))
}

/// The name in the value that holds the question's place.
fn in_value(place: &Place) -> Option<(Subject, Span)> {
    let (field, written) = place.value_here()?;
    of_value(place.question.text, field, &written, place.question.offset)
}

fn of_value(text: &str, field: &Field, written: &Written, offset: usize) -> Option<(Subject, Span)> {
    if matches!(written.style, Style::Block | Style::Alias) {
        return None;
    }
    let span = written.inner();
    let value = written.text(text);
    if value.trim().is_empty() {
        return None;
    }
    match field.takes {
        Takes::ServiceName => Some((Subject::Service(value), span)),
        Takes::Sensor => Some((Subject::Sensor(value), span)),
        Takes::ServicePath => Some((Subject::ServiceFile(normal_path(&value).ok()?), span)),
        Takes::Reference => in_reference(text, span, offset),
        _ => None,
    }
}

/// The part of a reference at `offset`: its service or its function.
fn in_reference(text: &str, span: Span, offset: usize) -> Option<(Subject, Span)> {
    let written = text.get(span.start..span.end)?;
    let mut parts = written.split(':');
    match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
        ("wasm", service, function, None) => {
            let service_start = span.start + "wasm:".len();
            let service_span = Span::new(service_start, service_start + service.len());
            let function = function.unwrap_or_default();
            let function_span = Span::new(service_span.end + 1, span.end);
            if (offset <= service_span.end || function.is_empty()) && !service.is_empty() {
                return Some((Subject::Service(service.to_owned()), service_span));
            }
            let subject = Subject::Function { service: service.to_owned(), function: function.to_owned() };
            (!function.is_empty() && !service.is_empty()).then_some((subject, function_span))
        }
        ("func", function, None, None) if !function.is_empty() => {
            let start = span.start + "func:".len();
            Some((Subject::PlatformFunction(function.to_owned()), Span::new(start, span.end)))
        }
        _ => None,
    }
}

/// A service file that stands in the manifest's list without `path:`, which is understood.
fn in_bare_path(place: &Place) -> Option<(Subject, Span)> {
    let piece = place.piece(place.sketch.at(place.question.offset)?)?;
    let is_entry = place.shape(piece.parent) == Shape::Fields(Scope::ListedService);
    let written = piece.value.filter(|_| piece.kind == PieceKind::Word && is_entry)?;
    let path = normal_path(&written.text(place.question.text)).ok()?;
    Some((Subject::ServiceFile(path), written.inner()))
}
