//! The editor on screen: scrolling, focus, keyboard and pointer, and the order of painting.
//!
//! Keeps what belongs to looking at a text (where it is scrolled to), never the text itself.

use egui::scroll_area::ScrollArea;
use egui::text::{CCursor, LayoutJob};
use egui::text_selection::{CCursorRange, accesskit_text};
use egui::{CursorIcon, Id, PointerButton, Rect, Response, Sense, Ui, Vec2, WidgetInfo, accesskit, vec2};

use super::canvas::{Canvas, Geometry};
use super::document::{Document, Selection};
use super::find::Find;
use super::highlight::Highlighter;
use super::history::Kind;
use super::input::{self, Composition, Mode};
use super::marks::Marks;
use super::motion;
use super::rows::{self, Metrics};
use super::{Options, commands};
use crate::bundle::Span;
use crate::workbench::theme::{self, Tokens, space};

/// How long highlighting may go on in one frame; the rest follows in the next ones.
const HIGHLIGHT_BUDGET: std::time::Duration = std::time::Duration::from_micros(2500);

/// The caret stops blinking after so many idle seconds, so that an idle window stays idle.
const BLINK_FOR: f64 = 10.0;

/// What belongs to looking at a text.
#[derive(Debug, Default)]
pub struct View {
    /// Bring the caret into view on the next show.
    pub follow_caret: bool,
    /// Put the caret's line well into view, not merely inside, where it is out of view.
    pub centre: bool,
    /// Take the keyboard focus on the next show.
    pub take_focus: bool,
    composition: Option<Composition>,
    offset: Vec2,
    viewport: Vec2,
    /// The line at which a drag over the gutter began.
    gutter_drag: Option<usize>,
    last_action: f64,
}

/// The parts of an editor that showing it needs.
pub struct Parts<'a> {
    /// The text.
    pub document: &'a mut Document,
    /// Its tokens.
    pub highlighter: &'a mut Highlighter,
    /// Its problems.
    pub marks: &'a mut Marks,
    /// Its find bar.
    pub find: &'a mut Find,
    /// What the editor is for.
    pub options: Options,
}

impl Parts<'_> {
    /// Tells all who keep places in the text what changed.
    fn follow_changes(&mut self) {
        for change in self.document.take_changes() {
            self.highlighter.edited(change.lines);
            self.marks.edited(&change);
        }
        self.find.search_if_open(self.document);
    }
}

impl View {
    /// Shows the editor in all the space of `ui`.
    pub fn show(&mut self, ui: &mut Ui, id: Id, label: &str, mut parts: Parts<'_>) -> Response {
        ui.spacing_mut().item_spacing.y = 0.0;
        let read_only = parts.options.read_only;
        let (moved, give_focus) = ui.push_id(id, |ui| parts.find.show(ui, parts.document, read_only)).inner;
        self.follow_caret |= moved;
        self.take_focus |= give_focus;
        self.assist(ui, id, &mut parts);
        self.keyboard(ui, id, &mut parts);
        parts.follow_changes();

        let metrics = Metrics::of(ui);
        let gutter = gutter_width(&parts, metrics);
        let area = ScrollArea::both().id_salt(id).auto_shrink(false).animated(false);
        let area = match self.wanted_offset(ui, &parts, metrics, gutter) {
            Some(offset) => area.scroll_offset(offset),
            None => area,
        };
        let buffer = parts.document.buffer();
        let width = gutter + (buffer.longest_line() + 4) as f32 * metrics.advance;
        let bottom = if parts.options.gutter { 2.0 * metrics.line_height } else { space::S };
        let height = space::S + buffer.lines() as f32 * metrics.line_height + bottom;
        let output = area.show_viewport(ui, |ui, viewport| {
            let corner = ui.max_rect().min;
            ui.set_min_size(vec2(width, height));
            let inner = Rect::from_min_size(corner + viewport.min.to_vec2(), viewport.size());
            let origin = corner + vec2(gutter, space::S);
            let numbered = parts.options.gutter;
            self.contents(ui, id, label, &mut parts, Geometry { metrics, inner, origin, gutter, numbered })
        });
        self.offset = output.state.clamped_offset();
        self.viewport = output.inner_rect.size();
        // Only after the text area was shown: a click elsewhere in this frame takes the focus from it.
        if std::mem::take(&mut self.take_focus) {
            output.inner.request_focus();
            ui.ctx().request_repaint();
        }
        output.inner
    }

