//! What each command is called, what its tooltip says, and its icon.

use std::borrow::Cow;

use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use super::Command;
use crate::bundle::Severity;
use crate::bundle::change::Subject;
use crate::workbench::documents::Tab;
use crate::workbench::forms::{FormKey, Rework};
use crate::workbench::settings::ThemeChoice;
use crate::workbench::state::Compared;

impl Command {
    /// What a menu, a button and the palette call it.
    pub fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::OpenBundle => "Open bundle…",
            Self::OpenSample => "Open sample bundle",
            Self::Reload => "Reload from disk",
            Self::CloseBundle => "Close bundle",
            Self::Save => "Save",
            Self::SaveAll => "Save all",
            Self::ToggleWatch => "Watch for changes on disk",
            Self::TakeFromDisk(_) => "Take the version on disk",
            Self::Overwrite(_) => "Save my version",
            Self::KeepMine(_) => "Edit on from mine",
            Self::Compare(Compared::Conflict(_)) => "Compare…",
            Self::Compare(Compared::Recovered(_)) => "Show difference…",
            Self::ShowSaveCopy(_) => "Save a copy…",
            Self::SaveCopy => "Save copy",
            Self::Restore(_) => "Restore",
            Self::DropRecovered(_) => "Discard",
            Self::ShowExport => "Export…",
            Self::ChooseArchive => "Browse…",
            Self::Export => "Export",
            Self::Quit => "Quit",
            Self::CloseActiveTab => "Close tab",
            Self::NextTab => "Next tab",
            Self::PreviousTab => "Previous tab",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Find => "Find…",
            Self::Replace => "Replace…",
            Self::NextProblem => "Next problem",
            Self::PreviousProblem => "Previous problem",
            Self::NewEndpoint => "New endpoint…",
            Self::NewIntent => "New intent…",
            Self::NewGoal => "New goal…",
            Self::NewService => "New service…",
            Self::NewBundle => "New bundle…",
            Self::ChooseNewFolder => "Browse…",
            Self::CreateService => "Create service",
            Self::CreateBundle => "Create bundle",
            Self::SubmitForm => "Apply",
            Self::CloseForm => "Cancel",
            Self::ShowForm(key) => return new_in(key),
            Self::EditNode(_) => "Edit…",
            Self::Rework(_, Rework::Remove) => "Remove",
            Self::Rework(_, Rework::MoveUp) => "Move up",
            Self::Rework(_, Rework::MoveDown) => "Move down",
            Self::Run => "Run",
            Self::CancelRun => "Cancel run",
            Self::FormatInput => "Format input",
            Self::CopyOutput => "Copy output",
            Self::MeasureFunction => "Measure this function",
            Self::MeasureGoals => "Measure all goals",
            Self::CancelMeasure => "Cancel measurement",
            Self::ShowLimits => "Limits…",
            Self::ResetLimits => "Reset limits",
            Self::PickSensor(name) => return name.clone().into(),
            Self::FireSensor => "Fire sensor",
            Self::ScheduleSensor => "Schedule sensor",
            Self::SetClock => "Set virtual clock",
            Self::StepClock => "Step virtual clock",
            Self::RunUntilIdle => "Run until idle",
            Self::CancelSensors => "Cancel simulation",
            Self::ClearTrace => "Clear trace",
            Self::ToggleTimeline => "Toggle tree and timeline",
            Self::SelectTrace(_) | Self::ToggleTrace(_) => "Select",
            Self::ToggleExplorer => "Show or hide explorer",
            Self::ToggleProblems => "Show or hide problems",
            Self::ShowRunner => "Show runner",
            Self::ShowGoals => "Show goals",
            Self::ShowSensors => "Show sensors",
            Self::ShowOverview => "Show overview",
            Self::ShowPalette => "Search commands…",
            Self::ShowShortcuts => "Keyboard shortcuts…",
            Self::ShowAbout => "About…",
            Self::SetTheme(choice) => choice.text(),
            Self::ToggleTheme => "Toggle dark and light",
            Self::ZoomIn => "Zoom in",
            Self::ZoomOut => "Zoom out",
            Self::ZoomReset => "Reset zoom",
            Self::CloseDialog => "Close dialog",
            Self::SaveAndGoOn => "Save",
            Self::DiscardAndGoOn => "Discard changes",
            Self::OpenFolder(path) => return path.display().to_string().into(),
            Self::ForgetRecent(path) => return format!("Remove {} from the list", path.display()).into(),
            Self::PickFunction(key) | Self::ShowMeasurement(key) => return key.function.clone().into(),
            Self::UseCase(name) => return name.clone().into(),
            Self::ApplyFix(diagnostic, at) => {
                return diagnostic.fixes.get(*at).map_or_else(|| "Fix".into(), |fix| fix.title.clone().into());
            }
            Self::ApplyEdit(edit) => return edit.title.clone().into(),
            Self::ShowFixes => "Quick fixes…",
            Self::Complete => "Complete",
            Self::GoToDefinition => "Go to definition",
            Self::FindUsages => "Find usages",
            Self::GoTo(location) => return location.title.clone().into(),
            Self::Rename => "Rename…",
            Self::ShowSymbols => "Go to symbol…",
            Self::FoldAll => "Fold all",
            Self::UnfoldAll => "Unfold all",
            Self::Choose(choice) => return choice.title.clone().into(),
            Self::ShowTab(Tab::File(file)) => return file.clone().into(),
            Self::ShowTab(Tab::Overview) => "Overview",
            Self::CloseTab(Tab::File(file)) => return format!("Close {file}").into(),
            Self::CloseTab(Tab::Overview) => "Close overview",
            Self::ToggleSeverity(Severity::Error) => "Errors",
            Self::ToggleSeverity(Severity::Warning) => "Warnings",
            Self::ToggleSeverity(Severity::Hint) => "Hints",
            Self::Reveal(place) => return place.file.clone().into(),
            Self::Select(_) | Self::ToggleNode(_) => "Select",
            Self::Copy(_) => "Copy",
            Self::DismissToast(_) => "Dismiss",
        })
    }

    /// A sentence for the tooltip, where the text does not say it all.
    pub fn tooltip(&self) -> Option<&'static str> {
        Some(match self {
            Self::ShowFixes => "What mends the problems of the caret's line",
            Self::Complete => "What could stand at the caret",
            Self::GoToDefinition => "From a reference to the function, from a name to where it is declared",
            Self::FindUsages => "Everything that refers to what stands at the caret",
            Self::Rename => "Give a service, function or sensor another name wherever it stands",
            Self::ShowSymbols => "The endpoints, intents and goals of this file",
            Self::NewBundle => "Make a bundle with one service that runs at once",
            Self::NewService => "Add a service to this bundle, from a template",
            Self::OpenBundle => "Open the folder that holds a bundle.yaml",
            Self::OpenSample => "Open a small real bundle with modules from four toolchains",
            Self::Reload => "Read and check all files of the bundle again",
            Self::ShowExport => "Write the bundle as a ZIP that is known to be valid",
            Self::Run => "Run the picked function with this input",
            Self::CancelRun => "End the running invocation",
            Self::FormatInput => "Lay the JSON out with one value a line",
            Self::CopyOutput => "Copy the output exactly as the function returned it",
            Self::MeasureFunction => "Run the picked function many times with the input shown here",
            Self::MeasureGoals => "Run every function that goals speak of, many times",
            Self::FireSensor => "Fire the picked sensor with this payload, now on the virtual clock",
            Self::ScheduleSensor => "Queue the picked sensor; it fires as the virtual clock is stepped or run",
            Self::SetClock => "Put the virtual clock to this time; what is due waits until the clock is stepped or run",
            Self::StepClock => "Let this much virtual time pass, with everything that is due in it",
            Self::RunUntilIdle => "Let virtual time pass until no sensor waits any more",
            Self::CancelSensors => "End the running function and leave the rest waiting",
            Self::ClearTrace => "Forget what happened, what waits and the cooldowns; the clock stays",
            Self::ToggleTimeline => "Show what happened over virtual time, or as a tree",
            Self::ShowLimits => "Time and memory that a function may use",
            Self::TakeFromDisk(_) => "Drop your changes and take what another program wrote",
            Self::Overwrite(_) => "Write your text over what another program wrote",
            Self::ToggleWatch => "Take changes of other programs in at once; otherwise with the next check or reload",
            Self::KeepMine(_) => "Keep your text open; the next save replaces what another program wrote",
            Self::Compare(_) => "Show both versions side by side",
            Self::ShowSaveCopy(_) => "Save the text as it is here to another file",
            Self::Restore(_) => "Put the unsaved text into the editor, where it can be undone and saved",
            Self::DropRecovered(_) => "Forget the unsaved text for good",
            Self::ToggleTheme => "Change between the dark and the light theme",
            _ => return None,
        })
    }

    /// Its icon.
    pub fn icon(&self) -> MaterialIcon {
        match self {
            Self::OpenBundle | Self::OpenFolder(_) | Self::ChooseArchive => ICON_FOLDER_OPEN,
            Self::OpenSample => ICON_INVENTORY_2,
            Self::Reload | Self::TakeFromDisk(_) => ICON_REFRESH,
            Self::ToggleWatch => ICON_VISIBILITY,
            Self::KeepMine(_) => ICON_EDIT,
            Self::Compare(_) => ICON_COMPARE,
            Self::ShowSaveCopy(_) | Self::SaveCopy => ICON_FILE_COPY,
            Self::Restore(_) => ICON_RESTORE,
            Self::DropRecovered(_) => ICON_DELETE,
            Self::Save | Self::SaveAll | Self::Overwrite(_) | Self::SaveAndGoOn => ICON_SAVE,
            Self::ShowExport | Self::Export => ICON_ARCHIVE,
            Self::Quit => ICON_LOGOUT,
            Self::Undo => ICON_UNDO,
            Self::Redo => ICON_REDO,
            Self::Find => ICON_SEARCH,
            Self::Replace => ICON_FIND_REPLACE,
            Self::NextProblem => ICON_ARROW_DOWNWARD,
            Self::PreviousProblem => ICON_ARROW_UPWARD,
            Self::ApplyFix(..) | Self::ApplyEdit(_) | Self::Choose(_) => ICON_BUILD,
            Self::ShowFixes => ICON_LIGHTBULB,
            Self::Complete => ICON_PLAYLIST_ADD,
            Self::GoToDefinition | Self::GoTo(_) => ICON_ARROW_OUTWARD,
            Self::FindUsages => ICON_MANAGE_SEARCH,
            Self::Rename => ICON_EDIT,
            Self::ShowSymbols => ICON_TOC,
            Self::FoldAll => ICON_UNFOLD_LESS,
            Self::UnfoldAll => ICON_UNFOLD_MORE,
            Self::NewEndpoint | Self::NewIntent | Self::NewGoal | Self::NewService | Self::ShowForm(_) => ICON_ADD,
            Self::NewBundle => ICON_CREATE_NEW_FOLDER,
            Self::ChooseNewFolder => ICON_FOLDER_OPEN,
            Self::CreateService | Self::CreateBundle | Self::SubmitForm => ICON_CHECK,
            Self::EditNode(_) => ICON_EDIT,
            Self::Rework(_, Rework::Remove) => ICON_DELETE,
            Self::Rework(_, Rework::MoveUp) => ICON_ARROW_UPWARD,
            Self::Rework(_, Rework::MoveDown) => ICON_ARROW_DOWNWARD,
            Self::Run | Self::PickFunction(_) => ICON_PLAY_ARROW,
            Self::CancelRun | Self::CancelMeasure | Self::CancelSensors => ICON_STOP,
            Self::ShowSensors | Self::PickSensor(_) | Self::FireSensor => ICON_SENSORS,
            Self::ScheduleSensor | Self::SetClock => ICON_SCHEDULE,
            Self::StepClock => ICON_SKIP_NEXT,
            Self::RunUntilIdle => ICON_FAST_FORWARD,
            Self::ClearTrace => ICON_DELETE_SWEEP,
            Self::ToggleTimeline => ICON_TIMELINE,
            Self::SelectTrace(_) | Self::ToggleTrace(_) => ICON_ACCOUNT_TREE,
            Self::FormatInput => ICON_FORMAT_ALIGN_LEFT,
            Self::CopyOutput | Self::Copy(_) => ICON_CONTENT_COPY,
            Self::MeasureFunction | Self::MeasureGoals | Self::ShowGoals | Self::ShowMeasurement(_) => ICON_SPEED,
            Self::ShowLimits | Self::ResetLimits => ICON_TUNE,
            Self::ToggleExplorer => ICON_ACCOUNT_TREE,
            Self::ToggleProblems | Self::ToggleSeverity(_) => ICON_ERROR,
            Self::ShowRunner => ICON_TERMINAL,
            Self::ShowOverview | Self::ShowTab(Tab::Overview) => ICON_DASHBOARD,
            Self::ShowPalette => ICON_SEARCH,
            Self::ShowShortcuts => ICON_KEYBOARD,
            Self::ShowAbout => ICON_INFO,
            Self::SetTheme(ThemeChoice::Dark) => ICON_DARK_MODE,
            Self::SetTheme(ThemeChoice::Light) => ICON_LIGHT_MODE,
            Self::SetTheme(ThemeChoice::System) | Self::ToggleTheme => ICON_CONTRAST,
            Self::ZoomIn => ICON_ZOOM_IN,
            Self::ZoomOut => ICON_ZOOM_OUT,
            Self::ZoomReset => ICON_FIT_SCREEN,
            Self::NextTab => ICON_ARROW_FORWARD,
            Self::PreviousTab => ICON_ARROW_BACK,
            Self::ShowTab(_) | Self::Reveal(_) | Self::Select(_) | Self::ToggleNode(_) | Self::UseCase(_) => {
                ICON_DESCRIPTION
            }
            Self::ForgetRecent(_)
            | Self::CloseBundle
            | Self::CloseTab(_)
            | Self::CloseActiveTab
            | Self::CloseDialog
            | Self::CloseForm
            | Self::DiscardAndGoOn
            | Self::DismissToast(_) => ICON_CLOSE,
        }
    }
}

fn new_in(key: &FormKey) -> Cow<'static, str> {
    match key.subject {
        Subject::New(list) => format!("New {}…", list.noun()).into(),
        _ => "Edit…".into(),
    }
}
