//! `JSON.parse` and `JSON.stringify` on the heap's objects. Neither calls itself, so that a deeply
//! nested document ends in a result or an error and never on the stack.

use std::collections::HashSet;

use super::heap::{Heap, Kind};
use super::objects;
use super::value::{ObjectId, Text, Value, number_text};

/// Objects within objects that are written; JavaScript's own stack ends at about as many.
const DEEPEST: usize = 8_000;

/// Parses a document. The inner error is what `JSON.parse` throws.
///
/// # Errors
/// When the memory limit is reached.
pub(super) fn parse(heap: &mut Heap, text: &str) -> wasmtime::Result<Result<Value, String>> {
    // The grammar is checked first and without building anything; then the text can be trusted.
    if let Err(error) = crate::sandbox::json::check(text.as_bytes()) {
        return Ok(Err(error));
    }
    let mut parser = Parser { heap, text, at: 0 };
    parser.document().map(Ok)
}

/// A collection that was begun.
enum Open {
    Array(Vec<Value>),
    Object(ObjectId, Option<String>),
}

struct Parser<'a> {
    heap: &'a mut Heap,
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn document(&mut self) -> wasmtime::Result<Value> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.next_value(&mut open)? {
                Some(value) => value,
                None => continue,
            };
            // The value goes where it belongs; what it completes goes on.
            loop {
                match open.last_mut() {
                    None => return Ok(value),
                    Some(Open::Array(values)) => {
                        self.heap.charge_element()?;
                        values.push(value);
                    }
                    Some(Open::Object(id, name)) => {
                        let name = name.take().unwrap_or_default();
                        objects::set(self.heap, &Value::Object(*id), &name, value)?;
                    }
                }
                match self.skip() {
                    Some(b',') => {
                        self.at += 1;
                        break;
                    }
                    Some(b']' | b'}') => {
                        self.at += 1;
                        value = self.close(open.pop())?;
                    }
                    // Cannot be, for the grammar was checked.
                    _ => return Ok(Value::Undefined),
                }
            }
        }
    }

    /// The next value; none where a collection was begun that is not empty.
    fn next_value(&mut self, open: &mut Vec<Open>) -> wasmtime::Result<Option<Value>> {
        if let Some(Open::Object(_, name)) = open.last_mut()
            && name.is_none()
        {
            self.skip();
            let own = self.string();
            self.skip();
            self.at += 1; // the colon
            if let Some(Open::Object(_, name)) = open.last_mut() {
                *name = Some(own);
            }
        }
        match self.skip() {
            Some(bracket @ (b'[' | b'{')) => {
                self.at += 1;
                let is_array = bracket == b'[';
                let begun =
                    if is_array { Open::Array(Vec::new()) } else { Open::Object(self.heap.make(Kind::Plain)?, None) };
                if matches!(self.skip(), Some(b']' | b'}')) {
                    self.at += 1;
                    return self.close(Some(begun)).map(Some);
                }
                open.push(begun);
                Ok(None)
            }
            Some(b'"') => {
                let text = self.string();
                self.heap.text(&text).map(Some)
            }
            _ => Ok(Some(self.literal())),
        }
    }

    fn close(&mut self, open: Option<Open>) -> wasmtime::Result<Value> {
        match open {
            Some(Open::Array(values)) => self.heap.make(Kind::Array(values)).map(Value::Object),
            Some(Open::Object(id, _)) => Ok(Value::Object(id)),
            None => Ok(Value::Undefined),
        }
    }

    /// The next byte that is no space.
    fn skip(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += spaces;
        rest.get(spaces).copied()
    }

    fn literal(&mut self) -> Value {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        self.at += end;
        match rest.get(..end).unwrap_or_default() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            number => Value::number(number.parse().unwrap_or(f64::NAN)),
        }
    }

    /// The string that begins here. Half a surrogate pair, which no other string here can hold,
    /// becomes the replacement character.
    fn string(&mut self) -> String {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let mut text = String::new();
        let mut units: Vec<u16> = Vec::new();
        let mut chars = rest.char_indices();
        while let Some((at, char)) = chars.next() {
            let escape = if char == '\\' { chars.next().map(|(_, char)| char) } else { None };
            if escape == Some('u') {
                let digits = chars.by_ref().take(4);
                units.push(digits.fold(0, |unit, (_, digit)| (unit << 4) | digit.to_digit(16).unwrap_or(0) as u16));
                continue;
            }
            text.extend(char::decode_utf16(units.drain(..)).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
            match escape {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('b') => text.push('\u{8}'),
                Some('f') => text.push('\u{c}'),
                Some(other) => text.push(other),
                None if char == '"' => {
                    self.at += at + 2;
                    break;
                }
                None => text.push(char),
            }
        }
        text
    }
}

