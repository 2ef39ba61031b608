//! What a bundle is: its files, its checked values, its modules and what is wrong with them.
//!
//! Plain data. Nothing here compiles or runs WebAssembly, and nothing knows of a window.

pub mod assist;
mod beside;
pub mod cases;
pub mod change;
mod check;
mod code;
pub mod diagnostic;
pub mod difference;
pub mod duration;
pub mod edit;
mod fields;
pub mod files;
pub mod function_ref;
pub mod history;
mod inspect;
mod manifest;
mod mend;
pub mod model;
pub mod module;
pub mod moves;
pub mod names;
pub mod percentile;
pub mod printable;
mod quantity;
pub mod read;
pub mod save;
pub mod schema;
mod service;
pub mod settings;
mod source;
pub mod span;
pub mod target;
pub mod template;
mod toolchain;
pub mod wasi;
pub mod yaml;

pub use beside::Beside;
pub use cases::{Case, Expect, cases_of};
pub use check::paths::parameter as path_parameter;
pub use check::routes::joined as whole_path;
pub use code::Code;
pub use diagnostic::{Diagnostic, Fix, Severity};
pub use edit::{BundleEdit, TextEdit};
pub use function_ref::FunctionRef;
pub use model::{Bundle, Endpoint, Goal, Intent, Loaded, Manifest, Method, Metric, PrimitiveIntent, Service};
pub use module::{Export, ExternKind, Import, Inspection, Module, Toolchain};
pub use percentile::Percentile;
pub use printable::{printable, printable_line};
pub use read::{Overlay, Reader};
pub use save::{SaveError, Stamp, save};
pub use settings::{Choices, Settings};
pub use source::Source;
pub use span::{LineIndex, Position, Span, Spanned};
pub use target::{Comparison, Dimension, Quantity, Target};
