//! What a bundle is: its files, its checked values, its modules and what is wrong with them.
//!
//! Plain data. Nothing here compiles or runs WebAssembly, and nothing knows of a window.

pub mod diagnostic;
pub mod duration;
pub mod function_ref;
pub mod model;
pub mod module;
pub mod names;
pub mod printable;
pub mod read;
pub mod span;
pub mod target;

pub use diagnostic::{Code, Diagnostic, Fix, Severity};
pub use function_ref::FunctionRef;
pub use model::{Bundle, Endpoint, Goal, Intent, Loaded, Manifest, Method, Metric, PrimitiveIntent, Service};
pub use module::{Export, ExternKind, Import, Inspection, Module, Toolchain};
pub use printable::{printable, printable_line};
pub use read::{Overlay, Reader};
pub use span::{LineIndex, Position, Span, Spanned};
pub use target::Target;
