//! What could stand at a place: keys, values, parts of references, whole entries.
//!
//! Works from lines and indentation, so that it has an answer while the text is half typed.

mod entry;
mod keys;
mod rank;
mod reference;
mod values;

use super::place::{Place, Shape};
use super::sketch::{Piece, PieceKind};
use super::{Completion, Item, ItemKind, Question, Span};
use keys::Keys;

/// Most items that are offered.
const MAX_ITEMS: usize = 200;

/// What could stand at the question's place. Nothing in comments and in texts of several lines.
pub fn complete(question: &Question) -> Completion {
    let Some(place) = Place::of(question) else { return Completion::default() };
    if place.sketch.is_prose(question.offset) {
        return Completion::default();
    }
    let mut found = match place.sketch.at(question.offset) {
        Some(at) => in_piece(&place, at),
        None => on_empty_line(&place),
    };
    found.items.truncate(MAX_ITEMS);
    found
}

impl Item {
    /// An item that is put in as it is shown, with the caret behind it.
    pub(super) fn new(label: impl Into<String>, kind: ItemKind) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            caret: label.len(),
            label,
            detail: String::new(),
            documentation: String::new(),
            kind,
            goes_on: false,
        }
    }

    pub(super) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub(super) fn with_documentation(mut self, documentation: impl Into<String>) -> Self {
        self.documentation = documentation.into();
        self
    }

    /// Inserts `text` with the caret behind it.
    pub(super) fn inserting(mut self, text: impl Into<String>) -> Self {
        self.insert = text.into();
        self.caret = self.insert.len();
        self
    }

    /// Puts `lead` before what is inserted.
    pub(super) fn behind(mut self, lead: &str) -> Self {
        self.insert.insert_str(0, lead);
        self.caret += lead.len();
        self
    }

    pub(super) fn going_on(mut self) -> Self {
        self.goes_on = true;
        self
    }
}

/// At a piece of the text.
fn in_piece(place: &Place, at: usize) -> Completion {
    let Some(piece) = place.piece(at) else { return Completion::default() };
    let offset = place.question.offset;
    let in_word = piece.word.start <= offset && offset <= piece.word.end;
    match piece.kind {
        PieceKind::Key if in_word => match place.shape(piece.parent) {
            Shape::Fields(scope) => Keys { scope, mapping: piece.parent, column: piece.column, is_flow: piece.is_flow }
                .complete(place, piece.word, Some(at)),
            _ => Completion::default(),
        },
        PieceKind::Key => values::complete(place, at),
        PieceKind::Item => in_item(place, at, piece),
        PieceKind::Word => in_word_alone(place, at, piece),
    }
}

/// Behind a dash with nothing after it.
fn in_item(place: &Place, at: usize, piece: &Piece) -> Completion {
    let offset = place.question.offset;
    let rest = place.slice(Span::new(offset, piece.slot.end));
    let (Shape::Fields(scope), true) = (place.shape(Some(at)), rest.trim().is_empty()) else {
        return Completion::default();
    };
    if offset < piece.slot.start {
        return Completion::default();
    }
    // Right behind the dash a space is missing.
    let lead = if offset == piece.slot.start { " " } else { "" };
    let line_start = place.question.text.get(..offset).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let column = offset - line_start + lead.len();
    let keys = Keys { scope, mapping: Some(at), column, is_flow: piece.is_flow };
    let mut found = keys.complete(place, Span::new(offset, offset), None);
    if place.keys(Some(at), None).is_empty() {
        let whole = entry::entries(place, scope, column, entry::Style::AfterDash);
        found.items.splice(0..0, whole);
    }
    found.items = found.items.into_iter().map(|item| item.behind(lead)).collect();
    found
}

