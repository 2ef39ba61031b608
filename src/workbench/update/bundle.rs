//! Opening, reading, reloading and closing a bundle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::bundle::cases::CASES_FOLDER;
use crate::bundle::diagnostic::Choice;
use crate::bundle::files::normal_path;
use crate::bundle::settings::SETTINGS_FILE;
use crate::bundle::{Bundle, Code};
use crate::deploy;

use super::conflict;
use crate::workbench::app::App;
use crate::workbench::command::Command;
use crate::workbench::documents::Tab;
use crate::workbench::jobs::Kind;
use crate::workbench::state::{Dialog, Session, Tone};
use crate::workbench::watch::{self, Change};
use crate::workbench::work::{self, Done, Reading};
use crate::workbench::{dialogs, text};

/// A native dialog that ends sooner without a choice was most likely never shown.
pub(super) const NEVER_SHOWN: Duration = Duration::from_millis(800);
/// While the bundle's folder is gone, it is looked for this often.
const LOOK_FOR_FOLDER: Duration = Duration::from_millis(500);
const NO_NATIVE_DIALOG: &str = "Where this desktop offers no file dialog, type or paste the folder's path here";

impl App {
    pub(super) fn ask_for_bundle(&mut self) {
        if !self.native_dialogs {
            self.ask_in_window(None);
        } else if !self.jobs.is_running(Kind::Choose) {
            let dialog = dialogs::folder();
            self.jobs.start(Kind::Choose, "Choosing a folder", |_| {
                let begun = Instant::now();
                Done::FolderChosen { folder: dialogs::wait(dialog), took: begun.elapsed() }
            });
        }
    }

    pub(super) fn ask_in_window(&mut self, remark: Option<String>) {
        if self.state.session.is_none() {
            self.state.start.focus_path = true;
            self.state.start.error = remark;
        } else {
            self.state.dialog = Some(Dialog::Open { path: String::new(), remark });
        }
    }

    pub(super) fn folder_chosen(&mut self, folder: Option<PathBuf>, took: Duration) {
        match folder {
            Some(folder) => self.send(Command::OpenFolder(folder)),
            None if took < NEVER_SHOWN => self.ask_in_window(Some(NO_NATIVE_DIALOG.into())),
            None => {}
        }
    }

    pub(super) fn open_sample(&mut self) {
        match self.state.start.sample.clone() {
            Some(folder) => self.send(Command::OpenFolder(folder)),
            None => self.state.toasts.show(Tone::Bad, "The sample bundle is not installed beside this program"),
        }
    }

    /// Opens a bundle; what was open before is gone.
    pub(super) fn open(&mut self, folder: PathBuf) {
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        if deploy::is_named_zip(&folder) {
            self.open_archive(folder);
        } else {
            self.begin(Session::new(folder, self.journal.clone()));
        }
    }

    /// Begins with a bundle; what was open before is gone.
    pub(super) fn begin(&mut self, session: Session) {
        self.leave();
        self.state.dialog = None;
        self.state.start.error = None;
        self.state.problems_open = false;
        self.state.session = Some(session);
        self.start_reading();
        if !self.state.is_sealed() {
            self.start_watching();
            self.look_for_recovered();
        }
        self.read_history();
    }

    fn start_watching(&mut self) {
        let Some(session) = self.state.session.as_ref().filter(|_| !self.state.settings.unwatched) else { return };
        let (root, places) = (session.root.clone(), session.disk.places.clone());
        self.jobs.start(Kind::Watch, "Watching the folder", move |control| watch::watch(root, &places, control));
    }

    pub(super) fn toggle_watch(&mut self) {
        self.state.settings.unwatched = !self.state.settings.unwatched;
        if self.state.settings.unwatched {
            self.jobs.cancel(Kind::Watch);
            self.state.toasts.show(Tone::Info, "Changes on disk are not watched; reload to take them in");
        } else {
            if !self.state.is_sealed() {
                self.start_watching();
            }
            if let Some(session) = &mut self.state.session {
                session.check_in(Duration::ZERO);
            }
            self.state.toasts.show(Tone::Good, "Changes on disk are watched");
        }
    }

    /// Closes the bundle.
    pub(super) fn close_bundle(&mut self) {
        self.leave();
        self.state.dialog = None;
        self.look_around();
    }

