//! Calling a function many times and judging goals by what was measured.

pub mod judge;
pub mod plan;
pub mod run;

pub use judge::{Verdict, judge};
pub use plan::{GoalRun, goal_runs};
pub use run::{Failure, LoadPlan, Measurement, Progress, Sample, run};
