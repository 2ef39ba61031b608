//! The report for programs, described in `docs/measure-json.md`: names are stable, and units stand in them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bundle::{Dimension, Goal};
use crate::cli::select::Chosen;
use crate::measure::compare::LEVEL;
use crate::measure::runs::CalledFunction;
use crate::measure::{
    Arrivals, Change, Comparison, Extent, Finding, Instances, LoadPlan, Means, Measurement, Model, Verdict, origin_of,
};
use crate::platform::sensors::date;

use super::histogram;
use super::report::{Baseline, Reported};

/// The report of everything that was measured.
pub fn report(bundle: &str, reported: &[Reported<'_>]) -> Value {
    json!({ "bundle": bundle, "functions": reported.iter().map(function).collect::<Vec<_>>() })
}

fn function(one: &Reported<'_>) -> Value {
    let run = &one.measured.subject.run;
    let mut fields = json!({
        "service": run.service,
        "function": format!("wasm:{}:{}", run.module, run.function),
        "endpoint": one.measured.subject.endpoint.as_ref().map(|(_, name)| name),
        "referredBy": run.referred_by,
        "input": origin_of(&run.inputs),
        "goals": one.goals.iter().map(|(goal, verdict)| verdict_of(goal, verdict)).collect::<Vec<_>>(),
    });
    let more = match &one.measured.result {
        Err(message) => json!({ "error": message }),
        Ok(run) => measurement(&run.measurement),
    };
    merge(&mut fields, more);
    if let Ok(run) = &one.measured.result {
        merge(&mut fields, json!({ "moduleSha256": run.head.called.module_sha256, "run": one.number }));
    }
    if let Some(found) = &one.baseline {
        merge(&mut fields, json!({ "baseline": baseline(found) }));
    }
    fields
}

/// The figures of a measurement.
pub fn measurement(measurement: &Measurement) -> Value {
    let ranges = histogram::ranges(measurement.samples.iter().map(|sample| sample.latency));
    let percentile = |percent| nanos(measurement.percentile(percent));
    json!({
        "calls": measurement.samples.len(),
        "failed": measurement.failed(),
        "late": measurement.late,
        "dropped": measurement.dropped,
        "endedEarly": measurement.cancelled,
        "elapsedNs": nanos(measurement.elapsed),
        "plan": plan(&measurement.plan),
        "means": match measurement.means { Means::Process => "process", Means::Gateway => "gateway" },
        "instances": match measurement.plan.instances { Instances::Fresh => "fresh", Instances::Kept => "kept" },
        "latencyNs": {
            "min": measurement.samples.iter().map(|sample| nanos(sample.latency)).min(),
            "mean": nanos(measurement.mean()),
            "p50": percentile(50.0),
            "p90": percentile(90.0),
            "p95": percentile(95.0),
            "p99": percentile(99.0),
            "p99.9": percentile(99.9),
            "max": nanos(measurement.longest()),
        },
        "histogram": ranges.iter()
            .map(|range| json!({ "fromNs": nanos(range.from), "toNs": nanos(range.to), "calls": range.calls }))
            .collect::<Vec<_>>(),
        "errorRate": measurement.error_rate(),
        "throughputPerSecond": measurement.throughput(),
        "peakMemoryBytes": measurement.peak_memory,
        "overheadNs": measurement.overhead.map(|overhead| nanos(overhead.median)),
        "failures": measurement.failures.iter()
            .map(|failure| json!({ "message": failure.message, "count": failure.count }))
            .collect::<Vec<_>>(),
        "warnings": measurement.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn plan(plan: &LoadPlan) -> Value {
    let (calls, length) = match plan.extent {
        Extent::Calls(calls) => (Some(calls), None),
        Extent::For(length) => (None, Some(nanos(length))),
    };
    let (name, rate, arrivals) = match plan.model {
        Model::Closed { .. } => ("closed", None, None),
        Model::Open { rate, arrivals: Arrivals::Constant, .. } => ("open", Some(rate), Some("constant")),
        Model::Open { rate, arrivals: Arrivals::Poisson, .. } => ("open", Some(rate), Some("poisson")),
    };
    json!({
        "model": name,
        "calls": calls,
        "forNs": length,
        "ratePerSecond": rate,
        "arrivals": arrivals,
        "workers": plan.model.workers(),
        "warmUpCalls": plan.warm_up,
        "seed": plan.seed,
    })
}

fn verdict_of(goal: &Goal, verdict: &Verdict) -> Value {
    let mut fields = json!({
        "goal": goal.name.value,
        "metric": goal.metric.as_ref().map(|metric| metric.value.to_string()),
        "target": goal.target.as_ref().map(|target| target.value.to_string()),
        "verdict": verdict.word(),
        "measured": verdict.detail(),
        "note": verdict.note(),
    });
    if let Some(found) = verdict.finding() {
        merge(&mut fields, finding(found));
    }
    fields
}

fn finding(finding: &Finding) -> Value {
    let unit = match finding.dimension {
        Dimension::Time => "seconds",
        Dimension::Share => "share",
        Dimension::Rate => "perSecond",
        Dimension::Bytes => "bytes",
        Dimension::Plain => "none",
    };
    json!({
        "statistic": finding.statistic,
        "unit": unit,
        // An infinite one, of arrivals that were never answered, has no JSON form and becomes null.
        "value": finding.value,
        "interval": finding.interval.map(|(low, high)| json!({ "low": low, "high": high, "confidence": 0.95 })),
        "samples": finding.samples,
        "shareWithin": finding.within,
        "headroom": finding.headroom,
        "isClose": finding.is_close,
    })
}

fn baseline(found: &Baseline) -> Value {
    match found {
        Baseline::None => json!({ "verdict": "noBaseline" }),
        Baseline::Incomparable { label, reason } => {
            json!({ "verdict": "notComparable", "with": { "label": label }, "reason": reason })
        }
        Baseline::Compared { with, comparison: found } => {
            let mut fields = json!({ "with": chosen(with) });
            merge(&mut fields, comparison(found));
            fields
        }
    }
}

fn chosen(chosen: &Chosen) -> Value {
    let head = &chosen.run.head;
    let CalledFunction { module_sha256, .. } = &head.called;
    json!({
        "label": chosen.label,
        "run": chosen.number,
        "name": head.name,
        "at": date::text(head.time()),
        "moduleSha256": module_sha256,
    })
}

/// A comparison.
pub fn comparison(found: &Comparison) -> Value {
    let percentile = |difference: &crate::measure::compare::percentiles::PercentileDifference| {
        json!({
            "percent": difference.percent,
            "beforeNs": difference.before,
            "afterNs": difference.after,
            "differenceNs": difference.after - difference.before,
            "interval": difference.interval
                .map(|(low, high)| json!({ "lowNs": low, "highNs": high, "confidence": 1.0 - LEVEL })),
        })
    };
    json!({
        "verdict": match found.change {
            Change::Slower => "slower",
            Change::Faster => "faster",
            Change::NotSignificant => "noSignificantDifference",
        },
        "reason": found.reason(),
        "p": found.p,
        "significanceLevel": LEVEL,
        "shiftNs": found.shift,
        "shiftShare": found.relative,
        "smallestShare": found.smallest,
        "machineShare": found.machine,
        "isNoisy": found.is_noisy,
        "superiority": found.superiority,
        "calls": { "before": found.calls.0, "after": found.calls.1 },
        "percentiles": found.percentiles.iter().map(percentile).collect::<Vec<_>>(),
        "notes": found.notes,
    })
}

/// A duration in nanoseconds.
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn merge(fields: &mut Value, more: Value) {
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
}
