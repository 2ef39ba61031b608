//! Numbers with units: reading them, writing them back exactly, and showing measured ones.

use std::fmt;

use super::target::{Dimension, Quantity};

const TIME: [(&str, f64); 7] =
    [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0)];
const BYTES: [(&str, f64); 7] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

/// Reads a number with a unit or without one.
///
/// # Errors
/// What is wrong, and what would be right.
pub(super) fn parse(text: &str) -> Result<Quantity, String> {
    let text = text.trim();
    let unit_at = number_length(text);
    let (number, unit) = (text.get(..unit_at).unwrap_or_default(), text.get(unit_at..).unwrap_or_default().trim());
    if number.is_empty() {
        return Err(match text.chars().next() {
            None => "a number is missing".into(),
            Some('-') => "a negative number makes no sense here".into(),
            Some(_) => format!("expected a number at `{}`", super::names::shown(text)),
        });
    }
    if unit.starts_with([',', '_', '\'']) {
        return Err("write the number without separators, with a point before decimals".into());
    }
    let value: f64 = number.parse().map_err(|_| format!("`{}` is not a number", super::names::shown(number)))?;
    let (factor, dimension) = unit_of(unit).ok_or_else(|| unknown_unit(unit))?;
    // 100us is the same number as 0.1ms, whatever multiplying with a factor does to the last digit.
    let value = rounded(value * factor);
    if value.is_finite() { Ok(Quantity { value, dimension }) } else { Err("the number is too large".into()) }
}

/// How many bytes at the beginning of `text` are a number.
fn number_length(text: &str) -> usize {
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let rest = text.as_bytes().get(digits..).unwrap_or_default();
    // An exponent, but not the first letter of a unit.
    if let [b'e' | b'E', after @ ..] = rest {
        let sign = usize::from(matches!(after.first(), Some(b'+' | b'-')));
        let exponent = after.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && exponent > 0 {
            return digits + 1 + sign + exponent;
        }
    }
    digits
}

fn unit_of(unit: &str) -> Option<(f64, Dimension)> {
    let lookup = |table: &[(&str, f64)]| table.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    if unit.is_empty() {
        return Some((1.0, Dimension::Plain));
    }
    if unit == "%" || unit == "percent" {
        return Some((0.01, Dimension::Share));
    }
    if let Some(factor) = lookup(&TIME) {
        return Some((factor, Dimension::Time));
    }
    if let Some(factor) = lookup(&BYTES) {
        return Some((factor, Dimension::Bytes));
    }
    match unit {
        "μs" | "microseconds" => return Some((1e-6, Dimension::Time)),
        "milliseconds" | "msec" => return Some((1e-3, Dimension::Time)),
        "sec" | "secs" | "second" | "seconds" => return Some((1.0, Dimension::Time)),
        "m" | "mins" | "minute" | "minutes" => return Some((60.0, Dimension::Time)),
        "hour" | "hours" => return Some((3600.0, Dimension::Time)),
        "KB" => return Some((1e3, Dimension::Bytes)),
        "bytes" | "byte" => return Some((1.0, Dimension::Bytes)),
        "rps" | "qps" | "tps" | "ops" | "Hz" => return Some((1.0, Dimension::Rate)),
        "rpm" => return Some((1.0 / 60.0, Dimension::Rate)),
        _ => {}
    }
    rate_of(unit)
}

/// `/s`, `req/s`, `requests per minute`.
fn rate_of(unit: &str) -> Option<(f64, Dimension)> {
    let (what, per) = unit
        .split_once('/')
        .or_else(|| unit.strip_prefix("per ").map(|per| ("", per)))
        .or_else(|| unit.split_once(" per "))?;
    let what = what.trim();
    if !what.chars().all(char::is_alphabetic)
        || unit_of(what).is_some_and(|(_, dimension)| dimension != Dimension::Plain)
    {
        return None;
    }
    let factor = match per.trim() {
        "s" | "sec" | "second" => 1.0,
        "m" | "min" | "minute" => 1.0 / 60.0,
        "h" | "hour" => 1.0 / 3600.0,
        _ => return None,
    };
    Some((factor, Dimension::Rate))
}

