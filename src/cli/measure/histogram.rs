//! A small histogram of latencies for a terminal: a line for each range of times. Ranges grow by a constant factor,
//! because latencies spread over orders of magnitude.

use std::time::Duration;

use super::words::time;

/// Ranges at most.
const ROWS: usize = 10;
/// Characters of the longest bar.
const WIDTH: usize = 40;
/// Below this factor between the longest and the shortest there is nothing to see.
const NARROWEST: f64 = 1.001;
/// Eighths of a character, from none to seven.
const EIGHTHS: [&str; 8] = ["", "\u{258f}", "\u{258e}", "\u{258d}", "\u{258c}", "\u{258b}", "\u{258a}", "\u{2589}"];

/// A range of latencies and how many fell into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// From here on.
    pub from: Duration,
    /// Up to here; the last one includes it.
    pub to: Duration,
    /// How many.
    pub calls: u64,
}

/// The ranges of these latencies. Empty without any.
pub fn ranges(latencies: impl Iterator<Item = Duration> + Clone) -> Vec<Range> {
    let nanos = |latency: Duration| latency.as_nanos().max(1) as f64;
    let (Some(least), Some(most)) = (latencies.clone().min(), latencies.clone().max()) else { return Vec::new() };
    let (low, high) = (nanos(least), nanos(most));
    let rows = if high / low < NARROWEST { 1 } else { ROWS };
    let step = (high / low).ln() / rows as f64;
    let mut counts = vec![0; rows];
    for latency in latencies {
        let row = if rows == 1 { 0 } else { ((nanos(latency) / low).ln() / step) as usize };
        if let Some(count) = counts.get_mut(row.min(rows - 1)) {
            *count += 1;
        }
    }
    let bound = |row: usize| Duration::from_nanos((low * (step * row as f64).exp()).round() as u64);
    counts
        .iter()
        .enumerate()
        .map(|(row, calls)| Range { from: bound(row), to: bound(row + 1), calls: *calls })
        .collect()
}

/// The lines of a histogram: range, bar, count.
pub fn lines(ranges: &[Range], ascii: bool) -> Vec<String> {
    let most = ranges.iter().map(|range| range.calls).max().unwrap_or(0);
    let width = ranges.iter().map(|range| time(range.to).chars().count()).max().unwrap_or(0);
    let line = |range: &Range| {
        let bar = bar(range.calls, most, ascii);
        let space = if bar.is_empty() { "" } else { " " };
        format!("to {:>width$}  {bar}{space}{}", time(range.to), range.calls)
    };
    ranges.iter().map(line).collect()
}

/// A bar for `calls` of at most `most`: nothing only for nothing.
fn bar(calls: u64, most: u64, ascii: bool) -> String {
    let eighths = (calls as f64 / most.max(1) as f64 * (WIDTH * 8) as f64).round() as usize;
    let eighths = if calls > 0 { eighths.max(1) } else { 0 };
    if ascii {
        return "#".repeat(eighths.div_ceil(8));
    }
    let part = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{part}", "\u{2588}".repeat(eighths / 8))
}

/// Whether only ASCII can be shown: the first of the variables that name the terminal's characters names others
/// than UTF-8.
pub fn is_ascii_only(variable: impl Fn(&str) -> Option<String>) -> bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    named.is_some_and(|value| {
        let value = value.to_ascii_lowercase();
        !value.contains("utf-8") && !value.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(values: &[u64]) -> Vec<Duration> {
        values.iter().map(|value| Duration::from_micros(*value)).collect()
    }

    #[test]
    fn ranges_grow_by_a_factor_and_hold_every_call() {
        let latencies = micros(&[10, 10, 11, 100, 1000, 100_000]);
        let found = ranges(latencies.iter().copied());
        assert_eq!(found.len(), ROWS);
        assert_eq!(found.iter().map(|range| range.calls).sum::<u64>(), 6);
        assert_eq!((found[0].from, found[0].calls, found[ROWS - 1].calls), (Duration::from_micros(10), 3, 1));
        assert_eq!(found[ROWS - 1].to, Duration::from_millis(100));
        let factors: Vec<f64> = found.iter().map(|range| range.to.as_secs_f64() / range.from.as_secs_f64()).collect();
        assert!(factors.iter().all(|factor| (factor - factors[0]).abs() < 0.01), "{factors:?}");
    }

    #[test]
    fn equal_latencies_and_none_at_all_are_no_special_trouble() {
        let found = ranges(micros(&[7, 7, 7]).into_iter());
        assert_eq!((found.len(), found[0].calls), (1, 3));
        assert_eq!(ranges(std::iter::empty()), []);
        assert_eq!(lines(&[], false), Vec::<String>::new());
        assert_eq!(ranges([Duration::ZERO].into_iter())[0].calls, 1);
    }

    #[test]
    fn bars_are_as_long_as_their_share_and_a_single_call_is_seen() {
        assert_eq!(bar(1000, 1000, false), "\u{2588}".repeat(WIDTH));
        assert_eq!(bar(1, 1000, false), "\u{258f}");
        assert_eq!((bar(1, 1000, true), bar(0, 1000, true)), ("#".into(), String::new()));
        assert_eq!(bar(500, 1000, true), "#".repeat(WIDTH / 2));
        let range = Range { from: Duration::ZERO, to: Duration::from_micros(5), calls: 3 };
        assert_eq!(lines(&[range], true), [format!("to 5 µs  {} 3", "#".repeat(WIDTH))]);
    }

    #[test]
    fn the_terminals_characters_are_those_that_its_variables_name() {
        let only = |name: &'static str, value: &'static str| {
            is_ascii_only(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert!(only("LC_ALL", "C") && only("LANG", "POSIX") && only("LC_CTYPE", "de_DE.ISO-8859-1"));
        assert!(!only("LANG", "en_US.UTF-8") && !only("LC_ALL", "C.utf8") && !is_ascii_only(|_| None));
    }
}
