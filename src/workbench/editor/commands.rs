//! What keys do to the text: typing, new lines with indentation, comments, moving and copying lines.
//!
//! Each command is one undo step of the document. Nothing here knows of keys or of drawing.

use super::document::{Document, Selection};
use super::highlight::Language;
use super::history::Kind;
use super::motion;
use crate::bundle::Span;

/// One level of indentation, as YAML and JSON files of this platform have it.
const INDENT: &str = "  ";

/// Types `text` over the selection. A closing bracket on a blank line goes back one level.
pub fn type_text(document: &mut Document, text: &str) {
    let at = document.selection().span().start;
    let line = document.buffer().line_span(document.buffer().line_of(at));
    let before = document.buffer().slice(Span::new(line.start, at));
    if matches!(text, "}" | "]") && document.selection().is_empty() && before.ends_with(INDENT) && is_blank(before) {
        let span = Span::new(at - INDENT.len(), at);
        return document.edit(Kind::Command, span, text, Selection::caret(span.start + text.len()));
    }
    document.replace_selection(Kind::Typing, text);
}

/// Pastes `text` over the selection, with the document's own line endings.
pub fn paste(document: &mut Document, text: &str) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', document.buffer().line_ending());
    document.replace_selection(Kind::Command, &text);
}

/// Begins a new line, indented as its place asks for.
pub fn new_line(document: &mut Document, language: Language) {
    let (buffer, span) = (document.buffer(), document.selection().span());
    let line = buffer.line_span(buffer.line_of(span.start));
    let before = buffer.slice(Span::new(line.start, span.start));
    let after = buffer.slice(Span::new(span.end, buffer.line_span(buffer.line_of(span.end)).end)).trim_start();
    let outer = motion::indentation(before);
    let inner = new_line_indentation(before, language);
    let ending = buffer.line_ending();
    let opened = before.trim_end().ends_with(['[', '{']);
    let blanks = buffer.slice(Span::new(span.end, span.end + 200)).len()
        - buffer.slice(Span::new(span.end, span.end + 200)).trim_start_matches(' ').len();
    let mut replacement = format!("{ending}{inner}");
    let caret = Selection::caret(span.start + replacement.len());
    if opened && after.starts_with([']', '}']) {
        replacement += &format!("{ending}{outer}");
    }
    document.edit(Kind::Command, Span::new(span.start, span.end + blanks), &replacement, caret);
}

/// The indentation of a line that follows `before`.
fn new_line_indentation(before: &str, language: Language) -> String {
    let outer = motion::indentation(before);
    let text = before.get(outer.len()..).unwrap_or_default();
    let content = match text.find(" #") {
        Some(comment) if language == Language::Yaml => text.get(..comment).unwrap_or(text),
        _ => text,
    }
    .trim_end();
    let mut indentation = outer.to_owned();
    if language == Language::Yaml && !content.starts_with('#') {
        let mut item = content;
        while let Some(rest) = item.strip_prefix("- ") {
            if rest.contains(": ") || rest.ends_with(':') {
                indentation += INDENT;
            }
            item = rest.trim_start();
        }
        if content.ends_with([':', '|', '>']) || content.ends_with(": |-") || content.ends_with(": >-") {
            indentation += INDENT;
        }
    }
    if content.ends_with(['[', '{']) {
        indentation += INDENT;
    }
    indentation
}

/// Deletes the selection, or the character before the caret; blanks before a text go by levels.
pub fn delete_backward(document: &mut Document) {
    if !document.selection().is_empty() {
        return document.replace_selection(Kind::Command, "");
    }
    let (buffer, at) = (document.buffer(), document.selection().head);
    let line = buffer.line_span(buffer.line_of(at));
    let before = buffer.slice(Span::new(line.start, at));
    let from = if !before.is_empty() && before.bytes().all(|byte| byte == b' ') {
        at - ((before.len() - 1) % INDENT.len() + 1)
    } else {
        motion::previous(buffer, at)
    };
    delete_span(document, Span::new(from, at));
}

/// Deletes the selection, or the character after the caret.
pub fn delete_forward(document: &mut Document) {
    if !document.selection().is_empty() {
        return document.replace_selection(Kind::Command, "");
    }
    let at = document.selection().head;
    let to = motion::next(document.buffer(), at);
    delete_span(document, Span::new(at, to));
}

/// Deletes the selection, or what lies between the caret and where `motion` takes it.
pub fn delete_to(document: &mut Document, motion: impl FnOnce(&super::buffer::Buffer, usize) -> usize) {
    if !document.selection().is_empty() {
        return document.replace_selection(Kind::Command, "");
    }
    let at = document.selection().head;
    let to = motion(document.buffer(), at);
    let span = Span::new(at.min(to), at.max(to));
    document.edit(Kind::Command, span, "", Selection::caret(span.start));
}

