//! What a bundle and its modules make of each other once the modules are loaded: whether the
//! functions that the YAML refers to are there and can be called, and what happens when a sensor fires.
//! Draws nothing.

pub mod examine;
pub mod sensors;

pub use examine::{Examined, Functions, choices, complete, examine};
