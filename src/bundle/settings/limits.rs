//! Limits of one function, which hold instead of those that all functions have. Written in settings as people write
//! them: `{memory: 2MiB, time: 50ms, instructions: 100000}`.

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bundle::duration;
use crate::bundle::target::{Comparison, Dimension, Target};

/// What one invocation of a function may use, as far as it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FunctionLimits {
    /// Linear memory in bytes.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "write_size", deserialize_with = "read_size")]
    pub memory: Option<u64>,
    /// Wall time, in whole milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "write_time", deserialize_with = "read_time")]
    pub time: Option<Duration>,
    /// Instructions, kept by a second call that counts them.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "read_count")]
    pub instructions: Option<u64>,
}

impl FunctionLimits {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// As a YAML mapping in one line.
impl fmt::Display for FunctionLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [
            self.memory.map(|memory| format!("memory: {}", size_text(memory))),
            self.time.map(|time| format!("time: {}", time_text(time))),
            self.instructions.map(|count| format!("instructions: {count}")),
        ];
        let fields: Vec<String> = fields.into_iter().flatten().collect();
        write!(f, "{{{}}}", fields.join(", "))
    }
}

/// Reads a size such as `64MiB`, by the grammar of targets, so that it means the same everywhere.
///
/// # Errors
/// What is wrong, in words.
pub fn parse_size(text: &str) -> Result<u64, String> {
    match Target::parse(text).map_err(|error| error.to_string())? {
        Target::Compare(Comparison::Equal, quantity)
            if matches!(quantity.dimension, Dimension::Bytes | Dimension::Plain) && quantity.value >= 1.0 =>
        {
            Ok(quantity.value as u64)
        }
        _ => Err("write a size such as 64MiB".into()),
    }
}

/// The shortest exact form.
fn size_text(bytes: u64) -> String {
    let unit = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        .into_iter()
        .find(|(_, size)| bytes.is_multiple_of(*size));
    match unit {
        Some((name, size)) if bytes > 0 => format!("{}{name}", bytes / size),
        _ => format!("{bytes}B"),
    }
}

fn time_text(time: Duration) -> String {
    let millis = time.as_millis();
    if millis > 0 && millis.is_multiple_of(1000) { format!("{}s", millis / 1000) } else { format!("{millis}ms") }
}

fn write_size<S: Serializer>(size: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    size.map(size_text).serialize(serializer)
}

fn write_time<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(time_text).serialize(serializer)
}

/// A number or a text, as YAML takes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(u64),
    Text(String),
}

fn read_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let read = |error| D::Error::custom(format!("memory: {error}"));
    match Scalar::deserialize(deserializer).map_err(|_| read("write a size such as 64MiB".into()))? {
        Scalar::Number(0) => Err(read("write a size such as 64MiB".into())),
        Scalar::Number(bytes) => Ok(Some(bytes)),
        Scalar::Text(text) => parse_size(&text).map(Some).map_err(read),
    }
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let read = |error: String| D::Error::custom(format!("time: {error}"));
    let text = String::deserialize(deserializer).map_err(|_| read("write a time such as 50ms".into()))?;
    match duration::parse(&text).map_err(read)? {
        Duration::ZERO => Err(read("0 is no time in which anything runs".into())),
        time => Ok(Some(time)),
    }
}

fn read_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match u64::deserialize(deserializer) {
        Ok(count) if count > 0 => Ok(Some(count)),
        _ => Err(D::Error::custom("instructions: write a whole number such as 100000")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<FunctionLimits, String> {
        serde_yaml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn limits_are_read_as_they_are_written() {
        let limits = FunctionLimits {
            memory: Some(3 << 16),
            time: Some(Duration::from_millis(50)),
            instructions: Some(100_000),
        };
        assert_eq!(limits.to_string(), "{memory: 192KiB, time: 50ms, instructions: 100000}");
        assert_eq!(parse(&limits.to_string()).unwrap(), limits);
        assert_eq!(parse(&serde_yaml::to_string(&limits).unwrap()).unwrap(), limits);
        let partly = parse("time: 2s").unwrap();
        assert_eq!((partly.time, partly.memory), (Some(Duration::from_secs(2)), None));
        assert_eq!(partly.to_string(), "{time: 2s}");
        assert!(FunctionLimits::default().is_empty());
    }

    #[test]
    fn what_is_no_limit_is_refused_in_words() {
        for (text, message) in [
            ("memroy: 2MiB", "memroy"),
            ("memory: lots", "memory: "),
            ("memory: 0", "such as 64MiB"),
            ("time: 50", "time: "),
            ("time: 0ms", "no time"),
            ("instructions: -1", "whole number"),
            ("instructions: many", "whole number"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
