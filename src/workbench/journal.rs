//! The journal: unsaved texts, kept where the user's own data is, so that a crash costs no work.
//!
//! Each window on a bundle has a folder of its own there with one file for each unsaved text, and holds a
//! lock on it while it lives. A folder whose lock is free was left behind, and what it holds is offered.
//! Used by workers only; never writes into the bundle's folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::bundle::save;

use super::window_folder::{WindowFolder, claim, folders_in, hex};

/// Where the journal is, in the place of the user's data folder.
const FOLDER_VARIABLE: &str = "PRIOSTACK_WORKBENCH_JOURNAL";
/// Longer texts are not kept, in bytes.
const LONGEST_TEXT: usize = 8 << 20;
/// Most unsaved texts of one window that are kept, and most bytes of them.
const MOST_TEXTS: usize = 100;
const MOST_BYTES: usize = 64 << 20;
/// Older texts are dropped.
const OLDEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Most folders of ended windows that are kept for all bundles; the oldest go.
const MOST_FOLDERS: usize = 200;

/// An unsaved text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// Its file, relative to the bundle's root.
    pub file: String,
    /// The text on disk that it began with.
    pub base: String,
    /// The text.
    pub text: String,
}

/// An unsaved text as it is written.
#[derive(Serialize, Deserialize)]
struct Entry {
    file: String,
    base: String,
    text: String,
}

/// An unsaved text that an ended window left behind.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// What was unsaved.
    pub unsaved: Unsaved,
    /// When it was written to the journal.
    pub time: SystemTime,
    /// What the disk holds now; `None` where the file is gone.
    pub on_disk: Option<String>,
    path: PathBuf,
    /// Held, so that no other window offers the same.
    _claim: Arc<File>,
}

impl Recovered {
    /// Names it among all that were left behind.
    pub fn key(&self) -> &Path {
        &self.path
    }

    /// Whether the file on disk changed since.
    pub fn disk_changed(&self) -> bool {
        self.on_disk.as_ref() != Some(&self.unsaved.base)
    }
}

/// Where journals are kept; nowhere in most tests and where the system has no place for them.
#[derive(Clone, Debug, Default)]
pub struct JournalFolder(Option<PathBuf>);

impl JournalFolder {
    /// The user's own.
    pub fn of_user() -> Self {
        let chosen = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let usual = || Some(dirs::data_local_dir()?.join("priostack-workbench").join("journal"));
        Self(chosen.or_else(usual))
    }

    /// Journals kept in `folder`.
    pub fn at(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    /// Journals kept nowhere.
    pub fn none() -> Self {
        Self(None)
    }

    fn of_bundle(&self, root: &Path) -> Option<PathBuf> {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.into());
        Some(self.0.as_ref()?.join(hex(root.as_os_str().as_encoded_bytes())))
    }
}

/// The journal of one window on one bundle.
#[derive(Debug)]
pub struct Journal {
    home: JournalFolder,
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: Option<Open>,
    /// Whether the window has closed the bundle, so that nothing is unsaved any more.
    is_closed: bool,
}

/// A journal that was written to.
#[derive(Debug)]
struct Open {
    folder: WindowFolder,
    /// What each file of the journal holds, as a digest, by its name.
    kept: BTreeMap<String, String>,
}

impl Journal {
    /// A journal for the bundle in `root`. Touches no file yet.
    pub fn new(home: JournalFolder, root: &Path) -> Self {
        Self { home, root: root.into(), state: Mutex::default() }
    }

    /// Lets the journal hold exactly these texts.
    ///
    /// # Errors
    /// When a text cannot be kept, with what the user reads about it.
    pub fn keep(&self, texts: &[Unsaved]) -> Result<(), String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.is_empty() || state.is_closed {
            if let Some(open) = state.open.take() {
                open.remove();
            }
            return Ok(());
        }
        let open = &mut state.open;
        let Some(folder) = self.home.of_bundle(&self.root) else { return Ok(()) };
        if open.as_ref().is_none_or(|open| !open.folder.path.is_dir()) {
            *open = Some(Open::create(&folder).map_err(|error| reason(&error))?);
        }
        let Some(open) = open.as_mut() else { return Ok(()) };
        open.hold(texts)
    }

    /// Drops all texts for good, also those that a job is still about to keep.
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        let _ = self.keep(&[]);
    }

    /// The texts that ended windows left behind, the oldest first. What is on disk by now, and what is too
    /// old, is dropped.
    pub fn left_behind(&self) -> Vec<Recovered> {
        let Some(folder) = self.home.of_bundle(&self.root) else { return Vec::new() };
        if let Some(home) = &self.home.0 {
            drop_oldest(home);
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let own = state.open.as_ref().map(|open| open.folder.path.clone());
        drop(state);
        let mut found = Vec::new();
        for window in folders_in(&folder).into_iter().filter(|window| Some(window) != own.as_ref()) {
            let Some(claim) = claim(&window) else { continue };
            let before = found.len();
            for (path, entry, time) in entries(&window) {
                let on_disk = crate::bundle::files::read(&self.root, &entry.file, LONGEST_TEXT as u64).ok();
                let on_disk = on_disk.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let is_old = time.elapsed().is_ok_and(|age| age > OLDEST);
                if is_old || on_disk.as_ref() == Some(&entry.text) {
                    let _ = fs::remove_file(&path);
                    continue;
                }
                let unsaved = Unsaved { file: entry.file, base: entry.base, text: entry.text };
                found.push(Recovered { unsaved, time, on_disk, path, _claim: Arc::clone(&claim) });
            }
            if found.len() == before {
                let _ = fs::remove_dir_all(&window);
            }
        }
        found.sort_by_key(|recovered| recovered.time);
        found
    }

    /// Removes texts that were left behind, because they were restored and kept anew, or are not wanted.
    pub fn forget(recovered: &[Recovered]) {
        for recovered in recovered {
            let _ = fs::remove_file(&recovered.path);
            let Some(folder) = recovered.path.parent() else { continue };
            if entries(folder).next().is_none() {
                let _ = fs::remove_dir_all(folder);
            }
        }
    }
}

