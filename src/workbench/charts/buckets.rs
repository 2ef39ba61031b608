//! Calls counted in equal spans of time, by the time they ended: throughput and errors as they went.

use super::recording::{Recording, Shot};
use super::units::round_step;

/// The calls that ended in one span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// How many ended.
    pub calls: u32,
    /// How many of them failed.
    pub failed: u32,
}

impl Bucket {
    /// Failed calls as a share of all (0 to 1). Zero without any.
    pub fn failed_share(self) -> f64 {
        if self.calls == 0 { 0.0 } else { f64::from(self.failed) / f64::from(self.calls) }
    }
}

/// Spans that follow each other without a gap.
#[derive(Clone, Debug)]
pub struct Buckets {
    /// The length of one in nanoseconds.
    pub width: f64,
    /// The number of the first: it begins at this many widths.
    first: usize,
    all: Vec<Bucket>,
    /// The end of the run in nanoseconds; the last span may be cut by it.
    end: f64,
    /// The part of the run that they cover, in nanoseconds.
    covered: (f64, f64),
}

/// About as many spans are shown at a time.
const SHOWN: f64 = 90.0;

/// Fewer calls than this in a span make its rate jump for no other reason.
const CALLS: f64 = 10.0;

/// The length of spans that suits a view of `span` nanoseconds, in a run with `rate` calls in a nanosecond.
pub fn fitting_width(span: f64, rate: f64) -> f64 {
    let enough = if rate > 0.0 { CALLS / rate } else { 0.0 };
    round_step((span / SHOWN).max(enough).max(1.0))
}

impl Buckets {
    /// Counts the calls that ended between `from` and `to`, in nanoseconds.
    pub fn of(recording: &Recording, width: f64, from: f64, to: f64) -> Self {
        let end = recording.elapsed();
        let (from, to) = (from.clamp(0.0, end), to.clamp(0.0, end));
        let first = (from / width).floor() as usize;
        let mut buckets = Self { width, first, all: Vec::new(), end, covered: (from, to) };
        // A call that ended in the range may have begun before it, by as much as the longest took.
        let earliest = first as f64 * width - recording.highest();
        let shots = recording.shots();
        let begin = shots.partition_point(|shot| shot.at < earliest);
        let beyond = shots.partition_point(|shot| shot.at <= to + width);
        buckets.fill_to(to);
        for shot in shots.get(begin..beyond).unwrap_or_default() {
            buckets.count(shot);
        }
        buckets
    }

    /// Counts calls that ended since, in a run that now ends at `end`.
    pub fn append(&mut self, fresh: impl Iterator<Item = Shot>, end: f64) {
        // What ended after the part that is covered belongs to nothing that is shown.
        let follows_end = self.covered.1 >= self.end;
        self.end = end;
        if follows_end {
            self.covered.1 = end;
            self.fill_to(end);
        }
        fresh.for_each(|shot| self.count(&shot));
    }

    /// Whether they cover what of the run lies between `from` and `to`.
    pub fn covers(&self, from: f64, to: f64) -> bool {
        self.covered.0 <= from.clamp(0.0, self.end) && to.clamp(0.0, self.end) <= self.covered.1
    }

    fn fill_to(&mut self, to: f64) {
        let last = (to / self.width).floor() as usize;
        let count = (last + 1).saturating_sub(self.first);
        if count > self.all.len() {
            self.all.resize(count, Bucket::default());
        }
    }

    fn count(&mut self, shot: &Shot) {
        let at = ((shot.at + shot.latency).min(self.end) / self.width) as usize;
        let Some(bucket) = at.checked_sub(self.first).and_then(|at| self.all.get_mut(at)) else { return };
        bucket.calls += 1;
        bucket.failed += u32::from(!shot.ok);
    }

    /// The spans with their begin and end in nanoseconds; the last one ends with the run.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64, Bucket)> + '_ {
        self.all.iter().enumerate().filter_map(|(offset, bucket)| {
            let from = (self.first + offset) as f64 * self.width;
            let to = (from + self.width).min(self.end);
            (to > from).then_some((from, to, *bucket))
        })
    }

    /// The span around a moment.
    pub fn at(&self, nanos: f64) -> Option<(f64, f64, Bucket)> {
        self.iter().find(|(from, to, _)| (*from..*to).contains(&nanos))
    }
}

/// Answered calls a second in a span.
pub fn rate((from, to, bucket): (f64, f64, Bucket)) -> f64 {
    f64::from(bucket.calls - bucket.failed) * 1e9 / (to - from).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Sample;
    use crate::workbench::charts::recording::Extent;
    use std::time::Duration;

    fn sample(at: u64, latency: u64, ok: bool) -> Sample {
        let (at, latency) = (Duration::from_nanos(at), Duration::from_nanos(latency));
        Sample { at, waited: Duration::ZERO, latency, ok, input: 0 }
    }

    fn recording(samples: &[Sample]) -> Recording {
        let mut recording = Recording::live(Extent::Calls(10)).unwrap();
        recording.append(samples);
        recording
    }

    #[test]
    fn a_call_counts_where_it_ended() {
        let samples = [sample(0, 10, true), sample(15, 90, false), sample(110, 40, true)];
        let recording = recording(&samples);
        let buckets = Buckets::of(&recording, 100.0, 0.0, 1e9);
        let counts: Vec<_> = buckets.iter().map(|(from, to, b)| (from, to, b.calls, b.failed)).collect();
        assert_eq!(counts, [(0.0, 100.0, 1, 0), (100.0, 150.0, 2, 1)]);
        assert_eq!(rate(buckets.iter().last().unwrap()), 1.0 / 50e-9);
        assert_eq!(buckets.at(120.0).unwrap().2.failed_share(), 0.5);
    }

    #[test]
    fn what_is_appended_is_counted_as_if_it_had_been_there() {
        let samples: Vec<Sample> = (0..1000).map(|index| sample(index * 7, 30 + index % 50, index % 9 != 0)).collect();
        let mut recording = recording(&samples[..400]);
        let mut buckets = Buckets::of(&recording, 200.0, 0.0, f64::INFINITY);
        for part in samples[400..].chunks(123) {
            recording.append(part);
            buckets.append(part.iter().map(Shot::of), recording.elapsed());
        }
        let anew = Buckets::of(&recording, 200.0, 0.0, f64::INFINITY);
        assert_eq!(buckets.iter().collect::<Vec<_>>(), anew.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_part_of_the_run_is_counted_as_in_the_whole() {
        let samples: Vec<Sample> = (0..1000).map(|index| sample(index * 7, 30 + index % 50, true)).collect();
        let recording = recording(&samples);
        let whole = Buckets::of(&recording, 100.0, 0.0, f64::INFINITY);
        let part = Buckets::of(&recording, 100.0, 1500.0, 2500.0);
        assert!(part.covers(1600.0, 2400.0) && !part.covers(1400.0, 1600.0));
        assert_eq!(part.at(2050.0), whole.at(2050.0));
    }
}
