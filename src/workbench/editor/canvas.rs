//! Painting the visible part of an editor: grounds, text, underlines, gutter and caret.
//!
//! Everything here draws what it is given and changes nothing.

use egui::{Align2, Color32, Painter, Pos2, Rangef, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::document::Document;
use super::highlight::{Highlighter, Run, Token};
use super::input::Composition;
use super::marks::{self, Mark};
use super::motion;
use super::rows::{Metrics, Row, code_font};
use crate::bundle::{Severity, Span};
use crate::workbench::theme::{Tokens, space};

/// Where things are on screen.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Sizes of rows.
    pub metrics: Metrics,
    /// The visible part of the editor.
    pub inner: Rect,
    /// Where the first line's first character would be.
    pub origin: Pos2,
    /// The width of the gutter, from the left of `inner`.
    pub gutter: f32,
    /// Whether the gutter shows line numbers and marks.
    pub numbered: bool,
}

impl Geometry {
    /// The lines that are on screen, of `lines` in all.
    pub fn visible_lines(&self, lines: usize) -> std::ops::Range<usize> {
        let height = self.metrics.line_height;
        let first = ((self.inner.top() - self.origin.y) / height).floor().max(0.0) as usize;
        let last = ((self.inner.bottom() - self.origin.y) / height).ceil().max(0.0) as usize;
        first.min(lines)..last.min(lines)
    }

    /// The line at a height on screen.
    pub fn line_at(&self, y: f32, lines: usize) -> usize {
        let line = ((y - self.origin.y) / self.metrics.line_height).floor().max(0.0) as usize;
        line.min(lines.saturating_sub(1))
    }

    /// The top of a line on screen.
    pub fn top_of(&self, line: usize) -> f32 {
        self.origin.y + line as f32 * self.metrics.line_height
    }

    /// The part of `inner` beside the gutter.
    pub fn text_rect(&self) -> Rect {
        self.inner.with_min_x(self.inner.left() + self.gutter)
    }
}

/// The visible lines, laid out and ready to paint.
pub struct Canvas<'a> {
    /// Where things are.
    pub geometry: Geometry,
    document: &'a Document,
    tokens: &'static Tokens,
    painter: Painter,
    rows: Vec<(usize, Row)>,
}

impl<'a> Canvas<'a> {
    /// Lays out the visible lines.
    pub fn new(
        ui: &Ui,
        tokens: &'static Tokens,
        geometry: Geometry,
        document: &'a Document,
        highlighter: &Highlighter,
        composition: Option<&Composition>,
    ) -> Self {
        let buffer = document.buffer();
        let caret = document.selection().head;
        let caret_line = buffer.line_of(caret);
        let from = geometry.text_rect().left() - geometry.origin.x;
        let visible = Rangef::new(from, from + geometry.text_rect().width());
        let row = |line: usize| {
            let (text, runs) = (buffer.line(line), highlighter.runs(line));
            match composition {
                Some(composition) if line == caret_line => {
                    let at = caret - buffer.line_span(line).start;
                    let (text, runs) = with_composition(text, runs, at, &composition.text);
                    Row::new(ui, tokens, geometry.metrics, &text, &runs, visible)
                }
                _ => Row::new(ui, tokens, geometry.metrics, text, runs, visible),
            }
        };
        let rows = geometry.visible_lines(buffer.lines()).map(|line| (line, row(line))).collect();
        let clip = geometry.text_rect().intersect(ui.clip_rect());
        Self { geometry, document, tokens, painter: ui.painter().with_clip_rect(clip), rows }
    }

    /// The position in the text nearest to a place on screen.
    pub fn position_at(&self, place: Pos2) -> usize {
        let buffer = self.document.buffer();
        let line = self.geometry.line_at(place.y, buffer.lines());
        let column = match self.rows.iter().find(|(row_line, _)| *row_line == line) {
            Some((_, row)) => row.column_at(place.x - self.geometry.origin.x),
            None => ((place.x - self.geometry.origin.x) / self.geometry.metrics.advance).round().max(0.0) as usize,
        };
        motion::at_column(buffer, line, column)
    }

    /// The rectangle of `span` on each visible line it touches. What reaches over a line's end
    /// shows half a character there.
    pub fn rects(&self, span: Span) -> Vec<Rect> {
        let buffer = self.document.buffer();
        let mut rects = Vec::new();
        for (line, row) in &self.rows {
            let content = buffer.line_span(*line);
            if span.start > content.end || span.end < content.start {
                continue;
            }
            let column = |at: usize| buffer.slice(Span::new(content.start, at)).chars().count();
            let left = row.x(column(span.start.max(content.start)));
            let right = row.x(column(span.end.min(content.end)));
            let beyond = if span.end > content.end { self.geometry.metrics.advance * 0.5 } else { 0.0 };
            let top = self.geometry.top_of(*line);
            let x = self.geometry.origin.x;
            let height = self.geometry.metrics.line_height;
            rects.push(Rect::from_min_max(pos2(x + left, top), pos2(x + right + beyond, top + height)));
        }
        rects
    }