    fn leave(&mut self) {
        let running = [
            Kind::Learn,
            Kind::Body,
            Kind::Payload,
            Kind::Invoke,
            Kind::Request,
            Kind::Measure,
            Kind::Simulate,
            Kind::Test,
            Kind::Replay,
            Kind::Search,
        ];
        for kind in [Kind::Watch, Kind::Load].into_iter().chain(running) {
            self.jobs.cancel(kind);
        }
        self.programs.forget();
        self.close_journal();
        if let Some(session) = self.state.session.take() {
            self.remove_unpacked(session);
        }
    }

    pub(super) fn reload(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        if let Some(archive) = &session.archive {
            let path = archive.path.clone();
            return self.open_archive(path);
        }
        session.check_in(Duration::ZERO);
        self.state.toasts.show(Tone::Info, "Reading the bundle again");
    }

    pub(super) fn folder_changed(&mut self, root: &Path, change: Change) {
        let Some(session) = self.state.session.as_mut().filter(|session| session.root == root) else { return };
        match change {
            Change::Files(files) if files.is_empty() => return,
            Change::Files(files) => {
                session.runner.cases.note_change();
                session.runner.cases.forget_results(&files);
                if files.iter().any(|file| file.ends_with(".wasm")) {
                    session.runner.learned.clear();
                }
                // Cases are not what the function is made of.
                session.runner.run_is_due |= files.iter().any(|file| !file.starts_with(CASES_FOLDER));
                session.disk.changed.extend(files);
            }
            Change::Gone => session.disk.is_gone = true,
            Change::Back => session.disk.is_gone = false,
        }
        session.check_in(Duration::ZERO);
    }

