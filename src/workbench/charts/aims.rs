//! What a run is held against in its charts: the targets of goals, and the percentile that latency is judged by.

use crate::bundle::Target;
use crate::measure::statistics;

use super::recording::Recording;
use super::units::latency_text;

/// Targets and the statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aims {
    /// The target of the latency goal.
    pub latency: Option<Target>,
    /// The target of the throughput goal, in calls a second.
    pub throughput: Option<Target>,
    /// The largest share of failed calls (0 to 1) that meets the goal, as a target.
    pub errors: Option<Target>,
    /// The percentile that latency is judged by, in percent.
    pub percentile: f64,
}

impl Default for Aims {
    fn default() -> Self {
        Self { latency: None, throughput: None, errors: None, percentile: 95.0 }
    }
}

impl Aims {
    /// Only a target on latency, judged by the 95th percentile.
    pub fn latency(target: Option<Target>) -> Self {
        Self { latency: target, ..Self::default() }
    }
}

/// A percentile's name: `p95`, `p99.9`.
pub fn percentile_name(percent: f64) -> String {
    format!("p{percent}")
}

/// A percentile as a line in a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Percentile {
    /// In percent.
    pub percent: f64,
    /// Nanoseconds.
    pub value: f64,
    /// `p95 12.3 µs`.
    pub text: String,
    /// Whether it is what the goal is judged by.
    pub is_statistic: bool,
    /// Whether enough samples are behind it for a verdict.
    pub is_supported: bool,
}

impl Percentile {
    /// The percentile `percent` of `count` samples, which is `value` nanoseconds; goals are judged by `statistic`.
    pub fn of(percent: f64, value: f64, count: u64, statistic: f64) -> Self {
        let text = format!("{} {}", percentile_name(percent), latency_text(value));
        let is_supported = count >= statistics::samples_needed(percent / 100.0);
        Self { percent, value, text, is_statistic: percent == statistic, is_supported }
    }

    /// `p95`.
    pub fn name(&self) -> String {
        percentile_name(self.percent)
    }
}

/// The percentiles `wanted` of `recording`, with the statistic among them, in order.
pub fn percentiles(recording: &Recording, wanted: &[f64], statistic: f64) -> Vec<Percentile> {
    let mut all: Vec<f64> = wanted.iter().copied().filter(|percent| *percent != statistic).collect();
    all.push(statistic);
    all.sort_by(f64::total_cmp);
    let line = |percent: f64| Percentile::of(percent, recording.percentile(percent), recording.count(), statistic);
    all.into_iter().map(line).collect()
}
