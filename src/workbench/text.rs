//! Texts as people read them: JSON laid out, durations, sizes and counts with units.
//!
//! Pure functions. Nothing here draws, and nothing changes what a copy button hands out.

use std::time::Duration;

use crate::bundle::printable::printable_line;
use crate::bundle::target;

/// Indentation of laid out JSON stops growing here, so that deep nesting cannot blow a text up.
const DEEPEST_INDENT: usize = 40;
/// Characters of a name that a row holds at most.
const LONGEST_LINE: usize = 400;

/// [`printable`] in one line of bearable length, for rows and titles.
pub fn one_line(text: &str) -> String {
    printable_line(text, LONGEST_LINE)
}

/// Valid JSON laid out with two spaces a level. Every literal stays as it was written: numbers keep
/// all their digits and objects their repeated keys.
pub fn pretty_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 2);
    let mut depth = 0usize;
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => copy_string(&mut chars, &mut out),
            '{' | '[' => {
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                out.push(c);
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn copy_string(chars: &mut impl Iterator<Item = char>, out: &mut String) {
    out.push('"');
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            '"' => return,
            '\\' => out.extend(chars.next()),
            _ => {}
        }
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST_INDENT)));
}

/// A duration with three significant figures: `842 ns`, `12.3 µs`, `4.56 ms`, `1.20 s`.
pub fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    match nanos {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{} µs", figures(n / 1e3)),
        n if n < 1e9 => format!("{} ms", figures(n / 1e6)),
        n => format!("{} s", figures(n / 1e9)),
    }
}

/// A size with its binary unit: `512 B`, `12.3 KiB`, `256 MiB`.
pub fn bytes(size: u64) -> String {
    let size = size as f64;
    match size {
        s if s < 1024.0 => format!("{s:.0} B"),
        s if s < 1024.0 * 1024.0 => format!("{} KiB", figures(s / 1024.0)),
        s if s < 1024.0 * 1024.0 * 1024.0 => format!("{} MiB", figures(s / (1024.0 * 1024.0))),
        s => format!("{} GiB", figures(s / (1024.0 * 1024.0 * 1024.0))),
    }
}

fn figures(value: f64) -> String {
    let text = match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    };
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// A text as a sentence: with its first letter large.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A count with its noun: `1 endpoint`, `3 endpoints`, `2 functions`.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(n)) }
}

/// A count with its thousands parted: `12,345`.
pub fn grouped(n: usize) -> String {
    target::grouped(n as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laid_out_json_keeps_every_digit_and_repeated_keys() {
        let json = r#"{"a":12345678901234567890.50,"a":[1, 2,{}],"s":"x{,\"]"}"#;
        let expected =
            "{\n  \"a\": 12345678901234567890.50,\n  \"a\": [\n    1,\n    2,\n    {}\n  ],\n  \"s\": \"x{,\\\"]\"\n}";
        assert_eq!(pretty_json(json), expected);
    }

    #[test]
    fn laying_out_what_is_laid_out_changes_nothing() {
        let once = pretty_json(r#"{"a":{"b":[true,null,[]]}}"#);
        assert_eq!(pretty_json(&once), once);
    }

    #[test]
    fn deep_nesting_does_not_blow_the_text_up() {
        let deep = "[".repeat(10_000) + "1" + &"]".repeat(10_000);
        assert!(pretty_json(&deep).len() < 20_000 * (2 * DEEPEST_INDENT + 2));
    }

    #[test]
    fn durations_and_sizes_have_three_figures_and_a_unit() {
        assert_eq!(duration(Duration::from_nanos(842)), "842 ns");
        assert_eq!(duration(Duration::from_nanos(12_340)), "12.3 µs");
        assert_eq!(duration(Duration::from_millis(1200)), "1.20 s");
        assert_eq!(duration(Duration::from_secs(5)), "5 s");
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(256 << 20), "256 MiB");
    }

    #[test]
    fn counts_read_naturally() {
        assert_eq!(count(1, "endpoint"), "1 endpoint");
        assert_eq!(count(12_345, "call"), "12,345 calls");
    }
}
