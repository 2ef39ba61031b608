//! Calling a function many times and judging goals by what was measured.
//!
//! Knows programs, requests and goals, and no window. Only [`runs`] knows files: those of kept runs.

pub mod callee;
pub mod compare;
mod distributions;
pub mod endpoint;
pub mod headroom;
mod http;
pub mod judge;
pub mod load;
pub mod measurement;
pub mod overhead;
mod pace;
pub mod plan;
pub mod run;
pub mod runs;
pub mod schedule;
pub mod speedscope;
pub mod statistics;
pub mod warning;

pub use callee::{Called, Callee, Caller, Function};
pub use compare::{Change, Comparison, Incomparable};
pub use endpoint::{Endpoint, Served};
pub use headroom::{Headroom, HeadroomError, Needy, headroom};
pub use judge::{Finding, Statistic, Verdict, judge, judge_in};
pub use load::{Arrivals, DEFAULT_CALLS, Extent, Instances, InvalidPlan, LoadPlan, MAX_CALLS, Model};
pub use measurement::{Bucket, Failure, Means, Measurement, Overhead, RunError, Sample};
pub use plan::{GoalRun, goal_runs, mixed_inputs, origin_of};
pub use run::{Phase, Progress, run};
pub use runs::{KeptRun, RunHead, Runs};
pub use speedscope::speedscope;
pub use warning::Warning;

pub use crate::platform::{StartingInput, starting_input};
