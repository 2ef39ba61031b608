//! The names of services, compared with each other and with their files.

use std::collections::BTreeMap;

use super::Whole;
use crate::bundle::service::{is_usable_name, stem};
use crate::bundle::{Code, Diagnostic, Fix, FunctionRef, Service, Span, TextEdit, mend, names, yaml};

/// Reports names that two services have, that are much alike, or that differ from their file's.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    duplicate_services(whole, out);
    similar_services(whole, out);
    out.extend(whole.bundle.services.iter().filter_map(|service| name_differs(whole, service)));
}

/// Reports a service that is named otherwise than its file.
fn name_differs(whole: &Whole, service: &Service) -> Option<Diagnostic> {
    let (name, expected) = (&service.name, stem(&service.file));
    // A service without a name of its own has its file's.
    if name.value == expected || !is_usable_name(&name.value) || !is_usable_name(expected) {
        return None;
    }
    let shown = names::shown(&name.value);
    let message = format!("the service is named `{shown}`, its file {}", names::shown(&service.file));
    let help = format!("name the service `{}`, or rename the file and the module to {shown}", names::shown(expected));
    let mut diagnostic = whole.at(Code::ServiceNameDiffers, &service.file, name.span, message).with_help(help);
    let is_free = whole.service(expected).is_none();
    if let Some(edits) = renaming(whole, service, expected).filter(|_| is_free) {
        diagnostic = diagnostic.with_fix(Fix { title: format!("Change to {}", names::shown(expected)), edits });
    }
    Some(diagnostic)
}

/// The edits that name a service `to`, with the references of its own file; `None` where other files refer to it.
fn renaming(whole: &Whole, service: &Service, to: &str) -> Option<Vec<TextEdit>> {
    let from = &service.name.value;
    let mut edits = vec![TextEdit::new(service.name.span, yaml::quoted_if_needed(to))];
    for other in &whole.bundle.services {
        for reference in other.references() {
            let FunctionRef::Wasm { service: target, .. } = &reference.value else { continue };
            if target != from {
                continue;
            }
            if other.file != service.file {
                return None;
            }
            let written = whole.sources.get(&other.file)?.part(reference.span, &format!("wasm:{from}:"));
            if written == reference.span {
                return None;
            }
            let start = written.start + "wasm:".len();
            let edit = TextEdit::new(Span::new(start, start + from.len()), to);
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    Some(edits)
}

fn duplicate_services(whole: &Whole, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for service in &whole.bundle.services {
        let name = &service.name;
        match seen.get(name.value.as_str()) {
            Some((file, span)) => {
                let message = format!("a second service is named `{}`", names::shown(&name.value));
                let help = format!("the first one is {}; rename one of them", whole.place(file, *span));
                let free = mend::free_name(&name.value, |name| whole.service(name).is_some());
                let mut diagnostic = whole.at(Code::DuplicateName, &service.file, name.span, message).with_help(help);
                // The file's own name is the likelier one, where it is free.
                let by_name = stem(&service.file);
                let by_file = Some(by_name.to_owned()).filter(|name| whole.service(name).is_none());
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
