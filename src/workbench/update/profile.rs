//! Profiling a call: starting it, taking it in, moving about in it, writing it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::sandbox::{LoadError, Profiled};
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::jobs::Kind;
use crate::workbench::profiling::{ProfileDialog, ProfileStage};
use crate::workbench::state::{Dialog, Tone};
use crate::workbench::work;

impl App {
    /// Runs the picked function once more, with probes, and opens the dialog that waits for it.
    pub(super) fn profile_function(&mut self) {
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let invocation = match session.invocation(limits) {
            Ok(invocation) => invocation,
            Err(reason) => return self.state.toasts.show(Tone::Bad, reason),
        };
        let file = format!("{}-{}.speedscope.json", invocation.key.service, invocation.key.function);
        let path = session.beside().join(file.replace(['/', '\\'], "-")).display().to_string();
        self.state.dialog = Some(Dialog::Profile(Box::new(ProfileDialog::begun(invocation.key.clone(), path))));
        let programs = Arc::clone(&self.programs);
        self.jobs.cancel(Kind::Profile);
        self.jobs
            .start(Kind::Profile, "Profiling", move |control| work::profile::profile(&programs, invocation, control));
    }

    pub(super) fn take_profile(&mut self, key: &FunctionKey, made: Result<Profiled, LoadError>) {
        let Some(Dialog::Profile(dialog)) = &mut self.state.dialog else { return };
        if dialog.key != *key || !matches!(dialog.stage, ProfileStage::Running) {
            return;
        }
        match made {
            Ok(profiled) => dialog.show(profiled),
            Err(error) => dialog.stage = ProfileStage::Failed { message: error.message, help: error.help },
        }
    }

    pub(super) fn profile_failed(&mut self, reason: &str) {
        if let Some(Dialog::Profile(dialog)) = &mut self.state.dialog {
            dialog.stage = ProfileStage::Failed { message: reason.to_owned(), help: None };
        }
    }

    pub(super) fn zoom_profile(&mut self, node: usize) {
        if let Some(Dialog::Profile(dialog)) = &mut self.state.dialog
            && let ProfileStage::Shown { flame, .. } = &mut dialog.stage
        {
            flame.zoom_to(node);
        }
    }

    pub(super) fn write_profile(&mut self) {
        let Some(Dialog::Profile(dialog)) = &mut self.state.dialog else { return };
        dialog.written = None;
        let (Some(flame), path) = (dialog.flame(), PathBuf::from(dialog.path.trim())) else { return };
        let (tree, name) = (flame.tree().clone(), format!("{}:{}", dialog.key.service, dialog.key.function));
        self.jobs.start(Kind::WriteProfile, "Writing the profile", move |_| work::profile::write(&tree, &name, path));
    }

    pub(super) fn profile_written(&mut self, written: Result<PathBuf, String>) {
        if let Some(Dialog::Profile(dialog)) = &mut self.state.dialog {
            dialog.written = Some(written);
        }
    }

    /// Ends what only an open dialog waits for.
    pub(super) fn close_dialog(&mut self) {
        match self.state.dialog.take() {
            Some(Dialog::Profile(_)) => self.jobs.cancel(Kind::Profile),
            Some(Dialog::Headroom(_)) => self.jobs.cancel(Kind::Headroom),
            Some(Dialog::OpenArchive(_) | Dialog::Extract(_)) => self.jobs.cancel(Kind::Unpack),
            Some(Dialog::Verify(_)) => self.jobs.cancel(Kind::Verify),
            Some(Dialog::Export(dialog)) => self.close_export(dialog),
            _ => {}
        }
    }
}