impl Open {
    fn create(folder: &Path) -> io::Result<Self> {
        Ok(Self { folder: WindowFolder::create(folder)?, kept: BTreeMap::new() })
    }

    fn hold(&mut self, texts: &[Unsaved]) -> Result<(), String> {
        let mut wanted = BTreeMap::new();
        let mut problem = None;
        let mut room = MOST_BYTES;
        for unsaved in texts.iter().take(MOST_TEXTS) {
            if unsaved.text.len() > LONGEST_TEXT.min(room) {
                problem = Some(format!("{} is too large", unsaved.file));
                continue;
            }
            let name = format!("{}.json", hex(unsaved.file.as_bytes()));
            let digest = hex(format!("{}\0{}\0{}", unsaved.base.len(), unsaved.base, unsaved.text).as_bytes());
            if self.kept.get(&name) != Some(&digest)
                && let Err(error) = write(&self.folder.path.join(&name), unsaved)
            {
                problem = Some(reason(&error));
                continue;
            }
            room -= unsaved.text.len();
            wanted.insert(name, digest);
        }
        for name in self.kept.keys().filter(|name| !wanted.contains_key(*name)) {
            let _ = fs::remove_file(self.folder.path.join(name));
        }
        self.kept = wanted;
        problem.map_or(Ok(()), Err)
    }

    fn remove(self) {
        let _ = fs::remove_dir_all(&self.folder.path);
        // Other windows on the same bundle may have theirs beside it.
        let _ = self.folder.path.parent().map(fs::remove_dir);
    }
}

fn write(path: &Path, unsaved: &Unsaved) -> io::Result<()> {
    let base = if unsaved.base.len() > LONGEST_TEXT { String::new() } else { unsaved.base.clone() };
    let entry = Entry { file: unsaved.file.clone(), base, text: unsaved.text.clone() };
    let bytes = serde_json::to_vec(&entry).map_err(io::Error::other)?;
    save::replace(path, &bytes, private_file())
}

/// The texts in a window's folder with their files and times; what cannot be understood is left out.
fn entries(window: &Path) -> impl Iterator<Item = (PathBuf, Entry, SystemTime)> {
    let files = fs::read_dir(window).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).take(MOST_TEXTS).filter_map(|path| {
        let file = File::open(&path).ok()?;
        let time = file.metadata().and_then(|metadata| metadata.modified()).ok()?;
        let mut bytes = Vec::new();
        // JSON writes a character in at most six.
        file.take(13 * LONGEST_TEXT as u64).read_to_end(&mut bytes).ok()?;
        Some((path, serde_json::from_slice(&bytes).ok()?, time))
    })
}

/// Drops journals of ended windows beyond the number that is kept.
fn drop_oldest(home: &Path) {
    let mut windows: Vec<(SystemTime, PathBuf)> = folders_in(home)
        .iter()
        .flat_map(|bundle| folders_in(bundle))
        .filter_map(|window| Some((fs::metadata(&window).and_then(|metadata| metadata.modified()).ok()?, window)))
        .collect();
    windows.sort();
    let surplus = windows.len().saturating_sub(MOST_FOLDERS);
    let is_old = |time: &SystemTime| time.elapsed().is_ok_and(|age| age > OLDEST);
    let doomed = windows.iter().enumerate().filter(|(at, (time, _))| *at < surplus || is_old(time));
    for (_, (_, window)) in doomed {
        if claim(window).is_some() {
            let _ = fs::remove_dir_all(window);
            let _ = window.parent().map(fs::remove_dir);
        }
    }
}

/// The permissions of a file that nobody else may read, where there are such.
fn private_file() -> Option<fs::Permissions> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Some(fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    None
}

