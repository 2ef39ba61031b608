//! Words for syntax errors: what is wrong at which place, and what to do about it.

use granit_parser::{ErrorKind, ScanError};

use super::parse::Problem;
use super::quoted;
use crate::bundle::{Code, Fix, LineIndex, Span};

/// The byte at which the parser stopped.
pub(super) fn byte_of(text: &str, error: &ScanError) -> usize {
    let byte = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    (0..=byte).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The parser's error as a problem.
pub(super) fn explain(text: &str, index: &LineIndex, error: &ScanError) -> Problem {
    let at = byte_of(text, error);
    let (message, help) = wording(error.kind());
    let mut span = visible_span(text, index, at);
    let mut fix = None;
    if is_about_tabs(error.kind())
        && let Some((tabs, line)) = tabs_near(text, index, at)
    {
        span = tabs;
        let lead = index.line_span(text, line).map_or(tabs, |line| Span::new(line.start, tabs.end));
        fix = Some(Fix::new("Indent with spaces", lead, expected_indentation(text, index, line)));
    }
    if matches!(error.kind(), ErrorKind::InvalidBlockScalarHeader)
        && let Some(value) = value_behind_key(text, index, at)
    {
        span = value;
        let content = quoted(text.get(value.start..value.end).unwrap_or_default());
        fix = Some(Fix::new(format!("Change to {content}"), value, content));
    }
    Problem { code: Code::YamlSyntax, span, message, help: help.map(Into::into), fix }
}

/// A bracket that is still open where the parser stopped.
pub(super) fn unclosed(text: &str, bracket: Span) -> Problem {
    let (open, close) = if text.get(bracket.start..bracket.end) == Some("{") { ('{', '}') } else { ('[', ']') };
    Problem::new(Code::YamlSyntax, bracket, format!("this `{open}` is not closed"))
        .with_help(format!("add the `{close}`"))
}

/// serde_yaml's error as a problem, at its place.
pub(super) fn refused_by_serde(text: &str, error: &serde_yaml::Error) -> Problem {
    let index = LineIndex::new(text);
    let at = error.location().and_then(|place| {
        let line = index.line_span(text, place.line())?;
        let content = text.get(line.start..line.end)?;
        let column = content.char_indices().nth(place.column().saturating_sub(1)).map_or(content.len(), |(at, _)| at);
        Some(line.start + column)
    });
    let message = error.to_string();
    // The place is shown by the span; the library repeats it in its text.
    let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
    let span = visible_span(text, &index, at.unwrap_or(0));
    Problem::new(Code::YamlUnportable, span, format!("some readers of YAML refuse this: {message}"))
        .with_help("the specification allows it, common readers do not; write it in a simpler way")
}

/// How many bytes `at` stands behind the start of its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.len() - before.rfind('\n').map_or(0, |end| end + 1)
}

/// The first line within `span`, after its first one, that is indented with `column` spaces or fewer.
///
/// A line of closing brackets alone, and a comment, may stand anywhere: every reader takes them there.
pub(super) fn shallow_line(text: &str, span: Span, column: usize, is_flow: bool) -> Option<Span> {
    let mut at = span.start;
    let covered = text.get(span.start..span.end)?;
    for (number, line) in covered.split('\n').enumerate() {
        let (start, content) = (at, line.trim());
        at += line.len() + 1;
        let indentation = line.len() - line.trim_start_matches(' ').len();
        let is_free = is_flow && (content.starts_with('#') || content.chars().all(|c| "]},".contains(c)));
        if number > 0 && !content.is_empty() && !is_free && indentation <= column {
            let lead = line.len() - line.trim_start().len();
            return Some(Span::new(start + lead, start + lead + content.len()));
        }
    }
    None
}

/// `span` with the spaces behind it.
pub(super) fn with_space(text: &str, span: Span) -> Span {
    let rest = text.get(span.end..).unwrap_or_default();
    Span::new(span.start, span.end + rest.len() - rest.trim_start_matches(' ').len())
}

/// From `at` to the end of its line, or the line's last character where nothing follows.
fn visible_span(text: &str, index: &LineIndex, at: usize) -> Span {
    let line = index.position(text, at).line;
    let line = index.line_span(text, line).unwrap_or_default();
    let rest = text.get(at..line.end).unwrap_or_default();
    if !rest.trim().is_empty() {
        let lead = rest.len() - rest.trim_start().len();
        return Span::new(at + lead, at + rest.trim_end().len());
    }
    // The parser often stops behind the last character: step back to something that can be underlined.
    let before = text.get(..at).unwrap_or_default().trim_end();
    let start = before.char_indices().next_back().map_or(0, |(start, _)| start);
    Span::new(start, before.len())
}

