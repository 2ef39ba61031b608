//! Text from strangers, made safe to show: control and bidirectional characters become visible escapes.

use std::borrow::Cow;

/// `text` with every character that could move a cursor, colour a terminal, or reorder what is read
/// replaced by a visible escape (`\u{1b}`). Line feeds and tabs stay; a carriage return before a line
/// feed is dropped.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            c if is_unsafe(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The same on one line: line feeds and tabs are escaped too, and the rest beyond `most` characters is cut.
pub fn printable_line(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == most {
            out.push('\u{2026}');
            break;
        }
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_unsafe(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Controls except line feed and tab, and the bidirectional and invisible format characters of
/// Unicode's "Trojan Source" list.
fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_bidi_controls_become_visible() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\n\td"), "a\\u{1b}[31mb\\u{202e}c\n\td");
        assert_eq!(printable("one\r\ntwo\rthree"), "one\ntwo\\u{d}three");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(printable("Zoë 日本 👍\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_line_is_cut_and_stays_one_line() {
        assert_eq!(printable_line("ab\ncd", 4), "ab\\nc\u{2026}");
    }
}
