//! What a text says, without where it says it: changes are made here too, and compared with what the
//! changed text says.

use std::collections::BTreeMap;

use super::fields::{API, Field, List, Style};
use super::{Refusal, Result, Values, shown};
use crate::bundle::yaml::{Kind, Meaning, Node};

/// A value. Mappings are compared without regard to the order of their keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

impl Tree {
    pub(super) fn of(node: &Node) -> Self {
        match &node.kind {
            Kind::Scalar(scalar) => match scalar.meaning() {
                Meaning::Null => Self::Null,
                Meaning::Bool(value) => Self::Bool(value),
                Meaning::Number(value) => Self::Number(value),
                Meaning::Text => Self::Text(scalar.text.to_string()),
            },
            Kind::Sequence(items) => Self::List(items.iter().map(Self::of).collect()),
            Kind::Mapping(mapping) => {
                let entries = mapping.entries.iter().map(|entry| (entry.key.to_string(), Self::of(&entry.value)));
                Self::Map(entries.collect())
            }
        }
    }

    /// A new entry with those of `values` that are not empty.
    pub(super) fn entry(fields: &[Field], values: &Values) -> Self {
        let mut entry = BTreeMap::new();
        set(&mut entry, fields, values);
        Self::Map(entry)
    }

    /// Sets the fields that `values` names, and removes those that are empty there.
    pub(super) fn set(&mut self, fields: &[Field], values: &Values) -> Result<()> {
        let Self::Map(entry) = self else { return Err(Refusal::by_hand("the entry is no mapping")) };
        set(entry, fields, values);
        Ok(())
    }

    /// The same within `api`, which comes into being with its first field.
    pub(super) fn set_in_api(&mut self, values: &Values) -> Result<()> {
        let wanted = API.iter().any(|field| values.get(field.key).is_some_and(|value| !value.is_empty()));
        let Self::Map(root) = self else { return Ok(()) };
        match root.get_mut("api") {
            None | Some(Self::Null) if !wanted => Ok(()),
            Some(api @ Self::Map(_)) => api.set(&API, values),
            None | Some(Self::Null) => {
                root.insert("api".into(), Self::entry(&API, values));
                Ok(())
            }
            Some(_) => Err(Refusal::by_hand("`api` is no mapping")),
        }
    }

    /// The items of a list, which comes into being where it is absent or empty.
    pub(super) fn list_mut(&mut self, list: List) -> Result<&mut Vec<Self>> {
        let mut parent = self;
        if list == List::Endpoints {
            parent = parent.child("api", Self::Map(BTreeMap::new()))?;
        }
        match parent.child(list.key(), Self::List(Vec::new()))? {
            Self::List(items) => Ok(items),
            _ => Err(Refusal::by_hand(&format!("{} is no list", shown(list.key())))),
        }
    }

    fn child(&mut self, key: &str, empty: Self) -> Result<&mut Self> {
        let Self::Map(entries) = self else { return Err(Refusal::by_hand("the entry is no mapping")) };
        let child = entries.entry(key.into()).or_insert(Self::Null);
        if *child == Self::Null {
            *child = empty;
        }
        Ok(child)
    }
}

fn set(entry: &mut BTreeMap<String, Tree>, fields: &[Field], values: &Values) {
    for field in fields {
        let Some(value) = values.get(field.key) else { continue };
        let number = value.parse::<u32>().ok().filter(|_| field.style == Style::Number);
        match number {
            _ if value.is_empty() => drop(entry.remove(field.key)),
            Some(number) => drop(entry.insert(field.key.into(), Tree::Number(f64::from(number)))),
            None => drop(entry.insert(field.key.into(), Tree::Text(value.clone()))),
        }
    }
}
