//! Running one function safely: JSON bytes in, JSON bytes or an error out.
//!
//! A guest gets memory, time, secure random and logging, nothing else. Every invocation is bounded
//! by [`Limits`] and gets a fresh instance. Nothing here knows of a window or of YAML.

mod cache;
mod compiler;
mod convention;
pub mod engine;
mod fault;
mod host;
mod invocation;
mod json;
pub mod limits;
mod log;
pub mod outcome;
mod outside;
mod process;
pub mod program;
mod session;
mod ticker;

pub use convention::Hints;
pub use engine::{Engine, LoadError};
pub use limits::{Cancel, Limits};
pub use outcome::{
    ApplicationError, Fault, FaultKind, Frame, LogLevel, LogLine, Origin, Outcome, Reply, Tier, Timings,
};
pub use outside::{Conditions, Mishap, Recording, Taken};
pub use program::{Alternative, Assumption, Program, Refused, SETTLE_AN_ASSUMPTION};
pub use session::Session;
