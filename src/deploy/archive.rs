//! The ZIP of a bundle: what its manifest names, the same bytes for the same bundle every time.
//!
//! Files are read afresh from the disk: texts that were never saved are not exported, and it is the
//! caller who makes sure that there are none. Nothing that the manifest does not name is exported.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::bundle::files::{self, FileError, MAX_MODULE, MAX_YAML};
use crate::bundle::{Bundle, Diagnostic, Loaded, Overlay, Reader, Severity, save};
use crate::sandbox::Cancel;

use super::Beside;
use super::layout::{self, Layout};
use super::report::{self, ArchiveFacts, Evidence, FileFacts, Report};
use super::sign::PrivateKey;

/// How much is packed between two looks at the cancel switch, in bytes.
const CHUNK: usize = 256 << 10;

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
    /// What was written beside it: the report, and the signed digests where there was a key.
    pub beside: Vec<PathBuf>,
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
    /// A component could not be put together from its parts, or a description of it could not be written.
    #[error("cannot build the component of {service}: {reason}; this is a fault of the workbench")]
    Component {
        /// The service.
        service: String,
        /// Why.
        reason: String,
    },
    /// Two services would have one name in what is written.
    #[error("two services would both be called {name}; give one of them a name that differs in its letters")]
    Name {
        /// The name.
        name: String,
    },
    /// Where the images will be pushed is no name of a place.
    #[error("`{0}` is no place for images; write a host and a path in lower case, such as ghcr.io/acme/shop")]
    Registry(String),
    /// No service can be exported as a component. The plan has the reasons.
    #[error("no service of the bundle can be exported as a component")]
    NoComponent,
    /// There is something else at the place for the folder.
    #[error("{path} holds something else than an earlier export; choose another folder, or empty this one")]
    Occupied {
        /// The place.
        path: PathBuf,
    },
    /// The user ended it.
    #[error("the export was cancelled; nothing was written")]
    Cancelled,
}

/// How an export is watched and ended. By default it is neither.
#[derive(Clone, Copy, Default)]
pub struct Watch<'a> {
    /// Ends it.
    pub cancel: Option<&'a Cancel>,
    /// Is told which share (0 to 1) is packed.
    pub progress: Option<&'a dyn Fn(f32)>,
}

impl Watch<'_> {
    fn check(&self) -> Result<(), ExportError> {
        if self.cancel.is_some_and(Cancel::is_cancelled) { Err(ExportError::Cancelled) } else { Ok(()) }
    }

    fn report(&self, share: f32) {
        if let Some(progress) = self.progress {
            progress(share);
        }
    }
}

/// What an export would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The archive.
    pub archive: ArchiveFacts,
    /// Every file in it, by its path in the bundle, as the report has them.
    pub files: Vec<FileFacts>,
}

/// What an export in this layout would write, without writing anything.
///
/// # Errors
/// As [`pack`].
pub fn preview(loaded: &Loaded, layout: Layout, watch: Watch<'_>) -> Result<Preview, ExportError> {
    let Packed { bytes, contents, .. } = pack(loaded, layout, watch)?;
    let archive = ArchiveFacts { size: bytes.len() as u64, sha256: report::sha256(&bytes), layout };
    Ok(Preview { archive, files: contents.iter().map(|(path, bytes)| FileFacts::of(path, bytes)).collect() })
}

/// How a bundle is exported.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Where the archive has the service files.
    pub layout: Layout,
    /// What was measured and tried, for the report.
    pub evidence: Option<&'a Evidence>,
    /// Signs the digests.
    pub key: Option<&'a PrivateKey>,
    /// Watches it.
    pub watch: Watch<'a>,
}

/// An archive that was not written yet.
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its entries' names, sorted.
    pub entries: Vec<String>,
    /// The bytes of each file, by its path in the bundle.
    pub contents: BTreeMap<String, Vec<u8>>,
    /// The bundle as it was read for the archive.
    pub bundle: Bundle,
}

