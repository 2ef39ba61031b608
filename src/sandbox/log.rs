//! What a guest logs, kept within a bound. Never changes the text; neutralising control and
//! bidirectional characters is the display's part.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::{LogLevel, LogLine};

/// Bytes that a line costs besides its text, so that a flood of empty lines is bounded too.
const LINE_COST: u64 = 64;

/// The lines of one invocation.
pub(super) struct Log {
    lines: Vec<LogLine>,
    limit: u64,
    left: u64,
    dropped: u64,
    began: Instant,
    /// The line that was begun on each stream and not yet ended.
    begun: Vec<(LogLevel, Vec<u8>)>,
}

impl Log {
    /// An empty log that keeps up to `limit` bytes.
    pub(super) fn new(limit: u64, began: Instant) -> Self {
        Self { lines: Vec::new(), limit, left: limit, dropped: 0, began, begun: Vec::new() }
    }

    /// An empty log with the same bounds and the same beginning.
    pub(super) fn anew(&self) -> Self {
        Self::new(self.limit, self.began)
    }

    /// How many bytes of text are worth handing over.
    pub(super) fn room(&self) -> usize {
        usize::try_from(self.left).unwrap_or(usize::MAX)
    }

    /// Adds a line, or the beginning of it that still fits.
    pub(super) fn push(&mut self, level: LogLevel, text: &str) {
        if self.left <= LINE_COST {
            self.left = 0;
            self.dropped += 1;
            return;
        }
        let room = self.room() - LINE_COST as usize;
        let kept = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        if kept.len() < text.len() {
            self.dropped += 1;
        }
        self.left -= LINE_COST + kept.len() as u64;
        let at = self.began.elapsed();
        let line = structured(kept, level, at);
        self.lines.push(line.unwrap_or_else(|| LogLine { level, message: kept.to_owned(), fields: Map::new(), at }));
    }

    /// Adds what was written to a stream; each line of it becomes one here.
    pub(super) fn write(&mut self, level: LogLevel, bytes: &[u8]) {
        let at = self.begun.iter().position(|(stream, _)| *stream == level);
        let mut line = at.map_or_else(Vec::new, |at| self.begun.swap_remove(at).1);
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            line.extend(part.iter().take(self.room().saturating_sub(line.len())));
            if parts.peek().is_some() {
                self.push(level, String::from_utf8_lossy(&line).trim_end_matches('\r'));
                line.clear();
            }
        }
        if !line.is_empty() {
            self.begun.push((level, line));
        }
    }

    /// What the last Rust panic that was reported said: one line by a panic hook for the console, or
    /// several by Rust's own (`thread 'main' panicked at FILE:`, the message, a note).
    pub(super) fn panic_text(&self) -> Option<String> {
        let is_own = |text: &str| text.starts_with("thread '") && text.contains(" panicked at ");
        let at =
            self.lines.iter().rposition(|line| line.message.starts_with("panicked at") || is_own(&line.message))?;
        let text = self.lines.get(at)?.message.as_str();
        if !is_own(text) {
            return Some(text.to_owned());
        }
        let message = self.lines.iter().skip(at + 1).map(|line| line.message.as_str());
        let message: Vec<&str> = message.take_while(|line| !line.starts_with("note: ")).collect();
        let place = text.split_once(" panicked at ").map_or(text, |(_, place)| place);
        Some(format!("panicked at {place}\n{}", message.join("\n")))
    }

    /// The last line, where it says why a C or C++ program aborts.
    pub(super) fn last_words(&self) -> Option<&str> {
        const BEGINNINGS: [&str; 4] = ["Assertion failed", "Aborted(", "libc++abi:", "terminate called"];
        let text = self.last_line()?;
        BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)).then_some(text)
    }

    /// The text of the last line.
    pub(super) fn last_line(&self) -> Option<&str> {
        self.lines.last().map(|line| line.message.as_str())
    }

    /// Ends the lines that were begun.
    pub(super) fn flush(&mut self) {
        for (level, line) in std::mem::take(&mut self.begun) {
            self.push(level, &String::from_utf8_lossy(&line));
        }
    }

    /// Takes the lines out, and how many were dropped.
    pub(super) fn finish(&mut self) -> (Vec<LogLine>, u64) {
        self.flush();
        (std::mem::take(&mut self.lines), std::mem::take(&mut self.dropped))
    }
}

/// A line whose text is a JSON object with a message.
fn structured(text: &str, level: LogLevel, at: Duration) -> Option<LogLine> {
    if !text.starts_with('{') {
        return None;
    }
    let mut fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let key = ["message", "msg", "event"].into_iter().find(|key| fields.get(*key).is_some_and(Value::is_string))?;
    let message = fields.shift_remove(key)?.as_str()?.to_owned();
    let told = fields.get("level").and_then(Value::as_str).and_then(level_named);
    if told.is_some() {
        fields.shift_remove("level");
    }
    Some(LogLine { level: told.unwrap_or(level), message, fields, at })
}

fn level_named(name: &str) -> Option<LogLevel> {
    match name.to_ascii_lowercase().as_str() {
        "trace" | "debug" => Some(LogLevel::Debug),
        "info" | "notice" => Some(LogLevel::Info),
        "warn" | "warning" => Some(LogLevel::Warn),
        "error" | "fatal" | "critical" => Some(LogLevel::Error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(limit: u64) -> Log {
        Log::new(limit, Instant::now())
    }

    #[test]
    fn a_json_object_with_a_message_becomes_a_structured_line() {
        let mut log = log(1000);
        log.push(LogLevel::Info, r#"{"level":"warn","message":"slow","ms":12}"#);
        log.push(LogLevel::Info, r#"{"ms":12}"#);
        let (lines, dropped) = log.finish();
        assert_eq!(dropped, 0);
        assert_eq!((lines[0].level, lines[0].message.as_str()), (LogLevel::Warn, "slow"));
        assert_eq!(lines[0].fields.get("ms"), Some(&Value::from(12)));
        assert!(!lines[0].fields.contains_key("level"));
        assert_eq!(lines[1].message, r#"{"ms":12}"#);
    }

    #[test]
    fn lines_beyond_the_bound_are_counted_and_dropped() {
        let mut log = log(200);
        for _ in 0..5 {
            log.push(LogLevel::Info, &"é".repeat(20));
        }
        let (lines, dropped) = log.finish();
        assert_eq!((lines.len(), dropped), (2, 4));
        assert_eq!(lines[1].message, "é".repeat(16));
    }

    #[test]
    fn what_is_written_piece_by_piece_becomes_lines() {
        let mut log = log(1000);
        log.write(LogLevel::Info, b"one ");
        log.write(LogLevel::Error, b"other\n");
        log.write(LogLevel::Info, b"line\nand\nrest");
        let lines: Vec<_> = log.finish().0.into_iter().map(|line| line.message).collect();
        assert_eq!(lines, ["other", "one line", "and", "rest"]);
    }

    #[test]
    fn empty_lines_cost_something_too() {
        let mut log = log(1000);
        for _ in 0..1_000 {
            log.push(LogLevel::Info, "");
        }
        assert_eq!(log.finish().0.len(), 15);
    }
}
