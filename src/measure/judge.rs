//! A goal's verdict on a measurement. Calls nothing and draws nothing.
//!
//! The verdict is by the point estimate; where the confidence interval reaches across the target, it says so and how
//! many calls would settle it. What cannot be decided is never a pass.

use std::fmt;

use crate::bundle::target::{Comparison, Dimension, formatted};
use crate::bundle::{Bundle, Goal, Metric, Percentile, Quantity, Target};

use super::load::{MAX_CALLS, Model};
use super::measurement::{Means, Measurement};
use super::statistics;

/// What a latency goal is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// The latency that this share of the calls did not exceed.
    Percentile(Percentile),
    /// The mean: common, and blind to a slow tail.
    Mean,
    /// The slowest call.
    Max,
}

impl Statistic {
    /// Reads `p95`, `99.9`, `mean`, `avg` or `max`.
    ///
    /// # Errors
    /// When it is none of them, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "mean" | "avg" => Ok(Self::Mean),
            "max" => Ok(Self::Max),
            other => Percentile::parse(other).map(Self::Percentile).map_err(|error| format!("{error}, mean or max")),
        }
    }
}

impl Default for Statistic {
    fn default() -> Self {
        Self::Percentile(Percentile::DEFAULT)
    }
}

impl fmt::Display for Statistic {
    /// `p95`, `mean`, `max`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile(percentile) => percentile.fmt(f),
            Self::Mean => f.write_str("mean"),
            Self::Max => f.write_str("max"),
        }
    }
}

/// What a measurement says of a goal.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The target is met.
    Met(Finding),
    /// The target is missed.
    Missed(Finding),
    /// Nothing can be said yet.
    TooFew {
        /// Calls measured.
        samples: u64,
        /// Calls that it takes.
        needed: u64,
    },
    /// Nothing can be said by measuring so.
    NotMeasurable {
        /// Why, and what would help.
        reason: String,
    },
}

/// The statistic behind a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The statistic's name: `p95 latency`.
    pub statistic: String,
    /// Its value in the base unit of `dimension` (seconds, share, events a second, bytes); infinite where it is
    /// the latency of an arrival that never began.
    pub value: f64,
    /// What the value counts.
    pub dimension: Dimension,
    /// The value as people read it.
    pub shown: String,
    /// The 95 % confidence interval, in the value's unit; `None` where there is none (a maximum).
    pub interval: Option<(f64, f64)>,
    /// Calls that it is taken from, arrivals that never began included.
    pub samples: u64,
    /// The share of calls within the target, for a latency.
    pub within: Option<f64>,
    /// By which factor the measured value could get worse before the target is missed; below 1 where it is missed.
    /// For a success rate the factor of the failures. `None` where there is no such factor.
    pub headroom: Option<f64>,
    /// Whether the interval reaches across the target: more calls could turn the verdict.
    pub is_close: bool,
    /// What else belongs to it, each a phrase: what failed, what would settle it.
    pub notes: Vec<String>,
}

impl Verdict {
    /// One word or two for tables and chips.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Met(_) => "met",
            Self::Missed(_) => "missed",
            Self::TooFew { .. } => "too few samples",
            Self::NotMeasurable { .. } => "not measurable",
        }
    }

    /// The statistic with its value, or the reason why there is none.
    pub fn detail(&self) -> String {
        match self {
            Self::Met(finding) | Self::Missed(finding) => format!("{} {}", finding.statistic, finding.shown),
            Self::TooFew { samples, needed } => format!("{samples} calls are too few; measure at least {needed}"),
            Self::NotMeasurable { reason } => reason.clone(),
        }
    }

    /// What is behind a verdict that was reached.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Met(finding) | Self::Missed(finding) => Some(finding),
            Self::TooFew { .. } | Self::NotMeasurable { .. } => None,
        }
    }

    /// What else belongs to the statistic, as one line; empty where there is nothing.
    pub fn note(&self) -> String {
        self.finding().map(|finding| finding.notes.join(", ")).unwrap_or_default()
    }

    fn not_measurable(reason: impl Into<String>) -> Self {
        Self::NotMeasurable { reason: reason.into() }
    }
}

/// Calls below which a mean, a maximum or a rate says nothing: as many as [`Percentile::DEFAULT`] needs.
fn fewest() -> u64 {
    statistics::samples_needed(Percentile::DEFAULT.share())
}

