//! How latencies are distributed: bars over a logarithmic scale, with the target and the percentiles, and
//! with the outline of the run they are compared with.

use egui::{Align2, Color32, Painter, Pos2, Rect, Ui, pos2, vec2};
use egui_plot::{GridMark, PlotTransform};
use hdrhistogram::Histogram;

use super::aims::{self, Aims, Percentile};
use super::bars::{self, Bar};
use super::dots::Bounds;
use super::frame::{self, HEADER, Scale, Viewport};
use super::recording::Recording;
use super::target::LatencyTarget;
use super::units::{count_text, latency_text};
use super::{Baseline, Shown, chips, units};
use crate::workbench::theme::{self, Tokens, space};

/// The lines that are drawn besides the statistic's.
const LINES: [f64; 3] = [50.0, 95.0, 99.0];

/// A chart of how latencies are distributed.
#[derive(Debug, Default)]
pub struct HistogramChart {
    viewport: Viewport,
    /// Whether counts are on a logarithmic scale too, which shows single calls beside thousands.
    log_counts: bool,
    bars: Option<Bars>,
}

/// The bars of one state of the data.
#[derive(Debug)]
struct Bars {
    revision: u64,
    of_run: Vec<Bar>,
    /// The bars of the other run, in the same widths, and its name.
    of_baseline: Vec<Bar>,
    baseline: Option<String>,
}

/// What is on screen.
struct View<'a> {
    tokens: &'static Tokens,
    recording: &'a Recording,
    target: Option<LatencyTarget<'a>>,
    transform: PlotTransform,
    rect: Rect,
    painter: Painter,
    log_counts: bool,
}

impl View<'_> {
    /// The place of a latency's logarithm and a number of invocations.
    fn place(&self, log: f64, count: f64) -> Pos2 {
        let y = height(count, self.log_counts);
        pos2(self.transform.position_from_point_x(log), self.transform.position_from_point_y(y))
    }
}

impl HistogramChart {
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
        self.count(recording, baseline);
        self.header(ui, tokens, recording, baseline, aims);
        self.plot(ui, tokens, recording, aims, height - HEADER)
    }

    /// Shows all of the data.
    pub fn reset(&mut self) {
        self.viewport.reset();
    }

    /// Forgets what was made of the data.
    pub fn forget(&mut self) {
        self.bars = None;
    }

    /// Counts anew what is recorded, once for each state of it.
    fn count(&mut self, recording: &Recording, baseline: Option<&Baseline>) {
        let revision = recording.revision();
        let name = baseline.map(|baseline| baseline.name.as_str());
        let is_current = |bars: &Bars| bars.revision == revision && bars.baseline.as_deref() == name;
        if self.bars.as_ref().is_some_and(is_current) {
            return;
        }
        let per_decade = bars::per_decade(recording.histogram());
        let bars_of = |histogram: &Histogram<u64>| bars::bars(histogram, per_decade);
        self.bars = Some(Bars {
            revision,
            of_run: bars_of(recording.histogram()),
            of_baseline: baseline.map(|baseline| bars_of(&baseline.histogram)).unwrap_or_default(),
            baseline: name.map(str::to_owned),
        });
    }

    fn header(
        &mut self,
        ui: &mut Ui,
        tokens: &Tokens,
        recording: &Recording,
        baseline: Option<&Baseline>,
        aims: &Aims,
    ) {
        let target = aims.latency.as_ref().and_then(LatencyTarget::new);
        let bars = self.bars.as_ref().map_or(&[][..], |bars| &bars.of_run);
        let is_beyond = |bar: &Bar| bar.count > 0 && target.is_some_and(|target| !target.holds(bar.middle()));
        let some_beyond = bars.iter().any(is_beyond);
        let legends = |ui: &mut Ui| {
            let text = format!("{} invocations by latency", count_text(recording.count()));
            frame::legend(ui, tokens, tokens.accent, &text);
            if some_beyond {
                frame::legend(ui, tokens, tokens.warn, "beyond target");
            }
            if let Some(baseline) = baseline {
                let scaled = if baseline.histogram.len() == recording.count() { "" } else { ", scaled to as many" };
                frame::legend(ui, tokens, tokens.muted, &format!("{}{scaled}", baseline.name));
            }
        };
        frame::header(ui, legends, |ui| {
            if frame::switch(ui, tokens, &mut self.log_counts, "Logarithmic counts") {
                self.viewport.reset();
            }
            frame::reset_button(ui, tokens, &mut self.viewport);
        });
    }

    /// What the default view holds.
    fn whole(&self, bars: &Bars) -> Bounds {
        let all = || bars.of_run.iter().chain(&bars.of_baseline);
        let first = all().map(|bar| bar.from).fold(f64::INFINITY, f64::min);
        let last = all().map(|bar| bar.to).fold(f64::NEG_INFINITY, f64::max);
        let most = bars.of_run.iter().map(|bar| bar.count).max().unwrap_or(1) as f64;
        let margin = 0.04 * (last - first).max(0.2);
        // The chips of the percentiles stand above the bars.
        let top = height(most, self.log_counts) * 1.35;
        Bounds { min: [first - margin, 0.0], max: [last + margin, top] }
    }

    fn plot(&mut self, ui: &mut Ui, tokens: &'static Tokens, recording: &Recording, aims: &Aims, height: f32) -> Shown {
        let log_counts = self.log_counts;
        let x = Scale {
            marks: Box::new(|bounds, per_pixel| units::log_marks(bounds, per_pixel * 44.0)),
            text: Box::new(|mark: GridMark, _| units::log_tick_text(mark.value)),
        };
        let marks = if log_counts { Box::new(count_marks) as frame::Marks<'_> } else { Scale::round(34.0, 1.0) };
        let count_of = move |mark: f64| if log_counts { 10_f64.powf(mark) - 1.0 } else { mark };
        let text = move |mark: GridMark, _| match mark.value {
            value if value < 0.0 => String::new(),
            value => count_text(count_of(value).round() as u64),
        };
        let plot = frame::plot("histogram", tokens, x, Scale { marks, text: Box::new(text) }).height(height);
        let whole = self.bars.as_ref().map(|bars| self.whole(bars));
        let plot = match whole {
            Some(whole) => self.viewport.of(whole, plot),
            None => plot,
        };
        let shown = plot.show(ui, |_| ());
        self.viewport.note(&shown.transform);
        let rect = *shown.transform.frame();
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let target = aims.latency.as_ref().and_then(LatencyTarget::new);
        let view = View { tokens, recording, target, transform: shown.transform, rect, painter, log_counts };
        let percentiles = aims::percentiles(recording, &LINES, aims.percentile);
        if let Some(bars) = &self.bars {
            paint_bars(&view, &bars.of_run);
            paint_outline(&view, &bars.of_baseline);
            paint_lines(&view, &percentiles);
            let pointer = shown.response.hover_pos().filter(|_| shown.response.hovered());
            pointer.into_iter().for_each(|pointer| read_out(&view, bars, pointer));
        }
        frame::describe(&shown.response, &summary(&view, &percentiles));
        Shown { plot: shown.response }
    }
}

