//! What a bundle and its modules make of each other once the modules are loaded: whether the
//! functions that the YAML refers to are there and can be called, whether saved cases still hold, and what
//! changed since an earlier invocation. Draws nothing.

pub mod case_run;
pub mod determinism;
pub mod examine;
pub mod replay;

pub use case_run::{CaseRun, Failure, run_case};
pub use examine::{Examined, Functions, choices, complete, examine};
pub use replay::Replayed;
