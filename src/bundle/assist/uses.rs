//! Where a name is declared, and where it is used.

use std::collections::{BTreeMap, HashSet};

use super::{Location, Span, Subject};
use crate::bundle::files::normal_path;
use crate::bundle::{Bundle, FunctionRef, LineIndex, Service, Spanned, manifest, names};

/// Longest stretch of a line that a location carries, in characters.
const LONGEST_LINE: usize = 160;

/// Where `subject` is declared: the service's file, the module, the intents of a sensor.
pub fn definitions(bundle: &Bundle, subject: &Subject) -> Vec<Location> {
    let mut found = Found::new(bundle);
    match subject {
        Subject::Service(name) => {
            bundle
                .services
                .iter()
                .filter(|service| service.name.value == *name)
                .for_each(|service| found.name(service));
        }
        Subject::ServiceFile(file) => match bundle.services.iter().find(|service| service.file == *file) {
            Some(service) => found.name(service),
            None if bundle.sources.contains_key(file) => found.whole(file, format!("service file {file}")),
            None => {}
        },
        Subject::Function { service, function } => {
            if let Some(module) = bundle.module_of(service) {
                let export = module.inspection.as_ref().ok().and_then(|inspection| inspection.find_function(function));
                let name = export.map_or(function.as_str(), |export| export.name.as_str());
                found.whole(&module.file, format!("{} in {}", names::shown(name), module.file));
                if let Some(location) = found.locations.last_mut() {
                    location.function = Some(name.to_owned());
                }
            }
        }
        Subject::PlatformFunction(_) => {}
        Subject::Sensor(name) => found.sensor(name),
    }
    found.locations
}

/// Every place that names `subject`, its declaration in the YAML included.
pub fn usages(bundle: &Bundle, subject: &Subject) -> Vec<Location> {
    let mut found = Found::new(bundle);
    match subject {
        Subject::Service(name) => found.service(name),
        Subject::ServiceFile(file) => match bundle.services.iter().find(|service| service.file == *file) {
            Some(service) => found.service(&service.name.value),
            None => found.listed(file),
        },
        Subject::Function { service, function } => {
            found.references(false, means(service, function));
        }
        Subject::PlatformFunction(function) => {
            found.references(false, |to| matches!(to, FunctionRef::Platform { function: named } if named == function));
        }
        Subject::Sensor(name) => found.sensor(name),
    }
    found.locations
}

/// A reference with what refers.
pub(super) struct Referrer<'b> {
    pub to: &'b Spanned<FunctionRef>,
    kind: &'static str,
    name: &'b str,
    of: &'b str,
}

impl Referrer<'_> {
    /// `endpoint createUser of user-service`
    pub fn title(&self) -> String {
        format!("{} {} of {}", self.kind, names::shown(self.name), names::shown(self.of))
    }
}

/// The references of `service`.
pub(super) fn referrers(service: &Service) -> impl Iterator<Item = Referrer<'_>> {
    let of = service.name.value.as_str();
    let endpoints = service.endpoints.iter().filter_map(move |endpoint| {
        Some(Referrer { to: endpoint.to.as_ref()?, kind: "endpoint", name: &endpoint.name.value, of })
    });
    let intents = service.intents.iter().filter_map(move |intent| {
        Some(Referrer { to: intent.to_func.as_ref()?, kind: "intent", name: &intent.name.value, of })
    });
    endpoints.chain(intents)
}

/// Whether references mean the function `name` of `service`, in whatever spelling.
pub(super) fn means<'n>(service: &'n str, name: &'n str) -> impl Fn(&FunctionRef) -> bool + 'n {
    let wanted = names::snake_case(name);
    move |to| match to {
        FunctionRef::Wasm { service: of, function } if of == service => {
            function == name || names::snake_case(function) == wanted
        }
        _ => false,
    }
}

/// Where `part` of the value at `span` stands in `text`; the whole value where it is not written literally.
pub(super) fn part_of(text: &str, span: Span, whole: &str, part: std::ops::Range<usize>) -> Span {
    let written = text.get(span.start..span.end).unwrap_or_default();
    match written.find(whole) {
        Some(at) => Span::new(span.start + at + part.start, span.start + at + part.end),
        None => span,
    }
}

