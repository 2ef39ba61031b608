//! Reads an entry of `goals`, and checks that its target can decide anything about its metric, alone and
//! beside the other goals of the service.

use super::{Fields, Place, Reading, suggest};
use crate::bundle::target::{Comparison, Dimension, Target};
use crate::bundle::yaml::{Kind, quoted};
use crate::bundle::{Code, Fix, Goal, Metric, Severity, Spanned, mend, names};

pub(super) fn read(reading: &mut Reading, fields: &mut Fields, place: &Place) -> Goal {
    suggest::goal(fields, &place.fallback);
    let name = place.name(fields.required_text(reading, "name"));
    let metric = fields.required_text(reading, "metric").map(|text| read_metric(reading, &text));
    let target = read_target(reading, fields);
    if let (Some(metric), Some(target)) = (&metric, &target) {
        check_fit(reading, &metric.value, target);
    }
    Goal { name, metric, target, description: fields.description(reading), span: place.span }
}

fn read_metric(reading: &mut Reading, text: &Spanned<String>) -> Spanned<Metric> {
    let metric = Metric::parse(&text.value);
    if let Metric::Other(name) = &metric {
        let known = Metric::KNOWN.map(|(name, _)| name);
        let near = names::nearest(name, known);
        let message = format!("the workbench does not measure `{}`", names::shown(name));
        let mut diagnostic = reading.at(Code::MetricUnknown, text.span, message);
        diagnostic = match near.first() {
            Some(near) => diagnostic.with_severity(Severity::Warning).with_help(format!("did you mean `{near}`?")),
            None => diagnostic.with_help(format!("it measures {}", known.join(", "))),
        };
        diagnostic.fixes.extend(near.into_iter().map(|near| Fix::new(format!("Change to {near}"), text.span, near)));
        reading.push(diagnostic);
    }
    Spanned::new(metric, text.span)
}

fn read_target(reading: &mut Reading, fields: &mut Fields) -> Option<Spanned<Target>> {
    let node = &fields.required(reading, "target")?.value;
    let Kind::Scalar(scalar) = &node.kind else {
        reading.report(Code::WrongType, node.span, format!("`target` is {}, not a text", node.kind_name()));
        return None;
    };
    match Target::parse(&scalar.text) {
        Ok(target) => Some(Spanned::new(target, node.span)),
        Err(error) => {
            let message = format!("`{}` is not a target: {}", names::shown(&scalar.text), error.reason);
            let help = "write for instance \"< 50ms\", \">= 99.9%\", \"> 100/s\", \"0\" or \"100..200ms\"";
            let mut diagnostic = reading.at(Code::TargetInvalid, node.span, message).with_help(help);
            if let Some(mended) = Target::mended(&scalar.text) {
                diagnostic = diagnostic.with_fix(replacement(&mended, node.span));
            }
            reading.push(diagnostic);
            None
        }
    }
}

/// A fix that writes `target` in quotation marks.
fn replacement(target: &Target, span: crate::bundle::Span) -> Fix {
    let text = quoted(&target.to_string());
    Fix::new(format!("Change to {text}"), span, text)
}

/// Reports a target that no measurement of its metric can decide, or that every one does.
fn check_fit(reading: &mut Reading, metric: &Metric, target: &Spanned<Target>) {
    let dimension = target.value.dimension();
    if !metric.accepts(dimension) {
        let message = format!("`{}` does not fit {metric}", target.value);
        let help = format!("{metric} is {}", metric.unit_in_words());
        let mut diagnostic = reading.at(Code::TargetUnit, target.span, message).with_help(help);
        let units: &[&str] = match metric {
            Metric::Latency => &["ms", "s"],
            Metric::Memory => &["MiB", "kB"],
            _ => &[],
        };
        let with_units = units.iter().filter(|_| dimension == Dimension::Plain);
        let mended = with_units.filter_map(|unit| Target::parse(&format!("{}{unit}", target.value)).ok());
        diagnostic.fixes.extend(mended.map(|mended| replacement(&mended, target.span)));
        reading.push(diagnostic);
        return;
    }
    let is_share = matches!(metric, Metric::ErrorRate | Metric::SuccessRate);
    let largest = target.value.bounds().into_iter().fold(0.0, f64::max);
    if is_share && largest > 1.0 {
        let mut diagnostic = reading
            .at(Code::TargetPointless, target.span, format!("{metric} is a share: it is never above 100 %"))
            .with_help("write the target with a percent sign, or as a number from 0 to 1");
        if let (Dimension::Plain, Target::Compare(comparison, quantity)) = (dimension, target.value)
            && quantity.value <= 100.0
        {
            diagnostic = diagnostic.with_fix(replacement(&Target::percent(comparison, quantity.value), target.span));
        }
        reading.push(diagnostic);
        return;
    }
    if !check_direction(reading, metric, target) {
        check_sense(reading, metric, target, is_share);
    }
}

/// Whether a smaller value of the metric is a better one; `None` where that is not known.
fn less_is_better(metric: &Metric) -> Option<bool> {
    match metric {
        Metric::Latency | Metric::ErrorRate | Metric::Memory => Some(true),
        Metric::Throughput | Metric::SuccessRate => Some(false),
        Metric::Other(_) => None,
    }
}

