//! How certain the difference of two runs' percentiles is.
//!
//! The bootstrap distribution of a percentile need not be found by drawing samples again and again: it is the
//! distribution of a rank among the sorted values (Schultzberg and Ankargren, "Resampling-free bootstrap inference
//! for quantiles", 2022). That rank's spread is taken from the run's consecutive blocks instead of from the
//! binomial distribution, because calls depend on each other (the asymptotics are Sen's, "On the Bahadur
//! representation of sample quantiles for sequences of mixing random variables", 1972). So a million
//! calls cost one sort, the interval is the same every time, and dependence within a run makes it wider.

use std::sync::LazyLock;

use super::blocks::{BLOCKS, blocks, inflation};
use crate::measure::distributions::student_quantile;

/// The confidence of the intervals, and 1 less the level of significance.
pub const CONFIDENCE: f64 = 0.99;
/// In so many equally likely ranks a percentile's bootstrap distribution is split.
const RANKS: usize = 100;
/// By how many standard deviations each of them lies away: Student's distribution, because the deviation is itself
/// estimated, from [`BLOCKS`] blocks.
static DEVIATES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    (0..RANKS).map(|at| student_quantile((at as f64 + 0.5) / RANKS as f64, BLOCKS as f64 - 1.0)).collect()
});

/// Latencies in nanoseconds: in the order of the calls and sorted.
pub struct Series {
    /// In the order of the calls.
    pub in_order: Vec<f64>,
    /// From the least to the greatest.
    pub sorted: Vec<f64>,
}

/// The difference of one percentile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PercentileDifference {
    /// Which, in percent.
    pub percent: f64,
    /// Its value in the first run, in nanoseconds.
    pub before: f64,
    /// Its value in the second run, in nanoseconds.
    pub after: f64,
    /// The 99 % confidence interval of `after - before` in nanoseconds; `None` where there are too few calls beyond
    /// the percentile to tell.
    pub interval: Option<(f64, f64)>,
}

impl Series {
    /// The series of these values.
    pub fn new(in_order: Vec<f64>) -> Self {
        let mut sorted = in_order.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { in_order, sorted }
    }

    /// The value that the share `p` of the calls did not exceed. Zero without values.
    pub fn quantile(&self, p: f64) -> f64 {
        self.at_rank(self.sorted.len() as f64 * p)
    }

    /// The value of a rank, which counts from 1 and is rounded up; the nearest one for ranks beyond the ends.
    fn at_rank(&self, rank: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        let index = (rank.ceil().max(1.0) as usize - 1).min(last);
        self.sorted.get(index).copied().unwrap_or(0.0)
    }

    /// The values that the percentile may as well have, equally likely, ascending; `None` where the interval
    /// would reach beyond the least or the greatest value.
    fn spread(&self, p: f64, deviates: &[f64]) -> Option<Vec<f64>> {
        let n = self.in_order.len() as f64;
        let value = self.quantile(p);
        let shares: Vec<f64> = blocks(&self.in_order)
            .map(|block| block.iter().filter(|latency| **latency <= value).count() as f64 / block.len() as f64)
            .collect();
        let count = shares.len() as f64;
        if count < 2.0 {
            return None;
        }
        let mean = shares.iter().sum::<f64>() / count;
        let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (count - 1.0) / count;
        // Blocks may happen to be alike; calls are never more certain than independent ones.
        let deviation = (variance * inflation(&[&shares])).max(p * (1.0 - p) / n).sqrt();
        let outside = (deviates.len() as f64 * (1.0 - CONFIDENCE) / 2.0) as usize;
        let reach = deviation * deviates.iter().rev().nth(outside)?;
        if n * (p - reach) < 1.0 || n * (p + reach) > n {
            return None;
        }
        Some(deviates.iter().map(|deviate| self.at_rank(n * (p + deviate * deviation))).collect())
    }
}

