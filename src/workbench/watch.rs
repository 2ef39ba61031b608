//! Watching a bundle's folder for changes that other programs make, by looking at names, sizes and
//! times every so often. Reads no file's content.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::jobs::Control;
use super::work::Done;

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(1500);
/// More entries than this are not looked at: the folder is no bundle then.
const MOST_ENTRIES: usize = 4096;
/// Saved inputs lie this deep in `.workbench`.
const DEEPEST: usize = 4;

/// What tells a changed folder from an unchanged one.
type Snapshot = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Looks until cancelled, and tells whenever something changed.
pub fn watch(root: PathBuf, control: &Control<Done>) -> Done {
    let mut last = snapshot(&root);
    loop {
        for _ in 0..15 {
            if control.cancel.is_cancelled() {
                return Done::FolderChanged(PathBuf::new());
            }
            std::thread::sleep(PERIOD / 15);
        }
        let now = snapshot(&root);
        if now != last {
            last = now;
            control.send(Done::FolderChanged(root.clone()));
        }
    }
}

/// Names, sizes and times of what the bundle may consist of: files in its folder and one folder
/// deeper, and all of `.workbench`.
fn snapshot(root: &Path) -> Snapshot {
    let mut seen = Snapshot::new();
    let folders = list(root, &mut seen);
    for folder in folders {
        let depth = if folder.ends_with(".workbench") { DEEPEST } else { 0 };
        descend(&folder, depth, &mut seen);
    }
    seen.sort();
    seen
}

fn descend(folder: &Path, depth: usize, seen: &mut Snapshot) {
    let below = list(folder, seen);
    if depth > 0 {
        for folder in below {
            descend(&folder, depth - 1, seen);
        }
    }
}

/// Notes the files of a folder that matter and returns the folders in it.
fn list(folder: &Path, seen: &mut Snapshot) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if seen.len() >= MOST_ENTRIES {
            break;
        }
        let path = entry.path();
        let Ok(facts) = std::fs::metadata(&path) else { continue };
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if facts.is_dir() {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if !hidden || path.ends_with(".workbench") {
                folders.push(path);
            }
        } else if matches!(ending, "yaml" | "yml" | "wasm" | "json") {
            seen.push((path, facts.len(), facts.modified().ok()));
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_changes_the_snapshot_and_build_output_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("services/deep/target")).unwrap();
        std::fs::write(root.join("bundle.yaml"), "name: a").unwrap();
        let first = snapshot(root);
        std::fs::write(root.join("services/deep/target/out.yaml"), "x").unwrap();
        std::fs::write(root.join("notes.txt"), "x").unwrap();
        assert_eq!(snapshot(root), first);
        std::fs::write(root.join("services/user.yaml"), "name: user").unwrap();
        let second = snapshot(root);
        assert_ne!(second, first);
        std::fs::write(root.join("services/user.yaml"), "name: users").unwrap();
        assert_ne!(snapshot(root), second);
    }
}
