//! The percentile curve: which share of the invocations took how long, with as much room for each further
//! nine as for the first (the scale of HdrHistogram's percentile plots).
//!
//! The part that the number of samples supports is a line within its 95 % interval; what lies beyond is
//! dashed and says so, for it only repeats the longest few.

mod paint;

use egui::{Pos2, Ui, pos2};
use egui_plot::{GridMark, PlotTransform};

use super::aims::{Aims, Percentile};
use super::dots::Bounds;
use super::frame::{self, HEADER, Scale, Viewport};
use super::recording::{Ranks, Recording};
use super::target::LatencyTarget;
use super::units::count_text;
use super::{Baseline, Shown, units};
use crate::workbench::theme::{self, Tokens};

/// The percentiles that the axis marks, as far as there is room.
const TICKS: [f64; 10] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999, 99.9999, 99.99999];
/// The percentiles that the curve marks, besides the statistic.
const MARKED: [f64; 5] = [50.0, 90.0, 95.0, 99.0, 99.9];
/// Where the axis begins, and where it ends at least, in percent.
const LEAST_RANGE: (f64, f64) = (50.0, 99.99);
/// By which factor a run that goes on must grow before its curve is made anew.
const WORTH_IT: f64 = 1.03;
/// From this factor between the slowest and the typical call on, the scale is logarithmic unless chosen otherwise.
const SPREAD: f64 = 8.0;
/// Points of the curve between two nines.
const POINTS_A_NINE: f64 = 64.0;

/// A chart of latency by percentile.
#[derive(Debug, Default)]
pub struct PercentileChart {
    viewport: Viewport,
    /// Whether the scale is logarithmic, where the user chose.
    chosen: Option<bool>,
    /// Whether latencies were ever so far apart that a linear scale would show but the slowest few.
    is_spread: bool,
    curves: Option<Curves>,
}

/// The curves of one state of the data.
#[derive(Debug)]
struct Curves {
    revision: u64,
    of_run: Curve,
    of_baseline: Option<(String, Curve)>,
    /// The marked percentiles and the statistic they were made for.
    marked: Vec<Percentile>,
    statistic: Percentile,
}

/// One run's curve.
#[derive(Debug)]
struct Curve {
    ranks: Ranks,
    points: Vec<CurvePoint>,
    /// The last supported percentile as a place on the axis.
    supported: f64,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug)]
pub struct CurvePoint {
    /// The place on the axis.
    tail: f64,
    /// Nanoseconds.
    pub latency: f64,
    /// The ends of the 95 % interval, in nanoseconds, where it has both.
    pub interval: Option<(f64, f64)>,
}

/// The points that a curve is drawn by.
pub fn points_of(ranks: &Ranks) -> Vec<CurvePoint> {
    Curve::of(ranks.clone()).points
}

impl CurvePoint {
    /// The percentile, in percent.
    pub fn percent(&self) -> f64 {
        tail_to_percent(self.tail)
    }
}

impl Curve {
    fn of(ranks: Ranks) -> Self {
        let reach = (ranks.count().max(1) as f64).log10();
        let supported = tail(ranks.highest_supported());
        let first = tail(LEAST_RANGE.0);
        let steps = ((reach - first).max(0.0) * POINTS_A_NINE).ceil() as u32;
        let even = (0..=steps).map(|step| first + (reach - first).max(0.0) * f64::from(step) / f64::from(steps.max(1)));
        let mut tails: Vec<f64> = even.chain((supported > first).then_some(supported)).collect();
        tails.sort_by(f64::total_cmp);
        let point = |tail: f64| {
            let percent = tail_to_percent(tail);
            CurvePoint { tail, latency: ranks.percentile(percent), interval: ranks.interval(percent) }
        };
        let points = tails.into_iter().map(point).collect();
        Self { points, ranks, supported }
    }

    /// Where its last point is on the axis.
    fn reach(&self) -> f64 {
        self.points.last().map_or(0.0, |point| point.tail)
    }

    fn highest(&self) -> f64 {
        self.points.iter().map(|point| point.latency).fold(1.0, f64::max)
    }

    /// The shortest of the latencies that are shown.
    fn lowest(&self) -> f64 {
        self.points.first().map_or(1.0, |point| point.interval.map_or(point.latency, |(low, _)| low)).max(1.0)
    }
}

/// What is on screen.
struct View<'a> {
    tokens: &'static Tokens,
    target: Option<LatencyTarget<'a>>,
    transform: PlotTransform,
    rect: egui::Rect,
    painter: egui::Painter,
    log_latency: bool,
}

