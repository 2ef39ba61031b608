//! Points in time as people write them: `2026-03-01T09:00:00Z`. In UTC: a simulation is in no time zone.

use std::time::Duration;

const DAY: u64 = 86_400;
/// The first point in time after the year 9999.
const END: u64 = 253_402_300_800;

/// Reads `2026-03-01`, `2026-03-01T09:00` or `2026-03-01T09:00:30.250Z` as the time since 1970.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{}` is no date: write for instance 2026-03-01T09:00:00Z", crate::bundle::names::shown(text));
    let trimmed = text.trim();
    let (day, time) = trimmed.split_once(['T', 't', ' ']).unwrap_or((trimmed, "00:00"));
    let day: Vec<u64> = numbers(day, '-').ok_or_else(wrong)?;
    let [year, month, day] = <[u64; 3]>::try_from(day).map_err(|_| wrong())?;
    if !(1970..=9999).contains(&year) {
        return Err("the year lies between 1970 and 9999".into());
    }
    if !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) {
        return Err(format!("there is no day {year:04}-{month:02}-{day:02}"));
    }
    let time = time.strip_suffix(['Z', 'z']).unwrap_or(time);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let clock = numbers(clock, ':').ok_or_else(wrong)?;
    let (hour, minute, second) = match clock.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return Err(wrong()),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return Err("a day has 24 hours of 60 minutes of 60 seconds".into());
    }
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let nanos = format!("{fraction:0<9}").parse::<u32>().map_err(|_| wrong())?;
    let days = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>()
        + (1..month).map(|month| days_of(year, month)).sum::<u64>()
        + day
        - 1;
    Ok(Duration::new(days * DAY + hour * 3600 + minute * 60 + second, nanos))
}

/// Parts of digits alone, as numbers.
fn numbers(text: &str, separator: char) -> Option<Vec<u64>> {
    let number = |part: &str| {
        let is_number = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| is_number)
    };
    text.split(separator).map(number).collect()
}

/// The time since 1970 as a date with milliseconds: `2026-03-01T09:00:00.000Z`.
pub fn text(since: Duration) -> String {
    let seconds = since.as_secs().min(END - 1);
    let (mut days, in_day) = (seconds / DAY, seconds % DAY);
    let mut year = 1970;
    while days >= if is_leap(year) { 366 } else { 365 } {
        days -= if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let mut month = 1;
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        month += 1;
    }
    let (hour, minute, second) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
    let millis = since.subsec_millis();
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z", days + 1)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_written() {
        for (written, seconds, shown) in [
            ("1970-01-01", 0, "1970-01-01T00:00:00.000Z"),
            ("2024-02-29T12:30", 1_709_209_800, "2024-02-29T12:30:00.000Z"),
            ("2026-03-01 09:00:00Z", 1_772_355_600, "2026-03-01T09:00:00.000Z"),
            ("9999-12-31T23:59:59Z", END - 1, "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(parse(written), Ok(Duration::from_secs(seconds)), "{written}");
            assert_eq!(text(Duration::from_secs(seconds)), shown);
        }
        assert_eq!(parse("2026-03-01T09:00:00.25Z"), Ok(Duration::from_millis(1_772_355_600_250)));
        assert_eq!(text(Duration::MAX).len(), "1970-01-01T00:00:00.000Z".len());
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "now",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "1969-12-31",
            "2026-01-01T24:00",
            "2026-01-01T1",
            "2026-01-01T01:00:00.x",
            "2026-01-01T01:00+02:00",
            "+2026-01-01",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