/// Where a count stands on the axis.
fn height(count: f64, is_log: bool) -> f64 {
    if is_log { (count + 1.0).log10() } else { count }
}

/// Powers of ten on an axis of logarithms of a count and one.
fn count_marks(bounds: (f64, f64), _: f64) -> Vec<GridMark> {
    let decades = units::multiples((0.0, bounds.1), 1.0);
    decades.map(|decade| GridMark { value: (10_f64.powf(decade) + 1.0).log10(), step_size: 1.0 }).collect()
}

fn paint_bars(view: &View<'_>, bars: &[Bar]) {
    for bar in bars.iter().filter(|bar| bar.count > 0) {
        let missed = view.target.is_some_and(|target| !target.holds(bar.middle()));
        let color = if missed { view.tokens.warn } else { view.tokens.accent };
        let (mut from, to) = (view.place(bar.from, bar.count as f64), view.place(bar.to, 0.0));
        // A single outlier must not vanish beside thousands of others.
        from.y = from.y.min(to.y - 2.0);
        let gap = if to.x - from.x > 4.0 { 1.0 } else { 0.0 };
        let rect = Rect::from_min_max(from, to - vec2(gap, 0.0));
        view.painter.rect_filled(rect, 1.0, color.gamma_multiply(0.85));
    }
}

/// The other run's bars as one line, scaled to as many invocations as this run has.
fn paint_outline(view: &View<'_>, bars: &[Bar]) {
    let total: u64 = bars.iter().map(|bar| bar.count).sum();
    if total == 0 {
        return;
    }
    let scale = view.recording.count() as f64 / total as f64;
    let mut points = Vec::with_capacity(bars.len() * 2 + 2);
    let ends = (bars.first().map(|bar| bar.from), bars.last().map(|bar| bar.to));
    points.extend(ends.0.map(|from| view.place(from, 0.0)));
    for bar in bars {
        let count = bar.count as f64 * scale;
        points.extend([view.place(bar.from, count), view.place(bar.to, count)]);
    }
    points.extend(ends.1.map(|to| view.place(to, 0.0)));
    view.painter.line(points, (1.5, view.tokens.muted));
}

