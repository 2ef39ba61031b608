//! What stands at the place that a question asks about: which mapping, which field, which part of it.

use super::sketch::{Piece, PieceKind, Sketch, Written};
use super::{Question, Span};
use crate::bundle::manifest;
use crate::bundle::schema::{self, Field, Scope, Takes};

/// A question with the structure of its text.
pub(super) struct Place<'q> {
    pub question: Question<'q>,
    pub sketch: Sketch,
    root: Scope,
}

/// What may stand within a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The fields of a mapping.
    Fields(Scope),
    /// Mappings in a list.
    List(Scope),
    /// A scalar.
    Value(&'static Field),
    /// Nothing that the workbench knows.
    Unknown,
}

/// The kind of mapping at the root of `file`; `None` where it is no file of a bundle's YAML.
pub(super) fn root_of(file: &str) -> Option<Scope> {
    if file == manifest::FILE {
        return Some(Scope::Bundle);
    }
    let is_yaml = file.ends_with(".yaml") || file.ends_with(".yml");
    (is_yaml && !file.starts_with('.')).then_some(Scope::Service)
}

impl<'q> Place<'q> {
    /// `None` where the file is no YAML of a bundle, or the offset lies outside of the text or within a character.
    pub fn of(question: &Question<'q>) -> Option<Self> {
        let root = root_of(question.file)?;
        question.text.is_char_boundary(question.offset).then(|| Self {
            question: *question,
            sketch: Sketch::of(question.text),
            root,
        })
    }

    /// The text of `span`.
    pub fn slice(&self, span: Span) -> &'q str {
        self.question.text.get(span.start..span.end).unwrap_or_default()
    }

    pub fn piece(&self, at: usize) -> Option<&Piece> {
        self.sketch.pieces.get(at)
    }

    /// What may stand within the piece `at`; at the root for `None`.
    pub fn shape(&self, at: Option<usize>) -> Shape {
        // The pieces from the outermost on, so that deep texts need no deep stack.
        let mut chain: Vec<&Piece> =
            std::iter::successors(at.and_then(|at| self.piece(at)), |piece| self.piece(piece.parent?)).collect();
        chain.reverse();
        let text = self.question.text;
        chain.into_iter().fold(Shape::Fields(self.root), |shape, piece| within(text, shape, piece))
    }

    /// The field that the key `piece` names.
    pub fn field(&self, piece: &Piece) -> Option<&'static Field> {
        match self.shape(piece.parent) {
            Shape::Fields(scope) if piece.kind == PieceKind::Key => schema::field(scope, self.slice(piece.word)),
            _ => None,
        }
    }

    /// The field whose value the piece `at` is or has, with that value: behind its key, or in a line below.
    pub fn value(&self, at: usize) -> Option<(&'static Field, Option<Written>)> {
        let piece = self.piece(at)?;
        let key = if piece.kind == PieceKind::Word { piece.parent } else { Some(at) };
        match self.shape(key) {
            Shape::Value(field) => Some((field, piece.value)),
            _ => None,
        }
    }

    /// The value that holds the question's offset, and its field.
    pub fn value_here(&self) -> Option<(&'static Field, Written)> {
        let at = self.sketch.at(self.question.offset)?;
        let (field, written) = self.value(at)?;
        let written = written?;
        let holds = written.span.start <= self.question.offset && self.question.offset <= written.span.end;
        holds.then_some((field, written))
    }

    /// The piece whose mapping holds the value at the piece `at`.
    pub fn mapping_of(&self, at: usize) -> Option<usize> {
        let piece = self.piece(at)?;
        if piece.kind == PieceKind::Word { self.piece(piece.parent?)?.parent } else { piece.parent }
    }

    /// The value of the field `key` beside the one at the piece `at`.
    pub fn sibling(&self, at: usize, key: &str) -> Option<String> {
        let text = self.question.text;
        let written = self.sketch.child(text, self.mapping_of(at), key)?.value?;
        Some(written.text(text))
    }

    /// The keys that stand in the mapping `parent`, but for the piece `except`.
    pub fn keys(&self, parent: Option<usize>, except: Option<usize>) -> Vec<&'q str> {
        self.sketch
            .children(parent)
            .filter(|(at, piece)| piece.kind == PieceKind::Key && Some(*at) != except)
            .map(|(_, piece)| self.slice(piece.word))
            .collect()
    }

    /// The name of the service that the file describes: as it stands in the text, else the file's.
    pub fn service_name(&self) -> String {
        let name = self.sketch.child(self.question.text, None, "name").and_then(|piece| piece.value);
        let name = name.map(|value| value.text(self.question.text)).unwrap_or_default();
        if name.trim().is_empty() { crate::bundle::service::stem(self.question.file).to_owned() } else { name }
    }
}

/// What may stand within `piece`, which lies in a container of the shape `container`.
pub(super) fn within(text: &str, container: Shape, piece: &Piece) -> Shape {
    match (container, piece.kind) {
        (Shape::Fields(scope), PieceKind::Key) => {
            match text.get(piece.word.start..piece.word.end).unwrap_or_default() {
                // A merged mapping holds what may stand beside it.
                "<<" => container,
                key => schema::field(scope, key).map_or(Shape::Unknown, shape_of),
            }
        }
        (Shape::List(scope), PieceKind::Item) => Shape::Fields(scope),
        _ => Shape::Unknown,
    }
}

fn shape_of(field: &'static Field) -> Shape {
    match field.takes {
        Takes::Mapping(scope) => Shape::Fields(scope),
        Takes::List(scope) => Shape::List(scope),
        Takes::Anything => Shape::Unknown,
        _ => Shape::Value(field),
    }
}
