//! Which functions a bundle's goals speak of, and with which inputs they are measured.

use std::collections::BTreeMap;

use crate::bundle::names::snake_case;
use crate::bundle::{Bundle, FunctionRef, Service, cases};

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
    /// The input it is called with.
    pub input: StartingInput,
}

/// An input to begin with, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartingInput {
    /// JSON text.
    pub json: String,
    /// Where it comes from, in words for the user: `saved case "ada"`.
    pub origin: String,
}

/// The functions to measure for each service with goals: all that its endpoints and intents refer to,
/// each once, in the order of the file. Functions of the platform are left out: they cannot run here.
pub fn goal_runs(bundle: &Bundle) -> Vec<GoalRun> {
    bundle
        .services
        .iter()
        .filter(|service| !service.goals.is_empty())
        .flat_map(|service| service_runs(bundle, service))
        .collect()
}

fn service_runs(bundle: &Bundle, service: &Service) -> Vec<GoalRun> {
    let endpoints =
        service.endpoints.iter().map(|endpoint| (format!("endpoint {}", endpoint.name.value), endpoint.to.as_ref()));
    let intents =
        service.intents.iter().map(|intent| (format!("intent {}", intent.name.value), intent.to_func.as_ref()));
    let mut runs: Vec<GoalRun> = Vec::new();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (referrer, reference) in endpoints.chain(intents) {
        let Some(FunctionRef::Wasm { service: module, function }) = reference.map(|reference| &reference.value) else {
            continue;
        };
        let key = (module.clone(), snake_case(function));
        if let Some(run) = seen.get(&key).and_then(|at| runs.get_mut(*at)) {
            run.referred_by.push(referrer);
            continue;
        }
        seen.insert(key, runs.len());
        runs.push(GoalRun {
            service: service.name.value.clone(),
            module: module.clone(),
            function: function.clone(),
            referred_by: vec![referrer],
            input: starting_input(bundle, module, function),
        });
    }
    runs
}

/// An input for `function` of `module`'s module: the first saved case that expects an answer, else the
/// first saved case, else an empty object.
pub fn starting_input(bundle: &Bundle, module: &str, function: &str) -> StartingInput {
    let cases = cases::cases_of(&bundle.root, module, function);
    let case = cases.iter().find(|case| !case.expects_error()).or(cases.first());
    match case {
        Some(case) => StartingInput {
            json: serde_json::to_string_pretty(&case.input).unwrap_or_else(|_| "{}".into()),
            origin: format!("saved case \u{201c}{}\u{201d}", case.name),
        },
        None => StartingInput { json: "{}".into(), origin: "no saved case, so an empty object".into() },
    }
}
