//! References to functions: the service, its module and the export must exist.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Whole;
use crate::bundle::{Bundle, Code, Diagnostic, Export, Fix, FunctionRef, Module, Service, Span, Spanned, names};

/// Most broken references that are reported.
const MAX_REPORTED: usize = 1000;

/// The functions of each module in their one spelling, looked up once.
#[derive(Default)]
struct Functions<'a>(HashMap<&'a str, HashSet<String>>);

impl<'a> Functions<'a> {
    fn has(&mut self, module: &'a Module, function: &str) -> bool {
        let names = self.0.entry(&module.file).or_insert_with(|| {
            let functions = module.inspection.iter().flat_map(|inspection| inspection.callable_functions());
            functions.flat_map(Export::names).map(names::snake_case).collect()
        });
        names.contains(&names::snake_case(function))
    }
}

/// Reports references to services, modules and functions that are not there.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    // A missing module is one problem, however many references need it.
    let mut missing = BTreeSet::new();
    let mut functions = Functions::default();
    let most = out.len() + MAX_REPORTED;
    for service in &whole.bundle.services {
        for reference in service.references() {
            let FunctionRef::Wasm { service: target, function } = &reference.value else { continue };
            if out.len() >= most {
                let message = format!("more than {MAX_REPORTED} references are broken; the rest is not listed");
                out.push(Diagnostic::new(Code::TooManyProblems, service.file.as_str(), message));
                return;
            }
            if whole.bundle.service(target).is_none() {
                if whole.all_services_known {
                    out.push(unknown_service(whole, service, reference, target));
                }
                continue;
            }
            match whole.bundle.module_of(target) {
                None if missing.insert(target.as_str()) => {
                    out.push(missing_module(whole, service, reference, target));
                }
                None => {}
                Some(module) if functions.has(module, function) => {}
                Some(module) => out.extend(unknown_function(whole, service, reference, module, function)),
            }
        }
    }
}

fn unknown_service(whole: &Whole, from: &Service, reference: &Spanned<FunctionRef>, target: &str) -> Diagnostic {
    let span = part(whole, from, reference.span, target, ":");
    let all = whole.bundle.services.iter().map(|service| service.name.value.as_str());
    // A service whose own name cannot be written in a reference is no remedy.
    let near = names::nearest(target, all.clone().filter(|name| FunctionRef::parse(&format!("wasm:{name}:f")).is_ok()));
    let message = format!("the bundle has no service `{}`", names::shown(target));
    let diagnostic = whole.at(Code::ServiceUnknown, &from.file, span, message);
    match near.first() {
        Some(near) if span != reference.span => diagnostic
            .with_help(format!("did you mean `{}`?", names::shown(near)))
            .with_fix(Fix::new(format!("Change to {near}"), span, *near)),
        _ => diagnostic.with_help(format!("its services are {}", list(all))),
    }
}

fn missing_module(whole: &Whole, from: &Service, reference: &Spanned<FunctionRef>, target: &str) -> Diagnostic {
    let stem = whole.bundle.service(target).map_or(target, |service| crate::bundle::service::stem(&service.file));
    let message = format!("the module wasm/{stem}.wasm does not exist");
    let help = match similar_module(whole.bundle, stem) {
        Some(file) => format!("rename {file}, or build the module again under that name"),
        None => format!("build the module of {} and copy it there", names::shown(target)),
    };
    whole.at(Code::ModuleMissing, &from.file, reference.span, message).with_help(help)
}

/// A module that belongs to no service and whose name is much like `stem`.
fn similar_module<'a>(bundle: &'a Bundle, stem: &str) -> Option<&'a str> {
    let orphans = bundle.modules.iter().filter(|module| bundle.service(&module.service).is_none());
    let mut similar =
        orphans.filter(|module| super::modules::plain_name(&module.service) == super::modules::plain_name(stem));
    similar.next().map(|module| module.file.as_str())
}

fn unknown_function(
    whole: &Whole,
    from: &Service,
    reference: &Spanned<FunctionRef>,
    module: &Module,
    function: &str,
) -> Option<Diagnostic> {
    let inspection = module.inspection.as_ref().ok()?;
    if !inspection.functions_are_known() {
        return None;
    }
    let span = part(whole, from, reference.span, function, "");
    let exports: Vec<&str> = inspection.callable_functions().map(|export| export.name.as_str()).collect();
    let near = names::nearest(function, exports.iter().copied());
    let message = format!("{} exports no function `{}`", module.file, names::shown(function));
    let diagnostic = whole.at(Code::FunctionUnknown, &from.file, span, message);
    Some(match near.first() {
        Some(near) => {
            // References are written in camelCase by custom, exports of Rust and C++ often in snake_case.
            let custom = near.contains(['_', '-']) && !function.contains(['_', '-', '#']);
            let name = if custom { names::camel_case(near) } else { (*near).to_owned() };
            let diagnostic = diagnostic.with_help(format!("did you mean `{}`?", names::shown(&name)));
            if span == reference.span {
                diagnostic
            } else {
                diagnostic.with_fix(Fix::new(format!("Change to {name}"), span, name))
            }
        }
        None if exports.is_empty() => diagnostic.with_help("it exports no functions to refer to"),
        None => diagnostic.with_help(format!("it exports {}", list(exports.into_iter()))),
    })
}

/// Where `part`, which comes after a colon and before `after`, stands within a reference. The whole
/// reference where its text is not written literally.
fn part(whole: &Whole, from: &Service, span: Span, part: &str, after: &str) -> Span {
    let Some(source) = whole.sources.get(&from.file) else { return span };
    let found = source.part(span, &format!(":{part}{after}"));
    if found == span { span } else { Span::new(found.start + 1, found.end - after.len()) }
}

/// Names for a message, at most eight of them.
pub(super) fn list<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = all.map(names::shown).collect();
    let more = all.len().saturating_sub(8);
    let shown = all.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
