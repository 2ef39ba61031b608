//! The engine, and modules compiled and linked once so that a call costs microseconds.

use crate::bundle::Inspection;

use super::{Cancel, Limits, Outcome};

/// The WebAssembly engine: configured once, shared by all programs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {}

/// Why a module cannot become a [`Program`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// What is wrong with the module, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A module compiled, linked and ready: every invocation makes a fresh instance of it.
///
/// Shared between threads behind an `Arc`; each invocation is independent of all others.
pub struct Program {}

impl Engine {
    /// Configures the engine and starts its clock thread.
    ///
    /// # Errors
    /// When the machine cannot run it (no memory to reserve, unsupported processor).
    pub fn new() -> Result<Self, LoadError> {
        todo!()
    }

    /// No op.
    pub fn no_op(&self) -> Result<Program, LoadError> { todo!() }

    /// Compiles `bytes` and resolves its imports and exports. Takes long for large modules: call it
    /// off the UI thread.
    ///
    /// # Errors
    /// When the bytes are not a module, need a feature that the sandbox lacks, or follow no known
    /// calling convention.
    pub fn load(&self, bytes: &[u8], inspection: &Inspection) -> Result<Program, LoadError> {
        let _ = (bytes, inspection);
        todo!()
    }
}

impl Program {
    /// The functions that can be invoked, by their names in the module, in its order.
    pub fn functions(&self) -> Vec<String> {
        todo!()
    }

    /// A line that names the calling convention and what it was recognised by.
    pub fn convention(&self) -> String {
        todo!()
    }

    /// Calls `function` (camelCase or snake_case) with `input` in a fresh instance and waits for the end.
    ///
    /// Never panics and never takes much longer than `limits.time`; whatever goes wrong is in the outcome.
    pub fn invoke(&self, function: &str, input: &[u8], limits: &Limits, cancel: &Cancel) -> Outcome {
        let _ = (function, input, limits, cancel);
        todo!()
    }
}
