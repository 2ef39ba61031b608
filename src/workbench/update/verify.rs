//! The dialog that verifies an archive.

use std::path::PathBuf;
use std::sync::Arc;

use crate::deploy::Verified;
use crate::workbench::app::App;
use crate::workbench::exporting::{ExportStage, VerifyDialog, VerifyStage, path_from};
use crate::workbench::jobs::Kind;
use crate::workbench::state::Dialog;
use crate::workbench::text;
use crate::workbench::work::export::{self as work, Failure};

impl App {
    pub(super) fn show_verify(&mut self) {
        let archive = self.state.session.as_ref().and_then(|session| session.archive.as_ref());
        let path = archive.map(|archive| archive.path.display().to_string()).unwrap_or_default();
        self.state.dialog = Some(Dialog::Verify(VerifyDialog::new(path, String::new())));
    }

    /// Verifies what was just written, with the key that it was signed with.
    pub(super) fn verify_written(&mut self) {
        let Some(Dialog::Export(dialog)) = &self.state.dialog else { return };
        let ExportStage::Done(written) = &dialog.stage else { return };
        let key = if written.signed_by.is_some() { dialog.choices.key.clone() } else { String::new() };
        let archive = written.exported.path.display().to_string();
        self.state.dialog = Some(Dialog::Verify(VerifyDialog::new(archive, key)));
        self.verify();
    }

    pub(super) fn verify(&mut self) {
        let Some(Dialog::Verify(dialog)) = &mut self.state.dialog else { return };
        if self.jobs.is_running(Kind::Verify) {
            return;
        }
        if dialog.archive.trim().is_empty() {
            dialog.stage = VerifyStage::Failed("Say which archive is to be verified".into());
            return;
        }
        dialog.stage = VerifyStage::Running;
        let base = self.state.session.as_ref().map(|session| session.beside().to_path_buf()).unwrap_or_default();
        let archive = path_from(&base, &dialog.archive);
        let key: Option<PathBuf> =
            Some(dialog.key.trim()).filter(|key| !key.is_empty()).map(|key| path_from(&base, key));
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Verify, "Verifying the archive", move |control| {
            work::verify(&programs, &archive, key.as_deref(), control)
        });
    }

    pub(super) fn take_verified(&mut self, verified: Result<(Verified, Option<String>), Failure>) {
        let Some(Dialog::Verify(dialog)) = &mut self.state.dialog else { return };
        dialog.stage = match verified {
            Ok((verified, key)) => VerifyStage::Done { verified, key },
            Err(Failure::Cancelled) => VerifyStage::Ready,
            Err(Failure::Failed(reason)) => VerifyStage::Failed(text::one_line(&text::sentence(&reason))),
        };
    }

    /// The job that verifies broke down.
    pub(super) fn verify_failed(&mut self, reason: &str) {
        if let Some(Dialog::Verify(dialog)) = &mut self.state.dialog {
            dialog.stage = VerifyStage::Failed(format!("Verifying broke down: {}", text::one_line(reason)));
        }
    }
}
