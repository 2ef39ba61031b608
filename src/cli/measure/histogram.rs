//! A small histogram of latencies for a terminal: a line for each range of times. Ranges grow by a constant factor,
//! because latencies spread over orders of magnitude; the last one holds the slowest hundredth, however far it reaches.

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
    /// Above this; the first one includes it.
    pub from: Duration,
    /// Up to and with this.
    pub to: Duration,
    /// How many.
    pub calls: u64,
}

/// The ranges of these latencies. Empty without any.
pub fn ranges(latencies: impl Iterator<Item = Duration>) -> Vec<Range> {
    let mut sorted: Vec<Duration> = latencies.collect();
    sorted.sort_unstable();
    let (Some(least), Some(most)) = (sorted.first().copied(), sorted.last().copied()) else { return Vec::new() };
    let slow = sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(most);
    let nanos = |latency: Duration| latency.as_nanos().max(1) as f64;
    let factor = nanos(slow) / nanos(least);
    let rows = if factor < NARROWEST { 1 } else { ROWS - 1 };
    let mut bounds: Vec<Duration> = (1..rows)
        .map(|row| Duration::from_nanos((nanos(least) * factor.powf(row as f64 / rows as f64)).round() as u64))
        .collect();
    bounds.push(slow);
    bounds.extend((most > slow).then_some(most));
    let (mut from, mut before) = (least, 0);
    let range = bounds.into_iter().map(|to| {
        let until = sorted.partition_point(|latency| *latency <= to);
        let range = Range { from, to, calls: (until - before) as u64 };
        (from, before) = (to, until);
        range
    });
    range.collect()
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
    fn ranges_grow_by_a_factor_and_the_last_one_holds_the_slowest_hundredth() {
        let mut latencies: Vec<u64> = (0..990).map(|at| 10 + at % 90).collect();
        latencies.extend([100; 5]);
        latencies.extend([90_000; 5]);
        let found = ranges(micros(&latencies).into_iter());
        assert_eq!(found.len(), ROWS);
        assert_eq!(found.iter().map(|range| range.calls).sum::<u64>(), 1000);
        assert_eq!((found[0].from, found[ROWS - 2].to), (Duration::from_micros(10), Duration::from_micros(100)));
        assert_eq!((found[ROWS - 1].to, found[ROWS - 1].calls), (Duration::from_millis(90), 5));
        let factors: Vec<f64> =
            found[..ROWS - 1].iter().map(|range| range.to.as_secs_f64() / range.from.as_secs_f64()).collect();
        assert!(factors.iter().all(|factor| (factor - factors[0]).abs() < 0.01), "{factors:?}");
        assert!(found.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    #[test]
    fn equal_latencies_and_none_at_all_are_no_special_trouble() {
        let found = ranges(micros(&[7, 7, 7]).into_iter());
        assert_eq!((found.len(), found[0].calls), (1, 3));
        assert_eq!(ranges(std::iter::empty()), []);
        assert_eq!(lines(&[], false), Vec::<String>::new());
        assert_eq!(ranges([Duration::ZERO].into_iter())[0].calls, 1);
        let two: Vec<u64> = ranges(micros(&[1, 1000]).into_iter()).iter().map(|range| range.calls).collect();
        assert_eq!(two.iter().sum::<u64>(), 2);
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
