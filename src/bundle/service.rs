//! Reads a service file into a [`Service`], with everything that can be said by this file alone.

use std::collections::HashMap;

use super::check::paths;
use super::fields::{Fields, Reading};
use super::manifest::check_version;
use super::schema::Scope;
use super::yaml::{Kind, Mapping, Node};
use super::{Code, Endpoint, Fix, FunctionRef, Method, Service, Span, Spanned, mend, names, yaml};

mod goal;
mod intent;
mod suggest;

/// The name of the service file `file` without folder and ending.
pub(super) fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// A service of which nothing is known but its file.
pub(super) fn unread(file: &str) -> Service {
    Service {
        file: file.to_owned(),
        name: Spanned::new(stem(file).to_owned(), Span::default()),
        description: None,
        version: None,
        base_path: None,
        endpoints: Vec::new(),
        intents: Vec::new(),
        goals: Vec::new(),
    }
}

/// Reads the root value of a service file.
pub(super) fn read(reading: &mut Reading, root: &Node) -> Service {
    let mut service = unread(&reading.source.file);
    let Some(mapping) = root.as_mapping() else {
        let message = format!("the service is {}, not a mapping", root.kind_name());
        let help = "begin with `name: ...`";
        reading.push(reading.at(Code::WrongType, root.span, message).with_help(help));
        return service;
    };
    let mut fields = Fields::of_root(mapping, root.span, "the service");
    fields.suggest("name", vec![yaml::quoted_if_needed(stem(&reading.source.file))]);
    if let Some(name) = fields.required_text(reading, "name") {
        check_name(reading, &name);
        service.name = name;
    }
    service.description = fields.description(reading);
    service.version = fields.optional_text(reading, "version");
    check_version(reading, service.version.as_ref());
    if let Some(api) = fields.entry("api") {
        read_api(reading, &api.value, &mut service);
    }
    let intents = fields.list(reading, "intents");
    service.intents = read_entries(reading, intents, Scope::Intent, intent::read);
    let goals = fields.list(reading, "goals");
    service.goals = read_entries(reading, goals, Scope::Goal, goal::read);
    unique(reading, "intent", service.intents.iter().map(|intent| &intent.name));
    unique(reading, "goal", service.goals.iter().map(|goal| &goal.name));
    goal::check_together(reading, &service.goals);
    fields.finish(reading, Scope::Service);
    service
}

/// Whether references can name a service so.
pub(super) fn is_usable_name(name: &str) -> bool {
    !name.chars().any(is_bad_in_a_name)
}

fn is_bad_in_a_name(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, ':' | '/' | '\\')
}

fn check_name(reading: &mut Reading, name: &Spanned<String>) {
    let bad = is_bad_in_a_name;
    if let Some(c) = name.value.chars().find(|c| bad(*c)) {
        let held =
            if c.is_whitespace() { "white space".to_owned() } else { format!("`{}`", names::shown(&c.to_string())) };
        let message = format!("the service's name `{}` holds {held}", names::shown(&name.value));
        let help = "references could not name it: use letters, digits, - and _";
        let mended: String = name.value.trim().chars().map(|c| if bad(c) { '-' } else { c }).collect();
        let replacement = yaml::quoted_if_needed(&mended);
        let fix = Fix::new(format!("Change to {replacement}"), name.span, replacement);
        reading.push(reading.at(Code::NameInvalid, name.span, message).with_help(help).with_fix(fix));
    }
}

fn read_api(reading: &mut Reading, api: &Node, service: &mut Service) {
    if api.is_null() {
        return;
    }
    let Some(mapping) = api.as_mapping() else {
        let message = format!("`api` of the service is {}, not a mapping", api.kind_name());
        let help = "it holds `basePath` and `endpoints`";
        reading.push(reading.at(Code::WrongType, api.span, message).with_help(help));
        return;
    };
    let mut fields = Fields::of(mapping, api.span, "`api`");
    service.base_path = fields.optional_text(reading, "basePath");
    if let Some(base_path) = &service.base_path {
        paths::check_base(reading, base_path);
    }
    let items = fields.list(reading, "endpoints");
    service.endpoints = read_entries(reading, items, Scope::Endpoint, read_endpoint);
    unique(reading, "endpoint", service.endpoints.iter().map(|endpoint| &endpoint.name));
    if let Some(base_path) = &service.base_path {
        for path in service.endpoints.iter().filter_map(|endpoint| endpoint.path.as_ref()) {
            paths::check_joined(reading, base_path, path);
        }
    }
    fields.finish(reading, Scope::Api);
}

/// Where an entry of a list stands and what it is called until it has a name.
struct Place {
    span: Span,
    /// `endpoint 3`
    fallback: String,
}

impl Place {
    /// The entry's name, or its number where it has none.
    fn name(&self, name: Option<Spanned<String>>) -> Spanned<String> {
        name.unwrap_or_else(|| Spanned::new(self.fallback.clone(), self.span))
    }
}

