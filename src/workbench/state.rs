//! What the window shows. Views read it and edit only the texts of their own fields; everything else
//! is changed by `update`, in answer to a command or to a finished job.

mod dialog;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::bundle::assist::Functions;
use crate::bundle::{Bundle, Diagnostic, Loaded, Reader, Severity};

use super::archives::OpenedArchive;
use super::callable::{Callable, FunctionKey};
use super::documents::{Documents, Version};
use super::forms::Form;
use super::jobs::{Activity, Kind};
use super::journal::{Journal, JournalFolder, Recovered};
use super::outline::{Outline, Place};
use super::runner::Past;
use super::settings::Settings;
use super::simulation::Simulation;
use super::watch::Places;

pub use dialog::*;

pub use super::goals::{Goals, Measured};
pub use super::runner::{Input, Runner};

/// Everything.
pub struct State {
    /// What is remembered between two starts.
    pub settings: Settings,
    /// The open bundle.
    pub session: Option<Session>,
    /// The start screen.
    pub start: StartScreen,
    /// The dialog in front.
    pub dialog: Option<Dialog>,
    /// Notices.
    pub toasts: Toasts,
    /// What the side panel shows.
    pub side: Side,
    /// Whether the explorer is shown.
    pub explorer_open: bool,
    /// Whether the problems are shown.
    pub problems_open: bool,
    /// Whether the page in the middle has the whole window.
    pub is_wide: bool,
    /// Whether all that can be said about the load of a measurement is shown.
    pub load_open: bool,
    /// The running jobs, as of the start of this frame.
    pub activities: Vec<Activity>,
    /// Whether the program may end without a question.
    pub may_quit: bool,
}

impl State {
    /// A window without a bundle.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            session: None,
            start: StartScreen::default(),
            dialog: None,
            toasts: Toasts::default(),
            side: Side::Runner,
            explorer_open: true,
            problems_open: false,
            is_wide: false,
            load_open: false,
            activities: Vec::new(),
            may_quit: false,
        }
    }

    /// The running job of a kind.
    pub fn activity(&self, kind: Kind) -> Option<&Activity> {
        self.activities.iter().find(|activity| activity.kind == kind)
    }

    /// Whether the open bundle came from an archive, so that nothing is written into it.
    pub fn is_sealed(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.archive.is_some())
    }

    /// Whether the bundle's history keeps what is run.
    pub fn keeps_history(&self) -> bool {
        !self.settings.no_history && !self.is_sealed()
    }

    /// The bundle in the form it was last read.
    pub fn loaded(&self) -> Option<&Arc<Loaded>> {
        self.session.as_ref().and_then(|session| session.loaded.as_ref())
    }
}

/// What the side panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Running one function.
    Runner,
    /// Past invocations.
    History,
    /// Measuring and judging goals.
    Goals,
    /// Sending requests, and serving them.
    Requests,
    /// Firing sensors.
    Sensors,
    /// The open form.
    Form,
}

/// The start screen.
#[derive(Debug, Default)]
pub struct StartScreen {
    /// The path field.
    pub path: String,
    /// Whether the path field wants the focus.
    pub focus_path: bool,
    /// Where the sample bundle lies.
    pub sample: Option<PathBuf>,
    /// Recent bundles that no longer exist.
    pub missing: BTreeSet<PathBuf>,
    /// Why the last folder could not be opened.
    pub error: Option<String>,
}

/// An open bundle.
pub struct Session {
    /// Its folder.
    pub root: PathBuf,
    /// The archive that it was opened from, where that is what the user opened.
    pub archive: Option<OpenedArchive>,
    /// Reads it; shared with the jobs that do.
    pub reader: Arc<Mutex<Reader>>,
    /// The bundle as it was last read; nothing before the first time.
    pub loaded: Option<Arc<Loaded>>,
    /// Its functions.
    pub callables: Vec<Callable>,
    /// The functions of each module, for the editor.
    pub functions: Functions,
    /// Its rows in the explorer.
    pub outline: Outline,
    /// The explorer.
    pub explorer: Explorer,
    /// Open files.
    pub documents: Documents,
    /// The runner.
    pub runner: Runner,
    /// Past invocations.
    pub past: Past,
    /// Goals and measurements.
    pub goals: Goals,
    /// Requests and the gateway.
    pub requests: super::requests::Requests,
    /// Sensors and what they led to.
    pub simulation: Simulation,
    /// Which problems are shown.
    pub problems: ProblemFilter,
    /// The open form.
    pub form: Option<Form>,
    /// A file that was just made, to be shown once it is read.
    pub awaited: Option<String>,
    /// When the bundle is to be read again.
    pub check_due: Option<Instant>,
    /// What happens on disk.
    pub disk: Disk,
    /// Unsaved texts, against a crash.
    pub recovery: Recovery,
}

/// What happens to the bundle's folder on disk.
#[derive(Default)]
pub struct Disk {
    /// Whether the folder itself is gone.
    pub is_gone: bool,
    /// Files that changed since the bundle was last read.
    pub changed: BTreeSet<String>,
    /// The folders that the manifest speaks of; shared with the watch.
    pub places: Places,
}

