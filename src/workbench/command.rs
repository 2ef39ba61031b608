//! Everything a user can do, as one enum. Menus, buttons, shortcuts, the palette and tests all send it.
//!
//! A command only says what is wanted; `update` does it. Its text, tooltip, icon and shortcut are
//! defined here and nowhere else.

use std::borrow::Cow;
use std::path::PathBuf;

use egui::{Key, KeyboardShortcut, Modifiers};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::bundle::change::Subject;
use crate::bundle::diagnostic::Choice;
use crate::bundle::{BundleEdit, Diagnostic, Severity};

use super::callable::FunctionKey;
use super::documents::Tab;
use super::forms::{FormKey, Rework};
use super::outline::Place;
use super::settings::ThemeChoice;

/// Something a user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask for a bundle's folder.
    OpenBundle,
    /// Open the bundle that comes with the program.
    OpenSample,
    /// Open the bundle in this folder.
    OpenFolder(PathBuf),
    /// Take a folder from the recent bundles.
    ForgetRecent(PathBuf),
    /// Read the bundle again from disk.
    Reload,
    /// Close the bundle.
    CloseBundle,
    /// Save the file in front.
    Save,
    /// Save all changed files.
    SaveAll,
    /// Drop the unsaved changes of a file and take the text on disk.
    TakeFromDisk(String),
    /// Save a file over the changes that another program made to it.
    Overwrite(String),
    /// Open the export dialog.
    ShowExport,
    /// Ask for the archive's place.
    ChooseArchive,
    /// Write the archive.
    Export,
    /// End the program.
    Quit,

    /// Show a page.
    ShowTab(Tab),
    /// Close a page.
    CloseTab(Tab),
    /// Close the page in front.
    CloseActiveTab,
    /// Show the next page.
    NextTab,
    /// Show the previous page.
    PreviousTab,
    /// Show a place in a file.
    Reveal(Place),
    /// Select a row of the explorer.
    Select(String),
    /// Open or close a row of the explorer.
    ToggleNode(String),
    /// Undo the last edit of the file in front.
    Undo,
    /// Apply the last undone edit again.
    Redo,
    /// Search in the file in front.
    Find,
    /// Search and replace in the file in front.
    Replace,
    /// Show the next problem.
    NextProblem,
    /// Show the previous problem.
    PreviousProblem,
    /// Mend a problem in the editor by the fix of this number.
    ApplyFix(Box<Diagnostic>, usize),
    /// Change several files as one step.
    ApplyEdit(Box<BundleEdit>),
    /// Settle what a module does not tell.
    Choose(Box<Choice>),
    /// Show or hide problems of one severity.
    ToggleSeverity(Severity),

    /// Fill in a new endpoint.
    NewEndpoint,
    /// Fill in a new intent.
    NewIntent,
    /// Fill in a new goal.
    NewGoal,
    /// Fill in something new in a certain service.
    ShowForm(FormKey),
    /// Change what a row of the explorer stands for.
    EditNode(String),
    /// Remove or move the entry that a row of the explorer stands for.
    Rework(String, Rework),
    /// Make the change of the form.
    SubmitForm,
    /// Close the form.
    CloseForm,
    /// Ask for a new service.
    NewService,
    /// Make the new service.
    CreateService,
    /// Ask for a new bundle.
    NewBundle,
    /// Ask for the new bundle's folder.
    ChooseNewFolder,
    /// Make the new bundle.
    CreateBundle,

    /// Run the function that is picked.
    Run,
    /// End the running invocation.
    CancelRun,
    /// Pick a function to run.
    PickFunction(FunctionKey),
    /// Put a saved input into the input field.
    UseCase(String),
    /// Lay out the input.
    FormatInput,
    /// Copy the output.
    CopyOutput,
    /// Copy a text.
    Copy(String),
    /// Measure the function that is picked.
    MeasureFunction,
    /// Measure all functions that goals speak of.
    MeasureGoals,
    /// End the running measurement.
    CancelMeasure,
    /// Show the measurement of a function.
    ShowMeasurement(FunctionKey),
    /// Open the dialog with the limits.
    ShowLimits,
    /// Put the limits back to what they were at first.
    ResetLimits,

    /// Show or hide the explorer.
    ToggleExplorer,
    /// Show or hide the problems.
    ToggleProblems,
    /// Show the runner.
    ShowRunner,
    /// Show the goals.
    ShowGoals,
    /// Show the overview.
    ShowOverview,
    /// Open the palette.
    ShowPalette,
    /// Open the list of shortcuts.
    ShowShortcuts,
    /// Say what this program is.
    ShowAbout,
    /// Change the theme.
    SetTheme(ThemeChoice),
    /// Change between dark and light.
    ToggleTheme,
    /// Make everything larger.
    ZoomIn,
    /// Make everything smaller.
    ZoomOut,
    /// Bring everything to its usual size.
    ZoomReset,

    /// Close the dialog in front.
    CloseDialog,
    /// Save what is unsaved, then go on with what was asked for.
    SaveAndGoOn,
    /// Drop what is unsaved and go on with what was asked for.
    DiscardAndGoOn,
    /// Take a notice away.
    DismissToast(u64),
}

