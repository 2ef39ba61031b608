//! How a load is put on a function: how much of it, in which model, from which instances. Values only;
//! [`super::run`] carries them out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Calls where nobody says how many.
pub const DEFAULT_CALLS: u32 = 1000;
/// The most calls one run may have; every sample is kept in memory.
pub const MAX_CALLS: u32 = 10_000_000;
/// The most workers: as many invocations as the sandbox has room for.
pub const MAX_WORKERS: u16 = 64;
/// The most arrivals a second: beyond it, taking the time costs as much as the distance between two arrivals.
pub const MAX_RATE: f64 = 1_000_000.0;
/// The longest run.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A run as it is planned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadPlan {
    /// Calls before the first that counts, all workers together.
    pub warm_up: u32,
    /// When the run is over.
    pub extent: Extent,
    /// What decides when a call begins.
    pub model: Model,
    /// Where each call gets its instance from.
    pub instances: Instances,
    /// What the choice of inputs and the distances of Poisson arrivals are drawn from: the same seed, the same
    /// sequence.
    pub seed: u64,
}

/// When a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Extent {
    /// After so many counted calls.
    Calls(u32),
    /// After so much time; calls that have begun are waited for.
    For(Duration),
}

/// What decides when a call begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Model {
    /// Each worker begins its next call when its last one has ended: callers that wait for their answers. A slow
    /// function slows its callers down, so that a stall is seen by one call for each worker only.
    Closed {
        /// Calls at once.
        workers: u16,
    },
    /// Calls arrive whatever became of the ones before: callers that know nothing of each other. A latency
    /// counts from the intended arrival, so that a stall is seen by everyone who arrives during it.
    Open {
        /// Arrivals a second.
        rate: f64,
        /// How they are spaced.
        arrivals: Arrivals,
        /// Calls at once; arrivals beyond them wait.
        workers: u16,
    },
}

/// How the arrivals of an open model are spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Arrivals {
    /// At equal distances.
    #[default]
    Constant,
    /// At exponentially distributed distances (a Poisson process), as many independent callers arrive.
    Poisson,
}

/// Where the calls of a run get their instances from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Instances {
    /// Each gets a fresh one (cold): nothing leaks from one call to the next.
    #[default]
    Fresh,
    /// All calls of a worker share one (warm), as long as none of them fails.
    Kept,
}

impl Instances {
    /// What users call it: a cold or a warm start.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fresh => "cold",
            Self::Kept => "warm",
        }
    }
}

/// Why a plan cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPlan(pub(super) String);

impl LoadPlan {
    /// A plan of `calls` that count by one worker, after a warm-up of a twentieth of them (5 to 1,000).
    pub fn of(calls: u32) -> Self {
        let calls = calls.clamp(1, MAX_CALLS);
        Self {
            warm_up: (calls / 20).clamp(5, 1000),
            extent: Extent::Calls(calls),
            model: Model::Closed { workers: 1 },
            instances: Instances::default(),
            seed: 1,
        }
    }

    /// The same plan with instances from elsewhere.
    pub fn with(self, instances: Instances) -> Self {
        Self { instances, ..self }
    }

    /// Checks that the plan can be carried out.
    ///
    /// # Errors
    /// What is out of bounds, and what would be right.
    pub fn check(&self) -> Result<(), InvalidPlan> {
        let refuse = |reason: String| Err(InvalidPlan(reason));
        match self.extent {
            Extent::Calls(calls) if calls == 0 || calls > MAX_CALLS => {
                return refuse(format!("{calls} calls cannot be measured: choose 1 to {MAX_CALLS}"));
            }
            Extent::For(length) if length.is_zero() || length > LONGEST => {
                let seconds = length.as_secs_f64();
                return refuse(format!("a run cannot last {seconds} s: choose more than nothing and at most 24 h"));
            }
            _ => {}
        }
        if self.warm_up > MAX_CALLS {
            return refuse(format!("{} calls of warm-up are too many: choose at most {MAX_CALLS}", self.warm_up));
        }
        let workers = self.model.workers();
        if workers == 0 || workers > MAX_WORKERS {
            return refuse(format!("{workers} workers cannot call: choose 1 to {MAX_WORKERS}"));
        }
        let Model::Open { rate, .. } = self.model else { return Ok(()) };
        if !rate.is_finite() || rate <= 0.0 || rate > MAX_RATE {
            return refuse(format!(
                "calls cannot arrive {rate} times a second: choose more than 0 and at most {MAX_RATE}"
            ));
        }
        let arrivals = match self.extent {
            Extent::Calls(calls) => {
                let length = f64::from(calls) / rate;
                if length > LONGEST.as_secs_f64() {
                    return refuse(format!(
                        "{calls} calls at {rate} a second take {:.0} h, and 24 h are the most: choose fewer calls or a higher rate",
                        length / 3600.0
                    ));
                }
                f64::from(calls)
            }
            Extent::For(length) => length.as_secs_f64() * rate,
        };
        if arrivals > f64::from(MAX_CALLS) {
            return refuse(format!(
                "that would be {arrivals:.0} calls, and {MAX_CALLS} are the most: choose a shorter run or a lower rate"
            ));
        }
        Ok(())
    }
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self::of(DEFAULT_CALLS)
    }
}

impl Model {
    /// Calls at once.
    pub fn workers(self) -> u16 {
        match self {
            Self::Closed { workers } | Self::Open { workers, .. } => workers,
        }
    }

    /// Whether calls arrive whatever became of the ones before.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }
}