impl View<'_> {
    fn y(&self, latency: f64) -> f32 {
        self.transform.position_from_point_y(scaled(latency, self.log_latency))
    }

    fn place(&self, tail: f64, latency: f64) -> Pos2 {
        pos2(self.transform.position_from_point_x(tail), self.y(latency))
    }
}

impl PercentileChart {
    /// Shows the chart in the width of `ui` and `height` points.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        recording: &Recording,
        baseline: Option<&Baseline>,
        aims: &Aims,
        height: f32,
    ) -> Shown {
        let tokens = theme::of(ui);
        self.calculate(recording, baseline, aims.percentile);
        self.header(ui, tokens, baseline);
        self.plot(ui, tokens, aims, height - HEADER)
    }

    /// Shows all of the data.
    pub fn reset(&mut self) {
        self.viewport.reset();
    }

    /// Forgets what was made of the data.
    pub fn forget(&mut self) {
        self.curves = None;
    }

    /// Makes the curves anew, once for each state of the data.
    fn calculate(&mut self, recording: &Recording, baseline: Option<&Baseline>, statistic: f64) {
        let (revision, name) = (recording.revision(), baseline.map(|baseline| &baseline.name));
        let is_current = |curves: &Curves| {
            let other = curves.of_baseline.as_ref().map(|(name, _)| name);
            // The intervals of a run that goes on take longer to find than a few more calls are worth.
            let grown = recording.count() as f64 / curves.of_run.ranks.count().max(1) as f64;
            let is_near = recording.planned().is_some() && grown < WORTH_IT;
            (curves.revision == revision || is_near) && other == name && curves.statistic.percent == statistic
        };
        if self.curves.as_ref().is_some_and(is_current) {
            return;
        }
        let of_run = Curve::of(recording.ranks());
        let mut percents: Vec<f64> = MARKED.into_iter().filter(|percent| *percent != statistic).collect();
        percents.push(statistic);
        percents.sort_by(f64::total_cmp);
        let ranks = &of_run.ranks;
        let mark = |percent: f64| Percentile::of(percent, ranks.percentile(percent), ranks.count(), statistic);
        self.is_spread |= of_run.highest() > SPREAD * ranks.percentile(50.0).max(1.0);
        let reached = percents.into_iter().filter(|percent| tail(*percent) <= of_run.reach() + 1e-9);
        self.curves = Some(Curves {
            revision,
            statistic: mark(statistic),
            marked: reached.map(mark).collect(),
            of_run,
            of_baseline: baseline.map(|baseline| (baseline.name.clone(), Curve::of(Ranks::of(&baseline.histogram)))),
        });
    }

    fn header(&mut self, ui: &mut Ui, tokens: &Tokens, baseline: Option<&Baseline>) {
        let legends = |ui: &mut Ui| {
            frame::legend(ui, tokens, tokens.accent, "latency by percentile, with 95 % interval");
            if let Some(baseline) = baseline {
                frame::legend(ui, tokens, tokens.muted, &baseline.name);
            }
        };
        frame::header(ui, legends, |ui| {
            let mut is_log = self.is_log();
            if frame::switch(ui, tokens, &mut is_log, "Logarithmic") {
                self.chosen = Some(is_log);
                self.viewport.reset();
            }
            frame::reset_button(ui, tokens, &mut self.viewport);
        });
    }

    fn is_log(&self) -> bool {
        self.chosen.unwrap_or(self.is_spread)
    }

    /// What the default view holds.
    fn whole(&self, curves: &Curves, target: Option<LatencyTarget<'_>>, width: f32) -> Bounds {
        let baseline = curves.of_baseline.as_ref().map(|(_, curve)| curve);
        let all = || std::iter::once(&curves.of_run).chain(baseline);
        let reach = all().map(Curve::reach).fold(tail(LEAST_RANGE.1), f64::max);
        let highest = all().map(Curve::highest).fold(1.0, f64::max);
        let near = target.iter().flat_map(|target| target.lines()).filter(|line| *line <= highest * 2.0);
        let highest = near.fold(highest, f64::max);
        let (bottom, top) = if self.is_log() {
            let lowest = all().map(Curve::lowest).fold(highest, f64::min);
            let (low, high) = (lowest.log10(), highest.log10());
            let margin = 0.12 * (high - low).max(0.2);
            (low - margin, high + 1.5 * margin)
        } else {
            (0.0, highest * 1.18)
        };
        let first = tail(LEAST_RANGE.0);
        Bounds {
            min: [first - frame::left_margin(width, reach - first), bottom],
            max: [reach + 0.06 * (reach - first), top],
        }
    }

    fn plot(&mut self, ui: &mut Ui, tokens: &'static Tokens, aims: &Aims, height: f32) -> Shown {
        let log_latency = self.is_log();
        let target = aims.latency.as_ref().and_then(LatencyTarget::new);
        let x = Scale {
            marks: Box::new(percentile_marks),
            text: Box::new(|mark: GridMark, _| percent_text(tail_to_percent(mark.value))),
        };
        let y = if log_latency {
            Scale {
                marks: Box::new(|bounds, per_pixel| units::log_marks(bounds, per_pixel * 26.0)),
                text: Box::new(|mark: GridMark, _| units::log_tick_text(mark.value)),
            }
        } else {
            Scale { marks: Scale::round(34.0, 1e-3), text: Box::new(frame::latency_mark) }
        };
        let plot = frame::plot("percentiles", tokens, x, y).height(height);
        let whole = self.curves.as_ref().map(|curves| self.whole(curves, target, ui.available_width()));
        let plot = match whole {
            Some(whole) => self.viewport.of(whole, plot),
            None => plot,
        };
        let shown = plot.show(ui, |_| ());
        self.viewport.note(&shown.transform);
        let rect = *shown.transform.frame();
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let view = View { tokens, target, transform: shown.transform, rect, painter, log_latency };
        if let Some(curves) = &self.curves {
            paint::all(&view, curves);
            let pointer = shown.response.hover_pos().filter(|_| shown.response.hovered());
            pointer.into_iter().for_each(|pointer| paint::read_out(&view, curves, pointer));
            frame::describe(&shown.response, &summary(&view, curves));
        }
        Shown { plot: shown.response }
    }
}

