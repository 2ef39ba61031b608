//! Where a caret goes: characters as people see them, words, lines and columns.
//!
//! Pure functions from a buffer and a position to a position; nothing here changes anything.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::buffer::Buffer;
use crate::bundle::Span;

/// The position after the character at `at`; a line ending is one character.
pub fn next(buffer: &Buffer, at: usize) -> usize {
    let text = buffer.text();
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
}

/// The position before the character that ends at `at`; a line ending is one character.
pub fn previous(buffer: &Buffer, at: usize) -> usize {
    let text = buffer.text();
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Word,
    Sign,
}

fn class(character: char) -> Class {
    if character.is_whitespace() {
        Class::Blank
    } else if character.is_alphanumeric() || character == '_' {
        Class::Word
    } else {
        Class::Sign
    }
}

/// Whether a character is part of a word.
pub fn is_word(character: char) -> bool {
    class(character) == Class::Word
}

/// The end of the word after `at`; never past the next line's first word.
pub fn next_word(buffer: &Buffer, at: usize) -> usize {
    let line = buffer.line_span(buffer.line_of(at));
    if at >= line.end {
        return next(buffer, at);
    }
    let rest = buffer.slice(Span::new(at, line.end));
    let blank = rest.find(|c| class(c) != Class::Blank).unwrap_or(rest.len());
    let word = rest.get(blank..).unwrap_or_default();
    let first = word.chars().next().map(class);
    at + blank + word.find(|c| Some(class(c)) != first).unwrap_or(word.len())
}

/// The start of the word before `at`; never past the previous line's end.
pub fn previous_word(buffer: &Buffer, at: usize) -> usize {
    let line = buffer.line_span(buffer.line_of(at));
    if at <= line.start {
        return previous(buffer, at);
    }
    let text = buffer.slice(Span::new(line.start, at)).trim_end_matches(|c| class(c) == Class::Blank);
    let last = text.chars().next_back().map(class);
    line.start + text.trim_end_matches(|c| Some(class(c)) == last).len()
}

/// The run of equal characters (word, signs or blanks) around `at`, as a double click selects it.
pub fn word_at(buffer: &Buffer, at: usize) -> Span {
    let line = buffer.line_span(buffer.line_of(at));
    let (before, after) = (buffer.slice(Span::new(line.start, at)), buffer.slice(Span::new(at, line.end)));
    let of_after = after.chars().next().map(class);
    let of_before = before.chars().next_back().map(class);
    let word = Some(Class::Word);
    let wanted = if of_after == word || (of_before != word && of_after.is_some()) { of_after } else { of_before };
    let start = before.trim_end_matches(|c| Some(class(c)) == wanted).len() + line.start;
    let end = at + after.find(|c| Some(class(c)) != wanted).unwrap_or(after.len());
    Span::new(start, end)
}

/// The column of `at` in characters, from 0.
pub fn column(buffer: &Buffer, at: usize) -> usize {
    let start = buffer.full_line_span(buffer.line_of(at)).start;
    buffer.slice(Span::new(start, at)).chars().count()
}

/// The position at `column` of `line`, or the line's end where it is shorter.
pub fn at_column(buffer: &Buffer, line: usize, column: usize) -> usize {
    let span = buffer.line_span(line);
    let text = buffer.slice(span);
    let offset = text.char_indices().nth(column).map_or(text.len(), |(offset, _)| offset);
    let boundary = text.grapheme_indices(true).map(|(start, _)| start).take_while(|start| *start <= offset).last();
    span.start + if offset == text.len() { offset } else { boundary.unwrap_or(0) }
}

/// The start of the line's text, or of the line where `at` stands there already.
pub fn smart_home(buffer: &Buffer, at: usize) -> usize {
    let line = buffer.line_span(buffer.line_of(at));
    let text = line.start + indentation(buffer.slice(line)).len();
    if at == text { line.start } else { text }
}

/// The blanks that `line` begins with.
pub fn indentation(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// The brackets of a pair: one beside the caret, and its partner, when both stand within reach.
pub fn matching_brackets(buffer: &Buffer, at: usize) -> Option<(usize, usize)> {
    const REACH: usize = 20_000;
    let bytes = buffer.text().as_bytes();
    let beside = [Some(at), at.checked_sub(1)].into_iter().flatten();
    let (place, bracket) = beside
        .filter_map(|place| bytes.get(place).map(|byte| (place, *byte)))
        .find(|(_, byte)| b"()[]{}".contains(byte))?;
    let (partner, forward) = match bracket {
        b'(' => (b')', true),
        b'[' => (b']', true),
        b'{' => (b'}', true),
        b')' => (b'(', false),
        b']' => (b'[', false),
        _ => (b'{', false),
    };
    let mut depth = 0_usize;
    let mut closes = |byte: u8| {
        if byte == bracket {
            depth += 1;
        } else if byte == partner {
            depth -= 1;
        }
        depth == 0
    };
    let found = if forward {
        let part = bytes.get(place..bytes.len().min(place + REACH))?;
        part.iter().position(|byte| closes(*byte)).map(|offset| place + offset)
    } else {
        let from = place.saturating_sub(REACH);
        let part = bytes.get(from..=place)?;
        part.iter().rposition(|byte| closes(*byte)).map(|offset| from + offset)
    }?;
    Some((place, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ending_and_a_composed_letter_are_one_step() {
        let buffer = Buffer::new("e\u{301}x\r\ny".into());
        assert_eq!(next(&buffer, 0), 3);
        assert_eq!(next(&buffer, 4), 6);
        assert_eq!(previous(&buffer, 6), 4);
        assert_eq!(previous(&buffer, 3), 0);
        assert_eq!(next(&buffer, 7), 7);
        assert_eq!(previous(&buffer, 0), 0);
    }

    #[test]
    fn words_end_at_signs_blanks_and_lines() {
        let buffer = Buffer::new("  path: /users\nx".into());
        let stops = |from: usize, step: fn(&Buffer, usize) -> usize| {
            std::iter::successors(Some(from), |at| Some(step(&buffer, *at))).skip(1).take(6).collect::<Vec<_>>()
        };
        assert_eq!(stops(0, next_word), [6, 7, 9, 14, 15, 16]);
        assert_eq!(stops(16, previous_word), [15, 14, 9, 8, 6, 2]);
        assert_eq!(word_at(&buffer, 4), Span::new(2, 6));
        assert_eq!(word_at(&buffer, 6), Span::new(2, 6));
    }

    #[test]
    fn home_goes_to_the_text_first_and_then_to_the_line() {
        let buffer = Buffer::new("  path".into());
        assert_eq!(smart_home(&buffer, 5), 2);
        assert_eq!(smart_home(&buffer, 2), 0);
        assert_eq!(smart_home(&buffer, 0), 2);
    }

    #[test]
    fn brackets_find_their_partner_in_both_directions() {
        let buffer = Buffer::new("[a, {b: [c]}]".into());
        assert_eq!(matching_brackets(&buffer, 0), Some((0, 12)));
        assert_eq!(matching_brackets(&buffer, 13), Some((12, 0)));
        assert_eq!(matching_brackets(&buffer, 4), Some((4, 11)));
        assert_eq!(matching_brackets(&buffer, 2), None);
    }
}
