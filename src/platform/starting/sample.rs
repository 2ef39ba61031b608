//! Values to begin with, by what a field is called and what is expected of it. Knows words, no functions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bundle::names::snake_case;

/// What a value is expected to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Fraction,
    Bool,
    List,
    Object,
    Null,
    Date,
}

/// Texts for names that hold one of the words.
const TEXTS: [(&[&str], &str); 16] = [
    (&["email", "mail"], "ada@example.com"),
    (&["password", "passphrase", "secret"], "Correct-horse-7-battery"),
    (&["url", "uri", "link", "website", "href"], "https://example.com/"),
    (&["phone", "mobile", "tel"], "+15550100"),
    (&["uuid", "guid"], "123e4567-e89b-42d3-a456-426614174000"),
    (&["date", "timestamp", "datetime", "at", "since", "until", "birthday", "time"], "2026-01-01T00:00:00Z"),
    (&["currency"], "EUR"),
    (&["country", "locale", "language", "lang"], "DE"),
    (&["card"], "4242424242424242"),
    (&["cvc", "cvv"], "123"),
    (&["zip", "postcode", "postal"], "10115"),
    (&["city", "town"], "Berlin"),
    (&["first", "name", "username", "nickname", "author"], "Ada"),
    (&["last", "surname"], "Lovelace"),
    (&["id", "key", "number", "code", "sku"], "1"),
    (&["status", "state"], "active"),
];

/// Words of names whose values are most likely numbers.
const NUMBERS: [&str; 22] = [
    "age", "amount", "count", "quantity", "qty", "price", "total", "size", "limit", "offset", "page", "year", "month",
    "day", "hour", "minutes", "seconds", "weight", "height", "width", "rate", "score",
];
/// Words of names whose values are most likely lists.
const LISTS: [&str; 16] = [
    "items", "lines", "tags", "products", "orders", "users", "ids", "entries", "events", "values", "numbers", "scores",
    "roles", "list", "array", "names",
];
/// First words of names whose values are most likely true or false.
const SWITCHES: [&str; 7] = ["is", "has", "can", "enabled", "active", "should", "accept"];

fn words(name: &str) -> Vec<String> {
    snake_case(name).split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
}

/// A text for a field.
pub(super) fn text(name: &str) -> String {
    let words = words(name);
    let known = TEXTS.iter().find(|(known, _)| words.iter().any(|word| known.contains(&word.as_str())));
    match known {
        Some((_, text)) => (*text).to_owned(),
        None if name.is_empty() => "text".to_owned(),
        None => name.to_owned(),
    }
}

/// What a field is most likely to be.
fn likely(name: &str) -> Kind {
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    if NUMBERS.contains(&last) {
        Kind::Integer
    } else if LISTS.contains(&last) {
        Kind::List
    } else if words.first().is_some_and(|first| SWITCHES.contains(&first.as_str())) {
        Kind::Bool
    } else {
        Kind::Text
    }
}

/// A value of this kind for a field; of its likely kind without one. `known` are values of fields elsewhere.
pub(super) fn value(name: &str, kind: Option<Kind>, known: &BTreeMap<String, Value>) -> Value {
    let elsewhere = known.get(&snake_case(name)).filter(|value| kind.is_none_or(|kind| is(value, kind)));
    if let Some(value) = elsewhere {
        return value.clone();
    }
    match kind.unwrap_or_else(|| likely(name)) {
        Kind::Text => text(name).into(),
        Kind::Integer => json!(1),
        Kind::Fraction => json!(1.5),
        Kind::Bool => json!(true),
        Kind::List => json!([]),
        Kind::Object => json!({}),
        Kind::Null => Value::Null,
        Kind::Date => json!("2026-01-01T00:00:00Z"),
    }
}

/// A value for what a list of this name holds.
pub(super) fn item(name: &str, known: &BTreeMap<String, Value>) -> Value {
    let one = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let one = one.or_else(|| name.strip_suffix('s').map(str::to_owned));
    let one = one.unwrap_or_else(|| "text".into());
    match likely(&one) {
        Kind::List => json!("text"),
        kind => value(&one, Some(kind), known),
    }
}

/// Values to try one after the other where a function only says that the one there is wrong.
pub(super) fn alternatives(name: &str, known: &BTreeMap<String, Value>) -> Vec<Value> {
    vec![
        value(name, None, known),
        value(name, Some(Kind::Text), known),
        json!(1),
        json!([item(name, known)]),
        json!({}),
        json!(true),
        json!("1"),
    ]
}

fn is(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Text | Kind::Date => value.is_string(),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Fraction => value.is_number(),
        Kind::Bool => value.is_boolean(),
        Kind::List => value.is_array(),
        Kind::Object => value.is_object(),
        Kind::Null => value.is_null(),
    }
}
