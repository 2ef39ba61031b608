//! The rules.

#[allow(dead_code, unused_imports)]
#[path = "../../../../src/platform/http/mod.rs"]
pub mod http;
