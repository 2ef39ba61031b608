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
/// A folder that programs of one system put beside the others, for themselves.
const NO_CONTENT: &str = "__MACOSX";
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
#[derive(Debug)]
pub enum UnpackError {
    /// The archive cannot be read, or is none.
    Unreadable {
        /// The archive.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An entry's name leads elsewhere or is none.
    Name {
        /// The entry's name, made harmless.
        entry: String,
        /// Why.
        reason: Refusal,
    },
    /// Two entries are for one file.
    Collision {
        /// The earlier entry's name, made harmless.
        first: String,
        /// The later entry's name, made harmless.
        second: String,
    },
    /// An entry is a link, a device, encrypted or compressed in an unknown way.
    Kind {
        /// The entry's name, made harmless.
        entry: String,
        /// What it is.
        what: &'static str,
    },
    /// The directory at the archive's end and the entries contradict each other.
    Inconsistent(String),
    /// More than allowed.
    TooMuch {
        /// What there is too much of.
        what: String,
        /// How much would be taken.
        limit: String,
    },
    /// There is no manifest at the place for it.
    NoBundle,
    /// There is something at the place for the folder.
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// The folder could not be written.
    Io {
        /// What was written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user ended it.
    Cancelled,
}

impl UnpackError {
    /// What is wrong, without what to do about it.
    pub fn what(&self) -> String {
        match self {
            Self::Unreadable { path, reason } => format!("{} is no archive that can be read: {reason}", path.display()),
            Self::Name { entry, reason } => format!("the archive's entry {entry} is refused: {reason}"),
            Self::Collision { first, second } => {
                format!("the archive's entries {first} and {second} are for one file")
            }
            Self::Kind { entry, what } => format!("the archive's entry {entry} is {what}"),
            Self::Inconsistent(how) => format!("the archive contradicts itself: {how}"),
            Self::TooMuch { what, limit } => {
                format!("the archive holds too much: {what}, and at most {limit} are taken")
            }
            Self::NoBundle => {
                format!("the archive holds no bundle: {MANIFEST} is neither at its top nor in its only folder")
            }
            Self::Exists { path } => format!("{} exists already", path.display()),
            Self::Io { path, source } => format!("{} cannot be written: {source}", path.display()),
            Self::Cancelled => "unpacking was cancelled".to_owned(),
        }
    }

    /// The entry that it is about, where it is one.
    pub fn entry(&self) -> Option<&str> {
        match self {
            Self::Name { entry, .. } | Self::Kind { entry, .. } => Some(entry),
            Self::Collision { second, .. } => Some(second),
            _ => None,
        }
    }

    /// What to do about it; nothing where the user wanted it so.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unreadable { .. } => "see whether it is complete and a ZIP, or ask for another copy",
            Self::Name { .. } => "pack the bundle's folder again with a usual program",
            Self::Collision { .. } => "pack the bundle's folder again",
            Self::Kind { .. } => "pack the bundle's folder again without it",
            Self::Inconsistent(_) => "it was damaged or made to deceive, so ask for another copy",
            Self::TooMuch { .. } => "unpack it with another program if you trust it, and open the folder",
            Self::NoBundle => "pack the folder that holds the bundle.yaml",
            Self::Exists { .. } => "choose a name that is free",
            Self::Io { .. } => "make room there or allow writing, or choose another place",
            Self::Cancelled => return None,
        })
    }
}

impl std::fmt::Display for UnpackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what())?;
        self.help().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl std::error::Error for UnpackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
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

/// Whether a plain file is named like a ZIP or begins like one.
pub fn is_zip(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut start = Vec::new();
    let begins = File::open(path).and_then(|file| file.take(4).read_to_end(&mut start));
    is_named_zip(path) || (begins.is_ok() && matches!(start.as_slice(), b"PK\x03\x04" | b"PK\x05\x06"))
}

/// Whether a path is named like a ZIP; looks at no file.
pub fn is_named_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
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
    progress: impl FnMut(f32),
) -> Result<Unpacked, UnpackError> {
    let fresh = Fresh::of(path, to, caps, cancel, progress)?;
    fs::rename(&fresh.content, to).map_err(failed(to))?;
    let root = if fresh.top.is_empty() { to.into() } else { to.join(&fresh.top) };
    Ok(Unpacked { root, files: fresh.files, bytes: fresh.bytes })
}

/// As [`unpack`], but `to` itself becomes the bundle's folder where the archive holds nothing beside it: an archive
/// `shop.zip` with `shop/bundle.yaml` gives no `shop/shop`.
///
/// # Errors
/// As [`unpack`].
pub fn extract(
    path: &Path,
    to: &Path,
    caps: &Caps,
    cancel: &Cancel,
    progress: impl FnMut(f32),
) -> Result<Unpacked, UnpackError> {
    let fresh = Fresh::of(path, to, caps, cancel, progress)?;
    let is_all = !fresh.top.is_empty() && fresh.is_alone;
    let moved = if is_all { fresh.content.join(&fresh.top) } else { fresh.content.clone() };
    fs::rename(&moved, to).map_err(failed(to))?;
    let root = if is_all || fresh.top.is_empty() { to.into() } else { to.join(&fresh.top) };
    Ok(Unpacked { root, files: fresh.files, bytes: fresh.bytes })
}

fn failed(path: &Path) -> impl Fn(io::Error) -> UnpackError {
    let path = path.to_path_buf();
    move |source| UnpackError::Io { path: path.clone(), source }
}

/// An archive that was unpacked into a folder beside the one that it is meant for. Dropping it removes what is left.
struct Fresh {
    /// What the archive holds.
    content: PathBuf,
    /// The bundle's folder in it; empty where that is the archive's top.
    top: String,
    /// Whether the archive holds nothing that counts beside the bundle's folder.
    is_alone: bool,
    files: usize,
    bytes: u64,
    _temporary: tempfile::TempDir,
}

impl Fresh {
    fn of(
        path: &Path,
        to: &Path,
        caps: &Caps,
        cancel: &Cancel,
        mut progress: impl FnMut(f32),
    ) -> Result<Self, UnpackError> {
        let mut archive = open(path, caps)?;
        let planned = plan(path, &mut archive, caps)?;
        let top = manifest_folder(&planned).ok_or(UnpackError::NoBundle)?.to_owned();
        if to.symlink_metadata().is_ok() {
            return Err(UnpackError::Exists { path: to.into() });
        }
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(parent).map_err(failed(parent))?;
        // The temporary folder is for its owner alone; the one inside gets the permissions that new folders get.
        let content = temporary.path().join("content");
        fs::create_dir(&content).map_err(failed(&content))?;
        let (mut files, mut bytes) = (0, 0);
        for (done, entry) in planned.iter().enumerate() {
            progress(done as f32 / planned.len() as f32);
            let target = content.join(&entry.path);
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
        let is_alone = planned.iter().all(|entry| {
            let first = entry.path.split('/').next().unwrap_or_default();
            first == top || first == NO_CONTENT
        });
        Ok(Self { content, top, is_alone, files, bytes, _temporary: temporary })
    }
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
    let mut folders = files()
        .filter_map(|path| path.split_once('/'))
        .filter(|(folder, rest)| *rest == MANIFEST && *folder != NO_CONTENT)
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
