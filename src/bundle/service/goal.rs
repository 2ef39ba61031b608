//! Reads an entry of `goals`, and checks that its target can decide anything about its metric.

use super::{Fields, Place, Reading};
use crate::bundle::target::{Comparison, Dimension, Target};
use crate::bundle::yaml::{Kind, quoted};
use crate::bundle::{Code, Fix, Goal, Metric, Severity, Spanned, names};

pub(super) fn read(reading: &mut Reading, fields: &mut Fields, place: &Place) -> Goal {
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
        let near = names::nearest(name, known).first().copied();
        let diagnostic = reading.at(
            Code::MetricUnknown,
            text.span,
            format!("the workbench does not measure `{}`", names::shown(name)),
        );
        reading.push(match near {
            Some(near) => diagnostic
                .with_severity(Severity::Warning)
                .with_help(format!("did you mean `{near}`?"))
                .with_fix(Fix::new(format!("Change to {near}"), text.span, near)),
            None => diagnostic.with_help(format!("it measures {}", known.join(", "))),
        });
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
            reading.push(reading.at(Code::TargetInvalid, node.span, message).with_help(help));
            None
        }
    }
}

/// Reports a target that no measurement of its metric can decide, or that every one does.
fn check_fit(reading: &mut Reading, metric: &Metric, target: &Spanned<Target>) {
    let dimension = target.value.dimension();
    if !metric.accepts(dimension) {
        let message = format!("`{}` does not fit {metric}", target.value);
        let help = format!("{metric} is {}", metric.unit_in_words());
        reading.push(reading.at(Code::TargetUnit, target.span, message).with_help(help));
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
            let replacement = quoted(&Target::percent(comparison, quantity.value).to_string());
            diagnostic = diagnostic.with_fix(Fix::new(format!("Change to {replacement}"), target.span, replacement));
        }
        reading.push(diagnostic);
        return;
    }
    check_direction(reading, metric, target);
}

fn check_direction(reading: &mut Reading, metric: &Metric, target: &Spanned<Target>) {
    let Target::Compare(comparison, quantity) = target.value else { return };
    let less_is_better = match metric {
        Metric::Latency | Metric::ErrorRate | Metric::Memory => true,
        Metric::Throughput | Metric::SuccessRate => false,
        Metric::Other(_) => return,
    };
    let turned = match comparison {
        Comparison::Greater if less_is_better => Comparison::Less,
        Comparison::GreaterOrEqual if less_is_better => Comparison::LessOrEqual,
        Comparison::Less if !less_is_better => Comparison::Greater,
        Comparison::LessOrEqual if !less_is_better => Comparison::GreaterOrEqual,
        _ => return,
    };
    let better = if less_is_better { "less" } else { "more" };
    let replacement = quoted(&Target::Compare(turned, quantity).to_string());
    let diagnostic = reading
        .at(Code::TargetPointless, target.span, format!("`{}` points the wrong way for {metric}", target.value))
        .with_help(format!("{better} is better here"))
        .with_fix(Fix::new(format!("Change to {replacement}"), target.span, replacement));
    reading.push(diagnostic);
}
