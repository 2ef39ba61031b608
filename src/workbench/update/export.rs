//! The export dialog: opening it with what is remembered, planning, keys, the question about warnings, writing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::bundle::{Bundle, Severity};
use crate::deploy::{Preview, PublicKey};
use crate::measure::Statistic;
use crate::platform::survey::Bounds;
use crate::workbench::app::App;
use crate::workbench::command::ExportCommand;
use crate::workbench::exporting::{
    ExportChoices, ExportDialog, ExportStage, NewKey, PlanOf, Wanted, Written, path_from,
};
use crate::workbench::jobs::Kind;
use crate::workbench::settings::JudgedBy;
use crate::workbench::state::{Dialog, Tone};
use crate::workbench::work::Done;
use crate::workbench::work::export::{self as work, ExportDone, Exporting, Failure};
use crate::workbench::{dialogs, text};

use super::bundle::NEVER_SHOWN;

const NO_NATIVE_DIALOG: &str = "This desktop offers no file dialog; type the path into the field";

impl App {
    /// Does what a command about exporting and verifying says.
    pub(super) fn apply_to_export(&mut self, command: ExportCommand) {
        match command {
            ExportCommand::Choose(wanted) => self.choose_export_path(wanted),
            ExportCommand::ToggleNewKey => self.toggle_new_key(),
            ExportCommand::MakeKeys => self.make_keys(),
            ExportCommand::WriteAnyway => self.write_archive(),
            ExportCommand::Back => self.back_to_fields(),
            ExportCommand::Cancel => self.jobs.cancel(Kind::Export),
            ExportCommand::ShowVerify => self.show_verify(),
            ExportCommand::VerifyWritten => self.verify_written(),
            ExportCommand::Verify => self.verify(),
            ExportCommand::CancelVerify => self.jobs.cancel(Kind::Verify),
            ExportCommand::Show(path) => self.show_in_desktop(path),
        }
    }

    /// Takes in what a job of exporting or verifying gave.
    pub(super) fn take_export(&mut self, done: ExportDone) {
        match done {
            ExportDone::Chosen { wanted, file, took } => self.export_path_chosen(wanted, file, took),
            ExportDone::Planned(of, made) => self.take_plan(&of, made),
            ExportDone::Peeked(path, is_there) => {
                if let Some(dialog) = self.export_dialog() {
                    dialog.plan.replaces = Some((path, is_there));
                }
            }
            ExportDone::KeyRead(path, key) => self.take_key(path, key),
            ExportDone::KeysMade(made) => self.keys_made(made),
            ExportDone::Written(written) => self.take_written(written),
            ExportDone::Verified(verified) => self.take_verified(verified),
            ExportDone::Shown(Ok(())) => {}
            ExportDone::Shown(Err(reason)) => self.state.toasts.show(Tone::Bad, reason),
        }
    }

    pub(super) fn show_export(&mut self) {
        let Some(session) = &self.state.session else { return };
        let Some(loaded) = &session.loaded else { return };
        let place = session.place();
        let known = self.state.settings.exports.iter().find(|choices| choices.bundle == place);
        let choices = known.cloned().unwrap_or_else(|| ExportChoices {
            bundle: place.into(),
            path: plain(&session.beside().join(archive_name(&loaded.bundle))).display().to_string(),
            ..ExportChoices::default()
        });
        self.state.dialog = Some(Dialog::Export(Box::new(ExportDialog::new(choices))));
    }

    fn export_dialog(&mut self) -> Option<&mut ExportDialog> {
        match &mut self.state.dialog {
            Some(Dialog::Export(dialog)) => Some(dialog),
            _ => None,
        }
    }

