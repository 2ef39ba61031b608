//! The journal of unsaved texts: keeping it, and offering what an ended window left in it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::workbench::app::App;
use crate::workbench::documents::Tab;
use crate::workbench::jobs::Kind;
use crate::workbench::journal::{Journal, Recovered};
use crate::workbench::state::Tone;
use crate::workbench::text;
use crate::workbench::work::Done;

/// Unsaved text is in the journal this long after it was typed, and the time that writing takes.
const DELAY: Duration = Duration::from_millis(500);

impl App {
    /// Looks for unsaved texts that were left behind.
    pub(super) fn look_for_recovered(&mut self) {
        let Some(session) = &self.state.session else { return };
        let (root, journal) = (session.root.clone(), Arc::clone(&session.recovery.journal));
        self.jobs
            .start(Kind::Recover, "Looking for unsaved changes", move |_| Done::Recovered(root, journal.left_behind()));
    }

    pub(super) fn take_recovered(&mut self, root: &Path, found: Vec<Recovered>) {
        if let Some(session) = self.state.session.as_mut().filter(|session| session.root == root) {
            session.recovery.found = found;
        }
    }

    /// Writes the journal a moment after something became unsaved or saved.
    pub(in crate::workbench) fn keep_journal(&mut self, ctx: &egui::Context) {
        let Some(session) = &mut self.state.session else { return };
        let recovery = &mut session.recovery;
        let versions = session.documents.versions();
        if recovery.due.is_none() && (versions != recovery.kept || !recovery.restored.is_empty()) {
            recovery.due = Some(Instant::now() + DELAY);
        }
        let Some(due) = recovery.due else { return };
        let now = Instant::now();
        if due > now {
            ctx.request_repaint_after(due - now);
        } else if !self.jobs.is_running(Kind::Journal) {
            recovery.due = None;
            recovery.kept = versions;
            let restored = std::mem::take(&mut recovery.restored);
            let (journal, unsaved) = (Arc::clone(&recovery.journal), session.documents.unsaved());
            self.jobs.start(Kind::Journal, "Keeping unsaved changes safe", move |_| {
                let result = journal.keep(&unsaved);
                // Only what is kept anew may go.
                if result.is_ok() {
                    Journal::forget(&restored);
                }
                Done::Journaled(result)
            });
        }
    }

    pub(super) fn take_journaled(&mut self, result: Result<(), String>) {
        let Some(session) = &mut self.state.session else { return };
        let Err(reason) = result else { return };
        if !std::mem::replace(&mut session.recovery.is_problem_told, true) {
            let reason = text::one_line(&reason);
            let notice = format!("Unsaved changes cannot be kept against a crash: {reason}. Save often");
            self.state.toasts.show(Tone::Bad, notice);
        }
    }

    /// Empties the journal of a bundle that is left: what was unsaved was saved or dropped.
    pub(super) fn close_journal(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let journal = Arc::clone(&session.recovery.journal);
        let restored = std::mem::take(&mut session.recovery.restored);
        self.jobs.start(Kind::Journal, "Clearing the journal", move |_| {
            journal.close();
            Journal::forget(&restored);
            Done::Journaled(Ok(()))
        });
    }

    /// Puts unsaved texts that were left behind into their editors; all of them without a name.
    pub(super) fn restore(&mut self, key: Option<&Path>) {
        self.close_comparison();
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        let chosen = take(&mut session.recovery.found, key);
        let mut last = None;
        for recovered in chosen {
            let file = recovered.unsaved.file.clone();
            let disk = recovered.on_disk.clone().unwrap_or_default();
            session.documents.open_text(&file, &loaded.bundle, &disk);
            match session.documents.get_mut(&file).filter(|document| document.is_text()) {
                Some(document) => {
                    document.restore(&recovered.unsaved.base, &recovered.unsaved.text);
                    session.recovery.restored.push(recovered);
                    last = Some(file);
                }
                None => {
                    let notice = format!("{} is not UTF-8 text on disk; move it away first", text::one_line(&file));
                    self.state.toasts.show(Tone::Bad, notice);
                    session.recovery.found.push(recovered);
                }
            }
        }
        session.check_in(Duration::ZERO);
        if let Some(file) = last {
            self.show_tab(Tab::File(file));
        }
    }

    /// Drops unsaved texts that were left behind; all of them without a name.
    pub(super) fn drop_recovered(&mut self, key: Option<&Path>) {
        self.close_comparison();
        let Some(session) = &mut self.state.session else { return };
        let dropped = take(&mut session.recovery.found, key);
        self.jobs.start(Kind::Journal, "Clearing the journal", move |_| {
            Journal::forget(&dropped);
            Done::Journaled(Ok(()))
        });
    }
}

/// Takes what `key` names, or all.
fn take(found: &mut Vec<Recovered>, key: Option<&Path>) -> Vec<Recovered> {
    let (taken, left) = std::mem::take(found).into_iter().partition(|one| key.is_none_or(|key| one.key() == key));
    *found = left;
    taken
}
