//! The latency of every invocation of a run, against the target.
//!
//! The default view shows the bulk of the data from zero up; outliers are counted at the top edge
//! and shown on request, and a target far away is an arrow, so that neither squashes the picture.

mod cloud;
mod labels;

use egui::{Painter, Pos2, Rect, Shape, Ui, pos2};
use egui_plot::PlotTransform;

use super::aims::{self, Aims, Percentile};
use super::dots::{self, Bounds, Dot, Kind, Point};
use super::frame::{self, HEADER, Scale, Viewport, WIDE};
use super::recording::{Extent, Recording, Shot};
use super::target::LatencyTarget;
use super::units::{count_text, latency_text, tick_text};
use super::{Shown, chips};
use crate::bundle::Target;
use crate::measure::Sample;
use crate::workbench::theme::{self, Tokens, space};
use cloud::{Above, Cloud};

/// As many invocations in view are drawn as dots; more become a picture of how many lie where.
const MOST_DOTS: usize = 12_000;
/// The room that the switches above the chart take, about.
const WORDS: f32 = 140.0;
/// The lines that are drawn besides the statistic's.
const LINES: [f64; 3] = [50.0, 95.0, 99.0];

/// A chart of latencies by time, or by order.
#[derive(Default)]
pub struct LatencyChart {
    viewport: Viewport,
    by_order: bool,
    show_all: bool,
    /// How many answered calls lie beyond this target.
    beyond: (Option<Target>, usize),
    /// The top of a chart that grows.
    top: f64,
    dots: Option<Dots>,
    cloud: Option<Cloud>,
}

/// What dots or a picture were made for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    bounds: Bounds,
    rect: Rect,
    target: Option<Target>,
    by_order: bool,
    is_dark: bool,
}

/// Dots made for one view of one state of the data, kept while both stay.
struct Dots {
    key: Key,
    revision: u64,
    shapes: Vec<Shape>,
    above: u64,
}

/// What is on screen.
struct View<'a> {
    tokens: &'static Tokens,
    recording: &'a Recording,
    target: Option<LatencyTarget<'a>>,
    /// What the target is held against, in nanoseconds, and its name.
    statistic: &'a Percentile,
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

impl LatencyChart {
    /// Takes in invocations that `recording` has just been given.
    pub fn append(&mut self, fresh: &[Sample], recording: &Recording) {
        let target = self.beyond.0;
        let latency_target = target.as_ref().and_then(LatencyTarget::new);
        let first = recording.shots().len() - fresh.len().min(recording.shots().len());
        let by_order = self.by_order;
        let points = fresh.iter().enumerate().map(|(offset, sample)| {
            let shot = Shot::of(sample);
            let x = place_by(by_order, first + offset, &shot);
            Point { x, y: shot.latency, kind: kind(&shot, latency_target) }
        });
        let points: Vec<Point> = points.collect();
        self.beyond.1 += points.iter().filter(|point| point.kind == Kind::Beyond).count();
        if let Some(cloud) = &mut self.cloud {
            cloud.append(points.into_iter());
        }
    }

    /// Shows the chart in the width of `ui` and `height` points.
    pub fn show(&mut self, ui: &mut Ui, recording: &Recording, aims: &Aims, height: f32) -> Shown {
        let tokens = theme::of(ui);
        let latency_target = aims.latency.as_ref().and_then(LatencyTarget::new);
        let target = aims.latency.filter(|_| latency_target.is_some());
        self.count_beyond(recording, target, latency_target);
        self.header(ui, tokens, recording, aims);
        self.plot(ui, tokens, recording, aims, height - HEADER)
    }

    /// Shows all of the data.
    pub fn reset(&mut self) {
        self.viewport.reset();
    }

