//! Throughput and errors over time: calls a second above, the share that failed below, on one axis of time.

use egui::{Align2, Color32, Painter, Pos2, Rect, Ui, pos2, vec2};
use egui_plot::{GridMark, PlotResponse, PlotTransform};

use super::aims::Aims;
use super::buckets::{self, Bucket, Buckets};
use super::dots::Bounds;
use super::frame::{self, HEADER, Scale, Viewport};
use super::recording::{Extent, Recording, Shot};
use super::units::{count_text, latency_text, rate_text, round_step, share_text, tick_text};
use super::{Shown, chips};
use crate::bundle::Target;
use crate::measure::Sample;
use crate::workbench::theme::{self, Tokens, space};

/// The part of the height that throughput takes.
const UPPER: f32 = 0.64;
/// The top of the error axis where there are few errors.
const LEAST_SHARE: f64 = 0.01;

/// A chart of throughput and errors over time.
#[derive(Debug, Default)]
pub struct RatesChart {
    viewport: Viewport,
    below: Viewport,
    buckets: Option<(Buckets, u64)>,
}

/// One of the two plots on screen.
struct View<'a> {
    tokens: &'static Tokens,
    transform: &'a PlotTransform,
    rect: Rect,
    painter: Painter,
}

impl View<'_> {
    fn place(&self, x: f64, y: f64) -> Pos2 {
        pos2(self.transform.position_from_point_x(x), self.transform.position_from_point_y(y))
    }
}

impl RatesChart {
    /// Takes in invocations that `recording` has just been given.
    pub fn append(&mut self, fresh: &[Sample], recording: &Recording) {
        if let Some((buckets, revision)) = &mut self.buckets {
            buckets.append(fresh.iter().map(Shot::of), recording.elapsed());
            *revision = recording.revision();
        }
    }

    /// Shows all of the data.
    pub fn reset(&mut self) {
        self.viewport.reset();
        self.below.reset();
    }

    /// Shows the chart in the width of `ui` and `height` points.
    pub fn show(&mut self, ui: &mut Ui, recording: &Recording, aims: &Aims, height: f32) -> Shown {
        let tokens = theme::of(ui);
        let end = match recording.planned() {
            None => recording.elapsed(),
            Some(Extent::Time(nanos)) => nanos,
            Some(Extent::Calls(_)) => round_step(recording.elapsed()),
        };
        self.count(recording, end.max(1.0));
        self.header(ui, tokens, recording);
        let group = ui.scope_id().with("rates over time");
        let plots = height - HEADER;
        let rates = self.upper(ui, tokens, (recording, aims), end.max(1.0), plots * UPPER, group);
        let errors = self.lower(ui, tokens, aims, end.max(1.0), plots * (1.0 - UPPER), group);
        self.read_out(ui, tokens, &rates, &errors);
        frame::describe(&rates.response, &self.summary(recording));
        Shown { plot: rates.response | errors.response }
    }

    /// Counts the calls of the view, unless they are counted.
    fn count(&mut self, recording: &Recording, end: f64) {
        let (from, to) = self.viewport.shown().map_or((0.0, end), |shown| (shown.min[0], shown.max[0]));
        let density = recording.count() as f64 / recording.elapsed().max(1.0);
        let width = buckets::fitting_width((to - from).min(end), density);
        let revision = recording.revision();
        let is_current = |(buckets, counted): &(Buckets, u64)| {
            buckets.width == width && *counted == revision && buckets.covers(from, to)
        };
        if !self.buckets.as_ref().is_some_and(is_current) {
            // A view's width to both sides, so that panning finds most of it counted.
            let margin = to - from;
            self.buckets = Some((Buckets::of(recording, width, from - margin, to + margin), revision));
        }
    }

