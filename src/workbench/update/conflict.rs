//! Two versions of a file: comparing them side by side, and choosing one.

use std::path::Path;
use std::time::Duration;

use crate::workbench::app::App;
use crate::workbench::documents::Conflict;
use crate::workbench::editor::{DiffView, Language};
use crate::workbench::jobs::Kind;
use crate::workbench::journal::Recovered;
use crate::workbench::state::{CompareDialog, Compared, Dialog, Session, Tone};
use crate::workbench::text;
use crate::workbench::work::Done;

impl App {
    /// Opens the dialog with both versions.
    pub(super) fn compare(&mut self, compared: Compared) {
        let Some(session) = &self.state.session else { return };
        if let Some(texts) = texts(session, &compared) {
            self.state.dialog = Some(Dialog::Compare(CompareDialog { compared: compared.clone(), view: None }));
            self.start_comparison(compared, texts);
        }
    }

    fn start_comparison(&mut self, compared: Compared, [left, right]: [String; 2]) {
        self.jobs.start(Kind::Compare, "Comparing", move |_| {
            Done::Compared(compared, Box::new(DiffView::new(left, right, Language::Yaml)))
        });
    }

    pub(super) fn take_comparison(&mut self, compared: &Compared, view: Box<DiffView>) {
        if let Some(Dialog::Compare(dialog)) = &mut self.state.dialog
            && dialog.compared == *compared
        {
            dialog.view = Some(view);
        }
    }

    /// Compares anew after a reading, where the file changed again or agrees by now.
    pub(super) fn compare_again(&mut self) {
        let (Some(session), Some(Dialog::Compare(dialog))) = (&self.state.session, &self.state.dialog) else { return };
        if matches!(dialog.compared, Compared::PreviousOutput | Compared::Case(_) | Compared::CaseRun(_)) {
            return;
        }
        match texts(session, &dialog.compared) {
            None => self.close_comparison(),
            Some(texts) => {
                let is_shown = dialog.view.as_ref().is_none_or(|view| view.texts() == [&texts[0], &texts[1]]);
                if !is_shown {
                    let compared = dialog.compared.clone();
                    self.start_comparison(compared, texts);
                }
            }
        }
    }

    pub(super) fn close_comparison(&mut self) {
        if matches!(self.state.dialog, Some(Dialog::Compare(_))) {
            self.state.dialog = None;
        }
    }

    /// Goes on with the text in the editor; the version on disk counts as seen.
    pub(super) fn keep_mine(&mut self, file: &str) {
        self.close_comparison();
        let Some(session) = &mut self.state.session else { return };
        if let Some(document) = session.documents.get_mut(file) {
            document.keep_mine();
            session.check_in(Duration::ZERO);
            let notice = format!("Your version of {} stays open; save it when it is done", text::one_line(file));
            self.state.toasts.show(Tone::Info, notice);
        }
    }

    /// Says which files turned out to be changed by somebody else, but for the one in front, which has a bar.
    pub(super) fn tell_conflicts(&mut self, before: &[String]) {
        let Some(session) = &self.state.session else { return };
        let front = session.documents.active_file();
        for file in conflicts(session).iter().filter(|file| !before.contains(file) && front != Some(file)) {
            let notice = format!("{} changed on disk while it is open here", text::one_line(file));
            self.state.toasts.show(Tone::Bad, notice);
        }
    }
}

/// The open files that somebody else changed or removed.
pub(super) fn conflicts(session: &Session) -> Vec<String> {
    let files = session.documents.versions().into_keys();
    files.filter(|file| session.documents.get(file).is_some_and(|document| document.conflict.is_some())).collect()
}

/// What is on disk, and what is here or was left behind. `None` where there is nothing to compare any more.
fn texts(session: &Session, compared: &Compared) -> Option<[String; 2]> {
    match compared {
        Compared::Conflict(file) => {
            let document = session.documents.get(file)?;
            let Conflict { on_disk } = document.conflict.clone()?;
            Some([on_disk.unwrap_or_default(), document.editor.text().to_owned()])
        }
        Compared::Recovered(key) => {
            let recovered = recovered(session, key)?;
            Some([recovered.on_disk.clone().unwrap_or_default(), recovered.unsaved.text.clone()])
        }
        Compared::PreviousOutput | Compared::Case(_) | Compared::CaseRun(_) => None,
    }
}

/// The unsaved text of this name that was left behind.
pub(super) fn recovered<'a>(session: &'a Session, key: &Path) -> Option<&'a Recovered> {
    session.recovery.found.iter().find(|recovered| recovered.key() == key)
}
