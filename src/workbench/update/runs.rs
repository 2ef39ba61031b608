//! Kept runs: listing, naming, comparing, deleting.

use std::path::{Path, PathBuf};

use crate::measure::runs::ListedRun;
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::goals::RunComparison;
use crate::workbench::jobs::Kind;
use crate::workbench::state::Tone;
use crate::workbench::text;
use crate::workbench::work::{self, runs::Change};

impl App {
    /// Lets a job list the kept runs.
    pub(super) fn list_runs(&mut self) {
        let Some(session) = &self.state.session else { return };
        let root = session.root.clone();
        self.jobs.start(Kind::Runs, "Reading kept runs", move |_| work::runs::list(root));
    }

    pub(super) fn take_runs(&mut self, root: &Path, runs: Vec<ListedRun>, problem: Option<String>) {
        let Some(session) = self.state.session.as_mut().filter(|session| session.root == root) else { return };
        session.goals.runs = runs;
        session.goals.runs_problem = problem;
    }

    pub(super) fn change_run(&mut self, number: u32, change: Change) {
        let Some(session) = &mut self.state.session else { return };
        session.goals.naming = None;
        let root: PathBuf = session.root.clone();
        self.jobs.start(Kind::Runs, "Changing a kept run", move |_| work::runs::change(root, number, change));
    }

    /// Opens the field for a run's name.
    pub(super) fn start_naming(&mut self, number: u32) {
        let Some(session) = &mut self.state.session else { return };
        let goals = &mut session.goals;
        let run = goals.runs.iter().find(|run| run.number == number);
        goals.run_name = run.and_then(|run| run.head.name.clone()).unwrap_or_default();
        goals.naming = (goals.naming != Some(number)).then_some(number);
    }

    pub(super) fn name_run(&mut self, number: u32) {
        let Some(session) = &self.state.session else { return };
        let name = session.goals.run_name.trim().to_owned();
        self.change_run(number, Change::Rename(Some(name).filter(|name| !name.is_empty())));
    }

    /// Compares the run that is shown with the run `before`.
    pub(super) fn compare_run(&mut self, before: u32) {
        let Some(session) = &self.state.session else { return };
        let Some(key) = session.goals.shown.clone() else { return };
        let kept = session.goals.measured.get(&key).and_then(|measured| measured.kept.as_ref());
        let Some(number) = kept.map(|kept| kept.number) else {
            return self.state.toasts.show(Tone::Info, "The measurement that is shown was not kept; measure again");
        };
        let root = session.root.clone();
        self.jobs.start(Kind::Runs, "Comparing runs", move |_| work::runs::compare(&root, key, before, number));
    }

    pub(super) fn take_run_comparison(&mut self, key: &FunctionKey, compared: Result<Box<RunComparison>, String>) {
        match compared {
            Ok(compared) => {
                let measured = self.state.session.as_mut().and_then(|session| session.goals.measured.get_mut(key));
                if let Some(measured) = measured {
                    measured.charts.compare_with(Some(compared.baseline.clone()));
                    measured.compared = Some(*compared);
                }
            }
            Err(reason) => self.state.toasts.show(Tone::Bad, text::one_line(&reason)),
        }
    }
}
