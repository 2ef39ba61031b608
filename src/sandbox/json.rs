//! Cheap checks of JSON text. Never builds a tree of what it checks.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// Checks that `text` is one JSON document.
///
/// # Errors
/// Where the text stops being JSON, in words.
pub(super) fn check(text: &[u8]) -> Result<&str, String> {
    let text =
        std::str::from_utf8(text).map_err(|error| format!("it is not UTF-8 from byte {}", error.valid_up_to()))?;
    if text.trim_ascii().is_empty() {
        return Err("it is empty".into());
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// The value of a top-level `error` that says no: anything but `null` and `false`.
///
/// `text` has passed [`check`].
pub(super) fn top_level_error(text: &str) -> Option<Value> {
    if !text.trim_ascii_start().starts_with('{') || !text.contains("error") {
        return None;
    }
    // A document can be JSON by its grammar and still fail here (lone surrogates in a key): then it has no readable `error`.
    serde_json::Deserializer::from_str(text).deserialize_map(TopLevelError).ok().flatten()
}

/// A sentence for an error value: its text, its `message`, `error` or `code`, or else its JSON.
pub(super) fn error_message(error: &Value) -> String {
    match error {
        Value::String(text) => text.clone(),
        Value::Object(fields) => ["message", "error", "detail", "code"]
            .iter()
            .find_map(|key| fields.get(*key).and_then(Value::as_str))
            .map_or_else(|| error.to_string(), str::to_owned),
        other => other.to_string(),
    }
}

struct TopLevelError;

impl<'de> Visitor<'de> for TopLevelError {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut error = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == "error" {
                error = Some(map.next_value::<Value>()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(error.filter(|value| !matches!(value, Value::Null | Value::Bool(false))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_from_what_only_looks_like_json() {
        assert!(check(b" {\"a\": [1, 2e400, \"\\ud800\"]} ").is_ok());
        for text in [&b""[..], b"  ", b"{", b"{} {}", b"nul", b"'a'", b"\xff", b"01"] {
            assert!(check(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn deep_nesting_is_checked_without_recursion() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert!(check(deep.as_bytes()).is_ok());
    }

    #[test]
    fn only_an_error_at_the_top_says_no() {
        assert_eq!(top_level_error(r#"{"error":"no"}"#), Some(Value::String("no".into())));
        assert_eq!(top_level_error(r#"{"a":{"error":"no"}}"#), None);
        assert_eq!(top_level_error(r#"{"error":null}"#), None);
        assert_eq!(top_level_error(r#"["error"]"#), None);
    }

    #[test]
    fn an_error_value_is_told_in_words() {
        assert_eq!(error_message(&serde_json::json!({"code": "E1", "message": "no"})), "no");
        assert_eq!(error_message(&serde_json::json!({"a": 1})), r#"{"a":1}"#);
    }
}