    /// Handles what assistive technologies ask for, which does not need the focus.
    fn assist(&mut self, ui: &Ui, id: Id, parts: &mut Parts<'_>) {
        if parts.options.read_only {
            return;
        }
        let request = |action| {
            ui.input(|input| {
                let requests = input.accesskit_action_requests(id, action);
                requests
                    .filter_map(|request| match &request.data {
                        Some(accesskit::ActionData::Value(value)) => Some(value.to_string()),
                        _ => None,
                    })
                    .last()
            })
        };
        if let Some(text) = request(accesskit::Action::SetValue) {
            let all = Span::new(0, parts.document.buffer().text().len());
            parts.document.edit(Kind::Command, all, &text, Selection::caret(text.len()));
        }
        if let Some(text) = request(accesskit::Action::ReplaceSelectedText) {
            commands::paste(parts.document, &text);
        }
    }

    fn keyboard(&mut self, ui: &Ui, id: Id, parts: &mut Parts<'_>) {
        if !ui.memory(|memory| memory.has_focus(id)) || !ui.is_enabled() {
            self.composition = None;
            return;
        }
        let page = (self.viewport.y / theme::size::CODE_LINE - 1.0).max(1.0) as usize;
        let mode = Mode { language: parts.options.language, read_only: parts.options.read_only, page };
        let selection = parts.document.selection();
        self.follow_caret |= input::handle(ui, id, parts.document, parts.find, &mut self.composition, mode);
        if self.follow_caret || parts.document.selection() != selection {
            self.last_action = ui.input(|input| input.time);
        }
    }

    /// Where to scroll so that the caret is in view; `None` where it is, or nothing asked for it.
    fn wanted_offset(&mut self, ui: &Ui, parts: &Parts<'_>, metrics: Metrics, gutter: f32) -> Option<Vec2> {
        if !std::mem::take(&mut self.follow_caret) {
            return None;
        }
        let viewport = if self.viewport == Vec2::ZERO { ui.available_size() } else { self.viewport };
        let (buffer, head) = (parts.document.buffer(), parts.document.selection().head);
        let line = buffer.line_of(head);
        let top = space::S + line as f32 * metrics.line_height;
        let bottom = top + metrics.line_height;
        let mut offset = self.offset;
        let margin = metrics.line_height.min((viewport.y - metrics.line_height).max(0.0) / 2.0);
        let outside = top < offset.y || bottom > offset.y + viewport.y;
        if std::mem::take(&mut self.centre) && outside {
            offset.y = top - viewport.y / 3.0;
        } else if top - margin < offset.y {
            offset.y = top - margin;
        } else if bottom + margin > offset.y + viewport.y {
            offset.y = bottom + margin - viewport.y;
        }
        let x = motion::column(buffer, head) as f32 * metrics.advance;
        let room = (viewport.x - gutter - 4.0 * metrics.advance).max(metrics.advance);
        if x < offset.x {
            offset.x = x - 4.0 * metrics.advance;
        } else if x > offset.x + room {
            offset.x = x - room;
        }
        let offset = offset.max(Vec2::ZERO);
        (offset != self.offset).then_some(offset)
    }

