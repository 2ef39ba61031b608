//! Measures what was asked for, one after the other: loads modules, calls, shows how far it is, and makes a run that
//! can be kept of what came of it.

use std::sync::Arc;

use crate::bundle::{Bundle, printable_line};
use crate::cli::open::{self, Programs};
use crate::measure::runs::CalledFunction;
use crate::measure::{Callee, Function, KeptRun, LoadPlan, Measurement, RunHead, Served, origin_of, run as measure};
use crate::platform::Site;
use crate::sandbox::{Cancel, Limits, Program};

use super::progress::Bar;
use super::subject::Subject;
use super::words;

/// What was asked for, with the run that it gave or the reason why there is none.
pub struct Measured {
    /// What was asked for.
    pub subject: Subject,
    /// The run.
    pub result: Result<KeptRun, String>,
}

impl Measured {
    /// The measurement, where there is one.
    pub fn measurement(&self) -> Option<&Measurement> {
        self.result.as_ref().ok().map(|run| &run.measurement)
    }
}

/// How everything is measured.
pub struct Bench<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// Its modules.
    pub programs: &'a mut Programs,
    /// The load.
    pub plan: LoadPlan,
    /// What one call may use.
    pub limits: Limits,
    /// Ends everything early.
    pub cancel: Cancel,
}

impl Bench<'_> {
    /// Measures each of `subjects` and says on standard error where it is. Those that come after the cancel
    /// are left out.
    ///
    /// # Errors
    /// When standard error cannot be written to, or the sandbox cannot start.
    pub fn measure_all(
        &mut self,
        subjects: Vec<Subject>,
        err: &mut dyn std::io::Write,
    ) -> anyhow::Result<Vec<Measured>> {
        let mut measured = Vec::with_capacity(subjects.len());
        for mut subject in subjects {
            if self.cancel.is_cancelled() {
                writeln!(err, "{} was not measured any more", printable_line(&subject.title(), 120))?;
                continue;
            }
            if let Ok(program) = self.programs.of(self.bundle, &subject.run.module) {
                subject.run.learn_input(self.bundle, &program, &self.limits, &self.cancel);
            }
            let (plan, origin) = (words::plan(&self.plan), origin_of(&subject.run.inputs));
            writeln!(
                err,
                "measuring {} ({plan}, {})",
                printable_line(&subject.title(), 120),
                printable_line(&origin, 120)
            )?;
            let result = self.measure(&subject, err);
            measured.push(Measured { subject, result });
        }
        Ok(measured)
    }

    fn measure(&mut self, subject: &Subject, err: &mut dyn std::io::Write) -> Result<KeptRun, String> {
        let (run, limits) = (&subject.run, self.limits.clone());
        let module = open::module_of(self.bundle, &run.module).map_err(|error| explained(&error))?;
        let program = self.programs.of(self.bundle, &run.module).map_err(|error| explained(&error))?;
        let no_op = self.programs.engine().no_op().map_err(|error| explained(&error))?;
        let bar = &mut Bar::new(&subject.title(), err);
        let endpoint = subject.endpoint.as_ref().map(|(service, name)| (service.as_str(), name.as_str()));
        // The module's file as it is before the run: a rebuild during it must not be taken for what was measured.
        let called = CalledFunction::of(module, &run.function, endpoint)
            .map_err(|error| format!("{}: the file cannot be read: {error}", module.file))?;
        let function = Function {
            program: &program,
            function: &run.function,
            inputs: &run.inputs,
            limits: &limits,
            no_op: Some(&no_op),
        };
        let measurement = match endpoint {
            None => self.call(&function, bar)?,
            Some((service, name)) => {
                function.admit(&self.cancel).map_err(|error| error.to_string())?;
                let served = self.served(&run.module, &program, no_op)?;
                let endpoint = served.endpoint(service, name, &run.inputs).map_err(|error| error.to_string())?;
                self.call(&endpoint, bar)?
            }
        };
        if measurement.samples.is_empty() && measurement.dropped == 0 {
            return Err("ended before the first call".into());
        }
        Ok(KeptRun { head: RunHead::new(called, &run.inputs, &limits, &measurement), measurement })
    }

    fn call(&self, callee: &dyn Callee, bar: &mut Bar<'_>) -> Result<Measurement, String> {
        let measured = measure(callee, self.plan, &self.cancel, &mut |progress| bar.show(&progress, &self.plan));
        bar.clear();
        measured.map_err(|error| error.to_string())
    }

    /// A gateway with the one module that is called.
    fn served(&self, module: &str, program: &Arc<Program>, no_op: Program) -> Result<Served, String> {
        let site = Site::new(self.bundle, self.limits.clone(), |service| match service == module {
            true => Ok(Arc::clone(program)),
            false => Err(crate::sandbox::LoadError { message: "it was not loaded".into(), help: None }),
        });
        Served::start(site, no_op).map_err(|error| error.to_string())
    }
}

fn explained(error: &crate::sandbox::LoadError) -> String {
    match &error.help {
        Some(help) => format!("{}; {help}", error.message),
        None => error.message.clone(),
    }
}
