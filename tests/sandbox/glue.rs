//! What the expectations of all toolchains have in common: `expected.json`, written by the toolchains'
//! own JavaScript glue. Their forms are described in `tests/modules/expected.mjs`.

#![allow(dead_code)]

use priostack_workbench::sandbox::{LogLevel, Outcome, Reply};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The input of a call, or the rule for a large one.
#[derive(Deserialize)]
pub struct Input {
    input: Option<String>,
    rule: Option<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    start: String,
    repeat: String,
    times: usize,
    end: String,
}

/// What came out of a call that returned, in one of the forms that the file has for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    #[serde(default, deserialize_with = "present")]
    output: Option<Option<String>>,
    output_hex: Option<String>,
    output_sha256: Option<String>,
}

/// A line on the console.
#[derive(Deserialize)]
pub struct Line {
    level: String,
    pub text: String,
}

/// Tells `null` from a missing field.
fn present<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

impl Input {
    pub fn text(&self) -> String {
        match &self.rule {
            Some(rule) => format!("{}{}{}", rule.start, rule.repeat.repeat(rule.times), rule.end),
            None => self.input.clone().unwrap_or_default(),
        }
    }
}

impl Output {
    /// Whether this came out; `None` where the call is to end in another way.
    pub fn is_of(&self, outcome: &Outcome) -> Option<bool> {
        let output = match &outcome.reply {
            Reply::Json(text) => Some(text.clone().into_bytes()),
            Reply::ApplicationError(error) => error.output.clone().map(String::into_bytes),
            Reply::Fault(fault) => fault.raw_output.clone(),
        };
        Some(if let Some(Some(text)) = &self.output {
            output.as_deref() == Some(text.as_bytes())
        } else if self.output.is_some() {
            outcome.reply == Reply::Json("null".into())
        } else if let Some(expected) = &self.output_hex {
            output.is_some_and(|bytes| &hex(&bytes) == expected)
        } else {
            let digest = self.output_sha256.as_ref()?;
            output.is_some_and(|bytes| &hex(&Sha256::digest(&bytes)) == digest)
        })
    }
}

impl Line {
    pub fn level(&self) -> LogLevel {
        match self.level.as_str() {
            "debug" => LogLevel::Debug,
            "warn" => LogLevel::Warn,
            "error" => LogLevel::Error,
            _ => LogLevel::Info,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
