//! The table through which a Go program refers to JavaScript values: each has a number, is counted,
//! and is forgotten once Go has let go of it as often as it was handed over.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::heap::{GLOBAL, GO};
use super::value::{ObjectId, Text, Value};

/// The upper half of a reference: a NaN that no calculation gives (`nanHead` in Go's `syscall/js`).
const NAN_HEAD: u64 = 0x7FF8_0000;
/// Numbers below this stand for fixed values and are never forgotten.
const FIXED: usize = 7;

/// What identifies a value: objects by themselves, strings by their text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Identity {
    Zero,
    Null,
    Bool(bool),
    Text(Text),
    Native(&'static str, &'static str),
    Object(ObjectId),
}

/// The values that Go holds references to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(super) struct Refs {
    values: Vec<Option<Value>>,
    counts: Vec<u64>,
    numbers: HashMap<Identity, u32>,
    free: Vec<u32>,
}

/// The table as it is written down.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    values: Vec<Option<Value>>,
    counts: Vec<u64>,
    free: Vec<u32>,
}

impl Refs {
    pub(super) fn new() -> Self {
        let fixed = [
            Value::number(f64::NAN),
            Value::number(0.0),
            Value::Null,
            Value::Bool(true),
            Value::Bool(false),
            Value::Object(GLOBAL),
            Value::Object(GO),
        ];
        let kept = Kept { values: fixed.map(Some).to_vec(), counts: vec![1; FIXED], free: Vec::new() };
        kept.into()
    }

    /// The value that Go's reference means; none where there is no such reference.
    pub(super) fn value(&self, reference: u64) -> Option<Value> {
        let number = f64::from_bits(reference);
        if number == 0.0 {
            return Some(Value::Undefined);
        }
        if !number.is_nan() {
            return Some(Value::number(number));
        }
        self.values.get(reference as u32 as usize)?.clone()
    }

    /// A reference to the value for Go, which holds it once more. `flag` tells Go the value's type.
    pub(super) fn hand_over(&mut self, value: &Value, flag: u64) -> u64 {
        let number = match identity(value) {
            None => match value {
                Value::Number(number) if number.0.is_nan() => return NAN_HEAD << 32,
                Value::Number(number) => return number.0.to_bits(),
                _ => return 0,
            },
            Some(identity) => *self.numbers.entry(identity).or_insert_with(|| {
                let number = self.free.pop().unwrap_or(self.values.len() as u32);
                if number as usize == self.values.len() {
                    self.values.push(None);
                    self.counts.push(0);
                }
                if let Some(slot) = self.values.get_mut(number as usize) {
                    *slot = Some(value.clone());
                }
                number
            }),
        };
        if let Some(count) = self.counts.get_mut(number as usize) {
            *count += 1;
        }
        ((NAN_HEAD | flag) << 32) | u64::from(number)
    }

    /// Go lets go of one reference. False where it holds none.
    pub(super) fn release(&mut self, number: u32) -> bool {
        let at = number as usize;
        if at < FIXED {
            return true;
        }
        let (Some(count), Some(slot)) = (self.counts.get_mut(at), self.values.get_mut(at)) else { return false };
        if *count == 0 {
            return false;
        }
        *count -= 1;
        if *count == 0 {
            if let Some(identity) = slot.take().as_ref().and_then(identity) {
                self.numbers.remove(&identity);
            }
            self.free.push(number);
        }
        true
    }

    /// All values that Go can reach.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter().flatten()
    }
}

/// None for values that are their own reference.
fn identity(value: &Value) -> Option<Identity> {
    match value {
        Value::Undefined => None,
        Value::Number(number) => (number.0 == 0.0).then_some(Identity::Zero),
        Value::Null => Some(Identity::Null),
        Value::Bool(value) => Some(Identity::Bool(*value)),
        Value::Text(text) => Some(Identity::Text(text.clone())),
        Value::Native(native) => Some(Identity::Native(native.0.of, native.0.name)),
        Value::Object(id) => Some(Identity::Object(*id)),
    }
}

impl From<Kept> for Refs {
    fn from(kept: Kept) -> Self {
        let numbers = kept.values.iter().enumerate();
        let numbers = numbers.filter_map(|(at, value)| Some((identity(value.as_ref()?)?, at as u32))).collect();
        Self { values: kept.values, counts: kept.counts, numbers, free: kept.free }
    }
}

impl From<Refs> for Kept {
    fn from(refs: Refs) -> Self {
        Self { values: refs.values, counts: refs.counts, free: refs.free }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_number_until_go_lets_go_of_it() {
        let mut refs = Refs::new();
        let text = Value::text("a");
        let reference = refs.hand_over(&text, 2);
        assert_eq!(refs.hand_over(&Value::text("a"), 2), reference);
        assert_eq!(refs.value(reference).and_then(|value| value.as_text().map(str::to_owned)), Some("a".into()));
        let number = reference as u32;
        assert!(refs.release(number) && refs.release(number));
        assert!(!refs.release(number));
        assert!(refs.value(reference).is_none());
        assert_eq!(refs.hand_over(&Value::text("b"), 2) as u32, number);
    }

    #[test]
    fn fixed_values_have_their_numbers_for_ever() {
        let mut refs = Refs::new();
        assert_eq!(refs.hand_over(&Value::number(-0.0), 0) as u32, 1);
        assert_eq!(refs.hand_over(&Value::Object(GLOBAL), 1) as u32, 5);
        (0..100).for_each(|_| assert!(refs.release(5)));
        assert!(matches!(refs.value(refs.clone().hand_over(&Value::Object(GLOBAL), 1)), Some(Value::Object(GLOBAL))));
        assert!(!refs.release(7));
        assert_eq!(refs.hand_over(&Value::number(1.5), 0), 1.5_f64.to_bits());
        assert_eq!(refs.hand_over(&Value::Undefined, 0), 0);
    }
}
