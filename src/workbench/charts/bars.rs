//! Latencies counted in bars of equal width on a logarithmic scale.

use hdrhistogram::Histogram;

/// The fewest and the most bars to a factor of ten. Latencies are kept to three significant figures, so
/// finer bars would only show where those figures lie.
const PER_DECADE: std::ops::RangeInclusive<f64> = 12.0..=160.0;
/// How many bars the bulk of the data is shown by, as far as the bounds above allow.
const BULK: f64 = 36.0;

/// Invocations whose latencies are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The logarithm (base 10) of the shortest latency, in nanoseconds.
    pub from: f64,
    /// The logarithm of the latency at which the next bar begins.
    pub to: f64,
    /// How many they are.
    pub count: u64,
}

impl Bar {
    /// The latency in its middle, in nanoseconds.
    pub fn middle(&self) -> f64 {
        10_f64.powf((self.from + self.to) / 2.0)
    }
}

/// How many bars to a factor of ten show the bulk of what is recorded.
pub fn per_decade(histogram: &Histogram<u64>) -> f64 {
    let log = |percent: f64| (histogram.value_at_percentile(percent).max(1) as f64).log10();
    let width = (log(99.0) - log(1.0)).max(1e-6);
    (BULK / width).round().clamp(*PER_DECADE.start(), *PER_DECADE.end())
}

/// What is recorded, in `per_decade` bars to a factor of ten, from the shortest to the longest latency.
pub fn bars(histogram: &Histogram<u64>, per_decade: f64) -> Vec<Bar> {
    if histogram.is_empty() {
        return Vec::new();
    }
    let bar_of = |nanos: u64| ((nanos.max(1) as f64).log10() * per_decade).floor() as i64;
    let (first, last) = (bar_of(histogram.min()), bar_of(histogram.max()));
    let edge = |index: i64| index as f64 / per_decade;
    let bar = |index: i64| Bar { from: edge(index), to: edge(index + 1), count: 0 };
    let mut bars: Vec<Bar> = (first..=last.max(first)).map(bar).collect();
    for recorded in histogram.iter_recorded() {
        let index = (bar_of(recorded.value_iterated_to()) - first).clamp(0, last - first) as usize;
        if let Some(bar) = bars.get_mut(index) {
            bar.count += recorded.count_at_value();
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_is_in_one_bar_and_the_bulk_has_enough_of_them() {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        for nanos in 10_000..12_000 {
            histogram.record(nanos).unwrap();
        }
        histogram.record(3_000_000).unwrap();
        let bars = bars(&histogram, per_decade(&histogram));
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 2001);
        let filled = bars.iter().filter(|bar| bar.count > 10).count();
        assert!((10..60).contains(&filled), "{filled}");
    }

    #[test]
    fn equal_latencies_are_one_bar_and_none_are_no_bar() {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        assert!(bars(&histogram, per_decade(&histogram)).is_empty());
        histogram.record_n(500, 7).unwrap();
        let bars = bars(&histogram, per_decade(&histogram));
        assert_eq!(bars.iter().map(|bar| bar.count).collect::<Vec<_>>(), [7]);
    }
}
