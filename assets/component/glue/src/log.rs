//! What a module logs: lines of text, handed on as they are.

use std::cell::RefCell;

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warn = 2,
    Error = 3,
}

/// Longest line; what is beyond is left out.
const LONGEST: usize = 64 << 10;

#[link(wasm_import_module = "bridge")]
unsafe extern "C" {
    #[link_name = "log"]
    fn bridge_log(level: u32, text: *const u8, length: usize);
}

thread_local! {
    /// The lines that were begun on streams and not yet ended.
    static BEGUN: RefCell<Vec<(Level, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// Logs a line.
pub fn line(level: Level, text: &str) {
    let kept = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
    if super::is_ready() {
        // SAFETY: the text is there while it is read.
        unsafe { bridge_log(level as u32, kept.as_ptr(), kept.len()) };
    }
}

/// Adds what was written to a stream; each line of it becomes one here.
pub fn write(level: Level, bytes: &[u8]) {
    let mut rest = BEGUN.with_borrow_mut(|begun| {
        let at = begun.iter().position(|(stream, _)| *stream == level);
        at.map_or_else(Vec::new, |at| begun.swap_remove(at).1)
    });
    let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
    while let Some(part) = parts.next() {
        rest.extend(part.iter().take(LONGEST.saturating_sub(rest.len())));
        if parts.peek().is_some() {
            line(level, String::from_utf8_lossy(&rest).trim_end_matches('\r'));
            rest.clear();
        }
    }
    if !rest.is_empty() {
        BEGUN.with_borrow_mut(|begun| begun.push((level, rest)));
    }
}

/// Ends the lines that were begun.
pub fn flush() {
    for (level, text) in BEGUN.with_borrow_mut(std::mem::take) {
        line(level, &String::from_utf8_lossy(&text));
    }
}
