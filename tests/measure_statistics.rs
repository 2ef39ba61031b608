//! Percentiles and their intervals against known distributions and published values.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use priostack_workbench::measure::schedule::Random;
use priostack_workbench::measure::statistics::{at_most, interval_ranks, rank, samples_needed, share_interval};
use priostack_workbench::measure::{LoadPlan, Measurement, Sample};

fn measured(latencies: impl IntoIterator<Item = f64>) -> Measurement {
    let sample = |(index, seconds): (usize, f64)| Sample {
        at: Duration::from_millis(index as u64),
        waited: Duration::ZERO,
        latency: Duration::from_secs_f64(seconds),
        ok: true,
        input: 0,
    };
    let samples = latencies.into_iter().enumerate().map(sample).collect();
    Measurement::from_samples(LoadPlan::default(), vec!["made up".into()], samples).unwrap()
}

/// `count` values at the middles of equally probable parts of a distribution, in an order of their own.
fn quantiles(count: u64, inverse: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = (0..count).map(|at| inverse((at as f64 + 0.5) / count as f64)).collect();
    let mut random = Random::new(7);
    for at in (1..values.len()).rev() {
        values.swap(at, random.below(at as u64 + 1) as usize);
    }
    values
}

/// A histogram may be off by 0.1 %, and the middles of parts by half a part.
fn close(measured: Duration, expected: f64, tolerance: f64) {
    let measured = measured.as_secs_f64();
    assert!((measured / expected - 1.0).abs() <= tolerance, "{measured} is not {expected}");
}

#[test]
fn percentiles_of_known_distributions_are_right() {
    let constant = measured(vec![0.0123; 1000]);
    let uniform = measured(quantiles(100_000, |share| 0.1 * share));
    let exponential = measured(quantiles(100_000, |share| -0.02 * (1.0 - share).ln()));
    // Nine calls of ten take 1 to 2 ms, the others 100 to 200 ms.
    let two_humps =
        |share: f64| if share < 0.9 { 1e-3 * (1.0 + share / 0.9) } else { 0.1 * (1.0 + (share - 0.9) / 0.1) };
    let bimodal = measured(quantiles(100_000, two_humps));
    for percent in [50.0, 90.0, 95.0, 99.0, 99.9] {
        let share: f64 = percent / 100.0;
        close(constant.percentile(percent), 0.0123, 0.001);
        close(uniform.percentile(percent), 0.1 * share, 0.001);
        close(exponential.percentile(percent), -0.02 * (1.0 - share).ln(), 0.002);
        if percent != 90.0 {
            close(bimodal.percentile(percent), two_humps(share), 0.001);
        }
    }
    close(exponential.mean(), 0.02, 0.001);
    assert_eq!(uniform.longest(), uniform.percentile(100.0));
}

#[test]
fn every_latency_from_nanoseconds_to_hours_is_kept_to_a_thousandth() {
    for exponent in 0..130 {
        let seconds = 1e-9 * 1.27_f64.powi(exponent);
        let alone = measured([seconds]).percentile(50.0).as_secs_f64();
        assert!((alone / seconds - 1.0).abs() <= 0.001 || alone - seconds <= 1e-9, "{seconds} became {alone}");
    }
}

#[test]
fn a_percentile_is_the_nearest_rank() {
    // The worked example of the nearest-rank method with the ordered list 15, 20, 35, 40, 50.
    let list = measured([0.035, 0.020, 0.015, 0.050, 0.040]);
    for (percent, expected) in [(5.0, 0.015), (30.0, 0.020), (40.0, 0.020), (50.0, 0.035), (100.0, 0.050)] {
        close(list.percentile(percent), expected, 0.001);
    }
    assert_eq!(rank(100, 0.07), 7, "0.07 times 100 is a little more than 7 in floating point");
    assert_eq!((rank(0, 0.5), rank(1, 0.5), rank(1000, 0.999), rank(10, 1.0)), (0, 1, 999, 10));
}

/// The k for which the k-th smallest and the k-th largest of 6 to 65 samples hold the median between them with 95 %
/// confidence (K. R. Nair, Sankhya 4, 1940, as reprinted by Dixon and Massey, Introduction to Statistical
/// Analysis, 1969).
#[test]
fn median_intervals_are_those_of_nairs_table() {
    let table = [
        1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 8, 8, 8, 9, 9, 10, 10, 10, 11, 11, 12, 12, 13, 13, 13,
        14, 14, 15, 15, 16, 16, 16, 17, 17, 18, 18, 19, 19, 19, 20, 20, 21, 21, 22, 22, 22, 23, 23, 24, 24, 25,
    ];
    for (count, k) in (6..).zip(table) {
        assert_eq!(interval_ranks(count, 0.5), Some((k, count + 1 - k)), "n = {count}");
    }
    assert_eq!(interval_ranks(5, 0.5), None);
}

#[test]
fn binomial_sums_are_those_of_published_tables() {
    let table = [
        (5, 20, 0.5, 0.0207),
        (14, 20, 0.5, 0.9793),
        (2, 10, 0.25, 0.5256),
        (0, 10, 0.05, 0.5987),
        (1, 20, 0.1, 0.3917),
        (17, 20, 0.9, 0.3231),
    ];
    for (hits, count, share, expected) in table {
        let sum = at_most(hits, count, share);
        assert!((sum - expected).abs() < 5e-5, "P(B({count}, {share}) <= {hits}) = {sum}");
    }
    // With so many calls it is a normal distribution: 1.96 deviations below the middle.
    let (count, share) = (10_000_000_u64, 0.95);
    let hits = (count as f64 * share - 1.959_964 * (count as f64 * share * (1.0 - share)).sqrt()) as u64;
    assert!((at_most(hits, count, share) - 0.025).abs() < 1e-4);
}

