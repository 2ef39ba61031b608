//! What makes a measurement less certain than it looks, in words that say what to do.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bundle::target::{Dimension, formatted};

/// A doubt about a measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Warning {
    /// A function that does nothing took unevenly long: something else uses the machine.
    Noisy {
        /// Its 95th percentile over its median.
        spread: f64,
        /// Its median after the run over the one before, or the other way round, whichever is more than 1.
        drift: f64,
    },
    /// Workers were ready to call and had no processor: more wanted to run than the machine can.
    Crowded {
        /// The share of the run, from 0 to 1.
        share: f64,
    },
    /// The clock cannot tell such short times apart.
    CoarseTimer {
        /// The least difference that it shows.
        step: Duration,
    },
    /// The generator itself began calls too late, though a worker was free.
    FellBehind {
        /// How many arrivals it began late.
        calls: u64,
        /// By how much at most.
        most: Duration,
    },
    /// Arrivals never became calls.
    Dropped {
        /// How many.
        calls: u64,
    },
    /// Most of the measured time is the cost of calling at all.
    OverheadDominates {
        /// The median of a function that does nothing.
        overhead: Duration,
        /// The median of the measured one.
        measured: Duration,
    },
    /// Instances were to be kept, and most calls got fresh ones all the same.
    MostlyFresh {
        /// Calls that found a kept instance.
        kept: u64,
        /// All calls.
        calls: u64,
    },
    /// The cost of calling at all could not be measured.
    OverheadUnknown {
        /// Why.
        reason: String,
    },
    /// A run for a time ended before it, because no more samples can be kept.
    CutShort {
        /// The samples.
        calls: u64,
    },
}

impl fmt::Display for Warning {
    /// What happened and what to do, in one or two sentences without a full stop at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |duration: &Duration| formatted(duration.as_secs_f64(), Dimension::Time);
        match self {
            Self::Noisy { spread, drift } => write!(
                f,
                "The machine was too noisy: a function that does nothing took {spread:.1} times its median at p95, and its median changed {drift:.1} fold during the run. Close other programs and measure again"
            ),
            Self::Crowded { share } => write!(
                f,
                "The machine was too busy: for {} of the run the calls waited for a processor. Close other programs, or ask for fewer workers",
                formatted(*share, Dimension::Share)
            ),
            Self::CoarseTimer { step } => write!(
                f,
                "The clock moves in steps of {}, so that shorter times cannot be told apart. Measure on another machine, or trust only longer times",
                time(step)
            ),
            Self::FellBehind { calls, most } => write!(
                f,
                "The load generator itself began {calls} calls late, by up to {}, which their latencies include. Ask for a lower rate, or close other programs",
                time(most)
            ),
            Self::Dropped { calls } => write!(
                f,
                "{calls} arrivals were never called, because all workers were busy until after the end; they count as failed and as beyond any target. Ask for a lower rate, or for more workers"
            ),
            Self::OverheadDominates { overhead, measured } => write!(
                f,
                "A function that does nothing takes {} by the same means, and this one {}: its own time hardly shows. Give it a larger input, or keep the instance",
                time(overhead),
                time(measured)
            ),
            Self::MostlyFresh { kept, calls } => write!(
                f,
                "Only {kept} of {calls} calls found an instance that was kept: the module's instances serve one call each, or the calls ended in faults. Measure with fresh instances"
            ),
            Self::OverheadUnknown { reason } => {
                write!(f, "The cost of calling at all is not known: {reason}")
            }
            Self::CutShort { calls } => {
                write!(f, "The run ended early, after {calls} calls, the most that are kept. Choose a shorter time")
            }
        }
    }
}