/// Why a value has no JSON text.
#[derive(Debug)]
pub(super) enum Unwritable {
    /// Undefined, or a function.
    Nothing,
    /// What `JSON.stringify` throws: the class and the message.
    Throws(&'static str, &'static str),
    /// The text is longer than allowed.
    TooLong,
}

/// A collection that is being written.
struct Level {
    id: ObjectId,
    entries: std::vec::IntoIter<(Text, Value)>,
    is_array: bool,
    is_first: bool,
}

/// `JSON.stringify(value)`, up to `limit` bytes; `gap` is what each level is indented by.
///
/// # Errors
/// When the value has no JSON text.
pub(super) fn stringify(heap: &Heap, value: &Value, gap: &str, limit: usize) -> Result<String, Unwritable> {
    let mut out = String::new();
    let mut levels: Vec<Level> = Vec::new();
    let mut path: HashSet<ObjectId> = HashSet::new();
    match write(heap, value, &mut out) {
        Written::Nothing => return Err(Unwritable::Nothing),
        Written::Whole => return Ok(out),
        Written::Begun(level) => {
            path.insert(level.id);
            levels.push(level);
        }
    }
    while let Some(level) = levels.last_mut() {
        if out.len() > limit {
            return Err(Unwritable::TooLong);
        }
        let is_array = level.is_array;
        let Some((name, value)) = level.entries.next() else {
            let (id, is_empty) = (level.id, level.is_first);
            levels.pop();
            path.remove(&id);
            if !is_empty {
                indent(&mut out, gap, levels.len());
            }
            out.push(if is_array { ']' } else { '}' });
            continue;
        };
        let before = out.len();
        let was_first = std::mem::replace(&mut level.is_first, false);
        if !was_first {
            out.push(',');
        }
        let depth = levels.len();
        indent(&mut out, gap, depth);
        if !is_array {
            write_string(&name, &mut out);
            out.push_str(if gap.is_empty() { ":" } else { ": " });
        }
        match write(heap, &value, &mut out) {
            Written::Whole => {}
            Written::Nothing if is_array => out.push_str("null"),
            Written::Nothing => {
                out.truncate(before);
                if let Some(level) = levels.last_mut() {
                    level.is_first = was_first;
                }
            }
            Written::Begun(level) => {
                if depth >= DEEPEST {
                    return Err(Unwritable::Throws("RangeError", "Maximum call stack size exceeded"));
                }
                if !path.insert(level.id) {
                    return Err(Unwritable::Throws("TypeError", "Converting circular structure to JSON"));
                }
                levels.push(level);
            }
        }
    }
    Ok(out)
}

enum Written {
    Whole,
    Nothing,
    Begun(Level),
}

/// Writes a value, or the beginning of a collection.
fn write(heap: &Heap, value: &Value, out: &mut String) -> Written {
    match value {
        Value::Undefined | Value::Native(_) => return Written::Nothing,
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) if number.0.is_finite() => out.push_str(&number_text(number.0)),
        Value::Number(_) => out.push_str("null"),
        Value::Text(text) => write_string(text, out),
        Value::Object(id) => {
            let is_array = match heap.kind(value) {
                Some(Kind::Date(millis)) => {
                    match super::natives::iso_text(millis.0) {
                        Some(text) => write_string(&text, out),
                        None => out.push_str("null"),
                    }
                    return Written::Whole;
                }
                Some(Kind::Input { document: Some(document), .. }) => return write(heap, document, out),
                _ if heap.is_function(value) => return Written::Nothing,
                Some(Kind::Array(_)) => true,
                _ => false,
            };
            out.push(if is_array { '[' } else { '{' });
            let entries = objects::listed(heap, value).into_iter();
            return Written::Begun(Level { id: *id, entries, is_array, is_first: true });
        }
    }
    Written::Whole
}

