//! The form of a goal.

use crate::bundle::{Metric, Target};
use crate::workbench::forms::target_in_words;

use super::fields::{Fields, Offer};

/// Draws the fields.
pub fn show(fields: &mut Fields) {
    fields.text("name", "Name", "responseTime");
    fields.explain("name", None);
    let offers = Metric::KNOWN.map(|(name, metric)| Offer { value: name.into(), about: in_words(&metric).into() });
    fields.offering("metric", "Metric", "latency", &offers);
    let metric = Metric::parse(fields.value("metric").trim());
    let about = (!matches!(metric, Metric::Other(_))).then(|| in_words(&metric).to_owned());
    fields.explain("metric", about);
    fields.text("target", "Target", example(&metric));
    let target = Target::parse(fields.value("target").trim()).ok();
    let measured = match &metric {
        Metric::Other(_) => "the metric".to_owned(),
        known => known.to_string(),
    };
    fields.explain("target", target.map(|target| format!("Met when {measured} is {}", target_in_words(&target))));
    fields.long("description", "Description", "Why it matters");
    fields.explain("description", None);
}

fn in_words(metric: &Metric) -> &'static str {
    match metric {
        Metric::Latency => "How long an invocation takes",
        Metric::Throughput => "How many invocations a second",
        Metric::ErrorRate => "The share of invocations that fail",
        Metric::SuccessRate => "The share of invocations that succeed",
        Metric::Memory => "How much memory an instance takes",
        Metric::Other(_) => "Not measured here",
    }
}

fn example(metric: &Metric) -> &'static str {
    match metric {
        Metric::Latency | Metric::Other(_) => "< 50ms",
        Metric::Throughput => "> 100/s",
        Metric::ErrorRate => "< 1%",
        Metric::SuccessRate => ">= 99.9%",
        Metric::Memory => "< 64MiB",
    }
}
