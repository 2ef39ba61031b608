//! Saving, and the question about unsaved changes.

use std::path::PathBuf;
use std::time::Duration;

use crate::bundle::BundleEdit;
use crate::workbench::app::App;
use crate::workbench::documents::{Conflict, Tab};
use crate::workbench::jobs::Kind;
use crate::workbench::saving::{self, SaveFailure, SavedFile, Saving};
use crate::workbench::state::{Compared, CopyDialog, Dialog, Pending, Tone};
use crate::workbench::text;

impl App {
    pub(super) fn save_active(&mut self) {
        let Some(session) = &self.state.session else { return };
        let Some(file) = session.documents.active_file().map(str::to_owned) else { return };
        match session.documents.get(&file) {
            Some(document) if document.conflict.is_some() => self.compare(Compared::Conflict(file)),
            Some(document) if document.is_dirty() => self.save_files(&[file], false),
            _ => self.state.toasts.show(Tone::Info, "Nothing to save"),
        }
    }

    pub(super) fn save_all(&mut self) {
        let Some(session) = &self.state.session else { return };
        let files = session.documents.dirty_files();
        if files.is_empty() {
            self.state.toasts.show(Tone::Info, "Nothing to save");
        } else {
            self.save_files(&files, false);
        }
    }

    pub(super) fn overwrite(&mut self, file: &str) {
        self.close_comparison();
        self.save_files(&[file.to_owned()], true);
    }

    fn save_files(&mut self, files: &[String], over_changes: bool) {
        let Some(session) = &mut self.state.session else { return };
        if self.jobs.is_running(Kind::Save) {
            return;
        }
        let mut savings = Vec::new();
        for file in files {
            let Some(document) = session.documents.get_mut(file).filter(|document| document.is_text()) else {
                continue;
            };
            let text = document.editor.text().to_owned();
            document.saving = Some(text.clone());
            let expected = (!over_changes).then(|| document.saved.clone());
            savings.push(Saving { file: file.clone(), text, expected });
        }
        let root = session.root.clone();
        self.jobs.start(Kind::Save, "Saving", move |_| saving::save(&root, savings));
    }

    /// Saves the files that an edit changed and gives files their new names.
    pub(super) fn save_and_move(&mut self, edit: &BundleEdit) {
        let Some(session) = &self.state.session else { return };
        let saving = |file: &String| {
            let document = session.documents.get(file)?;
            let (text, expected) = (document.editor.text().to_owned(), Some(document.saved.clone()));
            Some(Saving { file: file.clone(), text, expected })
        };
        let savings: Vec<Saving> = edit.files.keys().filter_map(saving).collect();
        let (root, moves) = (session.root.clone(), edit.moves.clone());
        self.jobs.start(Kind::Save, "Renaming", move |_| saving::rename(&root, savings, moves));
    }

    pub(super) fn take_renamed(
        &mut self,
        saved: Vec<SavedFile>,
        moved: Result<Vec<(String, String)>, String>,
        ctx: &egui::Context,
    ) {
        self.take_saved(saved, ctx);
        match moved {
            Ok(moves) => {
                if let Some(session) = &mut self.state.session {
                    moves.iter().for_each(|(from, to)| session.documents.moved(from, to));
                }
                let names: Vec<String> = moves.iter().map(|(_, to)| text::one_line(to)).collect();
                self.state.toasts.show(Tone::Good, format!("Renamed to {}", names.join(", ")));
            }
            Err(reason) => self.state.toasts.show(Tone::Bad, text::one_line(&reason)),
        }
        self.check_now();
    }

    pub(super) fn take_saved(&mut self, files: Vec<SavedFile>, ctx: &egui::Context) {
        let Some(session) = &mut self.state.session else { return };
        let mut saved = Vec::new();
        let mut failed = false;
        let mut refused = None;
        for SavedFile { file, text, result } in files {
            let Some(document) = session.documents.get_mut(&file) else { continue };
            match result {
                Ok(()) => {
                    document.note_saved(text);
                    saved.push(file);
                }
                Err(SaveFailure::ChangedOnDisk(on_disk)) => {
                    document.saving = None;
                    document.conflict = Some(Conflict { on_disk });
                    failed = true;
                    refused.get_or_insert(file);
                }
                Err(SaveFailure::Failed(reason)) => {
                    document.saving = None;
                    failed = true;
                    let reason = format!("{}. Your text is still in the editor", text::one_line(&reason));
                    self.state.toasts.show(Tone::Bad, reason);
                }
            }
        }
        session.runner.run_is_due |= !saved.is_empty() && self.state.settings.unwatched;
        session.check_in(Duration::ZERO);
        match saved.as_slice() {
            [] => {}
            [file] => self.state.toasts.show(Tone::Good, format!("Saved {}", text::one_line(file))),
            files => self.state.toasts.show(Tone::Good, format!("Saved {}", text::count(files.len(), "file"))),
        }
        self.go_on_after_save(failed, ctx);
        if let Some(file) = refused {
            self.state.toasts.show(Tone::Bad, refusal(&file));
            self.compare(Compared::Conflict(file));
        }
    }