/// Judges `goal` of `service` by the statistic that `bundle`'s settings choose for it, else by `general`. With
/// settings that cannot be used, a latency is not judged: another statistic may be wanted.
pub fn judge_in(bundle: &Bundle, service: &str, goal: &Goal, measurement: &Measurement, general: Statistic) -> Verdict {
    let is_latency = goal.metric.as_ref().is_some_and(|metric| metric.value == Metric::Latency);
    if let Some(error) = bundle.settings_error.as_ref().filter(|_| is_latency) {
        return Verdict::not_measurable(error.to_string());
    }
    match bundle.settings.percentile(service, &goal.name.value) {
        Ok(chosen) => judge(goal, measurement, chosen.map_or(general, Statistic::Percentile)),
        Err(error) => Verdict::not_measurable(error.to_string()),
    }
}

/// Judges `goal` by `measurement`: latency by `statistic`, shares and rates over the whole run, memory by its peak.
pub fn judge(goal: &Goal, measurement: &Measurement, statistic: Statistic) -> Verdict {
    let (Some(metric), Some(target)) = (&goal.metric, &goal.target) else {
        return Verdict::not_measurable(
            "the goal has no metric or no target that could be read; see the problems of its file",
        );
    };
    let (metric, target) = (&metric.value, &target.value);
    if let Metric::Other(name) = metric {
        return Verdict::not_measurable(format!(
            "`{name}` is not measurable here; latency, throughput, errorRate, successRate and memory are"
        ));
    }
    if !metric.accepts(target.dimension()) {
        return Verdict::not_measurable(format!(
            "the target `{target}` is not in a unit of {metric}; see the problems of its file"
        ));
    }
    match metric {
        Metric::Latency => judge_latency(target, measurement, statistic),
        Metric::Throughput => judge_throughput(target, measurement),
        Metric::ErrorRate => judge_share(target, measurement, false),
        Metric::SuccessRate => judge_share(target, measurement, true),
        Metric::Memory | Metric::Other(_) => judge_memory(target, measurement),
    }
}

fn judge_latency(target: &Target, measurement: &Measurement, statistic: Statistic) -> Verdict {
    let (samples, failed) = (measurement.arrived(), measurement.failed());
    let failure = measurement.failures.first().map_or("", |failure| failure.message.as_str());
    if !measurement.samples.is_empty() && failed == measurement.samples.len() {
        return Verdict::not_measurable(format!(
            "no call was answered ({failure}); give an input that the function accepts"
        ));
    }
    let needed = match statistic {
        Statistic::Percentile(percentile) => statistics::samples_needed(percentile.share()),
        Statistic::Mean | Statistic::Max => fewest(),
    };
    if samples < needed {
        return by_few(target, measurement, statistic).unwrap_or(Verdict::TooFew { samples, needed });
    }
    let value = latency(measurement, statistic, false);
    if failed > 0 && target.holds(value) && !target.holds(latency(measurement, statistic, true)) {
        return Verdict::not_measurable(format!(
            "only the {failed} calls that failed bring the {statistic} within the target ({failure}); give inputs that the function accepts"
        ));
    }
    let within = measurement.share_within(|seconds| target.holds(seconds));
    let mut notes = vec![format!("{} of {samples} calls within the target", formatted(within, Dimension::Share))];
    if failed > 0 {
        notes.push(format!("{failed} calls failed"));
    }
    if measurement.dropped > 0 {
        notes.push(format!("{} arrivals never began and count as slower than all", measurement.dropped));
    }
    let interval = match statistic {
        Statistic::Percentile(percentile) => {
            measurement.confidence(percentile.percent()).map(|(low, high)| (low.as_secs_f64(), high.as_secs_f64()))
        }
        Statistic::Mean => mean_interval(measurement),
        Statistic::Max => None,
    };
    Estimate { statistic: format!("{statistic} latency"), value, dimension: Dimension::Time, interval, samples }
        .against(target, headroom(target, value), Some(within), notes)
}

/// Whether so few calls are enough to miss the target: when it lies below what the percentile is at least, with the
/// same certainty as the lower end of an interval has.
fn by_few(target: &Target, measurement: &Measurement, statistic: Statistic) -> Option<Verdict> {
    let Statistic::Percentile(percentile) = statistic else { return None };
    let (_, most) = target.interval()?;
    let least = measurement.at_least(percentile.percent())?.as_secs_f64();
    if least <= most {
        return None;
    }
    let within = measurement.share_within(|seconds| target.holds(seconds));
    let note = format!("the {percentile} is at least {}, as even so few calls show", formatted(least, Dimension::Time));
    Some(Verdict::Missed(Finding {
        statistic: format!("{percentile} latency"),
        value: least,
        dimension: Dimension::Time,
        shown: format!("at least {}", formatted(least, Dimension::Time)),
        interval: None,
        samples: measurement.arrived(),
        within: Some(within),
        headroom: headroom(target, least),
        is_close: false,
        notes: vec![note],
    }))
}

