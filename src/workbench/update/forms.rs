//! Forms and templates: opening them, drafting what they would change, and making the change.

use std::path::PathBuf;
use std::time::Duration;

use crate::bundle::TextEdit;
use crate::bundle::change::{List, Refusal, Subject};
use crate::bundle::template::NewService;
use crate::workbench::app::App;
use crate::workbench::command::Command;
use crate::workbench::documents::Tab;
use crate::workbench::forms::{
    self, Drafted, Form, FormKey, NewBundleDialog, NewServiceDialog, Rework, Reworked, starting_values,
};
use crate::workbench::jobs::Kind;
use crate::workbench::outline::{Node, NodeKind};
use crate::workbench::state::{Dialog, Side, Tone};
use crate::workbench::work::Done;
use crate::workbench::{dialogs, text};

const MANIFEST: &str = "bundle.yaml";

impl App {
    /// Opens the form for a new entry, in the service that the user is looking at.
    pub(super) fn new_entry(&mut self, list: List) {
        let Some(session) = &self.state.session else { return };
        let Some(bundle) = session.bundle() else { return };
        let is_service = |file: &&str| bundle.services.iter().any(|service| service.file == **file);
        let selected = session.explorer.selected.as_ref().and_then(|key| session.outline.find(key));
        let selected = selected.and_then(|node| node.place.as_ref()).map(|place| place.file.as_str());
        let file = session.documents.active_file().filter(is_service).or(selected.filter(is_service));
        let file = file.or(bundle.services.first().map(|service| service.file.as_str())).map(str::to_owned);
        if let Some(file) = file {
            self.show_form(FormKey { file, subject: Subject::New(list) });
        }
    }

    /// Shows a form: the open one, if it is about the same, or a new one.
    pub(super) fn show_form(&mut self, key: FormKey) {
        let Some(session) = &mut self.state.session else { return };
        if session.form.as_ref().is_none_or(|form| form.key != key) {
            let Subject::New(list) = key.subject else { return };
            session.form = Some(Form::new(key.clone(), starting_values(list)));
        }
        self.state.side = Side::Form;
        self.show_tab(Tab::File(key.file));
    }

    /// Opens the form of what a row of the explorer stands for.
    pub(super) fn edit_node(&mut self, key: &str) {
        let Some((file, list, span)) = self.entry_of(key) else { return };
        self.show_tab(Tab::File(file.clone()));
        let Some((text, _)) = self.present_text(&file) else { return };
        if !self.jobs.is_running(Kind::Draft) {
            self.jobs.start(Kind::Draft, "Reading the entry", move |_| forms::open(file, &text, list, span));
        }
    }

    pub(super) fn form_opened(&mut self, opened: Result<Box<Form>, Refusal>) {
        let Some(session) = &mut self.state.session else { return };
        match opened {
            Ok(form) => {
                session.form = Some(*form);
                self.state.side = Side::Form;
            }
            Err(refusal) => self.state.toasts.show(Tone::Bad, format!("No form: {}", text::one_line(&refusal.reason))),
        }
    }

    /// The file, list and place of the entry that a row stands for; no list for the service itself.
    fn entry_of(&self, key: &str) -> Option<(String, Option<List>, usize)> {
        let session = self.state.session.as_ref()?;
        let node: &Node = session.outline.find(key)?;
        let place = node.place.as_ref()?;
        let list = match node.kind {
            NodeKind::Service => None,
            NodeKind::Endpoint(_) => Some(List::Endpoints),
            NodeKind::Intent => Some(List::Intents),
            NodeKind::Goal { .. } => Some(List::Goals),
            _ => return None,
        };
        Some((place.file.clone(), list, place.span?.start))
    }

