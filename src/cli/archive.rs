//! A ZIP in the place of a bundle's folder: unpacked within bounds into a folder that goes with the command.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::deploy::{Caps, is_zip, unpack};
use crate::sandbox::Cancel;

/// A bundle that was unpacked for one command.
pub struct Archive {
    /// The bundle's folder.
    pub root: PathBuf,
    _folder: TempDir,
}

/// Unpacks what is at `path` if it is a ZIP; `None` where it is anything else.
///
/// # Errors
/// When it is a ZIP that is refused.
pub fn open(path: &Path) -> anyhow::Result<Option<Archive>> {
    if !is_zip(path) {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("priostack-workbench-").tempdir()?;
    let unpacked = unpack(path, &folder.path().join("bundle"), &Caps::default(), &Cancel::new(), |_| {})?;
    Ok(Some(Archive { root: unpacked.root, _folder: folder }))
}
