//! Changes of one entry or field of a YAML file, as edits of its text: only the lines that must change do,
//! and comments, order, quotation marks and line endings stay.
//!
//! Every change is checked before it is given out: the text after it must read as the text before with
//! exactly that change. A text in which that cannot be done is refused with the reason, never spoilt.

mod draft;
mod fields;
mod insert;
mod layout;
mod list;
mod mapping;
mod scalar;
mod tree;

use super::yaml::{self, Kind, Mapping, Node};
use super::{LineIndex, Span, TextEdit, edit, names};

pub use draft::{Draft, Mark, Subject, draft};
pub use fields::{Field, List, SERVICE, Style};
use layout::Layout;
use tree::Tree;

/// Texts of fields by key. An empty text means that the field is not there.
pub type Values = std::collections::BTreeMap<&'static str, String>;

/// Why a text cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What stands in the way, and what to do about it.
    pub reason: String,
    /// Where it stands, if it stands at one place.
    pub span: Option<Span>,
}

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), span: None }
    }

    /// What a reader of the text understands, and this module cannot write.
    fn by_hand(what: &str) -> Self {
        Self::new(format!("{what}; change it in the text"))
    }
}

type Result<T> = std::result::Result<T, Refusal>;

/// A text whose entries can be changed.
pub struct Editable<'a> {
    layout: Layout<'a>,
    root: Node,
}

impl<'a> Editable<'a> {
    /// Reads `text`.
    ///
    /// # Errors
    /// When it is not YAML throughout, or not a mapping: what would be changed is a guess then.
    pub fn read(text: &'a str) -> Result<Self> {
        let document = yaml::parse(text);
        let index = LineIndex::new(text);
        if let Some(problem) = document.problems.first() {
            let line = index.position(text, problem.span.start).line;
            let reason = format!("line {line} must be mended first: {}", problem.message);
            return Err(Refusal { reason, span: Some(problem.span) });
        }
        let root = document.root.filter(|root| document.complete && root.as_mapping().is_some());
        let root = root.ok_or_else(|| Refusal::new("the file is not a mapping; begin it with `name: ...`"))?;
        Ok(Self { layout: Layout::new(text, index, &root), root })
    }

    /// How many entries a list has.
    pub fn count(&self, list: List) -> usize {
        self.items(list).map_or(0, <[Node]>::len)
    }

    /// The fields of an entry that hold a single value, as texts.
    pub fn entry(&self, list: List, at: usize) -> Option<Values> {
        let entry = self.items(list)?.get(at)?;
        Some(values_of(entry.as_mapping()?, list.fields()))
    }

    /// Where an entry stands.
    pub fn span(&self, list: List, at: usize) -> Option<Span> {
        Some(self.items(list)?.get(at)?.span)
    }

    /// Where the value of an entry's field stands.
    pub fn field_span(&self, list: List, at: usize, key: &str) -> Option<Span> {
        Some(self.items(list)?.get(at)?.as_mapping()?.get(key)?.value.span)
    }

    /// The service's own fields and those of its `api`, as texts.
    pub fn service(&self) -> Values {
        let mut values = self.root.as_mapping().map(|root| values_of(root, &SERVICE)).unwrap_or_default();
        if let Some(api) = self.api() {
            values.extend(values_of(api, &fields::API));
        }
        values
    }

    /// Where the value of one of the service's own fields stands.
    pub fn service_span(&self, key: &str) -> Option<Span> {
        let root = self.root.as_mapping()?;
        let entry = root.get(key).or_else(|| self.api()?.get(key))?;
        Some(entry.value.span)
    }

    /// Adds an entry behind the last one.
    ///
    /// # Errors
    /// When the text is written in a way that cannot be added to.
    pub fn add(&self, list: List, values: &Values) -> Result<Vec<TextEdit>> {
        let edits = insert::entry(&self.layout, &self.root, list, values)?;
        let mut wanted = Tree::of(&self.root);
        wanted.list_mut(list)?.push(Tree::entry(list.fields(), values));
        self.checked(edits, &wanted)
    }

