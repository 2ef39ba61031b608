//! How latencies are distributed: a histogram over a logarithmic scale, or the percentile curve
//! that shows the tail.

use egui::{Align, Align2, Color32, Layout, Rect, Ui, pos2};
use egui_plot::{GridMark, PlotTransform};

use super::frame::{self, HEADER, Scale};
use super::target::LatencyTarget;
use super::units::{count_text, latency_text, tick_text};
use super::{chips, units};
use crate::bundle::Target;
use crate::measure::Measurement;
use crate::workbench::theme::{self, Tokens, space};

/// Bars to a factor of ten.
const BARS_PER_DECADE: f64 = 24.0;

/// The percentiles that the curve marks.
const TICKS: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 99.99];

#[derive(Clone, Copy, Debug)]
struct Bar {
    /// The logarithm (base 10) of the shortest and of the longest latency, in nanoseconds.
    from: f64,
    to: f64,
    count: u64,
}

/// A chart of how a measurement's latencies are distributed.
#[derive(Debug)]
pub struct HistogramChart {
    bars: Vec<Bar>,
    /// Percent and latency in nanoseconds.
    curve: Vec<(f64, f64)>,
    percentiles: [(&'static str, f64); 3],
    count: u64,
    as_curve: bool,
    fresh: bool,
}

impl HistogramChart {
    /// A chart of `measurement`, which is copied as far as needed.
    pub fn new(measurement: &Measurement) -> Self {
        let percentile = |percent: f64| measurement.percentile(percent).as_nanos() as f64;
        let count = measurement.histogram.len();
        let curve = (0..=200).map(|step| tail_to_percent(f64::from(step) / 200.0 * tail(99.99)));
        // A percentile beyond what so many samples can tell apart would only repeat the maximum.
        let curve = curve.filter(|percent| (100.0 - percent) * count as f64 >= 100.0 * 0.5);
        Self {
            bars: bars(measurement),
            curve: curve.map(|percent| (percent, percentile(percent))).collect(),
            percentiles: [("p50", percentile(50.0)), ("p95", percentile(95.0)), ("p99", percentile(99.0))],
            count,
            as_curve: false,
            fresh: true,
        }
    }

    /// Shows the chart in the width of `ui` and `height` points, with `target` where it speaks of time.
    pub fn show(&mut self, ui: &mut Ui, target: Option<&Target>, height: f32) {
        let tokens = theme::of(ui);
        if self.count == 0 {
            frame::empty(ui, tokens, height, "No invocation was measured");
            return;
        }
        let target = target.and_then(LatencyTarget::new);
        let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
        let reset = self.header(ui, tokens) || std::mem::take(&mut self.fresh);
        if self.as_curve {
            self.show_curve(ui, tokens, target, height - HEADER, reset);
        } else {
            self.show_bars(ui, tokens, target, height - HEADER, reset);
        }
        ui.spacing_mut().item_spacing.y = spacing;
    }

    fn header(&mut self, ui: &mut Ui, tokens: &Tokens) -> bool {
        let size = egui::vec2(ui.available_width(), HEADER);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            let text = if self.as_curve { "latency by percentile" } else { "invocations by latency, logarithmic" };
            frame::legend(ui, tokens, tokens.accent, text);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                frame::switch(ui, tokens, &mut self.as_curve, "Percentiles")
            })
            .inner
        })
        .inner
    }

    fn show_bars(&self, ui: &mut Ui, tokens: &Tokens, target: Option<LatencyTarget<'_>>, height: f32, reset: bool) {
        let (Some(first), Some(last)) = (self.bars.first(), self.bars.last()) else { return };
        let most = self.bars.iter().map(|bar| bar.count).max().unwrap_or(1) as f64;
        let x = Scale {
            marks: Box::new(|bounds, per_pixel| log_marks(bounds, per_pixel * 44.0)),
            text: Box::new(|mark: GridMark, _| axis_latency(mark.value)),
        };
        let y = Scale {
            marks: Scale::round(34.0, 1.0),
            text: Box::new(
                |mark: GridMark, _| if mark.value < 0.0 { String::new() } else { count_text(mark.value as u64) },
            ),
        };
        let margin = 0.04 * (last.to - first.from).max(0.2);
        let mut plot = frame::plot("histogram", tokens, x, y)
            .height(height)
            .default_x_bounds(first.from - margin, last.to + margin)
            .default_y_bounds(0.0, most * 1.3);
        if reset {
            plot = plot.reset();
        }
        let shown = plot.show(ui, |_| ());
        let (rect, transform) = (*shown.transform.frame(), shown.transform);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let place = |x: f64, y: f64| pos2(transform.position_from_point_x(x), transform.position_from_point_y(y));
        for bar in &self.bars {
            let middle = 10_f64.powf((bar.from + bar.to) / 2.0);
            let missed = target.is_some_and(|target| !target.holds(middle));
            let color = if missed { tokens.warn } else { tokens.accent };
            if bar.count == 0 {
                continue;
            }
            let (mut from, to) = (place(bar.from, bar.count as f64), place(bar.to, 0.0));
            // A single outlier must not vanish beside thousands of others.
            from.y = from.y.min(to.y - 2.0);
            let gap = if to.x - from.x > 4.0 { 1.0 } else { 0.0 };
            painter.rect_filled(Rect::from_min_max(from, to - egui::vec2(gap, 0.0)), 1.0, color.gamma_multiply(0.85));
        }
        self.paint_verticals(&painter, tokens, target, rect, &transform);
        let pointed = shown.response.hover_pos().filter(|_| shown.response.hovered());
        if let Some((pointer, bar)) = pointed.and_then(|pointer| {
            let x = transform.value_from_position(pointer).x;
            Some((pointer, self.bars.iter().find(|bar| (bar.from..bar.to).contains(&x) && bar.count > 0)?))
        }) {
            let range = format!("{} to {}", latency_text(10_f64.powf(bar.from)), latency_text(10_f64.powf(bar.to)));
            let share = bar.count as f64 * 100.0 / self.count as f64;
            let count = format!("{} invocations, {share:.1} %", count_text(bar.count));
            frame::reading(&painter, tokens, pointer, rect, &[(range, tokens.text), (count, tokens.muted)]);
        }
        frame::describe(&shown.response, &self.summary(target));
    }

    /// The percentiles and the target as vertical lines with chips one below the other.
    fn paint_verticals(
        &self,
        painter: &egui::Painter,
        tokens: &Tokens,
        target: Option<LatencyTarget<'_>>,
        rect: Rect,
        transform: &PlotTransform,
    ) {
        let mut lines: Vec<(f64, String, Color32)> = Vec::new();
        for (name, value) in self.percentiles {
            let color = if name == "p95" { tokens.text } else { tokens.muted };
            lines.push((value, format!("{name} {}", latency_text(value)), color));
        }
        if let Some(target) = target {
            let color = if target.holds(self.p95()) { tokens.good } else { tokens.bad };
            lines.extend(target.lines().into_iter().map(|line| (line, target.text(), color)));
        }
        let place = |value: f64| transform.position_from_point_x(value.max(1.0).log10());
        for (value, _, color) in &lines {
            let x = place(*value);
            frame::dashed(painter, pos2(x, rect.top()), pos2(x, rect.bottom()), *color);
        }
        // Chips only after all lines, so that no line crosses one.
        let mut top = rect.top() + space::S;
        for (value, text, color) in lines {
            let x = place(value);
            if let Some(target) = target.filter(|target| x > rect.right() && text == target.text()) {
                let text = format!("{} →", target.distance_text(self.p95()));
                let corner = pos2(rect.right() - space::S, rect.top() + space::S);
                chips::paint(painter, tokens, corner, Align2::RIGHT_TOP, &text, color);
                return;
            }
            if !rect.x_range().contains(x) {
                continue;
            }
            let right = x + chips::width(painter, &text) + space::S < rect.right();
            let (offset, anchor) = if right { (space::XS, Align2::LEFT_TOP) } else { (-space::XS, Align2::RIGHT_TOP) };
            chips::paint(painter, tokens, pos2(x + offset, top), anchor, &text, color);
            top += chips::HEIGHT + 2.0;
        }
    }

    fn show_curve(&self, ui: &mut Ui, tokens: &Tokens, target: Option<LatencyTarget<'_>>, height: f32, reset: bool) {
        let marks = |_, _| TICKS.into_iter().map(|percent| GridMark { value: tail(percent), step_size: 0.5 }).collect();
        let x = Scale {
            marks: Box::new(marks),
            text: Box::new(|mark: GridMark, _| format!("{} %", (tail_to_percent(mark.value) * 100.0).round() / 100.0)),
        };
        let y = Scale {
            marks: Scale::round(34.0, 1e-3),
            text: Box::new(|mark: GridMark, largest| {
                if mark.value < 0.0 { String::new() } else { tick_text(mark.value, mark.step_size, largest) }
            }),
        };
        let highest = self.curve.iter().map(|(_, latency)| *latency).fold(1.0, f64::max);
        let mut plot = frame::plot("percentiles", tokens, x, y)
            .height(height)
            .default_x_bounds(-0.03, tail(99.99) * 1.06)
            .default_y_bounds(0.0, highest * 1.15);
        if reset {
            plot = plot.reset();
        }
        let shown = plot.show(ui, |_| ());
        let (rect, transform) = (*shown.transform.frame(), shown.transform);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let place = |percent: f64, latency: f64| {
            pos2(transform.position_from_point_x(tail(percent)), transform.position_from_point_y(latency))
        };
        let points = self.curve.iter().map(|(percent, latency)| place(*percent, *latency)).collect();
        painter.line(points, (2.0, tokens.accent));
        if let Some(target) = target {
            let color = if target.holds(self.p95()) { tokens.good } else { tokens.bad };
            let visible = target.lines().into_iter().find(|line| *line <= transform.bounds().max()[1]);
            match visible.map(|line| transform.position_from_point_y(line)) {
                Some(y) => {
                    painter.hline(rect.x_range(), y, (1.8, color));
                    let place = pos2(rect.left() + space::S, y - space::XS);
                    chips::paint(&painter, tokens, place, Align2::LEFT_BOTTOM, &target.text(), color);
                }
                None => {
                    let text = format!("↑ {}", target.distance_text(self.p95()));
                    let place = rect.min + egui::vec2(space::S, space::S);
                    chips::paint(&painter, tokens, place, Align2::LEFT_TOP, &text, color);
                }
            }
        }
        if let Some(pointer) = shown.response.hover_pos().filter(|_| shown.response.hovered()) {
            let x = transform.value_from_position(pointer).x;
            let distance = |(percent, _): &&(f64, f64)| (tail(*percent) - x).abs();
            if let Some((percent, latency)) = self.curve.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))) {
                let at = place(*percent, *latency);
                painter.circle_filled(at, 4.0, tokens.accent);
                let text = format!("{percent:.2} % took no longer");
                frame::reading(
                    &painter,
                    tokens,
                    at,
                    rect,
                    &[(latency_text(*latency), tokens.text), (text, tokens.muted)],
                );
            }
        }
        frame::describe(&shown.response, &self.summary(target));
    }

    fn p95(&self) -> f64 {
        self.percentiles.iter().find(|(name, _)| *name == "p95").map_or(0.0, |(_, value)| *value)
    }

    fn summary(&self, target: Option<LatencyTarget<'_>>) -> String {
        let mut summary = format!("Distribution of {} latencies", count_text(self.count));
        for (name, value) in self.percentiles {
            summary += &format!(", {name} {}", latency_text(value));
        }
        if let Some(target) = target {
            summary += &format!(", {}", target.text());
        }
        summary
    }
}

