//! What the rules use of the workbench's layer of this name.

#[path = "../../../../src/bundle/method.rs"]
pub mod method;
#[allow(dead_code)]
#[path = "../../../../src/bundle/names.rs"]
pub mod names;
#[allow(dead_code)]
#[path = "../../../../src/bundle/path_template.rs"]
pub mod path_template;
#[allow(dead_code)]
#[path = "../../../../src/bundle/printable.rs"]
mod printable;

pub use printable::printable_line;
