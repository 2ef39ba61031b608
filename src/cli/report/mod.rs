//! The forms in which the problems of a bundle are written: one file for each. They only write.

mod json;
mod junit;
mod sarif;
mod text;

use std::io::Write;

use crate::bundle::{Diagnostic, Loaded, Severity};

pub use json::to_json;
pub(super) use junit::clean;
pub use text::write_text;

use super::args::ReportFormat;

/// Writes all problems of a bundle.
///
/// # Errors
/// When the stream cannot be written to.
pub fn write(loaded: &Loaded, format: ReportFormat, out: &mut dyn Write) -> anyhow::Result<()> {
    match format {
        ReportFormat::Text => text::write_text(loaded, out)?,
        ReportFormat::Json => json::write(loaded, out)?,
        ReportFormat::Sarif => sarif::write(loaded, out)?,
        ReportFormat::Junit => junit::write(loaded, out)?,
    }
    Ok(())
}

/// `2 errors, 1 warning`, or that there is nothing to mend.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Hint]
        .into_iter()
        .map(|severity| (count(severity), severity.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "No problems".into() } else { parts.join(", ") }
}

/// The file of a problem as people read it: the folder itself is `.`.
fn shown_file(diagnostic: &Diagnostic) -> &str {
    if diagnostic.file.is_empty() { "." } else { &diagnostic.file }
}
