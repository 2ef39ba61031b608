//! Removing and moving entries of a list.

use super::layout::{Block, Layout};
use super::{Refusal, Result};
use crate::bundle::yaml::{Entry, Kind, Node};
use crate::bundle::{Span, TextEdit};

/// Whether the list of `entry` is written with brackets.
pub(super) fn is_flow(layout: &Layout, entry: &Entry) -> bool {
    matches!(&entry.value.kind, Kind::Sequence(_)) && layout.is_flow(&entry.value)
}

fn block(layout: &Layout, item: &Node) -> Result<Block> {
    layout.block(item).ok_or_else(|| Refusal::by_hand("the entry shares its line with something else"))
}

/// Removes the entry `at` of the list at `key`.
pub(super) fn remove(layout: &Layout, key: &Entry, items: &[Node], at: usize) -> Result<Vec<TextEdit>> {
    let gone = || Refusal::by_hand("the entry is not there any more");
    let item = items.get(at).ok_or_else(gone)?;
    let (before, after) = (at.checked_sub(1).and_then(|at| items.get(at)), items.get(at + 1));
    if is_flow(layout, key) {
        let span = match (before, after) {
            (_, Some(after)) => Span::new(item.span.start, after.span.start),
            (Some(before), None) => Span::new(before.span.end, item.span.end),
            (None, None) => item.span,
        };
        let edit = TextEdit::new(span, "");
        return if layout.slice(span).lines().any(|line| line.contains(" #")) {
            Err(Refusal::by_hand("a comment stands beside the entry"))
        } else {
            Ok(vec![edit])
        };
    }
    let own = block(layout, item)?;
    let mut end = layout.next_line(own.span.end);
    let mut start = own.span.start;
    match (before, after) {
        (_, Some(after)) => {
            // The empty lines after it go with it: those before it part its neighbours.
            let next = block(layout, after)?.span.start;
            if layout.slice(Span::new(end, next)).trim().is_empty() {
                end = next;
            }
        }
        (Some(before), None) => {
            let previous = block(layout, before)?.span.end;
            if layout.slice(Span::new(previous, start)).trim().is_empty() {
                start = previous;
                end = own.span.end;
            }
        }
        (None, None) => {
            let colon = layout.after_colon(key).ok_or_else(gone)?;
            let lines = Span::new(layout.line_end(colon), own.span.end);
            return Ok(vec![TextEdit::insert(colon, " []"), TextEdit::new(lines, "")]);
        }
    }
    Ok(vec![TextEdit::new(Span::new(start, end), "")])
}

/// Exchanges the entries `first` and the one below it, each with its comments.
pub(super) fn swap(layout: &Layout, items: &[Node], first: usize) -> Result<Vec<TextEdit>> {
    let gone = || Refusal::by_hand("the entry is not there any more");
    let (upper, lower) = (items.get(first).ok_or_else(gone)?, items.get(first + 1).ok_or_else(gone)?);
    let spans = match (layout.block(upper), layout.block(lower)) {
        (Some(upper), Some(lower)) => (upper.span, lower.span),
        (None, None) => (upper.span, lower.span),
        _ => return Err(Refusal::by_hand("the entries share a line with something else")),
    };
    Ok(vec![TextEdit::new(spans.0, layout.slice(spans.1)), TextEdit::new(spans.1, layout.slice(spans.0))])
}
