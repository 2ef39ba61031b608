//! A file's text together with its line starts, so that every diagnostic finds its line and column.

use super::{LineIndex, Position, Span};

/// The text of one file of the bundle.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, relative to the bundle's root, with `/`.
    pub file: String,
    /// Its whole text.
    pub text: String,
    lines: LineIndex,
}

impl Source {
    /// Indexes `text` as the text of `file`.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { file: file.into(), lines: LineIndex::new(&text), text }
    }

    /// Line and column of `byte`.
    pub fn position(&self, byte: usize) -> Position {
        self.lines.position(&self.text, byte)
    }

    /// The bytes of line `line` (counted from 1) without its line ending.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        self.lines.line_span(&self.text, line)
    }

    /// The text of `span`; empty where it does not lie within the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Where `part` stands literally within `span`; the whole span where it does not (escapes, folded lines).
    pub fn part(&self, span: Span, part: &str) -> Span {
        match self.slice(span).find(part) {
            Some(at) if !part.is_empty() => Span::new(span.start + at, span.start + at + part.len()),
            _ => span,
        }
    }
}
