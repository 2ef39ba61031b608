//! A goal's verdict on a measurement.

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Goal, Metric, Target};

use super::Measurement;

/// The statistic that latency goals are judged by, in percent.
pub const LATENCY_PERCENTILE: f64 = 95.0;
/// Below this many samples a 95th percentile is little more than the maximum.
const FEWEST_FOR_PERCENTILE: usize = 100;
/// Below this many samples a share or a rate says nothing.
const FEWEST: usize = 20;

/// What a measurement says of a goal.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The target is met.
    Met(Finding),
    /// The target is missed.
    Missed(Finding),
    /// Nothing can be said, and why.
    Undecidable {
        /// Why, and what would help.
        reason: String,
    },
}

/// The statistic behind a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The statistic's name: `p95 latency`.
    pub statistic: &'static str,
    /// Its value in the target's base unit (seconds, share, events a second, bytes).
    pub value: f64,
    /// The value as people read it.
    pub shown: String,
    /// What else belongs to it: the confidence interval, the share within the target, what failed.
    pub note: String,
}

impl Verdict {
    /// One word for tables and chips.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Met(_) => "met",
            Self::Missed(_) => "missed",
            Self::Undecidable { .. } => "undecided",
        }
    }

    /// The statistic with its value, or the reason why there is none.
    pub fn detail(&self) -> String {
        match self {
            Self::Met(finding) | Self::Missed(finding) => format!("{} {}", finding.statistic, finding.shown),
            Self::Undecidable { reason } => reason.clone(),
        }
    }

    /// What else belongs to the statistic; empty where there is nothing.
    pub fn note(&self) -> &str {
        match self {
            Self::Met(finding) | Self::Missed(finding) => &finding.note,
            Self::Undecidable { .. } => "",
        }
    }
}

/// Judges `goal` by `measurement`: latency by its 95th percentile, shares and rates over the whole run,
/// memory by its peak.
pub fn judge(goal: &Goal, measurement: &Measurement) -> Verdict {
    let (Some(metric), Some(target)) = (&goal.metric, &goal.target) else {
        return undecidable("the goal has no metric or no target that could be read; see the problems of its file");
    };
    let count = measurement.samples.len();
    if count == 0 {
        return undecidable("nothing was measured yet");
    }
    let target = &target.value;
    match &metric.value {
        Metric::Latency => judge_latency(target, measurement),
        Metric::Other(name) => Verdict::Undecidable {
            reason: format!(
                "`{name}` cannot be measured here; latency, throughput, errorRate, successRate and memory can"
            ),
        },
        Metric::Memory => {
            verdict(target, Dimension::Bytes, "peak memory", measurement.peak_memory as f64, String::new())
        }
        _ if count < FEWEST => {
            Verdict::Undecidable { reason: format!("{count} samples are too few; measure at least {FEWEST}") }
        }
        Metric::Throughput => {
            let note = "one worker, a fresh instance for each call".to_owned();
            verdict(target, Dimension::Rate, "throughput", measurement.throughput(), note)
        }
        Metric::ErrorRate => {
            verdict(target, Dimension::Share, "error rate", measurement.error_rate(), failures(measurement))
        }
        Metric::SuccessRate => {
            verdict(target, Dimension::Share, "success rate", 1.0 - measurement.error_rate(), failures(measurement))
        }
    }
}

fn judge_latency(target: &Target, measurement: &Measurement) -> Verdict {
    let count = measurement.samples.len();
    if count < FEWEST_FOR_PERCENTILE {
        return Verdict::Undecidable {
            reason: format!(
                "{count} samples are too few for a 95th percentile; measure at least {FEWEST_FOR_PERCENTILE}"
            ),
        };
    }
    let failed = measurement.failed();
    if failed == count {
        let first = measurement.failures.first().map_or("", |failure| failure.message.as_str());
        return Verdict::Undecidable {
            reason: format!("no call was answered ({first}); give an input that the function accepts"),
        };
    }
    let within = measurement.share_within(|seconds| target.holds(seconds));
    let mut note = format!("{} of {count} calls within the target", formatted(within, Dimension::Share));
    if let Some((low, high)) = measurement.confidence(LATENCY_PERCENTILE) {
        let [low, high] = [low, high].map(|bound| formatted(bound.as_secs_f64(), Dimension::Time));
        note.push_str(&format!(", 95 % interval {low} to {high}"));
    }
    if failed > 0 {
        note.push_str(&format!(", {failed} calls failed"));
    }
    let value = measurement.percentile(LATENCY_PERCENTILE).as_secs_f64();
    verdict(target, Dimension::Time, "p95 latency", value, note)
}

fn verdict(target: &Target, measured: Dimension, statistic: &'static str, value: f64, note: String) -> Verdict {
    let wanted = target.dimension();
    // A bare number is read in the metric's own unit: `errorRate: "0"`, `throughput: "> 100"`.
    if wanted != measured && wanted != Dimension::Plain {
        return Verdict::Undecidable {
            reason: format!("the target `{target}` is not in a unit of {statistic}; see the problems of its file"),
        };
    }
    let finding = Finding { statistic, value, shown: formatted(value, measured), note };
    if target.holds(value) { Verdict::Met(finding) } else { Verdict::Missed(finding) }
}

fn failures(measurement: &Measurement) -> String {
    measurement.failures.first().map_or_else(String::new, |failure| {
        format!(
            "{} of {} calls failed, most with: {}",
            measurement.failed(),
            measurement.samples.len(),
            failure.message
        )
    })
}

fn undecidable(reason: &str) -> Verdict {
    Verdict::Undecidable { reason: reason.into() }
}