    /// Counts the answered calls beyond the target, once for each target.
    fn count_beyond(
        &mut self,
        recording: &Recording,
        target: Option<Target>,
        latency_target: Option<LatencyTarget<'_>>,
    ) {
        if self.beyond.0 != target {
            let is_beyond = |shot: &&Shot| kind(shot, latency_target) == Kind::Beyond;
            self.beyond = (target, recording.shots().iter().filter(is_beyond).count());
        }
    }

    /// The row above the plot.
    fn header(&mut self, ui: &mut Ui, tokens: &Tokens, recording: &Recording, aims: &Aims) {
        let target = aims.latency.as_ref().and_then(LatencyTarget::new);
        let beyond = self.beyond.1;
        let failed = recording.failed();
        let legends = |ui: &mut Ui| {
            let answered = count_text(recording.count().saturating_sub((failed + beyond) as u64));
            let target_word = if ui.available_width() < WIDE - WORDS { "" } else { " target" };
            let within = if target.is_some() { format!("within{target_word}") } else { "answered".to_owned() };
            let is_narrow = target_word.is_empty();
            if !is_narrow || beyond == 0 || failed == 0 {
                frame::legend(ui, tokens, tokens.accent, &format!("{answered} {within}"));
            }
            if beyond > 0 {
                frame::legend(ui, tokens, tokens.warn, &format!("{} beyond{target_word}", count_text(beyond as u64)));
            }
            if failed > 0 {
                frame::legend(ui, tokens, tokens.bad, &format!("{} failed", count_text(failed as u64)));
            }
        };
        frame::header(ui, legends, |ui| {
            let mut is_changed = frame::switch(ui, tokens, &mut self.by_order, "By order");
            let squashed = recording.highest() > self.default_top(recording, aims);
            if squashed || self.show_all {
                is_changed |= frame::switch(ui, tokens, &mut self.show_all, "Show all");
            }
            frame::reset_button(ui, tokens, &mut self.viewport);
            if is_changed {
                self.viewport.reset();
            }
        });
    }

    /// The default view.
    fn whole(&mut self, recording: &Recording, aims: &Aims, width: f32) -> Bounds {
        let count = recording.count() as f64;
        let last = match (recording.planned(), self.by_order) {
            (None, true) => count,
            (None, false) => recording.shots().last().map_or(1.0, |shot| shot.at),
            (Some(Extent::Calls(calls)), true) => f64::from(calls),
            (Some(Extent::Time(nanos)), false) => nanos,
            // Grows in steps, so that most frames need not be drawn anew.
            (Some(_), true) => step_up(count),
            (Some(_), false) => step_up(recording.elapsed()),
        };
        let last = last.max(1.0);
        let wanted = self.default_top(recording, aims);
        let top = if recording.planned().is_none() {
            wanted
        } else {
            if wanted > self.top || wanted < self.top / 3.0 {
                self.top = step_up(wanted);
            }
            self.top
        };
        Bounds { min: [-frame::left_margin(width, last), 0.0], max: [last * 1.012, top] }
    }

    /// The top of the default view: a bit above the 99th percentile, unless that lies so far above most calls that they
    /// would be a line at the bottom; and above the statistic, and the target where it is near.
    fn default_top(&self, recording: &Recording, aims: &Aims) -> f64 {
        const FAR: f64 = 6.0;
        let highest = recording.highest();
        if self.show_all {
            return (highest * 1.06).max(1.0);
        }
        let [p95, p99, statistic] = [95.0, 99.0, aims.percentile].map(|percent| recording.percentile(percent));
        let bulk = if p99 > p95 * FAR { p95 * FAR / 2.0 } else { p99 * 1.6 };
        let data = bulk.max(statistic * 1.2).min(highest * 1.12).max(1.0);
        let target = aims.latency.as_ref().and_then(LatencyTarget::new);
        let near = target.iter().flat_map(|target| target.lines()).filter(|line| *line <= data * 2.0);
        near.map(|line| line * 1.15).fold(data, f64::max)
    }

