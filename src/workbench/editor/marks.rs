//! Problems shown in the text: where they are underlined, what hovering them says.
//!
//! Checks run off the UI thread and answer late, so places move with the edits made in between.

use egui::{Color32, RichText, Ui};

use super::document::Change;
use crate::bundle::{Diagnostic, Severity, Span};
use crate::workbench::theme::{Tokens, size};

/// One problem in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The offending bytes; `None` where the whole file is meant.
    pub span: Option<Span>,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The check's stable code.
    pub code: Option<&'static str>,
    /// Which of the given marks it is.
    pub number: usize,
    /// What its fixes do, the likeliest first.
    pub fixes: Vec<String>,
    /// Ways to settle it, where it is an assumption.
    pub choices: Vec<String>,
}

impl From<&Diagnostic> for Mark {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            number: 0,
            fixes: diagnostic.fixes.iter().map(|fix| fix.title.clone()).collect(),
            choices: diagnostic.choices.iter().map(|choice| choice.title.clone()).collect(),
            span: diagnostic.span,
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            code: Some(diagnostic.code.as_str()),
        }
    }
}

impl Mark {
    /// A mark without a code, help or fix.
    pub fn plain(span: Option<Span>, severity: Severity, message: String) -> Self {
        let (fixes, choices) = (Vec::new(), Vec::new());
        Self { span, severity, message, help: None, code: None, number: 0, fixes, choices }
    }

    /// Where the mark's line is found: the start of its span, or of the file.
    pub fn start(&self) -> usize {
        self.span.map_or(0, |span| span.start)
    }

    /// Everything it says, as a text to copy.
    pub fn as_text(&self) -> String {
        let code = self.code.map(|code| format!("[{code}]")).unwrap_or_default();
        let help = self.help.as_deref().map(|help| format!("\n{help}")).unwrap_or_default();
        format!("{}{code}: {}{help}", self.severity.as_str(), self.message)
    }
}

/// The marks of a text.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    given: Vec<Mark>,
    placed: Vec<Mark>,
}

impl Marks {
    /// Takes the marks of the latest check. The same marks as last time keep the places they moved to.
    pub fn set(&mut self, marks: impl Iterator<Item = Mark>) {
        let given: Vec<_> = marks.enumerate().map(|(number, mark)| Mark { number, ..mark }).collect();
        if given != self.given {
            self.placed.clone_from(&given);
            self.placed.sort_by_key(Mark::start);
            self.given = given;
        }
    }

    /// Moves the marks along with an edit of the text.
    pub fn edited(&mut self, change: &Change) {
        for span in self.placed.iter_mut().filter_map(|mark| mark.span.as_mut()) {
            *span = Span::new(moved(span.start, change), moved(span.end, change));
        }
    }

    /// The marks in the order of their places.
    pub fn all(&self) -> &[Mark] {
        &self.placed
    }
}

fn moved(at: usize, change: &Change) -> usize {
    if at < change.span.start || (at == change.span.start && change.span.start < change.span.end) {
        at
    } else if at < change.span.end {
        change.span.start
    } else {
        at - (change.span.end - change.span.start) + change.inserted
    }
}

/// The colour of a severity.
pub fn colour(severity: Severity, tokens: &Tokens) -> Color32 {
    match severity {
        Severity::Error => tokens.bad,
        Severity::Warning => tokens.warn,
        Severity::Hint => tokens.accent,
    }
}

/// What a mark says, in a tooltip.
pub fn explain(ui: &mut Ui, mark: &Mark, tokens: &Tokens) {
    ui.label(RichText::new(&mark.message).color(tokens.text));
    if let Some(help) = &mark.help {
        ui.label(RichText::new(help).color(tokens.muted));
    }
    if let Some(code) = mark.code {
        let color = colour(mark.severity, tokens);
        ui.label(RichText::new(code).monospace().size(size::SMALL).color(color));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::editor::document::{Document, Selection};
    use crate::workbench::editor::history::Kind;

    fn mark(start: usize, end: usize) -> Mark {
        let span = Some(Span::new(start, end));
        Mark::plain(span, Severity::Error, "no".into())
    }

    #[test]
    fn marks_move_with_the_text_until_the_next_check_answers() {
        let mut document = Document::new("name: bad\nx: y\n".into());
        let mut marks = Marks::default();
        marks.set([mark(6, 9)].into_iter());
        document.edit(Kind::Command, Span::new(0, 0), "ab", Selection::caret(2));
        document.edit(Kind::Command, Span::new(11, 11), "z", Selection::caret(2));
        document.take_changes().iter().for_each(|change| marks.edited(change));
        marks.set([mark(6, 9)].into_iter());
        assert_eq!(marks.all().first().unwrap().span, Some(Span::new(8, 12)));
        marks.set([mark(8, 11)].into_iter());
        assert_eq!(marks.all().first().unwrap().span, Some(Span::new(8, 11)));
    }
}