/// The differences of these percentiles, given in percent, between two runs.
pub fn differences(before: &Series, after: &Series, percents: &[f64]) -> Vec<PercentileDifference> {
    percents.iter().map(|percent| difference(before, after, *percent, &DEVIATES)).collect()
}

fn difference(before: &Series, after: &Series, percent: f64, deviates: &[f64]) -> PercentileDifference {
    let p = percent / 100.0;
    let interval = before.spread(p, deviates).zip(after.spread(p, deviates)).and_then(|(before, after)| {
        let mut differences: Vec<f64> =
            after.iter().flat_map(|after| before.iter().map(move |before| after - before)).collect();
        differences.sort_unstable_by(f64::total_cmp);
        let outside = (differences.len() as f64 * (1.0 - CONFIDENCE) / 2.0) as usize;
        differences.get(outside).copied().zip(differences.iter().rev().nth(outside).copied())
    });
    PercentileDifference { percent, before: before.quantile(p), after: after.quantile(p), interval }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::compare::samples::Random;

    /// The difference of p50 and p95 between runs of exponentially distributed latencies.
    fn exponential(random: &mut Random, calls: usize, scale: f64) -> Vec<PercentileDifference> {
        let mut run = |scale: f64| Series::new((0..calls).map(|_| -scale * random.uniform().ln()).collect());
        differences(&run(1000.0), &run(scale), &[50.0, 95.0])
    }

    #[test]
    fn the_interval_holds_the_true_difference_as_often_as_it_says() {
        let mut random = Random(11);
        let (mut misses, mut count) = ([0, 0], 0);
        // Of an exponential distribution the p-quantile is -ln(1 - p): 0.693 and 2.996 times its scale.
        let truth = [200.0 * 2.0_f64.ln(), 200.0 * 20.0_f64.ln()];
        for _ in 0..300 {
            for (at, found) in exponential(&mut random, 1000, 1200.0).iter().enumerate() {
                let (low, high) = found.interval.unwrap_or((f64::NAN, f64::NAN));
                misses[at] += usize::from(!(low..=high).contains(&truth[at]));
            }
            count += 1;
        }
        // 1 % of 300 are 3; more than 9 would happen once in 3,000 times.
        assert!(misses.iter().all(|misses| *misses <= 9), "{misses:?} of {count}");
    }

    #[test]
    fn its_width_is_that_of_the_asymptotic_theory() {
        // The standard deviation of the p-quantile of n exponential values is sqrt(p / (1 - p) / n) times the scale.
        let mut random = Random(5);
        let found = exponential(&mut random, 40_000, 1000.0);
        for (difference, p) in found.iter().zip([0.5_f64, 0.95]) {
            let (low, high) = difference.interval.unwrap();
            let deviation = 1000.0 * (p / (1.0 - p) / 40_000.0).sqrt() * 2.0_f64.sqrt();
            let widths = (high - low) / deviation;
            // 2 x 2.58 of a normal distribution, and a little more for what 20 blocks leave uncertain.
            assert!((4.8..9.0).contains(&widths), "{widths}");
        }
    }

    #[test]
    fn a_percentile_without_enough_calls_beyond_it_has_no_interval() {
        let few = Series::new((0..100).map(|at| f64::from(at * 37 % 100)).collect());
        let found = differences(&few, &few, &[50.0, 99.0]);
        assert!(found[0].interval.is_some());
        assert_eq!((found[1].before, found[1].interval), (98.0, None));
        let none = Series::new(Vec::new());
        assert_eq!(differences(&none, &few, &[50.0])[0].interval, None);
    }

    #[test]
    fn a_few_thousand_calls_are_enough_for_p99() {
        let mut random = Random(3);
        let mut run = || Series::new((0..4000).map(|_| random.uniform()).collect());
        let found = differences(&run(), &run(), &[50.0, 90.0, 95.0, 99.0, 99.9]);
        let known: Vec<bool> = found.iter().map(|difference| difference.interval.is_some()).collect();
        assert_eq!(known, [true, true, true, true, false]);
    }
}
