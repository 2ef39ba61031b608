//! Durations as the platform writes them: `500ms`, `30s`, `5m`, `1h`, `2d`, `1h30m`.

use std::time::Duration;

/// The units, the largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

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
