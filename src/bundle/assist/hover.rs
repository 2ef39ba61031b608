//! What is said of a place: a key's meaning, what a name names, how a value was understood.

mod named;
mod words;

use super::place::Place;
use super::sketch::{PieceKind, Style, Written};
use super::{Hover, Question, Span, subject};
use crate::bundle::path_template;
use crate::bundle::schema::{Field, Scope, Takes};
use crate::bundle::{Metric, Target, duration};

/// What the question's place means; `None` where there is nothing to say.
pub fn hover(question: &Question) -> Option<Hover> {
    let place = Place::of(question)?;
    if place.sketch.is_prose(question.offset) {
        return None;
    }
    let at = place.sketch.at(question.offset)?;
    let piece = place.piece(at)?;
    if piece.kind == PieceKind::Key && piece.word.start <= question.offset && question.offset <= piece.word.end {
        return Some(of_key(place.field(piece)?, piece.word));
    }
    if let Some((subject, span)) = subject::in_text(&place) {
        return Some(named::of(question, subject, span));
    }
    let (field, written) = place.value_here()?;
    of_value(&place, at, field, &written)
}

fn of_key(field: &Field, span: Span) -> Hover {
    let need = field.need.in_words();
    let mut facts = vec![fact("Type", field.takes.in_words()), fact("Needed", need)];
    let values: Vec<&str> = field.takes.values().into_iter().map(|(value, _)| value).collect();
    if !values.is_empty() {
        facts.push(fact("Values", values.join(", ")));
    }
    facts.push(fact("Example", field.example));
    let title = match field.scope {
        Scope::Bundle | Scope::Service | Scope::Api => field.key.to_owned(),
        scope => format!("{} of {}", field.key, with_article(scope)),
    };
    Hover { span, title, facts, documentation: field.documentation.to_owned(), subject: None }
}

fn with_article(scope: Scope) -> String {
    let name = scope.name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// A value that is no name.
fn of_value(place: &Place, at: usize, field: &Field, written: &Written) -> Option<Hover> {
    if matches!(written.style, Style::Alias | Style::Block) {
        return None;
    }
    let value = written.text(place.question.text);
    let hover = |title: String, facts, documentation: String| {
        Some(Hover { span: written.inner(), title, facts, documentation, subject: None })
    };
    match field.takes {
        Takes::Method | Takes::Primitive | Takes::Metric => {
            let (_, meaning) = field.takes.values().into_iter().find(|(known, _)| *known == value)?;
            let metric = Some(Metric::parse(&value)).filter(|_| field.takes == Takes::Metric);
            let facts = metric.map(|metric| fact("Target", metric.unit_in_words())).into_iter().collect();
            hover(value, facts, meaning.to_owned())
        }
        Takes::Duration => {
            let duration = duration::parse(&value).ok()?;
            hover(value, Vec::new(), words::duration(duration))
        }
        Takes::Target => {
            let target = Target::parse(&value).ok()?;
            let metric = place.sibling(at, "metric").map(|metric| Metric::parse(&metric));
            hover(value, Vec::new(), words::target(&target, metric.as_ref()))
        }
        Takes::Route => of_route(place, at, field, value).and_then(|(title, facts)| hover(title, facts, String::new())),
        _ => None,
    }
}

/// The whole path of an endpoint with its method and parameters; for a base path what stands below it.
fn of_route(place: &Place, at: usize, field: &Field, value: String) -> Option<(String, Vec<(String, String)>)> {
    if field.scope == Scope::Api {
        let service = place.question.bundle.services.iter().find(|service| service.file == place.question.file)?;
        let routes = service.endpoints.iter().filter_map(|endpoint| {
            let path = path_template::joined(&value, &endpoint.path.as_ref()?.value);
            Some(fact(endpoint.method.as_ref()?.value.as_str(), path))
        });
        return Some((value.clone(), routes.collect()));
    }
    let api = place.mapping_of(at).and_then(|endpoint| place.piece(endpoint)?.parent);
    let api = api.and_then(|endpoints| place.piece(endpoints)?.parent);
    let text = place.question.text;
    let base = place.sketch.child(text, api, "basePath").and_then(|base| base.value).map(|base| base.text(text));
    let whole = path_template::joined(base.as_deref().unwrap_or_default(), &value);
    let method = place.sibling(at, "method").unwrap_or_default();
    let parameters = whole.split('/').filter_map(path_template::parameter);
    let parameters = parameters.map(|name| fact("Parameter", name)).collect();
    Some((format!("{method} {whole}").trim().to_owned(), parameters))
}
