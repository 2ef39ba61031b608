//! Calling a function many times and judging goals by what was measured.
//!
//! Knows programs and goals, no window and no files.

pub mod judge;
pub mod plan;
pub mod run;
pub mod speedscope;

pub use judge::{Verdict, judge};
pub use plan::{GoalRun, StartingInput, goal_runs, starting_input};
pub use speedscope::speedscope;
pub use run::{Failure, Instances, LoadPlan, Measurement, Progress, RunError, Sample, Subject, overhead, run};
