//! What the rules use of the workbench's layer of this name.

#[path = "../../../../src/sandbox/json.rs"]
mod json;
#[path = "../../../../src/sandbox/output.rs"]
pub mod output;
