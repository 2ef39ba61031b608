//! The text editor: YAML files of a bundle, JSON inputs, and read-only code.
//!
//! Virtualised: only the lines on screen are laid out and painted, so the cost of a frame does not
//! grow with the text. Text, selection and history ([`document`]) know nothing of egui; keys
//! ([`input`]), pointer and scrolling ([`view`]) and painting ([`canvas`]) know nothing of files.

mod accessibility;
mod assistance;
mod buffer;
mod canvas;
mod code_view;
mod commands;
mod diff;
mod diff_view;
mod document;
mod find;
mod folds;
mod highlight;
mod history;
mod hover;
mod input;
mod json_field;
mod marks;
mod menu;
mod motion;
mod popup;
mod reload;
mod rows;
#[cfg(test)]
pub(crate) mod testing;
mod view;

use egui::{AsIdSalt, Ui};

use crate::bundle::{Diagnostic, Span, TextEdit, edit};
use assistance::Wanted;
pub use assistance::{Asked, Knowledge};
pub use code_view::{CodeView, highlighted};
pub use diff_view::DiffView;
use document::{Document, Selection};
use find::Find;
use folds::Folds;
use highlight::Highlighter;
pub use highlight::{Language, preload};
use history::Kind;
pub use json_field::{JsonError, JsonField};
pub use marks::Mark;
use marks::Marks;
use view::{Parts, View};

/// What an editor is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    language: Language,
    read_only: bool,
    gutter: bool,
}

/// What showing an editor gave.
#[derive(Debug)]
pub struct EditorResponse {
    /// Whether the text changed.
    pub changed: bool,
    /// What the user asked for that others must do.
    pub asked: Option<Asked>,
    /// The response of the text area.
    pub response: egui::Response,
}

/// A code editor with its text.
#[derive(Debug)]
pub struct Editor {
    document: Document,
    highlighter: Highlighter,
    marks: Marks,
    find: Find,
    folds: Folds,
    view: View,
    options: Options,
    /// Added to the document's revision, which starts anew with each text.
    base_revision: u64,
}

impl Editor {
    /// An editor for YAML with line numbers.
    pub fn new(text: String) -> Self {
        Self::with_options(text, Options { language: Language::Yaml, read_only: false, gutter: true })
    }

    fn with_options(text: String, options: Options) -> Self {
        let document = Document::new(text);
        let highlighter = Highlighter::new(options.language, document.buffer().lines());
        Self {
            document,
            highlighter,
            marks: Marks::default(),
            find: Find::default(),
            folds: Folds::default(),
            view: View::default(),
            options,
            base_revision: 0,
        }
    }

    /// The text, with the line endings it came with.
    pub fn text(&self) -> &str {
        self.document.buffer().text()
    }

    /// Grows with every change of the text, by whatever means.
    pub fn revision(&self) -> u64 {
        self.base_revision + self.document.buffer().revision()
    }

    /// Puts another text in place, as after a change on disk. The caret stays on its line and
    /// column as far as they exist; there is nothing to undo afterwards. The same text changes nothing.
    pub fn set_text(&mut self, text: String) {
        if text == self.text() {
            return;
        }
        let head = self.document.selection().head;
        let line = self.document.buffer().line_of(head);
        let column = motion::column(self.document.buffer(), head);
        self.base_revision = self.revision() + 1;
        self.document = Document::new(text);
        self.highlighter = Highlighter::new(self.options.language, self.document.buffer().lines());
        let caret = motion::at_column(self.document.buffer(), line, column);
        self.document.select(Selection::caret(caret));
        self.marks = Marks::default();
        self.folds.open_all();
    }

    /// Takes over what the text became on disk, as one step that can be undone. The caret stays at its
    /// text, and nothing scrolls.
    pub fn reload(&mut self, text: &str) {
        let (span, replacement) = reload::changed_lines(self.text(), text);
        let selection = self.document.selection();
        let moved = |at| reload::moved(self.document.buffer(), text, span, replacement, at);
        let after = Selection { anchor: moved(selection.anchor), head: moved(selection.head) };
        self.document.edit(Kind::Command, span, replacement, after);
    }

    /// Whether the text can only be read.
    pub fn is_read_only(&self) -> bool {
        self.options.read_only
    }

    /// Lets the text be read only, or edited again.
    pub fn set_read_only(&mut self, read_only: bool) {
        self.options.read_only = read_only;
    }

    /// Applies edits that are in terms of the present text as one step that can be undone, and selects
    /// what the first of them put there. Nothing happens where one lies outside the text.
    pub fn apply_edits(&mut self, edits: &[TextEdit]) {
        let Some(first) = edits.iter().map(|edit| edit.span.start).min() else { return };
        let Some(last) = edits.iter().map(|edit| edit.span.end).max() else { return };
        // One replacement of the whole stretch between the first and the last edit is one step of undo.
        let within = |edit: &TextEdit| {
            TextEdit::new(Span::new(edit.span.start - first, edit.span.end - first), edit.replacement.as_str())
        };
        let relative: Vec<TextEdit> = edits.iter().map(within).collect();
        let Some(replacement) = self.text().get(first..last).and_then(|text| edit::apply(&relative, text)) else {
            return;
        };
        self.apply_edit(Span::new(first, last), &replacement);
        let inserted = edits.iter().filter(|edit| edit.span.start == first).map(|edit| edit.replacement.len()).sum();
        self.reveal(Span::new(first, first + if edits.len() == 1 { replacement.len() } else { inserted }));
    }

