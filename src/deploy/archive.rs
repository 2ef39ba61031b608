//! The ZIP of a bundle: what its manifest names, the same bytes for the same bundle every time.

use std::path::{Path, PathBuf};

use crate::bundle::{Diagnostic, Loaded};

/// An archive that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The ZIP.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in lower-case hex.
    pub sha256: String,
    /// The entries' names, sorted.
    pub entries: Vec<String>,
}

/// Why no archive was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The bundle has errors; these are they.
    #[error("the bundle has {} error(s); mend them first", .0.len())]
    Invalid(Vec<Diagnostic>),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The archive could not be built.
    #[error("cannot build the archive: {0}")]
    Zip(String),
}

/// Writes the bundle as a ZIP to `to`, through a temporary file beside it.
///
/// # Errors
/// When the bundle has errors, or a file cannot be read or written. Nothing is left at `to` then
/// that was not there before.
pub fn export(loaded: &Loaded, to: &Path) -> Result<Exported, ExportError> {
    let _ = (loaded, to);
    todo!()
}
