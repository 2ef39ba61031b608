//! What is wrong with a bundle: one type for the editor, the Problems panel, the terminal and reports.

use super::Span;

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
    /// A change of the file's text that mends it.
    pub fix: Option<Fix>,
}

/// A change that mends a problem: replaces one span of the diagnostic's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, as a button says it: `Change to createUser`.
    pub title: String,
    /// The bytes to replace.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// A check's stable name. [`Code::as_str`] is what people and tools see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The bundle's folder cannot be read.
    FolderUnreadable,
    /// There is no bundle.yaml.
    ManifestMissing,
}

impl Code {
    /// The stable code, such as `manifest-missing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FolderUnreadable => "folder-unreadable",
            Self::ManifestMissing => "manifest-missing",
        }
    }

    /// A paragraph that explains the check: what it means and how to mend it.
    pub fn explanation(self) -> &'static str {
        todo!()
    }
}