    /// Replaces the bytes of `span` as one step that can be undone. The caret stays where it was
    /// in the text, or goes after the replacement where it stood inside `span`.
    pub fn apply_edit(&mut self, span: Span, replacement: &str) {
        let span = self.document.buffer().snap_span(span);
        let moved = |at: usize| {
            if at <= span.start {
                at
            } else if at <= span.end {
                span.start + replacement.len()
            } else {
                at - (span.end - span.start) + replacement.len()
            }
        };
        let selection = self.document.selection();
        let after = Selection { anchor: moved(selection.anchor), head: moved(selection.head) };
        self.document.edit(Kind::Command, span, replacement, after);
        self.view.follow_caret = true;
    }

    /// Selects `span`, scrolls it into view and takes the focus on the next show.
    pub fn reveal(&mut self, span: Span) {
        self.document.select(Selection { anchor: span.end, head: span.start });
        self.view.follow_caret = true;
        self.view.centre = true;
        self.view.take_focus = true;
    }

    /// The caret's line and column, counted from 1.
    pub fn cursor(&self) -> (usize, usize) {
        let head = self.document.selection().head;
        (self.document.buffer().line_of(head) + 1, motion::column(self.document.buffer(), head) + 1)
    }

    /// The selected bytes; empty at the caret where nothing is selected.
    pub fn selection(&self) -> Span {
        self.document.selection().span()
    }

    /// Undoes the last step; false where there is none.
    pub fn undo(&mut self) -> bool {
        self.view.follow_caret = true;
        self.document.undo()
    }

    /// Applies the last undone step again; false where there is none.
    pub fn redo(&mut self) -> bool {
        self.view.follow_caret = true;
        self.document.redo()
    }

    /// Whether there is a step to undo.
    pub fn can_undo(&self) -> bool {
        self.document.history().can_undo()
    }

    /// Whether there is a step to redo.
    pub fn can_redo(&self) -> bool {
        self.document.history().can_redo()
    }

    /// Opens the find bar, with fields to replace where `replacing`.
    pub fn open_find(&mut self, replacing: bool) {
        let selected = self.document.selected_text().to_owned();
        self.find.open(&selected, replacing && !self.options.read_only);
    }

    /// Takes the keyboard focus on the next show.
    pub fn focus(&mut self) {
        self.view.take_focus = true;
    }

    /// The byte at which the caret stands.
    pub fn caret(&self) -> usize {
        self.document.selection().head
    }

    /// Opens the list of completions at the caret on the next show.
    pub fn open_completions(&mut self) {
        self.view.assistance.wanted = Some(Wanted::Completions);
        self.view.take_focus = true;
    }

    /// Opens the list of fixes for the caret's line on the next show.
    pub fn open_fixes(&mut self) {
        self.view.assistance.wanted = Some(Wanted::Fixes);
        self.view.take_focus = true;
    }

    /// Folds everything that can be folded.
    pub fn fold_all(&mut self) {
        self.folds.close_all(self.document.buffer());
    }

    /// Unfolds everything.
    pub fn unfold_all(&mut self) {
        self.folds.open_all();
    }

    /// Shows the editor in all the space of `ui`. `label` is its accessible name; `diagnostics` are
    /// those of this text, and their places follow edits until the next ones come.
    pub fn show<'d>(
        &mut self,
        ui: &mut Ui,
        id_salt: impl AsIdSalt,
        label: &str,
        diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
        knowledge: Option<Knowledge<'_>>,
    ) -> EditorResponse {
        self.show_with(ui, id_salt, label, diagnostics.into_iter().map(Mark::from), knowledge)
    }

    /// Shows the editor with marks that come from elsewhere than a bundle's checks.
    pub fn show_marked(
        &mut self,
        ui: &mut Ui,
        id_salt: impl AsIdSalt,
        label: &str,
        marks: impl Iterator<Item = Mark>,
    ) -> EditorResponse {
        self.show_with(ui, id_salt, label, marks, None)
    }

    fn show_with(
        &mut self,
        ui: &mut Ui,
        id_salt: impl AsIdSalt,
        label: &str,
        marks: impl Iterator<Item = Mark>,
        knowledge: Option<Knowledge<'_>>,
    ) -> EditorResponse {
        let id = ui.make_persistent_id(id_salt);
        let before = self.revision();
        self.follow_changes();
        self.marks.set(marks);
        let parts = Parts {
            document: &mut self.document,
            highlighter: &mut self.highlighter,
            marks: &mut self.marks,
            find: &mut self.find,
            folds: &mut self.folds,
            knowledge,
            options: self.options,
        };
        let (mut response, asked) = ui.scope(|ui| self.view.show(ui, id, label, parts)).inner;
        let changed = self.revision() != before;
        if changed {
            response.mark_changed();
        }
        EditorResponse { changed, asked, response }
    }

    /// Applies edits made since the last show to what keeps places in the text.
    fn follow_changes(&mut self) {
        for change in self.document.take_changes() {
            self.highlighter.edited(change.lines);
            self.marks.edited(&change);
            self.folds.edited(change.lines);
        }
    }
}
