//! What calling costs without the function, and what that says of the machine and of the measurement.

use std::time::Duration;

use crate::sandbox::Cancel;

use super::callee::Callee;
use super::load::{Extent, LoadPlan, Model};
use super::measurement::{Measurement, Overhead};
use super::pace;
use super::run::carry_out;
use super::warning::Warning;

/// Calls before and after a run, each.
const CALLS: u32 = 200;
/// Calls that do not count before them.
const WARM_UP: u32 = 20;
/// Arrivals a second: at a lower rate these calls would take longer than the run itself, and at a higher one they
/// would be over before the workers have found their pace.
const RATES: (f64, f64) = (1000.0, 10_000.0);

/// A machine is noisy when a function that does nothing takes more than this many times its median at p95.
pub const NOISY_SPREAD: f64 = 3.0;
/// A machine is noisy when the median of a function that does nothing changes more than so many fold between
/// the beginning and the end of a run.
pub const NOISY_DRIFT: f64 = 1.5;
/// Noise below this share of the measured median does not matter.
const MATTERS: f64 = 0.05;
/// The overhead dominates when it is more than this share of the measured median.
const DOMINATES: f64 = 0.5;
/// A clock is coarse when its step is more than this share of the measured median.
const COARSE: f64 = 0.05;

/// Calls what does nothing as `plan` calls the function.
pub(super) fn probe(callee: &dyn Callee, plan: &LoadPlan, cancel: &Cancel) -> Result<Measurement, String> {
    let no_op = callee.no_op()?;
    no_op.settle();
    let model = match plan.model {
        Model::Closed { workers } => Model::Closed { workers },
        Model::Open { rate, arrivals, workers } => {
            Model::Open { rate: rate.clamp(RATES.0, RATES.1), arrivals, workers }
        }
    };
    let plan = LoadPlan { warm_up: WARM_UP, extent: Extent::Calls(CALLS), model, ..*plan };
    let probed = carry_out(&*no_op, plan, cancel, &mut |_| {}).map_err(|error| error.to_string())?;
    match probed.failures.first() {
        Some(failure) => Err(format!("what does nothing failed: {}", failure.message)),
        None if probed.samples.is_empty() => Err("the run was cancelled".into()),
        None => Ok(probed),
    }
}

/// Notes the overhead in `measurement`, and what it makes doubtful.
pub(super) fn conclude(
    measurement: &mut Measurement,
    before: Result<Measurement, String>,
    after: Result<Measurement, String>,
) {
    let (before, after) = match (before, after) {
        (Ok(before), Ok(after)) => (before, after),
        // After a cancelled run there is no looking back.
        (Ok(before), Err(_)) if measurement.cancelled => (before.clone(), before),
        (Err(reason), _) | (_, Err(reason)) => {
            if !measurement.cancelled {
                measurement.warnings.push(Warning::OverheadUnknown { reason });
            }
            return;
        }
    };
    let samples = [before.samples.as_slice(), after.samples.as_slice()].concat();
    let Ok(both) = Measurement::from_samples(before.plan, Vec::new(), samples) else { return };
    let overhead = Overhead {
        calls: both.samples.len() as u64,
        median: both.percentile(50.0),
        p95: both.percentile(95.0),
        before: before.percentile(50.0),
        after: after.percentile(50.0),
    };
    measurement.overhead = Some(overhead);
    if !measurement.samples.is_empty() {
        let doubts = doubts(&overhead, measurement.percentile(50.0), pace::clock_step());
        measurement.warnings.extend(doubts);
    }
}

/// What the overhead makes doubtful about a measured median.
fn doubts(overhead: &Overhead, measured: Duration, clock_step: Duration) -> Vec<Warning> {
    let mut doubts = Vec::new();
    let matters = |noise: Duration| noise.as_secs_f64() > MATTERS * measured.as_secs_f64();
    let spread = ratio(overhead.p95, overhead.median);
    let (least, most) = (overhead.before.min(overhead.after), overhead.before.max(overhead.after));
    let drift = ratio(most, least);
    let is_uneven = spread > NOISY_SPREAD && matters(overhead.p95.saturating_sub(overhead.median));
    let has_drifted = drift > NOISY_DRIFT && matters(most - least);
    if is_uneven || has_drifted {
        doubts.push(Warning::Noisy { spread, drift });
    }
    if clock_step.as_secs_f64() > COARSE * measured.as_secs_f64() {
        doubts.push(Warning::CoarseTimer { step: clock_step });
    }
    if overhead.median.as_secs_f64() > DOMINATES * measured.as_secs_f64() {
        doubts.push(Warning::OverheadDominates { overhead: overhead.median, measured });
    }
    doubts
}

fn ratio(larger: Duration, smaller: Duration) -> f64 {
    larger.as_secs_f64() / smaller.as_secs_f64().max(1e-9)
}