/// The percentiles and the target as vertical lines with chips one below the other.
fn paint_lines(view: &View<'_>, percentiles: &[Percentile]) {
    let (rect, tokens, painter) = (view.rect, view.tokens, &view.painter);
    let mut lines: Vec<(f64, &str, Color32)> = Vec::new();
    for line in percentiles {
        lines.push((line.value, &line.text, if line.is_statistic { tokens.text } else { tokens.muted }));
    }
    let statistic = percentiles.iter().find(|line| line.is_statistic);
    let target = view.target.zip(statistic);
    let words = target.map(|(target, _)| target.text()).unwrap_or_default();
    let place = |value: f64| view.transform.position_from_point_x(value.max(1.0).log10());
    let mut top = rect.top() + space::S;
    if let Some((target, statistic)) = target {
        let color = target.color(statistic, tokens);
        let (inside, outside): (Vec<f64>, Vec<f64>) =
            target.lines().into_iter().partition(|line| rect.x_range().contains(place(*line)));
        lines.extend(inside.iter().map(|line| (*line, words.as_str(), color)));
        if let (true, Some(line)) = (inside.is_empty(), outside.first()) {
            let text = target.distance_text(statistic);
            if place(*line) > rect.right() {
                let corner = pos2(rect.right() - space::S, top);
                chips::paint(painter, tokens, corner, Align2::RIGHT_TOP, &format!("{text} →"), color);
            } else {
                chips::paint(
                    painter,
                    tokens,
                    pos2(rect.left() + space::S, top),
                    Align2::LEFT_TOP,
                    &format!("← {text}"),
                    color,
                );
                top += chips::HEIGHT + 2.0;
            }
        }
    }
    for (value, _, color) in &lines {
        let x = place(*value);
        frame::dashed(painter, pos2(x, rect.top()), pos2(x, rect.bottom()), *color);
    }
    // Chips only after all lines, so that no line crosses one.
    for (value, text, color) in lines {
        let x = place(value);
        if !rect.x_range().contains(x) {
            continue;
        }
        let right = x + chips::width(painter, text) + space::S < rect.right();
        let (offset, anchor) = if right { (space::XS, Align2::LEFT_TOP) } else { (-space::XS, Align2::RIGHT_TOP) };
        chips::paint(painter, tokens, pos2(x + offset, top), anchor, text, color);
        top += chips::HEIGHT + 2.0;
    }
}

/// Reads out the bar below the pointer.
fn read_out(view: &View<'_>, bars: &Bars, pointer: Pos2) {
    let x = view.transform.value_from_position(pointer).x;
    let under = |bars: &[Bar]| bars.iter().find(|bar| (bar.from..bar.to).contains(&x)).copied();
    let share = |bar: Bar, total: u64| bar.count as f64 * 100.0 / total.max(1) as f64;
    let (bar, other) = (under(&bars.of_run), under(&bars.of_baseline));
    let Some(shown) = bar.or(other).filter(|_| [bar, other].iter().flatten().any(|bar| bar.count > 0)) else { return };
    let range = format!("{} to {}", latency_text(10_f64.powf(shown.from)), latency_text(10_f64.powf(shown.to)));
    let mut lines = vec![(range, view.tokens.text)];
    if let Some(bar) = bar {
        let text = format!("{} invocations, {:.1} %", count_text(bar.count), share(bar, view.recording.count()));
        lines.push((text, view.tokens.muted));
    }
    if let (Some(bar), Some(name)) = (other, &bars.baseline) {
        let total = bars.of_baseline.iter().map(|bar| bar.count).sum();
        lines.push((format!("{name}: {:.1} %", share(bar, total)), view.tokens.muted));
    }
    frame::reading(&view.painter, view.tokens, pointer, view.rect, &lines);
}

fn summary(view: &View<'_>, percentiles: &[Percentile]) -> String {
    let mut summary = format!("Distribution of {} latencies", count_text(view.recording.count()));
    for line in percentiles {
        summary += &format!(", {}", line.text);
    }
    if let Some(target) = view.target {
        summary += &format!(", {}", target.text());
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_on_a_logarithmic_scale_begin_at_none() {
        assert_eq!(height(0.0, true), 0.0);
        let marks: Vec<u64> =
            count_marks((0.0, 3.5), 1.0).iter().map(|mark| (10_f64.powf(mark.value) - 1.0).round() as u64).collect();
        assert_eq!(marks, [1, 10, 100, 1000]);
    }
}
