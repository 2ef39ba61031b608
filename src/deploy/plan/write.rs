//! Writes a planned export: into a new folder, which takes the place of an earlier export when it is complete.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Plan;
use super::record::FileRecord;
use crate::deploy::ExportError;

/// Larger reports are none of ours, in bytes.
const LARGEST_REPORT: u64 = 16 << 20;
/// The files of an export that its report does not list.
const REPORTS: [&str; 2] = ["report.json", "report.txt"];

impl Plan {
    /// Writes all files into the folder `to`, which is complete or not there; an earlier export at this place is
    /// replaced.
    ///
    /// # Errors
    /// When no service has a component, something else is at the place, or it cannot be written. What was there is
    /// there still then.
    pub fn write(&self, to: &Path) -> Result<(), ExportError> {
        if self.record.services.iter().all(|service| service.component.is_none()) {
            return Err(ExportError::NoComponent);
        }
        let replaces = may_replace(to)?;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ExportError::Io { path, source }
        };
        let parent = match to.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(failed(parent))?;
        let temporary = tempfile::Builder::new().prefix(".exporting-").tempdir_in(parent).map_err(failed(parent))?;
        // A folder of its own within: that one has the permissions that the user's folders have.
        let fresh = temporary.path().join("fresh");
        for file in &self.files {
            let path = fresh.join(&file.path);
            write_file(&path, &file.bytes).map_err(failed(&to.join(&file.path)))?;
        }
        if replaces {
            fs::rename(to, temporary.path().join("replaced")).map_err(failed(to))?;
        }
        if let Err(error) = fs::rename(&fresh, to) {
            if replaces && fs::rename(temporary.path().join("replaced"), to).is_err() {
                // The earlier export stays where it is now rather than going with the temporary folder.
                let _ = temporary.keep();
            }
            return Err(failed(to)(error));
        }
        Ok(())
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether there is an earlier export at the place, or an empty folder. Nothing there is fine too.
fn may_replace(to: &Path) -> Result<bool, ExportError> {
    let occupied = || ExportError::Occupied { path: to.to_owned() };
    match fs::symlink_metadata(to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(ExportError::Io { path: to.to_owned(), source }),
        Ok(metadata) if !metadata.is_dir() => return Err(occupied()),
        Ok(_) => {}
    }
    let mut found = BTreeSet::new();
    list(to, &PathBuf::new(), &mut found).map_err(|source| ExportError::Io { path: to.to_owned(), source })?;
    let known = reported(to).unwrap_or_default();
    if found.iter().all(|file| known.contains(file)) { Ok(true) } else { Err(occupied()) }
}

/// The files of the export whose report lies in the folder.
fn reported(folder: &Path) -> Option<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Reported {
        files: Vec<FileRecord>,
    }
    let path = folder.join("report.json");
    if fs::metadata(&path).ok()?.len() > LARGEST_REPORT {
        return None;
    }
    let reported: Reported = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let files = reported.files.into_iter().map(|file| file.path);
    Some(files.chain(REPORTS.map(str::to_owned)).collect())
}

/// The paths of all files below a folder, with `/`. What is neither file nor folder is listed as a file.
fn list(root: &Path, below: &Path, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list(root, &path, found)?;
        } else {
            let parts = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
            found.insert(parts.collect::<Vec<_>>().join("/"));
        }
    }
    Ok(())
}
