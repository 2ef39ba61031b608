//! Past invocations: listing, searching, fetching, replaying and deleting them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::bundle::history::Entry;
use crate::platform::Replayed;
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::jobs::Kind;
use crate::workbench::runner::{Recall, Recalled, RunnerPage, SaveCaseDialog};
use crate::workbench::state::{Dialog, Session, Side, Tone};
use crate::workbench::text;
use crate::workbench::work;

use super::is_of;

impl App {
    /// Shows past invocations; another window may have added some.
    pub(super) fn show_history(&mut self) {
        self.state.side = Side::History;
        self.read_history();
    }

    pub(super) fn read_history(&mut self) {
        let Some(session) = &self.state.session else { return };
        let root = session.root.clone();
        self.jobs.start(Kind::History, "Reading the history", move |_| work::history::list(root));
    }

    pub(super) fn take_history(&mut self, root: &Path, entries: Vec<Entry>) {
        let Some(session) = self.session_at(root) else { return };
        // What was kept while the list was read may be missing in it.
        let newest = entries.first().map(|entry| entry.id.clone()).unwrap_or_default();
        let kept = std::mem::take(&mut session.past.entries);
        session.past.entries = kept.into_iter().take_while(|entry| entry.id > newest).collect();
        session.past.entries.extend(entries);
        session.past.is_read = true;
        session.past.revision += 1;
    }

    pub(super) fn take_kept(&mut self, root: &Path, kept: Result<Vec<Entry>, String>) {
        let Some(session) = self.session_at(root) else { return };
        let past = &mut session.past;
        match kept {
            Ok(entries) if entries.is_empty() => {}
            Ok(entries) => {
                past.add(entries);
                past.is_problem_told = false;
            }
            Err(reason) => {
                if !std::mem::replace(&mut past.is_problem_told, true) {
                    let notice = format!("The history cannot be written: {}", text::one_line(&reason));
                    self.state.toasts.show(Tone::Info, notice);
                }
            }
        }
    }

    /// Keeps invocations from now on, or no longer.
    pub(super) fn toggle_history(&mut self) {
        let off = !self.state.settings.no_history;
        self.state.settings.no_history = off;
        let is_kept = self.state.keeps_history();
        if let Some(session) = &self.state.session {
            session.requests.kept.switch(is_kept);
        }
        let notice = if off { "Invocations are no longer kept" } else { "Invocations are kept in the history" };
        self.state.toasts.show(Tone::Info, notice);
    }

    /// Starts the search that the filter asks for.
    pub(in crate::workbench) fn start_due_search(&mut self) {
        let Some(session) = self.state.session.as_ref().filter(|_| self.state.side == Side::History) else { return };
        let text = session.past.filter.trim().to_lowercase();
        let is_found = session.past.found.as_ref().is_some_and(|(found, _)| *found == text);
        if text.is_empty() || is_found {
            return;
        }
        if self.jobs.is_running(Kind::Search) {
            self.jobs.cancel(Kind::Search);
            return;
        }
        let root = session.root.clone();
        self.jobs
            .start(Kind::Search, "Searching the history", move |control| work::history::search(&root, text, control));
    }

    pub(super) fn take_found(&mut self, text: String, found: BTreeSet<String>) {
        if let Some(session) = &mut self.state.session
            && session.past.filter.trim().to_lowercase() == text
        {
            session.past.found = Some((text, found));
        }
    }

    /// Fetches an entry.
    pub(super) fn recall(&mut self, id: String, purpose: Recall) {
        let Some(session) = &mut self.state.session else { return };
        session.past.selected = Some(id.clone());
        let root = session.root.clone();
        self.jobs.start(Kind::History, "Fetching the invocation", move |_| work::history::recall(root, id, purpose));
    }

