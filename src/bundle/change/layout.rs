//! How a text is laid out: its lines, line endings, indentation, and the habits of its lists.

use super::fields::List;
use crate::bundle::yaml::{Entry, Kind, Mapping, Node};
use crate::bundle::{LineIndex, Span};

/// A text with its lines and habits.
pub(super) struct Layout<'a> {
    pub text: &'a str,
    /// The line ending.
    pub newline: &'static str,
    index: LineIndex,
    /// How many columns the dash of an entry stands behind the key of its list.
    pub dash: usize,
    /// How many columns a mapping's keys stand behind the key that holds it.
    pub step: usize,
    /// Whether an empty line parts entries of several fields.
    spaced: bool,
}

/// How an entry of a list is set in its lines.
pub(super) struct Block {
    /// The column of its dash.
    pub column: usize,
    /// From the first of its own comments to the end of its last line, without the line ending.
    pub span: Span,
}

impl<'a> Layout<'a> {
    pub(super) fn new(text: &'a str, index: LineIndex, root: &Node) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut layout = Self { text, newline, index, dash: 2, step: 2, spaced: true };
        let Some(root) = root.as_mapping() else { return layout };
        let api = root.get("api").and_then(|api| Some((api, api.value.as_mapping()?)));
        if let Some((api, mapping)) = api
            && let Some(first) = mapping.own_entries().first()
            && !layout.is_flow(&api.value)
        {
            layout.step = layout.column(first.key_span.start).saturating_sub(layout.column(api.key_span.start)).max(1);
        }
        let lists = [List::Endpoints, List::Intents, List::Goals, List::Services].into_iter();
        let lists = lists.filter_map(|list| match list {
            List::Endpoints => api.and_then(|(_, mapping)| mapping.get(list.key())),
            _ => root.get(list.key()),
        });
        let (mut dash, mut spaced) = (None, None);
        for entry in lists {
            let Kind::Sequence(items) = &entry.value.kind else { continue };
            let blocks: Vec<Block> = items.iter().filter_map(|item| layout.block(item)).collect();
            let offset = |block: &Block| block.column.checked_sub(layout.column(entry.key_span.start));
            dash = dash.or_else(|| blocks.first().and_then(offset));
            spaced = spaced.or_else(|| layout.is_spaced(&blocks));
        }
        layout.dash = dash.unwrap_or(layout.step);
        layout.spaced = spaced.unwrap_or(true);
        layout
    }

    /// Whether an empty line stands between the entries of a list; `None` where it has no two of them.
    fn is_spaced(&self, blocks: &[Block]) -> Option<bool> {
        let [.., before, last] = blocks else { return None };
        let between = self.text.get(before.span.end..last.span.start)?;
        Some(between.matches('\n').count() > 1)
    }

    /// Whether an empty line belongs before another entry of this list.
    pub(super) fn spaces(&self, list: List, blocks: &[Block]) -> bool {
        self.is_spaced(blocks).unwrap_or(self.spaced && list != List::Services)
    }

    /// The number of the line that holds `byte`, counted from 1.
    fn line_of(&self, byte: usize) -> usize {
        self.index.position(self.text, byte).line
    }

    fn line_span(&self, line: usize) -> Span {
        self.index.line_span(self.text, line).unwrap_or_default()
    }

    fn line(&self, line: usize) -> &'a str {
        self.slice(self.line_span(line))
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The end of the line that holds `byte`, before its line ending.
    pub(super) fn line_end(&self, byte: usize) -> usize {
        self.line_span(self.line_of(byte)).end
    }

    /// The start of the line that holds `byte`.
    pub(super) fn line_start(&self, byte: usize) -> usize {
        self.line_span(self.line_of(byte)).start
    }

    /// The start of the line after the one that holds `byte`, or the end of the text.
    pub(super) fn next_line(&self, byte: usize) -> usize {
        let end = self.line_end(byte);
        let rest = self.text.get(end..).unwrap_or_default();
        end + rest.find('\n').map_or(rest.len(), |at| at + 1)
    }

