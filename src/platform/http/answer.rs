//! What a request is answered with: a function's output, its refusal, or an error of the documented shape.

use serde_json::{Map, json};

use super::{Code, NearMiss};
use crate::sandbox::output::{NOT_JSON_HELP, Output};

/// What a request is answered with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, in order; their names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, or empty.
    pub body: String,
}

impl Answer {
    /// JSON with this status.
    pub fn json(status: u16, body: String) -> Self {
        Self { status, headers: vec![("content-type".into(), "application/json".into())], body }
    }

    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// Something that is answered with an error of the documented shape.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is.
    pub code: Code,
    /// What happened, in words.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The endpoints that nearly matched.
    pub near: Vec<NearMiss>,
    /// The methods that would be answered.
    pub allow: Vec<&'static str>,
}

impl Problem {
    /// A problem with nothing but a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, near: Vec::new(), allow: Vec::new() }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The answer that says it.
    pub fn answer(self) -> Answer {
        let mut error = Map::new();
        error.insert("code".into(), self.code.as_str().into());
        error.insert("message".into(), self.message.into());
        if let Some(help) = self.help {
            error.insert("help".into(), help.into());
        }
        if !self.near.is_empty() {
            let near = self.near.iter().map(|near| {
                json!({
                    "endpoint": near.endpoint, "service": near.service, "method": near.method.as_str(),
                    "path": near.path, "difference": near.difference,
                })
            });
            error.insert("near".into(), near.collect());
        }
        let mut answer = Answer::json(self.code.status(), json!({ "error": error }).to_string());
        if !self.allow.is_empty() {
            answer.headers.push(("allow".into(), self.allow.join(", ")));
        }
        answer
    }
}

/// The answer that a function's output is.
pub fn output(output: Output) -> Answer {
    match output {
        Output::Json(text) => Answer::json(200, text),
        Output::Error { message, text } => application_error(&message, Some(text)),
        Output::NotJson { message } => Problem::new(Code::OutputNotJson, message).with_help(NOT_JSON_HELP).answer(),
    }
}

/// The answer of a function that said no: its own error object where it gave one, else its message in the
/// documented shape.
pub fn application_error(message: &str, object: Option<String>) -> Answer {
    match object {
        Some(object) => Answer::json(Code::ApplicationError.status(), object),
        None => Problem::new(Code::ApplicationError, message).answer(),
    }
}
