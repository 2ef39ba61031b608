//! Going to places: tabs, rows of the explorer, problems; and mending what a problem offers to mend.

use std::time::Duration;

use crate::bundle::{BundleEdit, Diagnostic, Severity, Span};
use crate::workbench::app::App;
use crate::workbench::command::Command;
use crate::workbench::documents::Tab;
use crate::workbench::outline::{NodeKind, Place};
use crate::workbench::state::{Dialog, Pending, Tone};
use crate::workbench::text;

impl App {
    pub(super) fn show_tab(&mut self, tab: Tab) {
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        let is_open = session.documents.tabs().contains(&tab);
        if session.documents.show(tab.clone(), &loaded.bundle) {
            if !is_open {
                // Whether it may be saved is known after another look at it.
                session.check_in(Duration::ZERO);
            }
        } else if let Tab::File(file) = tab {
            self.state.toasts.show(Tone::Bad, format!("{file} cannot be shown; see its problems"));
        }
    }

    pub(super) fn close_tab(&mut self, tab: Tab) {
        let Some(session) = &mut self.state.session else { return };
        if let Tab::File(file) = &tab
            && session.documents.get(file).is_some_and(|document| document.is_dirty())
        {
            self.state.dialog = Some(Dialog::Unsaved(Pending::CloseFile(file.clone())));
        } else {
            session.documents.close(&tab);
        }
    }

    pub(super) fn close_active_tab(&mut self) {
        let tab = self.state.session.as_ref().and_then(|session| session.documents.active().cloned());
        if let Some(tab) = tab {
            self.close_tab(tab);
        }
    }

    pub(super) fn step_tab(&mut self, by: isize) {
        if let Some(session) = &mut self.state.session {
            session.documents.step(by);
        }
    }

    pub(super) fn reveal(&mut self, place: &Place) {
        self.show_tab(Tab::File(place.file.clone()));
        let Some(session) = &mut self.state.session else { return };
        if let Some(document) = session.documents.get_mut(&place.file)
            && let Some(span) = place.span
        {
            document.editor.reveal(span);
        }
    }

    pub(super) fn select(&mut self, key: &str) {
        let Some(session) = &mut self.state.session else { return };
        let Some(node) = session.outline.find(key).cloned() else { return };
        session.explorer.selected = Some(node.key.clone());
        if node.is_parent && node.place.is_none() {
            self.toggle_node(node.key.clone());
        }
        if let Some(place) = &node.place {
            self.reveal(&start_of(place));
        }
        if let Some(key) = node.function {
            self.pick(key);
            self.state.side = crate::workbench::state::Side::Runner;
        } else if matches!(node.kind, NodeKind::Endpoint(_) | NodeKind::Intent) {
            self.remark_on_platform_function(&node.label);
        } else if matches!(node.kind, NodeKind::Goal { .. }) {
            self.state.side = crate::workbench::state::Side::Goals;
        }
    }

    fn remark_on_platform_function(&mut self, label: &str) {
        if let Some(session) = &mut self.state.session {
            let remark = format!("{label} leads to no function of a module, so it cannot run here");
            session.runner.remark = Some(remark);
        }
    }

    pub(super) fn toggle_node(&mut self, key: String) {
        if let Some(session) = &mut self.state.session
            && !session.explorer.closed.remove(&key)
        {
            session.explorer.closed.insert(key);
        }
    }

    pub(super) fn toggle_severity(&mut self, severity: Severity) {
        if let Some(session) = &mut self.state.session
            && !session.problems.hidden.remove(&severity)
        {
            session.problems.hidden.insert(severity);
        }
    }

    /// The editing commands of the file in front.
    pub(super) fn edit(&mut self, command: &Command) {
        let Some(session) = &mut self.state.session else { return };
        let Some(file) = session.documents.active_file().map(str::to_owned) else { return };
        let Some(document) = session.documents.get_mut(&file) else { return };
        let changed = match command {
            Command::Undo => document.editor.undo(),
            Command::Redo => document.editor.redo(),
            _ => {
                document.editor.open_find(*command == Command::Replace);
                false
            }
        };
        if changed {
            document.note_change();
            session.check_in(Duration::ZERO);
        }
    }

    /// Shows the problem after (or before) the one that was shown last.
    pub(super) fn step_problem(&mut self, forward: bool) {
        let Some(session) = &mut self.state.session else { return };
        let hidden = session.problems.hidden.clone();
        let places: Vec<Place> = session
            .diagnostics()
            .iter()
            .filter(|diagnostic| !hidden.contains(&diagnostic.severity))
            .map(|diagnostic| Place { file: diagnostic.file.clone(), span: diagnostic.span })
            .collect();
        let last = session.problems.at.as_ref().and_then(|at| places.iter().position(|place| place == at));
        let count = places.len();
        let next = match (last, forward) {
            _ if count == 0 => return self.state.toasts.show(Tone::Good, "There are no problems"),
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        let Some(place) = places.get(next).cloned() else { return };
        session.problems.at = Some(place.clone());
        self.state.problems_open = true;
        self.reveal(&place);
    }

    pub(super) fn apply_fix(&mut self, diagnostic: &Diagnostic, at: usize) {
        let Some(fix) = diagnostic.fixes.get(at) else { return };
        self.show_tab(Tab::File(diagnostic.file.clone()));
        let Some(session) = &mut self.state.session else { return };
        if !session.is_current(diagnostic) {
            self.state.toasts.show(Tone::Info, "The text has changed; wait until it is checked again");
            return;
        }
        let document = session.documents.get_mut(&diagnostic.file);
        let Some(document) = document.filter(|document| document.is_text()) else { return };
        document.editor.apply_edits(&fix.edits);
        document.note_change();
        session.check_in(Duration::ZERO);
    }

    /// Changes several files, each as one step that can be undone there. All of them or none.
    pub(super) fn apply_edit(&mut self, edit: &BundleEdit) {
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        if let Some(file) = edit.files.keys().find(|file| !session.documents.open_behind(file, &loaded.bundle)) {
            let reason = format!("{} cannot be edited; see its problems", text::one_line(file));
            return self.state.toasts.show(Tone::Bad, reason);
        }
        let is_current = |file: &String| {
            let text = loaded.bundle.sources.get(file).map(String::as_str);
            session.documents.get(file).map(|document| document.editor.text()) == text
        };
        if !edit.files.keys().all(is_current) {
            self.state.toasts.show(Tone::Info, "The text has changed; wait until it is checked again");
            return;
        }
        for (file, edits) in &edit.files {
            if let Some(document) = session.documents.get_mut(file) {
                document.editor.apply_edits(edits);
                document.note_change();
            }
        }
        if !edit.moves.is_empty() {
            return self.save_and_move(edit);
        }
        session.check_in(Duration::ZERO);
        let places = text::count(edit.places(), "place");
        let files = text::count(edit.files.len(), "file");
        self.state.toasts.show(Tone::Good, format!("{}: {places} in {files}", text::one_line(&edit.title)));
    }
}

/// An entry is long: its first character is enough to go there, without selecting it all.
fn start_of(place: &Place) -> Place {
    Place { file: place.file.clone(), span: place.span.map(|span| Span::new(span.start, span.start)) }
}