fn indent(out: &mut String, gap: &str, depth: usize) {
    if !gap.is_empty() {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str(gap));
    }
}

/// JavaScript and this writer escape the same characters in the same way.
fn write_string(text: &str, out: &mut String) {
    match serde_json::to_string(text) {
        Ok(quoted) => out.push_str(&quoted),
        Err(_) => out.push_str("\"\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> String {
        let mut heap = Heap::new();
        let value = parse(&mut heap, text).unwrap().unwrap();
        stringify(&heap, &value, "", usize::MAX).unwrap()
    }

    #[test]
    fn documents_come_back_as_javascript_writes_them() {
        for (text, written) in [
            (r#" {"b": [1, 2.50, -0, 1e21], "a": {"x": null}} "#, r#"{"b":[1,2.5,0,1e+21],"a":{"x":null}}"#),
            (r#"{"2":1,"1":2,"a":{},"b":[]}"#, r#"{"1":2,"2":1,"a":{},"b":[]}"#),
            (r#""\u00e9\n\"\\\/\ud83d\ude00 \u001f""#, "\"é\\n\\\"\\\\/😀 \\u001f\""),
            (r#""\ud800x""#, "\"\u{fffd}x\""),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            ("true", "true"),
            ("[[],[[]],{}]", "[[],[[]],{}]"),
        ] {
            assert_eq!(there_and_back(text), written);
        }
    }

    #[test]
    fn what_is_no_json_is_an_error_and_not_a_value() {
        for text in ["", "{", "[1,]", "nul", "{\"a\"}", "[1] 2"] {
            assert!(parse(&mut Heap::new(), text).unwrap().is_err(), "{text}");
        }
    }

    #[test]
    fn deep_documents_are_parsed_and_refused_when_written() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let mut heap = Heap::new();
        let value = parse(&mut heap, &deep).unwrap().unwrap();
        assert!(matches!(stringify(&heap, &value, "", usize::MAX), Err(Unwritable::Throws("RangeError", _))));
        let fits = "[".repeat(5_000) + &"]".repeat(5_000);
        assert_eq!(there_and_back(&fits), fits);
    }

    #[test]
    fn circles_and_endless_text_are_refused() {
        let mut heap = Heap::new();
        let circle = Value::Object(heap.make(Kind::Plain).unwrap());
        objects::set(&mut heap, &circle, "self", circle.clone()).unwrap();
        assert!(matches!(stringify(&heap, &circle, "", usize::MAX), Err(Unwritable::Throws("TypeError", _))));
        let mut doubled = Value::Null;
        for _ in 0..60 {
            doubled = Value::Object(heap.make(Kind::Array(vec![doubled.clone(), doubled])).unwrap());
        }
        assert!(matches!(stringify(&heap, &doubled, "", 1 << 20), Err(Unwritable::TooLong)));
    }

    #[test]
    fn what_has_no_json_is_left_out() {
        let mut heap = Heap::new();
        let object = Value::Object(heap.make(Kind::Plain).unwrap());
        let inner = Value::Object(heap.make(Kind::Array(vec![Value::Undefined, Value::number(f64::NAN)])).unwrap());
        for (name, value) in [("a", Value::Undefined), ("b", inner), ("c", Value::Undefined), ("d", Value::Bool(true))]
        {
            objects::set(&mut heap, &object, name, value).unwrap();
        }
        assert_eq!(stringify(&heap, &object, "", 1000).unwrap(), r#"{"b":[null,null],"d":true}"#);
        assert_eq!(
            stringify(&heap, &object, " ", 1000).unwrap(),
            "{\n \"b\": [\n  null,\n  null\n ],\n \"d\": true\n}"
        );
        assert!(matches!(stringify(&heap, &Value::Undefined, "", 1000), Err(Unwritable::Nothing)));
    }
}
