//! The load that the user asks for in the window, and the plan that it makes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::load::{MAX_RATE, MAX_WORKERS};
use crate::measure::{Arrivals, Extent, Instances, LoadPlan, MAX_CALLS, Model};

use super::text;

/// The load of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadSettings {
    /// Calls arrive whatever became of the ones before; else each worker waits for its answer.
    pub open: bool,
    /// Calls at once.
    pub workers: u16,
    /// Arrivals a second, in the open model.
    pub rate: f64,
    /// Whether arrivals are as random as those of independent callers; else at equal distances.
    pub poisson: bool,
    /// Whether a run lasts for a time; else for a number of calls.
    pub timed: bool,
    /// Seconds that a run lasts.
    pub seconds: u32,
}

impl Default for LoadSettings {
    fn default() -> Self {
        Self { open: false, workers: 1, rate: 100.0, poisson: false, timed: false, seconds: 10 }
    }
}

impl LoadSettings {
    /// Calls at once that can be asked for.
    pub const WORKERS: std::ops::RangeInclusive<u16> = 1..=MAX_WORKERS;
    /// Arrivals a second that can be asked for.
    pub const RATE: std::ops::RangeInclusive<f64> = 0.1..=MAX_RATE;
    /// Seconds that can be asked for: an hour is the most that somebody watches.
    pub const SECONDS: std::ops::RangeInclusive<u32> = 1..=3600;

    /// The same load with everything out of bounds brought into them.
    pub fn within_bounds(self) -> Self {
        let rate = if self.rate.is_finite() { self.rate } else { Self::default().rate };
        Self {
            workers: self.workers.clamp(*Self::WORKERS.start(), *Self::WORKERS.end()),
            rate: rate.clamp(*Self::RATE.start(), *Self::RATE.end()),
            seconds: self.seconds.clamp(*Self::SECONDS.start(), *Self::SECONDS.end()),
            ..self
        }
    }

    /// The plan of a run of `calls` calls, or of a time.
    pub fn plan(self, calls: u32, instances: Instances) -> LoadPlan {
        let load = self.within_bounds();
        let planned = if load.timed { load.expected_calls().unwrap_or(1000) } else { calls };
        let plan = LoadPlan::of(planned).with(instances);
        let arrivals = if load.poisson { Arrivals::Poisson } else { Arrivals::Constant };
        let model = match load.open {
            true => Model::Open { rate: load.rate, arrivals, workers: load.workers },
            false => Model::Closed { workers: load.workers },
        };
        let extent = match load.timed {
            true => Extent::For(Duration::from_secs(load.seconds.into())),
            false => Extent::Calls(calls),
        };
        LoadPlan { model, extent, ..plan }
    }

    /// How many calls a run for a time will have, where that is known before.
    fn expected_calls(self) -> Option<u32> {
        self.open.then(|| (self.rate * f64::from(self.seconds)).clamp(1.0, f64::from(MAX_CALLS)) as u32)
    }
}

/// A plan in one line: `1,000 calls, closed, 1 worker, cold`.
pub fn summary(plan: &LoadPlan) -> String {
    let extent = match plan.extent {
        Extent::Calls(calls) => text::count(calls as usize, "call"),
        Extent::For(length) => text::duration(length),
    };
    let workers = text::count(plan.model.workers().into(), "worker");
    let model = match plan.model {
        Model::Closed { .. } => format!("closed, {workers}"),
        Model::Open { rate, arrivals, .. } => {
            let arrivals = match arrivals {
                Arrivals::Constant => "",
                Arrivals::Poisson => " Poisson",
            };
            format!("open,{arrivals} {}, up to {workers}", super::charts::rate_text(rate))
        }
    };
    format!("{extent}, {model}, {}", plan.instances.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_summed_up_in_one_line() {
        let load = LoadSettings::default();
        assert_eq!(summary(&load.plan(1000, Instances::Fresh)), "1,000 calls, closed, 1 worker, cold");
        let open = LoadSettings { open: true, poisson: true, timed: true, rate: 250.0, workers: 4, ..load };
        assert_eq!(summary(&open.plan(1000, Instances::Kept)), "10 s, open, Poisson 250/s, up to 4 workers, warm");
    }

    #[test]
    fn every_plan_that_can_be_asked_for_can_be_carried_out() {
        for (open, timed) in [(false, false), (false, true), (true, false), (true, true)] {
            for (workers, rate, seconds) in [(0, f64::NAN, 0), (1, 0.1, 1), (9999, 1e9, 9_999_999)] {
                let load = LoadSettings { open, timed, workers, rate, seconds, poisson: true };
                let plan = load.plan(1000, Instances::Fresh);
                let is_too_long = load.within_bounds().rate * 3600.0 > f64::from(MAX_CALLS) && open && timed;
                assert!(plan.check().is_ok() || is_too_long, "{plan:?}: {:?}", plan.check());
            }
        }
    }
}
