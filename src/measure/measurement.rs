//! What a run gave: every sample, and what they amount to. Never calls anything.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::sandbox::Outcome;

use super::load::LoadPlan;
use super::statistics;
use super::warning::Warning;

/// Latencies above this are counted as this: two days, beyond any run with its last call.
const HIGHEST_LATENCY_NS: u64 = 172_800_000_000_000;

/// One call of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was to begin, counted from the start of the run.
    pub at: Duration,
    /// From then to its real beginning; zero in a closed model.
    pub waited: Duration,
    /// How long it took in all: in an open model from its intended beginning to its end, in a closed one the parts
    /// of the invocation together ([`crate::sandbox::Timings::total`]), or for a request from its first byte to the
    /// answer's last.
    pub latency: Duration,
    /// Whether the function answered; false for application errors and faults.
    pub ok: bool,
    /// Which of the run's inputs it got.
    pub input: u16,
}

/// How calls failed in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The first message of this kind.
    pub message: String,
    /// How many failed so.
    pub count: u64,
}

/// By which way a run called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Means {
    /// The function itself, in this process.
    #[default]
    Process,
    /// An endpoint of the gateway, over a connection on this machine.
    Gateway,
}

/// What calling costs without the function: a module that does nothing, called by the same means in the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overhead {
    /// Calls before and after the run together.
    pub calls: u64,
    /// Their median.
    pub median: Duration,
    /// Their 95th percentile.
    pub p95: Duration,
    /// The median of those before the run.
    pub before: Duration,
    /// The median of those after it.
    pub after: Duration,
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// How it was planned.
    pub plan: LoadPlan,
    /// By which way it called.
    pub means: Means,
    /// The names of the inputs, by [`Sample::input`].
    pub inputs: Vec<String>,
    /// Every counted call, sorted by [`Sample::at`].
    pub samples: Vec<Sample>,
    /// The samples' latencies in nanoseconds, to 0.1 %.
    pub histogram: Histogram<u64>,
    /// Wall time of the counted part.
    pub elapsed: Duration,
    /// The guest's largest memory in bytes; `None` where it cannot be seen, through the gateway.
    pub peak_memory: Option<u64>,
    /// Kinds of failures, the most frequent first.
    pub failures: Vec<Failure>,
    /// The outcome of the last call, for a look at what was measured; `None` through the gateway.
    pub last: Option<Outcome>,
    /// What calling costs without the function.
    pub overhead: Option<Overhead>,
    /// Whether the run was cancelled before its end.
    pub cancelled: bool,
    /// Arrivals of an open model that began late because all workers were busy; their latencies include the wait.
    pub late: u64,
    /// Arrivals of an open model that never began.
    pub dropped: u64,
    /// What makes the result uncertain.
    pub warnings: Vec<Warning>,
    // Kept beside the samples: the window asks for them in every frame.
    longest: Duration,
    failed: usize,
}

/// What happened within one part of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Where it begins, counted from the start of the run.
    pub from: Duration,
    /// Calls that were to begin in it.
    pub calls: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Their median latency; zero without calls, as the other two.
    pub p50: Duration,
    /// Their 95th percentile.
    pub p95: Duration,
    /// Their longest latency.
    pub max: Duration,
}

/// Why a run gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The plan cannot be carried out.
    #[error(transparent)]
    Plan(#[from] super::load::InvalidPlan),
    /// The histogram could not be set up.
    #[error("cannot set up the latency histogram: {0}")]
    Histogram(String),
    /// What is to be called cannot be.
    #[error("{0}")]
    Callee(String),
    /// The system refused a thread.
    #[error("cannot start a worker: {0}; choose fewer workers")]
    Worker(String),
}

impl Measurement {
    /// A measurement without samples.
    ///
    /// # Errors
    /// When the histogram cannot be set up.
    pub fn empty() -> Result<Self, RunError> {
        Self::from_samples(LoadPlan::default(), Vec::new(), Vec::new())
    }

    /// A measurement of samples that were taken before. The run is taken to have ended with the last of them.
    ///
    /// # Errors
    /// When the histogram cannot be set up.
    pub fn from_samples(plan: LoadPlan, inputs: Vec<String>, mut samples: Vec<Sample>) -> Result<Self, RunError> {
        let mut histogram = Histogram::new_with_bounds(1, HIGHEST_LATENCY_NS, 3)
            .map_err(|error| RunError::Histogram(error.to_string()))?;
        samples.sort_by_key(|sample| sample.at);
        for sample in &samples {
            let nanos = u64::try_from(sample.latency.as_nanos()).unwrap_or(u64::MAX);
            histogram.saturating_record(nanos.max(1));
        }
        Ok(Self {
            plan,
            means: Means::default(),
            inputs,
            elapsed: samples.iter().map(|sample| sample.at + sample.latency).max().unwrap_or_default(),
            longest: samples.iter().map(|sample| sample.latency).max().unwrap_or_default(),
            failed: samples.iter().filter(|sample| !sample.ok).count(),
            samples,
            histogram,
            peak_memory: None,
            failures: Vec::new(),
            last: None,
            overhead: None,
            cancelled: false,
            late: 0,
            dropped: 0,
            warnings: Vec::new(),
        })
    }