/// The recorded latencies in bars of equal width on a logarithmic scale.
fn bars(measurement: &Measurement) -> Vec<Bar> {
    let bar_of = |nanos: u64| (nanos.max(1) as f64).log10() * BARS_PER_DECADE;
    let (min, max) = (measurement.histogram.min(), measurement.histogram.max());
    let (first, last) = (bar_of(min).floor() as i64, bar_of(max).floor() as i64);
    let edge = |index: i64| index as f64 / BARS_PER_DECADE;
    let bar = |index: i64| Bar { from: edge(index), to: edge(index + 1), count: 0 };
    let mut bars: Vec<Bar> = (first..=last.max(first)).map(bar).collect();
    for recorded in measurement.histogram.iter_recorded() {
        let index = (bar_of(recorded.value_iterated_to()).floor() as i64 - first).clamp(0, last - first) as usize;
        if let Some(bar) = bars.get_mut(index) {
            bar.count += recorded.count_at_value();
        }
    }
    bars
}

/// Where a percentile stands on the curve's axis, which gives each further nine the same room.
fn tail(percent: f64) -> f64 {
    -(1.0 - percent / 100.0).max(1e-9).log10()
}

fn tail_to_percent(tail: f64) -> f64 {
    (1.0 - 10_f64.powf(-tail)) * 100.0
}

