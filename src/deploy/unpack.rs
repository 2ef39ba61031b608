//! Archives that others made: every entry is looked at before the first byte is written, and nothing leaves
//! the folder or grows beyond its bounds. Knows nothing of bundles but where their manifest lies.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use zip::{CompressionMethod, ZipArchive};

use crate::bundle::names;
use crate::sandbox::Cancel;

use super::entry_name::{self, Refusal};

/// The file that makes a folder a bundle.
const MANIFEST: &str = "bundle.yaml";
/// How much is copied between two looks at the cancel switch, in bytes.
const CHUNK: usize = 64 << 10;

/// How much an archive may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of the archive itself.
    pub archive: u64,
    /// Entries, folders included.
    pub entries: usize,
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files together.
    pub total: u64,
    /// How many times larger than its compressed form a file of more than 1 MiB may be.
    pub ratio: u64,
}

impl Default for Caps {
    /// 512 MiB of archive, 10,000 entries, 64 MiB a file (the largest module), 1 GiB in all, 250 times.
    fn default() -> Self {
        Self { archive: 512 << 20, entries: 10_000, file: 64 << 20, total: 1 << 30, ratio: 250 }
    }
}

/// Files up to this size, in bytes, may be compressed as far as they can be: they harm nobody.
const HARMLESS: u64 = 1 << 20;

/// Why an archive was not unpacked. Nothing of it is left on the disk then.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The archive cannot be read, or is none.
    #[error("{path} is no archive that can be read: {reason}")]
    Unreadable {
        /// The archive.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An entry's name leads elsewhere or is none.
    #[error("the archive's entry {entry} is refused: {reason}; pack the bundle's folder again with a usual program")]
    Name {
        /// The entry's name, made harmless.
        entry: String,
        /// Why.
        reason: Refusal,
    },
    /// Two entries are for one file.
    #[error("the archive's entries {first} and {second} are for one file; pack the bundle's folder again")]
    Collision {
        /// The earlier entry's name, made harmless.
        first: String,
        /// The later entry's name, made harmless.
        second: String,
    },
    /// An entry is a link, a device, encrypted or compressed in an unknown way.
    #[error("the archive's entry {entry} is {what}; pack the bundle's folder again without it")]
    Kind {
        /// The entry's name, made harmless.
        entry: String,
        /// What it is.
        what: &'static str,
    },
    /// The directory at the archive's end and the entries contradict each other.
    #[error("the archive contradicts itself: {0}; it was damaged or made to deceive, so ask for another copy")]
    Inconsistent(String),
    /// More than allowed.
    #[error("the archive holds too much: {what}, and at most {limit} are taken")]
    TooMuch {
        /// What there is too much of.
        what: String,
        /// How much would be taken.
        limit: String,
    },
    /// There is no manifest at the place for it.
    #[error("the archive holds no bundle: {MANIFEST} is neither at its top nor in its only folder")]
    NoBundle,
    /// There is something at the place for the folder.
    #[error("{path} exists already; choose a name that is free")]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// The folder could not be written.
    #[error("{path} cannot be written: {source}")]
    Io {
        /// What was written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user ended it.
    #[error("unpacking was cancelled")]
    Cancelled,
}

/// A folder that an archive was unpacked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// The bundle's folder: where its manifest lies.
    pub root: PathBuf,
    /// How many files were written.
    pub files: usize,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// An entry that will be written.
struct Planned {
    /// Its position in the archive.
    at: usize,
    /// Its path below the folder, with `/`.
    path: String,
    is_folder: bool,
    /// Bytes of its compressed form.
    compressed: u64,
}

/// Unpacks the archive at `path` into the new folder `to`, which appears only when it is complete.
/// `progress` is told which share of the files (0 to 1) is written.
///
/// # Errors
/// When the archive is damaged, too large, or holds an entry that leads out of the folder, or when the
/// folder cannot be written. Nothing is left on the disk then.
pub fn unpack(
    path: &Path,
    to: &Path,
    caps: &Caps,
    cancel: &Cancel,
    mut progress: impl FnMut(f32),
) -> Result<Unpacked, UnpackError> {
    let mut archive = open(path, caps)?;
    let planned = plan(path, &mut archive, caps)?;
    let top = manifest_folder(&planned).ok_or(UnpackError::NoBundle)?.to_owned();
    if to.symlink_metadata().is_ok() {
        return Err(UnpackError::Exists { path: to.into() });
    }
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| UnpackError::Io { path, source }
    };
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(parent).map_err(failed(parent))?;
    // The temporary folder is for its owner alone; the one inside gets the permissions that new folders get.
    let fresh = temporary.path().join("content");
    fs::create_dir(&fresh).map_err(failed(&fresh))?;
    let (mut files, mut bytes) = (0, 0);
    for (done, entry) in planned.iter().enumerate() {
        progress(done as f32 / planned.len() as f32);
        let target = fresh.join(&entry.path);
        if entry.is_folder {
            fs::create_dir_all(&target).map_err(failed(&target))?;
            continue;
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        bytes += write_entry(path, &mut archive, entry, &target, caps, bytes, cancel)?;
        files += 1;
    }
    if cancel.is_cancelled() {
        return Err(UnpackError::Cancelled);
    }
    fs::rename(&fresh, to).map_err(failed(to))?;
    Ok(Unpacked { root: if top.is_empty() { to.into() } else { to.join(top) }, files, bytes })
}

fn open(path: &Path, caps: &Caps) -> Result<ZipArchive<BufReader<File>>, UnpackError> {
    let unreadable = |reason: String| UnpackError::Unreadable { path: path.into(), reason };
    let facts = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !facts.is_file() {
        return Err(unreadable("it is not a plain file".into()));
    }
    check(facts.len(), caps.archive, "bytes of archive")?;
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| unreadable(error.to_string()))
}