/// Writes the bundle as a ZIP to `to`, through a temporary file beside it; and beside the archive, which comes
/// last, a report as JSON and as a page, and where there is a key the digests with their signature.
///
/// # Errors
/// When the bundle has errors, or a file cannot be read or written, or `to` is one of the bundle's own
/// files. Nothing is left at `to` then that was not there before.
pub fn export(loaded: &Loaded, options: Options<'_>, to: &Path) -> Result<Exported, ExportError> {
    let Packed { bytes, entries, contents, bundle } = pack(loaded, options.layout, options.watch)?;
    refuse_own_files(&bundle, to)?;
    let archive = ArchiveFacts { size: bytes.len() as u64, sha256: report::sha256(&bytes), layout: options.layout };
    let (size, sha256) = (archive.size, archive.sha256.clone());
    let checked = Loaded { bundle, diagnostics: loaded.diagnostics.clone() };
    let evidence = options.evidence.cloned().unwrap_or_default();
    let report = Report::of(&checked, archive, &contents, &evidence);
    let beside = Beside::of(to);
    let json = serde_json::to_string_pretty(&report).map_err(|error| ExportError::Zip(error.to_string()))?;
    // From here on there is no way back.
    options.watch.check()?;
    let mut files =
        vec![(beside.json, format!("{json}\n").into_bytes()), (beside.page, report::page(&report).into_bytes())];
    if let Some(key) = options.key {
        let digests = report.digest_list();
        let signature = key.sign(&digests);
        files.extend([(beside.digests, digests.into_bytes()), (beside.signature, signature.to_vec())]);
    }
    let written = files.iter().map(|(path, _)| path.clone()).collect();
    files.push((to.into(), bytes));
    save::replace_all(&files).map_err(|(path, source)| ExportError::Io { path, source })?;
    Ok(Exported { path: to.into(), size, sha256, entries, beside: written })
}

/// The archive of a bundle, without writing anything.
///
/// # Errors
/// When the bundle has errors, or a file cannot be read.
pub fn pack(loaded: &Loaded, layout: Layout, watch: Watch<'_>) -> Result<Packed, ExportError> {
    let (contents, bundle) = gather(loaded)?;
    let contents = layout::lay_out(&loaded.bundle, layout, contents)?;
    watch.check()?;
    let (bytes, entries) = zip(&top_folder(&bundle.display_name()), &contents, watch)?;
    Ok(Packed { bytes, entries, contents, bundle })
}

/// The bytes of every file that is exported, by its path in the bundle, and the bundle as it is on the disk now.
///
/// # Errors
/// When the bundle has errors, or a file cannot be read.
pub(super) fn gather(loaded: &Loaded) -> Result<(BTreeMap<String, Vec<u8>>, Bundle), ExportError> {
    refuse_errors(&loaded.diagnostics)?;
    let contents = contents(&loaded.bundle)?;
    // A module may have changed since it was checked: what goes out is checked as it is now.
    let fresh = Reader::new(&loaded.bundle.root).read(&Overlay::new());
    refuse_errors(&fresh.diagnostics)?;
    Ok((contents, fresh.bundle))
}

/// The files in the folder `top` as a ZIP, and its entries' names.
fn zip(top: &str, files: &BTreeMap<String, Vec<u8>>, watch: Watch<'_>) -> Result<(Vec<u8>, Vec<String>), ExportError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let failed = |error: &dyn std::fmt::Display| ExportError::Zip(error.to_string());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut entries = Vec::new();
    let all = files.values().map(Vec::len).sum::<usize>().max(1);
    let mut packed = 0_usize;
    for (file, bytes) in files {
        let name = format!("{top}/{file}");
        writer.start_file(&name, options).map_err(|error| failed(&error))?;
        for chunk in bytes.chunks(CHUNK) {
            watch.check()?;
            writer.write_all(chunk).map_err(|error| failed(&error))?;
            packed += chunk.len();
            watch.report(packed as f32 / all as f32);
        }
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
