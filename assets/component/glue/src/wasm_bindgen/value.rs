//! The few JavaScript values that wasm-bindgen modules without a browser deal in. This is no JavaScript: what is not
//! here is refused by name when a module asks for it.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::number::number_text;

/// A JavaScript value.
#[derive(Clone, Debug)]
pub enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// A BigInt; those that toolchains pass fit 128 bits.
    BigInt(i128),
    Object(Rc<Kind>),
}

/// What kind of string or object.
#[derive(Debug)]
pub enum Kind {
    Text(String),
    /// A `Uint8Array` with bytes of its own.
    Bytes(RefCell<Vec<u8>>),
    /// A `Uint8Array` over the module's memory.
    View {
        pointer: u32,
        length: u32,
    },
    /// Made from a pointer and a length by an import whose name does not say whether they are a string or a byte
    /// array; who uses it decides. The text is there where the bytes were UTF-8.
    TextOrView {
        pointer: u32,
        length: u32,
        text: Option<String>,
    },
    /// The input of a function that takes a JavaScript value: a string, a `Uint8Array` or a parsed document, as the
    /// function asks for it.
    Input(Vec<u8>),
    /// The module's memory, or its `buffer`.
    Memory,
    Error {
        name: String,
        message: String,
    },
    /// `new` without arguments: an Error, Object, Array or Map, which the import's name does not say.
    Fresh,
    /// A point in time, in milliseconds since 1970.
    Date(f64),
    /// A parsed document, or a part of it.
    Json(serde_json::Value),
    GlobalThis,
    Crypto,
    Performance,
    /// A function made of source text. Only `return this` is understood.
    Function(String),
}

impl Value {
    /// An object of this kind.
    pub fn object(kind: Kind) -> Self {
        Self::Object(Rc::new(kind))
    }

    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::object(Kind::Text(text.into()))
    }

    /// An `Error`.
    pub fn error(message: impl Into<String>) -> Self {
        Self::object(Kind::Error { name: "Error".into(), message: message.into() })
    }

    /// A parsed document as a value.
    pub fn json(document: serde_json::Value) -> Self {
        match document {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => Self::text(text),
            document => Self::object(Kind::Json(document)),
        }
    }

    pub fn kind(&self) -> Option<&Kind> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The text, if this is or may be a string.
    pub fn as_text(&self) -> Option<&str> {
        match self.kind()? {
            Kind::Text(text) | Kind::TextOrView { text: Some(text), .. } => Some(text),
            Kind::Input(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// What `typeof` says.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "object",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::BigInt(_) => "bigint",
            Self::Object(object) => match **object {
                Kind::Function(_) => "function",
                _ if self.as_text().is_some() => "string",
                _ => "object",
            },
        }
    }

    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::BigInt(number) => *number != 0,
            Self::Object(_) => self.as_text() != Some(""),
        }
    }

    /// The same value, as `===` has it.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => match (self.as_text(), other.as_text()) {
                (Some(a), Some(b)) => a == b,
                _ => Rc::ptr_eq(a, b),
            },
            _ => false,
        }
    }

    /// The text that JavaScript's `String(value)` gives, for messages and logs.
    pub fn display(&self) -> String {
        match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number_text(*number),
            Self::BigInt(number) => number.to_string(),
            Self::Object(object) => match &**object {
                Kind::Text(text) | Kind::TextOrView { text: Some(text), .. } => text.clone(),
                Kind::Input(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Kind::Error { name, message } if message.is_empty() => name.clone(),
                Kind::Error { name, message } => format!("{name}: {message}"),
                Kind::Json(document) => document.to_string(),
                Kind::Bytes(bytes) => format!("Uint8Array of {} bytes", bytes.borrow().len()),
                Kind::View { length, .. } | Kind::TextOrView { length, .. } => format!("Uint8Array of {length} bytes"),
                Kind::Date(millis) => format!("Date({})", number_text(*millis)),
                Kind::Function(_) => "function".into(),
                Kind::Memory | Kind::Fresh | Kind::GlobalThis | Kind::Crypto | Kind::Performance => {
                    "[object Object]".into()
                }
            },
        }
    }

    /// The value's JSON text.
    pub fn to_json(&self) -> Option<String> {
        match self {
            Self::Undefined | Self::BigInt(_) => None,
            Self::Number(number) if !number.is_finite() => Some("null".into()),
            Self::Null | Self::Bool(_) | Self::Number(_) => Some(self.display()),
            Self::Object(object) => match &**object {
                Kind::Json(document) => Some(document.to_string()),
                // The input is a document already.
                Kind::Input(bytes) => String::from_utf8(bytes.clone()).ok(),
                Kind::Error { .. } => Some("{}".into()),
                _ => self.as_text().map(|text| serde_json::Value::from(text).to_string()),
            },
        }
    }
}
