//! Reads a whole text: the tree, what is wrong with it, and as much as possible after a syntax error.

use granit_parser::{Parser, ScanError};

use super::build::Builder;
use super::{Node, syntax};
use crate::bundle::{Code, Fix, LineIndex, Span};

/// How many broken lines are set aside at most to read on behind them.
const MAX_SET_ASIDE: usize = 6;
/// Longest text that is read again after a syntax error.
const MAX_RETRIED: usize = 256 * 1024;

/// A YAML text as far as it could be read.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The value of the first document; `None` where there is none.
    pub root: Option<Node>,
    /// Whether the whole text was understood: only then does the absence of something mean anything.
    pub complete: bool,
    /// What is wrong with the text as YAML.
    pub problems: Vec<Problem>,
}

/// Something wrong with a text as YAML.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which kind.
    pub code: Code,
    /// The offending bytes.
    pub span: Span,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

impl Problem {
    pub(super) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: None, fix: None }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Reads `text`. Never fails: what cannot be read becomes a problem.
pub fn parse(text: &str) -> Document {
    let first = pass(text);
    let Some(error) = first.error else {
        return judged(text, first);
    };
    let index = LineIndex::new(text);
    let problem = match first.unclosed {
        Some(bracket)
            if index.position(text, bracket.start).line < index.position(text, syntax::byte_of(text, &error)).line =>
        {
            syntax::unclosed(text, bracket)
        }
        _ => syntax::explain(text, &index, &error),
    };
    let further = if text.len() <= MAX_RETRIED { read_on(text, &index, &error) } else { None };
    let root = further.map_or(first.root, |pass| pass.root);
    // Behind the error the structure is a guess: only what was found before it is certain.
    let mut problems = first.problems;
    problems.push(problem);
    Document { root, complete: false, problems }
}

struct Pass {
    root: Option<Node>,
    problems: Vec<Problem>,
    error: Option<ScanError>,
    cut_short: bool,
    /// The bracket of the innermost flow collection that was open at the error.
    unclosed: Option<Span>,
}

/// One run of the parser up to the end or the first error.
fn pass(text: &str) -> Pass {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        simple_key_max_lookahead: 4096,
    };
    let mut builder = Builder::new(text);
    let mut error = None;
    let mut cut_short = false;
    let mut end = text.len();
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => {
                if !builder.event(event, &span) {
                    cut_short = true;
                    break;
                }
            }
            Err(scan_error) => {
                end = syntax::byte_of(text, &scan_error);
                error = Some(scan_error);
                break;
            }
        }
    }
    let unclosed = builder.innermost_flow();
    builder.close_all(end);
    Pass { unclosed, root: builder.root, problems: builder.problems, error, cut_short }
}

/// A text without a syntax error is also put before serde_yaml: what another reader refuses is no portable
/// YAML, though it may be right.
fn judged(text: &str, pass: Pass) -> Document {
    let mut problems = pass.problems;
    if problems.is_empty()
        && pass.root.is_some()
        && let Err(error) = serde_yaml::from_str::<serde_yaml::Value>(text.trim_start_matches('\u{feff}'))
    {
        problems.push(syntax::refused_by_serde(text, &error));
    }
    Document { root: pass.root, complete: !pass.cut_short, problems }
}

/// Blanks the broken line (or the one before it) and reads again, as long as that leads further.
///
/// Blanks are as long as what they replace, so that all spans still fit the original text.
fn read_on(text: &str, index: &LineIndex, error: &ScanError) -> Option<Pass> {
    let mut patched = text.to_owned();
    let mut at = syntax::byte_of(text, error);
    let mut reached = None;
    for _ in 0..MAX_SET_ASIDE {
        let line = index.position(text, at).line;
        let attempt = [line, line.saturating_sub(1)].into_iter().find_map(|line| {
            let candidate = without_line(&patched, index.line_span(text, line)?)?;
            let pass = pass(&candidate);
            let further = pass.error.as_ref().is_none_or(|error| syntax::byte_of(text, error) > at);
            further.then_some((candidate, pass))
        });
        let Some((candidate, pass)) = attempt else { break };
        patched = candidate;
        let next = pass.error.as_ref().map(|error| syntax::byte_of(text, error));
        reached = Some(pass);
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    reached
}

fn without_line(text: &str, line: Span) -> Option<String> {
    let (before, content, after) = (text.get(..line.start)?, text.get(line.start..line.end)?, text.get(line.end..)?);
    if content.trim().is_empty() {
        return None;
    }
    Some(format!("{before}{}{after}", " ".repeat(content.len())))
}
