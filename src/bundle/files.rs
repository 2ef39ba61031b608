//! Reading files of a bundle's folder: bounded, never outside the folder, never blocking on a device.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Largest YAML file that is read, in bytes.
pub const MAX_YAML: u64 = 4 << 20;
/// Largest module that is read, in bytes.
pub const MAX_MODULE: u64 = 64 << 20;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("the file does not exist")]
    NotFound,
    /// It is a folder, a device or the like.
    #[error("this is not a plain file")]
    NotAFile,
    /// It is larger than allowed.
    #[error("the file has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Following symbolic links leads out of the bundle's folder.
    #[error("a symbolic link leads out of the bundle's folder")]
    Outside,
    /// The operating system's own words.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Why a path of the manifest is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathProblem {
    /// It begins at the root of the file system or of a drive.
    Absolute,
    /// It leads above the bundle's folder.
    Parent,
    /// It holds a backslash.
    Backslash,
    /// It is empty or holds control characters.
    Unusable,
}

/// `path` as written in a manifest in its one normal form, relative and with `/`.
///
/// # Errors
/// When it is absolute, leaves the folder, or uses backslashes. Looks at the text only.
pub fn normal_path(path: &str) -> Result<String, PathProblem> {
    if path.contains('\\') {
        return Err(PathProblem::Backslash);
    }
    let drive = path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.starts_with('/') || drive {
        return Err(PathProblem::Absolute);
    }
    if path.chars().any(char::is_control) {
        return Err(PathProblem::Unusable);
    }
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop().ok_or(PathProblem::Parent)?;
            }
            Component::Normal(part) => parts.push(part.to_str().ok_or(PathProblem::Unusable)?),
            Component::RootDir | Component::Prefix(_) => return Err(PathProblem::Absolute),
        }
    }
    if parts.is_empty() { Err(PathProblem::Unusable) } else { Ok(parts.join("/")) }
}

/// What of a file tells whether it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change, where the system knows it.
    pub modified: Option<std::time::SystemTime>,
    /// Which file it is, and when anything about it changed, where the system tells: a file that was put in
    /// the place of another may have its size and time.
    identity: Option<(u64, i64, i64)>,
}

impl Facts {
    /// The facts in `metadata`.
    pub fn of(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
        };
        #[cfg(not(unix))]
        let identity = None;
        Self { size: metadata.len(), modified: metadata.modified().ok(), identity }
    }
}

/// The facts of the plain file `relative` below `root`, after following links that stay inside.
///
/// # Errors
/// When it does not exist, is no plain file, is too large, or lies outside of `root`.
pub fn facts(root: &Path, relative: &str, limit: u64) -> Result<(PathBuf, Facts), FileError> {
    let path = root.join(relative);
    let metadata = fs::metadata(&path).map_err(from_io)?;
    // A link anywhere on the way may lead outside, also by its parents.
    if !fs::canonicalize(&path).map_err(from_io)?.starts_with(fs::canonicalize(root).map_err(from_io)?) {
        return Err(FileError::Outside);
    }
    if !metadata.is_file() {
        return Err(FileError::NotAFile);
    }
    if metadata.len() > limit {
        return Err(FileError::TooLarge { size: metadata.len(), limit });
    }
    Ok((path, Facts::of(&metadata)))
}

/// The bytes of the plain file `relative` below `root`, at most `limit` of them.
///
/// # Errors
/// As [`facts`], and when the file cannot be opened or read.
pub fn read(root: &Path, relative: &str, limit: u64) -> Result<Vec<u8>, FileError> {
    let (path, facts) = facts(root, relative, limit)?;
    let mut bytes = Vec::with_capacity(usize::try_from(facts.size).unwrap_or(0));
    fs::File::open(path).map_err(from_io)?.take(limit + 1).read_to_end(&mut bytes)?;
    let size = bytes.len() as u64;
    if size > limit { Err(FileError::TooLarge { size, limit }) } else { Ok(bytes) }
}

/// The names in the folder `relative` below `root`, sorted, at most `most`; none where it cannot be read.
pub fn names_in(root: &Path, relative: &str, most: usize) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root.join(relative)) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.take(most).filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Makes the folder `relative` below `root` with all folders above it, and gives its path.
///
/// # Errors
/// When it cannot be made, or a link on the way leads out of `root`; nothing is made then.
pub fn make_folder(root: &Path, relative: &str) -> Result<PathBuf, FileError> {
    let folder = root.join(relative);
    let existing = folder.ancestors().find(|above| above.symlink_metadata().is_ok()).unwrap_or(root);
    if !fs::canonicalize(existing)?.starts_with(fs::canonicalize(root)?) {
        return Err(FileError::Outside);
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn from_io(error: io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::NotFound,
        _ => FileError::Io(error),
    }
}
