//! The input as far as it was learned: a JSON value whose text is known byte by byte, so that a complaint about a
//! column finds its value. Changes only what a complaint is about.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::{Map, Value, json};

use super::complaint::{About, Complaint, Path, Place, Step};
use super::sample;

/// Lists that are asked to be longer stay as they are.
const LONGEST_LIST: usize = 100;
/// Fields and items that a path may lead through.
const DEEPEST: usize = 12;

/// An input that grows by complaints.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    value: Value,
    known: BTreeMap<String, Value>,
    /// What was changed last.
    last: Path,
    /// How many values were tried, by place.
    tried: BTreeMap<Path, usize>,
    /// Where a field was put that is not said to be missing anywhere in particular.
    guessed: BTreeMap<String, Path>,
    /// Top fields that complaints brought in.
    pub(super) added: BTreeSet<String>,
    /// Whether complaints changed anything.
    pub(super) is_changed: bool,
}

impl Draft {
    pub(super) fn new(fields: Map<String, Value>, known: BTreeMap<String, Value>) -> Self {
        Self {
            value: Value::Object(fields),
            known,
            last: Path::new(),
            tried: BTreeMap::new(),
            guessed: BTreeMap::new(),
            added: BTreeSet::new(),
            is_changed: false,
        }
    }

    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// The JSON text that is sent, on one line.
    pub(super) fn text(&self) -> String {
        self.written().0
    }

    /// The same without one of its top fields.
    pub(super) fn without(&self, field: &str) -> Self {
        let mut other = self.clone();
        if let Value::Object(fields) = &mut other.value {
            fields.shift_remove(field);
        }
        other
    }

    /// The text with the range of every value, the outer ones first.
    fn written(&self) -> (String, Vec<(Path, Range<usize>)>) {
        let (mut text, mut spans) = (String::new(), Vec::new());
        write(&self.value, &mut Path::new(), &mut text, &mut spans);
        (text, spans)
    }

    /// Does what a complaint asks for. Whether anything changed.
    pub(super) fn heed(&mut self, complaint: &Complaint) -> bool {
        let before = self.value.clone();
        let path = match &complaint.field {
            Some(field) => self.find_field(&complaint.place, field, complaint.about == About::Unwanted),
            None => self.find(&complaint.place),
        };
        let Some(path) = path.filter(|path| path.len() <= DEEPEST) else { return false };
        self.change(&path, &complaint.about);
        let changed = self.value != before;
        if changed {
            if let Some(Step::Field(first)) = path.first() {
                self.added.insert(first.clone());
            }
            self.last = path;
            self.is_changed = true;
        }
        changed
    }

    fn change(&mut self, path: &Path, about: &About) {
        let name = field_of(path);
        let present = get(&self.value, path).filter(|value| !value.is_null()).cloned();
        let tried = self.tried.entry(path.clone()).or_default();
        let next = *tried;
        let value = match (about, present) {
            (About::Unwanted, _) => return remove(&mut self.value, path),
            (About::Wanted(kind), present) => match sample::value(&name, Some(*kind), &self.known) {
                same if present.as_ref() == Some(&same) => self.another(path, &name, &same),
                value => Some(value),
            },
            (About::OneOf(values), _) => {
                *tried += 1;
                values.get(next).map(|value| json!(value))
            }
            (About::Length(length), present) => {
                let item = present.and_then(|list| list.get(0).cloned());
                let item = item.unwrap_or_else(|| sample::item(&name, &self.known));
                (*length <= LONGEST_LIST).then(|| vec![item; *length].into())
            }
            (About::Filled | About::Needed, Some(Value::Array(items))) if items.is_empty() => {
                Some(json!([sample::item(&name, &self.known)]))
            }
            (About::Filled | About::Needed, None) => Some(sample::value(&name, None, &self.known)),
            (About::Filled | About::Needed, Some(present)) => self.another(path, &name, &present),
        };
        if let Some(value) = value {
            set(&mut self.value, path, value);
        }
    }

    /// Another value to try at this place.
    fn another(&mut self, path: &Path, name: &str, present: &Value) -> Option<Value> {
        let tried = self.tried.entry(path.clone()).or_default();
        let mut left = sample::alternatives(name, &self.known).into_iter().skip(*tried);
        let found = left.by_ref().inspect(|_| *tried += 1).find(|value| value != present);
        // An object is filled by further complaints; another value would throw away what was learned.
        found.filter(|_| present.as_object().is_none_or(Map::is_empty))
    }

