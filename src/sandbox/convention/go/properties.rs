//! The own properties of one object, in the order that JavaScript lists them in.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::value::{Text, Value};

/// Properties from which names are looked up in a table: few are found faster by looking at each.
const INDEXED_FROM: usize = 12;

/// Names and values, in the order in which they were added.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Text, Value)>", into = "Vec<(Text, Value)>")]
pub(super) struct Properties {
    /// A deleted property leaves a gap, so that the others keep their places.
    entries: Vec<Option<(Text, Value)>>,
    places: HashMap<Text, usize>,
}

impl Properties {
    fn place(&self, name: &str) -> Option<usize> {
        if self.entries.len() >= INDEXED_FROM {
            return self.places.get(name).copied();
        }
        self.entries.iter().position(|entry| entry.as_ref().is_some_and(|(own, _)| &**own == name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(self.place(name)?)?.as_ref().map(|(_, value)| value)
    }

    /// Sets a property, and tells whether it is new.
    pub(super) fn set(&mut self, name: &str, value: Value) -> bool {
        let place = self.place(name).and_then(|place| self.entries.get_mut(place));
        if let Some(Some((_, old))) = place {
            *old = value;
            return false;
        }
        let name = Text(name.into());
        if self.entries.len() + 1 == INDEXED_FROM {
            let known = self.entries.iter().enumerate();
            self.places = known.filter_map(|(at, entry)| Some((entry.as_ref()?.0.clone(), at))).collect();
        }
        if self.entries.len() + 1 >= INDEXED_FROM {
            self.places.insert(name.clone(), self.entries.len());
        }
        self.entries.push(Some((name, value)));
        true
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(place) = self.place(name) {
            if let Some(entry) = self.entries.get_mut(place) {
                *entry = None;
            }
            self.places.remove(name);
            // Gaps that outnumber what is left would make every look-up slower.
            let left = self.entries.iter().flatten().count();
            if self.entries.len() > INDEXED_FROM && left < self.entries.len() / 2 {
                let entries: Vec<_> = std::mem::take(&mut self.entries).into_iter().flatten().collect();
                *self = Self::from(entries);
            }
        }
    }

    /// In the order in which they were added.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &Value)> {
        self.entries.iter().flatten().map(|(name, value)| (name, value))
    }

    /// As JavaScript lists them: whole numbers in their order, then the others as they were added.
    pub(super) fn listed(&self) -> Vec<(Text, Value)> {
        let index = |name: &str| {
            let number: u32 = name.parse().ok()?;
            (number.to_string() == name).then_some(number)
        };
        let mut numbered: Vec<(u32, (Text, Value))> = Vec::new();
        let mut named = Vec::new();
        for (name, value) in self.iter() {
            match index(name) {
                Some(number) => numbered.push((number, (name.clone(), value.clone()))),
                None => named.push((name.clone(), value.clone())),
            }
        }
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, entry)| entry).chain(named).collect()
    }
}

impl From<Vec<(Text, Value)>> for Properties {
    fn from(entries: Vec<(Text, Value)>) -> Self {
        let mut properties = Self::default();
        for (name, value) in entries {
            properties.set(&name, value);
        }
        properties
    }
}

impl From<Properties> for Vec<(Text, Value)> {
    fn from(properties: Properties) -> Self {
        properties.entries.into_iter().flatten().collect()
    }
}

impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(properties: &Properties) -> Vec<String> {
        properties.listed().into_iter().map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn names_are_listed_as_javascript_lists_them() {
        let mut properties = Properties::default();
        for name in ["b", "10", "a", "9", "01"] {
            assert!(properties.set(name, Value::Null));
        }
        assert!(!properties.set("b", Value::Undefined));
        assert_eq!(names(&properties), ["9", "10", "b", "a", "01"]);
    }

    #[test]
    fn many_properties_are_found_set_and_removed() {
        let mut properties = Properties::default();
        for number in 0..1000 {
            properties.set(&format!("p{number}"), Value::number(f64::from(number)));
        }
        for number in (0..1000).step_by(3) {
            properties.remove(&format!("p{number}"));
        }
        assert!(properties.get("p3").is_none());
        assert_eq!(properties.get("p4").and_then(Value::as_number), Some(4.0));
        assert_eq!(names(&properties).len(), 666);
        (0..1000).for_each(|number| properties.remove(&format!("p{number}")));
        properties.set("p4", Value::Null);
        assert_eq!(names(&properties), ["p4"]);
    }
}
