//! The editor on screen: scrolling, focus, keyboard and pointer, and the order of painting.
//!
//! Keeps what belongs to looking at a text (where it is scrolled to), never the text itself.

use egui::scroll_area::ScrollArea;
use egui::{CursorIcon, Id, PointerButton, Rect, Response, Sense, Ui, Vec2, vec2};

use super::accessibility;
use super::assistance::{Asked, Assistance, Knowledge};
use super::canvas::{Canvas, FOLD_WIDTH, Geometry};
use super::document::{Document, Selection};
use super::find::Find;
use super::folds::Folds;
use super::highlight::Highlighter;
use super::hover::Hovering;
use super::input::{self, Composition, Mode};
use super::marks::Marks;
use super::menu;
use super::motion;
use super::rows::Metrics;
use super::{Options, commands};
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
    /// Completions and quick fixes.
    pub assistance: Assistance,
    hovering: Hovering,
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
    /// Its folded lines.
    pub folds: &'a mut Folds,
    /// What is known of the bundle that it belongs to.
    pub knowledge: Option<Knowledge<'a>>,
    /// What the editor is for.
    pub options: Options,
}

impl Parts<'_> {
    /// Tells all who keep places in the text what changed.
    fn follow_changes(&mut self) {
        for change in self.document.take_changes() {
            self.highlighter.edited(change.lines);
            self.marks.edited(&change);
            self.folds.edited(change.lines);
        }
        self.find.search_if_open(self.document);
    }
}

impl View {
    /// Shows the editor in all the space of `ui`, and says what was asked of others.
    pub fn show(&mut self, ui: &mut Ui, id: Id, label: &str, mut parts: Parts<'_>) -> (Response, Option<Asked>) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let read_only = parts.options.read_only;
        let (moved, give_focus) = ui.push_id(id, |ui| parts.find.show(ui, parts.document, read_only)).inner;
        self.follow_caret |= moved;
        self.take_focus |= give_focus;
        accessibility::obey(ui, id, &mut parts);
        let mut asked = self.keyboard(ui, id, &mut parts);
        parts.follow_changes();
        // The caret is never where nobody sees it.
        let head = parts.document.buffer().line_of(parts.document.selection().head);
        parts.folds.reveal(head);
        self.assistance.follow(ui, parts.document, parts.marks.all(), parts.knowledge);

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
        let height = space::S + parts.folds.rows(buffer.lines()) as f32 * metrics.line_height + bottom;
        let output = area.show_viewport(ui, |ui, viewport| {
            let corner = ui.max_rect().min;
            ui.set_min_size(vec2(width, height));
            let inner = Rect::from_min_size(corner + viewport.min.to_vec2(), viewport.size());
            let origin = corner + vec2(gutter, space::S);
            let numbered = parts.options.gutter;
            self.contents(ui, id, label, &mut parts, Geometry { metrics, inner, origin, gutter, numbered })
        });
        let (response, caret, asked_in_text) = output.inner;
        asked = asked.or(asked_in_text);
        asked = asked.or(self.show_lists(ui, id, &response, caret, &mut parts));
        self.offset = output.state.clamped_offset();
        self.viewport = output.inner_rect.size();
        // Only after the text area was shown: a click elsewhere in this frame takes the focus from it.
        if std::mem::take(&mut self.take_focus) {
            response.request_focus();
            ui.ctx().request_repaint();
        }
        (response, asked)
    }

    /// Shows the list that is open at the caret.
    fn show_lists(
        &mut self,
        ui: &Ui,
        id: Id,
        response: &Response,
        caret: Option<Rect>,
        parts: &mut Parts<'_>,
    ) -> Option<Asked> {
        if !self.assistance.is_open() {
            return None;
        }
        let over_list = |place| ui.ctx().layer_id_at(place).is_some_and(|layer| layer != ui.layer_id());
        let on_list = ui.input(|input| input.pointer.interact_pos()).is_some_and(over_list);
        let (Some(caret), true) = (caret, response.has_focus() || on_list) else {
            self.assistance.close();
            return None;
        };
        let before = parts.document.buffer().revision();
        let asked = self.assistance.show(ui, id, caret, parts.document);
        if asked.is_some() || parts.document.buffer().revision() != before {
            parts.follow_changes();
            self.take_focus = true;
            self.follow_caret = true;
        }
        asked
    }

    fn keyboard(&mut self, ui: &Ui, id: Id, parts: &mut Parts<'_>) -> Option<Asked> {
        if !ui.memory(|memory| memory.has_focus(id)) || !ui.is_enabled() {
            self.composition = None;
            return None;
        }
        let was_open = self.assistance.is_open();
        let asked = self.assistance.keys(ui, parts.document);
        if was_open && !self.assistance.is_open() {
            self.follow_caret = true;
        }
        let page = (self.viewport.y / theme::size::CODE_LINE - 1.0).max(1.0) as usize;
        let mode = Mode { language: parts.options.language, read_only: parts.options.read_only, page };
        let selection = parts.document.selection();
        let taken = input::Parts { document: parts.document, find: parts.find, folds: parts.folds };
        self.follow_caret |= input::handle(ui, id, taken, &mut self.composition, mode, self.assistance.is_open());
        if self.follow_caret || parts.document.selection() != selection {
            self.last_action = ui.input(|input| input.time);
        }
        asked
    }