    /// The field that a complaint names: in the object that it speaks of, or wherever it may be meant.
    fn find_field(&mut self, place: &Place, field: &str, is_there: bool) -> Option<Path> {
        let step = Step::Field(field.to_owned());
        if *place != Place::Unknown {
            let mut path = self.find(place)?;
            path.push(step);
            return Some(path);
        }
        if is_there {
            let (_, spans) = self.written();
            return spans.into_iter().map(|(path, _)| path).rfind(|path| path.last() == Some(&step));
        }
        // What was put in last is looked into now; a guess that changed nothing is taken back for the next one.
        let around = (0..=self.last.len()).rev().filter_map(|length| self.last.get(..length)).map(<[Step]>::to_vec);
        let open = around.filter(|path| get(&self.value, path).is_some_and(Value::is_object));
        let guesses = open.map(|mut path| {
            path.push(step.clone());
            path
        });
        let fresh = guesses.filter(|path| !self.tried.contains_key(path)).collect::<Vec<_>>().into_iter().next();
        let earlier = self.guessed.get(field).cloned();
        let path = fresh.or_else(|| earlier.clone()).unwrap_or_else(|| vec![step]);
        if let Some(earlier) = earlier.filter(|earlier| *earlier != path) {
            remove(&mut self.value, &earlier);
        }
        self.guessed.insert(field.to_owned(), path.clone());
        Some(path)
    }

    /// The value that a complaint is about.
    fn find(&self, place: &Place) -> Option<Path> {
        match place {
            Place::Whole => Some(Path::new()),
            Place::At(path) => Some(path.clone()),
            Place::Column(column) => self.at_column(*column),
            Place::Holding(shown) => self.holding(shown),
            Place::Unknown => Some(self.last.clone()),
        }
    }

    /// The value that ends at a column counted from 1, or else the innermost that holds it.
    fn at_column(&self, column: usize) -> Option<Path> {
        let (_, spans) = self.written();
        let ends = spans.iter().find(|(_, span)| span.end == column);
        let begins = spans.iter().rev().find(|(_, span)| span.start + 1 == column.max(1));
        let holds = spans.iter().rev().find(|(_, span)| span.contains(&column.saturating_sub(1)));
        ends.or(begins).or(holds).map(|(path, _)| path.clone())
    }

    /// The value that serde would describe so, the one that was changed last before others.
    fn holding(&self, shown: &str) -> Option<Path> {
        let fits = |path: &Path| get(&self.value, path).is_some_and(|value| is_described(value, shown));
        if fits(&self.last) {
            return Some(self.last.clone());
        }
        let (_, spans) = self.written();
        spans.into_iter().map(|(path, _)| path).find(fits)
    }
}

/// Whether serde's words for an unexpected value (`string "x"`, `integer 1`, `map`) fit a value.
fn is_described(value: &Value, shown: &str) -> bool {
    let (word, rest) = shown.split_once(' ').unwrap_or((shown, ""));
    let rest = rest.trim_matches(['`', '"']);
    match (word, value) {
        ("map" | "Map" | "object" | "struct", Value::Object(_)) | ("sequence" | "array", Value::Array(_)) => true,
        ("unit" | "null" | "Option", Value::Null) => true,
        ("string" | "character", Value::String(text)) => rest.is_empty() || text == rest,
        ("integer" | "number" | "float" | "floating", Value::Number(number)) => {
            let rest = rest.trim_start_matches("point ").trim_matches(['`', '"']);
            rest.is_empty() || number.to_string() == rest
        }
        ("boolean" | "bool", Value::Bool(_)) => true,
        _ => false,
    }
}

fn field_of(path: &Path) -> String {
    let named = path.iter().rev().find_map(|step| if let Step::Field(name) = step { Some(name.clone()) } else { None });
    named.unwrap_or_default()
}

fn get<'a>(value: &'a Value, path: &Path) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Item(at) => value.get(at),
    })
}

/// Puts a value in place; objects and lists on the way are made.
fn set(value: &mut Value, path: &[Step], new: Value) {
    let Some((step, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    match step {
        Step::Field(name) => {
            if !value.is_object() {
                *value = json!({});
            }
            if let Value::Object(fields) = value {
                set(fields.entry(name.clone()).or_insert(Value::Null), rest, new);
            }
        }
        Step::Item(at) => {
            if !value.is_array() {
                *value = json!([]);
            }
            if let Value::Array(items) = value
                && *at < LONGEST_LIST
            {
                if items.len() <= *at {
                    items.resize(*at + 1, json!({}));
                }
                if let Some(item) = items.get_mut(*at) {
                    set(item, rest, new);
                }
            }
        }
    }
}

fn remove(value: &mut Value, path: &[Step]) {
    match (path, value) {
        ([Step::Field(name)], Value::Object(fields)) => drop(fields.shift_remove(name)),
        ([Step::Field(name), rest @ ..], Value::Object(fields)) => {
            if let Some(inner) = fields.get_mut(name) {
                remove(inner, rest);
            }
        }
        ([Step::Item(at), rest @ ..], Value::Array(items)) => {
            if let Some(inner) = items.get_mut(*at) {
                remove(inner, rest);
            }
        }
        _ => {}
    }
}

fn write(value: &Value, path: &mut Path, text: &mut String, spans: &mut Vec<(Path, Range<usize>)>) {
    let (start, slot) = (text.len(), spans.len());
    spans.push((path.clone(), start..start));
    match value {
        Value::Object(fields) => {
            text.push('{');
            for (at, (name, inner)) in fields.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                path.push(Step::Field(name.clone()));
                write(inner, path, text, spans);
                path.pop();
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, inner) in items.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                path.push(Step::Item(at));
                write(inner, path, text, spans);
                path.pop();
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
    if let Some((_, span)) = spans.get_mut(slot) {
        span.end = text.len();
    }
}
