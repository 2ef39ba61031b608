//! Charts of measured latencies: every invocation as a dot, and how they are distributed.
//!
//! A chart copies what it needs from a measurement and reduces it for drawing only: every number
//! it shows comes from all samples. Times are in nanoseconds throughout.

mod chips;
mod dots;
mod flame;
mod frame;
mod histogram;
mod latency;
mod target;
mod units;

pub use flame::{Flame, percent};
pub use histogram::HistogramChart;
pub use latency::LatencyChart;
pub use units::{count_text, latency_text, multiples, round_step};
