//! Archives: opening them to look at, extracting them, and removing what was unpacked.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::deploy::UnpackError;
use crate::workbench::app::App;
use crate::workbench::archives::OpenedArchive;
use crate::workbench::command::Command;
use crate::workbench::jobs::Kind;
use crate::workbench::state::{Dialog, ExtractDialog, OpenArchiveDialog, Session, Tone};
use crate::workbench::work::Done;
use crate::workbench::{dialogs, text};

use super::bundle::NEVER_SHOWN;

const NO_NATIVE_DIALOG: &str = "Where this desktop offers no file dialog, type or paste the archive's path here";

impl App {
    /// Removes what dead windows left of the archives that they showed.
    pub(in crate::workbench) fn tidy_archives(&mut self) {
        let archives = self.archives.clone();
        self.jobs.start(Kind::Tidy, "Tidying up", move |_| {
            archives.tidy();
            Done::Tidied
        });
    }

    /// Removes what was unpacked of the archive that a closed bundle came from.
    pub(super) fn remove_unpacked(&mut self, session: Session) {
        if let Some(archive) = session.archive {
            self.jobs.start(Kind::Tidy, "Tidying up", move |_| {
                drop(archive);
                Done::Tidied
            });
        }
    }

    pub(super) fn ask_for_archive(&mut self) {
        if !self.native_dialogs {
            self.ask_in_window(Some(NO_NATIVE_DIALOG.into()));
        } else if !self.jobs.is_running(Kind::Choose) {
            let dialog = dialogs::archive_to_open();
            self.jobs.start(Kind::Choose, "Choosing an archive", |_| {
                let begun = Instant::now();
                Done::ArchiveToOpenChosen { file: dialogs::wait(dialog), took: begun.elapsed() }
            });
        }
    }

    pub(super) fn archive_to_open_chosen(&mut self, file: Option<PathBuf>, took: Duration) {
        match file {
            Some(file) => self.send(Command::OpenFolder(file)),
            None if took < NEVER_SHOWN => self.ask_in_window(Some(NO_NATIVE_DIALOG.into())),
            None => {}
        }
    }

    /// What is being read as a folder is an archive with an uncommon name.
    pub(super) fn is_archive(&mut self, path: PathBuf) {
        if self.state.session.as_ref().is_some_and(|session| session.root == path) {
            self.close_bundle();
            self.open_archive(path);
        }
    }

    /// Lets a job unpack an archive; what is open stays until that is done.
    pub(super) fn open_archive(&mut self, path: PathBuf) {
        if self.jobs.is_running(Kind::Unpack) {
            return self.state.toasts.show(Tone::Info, "An archive is being unpacked already; cancel that first");
        }
        let dialog = OpenArchiveDialog { path: path.clone(), since: Instant::now(), refused: None };
        self.state.dialog = Some(Dialog::OpenArchive(dialog));
        let home = self.archives.clone();
        self.jobs.start(Kind::Unpack, "Unpacking", move |control| {
            let name = path.file_name().map(|name| text::one_line(&name.to_string_lossy())).unwrap_or_default();
            let label = format!("Unpacking {name}");
            control.report(label.clone(), Some(0.0));
            let progress = |share| control.report(label.clone(), Some(share));
            let opened = OpenedArchive::open(&path, &home, &control.cancel, progress);
            Done::ArchiveOpened(path, opened.map(Box::new))
        });
    }

    pub(super) fn archive_opened(&mut self, path: PathBuf, opened: Result<Box<OpenedArchive>, UnpackError>) {
        let is_awaited = matches!(&self.state.dialog, Some(Dialog::OpenArchive(dialog)) if dialog.path == path);
        match opened {
            // The dialog was closed, which means the same as its button.
            Ok(archive) if !is_awaited => self.remove_unpacked(Session::of_archive(*archive)),
            Ok(archive) => self.begin(Session::of_archive(*archive)),
            Err(UnpackError::Cancelled) => {
                if is_awaited {
                    self.state.dialog = None;
                }
                self.state.toasts.show(Tone::Info, "The archive was not opened");
            }
            Err(error) => {
                let dialog = OpenArchiveDialog { path, since: Instant::now(), refused: Some(error) };
                self.state.dialog = Some(Dialog::OpenArchive(dialog));
            }
        }
    }