    fn go_on_after_save(&mut self, failed: bool, ctx: &egui::Context) {
        let Some(Dialog::Unsaved(pending)) = &self.state.dialog else { return };
        let pending = pending.clone();
        self.state.dialog = None;
        if !failed {
            self.go_on(pending, ctx);
        }
    }

    pub(super) fn take_from_disk(&mut self, file: &str) {
        let Some(session) = &mut self.state.session else { return };
        let Some(document) = session.documents.get_mut(file) else { return };
        match document.conflict.take() {
            Some(Conflict { on_disk: Some(text) }) => document.take_from_disk(&text),
            _ => session.documents.close(&Tab::File(file.to_owned())),
        }
        session.check_in(Duration::ZERO);
        self.close_comparison();
    }

    pub(super) fn show_save_copy(&mut self, file: String) {
        let Some(session) = &self.state.session else { return };
        let path = session.root.join(&file);
        let (stem, ending) = (path.file_stem().unwrap_or_default(), path.extension().unwrap_or_default());
        let name = format!("{}-copy.{}", stem.to_string_lossy(), ending.to_string_lossy());
        let path = path.with_file_name(name).display().to_string();
        self.state.dialog = Some(Dialog::SaveCopy(CopyDialog { file, path, error: None }));
    }

    pub(super) fn save_copy(&mut self) {
        let (Some(session), Some(Dialog::SaveCopy(dialog))) = (&self.state.session, &mut self.state.dialog) else {
            return;
        };
        let Some(document) = session.documents.get(&dialog.file) else { return };
        if dialog.path.trim().is_empty() {
            dialog.error = Some("Say where the copy is to be saved".into());
            return;
        }
        // A path that does not begin at the root is meant from where the bundle is.
        let path = session.root.join(dialog.path.trim());
        let text = document.editor.text().to_owned();
        self.jobs.start(Kind::Save, "Saving a copy", move |_| saving::save_copy(path, &text));
    }

    pub(super) fn take_copy(&mut self, result: Result<PathBuf, String>) {
        let Some(Dialog::SaveCopy(dialog)) = &mut self.state.dialog else { return };
        match result {
            Ok(path) => {
                let notice = format!("Saved a copy to {}", text::one_line(&path.display().to_string()));
                self.state.dialog = None;
                self.state.toasts.show(Tone::Good, notice);
            }
            Err(reason) => dialog.error = Some(text::one_line(&reason)),
        }
    }

    /// Does what is asked for at once, or asks first where unsaved changes would be lost.
    pub(super) fn open_or_ask(&mut self, pending: Pending, ctx: &egui::Context) {
        let dirty = self.state.session.as_ref().is_some_and(|session| !session.documents.dirty_files().is_empty());
        if dirty {
            self.state.dialog = Some(Dialog::Unsaved(pending));
        } else {
            self.go_on(pending, ctx);
        }
    }

    pub(super) fn save_and_go_on(&mut self) {
        match &self.state.dialog {
            Some(Dialog::Unsaved(Pending::CloseFile(file))) => {
                let file = file.clone();
                self.save_files(&[file], false);
            }
            Some(Dialog::Unsaved(_)) => self.save_all(),
            _ => {}
        }
    }

    pub(super) fn discard_and_go_on(&mut self, ctx: &egui::Context) {
        let Some(Dialog::Unsaved(pending)) = &self.state.dialog else { return };
        let pending = pending.clone();
        self.go_on(pending, ctx);
    }

    fn go_on(&mut self, pending: Pending, ctx: &egui::Context) {
        self.state.dialog = None;
        match pending {
            Pending::Quit => {
                self.close_journal();
                self.state.may_quit = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Pending::CloseBundle => self.close_bundle(),
            Pending::Open(folder) => self.open(folder),
            Pending::CloseFile(file) => {
                if let Some(session) = &mut self.state.session {
                    session.documents.close(&Tab::File(file));
                    session.check_in(Duration::ZERO);
                }
            }
        }
    }
}

/// What is said of a file that was not saved over somebody else's changes.
fn refusal(file: &str) -> String {
    format!("{} was not saved: another program changed it. Choose a version", text::one_line(file))
}