/// The system's words without its error number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsaved(file: &str, text: &str) -> Unsaved {
        Unsaved { file: file.into(), base: "old\n".into(), text: text.into() }
    }

    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("bundle")).unwrap();
            Self { folder }
        }

        fn root(&self) -> PathBuf {
            self.folder.path().join("bundle")
        }

        fn journal(&self) -> Journal {
            Journal::new(JournalFolder::at(self.folder.path().join("journal")), &self.root())
        }

        /// A journal whose window has ended without a word.
        fn ended(&self, texts: &[Unsaved]) {
            self.journal().keep(texts).unwrap();
        }
    }

    #[test]
    fn what_an_ended_window_left_is_found_and_what_a_living_one_keeps_is_not() {
        let place = Place::new();
        let living = place.journal();
        living.keep(&[unsaved("a.yaml", "living")]).unwrap();
        place.ended(&[unsaved("a.yaml", "left"), unsaved("b.yaml", "left too")]);
        let found = place.journal().left_behind();
        let mut texts: Vec<&str> = found.iter().map(|recovered| recovered.unsaved.text.as_str()).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["left", "left too"]);
        assert!(place.journal().left_behind().is_empty(), "another window offers what is offered already");
        Journal::forget(&found);
        drop(found);
        assert!(place.journal().left_behind().is_empty());
        drop(living);
        assert_eq!(place.journal().left_behind().len(), 1);
    }

    #[test]
    fn the_journal_holds_exactly_what_is_unsaved() {
        let place = Place::new();
        let journal = place.journal();
        journal.keep(&[unsaved("a.yaml", "1"), unsaved("b.yaml", "1")]).unwrap();
        journal.keep(&[unsaved("b.yaml", "2")]).unwrap();
        drop(journal);
        let found = place.journal().left_behind();
        assert_eq!(found.iter().map(|found| found.unsaved.clone()).collect::<Vec<_>>(), [unsaved("b.yaml", "2")]);
        drop(found);
        let journal = place.journal();
        journal.keep(&[unsaved("c.yaml", "3")]).unwrap();
        journal.keep(&[]).unwrap();
        drop(journal);
        Journal::forget(&place.journal().left_behind());
        assert!(folders_in(&place.folder.path().join("journal")).iter().all(|bundle| folders_in(bundle).is_empty()));
    }

    #[test]
    fn what_is_on_disk_by_now_is_not_offered() {
        let place = Place::new();
        fs::write(place.root().join("a.yaml"), "saved").unwrap();
        fs::write(place.root().join("b.yaml"), "changed").unwrap();
        fs::write(place.root().join("c.yaml"), "old\n").unwrap();
        place.ended(&[
            unsaved("a.yaml", "saved"),
            unsaved("b.yaml", "x"),
            unsaved("c.yaml", "x"),
            unsaved("d.yaml", "x"),
        ]);
        let mut found = place.journal().left_behind();
        found.sort_by(|one, other| one.unsaved.file.cmp(&other.unsaved.file));
        let changed: Vec<(&str, bool)> =
            found.iter().map(|found| (found.unsaved.file.as_str(), found.disk_changed())).collect();
        assert_eq!(changed, [("b.yaml", true), ("c.yaml", false), ("d.yaml", true)]);
    }

    #[test]
    fn what_is_too_old_or_damaged_is_dropped() {
        let place = Place::new();
        place.ended(&[unsaved("a.yaml", "x"), unsaved("b.yaml", "x")]);
        let bundle = folders_in(&place.folder.path().join("journal")).remove(0);
        let window = folders_in(&bundle).remove(0);
        let mut files = entries(&window).map(|(path, _, _)| path);
        let (old, damaged) = (files.next().unwrap(), files.next().unwrap());
        let long_ago = SystemTime::now() - OLDEST - Duration::from_secs(60);
        File::options().write(true).open(old).unwrap().set_modified(long_ago).unwrap();
        fs::write(damaged, "{\"file\": ").unwrap();
        assert!(place.journal().left_behind().is_empty());
    }

    #[test]
    fn a_path_that_leaves_the_bundle_is_not_read() {
        let place = Place::new();
        fs::write(place.folder.path().join("secret"), "secret").unwrap();
        place.ended(&[unsaved("../secret", "x")]);
        let found = place.journal().left_behind();
        assert!(found.iter().all(|found| found.on_disk.is_none()), "{found:?}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_journal() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        let journal = place.journal();
        journal.keep(&[unsaved("a.yaml", "x")]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let window = journal.state.lock().unwrap().open.as_ref().unwrap().folder.path.clone();
        assert_eq!(mode(&window), 0o700);
        for (path, _, _) in entries(&window) {
            assert_eq!(mode(&path), 0o600);
        }
    }

    #[test]
    fn a_text_that_is_too_large_is_said_and_the_others_are_kept() {
        let place = Place::new();
        let journal = place.journal();
        let large = unsaved("a.yaml", &"x".repeat(LONGEST_TEXT + 1));
        assert!(journal.keep(&[large, unsaved("b.yaml", "x")]).unwrap_err().contains("a.yaml"));
        drop(journal);
        assert_eq!(place.journal().left_behind().len(), 1);
    }
}