    /// Plans again and reads the key again where the fields or the bundle changed.
    pub(in crate::workbench) fn start_due_plan(&mut self) {
        let Some(session) = &self.state.session else { return };
        let (Some(loaded), Some(Dialog::Export(dialog))) = (&session.loaded, &mut self.state.dialog) else { return };
        if matches!(dialog.stage, ExportStage::Done(_) | ExportStage::Running) {
            return;
        }
        let root = loaded.bundle.root.clone();
        let base = session.beside().to_path_buf();
        let typed = dialog.choices.key.trim().to_owned();
        let is_new = dialog.key.of(&typed).is_none() && dialog.key.asked.as_ref() != Some(&typed);
        if dialog.choices.signs && !typed.is_empty() && is_new && !self.jobs.is_running(Kind::Key) {
            dialog.key.asked = Some(typed.clone());
            let path = path_from(&base, &typed);
            self.jobs.start(Kind::Key, "Reading the key", move |_| work::read_key(typed, &path, &root));
        }
        let path = dialog.choices.path.trim().to_owned();
        let is_new = dialog.plan.replaces.as_ref().is_none_or(|(known, _)| *known != path);
        if is_new && !path.is_empty() && !self.jobs.is_running(Kind::Peek) {
            let to = path_from(&base, &path);
            self.jobs.start(Kind::Peek, "Looking at the archive's place", move |_| work::peek(path, &to));
        }
        if session.count(Severity::Error) > 0 {
            (dialog.plan.of, dialog.plan.made) = (None, None);
            return;
        }
        let of = PlanOf { loaded: Arc::clone(loaded), layout: dialog.choices.layout };
        if dialog.plan.of.as_ref().is_some_and(|planned| planned.is_same(&of)) {
            return;
        }
        if self.jobs.is_running(Kind::Plan) {
            dialog.plan.of = None;
            self.jobs.cancel(Kind::Plan);
            return;
        }
        dialog.plan.of = Some(of.clone());
        self.jobs.start(Kind::Plan, "Planning the export", move |control| work::plan(of, control));
    }

    fn take_plan(&mut self, of: &PlanOf, made: Result<Preview, String>) {
        let Some(dialog) = self.export_dialog() else { return };
        if dialog.plan.of.as_ref().is_some_and(|planned| planned.is_same(of)) {
            dialog.plan.made = Some(made.map_err(|reason| text::one_line(&text::sentence(&reason))));
        }
    }

    fn take_key(&mut self, path: String, key: Result<PublicKey, String>) {
        let Some(dialog) = self.export_dialog() else { return };
        dialog.key.asked = None;
        dialog.key.read = Some((path, key.map_err(|reason| text::one_line(&reason))));
    }

    fn toggle_new_key(&mut self) {
        let Some(session) = &self.state.session else { return };
        let name = session.bundle().map(|bundle| safe_name(&bundle.display_name())).unwrap_or_default();
        let home = dirs::config_dir().map(|folder| folder.join("priostack-workbench").join("keys"));
        let folder = home.unwrap_or_else(|| session.beside().to_path_buf());
        let path = folder.join(format!("{name}.key")).display().to_string();
        let Some(dialog) = self.export_dialog() else { return };
        dialog.new_key = match dialog.new_key {
            Some(_) => None,
            None => Some(NewKey { path, error: None }),
        };
    }

    fn make_keys(&mut self) {
        let Some(session) = &self.state.session else { return };
        let (root, base) = (session.root.clone(), session.beside().to_path_buf());
        if self.jobs.is_running(Kind::Key) {
            return;
        }
        let Some(Dialog::Export(dialog)) = &mut self.state.dialog else { return };
        let Some(form) = &mut dialog.new_key else { return };
        if form.path.trim().is_empty() {
            form.error = Some("Say where the private key is to be".into());
            return;
        }
        form.error = None;
        let path = path_from(&base, &form.path);
        self.jobs.start(Kind::Key, "Making keys", move |_| work::make_keys(path, &root));
    }

    fn keys_made(&mut self, made: Result<(PathBuf, PublicKey), String>) {
        let notice = match (&made, self.export_dialog()) {
            (Ok((path, public)), Some(dialog)) => {
                let typed = path.display().to_string();
                dialog.new_key = None;
                dialog.choices.signs = true;
                dialog.choices.key.clone_from(&typed);
                dialog.key.read = Some((typed, Ok(public.clone())));
                let name = path.with_extension("pub").display().to_string();
                Some((Tone::Good, format!("Made a pair of keys; give {} to those who verify", text::one_line(&name))))
            }
            (Err(reason), Some(dialog)) => {
                if let Some(form) = &mut dialog.new_key {
                    form.error = Some(text::one_line(reason));
                }
                None
            }
            (Ok((path, _)), None) => {
                let name = path.display().to_string();
                Some((Tone::Good, format!("Made a pair of keys at {}", text::one_line(&name))))
            }
            (Err(reason), None) => Some((Tone::Bad, text::one_line(reason))),
        };
        if let Some((tone, notice)) = notice {
            self.state.toasts.show(tone, notice);
        }
    }

