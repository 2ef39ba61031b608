//! Which lines are folded away, and the way between lines of the text and rows on screen.
//!
//! What can be folded is read from the indentation, so that it also works while the text is broken.
//! Nothing here draws.

use std::ops::Range;

use super::buffer::{Buffer, LineChange};
use super::motion;

/// Blank lines behind a line that are looked over to find what it holds.
const MOST_BLANK: usize = 200;

/// One folded stretch: its first line is shown, the others are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fold {
    header: usize,
    last: usize,
}

/// The folded stretches of a text.
#[derive(Clone, Debug, Default)]
pub struct Folds {
    closed: Vec<Fold>,
    /// The lines that are not shown, in order, without overlap.
    hidden: Vec<Range<usize>>,
}

impl Folds {
    /// How many rows `lines` lines take.
    pub fn rows(&self, lines: usize) -> usize {
        lines - self.hidden.iter().map(|range| range.end.min(lines) - range.start.min(lines)).sum::<usize>()
    }

    /// The row of a line; that of its fold where the line is hidden.
    pub fn row_of(&self, line: usize) -> usize {
        let mut row = line;
        for range in self.hidden.iter().take_while(|range| range.start <= line) {
            row -= range.end.min(line + 1) - range.start;
        }
        row
    }

    /// The line that stands at a row.
    pub fn line_at(&self, row: usize) -> usize {
        let mut line = row;
        for range in &self.hidden {
            if range.start > line {
                break;
            }
            line += range.len();
        }
        line
    }

    /// Whether the line stands for lines that are folded behind it.
    pub fn is_closed(&self, line: usize) -> bool {
        self.closed.iter().any(|fold| fold.header == line)
    }

    /// How many lines are folded behind a line.
    pub fn hidden_behind(&self, line: usize) -> usize {
        self.closed.iter().find(|fold| fold.header == line).map_or(0, |fold| fold.last - fold.header)
    }

    /// Folds what a line holds, or what holds the line; unfolds it where it is folded.
    pub fn toggle(&mut self, buffer: &Buffer, line: usize) {
        if !self.open(line) {
            self.close(buffer, line);
        }
    }

    /// Folds what `line` holds, or the nearest line above that holds it. False where nothing can be folded.
    pub fn close(&mut self, buffer: &Buffer, line: usize) -> bool {
        let holder = (0..=line).rev().find_map(|header| {
            let last = region(buffer, header)?;
            (last >= line).then_some(Fold { header, last })
        });
        let Some(fold) = holder else { return false };
        if !self.closed.contains(&fold) {
            self.closed.push(fold);
            self.closed.sort_unstable();
            self.find_hidden();
        }
        true
    }

    /// Unfolds what is folded behind a line. False where nothing is.
    pub fn open(&mut self, line: usize) -> bool {
        let before = self.closed.len();
        self.closed.retain(|fold| fold.header != line);
        self.find_hidden();
        self.closed.len() < before
    }

    /// Unfolds everything that hides a line.
    pub fn reveal(&mut self, line: usize) {
        if self.hidden.iter().any(|range| range.contains(&line)) {
            self.closed.retain(|fold| !(fold.header < line && line <= fold.last));
            self.find_hidden();
        }
    }

    /// Folds everything that can be folded, at every depth.
    pub fn close_all(&mut self, buffer: &Buffer) {
        let headers = (0..buffer.lines()).filter(|line| can_fold(buffer, *line));
        let folds = headers.filter_map(|header| Some(Fold { header, last: region(buffer, header)? }));
        self.closed = folds.collect();
        self.find_hidden();
    }

    /// Unfolds everything.
    pub fn open_all(&mut self) {
        self.closed.clear();
        self.hidden.clear();
    }

    /// Moves the folds along with an edit; a fold whose hidden lines were touched is unfolded.
    pub fn edited(&mut self, change: LineChange) {
        if self.closed.is_empty() {
            return;
        }
        let last_touched = change.first + change.removed - 1;
        let within_one_line = change.removed == 1 && change.inserted == 1;
        self.closed.retain_mut(|fold| {
            if last_touched < fold.header || (last_touched == fold.header && change.first < fold.header) {
                fold.header = fold.header + change.inserted - change.removed;
                fold.last = fold.last + change.inserted - change.removed;
                true
            } else {
                change.first > fold.last || (change.first == fold.header && within_one_line)
            }
        });
        self.find_hidden();
    }

    fn find_hidden(&mut self) {
        self.hidden.clear();
        for fold in &self.closed {
            let range = fold.header + 1..fold.last + 1;
            match self.hidden.last_mut() {
                Some(before) if range.start <= before.end => before.end = before.end.max(range.end),
                _ => self.hidden.push(range),
            }
        }
    }
}