    /// How many characters stand before `byte` in its line; a byte order mark is none.
    pub(super) fn column(&self, byte: usize) -> usize {
        self.before(byte).trim_start_matches('\u{feff}').chars().count()
    }

    /// What stands before `byte` in its line.
    pub(super) fn before(&self, byte: usize) -> &'a str {
        self.slice(Span::new(self.line_start(byte), byte))
    }

    /// Whether a collection is written with brackets.
    pub(super) fn is_flow(&self, node: &Node) -> bool {
        let opening = match &node.kind {
            Kind::Mapping(_) => '{',
            Kind::Sequence(_) => '[',
            Kind::Scalar(_) => return false,
        };
        let text = self.slice(node.span);
        // A list whose dashes stand below its key begins, to the parser, with its first entry.
        let begins_with_item = match &node.kind {
            Kind::Sequence(items) => items.first().is_some_and(|item| item.span.start == node.span.start),
            _ => false,
        };
        text.starts_with(opening) && !begins_with_item
    }

    /// The byte after the colon of an entry.
    pub(super) fn after_colon(&self, entry: &Entry) -> Option<usize> {
        let rest = self.text.get(entry.key_span.end..)?;
        let colon = rest.find(|c: char| !c.is_whitespace())?;
        rest.get(colon..)?.starts_with(':').then_some(entry.key_span.end + colon + 1)
    }

    /// The last byte of an entry's value, or of its colon where it has none.
    pub(super) fn end_of(&self, entry: &Entry) -> usize {
        let span = entry.value.span;
        let end = span.start + self.slice(span).trim_end().len();
        end.max(self.after_colon(entry).unwrap_or(entry.key_span.end))
    }

    /// The column of a mapping's keys, where it is written with one key a line.
    pub(super) fn key_column(&self, mapping: &Mapping) -> Option<usize> {
        Some(self.column(mapping.own_entries().first()?.key_span.start))
    }

    /// How an entry of a list stands in its lines; `None` where it shares them with something else.
    pub(super) fn block(&self, item: &Node) -> Option<Block> {
        let mut line = self.line_of(item.span.start);
        let mut lead = self.before(item.span.start);
        // The dash may stand on a line of its own, above comments.
        while lead.trim().is_empty() || lead.trim_start().starts_with('#') {
            line = line.checked_sub(1).filter(|line| *line > 0)?;
            lead = self.line(line);
        }
        let dash_at = lead.trim_start_matches('\u{feff}').find(|c: char| c != ' ')?;
        let rest = lead.trim_start_matches('\u{feff}').get(dash_at..)?.strip_prefix('-')?;
        if !(rest.trim().is_empty() || rest.trim_start().starts_with('#')) {
            return None;
        }
        let dash_line = self.line_span(line).start;
        let mut first = line;
        while first > 1 && self.is_comment_at(first - 1, dash_at) {
            first -= 1;
        }
        let end = item.span.start + self.slice(item.span).trim_end().len();
        let last = self.line_of(end.max(dash_line + dash_at));
        let span = Span::new(self.line_span(first).start, self.line_span(self.with_own_comments(last, dash_at)).end);
        Some(Block { column: dash_at, span })
    }

    fn is_comment_at(&self, line: usize, column: usize) -> bool {
        let text = self.line(line);
        text.len() - text.trim_start().len() == column && text.trim_start().starts_with('#')
    }

    /// The last of the comment lines that follow `line` and stand deeper than the dash at `column`.
    fn with_own_comments(&self, line: usize, column: usize) -> usize {
        let is_own = |line: usize| {
            let text = self.line(line);
            text.trim_start().starts_with('#') && text.len() - text.trim_start().len() > column
        };
        let following = (line + 1..=self.index.lines()).take_while(|line| is_own(*line)).count();
        line + following
    }
}

/// `columns` spaces.
pub(super) fn spaces(columns: usize) -> String {
    " ".repeat(columns)
}
