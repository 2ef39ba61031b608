//! References to functions: the service, its module and the export must exist.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Whole;
use crate::bundle::{
    Bundle, Code, Diagnostic, Export, Fix, FunctionRef, Module, Service, Span, Spanned, names, service,
};

/// Most broken references that are reported.
const MAX_REPORTED: usize = 1000;

/// The functions of each module by their names, looked up once.
#[derive(Default)]
struct Functions<'a>(HashMap<&'a str, Names<'a>>);

#[derive(Default)]
struct Names<'a> {
    exact: HashSet<&'a str>,
    /// The same in their one spelling.
    alike: HashSet<String>,
}

impl<'a> Functions<'a> {
    fn has(&mut self, module: &'a Module, function: &str) -> bool {
        let names = self.0.entry(&module.file).or_insert_with(|| {
            let functions = module.inspection.iter().flat_map(|inspection| inspection.callable_functions());
            let exact: HashSet<&str> = functions.flat_map(Export::names).collect();
            Names { alike: exact.iter().map(|name| names::snake_case(name)).collect(), exact }
        });
        names.exact.contains(function) || names.alike.contains(&names::snake_case(function))
    }
}

/// Reports references to services, modules and functions that are not there.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    // A missing module is one problem, however many references need it.
    let mut missing = BTreeSet::new();
    let mut functions = Functions::default();
    let most = out.len() + MAX_REPORTED;
    for from in &whole.bundle.services {
        for reference in from.references() {
            let FunctionRef::Wasm { service: target, function } = &reference.value else { continue };
            if out.len() >= most {
                let message = format!("more than {MAX_REPORTED} references are broken; the rest is not listed");
                out.push(Diagnostic::new(Code::TooManyProblems, from.file.as_str(), message));
                return;
            }
            if whole.service(target).is_none() {
                if whole.all_services_known {
                    out.push(unknown_service(whole, from, reference, target, &mut functions));
                }
                continue;
            }
            match whole.module_of(target) {
                None if missing.insert(target.as_str()) => {
                    out.push(missing_module(whole, from, reference, target));
                }
                None => {}
                Some(module) if functions.has(module, function) => {}
                Some(module) => out.extend(unknown_function(whole, from, reference, module, function)),
            }
        }
    }
}

fn unknown_service<'a>(
    whole: &Whole<'a>,
    from: &Service,
    reference: &Spanned<FunctionRef>,
    target: &str,
    functions: &mut Functions<'a>,
) -> Diagnostic {
    let span = part(whole, from, reference.span, target, ":");
    let all = whole.bundle.services.iter().map(|service| service.name.value.as_str());
    // A service whose own name cannot be written in a reference is no remedy.
    let mut near = names::nearest(target, all.clone().filter(|name| service::is_usable_name(name)));
    let mut has =
        |name: &str| whole.module_of(name).is_some_and(|module| functions.has(module, reference.value.function()));
    if near.iter().any(|name| has(name)) {
        near.retain(|name| has(name));
    } else {
        near.truncate(1);
    }
    let message = format!("the bundle has no service `{}`", names::shown(target));
    let diagnostic = whole.at(Code::ServiceUnknown, &from.file, span, message);
    let Some(first) = near.first() else {
        return diagnostic.with_help(format!("its services are {}", list(all)));
    };
    let mut diagnostic = diagnostic.with_help(format!("did you mean `{}`?", names::shown(first)));
    if span != reference.span {
        diagnostic.fixes.extend(near.iter().map(|near| Fix::new(format!("Change to {near}"), span, *near)));
    }
    diagnostic
}

fn missing_module(whole: &Whole, from: &Service, reference: &Spanned<FunctionRef>, target: &str) -> Diagnostic {
    let stem = whole.service(target).map_or(target, |service| service::stem(&service.file));
    let message = format!("the module wasm/{stem}.wasm does not exist");
    let help = match (similar_module(whole.bundle, stem), elsewhere(&whole.bundle.root, stem)) {
        (Some(file), _) => format!("rename {file}, or build the module again under that name"),
        (None, Some(file)) => format!("move {file} there"),
        (None, None) => format!("build the module of {} and copy it there", names::shown(target)),
    };
    whole.at(Code::ModuleMissing, &from.file, reference.span, message).with_help(help)
}

/// A module that lies where builds leave it or people put it, instead of in `wasm/`.
fn elsewhere(root: &std::path::Path, stem: &str) -> Option<String> {
    if !is_file_name(stem) {
        return None;
    }
    let snake = names::snake_case(stem);
    let places = [
        format!("{stem}.wasm"),
        format!("services/{stem}.wasm"),
        format!("{stem}/{stem}.wasm"),
        format!("wasm/{stem}/{stem}.wasm"),
        format!("wasm/{stem}.WASM"),
        format!("pkg/{snake}_bg.wasm"),
        format!("{stem}/pkg/{snake}_bg.wasm"),
        format!("wasm/{stem}/pkg/{snake}_bg.wasm"),
    ];
    places.into_iter().find(|place| root.join(place).is_file())
}

fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !name.starts_with('.')
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
    let other = inspection.exports.iter().find(|export| names::same_function(&export.name, function));
    let message = match other.and_then(|export| export.kind.in_words()) {
        Some(kind) => format!("`{}` of {} is {kind}, not a function", names::shown(function), module.file),
        None => format!("{} exports no function `{}`", module.file, names::shown(function)),
    };
    let diagnostic = whole.at(Code::FunctionUnknown, &from.file, span, message);
    let Some(first) = near.first() else {
        return Some(match exports.is_empty() {
            true => diagnostic.with_help("it exports no functions to refer to"),
            false => diagnostic.with_help(format!("it exports {}", list(exports.into_iter()))),
        });
    };
    let mut diagnostic =
        diagnostic.with_help(format!("did you mean `{}`?", names::shown(&names::as_written(first, function))));
    if span != reference.span {
        let written = near.iter().map(|near| names::as_written(near, function));
        diagnostic.fixes.extend(written.map(|name| Fix::new(format!("Change to {name}"), span, name)));
    }
    Some(diagnostic)
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