/// Reports a target that points the wrong way. Returns whether it does.
fn check_direction(reading: &mut Reading, metric: &Metric, target: &Spanned<Target>) -> bool {
    let Target::Compare(comparison, quantity) = target.value else { return false };
    let Some(less_is_better) = less_is_better(metric) else { return false };
    let turned = match comparison {
        Comparison::Greater if less_is_better => Comparison::Less,
        Comparison::GreaterOrEqual if less_is_better => Comparison::LessOrEqual,
        Comparison::Less if !less_is_better => Comparison::Greater,
        Comparison::LessOrEqual if !less_is_better => Comparison::GreaterOrEqual,
        _ => return false,
    };
    let better = if less_is_better { "less" } else { "more" };
    let message = format!("`{}` points the wrong way for {metric}", target.value);
    let mut diagnostic =
        reading.at(Code::TargetPointless, target.span, message).with_help(format!("{better} is better here"));
    let turned = Target::Compare(turned, quantity);
    if sense(metric, &turned).is_none() {
        diagnostic = diagnostic.with_fix(replacement(&turned, target.span));
    }
    reading.push(diagnostic);
    true
}

/// Reports a target that every value meets, or none.
fn check_sense(reading: &mut Reading, metric: &Metric, target: &Spanned<Target>, is_share: bool) {
    let Some(reason) = sense(metric, &target.value) else { return };
    let message = format!("`{}` says nothing about {metric}: {reason}", target.value);
    let mut diagnostic = reading
        .at(Code::TargetPointless, target.span, message)
        .with_help(format!("{metric} is {}", metric.unit_in_words()));
    if let Target::Compare(comparison, quantity) = target.value {
        let meant = match (comparison, less_is_better(metric)) {
            (Comparison::Equal, Some(true)) if !is_share => Some(Comparison::LessOrEqual),
            (Comparison::Equal, Some(false)) => Some(Comparison::GreaterOrEqual),
            (Comparison::Less, _) => Some(Comparison::LessOrEqual),
            (Comparison::Greater, _) => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        let meant = meant.map(|meant| Target::Compare(meant, quantity));
        if let Some(meant) = meant.filter(|meant| sense(metric, meant).is_none()) {
            diagnostic = diagnostic.with_fix(replacement(&meant, target.span));
        }
    }
    reading.push(diagnostic);
}

/// Why a target says nothing about its metric; `None` where it says something.
fn sense(metric: &Metric, target: &Target) -> Option<&'static str> {
    let is_share = matches!(metric, Metric::ErrorRate | Metric::SuccessRate);
    less_is_better(metric)?;
    // The least and the largest value that the metric can have at all.
    let (least, largest) = (0.0, if is_share { 1.0 } else { f64::INFINITY });
    let Target::Compare(comparison, quantity) = target else { return None };
    let bound = quantity.value;
    match comparison {
        Comparison::Less if bound <= least => Some("nothing is below zero"),
        Comparison::Greater if bound >= largest => Some("nothing is above 100 %"),
        Comparison::GreaterOrEqual if bound <= least => Some("everything is at least zero"),
        Comparison::LessOrEqual if bound >= largest => Some("everything is at most 100 %"),
        Comparison::LessOrEqual | Comparison::Equal if bound <= least && !is_share => Some("it is never zero"),
        Comparison::Equal if !is_share => Some("it is never exactly this much"),
        Comparison::NotEqual => Some("it differs from any one value"),
        _ => None,
    }
}

/// Reports goals of one metric that say the same, or that no value meets together.
pub(super) fn check_together(reading: &mut Reading, goals: &[Goal]) {
    // More goals than anybody writes are not compared with each other: that takes the square of their number.
    for (at, later) in goals.iter().enumerate().take(200) {
        let (Some(metric), Some(target)) = (&later.metric, &later.target) else { continue };
        for earlier in goals.iter().take(at) {
            let (Some(other), Some(other_target)) = (&earlier.metric, &earlier.target) else { continue };
            if other.value != metric.value {
                continue;
            }
            let (ours, theirs) = (names::shown(&later.name.value), names::shown(&earlier.name.value));
            let line = reading.source.position(other_target.span.start).line;
            if target.value == other_target.value {
                let message = format!("goal {ours} says the same as goal {theirs}");
                let help = format!("{theirs} stands in line {line}; remove or correct one of them");
                let mut diagnostic = reading.at(Code::GoalRepeated, target.span, message).with_help(help);
                if let Some(edit) = mend::remove_item(&reading.source.text, later.span) {
                    diagnostic = diagnostic.with_fix(Fix { title: format!("Remove goal {ours}"), edits: vec![edit] });
                }
                reading.push(diagnostic);
                break;
            }
            if exclude_each_other(&target.value, &other_target.value) {
                let message =
                    format!("`{}` and goal {theirs} (`{}`) cannot both be met", target.value, other_target.value);
                let help =
                    format!("{theirs} stands in line {line}; no {} meets both: correct one of them", metric.value);
                reading.push(reading.at(Code::GoalConflict, target.span, message).with_help(help));
                break;
            }
        }
    }
}

/// Whether no value meets both targets.
fn exclude_each_other(a: &Target, b: &Target) -> bool {
    let plain = |target: &Target| matches!(target.dimension(), Dimension::Plain);
    if a.dimension() != b.dimension() && !(plain(a) || plain(b)) {
        return false;
    }
    let (Some((low_a, high_a)), Some((low_b, high_b))) = (a.interval(), b.interval()) else { return false };
    let (low, high) = (low_a.max(low_b), high_a.min(high_b));
    low > high || (low == high && !(a.holds(low) && b.holds(low)))
}
