//! Watching a bundle's folder for changes that other programs make: the system's own notices say when to
//! look, a look at names, sizes and times says what changed. Where the system gives no notices (too many
//! watches, network file systems), looking every so often has to do. Reads no file's content.

mod scan;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::sandbox::Cancel;

use super::jobs::Control;
use super::work::Done;
use scan::Scan;

/// A change is told when nothing has happened for this long...
const QUIET: Duration = Duration::from_millis(30);
/// ...or when this much time has gone since the first notice.
const LONGEST_WAIT: Duration = Duration::from_millis(120);
/// A file that somebody is still writing is waited for this long.
const LONGEST_WRITE: Duration = Duration::from_secs(2);
/// Between two looks nobody asked for: notices get lost, and some file systems give none.
const PERIOD: Duration = Duration::from_secs(2);
/// The same where the system refused to give notices.
const PERIOD_WITHOUT_NOTICES: Duration = Duration::from_millis(700);
/// The same while the folder is gone.
const PERIOD_WHILE_GONE: Duration = Duration::from_millis(250);
/// How soon the watch ends when it is told to.
const HEARTBEAT: Duration = Duration::from_millis(200);

/// What happened to a bundle's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These files came, changed or went; paths relative to the root, with `/`.
    Files(Vec<String>),
    /// The folder itself is gone.
    Gone,
    /// The folder is there again.
    Back,
}

/// The folders that hold files which the manifest names, relative to the root. Shared with the watch, which
/// follows it.
pub type Places = Arc<Mutex<BTreeSet<String>>>;

/// Watches until cancelled, and tells whenever something changed.
pub fn watch(root: PathBuf, places: &Places, control: &Control<Done>) -> Done {
    watch_by(Notices::new(), root, places, control)
}

fn watch_by(mut notices: Notices, root: PathBuf, places: &Places, control: &Control<Done>) -> Done {
    let look = || Scan::of(&root, &places.lock().unwrap_or_else(PoisonError::into_inner));
    let mut last = look();
    notices.follow(last.as_ref());
    while notices.wait(last.is_some(), &control.cancel) {
        let mut now = look();
        // What is created between the look and the start of the notices would be missed.
        if notices.follow(now.as_ref()) {
            now = look();
        }
        let change = match (&last, &now) {
            (Some(before), Some(after)) => {
                let files = after.changes_since(before);
                (!files.is_empty()).then_some(Change::Files(files))
            }
            (Some(_), None) => Some(Change::Gone),
            (None, Some(_)) => Some(Change::Back),
            (None, None) => None,
        };
        if let Some(change) = change {
            control.send(Done::Watched(root.clone(), change));
        }
        last = now;
    }
    Done::Watched(root, Change::Files(Vec::new()))
}

/// What a notice says of a file.
enum Notice {
    /// Something is being written to it.
    Writing(PathBuf),
    /// It was closed, renamed, removed or the like.
    Settled(PathBuf),
}

/// The system's notices on the folders that matter.
struct Notices {
    watcher: Option<RecommendedWatcher>,
    inbox: Receiver<Notice>,
    /// The watched folders, and which folder each was when the watch began.
    watched: BTreeMap<PathBuf, Option<u64>>,
    /// Whether the system gives notices on all of them.
    complete: bool,
    /// Files that somebody is writing.
    writing: HashSet<PathBuf>,
}

impl Notices {
    fn new() -> Self {
        let (sender, inbox) = channel();
        let handler = move |event: notify::Result<Event>| {
            for notice in event.iter().flat_map(notices) {
                // Nobody listens only when the watch has ended.
                let _ = sender.send(notice);
            }
        };
        let watcher = notify::recommended_watcher(handler).ok();
        let complete = watcher.is_some();
        Self { watcher, inbox, watched: BTreeMap::new(), complete, writing: HashSet::new() }
    }

    /// Asks for notices on the folders of `scan` and no others. True where folders came in addition.
    fn follow(&mut self, scan: Option<&Scan>) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let none = BTreeSet::new();
        let wanted = scan.map_or(&none, |scan| &scan.folders);
        let mut added = false;
        self.watched.retain(|folder, identity| {
            let stays = wanted.contains(folder) && *identity == identity_of(folder);
            if !stays {
                // A folder that is gone takes its watch with it.
                let _ = watcher.unwatch(folder);
            }
            stays
        });
        self.complete = true;
        for folder in wanted {
            if self.watched.contains_key(folder) {
                continue;
            }
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder.clone(), identity_of(folder));
                    added = true;
                }
                Err(_) => self.complete = false,
            }
        }
        added
    }

    /// Waits until it is time to look. False when the watch is to end.
    fn wait(&mut self, exists: bool, cancel: &Cancel) -> bool {
        let period = match (exists, self.complete) {
            (false, _) => PERIOD_WHILE_GONE,
            (true, true) => PERIOD,
            (true, false) => PERIOD_WITHOUT_NOTICES,
        };
        let due = Instant::now() + period;
        while !cancel.is_cancelled() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            match self.inbox.recv_timeout(left.min(HEARTBEAT)) {
                Ok(notice) => {
                    self.settle(notice, cancel);
                    return !cancel.is_cancelled();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left.min(HEARTBEAT)),
            }
        }
        false
    }

    /// Waits until nothing more happens and what is being written is written.
    fn settle(&mut self, first: Notice, cancel: &Cancel) {
        let begun = Instant::now();
        self.note(first);
        while !cancel.is_cancelled() {
            match self.inbox.recv_timeout(QUIET) {
                Ok(notice) => self.note(notice),
                Err(_) if self.writing.is_empty() => return,
                Err(_) => {}
            }
            let longest = if self.writing.is_empty() { LONGEST_WAIT } else { LONGEST_WRITE };
            if begun.elapsed() >= longest {
                self.writing.clear();
                return;
            }
        }
    }

    fn note(&mut self, notice: Notice) {
        match notice {
            Notice::Writing(path) => drop(self.writing.insert(path)),
            Notice::Settled(path) => drop(self.writing.remove(&path)),
        }
    }
}

