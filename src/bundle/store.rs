//! A folder of the bundle in which the workbench keeps things for itself, each in a file of its own: two windows
//! write beside each other, and a damaged file costs one entry. The folder ignores itself in git, is never
//! exported, and stays within bounds. What the files hold is for others to know.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::files;

/// A temporary file that is older was left behind by a program that ended in the middle.
const ABANDONED: Duration = Duration::from_secs(3600);
/// How the name of a temporary file ends.
const WRITING: &str = ".writing";

/// The most that is kept; the oldest entries go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Entries.
    pub entries: usize,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// The folder. Makes and changes nothing until something is added.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    /// Relative to the bundle's root.
    folder: &'static str,
    /// Whether a file may be an entry: nothing else is ever read or removed.
    is_entry: fn(&str) -> bool,
    bounds: Bounds,
}

impl Store {
    /// The folder `folder` of the bundle at `root`, whose entries have names that `is_entry` and that sort by age.
    pub fn new(root: &Path, folder: &'static str, is_entry: fn(&str) -> bool, bounds: Bounds) -> Self {
        Self { root: root.into(), folder, is_entry, bounds }
    }

    /// The same within other bounds.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// The most that is kept.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The names of all entries, the newest first.
    pub fn names(&self) -> Vec<String> {
        let Some(folder) = self.folder() else { return Vec::new() };
        let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| (self.is_entry)(name)).collect();
        names.sort_by(|a, b| b.cmp(a));
        names
    }

    /// Writes a new entry under a name that no entry has.
    ///
    /// # Errors
    /// When the folder cannot be written, or is a link out of the bundle; [`io::ErrorKind::AlreadyExists`] when there
    /// is an entry of that name.
    pub fn add(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let folder = self.prepared()?;
        written(&folder, parts)?.persist_noclobber(folder.join(name)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Puts something else in the place of an entry, in one step.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn replace(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let folder = self.prepared()?;
        written(&folder, parts)?.persist(folder.join(name)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Opens an entry, and tells how many bytes it has.
    ///
    /// # Errors
    /// When there is none of that name, or it is no plain file.
    pub fn open(&self, name: &str) -> io::Result<(File, u64)> {
        let folder = self.folder().filter(|_| (self.is_entry)(name)).ok_or(io::ErrorKind::NotFound)?;
        open_plain(&folder.join(name))
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// As [`Store::open`], and when it cannot be read.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let (file, size) = self.open(name)?;
        let mut bytes = Vec::new();
        file.take(size).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Drops one entry.
    ///
    /// # Errors
    /// When it cannot be removed. One that is gone already is no error.
    pub fn delete(&self, name: &str) -> io::Result<()> {
        let Some(folder) = self.folder().filter(|_| (self.is_entry)(name)) else { return Ok(()) };
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Drops the oldest entries until the bounds are kept; the newest stays, however large, and so does what
    /// `is_precious`. What another window removes meanwhile is fine.
    pub fn prune(&self, is_precious: impl Fn(&str) -> bool) {
        let Some(folder) = self.folder() else { return };
        let Ok(files) = fs::read_dir(&folder) else { return };
        let mut found: Vec<(String, u64)> = Vec::new();
        for file in files.flatten() {
            let (Ok(name), Ok(facts)) = (file.file_name().into_string(), file.metadata()) else { continue };
            if (self.is_entry)(&name) {
                found.push((name, facts.len()));
            } else if name.ends_with(WRITING) && facts.modified().is_ok_and(is_abandoned) {
                let _ = fs::remove_file(file.path());
            }
        }
        found.sort_by(|a, b| b.cmp(a));
        let mut bytes = 0;
        for (at, (name, size)) in found.iter().enumerate() {
            bytes += size;
            let is_beyond = at >= self.bounds.entries || bytes > self.bounds.bytes;
            if at > 0 && is_beyond && !is_precious(name) {
                let _ = fs::remove_file(folder.join(name));
            }
        }
    }

    /// The folder, if there is one and it lies within the bundle.
    fn folder(&self) -> Option<PathBuf> {
        let folder = fs::canonicalize(self.root.join(self.folder)).ok()?;
        folder.starts_with(fs::canonicalize(&self.root).ok()?).then_some(folder)
    }

    fn prepared(&self) -> io::Result<PathBuf> {
        let folder = files::make_folder(&self.root, self.folder).map_err(io::Error::other)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
        Ok(folder)
    }
}

/// A file with these parts one after the other, which has no name yet.
fn written(folder: &Path, parts: &[&[u8]]) -> io::Result<tempfile::NamedTempFile> {
    let mut temporary = tempfile::Builder::new().prefix(".").suffix(WRITING).tempfile_in(folder)?;
    parts.iter().try_for_each(|part| temporary.write_all(part))?;
    Ok(temporary)
}

fn is_abandoned(modified: SystemTime) -> bool {
    modified.elapsed().is_ok_and(|age| age > ABANDONED)
}

/// Opens a plain file and tells how many bytes it has: never a device, which might block, and nothing that a link
/// leads to.
///
/// # Errors
/// When it is none, or cannot be opened.
pub fn open_plain(path: &Path) -> io::Result<(File, u64)> {
    let facts = fs::symlink_metadata(path)?;
    if !facts.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is not a plain file"));
    }
    Ok((File::open(path)?, facts.len()))
}