/// The marks of a logarithmic axis: 1, 2 and 5 of each decade as far as `least` leaves room.
fn log_marks(bounds: (f64, f64), least: f64) -> Vec<GridMark> {
    let factors: &[f64] = match least {
        least if least < 0.07 => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
        least if least < 0.28 => &[1.0, 2.0, 5.0],
        least if least < 0.45 => &[1.0, 3.0],
        _ => &[1.0],
    };
    let decades = units::multiples((bounds.0 - 1.0, bounds.1), 1.0);
    let marks = decades.flat_map(|decade| factors.iter().map(move |factor| decade + factor.log10()));
    let marks = marks.filter(|value| (bounds.0..=bounds.1).contains(value));
    marks.map(|value| GridMark { value, step_size: 0.3_f64.max(least) }).collect()
}

fn axis_latency(log: f64) -> String {
    let nanos = 10_f64.powf(log);
    let unit = units::unit_of(nanos);
    let value = (nanos / unit.nanos * 10.0).round() / 10.0;
    format!("{value} {}", unit.symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_nine_has_the_same_room() {
        let steps: Vec<f64> = TICKS.windows(2).map(|pair| tail(pair[1]) - tail(pair[0])).collect();
        assert!((steps[1] - 1.0).abs() < 1e-6 && (steps[3] - 1.0).abs() < 1e-6, "{steps:?}");
        assert!((tail_to_percent(tail(99.9)) - 99.9).abs() < 1e-9);
    }

    #[test]
    fn marks_of_a_logarithmic_axis_are_round() {
        let texts: Vec<_> = log_marks((3.9, 5.1), 0.2).into_iter().map(|mark| axis_latency(mark.value)).collect();
        assert_eq!(texts.join(", "), "10 µs, 20 µs, 50 µs, 100 µs");
    }
}
