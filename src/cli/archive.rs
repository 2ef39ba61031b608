//! A ZIP in the place of a bundle's folder: unpacked within bounds into a folder that goes with the command.

use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::deploy::{Caps, unpack};
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

/// Whether a plain file is named like a ZIP or begins like one.
fn is_zip(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut start = Vec::new();
    let begins = std::fs::File::open(path).and_then(|file| file.take(4).read_to_end(&mut start));
    let is_named = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    is_named || (begins.is_ok() && matches!(start.as_slice(), b"PK\x03\x04" | b"PK\x05\x06"))
}