fn is_about_tabs(kind: &ErrorKind) -> bool {
    use ErrorKind as K;
    matches!(
        kind,
        K::TabNotAllowed
            | K::TabInBlockIndentation
            | K::TabInIndentation
            | K::TabAtBlockScalarStart
            | K::TabInPlainScalar
    )
}

/// The tabs that indent the line of `at` or one beside it, and the number of that line.
fn tabs_near(text: &str, index: &LineIndex, at: usize) -> Option<(Span, usize)> {
    let line = index.position(text, at).line;
    [line, line + 1, line.saturating_sub(1)].into_iter().find_map(|line| {
        let span = index.line_span(text, line)?;
        let content = text.get(span.start..span.end)?;
        let lead = content.len() - content.trim_start_matches([' ', '\t']).len();
        let first = content.get(..lead)?.find('\t')?;
        Some((Span::new(span.start + first, span.start + lead), line))
    })
}

/// The spaces that put a line below the one before it: in its column, or deeper where that one opens something.
fn expected_indentation(text: &str, index: &LineIndex, line: usize) -> String {
    let before = (1..line).rev().find_map(|line| {
        let span = index.line_span(text, line)?;
        let content = text.get(span.start..span.end)?;
        (!content.trim().is_empty() && !content.trim_start().starts_with('#')).then_some(content)
    });
    let before = before.unwrap_or_default().trim_end();
    let column = before.len() - before.trim_start_matches([' ', '-']).len();
    " ".repeat(if before.ends_with(':') { column + 2 } else { column })
}

/// The value that begins with `>` or `|` in the line of `at`.
fn value_behind_key(text: &str, index: &LineIndex, at: usize) -> Option<Span> {
    let line = index.line_span(text, index.position(text, at).line)?;
    let content = text.get(line.start..line.end)?;
    let start = content.find([':', '-']).and_then(|after| Some(after + content.get(after..)?.find(['>', '|'])?))?;
    Some(Span::new(line.start + start, line.start + content.trim_end().len()))
}

/// What to say of an error; the parser's own words where they are clear.
fn wording(kind: &ErrorKind) -> (String, Option<&'static str>) {
    use ErrorKind as K;
    let (message, help): (&str, &'static str) = match kind {
        kind if is_about_tabs(kind) => ("a tab stands in the indentation", "YAML is indented with spaces only"),
        K::UnclosedQuotedScalar | K::DocumentIndicatorInQuotedScalar => {
            ("a quotation mark is not closed", "close it before the end of the value")
        }
        K::UnclosedFlowCollection { open } if *open == '[' => ("a `[` is not closed", "add the `]`"),
        K::UnclosedFlowCollection { .. } => ("a `{` is not closed", "add the `}`"),
        K::UnexpectedEofFlowSequence | K::ExpectedFlowSequenceSeparator => {
            ("expected `,` or `]` here", "entries of a [list] are parted by commas")
        }
        K::UnexpectedEofFlowMapping | K::UnexpectedEofImplicitFlowMapping | K::ExpectedFlowMappingSeparator => {
            ("expected `,` or `}` here", "entries of a {mapping} are parted by commas")
        }
        K::MappingValueNotAllowed | K::MappingKeyNotAllowed | K::InvalidColonPlacement => (
            "a key with a value is not allowed here",
            "put a text with `: ` inside in quotation marks, or check the indentation",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey => {
            ("expected a key, a colon and a value here", "check for a missing `:` and for the indentation")
        }
        K::ExpectedBlockMappingKey | K::InvalidIndentation => (
            "this line does not fit the lines around it",
            "keys of one mapping begin in the same column; check the indentation",
        ),
        K::ExpectedBlockSequenceEntry => {
            ("expected `- ` and an entry of the list here", "entries of one list begin in the same column")
        }
        K::BlockSequenceEntryNotAllowed => {
            ("a list is not allowed here", "begin the list on a line of its own below its key")
        }
        K::UnexpectedCharacter { character } if *character == '@' || *character == '`' => {
            ("a plain text cannot begin with this character", "put the text in quotation marks")
        }
        K::CommentNotSeparated => {
            ("a comment needs a space before its #", "add a space, or put a text with # in quotation marks")
        }
        K::UnknownQuotedScalarEscape => {
            ("unknown escape in a double-quoted text", "write \\\\ for a backslash, or use single quotation marks")
        }
        K::InvalidBlockScalarHeader => {
            ("a plain `>` or `|` begins a block of text on the next lines", "put the value in quotation marks")
        }
        K::RecursionLimitExceeded => ("this is nested too deep", "flatten it"),
        other => return (lower_first(&other.to_string()), None),
    };
    (message.into(), Some(help))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
