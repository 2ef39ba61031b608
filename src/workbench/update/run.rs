//! Running one function: starting the jobs and taking in their results.

use std::path::Path;
use std::sync::Arc;

use super::is_of;
use crate::bundle::Span;
use crate::platform::determinism::Determinism;
use crate::platform::{InputOrigin, StartingInput};
use crate::sandbox::{LoadError, Mishap, Reply};
use crate::workbench::app::App;
use crate::workbench::available::availability;
use crate::workbench::callable::FunctionKey;
use crate::workbench::command::Command;
use crate::workbench::jobs::Kind;
use crate::workbench::outline::Node;
use crate::workbench::runner::RunnerPage;
use crate::workbench::state::{Input, Session, Side, Tone};
use crate::workbench::text;
use crate::workbench::work::cases::CasesRead;
use crate::workbench::work::count::Count;
use crate::workbench::work::{self, Invocation, Report};

impl App {
    /// Picks a function: the spelling of the YAML where it has one.
    pub(super) fn pick(&mut self, key: FunctionKey) {
        let Some(session) = &mut self.state.session else { return };
        let key = session.callable(&key).map_or(key, |callable| callable.key.clone());
        session.runner.remark = None;
        session.runner.picked = Some(key.clone());
        session.runner.inputs.entry(key.clone()).or_insert_with(|| Input::untouched("{}"));
        self.want_cases(&key);
    }

    /// Lets a job read the saved inputs of a function, unless they are known.
    pub(super) fn want_cases(&mut self, key: &FunctionKey) {
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        if session.runner.cases.is_current(key) || self.jobs.is_running(Kind::Cases) {
            return;
        }
        let (reading, key) = (session.runner.cases.begin(), key.clone());
        self.jobs.start(Kind::Cases, "Reading saved inputs", move |_| work::cases::read(&loaded, key, reading));
    }

    /// Takes in the saved inputs; an input that nobody has touched begins with the best there is.
    pub(super) fn take_cases(&mut self, read: CasesRead) {
        let CasesRead { root, key, reading, saved, starting } = read;
        let Some(session) = self.state.session.as_mut().filter(|session| is_of(session, &root)) else { return };
        let runner = &mut session.runner;
        runner.cases.take_list(&key, reading, saved);
        let may_be_learned = starting.may_be_learned();
        let starting = runner.learned.get(&key).filter(|_| may_be_learned).cloned().unwrap_or(starting);
        if let Some(input) = runner.inputs.get_mut(&key) {
            input.begin_with(starting);
        }
        if may_be_learned {
            self.learn_input(&key);
        }
        // The files changed, or another function was picked, while these were read.
        let picked = self.state.session.as_ref().and_then(|session| session.runner.picked.clone());
        if let Some(picked) = picked {
            self.want_cases(&picked);
        }
    }

    /// Lets a job ask a function for its input, unless it was asked, or has one.
    fn learn_input(&mut self, key: &FunctionKey) {
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let runner = &session.runner;
        let wants = runner.inputs.get(key).is_some_and(|input| !input.touched) && !runner.learned.contains_key(key);
        let can_be_called = session.callable(key).is_some_and(|callable| callable.obstacle.is_none());
        let Some(loaded) = session.loaded.clone().filter(|_| wants && can_be_called) else { return };
        if self.jobs.is_running(Kind::Learn) {
            return;
        }
        let (programs, key) = (Arc::clone(&self.programs), key.clone());
        self.jobs.start(Kind::Learn, "Asking the function for its input", move |control| {
            work::learn(&programs, &loaded, key, &limits, control)
        });
    }

    /// Takes in what a function asks for.
    pub(super) fn take_learned(&mut self, root: &Path, key: &FunctionKey, learned: StartingInput) {
        let Some(session) = self.state.session.as_mut().filter(|session| is_of(session, root)) else { return };
        session.runner.learned.insert(key.clone(), learned.clone());
        if let Some(input) = session.runner.inputs.get_mut(key) {
            input.begin_with(learned);
        }
        // Another function was picked meanwhile.
        let picked = session.runner.picked.clone().filter(|picked| {
            let origin = session.runner.inputs.get(picked).and_then(|input| input.origin.as_ref());
            origin.is_some_and(|origin| matches!(origin, InputOrigin::Nothing | InputOrigin::Path))
        });
        if let Some(picked) = picked {
            self.learn_input(&picked);
        }
    }

