//! Code to read: selectable and searchable, never editable. Made for output of any size.

use egui::text::LayoutJob;
use egui::{AsIdSalt, Ui};

use super::buffer::Buffer;
use super::highlight::{Highlighter, Language};
use super::json_field::framed;
use super::{Editor, EditorResponse, Options, rows};
use crate::bundle::Span;
use crate::workbench::theme::{Tokens, size, space};

/// A read-only view of code that lays out only the lines on screen.
#[derive(Debug)]
pub struct CodeView {
    editor: Editor,
}

impl CodeView {
    /// A view of `text`.
    pub fn new(text: String, language: Language) -> Self {
        Self { editor: Editor::with_options(text, Options { language, read_only: true, gutter: false }) }
    }

    /// The same view with line numbers.
    #[must_use]
    pub fn with_line_numbers(mut self) -> Self {
        self.editor.options.gutter = true;
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.editor.text()
    }

    /// Shows another text.
    pub fn set_text(&mut self, text: String) {
        self.editor.set_text(text);
    }

    /// Scrolls `span` into view and selects it on the next show.
    pub fn reveal(&mut self, span: Span) {
        self.editor.reveal(span);
    }

    /// Shows the view in a border: as high as its text, and at most `rows` lines.
    /// `label` is its accessible name.
    pub fn show(&mut self, ui: &mut Ui, id_salt: impl AsIdSalt, label: &str, rows: usize) -> EditorResponse {
        let find_bar = if self.editor.find.is_open() { 40.0 } else { 0.0 };
        let rows = self.editor.document.buffer().lines().clamp(1, rows.max(1));
        let height = rows as f32 * size::CODE_LINE + 2.0 * space::S + 2.0 + find_bar;
        framed(ui, height, false, |ui| self.editor.show_marked(ui, id_salt, label, std::iter::empty()))
    }

    /// Shows the view in all the space of `ui`, without a border.
    pub fn show_filling(&mut self, ui: &mut Ui, id_salt: impl AsIdSalt, label: &str) -> EditorResponse {
        self.editor.show_marked(ui, id_salt, label, std::iter::empty())
    }
}

/// The layout of a short highlighted text, for a label. What is longer belongs into a [`CodeView`].
pub fn highlighted(text: &str, language: Language, tokens: &Tokens) -> LayoutJob {
    let buffer = Buffer::new(text.to_owned());
    let mut highlighter = Highlighter::new(language, buffer.lines());
    highlighter.update(&buffer, usize::MAX, std::time::Duration::from_millis(20));
    let mut job = LayoutJob { keep_trailing_whitespace: true, ..Default::default() };
    for line in 0..buffer.lines() {
        rows::append(&mut job, buffer.full_line(line), highlighter.runs(line), tokens);
    }
    job
}
