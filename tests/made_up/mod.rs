//! Runs that nobody measured: latencies as functions have them, made up and always the same.

use std::time::Duration;

use priostack_workbench::measure::{LoadPlan, Measurement, Sample};

/// Latencies around `typical` nanoseconds with a slow wave, a tail, outliers and a few failures.
pub fn samples(count: u32, typical: f64) -> Vec<Sample> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % 1_000_000) as f64 / 1e6
    };
    let mut at = Duration::ZERO;
    (0..count)
        .map(|index| {
            let wave = (f64::from(index) / f64::from(count) * 9.0).sin() * 0.12;
            let noise = (random() + random() + random()) / 3.0 - 0.5;
            let tail = if random() < 0.02 { random() * 1.5 } else { 0.0 };
            let outlier = if random() < 0.0008 { 20.0 * random() } else { 0.0 };
            let nanos = (typical * (1.0 + wave + noise * 0.5 + tail + outlier)) as u64;
            let latency = Duration::from_nanos(nanos);
            let sample = Sample { at, waited: Duration::ZERO, latency, ok: index % 1700 != 1699, input: 0 };
            at += sample.latency;
            sample
        })
        .collect()
}

/// A finished run with [`samples`].
pub fn measurement(count: u32, typical: f64) -> Measurement {
    Measurement::from_samples(LoadPlan::of(count), vec!["made up".into()], samples(count, typical)).unwrap()
}
