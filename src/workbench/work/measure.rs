//! The job that measures one function after the other, and tells how far it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bundle::{Bundle, Loaded};
use crate::measure::{self, Function, GoalRun, LoadPlan, Measurement, Progress};
use crate::sandbox::Limits;
use crate::workbench::archives::SEALED;
use crate::workbench::callable::FunctionKey;
use crate::workbench::goals::{Finished, Told};
use crate::workbench::jobs::Control;
use crate::workbench::programs::Programs;
use crate::workbench::text;

use super::Done;
use super::runs::Keeping;

/// What a measurement needs.
pub struct Measuring {
    /// The bundle whose functions are measured.
    pub loaded: Arc<Loaded>,
    /// The functions; `None`: all that goals speak of.
    pub runs: Option<Vec<GoalRun>>,
    /// Saved inputs that are left out, by function and the case's name.
    pub skipped: BTreeSet<(FunctionKey, String)>,
    /// The limits of each invocation.
    pub limits: Limits,
    /// The load.
    pub plan: LoadPlan,
    /// Whether runs are kept in the bundle's folder.
    pub is_kept: bool,
}

impl Measuring {
    /// Measures one function after the other.
    pub fn carry_out(mut self, programs: &Programs, control: &Control<Done>) -> Done {
        let runs = self.runs.take().unwrap_or_else(|| measure::goal_runs(&self.loaded.bundle));
        if runs.is_empty() {
            return Done::NotMeasured("No goal speaks of a function that an endpoint or intent refers to".into());
        }
        let count = runs.len();
        let mut measured = 0;
        for (at, run) in runs.into_iter().enumerate() {
            if control.cancel.is_cancelled() {
                break;
            }
            let key = FunctionKey { service: run.module.clone(), function: run.function.clone() };
            let mut run = self.without_skipped(run, &key);
            self.learn_input(programs, &mut run, control);
            control.send(Done::MeasuringBegan(key.clone(), run.service.clone(), Box::new(self.plan)));
            match self.measure_one(programs, &run, control, (at, count)) {
                Ok(measurement) if measurement.samples.is_empty() && measurement.cancelled => {}
                Ok(measurement) => {
                    measured += 1;
                    // Keeping, comparing and drawing many samples takes a while.
                    let keeping = self.keep(&run, measurement);
                    control.send(Done::Measured(key, Box::new(Finished::new(run, keeping))));
                }
                Err(reason) => control.send(Done::NotMeasured(reason)),
            }
        }
        Done::MeasuringEnded { functions: measured, cancelled: control.cancel.is_cancelled() }
    }

    /// The run without the inputs that the user left out, as long as one is left.
    fn without_skipped(&self, run: GoalRun, key: &FunctionKey) -> GoalRun {
        let skipped: Vec<&str> =
            self.skipped.iter().filter(|(function, _)| function.is_same(key)).map(|(_, name)| name.as_str()).collect();
        let is_kept = |input: &&measure::StartingInput| !skipped.iter().any(|name| input.is_case(name));
        let kept: Vec<_> = run.inputs.iter().filter(is_kept).cloned().collect();
        if kept.is_empty() { run } else { GoalRun { inputs: kept, ..run } }
    }

    /// Lets the function say what its input should be, where nothing is known of it.
    fn learn_input(&self, programs: &Programs, run: &mut GoalRun, control: &Control<Done>) {
        let bundle = &self.loaded.bundle;
        if let Some((program, _)) = bundle.module_of(&run.module).and_then(|module| programs.get(&module.path).ok()) {
            run.learn_input(bundle, &program, &self.limits, &control.cancel);
        }
    }

    /// Keeps the run in the bundle's folder.
    fn keep(&self, run: &GoalRun, measurement: Measurement) -> Keeping {
        let bundle = &self.loaded.bundle;
        let not_kept = |why: &str| Keeping { measurement: measurement.clone(), kept: Err(why.into()), compared: None };
        match bundle.module_of(&run.module) {
            _ if !self.is_kept => not_kept(SEALED),
            Some(module) => super::runs::keep(&bundle.root, module, run, &self.limits, measurement),
            None => Keeping { measurement, kept: Err("its module is gone".into()), compared: None },
        }
    }

    fn measure_one(
        &self,
        programs: &Programs,
        run: &GoalRun,
        control: &Control<Done>,
        (at, count): (usize, usize),
    ) -> Result<Measurement, String> {
        let name = format!("{}:{}", run.module, run.function);
        control.report(format!("Preparing {name}"), Some(at as f32 / count as f32));
        let bundle: &Bundle = &self.loaded.bundle;
        let module = bundle.module_of(&run.module).ok_or_else(|| format!("{name}: there is no such module"))?;
        let (program, _) = programs.get(&module.path).map_err(|error| format!("{name}: {error}"))?;
        let mut watch = |progress: Progress<'_>| {
            let label = format!("Measuring {name}, {}", text::count(progress.done as usize, "call"));
            control.report(label, Some((at as f32 + progress.share) / count as f32));
            let Progress { phase, share, elapsed, fresh, .. } = progress;
            control.send(Done::Told(Box::new(Told { phase, share, elapsed, fresh: fresh.to_vec() })));
        };
        let no_op = programs.no_op();
        let callee = Function {
            program: &program,
            function: &run.function,
            inputs: &run.inputs,
            limits: &self.limits,
            no_op: no_op.as_ref(),
        };
        measure::run(&callee, self.plan, &control.cancel, &mut watch).map_err(|error| format!("{name}: {error}"))
    }
}
