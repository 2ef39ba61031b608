//! One line of text laid out: its galley, and the way between columns and distances on screen.
//!
//! Only lines on screen are laid out, and of a very long line only the part on screen. Characters
//! that would be invisible or turn the reading direction around are shown as a replacement sign.

use std::sync::Arc;

use egui::text::{ByteIndex, CharIndex, LayoutJob, LayoutSection, TextFormat};
use egui::{Color32, FontFamily, FontId, Galley, Rangef, Ui};

use super::highlight::{Run, Token, colour};
use crate::workbench::theme::{Tokens, size};

/// A line longer than this (in bytes) is laid out in part, with all its characters equally wide.
const LONG_LINE: usize = 2000;

/// Sizes that all rows share.
#[derive(Clone, Copy, Debug)]
pub struct Metrics {
    /// The width of a digit, and of all ASCII characters.
    pub advance: f32,
    /// The height of a row.
    pub line_height: f32,
}

impl Metrics {
    /// The sizes of the code font.
    pub fn of(ui: &Ui) -> Self {
        let advance = ui.fonts_mut(|fonts| fonts.glyph_width(&code_font(), '0'));
        Self { advance, line_height: size::CODE_LINE }
    }
}

/// The font of code.
pub fn code_font() -> FontId {
    FontId::new(size::CODE, FontFamily::Monospace)
}

/// A line, or the visible part of a long one, laid out.
pub struct Row {
    galley: Arc<Galley>,
    first_column: usize,
    left: f32,
    advance: f32,
}

impl Row {
    /// Lays out `text` with its `runs`; of a long line only what lies in `visible` (distances from the line's start).
    pub fn new(ui: &Ui, tokens: &Tokens, metrics: Metrics, text: &str, runs: &[Run], visible: Rangef) -> Self {
        let (mut part, mut first_column) = (text, 0);
        if text.len() > LONG_LINE {
            first_column = ((visible.min / metrics.advance) as usize).saturating_sub(1);
            let columns = (visible.span() / metrics.advance) as usize + 3;
            let mut indices = text.char_indices().skip(first_column);
            let start = indices.next().map_or(text.len(), |(at, _)| at);
            let end = indices.nth(columns).map_or(text.len(), |(at, _)| at);
            part = text.get(start..end).unwrap_or_default();
        }
        // A long line is not highlighted, so its runs cannot tell parts of it apart.
        let runs = if first_column > 0 { &[] } else { runs };
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job(part, runs, tokens)));
        Self { galley, first_column, left: first_column as f32 * metrics.advance, advance: metrics.advance }
    }

    /// The distance of `column` from the line's start.
    pub fn x(&self, column: usize) -> f32 {
        let Some(inside) = column.checked_sub(self.first_column) else { return column as f32 * self.advance };
        let Some(row) = self.galley.rows.first() else { return self.left };
        let beyond =
            inside.saturating_sub(row.glyphs.len()) as f32 * if self.first_column > 0 { self.advance } else { 0.0 };
        self.left + row.x_offset(CharIndex(inside)) + beyond
    }

    /// The column nearest to the distance `x` from the line's start.
    pub fn column_at(&self, x: f32) -> usize {
        let column = self.galley.rows.first().map_or(0, |row| row.char_at(x - self.left).0);
        self.first_column + column
    }

    /// The laid out text, and how far from the line's start it is painted.
    pub fn galley(&self) -> (Arc<Galley>, f32) {
        (self.galley.clone(), self.left)
    }
}

/// The layout of one line's text: a section a run, the rest plain.
pub fn job(text: &str, runs: &[Run], tokens: &Tokens) -> LayoutJob {
    let mut job = LayoutJob { break_on_newline: false, keep_trailing_whitespace: true, ..Default::default() };
    job.wrap.max_width = f32::INFINITY;
    append(&mut job, text, runs, tokens);
    job
}

/// Appends one line to a layout.
pub fn append(job: &mut LayoutJob, text: &str, runs: &[Run], tokens: &Tokens) {
    let mut at = 0;
    let rest = Run { len: text.len(), token: Token::Plain };
    for run in runs.iter().chain(std::iter::once(&rest)) {
        let end = (at + run.len).min(text.len());
        let Some(piece) = text.get(at..end) else { continue };
        at = end;
        if !piece.is_empty() {
            append_piece(job, piece, colour(run.token, tokens), tokens.bad);
        }
    }
}

/// Appends one run; signs that stand for hidden characters are in the colour `alarm`.
fn append_piece(job: &mut LayoutJob, piece: &str, color: Color32, alarm: Color32) {
    let mut plain = piece;
    while let Some(at) = plain.find(is_deceptive) {
        let (before, hidden) = plain.split_at_checked(at).unwrap_or((plain, ""));
        push(job, before, color);
        push(job, "\u{fffd}", alarm);
        let mut rest = hidden.chars();
        rest.next();
        plain = rest.as_str();
    }
    push(job, plain, color);
}

fn push(job: &mut LayoutJob, text: &str, color: Color32) {
    if text.is_empty() {
        return;
    }
    let start = job.text.len();
    job.text.push_str(text);
    let mut format = TextFormat::simple(code_font(), color);
    format.line_height = Some(size::CODE_LINE);
    let byte_range = ByteIndex(start)..ByteIndex(job.text.len());
    job.sections.push(LayoutSection { leading_space: 0.0, byte_range, format });
}

/// Whether a character would be invisible or change the order of others on screen.
pub fn is_deceptive(character: char) -> bool {
    (character.is_control() && !matches!(character, '\t' | '\n'))
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::theme::DARK;

    #[test]
    fn hidden_and_reordering_characters_are_shown_as_signs_one_for_one() {
        let text = "a\u{202e}b\u{1b}[31m\tü";
        let runs = [Run { len: 4, token: Token::Key }, Run { len: text.len() - 4, token: Token::String }];
        let job = job(text, &runs, &DARK);
        assert_eq!(job.text, "a\u{fffd}b\u{fffd}[31m\tü");
        assert_eq!(job.text.chars().count(), text.chars().count());
        let colors: Vec<_> = job.sections.iter().map(|section| section.format.color).collect();
        assert_eq!(colors, [DARK.syntax_key, DARK.bad, DARK.syntax_string, DARK.bad, DARK.syntax_string]);
    }

    #[test]
    fn a_line_without_runs_is_plain() {
        let job = job("name: a", &[], &DARK);
        assert_eq!(job.sections.len(), 1);
        assert_eq!(job.sections.first().unwrap().format.color, DARK.text);
    }
}