/// At a word that has no colon: a value in a line of its own, or a key that is being typed.
fn in_word_alone(place: &Place, at: usize, piece: &Piece) -> Completion {
    if place.value(at).is_some() {
        return values::complete(place, at);
    }
    let offset = place.question.offset;
    let word = if piece.word.start == piece.word.end { Span::new(offset, offset) } else { piece.word };
    if offset < word.start || offset > word.end {
        return Completion::default();
    }
    let typed = place.slice(Span::new(word.start, offset));
    match place.shape(piece.parent) {
        Shape::Fields(scope) => {
            let keys = Keys { scope, mapping: piece.parent, column: piece.column, is_flow: piece.is_flow };
            let mut found = keys.complete(place, word, Some(at));
            let is_item =
                piece.parent.and_then(|parent| place.piece(parent)).is_some_and(|p| p.kind == PieceKind::Item);
            if is_item && !piece.is_flow && place.keys(piece.parent, Some(at)).is_empty() {
                let whole = entry::entries(place, scope, piece.column, entry::Style::AfterDash);
                found.items.extend(rank::ranked(whole, typed));
            }
            found
        }
        Shape::List(scope) if !piece.is_flow => {
            let whole = entry::entries(place, scope, piece.column, entry::Style::WithDash);
            Completion { span: word, items: rank::ranked(whole, typed) }
        }
        _ => Completion::default(),
    }
}

/// On a line of white space: what the open mappings and lists may go on with. Another indentation than the
/// one before the caret is put right.
fn on_empty_line(place: &Place) -> Completion {
    let (text, offset) = (place.question.text, place.question.offset);
    let start = text.get(..offset).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(offset..).unwrap_or_default();
    let rest = rest.get(..rest.find('\n').unwrap_or(rest.len())).unwrap_or_default();
    let before = place.slice(Span::new(start, offset)).trim_start_matches('\u{feff}');
    if !before.trim().is_empty() || !rest.trim().is_empty() {
        return Completion::default();
    }
    let column = before.len();
    let mut items = Vec::new();
    let mut wanted = column;
    for at in place.sketch.open_before(start) {
        let Some(piece) = place.piece(at) else { break };
        if piece.column > column || (piece.column == column && piece.kind != PieceKind::Key) {
            continue;
        }
        let shape = place.shape(Some(at));
        if piece.column == column {
            // A list may stand right below its key, in the same column.
            if let (Shape::List(scope), true) = (shape, has_items_in(place, at, column)) {
                items.extend(entry::entries(place, scope, column, entry::Style::WithDash));
            }
            continue;
        }
        match shape {
            Shape::Fields(scope) => {
                wanted = child_column(place, at).unwrap_or(column);
                let keys = Keys { scope, mapping: Some(at), column: wanted, is_flow: false };
                items.splice(0..0, keys.complete(place, Span::new(offset, offset), None).items);
                return indented(place, start, column, wanted, items);
            }
            Shape::List(scope) => {
                wanted = child_column(place, at).unwrap_or(column);
                items.splice(0..0, entry::entries(place, scope, wanted, entry::Style::WithDash));
                return indented(place, start, column, wanted, items);
            }
            Shape::Value(_) if piece.value.is_none() => return values::complete(place, at),
            // Deeper than the field that ends above: meant to stand beside it.
            Shape::Value(_) => continue,
            Shape::Unknown => return Completion::default(),
        }
    }
    if let Shape::Fields(scope) = place.shape(None) {
        wanted = place.sketch.children(None).next().map_or(column, |(_, piece)| piece.column);
        let keys = Keys { scope, mapping: None, column: wanted, is_flow: false };
        items.splice(0..0, keys.complete(place, Span::new(offset, offset), None).items);
    }
    indented(place, start, column, wanted, items)
}

fn has_items_in(place: &Place, parent: usize, column: usize) -> bool {
    place.sketch.children(Some(parent)).any(|(_, piece)| piece.kind == PieceKind::Item && piece.column == column)
}

/// The column that the children of `parent` begin in.
fn child_column(place: &Place, parent: usize) -> Option<usize> {
    let mut children = place.sketch.children(Some(parent)).map(|(_, piece)| piece);
    children.find(|piece| piece.kind != PieceKind::Word && !piece.is_flow).map(|piece| piece.column)
}

/// The items at `wanted` instead of the `column` that the caret is in.
fn indented(place: &Place, line: usize, column: usize, wanted: usize, items: Vec<Item>) -> Completion {
    let offset = place.question.offset;
    if column == wanted {
        return Completion { span: Span::new(offset, offset), items };
    }
    let lead = " ".repeat(wanted);
    let items = items.into_iter().map(|item| item.behind(&lead)).collect();
    Completion { span: Span::new(line, offset), items }
}
