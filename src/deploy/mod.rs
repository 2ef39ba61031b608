//! Taking a checked bundle elsewhere.

pub mod archive;

pub use archive::{ExportError, Exported, export, pack};
