//! The text of an editor with an index of its lines that every edit updates in place.
//!
//! Positions are bytes and lines count from 0 here; what people read counts from 1. Nothing in
//! this file knows of carets, undo or drawing, and line endings are kept as they came.

use crate::bundle::Span;

/// The lines that an edit touched: `removed` lines from `first` on became `inserted` lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineChange {
    /// The first line touched.
    pub first: usize,
    /// Lines that stood there before, at least 1.
    pub removed: usize,
    /// Lines that stand there now, at least 1.
    pub inserted: usize,
}

/// A text and the byte at which each of its lines begins.
#[derive(Clone, Debug)]
pub struct Buffer {
    text: String,
    starts: Vec<usize>,
    revision: u64,
    longest: usize,
}

impl Buffer {
    /// Indexes `text`.
    pub fn new(text: String) -> Self {
        let starts = std::iter::once(0).chain(line_starts(&text, 0)).collect();
        let mut buffer = Self { text, starts, revision: 0, longest: 0 };
        buffer.measure_longest();
        buffer
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Grows with every edit.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The number of lines, at least 1.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The length in bytes of the longest line.
    pub fn longest_line(&self) -> usize {
        self.longest
    }

    /// The line that holds `byte`. A byte past the end belongs to the last line.
    pub fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// The bytes of `line` with its line ending. A line past the end is empty and at the end.
    pub fn full_line_span(&self, line: usize) -> Span {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        Span::new(start, end)
    }

    /// The bytes of `line` without its line ending.
    pub fn line_span(&self, line: usize) -> Span {
        let full = self.full_line_span(line);
        let text = self.slice(full);
        let content = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        Span::new(full.start, full.start + content.len())
    }

    /// The text of `line` without its line ending.
    pub fn line(&self, line: usize) -> &str {
        self.slice(self.line_span(line))
    }

    /// The text of `line` with its line ending.
    pub fn full_line(&self, line: usize) -> &str {
        self.slice(self.full_line_span(line))
    }

    /// The text of `span`; empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The line ending of the first line that has one: what new lines get.
    pub fn line_ending(&self) -> &'static str {
        if self.full_line(0).ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// The nearest position at or before `byte` that is no part of a character or of a line ending.
    pub fn snap(&self, byte: usize) -> usize {
        let byte = self.text.floor_char_boundary(byte.min(self.text.len()));
        let before = self.text.as_bytes().get(byte.wrapping_sub(1));
        if before == Some(&b'\r') && self.text.as_bytes().get(byte) == Some(&b'\n') { byte - 1 } else { byte }
    }

    /// `span` with both ends snapped into the text.
    pub fn snap_span(&self, span: Span) -> Span {
        Span::new(self.snap(span.start), self.snap(span.end))
    }

    /// Replaces the bytes of `span`, which is snapped into the text first, and says which lines changed.
    pub fn replace(&mut self, span: Span, replacement: &str) -> LineChange {
        let span = self.snap_span(span);
        let (first, last) = (self.line_of(span.start), self.line_of(span.end));
        self.text.replace_range(span.start..span.end, replacement);
        self.starts.splice(first + 1..=last, line_starts(replacement, span.start));
        let inserted = replacement.matches('\n').count() + 1;
        for start in self.starts.iter_mut().skip(first + inserted) {
            *start = *start - (span.end - span.start) + replacement.len();
        }
        self.revision += 1;
        self.measure_longest();
        LineChange { first, removed: last - first + 1, inserted }
    }

    fn measure_longest(&mut self) {
        let end = self.text.len();
        let ends = self.starts.iter().copied().skip(1).chain(std::iter::once(end));
        self.longest = self.starts.iter().zip(ends).map(|(start, end)| end - start).max().unwrap_or(0);
    }
}

/// Where lines begin after each line feed of `text`, which itself begins at `offset`.
fn line_starts(text: &str, offset: usize) -> impl Iterator<Item = usize> + '_ {
    text.match_indices('\n').map(move |(at, _)| offset + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::editor::testing::Random;

    #[test]
    fn the_line_index_equals_a_rebuilt_one_after_random_edits() {
        let mut random = Random::new(7);
        let mut buffer = Buffer::new("name: größe\r\n- a\n- b: \"ü\"\n\nend".into());
        for _ in 0..2000 {
            let (a, b) = (random.below(buffer.text().len() + 1), random.below(12));
            let pieces = ["", "x", "\n", "é", "\r\n", "a\nb\n", "key: value\n  - 1", "\n\n\n"];
            let piece = pieces[random.below(pieces.len())];
            let before = buffer.lines();
            let change = buffer.replace(Span::new(a, a + b), piece);
            let rebuilt = Buffer::new(buffer.text().to_owned());
            assert_eq!(buffer.starts, rebuilt.starts);
            assert_eq!(buffer.longest, rebuilt.longest);
            assert_eq!(before + change.inserted - change.removed, buffer.lines());
        }
    }

    #[test]
    fn a_line_ends_before_its_line_ending() {
        let buffer = Buffer::new("one\r\ntwo\nthree".into());
        assert_eq!((0..3).map(|line| buffer.line(line)).collect::<Vec<_>>(), ["one", "two", "three"]);
        assert_eq!(buffer.line_ending(), "\r\n");
        assert_eq!(buffer.line(9), "");
    }

    #[test]
    fn a_position_inside_a_line_ending_or_a_character_moves_before_it() {
        let buffer = Buffer::new("a\r\nü".into());
        assert_eq!(buffer.snap(2), 1);
        assert_eq!(buffer.snap(4), 3);
        assert_eq!(buffer.snap(400), 5);
    }
}
