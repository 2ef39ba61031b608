//! The ZIP of a bundle: what its manifest names, the same bytes for the same bundle every time.
//!
//! Files are read afresh from the disk: texts that were never saved are not exported, and it is the
//! caller who makes sure that there are none. Nothing that the manifest does not name is exported.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::bundle::files::{self, FileError, MAX_MODULE, MAX_YAML};
use crate::bundle::{Bundle, Diagnostic, Loaded, Overlay, Reader, Severity, save};

use super::layout::{self, Layout};

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
    /// The archive would replace a file of the bundle.
    #[error("{path} belongs to the bundle; choose another place for the archive")]
    WithinBundle {
        /// Where the archive was to be written.
        path: PathBuf,
    },
    /// A file changed while it was being exported, and what was checked is not what would be exported.
    #[error("{file} changed on disk since the bundle was checked; check it again")]
    Changed {
        /// Which file, relative to the bundle's root.
        file: String,
    },
    /// A file of the bundle is not there any more, or may not be read.
    #[error("{file}: {source}")]
    File {
        /// Which file, relative to the bundle's root.
        file: String,
        /// Why.
        source: FileError,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Two files would have one place in the layout that was asked for.
    #[error("two files would both be {place} in this layout; rename one of them, or keep the layout as it is")]
    Layout {
        /// The place in the archive.
        place: String,
    },
    /// The archive could not be built.
    #[error("cannot build the archive: {0}")]
    Zip(String),
}

/// Writes the bundle as a ZIP to `to` in this layout, through a temporary file beside it.
///
/// # Errors
/// When the bundle has errors, or a file cannot be read or written, or `to` is one of the bundle's own
/// files. Nothing is left at `to` then that was not there before.
pub fn export(loaded: &Loaded, layout: Layout, to: &Path) -> Result<Exported, ExportError> {
    let (bytes, entries) = pack(loaded, layout)?;
    refuse_own_files(&loaded.bundle, to)?;
    save::replace(to, &bytes, None).map_err(|source| ExportError::Io { path: to.into(), source })?;
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Exported { path: to.into(), size: bytes.len() as u64, sha256, entries })
}

/// The archive's bytes and its entries' names, without writing anything.
///
/// # Errors
/// When the bundle has errors, or a file cannot be read.
pub fn pack(loaded: &Loaded, layout: Layout) -> Result<(Vec<u8>, Vec<String>), ExportError> {
    refuse_errors(&loaded.diagnostics)?;
    let bundle = &loaded.bundle;
    let files = layout::lay_out(bundle, layout, contents(bundle)?)?;
    // A module may have changed since it was checked: what goes out is checked as it is now.
    refuse_errors(&Reader::new(&bundle.root).read(&Overlay::new()).diagnostics)?;
    let top = top_folder(&bundle.display_name());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let failed = |error: &dyn std::fmt::Display| ExportError::Zip(error.to_string());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut entries = Vec::new();
    for (file, bytes) in &files {
        let name = format!("{top}/{file}");
        writer.start_file(&name, options).map_err(|error| failed(&error))?;
        writer.write_all(bytes).map_err(|error| failed(&error))?;
        entries.push(name);
    }
    let bytes = writer.finish().map_err(|error| failed(&error))?.into_inner();
    Ok((bytes, entries))
}

fn refuse_errors(diagnostics: &[Diagnostic]) -> Result<(), ExportError> {
    let errors: Vec<Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).cloned().collect();
    if errors.is_empty() { Ok(()) } else { Err(ExportError::Invalid(errors)) }
}

/// The bytes of every file that belongs into the archive, by its path in the bundle, sorted.
fn contents(bundle: &Bundle) -> Result<BTreeMap<String, Vec<u8>>, ExportError> {
    let mut files = BTreeMap::new();
    let yaml = std::iter::once("bundle.yaml").chain(bundle.services.iter().map(|service| service.file.as_str()));
    for file in yaml {
        let bytes = read(bundle, file, MAX_YAML)?;
        if bundle.sources.get(file).is_some_and(|checked| checked.as_bytes() != bytes.as_slice()) {
            return Err(ExportError::Changed { file: file.to_owned() });
        }
        files.insert(file.to_owned(), bytes);
    }
    for module in &bundle.modules {
        if bundle.service(&module.service).is_some() {
            files.insert(module.file.clone(), read(bundle, &module.file, MAX_MODULE)?);
        }
    }
    Ok(files)
}

fn read(bundle: &Bundle, file: &str, limit: u64) -> Result<Vec<u8>, ExportError> {
    files::read(&bundle.root, file, limit).map_err(|source| ExportError::File { file: file.to_owned(), source })
}

/// The bundle's name as a folder's name that every system accepts.
fn top_folder(name: &str) -> String {
    let safe: String = name
        .trim()
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    let safe: String = safe.trim_matches(['.', '-']).chars().take(100).collect();
    if safe.is_empty() { "bundle".into() } else { safe }
}

fn refuse_own_files(bundle: &Bundle, to: &Path) -> Result<(), ExportError> {
    let Ok(target) = std::fs::canonicalize(to) else { return Ok(()) };
    let modules = bundle.modules.iter().map(|module| module.file.as_str());
    let own = bundle.sources.keys().map(String::as_str).chain(modules);
    let mut own = own.filter_map(|file| std::fs::canonicalize(bundle.root.join(file)).ok());
    if own.any(|file| file == target) { Err(ExportError::WithinBundle { path: to.into() }) } else { Ok(()) }
}
