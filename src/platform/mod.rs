//! What a bundle and its modules make of each other once the modules are loaded: whether the
//! functions that the YAML refers to are there and can be called. Draws nothing.

pub mod determinism;
pub mod examine;

pub use examine::{Examined, Functions, choices, complete, examine};