/// What of an event matters: nothing that only reads, and nothing of files that no bundle consists of.
fn notices(event: &Event) -> Vec<Notice> {
    // Only some systems tell when a file is closed; elsewhere a quiet moment has to do.
    let is_writing = cfg!(target_os = "linux") && matches!(event.kind, EventKind::Modify(ModifyKind::Data(_)));
    let only_reads = match event.kind {
        EventKind::Access(kind) => kind != AccessKind::Close(AccessMode::Write),
        _ => false,
    };
    let rescan = event.need_rescan().then(|| Notice::Settled(PathBuf::new()));
    let paths = event.paths.iter().filter(|path| !only_reads && is_of_interest(path, event.kind));
    let notice =
        |path: &PathBuf| if is_writing { Notice::Writing(path.clone()) } else { Notice::Settled(path.clone()) };
    paths.map(notice).chain(rescan).collect()
}

fn is_of_interest(path: &Path, kind: EventKind) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let comes_or_goes =
        matches!(kind, EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
    // A folder may appear, vanish or be renamed; few files have no ending.
    scan::matters(name)
        || (comes_or_goes && (path.extension().is_none() || !name.contains('.')))
        || matches!(kind, EventKind::Any | EventKind::Other)
}

/// Tells a folder from another one that takes its place.
fn identity_of(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(folder).ok().map(|metadata| metadata.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::jobs::{Event as JobEvent, Jobs, Kind};

    struct Watched {
        jobs: Jobs<Done>,
        folder: tempfile::TempDir,
    }

    impl Watched {
        fn new() -> Self {
            Self::by(Notices::new)
        }

        fn by(notices: fn() -> Notices) -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(folder.path().join("wasm")).unwrap();
            std::fs::create_dir_all(folder.path().join("target/debug")).unwrap();
            let mut jobs = Jobs::new(egui::Context::default());
            let root = folder.path().to_path_buf();
            jobs.start(Kind::Watch, "Watching", move |control| watch_by(notices(), root, &Places::default(), control));
            std::thread::sleep(Duration::from_millis(150));
            Self { jobs, folder }
        }

        /// What is told within `patience`.
        fn next(&mut self, patience: Duration) -> Option<Change> {
            let begun = Instant::now();
            while begun.elapsed() < patience {
                for event in self.jobs.poll() {
                    if let JobEvent::Value(Done::Watched(_, change)) = event {
                        return Some(change);
                    }
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            None
        }
    }

    #[test]
    fn build_output_wakes_nobody_and_a_change_amid_it_is_told_soon() {
        let mut watched = Watched::new();
        let root = watched.folder.path().to_path_buf();
        let flood = std::thread::spawn({
            let root = root.clone();
            move || {
                for at in 0..3000 {
                    std::fs::write(root.join(format!("target/debug/{at}.json")), "x").unwrap();
                }
            }
        });
        std::thread::sleep(Duration::from_millis(20));
        let begun = Instant::now();
        std::fs::write(root.join("bundle.yaml"), "name: a").unwrap();
        assert_eq!(watched.next(Duration::from_secs(5)), Some(Change::Files(vec!["bundle.yaml".into()])));
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        flood.join().unwrap();
        assert_eq!(watched.next(Duration::from_millis(300)), None);
    }

    #[test]
    fn a_folder_that_goes_and_comes_back_is_told_and_watched_again() {
        let mut watched = Watched::new();
        let root = watched.folder.path().to_path_buf();
        let away = root.with_extension("away");
        std::fs::rename(&root, &away).unwrap();
        assert_eq!(watched.next(Duration::from_secs(5)), Some(Change::Gone));
        std::fs::rename(&away, &root).unwrap();
        assert_eq!(watched.next(Duration::from_secs(5)), Some(Change::Back));
        std::fs::write(root.join("wasm/a.wasm"), "x").unwrap();
        assert_eq!(watched.next(Duration::from_secs(5)), Some(Change::Files(vec!["wasm/a.wasm".into()])));
    }

    #[test]
    fn where_the_system_gives_no_notices_changes_are_found_by_looking() {
        let mut watched = Watched::by(|| Notices { watcher: None, complete: false, ..Notices::new() });
        std::fs::write(watched.folder.path().join("bundle.yaml"), "name: a").unwrap();
        assert_eq!(watched.next(Duration::from_secs(10)), Some(Change::Files(vec!["bundle.yaml".into()])));
    }

    #[test]
    fn reading_and_other_files_are_no_notice() {
        let event = |kind, path: &str| Event::new(kind).add_path(PathBuf::from(path));
        let create = EventKind::Create(notify::event::CreateKind::File);
        assert!(notices(&event(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/b/bundle.yaml")).is_empty());
        assert!(notices(&event(create, "/b/notes.txt")).is_empty());
        assert_eq!(notices(&event(create, "/b/bundle.yaml")).len(), 1);
        assert_eq!(notices(&event(EventKind::Create(notify::event::CreateKind::Folder), "/b/wasm")).len(), 1);
    }
}