    /// Handles the pointer and paints; inside the scroll area.
    fn contents(&mut self, ui: &Ui, id: Id, label: &str, parts: &mut Parts<'_>, geometry: Geometry) -> Response {
        let tokens = theme::of(ui);
        let lines = geometry.visible_lines(parts.document.buffer().lines());
        if parts.highlighter.update(parts.document.buffer(), lines.end, HIGHLIGHT_BUDGET) {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(1));
        }
        let response = ui.interact(geometry.inner, id, Sense::click_and_drag());
        let composition = self.composition.clone();
        let canvas = Canvas::new(ui, tokens, geometry, parts.document, parts.highlighter, composition.as_ref());
        let pointed = self.pointer(ui, &response, parts, &canvas);
        drop(canvas);
        if let Some((selection, paste)) = pointed {
            parts.document.select(selection);
            if let Some(text) = paste.filter(|_| !parts.options.read_only) {
                commands::paste(parts.document, &text);
            }
            parts.follow_changes();
            self.last_action = ui.input(|input| input.time);
        }
        let canvas = Canvas::new(ui, tokens, geometry, parts.document, parts.highlighter, composition.as_ref());
        let focused = response.has_focus();
        self.paint(ui, tokens, &response, parts, &canvas, focused);
        if focused && !parts.options.read_only {
            self.paint_caret(ui, &canvas);
        }
        describe(ui, &response, label, parts, &canvas);
        response
    }

    /// What the pointer selects, and what a middle click pastes there.
    fn pointer(
        &mut self,
        ui: &Ui,
        response: &Response,
        parts: &Parts<'_>,
        canvas: &Canvas<'_>,
    ) -> Option<(Selection, Option<String>)> {
        if response.hovered() {
            let over_gutter = response.hover_pos().is_some_and(|place| !canvas.geometry.text_rect().contains(place));
            ui.set_cursor_icon(if over_gutter { CursorIcon::Default } else { CursorIcon::Text });
        }
        let pasted = ui.input(|input| {
            input.events.iter().find_map(|event| match event {
                egui::Event::MiddleClickPaste { pos, text } => Some((*pos, text.clone())),
                _ => None,
            })
        });
        if let Some((place, text)) = pasted.filter(|_| response.contains_pointer()) {
            return Some((Selection::caret(canvas.position_at(place)), Some(text)));
        }
        let place = response.interact_pointer_pos()?;
        let buffer = parts.document.buffer();
        let at = canvas.position_at(place);
        let line = buffer.line_of(at);
        let pressed = ui.input(|input| input.pointer.button_pressed(PointerButton::Primary));
        let extend = ui.input(|input| input.modifiers.shift);
        let beside_text = !canvas.geometry.text_rect().contains(place);
        if response.triple_clicked() && !beside_text {
            return Some((Selection::of(buffer.full_line_span(line)), None));
        }
        if response.double_clicked() && !beside_text {
            return Some((Selection::of(motion::word_at(buffer, at)), None));
        }
        if pressed && response.hovered() {
            response.request_focus();
            self.composition = None;
            self.gutter_drag = beside_text.then_some(line);
            if self.gutter_drag.is_none() {
                let anchor = if extend { parts.document.selection().anchor } else { at };
                return Some((Selection { anchor, head: at }, None));
            }
        }
        if let Some(first) = self.gutter_drag.filter(|_| pressed || response.dragged_by(PointerButton::Primary)) {
            let (from, to) = (buffer.full_line_span(first), buffer.full_line_span(line));
            let selection = if line < first {
                Selection { anchor: from.end, head: to.start }
            } else {
                Selection { anchor: from.start, head: to.end }
            };
            return Some((selection, None));
        }
        if self.gutter_drag.is_some() {
            return None;
        }
        if response.dragged_by(PointerButton::Primary) {
            if beside_text {
                self.follow_caret = true;
                ui.ctx().request_repaint();
            }
            let selection = Selection { head: at, ..parts.document.selection() };
            return (selection != parts.document.selection()).then_some((selection, None));
        }
        None
    }

    fn paint(
        &self,
        ui: &Ui,
        tokens: &'static Tokens,
        response: &Response,
        parts: &Parts<'_>,
        canvas: &Canvas<'_>,
        focused: bool,
    ) {
        let selection = parts.document.selection();
        if focused && selection.is_empty() && !parts.options.read_only && parts.options.gutter {
            canvas.paint_active_line();
        }
        canvas.paint_indent_guides();
        let visible = canvas.visible_span();
        let matches = parts.find.matches();
        let first = matches.partition_point(|span| span.end < visible.start);
        for span in matches.iter().skip(first).take_while(|span| span.start <= visible.end) {
            let strength = if *span == selection.span() { 0.55 } else { 0.25 };
            canvas.paint_ground(*span, tokens.warn.gamma_multiply(strength));
        }
        if !selection.is_empty() && matches.binary_search(&selection.span()).is_err() {
            canvas.paint_ground(selection.span(), tokens.accent_soft.gamma_multiply(if focused { 1.0 } else { 0.6 }));
        }
        if focused && let Some((one, other)) = motion::matching_brackets(parts.document.buffer(), selection.head) {
            canvas.paint_frame(one, tokens.muted);
            canvas.paint_frame(other, tokens.muted);
        }
        canvas.paint_text();
        canvas.show_marks(ui, response, parts.marks.all());
        canvas.show_gutter(ui, response, parts.marks.all(), focused);
        canvas.paint_overview(ui, parts.marks.all());
    }

    fn paint_caret(&self, ui: &Ui, canvas: &Canvas<'_>) {
        let composition = self.composition.as_ref();
        let Some(rect) = canvas.caret_rect(composition) else { return };
        if let Some(composition) = composition {
            canvas.paint_composition(composition);
        }
        let (now, window_focused) = ui.input(|input| (input.time, input.focused));
        let idle = now - self.last_action;
        let cursor = &ui.visuals().text_cursor;
        let (on, off) = (f64::from(cursor.on_duration), f64::from(cursor.off_duration));
        let phase = idle % (on + off);
        let blinks = cursor.blink && idle < BLINK_FOR && window_focused && on + off > 0.0;
        if !blinks || phase < on {
            canvas.paint_caret(rect);
        }
        if blinks {
            let left = if phase < on { on - phase } else { on + off - phase };
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
        }
        let to_global = ui.ctx().layer_transform_to_global(ui.layer_id()).unwrap_or_default();
        ui.output_mut(|output| {
            output.ime = Some(egui::output::IMEOutput {
                purpose: egui::IMEPurpose::Normal,
                rect: to_global * canvas.geometry.inner,
                cursor_rect: to_global * rect,
                should_interrupt_composition: false,
            });
        });
    }
}

