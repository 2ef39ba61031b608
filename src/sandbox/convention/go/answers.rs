//! What a function returned, as an answer: bytes and text as they are, other values as JSON.

use super::heap::{Heap, Kind};
use super::json::{self, Unwritable};
use super::objects;
use super::realm::{self, Completion};
use super::value::Value;
use crate::sandbox::convention::Answer;
use crate::sandbox::fault::Stop;
use crate::sandbox::host::Host;
use crate::sandbox::json as json_text;
use crate::sandbox::outcome::ApplicationError;

/// The answer that a completed call is.
///
/// # Errors
/// When it returned something that has no JSON.
pub(super) fn answer(host: &mut Host, completion: Completion) -> wasmtime::Result<Answer> {
    let limit = host.output;
    let heap = &realm::of(host)?.state.heap;
    match completion {
        Ok(Value::Undefined | Value::Null) => Ok(Answer::Nothing),
        Ok(value) => match heap.kind(&value) {
            Some(Kind::Error { .. }) => Ok(Answer::Error(said_no(heap, &value, limit))),
            _ => text(heap, &value, limit).map(Answer::Text),
        },
        Err(thrown) => Ok(Answer::Error(said_no(heap, &thrown, limit))),
    }
}

fn text(heap: &Heap, value: &Value, limit: u64) -> wasmtime::Result<Vec<u8>> {
    if let Some(text) = value.as_text() {
        return bounded(text.as_bytes(), limit);
    }
    if let Some(bytes) = heap.as_bytes(value) {
        return bounded(bytes, limit);
    }
    match json::stringify(heap, value, "", usize::try_from(limit).unwrap_or(usize::MAX)) {
        Ok(text) => Ok(text.into_bytes()),
        Err(Unwritable::TooLong) => Err(Stop::OutputTooLarge { size: limit.saturating_add(1), limit }.into()),
        Err(Unwritable::Nothing) => Err(Stop::convention("The function returned a function, which has no JSON")),
        Err(Unwritable::Throws(class, message)) => {
            Err(Stop::convention(format!("What the function returned has no JSON: {class}: {message}")))
        }
    }
}

/// Checked before it is copied.
fn bounded(bytes: &[u8], limit: u64) -> wasmtime::Result<Vec<u8>> {
    let size = bytes.len() as u64;
    if size > limit { Err(Stop::OutputTooLarge { size, limit }.into()) } else { Ok(bytes.to_vec()) }
}

/// The error that a returned or thrown value is.
fn said_no(heap: &Heap, value: &Value, limit: u64) -> ApplicationError {
    if let Some(Kind::Error { message, .. }) = heap.kind(value) {
        let own = value.as_object().and_then(|id| heap.get(id)?.properties.get("message")?.as_text());
        return ApplicationError { message: own.unwrap_or(message).to_owned(), output: None };
    }
    if let Some(text) = value.as_text() {
        return ApplicationError { message: text.to_owned(), output: None };
    }
    let output = text(heap, value, limit).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let document = output.as_deref().and_then(|text| serde_json::from_str(text).ok());
    match (value, document) {
        (Value::Object(_), Some(document)) => ApplicationError { message: json_text::error_message(&document), output },
        _ => ApplicationError { message: objects::text(heap, value), output: None },
    }
}
