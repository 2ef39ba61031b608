//! Which commands can be given now, and why the others cannot.

use crate::bundle::Severity;
use crate::platform::sensors::{Simulator, date};

use super::archives::SEALED;
use super::command::{Command, ExportCommand, GoalCommand};
use super::documents::Tab;
use super::jobs::Kind;
use super::requests::Gate;
use super::simulation::{self, Simulation};
use super::state::State;

const NO_BUNDLE: &str = "Open a bundle first";

/// Whether `command` can be given now; else the reason, as a disabled button's tooltip says it.
///
/// # Errors
/// The reason.
pub fn availability(command: &Command, state: &State) -> Result<(), &'static str> {
    let needs_bundle = || if state.loaded().is_some() { Ok(()) } else { Err(NO_BUNDLE) };
    let require = |holds: bool, reason: &'static str| if holds { Ok(()) } else { Err(reason) };
    if state.is_sealed() && command.writes_into_bundle() {
        return Err(SEALED);
    }
    match command {
        Command::ShowExtract | Command::Extract => {
            require(state.is_sealed(), "No archive is open: the bundle is in a folder already")?;
            require(state.activity(Kind::Unpack).is_none(), "Already extracting")
        }
        Command::OpenSample => require(state.start.sample.is_some(), "The sample bundle is not beside this program"),
        Command::Run
        | Command::RunFailing(_)
        | Command::CheckDeterminism
        | Command::ProfileFunction
        | Command::MeasureFunction => {
            needs_bundle()?;
            let session = state.session.as_ref();
            let picked = session.and_then(|session| session.runner.picked.as_ref().map(|key| (session, key)));
            let Some((session, key)) = picked else { return Err("Pick a function first") };
            require(session.runner.remark.is_none(), "A function of the platform cannot run here")?;
            require(
                session.callable(key).is_none_or(|callable| callable.obstacle.is_none()),
                "This function cannot be run; see the reason below it",
            )?;
            let valid = session.runner.inputs.get(key).is_none_or(|input| input.error.is_none());
            require(valid, "The input is not JSON")?;
            let is_possible = *command != Command::MeasureFunction || state.settings.plan().check().is_ok();
            require(is_possible, "This load cannot be put on a function; see below")?;
            let kind = match command {
                Command::Run => Kind::Invoke,
                Command::ProfileFunction => Kind::Profile,
                _ => Kind::Measure,
            };
            require(state.activity(kind).is_none(), "Already running")
        }
        Command::MeasureGoals => {
            needs_bundle()?;
            let goals = state.loaded().is_some_and(|loaded| loaded.bundle.services.iter().any(|s| !s.goals.is_empty()));
            require(goals, "No service has goals")?;
            require(state.settings.plan().check().is_ok(), "This load cannot be put on a function; see below")?;
            require(state.activity(Kind::Measure).is_none(), "Already measuring")
        }
        Command::FireSensor | Command::ScheduleSensor => {
            let simulation = idle_simulation(state)?;
            require(simulation.sensor().is_some(), "Pick a sensor first")?;
            let payload = simulation.picked.as_ref().and_then(|name| simulation.payloads.get(name));
            require(payload.is_some_and(|payload| payload.error.is_none()), "The payload is not JSON")?;
            let fields = [&simulation.fields.after, &simulation.fields.every];
            let are_times = fields.iter().all(|field| simulation::time(field).is_some());
            require(*command == Command::FireSensor || are_times, "Write times such as 500ms, 5m or 1h30m")
        }
        Command::SetClock => {
            let simulation = idle_simulation(state)?;
            require(date::parse(&simulation.fields.clock).is_ok(), "Write a date such as 2026-03-01T09:00:00Z")
        }
        Command::StepClock => {
            let simulation = idle_simulation(state)?;
            require(simulation::time(&simulation.fields.step).is_some(), "Write a time such as 500ms, 5m or 1h30m")
        }
        Command::RunUntilIdle => {
            let simulation = idle_simulation(state)?;
            let waits = simulation.simulator.as_ref().is_some_and(|simulator| simulator.pending().next().is_some());
            require(waits, "No sensor waits to fire")
        }
        Command::CancelSensors => require(state.activity(Kind::Simulate).is_some(), "No simulation runs"),
        Command::ClearTrace => {
            let simulation = idle_simulation(state)?;
            let is_empty =
                |simulator: &Simulator| simulator.trace().nodes().is_empty() && simulator.pending().next().is_none();
            let is_clear = simulation.simulator.as_ref().is_none_or(|simulator| is_empty(simulator));
            require(!is_clear, "There is no trace")
        }
        Command::CancelRun => {
            let runs = [Kind::Invoke, Kind::Test, Kind::Replay].into_iter().any(|kind| state.activity(kind).is_some());
            require(runs, "Nothing runs")
        }
        Command::RunCases | Command::RunAllCases | Command::RunCase(_) | Command::FindHeadroom => {
            needs_bundle()?;
            require(state.activity(Kind::Test).is_none(), "Cases are being run already")?;
            let session = state.session.as_ref();
            let picked = session.and_then(|session| session.runner.cases.of(session.runner.picked.as_ref()?));
            let any = *command != Command::RunCases || picked.is_some_and(|cases| !cases.is_empty());
            require(any, "The picked function has no cases")
        }
        Command::NoteLimits => require(state.activity(Kind::Settings).is_none(), "Already being written"),
        Command::ShowSaveCase | Command::RevealFunction | Command::ToggleRunOnChange => {
            needs_bundle()?;
            let picked = state.session.as_ref().is_some_and(|session| session.runner.picked.is_some());
            require(picked, "Pick a function first")
        }
        Command::Replay(None) | Command::ShowClearHistory => {
            needs_bundle()?;
            let any = state.session.as_ref().is_some_and(|session| !session.past.entries.is_empty());
            require(any, "The history is empty")?;
            require(state.activity(Kind::Replay).is_none(), "Already replaying")
        }
        Command::Compare(super::state::Compared::PreviousOutput) => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            let key = session.runner.picked.as_ref();
            require(key.is_some_and(|key| session.runner.previous.contains_key(key)), "There is no earlier output")
        }
        Command::SendRequest => {
            let session = state.session.as_ref().filter(|session| session.loaded.is_some()).ok_or(NO_BUNDLE)?;
            require(!session.requests.path.trim().is_empty(), "Pick an endpoint, or type a path")?;
            require(state.activity(Kind::Request).is_none(), "A request is being answered")
        }
        Command::CopyAsCurl => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            require(!session.requests.path.trim().is_empty(), "Pick an endpoint, or type a path")
        }
        Command::ReadCurl => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            require(!session.requests.curl.trim().is_empty(), "Paste a command first")
        }
        Command::StartGateway => {
            let session = state.session.as_ref().filter(|session| session.loaded.is_some()).ok_or(NO_BUNDLE)?;
            let closed = matches!(session.requests.serving, Gate::Closed | Gate::Failed(_));
            require(closed, "The gateway serves already")
        }
        Command::StopGateway => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            require(matches!(session.requests.serving, Gate::Open(_)), "The gateway does not serve")
        }
        Command::ClearRequestLog => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            require(!session.requests.log.entries().is_empty(), "The log is empty")
        }
        Command::CancelMeasure => require(state.activity(Kind::Measure).is_some(), "Nothing is measured"),
        Command::Save => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            let file = session.documents.active_file().and_then(|file| session.documents.get(file));
            require(file.is_some_and(|document| document.is_dirty()), "Nothing to save")
        }
        Command::SaveAll => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            require(!session.documents.dirty_files().is_empty(), "Nothing to save")
        }
        Command::Undo
        | Command::Redo
        | Command::Find
        | Command::Replace
        | Command::Complete
        | Command::ShowFixes
        | Command::GoToDefinition
        | Command::FindUsages
        | Command::Rename
        | Command::ShowSymbols
        | Command::FoldAll
        | Command::UnfoldAll => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            let document = session.documents.active_file().and_then(|file| session.documents.get(file));
            let document = document.ok_or("No file is open")?;
            match command {
                Command::Undo => require(document.editor.can_undo(), "Nothing to undo"),
                Command::Redo => require(document.editor.can_redo(), "Nothing to redo"),
                _ => Ok(()),
            }
        }
        Command::CloseActiveTab | Command::NextTab | Command::PreviousTab => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            require(session.documents.active().is_some(), "No tab is open")
        }
        Command::Export => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            require(session.count(Severity::Error) == 0, "The bundle has errors; mend them first")?;
            require(session.documents.dirty_files().is_empty(), "There are unsaved changes; save them first")?;
            require(state.activity(Kind::Export).is_none(), "Already writing")
        }
        Command::Exporting(ExportCommand::MakeKeys) => require(state.activity(Kind::Key).is_none(), "Already at it"),
        Command::Exporting(ExportCommand::Verify) => {
            require(state.activity(Kind::Verify).is_none(), "Already verifying")
        }
        Command::CopyOutput => {
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            let report = session.runner.picked.as_ref().and_then(|key| session.runner.reports.get(key));
            let output = report.and_then(|report| report.result.as_ref().ok()).and_then(|a| a.outcome.output());
            require(output.is_some(), "There is no output")
        }
        Command::NewEndpoint | Command::NewIntent | Command::NewGoal => {
            let bundle = &state.loaded().ok_or(NO_BUNDLE)?.bundle;
            require(!bundle.services.is_empty(), "Add a service first")
        }
        Command::NewService => {
            let loaded = state.loaded().ok_or(NO_BUNDLE)?;
            require(loaded.bundle.sources.contains_key("bundle.yaml"), "bundle.yaml cannot be read")
        }
        Command::CreateService | Command::CreateBundle => {
            require(state.activity(Kind::Create).is_none(), "Already being made")
        }
        Command::Goals(command) => {
            needs_bundle()?;
            let session = state.session.as_ref().ok_or(NO_BUNDLE)?;
            match command {
                GoalCommand::ShowChart(_) | GoalCommand::ResetChart | GoalCommand::SavePicture => {
                    let goals = &session.goals;
                    require(goals.live.is_some() || !goals.measured.is_empty(), "Nothing is measured yet")
                }
                GoalCommand::SaveData => {
                    require(!session.goals.measured.is_empty(), "Nothing is measured yet")?;
                    require(session.goals.live.is_none(), "Wait for the end of the measurement, or cancel it")
                }
                GoalCommand::WriteFile => require(state.activity(Kind::Chart).is_none(), "Already writing"),
                _ => Ok(()),
            }
        }
        Command::CloseBundle => require(state.session.is_some(), NO_BUNDLE),
        Command::ShowTab(Tab::Overview)
        | Command::ShowExport
        | Command::Reload
        | Command::FormatInput
        | Command::NextProblem
        | Command::PreviousProblem
        | Command::ShowOverview
        | Command::ShowRunner
        | Command::ShowGoals
        | Command::ShowRequests
        | Command::ShowSensors
        | Command::ToggleTimeline
        | Command::ToggleClock
        | Command::ToggleExplorer
        | Command::ToggleProblems => needs_bundle(),
        _ => Ok(()),
    }
}

/// The simulation, while no job runs it.
fn idle_simulation(state: &State) -> Result<&Simulation, &'static str> {
    let session = state.session.as_ref().filter(|session| session.loaded.is_some()).ok_or(NO_BUNDLE)?;
    if state.activity(Kind::Simulate).is_some() { Err("Already running") } else { Ok(&session.simulation) }
}
