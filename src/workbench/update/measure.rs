//! Measuring: starting the job, taking in what comes of it, and how it is looked at.

use std::sync::Arc;

use crate::bundle::Percentile;
use crate::measure::{GoalRun, Instances, LoadPlan, StartingInput};
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::charts::{ChartKind, Miniature};
use crate::workbench::command::GoalCommand;
use crate::workbench::documents::Tab;
use crate::workbench::goals::{self, Finished, Live, Told};
use crate::workbench::jobs::Kind;
use crate::workbench::settings::JudgedBy;
use crate::workbench::state::{Measured, Session, Side, Tone};
use crate::workbench::text;
use crate::workbench::work::{Invocation, measure::Measuring, runs::Change};

impl App {
    /// Does what a command about goals says.
    pub(super) fn apply_to_goals(&mut self, command: GoalCommand) {
        let state = &mut self.state;
        match command {
            GoalCommand::ShowPage => self.show_tab(Tab::Goals),
            GoalCommand::ToggleWide => state.is_wide = !state.is_wide,
            GoalCommand::ShowChart(kind) => self.show_chart(kind),
            GoalCommand::ResetChart => self.reset_chart(),
            GoalCommand::JudgeBy(percentile) => self.judge_by(percentile),
            GoalCommand::UseOpenModel(open) => state.settings.load.open = open,
            GoalCommand::UseRandomArrivals(poisson) => state.settings.load.poisson = poisson,
            GoalCommand::MeasureForTime(timed) => state.settings.load.timed = timed,
            GoalCommand::UseInstances(instances) => state.settings.keep_instance = instances == Instances::Kept,
            GoalCommand::ToggleLoad => {
                state.load_open = !state.load_open;
                state.side = Side::Goals;
            }
            GoalCommand::ToggleInput(key, name) => {
                if let Some(session) = &mut state.session {
                    let input = (key, name);
                    if !session.goals.skipped.remove(&input) {
                        session.goals.skipped.insert(input);
                    }
                }
            }
            GoalCommand::CompareRun(number) => self.compare_run(number),
            GoalCommand::StartNaming(number) => self.start_naming(number),
            GoalCommand::NameRun(number) => self.name_run(number),
            GoalCommand::SetBaseline(number, is_baseline) => self.change_run(number, Change::SetBaseline(is_baseline)),
            GoalCommand::DeleteRun(number) => self.change_run(number, Change::Delete),
            GoalCommand::SavePicture => self.ask_for_picture(),
            GoalCommand::SaveData => self.ask_for_data(),
            GoalCommand::ChooseFile => self.choose_chart_file(),
            GoalCommand::WriteFile => self.write_chart_file(),
        }
    }

    pub(super) fn measure_function(&mut self) {
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let run = session.invocation(limits).map(|invocation| session.goal_run(invocation));
        match run {
            Ok(run) => self.start_measuring(Some(vec![run])),
            Err(reason) => self.state.toasts.show(Tone::Bad, reason),
        }
    }

    pub(super) fn measure_goals(&mut self) {
        self.start_measuring(None);
    }

    fn start_measuring(&mut self, runs: Option<Vec<GoalRun>>) {
        self.state.side = Side::Goals;
        let plan = self.state.settings.plan();
        let limits = self.state.settings.limits.limits();
        let is_kept = !self.state.is_sealed();
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        if self.jobs.is_running(Kind::Measure) {
            return;
        }
        session.goals.failures.clear();
        let skipped = session.goals.skipped.clone();
        let measuring = Measuring { loaded, runs, skipped, limits, plan, is_kept };
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Measure, "Measuring", move |control| measuring.carry_out(&programs, control));
    }

    /// A run begins.
    pub(super) fn measuring_began(&mut self, key: FunctionKey, service: String, plan: &LoadPlan) {
        if let Some(session) = &mut self.state.session {
            session.goals.live = Live::begun(key, service, plan);
        }
    }

    /// News of the run.
    pub(super) fn take_told(&mut self, told: &Told) {
        if let Some(live) = self.state.session.as_mut().and_then(|session| session.goals.live.as_mut()) {
            live.take(told);
        }
    }

    pub(super) fn take_measurement(&mut self, key: FunctionKey, finished: Finished) {
        let JudgedBy(statistic) = self.state.settings.judged_by;
        let Some(session) = &mut self.state.session else { return };
        let key = session.callable(&key).map_or(key, |callable| callable.key.clone());
        let Finished { run, measurement, charts, kept, compared } = finished;
        let judged = |bundle| goals::verdicts(bundle, &run.service, &measurement, statistic);
        let verdicts = session.bundle().map(judged).unwrap_or_default();
        let miniature = Miniature::of(charts.recording());
        session.goals.live = None;
        let not_kept = kept.as_ref().err().map(|reason| format!("The run was not kept: {}", text::one_line(reason)));
        let kept = kept.ok();
        let measured = Measured { run, measurement, verdicts, charts, miniature, kept, compared };
        session.goals.measured.insert(key.clone(), measured);
        session.goals.shown = Some(key);
        if let Some(problem) = not_kept {
            self.state.toasts.show(Tone::Info, problem);
        }
        self.list_runs();
    }

    pub(super) fn not_measured(&mut self, reason: &str) {
        if let Some(session) = &mut self.state.session {
            session.goals.live = None;
            session.goals.failures.push(text::one_line(reason));
        }
    }

    pub(super) fn measuring_ended(&mut self, functions: usize, cancelled: bool) {
        if let Some(session) = &mut self.state.session {
            session.goals.live = None;
        }
        if cancelled {
            self.state.toasts.show(Tone::Info, "Measurement cancelled");
        } else if functions > 0 {
            self.state.toasts.show(Tone::Good, format!("Measured {}", text::count(functions, "function")));
        }
    }

    pub(super) fn show_measurement(&mut self, key: FunctionKey) {
        if let Some(session) = &mut self.state.session {
            session.goals.shown = Some(key);
            session.goals.is_wanted = true;
            self.state.side = Side::Goals;
        }
    }

    fn show_chart(&mut self, kind: ChartKind) {
        if let Some(session) = &mut self.state.session {
            session.goals.chart = kind;
            self.state.side = Side::Goals;
        }
    }

    fn reset_chart(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let goals = &mut session.goals;
        if let Some(live) = &mut goals.live {
            live.charts.reset();
        } else if let Some(measured) = goals.shown.as_ref().and_then(|key| goals.measured.get_mut(key)) {
            measured.charts.reset();
        }
    }

    fn judge_by(&mut self, percentile: Percentile) {
        self.state.settings.judged_by = JudgedBy(percentile);
        self.judge_again();
    }

    /// Judges what was measured by the goals as they now stand.
    pub(super) fn judge_again(&mut self) {
        let JudgedBy(statistic) = self.state.settings.judged_by;
        let Some(session) = &mut self.state.session else { return };
        if let Some(loaded) = session.loaded.clone() {
            session.goals.judge_again(&loaded.bundle, statistic);
        }
    }
}

impl Session {
    /// A measurement of one function, for the goals of the service that refers to it.
    fn goal_run(&self, invocation: Invocation) -> GoalRun {
        let FunctionKey { service, function } = invocation.key.clone();
        let referred_by = self.callable(&invocation.key).map(|callable| callable.referred_by.clone());
        let input = StartingInput { json: invocation.input, origin: "the input of the runner".into() };
        GoalRun {
            service: service.clone(),
            module: service,
            function,
            referred_by: referred_by.unwrap_or_default(),
            endpoints: Vec::new(),
            inputs: vec![input],
        }
    }
}