    /// The caret's place; `None` where it is not on screen.
    pub fn caret_rect(&self, composition: Option<&Composition>) -> Option<Rect> {
        let head = self.document.selection().head;
        let buffer = self.document.buffer();
        let line = buffer.line_of(head);
        let (_, row) = self.rows.iter().find(|(row_line, _)| *row_line == line)?;
        let composed = composition.map_or(0, |composition| composition.text.chars().count());
        let x = self.geometry.origin.x + row.x(motion::column(buffer, head) + composed);
        let top = self.geometry.top_of(line);
        Some(Rect::from_min_max(pos2(x, top + 1.0), pos2(x, top + self.geometry.metrics.line_height - 1.0)))
    }

    /// Paints a ground under `span`.
    pub fn paint_ground(&self, span: Span, color: Color32) {
        for rect in self.rects(span).into_iter().filter(|rect| rect.width() > 0.0) {
            self.painter.rect_filled(rect, 2.0, color);
        }
    }

    /// Paints a frame around the character at `at`.
    pub fn paint_frame(&self, at: usize, color: Color32) {
        let span = Span::new(at, motion::next(self.document.buffer(), at));
        for rect in self.rects(span) {
            self.painter.rect_stroke(rect.shrink2(vec2(0.0, 1.5)), 2.0, (1.0, color), StrokeKind::Outside);
        }
    }

    /// Paints the ground of the caret's line.
    pub fn paint_active_line(&self) {
        let line = self.document.buffer().line_of(self.document.selection().head);
        let top = self.geometry.top_of(line);
        let rect = Rect::from_x_y_ranges(self.geometry.inner.x_range(), top..=top + self.geometry.metrics.line_height);
        self.painter.rect_filled(rect, 0.0, self.tokens.accent.gamma_multiply(0.07));
    }

    /// Paints a faint line at each level of indentation.
    pub fn paint_indent_guides(&self) {
        let buffer = self.document.buffer();
        let mut below = 0;
        for (line, _) in self.rows.iter().rev() {
            let text = buffer.line(*line);
            let columns = if text.trim().is_empty() { below } else { motion::indentation(text).len() };
            below = columns;
            let top = self.geometry.top_of(*line);
            for column in (2..columns.min(200)).step_by(2) {
                let x = (self.geometry.origin.x + column as f32 * self.geometry.metrics.advance).round() + 0.5;
                self.painter.vline(x, top..=top + self.geometry.metrics.line_height, (1.0, self.tokens.border));
            }
        }
    }

    /// Paints the text.
    pub fn paint_text(&self) {
        for (line, row) in &self.rows {
            let (galley, left) = row.galley();
            let place = pos2(self.geometry.origin.x + left, self.geometry.top_of(*line));
            self.painter.galley(place, galley, self.tokens.text);
        }
    }

    /// Underlines what an input method is composing.
    pub fn paint_composition(&self, composition: &Composition) {
        let Some(end) = self.caret_rect(Some(composition)) else { return };
        let Some(start) = self.caret_rect(None) else { return };
        self.painter.hline(start.left()..=end.left(), end.bottom(), (1.5, self.tokens.accent));
    }

    /// Paints the caret.
    pub fn paint_caret(&self, rect: Rect) {
        self.painter.vline(rect.left().round(), rect.y_range(), (2.0, self.tokens.accent));
    }

    /// Underlines the marks that are on screen; hovering one explains it.
    pub fn show_marks(&self, ui: &Ui, response: &Response, marks: &[Mark]) {
        let visible = self.visible_span();
        let here = marks.iter().enumerate().filter_map(|(index, mark)| Some((index, mark, mark.span?)));
        for (index, mark, span) in here.filter(|(_, _, span)| span.start <= visible.end && span.end >= visible.start) {
            for (part, rect) in self.rects(span).into_iter().enumerate() {
                let least = self.geometry.metrics.advance;
                let rect = rect.with_max_x(rect.right().max(rect.left() + least));
                squiggle(&self.painter, rect, marks::colour(mark.severity, self.tokens));
                let sensed = rect.intersect(self.painter.clip_rect());
                if sensed.is_positive() {
                    let hover = ui.interact(sensed, response.id.with(("mark", index, part)), Sense::hover());
                    hover.on_hover_ui(|ui| marks::tooltip(ui, mark, self.tokens));
                }
            }
        }
    }

