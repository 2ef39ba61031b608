//! The data behind each chart as a table of comma-separated values (RFC 4180), with units in the names of its
//! columns: all samples, never what was left of them for drawing.

use std::io::{self, Write};

use crate::measure::Measurement;

use super::buckets::{self, Buckets};
use super::curve::points_of;
use super::recording::{Ranks, Recording};
use super::{Baseline, ChartKind};

/// Rows between two looks at whether to go on.
const AT_A_TIME: usize = 20_000;

/// Writes the data behind a chart of `measurement`. `goes_on` is told the share that is written, and may end it.
/// Says whether all was written.
///
/// # Errors
/// When `out` takes no more.
pub fn write(
    kind: ChartKind,
    measurement: &Measurement,
    baseline: Option<&Baseline>,
    out: &mut dyn Write,
    goes_on: &mut dyn FnMut(f32) -> bool,
) -> io::Result<bool> {
    match kind {
        ChartKind::Latency => samples(measurement, out, goes_on),
        ChartKind::Histogram => histogram(measurement, out).map(|()| true),
        ChartKind::Percentiles => percentiles(measurement, baseline, out).map(|()| true),
        ChartKind::Rates => rates(measurement, out).map(|()| true),
    }
}

/// A row for each call.
fn samples(measurement: &Measurement, out: &mut dyn Write, goes_on: &mut dyn FnMut(f32) -> bool) -> io::Result<bool> {
    write!(out, "at_ns,waited_ns,latency_ns,answered,input\r\n")?;
    let names: Vec<String> = measurement.inputs.iter().map(|name| quoted(name)).collect();
    let all = measurement.samples.len().max(1);
    for (at, sample) in measurement.samples.iter().enumerate() {
        if at % AT_A_TIME == 0 && !goes_on(at as f32 / all as f32) {
            return Ok(false);
        }
        let input = names.get(usize::from(sample.input)).map_or("", String::as_str);
        let [begun, waited, latency] = [sample.at, sample.waited, sample.latency].map(|time| time.as_nanos());
        write!(out, "{begun},{waited},{latency},{},{input}\r\n", sample.ok)?;
    }
    Ok(true)
}

/// A row for each latency that was recorded, to three significant figures.
fn histogram(measurement: &Measurement, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "from_ns,to_ns,calls,calls_up_to\r\n")?;
    let histogram = &measurement.histogram;
    let mut sum = 0;
    for recorded in histogram.iter_recorded() {
        let to = recorded.value_iterated_to();
        sum += recorded.count_at_value();
        write!(out, "{},{to},{},{sum}\r\n", histogram.lowest_equivalent(to), recorded.count_at_value())?;
    }
    Ok(())
}

/// A row for each point of the curve.
fn percentiles(measurement: &Measurement, baseline: Option<&Baseline>, out: &mut dyn Write) -> io::Result<()> {
    let ranks = Ranks::of(&measurement.histogram);
    let other = baseline.map(|baseline| Ranks::of(&baseline.histogram));
    let more = if other.is_some() { ",baseline_ns" } else { "" };
    write!(out, "percentile_percent,latency_ns,interval_low_ns,interval_high_ns,calls_slower{more}\r\n")?;
    for point in points_of(&ranks) {
        let (percent, latency, interval) = (point.percent(), point.latency, point.interval);
        let [low, high] = match interval {
            Some((low, high)) => [low.to_string(), high.to_string()],
            None => [String::new(), String::new()],
        };
        let slower = (ranks.count() as f64 * (1.0 - percent / 100.0)).round();
        write!(out, "{percent:.6},{latency},{low},{high},{slower}")?;
        match &other {
            Some(other) => write!(out, ",{}\r\n", other.percentile(percent))?,
            None => write!(out, "\r\n")?,
        }
    }
    Ok(())
}

/// A row for each span of time.
fn rates(measurement: &Measurement, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "from_ns,to_ns,calls,failed,answered_per_s,failed_share\r\n")?;
    let recording = Recording::of(measurement);
    let end = recording.elapsed();
    let width = buckets::fitting_width(end, recording.count() as f64 / end.max(1.0));
    for span in Buckets::of(&recording, width, 0.0, end).iter() {
        let (from, to, bucket) = span;
        let (rate, share) = (buckets::rate(span), bucket.failed_share());
        write!(out, "{from},{to},{},{},{rate},{share}\r\n", bucket.calls, bucket.failed)?;
    }
    Ok(())
}

/// A text as one field: in quotes where it holds what would part it. Spreadsheets take a field that begins with
/// certain signs for a formula, so those get a space before them.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!(" {text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{LoadPlan, Sample};
    use std::time::Duration;

    fn measurement(count: u64) -> Measurement {
        let sample = |at: u64| Sample {
            at: Duration::from_micros(at * 10),
            waited: Duration::ZERO,
            latency: Duration::from_nanos(1_000 + at),
            ok: at % 10 != 9,
            input: 0,
        };
        let inputs = vec!["saved case \"a, b\"".into()];
        Measurement::from_samples(LoadPlan::of(10), inputs, (0..count).map(sample).collect()).unwrap()
    }

    fn table(kind: ChartKind, measurement: &Measurement) -> Vec<String> {
        let mut out = Vec::new();
        assert!(write(kind, measurement, None, &mut out, &mut |_| true).unwrap());
        String::from_utf8(out).unwrap().split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn every_sample_is_a_row_with_units_in_the_names() {
        let rows = table(ChartKind::Latency, &measurement(50_000));
        assert_eq!(rows.len(), 50_001);
        assert_eq!(rows[0], "at_ns,waited_ns,latency_ns,answered,input");
        assert_eq!(rows[10], "90000,0,1009,false,\"saved case \"\"a, b\"\"\"");
    }

    #[test]
    fn the_other_tables_count_every_sample_too() {
        let measurement = measurement(1000);
        let sum = |kind, column: usize| -> u64 {
            let rows = table(kind, &measurement);
            rows[1..].iter().map(|row| row.split(',').nth(column).unwrap().parse::<u64>().unwrap()).sum()
        };
        assert_eq!(sum(ChartKind::Histogram, 2), 1000);
        assert_eq!((sum(ChartKind::Rates, 2), sum(ChartKind::Rates, 3)), (1000, 100));
        let curve = table(ChartKind::Percentiles, &measurement);
        assert!(curve[1].starts_with("50.000000,") && curve.last().unwrap().ends_with(",1"), "{curve:?}");
    }

    #[test]
    fn it_ends_when_told_to() {
        let mut out = Vec::new();
        let all = write(ChartKind::Latency, &measurement(50_000), None, &mut out, &mut |share| share < 0.5).unwrap();
        assert!(!all && out.len() < 2_000_000);
    }

    #[test]
    fn a_field_is_no_formula() {
        assert_eq!(quoted("=1+1"), " =1+1");
    }
}