/// The statistic in seconds, with arrivals that never began as the slowest of all, and where `strictly` holds
/// with failed calls so too.
fn latency(measurement: &Measurement, statistic: Statistic, strictly: bool) -> f64 {
    let worst = if strictly { measurement.failed() as u64 } else { 0 } + measurement.dropped;
    match statistic {
        Statistic::Percentile(percentile) => {
            let found = match strictly {
                true => measurement.answered_percentile(percentile.percent()),
                false => measurement.judged_percentile(percentile.percent()),
            };
            found.map_or(f64::INFINITY, |latency| latency.as_secs_f64())
        }
        _ if worst > 0 => f64::INFINITY,
        Statistic::Mean => measurement.mean().as_secs_f64(),
        Statistic::Max => measurement.longest().as_secs_f64(),
    }
}

/// The interval of the mean by the normal distribution that means of many samples follow; `None` where arrivals that
/// never began have no latency.
fn mean_interval(measurement: &Measurement) -> Option<(f64, f64)> {
    let count = measurement.samples.len() as f64;
    if measurement.dropped > 0 || count < 2.0 {
        return None;
    }
    let mean = measurement.mean().as_secs_f64();
    let squares: f64 = measurement.samples.iter().map(|one| (one.latency.as_secs_f64() - mean).powi(2)).sum();
    let half = statistics::DEVIATE * (squares / (count - 1.0) / count).sqrt();
    Some((mean - half, mean + half))
}

fn judge_throughput(target: &Target, measurement: &Measurement) -> Verdict {
    let samples = measurement.arrived();
    if samples < fewest() {
        return Verdict::TooFew { samples, needed: fewest() };
    }
    if let Model::Open { rate, .. } = measurement.plan.model
        && !target.holds(rate)
    {
        return Verdict::not_measurable(format!(
            "only {} calls arrived; measure with a closed model, or at a rate that meets `{target}`",
            formatted(rate, Dimension::Rate)
        ));
    }
    let value = measurement.throughput();
    let mut notes = vec![match measurement.plan.model {
        Model::Closed { workers: 1 } => "one call at a time".to_owned(),
        Model::Closed { workers } => format!("{workers} calls at once"),
        Model::Open { rate, .. } => format!("of {} that arrived", formatted(rate, Dimension::Rate)),
    }];
    if measurement.failed() > 0 {
        notes.push(format!("{} failed calls do not count", measurement.failed()));
    }
    let interval = throughput_interval(measurement);
    Estimate { statistic: "throughput".into(), value, dimension: Dimension::Rate, interval, samples }.against(
        target,
        headroom(target, value),
        None,
        notes,
    )
}

/// The interval of the throughput from the rates of ten equal parts of the run, which vary with everything that
/// disturbs it (the method of batch means: A. M. Law, Simulation Modeling and Analysis, section 9.5.3).
fn throughput_interval(measurement: &Measurement) -> Option<(f64, f64)> {
    const BATCHES: usize = 10;
    /// Student's t with nine degrees of freedom, 2.5 % beyond.
    const T: f64 = 2.262_157;
    let length = measurement.elapsed.as_secs_f64() / BATCHES as f64;
    if length <= 0.0 {
        return None;
    }
    let mut counts = [0_u32; BATCHES];
    for sample in measurement.samples.iter().filter(|sample| sample.ok) {
        let batch = (sample.at + sample.latency).as_secs_f64() / length;
        if let Some(count) = counts.get_mut((batch as usize).min(BATCHES - 1)) {
            *count += 1;
        }
    }
    let rates = counts.map(|count| f64::from(count) / length);
    let mean = rates.iter().sum::<f64>() / BATCHES as f64;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / (BATCHES - 1) as f64;
    let half = T * (variance / BATCHES as f64).sqrt();
    Some(((mean - half).max(0.0), mean + half))
}

