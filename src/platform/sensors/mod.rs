//! Sensors and intents, simulated: WHEN a sensor fires, THEN functions run, and what they return may fire
//! further sensors. Everything happens on a virtual clock that only moves when it is told to; functions
//! are called through the caller, so the same input gives the same trace. Runs nothing by itself.

mod catalog;
pub mod date;
mod emitted;
mod execute;
mod simulator;
mod trace;

pub use catalog::{Sensor, Trigger, other_spellings, sensors};
pub use simulator::{Bounds, Call, Caller, Pending, Schedule, Simulator};
pub use trace::{Attempt, Cause, Execution, Failure, FailureKind, Firing, Node, NodeId, State, Trace, What};
