//! Changes of the fields of one mapping.

use super::fields::{API_ORDER, Field, ROOT_ORDER, SERVICE};
use super::layout::{Layout, spaces};
use super::scalar::{self, Place, Quotes};
use super::{Refusal, Result, Values, shown};
use crate::bundle::yaml::{Entry, Kind, Mapping, Node};
use crate::bundle::{Span, TextEdit};

/// Edits that give the mapping `node` the fields that `values` names, and take those that are empty there.
pub(super) fn set(layout: &Layout, node: &Node, fields: &[Field], values: &Values) -> Result<Vec<TextEdit>> {
    let mapping = node.as_mapping().ok_or_else(|| Refusal::by_hand("the entry is no mapping"))?;
    let order = order_of(fields);
    let mut edits = Vec::new();
    for field in fields {
        let Some(value) = values.get(field.key) else { continue };
        let own = mapping.own_entries().iter().find(|entry| &*entry.key == field.key);
        match own {
            Some(entry) if value.is_empty() => edits.push(removal(layout, node, mapping, entry)?),
            Some(entry) => edits.push(replacement(layout, node, entry, field, value)?),
            None if value.is_empty() => {
                return Err(Refusal::by_hand(&format!("{} comes from a merged mapping", shown(field.key))));
            }
            None => edits.push(insertion(layout, node, mapping, field, value, &order, values)?),
        }
    }
    Ok(edits)
}

/// All keys that may stand beside `fields`, in the order in which they are written.
fn order_of(fields: &[Field]) -> Vec<&'static str> {
    match fields.first() {
        Some(first) if fields.len() == SERVICE.len() && first == &SERVICE[0] => ROOT_ORDER.to_vec(),
        Some(first) if first.key == "basePath" => API_ORDER.to_vec(),
        _ => fields.iter().map(|field| field.key).collect(),
    }
}

/// What stands between the colon of an entry and its value.
fn lead<'a>(layout: &Layout<'a>, entry: &Entry) -> Result<(usize, &'a str)> {
    let by_hand = || Refusal::by_hand(&format!("{} is written with a question mark or the like", shown(&entry.key)));
    let colon = layout.after_colon(entry).ok_or_else(by_hand)?;
    Ok((colon, layout.slice(Span::new(colon, entry.value.span.start.max(colon)))))
}

/// How the value of an entry is written, and where it begins, a block's header included.
fn present(layout: &Layout, entry: &Entry) -> Result<(Quotes, Span)> {
    let (colon, lead) = lead(layout, entry)?;
    let text = layout.slice(entry.value.span);
    let header = lead.trim_start();
    let (quotes, start) = match text.chars().next() {
        _ if header.starts_with(['|', '>']) => (Quotes::Block, colon + lead.len() - header.len()),
        Some('|' | '>') => (Quotes::Block, entry.value.span.start),
        Some('"') => (Quotes::Double, entry.value.span.start),
        Some('\'') => (Quotes::Single, entry.value.span.start),
        _ => (Quotes::None, entry.value.span.start),
    };
    let marked = quotes != Quotes::Block && lead.lines().any(|line| line.trim_start().starts_with(['&', '!', '*']));
    if marked || text.starts_with('*') {
        let what = format!("the value of {} carries an anchor, an alias or a tag", shown(&entry.key));
        return Err(Refusal::by_hand(&what));
    }
    Ok((quotes, Span::new(start, layout.end_of(entry).max(start))))
}

fn replacement(layout: &Layout, node: &Node, entry: &Entry, field: &Field, value: &str) -> Result<TextEdit> {
    if !matches!(entry.value.kind, Kind::Scalar(_)) {
        let what = format!("{} is {}", shown(field.key), entry.value.kind_name());
        return Err(Refusal::by_hand(&what));
    }
    let (quotes, span) = present(layout, entry)?;
    let flow = layout.is_flow(node);
    let column = if flow { 0 } else { layout.column(entry.key_span.start) + layout.step };
    let place = Place { flow, column, newline: layout.newline };
    if layout.slice(entry.value.span).is_empty() && quotes != Quotes::Block {
        let (colon, _) = lead(layout, entry)?;
        let written = format!(" {}", scalar::written(value, field.style, None, place));
        if !written.contains('\n') {
            return Ok(TextEdit::insert(colon, written));
        }
        let line = Span::new(colon, layout.line_end(colon));
        return Ok(TextEdit::new(line, with_header_comment(layout.slice(line), written, layout.newline)));
    }
    let written = scalar::written(value, field.style, Some(quotes), place);
    if quotes != Quotes::Block {
        return Ok(TextEdit::new(span, written));
    }
    Ok(TextEdit::new(span, with_header_comment(layout.slice(span), written, layout.newline)))
}

/// A new value in the place of a block, behind whose header a comment may stand.
fn with_header_comment(block: &str, written: String, newline: &str) -> String {
    let header = block.lines().next().unwrap_or_default();
    let Some(at) = header.find([' ', '\t']).filter(|_| header.contains('#')) else { return written };
    let comment = header.get(at..).unwrap_or_default();
    match written.split_once(newline) {
        Some((first, rest)) => format!("{first}{comment}{newline}{rest}"),
        None => format!("{written}{comment}"),
    }
}