/// The bytes of a reference's service (`true`) or function (`false`) within its text.
pub(super) fn reference_part(to: &FunctionRef, is_service: bool) -> std::ops::Range<usize> {
    match to {
        FunctionRef::Wasm { service, function } => {
            let start = "wasm:".len();
            let colon = start + service.len();
            if is_service { start..colon } else { colon + 1..colon + 1 + function.len() }
        }
        FunctionRef::Platform { function } => "func:".len().."func:".len() + function.len(),
    }
}

/// Places under way, with the line index of each file that one of them lies in.
struct Found<'b> {
    bundle: &'b Bundle,
    lines: BTreeMap<&'b str, LineIndex>,
    seen: HashSet<(&'b str, Span, String)>,
    locations: Vec<Location>,
}

impl<'b> Found<'b> {
    fn new(bundle: &'b Bundle) -> Self {
        Self { bundle, lines: BTreeMap::new(), seen: HashSet::new(), locations: Vec::new() }
    }

    /// The whole of `file`.
    fn whole(&mut self, file: &str, title: String) {
        let (span, position, line, function) = (None, None, String::new(), None);
        self.locations.push(Location { file: file.to_owned(), span, position, title, line, function });
    }

    fn at(&mut self, file: &'b str, span: Span, title: String) {
        let Some(text) = self.bundle.sources.get(file) else { return self.whole(file, title) };
        let lines = self.lines.entry(file).or_insert_with(|| LineIndex::new(text));
        let position = lines.position(text, span.start);
        let line = lines.line_span(text, position.line).and_then(|line| text.get(line.start..line.end));
        let line = line.unwrap_or_default().trim().chars().take(LONGEST_LINE).collect();
        let location =
            Location { file: file.to_owned(), span: Some(span), position: Some(position), title, line, function: None };
        // An alias or a merged mapping means the same place more than once.
        if self.seen.insert((file, span, location.title.clone())) {
            self.locations.push(location);
        }
    }

    /// The `name` in the service's file.
    fn name(&mut self, service: &'b Service) {
        let name = &service.name;
        let title = format!("service {}", names::shown(&name.value));
        if name.span == Span::default() {
            return self.whole(&service.file, title);
        }
        let text = self.bundle.sources.get(&service.file).map_or("", String::as_str);
        let span = part_of(text, name.span, &name.value, 0..name.value.len());
        self.at(&service.file, span, title);
    }

    /// The manifest's entries of `file`.
    fn listed(&mut self, file: &str) {
        let bundle = self.bundle;
        let text = bundle.sources.get(manifest::FILE).map_or("", String::as_str);
        for path in &bundle.manifest.services {
            if normal_path(&path.value).is_ok_and(|normal| normal == file) {
                let span = part_of(text, path.span, &path.value, 0..path.value.len());
                self.at(manifest::FILE, span, format!("entry of services in {}", manifest::FILE));
            }
        }
    }

    fn service(&mut self, name: &str) {
        for service in self.bundle.services.iter().filter(|service| service.name.value == name) {
            self.name(service);
            self.listed(&service.file);
        }
        self.references(true, |to| matches!(to, FunctionRef::Wasm { service, .. } if service == name));
    }

    /// The references that are meant, each by its service or its function.
    fn references(&mut self, is_service: bool, is_meant: impl Fn(&FunctionRef) -> bool) {
        for service in &self.bundle.services {
            let text = self.bundle.sources.get(&service.file).map_or("", String::as_str);
            for referrer in referrers(service).filter(|referrer| is_meant(&referrer.to.value)) {
                let to = referrer.to;
                let part = reference_part(&to.value, is_service);
                let span = part_of(text, to.span, &to.value.to_string(), part);
                self.at(&service.file, span, referrer.title());
            }
        }
    }

    fn sensor(&mut self, name: &str) {
        for service in &self.bundle.services {
            let text = self.bundle.sources.get(&service.file).map_or("", String::as_str);
            for intent in &service.intents {
                let Some(sensor) = intent.when_sensor.as_ref().filter(|sensor| sensor.value == name) else { continue };
                let span = part_of(text, sensor.span, name, 0..name.len());
                let (intent, of) = (names::shown(&intent.name.value), names::shown(&service.name.value));
                self.at(&service.file, span, format!("intent {intent} of {of}"));
            }
        }
    }
}
