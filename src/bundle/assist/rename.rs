//! What has to change in which files for a name to become another one.

use super::sketch::Sketch;
use super::uses::{means, reference_part, referrers};
use super::{Span, Subject};
use crate::bundle::files::normal_path;
use crate::bundle::yaml::{quoted, quoted_if_needed};
use crate::bundle::{Bundle, BundleEdit, FunctionRef, Service, TextEdit, cases, manifest, names, service};

/// The changes that give `subject` the name `new` everywhere in the bundle's YAML.
///
/// A service takes its file and module along where these bear its name. A function is only referred to by
/// another name: the module stays as it is. `new` of a service file is its new path.
///
/// # Errors
/// A sentence that says why the name cannot be used.
pub fn rename(bundle: &Bundle, subject: &Subject, new: &str) -> Result<BundleEdit, String> {
    let old = match subject {
        Subject::Service(name) | Subject::Sensor(name) | Subject::ServiceFile(name) => name,
        Subject::Function { function, .. } | Subject::PlatformFunction(function) => function,
    };
    if new.trim().is_empty() {
        return Err("The new name is empty".into());
    }
    if old == new {
        return Err(format!("The name is {} already", names::shown(new)));
    }
    let shown = (names::shown(old), names::shown(new));
    let title = match subject {
        Subject::Function { .. } | Subject::PlatformFunction(_) => {
            format!("Refer to {} instead of {} (the module is not changed)", shown.1, shown.0)
        }
        _ => format!("Rename {} to {}", shown.0, shown.1),
    };
    let mut edit = Renaming { bundle, out: BundleEdit::new(title) };
    match subject {
        Subject::Service(name) => edit.service(name, new)?,
        Subject::ServiceFile(file) => edit.service_file(file, new)?,
        Subject::Function { service, function } => {
            check_reference_part(new, "function")?;
            edit.references(false, new, means(service, function));
        }
        Subject::PlatformFunction(function) => {
            check_reference_part(new, "function")?;
            edit.references(
                false,
                new,
                |to| matches!(to, FunctionRef::Platform { function: named } if named == function),
            );
        }
        Subject::Sensor(sensor) => edit.sensor(sensor, new)?,
    }
    if edit.out.files.is_empty() && edit.out.moves.is_empty() {
        return Err(format!("Nothing in the bundle refers to {}", shown.0));
    }
    Ok(edit.out)
}

/// Refuses what cannot stand between the colons of a reference.
fn check_reference_part(new: &str, what: &str) -> Result<(), String> {
    match new.chars().find(|c| c.is_whitespace() || c.is_control() || *c == ':') {
        Some(':') => Err(format!("The name of a {what} holds no colon: references are parted by colons")),
        Some(_) => Err(format!("The name of a {what} holds no white space")),
        None => Ok(()),
    }
}

struct Renaming<'b> {
    bundle: &'b Bundle,
    out: BundleEdit,
}

impl<'b> Renaming<'b> {
    fn service(&mut self, old: &str, new: &str) -> Result<(), String> {
        check_reference_part(new, "service")?;
        if let Some(c) = new.chars().find(|c| matches!(c, '/' | '\\')) {
            return Err(format!("The name of a service holds no {c}: its file and module are named after it"));
        }
        if new.starts_with('.') {
            return Err("The name of a service does not begin with a dot: its file would be hidden".into());
        }
        let mut named = self.bundle.services.iter().filter(|service| service.name.value == old);
        let Some(service) = named.next() else {
            return Err(format!("The bundle has no service {}", names::shown(old)));
        };
        if let Some(other) = named.next() {
            let old = names::shown(old);
            return Err(format!("Two services are named {old}: {} and {}", service.file, other.file));
        }
        if let Some(taken) = self.bundle.service(new) {
            return Err(format!("Another service is named {} already: {}", names::shown(new), taken.file));
        }
        if service.name.span != Span::default() {
            let name = &service.name;
            self.replace(&service.file, name.span, old, 0..old.len(), new);
        }
        self.references(true, new, |to| matches!(to, FunctionRef::Wasm { service, .. } if service == old));
        self.files_of(service, old, new)
    }

    /// The service's file, module and saved cases, as far as they bear its name.
    fn files_of(&mut self, service: &Service, old: &str, new: &str) -> Result<(), String> {
        if service::stem(&service.file) == old {
            let to = with_stem(&service.file, old, new);
            self.listed(&service.file, &to);
            self.move_file(&service.file, to)?;
        }
        let has_cases = |name: &str| self.bundle.with_cases.iter().any(|folder| folder == name);
        if has_cases(old) && !has_cases(new) {
            self.out.moves.push((format!("{}/{old}", cases::CASES_FOLDER), format!("{}/{new}", cases::CASES_FOLDER)));
        }
        let Some(module) = self.bundle.module_of(old) else { return Ok(()) };
        for file in std::iter::once(&module.file).chain(&module.beside) {
            let name = file.strip_prefix("wasm/").unwrap_or(file);
            if let Some(rest) = name.strip_prefix(old).filter(|rest| rest.starts_with('.') || rest.starts_with("_bg."))
            {
                self.move_file(file, format!("wasm/{new}{rest}"))?;
            }
        }
        Ok(())
    }

