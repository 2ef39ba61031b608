//! Whole entries of lists, with the fields that they need.

use std::collections::BTreeSet;

use super::{Item, ItemKind, Place, reference};
use crate::bundle::files::normal_path;
use crate::bundle::schema::{self, Need, Scope, Takes};
use crate::bundle::{names, yaml};

/// Most functions that entries of their own are offered for.
const MAX_FUNCTIONS: usize = 20;

/// How an entry begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// With a dash in the given column.
    WithDash,
    /// Behind a dash that is there, its keys in the given column.
    AfterDash,
}

/// Entries of a list of `scope` at `column`: an empty one, and those that the bundle suggests.
pub(super) fn entries(place: &Place, scope: Scope, column: usize, style: Style) -> Vec<Item> {
    let kind = ItemKind::Entry;
    match scope {
        Scope::ListedService => {
            let mut items: Vec<Item> = unlisted_files(place)
                .into_iter()
                .map(|file| {
                    let item = Item::new(format!("path: {file}"), ItemKind::File).with_detail("not listed yet");
                    item.inserting(dashed(style, &format!("path: {}", yaml::quoted_if_needed(&file))))
                })
                .collect();
            let item = Item::new("New service", kind).with_detail("an entry with its path");
            items.push(item.inserting(dashed(style, "path: services/")).going_on());
            items
        }
        Scope::Endpoint | Scope::Intent => {
            let mut items = vec![filled(place, scope, column, style, None)];
            let own = place.service_name();
            let unused = reference::unused_functions(place.question.bundle, place.question.functions, &own);
            let filled = unused.iter().take(MAX_FUNCTIONS).map(|name| filled(place, scope, column, style, Some(name)));
            items.extend(filled);
            items
        }
        Scope::Goal => vec![filled(place, scope, column, style, None)],
        _ => Vec::new(),
    }
}

fn dashed(style: Style, text: &str) -> String {
    if style == Style::WithDash { format!("- {text}") } else { text.to_owned() }
}

/// An entry with the fields that it needs, for `function` where one is given.
fn filled(place: &Place, scope: Scope, column: usize, style: Style, function: Option<&str>) -> Item {
    let service = place.service_name();
    let column = if style == Style::WithDash { column + 2 } else { column };
    let separator = format!("\n{}", " ".repeat(column));
    let (mut text, mut caret) = (dashed(style, ""), None);
    for field in schema::fields(scope).filter(|field| field.need != Need::Optional) {
        if caret.is_some() {
            text.push_str(&separator);
        }
        text.push_str(field.key);
        text.push_str(": ");
        let name = function.map(names::camel_case).filter(|_| field.key == "name");
        let value = match field.takes {
            Takes::Text => name.unwrap_or_default(),
            Takes::Reference => format!("wasm:{service}:{}", function.unwrap_or_default()),
            Takes::Route => "/".to_owned(),
            Takes::Sensor => String::new(),
            _ => field.example.to_owned(),
        };
        text.push_str(&value);
        // The caret goes where something is left to fill in, else behind the name.
        caret.get_or_insert(text.len());
    }
    let label = match function {
        Some(function) => format!("New {} for {}", scope.name(), names::camel_case(function)),
        None => format!("New {}", scope.name()),
    };
    let detail = if function.is_some() { "nothing refers to it yet" } else { "an entry with its fields" };
    let mut item = Item::new(label, ItemKind::Entry).with_detail(detail).with_documentation(text.clone());
    item.insert = text;
    item.caret = caret.unwrap_or(item.insert.len());
    item
}

/// Service files that the bundle knows and the present text does not list.
pub(super) fn unlisted_files(place: &Place) -> Vec<String> {
    let bundle = place.question.bundle;
    let text = place.question.text;
    let listed: BTreeSet<String> = place
        .sketch
        .pieces
        .iter()
        .filter_map(|piece| piece.value)
        // The path at the caret is being typed.
        .filter(|value| place.question.offset < value.span.start || place.question.offset > value.span.end)
        .filter_map(|value| normal_path(&value.text(text)).ok())
        .collect();
    let known = bundle.unlisted.iter().chain(bundle.services.iter().map(|service| &service.file));
    let files: BTreeSet<&String> = known.filter(|file| !listed.contains(*file)).collect();
    files.into_iter().cloned().collect()
}
