//! Running one function safely: JSON bytes in, JSON bytes or an error out.
//!
//! A guest gets memory, time, secure random and logging, nothing else. Every invocation is bounded
//! by [`Limits`] and gets a fresh instance. Nothing here knows of a window or of YAML.

mod bounds;
mod cache;
pub mod call_tree;
mod compiler;
mod convention;
pub mod engine;
mod fault;
mod host;
mod invocation;
mod json;
pub mod limits;
mod log;
pub mod meter;
mod number;
pub mod outcome;
pub mod output;
mod outside;
mod probe;
mod process;
pub mod profile;
pub mod program;
pub mod recipe;
mod session;
mod ticker;
mod variant;

/// The engine that runs guests, with its version; a test compares it with the lock file.
pub const ENGINE: &str = "wasmtime 48.0.8";

pub use call_tree::{CallNode, CallTree, FunctionCost};
pub use convention::Hints;
pub use engine::{Engine, LoadError};
pub use limits::{Cancel, Limits};
pub use meter::Metered;
pub use outcome::{
    ApplicationError, Fault, FaultKind, Frame, Instructions, LogLevel, LogLine, Origin, Outcome, Reply, Tier, Timings,
};
pub use outside::{Conditions, Mishap, Recording, Taken};
pub use profile::Profiled;
pub use program::{Alternative, Assumption, Program, Refused, SETTLE_AN_ASSUMPTION};
pub use session::Session;
