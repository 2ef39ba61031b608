//! Bundles that were opened from archives: each lies unpacked in a private folder that goes when the bundle is closed,
//! or at the next start where the process had no chance to tidy up. Never writes to the archive.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::deploy::{self, Caps, UnpackError};
use crate::sandbox::Cancel;

use super::text;
use super::window_folder::{WindowFolder, claim, folders_in};

/// Why nothing is written into the bundle, as tooltips of disabled buttons say it.
pub const SEALED: &str = "Opened from an archive, read only: extract it to a folder first";

/// Where archives are unpacked for looking at them.
#[derive(Clone, Debug, Default)]
pub struct ArchiveFolder(Option<PathBuf>);

impl ArchiveFolder {
    /// The user's own, below the cache folder.
    pub fn of_user() -> Self {
        Self(dirs::cache_dir().map(|folder| folder.join("priostack-workbench").join("archives")))
    }

    /// Archives unpacked in `folder`.
    pub fn at(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    /// Removes what windows left here that had no chance to tidy up.
    pub fn tidy(&self) {
        for window in self.0.iter().flat_map(|home| folders_in(home)) {
            if let Some(lock) = claim(&window) {
                let _ = fs::remove_dir_all(&window);
                drop(lock);
            }
        }
    }
}

/// A bundle that was opened from an archive. Dropping it removes the unpacked files; that may take a while.
#[derive(Debug)]
pub struct OpenedArchive {
    /// The archive.
    pub path: PathBuf,
    /// The bundle's folder among the unpacked files.
    pub root: PathBuf,
    /// Size and time of the archive when it was opened.
    facts: Option<(u64, SystemTime)>,
    _folder: Private,
}

/// Which archive was opened, to be extracted.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    facts: Option<(u64, SystemTime)>,
}

impl Source {
    /// Extracts it to the new folder `to`, which appears only when it is complete; gives the bundle's folder.
    ///
    /// # Errors
    /// In words, when the archive is not what was opened any more, or cannot be extracted there.
    pub fn extract(&self, to: &Path, cancel: &Cancel, progress: impl FnMut(f32)) -> Result<PathBuf, String> {
        let name = text::one_line(&self.path.display().to_string());
        match facts(&self.path) {
            None => return Err(format!("{name} is gone; put it back, or open another copy of it")),
            now if now != self.facts => {
                return Err(format!("{name} changed since it was opened here; open it again to see what it holds now"));
            }
            Some(_) => {}
        }
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !parent.is_dir() {
            return Err(format!("there is no folder {}; make it first, or choose another place", parent.display()));
        }
        let extracted = deploy::extract(&self.path, to, &Caps::default(), cancel, progress);
        extracted.map(|extracted| extracted.root).map_err(|error| error.to_string())
    }
}

/// A folder that goes with its value.
#[derive(Debug)]
struct Private(WindowFolder);

impl Drop for Private {
    fn drop(&mut self) {
        // What cannot be removed now is removed at the next start.
        let _ = fs::remove_dir_all(&self.0.path);
    }
}

/// Size and time of a file, where it can be seen.
fn facts(path: &Path) -> Option<(u64, SystemTime)> {
    let facts = fs::metadata(path).ok()?;
    Some((facts.len(), facts.modified().ok()?))
}

impl OpenedArchive {
    /// Unpacks the archive at `path` into a private folder in `home`.
    ///
    /// # Errors
    /// When it is refused, or the folder cannot be made. Nothing is left on the disk then.
    pub fn open(
        path: &Path,
        home: &ArchiveFolder,
        cancel: &Cancel,
        progress: impl FnMut(f32),
    ) -> Result<Self, UnpackError> {
        let nowhere = std::io::Error::other("this system names no folder for a program's temporary files");
        let home = home.0.as_ref().ok_or(UnpackError::Io { path: "cache folder".into(), source: nowhere })?;
        let failed = |source| UnpackError::Io { path: home.clone(), source };
        let folder = Private(WindowFolder::create(home).map_err(failed)?);
        let facts = facts(path);
        // The folder gets the archive's name: it is what a bundle without a name of its own is called.
        let stem = path.file_stem().unwrap_or(std::ffi::OsStr::new("bundle"));
        let unpacked = deploy::unpack(path, &folder.0.path.join(stem), &Caps::default(), cancel, progress)?;
        Ok(Self { path: path.into(), root: unpacked.root, facts, _folder: folder })
    }

    /// What extracting needs to know.
    pub fn source(&self) -> Source {
        Source { path: self.path.clone(), facts: self.facts }
    }

    /// The archive's name.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        text::one_line(&name.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_window_left_goes_and_what_a_living_one_uses_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("archives");
        let home = ArchiveFolder::at(folder.clone());
        let living = WindowFolder::create(&folder).unwrap();
        let dead = folder.join("dead");
        fs::create_dir_all(dead.join("shop")).unwrap();
        fs::write(dead.join("shop/bundle.yaml"), "name: shop\n").unwrap();
        home.tidy();
        assert!(living.path.is_dir());
        assert!(!dead.exists());
    }

    #[test]
    fn an_archive_that_is_refused_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let home = ArchiveFolder::at(place.path().join("archives"));
        let archive = place.path().join("shop.zip");
        fs::write(&archive, "no archive").unwrap();
        assert!(OpenedArchive::open(&archive, &home, &Cancel::new(), |_| {}).is_err());
        assert_eq!(folders_in(&place.path().join("archives")), Vec::<PathBuf>::new());
    }
}