fn unknown_unit(unit: &str) -> String {
    let units = "the units are ns, us, ms, s, min, h; %; /s, /min; B, kB, MB, GB, KiB, MiB, GiB";
    let near = TIME.iter().chain(&BYTES).map(|(name, _)| *name).find(|name| name.eq_ignore_ascii_case(unit));
    match near {
        Some(near) => format!("there is no unit `{}`, did you mean `{near}`?", super::names::shown(unit)),
        None => format!("there is no unit `{}`; {units}", super::names::shown(unit)),
    }
}

/// Writes a quantity so that [`parse`] reads the same value back.
pub(super) fn write_exact(f: &mut fmt::Formatter<'_>, quantity: Quantity) -> fmt::Result {
    let Quantity { value, dimension } = quantity;
    match dimension {
        Dimension::Plain => write!(f, "{value}"),
        Dimension::Share => write!(f, "{}%", rounded(value * 100.0)),
        Dimension::Rate => write!(f, "{}/s", rounded(value)),
        Dimension::Time => write_scaled(f, value, &TIME),
        Dimension::Bytes => write_scaled(f, value, &BYTES),
    }
}

/// With the unit that gives the shortest number, the larger unit where two are alike.
fn write_scaled(f: &mut fmt::Formatter<'_>, value: f64, units: &[(&str, f64)]) -> fmt::Result {
    if value == 0.0 {
        let base = units.iter().find(|(_, factor)| *factor == 1.0).map_or("", |(name, _)| *name);
        return write!(f, "0{base}");
    }
    let written = units
        .iter()
        .rev()
        .filter(|(_, factor)| value / factor >= 1.0)
        .map(|(name, factor)| (rounded(value / factor).to_string(), *name))
        .min_by_key(|(number, _)| number.len());
    match written {
        Some((number, unit)) => write!(f, "{number}{unit}"),
        None => units.first().map_or(Ok(()), |(name, factor)| write!(f, "{}{name}", rounded(value / factor))),
    }
}

/// Without the noise that dividing by a factor leaves in the last digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// A measured value for people, in three significant figures: `12.3 µs`, `99.95 %`, `1.2 MiB`, `1,240 /s`.
///
/// `value` is in the dimension's base unit (seconds, share, events a second, bytes). A share that is not
/// quite 0 or 100 % is never rounded to it.
pub fn formatted(value: f64, dimension: Dimension) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    match dimension {
        Dimension::Time => scaled(value, &[("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("min", 60.0)]),
        Dimension::Bytes => {
            scaled(value, &[("B", 1.0), ("KiB", 1024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0)])
        }
        Dimension::Share => format!("{} %", share(value)),
        Dimension::Rate => format!("{} /s", significant(value)),
        Dimension::Plain => significant(value),
    }
}

/// A whole number with its thousands parted by commas.
pub fn grouped(count: u64) -> String {
    with_commas(&count.to_string())
}

fn scaled(value: f64, units: &[(&str, f64)]) -> String {
    // 0.9995 of a unit is shown as 1.00 of it and not as 1000 of the smaller one.
    let fits = |factor: f64| value.abs() / factor >= 0.9995;
    let unit = units.iter().rev().find(|(_, factor)| fits(*factor)).or_else(|| units.first());
    unit.map_or_else(String::new, |(name, factor)| {
        let number = if *name == "B" { format!("{:.0}", value / factor) } else { significant(value / factor) };
        format!("{number} {name}")
    })
}

fn share(value: f64) -> String {
    let percent = value * 100.0;
    let misleads = |text: &str| match text.parse::<f64>() {
        Ok(shown) => (shown == 100.0 && percent != 100.0) || (shown == 0.0 && percent != 0.0),
        Err(_) => false,
    };
    let texts = [2_usize, 3, 4, 5, 6].map(|decimals| trimmed(&format!("{percent:.decimals$}")));
    texts.iter().find(|text| !misleads(text)).or(texts.last()).cloned().unwrap_or_default()
}

/// Three significant figures, thousands parted by commas.
fn significant(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size == 0.0 => 0,
        _ if size < 9.995 => 2,
        _ if size < 99.95 => 1,
        _ => 0,
    };
    let decimals = if size > 0.0 && size < 0.1 { 4 } else { decimals };
    with_commas(&trimmed(&format!("{value:.decimals$}")))
}

fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

fn with_commas(text: &str) -> String {
    let (whole, rest) = text.find('.').and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}
