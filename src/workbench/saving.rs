//! Jobs that write texts to the bundle's folder and look at what it holds of the open files.
//!
//! Runs on worker threads and knows nothing of the window.

use std::path::{Path, PathBuf};

use crate::bundle::files::{self, FileError, MAX_YAML};
use crate::bundle::save::{self, Lock, SaveError, Stamp};
use crate::bundle::{Bundle, Overlay, moves};

use super::documents::OnDisk;
use super::work::Done;

/// A file to be saved.
pub struct Saving {
    /// The file, relative to the bundle's root.
    pub file: String,
    /// Its new text.
    pub text: String,
    /// The text that it should hold now; `None`: whatever it holds is to be replaced.
    pub expected: Option<String>,
}

/// A file that was to be saved.
pub struct SavedFile {
    /// The file, relative to the bundle's root.
    pub file: String,
    /// The text that was to be written.
    pub text: String,
    /// What came of it.
    pub result: Result<(), SaveFailure>,
}

/// Why a file was not saved.
pub enum SaveFailure {
    /// Another program changed it since it was read; what it holds now, `None` where it is gone.
    ChangedOnDisk(Option<String>),
    /// It could not be written.
    Failed(String),
}

/// Saves one file after the other.
pub fn save(root: &Path, files: Vec<Saving>) -> Done {
    Done::Saved(save_all(root, files))
}

/// Saves files, then gives files other names. Where one cannot be saved, no file gets another name.
pub fn rename(root: &Path, files: Vec<Saving>, moves: Vec<(String, String)>) -> Done {
    let saved = save_all(root, files);
    let moved = if saved.iter().all(|file| file.result.is_ok()) {
        moves::move_files(root, &moves).map(|()| moves)
    } else {
        Err("not all files could be saved, so no file was renamed".into())
    };
    Done::Renamed { saved, moved }
}

fn save_all(root: &Path, files: Vec<Saving>) -> Vec<SavedFile> {
    let save_one = |saving: Saving| {
        let result = save_file(&root.join(&saving.file), &saving);
        SavedFile { file: saving.file, text: saving.text, result }
    };
    files.into_iter().map(save_one).collect()
}

fn save_file(path: &Path, saving: &Saving) -> Result<(), SaveFailure> {
    let stamp = match &saving.expected {
        Some(text) => Stamp::of_content(text.as_bytes()),
        None => Stamp::of_file(path)
            .map_err(|error| SaveFailure::Failed(format!("{} cannot be read: {error}", saving.file)))?,
    };
    match save::save(path, &saving.text, &stamp) {
        Ok(_) => Ok(()),
        Err(SaveError::DeletedOnDisk { .. }) => Err(SaveFailure::ChangedOnDisk(None)),
        Err(error @ SaveError::ChangedOnDisk { .. }) => match std::fs::read(path) {
            Ok(bytes) => Err(SaveFailure::ChangedOnDisk(Some(String::from_utf8_lossy(&bytes).into_owned()))),
            Err(_) => Err(SaveFailure::Failed(error.to_string())),
        },
        Err(error) => Err(SaveFailure::Failed(error.to_string())),
    }
}

/// Writes `text` to a new file.
pub fn save_copy(path: PathBuf, text: &str) -> Done {
    if path.exists() {
        let reason = format!("{} exists already; choose another name", path.display());
        return Done::CopySaved(Err(reason));
    }
    Done::CopySaved(match save::save(&path, text, &Stamp::of_nothing()) {
        Ok(_) => Ok(path),
        Err(error) => Err(error.to_string()),
    })
}

/// What the disk holds of an open file. The bundle that was just read has it, but where an unsaved text in
/// `overlay` stood in its place. `None` where it cannot be told now.
pub fn on_disk(root: &Path, file: &str, bundle: &Bundle, overlay: &Overlay) -> Option<OnDisk> {
    let known = bundle.sources.get(file).or(bundle.damaged.get(file));
    let text = match known.filter(|_| !overlay.contains_key(file)) {
        Some(text) => Some(text.clone()),
        None => match files::read(root, file, MAX_YAML) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(FileError::NotFound) => None,
            Err(_) => return None,
        },
    };
    Some(OnDisk { text, lock: Lock::of(&root.join(file)) })
}
