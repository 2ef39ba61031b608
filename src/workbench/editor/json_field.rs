//! A small editor for JSON, as the function runner's input needs it: highlighted, its first error
//! underlined and explained, formatted on request.

use std::fmt;

use egui::{AsIdSalt, Stroke, StrokeKind, Ui, vec2};

use super::highlight::Language;
use super::marks::Mark;
use super::{Editor, EditorResponse, Options};
use crate::bundle::{Severity, Span};
use crate::workbench::theme::{self, size, space};

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in bytes, counted from 1; 0 at the end of an empty text.
    pub column: usize,
    /// What is wrong, without the place.
    pub message: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.message, self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
        Self { line, column, message: message.to_owned() }
    }
}

/// An editor for one JSON value.
#[derive(Debug)]
pub struct JsonField {
    editor: Editor,
    value: Result<serde_json::Value, JsonError>,
    parsed_revision: u64,
    may_be_empty: bool,
}

impl JsonField {
    /// A field with `text` in it.
    pub fn new(text: String) -> Self {
        let value = parse(&text);
        let options = Options { language: Language::Json, read_only: false, gutter: false };
        let editor = Editor::with_options(text, options);
        let parsed_revision = editor.revision();
        Self { editor, value, parsed_revision, may_be_empty: false }
    }

    /// The same field, where leaving it empty is no error.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.editor.text()
    }

    /// Puts another text in place, with nothing to undo.
    pub fn set_text(&mut self, text: String) {
        self.editor.set_text(text);
    }

    /// Grows with every change of the text.
    pub fn revision(&self) -> u64 {
        self.editor.revision()
    }

    /// The value, or why there is none. Parsed only when the text changed.
    pub fn value(&mut self) -> Result<serde_json::Value, JsonError> {
        self.checked().clone()
    }

    /// The error of the text, if it is not JSON.
    pub fn error(&mut self) -> Option<&JsonError> {
        let is_fine = self.may_be_empty && self.editor.text().trim_ascii().is_empty();
        self.checked().as_ref().err().filter(|_| !is_fine)
    }

    /// Lays the value out over lines, as one step that can be undone; keys keep their order.
    /// Leaves a text that is not JSON alone.
    pub fn format(&mut self) {
        if let Ok(value) = self.checked()
            && let Ok(text) = serde_json::to_string_pretty(value)
            && text != self.editor.text()
        {
            let all = Span::new(0, self.editor.text().len());
            self.editor.apply_edit(all, &text);
        }
    }

    /// The editor itself, to reveal a place or to ask for the caret.
    pub fn editor(&mut self) -> &mut Editor {
        &mut self.editor
    }

    /// Shows the field, `rows` lines high. `label` is its accessible name.
    pub fn show(&mut self, ui: &mut Ui, id_salt: impl AsIdSalt, label: &str, rows: usize) -> EditorResponse {
        let error = self.error().cloned();
        let mark = error.map(|error| mark(self.editor.text(), error));
        let failed = mark.is_some();
        let height = rows.max(1) as f32 * size::CODE_LINE + 2.0 * space::S;
        framed(ui, height, failed, |ui| self.editor.show_marked(ui, id_salt, label, mark.into_iter()))
    }

    fn checked(&mut self) -> &Result<serde_json::Value, JsonError> {
        if self.parsed_revision != self.editor.revision() {
            self.parsed_revision = self.editor.revision();
            self.value = parse(self.editor.text());
        }
        &self.value
    }
}

fn parse(text: &str) -> Result<serde_json::Value, JsonError> {
    serde_json::from_str(text).map_err(JsonError::from)
}

/// The mark of an error: from the offending byte to the end of its word, or the last character.
fn mark(text: &str, error: JsonError) -> Mark {
    let line_start = text.split_inclusive('\n').take(error.line.saturating_sub(1)).map(str::len).sum::<usize>();
    let at = text.floor_char_boundary((line_start + error.column.saturating_sub(1)).min(text.len()));
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let end = at + if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
    Mark::plain(Some(Span::new(at, end)), Severity::Error, error.message)
}

/// Shows `contents` on the editor's ground inside a border that shows focus and failure.
pub(super) fn framed(
    ui: &mut Ui,
    height: f32,
    failed: bool,
    contents: impl FnOnce(&mut Ui) -> EditorResponse,
) -> EditorResponse {
    let tokens = theme::of(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    ui.painter().rect_filled(rect, 6.0, tokens.canvas);
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink(1.0)));
    inner.shrink_clip_rect(rect.shrink(1.0));
    let shown = contents(&mut inner);
    let color = match (failed, shown.response.has_focus()) {
        (true, _) => tokens.bad,
        (false, true) => tokens.accent,
        (false, false) => tokens.border,
    };
    ui.painter().rect_stroke(rect, 6.0, Stroke::new(1.0, color), StrokeKind::Inside);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_underlined_where_it_stands() {
        let text = "{\n  \"a\": tru,\n}";
        let mut field = JsonField::new(text.into());
        let error = field.value().unwrap_err();
        assert_eq!((error.line, error.message.as_str()), (2, "expected ident"));
        let mark = mark(text, error);
        assert_eq!(mark.span, Some(Span::new(12, 13)));
    }

    #[test]
    fn formatting_keeps_the_order_of_keys_and_can_be_undone() {
        let mut field = JsonField::new("{\"b\":1,\"a\":[]}".into());
        field.format();
        assert_eq!(field.text(), "{\n  \"b\": 1,\n  \"a\": []\n}");
        assert!(field.editor().undo());
        assert_eq!(field.value().unwrap(), serde_json::json!({"b": 1, "a": []}));
    }

    #[test]
    fn nothing_is_an_error_only_where_something_is_needed() {
        assert!(JsonField::new(" ".into()).error().is_some());
        assert!(JsonField::new(" ".into()).optional().error().is_none());
        assert!(JsonField::new("{".into()).optional().error().is_some());
    }

    #[test]
    fn a_text_that_is_not_json_is_left_alone() {
        let mut field = JsonField::new("{\"b\":".into());
        field.format();
        assert_eq!(field.text(), "{\"b\":");
        assert_eq!(field.error().unwrap().message, "EOF while parsing a value");
    }
}
