//! References to functions: `wasm:<service>:<function>` and `func:<function>`.

use std::fmt;

/// What an endpoint's `to` or an intent's `toFunc` names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FunctionRef {
    /// A function of a service's module.
    Wasm {
        /// The service whose module holds the function.
        service: String,
        /// The function's name as written, usually camelCase.
        function: String,
    },
    /// A function of the platform itself. The workbench cannot run it.
    Platform {
        /// The function's name.
        function: String,
    },
}

/// Why a text is not a function reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a function reference: {reason}; write wasm:<service>:<function> or func:<function>")]
pub struct InvalidFunctionRef {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// What [`FunctionRef::parse`] takes, as a regular expression for other programs, without anchors.
pub const PATTERN: &str = r"wasm:[^\s:\p{Cc}]+:[^\s:\p{Cc}]+|func:[^\s:\p{Cc}]+";

impl FunctionRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// When the scheme is neither `wasm` nor `func`, or a part is missing, empty or has white space.
    pub fn parse(text: &str) -> Result<Self, InvalidFunctionRef> {
        let refuse = |reason| Err(InvalidFunctionRef { text: text.into(), reason });
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refuse("it holds white space");
        }
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["wasm", service, function] if !service.is_empty() && !function.is_empty() => {
                Ok(Self::Wasm { service: (*service).into(), function: (*function).into() })
            }
            ["func", function] if !function.is_empty() => Ok(Self::Platform { function: (*function).into() }),
            ["wasm", ..] => refuse("after `wasm:` come a service and a function, parted by one colon"),
            ["func", ..] => refuse("after `func:` comes one function"),
            _ => refuse("it starts with neither `wasm:` nor `func:`"),
        }
    }

    /// The function's name as written.
    pub fn function(&self) -> &str {
        match self {
            Self::Wasm { function, .. } | Self::Platform { function } => function,
        }
    }
}

impl fmt::Display for FunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wasm { service, function } => write!(f, "wasm:{service}:{function}"),
            Self::Platform { function } => write!(f, "func:{function}"),
        }
    }
}
