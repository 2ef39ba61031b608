//! What all charts share: the plot with its axes, the row above it, the legend's dots, dashed lines, readings.

use egui::{
    Align, Color32, FontFamily, FontId, Layout, Painter, Pos2, Rect, Response, RichText, Sense, Shape, Ui, pos2, vec2,
};
use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotTransform};

use super::dots::Bounds;
use super::units::{multiples, round_step, tick_text};
use crate::workbench::theme::{Tokens, size, space};

/// The height of the row above a chart.
pub const HEADER: f32 = 24.0;

/// The narrowest chart that has room for whole sentences and for labels beside its plot.
pub const WIDE: f32 = 420.0;

/// The least room between the vertical axis and the first number of the horizontal one, in points.
const CORNER: f32 = 16.0;
/// About what the vertical axis takes, in points.
const AXIS: f32 = 52.0;

/// How much of the data's length `span` is left free at the left in a chart of this width, so that the first numbers of
/// the two axes do not meet in the corner.
pub fn left_margin(width: f32, span: f64) -> f64 {
    span * f64::from(CORNER / (width - AXIS).max(CORNER))
}

/// The marks of an axis, by its bounds and by how much of it there is to a screen point.
pub type Marks<'a> = Box<dyn Fn((f64, f64), f64) -> Vec<GridMark> + 'a>;

/// The text of a mark on an axis that ends at the second argument; empty for none.
pub type MarkText<'a> = Box<dyn Fn(GridMark, f64) -> String + 'a>;

/// How an axis is labelled.
pub struct Scale<'a> {
    /// Where its marks are.
    pub marks: Marks<'a>,
    /// What they say.
    pub text: MarkText<'a>,
}

impl Scale<'_> {
    /// Round numbers at least `pixels` apart.
    pub fn round(pixels: f64, least: f64) -> Marks<'static> {
        Box::new(move |bounds, per_pixel| {
            let step = round_step((per_pixel * pixels).max(least));
            multiples(bounds, step).map(|value| GridMark { value, step_size: step }).collect()
        })
    }
}

/// The text of a mark on an axis of latencies in nanoseconds.
pub fn latency_mark(mark: GridMark, largest: f64) -> String {
    if mark.value < 0.0 { String::new() } else { tick_text(mark.value, mark.step_size, largest) }
}

/// A plot in the look of the window: zoomed by Ctrl+wheel and box, panned by dragging, reset by a double click.
pub fn plot<'a>(name: &'static str, tokens: &Tokens, x: Scale<'a>, y: Scale<'a>) -> Plot<'a> {
    let font = FontId::new(size::SMALL, FontFamily::Proportional);
    let style = |axis: AxisHints<'a>, text: MarkText<'a>| {
        axis.formatter(move |mark, range| text(mark, *range.end()))
            .tick_label_color(tokens.faint)
            .tick_label_font(font.clone())
    };
    // The plot asks with the size of 8 points, the least distance it would draw lines at.
    let spacer = |marks: Marks<'a>| move |input: GridInput| marks(input.bounds, input.base_step_size / 8.0);
    Plot::new(name)
        .custom_x_axes(vec![style(AxisHints::new_x().label_spacing(16.0..=24.0), x.text)])
        .custom_y_axes(vec![style(AxisHints::new_y().label_spacing(12.0..=16.0).min_thickness(52.0), y.text)])
        .x_grid_spacer(spacer(x.marks))
        .y_grid_spacer(spacer(y.marks))
        .grid_spacing(8.0..=24.0)
        .grid_color(tokens.border)
        .grid_fade(0.0)
        .show_crosshair(false)
        .allow_scroll(false)
        .label_formatter(|_| None)
}

/// What of the data a chart shows: all of it, until the user zooms or pans.
#[derive(Debug, Default)]
pub struct Viewport {
    whole: Option<Bounds>,
    shown: Option<Bounds>,
    is_reset_asked: bool,
}