fn removal(layout: &Layout, node: &Node, mapping: &Mapping, entry: &Entry) -> Result<TextEdit> {
    let by_hand = |what: &str| Refusal::by_hand(&format!("{} {what}", shown(&entry.key)));
    let entries = mapping.own_entries();
    let at = entries.iter().position(|other| other.key_span == entry.key_span).unwrap_or(0);
    let (before, after) = (at.checked_sub(1).and_then(|at| entries.get(at)), entries.get(at + 1));
    if before.is_none() && after.is_none() {
        return Err(by_hand("is the only field"));
    }
    if matches!(entry.value.kind, Kind::Scalar(_)) {
        present(layout, entry)?;
    }
    if layout.is_flow(node) {
        let span = match (before, after) {
            (_, Some(after)) => Span::new(entry.key_span.start, after.key_span.start),
            (Some(before), None) => Span::new(layout.end_of(before), layout.end_of(entry)),
            (None, None) => return Err(by_hand("is the only field")),
        };
        return if layout.slice(span).contains('#') {
            Err(by_hand("stands beside a comment"))
        } else {
            Ok(TextEdit::new(span, ""))
        };
    }
    let key = entry.key_span.start;
    if layout.before(key).trim_matches([' ', '\u{feff}']).is_empty() && before.is_some() {
        let line_end = layout.line_end(layout.end_of(entry));
        // From the end of the line before, so that a last line without a line ending goes as well.
        let start = layout.line_start(key);
        let start = start - layout.text.get(..start).map_or(0, line_ending);
        return Ok(TextEdit::new(Span::new(start, line_end), ""));
    }
    let next = after.map(|after| after.key_span.start).ok_or_else(|| by_hand("shares its line"))?;
    let between = layout.slice(Span::new(layout.line_end(layout.end_of(entry)), next));
    if between.contains('#') {
        Err(by_hand("stands above a comment"))
    } else {
        Ok(TextEdit::new(Span::new(key, next), ""))
    }
}

/// How many bytes the line ending at the end of `text` has.
fn line_ending(text: &str) -> usize {
    match text {
        text if text.ends_with("\r\n") => 2,
        text if text.ends_with('\n') => 1,
        _ => 0,
    }
}

fn insertion(
    layout: &Layout,
    node: &Node,
    mapping: &Mapping,
    field: &Field,
    value: &str,
    order: &[&str],
    values: &Values,
) -> Result<TextEdit> {
    let flow = layout.is_flow(node);
    let column = layout.key_column(mapping).unwrap_or(0);
    let place = Place { flow, column: column + layout.step, newline: layout.newline };
    let quoted_keys = quotes_keys(layout, mapping);
    let text = pair(field, value, place, quoted_keys);
    insert_pair(layout, node, mapping, field.key, &text, order, |key| values.get(key).is_some_and(String::is_empty))
}

/// Whether a mapping writes its keys in quotation marks, as JSON does.
pub(super) fn quotes_keys(layout: &Layout, mapping: &Mapping) -> bool {
    mapping.own_entries().first().is_some_and(|entry| layout.slice(entry.key_span).starts_with('"'))
}

/// `key: value`.
pub(super) fn pair(field: &Field, value: &str, place: Place, quoted: bool) -> String {
    if !quoted {
        return format!("{}: {}", field.key, scalar::written(value, field.style, None, place));
    }
    format!("\"{}\": {}", field.key, scalar::written(value, field.style, Some(Quotes::Double), place))
}

/// Inserts `text`, the entry `key` as it is to be written, where it belongs among the entries of a mapping.
pub(super) fn insert_pair(
    layout: &Layout,
    node: &Node,
    mapping: &Mapping,
    key: &str,
    text: &str,
    order: &[&str],
    goes_away: impl Fn(&str) -> bool,
) -> Result<TextEdit> {
    let rank = |key: &str| order.iter().position(|known| *known == key);
    let own = mapping.own_entries();
    let stays = own.iter().filter(|entry| !goes_away(&entry.key));
    let before = stays.clone().rfind(|entry| rank(&entry.key) < rank(key) && rank(&entry.key).is_some());
    // Before the first that comes after it; where the order is unknown, at the end.
    let after = own.iter().find(|entry| rank(&entry.key) > rank(key));
    let anchor = before.or(if after.is_some() { None } else { own.last() });
    if layout.is_flow(node) {
        return Ok(match (anchor, after) {
            (Some(anchor), _) => TextEdit::insert(layout.end_of(anchor), format!(", {text}")),
            (None, Some(after)) => TextEdit::insert(after.key_span.start, format!("{text}, ")),
            (None, None) => TextEdit::insert(node.span.start + 1, text),
        });
    }
    let column = layout.key_column(mapping).ok_or_else(|| Refusal::by_hand("the mapping is empty"))?;
    let indentation = spaces(column);
    let newline = layout.newline;
    Ok(match (anchor, after) {
        (Some(anchor), _) => {
            TextEdit::insert(layout.line_end(layout.end_of(anchor)), format!("{newline}{indentation}{text}"))
        }
        (None, Some(after)) => TextEdit::insert(after.key_span.start, format!("{text}{newline}{indentation}")),
        (None, None) => return Err(Refusal::by_hand("the mapping is empty")),
    })
}