/// The journal of unsaved texts, and what an ended window left in it.
pub struct Recovery {
    /// Keeps what is unsaved; shared with the jobs that do.
    pub journal: Arc<Journal>,
    /// What the open files were when the journal was last written.
    pub kept: BTreeMap<String, Version>,
    /// When the journal is to be written.
    pub due: Option<Instant>,
    /// Whether the user knows that the journal cannot be written.
    pub is_problem_told: bool,
    /// What was left behind, and waits for the user.
    pub found: Vec<Recovered>,
    /// What was restored, and leaves the journal as soon as it is kept anew.
    pub restored: Vec<Recovered>,
}

impl Session {
    /// A bundle that was not read yet.
    pub fn new(root: PathBuf, journal: JournalFolder) -> Self {
        Self {
            disk: Disk::default(),
            recovery: Recovery {
                journal: Arc::new(Journal::new(journal, &root)),
                kept: BTreeMap::new(),
                due: None,
                is_problem_told: false,
                found: Vec::new(),
                restored: Vec::new(),
            },
            reader: Arc::new(Mutex::new(Reader::new(&root))),
            root,
            archive: None,
            loaded: None,
            callables: Vec::new(),
            functions: Functions::new(),
            outline: Outline::default(),
            explorer: Explorer::default(),
            documents: Documents::default(),
            runner: Runner::default(),
            past: Past::default(),
            goals: Goals::default(),
            requests: super::requests::Requests::default(),
            simulation: Simulation::default(),
            problems: ProblemFilter::default(),
            form: None,
            awaited: None,
            check_due: None,
        }
    }

    /// A bundle that was opened from an archive and not read yet.
    pub fn of_archive(archive: OpenedArchive) -> Self {
        let mut session = Self::new(archive.root.clone(), JournalFolder::none());
        session.documents.seal();
        session.archive = Some(archive);
        session
    }

    /// What the user opened: the bundle's folder, or the archive.
    pub fn place(&self) -> &Path {
        self.archive.as_ref().map_or(&self.root, |archive| &archive.path)
    }

    /// The folder beside what the user opened: where files about the bundle go that do not belong into it.
    pub fn beside(&self) -> &Path {
        let place = self.place();
        place.parent().unwrap_or(place)
    }

    /// The bundle as it was last read.
    pub fn bundle(&self) -> Option<&Bundle> {
        self.loaded.as_ref().map(|loaded| &loaded.bundle)
    }

    /// All problems.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        self.loaded.as_ref().map_or(&[], |loaded| &loaded.diagnostics)
    }

    /// How many problems have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics().iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Asks for another reading in `delay`.
    pub fn check_in(&mut self, delay: Duration) {
        self.check_due = Some(Instant::now() + delay);
    }

    /// The callable that names the same function.
    pub fn callable(&self, key: &FunctionKey) -> Option<&Callable> {
        self.callables.iter().find(|callable| callable.key.is_same(key))
    }

    /// Whether the fix of a diagnostic still speaks of the text in the editor.
    pub fn is_current(&self, diagnostic: &Diagnostic) -> bool {
        self.documents.get(&diagnostic.file).is_none_or(|document| document.checked == Some(document.revision))
    }
}

/// The explorer.
#[derive(Debug, Default)]
pub struct Explorer {
    /// The filter field.
    pub filter: String,
    /// The selected row.
    pub selected: Option<String>,
    /// Closed rows; all others are open.
    pub closed: BTreeSet<String>,
}

/// Which problems are shown.
#[derive(Debug, Default)]
pub struct ProblemFilter {
    /// Whether the first errors of the bundle brought them up, or there were none.
    pub were_shown: bool,
    /// Hidden severities.
    pub hidden: BTreeSet<Severity>,
    /// The problem that was shown last, for next and previous.
    pub at: Option<Place>,
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Good,
    /// Something to know.
    Info,
    /// Something failed.
    Bad,
}

/// A notice.
#[derive(Clone, Debug)]
pub struct Toast {
    /// Names it.
    pub id: u64,
    /// How it is meant.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// When it goes away by itself.
    pub until: Instant,
}

/// All notices.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    next_id: u64,
}

impl Toasts {
    /// Most notices at a time.
    const MOST: usize = 4;

    /// Shows a notice; failures stay longer.
    pub fn show(&mut self, tone: Tone, text: impl Into<String>) {
        let stay = Duration::from_secs(if tone == Tone::Bad { 12 } else { 5 });
        let text = text.into();
        self.shown.retain(|toast| toast.text != text);
        self.shown.push(Toast { id: self.next_id, tone, text, until: Instant::now() + stay });
        self.next_id += 1;
        let surplus = self.shown.len().saturating_sub(Self::MOST);
        self.shown.drain(..surplus);
    }

    /// Takes a notice away.
    pub fn dismiss(&mut self, id: u64) {
        self.shown.retain(|toast| toast.id != id);
    }

    /// Takes away what is over, and gives the time until the next one is.
    pub fn expire(&mut self) -> Option<Duration> {
        let now = Instant::now();
        self.shown.retain(|toast| toast.until > now);
        self.shown.iter().map(|toast| toast.until - now).min()
    }

    /// The notices, the oldest first.
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }
}
