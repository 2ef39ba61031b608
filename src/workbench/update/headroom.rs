//! Looking for what a function needs, and noting limits made of it.

use std::sync::Arc;
use std::time::Duration;

use crate::bundle::settings::SETTINGS_FILE;
use crate::measure::Headroom;
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::headroom::{HeadroomDialog, HeadroomStage};
use crate::workbench::jobs::Kind;
use crate::workbench::state::{Dialog, Tone};
use crate::workbench::{text, work};

impl App {
    /// Looks for the smallest limits with which the cases of the picked function pass.
    pub(super) fn find_headroom(&mut self) {
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let (Some(key), Some(loaded)) = (session.runner.picked.clone(), session.loaded.clone()) else { return };
        self.state.dialog = Some(Dialog::Headroom(Box::new(HeadroomDialog::begun(key.clone()))));
        let programs = Arc::clone(&self.programs);
        self.jobs.cancel(Kind::Headroom);
        self.jobs.start(Kind::Headroom, "Looking for headroom", move |control| {
            work::headroom::find(&programs, &loaded, key, &limits, control)
        });
    }

    pub(super) fn take_headroom(&mut self, key: &FunctionKey, found: Result<Headroom, String>) {
        if let Some(Dialog::Headroom(dialog)) = &mut self.state.dialog
            && dialog.key == *key
            && matches!(dialog.stage, HeadroomStage::Running)
        {
            dialog.stage = match found {
                Ok(found) => HeadroomStage::Found(Box::new(found)),
                Err(reason) => HeadroomStage::Failed(reason),
            };
        }
    }

    pub(super) fn headroom_failed(&mut self, reason: &str) {
        if let Some(Dialog::Headroom(dialog)) = &mut self.state.dialog {
            dialog.stage = HeadroomStage::Failed(reason.to_owned());
        }
    }

    /// Notes what was offered.
    pub(super) fn note_limits(&mut self) {
        let (Some(session), Some(Dialog::Headroom(dialog))) = (&self.state.session, &self.state.dialog) else { return };
        let Some(offer) = dialog.found().map(Headroom::offer) else { return };
        let (root, key) = (session.root.clone(), dialog.key.clone());
        self.jobs.start(Kind::Settings, "Noting limits", move |_| work::headroom::note(&root, &key, &offer));
    }

    pub(super) fn limits_noted(&mut self, noted: Result<(), String>) {
        match noted {
            Ok(()) => {
                self.state.toasts.show(Tone::Good, format!("Noted in {SETTINGS_FILE}"));
                if let Some(session) = &mut self.state.session {
                    session.check_in(Duration::ZERO);
                }
                if let Some(Dialog::Headroom(dialog)) = &mut self.state.dialog
                    && let Some(found) = dialog.found().cloned()
                {
                    dialog.stage = HeadroomStage::Noted(Box::new(found));
                }
            }
            Err(reason) => {
                self.state
                    .toasts
                    .show(Tone::Bad, format!("The limits could not be noted: {}", text::one_line(&reason)));
            }
        }
    }
}