    fn plot(&mut self, ui: &mut Ui, tokens: &'static Tokens, recording: &Recording, aims: &Aims, height: f32) -> Shown {
        let by_order = self.by_order;
        let target = aims.latency.as_ref().and_then(LatencyTarget::new);
        let percentiles = aims::percentiles(recording, &LINES, aims.percentile);
        let wide = ui.available_width() >= WIDE;
        let texts = percentiles.iter().map(|line| chips::width(ui.painter(), &line.text));
        let beside = texts.fold(0.0, f32::max) + space::M;
        let x_text = move |mark: egui_plot::GridMark, largest: f64| match mark.value {
            value if value < 0.0 || value > largest => String::new(),
            value if by_order => count_text(value as u64),
            value => tick_text(value, mark.step_size, largest),
        };
        let x = Scale { marks: Scale::round(72.0, if by_order { 1.0 } else { 1e-9 }), text: Box::new(x_text) };
        let y = Scale { marks: Scale::round(34.0, 1e-3), text: Box::new(frame::latency_mark) };
        let width = ui.available_width() - if wide { beside } else { 0.0 };
        let whole = self.whole(recording, aims, width);
        let plot = frame::plot("latency", tokens, x, y).height(height).width(width);
        let shown = self.viewport.of(whole, plot).show(ui, |_| ());
        let rect = *shown.transform.frame();
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let Some(statistic) = percentiles.iter().find(|line| line.is_statistic) else {
            return Shown { plot: shown.response };
        };
        let view = View {
            tokens,
            recording,
            target,
            statistic,
            bounds: self.viewport.note(&shown.transform),
            transform: shown.transform,
            rect,
            painter,
        };
        let above = self.paint_shots(ui, &view, aims.latency);
        labels::percentiles(wide.then(|| ui.painter()), &view, &percentiles);
        labels::target(&view);
        labels::above(&view, above);
        if let Some(pointer) = shown.response.hover_pos().filter(|_| shown.response.hovered()) {
            self.read_out(&view, pointer);
        }
        frame::describe(&shown.response, &labels::summary(&view, &percentiles));
        Shown { plot: shown.response }
    }

    /// Paints the invocations in view, and says how many lie above it.
    fn paint_shots(&mut self, ui: &Ui, view: &View<'_>, target: Option<Target>) -> Above {
        let is_dark = ui.visuals().dark_mode;
        let key = Key { bounds: view.bounds, rect: view.rect, target, by_order: self.by_order, is_dark };
        let (first, shots) = self.visible_shots(view);
        if shots.len() > MOST_DOTS {
            self.dots = None;
            let kept = self.cloud.take();
            let mut cloud = match kept {
                Some(cloud) if cloud.is_of(&key) => cloud,
                old => Cloud::begun(key, old),
            };
            let above = cloud.paint(ui, view, first, shots);
            self.cloud = Some(cloud);
            return above;
        }
        self.cloud = None;
        let revision = view.recording.revision();
        if self.dots.as_ref().is_none_or(|dots| dots.key != key || dots.revision != revision) {
            let (shapes, above) = self.make_dots(view, (first, shots));
            self.dots = Some(Dots { key, revision, shapes, above });
        }
        let Some(dots) = &self.dots else { return Above::Exactly(0) };
        view.painter.extend(dots.shapes.iter().cloned());
        Above::Exactly(dots.above)
    }

    /// The dots of a view, and how many samples lie above it.
    fn make_dots(&self, view: &View<'_>, (first, shots): (usize, &[Shot])) -> (Vec<Shape>, u64) {
        let points = shots.iter().enumerate().map(|(offset, shot)| self.point(view, first + offset, shot));
        let cell = if shots.len() < 1500 { 1.0 } else { 3.0 };
        let dots = dots::reduce(points, view.bounds, view.rect, cell);
        let above = shots.iter().filter(|shot| shot.latency > view.top()).count() as u64;
        let radius = if shots.len() < 400 { 2.4 } else { 1.6 };
        (dots.iter().map(|dot| shape(dot, view.tokens, radius)).collect(), above)
    }

