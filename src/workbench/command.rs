//! Everything a user can do, as one enum. Menus, buttons, shortcuts, the palette and tests all send it.
//!
//! A command only says what is wanted; `update` does it. Its text, tooltip and icon are in `words`, its
//! shortcut in `keys`, and nowhere else.

mod exporting;
mod goals;
mod keys;
mod words;
mod writes;

use std::path::PathBuf;

use crate::bundle::assist::Location;
use crate::bundle::diagnostic::Choice;
use crate::bundle::{BundleEdit, Diagnostic, Severity};
use crate::platform::sensors::NodeId;
use crate::sandbox::Mishap;

use super::callable::FunctionKey;
use super::charts::ChartKind;
use super::documents::Tab;
use super::forms::{FormKey, Rework};
use super::outline::Place;
use super::output::OutputMode;
use super::runner::RunnerPage;
use super::settings::ThemeChoice;
use super::state::Compared;

pub use exporting::ExportCommand;
pub use goals::GoalCommand;

/// Something a user can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask for a bundle's folder.
    OpenBundle,
    /// Open the bundle that comes with the program.
    OpenSample,
    /// Ask for a bundle's archive.
    OpenArchive,
    /// Open the bundle in this folder or archive.
    OpenFolder(PathBuf),
    /// End the unpacking of an archive.
    CancelUnpack,
    /// Ask where the archive that is open is to be extracted to.
    ShowExtract,
    /// Ask for the folder to extract into.
    ChooseExtractFolder,
    /// Extract the archive that is open, and open the folder.
    Extract,
    /// Take a folder from the recent bundles.
    ForgetRecent(PathBuf),
    /// Read the bundle again from disk.
    Reload,
    /// Watch the bundle's folder, or leave changes on disk to the next reload.
    ToggleWatch,
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
    /// Go on with the text in the editor; saving it then replaces what another program wrote.
    KeepMine(String),
    /// Show two versions of a file side by side.
    Compare(Compared),
    /// Ask where a copy of a file is to be saved.
    ShowSaveCopy(String),
    /// Save the copy.
    SaveCopy,
    /// Put an unsaved text that was left behind into its editor; all of them without a name.
    Restore(Option<PathBuf>),
    /// Drop an unsaved text that was left behind; all of them without a name.
    DropRecovered(Option<PathBuf>),
    /// Open the export dialog.
    ShowExport,
    /// Write the archive.
    Export,
    /// Do something else about exporting or verifying.
    Exporting(ExportCommand),
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
    /// Open the list of fixes for the caret's line.
    ShowFixes,
    /// Open the list of completions at the caret.
    Complete,
    /// Go where that is defined which stands at the caret.
    GoToDefinition,
    /// List where that is used which stands at the caret.
    FindUsages,
    /// Go to a place of the bundle.
    GoTo(Box<Location>),
    /// Ask for another name of what stands at the caret.
    Rename,
    /// List what the file in front declares.
    ShowSymbols,
    /// Fold everything in the file in front.
    FoldAll,
    /// Unfold everything in the file in front.
    UnfoldAll,
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
    /// Show a form: the open one, or one for something new in a certain service.
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
    /// Run the picked function and let something go wrong.
    RunFailing(Mishap),
    /// Run the picked function again with the same time and random numbers, and compare.
    CheckDeterminism,
    /// Run the picked function once more and show where its instructions go.
    ProfileFunction,
    /// Give the whole width of the profile to one of its nodes.
    ZoomProfile(usize),
    /// Write the profile for Speedscope.
    WriteProfile,
    /// Look for the smallest limits with which the cases of the picked function pass.
    FindHeadroom,
    /// Note the limits that were offered in the bundle's settings.
    NoteLimits,
    /// Pick a function to run.
    PickFunction(FunctionKey),
    /// Put a saved input into the input field.
    UseCase(String),
    /// Lay out the input.
    FormatInput,
    /// Copy the output.
    CopyOutput,
    /// Look at outputs in this way.
    ShowOutputAs(OutputMode),
    /// Show this below the runner's input.
    ShowRunnerPage(RunnerPage),
    /// Show where the YAML refers to the picked function.
    RevealFunction,
    /// Run the picked function whenever something is saved or built, or no longer.
    ToggleRunOnChange,
    /// Run the cases of the picked function.
    RunCases,
    /// Run all cases of the bundle.
    RunAllCases,
    /// Run the case in this file.
    RunCase(String),
    /// Take the input of the case in this file, and show why it failed.
    SelectCase(String),
    /// Open the dialog that saves the last invocation as a case.
    ShowSaveCase,
    /// Save the case; over another one if so told.
    SaveCase(bool),

    /// Show past invocations.
    ShowHistory,
    /// Keep invocations, or no longer.
    ToggleHistory,
    /// Put back the input of a past invocation and show what came of it.
    ShowEntry(String),
    /// Run the input of a past invocation again.
    RunEntry(String),
    /// Make a case of a past invocation.
    SaveEntry(String),
    /// See what the present modules make of past invocations: of one, or of all that are listed.
    Replay(Option<String>),
    /// Run a past invocation again with the time and random numbers that it took.
    ReplayExactly(String),
    /// Delete a past invocation.
    DeleteEntry(String),
    /// Ask whether all past invocations are to be deleted.
    ShowClearHistory,
    /// Delete all past invocations.
    ClearHistory,

    /// Copy a text.
    Copy(String),
    /// Put an endpoint's method and path into the request.
    PickEndpoint(String, String),
    /// Send the request to the bundle's endpoints.
    SendRequest,
    /// Copy the request as a curl command.
    CopyAsCurl,
    /// Take the request out of the pasted curl command.
    ReadCurl,
    /// Serve the endpoints on this machine.
    StartGateway,
    /// End serving.
    StopGateway,
    /// Take all entries out of the gateway's log.
    ClearRequestLog,
    /// Measure the function that is picked.
    MeasureFunction,
    /// Measure all functions that goals speak of.
    MeasureGoals,
    /// End the running measurement.
    CancelMeasure,
    /// Show the measurement of a function.
    ShowMeasurement(FunctionKey),
    /// Do something with goals and measurements.
    Goals(GoalCommand),
    /// Open the dialog with the limits.
    ShowLimits,
    /// Put the limits back to what they were at first.
    ResetLimits,

    /// Pick a sensor to fire.
    PickSensor(String),
    /// Fire the picked sensor.
    FireSensor,
    /// Let the picked sensor fire by a schedule.
    ScheduleSensor,
    /// Put the virtual clock to another time.
    SetClock,
    /// Let virtual time pass.
    StepClock,
    /// Let the virtual clock run by itself, or pause it.
    ToggleClock,
    /// Let virtual time pass until nothing waits any more.
    RunUntilIdle,
    /// End the running simulation.
    CancelSensors,
    /// Forget what happened in the simulation.
    ClearTrace,
    /// Show the trace as a timeline or as a tree.
    ToggleTimeline,
    /// Show what a row of the trace holds.
    SelectTrace(NodeId),
    /// Open or close a row of the trace.
    ToggleTrace(NodeId),

    /// Show or hide the explorer.
    ToggleExplorer,
    /// Show or hide the problems.
    ToggleProblems,
    /// Show the runner.
    ShowRunner,
    /// Show the goals.
    ShowGoals,
    /// Show requests and the gateway.
    ShowRequests,
    /// Show the sensors.
    ShowSensors,
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

