//! A goal's verdict on a measurement.

use crate::bundle::Goal;

use super::Measurement;

/// What a measurement says of a goal.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The target is met.
    Met {
        /// The statistic, with its name: `p95 12.3 µs`.
        measured: String,
        /// The measured value in the target's base unit.
        value: f64,
    },
    /// The target is missed.
    Missed {
        /// The statistic, with its name.
        measured: String,
        /// The measured value in the target's base unit.
        value: f64,
    },
    /// Nothing can be said, and why.
    Undecidable {
        /// Why.
        reason: String,
    },
}

/// Judges `goal` by `measurement`; latency by its 95th percentile.
pub fn judge(goal: &Goal, measurement: &Measurement) -> Verdict {
    let _ = (goal, measurement);
    todo!()
}
