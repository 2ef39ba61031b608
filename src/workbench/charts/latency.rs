//! The latency of every invocation of a run, against the target.
//!
//! The default view shows the bulk of the data from zero up; outliers are counted at the top edge
//! and shown on request, and a target far away is an arrow, so that neither squashes the picture.

use egui::{Align, Align2, Layout, Painter, Pos2, Rect, Shape, Ui, pos2, vec2};
use egui_plot::PlotTransform;

use super::dots::{self, Bounds, Dot, Kind, Point};
use super::frame::{self, Scale};
use super::target::LatencyTarget;
use super::units::{count_text, latency_text, tick_text};
use super::{chips, frame::HEADER};
use crate::bundle::Target;
use crate::measure::Measurement;
use crate::workbench::theme::{self, Tokens, space};

/// The narrowest chart that has room for labels beside the plot.
const WIDE: f32 = 420.0;

/// Of more samples than this in view, only every so many-th is drawn among the ordinary ones. There
/// are far more of them than places on screen then; the rare ones are drawn all the same.
const MOST_DRAWN: usize = 80_000;

#[derive(Clone, Copy, Debug)]
struct Shot {
    /// Nanoseconds from the start of the run.
    at: f64,
    /// Nanoseconds.
    latency: f64,
    ok: bool,
    /// What it is with the target of the last show.
    kind: Kind,
}

/// A scatter chart of a measurement's latencies.
#[derive(Debug)]
pub struct LatencyChart {
    shots: Vec<Shot>,
    /// The indices of the rare samples: failed, or outside the middle 98 %.
    rare: Vec<usize>,
    percentiles: [(&'static str, f64); 3],
    highest: f64,
    failed: usize,
    by_time: bool,
    show_all: bool,
    fresh: bool,
    beyond: (Option<Target>, usize),
    drawn: Option<Drawn>,
}

/// What is on screen.
struct View<'a> {
    tokens: &'static Tokens,
    target: Option<LatencyTarget<'a>>,
    transform: PlotTransform,
    bounds: Bounds,
    rect: Rect,
    /// Paints inside the plot only.
    painter: Painter,
}

impl View<'_> {
    /// The height on screen of a latency.
    fn y(&self, nanos: f64) -> f32 {
        self.transform.position_from_point_y(nanos)
    }

    /// The latency at the top.
    fn top(&self) -> f64 {
        let [_, top] = self.bounds.max;
        top
    }

    fn is_above(&self, target: LatencyTarget<'_>) -> bool {
        target.lines().iter().all(|line| *line > self.top())
    }
}

/// Dots made for one view, kept while it stays.
#[derive(Debug)]
struct Drawn {
    key: (Bounds, Rect, Option<Target>, bool, bool),
    shapes: Vec<Shape>,
    above: usize,
}

impl LatencyChart {
    /// A chart of `measurement`, which is copied as far as needed.
    pub fn new(measurement: &Measurement) -> Self {
        let shot = |sample: &crate::measure::Sample| Shot {
            at: sample.at.as_nanos() as f64,
            latency: sample.latency.as_nanos() as f64,
            ok: sample.ok,
            kind: if sample.ok { Kind::Answered } else { Kind::Failed },
        };
        let shots: Vec<_> = measurement.samples.iter().map(shot).collect();
        let percentile = |percent: f64| measurement.percentile(percent).as_nanos() as f64;
        let ordinary = percentile(1.0)..=percentile(99.0);
        let is_rare = |(_, shot): &(usize, &Shot)| !shot.ok || !ordinary.contains(&shot.latency);
        Self {
            rare: shots.iter().enumerate().filter(is_rare).map(|(index, _)| index).collect(),
            highest: shots.iter().map(|shot| shot.latency).fold(0.0, f64::max),
            failed: shots.iter().filter(|shot| !shot.ok).count(),
            percentiles: [("p50", percentile(50.0)), ("p95", percentile(95.0)), ("p99", percentile(99.0))],
            shots,
            by_time: false,
            show_all: false,
            fresh: true,
            beyond: (None, 0),
            drawn: None,
        }
    }