fn summary(view: &View<'_>, curves: &Curves) -> String {
    let mut summary = format!("Percentiles of {} latencies", count_text(curves.of_run.ranks.count()));
    for line in &curves.marked {
        summary += &format!(", {}", line.text);
    }
    if let Some((name, _)) = &curves.of_baseline {
        summary += &format!(", beside {name}");
    }
    if let Some(target) = view.target {
        summary += &format!(", {}", target.text());
    }
    summary
}

/// Where a latency stands on its axis.
fn scaled(latency: f64, is_log: bool) -> f64 {
    if is_log { latency.max(1.0).log10() } else { latency }
}

/// Where a percentile stands on the axis, which gives each further nine the same room.
fn tail(percent: f64) -> f64 {
    -(1.0 - percent / 100.0).max(1e-12).log10()
}

fn tail_to_percent(tail: f64) -> f64 {
    (1.0 - 10_f64.powf(-tail)) * 100.0
}

/// A percentile with as many nines as it has: `99.95 %`.
fn percent_text(percent: f64) -> String {
    let decimals = (-(100.0 - percent).max(1e-9).log10()).ceil().max(0.0) + 1.0;
    let factor = 10_f64.powf(decimals);
    format!("{} %", (percent * factor).round() / factor)
}

/// The usual percentiles, as far as there is room for their texts.
fn percentile_marks(bounds: (f64, f64), per_pixel: f64) -> Vec<GridMark> {
    let mut marks: Vec<GridMark> = Vec::new();
    for value in TICKS.into_iter().map(tail).filter(|value| (bounds.0..=bounds.1).contains(value)) {
        let room = marks.last().is_none_or(|last| value - last.value >= per_pixel * 36.0);
        if room {
            marks.push(GridMark { value, step_size: 0.5 });
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;

    fn curve(count: u64) -> Curve {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        (1..=count).for_each(|value| histogram.record(value * 1000).unwrap());
        Curve::of(Ranks::of(&histogram))
    }

    #[test]
    fn each_further_nine_has_the_same_room() {
        assert!((tail(99.9) - tail(99.0) - 1.0).abs() < 1e-9);
        assert!((tail_to_percent(tail(99.9)) - 99.9).abs() < 1e-9);
        let texts: Vec<String> = TICKS.map(percent_text).into();
        assert_eq!(texts[4..7], ["99 %", "99.9 %", "99.99 %"]);
    }

    #[test]
    fn the_curve_ends_where_the_samples_do_and_is_supported_only_before() {
        let curve = curve(10_000);
        assert!((curve.reach() - 4.0).abs() < 1e-9);
        assert!(curve.supported < curve.reach() && curve.supported > 3.0, "{}", curve.supported);
        let has_interval = |point: &&CurvePoint| point.interval.is_some();
        let last = curve.points.iter().rfind(has_interval).unwrap();
        assert!((last.tail - curve.supported).abs() < 0.03, "{last:?}");
        assert!(curve.points.is_sorted_by(|a, b| a.tail <= b.tail && a.latency <= b.latency));
    }

    #[test]
    fn few_samples_make_a_short_curve_and_none_make_none() {
        assert!((curve(10).reach() - 1.0).abs() < 1e-9);
        assert_eq!(curve(0).highest(), 1.0);
    }
}
