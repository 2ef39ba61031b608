//! Small charts for an overview: a distribution with its target, and a value held against one.
//!
//! They have no axes: the numbers stand beside them. Painted without interaction.

use egui::{Color32, Painter, Pos2, Rect, Shape, pos2, vec2};

use crate::bundle::Target;
use crate::workbench::theme::{self, Tokens};

use super::bars::{self, Bar};
use super::recording::{Ranks, Recording};
use super::target::LatencyTarget;

/// The distribution may fill the rest of the width when its target is this many factors of ten away.
const FAR: f64 = 1.2;

/// A run's latencies, ready to be painted small.
#[derive(Clone, Debug)]
pub struct Miniature {
    bars: Vec<Bar>,
    ranks: Ranks,
}

impl Miniature {
    /// The latencies of `recording`.
    pub fn of(recording: &Recording) -> Self {
        let histogram = recording.histogram();
        Self { bars: bars::bars(histogram, (bars::per_decade(histogram) / 1.5).max(8.0)), ranks: recording.ranks() }
    }

    /// Paints the distribution on a logarithmic scale, the target's line, and the percentile with its interval.
    pub fn paint(&self, painter: &Painter, tokens: &Tokens, rect: Rect, target: &Target, percentile: f64) {
        let Some(target) = LatencyTarget::new(target) else { return };
        let (Some(first), Some(last)) = (self.bars.first(), self.bars.last()) else { return };
        let lines: Vec<f64> = target.lines().iter().map(|line| line.max(1.0).log10()).collect();
        let (mut low, mut high) = (first.from, last.to);
        for line in &lines {
            low = low.min(line.max(low - FAR) - 0.03);
            high = high.max(line.min(high + FAR) + 0.03);
        }
        let x = |log: f64| {
            let share = ((log - low) / (high - low).max(1e-9)).clamp(0.0, 1.0);
            rect.left() + rect.width() * share as f32
        };
        let ground = rect.bottom() - 7.0;
        self.paint_bars(painter, tokens, rect.with_max_y(ground), target, &x);
        painter.hline(rect.x_range(), ground, (1.0, tokens.border));
        let value = self.ranks.percentile(percentile);
        let verdict = if target.holds(value) { tokens.good } else { tokens.bad };
        for line in &lines {
            let at = x(*line);
            painter.vline(at, rect.top()..=ground, (1.8, verdict));
            if *line > high + 1e-9 || *line < low - 1e-9 {
                arrow(painter, pos2(at, rect.top() + 6.0), *line > high, verdict);
            }
        }
        // The statistic stands below the ground line, with its interval, so that it hides no bar.
        let at = pos2(x(value.max(1.0).log10()), ground + 4.0);
        if let Some((from, to)) = self.ranks.interval(percentile) {
            let ends = [from, to].map(|end| pos2(x(end.max(1.0).log10()), at.y));
            painter.line_segment(ends, (3.0, tokens.muted));
        }
        painter.add(Shape::convex_polygon(
            vec![at + vec2(0.0, -4.0), at + vec2(4.0, 3.0), at + vec2(-4.0, 3.0)],
            tokens.text,
            (0.0, Color32::TRANSPARENT),
        ));
    }

    fn paint_bars(
        &self,
        painter: &Painter,
        tokens: &Tokens,
        rect: Rect,
        target: LatencyTarget<'_>,
        x: &dyn Fn(f64) -> f32,
    ) {
        let most = self.bars.iter().map(|bar| bar.count).max().unwrap_or(1) as f32;
        for bar in self.bars.iter().filter(|bar| bar.count > 0) {
            let height = (bar.count as f32 / most * rect.height()).max(1.5);
            let color = if target.holds(bar.middle()) { tokens.accent } else { tokens.warn };
            let (left, right) = (x(bar.from), x(bar.to).max(x(bar.from) + 1.0));
            let place = Rect::from_min_max(pos2(left, rect.bottom() - height), pos2(right, rect.bottom()));
            painter.rect_filled(place, 0.0, color.gamma_multiply(0.85));
        }
    }
}

/// A small arrow at the edge behind which a line lies.
fn arrow(painter: &Painter, tip: Pos2, to_right: bool, color: Color32) {
    let back = if to_right { -6.0 } else { 6.0 };
    painter.add(Shape::convex_polygon(
        vec![tip, tip + vec2(back, -4.0), tip + vec2(back, 4.0)],
        color,
        (0.0, Color32::TRANSPARENT),
    ));
}

/// Paints a value as a bar against its target: the ground is tinted where the target is met.
pub fn bullet(painter: &Painter, tokens: &Tokens, rect: Rect, value: f64, target: &Target) {
    let (low, high) = range(value, target);
    let x = |value: f64| {
        let share = ((value - low) / (high - low).max(1e-12)).clamp(0.0, 1.0);
        rect.left() + rect.width() * share as f32
    };
    let color = if target.holds(value) { tokens.good } else { tokens.bad };
    painter.rect_filled(rect, 3.0, tokens.raised);
    if let Some((from, to)) = target.interval() {
        let good = Rect::from_x_y_ranges(x(from)..=x(to).max(x(from) + 1.0), rect.y_range());
        painter.rect_filled(good, 3.0, theme::tint(tokens.good));
    }
    let middle = rect.shrink2(vec2(0.0, rect.height() * 0.3));
    if low == 0.0 {
        painter.rect_filled(middle.with_max_x(x(value).max(rect.left() + 2.0)), 2.0, color);
    } else {
        // A bar that does not begin at nothing would say something wrong by its length.
        painter.circle_filled(pos2(x(value), rect.center().y), middle.height() * 0.7, color);
    }
    for line in target.bounds() {
        painter.vline(x(line), rect.expand2(vec2(0.0, 2.0)).y_range(), (2.0, tokens.text));
    }
}

/// What a bullet's width stands for: from nothing to beyond value and target, or the last few percent of a
/// share whose target is near the whole.
fn range(value: f64, target: &Target) -> (f64, f64) {
    let bounds = target.bounds();
    let least = bounds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = bounds.iter().copied().fold(value, f64::max);
    let is_share = target.dimension() == crate::bundle::target::Dimension::Share;
    if is_share && least > 0.8 {
        let missing = (1.0 - least.min(value)).max(1e-4);
        return (1.0 - missing * 1.6, 1.0);
    }
    let high = if most > 0.0 { most * 1.25 } else { 1.0 };
    (0.0, if is_share { high.clamp(0.01, 1.0) } else { high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bullet_begins_at_nothing_unless_the_target_is_nearly_all() {
        let target = |text: &str| Target::parse(text).unwrap();
        assert_eq!(range(250.0, &target("> 500/s")), (0.0, 625.0));
        assert_eq!(range(0.0, &target("0")), (0.0, 1.0));
        let (low, high) = range(0.9995, &target(">= 99.9%"));
        assert!(low > 0.99 && low < 0.999 && high == 1.0, "{low}");
        assert_eq!(range(0.0, &target("< 0.1%")), (0.0, 0.01));
    }
}
