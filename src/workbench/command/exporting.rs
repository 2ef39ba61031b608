//! What a user can do about exporting and verifying: the part of [`super::Command`] that needs many words of its own.

use std::borrow::Cow;
use std::path::PathBuf;

use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::workbench::exporting::Wanted;

/// Something a user can do about exporting and verifying.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportCommand {
    /// Ask for the archive's place, or another of the dialogs' paths.
    Choose(Wanted),
    /// Open or close the form for a new pair of keys.
    ToggleNewKey,
    /// Make the new pair of keys.
    MakeKeys,
    /// Write the archive in spite of warnings.
    WriteAnyway,
    /// Go back to the fields.
    Back,
    /// End the export.
    Cancel,
    /// Open the dialog that verifies an archive.
    ShowVerify,
    /// Verify the archive that was just written.
    VerifyWritten,
    /// Verify the archive that is named.
    Verify,
    /// End verifying.
    CancelVerify,
    /// Show a file or a folder with the desktop's own program for it.
    Show(PathBuf),
}

impl ExportCommand {
    /// What a menu, a button and the palette call it.
    pub fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Choose(_) => "Browse…",
            Self::ToggleNewKey => "New pair…",
            Self::MakeKeys => "Make keys",
            Self::WriteAnyway => "Export anyway",
            Self::Back => "Back",
            Self::Cancel | Self::CancelVerify => "Cancel",
            Self::ShowVerify => "Verify archive…",
            Self::VerifyWritten | Self::Verify => "Verify",
            Self::Show(path) if path.extension().is_some_and(|ending| ending == "html") => "Show report",
            Self::Show(_) => "Open folder",
        })
    }

    /// A sentence for the tooltip, where the text does not say it all.
    pub fn tooltip(&self) -> Option<&'static str> {
        Some(match self {
            Self::ToggleNewKey => "Make a private key to sign with and the public one that others check with",
            Self::MakeKeys => "Write both files; nothing that exists is replaced",
            Self::WriteAnyway => "Warnings do not make an archive invalid",
            Self::ShowVerify => "See whether an archive is what its report and its signature say",
            Self::VerifyWritten => "Compute everything anew from the archive's bytes",
            Self::Verify => "Compute everything anew from the archive's bytes and compare",
            Self::Show(path) if path.extension().is_some_and(|ending| ending == "html") => {
                "Show the report's page in the browser"
            }
            Self::Show(_) => "Show the folder in the desktop's file manager",
            _ => return None,
        })
    }

    /// Its icon.
    pub fn icon(&self) -> MaterialIcon {
        match self {
            Self::Choose(_) => ICON_FOLDER_OPEN,
            Self::ToggleNewKey | Self::MakeKeys => ICON_KEY,
            Self::WriteAnyway => ICON_ARCHIVE,
            Self::Back => ICON_ARROW_BACK,
            Self::Cancel | Self::CancelVerify => ICON_CLOSE,
            Self::ShowVerify | Self::VerifyWritten | Self::Verify => ICON_VERIFIED,
            Self::Show(path) if path.extension().is_some_and(|ending| ending == "html") => ICON_DESCRIPTION,
            Self::Show(_) => ICON_FOLDER_OPEN,
        }
    }
}
