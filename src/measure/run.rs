//! Runs of many invocations, one after the other (a closed model with one worker).

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::sandbox::{Cancel, Limits, Outcome, Program};

/// How many invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadPlan {
    /// Invocations before the first that counts.
    pub warm_up: u32,
    /// Invocations that count.
    pub invocations: u32,
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self { warm_up: 50, invocations: 1000 }
    }
}

/// How far a run is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Invocations done, warm-up included.
    pub done: u32,
    /// Invocations planned, warm-up included.
    pub planned: u32,
}

/// One invocation of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it began, counted from the start of the run.
    pub at: Duration,
    /// How long it took in all ([`crate::sandbox::Timings::total`]).
    pub latency: Duration,
    /// Whether the function answered; false for application errors and faults.
    pub ok: bool,
}

/// How invocations failed in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The first message of this kind.
    pub message: String,
    /// How many failed so.
    pub count: u64,
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Every counted invocation in order.
    pub samples: Vec<Sample>,
    /// Latencies in nanoseconds, to three significant figures.
    pub histogram: Histogram<u64>,
    /// Wall time of the counted part.
    pub elapsed: Duration,
    /// The guest's largest memory in bytes.
    pub peak_memory: u64,
    /// Kinds of failures, the most frequent first.
    pub failures: Vec<Failure>,
    /// The outcome of the last invocation, for a look at what was measured.
    pub last: Option<Outcome>,
    /// Median cost in nanoseconds of the same call into a function that does nothing, measured in the same run.
    pub overhead: Option<Duration>,
    /// Whether the run was cancelled before its end.
    pub cancelled: bool,
}

impl Measurement {
    /// The latency that `percent` of the invocations did not exceed. Zero without samples.
    pub fn percentile(&self, percent: f64) -> Duration {
        Duration::from_nanos(self.histogram.value_at_percentile(percent))
    }

    /// Invocations that failed, as a share of all (0 to 1).
    pub fn error_rate(&self) -> f64 {
        let failed = self.samples.iter().filter(|sample| !sample.ok).count();
        if self.samples.is_empty() { 0.0 } else { failed as f64 / self.samples.len() as f64 }
    }

    /// Invocations a second.
    pub fn throughput(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.samples.len() as f64 / seconds } else { 0.0 }
    }
}

/// Invokes `function` as planned and tells `progress` about every hundredth of it.
pub fn run(
    program: &Program,
    function: &str,
    input: &[u8],
    limits: &Limits,
    plan: LoadPlan,
    cancel: &Cancel,
    mut progress: impl FnMut(Progress),
) -> Measurement {
    let _ = (program, function, input, limits, cancel);
    progress(Progress { done: 0, planned: plan.warm_up + plan.invocations });
    todo!()
}