/// What will be written, after a look at every entry.
fn plan(path: &Path, archive: &mut ZipArchive<BufReader<File>>, caps: &Caps) -> Result<Vec<Planned>, UnpackError> {
    check(archive.len() as u64, caps.entries as u64, "entries")?;
    let mut planned: Vec<Planned> = Vec::with_capacity(archive.len());
    let mut taken = Taken::default();
    let mut declared = 0_u64;
    for at in 0..archive.len() {
        let unreadable = |error: zip::result::ZipError| UnpackError::Unreadable {
            path: path.into(),
            reason: format!("its entry {}: {error}", at + 1),
        };
        let entry = archive.by_index_data(at).map_err(unreadable)?;
        let raw = entry.name().map_err(unreadable)?.into_owned();
        let shown = names::shown(&raw);
        let kind = |what| UnpackError::Kind { entry: shown.clone(), what };
        if entry.encrypted() {
            return Err(kind("encrypted"));
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(kind("compressed in an uncommon way"));
        }
        // The upper bits of a Unix mode tell plain files (8) and folders (4) from everything else.
        match entry.unix_mode().map_or(0, |mode| mode >> 12) {
            0 | 4 | 8 => {}
            10 => return Err(kind("a symbolic link")),
            _ => return Err(kind("neither a file nor a folder")),
        }
        let is_folder = entry.is_dir();
        let path = entry_name::normal(&raw).map_err(|reason| UnpackError::Name { entry: shown.clone(), reason })?;
        if path.is_empty() && is_folder {
            continue;
        }
        taken.take(&path, is_folder)?;
        check(entry.size(), caps.file, &format!("bytes in {shown}"))?;
        declared = declared.saturating_add(entry.size());
        check(declared, caps.total, "bytes in all")?;
        planned.push(Planned { at, path, is_folder, compressed: entry.compressed_size() });
    }
    // Also finds duplicate names, overlapping entries, and entries that the directory does not list.
    archive.validate_header_consistency().map_err(|error| UnpackError::Inconsistent(error.to_string()))?;
    Ok(planned)
}

fn check(amount: u64, limit: u64, what: &str) -> Result<(), UnpackError> {
    if amount <= limit {
        return Ok(());
    }
    Err(UnpackError::TooMuch { what: format!("{amount} {what}"), limit: limit.to_string() })
}

/// The paths of the entries seen so far, in the form in which a file system that ignores case sees them.
#[derive(Default)]
struct Taken(BTreeMap<String, (String, bool)>);

impl Taken {
    /// Notes an entry and the folders that it lies in.
    fn take(&mut self, path: &str, is_folder: bool) -> Result<(), UnpackError> {
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        for folder in folders {
            self.note(folder, true)?;
        }
        self.note(path, is_folder)
    }

    fn note(&mut self, path: &str, is_folder: bool) -> Result<(), UnpackError> {
        let folded = path.chars().flat_map(char::to_lowercase).collect::<String>();
        match self.0.get(&folded) {
            None => {
                self.0.insert(folded, (path.to_owned(), is_folder));
                Ok(())
            }
            // One folder may be named often, in one spelling.
            Some((known, true)) if is_folder && known == path => Ok(()),
            Some((known, _)) => Err(UnpackError::Collision { first: names::shown(known), second: names::shown(path) }),
        }
    }
}

/// The folder of the manifest in the archive: its top (empty), or the only folder that there is.
fn manifest_folder(planned: &[Planned]) -> Option<&str> {
    let files = || planned.iter().filter(|entry| !entry.is_folder).map(|entry| entry.path.as_str());
    if files().any(|path| path == MANIFEST) {
        return Some("");
    }
    // Programs of one system put a folder of their own beside the others.
    let mut folders = files()
        .filter_map(|path| path.split_once('/'))
        .filter(|(folder, rest)| *rest == MANIFEST && *folder != "__MACOSX")
        .map(|(folder, _)| folder);
    let only = folders.next()?;
    folders.next().is_none().then_some(only)
}

/// Writes one file and gives its size; counts what really comes, whatever the archive says.
fn write_entry(
    path: &Path,
    archive: &mut ZipArchive<BufReader<File>>,
    entry: &Planned,
    target: &Path,
    caps: &Caps,
    so_far: u64,
    cancel: &Cancel,
) -> Result<u64, UnpackError> {
    let shown = names::shown(&entry.path);
    let damaged = |error: &dyn std::fmt::Display| UnpackError::Unreadable {
        path: path.into(),
        reason: format!("its entry {shown}: {error}"),
    };
    let failed = |source| UnpackError::Io { path: target.into(), source };
    let mut reader = archive.by_index(entry.at).map_err(|error| damaged(&error))?;
    // A file that exists cannot be: all names differ. If one does, it is not ours to overwrite.
    let mut file = File::options().write(true).create_new(true).open(target).map_err(failed)?;
    let mut buffer = vec![0; CHUNK];
    let mut written = 0_u64;
    loop {
        if cancel.is_cancelled() {
            return Err(UnpackError::Cancelled);
        }
        let count = reader.read(&mut buffer).map_err(|error| damaged(&error))?;
        let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else { break };
        written += count as u64;
        check(written, caps.file, &format!("bytes or more in {shown}"))?;
        check(so_far.saturating_add(written), caps.total, "bytes or more in all")?;
        if written > HARMLESS {
            let limit = entry.compressed.saturating_mul(caps.ratio);
            check(written, limit, &format!("bytes or more in {shown}, compressed to {}", entry.compressed))?;
        }
        file.write_all(chunk).map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    Ok(written)
}
