//! The outline of a file.

use super::place::{Shape, root_of, within};
use super::sketch::{Piece, PieceKind, Sketch};
use super::{Span, Symbol};
use crate::bundle::check::routes::joined;
use crate::bundle::schema::{Field, Scope, Takes};
use crate::bundle::{Bundle, names};

/// The outline of `file` as the bundle was last read.
pub fn symbols(bundle: &Bundle, file: &str) -> Vec<Symbol> {
    bundle.sources.get(file).map(|text| symbols_of(file, text)).unwrap_or_default()
}

/// The outline of `text`, the present text of `file`, in its order.
pub fn symbols_of(file: &str, text: &str) -> Vec<Symbol> {
    let Some(root) = root_of(file) else { return Vec::new() };
    let sketch = Sketch::of(text);
    let mut outline =
        Outline { text, shapes: Vec::with_capacity(sketch.pieces.len()), entries: Vec::new(), base: None };
    for (at, piece) in sketch.pieces.iter().enumerate() {
        outline.piece(root, at, piece);
    }
    let base = outline.base.unwrap_or_default();
    outline.entries.into_iter().map(|entry| entry.symbol(&base)).collect()
}

struct Outline<'t> {
    text: &'t str,
    /// What may stand within each piece so far.
    shapes: Vec<Shape>,
    entries: Vec<Entry>,
    /// `api.basePath`
    base: Option<String>,
}

/// A symbol with the values that it is described by.
struct Entry {
    piece: usize,
    scope: Option<Scope>,
    symbol: Symbol,
    values: Vec<(&'static str, String)>,
}

impl Outline<'_> {
    fn piece(&mut self, root: Scope, at: usize, piece: &Piece) {
        let container = piece.parent.map_or(Shape::Fields(root), |parent| self.shape(parent));
        let shape = within(self.text, container, piece);
        self.shapes.push(shape);
        let key = self.text.get(piece.word.start..piece.word.end).unwrap_or_default();
        match (container, shape, piece.kind) {
            (Shape::List(list), Shape::Fields(scope), PieceKind::Item) => {
                let number = self.entries.iter().filter(|entry| entry.scope == Some(scope)).count() + 1;
                let name = format!("{} {number}", kind_of(list));
                self.add(at, piece, Some(scope), name, kind_of(scope));
            }
            (Shape::Fields(_), Shape::Fields(_) | Shape::List(_), PieceKind::Key) if key != "<<" => {
                self.add(at, piece, None, key.to_owned(), "key");
            }
            (Shape::Fields(scope), Shape::Value(field), PieceKind::Key) => self.value(scope, piece, field),
            _ => {}
        }
    }

    fn shape(&self, at: usize) -> Shape {
        self.shapes.get(at).copied().unwrap_or(Shape::Unknown)
    }

    fn add(&mut self, at: usize, piece: &Piece, scope: Option<Scope>, name: String, kind: &'static str) {
        let parent = piece.parent.and_then(|parent| self.entries.iter().rev().find(|entry| entry.piece == parent));
        let depth = parent.map_or(0, |parent| parent.symbol.depth + 1);
        let symbol = Symbol { name, kind, detail: String::new(), span: piece.span, depth };
        self.entries.push(Entry { piece: at, scope, symbol, values: Vec::new() });
    }

    fn value(&mut self, scope: Scope, piece: &Piece, field: &'static Field) {
        let Some(written) = piece.value else { return };
        let value = names::shown(&written.text(self.text));
        if scope == Scope::Api && field.takes == Takes::Route {
            self.base = Some(value.clone());
        }
        let of = piece.parent.and_then(|parent| self.entries.iter_mut().rev().find(|entry| entry.piece == parent));
        match of {
            Some(entry) => entry.values.push((field.key, value)),
            // A field of the root is a line of the outline itself.
            None if piece.parent.is_none() => {
                let span = Span::new(piece.span.start, piece.span.end.max(written.span.end));
                let symbol = Symbol { name: field.key.to_owned(), kind: "key", detail: value, span, depth: 0 };
                self.entries.push(Entry { piece: usize::MAX, scope: None, symbol, values: Vec::new() });
            }
            None => {}
        }
    }
}

fn kind_of(scope: Scope) -> &'static str {
    match scope {
        Scope::ListedService => "service",
        scope => scope.name(),
    }
}

impl Entry {
    fn symbol(self, base: &str) -> Symbol {
        let mut symbol = self.symbol;
        let get = |key: &str| self.values.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| value.as_str());
        symbol.detail = match self.scope {
            Some(Scope::Endpoint) => format!("{} {}", get("method"), joined(base, get("path"))).trim().to_owned(),
            Some(Scope::Intent) => format!("when {}", get("whenSensor")),
            Some(Scope::Goal) => format!("{} {}", get("metric"), get("target")).trim().to_owned(),
            Some(_) => String::new(),
            None => match get("basePath") {
                "" => symbol.detail,
                base => base.to_owned(),
            },
        };
        let name = if self.scope == Some(Scope::ListedService) { get("path") } else { get("name") };
        if self.scope.is_some() && !name.is_empty() {
            symbol.name = name.to_owned();
        }
        symbol
    }
}
