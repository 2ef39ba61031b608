//! Changes of the state: what each command does, and what each finished job brings.
//!
//! The only place that changes what the window shows, apart from the texts of fields.

mod archives;
mod assist;
mod bundle;
mod cases;
mod chart_files;
mod conflict;
mod export;
mod forms;
mod headroom;
mod history;
mod measure;
mod navigate;
mod profile;
mod recovery;
mod requests;
mod run;
mod runs;
mod save;
mod sensors;
mod verify;

use crate::bundle::change::List;

use std::path::Path;

use self::cases::Which;
use super::app::App;
use super::command::Command;
use super::jobs::{Event, Kind};
use super::runner::Recall;
use super::settings::{LimitSettings, ThemeChoice};
use super::state::{Compared, Dialog, Pending, Session, Side, Tone};
use super::work::Done;
use super::{palette, text};

/// Whether this is the session of the bundle in `root`.
fn is_of(session: &Session, root: &Path) -> bool {
    session.loaded.as_ref().is_some_and(|loaded| loaded.bundle.root == root)
}

impl App {
    /// Takes in what came from a job.
    pub(super) fn take(&mut self, event: Event<Done>, ctx: &egui::Context) {
        match event {
            Event::Failed(kind, reason) => self.job_failed(kind, &reason),
            Event::Value(done) => self.job_done(done, ctx),
        }
    }

    fn job_failed(&mut self, kind: Kind, reason: &str) {
        if let Some(session) = &mut self.state.session {
            if kind == Kind::Draft {
                // It would only break down again.
                session.form = None;
            }
            if kind == Kind::Invoke {
                session.runner.running = None;
            }
            if kind == Kind::Serve {
                session.requests.serving = super::requests::Gate::Failed(text::one_line(reason));
            }
            if kind == Kind::Measure {
                session.goals.failures.push(format!("The measurement broke down: {reason}"));
            }
        }
        match kind {
            Kind::Export | Kind::Plan | Kind::Key => self.export_failed(kind, reason),
            Kind::Verify => self.verify_failed(reason),
            Kind::Unpack => self.unpacking_failed(reason),
            Kind::Profile => self.profile_failed(reason),
            Kind::Headroom => self.headroom_failed(reason),
            Kind::Count => self.count_failed(reason),
            _ => {}
        }
        let what = format!("{kind:?}").to_lowercase();
        self.state.toasts.show(Tone::Bad, format!("Internal error ({what}): {}", text::one_line(reason)));
    }

