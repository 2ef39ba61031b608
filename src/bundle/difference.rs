//! Where two JSON values differ, place by place. Compares what is meant: the order of keys does not matter, and
//! 1 is 1.0. Never changes a value.

use std::fmt;

use serde_json::Value;

/// A place where a value is not what was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The place as a JSON pointer; empty: the value as a whole.
    pub pointer: String,
    /// What was expected; `None`: nothing.
    pub expected: Option<Value>,
    /// What was found; `None`: nothing.
    pub actual: Option<Value>,
}

/// The places where two values differ: the first of them, and how many there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// The first ones, in the order of the expected value.
    pub first: Vec<Difference>,
    /// How many there are in all.
    pub count: usize,
}

/// Most places that are kept.
const MOST_KEPT: usize = 50;

impl Differences {
    /// What differs from `expected` in `actual`.
    pub fn between(expected: &Value, actual: &Value) -> Self {
        let mut found = Self::default();
        found.compare(&mut String::new(), expected, actual, true);
        found
    }

    /// What of `part` is missing or different in `whole`: objects may have more keys, lists are compared item
    /// by item.
    pub fn from_part(part: &Value, whole: &Value) -> Self {
        let mut found = Self::default();
        found.compare(&mut String::new(), part, whole, false);
        found
    }

    /// What differs at certain places, each a JSON pointer with the value expected there.
    pub fn at_places<'a>(places: impl IntoIterator<Item = (&'a String, &'a Value)>, actual: &Value) -> Self {
        let mut found = Self::default();
        for (pointer, expected) in places {
            let mut place = pointer.clone();
            match actual.pointer(pointer) {
                Some(actual) => found.compare(&mut place, expected, actual, true),
                None => found.note(&place, Some(expected), None),
            }
        }
        found
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn note(&mut self, pointer: &str, expected: Option<&Value>, actual: Option<&Value>) {
        self.count += 1;
        if self.first.len() < MOST_KEPT {
            let (expected, actual) = (expected.cloned(), actual.cloned());
            self.first.push(Difference { pointer: pointer.to_owned(), expected, actual });
        }
    }

    fn compare(&mut self, place: &mut String, expected: &Value, actual: &Value, whole: bool) {
        match (expected, actual) {
            (Value::Object(expected), Value::Object(actual)) => {
                for (key, value) in expected {
                    let begun = enter(place, key);
                    match actual.get(key) {
                        Some(actual) => self.compare(place, value, actual, whole),
                        None => self.note(place, Some(value), None),
                    }
                    place.truncate(begun);
                }
                for (key, value) in actual.iter().filter(|(key, _)| whole && !expected.contains_key(*key)) {
                    let begun = enter(place, key);
                    self.note(place, None, Some(value));
                    place.truncate(begun);
                }
            }
            (Value::Array(expected), Value::Array(actual)) => {
                for at in 0..expected.len().max(actual.len()) {
                    let begun = enter(place, &at.to_string());
                    match (expected.get(at), actual.get(at)) {
                        (Some(expected), Some(actual)) => self.compare(place, expected, actual, whole),
                        (expected, actual) => self.note(place, expected, actual),
                    }
                    place.truncate(begun);
                }
            }
            _ if is_same(expected, actual) => {}
            _ => self.note(place, Some(expected), Some(actual)),
        }
    }
}

/// Goes one step down, and gives the way back.
fn enter(place: &mut String, key: &str) -> usize {
    let begun = place.len();
    place.push('/');
    place.push_str(&key.replace('~', "~0").replace('/', "~1"));
    begun
}

/// Whether both are the same value that has no parts.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        // As floating point numbers, large whole numbers would be the same as their neighbours.
        (Value::Number(a), Value::Number(b)) if !a.is_f64() && !b.is_f64() => a == b,
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

/// Longest value that is written into a line, in characters.
const LONGEST: usize = 120;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| match value {
            Some(value) => super::printable_line(&value.to_string(), LONGEST),
            None => "nothing".into(),
        };
        let place =
            if self.pointer.is_empty() { "the whole".into() } else { super::printable_line(&self.pointer, 200) };
        write!(f, "{place}: expected {}, got {}", shown(&self.expected), shown(&self.actual))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(found: &Differences) -> Vec<String> {
        found.first.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_place_that_differs_is_named_by_its_pointer() {
        let expected = json!({"a": [1, {"b/c": "x", "d~e": null}], "gone": true});
        let actual = json!({"a": [1.0, {"b/c": "y", "d~e": 0}, 3], "new": "é"});
        let found = Differences::between(&expected, &actual);
        assert_eq!(
            lines(&found),
            [
                "/a/1/b~1c: expected \"x\", got \"y\"",
                "/a/1/d~0e: expected null, got 0",
                "/a/2: expected nothing, got 3",
                "/gone: expected true, got nothing",
                "/new: expected nothing, got \"é\"",
            ]
        );
    }

    #[test]
    fn a_part_may_leave_keys_out_but_not_items() {
        let whole = json!({"user": {"name": "Ada", "age": 36}, "list": [{"n": 1, "m": 2}, 2]});
        assert!(Differences::from_part(&json!({"user": {"name": "Ada"}, "list": [{"n": 1}, 2]}), &whole).is_empty());
        let found = Differences::from_part(&json!({"user": {"email": null}, "list": [{"n": 1}]}), &whole);
        assert_eq!(lines(&found), ["/user/email: expected null, got nothing", "/list/1: expected nothing, got 2"]);
    }

    #[test]
    fn what_is_missing_at_a_place_is_not_null() {
        let actual = json!({"a": null, "ü": [10, 20]});
        let places = [("/a".to_owned(), json!(null)), ("/b".to_owned(), json!(null)), ("/ü/1".to_owned(), json!(20))];
        let found = Differences::at_places(places.iter().map(|(at, value)| (at, value)), &actual);
        assert_eq!(lines(&found), ["/b: expected null, got nothing"]);
        let whole = [(String::new(), actual.clone())];
        assert!(Differences::at_places(whole.iter().map(|(at, value)| (at, value)), &actual).is_empty());
    }

    #[test]
    fn numbers_are_compared_by_value_and_large_ones_exactly() {
        assert!(Differences::between(&json!([1, 1.5, -0.0]), &json!([1.0, 1.50, 0])).is_empty());
        let (a, b) = (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64));
        assert_eq!(Differences::between(&a, &b).count, 1);
        assert_eq!(Differences::between(&json!("1"), &json!(1)).count, 1);
    }

    #[test]
    fn all_differences_are_counted_and_the_first_kept() {
        let found = Differences::between(&json!(vec![0; 1000]), &json!(vec![1; 1000]));
        assert_eq!((found.count, found.first.len()), (1000, MOST_KEPT));
    }
}
