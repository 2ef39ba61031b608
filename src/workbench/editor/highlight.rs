//! Syntax highlighting of YAML and JSON, line by line: each line keeps the parser's state after it,
//! so that after an edit only the changed lines and those they affect are parsed again.
//!
//! Says what each stretch of text is, never its colour; [`colour`] maps that to the theme.

use std::sync::{Arc, LazyLock, Once};
use std::time::{Duration, Instant};

use egui::Color32;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::buffer::{Buffer, LineChange};
use crate::workbench::theme::Tokens;

/// A language the editor knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// Text without highlighting.
    Plain,
}

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// Anything without a meaning of its own.
    Plain,
    /// A mapping's key.
    Key,
    /// A string.
    String,
    /// A number.
    Number,
    /// True, false, null.
    Constant,
    /// A comment.
    Comment,
    /// Brackets, colons, dashes.
    Punctuation,
    /// Anchors, aliases and tags.
    Anchor,
}

/// The colour of a token.
pub fn colour(token: Token, tokens: &Tokens) -> Color32 {
    match token {
        Token::Plain => tokens.text,
        Token::Key => tokens.syntax_key,
        Token::String => tokens.syntax_string,
        Token::Number => tokens.syntax_number,
        Token::Constant => tokens.syntax_constant,
        Token::Comment => tokens.syntax_comment,
        Token::Punctuation => tokens.syntax_punctuation,
        Token::Anchor => tokens.syntax_anchor,
    }
}

/// A stretch of a line: so many bytes of one token. A line's runs cover it with its line ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Bytes.
    pub len: usize,
    /// What they are.
    pub token: Token,
}

/// Lines longer than this are not highlighted: a parser of regular expressions takes too long there.
const LONGEST_PARSED_LINE: usize = 4000;

struct Syntaxes {
    set: SyntaxSet,
    /// Scope prefixes and what they mean; of all that match a scope the first counts.
    meanings: Vec<(Scope, Token)>,
}

static SYNTAXES: LazyLock<Syntaxes> = LazyLock::new(|| {
    let meanings = [
        ("comment", Token::Comment),
        ("entity.name.tag", Token::Key),
        ("meta.structure.dictionary.key", Token::Key),
        ("string", Token::String),
        ("constant.numeric", Token::Number),
        ("constant.language", Token::Constant),
        ("constant.character", Token::String),
        ("entity.name.other.anchor", Token::Anchor),
        ("variable.other.alias", Token::Anchor),
        ("storage.type", Token::Anchor),
        ("punctuation.definition.anchor", Token::Anchor),
        ("punctuation.definition.alias", Token::Anchor),
        ("punctuation", Token::Punctuation),
        ("keyword", Token::Punctuation),
    ];
    let meanings = meanings.into_iter().filter_map(|(name, token)| Some((Scope::new(name).ok()?, token)));
    Syntaxes { set: SyntaxSet::load_defaults_newlines(), meanings: meanings.collect() }
});

/// Loads the syntaxes and compiles their regular expressions, which takes a while: call it once on
/// a worker thread when the program starts, and the first editor opens at once.
pub fn preload() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        for (language, sample) in [
            (Language::Yaml, "# c\na: &b {c: [1, 2.5, \"d\", 'e', true, null]}\nf: |\n  g\n- *b\n- !!str h # i\n"),
            (Language::Json, "{\"a\": [1, -2.5e3, true, null, \"b\\n\"]}\n"),
        ] {
            let mut state = State::initial(language);
            for line in sample.split_inclusive('\n') {
                state = parse(line, &state).1.unwrap_or(state);
            }
        }
    });
}

#[derive(Clone, Debug, PartialEq)]
struct State {
    parse: ParseState,
    scopes: ScopeStack,
}

#[derive(Clone, Debug)]
struct Line {
    runs: Vec<Run>,
    after: Arc<State>,
}

/// The tokens of a buffer's lines, kept up to date by telling it of every edit.
#[derive(Clone, Debug)]
pub struct Highlighter {
    language: Language,
    initial: Option<Arc<State>>,
    lines: Vec<Option<Line>>,
    /// The first line to parse, and the line up to which parsing must go even if states agree.
    dirty: Option<(usize, usize)>,
    parsed: usize,
}

impl Highlighter {
    /// A highlighter for a buffer of `lines` lines, none of them parsed yet.
    pub fn new(language: Language, lines: usize) -> Self {
        let dirty = (language != Language::Plain).then_some((0, lines));
        Self { language, initial: None, lines: vec![None; lines], dirty, parsed: 0 }
    }

    /// Notes that an edit changed lines.
    pub fn edited(&mut self, change: LineChange) {
        let end = (change.first + change.removed).min(self.lines.len());
        let first = change.first.min(end);
        self.lines.splice(first..end, std::iter::repeat_n(None, change.inserted));
        if self.language == Language::Plain {
            return;
        }
        let shift = |line: usize| {
            if line >= change.first + change.removed { line - change.removed + change.inserted } else { line }
        };
        let end = change.first + change.inserted;
        self.dirty = Some(match self.dirty {
            // The line where parsing stopped must be parsed even if states agree before it.
            Some((from, to)) => (shift(from).min(change.first), shift(to.max(from + 1)).max(end)),
            None => (change.first, end),
        });
    }