fn delete_span(document: &mut Document, span: Span) {
    if span.start < span.end {
        document.edit(Kind::Deleting, span, "", Selection::caret(span.start));
    }
}

/// The selected text, or the caret's whole line where nothing is selected.
pub fn copied(document: &Document) -> String {
    if document.selection().is_empty() {
        let buffer = document.buffer();
        let line = buffer.full_line(buffer.line_of(document.selection().head));
        return if line.ends_with('\n') { line.to_owned() } else { format!("{line}{}", buffer.line_ending()) };
    }
    document.selected_text().to_owned()
}

/// Deletes what [`copied`] gave.
pub fn cut(document: &mut Document) {
    if document.selection().is_empty() {
        return delete_lines(document);
    }
    document.replace_selection(Kind::Command, "");
}

/// The first and last line that the selection touches. A selection that ends at the very start of
/// a line does not touch it.
fn selected_lines(document: &Document) -> (usize, usize) {
    let (buffer, span) = (document.buffer(), document.selection().span());
    let (first, last) = (buffer.line_of(span.start), buffer.line_of(span.end));
    let only_its_start = last > first && buffer.full_line_span(last).start == span.end;
    (first, if only_its_start { last - 1 } else { last })
}

/// Rewrites each selected line with `rewrite`, which gets the line's text without its line ending.
fn rewrite_lines(document: &mut Document, rewrite: impl Fn(&str) -> String) {
    let (first, last) = selected_lines(document);
    let buffer = document.buffer();
    let block = Span::new(buffer.line_span(first).start, buffer.line_span(last).end);
    let mut replacement = String::new();
    let (mut first_delta, mut total_delta) = (0_isize, 0_isize);
    for line in first..=last {
        let old = buffer.line(line);
        let new = rewrite(old);
        let delta = new.len() as isize - old.len() as isize;
        first_delta = if line == first { delta } else { first_delta };
        total_delta += delta;
        replacement += &new;
        if line < last {
            replacement += buffer.full_line(line).get(old.len()..).unwrap_or_default();
        }
    }
    let selection = document.selection();
    let moved = |at: usize| {
        let delta = if buffer.line_of(at) == first { first_delta } else { total_delta };
        at.saturating_add_signed(delta).max(block.start)
    };
    let after = Selection { anchor: moved(selection.anchor), head: moved(selection.head) };
    document.edit(Kind::Command, block, &replacement, after);
}

/// Tab: indents the selected lines, or inserts blanks up to the next level.
pub fn indent(document: &mut Document) {
    let (first, last) = selected_lines(document);
    if first != last {
        return rewrite_lines(document, |line| if line.is_empty() { String::new() } else { format!("{INDENT}{line}") });
    }
    let column = motion::column(document.buffer(), document.selection().span().start);
    let width = INDENT.len() - column % INDENT.len();
    document.replace_selection(Kind::Typing, INDENT.get(..width).unwrap_or(INDENT));
}

/// Shift+Tab: takes one level from the selected lines.
pub fn outdent(document: &mut Document) {
    rewrite_lines(document, |line| {
        let shorter = line.strip_prefix(INDENT).or_else(|| line.strip_prefix(' ')).or_else(|| line.strip_prefix('\t'));
        shorter.unwrap_or(line).to_owned()
    });
}

/// Makes comments of the selected lines, or takes the comment signs away where all have one.
/// JSON has no comments: nothing happens there.
pub fn toggle_comment(document: &mut Document, language: Language) {
    if language != Language::Yaml {
        return;
    }
    let (first, last) = selected_lines(document);
    let texts = (first..=last).map(|line| document.buffer().line(line)).filter(|line| !is_blank(line));
    let (mut all_comments, mut column) = (true, usize::MAX);
    for line in texts {
        all_comments &= line.trim_start().starts_with('#');
        column = column.min(motion::indentation(line).len());
    }
    rewrite_lines(document, |line| {
        if is_blank(line) {
            return line.to_owned();
        }
        let at = if all_comments { motion::indentation(line).len() } else { column };
        let (blanks, text) = line.split_at_checked(at).unwrap_or(("", line));
        if all_comments {
            let text = text.strip_prefix("# ").or_else(|| text.strip_prefix('#')).unwrap_or(text);
            format!("{blanks}{text}")
        } else {
            format!("{blanks}# {text}")
        }
    });
}

