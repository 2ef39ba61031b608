//! The edits that fixes are made of: entries put into a YAML text, taken out of it, or given a value.
//!
//! They change whole lines, or parts between commas, so that everything else, comments included, stays as it
//! is written. Where the text is written in a way that this cannot be promised for, there is no edit.

use super::yaml::{Entry, Mapping};
use super::{Span, TextEdit};

/// The order in which new fields are put among those that are there.
const ORDER: [&str; 20] = [
    "name",
    "description",
    "version",
    "basePath",
    "method",
    "path",
    "to",
    "whenSensor",
    "toFunc",
    "primitiveIntent",
    "cooldown",
    "retries",
    "expectedDuration",
    "expiresIn",
    "metric",
    "target",
    "api",
    "intents",
    "goals",
    "services",
];

fn rank(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

/// The line break that the text uses.
pub fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// The end of the line of `at`, without and with its line break; `None` where something else than a comment
/// follows on it.
fn line_end(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let line = rest.split('\n').next().unwrap_or_default();
    let content = line.trim_end_matches('\r');
    let tail = content.trim_start();
    let is_comment = tail.starts_with('#') && tail.len() < content.len();
    let with_break = (at + line.len() + 1).min(text.len());
    (tail.is_empty() || is_comment).then_some((at + content.len(), with_break))
}

fn is_flow(text: &str, span: Span) -> bool {
    text.get(span.start..).is_some_and(|rest| rest.starts_with('{'))
}

/// The last byte of an entry that can be seen.
fn visible_end(text: &str, entry: &Entry) -> usize {
    let end = entry.value.span.end.max(entry.key_span.end);
    let end = text.get(..end).map_or(end, |before| before.trim_end().len());
    // An entry without a value ends with its colon.
    let colon = text.get(entry.key_span.end..).map_or(0, |rest| rest.len() - rest.trim_start_matches([' ', ':']).len());
    if entry.value.span.start >= entry.value.span.end { end.max(entry.key_span.end + colon.min(1)) } else { end }
}

/// Whether the whole entry stands on one line, so that something can follow on the next one.
fn is_one_line(text: &str, entry: &Entry) -> bool {
    let end = visible_end(text, entry);
    let whole = text.get(entry.key_span.start..end).unwrap_or_default();
    let value = text.get(entry.value.span.start..entry.value.span.end).unwrap_or_default();
    !whole.contains('\n') && !value.starts_with(['|', '>']) && line_end(text, end).is_some()
}

/// Puts `key: value` among the entries of `mapping`, which spans `span`.
pub fn insert_entry(text: &str, mapping: &Mapping, span: Span, key: &str, value: &str) -> Option<TextEdit> {
    let own = mapping.own_entries();
    let first = own.first()?;
    let entry = format!("{key}: {value}");
    if is_flow(text, span) {
        return Some(TextEdit::insert(visible_end(text, own.last()?), format!(", {entry}")));
    }
    let lead = text.get(line_start(text, first.key_span.start)..first.key_span.start)?;
    let lead = lead.trim_start_matches('\u{feff}');
    if !lead.chars().all(|c| c == ' ' || c == '-') {
        return None;
    }
    let (indent, newline) = (" ".repeat(lead.len()), newline(text));
    let before = own.iter().rfind(|other| rank(&other.key) < rank(key) && is_one_line(text, other));
    match before {
        Some(before) => {
            let (end, _) = line_end(text, visible_end(text, before))?;
            Some(TextEdit::insert(end, format!("{newline}{indent}{entry}")))
        }
        None => Some(TextEdit::insert(first.key_span.start, format!("{entry}{newline}{indent}"))),
    }
}

/// Gives an entry without a value `value`.
pub fn fill_entry(text: &str, entry: &Entry, value: &str) -> Option<TextEdit> {
    let span = entry.value.span;
    let written = text.get(span.start..span.end)?;
    // Through an alias or a merge the value stands elsewhere.
    if span.start < entry.key_span.end || written.starts_with('*') || written.contains('\n') {
        return None;
    }
    if !written.is_empty() {
        return Some(TextEdit::new(span, value));
    }
    let after = text.get(entry.key_span.end..)?;
    let colon = after
        .find(|c: char| !c.is_whitespace())
        .filter(|at| after.get(*at..).is_some_and(|rest| rest.starts_with(':')))?;
    let rest = after.get(colon + 1..)?;
    let line = rest.split('\n').next().unwrap_or_default().trim_start();
    // An anchor or a tag without a value.
    if !(line.is_empty() || line.starts_with(['#', ',', '}'])) {
        return None;
    }
    Some(TextEdit::insert(entry.key_span.end + colon + 1, format!(" {value}")))
}

/// Takes the entry from `key` to the end of its value out of `mapping`, which spans `span`.
pub fn remove_entry(text: &str, mapping: &Mapping, span: Span, entry: &Entry) -> Option<TextEdit> {
    let own = mapping.own_entries();
    let at = own.iter().position(|other| other.key_span == entry.key_span)?;
    if own.len() < 2 {
        return None;
    }
    let next = own.get(at + 1).map(|next| next.key_span.start);
    let previous = at.checked_sub(1).and_then(|at| own.get(at)).map(|previous| visible_end(text, previous));
    let removed = stretch(text, entry.key_span.start, visible_end(text, entry), is_flow(text, span), previous, next)?;
    harmless(text, removed)
}

/// The stretch that an entry takes up: its lines, or what lies between commas.
fn stretch(
    text: &str,
    start: usize,
    end: usize,
    is_flow: bool,
    previous: Option<usize>,
    next: Option<usize>,
) -> Option<Span> {
    if is_flow {
        return match (next, previous) {
            (Some(next), _) => Some(Span::new(start, next)),
            (None, Some(previous)) => Some(Span::new(previous, end)),
            (None, None) => None,
        };
    }
    let (_, end) = line_end(text, end)?;
    let line = line_start(text, start);
    let lead = text.get(line..start)?;
    if lead.chars().all(|c| c == ' ') {
        return Some(Span::new(line, end));
    }
    // Behind a dash: the next entry moves up.
    let next = next.filter(|_| lead.chars().all(|c| c == ' ' || c == '-'))?;
    text.get(end..next)?.trim().is_empty().then_some(Span::new(start, next))
}

/// Removes `span`, unless an anchor that something else may need stands in it.
fn harmless(text: &str, span: Span) -> Option<TextEdit> {
    (!text.get(span.start..span.end)?.contains('&')).then(|| TextEdit::new(span, ""))
}

/// Takes a key that stands twice, with its value, out of a block mapping that has entries before it.
pub fn remove_lines(text: &str, start: usize, end: usize) -> Option<TextEdit> {
    let end = text.get(..end)?.trim_end().len();
    harmless(text, stretch(text, start, end.max(start), false, None, None)?)
}

/// Takes an item of a list out, where each item begins on a line of its own.
pub fn remove_item(text: &str, item: Span) -> Option<TextEdit> {
    let line = line_start(text, item.start);
    let lead = text.get(line..item.start)?.trim_start_matches(' ');
    if lead.strip_prefix('-').is_none_or(|rest| !rest.trim().is_empty()) {
        return None;
    }
    let end = text.get(..item.end)?.trim_end().len();
    let (_, end) = line_end(text, end)?;
    harmless(text, Span::new(line, end))
}

/// `wanted`, or with a number behind it the first name that is not `taken`.
pub fn free_name(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let stem = wanted.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = if stem.is_empty() { wanted } else { stem };
    let mut numbered = (2..).map(|number| format!("{stem}{number}"));
    numbered.find(|name| !taken(name)).unwrap_or_default()
}
