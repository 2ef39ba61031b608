//! The few JavaScript values that wasm-bindgen modules without a browser deal in. This is no
//! JavaScript: what is not here is refused by name when a guest asks for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::super::fault::Stop;
use super::super::super::number::number_text;

/// A JavaScript value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// A BigInt; those that toolchains pass fit 128 bits.
    BigInt(i128),
    Object(Arc<Object>),
}

/// A string or object, with its share of the memory that the guest may cause on the host.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    size: u64,
    budget: Budget,
}

/// What kind of string or object.
#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    /// A `Uint8Array` with bytes of its own.
    Bytes(Mutex<Vec<u8>>),
    /// A `Uint8Array` over guest memory.
    View {
        pointer: u32,
        length: u32,
    },
    /// Made from a pointer and a length by an import whose name does not say whether they are a
    /// string or a byte array; who uses it decides. The text is there where the bytes were UTF-8.
    TextOrView {
        pointer: u32,
        length: u32,
        text: Option<String>,
    },
    /// The input of a function that takes a JavaScript value: a string, a `Uint8Array` or a parsed
    /// document, as the function asks for it.
    Input(Vec<u8>),
    /// The guest's memory, or its `buffer`.
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

/// Bytes of host memory that one invocation's values may take, all together.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    used: Arc<AtomicU64>,
    limit: u64,
}

/// What an object costs besides its content.
const OBJECT_COST: u64 = 96;

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { used: Arc::default(), limit }
    }

    /// Takes `size` bytes.
    ///
    /// # Errors
    /// When no more are left.
    pub(super) fn take(&self, size: u64) -> wasmtime::Result<()> {
        let used = self.used.fetch_add(size, Ordering::Relaxed).saturating_add(size);
        if used <= self.limit {
            return Ok(());
        }
        self.used.fetch_sub(size, Ordering::Relaxed);
        Err(self.exhausted())
    }

    /// Whether `size` more bytes would do, before they are copied.
    ///
    /// # Errors
    /// When they would not.
    pub(super) fn check(&self, size: u64) -> wasmtime::Result<()> {
        let used = self.used.load(Ordering::Relaxed);
        if used.saturating_add(size) <= self.limit { Ok(()) } else { Err(self.exhausted()) }
    }

    fn exhausted(&self) -> wasmtime::Error {
        Stop::MemoryLimit(format!("The function's JavaScript values take more than {} bytes", self.limit)).into()
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.size, Ordering::Relaxed);
    }
}

impl Value {
    /// An object of this kind.
    ///
    /// # Errors
    /// When the budget is used up.
    pub(super) fn object(kind: Kind, budget: &Budget) -> wasmtime::Result<Self> {
        let size = OBJECT_COST + kind.size();
        budget.take(size)?;
        Ok(Self::Object(Arc::new(Object { kind, size, budget: budget.clone() })))
    }

    /// A string.
    pub(super) fn text(text: impl Into<String>, budget: &Budget) -> wasmtime::Result<Self> {
        Self::object(Kind::Text(text.into()), budget)
    }

    /// A parsed document as a value.
    pub(super) fn json(document: serde_json::Value, budget: &Budget) -> wasmtime::Result<Self> {
        match document {
            serde_json::Value::Null => Ok(Self::Null),
            serde_json::Value::Bool(value) => Ok(Self::Bool(value)),
            serde_json::Value::Number(number) => Ok(Self::Number(number.as_f64().unwrap_or(f64::NAN))),
            serde_json::Value::String(text) => Self::text(text, budget),
            document => Self::object(Kind::Json(document), budget),
        }
    }

    pub(super) fn kind(&self) -> Option<&Kind> {
        match self {
            Self::Object(object) => Some(&object.kind),
            _ => None,
        }
    }

    /// The text, if this is or may be a string.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self.kind()? {
            Kind::Text(text) | Kind::TextOrView { text: Some(text), .. } => Some(text),
            Kind::Input(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// What `typeof` says.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "object",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::BigInt(_) => "bigint",
            Self::Object(object) => match object.kind {
                Kind::Function(_) => "function",
                _ if self.as_text().is_some() => "string",
                _ => "object",
            },
        }
    }

    pub(super) fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::BigInt(number) => *number != 0,
            Self::Object(_) => self.as_text() != Some(""),
        }
    }

    /// The same value, as `===` has it.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => match (self.as_text(), other.as_text()) {
                (Some(a), Some(b)) => a == b,
                _ => Arc::ptr_eq(a, b),
            },
            _ => false,
        }
    }

    /// The text that JavaScript's `String(value)` gives, for messages and logs.
    pub(super) fn display(&self) -> String {
        match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number_text(*number),
            Self::BigInt(number) => number.to_string(),
            Self::Object(object) => match &object.kind {
                Kind::Text(text) | Kind::TextOrView { text: Some(text), .. } => text.clone(),
                Kind::Input(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Kind::Error { name, message } if message.is_empty() => name.clone(),
                Kind::Error { name, message } => format!("{name}: {message}"),
                Kind::Json(document) => document.to_string(),
                Kind::Bytes(bytes) => format!("Uint8Array of {} bytes", lock(bytes).len()),
                Kind::View { length, .. } | Kind::TextOrView { length, .. } => format!("Uint8Array of {length} bytes"),
                Kind::Date(millis) => format!("Date({})", number_text(*millis)),
                Kind::Function(_) => "function".into(),
                Kind::Memory | Kind::Fresh | Kind::GlobalThis | Kind::Crypto | Kind::Performance => {
                    "[object Object]".into()
                }
            },
        }
    }
}

impl Kind {
    fn size(&self) -> u64 {
        let bytes = match self {
            Self::Text(text) | Self::Function(text) => text.len(),
            Self::TextOrView { text, .. } => text.as_ref().map_or(0, String::len),
            Self::Bytes(bytes) => lock(bytes).len(),
            Self::Input(bytes) => bytes.len(),
            Self::Error { name, message } => name.len() + message.len(),
            // A tree of values takes several times its text.
            Self::Json(document) => document.to_string().len().saturating_mul(4),
            _ => 0,
        };
        bytes as u64
    }
}

/// The bytes of an array. A guest that ended while they were locked left them whole.
pub(super) fn lock(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}
