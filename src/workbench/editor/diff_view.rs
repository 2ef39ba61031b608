//! Two texts side by side: aligned lines, changed parts marked, scrolling together. Lays out only the rows on
//! screen, so that large texts cost no more than small ones. Changes neither text.

use egui::accesskit::Role;
use egui::scroll_area::ScrollArea;
use egui::{
    Align2, Button, Color32, CornerRadius, Id, Key, Rangef, Rect, Response, RichText, Sense, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use super::buffer::Buffer;
use super::diff::{self, Diff, Pair};
use super::highlight::{Highlighter, Language};
use super::rows::{Metrics, Row, code_font};
use crate::workbench::text;
use crate::workbench::theme::{self, Tokens, size, space};

/// How long highlighting may go on in one frame, for each side.
const HIGHLIGHT_BUDGET: std::time::Duration = std::time::Duration::from_micros(1500);
/// The sign that says which side a line belongs to, for those who do not see the colours.
const SIGN: f32 = 14.0;

/// One of the two texts.
#[derive(Debug)]
struct Side {
    buffer: Buffer,
    highlighter: Highlighter,
}

impl Side {
    fn new(text: String, language: Language) -> Self {
        let buffer = Buffer::new(text);
        let highlighter = Highlighter::new(language, buffer.lines());
        Self { buffer, highlighter }
    }

    fn highlight(&mut self, until: Option<usize>) -> bool {
        until.is_some_and(|line| self.highlighter.update(&self.buffer, line + 1, HIGHLIGHT_BUDGET))
    }
}

/// Two texts side by side. Made off the UI thread, because comparing may take long.
#[derive(Debug)]
pub struct DiffView {
    left: Side,
    right: Side,
    diff: Diff,
    /// The difference that was gone to last.
    current: Option<usize>,
    /// Where to scroll to on the next show.
    wanted: Option<f32>,
    offset: Vec2,
    height: f32,
}

/// Where the two columns are on screen.
#[derive(Clone, Copy)]
struct Columns {
    /// The visible part.
    inner: Rect,
    /// Where the first row would be.
    top: f32,
    /// The part of the text that is scrolled out to the left.
    scrolled: f32,
    gutter: f32,
    metrics: Metrics,
}

impl Columns {
    fn half(&self, is_left: bool) -> Rect {
        let middle = self.inner.center().x.round();
        if is_left { self.inner.with_max_x(middle - 1.0) } else { self.inner.with_min_x(middle + 1.0) }
    }

    fn row(&self, half: Rect, row: usize) -> Rect {
        let top = self.top + row as f32 * self.metrics.line_height;
        Rect::from_x_y_ranges(half.x_range(), top..=top + self.metrics.line_height)
    }
}

impl DiffView {
    /// Compares two texts.
    pub fn new(left: String, right: String, language: Language) -> Self {
        let (left, right) = (Side::new(left, language), Side::new(right, language));
        let diff = Diff::new(&left.buffer, &right.buffer);
        let mut view = Self { left, right, diff, current: None, wanted: None, offset: Vec2::ZERO, height: 0.0 };
        view.go_to(0);
        view
    }

    /// Both texts.
    pub fn texts(&self) -> [&str; 2] {
        [self.left.buffer.text(), self.right.buffer.text()]
    }

    /// How many stretches differ.
    pub fn differences(&self) -> usize {
        self.diff.changes().len()
    }

    /// Whether the texts differ in how their lines end.
    fn endings_differ(&self) -> bool {
        self.left.buffer.line_ending() != self.right.buffer.line_ending()
            && self.left.buffer.lines().min(self.right.buffer.lines()) > 1
    }

    fn go_to(&mut self, change: usize) {
        if let Some(rows) = self.diff.changes().get(change) {
            self.current = Some(change);
            self.wanted = Some((rows.start as f32 - 3.0).max(0.0) * size::CODE_LINE);
        }
    }

    fn step(&mut self, forward: bool) {
        let count = self.differences();
        let next = match (self.current, forward) {
            _ if count == 0 => return,
            (None, _) => 0,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        self.go_to(next);
    }

    /// Shows both texts in all the space of `ui`, under their names.
    pub fn show(&mut self, ui: &mut Ui, id_salt: impl egui::AsIdSalt, names: [&str; 2]) -> Response {
        let id = ui.make_persistent_id(id_salt);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            self.toolbar(ui);
            ui.add_space(space::S);
            headings(ui, names);
            self.body(ui, id, names)
        })
        .inner
    }

    fn toolbar(&mut self, ui: &mut Ui) {
        let tokens = theme::of(ui);
        ui.horizontal(|ui| {
            let count = self.differences();
            let mut summary = match (count, self.current) {
                (0, _) => "No line differs".to_owned(),
                (1, _) | (_, None) => text::count(count, "difference"),
                (count, Some(at)) => format!("Difference {} of {count}", at + 1),
            };
            if self.endings_differ() {
                summary += "; the line endings differ (LF and CRLF)";
            }
            let steps: [(MaterialIcon, &str, bool); 2] =
                [(ICON_ARROW_UPWARD, "Previous difference", false), (ICON_ARROW_DOWNWARD, "Next difference", true)];
            for (icon, name, forward) in steps {
                let button = Button::new(icon.rich_text().size(size::ICON).color(tokens.muted));
                let response = ui.add_enabled(count > 0, button.frame_when_inactive(false)).accessible_name(name);
                if response.on_hover_text(name).clicked() {
                    self.step(forward);
                }
            }
            ui.add(egui::Label::new(RichText::new(summary).color(tokens.muted)).truncate());
        });
    }

    fn body(&mut self, ui: &mut Ui, id: Id, names: [&str; 2]) -> Response {
        let tokens = theme::of(ui);
        let metrics = Metrics::of(ui);
        let rows = self.diff.pairs().len();
        let most = self.left.buffer.lines().max(self.right.buffer.lines());
        let gutter = SIGN + ((most.max(1).ilog10() + 1).max(3) as f32 + 1.5) * metrics.advance;
        let longest = self.left.buffer.longest_line().max(self.right.buffer.longest_line());
        let text_width = (longest + 3) as f32 * metrics.advance;
        let area = ScrollArea::both().id_salt(id).auto_shrink(false).animated(false);
        let area = match self.wanted.take() {
            Some(y) => area.scroll_offset(vec2(self.offset.x, y)),
            None => area,
        };
        let size = vec2(2.0 * (gutter + text_width), space::S + rows as f32 * metrics.line_height + space::S);
        let output = area.show_viewport(ui, |ui, viewport| {
            let corner = ui.max_rect().min;
            // Beyond the width of a column, both scroll by what the longer line needs.
            let beyond = (gutter + text_width - viewport.width() / 2.0).max(0.0);
            ui.set_min_size(vec2(viewport.width() + beyond, size.y));
            let inner = Rect::from_min_size(corner + viewport.min.to_vec2(), viewport.size());
            let columns = Columns { inner, top: corner.y + space::S, scrolled: viewport.min.x, gutter, metrics };
            self.contents(ui, id, tokens, columns, names)
        });
        self.offset = output.state.clamped_offset();
        self.height = output.inner_rect.height();
        self.keyboard(ui, &output.inner);
        output.inner
    }

    fn keyboard(&mut self, ui: &Ui, response: &Response) {
        if response.clicked() {
            response.request_focus();
        }
        if !response.has_focus() {
            return;
        }
        let page = (self.height - size::CODE_LINE).max(size::CODE_LINE);
        let end = self.diff.pairs().len() as f32 * size::CODE_LINE;
        let keys = [
            (Key::ArrowDown, self.offset.y + size::CODE_LINE),
            (Key::ArrowUp, self.offset.y - size::CODE_LINE),
            (Key::PageDown, self.offset.y + page),
            (Key::PageUp, self.offset.y - page),
            (Key::Home, 0.0),
            (Key::End, end),
        ];
        // Arrows scroll here; they do not take the focus elsewhere.
        let filter = egui::EventFilter { vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = ui.input(|input| keys.into_iter().find(|(key, _)| input.key_pressed(*key)));
        if let Some((_, to)) = pressed {
            self.wanted = Some(to.clamp(0.0, end));
            ui.ctx().request_repaint();
        }
    }

    fn contents(&mut self, ui: &Ui, id: Id, tokens: &'static Tokens, columns: Columns, names: [&str; 2]) -> Response {
        let response = ui.interact(columns.inner, id, Sense::click());
        let label =
            format!("{} and {} side by side, {}", names[0], names[1], text::count(self.differences(), "difference"));
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &label));
        let height = columns.metrics.line_height;
        let first = ((columns.inner.top() - columns.top) / height).floor().max(0.0) as usize;
        let last = ((columns.inner.bottom() - columns.top) / height).ceil().max(0.0) as usize;
        let visible: Vec<(usize, Pair)> =
            self.diff.pairs().iter().copied().enumerate().skip(first).take(last.saturating_sub(first)).collect();
        let until = |line: fn(&Pair) -> Option<usize>| visible.iter().rev().find_map(|(_, pair)| line(pair));
        let (left, right) = (until(|pair| pair.left), until(|pair| pair.right));
        if self.left.highlight(left) | self.right.highlight(right) {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(1));
        }
        let current = self.current.and_then(|at| self.diff.changes().get(at)).cloned();
        for (row, pair) in visible {
            let is_current = current.as_ref().is_some_and(|rows| rows.contains(&row));
            self.row(ui, id, tokens, columns, (row, pair), is_current);
        }
        let middle = columns.inner.center().x.round();
        ui.painter().vline(middle, columns.inner.y_range(), (1.0, tokens.border));
        if response.has_focus() {
            let stroke = (1.0, tokens.accent);
            ui.painter().rect_stroke(columns.inner, CornerRadius::same(4), stroke, egui::StrokeKind::Inside);
        }
        response
    }

    fn row(&self, ui: &Ui, id: Id, tokens: &Tokens, columns: Columns, (row, pair): (usize, Pair), is_current: bool) {
        let lines =
            [pair.left.map(|line| self.left.buffer.line(line)), pair.right.map(|line| self.right.buffer.line(line))];
        let parts = match (lines, pair.is_same) {
            ([Some(left), Some(right)], false) => diff::changed_parts(left, right),
            _ => Default::default(),
        };
        let sides = [
            (&self.left, pair.left, parts.0, tokens.bad, "\u{2212}"),
            (&self.right, pair.right, parts.1, tokens.good, "+"),
        ];
        for (at, (side, line, parts, color, sign)) in sides.into_iter().enumerate() {
            let rect = columns.row(columns.half(at == 0), row);
            let ground = match (line, pair.is_same) {
                (_, true) => Color32::TRANSPARENT,
                (Some(_), false) => theme::tint(color),
                (None, false) => tokens.raised,
            };
            let painter = ui.painter().with_clip_rect(rect.intersect(columns.inner).intersect(ui.clip_rect()));
            painter.rect_filled(rect, CornerRadius::ZERO, ground);
            let Some(line) = line else { continue };
            let number = pos2(rect.left() + columns.gutter - columns.metrics.advance, rect.top());
            let faint = if is_current && !pair.is_same { tokens.text } else { tokens.faint };
            painter.text(number, Align2::RIGHT_TOP, line + 1, code_font(), faint);
            if !pair.is_same {
                painter.text(rect.left_top() + vec2(space::XS, 0.0), Align2::LEFT_TOP, sign, code_font(), color);
            }
            let text_rect = rect.with_min_x(rect.left() + columns.gutter);
            let origin = text_rect.left() + space::XS - columns.scrolled;
            let painter = painter.with_clip_rect(text_rect.intersect(painter.clip_rect()));
            let visible = Rangef::new(columns.scrolled, columns.scrolled + text_rect.width());
            let content = side.buffer.line(line);
            let runs = side.highlighter.runs(line);
            let laid_out = Row::new(ui, tokens, columns.metrics, content, runs, visible);
            for part in parts {
                let x = |byte: usize| origin + laid_out.x(content.get(..byte).unwrap_or_default().chars().count());
                let mark = Rect::from_x_y_ranges(x(part.start)..=x(part.end), rect.y_range()).shrink2(vec2(0.0, 1.0));
                painter.rect_filled(mark, CornerRadius::same(3), theme::tint_strong(color));
            }
            let (galley, left) = laid_out.galley();
            painter.galley(pos2(origin + left, rect.top()), galley, tokens.text);
        }
        let rect = columns.row(columns.inner, row).intersect(columns.inner);
        if rect.is_positive() {
            let response = ui.interact(rect, id.with(("row", row)), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Row, true, spoken(pair, lines)));
        }
    }
}