    fn move_file(&mut self, from: &str, to: String) -> Result<(), String> {
        let modules = self.bundle.modules.iter().flat_map(|module| std::iter::once(&module.file).chain(&module.beside));
        let mut known = self.bundle.sources.keys().chain(&self.bundle.unlisted).chain(modules);
        // On some systems names that differ in capitals only are one file: then it is the file itself.
        let is_taken = known.any(|file| file.eq_ignore_ascii_case(&to) && !file.eq_ignore_ascii_case(from));
        if is_taken {
            return Err(format!("The file {} exists already", names::shown(&to)));
        }
        if !self.out.moves.iter().any(|(earlier, _)| earlier == from) {
            self.out.moves.push((from.to_owned(), to));
        }
        Ok(())
    }

    fn service_file(&mut self, old: &str, new: &str) -> Result<(), String> {
        let to = normal_path(new).map_err(|_| {
            String::from("Write a path within the bundle's folder, with `/`, such as services/user-service.yaml")
        })?;
        if !(to.ends_with(".yaml") || to.ends_with(".yml")) {
            return Err("The path of a service file ends in .yaml".into());
        }
        self.listed(old, &to);
        self.move_file(old, to)
    }

    fn sensor(&mut self, old: &str, new: &str) -> Result<(), String> {
        if new.chars().any(char::is_control) {
            return Err("The name of a sensor is one line of text".into());
        }
        let all = || self.bundle.services.iter().flat_map(|service| service.intents.iter().map(move |i| (service, i)));
        let is_named = |name: &str| {
            all().find(|(_, intent)| intent.when_sensor.as_ref().is_some_and(|sensor| sensor.value == name))
        };
        if let Some((service, intent)) = is_named(new) {
            let (intent, of) = (names::shown(&intent.name.value), names::shown(&service.name.value));
            return Err(format!("The sensor {} exists already: intent {intent} of {of}", names::shown(new)));
        }
        let found: Vec<(&str, Span)> = all()
            .filter_map(|(service, intent)| Some((service.file.as_str(), intent.when_sensor.as_ref()?)))
            .filter(|(_, sensor)| sensor.value == old)
            .map(|(file, sensor)| (file, sensor.span))
            .collect();
        for (file, span) in found {
            self.replace(file, span, old, 0..old.len(), new);
        }
        Ok(())
    }

    fn references(&mut self, is_service: bool, new: &str, is_meant: impl Fn(&FunctionRef) -> bool) {
        for service in &self.bundle.services {
            for to in referrers(service).map(|referrer| referrer.to).filter(|to| is_meant(&to.value)) {
                let part = reference_part(&to.value, is_service);
                self.replace(&service.file, to.span, &to.value.to_string(), part, new);
            }
        }
    }

    /// The manifest's entries of the file `old` become those of `new`.
    fn listed(&mut self, old: &str, new: &str) {
        for path in &self.bundle.manifest.services {
            if normal_path(&path.value).is_ok_and(|normal| normal == old) {
                self.replace(manifest::FILE, path.span, &path.value, 0..path.value.len(), new);
            }
        }
    }

    /// Puts `new` in the place of `part` of the value `whole`, which stands at `span` of `file`.
    fn replace(&mut self, file: &str, span: Span, whole: &str, part: std::ops::Range<usize>, new: &str) {
        let Some(text) = self.bundle.sources.get(file) else { return };
        let span = behind_alias(text, span);
        self.out.push(file, replacement(text, span, whole, part, new));
    }
}

/// The value that the alias at `span` repeats; `span` itself where none stands there.
fn behind_alias(text: &str, span: Span) -> Span {
    let Some(name) = text.get(span.start..span.end).and_then(|alias| alias.strip_prefix('*')) else { return span };
    let anchor = format!("&{name}");
    let before = text.get(..span.start).unwrap_or_default();
    let found = before.rmatch_indices(&anchor).find_map(|(at, _)| {
        let rest = text.get(at + anchor.len()..)?;
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        (blanks > 0).then_some(at + anchor.len() + blanks)
    });
    let value = found.and_then(|start| {
        let sketch = Sketch::of(text);
        sketch.pieces.iter().filter_map(|piece| piece.value).find(|value| value.span.start == start)
    });
    value.map_or(span, |value| value.span)
}

fn replacement(text: &str, span: Span, whole: &str, part: std::ops::Range<usize>, new: &str) -> TextEdit {
    let value =
        format!("{}{new}{}", whole.get(..part.start).unwrap_or_default(), whole.get(part.end..).unwrap_or_default());
    let written = text.get(span.start..span.end).unwrap_or_default();
    let Some(at) = written.find(whole) else { return TextEdit::new(span, quoted_if_needed(&value)) };
    let inner = Span::new(span.start + at + part.start, span.start + at + part.end);
    match written.chars().next() {
        Some('"') => {
            let escaped = quoted(new);
            let escaped = escaped.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(new);
            TextEdit::new(inner, escaped)
        }
        Some('\'') => TextEdit::new(inner, new.replace('\'', "''")),
        Some('|' | '>') => TextEdit::new(inner, new),
        _ => {
            let is_word = new.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
            let is_plain = quoted_if_needed(&value) == value || (is_word && part.start > 0);
            if is_plain { TextEdit::new(inner, new) } else { TextEdit::new(span, quoted(&value)) }
        }
    }
}

/// `services/old.yaml` as `services/new.yaml`, `old/old.yaml` as `new/new.yaml`.
fn with_stem(file: &str, old: &str, new: &str) -> String {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let ending = name.strip_prefix(old).unwrap_or_default();
    match folder {
        "" => format!("{new}{ending}"),
        folder if folder == old => format!("{new}/{new}{ending}"),
        folder => format!("{folder}/{new}{ending}"),
    }
}