#[test]
fn a_percentile_needs_as_many_samples_as_its_interval() {
    for (share, needed) in [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688), (0.9999, 36887)] {
        assert_eq!(samples_needed(share), needed, "{share}");
        assert!(interval_ranks(needed, share).is_some(), "{share}");
        assert!(interval_ranks(needed - 1, share).is_none(), "{share}");
        // Fewer could all lie below the true percentile in more than one run of forty.
        assert!(1.0 - share.powf(needed as f64) >= 0.975 && 1.0 - share.powf(needed as f64 - 1.0) < 0.975, "{share}");
    }
    assert_eq!(samples_needed(1.0), u64::MAX);
}

/// Clopper and Pearson's exact interval: closed forms at the ends, and textbook values between them.
#[test]
fn intervals_of_shares_are_those_of_clopper_and_pearson() {
    let near = |(low, high): (f64, f64), expected: (f64, f64)| {
        assert!((low - expected.0).abs() < 5e-5 && (high - expected.1).abs() < 5e-5, "({low}, {high})");
    };
    near(share_interval(0, 10), (0.0, 0.3085));
    near(share_interval(10, 10), (0.6915, 1.0));
    near(share_interval(1, 10), (0.0025, 0.4450));
    near(share_interval(5, 10), (0.1871, 0.8129));
    near(share_interval(0, 100), (0.0, 0.0362));
    near(share_interval(10, 100), (0.0490, 0.1762));
    assert_eq!(share_interval(0, 0), (0.0, 1.0));
}

/// What the interval promises: of many runs, about 95 % hold the true percentile.
#[test]
fn the_interval_holds_the_true_percentile_in_19_runs_of_20() {
    const RUNS: u64 = 1000;
    let mut random = Random::new(20);
    for (percent, count) in [(50.0, 101), (95.0, 400), (99.0, 1000)] {
        let truth = -0.01 * (1.0 - percent / 100.0_f64).ln();
        let holds = (0..RUNS).filter(|_| {
            let run = measured((0..count).map(|_| -0.01 * random.share().ln()));
            let (low, high) = run.confidence(percent).unwrap();
            // The histogram's precision is no matter of statistics.
            low.as_secs_f64() * 0.999 <= truth && truth <= high.as_secs_f64() * 1.001
        });
        let coverage = holds.count() as f64 / RUNS as f64;
        // Exact intervals cover a little more than promised; 1,000 runs see that to 1.4 %.
        assert!((0.935..=0.99).contains(&coverage), "p{percent} of {count}: {coverage}");
    }
}

#[test]
fn random_numbers_are_those_of_the_published_algorithm() {
    // The first outputs of SplitMix64 for the seed 1234567, as in the reference implementation's test vectors.
    let mut random = Random::new(1_234_567);
    let first = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
    assert_eq!(first.map(|_| random.bits()), first);
}

#[test]
fn nothing_measured_divides_by_nothing() {
    let empty = Measurement::empty().unwrap();
    assert_eq!(empty.percentile(95.0), Duration::ZERO);
    assert_eq!(empty.judged_percentile(95.0), None);
    assert_eq!(empty.answered_percentile(95.0), None);
    assert_eq!((empty.error_rate(), empty.throughput(), empty.share_within(|_| true)), (0.0, 0.0, 0.0));
    assert_eq!((empty.mean(), empty.longest(), empty.confidence(95.0)), (Duration::ZERO, Duration::ZERO, None));
    assert!(empty.series(Duration::from_secs(1)).is_empty());
    let one = measured([0.0]);
    assert_eq!((one.percentile(0.0), one.percentile(100.0)), (Duration::ZERO, Duration::ZERO));
    assert_eq!(one.series(Duration::ZERO).len(), 1);
}

#[test]
fn arrivals_that_never_began_are_the_slowest_of_all() {
    let mut run = measured(quantiles(900, |share| 0.01 * share));
    run.dropped = 100;
    assert_eq!(run.judged_percentile(95.0), None, "the slowest tenth never began");
    close(run.judged_percentile(90.0).unwrap(), 0.01, 0.002);
    close(run.judged_percentile(45.0).unwrap(), 0.005, 0.002);
    assert_eq!(run.error_rate(), 0.1);
    assert_eq!(run.share_within(|seconds| seconds < 1.0), 0.9);
    assert_eq!(run.confidence(95.0), None);
    assert!(run.confidence(50.0).is_some());
}

#[test]
fn a_run_is_told_in_parts_by_the_intended_beginning() {
    let at = |millis: u64, latency: u64, ok: bool| Sample {
        at: Duration::from_millis(millis),
        waited: Duration::ZERO,
        latency: Duration::from_millis(latency),
        ok,
        input: 0,
    };
    // Not in order: samples of several workers come as they come.
    let samples = vec![at(2500, 7, true), at(0, 1, true), at(999, 3, false), at(10, 2, true)];
    let run = Measurement::from_samples(LoadPlan::default(), Vec::new(), samples).unwrap();
    let series = run.series(Duration::from_secs(1));
    let counts: Vec<_> = series.iter().map(|bucket| (bucket.from.as_secs(), bucket.calls, bucket.failed)).collect();
    assert_eq!(counts, [(0, 3, 1), (1, 0, 0), (2, 1, 0)]);
    assert_eq!((series[0].p50, series[0].p95), (Duration::from_millis(2), Duration::from_millis(3)));
    assert_eq!((series[1].max, series[2].max), (Duration::ZERO, Duration::from_millis(7)));
    assert_eq!(run.elapsed, Duration::from_millis(2507));
    assert!(run.series(Duration::from_nanos(1)).len() <= 100_001, "no more parts than can be drawn");
}
