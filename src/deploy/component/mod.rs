//! Services as components that answer HTTP on any engine with `wasi:http`.

pub mod user;