    fn job_done(&mut self, done: Done, ctx: &egui::Context) {
        match done {
            Done::Looked { sample, missing } => {
                self.state.start.sample = sample;
                self.state.start.missing = missing.into_iter().collect();
            }
            Done::FolderChosen { folder, took } => self.folder_chosen(folder, took),
            Done::ArchiveToOpenChosen { file, took } => self.archive_to_open_chosen(file, took),
            Done::IsArchive(path) => self.is_archive(path),
            Done::ArchiveOpened(path, opened) => self.archive_opened(path, opened),
            Done::ExtractFolderChosen(folder) => self.extract_folder_chosen(folder),
            Done::Extracted(extracted) => self.extracted(extracted),
            Done::Tidied => {}
            Done::Read(reading) => self.take_reading(*reading),
            Done::ModulesLoaded => self.modules_loaded(),
            Done::Chosen(result) => self.chosen(result),
            Done::Watched(root, change) => self.folder_changed(&root, change),
            Done::Recovered(root, found) => self.take_recovered(&root, found),
            Done::Journaled(result) => self.take_journaled(result),
            Done::Compared(compared, view) => self.take_comparison(&compared, view),
            Done::CopySaved(result) => self.take_copy(result),
            Done::Cases(cases) => self.take_cases(cases),
            Done::Learned(root, key, learned) => self.take_learned(&root, &key, learned),
            Done::Body(root, picked, starting) => self.take_body(&root, &picked, starting),
            Done::CasesRun(run) => self.take_cases_run(run),
            Done::CaseSaved(key, saved) => self.case_saved(key, saved),
            Done::Invoked(key, report) => self.take_report(key, *report),
            Done::Profiled(key, made) => self.take_profile(&key, *made),
            Done::ProfileWritten(written) => self.profile_written(written),
            Done::Headroom(key, found) => self.take_headroom(&key, *found),
            Done::LimitsNoted(noted) => self.limits_noted(noted),
            Done::Counted(key, number, count) => self.take_count(&key, number, count),
            Done::Kept(root, kept) => self.take_kept(&root, kept),
            Done::HistoryRead(root, entries) => self.take_history(&root, entries),
            Done::HistoryFound(text, found) => self.take_found(text, found),
            Done::Recalled(root, recalled) => self.take_recalled(&root, *recalled),
            Done::Replayed(id, replayed, exactly) => self.take_replayed(id, replayed, exactly),
            Done::ReplayEnded(cancelled) => self.replay_ended(cancelled),
            Done::HistoryDeleted(deleted) => self.history_deleted(deleted),
            Done::Answered(exchange) => self.take_exchange(exchange),
            Done::GatewayStarted(root, started) => self.take_gateway(&root, started),
            Done::SiteBuilt(root, site) => self.take_site(&root, *site),
            Done::GatewayStopped => self.gateway_stopped(),
            Done::MeasuringBegan(key, service, plan) => self.measuring_began(key, service, &plan),
            Done::RunsListed(root, runs, problem) => self.take_runs(&root, runs, problem),
            Done::RunsCompared(key, compared) => self.take_run_comparison(&key, compared),
            Done::Told(told) => self.take_told(&told),
            Done::Measured(key, finished) => self.take_measurement(key, *finished),
            Done::NotMeasured(reason) => self.not_measured(&reason),
            Done::MeasuringEnded { functions, cancelled } => self.measuring_ended(functions, cancelled),
            Done::Payload(root, sensor, payload) => self.take_payload(&root, &sensor, payload),
            Done::Simulated(root, simulator) => self.take_simulation(&root, *simulator),
            Done::Saved(files) => self.take_saved(files, ctx),
            Done::Determinism(key, verdict) => self.take_determinism(&key, verdict),
            Done::Renamed { saved, moved } => self.take_renamed(saved, moved, ctx),
            Done::ChartFileChosen { file, took } => self.chart_file_chosen(file, took),
            Done::ChartSaved(saved) => self.chart_saved(saved),
            Done::Export(done) => self.take_export(done),
            Done::FormOpened(opened) => self.form_opened(opened),
            Done::Drafted(drafted) => self.take_draft(*drafted),
            Done::Reworked(reworked) => self.take_rework(reworked),
            Done::ServiceMade(made) => self.service_made(made),
            Done::BundleMade(made) => self.bundle_made(made),
            Done::NewFolderChosen(folder) => self.new_folder_chosen(folder),
            Done::SettingsSaved(Ok(())) => {}
            Done::SettingsSaved(Err(reason)) => {
                self.state.toasts.show(Tone::Info, format!("Settings could not be saved: {reason}"));
            }
        }
    }