    fn buckets(&self) -> impl Iterator<Item = (f64, f64, Bucket)> + '_ {
        self.buckets.iter().flat_map(|(buckets, _)| buckets.iter())
    }

    fn header(&mut self, ui: &mut Ui, tokens: &Tokens, recording: &Recording) {
        let span = self.buckets.as_ref().map_or(1.0, |(buckets, _)| buckets.width);
        let failed = recording.failed();
        let legends = |ui: &mut Ui| {
            let is_wide = ui.available_width() >= frame::WIDE;
            let span = latency_text(span);
            let text = if is_wide { "answered calls a second, in spans of" } else { "calls a second, in" };
            frame::legend(ui, tokens, tokens.accent, &format!("{text} {span}"));
            let text = match (failed, is_wide) {
                (0, _) => "no call failed",
                (_, true) => "share of calls that failed",
                (_, false) => "share that failed",
            };
            frame::legend(ui, tokens, tokens.bad, text);
        };
        frame::header(ui, legends, |ui| {
            frame::reset_button(ui, tokens, &mut self.viewport);
            if self.viewport.is_reset_asked() {
                self.below.reset();
            }
        });
    }

    fn upper(
        &mut self,
        ui: &mut Ui,
        tokens: &'static Tokens,
        (recording, aims): (&Recording, &Aims),
        end: f64,
        height: f32,
        group: egui::Id,
    ) -> PlotResponse<()> {
        let most = self.buckets().map(buckets::rate).fold(1.0, f64::max);
        let near = aims.throughput.iter().flat_map(Target::bounds).filter(|line| *line <= most * 2.0);
        let top = near.fold(most, f64::max) * 1.22;
        let top = if recording.planned().is_some() { round_step(top) } else { top };
        let x = Scale { marks: Scale::round(72.0, 1e-9), text: Box::new(|_, _| String::new()) };
        let y = Scale { marks: Scale::round(30.0, 1e-6), text: Box::new(|mark: GridMark, _| rate_mark(mark)) };
        let plot = frame::plot("throughput", tokens, x, y).height(height).link_axis(group, [true, false]);
        let margin = frame::left_margin(ui.available_width(), end);
        let whole = Bounds { min: [-margin, 0.0], max: [end * 1.012, top] };
        let shown = self.viewport.of(whole, plot).allow_drag([true, false]).allow_zoom([true, false]).show(ui, |_| ());
        self.viewport.note(&shown.transform);
        let view = view(ui, tokens, &shown.transform);
        paint_steps(&view, self.buckets().map(|span| (span.0, span.1, buckets::rate(span))), tokens.accent);
        let measured = recording.rate().unwrap_or_default();
        paint_target(&view, aims.throughput, measured);
        let y = view.place(0.0, measured).y;
        if view.rect.y_range().contains(y) {
            frame::dashed(&view.painter, pos2(view.rect.left(), y), pos2(view.rect.right(), y), tokens.text);
            let above = y - chips::HEIGHT - space::XS > view.rect.top();
            let (at, anchor) =
                if above { (y - space::XS, Align2::RIGHT_BOTTOM) } else { (y + space::XS, Align2::RIGHT_TOP) };
            let text = format!("over all {}", rate_text(measured));
            chips::paint(&view.painter, tokens, pos2(view.rect.right() - space::S, at), anchor, &text, tokens.text);
        }
        shown
    }

    fn lower(
        &mut self,
        ui: &mut Ui,
        tokens: &'static Tokens,
        aims: &Aims,
        end: f64,
        height: f32,
        group: egui::Id,
    ) -> PlotResponse<()> {
        let most = self.buckets().map(|(.., bucket)| bucket.failed_share()).fold(0.0, f64::max);
        let near = aims.errors.iter().flat_map(Target::bounds).filter(|line| *line <= most.max(LEAST_SHARE) * 4.0);
        let top = near.fold((most * 1.3).max(LEAST_SHARE), |top, line| top.max(line * 1.4)).min(1.05);
        let x_text = move |mark: GridMark, largest: f64| match mark.value {
            value if value < 0.0 || value > largest => String::new(),
            value => tick_text(value, mark.step_size, largest),
        };
        let x = Scale { marks: Scale::round(72.0, 1e-9), text: Box::new(x_text) };
        let y_text = |mark: GridMark, _| if mark.value < 0.0 { String::new() } else { share_text(mark.value) };
        let y = Scale { marks: Scale::round(26.0, 1e-6), text: Box::new(y_text) };
        let plot = frame::plot("errors", tokens, x, y).height(height).link_axis(group, [true, false]);
        let margin = frame::left_margin(ui.available_width(), end);
        let whole = Bounds { min: [-margin, 0.0], max: [end * 1.012, top] };
        let shown = self.below.of(whole, plot).allow_drag([true, false]).allow_zoom([true, false]).show(ui, |_| ());
        self.below.note(&shown.transform);
        let view = view(ui, tokens, &shown.transform);
        paint_steps(&view, self.buckets().map(|(from, to, bucket)| (from, to, bucket.failed_share())), tokens.bad);
        let calls: u64 = self.buckets().map(|(.., bucket)| u64::from(bucket.calls)).sum();
        let failed: u64 = self.buckets().map(|(.., bucket)| u64::from(bucket.failed)).sum();
        paint_target(&view, aims.errors, failed as f64 / calls.max(1) as f64);
        shown
    }

    /// Reads out the span under the pointer, from whichever of the two plots it is in.
    fn read_out(&self, ui: &Ui, tokens: &'static Tokens, rates: &PlotResponse<()>, errors: &PlotResponse<()>) {
        let pointed = [rates, errors].into_iter().find(|plot| plot.response.hovered());
        let Some((plot, pointer)) = pointed.and_then(|plot| Some((plot, plot.response.hover_pos()?))) else { return };
        let x = plot.transform.value_from_position(pointer).x;
        let Some(span) = self.buckets.as_ref().and_then(|(buckets, _)| buckets.at(x)) else { return };
        let (from, to, bucket) = span;
        for plot in [rates, errors] {
            let view = view(ui, tokens, &plot.transform);
            let (left, right) = (view.place(from, 0.0).x, view.place(to, 0.0).x);
            let band = Rect::from_x_y_ranges(left..=right, view.rect.y_range());
            view.painter.rect_filled(band, 0.0, theme::tint(tokens.text));
        }
        let lines = [
            (rate_text(buckets::rate(span)), tokens.text),
            (format!("{} to {}", latency_text(from), latency_text(to)), tokens.muted),
            (
                format!(
                    "{} calls, {} failed ({})",
                    count_text(bucket.calls.into()),
                    count_text(bucket.failed.into()),
                    share_text(bucket.failed_share())
                ),
                if bucket.failed > 0 { tokens.bad } else { tokens.muted },
            ),
        ];
        let within = *rates.transform.frame() | *errors.transform.frame();
        let painter = ui.painter().with_clip_rect(within.intersect(ui.clip_rect()));
        frame::reading(&painter, tokens, pointer, within, &lines);
    }

    fn summary(&self, recording: &Recording) -> String {
        let rate = recording.rate().unwrap_or_default();
        format!(
            "Throughput of {} invocations, {} over all, {} failed",
            count_text(recording.count()),
            rate_text(rate),
            count_text(recording.failed() as u64)
        )
    }
}