    /// The text of a file as it is now, saved or not, with its revision.
    fn present_text(&mut self, file: &str) -> Option<(String, u64)> {
        let session = self.state.session.as_mut()?;
        let loaded = session.loaded.clone()?;
        if session.documents.get(file).is_none() && !session.documents.open_behind(file, &loaded.bundle) {
            return None;
        }
        session.documents.get(file).map(|document| (document.editor.text().to_owned(), document.revision))
    }

    /// Removes or moves the entry that a row of the explorer stands for.
    pub(super) fn rework(&mut self, key: &str, what: Rework) {
        let Some((file, Some(list), span)) = self.entry_of(key) else { return };
        self.show_tab(Tab::File(file.clone()));
        let Some((text, revision)) = self.present_text(&file) else { return };
        self.jobs.start(Kind::Draft, "Changing the entry", move |_| {
            forms::rework(file, &text, revision, (list, span), what)
        });
    }

    pub(super) fn take_rework(&mut self, reworked: Reworked) {
        let Reworked { file, revision, title, result } = reworked;
        match result {
            Ok(edits) => self.change_text(&file, revision, &edits, &title),
            Err(refusal) => self.state.toasts.show(Tone::Bad, text::one_line(&refusal.reason)),
        }
    }

    /// Applies edits to the text that they were made from, as one step that can be undone.
    fn change_text(&mut self, file: &str, revision: u64, edits: &[TextEdit], title: &str) {
        let Some(session) = &mut self.state.session else { return };
        let document = session.documents.get_mut(file).filter(|document| document.revision == revision);
        let Some(document) = document else {
            return self.state.toasts.show(Tone::Info, "The text has changed in the meantime; try again");
        };
        document.editor.apply_edits(edits);
        document.note_change();
        session.check_in(Duration::ZERO);
        if !title.is_empty() {
            self.state.toasts.show(Tone::Good, text::one_line(title));
        }
    }

    /// Starts the draft that the fields of the form, or its file, ask for.
    pub(in crate::workbench) fn start_due_draft(&mut self) {
        let Some(session) = &self.state.session else { return };
        let (Some(form), Some(loaded)) = (&session.form, session.loaded.clone()) else { return };
        if self.jobs.is_running(Kind::Draft) {
            return;
        }
        let key = form.key.clone();
        let values = form.trimmed();
        let revision = session.documents.get(&key.file).map(|document| document.revision);
        if revision.is_some_and(|revision| form.is_drafted(revision)) {
            return;
        }
        let Some((text, revision)) = self.present_text(&key.file) else {
            let gone = text::one_line(&key.file);
            self.close_form();
            return self.state.toasts.show(Tone::Info, format!("{gone} is not in the bundle any more"));
        };
        self.jobs
            .start(Kind::Draft, "Drafting the change", move |_| forms::draft(&loaded, key, &text, revision, values));
    }

    pub(super) fn take_draft(&mut self, drafted: Drafted) {
        let Some(form) = self.state.session.as_mut().and_then(|session| session.form.as_mut()) else { return };
        form.drafted = Some(drafted);
        if form.submitted {
            self.submit_form();
        }
    }

    /// Makes the change, once its draft is there.
    pub(super) fn submit_form(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let Some(form) = &mut session.form else { return };
        let revision = session.documents.get(&form.key.file).map_or(u64::MAX, |document| document.revision);
        form.submitted = !form.is_drafted(revision);
        if form.submitted {
            return;
        }
        let unchanged = !form.is_new() && form.draft().is_some_and(|draft| draft.edits.is_empty());
        if unchanged {
            return self.close_form();
        }
        if form.obstacle().is_some() {
            return;
        }
        let Some(edits) = form.draft().map(|draft| draft.edits.clone()) else { return };
        let key = form.key.clone();
        let name = form.trimmed().get("name").cloned().unwrap_or_default();
        let verb = if form.is_new() { "Added" } else { "Changed" };
        let noun = match key.subject {
            Subject::Service => "service",
            Subject::New(list) | Subject::Entry(list, _) => list.noun(),
        };
        self.show_tab(Tab::File(key.file.clone()));
        self.change_text(&key.file, revision, &edits, &format!("{verb} {noun} {name}"));
        self.close_form();
    }