    pub(super) fn use_case(&mut self, name: &str) {
        let Some(session) = &mut self.state.session else { return };
        let runner = &mut session.runner;
        let Some(key) = runner.picked.clone() else { return };
        let case = runner.cases.of(&key).and_then(|cases| cases.iter().find(|case| case.name == name)).cloned();
        if let (Some(case), Some(input)) = (case, runner.inputs.get_mut(&key)) {
            input.choose(&case.input);
            input.origin = Some(InputOrigin::Case(case.name));
        }
    }

    pub(super) fn format_input(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let Some(input) = session.runner.input_mut() else { return };
        match &input.error {
            Some(error) => self.state.toasts.show(Tone::Bad, format!("The input is not JSON: {error}")),
            None => {
                let pretty = text::pretty_json(input.field.text());
                let all = Span::new(0, input.field.text().len());
                input.field.editor().apply_edit(all, &pretty);
                input.note_change();
            }
        }
    }

    pub(super) fn run(&mut self) {
        self.state.side = Side::Runner;
        self.start_run(None);
    }

    /// Runs the picked function and lets something go wrong.
    pub(super) fn run_failing(&mut self, mishap: Mishap) {
        self.state.side = Side::Runner;
        self.start_run(Some(mishap));
    }

    pub(super) fn check_determinism(&mut self) {
        self.state.side = Side::Runner;
        let limits = self.state.settings.limits.limits();
        let Some(session) = &mut self.state.session else { return };
        match session.invocation(limits) {
            Ok(invocation) => {
                let programs = Arc::clone(&self.programs);
                self.jobs.start(Kind::Invoke, "Checking determinism", move |control| {
                    work::check_determinism(&programs, invocation, control)
                });
            }
            Err(reason) => self.state.toasts.show(Tone::Bad, reason),
        }
    }

    pub(super) fn take_determinism(&mut self, key: &FunctionKey, verdict: Result<Determinism, LoadError>) {
        match verdict {
            Ok(found) => {
                let is_well = found.difference.is_none();
                let Some(session) = &mut self.state.session else { return };
                session.runner.determinism = Some((key.clone(), is_well, found.in_words()));
                session.runner.page = RunnerPage::Result;
                let (tone, word) = if is_well { (Tone::Good, "passed") } else { (Tone::Bad, "failed") };
                let function = text::one_line(&key.function);
                self.state.toasts.show(tone, format!("The check of determinism {word} for {function}"));
            }
            Err(error) => self.state.toasts.show(Tone::Bad, text::one_line(&error.message)),
        }
    }

