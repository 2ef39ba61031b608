//! Reads a service file into a [`Service`], with everything that can be said by this file alone.

use std::collections::HashMap;

use super::check::paths;
use super::fields::{Fields, Reading};
use super::manifest::check_version;
use super::yaml::{Kind, Mapping, Node};
use super::{
    Code, Endpoint, Fix, FunctionRef, Intent, Method, PrimitiveIntent, Service, Span, Spanned, duration, names,
};

mod goal;

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
    service.intents = read_entries(reading, intents, "intent", read_intent);
    let goals = fields.list(reading, "goals");
    service.goals = read_entries(reading, goals, "goal", goal::read);
    unique(reading, "intent", service.intents.iter().map(|intent| &intent.name));
    unique(reading, "goal", service.goals.iter().map(|goal| &goal.name));
    fields.finish(reading, &["priority", "futures"]);
    service
}

fn check_name(reading: &mut Reading, name: &Spanned<String>) {
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | '/' | '\\');
    if let Some(c) = name.value.chars().find(|c| bad(*c)) {
        let held =
            if c.is_whitespace() { "white space".to_owned() } else { format!("`{}`", names::shown(&c.to_string())) };
        let message = format!("the service's name `{}` holds {held}", names::shown(&name.value));
        let help = "references could not name it: use letters, digits, - and _";
        let mended: String = name.value.trim().chars().map(|c| if bad(c) { '-' } else { c }).collect();
        let replacement = super::yaml::quoted_if_needed(&mended);
        let fix = Fix::new(format!("Change to {replacement}"), name.span, replacement);
        reading.push(reading.at(Code::NameInvalid, name.span, message).with_help(help).with_fix(fix));
    }
    let is_usable = !name.value.chars().any(bad);
    let expected = stem(&reading.source.file).to_owned();
    if is_usable && name.value != expected && !expected.chars().any(bad) {
        let shown = names::shown(&name.value);
        let message = format!("the service is named `{shown}`, its file {}", reading.source.file);
        let help = format!("name the service `{expected}`, or rename the file and the module to {shown}");
        let fix = Fix::new(format!("Change to {expected}"), name.span, super::yaml::quoted_if_needed(&expected));
        reading.push(reading.at(Code::ServiceNameDiffers, name.span, message).with_help(help).with_fix(fix));
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
    service.endpoints = read_entries(reading, items, "endpoint", read_endpoint);
    unique(reading, "endpoint", service.endpoints.iter().map(|endpoint| &endpoint.name));
    fields.finish(reading, &[]);
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
    what: &str,
    read: fn(&mut Reading, &mut Fields, &Place) -> T,
) -> Vec<T> {
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
        fields.finish(reading, &[]);
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
    let near = Method::parse(&upper).map(Method::as_str).or_else(|| names::nearest(&upper, all).first().copied());
    let message = format!("`{}` is not a method that the platform routes", names::shown(&text.value));
    let mut diagnostic =
        reading.at(Code::MethodUnknown, text.span, message).with_help(format!("the methods are {}", all.join(", ")));
    if let Some(near) = near {
        diagnostic = diagnostic.with_fix(Fix::new(format!("Change to {near}"), text.span, near));
    }
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

fn read_intent(reading: &mut Reading, fields: &mut Fields, place: &Place) -> Intent {
    let name = place.name(fields.required_text(reading, "name"));
    let intent = Intent {
        when_sensor: fields.required_text(reading, "whenSensor"),
        to_func: fields.required_text(reading, "toFunc").and_then(|text| read_reference(reading, &text)),
        primitive: read_primitive(reading, fields, &name),
        cooldown: read_duration(reading, fields, "cooldown"),
        retries: read_retries(reading, fields),
        expected_duration: read_duration(reading, fields, "expectedDuration"),
        expires_in: read_duration(reading, fields, "expiresIn"),
        description: fields.description(reading),
        span: place.span,
        name,
    };
    if let (Some(expected), Some(expires)) = (&intent.expected_duration, &intent.expires_in)
        && expires.value < expected.value
    {
        let message = format!("intent {} expires before it is expected to end", names::shown(&intent.name.value));
        let help = "raise expiresIn or lower expectedDuration";
        reading.push(reading.at(Code::DurationConflict, expires.span, message).with_help(help));
    }
    intent
}

fn read_primitive(
    reading: &mut Reading,
    fields: &mut Fields,
    name: &Spanned<String>,
) -> Option<Spanned<PrimitiveIntent>> {
    let all = PrimitiveIntent::ALL.map(PrimitiveIntent::as_str);
    let Some(text) = fields.optional_text(reading, "primitiveIntent") else {
        if reading.complete && fields.entry("primitiveIntent").is_none_or(|entry| entry.value.is_null()) {
            let message = format!("intent {} has no `primitiveIntent`", names::shown(&name.value));
            let help = format!("add one of {}", all.join(", "));
            reading.push(reading.at(Code::PrimitiveMissing, name.span, message).with_help(help));
        }
        return None;
    };
    if let Some(known) = PrimitiveIntent::ALL.into_iter().find(|known| known.as_str() == text.value) {
        return Some(Spanned::new(known, text.span));
    }
    let message = format!("`{}` is not a known primitive intent", names::shown(&text.value));
    let mut diagnostic = reading
        .at(Code::PrimitiveUnknown, text.span, message)
        .with_help(format!("the documentation names {}", all.join(", ")));
    if let Some(near) = names::nearest(&text.value, all).first() {
        diagnostic = diagnostic.with_fix(Fix::new(format!("Change to {near}"), text.span, *near));
    }
    reading.push(diagnostic);
    None
}

fn read_duration(
    reading: &mut Reading,
    fields: &mut Fields,
    key: &'static str,
) -> Option<Spanned<std::time::Duration>> {
    let node = &fields.entry(key)?.value;
    let Kind::Scalar(scalar) = &node.kind else {
        reading.report(Code::WrongType, node.span, format!("`{key}` is {}, not a duration", node.kind_name()));
        return None;
    };
    if node.is_null() {
        return None;
    }
    match duration::parse(&scalar.text) {
        Ok(value) => Some(Spanned::new(value, node.span)),
        Err(reason) => {
            let message = format!("`{}` is not a duration: {reason}", names::shown(&scalar.text));
            let help = "write for instance 500ms, 30s, 5m, 1h, 2d or 1h30m";
            reading.push(reading.at(Code::DurationInvalid, node.span, message).with_help(help));
            None
        }
    }
}

fn read_retries(reading: &mut Reading, fields: &mut Fields) -> Option<Spanned<u32>> {
    let node = &fields.entry("retries")?.value;
    if node.is_null() {
        return None;
    }
    let Kind::Scalar(scalar) = &node.kind else {
        reading.report(Code::WrongType, node.span, format!("`retries` is {}, not a number", node.kind_name()));
        return None;
    };
    let count = scalar.text.trim().parse::<u32>().ok().filter(|count| *count <= 1000);
    if scalar.is_text || count.is_none() {
        let message = format!("`{}` is not a number of retries", names::shown(&scalar.text));
        let mut diagnostic = reading
            .at(Code::RetriesInvalid, node.span, message)
            .with_help("write a whole number from 0 to 1000, without quotation marks");
        if let Some(count) = count {
            diagnostic = diagnostic.with_fix(Fix::new(format!("Change to {count}"), node.span, count.to_string()));
        }
        reading.push(diagnostic);
    }
    count.map(|count| Spanned::new(count, node.span))
}

/// Reports the second and every further use of a name within one service.
fn unique<'a>(reading: &mut Reading, what: &str, all: impl Iterator<Item = &'a Spanned<String>>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for name in all {
        let line = reading.source.position(name.span.start).line;
        match seen.get(name.value.as_str()) {
            Some(first) => {
                let message = format!("a second {what} is named `{}`", names::shown(&name.value));
                let help = format!("the first one stands in line {first}; rename one of them");
                reading.push(reading.at(Code::DuplicateName, name.span, message).with_help(help));
            }
            None => {
                seen.insert(&name.value, line);
            }
        }
    }
}
