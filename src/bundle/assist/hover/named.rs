//! What is said of services, functions and sensors.

use super::{Hover, Question, Span, fact};
use crate::bundle::assist::Subject;
use crate::bundle::assist::uses::{means, referrers};
use crate::bundle::target::formatted;
use crate::bundle::{Bundle, Dimension, FunctionRef, Module, Service, names};

/// Most places that are named one by one.
const MAX_PLACES: usize = 6;

type Facts = Vec<(String, String)>;

/// What is said of `subject`, whose name stands at `span`.
pub(super) fn of(question: &Question, subject: Subject, span: Span) -> Hover {
    let bundle = question.bundle;
    let (title, facts, documentation) = match &subject {
        Subject::Service(name) => of_service(bundle, name, bundle.service(name)),
        Subject::ServiceFile(file) => {
            let service = bundle.services.iter().find(|service| service.file == *file);
            let name = service.map_or(file, |service| &service.name.value);
            of_service(bundle, name, service)
        }
        Subject::Function { service, function } => of_function(question, service, function),
        Subject::PlatformFunction(function) => {
            let mut facts = Facts::new();
            let is_same =
                |to: &FunctionRef| matches!(to, FunctionRef::Platform { function: named } if named == function);
            places(&mut facts, "Used by", used_by(bundle, is_same));
            let documentation = "A function of the platform itself. The workbench cannot run it.".to_owned();
            (format!("func:{function}"), facts, documentation)
        }
        Subject::Sensor(name) => of_sensor(bundle, name),
    };
    let title = crate::bundle::printable_line(&title, 200);
    Hover { span, title, facts, documentation, subject: Some(subject) }
}

fn of_service(bundle: &Bundle, name: &str, service: Option<&Service>) -> (String, Facts, String) {
    let Some(service) = service else {
        return (name.to_owned(), Facts::new(), "The bundle has no such service.".into());
    };
    let name = &service.name.value;
    let mut facts = vec![fact("File", service.file.as_str())];
    match bundle.module_of(name) {
        Some(module) => module_facts(&mut facts, module),
        None => facts.push(fact("Module", "none")),
    }
    let counts =
        [("Endpoints", service.endpoints.len()), ("Intents", service.intents.len()), ("Goals", service.goals.len())];
    facts.extend(counts.into_iter().map(|(what, count)| fact(what, count.to_string())));
    let refers = |to: &FunctionRef| matches!(to, FunctionRef::Wasm { service, .. } if service == name);
    let others = bundle.services.iter().filter(|other| other.name.value != *name);
    let others = others.filter(|other| other.references().any(|to| refers(&to.value)));
    places(&mut facts, "Used by", others.map(|other| names::shown(&other.name.value)).collect());
    (name.clone(), facts, service.description.clone().unwrap_or_default())
}

fn module_facts(facts: &mut Facts, module: &Module) {
    facts.push(fact("Module", module.file.as_str()));
    if let Ok(inspection) = &module.inspection {
        facts.push(fact("Toolchain", inspection.toolchain().to_string()));
    }
    facts.push(fact("Size", formatted(module.size as f64, Dimension::Bytes)));
}

fn of_function(question: &Question, service: &str, function: &str) -> (String, Facts, String) {
    let bundle = question.bundle;
    let title = format!("wasm:{service}:{function}");
    let mut facts = Facts::new();
    let mut documentation = String::new();
    match bundle.module_of(service) {
        None if bundle.service(service).is_none() => {
            documentation = format!("The bundle has no service {}.", names::shown(service));
        }
        None => documentation = format!("The service {} has no module.", names::shown(service)),
        Some(module) => {
            signature_facts(question, module, function, &mut facts, &mut documentation);
            module_facts(&mut facts, module);
        }
    }
    places(&mut facts, "Used by", used_by(bundle, means(service, function)));
    (title, facts, documentation)
}

/// Under which name the module exports the function, and how it is called.
fn signature_facts(
    question: &Question,
    module: &Module,
    function: &str,
    facts: &mut Facts,
    documentation: &mut String,
) {
    let known = question.functions.get(&module.service).into_iter().flatten();
    let known = known.clone().find(|known| known.name == function).or_else(|| {
        let mut known = known;
        known.find(|known| names::same_function(&known.name, function))
    });
    let inspection = match &module.inspection {
        Ok(inspection) => inspection,
        Err(reason) => {
            *documentation = format!("The module cannot be read: {reason}");
            return;
        }
    };
    match (inspection.find_function(function), known) {
        (Some(export), _) => {
            facts.push(fact("Export", export.name.as_str()));
            facts.push(fact("Signature", export.kind.to_string()));
        }
        (None, Some(known)) => facts.push(fact("Registered as", known.name.as_str())),
        (None, None) if !inspection.functions_are_known() => {
            *documentation = "The module's exports do not tell which functions it has; running it does.".into();
        }
        (None, None) => *documentation = "The module exports no such function.".into(),
    }
    if let Some(known) = known.filter(|known| !known.signature.is_empty()) {
        facts.push(fact("Called with", known.signature.as_str()));
    }
}

fn of_sensor(bundle: &Bundle, name: &str) -> (String, Facts, String) {
    let mut facts = Facts::new();
    let mut fired = Vec::new();
    for service in &bundle.services {
        for intent in &service.intents {
            if intent.when_sensor.as_ref().is_some_and(|sensor| sensor.value == name) {
                let to =
                    intent.to_func.as_ref().map_or_else(|| "?".to_owned(), |to| names::shown(&to.value.to_string()));
                let (intent, of) = (names::shown(&intent.name.value), names::shown(&service.name.value));
                fired.push(format!("intent {intent} of {of}: {to}"));
            }
        }
    }
    let documentation = match fired.len() {
        0 => "No intent of the bundle waits for this sensor.".to_owned(),
        1 => "Firing it starts one intent.".to_owned(),
        count => format!("Firing it starts {count} intents."),
    };
    places(&mut facts, "Fires", fired);
    (name.to_owned(), facts, documentation)
}

fn used_by(bundle: &Bundle, is_meant: impl Fn(&FunctionRef) -> bool) -> Vec<String> {
    let all = bundle.services.iter().flat_map(referrers);
    all.filter(|referrer| is_meant(&referrer.to.value)).map(|referrer| referrer.title()).collect()
}

fn places(facts: &mut Facts, what: &str, places: Vec<String>) {
    let more = places.len().saturating_sub(MAX_PLACES);
    facts.extend(places.into_iter().take(MAX_PLACES).map(|place| fact(what, place)));
    if more > 0 {
        facts.push(fact(what, format!("and {more} more")));
    }
}
