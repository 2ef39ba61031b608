//! A latency target as a chart shows it: its lines, its words, and what the measurement says of it.

use egui::Color32;

use crate::bundle::Target;
use crate::bundle::target::{Comparison, Dimension};

use super::aims::Percentile;
use super::units::{latency_text, ratio_text};
use crate::workbench::theme::Tokens;

/// Nanoseconds in the base unit of time targets, the second.
const SECOND: f64 = 1e9;

/// A target on latencies.
#[derive(Clone, Copy, Debug)]
pub struct LatencyTarget<'a>(&'a Target);

impl<'a> LatencyTarget<'a> {
    /// The target, if it speaks of time.
    pub fn new(target: &'a Target) -> Option<Self> {
        (target.dimension() == Dimension::Time).then_some(Self(target))
    }

    /// Where the target's lines are, in nanoseconds.
    pub fn lines(self) -> Vec<f64> {
        self.0.bounds().into_iter().map(|seconds| seconds * SECOND).collect()
    }

    /// Whether a latency meets the target.
    pub fn holds(self, nanos: f64) -> bool {
        self.0.holds(nanos / SECOND)
    }

    /// Whether a percentile meets the target; `None` where too few samples are behind it for a verdict.
    pub fn verdict(self, statistic: &Percentile) -> Option<bool> {
        statistic.is_supported.then(|| self.holds(statistic.value))
    }

    /// The colour that says so.
    pub fn color(self, statistic: &Percentile, tokens: &Tokens) -> Color32 {
        self.verdict(statistic).map_or(tokens.muted, |holds| if holds { tokens.good } else { tokens.bad })
    }

    /// The target in words: `target < 50.0 ms`.
    pub fn text(self) -> String {
        match self.0 {
            Target::Range(low, high) => {
                format!("target {} to {}", latency_text(low.value * SECOND), latency_text(high.value * SECOND))
            }
            Target::Compare(comparison, quantity) => {
                let sign = match comparison {
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "≤",
                    Comparison::Greater => ">",
                    Comparison::GreaterOrEqual => "≥",
                    Comparison::Equal => "=",
                    Comparison::NotEqual => "≠",
                };
                format!("target {sign} {}", latency_text(quantity.value * SECOND))
            }
        }
    }

    /// The target and how far it is from a percentile: `target < 50.0 ms · 4,100 times above p95`.
    pub fn distance_text(self, statistic: &Percentile) -> String {
        let (name, value) = (statistic.name(), statistic.value);
        let lines = self.lines();
        let nearest = lines.iter().copied().min_by(|a, b| (a - value).abs().total_cmp(&(b - value).abs()));
        match nearest {
            Some(line) if line > value => format!("{} · {} times above {name}", self.text(), ratio_text(line, value)),
            Some(line) if line < value => format!("{} · {} times below {name}", self.text(), ratio_text(value, line)),
            _ => self.text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::target::Quantity;

    #[test]
    fn a_target_says_how_far_it_is_from_the_measurement() {
        let quantity = Quantity { value: 0.05, dimension: Dimension::Time };
        let target = Target::Compare(Comparison::Less, quantity);
        let shown = LatencyTarget::new(&target).unwrap();
        assert_eq!(shown.lines(), [50e6]);
        let p95 = |value| Percentile { value, ..Percentile::of(95.0, value, 100, 95.0) };
        assert_eq!(shown.distance_text(&p95(12_200.0)), "target < 50.0 ms · 4,100 times above p95");
        assert_eq!(shown.distance_text(&p95(100e6)), "target < 50.0 ms · 2.0 times below p95");
        let share = Target::Compare(Comparison::Less, Quantity { value: 0.05, dimension: Dimension::Share });
        assert!(LatencyTarget::new(&share).is_none());
    }
}
