//! The checks that look at more than one file: names, references, routes and modules.

pub(super) mod characters;
mod components;
mod intents;
mod modules;
pub(super) mod paths;
mod references;
mod routes;
mod sensors;

use std::collections::BTreeMap;

use super::{Bundle, Code, Diagnostic, Fix, Service, Source, Span, mend, names, yaml};

/// A bundle with the texts that diagnostics point into.
pub(super) struct Whole<'a> {
    pub bundle: &'a Bundle,
    /// The texts by file.
    pub sources: &'a BTreeMap<String, std::sync::Arc<Source>>,
    /// Whether all services are known: otherwise an unknown one may just be unreadable.
    pub all_services_known: bool,
}

impl Whole<'_> {
    /// A problem at a place of `file`.
    fn at(&self, code: Code, file: &str, span: Span, message: impl Into<String>) -> Diagnostic {
        match self.sources.get(file) {
            Some(source) => Diagnostic::at(code, source, span, message),
            None => Diagnostic::new(code, file, message),
        }
    }

    /// `file:line` of a place, for messages that point at another one.
    fn place(&self, file: &str, span: Span) -> String {
        match self.sources.get(file) {
            Some(source) => format!("{file}:{}", source.position(span.start).line),
            None => file.to_owned(),
        }
    }
}

/// Runs all checks that need the whole bundle.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    duplicate_services(whole, out);
    similar_services(whole, out);
    routes::check(whole, out);
    references::check(whole, out);
    sensors::check(whole, out);
    intents::check(whole, out);
    modules::check(whole, out);
}

fn duplicate_services(whole: &Whole, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for service in &whole.bundle.services {
        let name = &service.name;
        match seen.get(name.value.as_str()) {
            Some((file, span)) => {
                let message = format!("a second service is named `{}`", names::shown(&name.value));
                let help = format!("the first one is {}; rename one of them", whole.place(file, *span));
                let free = mend::free_name(&name.value, |name| whole.bundle.service(name).is_some());
                let mut diagnostic = whole.at(Code::DuplicateName, &service.file, name.span, message).with_help(help);
                // The file's own name is the likelier one, where it is free.
                let stem = super::service::stem(&service.file);
                let by_file = Some(stem.to_owned()).filter(|stem| whole.bundle.service(stem).is_none());
                diagnostic.fixes.extend(by_file.into_iter().chain([free]).map(|free| {
                    Fix::new(format!("Rename to {}", names::shown(&free)), name.span, yaml::quoted_if_needed(&free))
                }));
                out.push(diagnostic);
            }
            None => {
                seen.insert(&name.value, (&service.file, name.span));
            }
        }
    }
}

/// Reports services whose names differ in their spelling only.
fn similar_services(whole: &Whole, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &Service> = BTreeMap::new();
    for service in &whole.bundle.services {
        let plain: String =
            service.name.value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        match seen.get(&plain) {
            Some(first) if first.name.value != service.name.value => {
                let (name, other) = (names::shown(&service.name.value), names::shown(&first.name.value));
                let message =
                    format!("`{name}` and `{other}` are two services whose names differ in their spelling only");
                let place = whole.place(&first.file, first.name.span);
                let help = format!("{other} stands at {place}; rename one of them");
                out.push(whole.at(Code::NameSimilar, &service.file, service.name.span, message).with_help(help));
            }
            Some(_) => {}
            None => _ = seen.insert(plain, service),
        }
    }
}