fn view<'a>(ui: &Ui, tokens: &'static Tokens, transform: &'a PlotTransform) -> View<'a> {
    let rect = *transform.frame();
    View { tokens, transform, rect, painter: ui.painter().with_clip_rect(rect.intersect(ui.clip_rect())) }
}

fn rate_mark(mark: GridMark) -> String {
    if mark.value < 0.0 { String::new() } else { rate_text(mark.value) }
}

/// A stepped line over its own shade.
fn paint_steps(view: &View<'_>, spans: impl Iterator<Item = (f64, f64, f64)>, color: Color32) {
    let shown = view.transform.bounds().range_x();
    let mut line: Vec<Pos2> = Vec::new();
    for (from, to, value) in spans.filter(|(from, to, _)| *to >= *shown.start() && *from <= *shown.end()) {
        let (left, right) = (view.place(from, value), view.place(to, value));
        let bottom = view.place(to, 0.0).y;
        view.painter.rect_filled(Rect::from_min_max(left, vec2(right.x, bottom).to_pos2()), 0.0, theme::tint(color));
        line.extend([left, right]);
    }
    view.painter.line(line, (1.6, color));
}

/// The target's lines, or a chip at the edge behind which they lie.
fn paint_target(view: &View<'_>, target: Option<Target>, measured: f64) {
    let Some(target) = target else { return };
    let color = if target.holds(measured) { view.tokens.good } else { view.tokens.bad };
    let left = view.rect.left() + space::S;
    let text = format!("target {target}");
    let lines: Vec<(f64, f32)> = target.bounds().into_iter().map(|line| (line, view.place(0.0, line).y)).collect();
    let mut labelled = false;
    for (_, y) in lines.iter().filter(|(_, y)| view.rect.y_range().contains(*y)) {
        view.painter.hline(view.rect.x_range(), *y, (1.8, color));
        if !std::mem::replace(&mut labelled, true) {
            let above = y - chips::HEIGHT - space::XS > view.rect.top();
            let (at, anchor) =
                if above { (y - space::XS, Align2::LEFT_BOTTOM) } else { (y + space::XS, Align2::LEFT_TOP) };
            chips::paint(&view.painter, view.tokens, pos2(left, at), anchor, &text, color);
        }
    }
    if !labelled && let Some((_, y)) = lines.first() {
        let is_above = *y < view.rect.top();
        let (sign, at, anchor) = if is_above {
            ("↑", view.rect.top() + space::S, Align2::LEFT_TOP)
        } else {
            ("↓", view.rect.bottom() - space::S, Align2::LEFT_BOTTOM)
        };
        chips::paint(&view.painter, view.tokens, pos2(left, at), anchor, &format!("{sign} {text}"), color);
    }
}
