//! YAML text as a tree in which every key and value knows its exact bytes.
//!
//! The tree is built from granit-parser's events, so it also exists for the readable part of a broken
//! text. Depth and alias expansion are bounded. What a plain scalar means, and whether a text without
//! other problems is YAML at all, is decided by serde_yaml. Nothing here knows of bundles.

mod build;
mod parse;
mod syntax;

use std::sync::Arc;

use super::Span;

pub use parse::{Document, Problem, parse};

/// Deepest nesting of collections, aliases followed.
pub const MAX_DEPTH: usize = 64;
/// Most values in one file, aliases followed.
pub const MAX_NODES: usize = 200_000;
/// Most problems that are noted in one file.
pub const MAX_PROBLEMS: usize = 200;

/// A value and where it stands. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value's bytes, quotation marks and brackets included. An alias has the span of its `*name`.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text, number, boolean or null.
    Scalar(Scalar),
    /// A list.
    Sequence(Arc<[Node]>),
    /// Keys with values.
    Mapping(Arc<Mapping>),
}

/// A scalar as it stands in the text.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text, escapes and folding resolved.
    pub text: Arc<str>,
    /// Whether it is a text whatever it looks like: quoted, a block, or tagged `!!str`.
    pub is_text: bool,
}

/// What a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text,
}

/// Keys with values in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The entries; keys that are not scalars are left out.
    pub entries: Vec<Entry>,
    /// How many of the entries stand in this mapping itself; the rest came by a merge key `<<`.
    pub own: usize,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text.
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Mapping {
    /// The entry with this key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    /// The entries that stand in this mapping itself, not those of a merge key.
    pub fn own_entries(&self) -> &[Entry] {
        self.entries.get(..self.own).unwrap_or(&self.entries)
    }
}

impl Node {
    /// The mapping, if it is one.
    pub fn as_mapping(&self) -> Option<&Arc<Mapping>> {
        match &self.kind {
            Kind::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// Whether this is null, in whatever spelling.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.meaning() == Meaning::Null)
    }

    /// The kind in words with an article: `a list`, `a number`, ...
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Scalar(scalar) => match scalar.meaning() {
                Meaning::Null => "nothing",
                Meaning::Bool(_) => "a boolean",
                Meaning::Number(_) => "a number",
                Meaning::Text => "a text",
            },
        }
    }
}

impl Scalar {
    /// What the scalar means, as serde_yaml reads it.
    pub fn meaning(&self) -> Meaning {
        let text = &*self.text;
        if self.is_text {
            return Meaning::Text;
        }
        if text.is_empty() {
            return Meaning::Null;
        }
        // Only texts that begin like one of these can mean anything but themselves.
        let special = text.starts_with(|c: char| c.is_ascii_digit() || "+-.~nNtTfF".contains(c));
        if !special || text.len() > 64 {
            return Meaning::Text;
        }
        match serde_yaml::from_str::<serde_yaml::Value>(text) {
            Ok(serde_yaml::Value::Null) => Meaning::Null,
            Ok(serde_yaml::Value::Bool(value)) => Meaning::Bool(value),
            Ok(serde_yaml::Value::Number(number)) => number.as_f64().map_or(Meaning::Text, Meaning::Number),
            _ => Meaning::Text,
        }
    }
}

/// `text` as a YAML scalar that reads back as that text: plain where that is safe, else in double quotes.
pub fn quoted_if_needed(text: &str) -> String {
    let first_safe = text.starts_with(|c: char| c.is_alphanumeric() || c == '/' || c == '_');
    let safe = |c: char| c.is_alphanumeric() || "/_-.:+<>=%".contains(c);
    let reads_as_text = Scalar { text: text.into(), is_text: false }.meaning() == Meaning::Text;
    if first_safe && reads_as_text && text.chars().all(safe) && !text.ends_with(':') {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// `text` as a YAML scalar in double quotes. JSON's escapes are a part of YAML's.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