    /// Parses what is to be parsed up to `until_line`: a screenful, and more while `budget` lasts.
    /// Says whether lines before `until_line` remain to be parsed.
    pub fn update(&mut self, buffer: &Buffer, until_line: usize, budget: Duration) -> bool {
        const SCREENFUL: usize = 100;
        if self.dirty.is_none() {
            return false;
        }
        preload();
        let (began, parsed_before) = (Instant::now(), self.parsed);
        while let Some((from, to)) = self.dirty {
            if from >= self.lines.len() {
                self.dirty = None;
            } else if from >= until_line {
                return false;
            } else if began.elapsed() > budget && self.parsed - parsed_before >= SCREENFUL {
                return true;
            } else {
                let agrees = self.parse_line(buffer, from);
                self.dirty = if agrees && from + 1 >= to { None } else { Some((from + 1, to)) };
            }
        }
        false
    }

    /// Parses everything, however long it takes.
    #[cfg(test)]
    pub fn parse_all(&mut self, buffer: &Buffer) {
        self.update(buffer, usize::MAX, Duration::MAX);
    }

    /// What is known of `line`; empty where it has not been parsed.
    pub fn runs(&self, line: usize) -> &[Run] {
        self.lines.get(line).and_then(Option::as_ref).map_or(&[], |line| line.runs.as_slice())
    }

    /// Parses one line and says whether the state after it is what it was before.
    fn parse_line(&mut self, buffer: &Buffer, line: usize) -> bool {
        let before = self.state_before(line);
        let text = buffer.full_line(line);
        let old = self.lines.get_mut(line).and_then(Option::take);
        let (runs, state) = if text.len() > LONGEST_PARSED_LINE {
            (vec![Run { len: text.len(), token: Token::Plain }], None)
        } else {
            parse(text, &before)
        };
        let after = match state {
            Some(state) if state != *before => Arc::new(state),
            _ => before,
        };
        let agrees = old.is_some_and(|old| old.after == after);
        if let Some(slot) = self.lines.get_mut(line) {
            *slot = Some(Line { runs, after });
        }
        self.parsed += 1;
        agrees
    }

    fn state_before(&mut self, line: usize) -> Arc<State> {
        let previous = line.checked_sub(1).and_then(|line| self.lines.get(line)?.as_ref());
        if let Some(previous) = previous {
            return previous.after.clone();
        }
        self.initial.get_or_insert_with(|| Arc::new(State::initial(self.language))).clone()
    }
}

impl State {
    fn initial(language: Language) -> Self {
        let set = &SYNTAXES.set;
        let name = match language {
            Language::Yaml => "YAML",
            Language::Json => "JSON",
            Language::Plain => "Plain Text",
        };
        let syntax = set.find_syntax_by_name(name).unwrap_or_else(|| set.find_syntax_plain_text());
        Self { parse: ParseState::new(syntax), scopes: ScopeStack::new() }
    }
}

/// The runs of one line and the state after it; no state where the parser gives up on the line.
fn parse(text: &str, before: &State) -> (Vec<Run>, Option<State>) {
    let mut state = before.clone();
    let mut runs = Vec::new();
    let Ok(operations) = state.parse.parse_line(text, &SYNTAXES.set) else {
        return (vec![Run { len: text.len(), token: Token::Plain }], None);
    };
    let mut at = 0;
    for (start, operation) in &operations {
        push_run(&mut runs, text.get(at..*start).unwrap_or_default(), &state.scopes);
        at = at.max(*start);
        if state.scopes.apply(operation).is_err() {
            break;
        }
    }
    push_run(&mut runs, text.get(at..).unwrap_or_default(), &state.scopes);
    name_keys(text, &mut runs);
    (runs, Some(state))
}

/// Whatever stands before a colon is a key, also where the syntax takes it for a number or a constant.
fn name_keys(text: &str, runs: &mut [Run]) {
    let mut end = 0;
    let mut before: Option<&mut Run> = None;
    for run in runs {
        let is_colon = run.token == Token::Punctuation && text.get(end..).is_some_and(|rest| rest.starts_with(':'));
        if let Some(key) = before.filter(|_| is_colon)
            && matches!(key.token, Token::String | Token::Number | Token::Constant)
        {
            key.token = Token::Key;
        }
        end += run.len;
        before = Some(run);
    }
}

fn push_run(runs: &mut Vec<Run>, piece: &str, scopes: &ScopeStack) {
    if piece.is_empty() {
        return;
    }
    let token = match token(scopes.as_slice()) {
        // The syntax follows YAML 1.1, where `on` and `y` are true; the platform reads YAML 1.2.
        Token::Constant if matches!(piece.to_ascii_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off") => {
            Token::String
        }
        token => token,
    };
    match runs.last_mut() {
        Some(last) if last.token == token => last.len += piece.len(),
        _ => runs.push(Run { len: piece.len(), token }),
    }
}

