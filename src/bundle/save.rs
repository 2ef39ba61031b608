//! Saving a text so that a crash, a full disk or another program's change never costs anybody's work.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What a file was when it was read, to notice a change by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// SHA-256 of the content; `None` where there was no file.
    hash: Option<[u8; 32]>,
}

/// Why a text was not saved. The file on disk is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file is not what it was when it was read.
    #[error("{path} was changed by another program since it was read; nothing was saved")]
    ChangedOnDisk {
        /// Which file.
        path: PathBuf,
    },
    /// The file was deleted since it was read.
    #[error("{path} was deleted since it was read; nothing was saved")]
    DeletedOnDisk {
        /// Which file.
        path: PathBuf,
    },
    /// The file may not be written.
    #[error("{path} is read-only; change its permissions and save again")]
    ReadOnly {
        /// Which file.
        path: PathBuf,
    },
    /// The target is not a plain file.
    #[error("{path} is not a plain file")]
    NotAFile {
        /// Which path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot save {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Stamp {
    /// The stamp of a file whose content is `bytes`.
    pub fn of_content(bytes: &[u8]) -> Self {
        Self { hash: Some(Sha256::digest(bytes).into()) }
    }

    /// The stamp of a file that does not exist.
    pub fn of_nothing() -> Self {
        Self { hash: None }
    }

    /// The stamp of the file at `path` as it is now; that of nothing where there is none.
    ///
    /// # Errors
    /// When the file exists and cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(bytes) => Ok(Self::of_content(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::of_nothing()),
            Err(error) => Err(error),
        }
    }
}

/// Replaces the content of `path` by `text` in one step, if the file is still what `expected` says.
///
/// A symbolic link stays one: the file that it names is replaced. The file's permissions are kept.
///
/// # Errors
/// When the file changed since `expected` was taken, or cannot be written. The file is as before then.
pub fn save(path: &Path, text: &str, expected: &Stamp) -> Result<Stamp, SaveError> {
    let failed = |source| SaveError::Io { path: path.into(), source };
    let target = fs::canonicalize(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(path.to_path_buf()),
        _ => Err(failed(error)),
    })?;
    let current = match fs::metadata(&target) {
        Ok(metadata) if !metadata.is_file() => return Err(SaveError::NotAFile { path: path.into() }),
        Ok(metadata) if metadata.permissions().readonly() => return Err(SaveError::ReadOnly { path: path.into() }),
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let on_disk = Stamp::of_file(&target).map_err(failed)?;
    if on_disk != *expected {
        let path = path.into();
        return Err(if current.is_none() {
            SaveError::DeletedOnDisk { path }
        } else {
            SaveError::ChangedOnDisk { path }
        });
    }
    replace(&target, text.as_bytes(), current.map(|metadata| metadata.permissions())).map_err(failed)?;
    Ok(Stamp::of_content(text.as_bytes()))
}

/// Writes `bytes` to `target` through a temporary file beside it, so that there is always a whole file.
///
/// # Errors
/// When the folder or the file cannot be written; nothing is left behind then.
pub fn replace(target: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut temporary = tempfile::Builder::new().prefix(".").suffix(".saving").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().set_permissions(permissions.map_or_else(default_permissions, Ok)?)?;
    temporary.as_file().sync_all()?;
    temporary.persist(target)?;
    // Without this the new name itself may be lost in a power failure. Not every system can do it.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// What a newly created file gets: temporary files are private, which a bundle's files are not.
fn default_permissions() -> io::Result<fs::Permissions> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Ok(fs::Permissions::from_mode(0o644))
    }
    #[cfg(not(unix))]
    {
        let probe = tempfile::tempfile()?;
        Ok(probe.metadata()?.permissions())
    }
}
