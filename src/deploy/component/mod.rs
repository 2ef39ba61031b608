//! Services as components that answer HTTP on any engine with `wasi:http`.
//!
//! Each component holds the service's module untouched, a generated part that calls it by its convention,
//! and two prebuilt parts (`assets/component`): one speaks HTTP by the rules of requests, one gives the module log, time and
//! random numbers.

pub mod compose;
pub mod site;
pub mod user;
