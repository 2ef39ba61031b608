//! Calling a function many times and judging goals by what was measured.
//!
//! Knows programs and goals, no window and no files.

pub mod judge;
pub mod plan;
pub mod run;

pub use judge::{Verdict, judge};
pub use plan::{GoalRun, StartingInput, goal_runs, starting_input};
pub use run::{Failure, Instances, LoadPlan, Measurement, Progress, RunError, Sample, Subject, overhead, run};