    pub(super) fn close_form(&mut self) {
        if let Some(session) = &mut self.state.session {
            session.form = None;
        }
        if self.state.side == Side::Form {
            self.state.side = Side::Runner;
        }
    }

    pub(super) fn ask_for_new_service(&mut self) {
        self.state.dialog = Some(Dialog::NewService(NewServiceDialog::default()));
    }

    pub(super) fn create_service(&mut self) {
        let Some(Dialog::NewService(dialog)) = &self.state.dialog else { return };
        let (name, language) = (dialog.name.trim().to_owned(), dialog.language);
        let Some(loaded) = self.state.loaded().cloned() else { return };
        let Some((manifest, revision)) = self.present_text(MANIFEST) else { return };
        if !self.jobs.is_running(Kind::Create) {
            self.jobs.start(Kind::Create, "Making the service", move |_| {
                forms::create_service(&loaded, &manifest, revision, &name, language)
            });
        }
    }

    pub(super) fn service_made(&mut self, made: Result<(NewService, u64), String>) {
        match made {
            Ok((service, revision)) => {
                self.state.dialog = None;
                self.change_text(MANIFEST, revision, &service.listing, "");
                if let Some(session) = &mut self.state.session {
                    session.awaited = Some(service.file.clone());
                }
                let file = text::one_line(&service.file);
                let said = format!("Made {file}; it says how its module is built. Save bundle.yaml, which lists it");
                self.state.toasts.show(Tone::Good, said);
            }
            Err(reason) => match &mut self.state.dialog {
                Some(Dialog::NewService(dialog)) => dialog.error = Some(reason),
                _ => self.state.toasts.show(Tone::Bad, text::one_line(&reason)),
            },
        }
    }

    pub(super) fn ask_for_new_bundle(&mut self) {
        self.state.dialog = Some(Dialog::NewBundle(NewBundleDialog::default()));
    }

    pub(super) fn choose_new_folder(&mut self) {
        if self.native_dialogs && !self.jobs.is_running(Kind::Choose) {
            let dialog = dialogs::folder();
            self.jobs.start(Kind::Choose, "Choosing a folder", |_| Done::NewFolderChosen(dialogs::wait(dialog)));
        } else if !self.native_dialogs {
            self.state.toasts.show(Tone::Info, "This desktop offers no file dialog; type the folder's path");
        }
    }

    pub(super) fn new_folder_chosen(&mut self, folder: Option<PathBuf>) {
        if let (Some(Dialog::NewBundle(dialog)), Some(folder)) = (&mut self.state.dialog, folder) {
            dialog.folder = folder.display().to_string();
            dialog.error = None;
        }
    }

    pub(super) fn create_bundle(&mut self) {
        let Some(Dialog::NewBundle(dialog)) = &self.state.dialog else { return };
        let typed = dialog.folder.trim();
        let name = dialog.name();
        if typed.is_empty() || self.jobs.is_running(Kind::Create) {
            return;
        }
        let folder = std::path::absolute(typed).unwrap_or_else(|_| typed.into());
        self.jobs.start(Kind::Create, "Making the bundle", move |_| forms::create_bundle(folder, &name));
    }

    pub(super) fn bundle_made(&mut self, made: Result<PathBuf, String>) {
        match made {
            Ok(folder) => {
                self.state.dialog = None;
                self.state.toasts.show(Tone::Good, "Made a new bundle; its function hello runs at once");
                self.send(Command::OpenFolder(folder));
            }
            Err(reason) => match &mut self.state.dialog {
                Some(Dialog::NewBundle(dialog)) => dialog.error = Some(reason),
                _ => self.state.toasts.show(Tone::Bad, text::one_line(&reason)),
            },
        }
    }
}
