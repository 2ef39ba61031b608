//! What could be written where a field of an endpoint, intent or goal is missing or empty: guesses from the
//! fields that are there. A guess is offered as a fix and never made silently.

use super::super::fields::Fields;
use super::super::yaml::quoted_if_needed;
use super::super::{FunctionRef, names};

/// Words in the name of an intent or function that tell its primitive intent.
const WORDS: [(&str, &[&str]); 5] = [
    ("validation", &["valid", "verif", "check"]),
    ("notification", &["notif", "send", "mail", "alert", "inform", "publish"]),
    ("cleanup", &["clean", "purge", "expire", "remove", "delete", "prune"]),
    ("transaction", &["pay", "charge", "refund", "transfer", "transact", "book"]),
    ("stateMutation", &["create", "update", "save", "store", "set", "add", "record", "register", "change"]),
];

/// Suggests the fields of an endpoint of the service named `service`.
pub(super) fn endpoint(fields: &mut Fields, service: &str, fallback: &str) {
    let function = fields.peek("to").and_then(|to| FunctionRef::parse(to).ok());
    let name = fields.peek("name").map(str::to_owned);
    let name = name.or_else(|| function.map(|function| function.function().to_owned()));
    let name = name.unwrap_or_else(|| identifier(fallback));
    let reads = ["get", "find", "list", "read", "show", "search"].iter().any(|word| name.starts_with(word));
    fields.suggest("name", vec![quoted_if_needed(&name)]);
    let methods = if reads { ["GET", "POST"] } else { ["POST", "GET"] };
    fields.suggest("method", methods.map(Into::into).into());
    fields.suggest(
        "path",
        vec![quoted_if_needed(&format!("/{}", names::snake_case(&identifier(&name)).replace('_', "-")))],
    );
    fields.suggest("to", reference(service, &name));
}

/// Suggests the fields of an intent of the service named `service`.
pub(super) fn intent(fields: &mut Fields, service: &str, fallback: &str) {
    let function = fields.peek("toFunc").and_then(|to| FunctionRef::parse(to).ok());
    let function = function.map(|function| function.function().to_owned());
    let name = fields.peek("name").map(str::to_owned).or_else(|| function.clone());
    let name = name.unwrap_or_else(|| identifier(fallback));
    fields.suggest("name", vec![quoted_if_needed(&name)]);
    fields.suggest("whenSensor", vec![format!("{}Requested", names::camel_case(&identifier(&name)))]);
    fields.suggest("toFunc", reference(service, &name));
    let told = format!("{name} {}", function.unwrap_or_default()).to_lowercase();
    let likely = WORDS.iter().filter(|(_, words)| words.iter().any(|word| told.contains(word)));
    let mut primitives: Vec<String> = likely.map(|(primitive, _)| (*primitive).to_owned()).collect();
    for common in ["workflow", "stateMutation", "validation"] {
        if !primitives.iter().any(|known| known == common) {
            primitives.push(common.to_owned());
        }
    }
    primitives.truncate(3);
    fields.suggest("primitiveIntent", primitives);
}

/// Suggests the fields of a goal.
pub(super) fn goal(fields: &mut Fields, fallback: &str) {
    let target = fields.peek("target").unwrap_or_default();
    let by_target = match target {
        target if target.contains('%') => "errorRate",
        target if target.contains('/') => "throughput",
        target if target.ends_with('B') => "memory",
        _ => "latency",
    };
    let metric = fields.peek("metric").unwrap_or(by_target);
    let target = match metric {
        "throughput" => "\"> 100/s\"",
        "errorRate" => "\"< 0.1%\"",
        "availability" | "successRate" => "\">= 99.9%\"",
        "memory" => "\"< 64MiB\"",
        _ => "\"< 50ms\"",
    };
    let name = if fields.peek("metric").is_some() { identifier(metric) } else { identifier(fallback) };
    fields.suggest("name", vec![quoted_if_needed(&name)]);
    fields.suggest("metric", vec![by_target.to_owned()]);
    fields.suggest("target", vec![target.to_owned()]);
}

fn reference(service: &str, name: &str) -> Vec<String> {
    let text = format!("wasm:{service}:{}", names::camel_case(&identifier(name)));
    FunctionRef::parse(&text).map(|_| quoted_if_needed(&text)).into_iter().collect()
}

/// `name` with nothing in it but letters, digits, hyphens and underscores.
fn identifier(name: &str) -> String {
    let kept: String = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).take(60).collect();
    if kept.is_empty() { "unnamed".into() } else { kept }
}
