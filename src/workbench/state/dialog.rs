//! The dialogs: what each shows and what its fields hold.

use std::path::PathBuf;
use std::time::Instant;

use crate::bundle::BundleEdit;
use crate::bundle::assist::Subject;
use crate::deploy::UnpackError;

use crate::workbench::editor::DiffView;
use crate::workbench::exporting::{ExportDialog, VerifyDialog};
use crate::workbench::forms::{NewBundleDialog, NewServiceDialog};
use crate::workbench::palette::Palette;
use crate::workbench::picture::SaveChartDialog;
use crate::workbench::runner::SaveCaseDialog;

/// A dialog.
pub enum Dialog {
    /// Which bundle to open.
    Open {
        /// The path field.
        path: String,
        /// Why no native dialog came up, or why the path does not do.
        remark: Option<String>,
    },
    /// An archive that is being opened, or was refused.
    OpenArchive(OpenArchiveDialog),
    /// Extracting the archive that is open.
    Extract(ExtractDialog),
    /// Writing an archive.
    Export(Box<ExportDialog>),
    /// Verifying an archive.
    Verify(VerifyDialog),
    /// Limits of an invocation.
    Limits,
    /// The profile of a call.
    Profile(Box<crate::workbench::profiling::ProfileDialog>),
    /// The smallest limits of a function.
    Headroom(Box<crate::workbench::headroom::HeadroomDialog>),
    /// Saving a chart or the data behind it.
    SaveChart(SaveChartDialog),
    /// Saving an invocation as a case.
    SaveCase(Box<SaveCaseDialog>),
    /// Whether the whole history is to be deleted.
    ClearHistory,
    /// The list of shortcuts.
    Shortcuts,
    /// What this program is.
    About,
    /// Unsaved changes stand in the way.
    Unsaved(Pending),
    /// Two versions of a file side by side.
    Compare(CompareDialog),
    /// Saving a copy of a file elsewhere.
    SaveCopy(CopyDialog),
    /// The palette.
    Palette(Palette),
    /// Another name for something of the bundle.
    Rename(RenameDialog),
    /// A new service.
    NewService(NewServiceDialog),
    /// A new bundle.
    NewBundle(NewBundleDialog),
}

/// What waits for unsaved changes to be saved or dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// The end of the program.
    Quit,
    /// Closing the bundle.
    CloseBundle,
    /// Opening another bundle.
    Open(PathBuf),
    /// Closing a file.
    CloseFile(String),
}

/// The dialog that asks for another name.
#[derive(Debug)]
pub struct RenameDialog {
    /// What gets another name.
    pub subject: Subject,
    /// The name field.
    pub name: String,
    /// The name that the preview was made for, and what would change, or why it cannot.
    pub preview: Option<(String, Result<BundleEdit, String>)>,
}

/// Which two versions of a file are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The text in the editor of this file with what another program wrote.
    Conflict(String),
    /// An unsaved text that was left behind with what is on disk, by its name in the journal.
    Recovered(PathBuf),
    /// The last output of the picked function with the one before.
    PreviousOutput,
    /// The last output of the picked function with what the case of this name expects.
    Case(String),
    /// What the case in this file gave when it was run with what it expects.
    CaseRun(String),
}

/// Two versions of a file side by side.
pub struct CompareDialog {
    /// Which.
    pub compared: Compared,
    /// The comparison, once it was made.
    pub view: Option<Box<DiffView>>,
}

/// Saving a copy of a file elsewhere.
#[derive(Debug)]
pub struct CopyDialog {
    /// The file, relative to the bundle's root.
    pub file: String,
    /// The path field.
    pub path: String,
    /// Why the copy could not be saved there.
    pub error: Option<String>,
}

/// An archive that is being opened, or was refused.
#[derive(Debug)]
pub struct OpenArchiveDialog {
    /// The archive.
    pub path: PathBuf,
    /// When it began.
    pub since: Instant,
    /// Why it was refused.
    pub refused: Option<UnpackError>,
}

/// Extracting the archive that is open.
#[derive(Debug)]
pub struct ExtractDialog {
    /// The path field: the folder to make.
    pub path: String,
    /// What the user wanted to do that needs a folder.
    pub wanted: Option<String>,
    /// Why it was not extracted.
    pub error: Option<String>,
}