/// How far the clock jumps where it is made to.
pub const ONE_HOUR: Mishap = Mishap::ClockJump(3600);

/// The commands that need no further choice, in the order of the palette and of the list of shortcuts.
pub const LISTED: [Command; 101] = [
    Command::Run,
    Command::CancelRun,
    Command::CheckDeterminism,
    Command::ProfileFunction,
    Command::FindHeadroom,
    Command::RunFailing(Mishap::OutOfMemory),
    Command::RunFailing(Mishap::OutOfTime),
    Command::RunFailing(ONE_HOUR),
    Command::RunFailing(Mishap::NoRandom),
    Command::RunCases,
    Command::RunAllCases,
    Command::ShowSaveCase,
    Command::ToggleRunOnChange,
    Command::RevealFunction,
    Command::FormatInput,
    Command::CopyOutput,
    Command::SendRequest,
    Command::CopyAsCurl,
    Command::StartGateway,
    Command::StopGateway,
    Command::ClearRequestLog,
    Command::MeasureFunction,
    Command::MeasureGoals,
    Command::CancelMeasure,
    Command::Goals(GoalCommand::ShowPage),
    Command::Goals(GoalCommand::ToggleWide),
    Command::Goals(GoalCommand::ShowChart(ChartKind::Latency)),
    Command::Goals(GoalCommand::ShowChart(ChartKind::Histogram)),
    Command::Goals(GoalCommand::ShowChart(ChartKind::Percentiles)),
    Command::Goals(GoalCommand::ShowChart(ChartKind::Rates)),
    Command::Goals(GoalCommand::ResetChart),
    Command::Goals(GoalCommand::SavePicture),
    Command::Goals(GoalCommand::SaveData),
    Command::Goals(GoalCommand::ToggleLoad),
    Command::FireSensor,
    Command::ScheduleSensor,
    Command::SetClock,
    Command::StepClock,
    Command::ToggleClock,
    Command::RunUntilIdle,
    Command::CancelSensors,
    Command::ClearTrace,
    Command::ToggleTimeline,
    Command::ShowExport,
    Command::Exporting(ExportCommand::ShowVerify),
    Command::OpenBundle,
    Command::OpenArchive,
    Command::ShowExtract,
    Command::OpenSample,
    Command::NewBundle,
    Command::NewService,
    Command::NewEndpoint,
    Command::NewIntent,
    Command::NewGoal,
    Command::Save,
    Command::SaveAll,
    Command::Reload,
    Command::ToggleWatch,
    Command::Undo,
    Command::Redo,
    Command::Find,
    Command::Replace,
    Command::Complete,
    Command::ShowFixes,
    Command::GoToDefinition,
    Command::FindUsages,
    Command::Rename,
    Command::ShowSymbols,
    Command::FoldAll,
    Command::UnfoldAll,
    Command::CloseActiveTab,
    Command::NextTab,
    Command::PreviousTab,
    Command::NextProblem,
    Command::PreviousProblem,
    Command::ShowOverview,
    Command::ShowRunner,
    Command::ShowGoals,
    Command::ShowSensors,
    Command::ShowHistory,
    Command::Replay(None),
    Command::ToggleHistory,
    Command::ShowClearHistory,
    Command::ShowRequests,
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
