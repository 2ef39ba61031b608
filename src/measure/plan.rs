//! Which functions a bundle's goals speak of, and with which inputs they are measured.

use std::collections::BTreeMap;

use crate::bundle::names::snake_case;
use crate::bundle::{Bundle, FunctionRef, Service, cases};
use crate::platform::{StartingInput, best_input, starting_input};
use crate::sandbox::{Cancel, Limits, Program};

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
    /// The endpoints that refer to it, by their names.
    pub endpoints: Vec<String>,
    /// The inputs it is called with; never empty.
    pub inputs: Vec<StartingInput>,
}

impl GoalRun {
    /// Lets the function itself say what its input should be, where nothing is known of it.
    pub fn learn_input(&mut self, bundle: &Bundle, program: &Program, limits: &Limits, cancel: &Cancel) {
        if let [input] = self.inputs.as_mut_slice()
            && input.may_be_learned()
        {
            *input = best_input(bundle, (&self.module, &self.function), program, limits, cancel);
        }
    }
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
    let endpoints = service.endpoints.iter().map(|endpoint| {
        let name = &endpoint.name.value;
        (format!("endpoint {name}"), Some(name), endpoint.to.as_ref())
    });
    let intents =
        service.intents.iter().map(|intent| (format!("intent {}", intent.name.value), None, intent.to_func.as_ref()));
    let mut runs: Vec<GoalRun> = Vec::new();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (referrer, endpoint, reference) in endpoints.chain(intents) {
        let Some(FunctionRef::Wasm { service: module, function }) = reference.map(|reference| &reference.value) else {
            continue;
        };
        let key = (module.clone(), snake_case(function));
        if let Some(run) = seen.get(&key).and_then(|at| runs.get_mut(*at)) {
            run.referred_by.push(referrer);
            run.endpoints.extend(endpoint.cloned());
            continue;
        }
        seen.insert(key, runs.len());
        runs.push(GoalRun {
            service: service.name.value.clone(),
            module: module.clone(),
            function: function.clone(),
            referred_by: vec![referrer],
            endpoints: endpoint.cloned().into_iter().collect(),
            inputs: mixed_inputs(bundle, module, function),
        });
    }
    runs
}

/// The inputs that `function` of `module`'s module is measured with: those of all saved cases that expect an answer,
/// else what [`starting_input`] finds.
pub fn mixed_inputs(bundle: &Bundle, module: &str, function: &str) -> Vec<StartingInput> {
    let cases = cases::cases_of(&bundle.root, module, function);
    let mixed: Vec<StartingInput> =
        cases.iter().filter(|case| !case.expects_error()).map(StartingInput::of_case).collect();
    if mixed.is_empty() { vec![starting_input(bundle, module, function)] } else { mixed }
}

/// Where the inputs of a run come from, in words: the one's origin, or how many cases.
pub fn origin_of(inputs: &[StartingInput]) -> String {
    match inputs {
        [] => "no input".into(),
        [only] => only.origin.to_string(),
        several => format!("{} saved cases", several.len()),
    }
}
