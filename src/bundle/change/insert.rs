//! Adding an entry to a list, and the list and `api` around it where they are absent.

use super::fields::{API, API_ORDER, Field, List, ROOT_ORDER, Style};
use super::layout::{Block, Layout, spaces};
use super::mapping::{self, insert_pair, pair, quotes_keys};
use super::scalar::Place;
use super::{Refusal, Result, Values, shown};
use crate::bundle::yaml::{Entry, Kind, Mapping, Node};
use crate::bundle::{Span, TextEdit};

/// Edits that add an entry behind the last one of `list`.
pub(super) fn entry(layout: &Layout, root: &Node, list: List, values: &Values) -> Result<Vec<TextEdit>> {
    let mapping = root.as_mapping().ok_or_else(|| Refusal::by_hand("the file is no mapping"))?;
    let new = New { layout, list, values };
    if list != List::Endpoints {
        return new.in_parent(root, mapping, &ROOT_ORDER);
    }
    match mapping.get("api") {
        Some(api) if api.value.is_null() => new.below_empty_api(api),
        Some(api) => match api.value.as_mapping() {
            Some(inner) if !inner.own_entries().is_empty() => new.in_parent(&api.value, inner, &API_ORDER),
            _ => Err(Refusal::by_hand(&format!("`api` is {}", api.value.kind_name()))),
        },
        None => {
            let column = layout.key_column(mapping).unwrap_or(0);
            let inner = new.whole_list(column + layout.step);
            let text = format!("api:{}{}{inner}", layout.newline, spaces(column + layout.step));
            new.section(root, mapping, "api", &text)
        }
    }
}

/// Edits that give `api` its single values, and make it where it is absent.
pub(super) fn into_api(layout: &Layout, root: &Node, values: &Values) -> Result<Vec<TextEdit>> {
    let values: Values = values
        .iter()
        .filter(|(key, _)| API.iter().any(|field| field.key == **key))
        .map(|(k, v)| (*k, v.clone()))
        .collect();
    let Some(mapping) = root.as_mapping().filter(|_| !values.is_empty()) else { return Ok(Vec::new()) };
    match mapping.get("api") {
        Some(api) if api.value.as_mapping().is_some_and(|api| !api.own_entries().is_empty()) => {
            mapping::set(layout, &api.value, &API, &values)
        }
        None => {
            let column = layout.key_column(mapping).unwrap_or(0) + layout.step;
            let text = format!("api:{}{}{}", layout.newline, spaces(column), fields(layout, &API, &values, column));
            insert_section(layout, root, mapping, "api", &text)
        }
        Some(api) if api.value.is_null() => {
            let column = layout.column(api.key_span.start) + layout.step;
            let text = format!("{}{}{}", layout.newline, spaces(column), fields(layout, &API, &values, column));
            below_empty(layout, api, &text)
        }
        Some(api) => Err(Refusal::by_hand(&format!("`api` is {}", api.value.kind_name()))),
    }
}

/// The fields that have a value, one a line from `column` on; the first one without indentation.
fn fields(layout: &Layout, fields: &[Field], values: &Values, column: usize) -> String {
    let place = Place { flow: false, column: column + layout.step, newline: layout.newline };
    let lines: Vec<String> =
        with_value(fields, values).map(|(field, value)| pair(field, value, place, false)).collect();
    lines.join(&format!("{}{}", layout.newline, spaces(column)))
}

fn with_value<'v>(fields: &'v [Field], values: &'v Values) -> impl Iterator<Item = (&'v Field, &'v str)> {
    let value = |field: &'v Field| Some((field, values.get(field.key).filter(|value| !value.is_empty())?.as_str()));
    fields.iter().filter_map(value)
}

/// Puts `text`, lines with their line ending before them, below an entry without a value.
fn below_empty(layout: &Layout, entry: &Entry, text: &str) -> Result<Vec<TextEdit>> {
    let colon = layout.after_colon(entry).ok_or_else(|| Refusal::by_hand("the key is written with a question mark"))?;
    let mut edits = Vec::new();
    let span = entry.value.span;
    if !layout.slice(span).trim().is_empty() {
        // `~`, `null` or `[]` gives way, with the blanks before it.
        if layout.slice(Span::new(colon, span.end)).contains(['\n', '#', '&', '!']) {
            return Err(Refusal::by_hand(&format!("{} is written in an unusual way", shown(&entry.key))));
        }
        edits.push(TextEdit::new(Span::new(colon, span.end), ""));
    }
    edits.push(TextEdit::insert(layout.line_end(colon), text));
    Ok(edits)
}

/// Puts a new part of the file where it belongs, parted from what is around it by an empty line.
fn insert_section(layout: &Layout, root: &Node, mapping: &Mapping, key: &str, text: &str) -> Result<Vec<TextEdit>> {
    if layout.is_flow(root) {
        return Err(Refusal::by_hand("the whole file is written in brackets"));
    }
    let mut edit = insert_pair(layout, root, mapping, key, text, &ROOT_ORDER, |_| false)?;
    let newline = layout.newline;
    if edit.replacement.starts_with(newline) {
        edit.replacement = format!("{newline}{}", edit.replacement);
        let rest = layout.text.get(edit.span.start..).unwrap_or_default();
        let next = rest.trim_start_matches(['\r', '\n']);
        let breaks = rest.len() - next.len();
        if !next.is_empty() && breaks <= newline.len() {
            edit.replacement.push_str(newline);
        }
    } else {
        edit.replacement.push_str(newline);
    }
    Ok(vec![edit])
}

/// An entry that is to be added to a list.
struct New<'n, 'a> {
    layout: &'n Layout<'a>,
    list: List,
    values: &'n Values,
}