    /// Shows the chart in the width of `ui` and `height` points, with `target` where it speaks of time.
    pub fn show(&mut self, ui: &mut Ui, target: Option<&Target>, height: f32) {
        let tokens = theme::of(ui);
        if self.shots.is_empty() {
            frame::empty(ui, tokens, height, "No invocation was measured");
            return;
        }
        let latency_target = target.and_then(LatencyTarget::new);
        let target = target.filter(|_| latency_target.is_some()).copied();
        self.judge(target, latency_target);
        let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
        let reset = self.header(ui, tokens, latency_target) || std::mem::take(&mut self.fresh);
        self.plot(ui, tokens, target, latency_target, height - HEADER, reset);
        ui.spacing_mut().item_spacing.y = spacing;
    }

    fn percentile(&self, wanted: &str) -> f64 {
        self.percentiles.iter().find(|(name, _)| *name == wanted).map_or(0.0, |(_, value)| *value)
    }

    /// Judges each sample by the target, once for each target.
    fn judge(&mut self, target: Option<Target>, latency_target: Option<LatencyTarget<'_>>) {
        if self.beyond.0 == target {
            return;
        }
        let mut beyond = 0;
        for shot in self.shots.iter_mut().filter(|shot| shot.ok) {
            let missed = latency_target.is_some_and(|target| !target.holds(shot.latency));
            shot.kind = if missed { Kind::Beyond } else { Kind::Answered };
            beyond += usize::from(missed);
        }
        self.beyond = (target, beyond);
    }

    /// The top of the default view: a bit above the 99th percentile, or the target where it is near.
    fn default_top(&self, target: Option<LatencyTarget<'_>>) -> f64 {
        if self.show_all {
            return (self.highest * 1.06).max(1.0);
        }
        let data = (self.percentile("p99") * 1.6).min(self.highest * 1.12).max(1.0);
        let near = target.iter().flat_map(|target| target.lines()).filter(|line| *line <= data * 2.0);
        near.map(|line| line * 1.15).fold(data, f64::max)
    }

    fn x(&self, index: usize, shot: &Shot) -> f64 {
        if self.by_time { shot.at } else { (index + 1) as f64 }
    }

