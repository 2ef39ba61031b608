//! The checks that look at more than one file: names, references, routes and modules.

pub(super) mod characters;
mod components;
mod intents;
mod modules;
pub(super) mod paths;
mod references;
pub(super) mod routes;
mod sensors;
mod services;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Bundle, Code, Diagnostic, Module, Service, Source, Span};

/// A bundle with the texts that diagnostics point into.
pub(super) struct Whole<'a> {
    pub bundle: &'a Bundle,
    /// The texts by file.
    pub sources: &'a BTreeMap<String, Arc<Source>>,
    /// Whether all services are known: otherwise an unknown one may just be unreadable.
    pub all_services_known: bool,
    services: HashMap<&'a str, &'a Service>,
    modules: HashMap<&'a str, &'a Module>,
}

impl<'a> Whole<'a> {
    /// Looks names up once, so that the checks need not search for each reference.
    pub fn new(bundle: &'a Bundle, sources: &'a BTreeMap<String, Arc<Source>>, all_services_known: bool) -> Self {
        let (mut services, mut modules) = (HashMap::new(), HashMap::new());
        for service in &bundle.services {
            services.entry(service.name.value.as_str()).or_insert(service);
        }
        for module in &bundle.modules {
            modules.entry(module.service.as_str()).or_insert(module);
        }
        Self { bundle, sources, all_services_known, services, modules }
    }

    /// The service of this name.
    fn service(&self, name: &str) -> Option<&'a Service> {
        self.services.get(name).copied()
    }

    /// The module of the service of this name.
    fn module_of(&self, service: &str) -> Option<&'a Module> {
        self.modules.get(service).copied()
    }

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
    services::check(whole, out);
    routes::check(whole, out);
    references::check(whole, out);
    sensors::check(whole, out);
    intents::check(whole, out);
    modules::check(whole, out);
}
