//! The parts of function references: scheme, service, function.

use std::collections::BTreeSet;

use super::{Item, ItemKind, Span, rank};
use crate::bundle::assist::{Functions, Question};
use crate::bundle::{Bundle, FunctionRef, Service, names};

/// Most whole references that are offered.
const MAX_WHOLE: usize = 50;

/// What could stand at the caret of the reference at `span`, which lies within its quotation marks, and the
/// bytes that it takes the place of. `own` is the service that refers.
pub(super) fn complete(question: &Question, span: Span, own: &str) -> (Span, Vec<Item>) {
    let text = question.text.get(span.start..span.end).unwrap_or_default();
    let at = question.offset.saturating_sub(span.start).min(text.len());
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before.rfind(':').map_or(0, |colon| colon + 1);
    let end = after.find(':').map_or(text.len(), |colon| at + colon);
    let typed = before.get(start..).unwrap_or_default();
    let segment = Span::new(span.start + start, span.start + end);
    // With the colon behind it, which is put in anew.
    let with_colon = Span::new(segment.start, segment.end + usize::from(end < text.len()));
    let done: Vec<&str> = before.get(..start).unwrap_or_default().split(':').collect();
    match done.as_slice() {
        [_] => {
            let mut items = rank::ranked(schemes(), typed);
            if items.is_empty() || typed.is_empty() {
                items.extend(whole_references(question, own, typed));
            }
            // A whole reference takes the place of all of it.
            let whole = items.iter().any(|item| item.kind == ItemKind::Function);
            (if whole { span } else { with_colon }, items)
        }
        ["wasm", _] => (with_colon, rank::ranked(services(question.bundle, own), typed)),
        ["func", _] => (segment, rank::ranked(platform_functions(question, segment), typed)),
        ["wasm", service, _] => {
            let items = functions(question.bundle, question.functions, service);
            (segment, rank::ranked(items, typed))
        }
        _ => (segment, Vec::new()),
    }
}

fn schemes() -> Vec<Item> {
    vec![
        Item::new("wasm:", ItemKind::Value)
            .with_detail("a function of a module")
            .with_documentation("wasm:<service>:<function>")
            .going_on(),
        Item::new("func:", ItemKind::Value)
            .with_detail("a function of the platform")
            .with_documentation("func:<function>. The workbench cannot run it.")
            .going_on(),
    ]
}

/// The services, the one that refers first.
fn services(bundle: &Bundle, own: &str) -> Vec<Item> {
    let mut services: Vec<&Service> = bundle.services.iter().filter(|s| is_part(&s.name.value)).collect();
    services.sort_by_key(|service| service.name.value != own);
    let mut seen = BTreeSet::new();
    services.retain(|service| seen.insert(service.name.value.as_str()));
    let detail = |service: &Service| match bundle.module_of(&service.name.value) {
        Some(module) => module.file.clone(),
        None => "has no module".to_owned(),
    };
    services
        .into_iter()
        .map(|service| {
            let name = &service.name.value;
            let item = Item::new(name.as_str(), ItemKind::Service).with_detail(detail(service));
            let item = item.with_documentation(service.description.clone().unwrap_or_default());
            item.inserting(format!("{name}:")).going_on()
        })
        .collect()
}

/// Whether `name` can stand between the colons of a reference.
fn is_part(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == ':')
}

/// A function of a service's module as a reference writes it, with its signature.
struct Callable {
    name: String,
    signature: String,
}

/// The functions of a service's module, each once: as loading it told, then as its exports tell.
fn callables(bundle: &Bundle, functions: &Functions, service: &str) -> Vec<Callable> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let inspection = bundle.module_of(service).and_then(|module| module.inspection.as_ref().ok());
    let known = functions.get(service).map_or(&[][..], Vec::as_slice);
    for function in known {
        if is_part(&function.name) && seen.insert(names::snake_case(&function.name)) {
            found.push(Callable { name: written(&function.name), signature: function.signature.clone() });
        }
    }
    for export in inspection.into_iter().flat_map(|inspection| inspection.callable_functions()) {
        if is_part(&export.name) && seen.insert(names::snake_case(&export.name)) {
            found.push(Callable { name: written(&export.name), signature: export.kind.to_string() });
        }
    }
    found
}

/// References are written in camelCase by custom, exports of Rust and C++ often in snake_case.
fn written(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_plain && !name.starts_with('_') && name.contains(['_', '-']) {
        names::camel_case(name)
    } else {
        name.to_owned()
    }
}

fn functions(bundle: &Bundle, functions: &Functions, service: &str) -> Vec<Item> {
    let item = |callable: Callable| Item::new(callable.name, ItemKind::Function).with_detail(callable.signature);
    callables(bundle, functions, service).into_iter().map(item).collect()
}

/// The functions of the service's module that nothing in the bundle refers to.
pub(super) fn unused_functions(bundle: &Bundle, functions: &Functions, service: &str) -> Vec<String> {
    let references = bundle.services.iter().flat_map(Service::references);
    let used: BTreeSet<String> = references
        .filter_map(|reference| match &reference.value {
            FunctionRef::Wasm { service: of, function } if of == service => Some(names::snake_case(function)),
            _ => None,
        })
        .collect();
    let all = callables(bundle, functions, service).into_iter().map(|callable| callable.name);
    all.filter(|name| !used.contains(&names::snake_case(name))).collect()
}

/// Whole references whose function fits what was typed, those of the own service first.
fn whole_references(question: &Question, own: &str, typed: &str) -> Vec<Item> {
    let services = services(question.bundle, own).into_iter().map(|item| item.label);
    let whole = services.flat_map(|service| {
        let callables = callables(question.bundle, question.functions, &service);
        callables.into_iter().map(move |callable| {
            let item = Item::new(callable.name.clone(), ItemKind::Function).with_detail(service.clone());
            item.inserting(format!("wasm:{service}:{}", callable.name)).with_documentation(callable.signature)
        })
    });
    let mut items = rank::ranked(whole.collect(), typed);
    items.truncate(MAX_WHOLE);
    items
}

/// The functions of the platform that the bundle refers to elsewhere.
fn platform_functions(question: &Question, here: Span) -> Vec<Item> {
    let mut all = BTreeSet::new();
    for service in &question.bundle.services {
        let references = service.references().filter(|reference| {
            // What is being typed is no proposal.
            service.file != question.file || reference.span.end < here.start || reference.span.start > here.end
        });
        all.extend(references.filter_map(|reference| match &reference.value {
            FunctionRef::Platform { function } => Some(function.as_str()),
            FunctionRef::Wasm { .. } => None,
        }));
    }
    all.into_iter().map(|name| Item::new(name, ItemKind::Function).with_detail("of the platform")).collect()
}
