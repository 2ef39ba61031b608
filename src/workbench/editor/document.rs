//! A text being edited: the buffer, the selection and the history, and the one way to change them.
//!
//! Whoever draws or highlights the document learns what changed from [`Document::take_changes`].
//! Nothing here knows of egui.

use super::buffer::{Buffer, LineChange};
use super::history::{Edit, History, Kind};
use crate::bundle::Span;

/// A stretch of selected text; empty where the ends are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The end that stays when the selection is extended.
    pub anchor: usize,
    /// The end with the caret.
    pub head: usize,
}

impl Selection {
    /// A caret without selected text.
    pub fn caret(at: usize) -> Self {
        Self { anchor: at, head: at }
    }

    /// Selects `span` with the caret at its end.
    pub fn of(span: Span) -> Self {
        Self { anchor: span.start, head: span.end }
    }

    /// The selected bytes.
    pub fn span(self) -> Span {
        Span::new(self.anchor.min(self.head), self.anchor.max(self.head))
    }

    /// Whether nothing is selected.
    pub fn is_empty(self) -> bool {
        self.anchor == self.head
    }
}

/// What an edit did to the text, for those who keep places in it.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The bytes that were replaced.
    pub span: Span,
    /// How many bytes stand there now.
    pub inserted: usize,
    /// The lines touched.
    pub lines: LineChange,
}

/// A text being edited.
#[derive(Clone, Debug)]
pub struct Document {
    buffer: Buffer,
    selection: Selection,
    history: History,
    changes: Vec<Change>,
    preferred_column: Option<usize>,
    time: f64,
}

impl Document {
    /// A document with the caret at the start and nothing to undo.
    pub fn new(text: String) -> Self {
        Self {
            buffer: Buffer::new(text),
            selection: Selection::default(),
            history: History::default(),
            changes: Vec::new(),
            preferred_column: None,
            time: 0.0,
        }
    }

    /// The text and its lines.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The selection.
    pub fn selection(&self) -> Selection {
        self.selection
    }

    /// The selected text.
    pub fn selected_text(&self) -> &str {
        self.buffer.slice(self.selection.span())
    }

    /// Tells the document what time it is (seconds, from any start), which groups undo steps.
    pub fn set_time(&mut self, seconds: f64) {
        self.time = seconds;
    }

    /// Selects, and so ends the current undo step.
    pub fn select(&mut self, selection: Selection) {
        self.selection = self.snapped(selection);
        self.preferred_column = None;
        self.history.seal();
    }

    /// Moves the caret to `at`; with `extend` the selection's anchor stays.
    pub fn move_to(&mut self, at: usize, extend: bool) {
        let anchor = if extend { self.selection.anchor } else { at };
        self.select(Selection { anchor, head: at });
    }

    /// The column that vertical movement keeps, also over shorter lines.
    pub fn preferred_column(&self) -> Option<usize> {
        self.preferred_column
    }

    /// Sets the column that vertical movement keeps, until the caret moves otherwise.
    pub fn set_preferred_column(&mut self, column: usize) {
        self.preferred_column = Some(column);
    }

    /// Replaces `span`, as one undo step or as part of the last one where `kind` goes on there.
    pub fn edit(&mut self, kind: Kind, span: Span, replacement: &str, after: Selection) {
        let span = self.buffer.snap_span(span);
        if self.buffer.slice(span) == replacement {
            self.select(after);
            return;
        }
        let before = self.selection;
        let edit =
            Edit { at: span.start, removed: self.buffer.slice(span).to_owned(), inserted: replacement.to_owned() };
        self.replace(span, replacement);
        self.selection = self.snapped(after);
        self.preferred_column = None;
        self.history.record(edit, kind, before, self.selection, self.time);
    }

    /// Replaces the selected text and puts the caret after the replacement.
    pub fn replace_selection(&mut self, kind: Kind, replacement: &str) {
        let span = self.selection.span();
        self.edit(kind, span, replacement, Selection::caret(span.start + replacement.len()));
    }

    /// Undoes the last step; false where there is none.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.history.undo() else { return false };
        let span = Span::new(step.edit.at, step.edit.at + step.edit.inserted.len());
        self.replace(span, &step.edit.removed);
        self.selection = step.before;
        self.preferred_column = None;
        true
    }

    /// Applies the last undone step again; false where there is none.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.history.redo() else { return false };
        let span = Span::new(step.edit.at, step.edit.at + step.edit.removed.len());
        self.replace(span, &step.edit.inserted);
        self.selection = step.after;
        self.preferred_column = None;
        true
    }

    /// The history, to ask what can be undone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What changed since this was last called, in order.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn replace(&mut self, span: Span, replacement: &str) {
        let lines = self.buffer.replace(span, replacement);
        self.changes.push(Change { span, inserted: replacement.len(), lines });
    }

    fn snapped(&self, selection: Selection) -> Selection {
        Selection { anchor: self.buffer.snap(selection.anchor), head: self.buffer.snap(selection.head) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::editor::testing::Random;

    fn type_text(document: &mut Document, text: &str) {
        for character in text.chars() {
            document.replace_selection(Kind::Typing, character.encode_utf8(&mut [0; 4]));
        }
    }

    #[test]
    fn characters_typed_in_a_row_are_undone_together() {
        let mut document = Document::new("a".into());
        document.move_to(1, false);
        type_text(&mut document, "bcd");
        document.set_time(5.0);
        type_text(&mut document, "ef");
        assert_eq!(document.buffer().text(), "abcdef");
        assert!(document.undo());
        assert_eq!(document.buffer().text(), "abcd");
        assert!(document.undo());
        assert_eq!(document.buffer().text(), "a");
        assert!(!document.undo());
        assert!(document.redo());
        assert_eq!((document.buffer().text(), document.selection().head), ("abcd", 4));
    }

    #[test]
    fn moving_the_caret_begins_a_new_undo_step() {
        let mut document = Document::new(String::new());
        type_text(&mut document, "ab");
        document.move_to(2, false);
        type_text(&mut document, "cd");
        document.undo();
        assert_eq!(document.buffer().text(), "ab");
    }

    #[test]
    fn deletions_in_both_directions_are_undone_together() {
        let mut document = Document::new("abcdef".into());
        for span in [Span::new(2, 3), Span::new(1, 2), Span::new(1, 2)] {
            document.edit(Kind::Deleting, span, "", Selection::caret(span.start));
        }
        assert_eq!(document.buffer().text(), "aef");
        document.undo();
        assert_eq!(document.buffer().text(), "abcdef");
        document.redo();
        assert_eq!(document.buffer().text(), "aef");
    }

    #[test]
    fn undoing_all_random_edits_gives_the_first_text_and_redoing_the_last() {
        let mut random = Random::new(11);
        let first = "- a: 1\r\n- b: \"zwölf\"\n";
        let mut document = Document::new(first.into());
        for turn in 0..500 {
            let start = random.below(document.buffer().text().len() + 1);
            let span = Span::new(start, start + random.below(6));
            let piece = ["", "x", "\r\n", "ö", "a\nb"][random.below(5)];
            let kind = [Kind::Typing, Kind::Deleting, Kind::Command][random.below(3)];
            document.set_time(f64::from(turn) * 0.3);
            document.edit(kind, span, piece, Selection::caret(start));
        }
        let last = document.buffer().text().to_owned();
        while document.undo() {}
        assert_eq!(document.buffer().text(), first);
        while document.redo() {}
        assert_eq!(document.buffer().text(), last);
    }
}