impl Viewport {
    /// Sets `plot` up to begin with `whole`, and to follow it where the data grows and the user looks at all of it.
    pub fn of<'a>(&mut self, whole: Bounds, plot: Plot<'a>) -> Plot<'a> {
        let follows = self.whole != Some(whole) && !self.is_moved();
        let plot = plot.default_x_bounds(whole.min[0], whole.max[0]).default_y_bounds(whole.min[1], whole.max[1]);
        self.whole = Some(whole);
        if std::mem::take(&mut self.is_reset_asked) || follows { plot.reset() } else { plot }
    }

    /// Takes note of what is shown, and gives it.
    pub fn note(&mut self, transform: &PlotTransform) -> Bounds {
        let bounds = transform.bounds();
        let bounds = Bounds { min: bounds.min(), max: bounds.max() };
        self.shown = Some(bounds);
        bounds
    }

    /// Whether the user zoomed or panned.
    pub fn is_moved(&self) -> bool {
        self.shown.is_some_and(|shown| Some(shown) != self.whole)
    }

    /// What was shown last.
    pub fn shown(&self) -> Option<Bounds> {
        self.shown
    }

    /// Whether all of the data is to be shown from the next frame on.
    pub fn is_reset_asked(&self) -> bool {
        self.is_reset_asked
    }

    /// Shows all of the data from the next frame on.
    pub fn reset(&mut self) {
        self.is_reset_asked = true;
    }
}

/// The row above a chart: its switches from the right, and its legend from the left as far as there is room.
pub fn header(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(ui.available_width(), HEADER), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(HEADER);
        right(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| left(ui));
    });
}

/// The button that brings all of the data back into view, while it is not.
pub fn reset_button(ui: &mut Ui, tokens: &Tokens, viewport: &mut Viewport) {
    if viewport.is_moved() && switch(ui, tokens, &mut false, "Reset view") {
        viewport.reset();
    }
}

/// A legend's entry: a dot and what it stands for. Left out where there is room for a few letters only.
pub fn legend(ui: &mut Ui, tokens: &Tokens, color: Color32, text: &str) {
    const FEW: f32 = 140.0;
    let font = FontId::new(size::SMALL, FontFamily::Proportional);
    let needed = ui.painter().layout_no_wrap(text.to_owned(), font, color).size().x + 4.0 * space::S;
    if ui.available_width() < needed.min(FEW) {
        return;
    }
    let (rect, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 3.0, color);
    ui.spacing_mut().item_spacing.x = space::XS;
    ui.add(egui::Label::new(RichText::new(text).size(size::SMALL).color(tokens.muted)).truncate());
    ui.add_space(space::M);
}

/// A small switch above a chart.
pub fn switch(ui: &mut Ui, tokens: &Tokens, on: &mut bool, text: &str) -> bool {
    let color = if *on { tokens.accent } else { tokens.muted };
    let text = RichText::new(text).size(size::SMALL).color(color);
    ui.spacing_mut().interact_size.y = HEADER - space::XS;
    ui.spacing_mut().button_padding = vec2(space::M, 2.0);
    let response = ui.add(egui::Button::new(text).selected(*on).frame_when_inactive(true));
    if response.clicked() {
        *on = !*on;
    }
    response.clicked()
}

/// A dashed line.
pub fn dashed(painter: &Painter, from: Pos2, to: Pos2, color: Color32) {
    painter.extend(Shape::dashed_line(&[from, to], (1.2, color), 5.0, 4.0));
}

/// A sentence in place of a chart that has nothing to show.
pub fn empty(ui: &mut Ui, tokens: &Tokens, height: f32, text: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, tokens.canvas);
    let font = FontId::new(size::BODY, FontFamily::Proportional);
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, tokens.faint);
    describe(&response, text);
    response
}

/// Gives a chart its accessible summary.
pub fn describe(response: &Response, summary: &str) {
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, summary));
}

/// Lines of text beside `place` on their own ground, inside `within`.
pub fn reading(painter: &Painter, tokens: &Tokens, place: Pos2, within: Rect, lines: &[(String, Color32)]) {
    let font = FontId::new(size::SMALL, FontFamily::Proportional);
    let layout = |(text, color): &(String, Color32)| painter.layout_no_wrap(text.clone(), font.clone(), *color);
    let galleys: Vec<_> = lines.iter().map(layout).collect();
    let width = galleys.iter().map(|galley| galley.size().x).fold(0.0, f32::max);
    let height: f32 = galleys.iter().map(|galley| galley.size().y).sum();
    let padding = vec2(space::M, space::S);
    let total = vec2(width, height) + 2.0 * padding;
    let left =
        if place.x + space::L + total.x > within.right() { place.x - space::L - total.x } else { place.x + space::L };
    let top = (place.y - total.y / 2.0).clamp(within.top(), (within.bottom() - total.y).max(within.top()));
    let rect = Rect::from_min_size(pos2(left.max(within.left()), top), total);
    painter.rect_filled(rect, 6.0, tokens.raised);
    painter.rect_stroke(rect, 6.0, (1.0, tokens.border), egui::StrokeKind::Inside);
    let mut at = rect.min + padding;
    for galley in galleys {
        let step = galley.size().y;
        painter.galley(at, galley, tokens.text);
        at.y += step;
    }
}