    /// Does what a command says.
    pub(super) fn apply(&mut self, command: Command, ctx: &egui::Context) {
        if self.state.is_sealed() && command.writes_into_bundle() {
            return self.offer_extraction(Some(&command));
        }
        match command {
            Command::OpenBundle => self.ask_for_bundle(),
            Command::OpenArchive => self.ask_for_archive(),
            Command::CancelUnpack => self.jobs.cancel(Kind::Unpack),
            Command::ShowExtract => self.offer_extraction(None),
            Command::ChooseExtractFolder => self.choose_extract_folder(),
            Command::Extract => self.extract(),
            Command::OpenSample => self.open_sample(),
            Command::OpenFolder(folder) => self.open_or_ask(Pending::Open(folder), ctx),
            Command::ForgetRecent(folder) => self.state.settings.forget(&folder),
            Command::Reload => self.reload(),
            Command::ToggleWatch => self.toggle_watch(),
            Command::CloseBundle => self.open_or_ask(Pending::CloseBundle, ctx),
            Command::Quit => self.open_or_ask(Pending::Quit, ctx),
            Command::Save => self.save_active(),
            Command::SaveAll => self.save_all(),
            Command::TakeFromDisk(file) => self.take_from_disk(&file),
            Command::Overwrite(file) => self.overwrite(&file),
            Command::KeepMine(file) => self.keep_mine(&file),
            Command::Compare(compared @ (Compared::PreviousOutput | Compared::Case(_) | Compared::CaseRun(_))) => {
                self.compare_output(compared)
            }
            Command::Compare(compared) => self.compare(compared),
            Command::ShowSaveCopy(file) => self.show_save_copy(file),
            Command::SaveCopy => self.save_copy(),
            Command::Restore(key) => self.restore(key.as_deref()),
            Command::DropRecovered(key) => self.drop_recovered(key.as_deref()),
            Command::SaveAndGoOn => self.save_and_go_on(),
            Command::DiscardAndGoOn => self.discard_and_go_on(ctx),
            Command::ShowExport => self.show_export(),
            Command::Export => self.export(),
            Command::Exporting(command) => self.apply_to_export(command),
            Command::ShowTab(tab) => self.show_tab(tab),
            Command::CloseTab(tab) => self.close_tab(tab),
            Command::CloseActiveTab => self.close_active_tab(),
            Command::NextTab => self.step_tab(1),
            Command::PreviousTab => self.step_tab(-1),
            Command::Reveal(place) => self.reveal(&place),
            Command::Select(key) => self.select(&key),
            Command::ToggleNode(key) => self.toggle_node(key),
            Command::Undo | Command::Redo | Command::Find | Command::Replace => self.edit(&command),
            Command::NextProblem => self.step_problem(true),
            Command::PreviousProblem => self.step_problem(false),
            Command::ApplyFix(diagnostic, at) => self.apply_fix(&diagnostic, at),
            Command::ApplyEdit(edit) => self.apply_edit(&edit),
            Command::ShowFixes | Command::Complete | Command::FoldAll | Command::UnfoldAll => {
                self.help_editing(&command)
            }
            Command::GoToDefinition => self.go_to_definition(),
            Command::FindUsages => self.find_usages(),
            Command::GoTo(location) => self.go_to(&location),
            Command::Rename => self.ask_for_name(),
            Command::ShowSymbols => self.show_symbols(),
            Command::Choose(choice) => self.choose(*choice),
            Command::ToggleSeverity(severity) => self.toggle_severity(severity),
            Command::NewEndpoint => self.new_entry(List::Endpoints),
            Command::NewIntent => self.new_entry(List::Intents),
            Command::NewGoal => self.new_entry(List::Goals),
            Command::ShowForm(key) => self.show_form(key),
            Command::EditNode(key) => self.edit_node(&key),
            Command::Rework(key, what) => self.rework(&key, what),
            Command::SubmitForm => self.submit_form(),
            Command::CloseForm => self.close_form(),
            Command::NewService => self.ask_for_new_service(),
            Command::CreateService => self.create_service(),
            Command::NewBundle => self.ask_for_new_bundle(),
            Command::ChooseNewFolder => self.choose_new_folder(),
            Command::CreateBundle => self.create_bundle(),
            Command::Run => self.run(),
            Command::RunFailing(mishap) => self.run_failing(mishap),
            Command::CheckDeterminism => self.check_determinism(),
            Command::ProfileFunction => self.profile_function(),
            Command::ZoomProfile(node) => self.zoom_profile(node),
            Command::WriteProfile => self.write_profile(),
            Command::FindHeadroom => self.find_headroom(),
            Command::NoteLimits => self.note_limits(),
            Command::CancelRun => {
                for kind in [Kind::Invoke, Kind::Test, Kind::Replay] {
                    self.jobs.cancel(kind);
                }
            }
            Command::RevealFunction => self.reveal_function(),
            Command::ToggleRunOnChange => self.toggle_run_on_change(),
            Command::RunCases => self.run_cases(Which::Picked),
            Command::RunAllCases => self.run_cases(Which::All),
            Command::RunCase(file) => self.run_cases(Which::One(file)),
            Command::SelectCase(file) => self.select_case(&file),
            Command::ShowSaveCase => self.show_save_case(),
            Command::SaveCase(replace) => self.save_case(replace),
            Command::ShowHistory => self.show_history(),
            Command::ToggleHistory => self.toggle_history(),
            Command::ShowEntry(id) => self.recall(id, Recall::Show),
            Command::RunEntry(id) => self.recall(id, Recall::Run),
            Command::SaveEntry(id) => self.recall(id, Recall::Save),
            Command::Replay(id) => self.replay(id, false),
            Command::ReplayExactly(id) => self.replay(Some(id), true),
            Command::DeleteEntry(id) => self.delete_history(Some(id)),
            Command::ClearHistory => self.delete_history(None),
            Command::PickFunction(key) => self.pick(key),
            Command::UseCase(name) => self.use_case(&name),
            Command::FormatInput => self.format_input(),
            Command::CopyOutput => self.copy_output(ctx),
            Command::Copy(text) => self.copy(text, ctx),
            Command::PickEndpoint(method, path) => self.pick_endpoint(method, path),
            Command::SendRequest => self.send_request(),
            Command::CopyAsCurl => self.copy_as_curl(ctx),
            Command::ReadCurl => self.read_curl(),
            Command::StartGateway => self.start_gateway(ctx),
            Command::StopGateway => self.stop_gateway(),
            Command::ClearRequestLog => self.clear_request_log(),
            Command::MeasureFunction => self.measure_function(),
            Command::MeasureGoals => self.measure_goals(),
            Command::CancelMeasure => self.jobs.cancel(Kind::Measure),
            Command::ShowMeasurement(key) => self.show_measurement(key),
            Command::Goals(command) => self.apply_to_goals(command),
            other => {
                if let Some(other) = self.apply_to_simulation(other) {
                    self.apply_to_window(other, ctx);
                }
            }
        }
    }

