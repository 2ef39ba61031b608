//! Which commands lead to a change of the bundle's own files: the one place where that is decided for a bundle that is
//! only looked at.

use super::{Command, GoalCommand};

impl Command {
    /// Whether it changes a text, a file or the kept results of the bundle, or is the first step to that.
    pub fn writes_into_bundle(&self) -> bool {
        match self {
            Self::Save
            | Self::SaveAll
            | Self::TakeFromDisk(_)
            | Self::Overwrite(_)
            | Self::KeepMine(_)
            | Self::Restore(_)
            | Self::Undo
            | Self::Redo
            | Self::Replace
            | Self::Complete
            | Self::ShowFixes
            | Self::ApplyFix(..)
            | Self::ApplyEdit(_)
            | Self::Rename
            | Self::Choose(_)
            | Self::NewEndpoint
            | Self::NewIntent
            | Self::NewGoal
            | Self::ShowForm(_)
            | Self::EditNode(_)
            | Self::Rework(..)
            | Self::SubmitForm
            | Self::NewService
            | Self::CreateService
            | Self::NoteLimits
            | Self::ShowSaveCase
            | Self::SaveCase(_)
            | Self::SaveEntry(_)
            | Self::ToggleHistory
            | Self::DeleteEntry(_)
            | Self::ShowClearHistory
            | Self::ClearHistory => true,
            Self::Goals(command) => matches!(
                command,
                GoalCommand::StartNaming(_)
                    | GoalCommand::NameRun(_)
                    | GoalCommand::SetBaseline(..)
                    | GoalCommand::DeleteRun(_)
            ),
            _ => false,
        }
    }
}
