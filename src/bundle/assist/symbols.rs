//! The outline of a file.

use super::place::{Shape, root_of, within};
use super::sketch::{Piece, PieceKind, Sketch};
use super::{Span, Symbol};
use crate::bundle::path_template::joined;
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
    let mut outline = Outline { text, shapes: Vec::new(), of_piece: Vec::new(), entries: Vec::new(), base: None };
    for piece in &sketch.pieces {
        outline.piece(root, piece);
    }
    let base = outline.base.unwrap_or_default();
    outline.entries.into_iter().map(|entry| entry.symbol(&base)).collect()
}

struct Outline<'t> {
    text: &'t str,
    /// What may stand within each piece so far.
    shapes: Vec<Shape>,
    /// The entry that each piece is, if it is one.
    of_piece: Vec<Option<usize>>,
    entries: Vec<Entry>,
    /// `api.basePath`
    base: Option<String>,
}

/// A symbol with the values that it is described by.
struct Entry {
    scope: Option<Scope>,
    /// How many entries of a list it holds so far.
    items: usize,
    symbol: Symbol,
    values: Vec<(&'static str, String)>,
}

impl Outline<'_> {
    fn piece(&mut self, root: Scope, piece: &Piece) {
        let container = match piece.parent {
            Some(parent) => self.shapes.get(parent).copied().unwrap_or(Shape::Unknown),
            None => Shape::Fields(root),
        };
        let shape = within(self.text, container, piece);
        let key = self.text.get(piece.word.start..piece.word.end).unwrap_or_default();
        let entry = match (container, shape, piece.kind) {
            (Shape::List(_), Shape::Fields(scope), PieceKind::Item) => Some(self.item(piece, scope)),
            (Shape::Fields(_), Shape::Fields(_) | Shape::List(_), PieceKind::Key) if key != "<<" => {
                Some(self.add(piece, None, key.to_owned(), "key"))
            }
            (Shape::Fields(scope), Shape::Value(field), PieceKind::Key) => {
                self.value(scope, piece, field);
                None
            }
            _ => None,
        };
        self.shapes.push(shape);
        self.of_piece.push(entry);
    }

    /// The entry of the piece that `piece` lies in.
    fn parent(&mut self, piece: &Piece) -> Option<&mut Entry> {
        let at = self.of_piece.get(piece.parent?).copied().flatten()?;
        self.entries.get_mut(at)
    }

    fn item(&mut self, piece: &Piece, scope: Scope) -> usize {
        let number = self.parent(piece).map_or(0, |list| {
            list.items += 1;
            list.items
        });
        let kind = if scope == Scope::ListedService { "service" } else { scope.name() };
        self.add(piece, Some(scope), format!("{kind} {number}"), kind)
    }

    fn add(&mut self, piece: &Piece, scope: Option<Scope>, name: String, kind: &'static str) -> usize {
        let depth = self.parent(piece).map_or(0, |parent| parent.symbol.depth + 1);
        let symbol = Symbol { name, kind, detail: String::new(), span: piece.span, depth };
        self.entries.push(Entry { scope, items: 0, symbol, values: Vec::new() });
        self.entries.len() - 1
    }

    fn value(&mut self, scope: Scope, piece: &Piece, field: &'static Field) {
        let Some(written) = piece.value else { return };
        let value = names::shown(&written.text(self.text));
        if scope == Scope::Api && field.takes == Takes::Route {
            self.base = Some(value.clone());
        }
        if let Some(entry) = self.parent(piece) {
            entry.values.push((field.key, value));
        } else if piece.parent.is_none() {
            // A field of the root is a line of the outline itself.
            let span = Span::new(piece.span.start, piece.span.end.max(written.span.end));
            let symbol = Symbol { name: field.key.to_owned(), kind: "key", detail: value, span, depth: 0 };
            self.entries.push(Entry { scope: None, items: 0, symbol, values: Vec::new() });
        }
    }
}

impl Entry {
    fn symbol(self, base: &str) -> Symbol {
        let mut symbol = self.symbol;
        let get = |key: &str| self.values.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| value.as_str());
        symbol.detail = match self.scope {
            Some(Scope::Endpoint) => {
                let path = if get("path").is_empty() { String::new() } else { joined(base, get("path")) };
                format!("{} {path}", get("method")).trim().to_owned()
            }
            Some(Scope::Intent) if !get("whenSensor").is_empty() => format!("when {}", get("whenSensor")),
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
