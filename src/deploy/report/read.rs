//! Reading a report back: bounded, and refused where it is of another form.

use std::path::{Path, PathBuf};

use super::{FORM, Report};

/// Largest report that is read, in bytes.
const LARGEST: u64 = 32 << 20;

/// Why a report cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path} is no report that can be used: {reason}")]
pub struct ReportError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// Reads the report at `path`.
///
/// # Errors
/// When it cannot be read, is too large, or is of another form.
pub fn read(path: &Path) -> Result<Report, ReportError> {
    let refuse = |reason: String| ReportError { path: path.into(), reason };
    let facts = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?;
    if !facts.is_file() || facts.len() > LARGEST {
        return Err(refuse("it is no plain file of at most 32 MiB".into()));
    }
    let bytes = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let report: Report = serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
    if report.report != FORM {
        return Err(refuse(format!("its form is {}, and this version of the workbench knows {FORM}", report.report)));
    }
    Ok(report)
}