/// Judges failures, or with `is_success` their complement.
fn judge_share(target: &Target, measurement: &Measurement, is_success: bool) -> Verdict {
    let samples = measurement.arrived();
    let failed = measurement.failed() as u64 + measurement.dropped;
    let seen = |share: f64| if is_success { 1.0 - share } else { share };
    let (low, high) = statistics::share_interval(failed, samples);
    let interval = if is_success { (1.0 - high, 1.0 - low) } else { (low, high) };
    let value = seen(measurement.error_rate());
    // What no call failing at all would have to be seen of, for the target not to be met by chance.
    let needed = target.bounds().into_iter().map(seen).map(|allowed| {
        if allowed > 0.0 && allowed < 1.0 { statistics::samples_needed(1.0 - allowed) } else { fewest() }
    });
    let needed = needed.max().unwrap_or_else(fewest);
    let statistic = if is_success { "success rate" } else { "error rate" };
    // One failure settles that not all calls succeed.
    let is_absolute = target.bounds().into_iter().all(|bound| bound == 0.0 || bound == 1.0);
    let is_settled = target.holds(interval.0) == target.holds(interval.1) || (is_absolute && failed > 0);
    if samples < needed && !is_settled {
        return Verdict::TooFew { samples, needed };
    }
    let mut notes = Vec::new();
    if failed == 0 {
        let unseen = formatted(high, Dimension::Share);
        notes.push(format!("none of {samples} calls failed, so that at most {unseen} of all fail"));
    } else {
        notes.push(format!("{failed} of {samples} calls failed"));
    }
    if let Some(failure) = measurement.failures.first() {
        notes.push(format!("most with: {}", failure.message));
    }
    if measurement.dropped > 0 {
        notes.push(format!("{} arrivals never began and count as failed", measurement.dropped));
    }
    let room = match target {
        // The factor by which more calls may fail.
        Target::Compare(comparison, quantity) if is_success => {
            let allowed = Target::Compare(turned(*comparison), Quantity { value: 1.0 - quantity.value, ..*quantity });
            headroom(&allowed, seen(value))
        }
        _ => headroom(target, value),
    };
    Estimate { statistic: statistic.into(), value, dimension: Dimension::Share, interval: Some(interval), samples }
        .against(target, room, None, notes)
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => comparison,
    }
}

fn judge_memory(target: &Target, measurement: &Measurement) -> Verdict {
    let samples = measurement.samples.len() as u64;
    if samples == 0 {
        return Verdict::TooFew { samples, needed: 1 };
    }
    let Some(peak) = measurement.peak_memory else {
        return Verdict::not_measurable(match measurement.means {
            Means::Gateway => "memory cannot be seen through the gateway; measure the function itself",
            Means::Process => "the memory of these calls is not known",
        });
    };
    let value = peak as f64;
    Estimate { statistic: "peak memory".into(), value, dimension: Dimension::Bytes, interval: None, samples }.against(
        target,
        headroom(target, value),
        None,
        Vec::new(),
    )
}

/// A statistic with its uncertainty.
struct Estimate {
    statistic: String,
    value: f64,
    dimension: Dimension,
    interval: Option<(f64, f64)>,
    samples: u64,
}

impl Estimate {
    fn against(self, target: &Target, headroom: Option<f64>, within: Option<f64>, mut notes: Vec<String>) -> Verdict {
        let Self { statistic, value, dimension, interval, samples } = self;
        let holds = target.holds(value);
        let is_close = interval.is_some_and(|(low, high)| target.holds(low) != holds || target.holds(high) != holds);
        if let Some((low, high)) = interval {
            let [low, high] = [low, high].map(|end| formatted(end, dimension));
            notes.push(format!("95 % interval {low} to {high}"));
        }
        if let (true, Some(interval)) = (is_close, interval) {
            notes.push(match calls_to_settle(target, value, interval, samples) {
                Some(calls) => format!("close: about {calls} calls would settle it"),
                None => "close: the value is too near to the target to be settled".into(),
            });
        }
        let shown = if value.is_finite() { formatted(value, dimension) } else { "never answered".into() };
        let finding =
            Finding { statistic, value, dimension, shown, interval, samples, within, headroom, is_close, notes };
        if holds { Verdict::Met(finding) } else { Verdict::Missed(finding) }
    }
}

/// How many calls it would take, about, until the interval no longer reaches the target: intervals narrow
/// with the square root of their number. `None` where it would be more than a run can have.
fn calls_to_settle(target: &Target, value: f64, (low, high): (f64, f64), samples: u64) -> Option<u64> {
    let bound = target.bounds().into_iter().min_by(|a, b| (a - value).abs().total_cmp(&(b - value).abs()))?;
    let half = if bound < value { value - low } else { high - value };
    let calls = (samples as f64 * (half / (bound - value)).powi(2)).ceil();
    (calls.is_finite() && calls <= f64::from(MAX_CALLS)).then(|| rounded_up(calls as u64))
}

/// To two significant figures: an estimate is not more exact.
fn rounded_up(count: u64) -> u64 {
    let step = 10_u64.pow(count.checked_ilog10().unwrap_or(0).saturating_sub(1));
    count.div_ceil(step) * step
}

/// By which factor `value` could get worse before `target` is missed; for a range that of the nearer end.
fn headroom(target: &Target, value: f64) -> Option<f64> {
    let room = match target {
        Target::Compare(Comparison::Less | Comparison::LessOrEqual, most) => most.value / value,
        Target::Compare(Comparison::Greater | Comparison::GreaterOrEqual, least) => value / least.value,
        Target::Compare(Comparison::Equal | Comparison::NotEqual, _) => return None,
        Target::Range(least, most) => (most.value / value).min(value / least.value),
    };
    room.is_finite().then_some(room)
}