/// The meaning of the innermost scope that has one. The signs that begin comments, strings and
/// keys belong to them.
fn token(scopes: &[Scope]) -> Token {
    let meaning = |scope: &Scope| SYNTAXES.meanings.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope));
    let mut tokens = scopes.iter().rev().filter_map(|scope| Some(meaning(scope)?.1));
    let innermost = tokens.next().unwrap_or(Token::Plain);
    let outer = |wanted: &[Token]| tokens.clone().find(|token| wanted.contains(token));
    match innermost {
        Token::Punctuation => outer(&[Token::Comment, Token::String]).map_or(innermost, |found| {
            if found == Token::String { outer(&[Token::Key]).unwrap_or(found) } else { found }
        }),
        Token::String | Token::Constant | Token::Number => outer(&[Token::Key]).unwrap_or(innermost),
        _ => innermost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Span;
    use crate::workbench::editor::testing::Random;

    fn tokens(language: Language, text: &str) -> Vec<(String, Token)> {
        let buffer = Buffer::new(text.into());
        let mut highlighter = Highlighter::new(language, buffer.lines());
        highlighter.parse_all(&buffer);
        let mut found = Vec::new();
        for line in 0..buffer.lines() {
            let mut at = buffer.full_line_span(line).start;
            for run in highlighter.runs(line) {
                let piece = buffer.slice(Span::new(at, at + run.len)).trim();
                if !piece.is_empty() {
                    found.push((piece.to_owned(), run.token));
                }
                at += run.len;
            }
        }
        found
    }

    #[track_caller]
    fn assert_tokens(language: Language, text: &str, expected: &[(&str, Token)]) {
        let found = tokens(language, text);
        let found: Vec<_> = found.iter().map(|(piece, token)| (piece.as_str(), *token)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn yaml_tokens_are_told_apart() {
        use Token::{Anchor, Comment, Constant, Key, Number, Punctuation, String};
        let text = "# note\nname: \"a b\"\nport: 80 # why\non: true\n- &x y\n- *x\n";
        assert_tokens(
            Language::Yaml,
            text,
            &[
                ("# note", Comment),
                ("name", Key),
                (":", Punctuation),
                ("\"a b\"", String),
                ("port", Key),
                (":", Punctuation),
                ("80", Number),
                ("# why", Comment),
                ("on", Key),
                (":", Punctuation),
                ("true", Constant),
                ("-", Punctuation),
                ("&x", Anchor),
                ("y", String),
                ("-", Punctuation),
                ("*x", Anchor),
            ],
        );
    }

    #[test]
    fn json_tokens_are_told_apart() {
        use Token::{Constant, Key, Number, Punctuation, String};
        assert_tokens(
            Language::Json,
            "{\"a\": [\"b\\n\", -1.5, null]}",
            &[
                ("{", Punctuation),
                ("\"a\"", Key),
                (":", Punctuation),
                ("[", Punctuation),
                ("\"b\\n\"", String),
                (",", Punctuation),
                ("-1.5", Number),
                (",", Punctuation),
                ("null", Constant),
                ("]}", Punctuation),
            ],
        );
    }

    #[test]
    fn incremental_highlighting_equals_full_highlighting_after_random_edits() {
        let mut random = Random::new(3);
        let mut buffer = Buffer::new("a: 1\nb: |\n  text\nc: \"x\n  y\"\nd: [1, {e: 2}]\n".repeat(20));
        let mut highlighter = Highlighter::new(Language::Yaml, buffer.lines());
        for turn in 0..400 {
            let start = random.below(buffer.text().len() + 1);
            let span = Span::new(start, start + random.below(9) * random.below(2));
            let piece = ["", "\"", "x", "\n", "# ", "[", "- k: |\n", "\n\n"][random.below(8)];
            highlighter.edited(buffer.replace(span, piece));
            if turn % 3 == 0 {
                highlighter.update(&buffer, random.below(buffer.lines()), Duration::MAX);
            }
            if turn % 5 == 0 {
                highlighter.parse_all(&buffer);
                let mut fresh = Highlighter::new(Language::Yaml, buffer.lines());
                fresh.parse_all(&buffer);
                for line in 0..buffer.lines() {
                    assert_eq!(highlighter.runs(line), fresh.runs(line), "line {line}: {:?}", buffer.line(line));
                }
            }
        }
    }

    #[test]
    fn a_keystroke_parses_only_its_line_again() {
        let mut buffer = Buffer::new("key: value # note\n".repeat(5000));
        let mut highlighter = Highlighter::new(Language::Yaml, buffer.lines());
        highlighter.parse_all(&buffer);
        let parsed = highlighter.parsed;
        let change = buffer.replace(Span::new(18 * 2500 + 7, 18 * 2500 + 7), "x");
        highlighter.edited(change);
        highlighter.parse_all(&buffer);
        assert!(highlighter.parsed - parsed <= 2, "{}", highlighter.parsed - parsed);
    }
}
