//! What is wrong with a bundle: one type for the editor, the Problems panel, the terminal and reports.

use super::{Code, Source, Span, TextEdit, edit};

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The bundle would not work: blocks an export.
    Error,
    /// Likely a mistake: does not block an export.
    Warning,
    /// Worth knowing.
    Hint,
}

/// One problem at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which check found it.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// The file, relative to the bundle's root, with `/`. Empty: the bundle's folder itself.
    pub file: String,
    /// The offending bytes of the file's text; `None` where the whole file is meant.
    pub span: Option<Span>,
    /// Line and column of the span's start, counted from 1.
    pub position: Option<super::Position>,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Changes of the file's text that mend it, the likeliest first. One of them is enough.
    pub fixes: Vec<Fix>,
    /// Ways to settle it that are noted in the bundle's settings. The first one keeps what is assumed.
    pub choices: Vec<Choice>,
}

/// A way to settle what a module does not tell, noted in the bundle's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it means, as a button says it.
    pub title: String,
    /// The service whose module it is about.
    pub service: String,
    /// The module's function.
    pub function: String,
    /// The word that is noted.
    pub word: String,
}

/// A change of the diagnostic's file that mends the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, as a button says it: `Change to createUser`.
    pub title: String,
    /// What changes, in terms of the text that was checked. At least one edit; they do not overlap.
    pub edits: Vec<TextEdit>,
}

impl Severity {
    /// The severity as people and tools read it: `error`, `warning` or `hint`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

impl Diagnostic {
    /// A problem of a whole file (or of the folder, where `file` is empty), with the code's own severity.
    pub fn new(code: Code, file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            file: file.into(),
            span: None,
            position: None,
            message: message.into(),
            help: None,
            fixes: Vec::new(),
            choices: Vec::new(),
        }
    }

    /// A problem at one place of a file's text.
    pub fn at(code: Code, source: &Source, span: Span, message: impl Into<String>) -> Self {
        let mut diagnostic = Self::new(code, source.file.as_str(), message);
        diagnostic.span = Some(span);
        diagnostic.position = Some(source.position(span.start));
        diagnostic
    }

    /// The same problem with another weight.
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same problem with advice.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same problem with a change, or one more change, that mends it.
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }
}

impl Fix {
    /// A change titled `title` that puts `replacement` in the place of `span`.
    pub fn new(title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        Self { title: title.into(), edits: vec![TextEdit::new(span, replacement)] }
    }

    /// `text` after the change, or `None` where the change does not lie within it.
    pub fn apply(&self, text: &str) -> Option<String> {
        edit::apply(&self.edits, text)
    }
}

/// Sorted by file (the folder and the manifest first) and place, each problem once.
pub fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let rank = |file: &str| match file {
        "" => 0,
        super::manifest::FILE => 1,
        _ => 2,
    };
    diagnostics.sort_by(|a, b| {
        let place = |d: &Diagnostic| (rank(&d.file), d.span.map(|span| span.start));
        place(a)
            .0
            .cmp(&place(b).0)
            .then_with(|| a.file.cmp(&b.file))
            .then_with(|| place(a).1.cmp(&place(b).1))
            .then_with(|| a.severity.cmp(&b.severity))
            .then_with(|| a.code.cmp(&b.code))
            .then_with(|| a.message.cmp(&b.message))
    });
    diagnostics.dedup();
    diagnostics
}