    /// Asks for one of the paths in the dialogs of exporting and verifying.
    fn choose_export_path(&mut self, wanted: Wanted) {
        let Some(at) = self.export_path(wanted).map(|path| PathBuf::from(path.trim())) else { return };
        if !self.native_dialogs {
            self.state.toasts.show(Tone::Info, "Type the path into the field");
        } else if !self.jobs.is_running(Kind::Choose) {
            let native = match wanted {
                Wanted::Archive => dialogs::archive(&at),
                Wanted::NewKey => dialogs::new_key(&at),
                Wanted::Key | Wanted::VerifyKey => dialogs::key(&at),
                Wanted::Verified => dialogs::archive_to_open(),
            };
            self.jobs.start(Kind::Choose, "Choosing a file", move |_| {
                let begun = Instant::now();
                Done::Export(ExportDone::Chosen { wanted, file: dialogs::wait(native), took: begun.elapsed() })
            });
        }
    }

    fn export_path_chosen(&mut self, wanted: Wanted, file: Option<PathBuf>, took: Duration) {
        match (file, self.export_path(wanted)) {
            (Some(file), Some(path)) => *path = file.display().to_string(),
            (None, Some(_)) if took < NEVER_SHOWN => self.state.toasts.show(Tone::Info, NO_NATIVE_DIALOG),
            _ => {}
        }
    }

    /// The path field that is meant, while its dialog is open.
    fn export_path(&mut self, wanted: Wanted) -> Option<&mut String> {
        match (wanted, &mut self.state.dialog) {
            (Wanted::Archive, Some(Dialog::Export(dialog))) => Some(&mut dialog.choices.path),
            (Wanted::Key, Some(Dialog::Export(dialog))) => Some(&mut dialog.choices.key),
            (Wanted::NewKey, Some(Dialog::Export(dialog))) => dialog.new_key.as_mut().map(|form| &mut form.path),
            (Wanted::Verified, Some(Dialog::Verify(dialog))) => Some(&mut dialog.archive),
            (Wanted::VerifyKey, Some(Dialog::Verify(dialog))) => Some(&mut dialog.key),
            _ => None,
        }
    }

    /// Begins the export, or asks first where there are warnings.
    pub(super) fn export(&mut self) {
        let warnings = self.state.session.as_ref().map_or(0, |session| session.count(Severity::Warning));
        let Some(dialog) = self.export_dialog() else { return };
        match dialog.stage {
            ExportStage::Ready | ExportStage::Failed(_) if warnings > 0 => {
                dialog.stage = ExportStage::Asking { is_focused: false };
            }
            ExportStage::Ready | ExportStage::Failed(_) => self.write_archive(),
            _ => {}
        }
    }

    /// Closes the dialog and remembers its fields; a question in it is answered with no by that.
    pub(super) fn close_export(&mut self, mut dialog: Box<ExportDialog>) {
        match dialog.stage {
            ExportStage::Asking { .. } => {
                dialog.stage = ExportStage::Ready;
                self.state.dialog = Some(Dialog::Export(dialog));
                return;
            }
            ExportStage::Running => self.jobs.cancel(Kind::Export),
            _ => {}
        }
        self.jobs.cancel(Kind::Plan);
        self.state.settings.remember_export(dialog.choices);
    }

    fn back_to_fields(&mut self) {
        if let Some(dialog) = self.export_dialog() {
            dialog.stage = ExportStage::Ready;
        }
    }

