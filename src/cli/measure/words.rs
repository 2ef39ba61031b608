//! The words for plans, goals and comparisons that all reports share.

use std::time::Duration;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Goal, printable_line};
use crate::measure::{Arrivals, Comparison, Extent, LoadPlan, Model};

/// `1000 calls, closed, 1 worker, cold`.
pub fn plan(plan: &LoadPlan) -> String {
    let extent = match plan.extent {
        Extent::Calls(1) => "1 call".to_owned(),
        Extent::Calls(calls) => format!("{calls} calls"),
        Extent::For(length) => time(length),
    };
    format!("{extent}, {}, {}", model(plan.model), plan.instances.word())
}

/// `closed, 1 worker`, `open, Poisson 200 /s, up to 64 workers`.
pub fn model(model: Model) -> String {
    let workers = match model.workers() {
        1 => "1 worker".to_owned(),
        workers => format!("{workers} workers"),
    };
    match model {
        Model::Closed { .. } => format!("closed, {workers}"),
        Model::Open { rate, arrivals, .. } => {
            let arrivals = if arrivals == Arrivals::Poisson { "Poisson " } else { "" };
            format!("open, {arrivals}{}, up to {workers}", formatted(rate, Dimension::Rate))
        }
    }
}

/// A time as people read it.
pub fn time(duration: Duration) -> String {
    formatted(duration.as_secs_f64(), Dimension::Time)
}

/// Nanoseconds as people read them.
pub fn nanos(nanos: f64) -> String {
    formatted(nanos / 1e9, Dimension::Time)
}

/// A change in nanoseconds with its sign, as people read it.
fn signed_nanos(change: f64) -> String {
    format!("{}{}", if change < 0.0 { '-' } else { '+' }, nanos(change.abs()))
}

/// A change in percent with its sign.
pub fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

/// `responseTime (latency < 50ms)`.
pub fn goal(goal: &Goal) -> String {
    let metric = goal.metric.as_ref().map_or_else(|| "?".to_owned(), |metric| metric.value.to_string());
    let target = goal.target.as_ref().map_or_else(|| "?".to_owned(), |target| target.value.to_string());
    printable_line(&format!("{} ({metric} {target})", goal.name.value), 200)
}

/// The lines below a comparison's verdict: its reason, the percentiles, and what else belongs to it.
pub fn comparison(comparison: &Comparison) -> Vec<String> {
    let mut lines = vec![comparison.reason()];
    for difference in &comparison.percentiles {
        let interval = match difference.interval {
            Some((low, high)) => format!("99 % interval {} to {}", signed_nanos(low), signed_nanos(high)),
            None => "too few calls beyond it for an interval".into(),
        };
        lines.push(format!(
            "p{}  {} to {}  {}  ({interval})",
            difference.percent,
            nanos(difference.before),
            nanos(difference.after),
            signed(difference.relative()),
        ));
    }
    lines.push(format!(
        "{} and {} answered calls; a call takes longer than one before in {:.1} % of all pairs",
        comparison.calls.0,
        comparison.calls.1,
        comparison.superiority * 100.0
    ));
    lines.extend(comparison.notes.iter().cloned());
    lines
}
