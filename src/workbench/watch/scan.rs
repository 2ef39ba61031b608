//! What of a folder a bundle may consist of, as names, sizes and times, and which folders tell of changes
//! to it. Reads no file's content, and does not look into folders that no bundle speaks of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::bundle::files::Facts;

/// More files than this are not looked at: the folder is no bundle then.
const MOST_FILES: usize = 10_000;
/// Saved inputs lie this deep: `.workbench/cases/<service>/<function>`.
const CASES_DEPTH: usize = 2;

/// The state of a bundle's folder at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The files that matter, by their path relative to the root (with `/`).
    pub files: BTreeMap<String, Facts>,
    /// Folders in which a change of what matters shows.
    pub folders: BTreeSet<PathBuf>,
}

impl Scan {
    /// Looks at the bundle in `root`, whose manifest names files in `places`. `None` where there is no such folder.
    pub fn of(root: &Path, places: &BTreeSet<String>) -> Option<Self> {
        if !root.is_dir() {
            return None;
        }
        let mut scan = Self::default();
        let usual = ["", "services", "wasm", ".workbench"].map(str::to_owned);
        for place in usual.iter().chain(places).collect::<BTreeSet<_>>() {
            scan.look(root, place);
        }
        scan.descend(root, ".workbench/cases", CASES_DEPTH);
        Some(scan)
    }

    /// The files that came, changed or went since `before`, in order.
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        let came = self.files.iter().filter(|(file, facts)| before.files.get(*file) != Some(facts));
        let went = before.files.keys().filter(|file| !self.files.contains_key(*file));
        let all: BTreeSet<&String> = came.map(|(file, _)| file).chain(went).collect();
        all.into_iter().cloned().collect()
    }

    fn descend(&mut self, root: &Path, place: &str, depth: usize) {
        for below in self.look(root, place) {
            if depth > 0 {
                self.descend(root, &format!("{place}/{below}"), depth - 1);
            }
        }
    }

    /// Notes the files of one folder and gives the names of the folders in it. Where the folder does not
    /// exist, the one that it would appear in is noted.
    fn look(&mut self, root: &Path, place: &str) -> Vec<String> {
        let folder = root.join(place);
        let Ok(entries) = std::fs::read_dir(&folder) else {
            let above = folder.ancestors().skip(1).take_while(|above| above.starts_with(root));
            self.folders.extend(above.filter(|above| above.is_dir()).take(1).map(Path::to_path_buf));
            return Vec::new();
        };
        self.folders.insert(folder.clone());
        let mut below = Vec::new();
        for entry in entries.take(MOST_FILES).flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                below.push(name);
            } else if matters(&name) && self.files.len() < MOST_FILES {
                self.note(root, place, &name, kind.is_symlink());
            }
        }
        below
    }

    fn note(&mut self, root: &Path, place: &str, name: &str, is_link: bool) {
        let file = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
        let path = root.join(&file);
        let Ok(metadata) = std::fs::metadata(&path) else { return };
        if !metadata.is_file() {
            return;
        }
        self.files.insert(file, Facts::of(&metadata));
        // A build writes the file that the link names, elsewhere.
        if is_link && let Ok(target) = std::fs::canonicalize(&path) {
            self.folders.extend(target.parent().map(Path::to_path_buf));
        }
    }
}

/// Whether a bundle may consist of files of this name.
pub fn matters(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    matches!(ending, Some("yaml" | "yml" | "wasm" | "json" | "ts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(root: &Path) -> Scan {
        Scan::of(root, &BTreeSet::from(["deep/down".to_owned()])).unwrap()
    }

    #[test]
    fn changes_are_named_and_build_output_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("services/users/target")).unwrap();
        std::fs::create_dir_all(root.join("target")).unwrap();
        std::fs::write(root.join("bundle.yaml"), "name: a").unwrap();
        let first = scan(root);
        std::fs::write(root.join("services/users/target/out.yaml"), "x").unwrap();
        std::fs::write(root.join("target/out.wasm"), "x").unwrap();
        std::fs::write(root.join("notes.txt"), "x").unwrap();
        assert_eq!(scan(root), first);
        std::fs::write(root.join("services/user.yaml"), "name: user").unwrap();
        std::fs::create_dir_all(root.join("deep/down")).unwrap();
        std::fs::write(root.join("deep/down/other.yaml"), "name: other").unwrap();
        let second = scan(root);
        assert_eq!(second.changes_since(&first), ["deep/down/other.yaml", "services/user.yaml"]);
        std::fs::remove_file(root.join("bundle.yaml")).unwrap();
        assert_eq!(scan(root).changes_since(&second), ["bundle.yaml"]);
    }

    #[test]
    fn where_a_folder_is_missing_the_one_above_is_watched() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(scan(root).folders, BTreeSet::from([root.to_path_buf()]));
        std::fs::create_dir_all(root.join("deep")).unwrap();
        assert!(scan(root).folders.contains(&root.join("deep")));
        assert_eq!(Scan::of(&root.join("gone"), &BTreeSet::new()), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_takes_the_place_of_another_of_its_size_and_time_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let (file, other) = (root.join("bundle.yaml"), root.join("other"));
        std::fs::write(&file, "name: a").unwrap();
        std::fs::write(&other, "name: b").unwrap();
        let time = std::fs::metadata(&file).unwrap().modified().unwrap();
        std::fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
        let before = scan(root);
        std::fs::rename(&other, &file).unwrap();
        assert_eq!(scan(root).changes_since(&before), ["bundle.yaml"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_of_a_linked_module_is_watched() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        std::fs::create_dir_all(root.join("wasm")).unwrap();
        std::fs::create_dir_all(root.join("built")).unwrap();
        std::fs::write(root.join("built/a.wasm"), "x").unwrap();
        std::os::unix::fs::symlink("../built/a.wasm", root.join("wasm/a.wasm")).unwrap();
        let scan = scan(&root);
        assert!(scan.folders.contains(&root.join("built")), "{scan:?}");
        assert!(scan.files.contains_key("wasm/a.wasm"), "{scan:?}");
    }
}
