//! What a measurement comes to, ready to be written in any form: verdicts on goals, and the comparison with a baseline.

use crate::bundle::{Bundle, Goal};
use crate::cli::Status;
use crate::cli::select::{Chosen, Selection};
use crate::measure::runs;
use crate::measure::{Change, Comparison, KeptRun, Statistic, Verdict, judge_in};
use crate::sandbox::Reply;

use super::carry_out::Measured;

/// One function with everything that is known of its run.
pub struct Reported<'a> {
    /// What was measured.
    pub measured: Measured,
    /// Its goals with their verdicts.
    pub goals: Vec<(&'a Goal, Verdict)>,
    /// How it compares with the baseline, where one was asked for.
    pub baseline: Option<Baseline>,
    /// Its number among the kept runs, where it was kept.
    pub number: Option<u32>,
}

/// What became of the comparison with a baseline.
pub enum Baseline {
    /// There is no earlier run of this function among those that were asked for.
    None,
    /// They cannot be compared.
    Incomparable {
        /// What the earlier run is called.
        label: String,
        /// Why, and what to do.
        reason: String,
    },
    /// They were compared.
    Compared {
        /// The earlier run.
        with: Box<Chosen>,
        /// What came of it.
        comparison: Comparison,
    },
}

impl<'a> Reported<'a> {
    /// Judges what was measured.
    pub fn of(measured: Measured, bundle: &'a Bundle, statistic: Statistic) -> Self {
        let goals = measured.subject.goals(bundle).into_iter().map(|goal| {
            let verdict = match &measured.result {
                Ok(run) => judge_in(bundle, &measured.subject.run.service, goal, &run.measurement, statistic),
                Err(reason) => Verdict::NotMeasurable { reason: reason.clone() },
            };
            (goal, verdict)
        });
        Self { goals: goals.collect(), measured, baseline: None, number: None }
    }

    /// Compares the run with the one of the same function in `selection`.
    pub fn compare(&mut self, selection: &Selection) {
        let Ok(run) = &self.measured.result else { return };
        self.baseline = Some(compared(run, selection));
    }

    /// Whether it is significantly slower than the baseline.
    pub fn is_slower(&self) -> bool {
        matches!(&self.baseline, Some(Baseline::Compared { comparison, .. }) if comparison.change == Change::Slower)
    }

    /// How it went.
    pub fn status(&self) -> Status {
        let Some(measurement) = self.measured.measurement() else { return Status::Unusable };
        let is_missed = self.goals.iter().any(|(_, verdict)| matches!(verdict, Verdict::Missed(_)));
        match measurement.last.as_ref().map(|outcome| &outcome.reply) {
            Some(Reply::Fault(_)) => Status::Fault,
            _ if is_missed || self.is_slower() => Status::No,
            _ => Status::Fine,
        }
    }
}

fn compared(run: &KeptRun, selection: &Selection) -> Baseline {
    match selection.of_function(&run.head.called, run.head.means) {
        Ok(None) => Baseline::None,
        Err(reason) => Baseline::Incomparable { label: "the baseline".into(), reason },
        Ok(Some(chosen)) => match runs::compare(&chosen.run, run) {
            Ok(comparison) => Baseline::Compared { with: Box::new(chosen), comparison },
            Err(reason) => Baseline::Incomparable { label: chosen.label, reason: reason.to_string() },
        },
    }
}

/// The worst of all.
pub fn status(reported: &[Reported<'_>]) -> Status {
    // What could not be measured at all weighs more than what was measured.
    let statuses = reported.iter().map(Reported::status);
    statuses.clone().find(|status| *status == Status::Unusable).or_else(|| statuses.max()).unwrap_or(Status::Fine)
}
