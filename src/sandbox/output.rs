//! What a function's output bytes are: JSON, an error object of the function's own, or nothing of use. The front of
//! exported components is compiled from this file too, so it knows no engine.

use super::json;

/// What to do about an output that is not JSON.
pub const NOT_JSON_HELP: &str = "Return the result as JSON text; a plain text needs quotation marks around it";

/// What output bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// JSON, exactly as the function returned it.
    Json(String),
    /// JSON with a top-level `error`: the function said no.
    Error {
        /// What it said.
        message: String,
        /// The whole text.
        text: String,
    },
    /// Not JSON.
    NotJson {
        /// Why not, in a sentence.
        message: String,
    },
}

impl Output {
    /// What `bytes` are.
    pub fn of(bytes: &[u8]) -> Self {
        match json::check(bytes) {
            Ok(text) => match json::top_level_error(text) {
                None => Self::Json(text.to_owned()),
                Some(error) => Self::Error { message: json::error_message(&error), text: text.to_owned() },
            },
            Err(reason) => {
                let message = format!("The function returned {} bytes that are not JSON: {reason}", bytes.len());
                Self::NotJson { message }
            }
        }
    }
}

/// The message of the error object that `text`, with which a function said no, is. `None` where the text is a
/// message by itself.
pub fn error_object(text: &str) -> Option<String> {
    let text = text.trim_ascii_start();
    let object = text.starts_with('{').then(|| serde_json::from_str(text).ok())??;
    Some(json::error_message(&object))
}
