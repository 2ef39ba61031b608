//! `Date`, in UTC: a sandbox is in no time zone.

use super::super::heap::Kind;
use super::super::realm::Completion;
use super::super::value::{Double, Value};
use super::{Call, Class, NAMESPACE, Native};

const DAY: f64 = 86_400_000.0;
/// The furthest point in time from 1970 that a `Date` can hold, in milliseconds.
const FURTHEST: f64 = 8.64e15;

static METHODS: [Native; 22] = [
    Native { of: "Date#", name: "getTime", run: |call| millis(call, |time| time) },
    Native { of: "Date#", name: "valueOf", run: |call| millis(call, |time| time) },
    Native { of: "Date#", name: "getTimezoneOffset", run: |call| millis(call, |_| 0.0) },
    Native { of: "Date#", name: "toISOString", run: to_iso },
    Native { of: "Date#", name: "toJSON", run: to_iso },
    Native { of: "Date#", name: "toString", run: to_text },
    Native { of: "Date#", name: "getFullYear", run: |call| field(call, |at| at.year as f64) },
    Native { of: "Date#", name: "getUTCFullYear", run: |call| field(call, |at| at.year as f64) },
    Native { of: "Date#", name: "getMonth", run: |call| field(call, |at| (at.month - 1) as f64) },
    Native { of: "Date#", name: "getUTCMonth", run: |call| field(call, |at| (at.month - 1) as f64) },
    Native { of: "Date#", name: "getDate", run: |call| field(call, |at| at.day as f64) },
    Native { of: "Date#", name: "getUTCDate", run: |call| field(call, |at| at.day as f64) },
    Native { of: "Date#", name: "getDay", run: |call| field(call, |at| at.weekday as f64) },
    Native { of: "Date#", name: "getUTCDay", run: |call| field(call, |at| at.weekday as f64) },
    Native { of: "Date#", name: "getHours", run: |call| field(call, |at| (at.millis / 3_600_000) as f64) },
    Native { of: "Date#", name: "getUTCHours", run: |call| field(call, |at| (at.millis / 3_600_000) as f64) },
    Native { of: "Date#", name: "getMinutes", run: |call| field(call, |at| (at.millis / 60_000 % 60) as f64) },
    Native { of: "Date#", name: "getUTCMinutes", run: |call| field(call, |at| (at.millis / 60_000 % 60) as f64) },
    Native { of: "Date#", name: "getSeconds", run: |call| field(call, |at| (at.millis / 1000 % 60) as f64) },
    Native { of: "Date#", name: "getUTCSeconds", run: |call| field(call, |at| (at.millis / 1000 % 60) as f64) },
    Native { of: "Date#", name: "getMilliseconds", run: |call| field(call, |at| (at.millis % 1000) as f64) },
    Native { of: "Date#", name: "getUTCMilliseconds", run: |call| field(call, |at| (at.millis % 1000) as f64) },
];

pub(super) static DATE: Class = Class {
    name: "Date",
    statics: &[Native { of: "Date", name: "now", run: |call| Ok(Ok(Value::number(call.outside().date_millis()))) }],
    methods: &METHODS,
    construct: Some(construct),
    convert: Some(|call| call.make_text(&date_text(call.outside().date_millis()))),
    ..NAMESPACE
};

fn construct(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let millis = match call.argument(0) {
        Value::Undefined => call.outside().date_millis(),
        Value::Text(text) => parsed(&text),
        value => match call.heap()?.kind(&value) {
            Some(Kind::Date(other)) => other.0,
            _ => call.number(0)?,
        },
    };
    let millis = if millis.abs() <= FURTHEST { millis.trunc() } else { f64::NAN };
    call.make(Kind::Date(Double(millis)))
}

fn time(call: &mut Call<'_, '_>) -> wasmtime::Result<Option<f64>> {
    let this = call.this.clone();
    Ok(match call.heap()?.kind(&this) {
        Some(Kind::Date(millis)) => Some(millis.0),
        _ => None,
    })
}

fn millis(call: &mut Call<'_, '_>, read: fn(f64) -> f64) -> wasmtime::Result<Completion> {
    match time(call)? {
        Some(millis) => Ok(Ok(Value::number(read(millis)))),
        None => call.throw("TypeError", "this is not a Date object."),
    }
}

fn field(call: &mut Call<'_, '_>, read: fn(Moment) -> f64) -> wasmtime::Result<Completion> {
    match time(call)? {
        Some(millis) => Ok(Ok(Value::number(moment(millis).map_or(f64::NAN, read)))),
        None => call.throw("TypeError", "this is not a Date object."),
    }
}

fn to_iso(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    match time(call)?.and_then(iso_text) {
        Some(text) => call.make_text(&text),
        None => call.throw("RangeError", "Invalid time value"),
    }
}

fn to_text(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let text = time(call)?.map_or_else(|| "Invalid Date".to_owned(), date_text);
    call.make_text(&text)
}

/// A point in time by the calendar, in UTC.
#[derive(Clone, Copy)]
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    /// From Sunday on.
    weekday: i64,
    /// Since midnight.
    millis: i64,
}

/// By the civil calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn moment(millis: f64) -> Option<Moment> {
    if !millis.is_finite() || millis.abs() > FURTHEST {
        return None;
    }
    let days = (millis / DAY).floor() as i64;
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    Some(Moment {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: of_year - (153 * shifted_month + 2) / 5 + 1,
        weekday: (days + 4).rem_euclid(7),
        millis: (millis - days as f64 * DAY) as i64,
    })
}

/// `date.toISOString()`; none for an invalid date.
pub(in super::super) fn iso_text(millis: f64) -> Option<String> {
    let Moment { year, month, day, millis, .. } = moment(millis)?;
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
    };
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    Some(format!("{year}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", millis % 1000))
}

/// `date.toString()`.
pub(in super::super) fn date_text(millis: f64) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(Moment { year, month, day, weekday, millis }) = moment(millis) else { return "Invalid Date".into() };
    let name = |names: &[&'static str], at: i64| names.get(at as usize).copied().unwrap_or_default();
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    let (weekday, month) = (name(&DAYS, weekday), name(&MONTHS, month - 1));
    format!(
        "{weekday} {month} {day:02} {year:04} {hours:02}:{minutes:02}:{seconds:02} GMT+0000 (Coordinated Universal Time)"
    )
}

/// The milliseconds of a date as `toISOString` writes it, or of a plain number's text.
fn parsed(text: &str) -> f64 {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<i64>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return f64::NAN };
    let days = {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    };
    let (hours, minutes) = (number(11..13).unwrap_or(0), number(14..16).unwrap_or(0));
    let (seconds, millis) = (number(17..19).unwrap_or(0), number(20..23).unwrap_or(0));
    days as f64 * DAY + (hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + millis) as f64
}

#[cfg(test)]
mod tests {
    use super::super::super::value::number_text;
    use super::*;

    #[test]
    fn dates_are_written_and_read_as_javascript_does() {
        for (millis, iso) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (1_709_210_096_789.0, "2024-02-29T12:34:56.789Z"),
            (-1.0, "1969-12-31T23:59:59.999Z"),
            (253_402_300_800_000.0, "+010000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso_text(millis).as_deref(), Some(iso));
            if !iso.starts_with('+') {
                assert_eq!(number_text(parsed(iso)), number_text(millis));
            }
        }
        assert_eq!(date_text(1_709_210_096_789.0), "Thu Feb 29 2024 12:34:56 GMT+0000 (Coordinated Universal Time)");
        assert_eq!(iso_text(f64::NAN), None);
    }
}