/// Whether a line holds lines that can be folded behind it.
pub fn can_fold(buffer: &Buffer, line: usize) -> bool {
    let Some(header) = Header::of(buffer.line(line)) else { return false };
    let below = (line + 1..buffer.lines()).take(MOST_BLANK).map(|line| buffer.line(line));
    below.into_iter().find(|text| !text.trim().is_empty()).is_some_and(|text| header.holds(text))
}

/// The last line of what a line holds; `None` where it holds nothing.
fn region(buffer: &Buffer, line: usize) -> Option<usize> {
    let header = Header::of(buffer.line(line))?;
    let mut last = None;
    for below in line + 1..buffer.lines() {
        let text = buffer.line(below);
        if text.trim().is_empty() {
            continue;
        }
        if !header.holds(text) {
            break;
        }
        last = Some(below);
    }
    last
}

/// What of a line decides which lines below belong to it.
struct Header {
    indentation: usize,
    /// Whether it is a key without a value, whose list may stand at the key's own indentation.
    opens_list: bool,
}

impl Header {
    fn of(text: &str) -> Option<Self> {
        let content = text.trim();
        if content.is_empty() || content.starts_with('#') {
            return None;
        }
        let code = content.split(" #").next().unwrap_or(content).trim_end();
        let opens_list = code.ends_with(':') && !code.starts_with('-');
        Some(Self { indentation: motion::indentation(text).len(), opens_list })
    }

    fn holds(&self, below: &str) -> bool {
        let indentation = motion::indentation(below).len();
        let is_item = below.trim_start().starts_with("- ") || below.trim() == "-";
        indentation > self.indentation || (self.opens_list && is_item && indentation == self.indentation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Span;

    const TEXT: &str =
        "name: a\napi:\n  basePath: /\n  endpoints:\n  - name: x\n    path: /x\n\n  - name: y\n# end\nb: 1";

    fn shown(folds: &Folds, buffer: &Buffer) -> Vec<usize> {
        (0..folds.rows(buffer.lines())).map(|row| folds.line_at(row)).collect()
    }

    #[test]
    fn a_folded_block_takes_one_row() {
        let buffer = Buffer::new(TEXT.into());
        let mut folds = Folds::default();
        folds.toggle(&buffer, 1);
        assert_eq!(shown(&folds, &buffer), [0, 1, 8, 9]);
        assert_eq!((folds.row_of(1), folds.row_of(5), folds.row_of(8)), (1, 1, 2));
        assert_eq!(folds.hidden_behind(1), 6);
        folds.toggle(&buffer, 1);
        assert_eq!(folds.rows(buffer.lines()), buffer.lines());
    }

    #[test]
    fn a_list_at_the_indentation_of_its_key_is_held_by_it() {
        let buffer = Buffer::new(TEXT.into());
        assert_eq!(region(&buffer, 3), Some(7));
        assert_eq!(region(&buffer, 4), Some(5));
        assert!(!can_fold(&buffer, 0) && !can_fold(&buffer, 7) && !can_fold(&buffer, 8));
    }

    #[test]
    fn folding_inside_a_block_folds_the_block() {
        let buffer = Buffer::new(TEXT.into());
        let mut folds = Folds::default();
        assert!(folds.close(&buffer, 5));
        assert_eq!(shown(&folds, &buffer), [0, 1, 2, 3, 4, 6, 7, 8, 9]);
        assert!(!folds.close(&buffer, 9));
    }

    #[test]
    fn folds_within_folds_stay_when_the_outer_one_opens() {
        let buffer = Buffer::new(TEXT.into());
        let mut folds = Folds::default();
        folds.close_all(&buffer);
        assert_eq!(shown(&folds, &buffer), [0, 1, 8, 9]);
        folds.open(1);
        assert_eq!(shown(&folds, &buffer), [0, 1, 2, 3, 8, 9]);
        folds.reveal(5);
        assert_eq!(shown(&folds, &buffer), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn folds_move_with_edits_above_and_open_when_their_lines_change() {
        let mut buffer = Buffer::new(TEXT.into());
        let mut folds = Folds::default();
        folds.close(&buffer, 1);
        folds.edited(buffer.replace(Span::new(0, 0), "# one\n# two\n"));
        assert!(folds.is_closed(3) && folds.hidden_behind(3) == 6);
        folds.edited(buffer.replace(Span::new(0, 6), ""));
        assert!(folds.is_closed(2));
        let end = buffer.line_span(2).end;
        folds.edited(buffer.replace(Span::new(end, end), " # note"));
        assert!(folds.is_closed(2));
        let inside = buffer.line_span(4).end;
        folds.edited(buffer.replace(Span::new(inside, inside), "\n"));
        assert_eq!(folds.rows(buffer.lines()), buffer.lines());
    }
}
