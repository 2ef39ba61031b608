//! Lists and mappings between brackets, closed or not.

use super::scan::Scan;
use super::{PieceKind, Span, Style, Written};

/// Brackets within brackets that are looked into; what lies deeper is passed over.
const MAX_DEPTH: usize = 32;

impl Scan<'_> {
    /// Takes in the brackets that open at `at`, as the value of the piece `of`. Returns the byte behind them.
    ///
    /// Brackets that are not closed end before the first line that is not indented deeper than that piece.
    pub fn flow(&mut self, at: usize, of: Option<usize>) -> usize {
        let column = of.and_then(|of| self.out.pieces.get(of)).map(|piece| piece.column);
        let end = self.closed_in_line(at).unwrap_or_else(|| match column {
            Some(column) => self.last_line_deeper_than(at, column),
            None => self.text.len(),
        });
        let end = self.brackets(at, of, end, 0);
        self.reach(end);
        end
    }

    /// The byte behind the bracket that closes the one at `at`, where both stand in one line.
    fn closed_in_line(&self, at: usize) -> Option<usize> {
        let (mut at, mut depth) = (at, 0_usize);
        loop {
            match self.byte(at)? {
                b'\n' => return None,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                quote @ (b'"' | b'\'') => at = self.closing_quote(at + 1, quote, self.bytes.len()).unwrap_or(at),
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }

    /// Where the lines end that brackets at `at` may go on in.
    fn last_line_deeper_than(&self, at: usize, column: usize) -> usize {
        let mut end = self.text.len();
        let mut from = at;
        while let Some(newline) = self.text.get(from..).and_then(|rest| rest.find('\n')) {
            let start = from + newline + 1;
            let first = self.skip_blanks(start, self.text.len());
            let deeper = match self.byte(first) {
                None | Some(b'\r' | b'\n') => true,
                // The closing bracket often stands below the key.
                Some(b'}' | b']') => first - start >= column,
                Some(_) => first - start > column,
            };
            if !deeper {
                end = start - 1;
                break;
            }
            from = start;
        }
        self.trim_end(at, end)
    }

    fn brackets(&mut self, open: usize, of: Option<usize>, end: usize, depth: usize) -> usize {
        let is_mapping = self.byte(open) == Some(b'{');
        let mut at = open + 1;
        loop {
            let parent = if is_mapping {
                of
            } else {
                let slot = Span::new(at, at);
                Some(self.add(of, PieceKind::Item, 0, Span::new(at, at), slot, true))
            };
            at = self.segment(at, parent, end, depth);
            if let Some(item) = parent.filter(|_| !is_mapping) {
                self.close_flow(item, at);
            }
            match self.byte(at).filter(|_| at < end) {
                Some(b',') => at += 1,
                Some(_) => return at + 1,
                None => return end,
            }
        }
    }

    /// What stands between two commas. Returns where the comma or bracket after it stands, at most `end`.
    fn segment(&mut self, start: usize, parent: Option<usize>, end: usize, depth: usize) -> usize {
        let at = self.skip_space(start, end);
        let at = self.skip_properties(at, end);
        if at < end && matches!(self.byte(at), Some(b'{' | b'[')) {
            let after = if depth < MAX_DEPTH { self.brackets(at, parent, end, depth + 1) } else { end };
            return self.separator(after, end);
        }
        let (word, style, is_closed) = self.flow_scalar(at, end, true);
        let colon = self.skip_space(word.end, end);
        if self.byte(colon) == Some(b':') && colon < end && !word_is_empty(word) {
            let inner = Written { span: word, style, is_closed }.inner();
            let key = self.add(parent, PieceKind::Key, 0, inner, Span::new(colon + 1, colon + 1), true);
            let after = self.flow_value(key, colon + 1, end, depth);
            self.close_flow(key, after);
            return after;
        }
        let after = self.separator(word.end, end);
        let piece = self.add(parent, PieceKind::Word, 0, word, Span::new(start, after), true);
        if !word_is_empty(word)
            && let Some(piece) = self.out.pieces.get_mut(piece)
        {
            piece.value = Some(Written { span: word, style, is_closed });
        }
        if let Some(piece) = self.out.pieces.get_mut(piece) {
            piece.span = Span::new(start, after);
        }
        after
    }

    fn flow_value(&mut self, key: usize, start: usize, end: usize, depth: usize) -> usize {
        let at = self.skip_space(start, end);
        let at = self.skip_properties(at, end);
        let after = if at < end && matches!(self.byte(at), Some(b'{' | b'[')) {
            if depth < MAX_DEPTH { self.brackets(at, Some(key), end, depth + 1) } else { end }
        } else {
            let (word, style, is_closed) = self.flow_scalar(at, end, false);
            if !word_is_empty(word)
                && let Some(piece) = self.out.pieces.get_mut(key)
            {
                piece.value = Some(Written { span: word, style, is_closed });
            }
            word.end
        };
        let after = self.separator(after, end);
        if let Some(piece) = self.out.pieces.get_mut(key) {
            piece.slot = Span::new(start, after);
        }
        after
    }

    /// A scalar between brackets; empty where none begins at `at`. A key ends before its colon.
    fn flow_scalar(&self, at: usize, end: usize, is_key: bool) -> (Span, Style, bool) {
        match self.byte(at).filter(|_| at < end) {
            Some(quote @ (b'"' | b'\'')) => {
                let style = if quote == b'"' { Style::Double } else { Style::Single };
                if let Some(close) = self.closing_quote(at + 1, quote, end) {
                    return (Span::new(at, close + 1), style, true);
                }
                let stop = (at + 1..end).find(|at| matches!(self.byte(*at), Some(b',' | b'}' | b']' | b'\n')));
                (Span::new(at, self.trim_end(at + 1, stop.unwrap_or(end))), style, false)
            }
            _ => {
                let stops = |at: usize| match self.byte(at) {
                    Some(b',' | b'{' | b'}' | b'[' | b']' | b'\n') => true,
                    Some(b':') if is_key => {
                        at + 1 >= end
                            || matches!(self.byte(at + 1), Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b'}' | b']'))
                    }
                    Some(b'#') => matches!(self.byte(at.wrapping_sub(1)), Some(b' ' | b'\t' | b'\n')),
                    _ => false,
                };
                let stop = (at..end).find(|at| stops(*at)).unwrap_or(end);
                let style = if self.byte(at) == Some(b'*') { Style::Alias } else { Style::Plain };
                (Span::new(at, self.trim_end(at, stop)), style, true)
            }
        }
    }

    /// The next comma or closing bracket at or after `at`.
    fn separator(&mut self, at: usize, end: usize) -> usize {
        let mut at = at;
        while at < end {
            at = self.skip_space(at, end);
            if at >= end || matches!(self.byte(at), Some(b',' | b'}' | b']')) {
                break;
            }
            at += 1;
        }
        at.min(end)
    }

    /// Behind white space, line ends and comments.
    fn skip_space(&mut self, mut at: usize, end: usize) -> usize {
        while at < end {
            match self.byte(at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
                Some(b'#') if matches!(self.byte(at.wrapping_sub(1)), Some(b' ' | b'\t' | b'\n')) => {
                    let rest = self.text.get(at..end).unwrap_or_default();
                    let stop = rest.find('\n').map_or(end, |found| at + found);
                    let comment = Span::new(at, stop);
                    if self.out.prose.last().is_none_or(|last| last.start < comment.start) {
                        self.out.prose.push(comment);
                    }
                    at = stop;
                }
                _ => break,
            }
        }
        at
    }

    fn close_flow(&mut self, piece: usize, end: usize) {
        let end = self.trim_end(0, end);
        if let Some(piece) = self.out.pieces.get_mut(piece) {
            piece.span = Span::new(piece.span.start, end);
        }
    }
}

fn word_is_empty(word: Span) -> bool {
    word.start == word.end
}