fn read_entries<T>(
    reading: &mut Reading,
    items: &[Node],
    scope: Scope,
    read: fn(&mut Reading, &mut Fields, &Place) -> T,
) -> Vec<T> {
    let what = scope.name();
    let mut entries = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let place = Place { span: item.span, fallback: format!("{what} {}", at + 1) };
        let Kind::Mapping(mapping) = &item.kind else {
            let message = format!("{} is {}, not a mapping", place.fallback, item.kind_name());
            if reading.complete {
                let help = "write its fields below each other, the first one after `- `";
                reading.push(reading.at(Code::WrongType, item.span, message).with_help(help));
            }
            continue;
        };
        let mut fields = Fields::of(mapping, item.span, name_in_words(what, mapping, &place));
        entries.push(read(reading, &mut fields, &place));
        fields.finish(reading, scope);
    }
    entries
}

/// `endpoint createUser`, or `endpoint 3`.
fn name_in_words(what: &str, mapping: &Mapping, place: &Place) -> String {
    match mapping.get("name").map(|entry| &entry.value.kind) {
        Some(Kind::Scalar(scalar)) if !scalar.text.trim().is_empty() => {
            format!("{what} {}", names::shown(&scalar.text))
        }
        _ => place.fallback.clone(),
    }
}

fn read_endpoint(reading: &mut Reading, fields: &mut Fields, place: &Place) -> Endpoint {
    suggest::endpoint(fields, stem(&reading.source.file), &place.fallback);
    let name = place.name(fields.required_text(reading, "name"));
    let method = fields.required_text(reading, "method").and_then(|text| read_method(reading, &text));
    let path = fields.required_text(reading, "path");
    if let Some(path) = &path {
        paths::check(reading, path);
    }
    let to = fields.required_text(reading, "to").and_then(|text| read_reference(reading, &text));
    Endpoint { name, method, path, to, description: fields.description(reading), span: place.span }
}

fn read_method(reading: &mut Reading, text: &Spanned<String>) -> Option<Spanned<Method>> {
    if let Some(method) = Method::parse(&text.value) {
        return Some(Spanned::new(method, text.span));
    }
    let upper = text.value.trim().to_ascii_uppercase();
    let all = Method::ALL.map(Method::as_str);
    let near = match Method::parse(&upper) {
        Some(method) => vec![method.as_str()],
        None => names::nearest(&upper, all),
    };
    let message = format!("`{}` is not a method that the platform routes", names::shown(&text.value));
    let mut diagnostic =
        reading.at(Code::MethodUnknown, text.span, message).with_help(format!("the methods are {}", all.join(", ")));
    diagnostic.fixes.extend(near.into_iter().map(|near| Fix::new(format!("Change to {near}"), text.span, near)));
    reading.push(diagnostic);
    Method::parse(&upper).map(|method| Spanned::new(method, text.span))
}

fn read_reference(reading: &mut Reading, text: &Spanned<String>) -> Option<Spanned<FunctionRef>> {
    let error = match FunctionRef::parse(&text.value) {
        Ok(reference) => return Some(Spanned::new(reference, text.span)),
        Err(error) => error,
    };
    let message = format!("`{}` is not a function reference: {}", names::shown(&text.value), error.reason);
    let mut diagnostic = reading
        .at(Code::FunctionRefInvalid, text.span, message)
        .with_help("write wasm:<service>:<function>, or func:<function> for a function of the platform");
    if let Some(mended) = mended_reference(&text.value, stem(&reading.source.file)) {
        diagnostic = diagnostic.with_fix(Fix::new(format!("Change to {mended}"), text.span, mended));
    }
    reading.push(diagnostic);
    None
}

/// What was probably meant: a forgotten or misspelt scheme, a forgotten service, dots or slashes for colons.
fn mended_reference(text: &str, service: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let parts: Vec<&str> = compact.split([':', '/', '#', '.']).filter(|part| !part.is_empty()).collect();
    let is_scheme = |part: &str| part.eq_ignore_ascii_case("wasm");
    let mended = match parts.as_slice() {
        [scheme, service, function] if is_scheme(scheme) => format!("wasm:{service}:{function}"),
        [scheme, function] if is_scheme(scheme) => format!("wasm:{service}:{function}"),
        [scheme, function] if scheme.eq_ignore_ascii_case("func") => format!("func:{function}"),
        [service, function] => format!("wasm:{service}:{function}"),
        [function] if !is_scheme(function) && !function.eq_ignore_ascii_case("func") => {
            format!("wasm:{service}:{function}")
        }
        _ => return None,
    };
    let plain = mended.chars().all(|c| c.is_alphanumeric() || "_-$:".contains(c));
    (plain && mended != text && FunctionRef::parse(&mended).is_ok()).then_some(mended)
}

/// Reports the second and every further use of a name within one service.
fn unique<'a>(reading: &mut Reading, what: &str, all: impl Iterator<Item = &'a Spanned<String>> + Clone) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for name in all.clone() {
        let line = reading.source.position(name.span.start).line;
        match seen.get(name.value.as_str()) {
            Some(first) => {
                let message = format!("a second {what} is named `{}`", names::shown(&name.value));
                let help = format!("the first one stands in line {first}; rename one of them");
                let free = mend::free_name(&name.value, |other| all.clone().any(|name| name.value == other));
                let fix =
                    Fix::new(format!("Rename to {}", names::shown(&free)), name.span, yaml::quoted_if_needed(&free));
                reading.push(reading.at(Code::DuplicateName, name.span, message).with_help(help).with_fix(fix));
            }
            None => {
                seen.insert(&name.value, line);
            }
        }
    }
}
