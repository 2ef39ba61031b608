//! The invocations of a run as charts need them: sorted by time, with their distribution, ready to grow
//! while the run goes on.

use hdrhistogram::Histogram;

use super::overview::Overview;
use crate::measure::{Measurement, Sample, statistics};

/// Latencies above this are counted as this: a day, in nanoseconds.
const HIGHEST: u64 = 86_400_000_000_000;

/// One invocation.
#[derive(Clone, Copy, Debug)]
pub struct Shot {
    /// Nanoseconds from the start of the run.
    pub at: f64,
    /// Nanoseconds.
    pub latency: f64,
    /// Whether the function answered.
    pub ok: bool,
}

impl Shot {
    /// A sample in nanoseconds.
    pub fn of(sample: &Sample) -> Self {
        Self { at: sample.at.as_nanos() as f64, latency: sample.latency.as_nanos() as f64, ok: sample.ok }
    }
}

/// How far a run that still goes on is planned to get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    /// So many invocations.
    Calls(u32),
    /// So many nanoseconds.
    Time(f64),
}

/// All invocations of a run so far.
#[derive(Clone, Debug)]
pub struct Recording {
    shots: Vec<Shot>,
    histogram: Histogram<u64>,
    /// Those that failed, sorted too: they are few, and looked for in every view.
    failures: Vec<Shot>,
    overview: Overview,
    highest: f64,
    elapsed: f64,
    planned: Option<Extent>,
    revision: u64,
}

impl Recording {
    /// What a finished run gave.
    pub fn of(measurement: &Measurement) -> Self {
        let shots: Vec<Shot> = measurement.samples.iter().map(Shot::of).collect();
        Self {
            failures: shots.iter().filter(|shot| !shot.ok).copied().collect(),
            highest: shots.iter().map(|shot| shot.latency).fold(0.0, f64::max),
            overview: Overview::of(&shots),
            shots,
            histogram: measurement.histogram.clone(),
            elapsed: measurement.elapsed.as_nanos() as f64,
            planned: None,
            revision: 0,
        }
    }

    /// Nothing yet of a run that is planned to get as far as `planned`. `None` where no histogram can be set up.
    pub fn live(planned: Extent) -> Option<Self> {
        Some(Self {
            shots: Vec::new(),
            histogram: Histogram::new_with_bounds(1, HIGHEST, 3).ok()?,
            failures: Vec::new(),
            overview: Overview::default(),
            highest: 0.0,
            elapsed: 0.0,
            planned: Some(planned),
            revision: 0,
        })
    }

    /// Adds invocations that ended, in any order. Costs as much as they are, not as much as there was.
    pub fn append(&mut self, fresh: &[Sample]) {
        let Some(earliest) = fresh.iter().map(|sample| sample.at).min() else { return };
        let earliest = earliest.as_nanos() as f64;
        let before = self.shots.len();
        for sample in fresh {
            let shot = Shot::of(sample);
            self.histogram.saturating_record((shot.latency as u64).max(1));
            if !shot.ok {
                self.failures.push(shot);
            }
            self.highest = self.highest.max(shot.latency);
            self.elapsed = self.elapsed.max(shot.at + shot.latency);
            self.shots.push(shot);
        }
        // A slow call ends after others that began later, so the last few may have to change places.
        let from = self.shots.get(..before).unwrap_or_default().partition_point(|shot| shot.at <= earliest);
        if let Some(tail) = self.shots.get_mut(from..) {
            tail.sort_by(|a, b| a.at.total_cmp(&b.at));
        }
        self.overview.renew(&self.shots, from.min(before));
        if fresh.iter().any(|sample| !sample.ok) {
            self.failures.sort_by(|a, b| a.at.total_cmp(&b.at));
        }
        self.revision += 1;
    }

    /// The invocations, sorted by the time they began.
    pub fn shots(&self) -> &[Shot] {
        &self.shots
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.shots.len() as u64
    }

    /// Their latencies in nanoseconds, to three significant figures.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// How many failed.
    pub fn failed(&self) -> usize {
        self.failures.len()
    }

    /// Those that failed, sorted by the time they began.
    pub fn failures(&self) -> &[Shot] {
        &self.failures
    }

    /// A few of them for each stretch.
    pub fn overview(&self) -> &Overview {
        &self.overview
    }

    /// The longest latency in nanoseconds.
    pub fn highest(&self) -> f64 {
        self.highest
    }