    /// The commands that only change how the window looks.
    fn apply_to_window(&mut self, command: Command, ctx: &egui::Context) {
        let state = &mut self.state;
        match command {
            Command::ShowLimits => state.dialog = Some(Dialog::Limits),
            Command::ShowClearHistory => state.dialog = Some(Dialog::ClearHistory),
            Command::ShowOutputAs(mode) => {
                if let Some(session) = &mut state.session {
                    session.runner.output_mode = Some(mode);
                }
            }
            Command::ShowRunnerPage(page) => {
                if let Some(session) = &mut state.session {
                    session.runner.page = page;
                }
            }
            Command::ResetLimits => state.settings.limits = LimitSettings::default(),
            Command::ToggleExplorer => state.explorer_open = !state.explorer_open,
            Command::ToggleProblems => state.problems_open = !state.problems_open,
            Command::ShowRunner => state.side = Side::Runner,
            Command::ShowGoals => state.side = Side::Goals,
            Command::ShowRequests => state.side = Side::Requests,
            Command::ShowOverview => self.show_tab(super::documents::Tab::Overview),
            Command::ShowPalette => state.dialog = Some(Dialog::Palette(palette::Palette::of(state))),
            Command::ShowShortcuts => state.dialog = Some(Dialog::Shortcuts),
            Command::ShowAbout => state.dialog = Some(Dialog::About),
            Command::CloseDialog => self.close_dialog(),
            Command::DismissToast(id) => state.toasts.dismiss(id),
            Command::SetTheme(choice) => self.set_theme(choice, ctx),
            Command::ToggleTheme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                self.set_theme(if dark { ThemeChoice::Light } else { ThemeChoice::Dark }, ctx);
            }
            Command::ZoomIn => self.zoom(|zoom| zoom + 0.1, ctx),
            Command::ZoomOut => self.zoom(|zoom| zoom - 0.1, ctx),
            Command::ZoomReset => self.zoom(|_| 1.0, ctx),
            _ => {}
        }
    }

    fn set_theme(&mut self, choice: ThemeChoice, ctx: &egui::Context) {
        self.state.settings.theme = choice;
        ctx.set_theme(choice.preference());
    }

    fn zoom(&mut self, step: impl Fn(f32) -> f32, ctx: &egui::Context) {
        let zoom = &mut self.state.settings.zoom.0;
        *zoom = ((step(*zoom) * 10.0).round() / 10.0).clamp(0.5, 3.0);
        ctx.set_zoom_factor(*zoom);
    }

    fn copy(&mut self, text: String, ctx: &egui::Context) {
        ctx.copy_text(text);
        self.state.toasts.show(Tone::Good, "Copied");
    }
}