    /// The latency that `percent` of the calls did not exceed, to 0.1 %. Zero without samples. Arrivals that
    /// never began are not among them, see [`Measurement::judged_percentile`].
    pub fn percentile(&self, percent: f64) -> Duration {
        self.at_rank(statistics::rank(self.histogram.len(), percent / 100.0))
    }

    /// Like [`Measurement::percentile`], with the arrivals that never began as the slowest of all: `None` where the
    /// percentile is one of them, and without samples.
    pub fn judged_percentile(&self, percent: f64) -> Option<Duration> {
        let rank = statistics::rank(self.histogram.len() + self.dropped, percent / 100.0);
        (rank >= 1 && rank <= self.histogram.len()).then(|| self.at_rank(rank))
    }

    /// Like [`Measurement::judged_percentile`], with failed calls as slow as those that never began.
    pub fn answered_percentile(&self, percent: f64) -> Option<Duration> {
        let rank = usize::try_from(statistics::rank(self.arrived(), percent / 100.0)).ok()?;
        let answered = self.samples.iter().filter(|sample| sample.ok);
        let mut answered: Vec<Duration> = answered.map(|sample| sample.latency).collect();
        let index = rank.checked_sub(1).filter(|index| *index < answered.len())?;
        Some(*answered.select_nth_unstable(index).1)
    }

    /// The mean latency. Zero without samples.
    pub fn mean(&self) -> Duration {
        if self.samples.is_empty() {
            return Duration::ZERO;
        }
        let total: f64 = self.samples.iter().map(|sample| sample.latency.as_secs_f64()).sum();
        Duration::from_secs_f64(total / self.samples.len() as f64)
    }

    /// The longest latency. Zero without samples.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// How many calls failed.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Calls and arrivals that never became one, together.
    pub fn arrived(&self) -> u64 {
        self.samples.len() as u64 + self.dropped
    }

    /// Calls that failed and arrivals that never became one, as a share of all (0 to 1).
    pub fn error_rate(&self) -> f64 {
        share(self.failed as u64 + self.dropped, self.arrived())
    }

    /// Answered calls a second of wall time.
    pub fn throughput(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { (self.samples.len() - self.failed) as f64 / seconds } else { 0.0 }
    }

    /// The share of arrivals (0 to 1) whose latency in seconds meets `holds`. Those that never began do not.
    pub fn share_within(&self, holds: impl Fn(f64) -> bool) -> f64 {
        let within = self.samples.iter().filter(|sample| holds(sample.latency.as_secs_f64())).count();
        share(within as u64, self.arrived())
    }

    /// The 95 % confidence interval of a percentile, from order statistics ([`statistics::interval_ranks`]).
    /// `None` where there are too few samples for it, or where it reaches arrivals that never began.
    pub fn confidence(&self, percent: f64) -> Option<(Duration, Duration)> {
        let (low, high) = statistics::interval_ranks(self.arrived(), percent / 100.0)?;
        (high <= self.histogram.len()).then(|| (self.at_rank(low), self.at_rank(high)))
    }

    /// What a percentile is at least, with the certainty of the lower end of [`Measurement::confidence`]; that takes far
    /// fewer calls than the upper end. `None` where there are too few for it.
    pub fn at_least(&self, percent: f64) -> Option<Duration> {
        let rank = statistics::lower_rank(self.arrived(), percent / 100.0)?;
        (rank <= self.histogram.len()).then(|| self.at_rank(rank))
    }

    /// The run in parts of `width` each, for a chart over time: calls by their intended beginning. A last part
    /// may be shorter. Empty without samples or width; never more than 100,000 parts.
    pub fn series(&self, width: Duration) -> Vec<Bucket> {
        const MOST: u128 = 100_000;
        let Some(last) = self.samples.last() else { return Vec::new() };
        let width = width.as_nanos().max(last.at.as_nanos() / MOST + 1);
        let mut buckets = Vec::new();
        let mut rest = self.samples.as_slice();
        let mut latencies = Vec::new();
        for number in 0..=last.at.as_nanos() / width {
            let (from, to) = (nanos(number * width), nanos((number + 1) * width));
            let (inside, after) = rest.split_at(rest.partition_point(|sample| sample.at < to));
            rest = after;
            latencies.clear();
            latencies.extend(inside.iter().map(|sample| sample.latency));
            latencies.sort_unstable();
            let at = |share: f64| {
                let rank = statistics::rank(latencies.len() as u64, share) as usize;
                rank.checked_sub(1).and_then(|index| latencies.get(index)).copied().unwrap_or_default()
            };
            buckets.push(Bucket {
                from,
                calls: inside.len() as u64,
                failed: inside.iter().filter(|sample| !sample.ok).count() as u64,
                p50: at(0.5),
                p95: at(0.95),
                max: at(1.0),
            });
        }
        buckets
    }

    /// The sample of this rank (from 1) by latency, to 0.1 %; zero without samples.
    fn at_rank(&self, rank: u64) -> Duration {
        let count = self.histogram.len();
        if count == 0 {
            return Duration::ZERO;
        }
        // Half a rank lower, rounding cannot lead to the next one. The histogram gives the upper end of a range of
        // values that it cannot tell apart, which may lie above the largest of them.
        let quantile = (rank.clamp(1, count) as f64 - 0.5) / count as f64;
        Duration::from_nanos(self.histogram.value_at_quantile(quantile)).min(self.longest)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn nanos(count: u128) -> Duration {
    Duration::from_nanos(u64::try_from(count).unwrap_or(u64::MAX))
}