    /// The job that unpacks broke down.
    pub(super) fn unpacking_failed(&mut self, reason: &str) {
        match &mut self.state.dialog {
            Some(Dialog::OpenArchive(_)) => self.state.dialog = None,
            Some(Dialog::Extract(dialog)) => dialog.error = Some(text::one_line(reason)),
            _ => {}
        }
    }

    /// Asks where the archive is to be extracted to, in answer to `wanted`, which needs that.
    pub(super) fn offer_extraction(&mut self, wanted: Option<&Command>) {
        let Some(session) = &self.state.session else { return };
        let Some(archive) = &session.archive else { return };
        let stem = archive.path.file_stem().unwrap_or(std::ffi::OsStr::new("bundle"));
        let path = session.beside().join(stem).display().to_string();
        let wanted = wanted.map(|command| text::one_line(command.text().trim_end_matches('…')));
        self.state.dialog = Some(Dialog::Extract(ExtractDialog { path, wanted, error: None }));
    }

    pub(super) fn choose_extract_folder(&mut self) {
        if !self.native_dialogs {
            self.state.toasts.show(Tone::Info, "Type the folder's path into the field");
        } else if !self.jobs.is_running(Kind::Choose) {
            let native = dialogs::parent();
            self.jobs.start(Kind::Choose, "Choosing a folder", |_| Done::ExtractFolderChosen(dialogs::wait(native)));
        }
    }

    pub(super) fn extract_folder_chosen(&mut self, folder: Option<PathBuf>) {
        let (Some(folder), Some(Dialog::Extract(dialog))) = (folder, &mut self.state.dialog) else { return };
        let name = Path::new(dialog.path.trim()).file_name().map(std::ffi::OsStr::to_owned);
        dialog.path = name.map_or(folder.clone(), |name| folder.join(name)).display().to_string();
        dialog.error = None;
    }

    pub(super) fn extract(&mut self) {
        let (Some(session), Some(Dialog::Extract(dialog))) = (&self.state.session, &mut self.state.dialog) else {
            return;
        };
        let Some(archive) = &session.archive else { return };
        if self.jobs.is_running(Kind::Unpack) {
            return;
        }
        if dialog.path.trim().is_empty() {
            dialog.error = Some("Say which folder is to be made".into());
            return;
        }
        dialog.error = None;
        // A path that does not begin at the root is meant from where the archive is.
        let to = session.beside().join(dialog.path.trim());
        let source = archive.source();
        self.jobs.start(Kind::Unpack, "Extracting", move |control| {
            let progress = |share| control.report("Extracting", Some(share));
            let extracted = source.extract(&to, &control.cancel, progress);
            Done::Extracted(if control.cancel.is_cancelled() { Ok(None) } else { extracted.map(Some) })
        });
    }

    pub(super) fn extracted(&mut self, extracted: Result<Option<PathBuf>, String>) {
        match extracted {
            Ok(Some(root)) => {
                let place = text::one_line(&root.display().to_string());
                self.state.toasts.show(Tone::Good, format!("Extracted to {place}"));
                self.send(Command::OpenFolder(root));
            }
            Ok(None) => self.state.toasts.show(Tone::Info, "Nothing was extracted"),
            Err(reason) => {
                let reason = text::one_line(&reason);
                match &mut self.state.dialog {
                    Some(Dialog::Extract(dialog)) => dialog.error = Some(reason),
                    _ => self.state.toasts.show(Tone::Bad, format!("Nothing was extracted: {reason}")),
                }
            }
        }
    }
}
