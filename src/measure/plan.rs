//! Which functions a bundle's goals speak of, and with which inputs they are measured.

use crate::bundle::Bundle;

/// One function that one service's goals are measured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalRun {
    /// The service whose goals these are.
    pub service: String,
    /// The service whose module holds the function.
    pub module: String,
    /// The function as written in the YAML.
    pub function: String,
    /// What refers to it: `endpoint createUser`, `intent validateUser`.
    pub referred_by: Vec<String>,
    /// The input, JSON text.
    pub input: String,
    /// Where the input comes from, in words for the user.
    pub input_origin: String,
}

/// The functions to measure for each service with goals: all that its endpoints and intents refer to.
pub fn goal_runs(bundle: &Bundle) -> Vec<GoalRun> {
    let _ = bundle;
    todo!()
}
