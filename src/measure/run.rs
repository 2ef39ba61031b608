//! Runs of many invocations, one after the other (a closed model with one worker).

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::sandbox::{Cancel, FaultKind, Limits, Outcome, Program, Reply};

/// Latencies above this are counted as this: a day, far beyond any time limit.
const HIGHEST_LATENCY_NS: u64 = 86_400_000_000_000;
/// How many kinds of failures are told apart.
const MAX_FAILURE_KINDS: usize = 20;
/// The most invocations one run may have; every sample is kept in memory.
pub const MAX_INVOCATIONS: u32 = 10_000_000;

/// How many invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadPlan {
    /// Invocations before the first that counts.
    pub warm_up: u32,
    /// Invocations that count.
    pub invocations: u32,
    /// Where each gets its instance from.
    pub instances: Instances,
}

/// Where the invocations of a run get their instances from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    /// Each gets a fresh one (cold): nothing leaks from one invocation to the next.
    #[default]
    Fresh,
    /// All share one (warm), as long as none of them fails.
    Kept,
}

impl LoadPlan {
    /// A plan of `invocations` that count, after a warm-up of a twentieth of them (5 to 1,000).
    pub fn of(invocations: u32) -> Self {
        let invocations = invocations.clamp(1, MAX_INVOCATIONS);
        Self { warm_up: (invocations / 20).clamp(5, 1000), invocations, instances: Instances::default() }
    }

    /// The same plan with instances from elsewhere.
    pub fn with(self, instances: Instances) -> Self {
        Self { instances, ..self }
    }
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self::of(1000)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Where the invocations got their instances from.
    pub instances: Instances,
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
    /// Median latency of a function that does nothing, called by the same means in the same run.
    pub overhead: Option<Duration>,
    /// Whether the run was cancelled before its end.
    pub cancelled: bool,
}

/// Why a run gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The histogram could not be set up.
    #[error("cannot set up the latency histogram: {0}")]
    Histogram(String),
}

impl Measurement {
    /// A measurement without samples.
    ///
    /// # Errors
    /// When the histogram cannot be set up.
    pub fn empty() -> Result<Self, RunError> {
        let histogram = Histogram::new_with_bounds(1, HIGHEST_LATENCY_NS, 3)
            .map_err(|error| RunError::Histogram(error.to_string()))?;
        Ok(Self {
            samples: Vec::new(),
            instances: Instances::default(),
            histogram,
            elapsed: Duration::ZERO,
            peak_memory: 0,
            failures: Vec::new(),
            last: None,
            overhead: None,
            cancelled: false,
        })
    }

    /// The latency that `percent` of the invocations did not exceed. Zero without samples.
    pub fn percentile(&self, percent: f64) -> Duration {
        Duration::from_nanos(self.histogram.value_at_percentile(percent))
    }

    /// The longest latency. Zero without samples.
    pub fn longest(&self) -> Duration {
        self.samples.iter().map(|sample| sample.latency).max().unwrap_or_default()
    }

    /// How many invocations failed.
    pub fn failed(&self) -> usize {
        self.samples.iter().filter(|sample| !sample.ok).count()
    }

    /// Invocations that failed, as a share of all (0 to 1).
    pub fn error_rate(&self) -> f64 {
        if self.samples.is_empty() { 0.0 } else { self.failed() as f64 / self.samples.len() as f64 }
    }