    fn point(&self, view: &View<'_>, index: usize, shot: &Shot) -> Point {
        Point { x: place_by(self.by_order, index, shot), y: shot.latency, kind: kind(shot, view.target) }
    }

    /// The shots between the left and the right of the view, and the index of the first.
    fn visible_shots<'a>(&self, view: &View<'a>) -> (usize, &'a [Shot]) {
        self.shots_between(view.recording, view.bounds.min[0], view.bounds.max[0])
    }

    fn shots_between<'a>(&self, recording: &'a Recording, left: f64, right: f64) -> (usize, &'a [Shot]) {
        let shots = recording.shots();
        let (from, to) = if self.by_order {
            let index = |x: f64| (x.max(1.0) as usize - 1).min(shots.len());
            (index(left), index(right + 1.0))
        } else {
            let index = |x: f64| shots.partition_point(|shot| shot.at < x);
            (index(left), index(right))
        };
        (from, shots.get(from..to).unwrap_or_default())
    }

    /// The invocation nearest to the pointer, with its index and its place.
    fn nearest<'a>(&self, view: &View<'a>, pointer: Pos2) -> Option<(usize, &'a Shot, Pos2)> {
        const REACH: f32 = 14.0;
        let shots = view.recording.shots();
        let place = |index: usize, shot: &Shot| {
            let x = place_by(self.by_order, index, shot);
            pos2(view.transform.position_from_point_x(x), view.y(shot.latency))
        };
        let middle =
            self.shots_between(view.recording, f64::MIN, view.transform.value_from_position(pointer).x).1.len();
        let (before, after) = shots.split_at_checked(middle)?;
        let before = before.iter().enumerate().rev();
        let after = after.iter().enumerate().map(|(offset, shot)| (middle + offset, shot));
        let mut nearest = None;
        let mut reach = REACH;
        // Outwards to both sides, until all that follows is further away than the nearest so far.
        for side in [&mut { before } as &mut dyn Iterator<Item = (usize, &'a Shot)>, &mut { after }] {
            for (index, shot) in side {
                let at = place(index, shot);
                if (at.x - pointer.x).abs() > reach {
                    break;
                }
                let distance = at.distance(pointer);
                if distance <= reach {
                    (nearest, reach) = (Some((index, shot, at)), distance);
                }
            }
        }
        nearest
    }

    /// Reads out the invocation nearest to the pointer.
    fn read_out(&self, view: &View<'_>, pointer: Pos2) {
        let Some((index, shot, at)) = self.nearest(view, pointer) else { return };
        let kind = kind(shot, view.target);
        let color = color(kind, view.tokens);
        view.painter.circle_stroke(at, 5.0, (1.5, color));
        let verdict = match kind {
            Kind::Failed => "failed",
            Kind::Beyond => "beyond target",
            Kind::Answered => "answered",
        };
        let place = format!("invocation {} · at {}", count_text(index as u64 + 1), latency_text(shot.at));
        let lines =
            [(latency_text(shot.latency), view.tokens.text), (place, view.tokens.muted), (verdict.to_owned(), color)];
        frame::reading(&view.painter, view.tokens, at, view.rect, &lines);
    }
}

/// The next of the numbers that are a quarter apart.
fn step_up(value: f64) -> f64 {
    1.25_f64.powf((value.max(1.0).ln() / 1.25_f64.ln()).ceil())
}

/// Where an invocation of this index stands on the horizontal axis.
fn place_by(order: bool, index: usize, shot: &Shot) -> f64 {
    if order { (index + 1) as f64 } else { shot.at }
}

fn kind(shot: &Shot, target: Option<LatencyTarget<'_>>) -> Kind {
    match target {
        _ if !shot.ok => Kind::Failed,
        Some(target) if !target.holds(shot.latency) => Kind::Beyond,
        _ => Kind::Answered,
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