    /// The row above the plot. Says whether the view must be set anew.
    fn header(&mut self, ui: &mut Ui, tokens: &Tokens, target: Option<LatencyTarget<'_>>) -> bool {
        let mut reset = false;
        ui.allocate_ui_with_layout(vec2(ui.available_width(), HEADER), Layout::left_to_right(Align::Center), |ui| {
            let beyond = self.beyond.1;
            let answered = count_text((self.shots.len() - self.failed - beyond) as u64);
            let within = if target.is_some() { "within target" } else { "answered" };
            frame::legend(ui, tokens, tokens.accent, &format!("{answered} {within}"));
            if beyond > 0 {
                frame::legend(ui, tokens, tokens.warn, &format!("{} beyond target", count_text(beyond as u64)));
            }
            if self.failed > 0 {
                frame::legend(ui, tokens, tokens.bad, &format!("{} failed", count_text(self.failed as u64)));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                reset |= frame::switch(ui, tokens, &mut self.by_time, "Over time");
                let squashed = self.highest > self.percentile("p99") * 1.6;
                if squashed || self.show_all {
                    reset |= frame::switch(ui, tokens, &mut self.show_all, "Show all");
                }
            });
        });
        reset
    }

    fn plot(
        &mut self,
        ui: &mut Ui,
        tokens: &'static Tokens,
        target: Option<Target>,
        latency_target: Option<LatencyTarget<'_>>,
        height: f32,
        reset: bool,
    ) {
        let by_time = self.by_time;
        let last = self.shots.last().map_or(1.0, |shot| self.x(self.shots.len() - 1, shot)).max(1.0);
        let texts = self.percentiles.map(|(name, value)| format!("{name} {}", latency_text(value)));
        let wide = ui.available_width() >= WIDE;
        let beside = texts.iter().map(|text| chips::width(ui.painter(), text)).fold(0.0, f32::max) + space::M;
        let x_text = move |mark: egui_plot::GridMark, largest: f64| match mark.value {
            value if value < 0.0 || value > largest => String::new(),
            value if by_time => tick_text(value, mark.step_size, largest),
            value => count_text(value as u64),
        };
        let x = Scale { marks: Scale::round(72.0, if by_time { 1e-9 } else { 1.0 }), text: Box::new(x_text) };
        let y_text = |mark: egui_plot::GridMark, largest: f64| {
            if mark.value < 0.0 { String::new() } else { tick_text(mark.value, mark.step_size, largest) }
        };
        let y = Scale { marks: Scale::round(34.0, 1e-3), text: Box::new(y_text) };
        let mut plot = frame::plot("latency", tokens, x, y)
            .height(height)
            .width(ui.available_width() - if wide { beside } else { 0.0 })
            .default_x_bounds(-0.012 * last, last * 1.012)
            .default_y_bounds(0.0, self.default_top(latency_target));
        if reset {
            plot = plot.reset();
        }
        let shown = plot.show(ui, |_| ());
        let (rect, bounds) = (*shown.transform.frame(), shown.transform.bounds());
        let bounds = Bounds { min: bounds.min(), max: bounds.max() };
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let view = View { tokens, target: latency_target, transform: shown.transform, bounds, rect, painter };
        self.paint_dots(ui, &view, target);
        self.paint_percentiles(wide.then(|| ui.painter()), &view, &texts);
        self.paint_target(&view);
        self.paint_above(&view);
        if let Some(pointer) = shown.response.hover_pos().filter(|_| shown.response.hovered()) {
            self.read_out(&view, pointer);
        }
        frame::describe(&shown.response, &self.summary(latency_target));
    }

    fn paint_dots(&mut self, ui: &Ui, view: &View<'_>, target: Option<Target>) {
        let key = (view.bounds, view.rect, target, self.by_time, ui.visuals().dark_mode);
        if self.drawn.as_ref().is_none_or(|drawn| drawn.key != key) {
            let (shapes, above) = self.draw_dots(view);
            self.drawn = Some(Drawn { key, shapes, above });
        }
        if let Some(drawn) = &self.drawn {
            view.painter.extend(drawn.shapes.iter().cloned());
        }
    }

    /// The dots of a view, and how many samples lie above it.
    fn draw_dots(&self, view: &View<'_>) -> (Vec<Shape>, usize) {
        let (first, shots) = self.visible_shots(view.bounds);
        let rare = self.visible_rare(first, shots.len());
        let point = |(index, shot): (usize, &Shot)| Point { x: self.x(index, shot), y: shot.latency, kind: shot.kind };
        let every = shots.len().div_ceil(MOST_DRAWN).max(1);
        let ordinary = shots.iter().enumerate().step_by(every).map(|(offset, shot)| (first + offset, shot));
        let cell = if shots.len() < 1500 { 1.0 } else { 3.0 };
        let points = ordinary.chain(rare.clone().filter(|_| every > 1)).map(point);
        let dots = dots::reduce(points, view.bounds, view.rect, cell);
        let is_above = |shot: &&Shot| shot.latency > view.top();
        let above = if view.top() >= self.percentile("p99") {
            rare.map(|(_, shot)| shot).filter(is_above).count()
        } else {
            shots.iter().filter(is_above).count()
        };
        let radius = if shots.len() < 400 { 2.4 } else { 1.6 };
        let shapes = dots.iter().map(|dot| shape(dot, view.tokens, radius)).collect();
        (shapes, above)
    }

    /// The shots between the left and the right of the view, and the index of the first.
    fn visible_shots(&self, bounds: Bounds) -> (usize, &[Shot]) {
        let (from, to) = if self.by_time {
            let index = |x: f64| self.shots.partition_point(|shot| shot.at < x);
            (index(bounds.min[0]), index(bounds.max[0]))
        } else {
            let index = |x: f64| (x.max(1.0) as usize - 1).min(self.shots.len());
            (index(bounds.min[0]), index(bounds.max[0] + 1.0))
        };
        (from, self.shots.get(from..to).unwrap_or_default())
    }

    /// The rare samples among `count` from `first` on, with their indices.
    fn visible_rare(&self, first: usize, count: usize) -> impl Iterator<Item = (usize, &Shot)> + Clone {
        let from = self.rare.partition_point(|index| *index < first);
        let to = self.rare.partition_point(|index| *index < first + count);
        let indices = self.rare.get(from..to).unwrap_or_default();
        indices.iter().filter_map(|index| Some((*index, self.shots.get(*index)?)))
    }

    /// Paints the percentiles' lines, with chips beside the plot where `beside` is given.
    fn paint_percentiles(&self, beside: Option<&Painter>, view: &View<'_>, texts: &[String]) {
        let (rect, tokens) = (view.rect, view.tokens);
        let mut lines = Vec::new();
        for ((name, value), text) in self.percentiles.iter().zip(texts).rev() {
            let y = view.y(*value);
            if rect.y_range().contains(y) {
                let color = if *name == "p95" { tokens.text } else { tokens.muted };
                frame::dashed(&view.painter, pos2(rect.left(), y), pos2(rect.right(), y), color);
                lines.push((y, text, color));
            }
        }
        let mut centres: Vec<f32> = lines.iter().map(|(y, ..)| *y).collect();
        chips::separate(&mut centres, rect.top(), rect.bottom());
        for ((y, text, color), centre) in lines.into_iter().zip(centres) {
            if let Some(outer) = beside {
                let edge = pos2(rect.right() + space::XS, centre);
                outer.line_segment([pos2(rect.right(), y), edge], (1.2, color));
                chips::paint(outer, tokens, edge, Align2::LEFT_CENTER, text, color);
            } else {
                let edge = pos2(rect.right() - space::XS, centre);
                chips::paint(&view.painter, tokens, edge, Align2::RIGHT_CENTER, text, color);
            }
        }
    }

    /// Paints the target's lines, or a chip at the edge behind which they lie.
    fn paint_target(&self, view: &View<'_>) {
        let Some(target) = view.target else { return };
        let (rect, p95) = (view.rect, self.percentile("p95"));
        let color = if target.holds(p95) { view.tokens.good } else { view.tokens.bad };
        let chip = |y: f32, anchor: Align2, text: &str| {
            chips::paint(&view.painter, view.tokens, pos2(rect.left() + space::S, y), anchor, text, color);
        };
        let mut labelled = false;
        for y in target.lines().into_iter().map(|line| view.y(line)).filter(|y| rect.y_range().contains(*y)) {
            view.painter.hline(rect.x_range(), y, (1.8, color));
            let room_above = y - chips::HEIGHT - space::XS > rect.top();
            match std::mem::replace(&mut labelled, true) {
                true => {}
                false if room_above => chip(y - space::XS, Align2::LEFT_BOTTOM, &target.text()),
                false => chip(y + space::XS, Align2::LEFT_TOP, &target.text()),
            }
        }
        if labelled {
            return;
        }
        let text = target.distance_text(p95);
        if view.is_above(target) {
            chip(rect.top() + space::S, Align2::LEFT_TOP, &format!("↑ {text}"));
        } else {
            chip(rect.bottom() - space::S, Align2::LEFT_BOTTOM, &format!("↓ {text}"));
        }
    }

    /// Says how many samples lie above the view.
    fn paint_above(&self, view: &View<'_>) {
        let above = self.drawn.as_ref().map_or(0, |drawn| drawn.above);
        if above == 0 {
            return;
        }
        let (rect, painter) = (view.rect, &view.painter);
        let text = format!("↑ {} above, up to {}", count_text(above as u64), latency_text(self.highest));
        let taken = view.target.filter(|target| view.is_above(*target)).map_or(0.0, |target| {
            chips::width(painter, &format!("↑ {}", target.distance_text(self.percentile("p95")))) + space::M
        });
        let fits = taken + chips::width(painter, &text) + 2.0 * space::S < rect.width();
        let top = rect.top() + space::S + if fits { 0.0 } else { chips::HEIGHT + space::XS };
        let corner = pos2(rect.right() - space::S, top);
        chips::paint(painter, view.tokens, corner, Align2::RIGHT_TOP, &text, view.tokens.warn);
    }

    /// Reads out the sample nearest to the pointer.
    fn read_out(&self, view: &View<'_>, pointer: Pos2) {
        const REACH: f32 = 14.0;
        let from = view.transform.value_from_position(pointer - vec2(REACH, 0.0)).x;
        let to = view.transform.value_from_position(pointer + vec2(REACH, 0.0)).x;
        let near = Bounds { min: [from, 0.0], max: [to, 0.0] };
        let (first, shots) = self.visible_shots(near);
        let place = |index: usize, shot: &Shot| {
            pos2(view.transform.position_from_point_x(self.x(index, shot)), view.y(shot.latency))
        };
        let distance = |(offset, shot): &(usize, &Shot)| place(first + offset, shot).distance(pointer);
        let nearest = shots.iter().enumerate().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let Some((offset, shot)) = nearest.filter(|near| distance(near) <= REACH) else { return };
        let index = first + offset;
        let at = place(index, shot);
        let color = color(shot.kind, view.tokens);
        view.painter.circle_stroke(at, 5.0, (1.5, color));
        let verdict = match shot.kind {
            Kind::Failed => "failed",
            Kind::Beyond => "beyond target",
            Kind::Answered => "answered",
        };
        let place = format!("invocation {} · at {}", count_text(index as u64 + 1), latency_text(shot.at));
        let lines =
            [(latency_text(shot.latency), view.tokens.text), (place, view.tokens.muted), (verdict.to_owned(), color)];
        frame::reading(&view.painter, view.tokens, at, view.rect, &lines);
    }

    fn summary(&self, target: Option<LatencyTarget<'_>>) -> String {
        let mut summary = format!("Latency of {} invocations", count_text(self.shots.len() as u64));
        for (name, value) in self.percentiles {
            summary += &format!(", {name} {}", latency_text(value));
        }
        if self.failed > 0 {
            summary += &format!(", {} failed", count_text(self.failed as u64));
        }
        if let Some(target) = target {
            let verdict = if target.holds(self.percentile("p95")) { "met" } else { "missed" };
            summary += &format!(", {} {verdict} by p95", target.text());
        }
        summary
    }
}

fn color(kind: Kind, tokens: &Tokens) -> egui::Color32 {
    match kind {
        Kind::Answered => tokens.accent,
        Kind::Beyond => tokens.warn,
        Kind::Failed => tokens.bad,
    }
}

/// A dot is the more opaque the more points it stands for.
fn shape(dot: &Dot, tokens: &Tokens, radius: f32) -> Shape {
    const FEW: f32 = 2.0;
    let strength = match dot.kind {
        Kind::Answered if radius < FEW => 0.55 + 0.15 * (dot.count as f32).log2(),
        Kind::Answered => 0.9,
        Kind::Beyond | Kind::Failed => 1.0,
    };
    let radius = if dot.kind == Kind::Failed { radius + 1.0 } else { radius };
    Shape::circle_filled(dot.place, radius, color(dot.kind, tokens).gamma_multiply(strength.min(1.0)))
}
