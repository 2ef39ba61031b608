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

use std::collections::BTreeMap;

use super::{Bundle, Code, Diagnostic, Source, Span};

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
    services::check(whole, out);
    routes::check(whole, out);
    references::check(whole, out);
    sensors::check(whole, out);
    intents::check(whole, out);
    modules::check(whole, out);
}
