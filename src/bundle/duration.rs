//! Durations as the platform writes them: `500ms`, `30s`, `5m`, `1h`, `2d`, `1h30m`.

use std::time::Duration;

/// The units, the largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// What [`parse`] takes, as a regular expression for other programs, without anchors.
pub const PATTERN: &str = r"\s*(?=[0-9])(?:[0-9]+d\s*)?(?:[0-9]+h\s*)?(?:[0-9]+m\s*)?(?:[0-9]+s\s*)?(?:[0-9]+ms\s*)?";

/// Reads a duration.
///
/// # Errors
/// A sentence that says what is wrong, when the text is not a sequence of numbers with the units
/// ms, s, m, h, d, or is too large to represent.
pub fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty".into());
    }
    let mut total: u64 = 0;
    let mut last = None;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits).unwrap_or((rest, ""));
        if number.is_empty() {
            return Err(match rest.chars().next() {
                Some('-') => "it is negative".into(),
                Some('.' | ',') => "it has a fraction; use the next smaller unit".into(),
                _ => format!("expected a number at `{}`", super::names::shown(rest)),
            });
        }
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(letters).unwrap_or((after, ""));
        let (place, milliseconds) = find_unit(unit, next)?;
        if last.is_some_and(|last| place <= last) {
            return Err("its units come in the order d, h, m, s, ms, each once".into());
        }
        last = Some(place);
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(milliseconds));
        total = part.and_then(|part| total.checked_add(part)).ok_or("it is too long")?;
        rest = next.trim_start();
    }
    Ok(Duration::from_millis(total))
}

fn find_unit(unit: &str, next: &str) -> Result<(usize, u64), String> {
    if unit.is_empty() {
        return Err(match next.chars().next() {
            Some('.' | ',') => "it has a fraction; use the next smaller unit".into(),
            _ => "a unit is missing: ms, s, m, h or d".into(),
        });
    }
    let found = UNITS.iter().enumerate().find(|(_, (name, _))| *name == unit);
    found
        .map(|(place, (_, milliseconds))| (place, *milliseconds))
        .ok_or_else(|| format!("there is no unit `{}`; the units are ms, s, m, h, d", super::names::shown(unit)))
}

/// Durations that `text`, which is none, probably means, the likeliest first.
pub fn mended(text: &str) -> Vec<String> {
    let lower = text.trim().trim_start_matches(['-', '+', '~']).to_lowercase();
    if !lower.is_empty() && lower.chars().all(|c| c.is_ascii_digit()) {
        let units = if lower.len() > 2 { ["ms", "s"] } else { ["s", "ms"] };
        return units.iter().map(|unit| format!("{lower}{unit}")).filter(|text| parse(text).is_ok()).collect();
    }
    let mut parts: Vec<(String, u64)> = Vec::new();
    // ISO 8601 writes PT1H30M.
    let mut rest = lower.strip_prefix("pt").unwrap_or(&lower);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = rest.get(start..).unwrap_or_default();
        let (number, after) =
            rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(rest.len()));
        let after = after.trim_start();
        let (unit, next) = after.split_at(after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len()));
        let Some(factor) = unit_in_words(unit) else { return Vec::new() };
        parts.push((number.replace(',', "."), factor));
        rest = next;
    }
    let total: f64 =
        parts.iter().map(|(number, factor)| number.parse::<f64>().unwrap_or(f64::NAN) * *factor as f64).sum();
    if parts.is_empty() || !(0.0..=1e14).contains(&total) {
        return Vec::new();
    }
    vec![written(total.round() as u64)]
}

fn unit_in_words(unit: &str) -> Option<u64> {
    let short = match unit {
        "milliseconds" | "millisecond" | "millis" | "msec" | "msecs" => "ms",
        "seconds" | "second" | "sec" | "secs" => "s",
        "minutes" | "minute" | "min" | "mins" => "m",
        "hours" | "hour" | "hr" | "hrs" => "h",
        "days" | "day" => "d",
        "weeks" | "week" | "w" => return Some(7 * 86_400_000),
        other => other,
    };
    UNITS.iter().find(|(name, _)| *name == short).map(|(_, milliseconds)| *milliseconds)
}

/// A number of milliseconds in the largest units.
fn written(mut milliseconds: u64) -> String {
    let mut out = String::new();
    for (name, factor) in UNITS {
        if milliseconds >= factor {
            out.push_str(&format!("{}{name}", milliseconds / factor));
            milliseconds %= factor;
        }
    }
    if out.is_empty() { "0ms".into() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_other_spellings_are_mended() {
        for (text, expected) in [
            ("50 ms", "50ms"),
            ("1.5h", "1h30m"),
            ("2 minutes", "2m"),
            ("PT1H30M", "1h30m"),
            ("30SEC", "30s"),
            ("1m2h", "2h1m"),
            ("-5s", "5s"),
            ("0,5 s", "500ms"),
            ("1 week", "7d"),
        ] {
            assert_eq!(mended(text), [expected], "{text}");
        }
        assert_eq!(mended("500"), ["500ms", "500s"]);
        assert_eq!(mended("5"), ["5s", "5ms"]);
        for hopeless in ["", "soon", "5 apples", "1e400s", "99999999999999999999d"] {
            assert_eq!(mended(hopeless), [] as [&str; 0], "{hopeless}");
        }
    }
}