/// A row as a screen reader says it.
fn spoken(pair: Pair, lines: [Option<&str>; 2]) -> String {
    let said = |line: Option<usize>, text: Option<&str>| {
        let text: String = text.unwrap_or_default().trim().chars().take(200).collect();
        format!("line {}: {text}", line.map_or(0, |line| line + 1))
    };
    let (left, right) = (said(pair.left, lines[0]), said(pair.right, lines[1]));
    match pair {
        Pair { is_same: true, .. } => format!("Same, {left}"),
        Pair { right: None, .. } => format!("Only left, {left}"),
        Pair { left: None, .. } => format!("Only right, {right}"),
        Pair { .. } => format!("Changed, left {left}; right {right}"),
    }
}

fn headings(ui: &mut Ui, names: [&str; 2]) {
    let tokens = theme::of(ui);
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    ui.painter().rect_filled(bar, CornerRadius::ZERO, tokens.raised);
    let middle = bar.center().x.round();
    for (name, rect) in names.into_iter().zip([bar.with_max_x(middle), bar.with_min_x(middle)]) {
        let inside = rect.shrink2(vec2(space::M, 0.0));
        crate::workbench::widgets::paint_text(ui, inside, RichText::new(name).family(theme::semibold()), tokens.text);
        let response = ui.interact(rect, ui.scope_id().with(("heading", name)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    }
}
