//! The functions of a bundle that can be run: all that its endpoints and intents refer to, and all
//! that its modules export. Plain data drawn from a bundle that was read.

use std::collections::BTreeSet;

use crate::bundle::assist::{Functions, KnownFunction};
use crate::bundle::{Bundle, FunctionLimits, FunctionRef, Module, Service, Settings, names};
use crate::platform::Examined;

use super::text;

/// A function of a service's module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionKey {
    /// The service whose module holds the function.
    pub service: String,
    /// The function's name, as the YAML writes it where it does, else as the module exports it.
    pub function: String,
}

impl FunctionKey {
    /// The reference as YAML writes it.
    pub fn reference(&self) -> String {
        format!("wasm:{}:{}", self.service, self.function)
    }

    /// Whether both name the same function, in whatever spelling.
    pub fn is_same(&self, other: &Self) -> bool {
        self.service == other.service && names::same_function(&self.function, &other.function)
    }
}

/// A function that the user may pick, with who refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callable {
    /// Which function.
    pub key: FunctionKey,
    /// What refers to it: `POST /api/v1/users/`, `sensor userCreated`.
    pub referred_by: Vec<String>,
    /// Why it cannot be run, where it cannot.
    pub obstacle: Option<String>,
    /// The limits that the bundle's settings note for it.
    pub limits: Option<FunctionLimits>,
}

/// Adds the limits that the bundle's settings note for functions.
pub fn add_limits(callables: &mut [Callable], settings: &Settings) {
    for callable in callables {
        let choices = settings.modules.get(&callable.key.service);
        callable.limits = choices.and_then(|choices| choices.limits(&callable.key.function)).cloned();
    }
}

/// All callable functions: first those that are referred to, in the order of the YAML, then the
/// other exports in the order of the modules.
pub fn collect(bundle: &Bundle, examined: &[Examined]) -> Vec<Callable> {
    let mut found = Vec::new();
    for service in &bundle.services {
        for endpoint in &service.endpoints {
            if let Some(to) = &endpoint.to {
                refer(&mut found, bundle, &to.value, route(service, endpoint));
            }
        }
        for intent in &service.intents {
            if let Some(to) = &intent.to_func {
                let by = intent.when_sensor.as_ref().map_or(&intent.name.value, |sensor| &sensor.value);
                refer(&mut found, bundle, &to.value, format!("sensor {by}"));
            }
        }
    }
    for module in &bundle.modules {
        for function in functions(module, examined) {
            let key = FunctionKey { service: module.service.clone(), function };
            if !found.iter().any(|callable: &Callable| callable.key.is_same(&key)) {
                found.push(Callable { key, referred_by: Vec::new(), obstacle: None, limits: None });
            }
        }
    }
    found
}

/// The functions of a module: those that loading it found, or else those that its exports promise.
pub fn functions(module: &Module, examined: &[Examined]) -> Vec<String> {
    let found = examined.iter().find(|examined| examined.file == module.file);
    match found.map(|found| &found.result) {
        Some(Ok(functions)) => functions.callable.clone(),
        _ => {
            let exports = module.inspection.iter().flat_map(|inspection| inspection.callable_functions());
            exports.map(|export| export.name.clone()).collect()
        }
    }
}

/// The functions of each service's module, for the editor's proposals and explanations.
pub fn by_service(bundle: &Bundle, examined: &[Examined]) -> Functions {
    let of_module = |module: &Module| {
        let found = examined.iter().find(|examined| examined.file == module.file);
        let convention = found.and_then(|found| found.result.as_ref().ok()).map(|found| found.convention.clone());
        // The name alone: what it was recognised by is said where the module is.
        let signature = convention.as_deref().and_then(|words| words.split(": ").next()).unwrap_or_default().to_owned();
        let known = |name| KnownFunction { name, signature: signature.clone() };
        (module.service.clone(), functions(module, examined).into_iter().map(known).collect())
    };
    bundle.modules.iter().map(of_module).collect()
}

fn refer(found: &mut Vec<Callable>, bundle: &Bundle, to: &FunctionRef, by: String) {
    let FunctionRef::Wasm { service, function } = to else { return };
    let key = FunctionKey { service: service.clone(), function: function.clone() };
    if let Some(known) = found.iter_mut().find(|callable| callable.key.is_same(&key)) {
        known.referred_by.push(by);
    } else {
        let obstacle = obstacle(bundle, &key);
        found.push(Callable { key, referred_by: vec![by], obstacle, limits: None });
    }
}

/// Why the function cannot be run.
fn obstacle(bundle: &Bundle, key: &FunctionKey) -> Option<String> {
    let Some(module) = bundle.module_of(&key.service) else {
        return Some(format!("There is no module wasm/{}.wasm", key.service));
    };
    match &module.inspection {
        Err(reason) => Some(format!("{}: {reason}", module.file)),
        Ok(inspection) if inspection.functions_are_known() && inspection.find_function(&key.function).is_none() => {
            Some(format!("{} exports no function {}", module.file, key.function))
        }
        Ok(_) => None,
    }
}

/// How many different functions of modules a service's endpoints and intents refer to.
pub fn referred_functions(service: &Service) -> usize {
    let endpoints = service.endpoints.iter().filter_map(|endpoint| endpoint.to.as_ref());
    let intents = service.intents.iter().filter_map(|intent| intent.to_func.as_ref());
    let functions: BTreeSet<(&str, String)> = endpoints
        .chain(intents)
        .filter_map(|to| match &to.value {
            FunctionRef::Wasm { service, function } => Some((service.as_str(), names::snake_case(function))),
            FunctionRef::Platform { .. } => None,
        })
        .collect();
    functions.len()
}

/// An endpoint's method and whole path: `POST /api/v1/users/`.
pub fn route(service: &Service, endpoint: &crate::bundle::Endpoint) -> String {
    let method = endpoint.method.as_ref().map_or("?", |method| method.value.as_str());
    let base = service.base_path.as_ref().map_or("", |base| base.value.as_str()).trim_end_matches('/');
    let path = endpoint.path.as_ref().map_or("", |path| path.value.as_str());
    let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
    text::one_line(&format!("{method} {base}{slash}{path}"))
}
