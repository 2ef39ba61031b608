//! Painting the visible part of an editor: grounds, text, underlines, gutter and caret.
//!
//! Everything here draws what it is given and changes nothing.

use egui::accesskit::Role;
use egui::{
    Align2, Color32, Painter, Pos2, Rangef, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{ICON_CHEVRON_RIGHT, ICON_KEYBOARD_ARROW_DOWN, ICON_LIGHTBULB};

use super::assistance::marks_at_caret;
use super::document::Document;
use super::folds::{self, Folds};
use super::highlight::{Highlighter, Run, Token};
use super::input::Composition;
use super::marks::{self, Mark};
use super::motion;
use super::rows::{Metrics, Row, code_font};
use crate::bundle::{Severity, Span};
use crate::workbench::theme::{Tokens, space};
use crate::workbench::widgets;

/// What controls upon the text sense: a drag that begins on one must not select text below it.
const CONTROL: Sense = Sense::CLICK.union(Sense::DRAG);
/// The part of the gutter beside the text that folds.
pub const FOLD_WIDTH: f32 = 14.0;

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
    /// The rows that are on screen, of `rows` in all.
    pub fn visible_rows(&self, rows: usize) -> std::ops::Range<usize> {
        let height = self.metrics.line_height;
        let first = ((self.inner.top() - self.origin.y) / height).floor().max(0.0) as usize;
        let last = ((self.inner.bottom() - self.origin.y) / height).ceil().max(0.0) as usize;
        first.min(rows)..last.min(rows)
    }

    /// The row at a height on screen.
    fn row_at(&self, y: f32, rows: usize) -> usize {
        let row = ((y - self.origin.y) / self.metrics.line_height).floor().max(0.0) as usize;
        row.min(rows.saturating_sub(1))
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
    folds: &'a Folds,
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
        (document, folds): (&'a Document, &'a Folds),
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
        let lines = geometry.visible_rows(folds.rows(buffer.lines())).map(|row| folds.line_at(row));
        let rows = lines.map(|line| (line, row(line))).collect();
        let clip = geometry.text_rect().intersect(ui.clip_rect());
        Self { geometry, document, folds, tokens, painter: ui.painter().with_clip_rect(clip), rows }
    }

    /// The position in the text nearest to a place on screen.
    pub fn position_at(&self, place: Pos2) -> usize {
        let buffer = self.document.buffer();
        let line = self.line_at(place.y);
        let column = match self.rows.iter().find(|(row_line, _)| *row_line == line) {
            Some((_, row)) => row.column_at(place.x - self.geometry.origin.x),
            None => ((place.x - self.geometry.origin.x) / self.geometry.metrics.advance).round().max(0.0) as usize,
        };
        motion::at_column(buffer, line, column)
    }

    /// The line at a height on screen.
    pub fn line_at(&self, y: f32) -> usize {
        self.folds.line_at(self.geometry.row_at(y, self.folds.rows(self.document.buffer().lines())))
    }

    /// The top of a line on screen.
    pub fn top_of(&self, line: usize) -> f32 {
        self.geometry.origin.y + self.folds.row_of(line) as f32 * self.geometry.metrics.line_height
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
            let top = self.top_of(*line);
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
        let top = self.top_of(line);
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
        let top = self.top_of(line);
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
            let top = self.top_of(*line);
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
            let place = pos2(self.geometry.origin.x + left, self.top_of(*line));
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

    /// Underlines the marks that are on screen.
    pub fn paint_marks(&self, marks: &[Mark]) {
        let visible = self.visible_span();
        let here = marks.iter().filter_map(|mark| Some((mark, mark.span?)));
        for (mark, span) in here.filter(|(_, span)| span.start <= visible.end && span.end >= visible.start) {
            for rect in self.rects(span) {
                let least = self.geometry.metrics.advance;
                let rect = rect.with_max_x(rect.right().max(rect.left() + least));
                squiggle(&self.painter, rect, marks::colour(mark.severity, self.tokens));
            }
        }
    }

    /// Paints a sign behind each line that stands for folded ones; gives the line whose sign was clicked.
    pub fn show_folded(&self, ui: &Ui, response: &Response) -> Option<usize> {
        let mut clicked = None;
        for (line, row) in self.rows.iter().filter(|(line, _)| self.folds.is_closed(*line)) {
            let x = self.geometry.origin.x + row.x(self.document.buffer().line(*line).chars().count()) + space::M;
            let place = pos2(x, self.top_of(*line) + 3.0);
            let rect = Rect::from_min_size(place, vec2(26.0, self.geometry.metrics.line_height - 6.0));
            let sensed = rect.intersect(self.painter.clip_rect());
            if !sensed.is_positive() {
                continue;
            }
            let sign = ui.interact(sensed, response.id.with(("folded", *line)), CONTROL);
            let name = format!("Unfold {} lines behind line {}", self.folds.hidden_behind(*line), line + 1);
            sign.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            let ground = if sign.hovered() { self.tokens.hover } else { self.tokens.raised };
            self.painter.rect_filled(rect, 4.0, ground);
            self.painter.text(rect.center(), Align2::CENTER_CENTER, "\u{22ef}", code_font(), self.tokens.muted);
            if sign.on_hover_text(name).clicked() {
                clicked = Some(*line);
            }
        }
        clicked
    }

    /// Paints numbers, the worst mark and the fold of each visible line beside the text; gives the line
    /// whose fold was clicked.
    pub fn show_gutter(&self, ui: &Ui, response: &Response, marks: &[Mark], focused: bool) -> Option<usize> {
        if !self.geometry.numbered {
            return None;
        }
        let mut clicked = None;
        let pointed = response
            .ctx
            .pointer_hover_pos()
            .is_some_and(|place| self.geometry.inner.contains(place) && place.x < self.geometry.text_rect().left());
        let inner = self.geometry.inner;
        let rect = inner.with_max_x(inner.left() + self.geometry.gutter - space::M);
        let painter = ui.painter().with_clip_rect(inner.intersect(ui.clip_rect()));
        painter.vline(rect.right().round() + 0.5, inner.y_range(), (1.0, self.tokens.border));
        let caret_line = self.document.buffer().line_of(self.document.selection().head);
        for (line, _) in &self.rows {
            let top = self.top_of(*line);
            let worst = self.worst_mark(marks, *line);
            let mut color = if *line == caret_line && focused { self.tokens.text } else { self.tokens.faint };
            if let Some(mark) = worst {
                color = marks::colour(mark.severity, self.tokens);
                let height = self.geometry.metrics.line_height;
                painter.circle_filled(pos2(rect.left() + 9.0, top + height * 0.5), 3.0, color);
                let row = Rect::from_x_y_ranges(rect.x_range(), top..=top + height).intersect(inner);
                let hover = ui.interact(row, response.id.with(("gutter", *line)), Sense::hover());
                hover.on_hover_ui(|ui| {
                    ui.set_max_width(420.0);
                    marks::explain(ui, mark, self.tokens);
                });
            }
            let place = pos2(rect.right() - FOLD_WIDTH - space::XS, top);
            painter.text(place, Align2::RIGHT_TOP, line + 1, code_font(), color);
            let closed = self.folds.is_closed(*line);
            if closed || (pointed && folds::can_fold(self.document.buffer(), *line)) {
                let x = rect.right() - FOLD_WIDTH;
                let arrow = Rect::from_min_size(pos2(x, top), vec2(FOLD_WIDTH, self.geometry.metrics.line_height));
                if self.show_arrow(ui, response, arrow.intersect(inner), *line, closed) {
                    clicked = Some(*line);
                }
            }
        }
        clicked
    }

    fn show_arrow(&self, ui: &Ui, response: &Response, rect: Rect, line: usize, closed: bool) -> bool {
        let arrow = ui.interact(rect, response.id.with(("fold", line)), CONTROL);
        let name = if closed { format!("Unfold line {}", line + 1) } else { format!("Fold line {}", line + 1) };
        arrow.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        let icon = if closed { ICON_CHEVRON_RIGHT } else { ICON_KEYBOARD_ARROW_DOWN };
        let color = if arrow.hovered() || closed { self.tokens.text } else { self.tokens.faint };
        widgets::paint_icon(ui, rect, icon, color);
        arrow.clicked()
    }

    /// Shows a light bulb on the caret's line where a problem there can be mended; says whether it was clicked.
    pub fn show_bulb(&self, ui: &Ui, response: &Response, marks: &[Mark]) -> bool {
        let mendable = |mark: &&Mark| !mark.fixes.is_empty() || !mark.choices.is_empty();
        if !self.geometry.numbered || !marks_at_caret(self.document, marks).iter().any(mendable) {
            return false;
        }
        let top = self.top_of(self.document.buffer().line_of(self.document.selection().head));
        let place = pos2(self.geometry.inner.left() + 1.0, top);
        let rect = Rect::from_min_size(place, vec2(18.0, self.geometry.metrics.line_height));
        let sensed = rect.intersect(self.geometry.inner);
        if !sensed.is_positive() {
            return false;
        }
        let bulb = ui.interact(sensed, response.id.with("bulb"), CONTROL);
        bulb.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Quick fixes"));
        ui.painter().rect_filled(rect, 3.0, if bulb.hovered() { self.tokens.hover } else { self.tokens.canvas });
        widgets::paint_icon(ui, rect, ICON_LIGHTBULB, self.tokens.warn);
        bulb.on_hover_text("Quick fixes (Ctrl+.)").clicked()
    }

    /// Paints a tick for each mark at the right edge, at its place in the whole text.
    pub fn paint_overview(&self, ui: &Ui, marks: &[Mark]) {
        const MOST: usize = 500;
        let buffer = self.document.buffer();
        let inner = self.geometry.inner;
        let rows = self.folds.rows(buffer.lines());
        let height = rows as f32 * self.geometry.metrics.line_height;
        if height <= inner.height() {
            return;
        }
        for mark in marks.iter().take(MOST) {
            let row = self.folds.row_of(buffer.line_of(mark.start()));
            let y = inner.top() + inner.height() * row as f32 / rows as f32;
            let tick = Rect::from_min_size(pos2(inner.right() - 4.0, y), vec2(4.0, 3.0));
            ui.painter().rect_filled(tick, 1.0, marks::colour(mark.severity, self.tokens));
        }
    }

    /// The lines that are on screen, from top to bottom.
    pub fn lines(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().map(|(line, _)| *line)
    }

    /// The stretch of text from the first to the last line on screen, folded lines in between included.
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