impl New<'_, '_> {
    /// The entry with its dash, to stand at `column`; the first line without indentation.
    fn item(&self, column: usize) -> String {
        format!("- {}", fields(self.layout, self.list.fields(), self.values, column + 2))
    }

    /// The list with its key at `column`, and the entry as its only one.
    fn whole_list(&self, column: usize) -> String {
        let dash = column + self.layout.dash;
        format!("{}:{}{}{}", self.list.key(), self.layout.newline, spaces(dash), self.item(dash))
    }

    fn in_parent(&self, parent: &Node, mapping: &Mapping, order: &[&str]) -> Result<Vec<TextEdit>> {
        let layout = self.layout;
        let own = mapping.own_entries().iter().find(|entry| &*entry.key == self.list.key());
        let Some(entry) = own else {
            if layout.is_flow(parent) {
                let quoted = quotes_keys(layout, mapping);
                let item = self.flow_item(quoted);
                let key = if quoted { format!("\"{}\"", self.list.key()) } else { self.list.key().to_owned() };
                let text = format!("{key}: [{item}]");
                return Ok(vec![insert_pair(layout, parent, mapping, self.list.key(), &text, order, |_| false)?]);
            }
            let column = layout.key_column(mapping).unwrap_or(0);
            let text = self.whole_list(column);
            if order == ROOT_ORDER {
                return self.section(parent, mapping, self.list.key(), &text);
            }
            return Ok(vec![insert_pair(layout, parent, mapping, self.list.key(), &text, order, |_| false)?]);
        };
        let items: &[Node] = match &entry.value.kind {
            Kind::Sequence(items) => items,
            _ if entry.value.is_null() => &[],
            _ => return Err(Refusal::by_hand(&format!("{} is no list", shown(&entry.key)))),
        };
        match items.last() {
            Some(last) if super::list::is_flow(layout, entry) => Ok(vec![self.behind_flow(entry, items, last)]),
            Some(_) => self.behind_block(items),
            None if layout.is_flow(parent) => self.only_in_flow(entry),
            None => self.below_key(entry).or_else(|_| self.only_in_flow(entry)),
        }
    }

    fn section(&self, root: &Node, mapping: &Mapping, key: &str, text: &str) -> Result<Vec<TextEdit>> {
        insert_section(self.layout, root, mapping, key, text)
    }

    fn below_empty_api(&self, api: &Entry) -> Result<Vec<TextEdit>> {
        let column = self.layout.column(api.key_span.start) + self.layout.step;
        let text = format!("{}{}{}", self.layout.newline, spaces(column), self.whole_list(column));
        below_empty(self.layout, api, &text)
    }

    /// Below the key of a list without entries.
    fn below_key(&self, entry: &Entry) -> Result<Vec<TextEdit>> {
        let dash = self.layout.column(entry.key_span.start) + self.layout.dash;
        let text = format!("{}{}{}", self.layout.newline, spaces(dash), self.item(dash));
        below_empty(self.layout, entry, &text)
    }

    fn behind_block(&self, items: &[Node]) -> Result<Vec<TextEdit>> {
        let layout = self.layout;
        let blocks: Vec<Block> = items.iter().filter_map(|item| layout.block(item)).collect();
        let last = blocks.last().filter(|_| blocks.len() == items.len());
        let last = last.ok_or_else(|| Refusal::by_hand("the entries share their lines with something else"))?;
        let gap = if layout.spaces(self.list, &blocks) { layout.newline } else { "" };
        let text = format!("{gap}{}{}{}", layout.newline, spaces(last.column), self.item(last.column));
        Ok(vec![TextEdit::insert(last.span.end, text)])
    }

    /// Behind the last entry between brackets, on a line of its own where that one has one.
    fn behind_flow(&self, list: &Entry, items: &[Node], last: &Node) -> TextEdit {
        let layout = self.layout;
        let quoted = items.iter().find_map(Node::as_mapping).is_some_and(|item| quotes_keys(layout, item));
        let lead = layout.before(last.span.start);
        let own_line = lead.trim().is_empty() && last.span.start > list.value.span.start;
        let gap = if own_line { format!("{}{lead}", layout.newline) } else { " ".into() };
        TextEdit::insert(last.span.end, format!(",{gap}{}", self.flow_item(quoted)))
    }

    /// Between the brackets of an empty list.
    fn only_in_flow(&self, entry: &Entry) -> Result<Vec<TextEdit>> {
        let quoted = self.layout.slice(entry.key_span).starts_with('"');
        let item = self.flow_item(quoted);
        if self.layout.is_flow(&entry.value) {
            return Ok(vec![TextEdit::insert(entry.value.span.start + 1, item)]);
        }
        let colon = self.layout.after_colon(entry);
        let colon = colon.ok_or_else(|| Refusal::by_hand(&format!("{} has no colon", shown(&entry.key))))?;
        let span = entry.value.span;
        let written = !self.layout.slice(span).trim().is_empty();
        Ok(vec![if written {
            TextEdit::new(span, format!("[{item}]"))
        } else {
            TextEdit::insert(colon, format!(" [{item}]"))
        }])
    }

    fn flow_item(&self, quoted: bool) -> String {
        let place = Place { flow: true, column: 0, newline: self.layout.newline };
        let pairs: Vec<String> = with_value(self.list.fields(), self.values)
            .map(|(field, value)| {
                if quoted && field.style != Style::Number {
                    pair(field, value, place, true)
                } else {
                    let text = pair(field, value, place, false);
                    if quoted { text.replacen(field.key, &format!("\"{}\"", field.key), 1) } else { text }
                }
            })
            .collect();
        format!("{{{}}}", pairs.join(", "))
    }
}
