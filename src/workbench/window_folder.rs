//! A private folder that belongs to one running window, under a lock that ends with its process: what a dead window
//! left is told from what a living one uses. Knows nothing of what is kept in it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

const LOCK: &str = "lock";

/// A folder of this window.
#[derive(Debug)]
pub struct WindowFolder {
    /// Where it is.
    pub path: PathBuf,
    _lock: File,
}

impl WindowFolder {
    /// Makes a new one in `home`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(home: &Path) -> io::Result<Self> {
        private_folder(home)?;
        loop {
            let mut noise = [0; 8];
            getrandom::fill(&mut noise).map_err(io::Error::other)?;
            let path = home.join(hex(&noise));
            private_folder(&path)?;
            // Another window that looks for what was left behind may come first, and clears the empty folder.
            // Where locks are not supported, it may take what is here for left behind too.
            let lock = match File::create(path.join(LOCK)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                lock => lock?,
            };
            if !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
                return Ok(Self { path, _lock: lock });
            }
        }
    }
}

/// Takes the lock of a window's folder; `None` while that window lives, or another one has taken it.
pub fn claim(window: &Path) -> Option<Arc<File>> {
    let lock = File::create(window.join(LOCK)).ok()?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => None,
        // Where locks are not supported, nobody could hold one.
        Ok(()) | Err(TryLockError::Error(_)) => Some(Arc::new(lock)),
    }
}

/// The folders in `folder`; links to folders are none.
pub fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

/// Makes a folder, with those above it, that nobody else may look into.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A name for `bytes` that any file system takes.
pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