    /// Changes the fields of an entry to `values`; fields that are not named there stay.
    ///
    /// # Errors
    /// When the entry does not exist, or is written in a way that cannot be changed.
    pub fn change(&self, list: List, at: usize, values: &Values) -> Result<Vec<TextEdit>> {
        let entry = self.items(list).and_then(|items| items.get(at)).ok_or_else(no_such_entry)?;
        let values = &changed(values, &self.entry(list, at).unwrap_or_default());
        let edits = mapping::set(&self.layout, entry, list.fields(), values)?;
        let mut wanted = Tree::of(&self.root);
        let entry = wanted.list_mut(list)?.get_mut(at).ok_or_else(no_such_entry)?;
        entry.set(list.fields(), values)?;
        self.checked(edits, &wanted)
    }

    /// Removes an entry together with the comments above it that are its own.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub fn remove(&self, list: List, at: usize) -> Result<Vec<TextEdit>> {
        let items = self.items(list).filter(|items| at < items.len()).ok_or_else(no_such_entry)?;
        let key = self.list_entry(list).ok_or_else(no_such_entry)?;
        let edits = list::remove(&self.layout, key, items, at)?;
        let mut wanted = Tree::of(&self.root);
        wanted.list_mut(list)?.remove(at);
        self.checked(edits, &wanted)
    }

    /// Moves an entry before the one above it (or behind the one below it), with its comments.
    ///
    /// # Errors
    /// As [`Self::change`], and when it is the first (or the last) already.
    pub fn shift(&self, list: List, at: usize, down: bool) -> Result<Vec<TextEdit>> {
        let first = if down { Some(at) } else { at.checked_sub(1) };
        let first = first.ok_or_else(|| Refusal::new("it is the first entry already"))?;
        let items = self.items(list).ok_or_else(no_such_entry)?;
        if first + 1 >= items.len() {
            return Err(Refusal::new("it is the last entry already"));
        }
        let edits = list::swap(&self.layout, items, first)?;
        let mut wanted = Tree::of(&self.root);
        wanted.list_mut(list)?.swap(first, first + 1);
        self.checked(edits, &wanted)
    }

    /// Changes the service's own fields and those of its `api`; fields that are not named stay.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub fn change_service(&self, values: &Values) -> Result<Vec<TextEdit>> {
        let values = &changed(values, &self.service());
        let mut edits = mapping::set(&self.layout, &self.root, &SERVICE, values)?;
        edits.extend(insert::into_api(&self.layout, &self.root, values)?);
        let mut wanted = Tree::of(&self.root);
        wanted.set(&SERVICE, values)?;
        wanted.set_in_api(values)?;
        self.checked(edits, &wanted)
    }

    /// The edits, if the text after them says what is `wanted`.
    fn checked(&self, edits: Vec<TextEdit>, wanted: &Tree) -> Result<Vec<TextEdit>> {
        let refused = || Refusal::by_hand("this place is written in a way that a form cannot change safely");
        let after = edit::apply(&edits, self.layout.text).ok_or_else(refused)?;
        let document = yaml::parse(&after);
        let reads_as_wanted = document.problems.is_empty()
            && document.complete
            && document.root.as_ref().is_some_and(|root| Tree::of(root) == *wanted);
        if reads_as_wanted { Ok(edits) } else { Err(refused()) }
    }

    fn api(&self) -> Option<&Mapping> {
        Some(self.root.as_mapping()?.get("api")?.value.as_mapping()?)
    }

    fn list_entry(&self, list: List) -> Option<&yaml::Entry> {
        match list {
            List::Endpoints => self.api()?.get(list.key()),
            _ => self.root.as_mapping()?.get(list.key()),
        }
    }

    fn items(&self, list: List) -> Option<&[Node]> {
        match &self.list_entry(list)?.value.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }
}

fn no_such_entry() -> Refusal {
    Refusal::new("the entry is not there any more")
}

/// Those of `values` that are not what is there already.
fn changed(values: &Values, present: &Values) -> Values {
    let differs = |key: &str, value: &str| present.get(key).map_or("", String::as_str) != value;
    values.iter().filter(|(key, value)| differs(key, value)).map(|(key, value)| (*key, value.clone())).collect()
}

fn values_of(mapping: &Mapping, fields: &[Field]) -> Values {
    let value = |field: &Field| match &mapping.get(field.key)?.value.kind {
        Kind::Scalar(scalar) if scalar.meaning() != yaml::Meaning::Null => Some((field.key, scalar.text.to_string())),
        _ => None,
    };
    fields.iter().filter_map(value).collect()
}

/// A name in a message.
fn shown(key: &str) -> String {
    format!("`{}`", names::shown(key))
}