    fn start_run(&mut self, mishap: Option<Mishap>) {
        let is_kept = self.state.keeps_history();
        let limits = self.state.settings.limits.limits();
        let Some(session) = &mut self.state.session else { return };
        if self.jobs.is_running(Kind::Invoke) {
            return;
        }
        let invocation = match session.invocation(limits) {
            Ok(invocation) => Invocation { is_kept, mishap, ..invocation },
            Err(reason) => return self.state.toasts.show(Tone::Bad, reason),
        };
        // What is still being counted belongs to a result that goes away.
        self.jobs.cancel(Kind::Count);
        session.runner.running = Some(invocation.key.clone());
        session.runner.page = RunnerPage::Result;
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Invoke, "Running", move |control| work::invoke(&programs, invocation, control));
    }

    pub(super) fn take_report(&mut self, key: FunctionKey, mut report: Report) {
        let Some(session) = &mut self.state.session else { return };
        session.runner.running = None;
        session.runner.determinism.take_if(|(checked, ..)| *checked == key);
        session.runner.keep_previous(&key);
        report.count = match report.count {
            Count::Wanted(counting) => {
                let number = counting.number;
                self.jobs
                    .start(Kind::Count, "Counting instructions", move |control| work::count::count(*counting, control));
                Count::Pending(number)
            }
            count => count,
        };
        session.runner.reports.insert(key, report);
    }

    /// Takes in how many instructions the invocation ran that the job of this number counted.
    pub(super) fn take_count(&mut self, key: &FunctionKey, number: u64, count: Count) {
        let Some(session) = &mut self.state.session else { return };
        if let Some(report) = session.runner.reports.get_mut(key)
            && matches!(report.count, Count::Pending(waits) if waits == number)
        {
            report.count = count;
        }
    }

    pub(super) fn count_failed(&mut self, reason: &str) {
        let reports = self.state.session.iter_mut().flat_map(|session| session.runner.reports.values_mut());
        for report in reports.filter(|report| matches!(report.count, Count::Pending(_))) {
            report.count = Count::Impossible(reason.to_owned());
        }
    }

    /// Shows the endpoint or intent that refers to the picked function.
    pub(super) fn reveal_function(&mut self) {
        let Some(session) = &self.state.session else { return };
        let Some(key) = session.runner.picked.clone() else { return };
        let refers = |node: &&Node| node.function.as_ref().is_some_and(|function| function.is_same(&key));
        match session.outline.nodes().iter().filter(refers).find_map(|node| node.place.clone()) {
            Some(place) => self.reveal(&place),
            None => {
                let notice = format!("No endpoint or intent refers to {}", text::one_line(&key.function));
                self.state.toasts.show(Tone::Info, notice);
            }
        }
    }

    pub(super) fn toggle_run_on_change(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let runner = &mut session.runner;
        runner.runs_on_change = !runner.runs_on_change;
        runner.run_is_due = false;
        let notice = if runner.runs_on_change {
            "The picked function runs whenever a file is saved or a module is built"
        } else {
            "The picked function runs only when asked to"
        };
        self.state.toasts.show(Tone::Info, notice);
    }

    /// Runs the picked function because something changed, if that is wanted and possible.
    pub(super) fn run_on_change(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let is_due = std::mem::take(&mut session.runner.run_is_due) && session.runner.runs_on_change;
        if is_due && availability(&Command::Run, &self.state).is_ok() {
            self.start_run(None);
        }
    }

    pub(super) fn copy_output(&mut self, ctx: &egui::Context) {
        let Some(session) = &self.state.session else { return };
        let report = session.runner.picked.as_ref().and_then(|key| session.runner.reports.get(key));
        let output = report
            .and_then(|report| report.result.as_ref().ok())
            .and_then(|answer| answer.outcome.output().map(str::to_owned));
        match output {
            Some(output) => self.copy(output, ctx),
            None => self.state.toasts.show(Tone::Info, "There is no output to copy"),
        }
    }
}

impl Session {
    /// The invocation of the picked function with the input in its field.
    pub(super) fn invocation(&self, limits: crate::sandbox::Limits) -> Result<Invocation, String> {
        let key = self.runner.picked.clone().ok_or("Pick a function first")?;
        let bundle = self.bundle().ok_or("The bundle is still being read")?;
        if let Some(obstacle) = self.callable(&key).and_then(|callable| callable.obstacle.clone()) {
            return Err(obstacle);
        }
        let module = bundle.module_of(&key.service).ok_or_else(|| format!("There is no module for {}", key.service))?;
        let input = self.runner.inputs.get(&key);
        if let Some(error) = input.and_then(|input| input.error.as_ref()) {
            return Err(format!("The input is not JSON: {error}"));
        }
        let input = input.map_or("{}", |input| input.field.text()).to_owned();
        let (root, module) = (self.root.clone(), module.path.clone());
        Ok(Invocation { key, root, module, input, limits, is_kept: false, mishap: None })
    }
}

impl crate::workbench::state::Runner {
    /// Sets the output that is about to be replaced aside, to be compared with the next one.
    pub(super) fn keep_previous(&mut self, key: &FunctionKey) {
        let reply = self.reports.remove(key).and_then(|report| report.result.ok()).map(|answer| answer.outcome.reply);
        let output = match reply {
            Some(Reply::Json(output)) => Some(output),
            Some(Reply::ApplicationError(error)) => error.output,
            _ => None,
        };
        if let Some(output) = output {
            self.previous.insert(key.clone(), output);
        }
    }

    /// The input of the picked function.
    pub fn input_mut(&mut self) -> Option<&mut Input> {
        let key = self.picked.as_ref()?;
        self.inputs.get_mut(key)
    }
}
