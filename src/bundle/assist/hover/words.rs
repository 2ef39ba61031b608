//! Durations and targets as sentences say them.

use std::time::Duration;

use crate::bundle::target::formatted;
use crate::bundle::{Comparison, Dimension, Metric, Quantity, Target};

/// `1 hour 30 minutes`
pub(super) fn duration(duration: Duration) -> String {
    let units = [("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000), ("millisecond", 1)];
    let mut rest = duration.as_millis();
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            parts.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    if parts.is_empty() { "no time at all".into() } else { parts.join(" ") }
}

/// `At most 50 ms, judged by the 95th percentile`
pub(super) fn target(target: &Target, metric: Option<&Metric>) -> String {
    let shown = |quantity: &Quantity| as_metric(quantity, metric);
    let words = match target {
        Target::Range(low, high) => format!("From {} to {}", shown(low), shown(high)),
        Target::Compare(comparison, quantity) => {
            let relation = match comparison {
                Comparison::Less => "Less than",
                Comparison::LessOrEqual => "At most",
                Comparison::Greater => "More than",
                Comparison::GreaterOrEqual => "At least",
                Comparison::Equal => "Exactly",
                Comparison::NotEqual => "Anything but",
            };
            format!("{relation} {}", shown(quantity))
        }
    };
    let judged = match metric {
        Some(metric) if !metric.accepts(target.dimension()) => {
            return format!("{words}. This does not fit {metric}, which is {}", metric.unit_in_words());
        }
        Some(Metric::Latency) => "judged by the 95th percentile of the calls",
        Some(Metric::Throughput) => "over the whole run",
        Some(Metric::ErrorRate) => "of all calls fail",
        Some(Metric::SuccessRate) => "of all calls succeed",
        Some(Metric::Memory) => "at the peak of a call",
        Some(Metric::Other(_)) => "which is kept but not measured",
        None => return words,
    };
    let comma = if matches!(metric, Some(Metric::ErrorRate | Metric::SuccessRate)) { "" } else { "," };
    format!("{words}{comma} {judged}")
}

/// A bare number is read in the metric's own unit.
fn as_metric(quantity: &Quantity, metric: Option<&Metric>) -> String {
    let dimension = match (quantity.dimension, metric) {
        (Dimension::Plain, Some(Metric::Throughput)) => Dimension::Rate,
        (Dimension::Plain, Some(Metric::ErrorRate | Metric::SuccessRate)) => Dimension::Share,
        (dimension, _) => dimension,
    };
    formatted(quantity.value, dimension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_words(text: &str, metric: &str) -> String {
        target(&Target::parse(text).unwrap_or_else(|error| panic!("{error}")), Some(&Metric::parse(metric)))
    }

    #[test]
    fn targets_are_said_with_how_they_are_judged() {
        assert_eq!(in_words("<= 50ms", "latency"), "At most 50 ms, judged by the 95th percentile of the calls");
        assert_eq!(
            in_words("100..200ms", "latency"),
            "From 100 ms to 200 ms, judged by the 95th percentile of the calls"
        );
        assert_eq!(in_words("> 6000/min", "throughput"), "More than 100 /s, over the whole run");
        assert_eq!(in_words("0", "errorRate"), "Exactly 0 % of all calls fail");
        assert_eq!(in_words(">= 99.9%", "availability"), "At least 99.9 % of all calls succeed");
        assert!(in_words("< 5%", "latency").contains("does not fit latency"));
    }

    #[test]
    fn durations_are_said_in_their_units() {
        assert_eq!(duration(Duration::from_secs(5400)), "1 hour 30 minutes");
        assert_eq!(duration(Duration::from_millis(1)), "1 millisecond");
        assert_eq!(duration(Duration::ZERO), "no time at all");
    }
}