    /// Invocations a second of wall time.
    pub fn throughput(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.samples.len() as f64 / seconds } else { 0.0 }
    }

    /// The share of invocations (0 to 1) whose latency in seconds meets `holds`.
    pub fn share_within(&self, holds: impl Fn(f64) -> bool) -> f64 {
        if self.samples.is_empty() {
            return 0.0;
        }
        let within = self.samples.iter().filter(|sample| holds(sample.latency.as_secs_f64())).count();
        within as f64 / self.samples.len() as f64
    }

    /// The 95 % confidence interval of a percentile, from order statistics (the normal approximation of
    /// the binomial distribution of ranks). `None` where there are too few samples for it.
    pub fn confidence(&self, percent: f64) -> Option<(Duration, Duration)> {
        let n = self.samples.len() as f64;
        let share = percent / 100.0;
        let spread = 1.96 * (n * share * (1.0 - share)).sqrt();
        let (low, high) = (n * share - spread, n * share + spread);
        if low < 1.0 || high > n {
            return None;
        }
        Some((self.percentile(low / n * 100.0), self.percentile(high / n * 100.0)))
    }

    fn record(&mut self, sample: Sample, outcome: &Outcome) {
        let nanos = u64::try_from(sample.latency.as_nanos()).unwrap_or(u64::MAX);
        self.histogram.saturating_record(nanos.max(1));
        self.samples.push(sample);
        self.peak_memory = self.peak_memory.max(outcome.peak_memory);
        let message = match &outcome.reply {
            Reply::Json(_) => return,
            Reply::ApplicationError(error) => &error.message,
            Reply::Fault(fault) => &fault.message,
        };
        if let Some(failure) = self.failures.iter_mut().find(|failure| failure.message == *message) {
            failure.count += 1;
        } else if self.failures.len() < MAX_FAILURE_KINDS {
            self.failures.push(Failure { message: message.clone(), count: 1 });
        }
    }
}

/// What is called in a run, and by which bounds.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The module.
    pub program: &'a Program,
    /// The function, in either spelling.
    pub function: &'a str,
    /// The input, JSON.
    pub input: &'a [u8],
    /// What one invocation may use.
    pub limits: &'a Limits,
}

/// Invokes `subject` as planned and tells `progress` about every
/// hundredth of it. Ends early, with what it has, when `cancel` is pressed.
///
/// # Errors
/// When the histogram cannot be set up.
pub fn run(
    subject: Subject<'_>,
    plan: LoadPlan,
    cancel: &Cancel,
    mut progress: impl FnMut(Progress),
) -> Result<Measurement, RunError> {
    let mut measurement = Measurement { instances: plan.instances, ..Measurement::empty()? };
    // Code that is about to be replaced by better code is not worth measuring.
    subject.program.settle();
    let mut session = subject.program.session();
    let planned = plan.warm_up.saturating_add(plan.invocations);
    let step = (planned / 100).max(1);
    measurement.samples.reserve_exact(plan.invocations as usize);
    let mut started = Instant::now();
    for done in 0..planned {
        if done == plan.warm_up {
            started = Instant::now();
        }
        if done % step == 0 {
            progress(Progress { done, planned });
        }
        if cancel.is_cancelled() {
            measurement.cancelled = true;
            break;
        }
        let at = started.elapsed();
        let Subject { program, function, input, limits } = subject;
        let outcome = match plan.instances {
            Instances::Fresh => program.invoke(function, input, limits, cancel),
            Instances::Kept => session.invoke(function, input, limits, cancel),
        };
        if matches!(&outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::Cancelled) {
            measurement.cancelled = true;
            break;
        }
        if done >= plan.warm_up {
            let ok = matches!(outcome.reply, Reply::Json(_));
            measurement.record(Sample { at, latency: outcome.timings.total(), ok }, &outcome);
        }
        measurement.last = Some(outcome);
    }
    measurement.elapsed = started.elapsed();
    measurement.failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    progress(Progress { done: planned, planned });
    Ok(measurement)
}

/// Invocations that the overhead's median is taken from.
const OVERHEAD_INVOCATIONS: u32 = 200;

/// What an invocation costs without the function: the median latency of `no_op`, a module whose only
/// function returns at once. `None` when it cannot be run.
pub fn overhead(no_op: &Program, limits: &Limits) -> Option<Duration> {
    let function = no_op.functions().into_iter().next()?;
    let subject = Subject { program: no_op, function: &function, input: b"{}", limits };
    let measurement = run(subject, LoadPlan::of(OVERHEAD_INVOCATIONS), &Cancel::new(), |_| {}).ok()?;
    (measurement.failed() == 0).then(|| measurement.percentile(50.0))
}