    /// Lets a job write the archive.
    fn write_archive(&mut self) {
        let JudgedBy(percentile) = self.state.settings.judged_by;
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let (Some(loaded), Some(Dialog::Export(dialog))) = (&session.loaded, &mut self.state.dialog) else { return };
        let has_errors = loaded.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        if has_errors || !session.documents.dirty_files().is_empty() || self.jobs.is_running(Kind::Export) {
            return;
        }
        if let Some(obstacle) = dialog.obstacle() {
            dialog.stage = ExportStage::Failed(obstacle.into());
            return;
        }
        dialog.stage = ExportStage::Running;
        let choices = dialog.choices.clone();
        let base = session.beside();
        let exporting = Exporting {
            loaded: Arc::clone(loaded),
            to: path_from(base, &choices.path),
            layout: choices.layout,
            key: choices.signs.then(|| path_from(base, &choices.key)),
            tries: choices.tries_determinism.then(Bounds::default),
            limits,
            statistic: Statistic::Percentile(percentile),
        };
        self.state.settings.remember_export(choices);
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Export, "Writing the archive", move |control| exporting.carry_out(&programs, control));
    }

    fn take_written(&mut self, written: Result<Box<Written>, Failure>) {
        let stage = match written {
            Ok(written) => {
                // The dialog says it all, where it is still open.
                if self.export_dialog().is_none() {
                    let name = written.exported.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    self.state.toasts.show(Tone::Good, format!("Exported {}", text::one_line(&name)));
                }
                ExportStage::Done(written)
            }
            Err(Failure::Cancelled) => {
                self.state.toasts.show(Tone::Info, "The export was cancelled; nothing was written");
                ExportStage::Ready
            }
            Err(Failure::Failed(reason)) => ExportStage::Failed(text::one_line(&text::sentence(&reason))),
        };
        if let Some(dialog) = self.export_dialog() {
            dialog.stage = stage;
        }
    }

    /// A job of exporting broke down.
    pub(super) fn export_failed(&mut self, kind: Kind, reason: &str) {
        let Some(dialog) = self.export_dialog() else { return };
        let reason = text::one_line(reason);
        match kind {
            Kind::Plan => dialog.plan.made = Some(Err(reason)),
            Kind::Key => match (&mut dialog.new_key, dialog.key.asked.take()) {
                (_, Some(path)) => dialog.key.read = Some((path, Err(reason))),
                (Some(form), None) => form.error = Some(reason),
                (None, None) => {}
            },
            _ => dialog.stage = ExportStage::Failed(format!("The export broke down: {reason}")),
        }
    }

    fn show_in_desktop(&mut self, path: PathBuf) {
        if self.native_dialogs {
            self.jobs.start(Kind::Show, "Showing a file", move |_| work::show(&path));
        } else {
            self.state.toasts.show(Tone::Info, format!("It is at {}", text::one_line(&path.display().to_string())));
        }
    }
}

/// `shop-1.2.0.zip`: the bundle's name and version with only what every file system takes.
fn archive_name(bundle: &Bundle) -> String {
    let name = bundle.display_name();
    let name = match &bundle.manifest.version {
        Some(version) => format!("{name}-{}", version.value),
        None => name,
    };
    format!("{}.zip", safe_name(&name))
}

fn safe_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '-' };
    let name: String = name.chars().take(80).map(safe).collect();
    name.trim_matches(['.', '-']).to_owned()
}

/// The absolute path without `..`, as far as that can be said without looking at the disk.
fn plain(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let mut out = PathBuf::new();
    for part in absolute.components() {
        if part == std::path::Component::ParentDir {
            out.pop();
        } else {
            out.push(part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Span, Spanned};

    #[test]
    fn an_archive_is_named_after_bundle_and_version() {
        let mut bundle = Bundle { root: "/bundles/my shop".into(), ..Bundle::default() };
        assert_eq!(archive_name(&bundle), "my-shop.zip");
        bundle.manifest.version = Some(Spanned::new("1.2.0".into(), Span::default()));
        bundle.manifest.name = Some(Spanned::new("../shop".into(), Span::default()));
        assert_eq!(archive_name(&bundle), "shop-1.2.0.zip");
    }

    #[test]
    fn a_plain_path_has_no_way_back_in_it() {
        assert_eq!(plain(Path::new("/a/b/../c.zip")), Path::new("/a/c.zip"));
    }
}
