//! Changes of texts: replaced stretches of one file, and of several files that belong together.
//!
//! Plain data. Whoever holds the texts applies them; nothing here touches a file.

use std::collections::BTreeMap;

use super::Span;

/// Replaces one stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The bytes to replace; empty where something is only inserted.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

impl TextEdit {
    /// Puts `replacement` in the place of `span`.
    pub fn new(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }

    /// Inserts `text` before the byte `at`.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(Span::new(at, at), text)
    }
}

/// `text` after all `edits`, or `None` where one of them does not lie within the text or two overlap.
pub fn apply(edits: &[TextEdit], text: &str) -> Option<String> {
    let mut ordered: Vec<&TextEdit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in ordered {
        out.push_str(text.get(at..edit.span.start)?);
        out.push_str(&edit.replacement);
        at = edit.span.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// Changes of a bundle's files that belong together, such as a rename.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleEdit {
    /// What it does, as a notice says it: `Rename user-service to accounts`.
    pub title: String,
    /// The edits of each file (relative to the bundle's root, with `/`), in terms of the texts before them.
    pub files: BTreeMap<String, Vec<TextEdit>>,
    /// Files that get another name, from and to, after their texts were changed.
    pub moves: Vec<(String, String)>,
}

impl BundleEdit {
    /// No changes yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds an edit of a file, unless the same is there already.
    pub fn push(&mut self, file: impl Into<String>, edit: TextEdit) {
        let edits = self.files.entry(file.into()).or_default();
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }

    /// How many stretches are replaced in all files.
    pub fn places(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_applied_in_terms_of_the_text_before_them() {
        let edits = [TextEdit::new(Span::new(4, 7), "you"), TextEdit::insert(0, "> "), TextEdit::insert(7, "!")];
        assert_eq!(apply(&edits, "for her").as_deref(), Some("> for you!"));
    }

    #[test]
    fn edits_that_overlap_or_lie_outside_are_refused() {
        let overlap = [TextEdit::new(Span::new(0, 3), ""), TextEdit::new(Span::new(2, 4), "")];
        assert_eq!(apply(&overlap, "abcdef"), None);
        assert_eq!(apply(&[TextEdit::insert(9, "x")], "abc"), None);
        assert_eq!(apply(&[TextEdit::insert(1, "x")], "ß"), None);
    }
}