    /// Paints ground, numbers and the worst mark of each visible line beside the text.
    pub fn show_gutter(&self, ui: &Ui, response: &Response, marks: &[Mark], focused: bool) {
        if !self.geometry.numbered {
            return;
        }
        let inner = self.geometry.inner;
        let rect = inner.with_max_x(inner.left() + self.geometry.gutter - space::M);
        let painter = ui.painter().with_clip_rect(inner.intersect(ui.clip_rect()));
        painter.vline(rect.right().round() + 0.5, inner.y_range(), (1.0, self.tokens.border));
        let caret_line = self.document.buffer().line_of(self.document.selection().head);
        for (line, _) in &self.rows {
            let top = self.geometry.top_of(*line);
            let worst = self.worst_mark(marks, *line);
            let mut color = if *line == caret_line && focused { self.tokens.text } else { self.tokens.faint };
            if let Some(mark) = worst {
                color = marks::colour(mark.severity, self.tokens);
                let height = self.geometry.metrics.line_height;
                painter.circle_filled(pos2(rect.left() + 9.0, top + height * 0.5), 3.0, color);
                let row = Rect::from_x_y_ranges(rect.x_range(), top..=top + height).intersect(inner);
                let hover = ui.interact(row, response.id.with(("gutter", *line)), Sense::hover());
                hover.on_hover_ui(|ui| marks::tooltip(ui, mark, self.tokens));
            }
            let place = pos2(rect.right() - space::L, top);
            painter.text(place, Align2::RIGHT_TOP, line + 1, code_font(), color);
        }
    }

    /// Paints a tick for each mark at the right edge, at its place in the whole text.
    pub fn paint_overview(&self, ui: &Ui, marks: &[Mark]) {
        const MOST: usize = 500;
        let buffer = self.document.buffer();
        let inner = self.geometry.inner;
        let height = buffer.lines() as f32 * self.geometry.metrics.line_height;
        if height <= inner.height() {
            return;
        }
        for mark in marks.iter().take(MOST) {
            let line = buffer.line_of(mark.start());
            let y = inner.top() + inner.height() * line as f32 / buffer.lines() as f32;
            let tick = Rect::from_min_size(pos2(inner.right() - 4.0, y), vec2(4.0, 3.0));
            ui.painter().rect_filled(tick, 1.0, marks::colour(mark.severity, self.tokens));
        }
    }

    /// The text that is on screen.
    pub fn visible_span(&self) -> Span {
        let buffer = self.document.buffer();
        match (self.rows.first(), self.rows.last()) {
            (Some((first, _)), Some((last, _))) => {
                Span::new(buffer.line_span(*first).start, buffer.line_span(*last).end)
            }
            _ => Span::default(),
        }
    }

    fn worst_mark<'m>(&self, marks: &'m [Mark], line: usize) -> Option<&'m Mark> {
        let span = self.document.buffer().full_line_span(line);
        let is_last = line + 1 == self.document.buffer().lines();
        let from = marks.partition_point(|mark| mark.start() < span.start);
        let here = marks.iter().skip(from).take_while(|mark| mark.start() < span.end || is_last);
        here.min_by_key(|mark| mark.severity)
    }
}

/// A wavy line at the bottom of `rect`.
fn squiggle(painter: &Painter, rect: Rect, color: Color32) {
    let (right, mut x, mut up) = (rect.right().min(painter.clip_rect().right()), rect.left(), false);
    let bottom = rect.bottom() - 1.0;
    let mut points = Vec::new();
    while x <= right {
        points.push(pos2(x, if up { bottom - 2.0 } else { bottom }));
        (x, up) = (x + 2.0, !up);
    }
    painter.line(points, Stroke::new(1.2, color));
}

/// A line's text and runs with a composition inserted at byte `at`.
fn with_composition(text: &str, runs: &[Run], at: usize, composed: &str) -> (String, Vec<Run>) {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let inserted = Run { len: composed.len(), token: Token::Plain };
    let mut split = Vec::with_capacity(runs.len() + 2);
    let mut left = at;
    let mut placed = false;
    for run in runs {
        if !placed && left <= run.len {
            split.extend([Run { len: left, token: run.token }, inserted, Run { len: run.len - left, ..*run }]);
            placed = true;
        } else {
            split.push(*run);
            left = left.saturating_sub(run.len);
        }
    }
    (format!("{before}{composed}{after}"), split)
}

/// The severity order puts the worst first; the gutter relies on it.
const _: () = assert!((Severity::Error as u8) < (Severity::Hint as u8));