/// Moves the selected lines above the line before them, or below the line after them.
pub fn move_lines(document: &mut Document, down: bool) {
    let (first, last) = selected_lines(document);
    let buffer = document.buffer();
    if (down && last + 1 >= buffer.lines()) || (!down && first == 0) {
        return;
    }
    let (upper_first, lower_first) = if down { (first, last + 1) } else { (first - 1, first) };
    let lower_last = if down { last + 1 } else { last };
    let upper = Span::new(buffer.full_line_span(upper_first).start, buffer.line_span(lower_first - 1).end);
    let lower = Span::new(buffer.full_line_span(lower_first).start, buffer.line_span(lower_last).end);
    let between = buffer.slice(Span::new(upper.end, lower.start));
    let replacement = format!("{}{between}{}", buffer.slice(lower), buffer.slice(upper));
    let moved = |at: usize| {
        if down { at + (lower.end - upper.end) } else { at - (lower.start - upper.start).min(at) }
    };
    let selection = document.selection();
    let after = Selection { anchor: moved(selection.anchor), head: moved(selection.head) };
    document.edit(Kind::Command, Span::new(upper.start, lower.end), &replacement, after);
}

/// Copies the selected lines below themselves; the selection goes to the copy when `down`.
pub fn duplicate_lines(document: &mut Document, down: bool) {
    let (first, last) = selected_lines(document);
    let buffer = document.buffer();
    let block = Span::new(buffer.line_span(first).start, buffer.line_span(last).end);
    let copy = format!("{}{}", buffer.line_ending(), buffer.slice(block));
    let delta = if down { copy.len() } else { 0 };
    let selection = document.selection();
    let after = Selection { anchor: selection.anchor + delta, head: selection.head + delta };
    document.edit(Kind::Command, Span::new(block.end, block.end), &copy, after);
}

/// Deletes the selected lines with their line endings.
pub fn delete_lines(document: &mut Document) {
    let (first, last) = selected_lines(document);
    let buffer = document.buffer();
    let column = motion::column(buffer, document.selection().head);
    let (mut start, end) = (buffer.full_line_span(first).start, buffer.full_line_span(last).end);
    let is_last = last + 1 == buffer.lines();
    if is_last && first > 0 {
        start = buffer.line_span(first - 1).end;
    }
    document.edit(Kind::Command, Span::new(start, end), "", Selection::caret(start));
    let line = document.buffer().line_of(start);
    let caret = motion::at_column(document.buffer(), line, column);
    document.select(Selection::caret(caret));
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::editor::buffer::Buffer;
    use crate::workbench::editor::testing::Random;

    fn run(document: &mut Document, command: usize) {
        match command {
            0 => type_text(document, "}"),
            1 => type_text(document, "ß"),
            2 => paste(document, "a: 1\r\n  - b\r"),
            3 => new_line(document, Language::Yaml),
            4 => new_line(document, Language::Json),
            5 => delete_backward(document),
            6 => delete_forward(document),
            7 => delete_to(document, motion::next_word),
            8 => delete_to(document, motion::previous_word),
            9 => cut(document),
            10 => indent(document),
            11 => outdent(document),
            12 => toggle_comment(document, Language::Yaml),
            13 => move_lines(document, true),
            14 => move_lines(document, false),
            15 => duplicate_lines(document, true),
            16 => duplicate_lines(document, false),
            _ => delete_lines(document),
        }
    }

    #[test]
    fn any_command_anywhere_leaves_a_sound_document_and_can_be_undone() {
        let mut random = Random::new(5);
        for first in
            ["", "\r\n", "a: {x: [\n  - größe: 1\r\n\r\n    # c\n]}\n\nend", "e\u{301}\u{1f469}\u{200d}\u{1f469}\t\n"]
        {
            for _ in 0..60 {
                let mut document = Document::new(first.into());
                for _ in 0..40 {
                    let length = document.buffer().text().len() + 2;
                    document.select(Selection { anchor: random.below(length), head: random.below(length) });
                    run(&mut document, random.below(18));
                    let buffer = document.buffer();
                    let rebuilt = Buffer::new(buffer.text().to_owned());
                    assert_eq!(buffer.lines(), rebuilt.lines());
                    let selection = document.selection();
                    for end in [selection.anchor, selection.head] {
                        assert_eq!(buffer.snap(end), end);
                    }
                    assert!(copied(&document).len() <= buffer.text().len() + 2);
                }
                let last = document.buffer().text().to_owned();
                while document.undo() {}
                assert_eq!(document.buffer().text(), first);
                while document.redo() {}
                assert_eq!(document.buffer().text(), last);
            }
        }
    }

    #[test]
    fn moving_the_last_line_up_keeps_the_missing_line_ending() {
        let mut document = Document::new("a\r\nb".into());
        document.move_to(4, false);
        move_lines(&mut document, false);
        assert_eq!((document.buffer().text(), document.selection().head), ("b\r\na", 1));
    }

    #[test]
    fn an_item_that_opens_a_mapping_indents_the_next_line_under_its_key() {
        let cases = [
            ("- name: x", "  "),
            ("  - name:", "      "),
            ("- plain", ""),
            ("key: # note", "  "),
            ("text: |", "  "),
            ("# only: a comment:", ""),
            ("- - a: 1", "    "),
        ];
        for (before, expected) in cases {
            assert_eq!(new_line_indentation(before, Language::Yaml), expected, "{before}");
        }
    }
}
