//! A text as its lines and their indentation suggest it: keys, list entries, words and what is nested
//! in what, also where the text is broken or half typed.
//!
//! It never says that something is wrong and resolves no alias; that is the reader's work.

mod flow;
mod scan;

use crate::bundle::Span;

/// The structure of a text, as far as lines and indentation tell it.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    /// What was found, in the order of the text; a parent comes before its children.
    pub pieces: Vec<Piece>,
    /// Comments, blocks of text and further lines of a text, in the order of the text.
    pub prose: Vec<Span>,
}

/// A key, an entry of a list, or a word that is neither.
#[derive(Debug)]
pub(super) struct Piece {
    /// The piece that this one lies in.
    pub parent: Option<usize>,
    pub kind: PieceKind,
    /// The column of its first byte, counted from 0 in bytes.
    pub column: usize,
    /// Its own bytes: the key within its quotation marks, the dash, the word.
    pub word: Span,
    /// Where its value may stand: after the colon or the dash, up to the end of the line, comment or bracket.
    pub slot: Span,
    /// Its value, where that is a scalar that begins in the same line.
    pub value: Option<Written>,
    /// Whether it stands between brackets.
    pub is_flow: bool,
    /// All of it, with what is nested in it.
    pub span: Span,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// A key with a colon.
    Key,
    /// An entry of a list.
    Item,
    /// A text without a colon: a value, or a key that is being typed. Empty between brackets where nothing
    /// stands yet.
    Word,
}

/// A scalar as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// All of it, quotation marks included.
    pub span: Span,
    pub style: Style,
    /// Whether a closing quotation mark follows. Always so for plain scalars.
    pub is_closed: bool,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// `|` or `>` with lines below.
    Block,
    /// `*name`
    Alias,
}

impl Written {
    /// The bytes within the quotation marks.
    pub fn inner(&self) -> Span {
        match self.style {
            Style::Single | Style::Double => {
                Span::new(self.span.start + 1, self.span.end - usize::from(self.is_closed))
            }
            _ => self.span,
        }
    }

    /// What it means, escapes resolved as far as readers of a bundle meet them.
    pub fn text(&self, text: &str) -> String {
        let inner = text.get(self.inner().start..self.inner().end).unwrap_or_default();
        match self.style {
            Style::Single => inner.replace("''", "'"),
            Style::Double if inner.contains('\\') => {
                serde_json::from_str(&format!("\"{inner}\"")).unwrap_or_else(|_| inner.to_owned())
            }
            _ => inner.to_owned(),
        }
    }
}

impl Sketch {
    /// The sketch of `text`. Takes time in proportion to its length.
    pub fn of(text: &str) -> Self {
        scan::scan(text)
    }

    /// The innermost piece whose own bytes or slot hold `offset`, their ends included.
    pub fn at(&self, offset: usize) -> Option<usize> {
        let holds = |span: Span| span.start <= offset && offset <= span.end;
        let before = self.pieces.partition_point(|piece| piece.span.start <= offset);
        let found = (0..before)
            .rev()
            .find(|at| self.pieces.get(*at).is_some_and(|piece| holds(piece.word) || holds(piece.slot)))?;
        Some(found)
    }

    /// Whether `offset` lies in a comment or in a text of several lines.
    pub fn is_prose(&self, offset: usize) -> bool {
        let after = self.prose.partition_point(|span| span.start < offset);
        let before = after.checked_sub(1).and_then(|at| self.prose.get(at));
        before.is_some_and(|span| offset <= span.end)
    }

    /// The block pieces that are still open before `offset`, the innermost first.
    pub fn open_before(&self, offset: usize) -> impl Iterator<Item = usize> {
        let before = self.pieces.partition_point(|piece| piece.span.start < offset);
        let last = (0..before).rev().find(|at| self.pieces.get(*at).is_some_and(|piece| !piece.is_flow));
        std::iter::successors(last, |at| self.pieces.get(*at)?.parent)
    }

    /// The pieces directly within `parent`; at the root for `None`.
    pub fn children(&self, parent: Option<usize>) -> impl Iterator<Item = (usize, &Piece)> {
        let start = parent.map_or(0, |at| at + 1);
        let end = parent.and_then(|at| self.pieces.get(at)).map_or(usize::MAX, |piece| piece.span.end);
        let rest = self.pieces.get(start..).unwrap_or_default().iter().enumerate();
        rest.take_while(move |(_, piece)| piece.span.start <= end)
            .map(move |(at, piece)| (start + at, piece))
            .filter(move |(_, piece)| piece.parent == parent)
    }

    /// The child of `parent` with this key.
    pub fn child(&self, text: &str, parent: Option<usize>, key: &str) -> Option<&Piece> {
        self.children(parent)
            .map(|(_, piece)| piece)
            .find(|piece| piece.kind == PieceKind::Key && text.get(piece.word.start..piece.word.end) == Some(key))
    }
}
