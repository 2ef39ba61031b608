//! Goes through a text line by line and keeps the pieces that are open at its indentation.

use super::{Piece, PieceKind, Sketch, Span, Style, Written};

/// The state of going through a text.
pub(super) struct Scan<'t> {
    pub text: &'t str,
    pub bytes: &'t [u8],
    pub out: Sketch,
    /// The pieces that what follows may lie in, the outermost first.
    open: Vec<usize>,
    /// One past the last byte that means something.
    last: usize,
}

/// The bytes of a line: its start and its end without the line ending.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    next: usize,
}

pub(super) fn scan(text: &str) -> Sketch {
    let mut scan = Scan { text, bytes: text.as_bytes(), out: Sketch::default(), open: Vec::new(), last: 0 };
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        at = scan.line(at);
    }
    scan.close_to(0);
    scan.out
}

impl Scan<'_> {
    pub fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn line_at(&self, start: usize) -> Line {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let newline = rest.iter().position(|byte| *byte == b'\n').map(|at| start + at);
        let mut end = newline.unwrap_or(self.bytes.len());
        let next = newline.map_or(self.bytes.len(), |at| at + 1);
        if end > start && self.byte(end - 1) == Some(b'\r') {
            end -= 1;
        }
        Line { start, end, next }
    }

    /// `at` behind spaces and tabs, at most `end`.
    pub fn skip_blanks(&self, mut at: usize, end: usize) -> usize {
        while at < end && matches!(self.byte(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    }

    /// `end` before spaces and tabs, at least `start`.
    pub fn trim_end(&self, start: usize, mut end: usize) -> usize {
        while end > start && matches!(self.byte(end - 1), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            end -= 1;
        }
        end
    }

    /// Takes in the line at `start`, and the lines that its value goes on in. Returns where the next begins.
    fn line(&mut self, start: usize) -> usize {
        let line = self.line_at(start);
        let mut at = self.skip_blanks(line.start, line.end);
        if at == line.end {
            return line.next;
        }
        if self.byte(at) == Some(b'#') {
            self.out.prose.push(Span::new(at, line.end));
            return line.next;
        }
        let head = self.bytes.get(line.start..line.end).unwrap_or_default();
        if head.starts_with(b"---") || head.starts_with(b"...") || head.starts_with(b"%") {
            self.close_to(0);
            return line.next;
        }
        while self.byte(at) == Some(b'-') && (at + 1 == line.end || matches!(self.byte(at + 1), Some(b' ' | b'\t'))) {
            let column = at - line.start;
            self.close_items_to(column);
            self.close_scalars();
            let slot = Span::new(at + 1, line.end);
            self.push(PieceKind::Item, column, Span::new(at, at + 1), slot);
            at = self.skip_blanks(at + 1, line.end);
        }
        if at == line.end {
            return line.next;
        }
        self.content(line, at)
    }

    /// What stands behind the dashes of a line: a key with its value, or a value alone.
    fn content(&mut self, line: Line, at: usize) -> usize {
        let column = at - line.start;
        let at = self.skip_properties(at, line.end);
        if let Some((word, colon)) = self.key(at, line.end) {
            self.close_to(column);
            self.close_scalars();
            let key = self.push(PieceKind::Key, column, word, Span::new(colon + 1, line.end));
            return self.value(line, colon + 1, key);
        }
        self.close_to(column);
        let parent = self.open.last().copied();
        if matches!(self.byte(at).filter(|_| at < line.end), Some(b'{' | b'[')) {
            let end = self.flow(at, parent);
            return self.rest(parent, end);
        }
        let continues = parent.and_then(|at| self.out.pieces.get(at)).is_some_and(|piece| {
            piece.kind == PieceKind::Key && piece.value.is_some_and(|value| value.style == Style::Plain)
        });
        if continues {
            self.out.prose.push(Span::new(line.start, line.end));
            self.last = line.end;
            return line.next;
        }
        let word = self.push(PieceKind::Word, column, Span::new(at, at), Span::new(at, line.end));
        let next = self.value(line, at, word);
        // A word has no value but is one.
        if let Some(piece) = self.out.pieces.get_mut(word)
            && let Some(value) = piece.value
        {
            piece.word = value.span;
        }
        next
    }

    /// Takes in the value that begins at or after `at` in `line` as that of the piece `of`.
    fn value(&mut self, line: Line, at: usize, of: usize) -> usize {
        let at = self.skip_blanks(at, line.end);
        let at = self.skip_properties(at, line.end);
        let column = self.out.pieces.get(of).map_or(0, |piece| piece.column);
        match self.byte(at).filter(|_| at < line.end) {
            None => line.next,
            Some(b'#') => {
                self.end_slot(of, at);
                self.out.prose.push(Span::new(at, line.end));
                line.next
            }
            Some(b'{' | b'[') => {
                let end = self.flow(at, Some(of));
                self.rest(Some(of), end)
            }
            Some(quote @ (b'"' | b'\'')) => {
                let (end, is_closed) = self.quoted(at, quote, line.end, column);
                let style = if quote == b'"' { Style::Double } else { Style::Single };
                self.set_value(of, Written { span: Span::new(at, end), style, is_closed });
                self.rest(Some(of), end)
            }
            Some(b'|' | b'>') if self.is_block_header(at, line.end) => {
                let end = self.trim_end(at, self.comment_in(at, line.end));
                self.set_value(of, Written { span: Span::new(at, end), style: Style::Block, is_closed: true });
                self.block_text(line.next, column)
            }
            Some(first) => {
                let comment = self.comment_in(at, line.end);
                let end = self.trim_end(at, comment);
                let style = if first == b'*' { Style::Alias } else { Style::Plain };
                self.set_value(of, Written { span: Span::new(at, end), style, is_closed: true });
                if comment < line.end {
                    self.end_slot(of, comment);
                    self.out.prose.push(Span::new(comment, line.end));
                }
                line.next
            }
        }
    }

    /// What follows a value that ended at `end`: nothing that matters, or a comment.
    fn rest(&mut self, of: Option<usize>, end: usize) -> usize {
        let line = self.line_at(end);
        let comment = self.comment_in(end, line.end);
        if let Some(of) = of {
            self.end_slot(of, comment);
        }
        if comment < line.end {
            self.out.prose.push(Span::new(comment, line.end));
        }
        line.next
    }

    fn set_value(&mut self, of: usize, value: Written) {
        self.last = self.last.max(value.span.end);
        if let Some(piece) = self.out.pieces.get_mut(of) {
            piece.value = Some(value);
            piece.slot.end = piece.slot.end.max(value.span.end);
        }
    }

    fn end_slot(&mut self, of: usize, end: usize) {
        if let Some(piece) = self.out.pieces.get_mut(of) {
            piece.slot = Span::new(piece.slot.start, end);
        }
    }

    /// Where a comment begins in `at..end`, with the `#` after a blank; `end` where there is none.
    pub fn comment_in(&self, at: usize, end: usize) -> usize {
        (at..end)
            .find(|at| self.byte(*at) == Some(b'#') && matches!(self.byte(at.wrapping_sub(1)), Some(b' ' | b'\t')))
            .unwrap_or(end)
    }

    /// Behind anchors and tags.
    pub fn skip_properties(&self, mut at: usize, end: usize) -> usize {
        while at < end && matches!(self.byte(at), Some(b'&' | b'!')) {
            while at < end && !matches!(self.byte(at), Some(b' ' | b'\t')) {
                at += 1;
            }
            at = self.skip_blanks(at, end);
        }
        at
    }

    /// The key that begins at `at`, and where its colon stands.
    fn key(&self, at: usize, end: usize) -> Option<(Span, usize)> {
        let ends_key = |at: usize| at + 1 >= end || matches!(self.byte(at + 1), Some(b' ' | b'\t'));
        match self.byte(at)? {
            quote @ (b'"' | b'\'') => {
                let close = self.closing_quote(at + 1, quote, end)?;
                let colon = self.skip_blanks(close + 1, end);
                (self.byte(colon) == Some(b':') && colon < end && ends_key(colon))
                    .then(|| (Span::new(at + 1, close), colon))
            }
            b'{' | b'[' | b'|' | b'>' | b'%' | b'@' | b'`' => None,
            _ => {
                let comment = self.comment_in(at, end);
                let colon = (at..comment).find(|at| self.byte(*at) == Some(b':') && ends_key(*at))?;
                Some((Span::new(at, self.trim_end(at, colon)), colon))
            }
        }
    }

    /// The quotation mark that closes a text, in `at..end` and in the same line.
    pub fn closing_quote(&self, mut at: usize, quote: u8, end: usize) -> Option<usize> {
        while at < end {
            match self.byte(at)? {
                b'\n' => return None,
                b'\\' if quote == b'"' && self.byte(at + 1) != Some(b'\n') => at += 1,
                byte if byte == quote && quote == b'\'' && self.byte(at + 1) == Some(b'\'') && at + 1 < end => at += 1,
                byte if byte == quote => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// The end of the quoted text at `at`, and whether it is closed. It goes on in the next lines as long as
    /// these are indented deeper than `column`; where it is not closed, it ends with its line or comment.
    pub fn quoted(&self, at: usize, quote: u8, line_end: usize, column: usize) -> (usize, bool) {
        if let Some(close) = self.closing_quote(at + 1, quote, line_end) {
            return (close + 1, true);
        }
        let mut end = self.line_at(line_end).next;
        while end < self.bytes.len() {
            let line = self.line_at(end);
            let first = self.skip_blanks(line.start, line.end);
            if first < line.end && first - line.start <= column {
                break;
            }
            end = line.next;
            if let Some(close) = self.closing_quote(line.start, quote, line.end) {
                // A key in a further line is one that the text half typed before it has swallowed.
                let before = self.text.get(line.start..close).unwrap_or_default();
                if before.contains(": ") {
                    break;
                }
                return (close + 1, true);
            }
        }
        (self.trim_end(at + 1, self.comment_in(at + 1, line_end)), false)
    }

    fn is_block_header(&self, at: usize, end: usize) -> bool {
        let rest = self.text.get(at + 1..self.comment_in(at, end)).unwrap_or_default().trim_end();
        rest.len() <= 2 && rest.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9'))
    }

    /// Sets the lines of a block of text aside. Returns where the line after them begins.
    fn block_text(&mut self, start: usize, column: usize) -> usize {
        let (mut at, mut end) = (start, start);
        while at < self.bytes.len() {
            let line = self.line_at(at);
            let first = self.skip_blanks(line.start, line.end);
            if first < line.end {
                if first - line.start <= column {
                    break;
                }
                end = line.end;
            }
            at = line.next;
        }
        if end > start {
            // Begins behind the header, so that the first of the lines is a part of it from its start.
            self.out.prose.push(Span::new(start.saturating_sub(1), end));
            self.last = end;
        }
        // Empty lines behind the block belong to nothing.
        if end > start { self.line_at(end).next } else { start }
    }

    /// Adds a piece within the innermost open one.
    fn push(&mut self, kind: PieceKind, column: usize, word: Span, slot: Span) -> usize {
        let parent = self.open.last().copied();
        let at = self.add(parent, kind, column, word, slot, false);
        self.open.push(at);
        at
    }

    /// Adds a piece within `parent`.
    pub fn add(
        &mut self,
        parent: Option<usize>,
        kind: PieceKind,
        column: usize,
        word: Span,
        slot: Span,
        is_flow: bool,
    ) -> usize {
        self.last = self.last.max(word.end);
        let span = Span::new(word.start, word.end);
        self.out.pieces.push(Piece { parent, kind, column, word, slot, value: None, is_flow, span });
        self.out.pieces.len() - 1
    }

    /// Notes that something stands up to `end`.
    pub fn reach(&mut self, end: usize) {
        self.last = self.last.max(end);
    }

    /// Closes what a key or a word in `column` does not lie in.
    fn close_to(&mut self, column: usize) {
        while let Some(piece) = self.open.last().and_then(|at| self.out.pieces.get_mut(*at)) {
            if piece.column < column {
                return;
            }
            piece.span.end = self.last.max(piece.span.start);
            self.open.pop();
        }
    }

    /// Closes keys that have a scalar: nothing lies in them, however it is indented.
    fn close_scalars(&mut self) {
        while let Some(piece) = self.open.last().and_then(|at| self.out.pieces.get_mut(*at)) {
            if piece.kind == PieceKind::Item || piece.value.is_none() {
                return;
            }
            piece.span.end = self.last.max(piece.span.start);
            self.open.pop();
        }
    }

    /// Closes what a list entry in `column` does not lie in: it may stand right below its key.
    fn close_items_to(&mut self, column: usize) {
        while let Some(piece) = self.open.last().and_then(|at| self.out.pieces.get_mut(*at)) {
            let holds_list = piece.kind == PieceKind::Key && piece.value.is_none();
            if piece.column < column || (piece.column == column && holds_list) {
                return;
            }
            piece.span.end = self.last.max(piece.span.start);
            self.open.pop();
        }
    }
}