    /// The length of the run so far in nanoseconds.
    pub fn elapsed(&self) -> f64 {
        self.elapsed
    }

    /// Answered calls a second over the run so far; `None` before there was any time for it.
    pub fn rate(&self) -> Option<f64> {
        (self.elapsed > 0.0).then(|| (self.shots.len() - self.failures.len()) as f64 * 1e9 / self.elapsed)
    }

    /// How far the run is planned to get, while it goes on.
    pub fn planned(&self) -> Option<Extent> {
        self.planned
    }

    /// Changes whenever something was added.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The latency in nanoseconds that `percent` of the invocations did not exceed. Zero without any.
    pub fn percentile(&self, percent: f64) -> f64 {
        self.histogram.value_at_percentile(percent) as f64
    }

    /// What is needed to read many percentiles.
    pub fn ranks(&self) -> Ranks {
        Ranks::of(&self.histogram)
    }
}

/// Latencies by rank: made in one pass, so that many percentiles can be read.
#[derive(Clone, Debug, Default)]
pub struct Ranks {
    /// How many samples lie at or below a latency, and the latency in nanoseconds.
    steps: Vec<(u64, u64)>,
}

impl Ranks {
    /// The ranks of what is recorded.
    pub fn of(histogram: &Histogram<u64>) -> Self {
        let mut sum = 0;
        let steps = histogram.iter_recorded().map(|recorded| {
            sum += recorded.count_at_value();
            (sum, recorded.value_iterated_to())
        });
        Self { steps: steps.collect() }
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.steps.last().map_or(0, |(sum, _)| *sum)
    }

    /// The latency in nanoseconds that `percent` of the samples did not exceed. Zero without any.
    pub fn percentile(&self, percent: f64) -> f64 {
        self.at(statistics::rank(self.count(), percent / 100.0))
    }

    /// The latency in nanoseconds of the sample of this rank, from 1. Zero without any.
    fn at(&self, rank: u64) -> f64 {
        let at = self.steps.partition_point(|(sum, _)| *sum < rank);
        self.steps.get(at).or(self.steps.last()).map_or(0.0, |(_, value)| *value as f64)
    }

    /// The 95 % confidence interval of a percentile in nanoseconds, from order statistics. `None` where there are
    /// too few samples for it.
    pub fn interval(&self, percent: f64) -> Option<(f64, f64)> {
        let (low, high) = statistics::interval_ranks(self.count(), percent / 100.0)?;
        Some((self.at(low), self.at(high)))
    }

    /// The highest percentile, in percent, that has an interval: the last one that enough samples lie beyond.
    pub fn highest_supported(&self) -> f64 {
        let n = self.count().max(1) as f64;
        // The inverse of `samples_needed`: q to the power of n is what may lie beyond the upper end.
        100.0 * ((1.0 - statistics::CONFIDENCE) / 2.0).powf(1.0 / n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn sample(at: u64, latency: u64) -> Sample {
        let (at, latency) = (Duration::from_nanos(at), Duration::from_nanos(latency));
        Sample { at, waited: Duration::ZERO, latency, ok: true, input: 0 }
    }

    #[test]
    fn what_ends_late_takes_its_place_by_the_time_it_began() {
        let mut recording = Recording::live(Extent::Calls(5)).unwrap();
        recording.append(&[sample(0, 10), sample(20, 10)]);
        recording.append(&[sample(30, 10), sample(5, 90)]);
        let times: Vec<f64> = recording.shots().iter().map(|shot| shot.at).collect();
        assert_eq!(times, [0.0, 5.0, 20.0, 30.0]);
        assert_eq!((recording.count(), recording.highest()), (4, 90.0));
        assert_eq!(recording.elapsed(), 95.0);
    }

    #[test]
    fn an_interval_needs_samples_on_both_sides() {
        let mut recording = Recording::live(Extent::Calls(100)).unwrap();
        let samples: Vec<Sample> = (0..100).map(|index| sample(index, 1000 + index)).collect();
        recording.append(&samples);
        let ranks = recording.ranks();
        let (low, high) = ranks.interval(50.0).unwrap();
        assert!(low < ranks.percentile(50.0) && ranks.percentile(50.0) < high);
        assert_eq!(ranks.percentile(50.0), recording.percentile(50.0));
        assert!(ranks.interval(99.0).is_none());
        let most = ranks.highest_supported();
        assert!(ranks.interval(most - 0.2).is_some() && ranks.interval(most + 0.2).is_none(), "{most}");
    }
}