fn gutter_width(parts: &Parts<'_>, metrics: Metrics) -> f32 {
    if !parts.options.gutter {
        return space::M;
    }
    let digits = parts.document.buffer().lines().max(1).ilog10() + 1;
    18.0 + digits.max(3) as f32 * metrics.advance + space::L + space::M
}

/// Tells assistive technologies what is on screen: the label, the visible text and the selection.
fn describe(ui: &Ui, response: &Response, label: &str, parts: &Parts<'_>, canvas: &Canvas<'_>) {
    let visible = canvas.visible_span();
    let text = parts.document.buffer().slice(visible);
    response.widget_info(|| WidgetInfo {
        label: Some(label.to_owned()),
        ..WidgetInfo::text_edit(ui.is_enabled(), text, text, "")
    });
    let read_only = parts.options.read_only;
    let active = ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(accesskit::Role::MultilineTextInput);
        if read_only {
            node.set_read_only();
        } else {
            node.add_action(accesskit::Action::SetValue);
            node.add_action(accesskit::Action::ReplaceSelectedText);
        }
    });
    if active.is_none() {
        return;
    }
    let mut job = LayoutJob { keep_trailing_whitespace: true, ..Default::default() };
    job.wrap.max_width = f32::INFINITY;
    let shown: String = text.chars().take(20_000).filter(|character| *character != '\r').collect();
    rows::append(&mut job, &shown, &[], theme::of(ui));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let selection = parts.document.selection();
    let cursor = |at: usize| {
        let before = parts.document.buffer().slice(Span::new(visible.start, at.clamp(visible.start, visible.end)));
        CCursor::new(before.chars().filter(|character| *character != '\r').count())
    };
    let range = response.has_focus().then(|| CCursorRange::two(cursor(selection.anchor), cursor(selection.head)));
    let corner = canvas.geometry.text_rect().min.to_vec2();
    let place = egui::emath::TSTransform::from_translation(corner);
    accesskit_text::update_accesskit_for_text_widget(ui.ctx(), response.id, range, place, &galley);
}
