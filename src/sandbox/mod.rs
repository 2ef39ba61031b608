//! Running one function safely: JSON bytes in, JSON bytes or an error out.
//!
//! A guest gets memory, time, secure random and logging, nothing else. Every invocation is bounded
//! by [`Limits`] and gets a fresh instance. Nothing here knows of a window or of YAML.

pub mod limits;
pub mod outcome;
pub mod program;

pub use limits::{Cancel, Limits};
pub use outcome::{ApplicationError, Fault, FaultKind, Frame, LogLevel, LogLine, Outcome, Reply, Timings};
pub use program::{Engine, LoadError, Program};
