//! Saving a text so that a crash, a full disk or another program's change never costs anybody's work.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

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
    #[error("{path} is read-only; allow writing to it and save again, or save a copy")]
    ReadOnly {
        /// Which file.
        path: PathBuf,
    },
    /// The folder takes no new files, so that the file cannot be replaced in one step.
    #[error("the folder {folder} is read-only; allow writing to it and save again, or save a copy elsewhere")]
    FolderReadOnly {
        /// Which folder.
        folder: PathBuf,
    },
    /// The folder is gone.
    #[error("the folder {folder} no longer exists; bring it back and save again, or save a copy elsewhere")]
    FolderMissing {
        /// Which folder.
        folder: PathBuf,
    },
    /// The disk or the user's share of it is full.
    #[error("no space is left to save {path}; free some and save again, or save a copy elsewhere")]
    NoSpace {
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
    #[error("cannot save {path}: {source}; mend that and save again, or save a copy elsewhere")]
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
/// A symbolic link stays one: the file that it names is replaced. The file's permissions and, where the
/// system allows it, its owner are kept.
///
/// # Errors
/// When the file changed since `expected` was taken, or cannot be written. The file is as before then.
pub fn save(path: &Path, text: &str, expected: &Stamp) -> Result<Stamp, SaveError> {
    let failed = |source| explain(path, path, source);
    let target = fs::canonicalize(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(path.to_path_buf()),
        _ => Err(failed(error)),
    })?;
    let current = match fs::metadata(&target) {
        Ok(metadata) if !metadata.is_file() => return Err(SaveError::NotAFile { path: path.into() }),
        Ok(metadata) if !may_write(&metadata) => return Err(SaveError::ReadOnly { path: path.into() }),
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let folder = folder_of(&target);
    if !folder.is_dir() {
        return Err(SaveError::FolderMissing { folder: folder.into() });
    }
    let on_disk = Stamp::of_file(&target).map_err(failed)?;
    if on_disk != *expected {
        let path = path.into();
        return Err(if current.is_none() {
            SaveError::DeletedOnDisk { path }
        } else {
            SaveError::ChangedOnDisk { path }
        });
    }
    if is_locked(folder) {
        return Err(SaveError::FolderReadOnly { folder: folder.into() });
    }
    let same_owner = current.as_ref().map(owner);
    write(&target, text.as_bytes(), current.map(|metadata| metadata.permissions()), same_owner)
        .map_err(|source| explain(path, &target, source))?;
    Ok(Stamp::of_content(text.as_bytes()))
}

/// Writes `bytes` to `target` through a temporary file beside it, so that there is always a whole file.
///
/// # Errors
/// When the folder or the file cannot be written; nothing is left behind then.
pub fn replace(target: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    write(target, bytes, permissions, None)
}

/// [`replace`] for files that belong together: none of them changes before there is room for all of them.
///
/// # Errors
/// As [`replace`], with the file that cannot be written.
pub fn replace_all(files: &[(PathBuf, Vec<u8>)]) -> Result<(), (PathBuf, io::Error)> {
    let staged: Result<Vec<_>, _> = files
        .iter()
        .map(|(target, bytes)| stage(target, bytes, None, None).map_err(|error| (target.clone(), error)))
        .collect();
    for ((target, _), staged) in files.iter().zip(staged?) {
        put_in_place(staged, target).map_err(|error| (target.clone(), error))?;
    }
    Ok(())
}

fn write(
    target: &Path,
    bytes: &[u8],
    permissions: Option<fs::Permissions>,
    same_owner: Option<Owner>,
) -> io::Result<()> {
    put_in_place(stage(target, bytes, permissions, same_owner)?, target)
}

/// What `target` is to be, whole and on disk, under a name of its own.
fn stage(
    target: &Path,
    bytes: &[u8],
    permissions: Option<fs::Permissions>,
    same_owner: Option<Owner>,
) -> io::Result<NamedTempFile> {
    let mut temporary = tempfile::Builder::new().prefix(".").suffix(".saving").tempfile_in(folder_of(target))?;
    temporary.write_all(bytes)?;
    if let Some(owner) = same_owner {
        keep_owner(temporary.as_file(), owner);
    }
    // After the owner: a change of owner may take permissions away.
    temporary.as_file().set_permissions(permissions.map_or_else(default_permissions, Ok)?)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn put_in_place(staged: NamedTempFile, target: &Path) -> io::Result<()> {
    staged.persist(target)?;
    // Without this the new name itself may be lost in a power failure. Not every system can do it.
    if let Ok(folder) = File::open(folder_of(target)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The system's refusal to write `target`, which `path` leads to, in words that say what can be done.
fn explain(path: &Path, target: &Path, source: io::Error) -> SaveError {
    let (path, folder) = (path.to_path_buf(), folder_of(target).to_path_buf());
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            SaveError::NoSpace { path }
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => SaveError::FolderReadOnly { folder },
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SaveError::FolderMissing { folder },
        _ => SaveError::Io { path, source },
    }
}

/// Why a file that can be read cannot be saved, as far as that can be told without trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Its permissions do not allow writing.
    File,
    /// Its folder does not allow new files, so that it cannot be replaced in one step.
    Folder,
}

impl Lock {
    /// What keeps the file at `path` from being saved; `None` where nothing does, or it cannot be told.
    pub fn of(path: &Path) -> Option<Self> {
        let target = fs::canonicalize(path).ok()?;
        if is_locked(&target) { Some(Self::File) } else { is_locked(folder_of(&target)).then_some(Self::Folder) }
    }
}

fn is_locked(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !may_write(&metadata))
}

/// Whether this user may write to what `metadata` describes. True where only trying would tell: rights
/// may also come from a group.
fn may_write(metadata: &fs::Metadata) -> bool {
    // On Windows that mark of a folder says nothing about the files in it.
    if metadata.permissions().readonly() && (cfg!(unix) || metadata.is_file()) {
        return false;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Whoever owns this process's entry is its user. Not every system has such entries.
        let user = fs::metadata("/proc/self").map(|process| process.uid());
        match user {
            Ok(user) if user == metadata.uid() => metadata.mode() & 0o200 != 0,
            Ok(user) if user != 0 => metadata.mode() & 0o022 != 0,
            _ => true,
        }
    }
    #[cfg(not(unix))]
    true
}

/// The user and the group that own a file.
type Owner = (u32, u32);

#[cfg(unix)]
fn owner(metadata: &fs::Metadata) -> Owner {
    use std::os::unix::fs::MetadataExt;
    (metadata.uid(), metadata.gid())
}

#[cfg(not(unix))]
fn owner(_: &fs::Metadata) -> Owner {
    (0, 0)
}

/// Gives `file` to `owner` where that is allowed: the administrator who mends a user's file leaves it theirs.
fn keep_owner(file: &File, (user, group): Owner) {
    #[cfg(unix)]
    {
        // Ordinary users may change the group only, and only to one of theirs.
        let _ = std::os::unix::fs::fchown(file, None, Some(group));
        let _ = std::os::unix::fs::fchown(file, Some(user), None);
    }
    #[cfg(not(unix))]
    let _ = (file, user, group);
}

/// What a newly created file gets: temporary files are private, which a bundle's files are not.
pub(super) fn default_permissions() -> io::Result<fs::Permissions> {
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
