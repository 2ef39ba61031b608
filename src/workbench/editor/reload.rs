//! Taking over another version of a text with as small a change as whole lines allow, so that the caret
//! stays with its text and undo brings the old version back.

use super::buffer::Buffer;
use super::{diff, motion};
use crate::bundle::Span;

/// The lines of `old` that differ from `new`, and what stands in their place there.
pub fn changed_lines<'a>(old: &str, new: &'a str) -> (Span, &'a str) {
    let same = old.split_inclusive('\n').zip(new.split_inclusive('\n')).take_while(|(a, b)| a == b);
    let start: usize = same.map(|(line, _)| line.len()).sum();
    let (old_rest, new_rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let same = old_rest.split_inclusive('\n').rev().zip(new_rest.split_inclusive('\n').rev());
    let end: usize = same.take_while(|(a, b)| a == b).map(|(line, _)| line.len()).sum();
    let replacement = new_rest.get(..new_rest.len() - end).unwrap_or_default();
    (Span::new(start, old.len() - end), replacement)
}

/// Where the position `at` of `old` is in `new`, which differs from it by `replacement` in the place of `span`.
pub fn moved(old: &Buffer, new: &str, span: Span, replacement: &str, at: usize) -> usize {
    if at < span.start || span.start == span.end && at == span.start {
        at
    } else if at >= span.end {
        at - (span.end - span.start) + replacement.len()
    } else {
        let new = Buffer::new(new.to_owned());
        let line = diff::line_after(old, &new, old.line_of(at));
        motion::at_column(&new, line, motion::column(old, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::editor::Editor;
    use crate::workbench::editor::testing::Random;

    fn caret_after(old: &str, caret: usize, new: &str) -> (usize, usize) {
        let mut editor = Editor::new(old.into());
        editor.reveal(Span::new(caret, caret));
        editor.reload(new);
        assert_eq!(editor.text(), new);
        editor.cursor()
    }

    #[test]
    fn the_caret_stays_with_its_line() {
        let old = "a: 1\nb: 2\nc: 3\n";
        assert_eq!(caret_after(old, 12, "new\na: 1\nb: 2\nc: 3\n"), (4, 3), "a line came before it");
        assert_eq!(caret_after(old, 12, "a: 7\nb: 2\nc: 3\nd: 4\n"), (3, 3), "lines changed around it");
        assert_eq!(caret_after(old, 12, "a: 1\n"), (2, 1), "its line went");
        assert_eq!(caret_after(old, 2, "a: 1\nz\n"), (1, 3), "lines changed behind it");
    }

    #[test]
    fn a_reload_can_be_undone_and_keeps_what_was_done_before() {
        let mut editor = Editor::new("one\r\n".into());
        editor.apply_edit(Span::new(0, 3), "two");
        editor.reload("three\r\nfour\r\n");
        assert!(editor.undo());
        assert_eq!(editor.text(), "two\r\n");
        assert!(editor.undo());
        assert_eq!(editor.text(), "one\r\n");
        assert!(editor.redo() && editor.redo());
        assert_eq!(editor.text(), "three\r\nfour\r\n");
    }

    #[test]
    fn any_text_becomes_any_other() {
        let mut random = Random::new(23);
        let pieces = ["a", "\n", "\r\n", "ü", "- b: 1\n", "\r", "  \n"];
        for _ in 0..500 {
            let mut text = || (0..random.below(12)).map(|_| pieces[random.below(pieces.len())]).collect::<String>();
            let (old, new) = (text(), text());
            let at = random.below(old.len() + 1);
            let _ = caret_after(&old, at, &new);
        }
    }
}