    /// Starts a reading of the bundle with the unsaved texts.
    pub(in crate::workbench) fn start_reading(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        session.check_due = None;
        let (root, reader) = (session.root.clone(), Arc::clone(&session.reader));
        let overlay = session.documents.overlay();
        let versions = session.documents.versions();
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Read, "Checking the bundle", move |_| {
            work::read(root, &reader, &programs, &overlay, versions)
        });
    }

    /// Takes in a bundle that was read.
    pub(super) fn take_reading(&mut self, reading: Reading) {
        let Some(session) = &mut self.state.session else { return };
        // A reading that was still under way when another bundle was opened.
        if reading.root != session.root {
            return;
        }
        let first = session.loaded.is_none();
        let unreadable = |diagnostic: &&crate::bundle::Diagnostic| diagnostic.code == Code::FolderUnreadable;
        if first && let Some(diagnostic) = reading.loaded.diagnostics.iter().find(unreadable) {
            let reason = diagnostic.message.clone();
            self.refuse_folder(reason);
            return;
        }
        // What was read last is worth more than a folder that is gone.
        session.disk.is_gone = !first && reading.is_gone;
        if session.disk.is_gone {
            // It may be back before the watch has noticed anything, or nobody watches.
            session.check_in(LOOK_FOR_FOLDER);
            return;
        }
        let conflicts = conflict::conflicts(session);
        let reloaded = reloaded(session, &reading.loaded.bundle);
        session.documents.take_in(&reading.loaded.bundle, &reading.versions, &reading.on_disk);
        *session.disk.places.lock().unwrap_or_else(PoisonError::into_inner) = places(&reading.loaded.bundle);
        session.simulation.rebind(&reading.loaded.bundle);
        session.loaded = Some(reading.loaded);
        session.callables = reading.callables;
        session.functions = reading.functions;
        session.outline = reading.outline;
        let unknown = reading.unknown;
        if first {
            self.list_runs();
            self.show_first_time();
        }
        self.refresh_after_reading();
        self.renew_site();
        self.tell_reloaded(&reloaded);
        self.tell_conflicts(&conflicts);
        self.compare_again();
        self.show_first_errors(unknown.is_empty());
        if !unknown.is_empty() {
            self.load_modules(unknown);
        }
        self.run_on_change();
    }

    fn tell_reloaded(&mut self, files: &[String]) {
        match files {
            [] => {}
            [file] => self.state.toasts.show(Tone::Info, format!("Reloaded {}", text::one_line(file))),
            files => self.state.toasts.show(Tone::Info, format!("Reloaded {}", text::count(files.len(), "file"))),
        }
    }

    /// Shows the problems once, as soon as there are errors: at first, or when the modules are loaded.
    fn show_first_errors(&mut self, is_complete: bool) {
        let Some(session) = self.state.session.as_mut().filter(|session| !session.problems.were_shown) else { return };
        let has_errors = session.count(crate::bundle::Severity::Error) > 0;
        session.problems.were_shown = has_errors || is_complete;
        self.state.problems_open |= has_errors;
    }

    fn load_modules(&mut self, paths: Vec<PathBuf>) {
        // The reading after the running job finds what is missing still.
        if self.jobs.is_running(Kind::Load) {
            return;
        }
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Load, "Preparing modules", move |control| work::load_modules(&programs, &paths, control));
    }

    /// Reads the bundle again with what its modules revealed. The modules may have been those of a
    /// bundle that is closed by now: then the reading starts the loading that had to wait.
    pub(super) fn modules_loaded(&mut self) {
        if let Some(session) = &mut self.state.session {
            session.check_in(Duration::ZERO);
        }
    }

    /// Notes a choice in the bundle's settings.
    pub(super) fn choose(&mut self, choice: Choice) {
        let Some(session) = &self.state.session else { return };
        let root = session.root.clone();
        self.jobs.start(Kind::Save, "Noting the choice", move |_| work::choose(&root, &choice));
    }

    pub(super) fn chosen(&mut self, result: Result<(), String>) {
        match result {
            Ok(()) => {
                self.state.toasts.show(Tone::Good, format!("Noted in {SETTINGS_FILE}"));
                if let Some(session) = &mut self.state.session {
                    session.check_in(Duration::ZERO);
                }
            }
            Err(reason) => self.state.toasts.show(Tone::Bad, format!("The choice could not be noted: {reason}")),
        }
    }

    fn refuse_folder(&mut self, reason: String) {
        let Some(session) = self.state.session.take() else { return };
        self.jobs.cancel(Kind::Watch);
        self.state.start.path = session.place().display().to_string();
        self.state.start.error = Some(reason);
        self.state.start.focus_path = true;
        self.remove_unpacked(session);
        self.look_around();
    }

    fn show_first_time(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        self.state.settings.remember(session.place());
        let Some(loaded) = session.loaded.clone() else { return };
        let manifest = loaded.bundle.sources.keys().find(|file| file.as_str() == "bundle.yaml");
        let tab = manifest.map_or(Tab::Overview, |file| Tab::File(file.clone()));
        session.documents.show(tab, &loaded.bundle);
        // Whether it may be saved is known after another look at it.
        session.check_in(Duration::ZERO);
        let first = session.callables.iter().find(|callable| callable.obstacle.is_none());
        if let Some(key) = first.or(session.callables.first()).map(|callable| callable.key.clone()) {
            self.pick(key);
        }
    }

    fn refresh_after_reading(&mut self) {
        self.judge_again();
        let Some(session) = &mut self.state.session else { return };
        let awaited = session
            .awaited
            .take_if(|file| session.loaded.as_ref().is_some_and(|loaded| loaded.bundle.sources.contains_key(file)));
        let picked = session.runner.picked.clone();
        if let Some(file) = awaited {
            self.show_tab(Tab::File(file));
        }
        if let Some(key) = picked {
            self.want_cases(&key);
        }
    }
}

/// The files that other programs changed since the last reading and that are shown anew from now on, in order.
fn reloaded(session: &mut Session, now: &Bundle) -> Vec<String> {
    let changed = std::mem::take(&mut session.disk.changed);
    let Some(before) = session.loaded.as_ref().map(|loaded| &loaded.bundle) else { return Vec::new() };
    let is_new = |file: &String| {
        if file.ends_with(".wasm") {
            return now.modules.iter().any(|module| module.file == *file);
        }
        let Some(text) = now.sources.get(file).or(now.damaged.get(file)) else { return false };
        // What was saved here is shown here already, and so are unsaved changes.
        match session.documents.get(file) {
            Some(document) => !document.is_dirty() && document.editor.text() != text,
            None => before.sources.get(file).or(before.damaged.get(file)) != Some(text),
        }
    };
    changed.into_iter().filter(is_new).collect()
}

/// The folders of the files that the manifest names.
fn places(bundle: &Bundle) -> BTreeSet<String> {
    let files = bundle.manifest.services.iter().filter_map(|service| normal_path(&service.value).ok());
    files.filter_map(|file| file.rsplit_once('/').map(|(folder, _)| folder.to_owned())).collect()
}