    pub(super) fn take_recalled(&mut self, root: &Path, recalled: Recalled) {
        let Recalled { id, purpose, content } = recalled;
        let Some(session) = self.session_at(root) else { return };
        let (record, report) = match content {
            Ok(content) => content,
            Err(reason) => {
                session.past.remove(&id);
                let notice = format!("The invocation cannot be shown: {}", text::one_line(&reason));
                return self.state.toasts.show(Tone::Bad, notice);
            }
        };
        // A later click wins.
        if session.past.selected.as_ref() != Some(&id) {
            return;
        }
        let facts = record.facts;
        let key = FunctionKey { service: facts.service, function: facts.function };
        if purpose == Recall::Save {
            let dialog = SaveCaseDialog::of_report(key, &report);
            self.state.dialog = Some(Dialog::SaveCase(Box::new(dialog)));
            return;
        }
        self.pick(key);
        let Some(session) = &mut self.state.session else { return };
        let Some(key) = session.runner.picked.clone() else { return };
        if let Some(input) = session.runner.inputs.get_mut(&key) {
            input.choose(&record.input);
        }
        match purpose {
            Recall::Run => self.run(),
            _ => {
                session.runner.page = RunnerPage::Result;
                session.runner.keep_previous(&key);
                session.runner.reports.insert(key, report);
            }
        }
    }

    /// Replays one entry, or all that are listed; `exactly` with the time and random numbers that they took.
    pub(super) fn replay(&mut self, id: Option<String>, exactly: bool) {
        let limits = self.state.settings.limits.limits();
        self.state.side = Side::History;
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        if self.jobs.is_running(Kind::Replay) {
            return;
        }
        let ids: Vec<String> = match id {
            Some(id) => vec![id],
            None => {
                session.past.refresh();
                let listed = session.past.shown.1.iter().filter_map(|at| session.past.entries.get(*at));
                listed.map(|entry| entry.id.clone()).collect()
            }
        };
        for id in &ids {
            session.past.replayed.remove(id);
        }
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Replay, "Replaying", move |control| {
            work::history::replay(&programs, &loaded, (&ids, exactly), &limits, control)
        });
    }

    pub(super) fn take_replayed(&mut self, id: String, replayed: Replayed, exactly: bool) {
        if let Some(session) = &mut self.state.session {
            session.past.replayed.insert(id, (replayed, exactly));
        }
    }

    pub(super) fn replay_ended(&mut self, cancelled: bool) {
        let Some(session) = &self.state.session else { return };
        let all = session.past.replayed.len();
        let same = session.past.replayed.values().filter(|(replayed, _)| *replayed == Replayed::Same).count();
        let (tone, notice) = match (cancelled, all - same) {
            (true, _) => (Tone::Info, "Replaying was cancelled".to_owned()),
            (_, 0) => (Tone::Good, format!("{} replayed, all with the same output", text::count(all, "invocation"))),
            (_, other) => (Tone::Info, format!("{other} of {} came out differently", text::count(all, "invocation"))),
        };
        self.state.toasts.show(tone, notice);
    }

    /// Deletes an entry, or all.
    pub(super) fn delete_history(&mut self, id: Option<String>) {
        let Some(session) = &mut self.state.session else { return };
        match &id {
            Some(id) => session.past.remove(id),
            None => {
                session.past.entries.clear();
                session.past.replayed.clear();
                session.past.selected = None;
                session.past.revision += 1;
                self.state.dialog = None;
            }
        }
        let root = session.root.clone();
        self.jobs.start(Kind::History, "Deleting", move |_| work::history::delete(&root, id.as_deref()));
    }

    pub(super) fn history_deleted(&mut self, deleted: Result<(), String>) {
        if let Err(reason) = deleted {
            let notice = format!("The history could not be deleted: {}", text::one_line(&reason));
            self.state.toasts.show(Tone::Bad, notice);
            self.read_history();
        }
    }

    fn session_at(&mut self, root: &Path) -> Option<&mut Session> {
        self.state.session.as_mut().filter(|session| session.root == root || is_of(session, root))
    }
}