    /// Where to scroll so that the caret is in view; `None` where it is, or nothing asked for it.
    fn wanted_offset(&mut self, ui: &Ui, parts: &Parts<'_>, metrics: Metrics, gutter: f32) -> Option<Vec2> {
        if !std::mem::take(&mut self.follow_caret) {
            return None;
        }
        let viewport = if self.viewport == Vec2::ZERO { ui.available_size() } else { self.viewport };
        let (buffer, head) = (parts.document.buffer(), parts.document.selection().head);
        let line = buffer.line_of(head);
        let top = space::S + parts.folds.row_of(line) as f32 * metrics.line_height;
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

    /// Handles the pointer and paints; inside the scroll area. Gives the caret's place too.
    fn contents(
        &mut self,
        ui: &Ui,
        id: Id,
        label: &str,
        parts: &mut Parts<'_>,
        geometry: Geometry,
    ) -> (Response, Option<Rect>, Option<Asked>) {
        let tokens = theme::of(ui);
        let rows = geometry.visible_rows(parts.folds.rows(parts.document.buffer().lines()));
        let last_line = parts.folds.line_at(rows.end);
        if parts.highlighter.update(parts.document.buffer(), last_line, HIGHLIGHT_BUDGET) {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(1));
        }
        let response = ui.interact(geometry.inner, id, Sense::click_and_drag());
        let composition = self.composition.clone();
        let text = (&*parts.document, &*parts.folds);
        let canvas = Canvas::new(ui, tokens, geometry, text, parts.highlighter, composition.as_ref());
        let asked = self.ask_by_click(ui, &response, &canvas);
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
        let text = (&*parts.document, &*parts.folds);
        let canvas = Canvas::new(ui, tokens, geometry, text, parts.highlighter, composition.as_ref());
        let focused = response.has_focus();
        let toggled = self.paint(ui, tokens, &response, parts, &canvas, focused);
        if focused && !parts.options.read_only {
            self.paint_caret(ui, &canvas);
        }
        if !parts.options.read_only && canvas.show_bulb(ui, &response, parts.marks.all()) {
            self.assistance.wanted = Some(super::assistance::Wanted::Fixes);
            self.take_focus = true;
        }
        accessibility::describe(ui, &response, label, parts, &canvas);
        let caret = canvas.caret_rect(None);
        // A dialog in front has the pointer, also where the editor lies behind it.
        let is_behind = ui.memory(|memory| memory.top_modal_layer().is_some_and(|front| front != ui.layer_id()));
        let hovered = if is_behind || self.assistance.is_open() || ui.input(|input| input.pointer.any_down()) {
            None
        } else {
            let (document, marks) = (&*parts.document, parts.marks.all());
            self.hovering.show(ui, &response, &canvas, document, marks, parts.knowledge)
        };
        drop(canvas);
        if let Some(line) = toggled {
            parts.folds.toggle(parts.document.buffer(), line);
        }
        let picked = menu::show(&response, parts);
        self.take_focus |= picked.focus || picked.wanted.is_some();
        self.assistance.wanted = picked.wanted.or(self.assistance.wanted);
        (response, caret, asked.or(hovered).or(picked.asked))
    }

    /// A click with the command key goes to the definition of what is clicked.
    fn ask_by_click(&self, ui: &Ui, response: &Response, canvas: &Canvas<'_>) -> Option<Asked> {
        let place = response.interact_pointer_pos()?;
        let with_command = ui.input(|input| input.modifiers.command);
        (response.clicked() && with_command && canvas.geometry.text_rect().contains(place)).then_some(Asked::Definition)
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
        let line = canvas.line_at(place.y);
        let pressed = ui.input(|input| input.pointer.button_pressed(PointerButton::Primary));
        if ui.input(|input| input.pointer.button_pressed(PointerButton::Secondary)) && response.hovered() {
            response.request_focus();
            // The menu speaks of what was clicked, unless that is selected already.
            let selected = parts.document.selection().span();
            return (at < selected.start || selected.end < at).then_some((Selection::caret(at), None));
        }
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
    ) -> Option<usize> {
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
        canvas.paint_marks(parts.marks.all());
        let unfolded = canvas.show_folded(ui, response);
        let toggled = canvas.show_gutter(ui, response, parts.marks.all(), focused);
        canvas.paint_overview(ui, parts.marks.all());
        unfolded.or(toggled)
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
    18.0 + digits.max(3) as f32 * metrics.advance + space::XS + FOLD_WIDTH + space::M
}