/// The commands that need no further choice, in the order of the palette and of the list of shortcuts.
pub const LISTED: [Command; 47] = [
    Command::Run,
    Command::CancelRun,
    Command::FormatInput,
    Command::CopyOutput,
    Command::MeasureFunction,
    Command::MeasureGoals,
    Command::CancelMeasure,
    Command::ShowExport,
    Command::OpenBundle,
    Command::OpenSample,
    Command::NewBundle,
    Command::NewService,
    Command::NewEndpoint,
    Command::NewIntent,
    Command::NewGoal,
    Command::Save,
    Command::SaveAll,
    Command::Reload,
    Command::Undo,
    Command::Redo,
    Command::Find,
    Command::Replace,
    Command::CloseActiveTab,
    Command::NextTab,
    Command::PreviousTab,
    Command::NextProblem,
    Command::PreviousProblem,
    Command::ShowOverview,
    Command::ShowRunner,
    Command::ShowGoals,
    Command::ToggleExplorer,
    Command::ToggleProblems,
    Command::ShowLimits,
    Command::ResetLimits,
    Command::ToggleTheme,
    Command::SetTheme(ThemeChoice::System),
    Command::SetTheme(ThemeChoice::Dark),
    Command::SetTheme(ThemeChoice::Light),
    Command::ZoomIn,
    Command::ZoomOut,
    Command::ZoomReset,
    Command::ShowPalette,
    Command::ShowShortcuts,
    Command::ShowAbout,
    Command::CloseBundle,
    Command::CloseDialog,
    Command::Quit,
];

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

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
            Self::TakeFromDisk(_) => "Take the version on disk",
            Self::Overwrite(_) => "Save my version",
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
            Self::ShowForm(key) => return Self::new_in(key),
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
            Self::ToggleExplorer => "Show or hide explorer",
            Self::ToggleProblems => "Show or hide problems",
            Self::ShowRunner => "Show runner",
            Self::ShowGoals => "Show goals",
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

    fn new_in(key: &FormKey) -> Cow<'static, str> {
        match key.subject {
            Subject::New(list) => format!("New {}…", list.noun()).into(),
            _ => "Edit…".into(),
        }
    }

    /// A sentence for the tooltip, where the text does not say it all.
    pub fn tooltip(&self) -> Option<&'static str> {
        Some(match self {
            Self::OpenBundle => "Open the folder that holds a bundle.yaml",
            Self::OpenSample => "Open a small real bundle with modules from four toolchains",
            Self::Reload => "Read and check all files of the bundle again",
            Self::ShowExport => "Write the bundle as a ZIP that is known to be valid",
            Self::NewBundle => "Make a bundle with one service that runs at once",
            Self::NewService => "Add a service to this bundle, from a template",
            Self::Run => "Run the picked function with this input",
            Self::CancelRun => "End the running invocation",
            Self::FormatInput => "Lay the JSON out with one value a line",
            Self::CopyOutput => "Copy the output exactly as the function returned it",
            Self::MeasureFunction => "Run the picked function many times with the input shown here",
            Self::MeasureGoals => "Run every function that goals speak of, many times",
            Self::ShowLimits => "Time and memory that a function may use",
            Self::TakeFromDisk(_) => "Drop your changes and take what another program wrote",
            Self::Overwrite(_) => "Write your text over what another program wrote",
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
            Self::NewEndpoint | Self::NewIntent | Self::NewGoal | Self::NewService | Self::ShowForm(_) => ICON_ADD,
            Self::NewBundle => ICON_CREATE_NEW_FOLDER,
            Self::ChooseNewFolder => ICON_FOLDER_OPEN,
            Self::CreateService | Self::CreateBundle | Self::SubmitForm => ICON_CHECK,
            Self::EditNode(_) => ICON_EDIT,
            Self::Rework(_, Rework::Remove) => ICON_DELETE,
            Self::Rework(_, Rework::MoveUp) => ICON_ARROW_UPWARD,
            Self::Rework(_, Rework::MoveDown) => ICON_ARROW_DOWNWARD,
            Self::Run | Self::PickFunction(_) => ICON_PLAY_ARROW,
            Self::CancelRun | Self::CancelMeasure => ICON_STOP,
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

    /// Its keyboard shortcut.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::OpenBundle => (CTRL, Key::O),
            Self::NewBundle => (CTRL_SHIFT, Key::N),
            Self::NewEndpoint => (CTRL, Key::N),
            Self::Reload => (Modifiers::NONE, Key::F5),
            Self::Save => (CTRL, Key::S),
            Self::SaveAll => (CTRL_SHIFT, Key::S),
            Self::ShowExport => (CTRL, Key::E),
            Self::Quit => (CTRL, Key::Q),
            Self::CloseActiveTab => (CTRL, Key::W),
            Self::NextTab => (CTRL, Key::PageDown),
            Self::PreviousTab => (CTRL, Key::PageUp),
            Self::NextProblem => (Modifiers::NONE, Key::F8),
            Self::PreviousProblem => (Modifiers::SHIFT, Key::F8),
            Self::Run => (CTRL, Key::Enter),
            Self::CancelRun => (CTRL, Key::Period),
            Self::FormatInput => (CTRL_SHIFT, Key::F),
            Self::CopyOutput => (CTRL_SHIFT, Key::C),
            Self::MeasureFunction => (CTRL, Key::M),
            Self::MeasureGoals => (CTRL_SHIFT, Key::M),
            Self::ShowLimits => (CTRL, Key::Comma),
            Self::ToggleExplorer => (CTRL, Key::B),
            Self::ToggleProblems => (CTRL, Key::J),
            Self::ShowRunner => (CTRL, Key::Num1),
            Self::ShowGoals => (CTRL, Key::Num2),
            Self::ShowOverview => (CTRL, Key::Num3),
            Self::ShowPalette => (CTRL, Key::K),
            Self::ShowShortcuts => (Modifiers::NONE, Key::F1),
            Self::ToggleTheme => (CTRL_SHIFT, Key::L),
            Self::ZoomIn => (CTRL, Key::Plus),
            Self::ZoomOut => (CTRL, Key::Minus),
            Self::ZoomReset => (CTRL, Key::Num0),
            Self::CloseDialog => (Modifiers::NONE, Key::Escape),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// The keys of the editor that has the focus: shown in menus, read by the editor itself.
    pub fn editor_shortcut(&self) -> Option<KeyboardShortcut> {
        match self {
            Self::Undo => Some(KeyboardShortcut::new(CTRL, Key::Z)),
            Self::Redo => Some(KeyboardShortcut::new(CTRL_SHIFT, Key::Z)),
            Self::Find => Some(KeyboardShortcut::new(CTRL, Key::F)),
            Self::Replace => Some(KeyboardShortcut::new(CTRL, Key::H)),
            _ => None,
        }
    }

    /// Further shortcuts that people know from elsewhere.
    fn other_shortcut(&self) -> Option<KeyboardShortcut> {
        match self {
            Self::ShowPalette => Some(KeyboardShortcut::new(CTRL_SHIFT, Key::P)),
            Self::ZoomIn => Some(KeyboardShortcut::new(CTRL, Key::Equals)),
            _ => None,
        }
    }

    /// Takes the pressed shortcuts from the input and gives their commands. Escape is left to dialogs.
    pub fn pressed(input: &mut egui::InputState) -> Vec<Self> {
        // The longer combination first: plain Ctrl+M would also take Ctrl+Shift+M.
        let mut bound: Vec<(KeyboardShortcut, &Self)> = LISTED
            .iter()
            .filter(|command| **command != Self::CloseDialog)
            .flat_map(|command| {
                command.shortcut().into_iter().chain(command.other_shortcut()).map(move |shortcut| (shortcut, command))
            })
            .collect();
        bound.sort_by_key(|(shortcut, _)| !shortcut.modifiers.shift);
        let pressed = bound.into_iter().filter(|(shortcut, _)| input.consume_shortcut(shortcut));
        pressed.map(|(_, command)| command.clone()).collect()
    }
}

/// The commands of a frame, in the order in which they were given.
#[derive(Debug, Default)]
pub struct Commands(Vec<Command>);

impl Commands {
    /// Gives a command.
    pub fn push(&mut self, command: Command) {
        self.0.push(command);
    }

    /// Takes all commands.
    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.0)
    }

    /// Whether no command was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_commands_share_a_shortcut() {
        let mut seen = BTreeSet::new();
        for command in &LISTED {
            for shortcut in command.shortcut().into_iter().chain(command.other_shortcut()) {
                assert!(seen.insert(format!("{shortcut:?}")), "{shortcut:?} is taken twice, again by {command:?}");
            }
        }
    }

    #[test]
    fn no_two_listed_commands_share_a_text() {
        let texts: BTreeSet<_> = LISTED.iter().map(Command::text).collect();
        assert_eq!(texts.len(), LISTED.len());
    }
}
