//! Errors, `JSON`, `String`, `Number`, `Math`, `Reflect`, and the coders of text.

use super::super::calls;
use super::super::heap::{Heap, Kind};
use super::super::json::{self, Unwritable};
use super::super::objects;
use super::super::realm::Completion;
use super::super::value::{Text, Value};
use super::{Call, Class, NAMESPACE, Native};

macro_rules! error_class {
    ($name:literal, $extends:expr) => {
        Class {
            name: $name,
            extends: $extends,
            construct: Some(|call| error(call, $name)),
            convert: Some(|call| error(call, $name)),
            ..NAMESPACE
        }
    };
}

pub(super) static ERROR: Class = error_class!("Error", None);
pub(super) static TYPE_ERROR: Class = error_class!("TypeError", Some("Error"));
pub(super) static RANGE_ERROR: Class = error_class!("RangeError", Some("Error"));
pub(super) static SYNTAX_ERROR: Class = error_class!("SyntaxError", Some("Error"));

pub(super) static FUNCTION: Class = Class {
    name: "Function",
    methods: &[
        Native {
            of: "Function#",
            name: "call",
            run: |call| {
                let rest = call.arguments.get(1..).unwrap_or_default();
                calls::apply(call.context, call.this, &call.argument(0), rest)
            },
        },
        Native {
            of: "Function#",
            name: "apply",
            run: |call| {
                let list = call.argument(1);
                let arguments = match call.heap()?.kind(&list) {
                    Some(Kind::Array(values)) => values.clone(),
                    _ => Vec::new(),
                };
                calls::apply(call.context, call.this, &call.argument(0), &arguments)
            },
        },
    ],
    construct: Some(|call| call.throw("EvalError", "Code generation from strings is not offered here")),
    ..NAMESPACE
};

pub(super) static STRING: Class = Class { name: "String", convert: Some(to_text), ..NAMESPACE };
pub(super) static NUMBER: Class = Class {
    name: "Number",
    numbers: &[("MAX_SAFE_INTEGER", 9_007_199_254_740_991.0), ("MIN_SAFE_INTEGER", -9_007_199_254_740_991.0)],
    convert: Some(|call| Ok(Ok(Value::number(if call.arguments.is_empty() { 0.0 } else { call.number(0)? })))),
    ..NAMESPACE
};
pub(super) static BOOLEAN: Class =
    Class { name: "Boolean", convert: Some(|call| Ok(Ok(Value::Bool(is_truthy(&call.argument(0)))))), ..NAMESPACE };

pub(super) static JSON: Class = Class {
    name: "JSON",
    statics: &[
        Native { of: "JSON", name: "parse", run: parse },
        Native { of: "JSON", name: "stringify", run: stringify },
    ],
    ..NAMESPACE
};

pub(super) static MATH: Class = Class {
    name: "Math",
    statics: &[
        Native { of: "Math", name: "random", run: |call| Ok(Ok(Value::number(call.outside().random_unit()?))) },
        Native { of: "Math", name: "floor", run: |call| unary(call, f64::floor) },
        Native { of: "Math", name: "ceil", run: |call| unary(call, f64::ceil) },
        Native { of: "Math", name: "round", run: |call| unary(call, |x| (x + 0.5).floor()) },
        Native { of: "Math", name: "trunc", run: |call| unary(call, f64::trunc) },
        Native { of: "Math", name: "abs", run: |call| unary(call, f64::abs) },
        Native { of: "Math", name: "sqrt", run: |call| unary(call, f64::sqrt) },
        Native {
            of: "Math",
            name: "pow",
            run: |call| {
                let (base, exponent) = (call.number(0)?, call.number(1)?);
                Ok(Ok(Value::number(base.powf(exponent))))
            },
        },
        Native { of: "Math", name: "max", run: |call| extreme(call, f64::NEG_INFINITY, |a, b| a > b) },
        Native { of: "Math", name: "min", run: |call| extreme(call, f64::INFINITY, |a, b| a < b) },
    ],
    numbers: &[("PI", std::f64::consts::PI), ("E", std::f64::consts::E)],
    ..NAMESPACE
};

pub(super) static TEXT_ENCODER: Class = Class {
    name: "TextEncoder",
    methods: &[Native { of: "TextEncoder#", name: "encode", run: encode }],
    construct: Some(|call| coder(call, "encode", &TEXT_ENCODER)),
    ..NAMESPACE
};

pub(super) static TEXT_DECODER: Class = Class {
    name: "TextDecoder",
    methods: &[Native { of: "TextDecoder#", name: "decode", run: decode }],
    construct: Some(|call| coder(call, "decode", &TEXT_DECODER)),
    ..NAMESPACE
};

pub(super) static REFLECT: Class = Class {
    name: "Reflect",
    statics: &[
        Native {
            of: "Reflect",
            name: "get",
            run: |call| {
                let (value, name) = (call.argument(0), call.text(1)?);
                Ok(Ok(objects::get(call.realm()?, &value, &name)?))
            },
        },
        Native {
            of: "Reflect",
            name: "has",
            run: |call| {
                let (value, name) = (call.argument(0), call.text(1)?);
                Ok(Ok(Value::Bool(!matches!(objects::get(call.realm()?, &value, &name)?, Value::Undefined))))
            },
        },
    ],
    ..NAMESPACE
};

fn error(call: &mut Call<'_, '_>, class: &str) -> wasmtime::Result<Completion> {
    let message = match call.argument(0) {
        Value::Undefined => String::new(),
        _ => call.text(0)?,
    };
    call.make(Kind::Error { class: Text(class.into()), message: Text(message.into()) })
}

fn to_text(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let text = if call.arguments.is_empty() { String::new() } else { call.text(0)? };
    call.make_text(&text)
}

fn parse(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let text = call.text(0)?;
    match json::parse(call.heap()?, &text)? {
        Ok(value) => Ok(Ok(value)),
        Err(reason) => call.throw("SyntaxError", &format!("The text is not JSON: {reason}")),
    }
}

/// `JSON.stringify(value, replacer, space)`; replacers are not offered and are no functions of Go's either.
fn stringify(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    let gap = match call.argument(2) {
        Value::Text(text) => text.chars().take(10).collect(),
        space => " ".repeat(space.as_index().unwrap_or(0).min(10)),
    };
    let heap = call.heap()?;
    if let Some(Kind::Input { .. }) = heap.kind(&value) {
        objects::input_document(heap, &value)?;
    }
    let room = usize::try_from(heap.limit.saturating_sub(heap.used())).unwrap_or(usize::MAX);
    match json::stringify(heap, &value, &gap, room) {
        Ok(text) => call.make_text(&text),
        Err(Unwritable::Nothing) => Ok(Ok(Value::Undefined)),
        Err(Unwritable::Throws(class, message)) => call.throw(class, message),
        Err(Unwritable::TooLong) => call.throw("RangeError", "Invalid string length"),
    }
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.0 != 0.0 && !number.0.is_nan(),
        Value::Text(text) => !text.is_empty(),
        Value::Native(_) | Value::Object(_) => true,
    }
}

/// `Number(value)`.
pub(super) fn number_of(heap: &Heap, value: &Value) -> f64 {
    match value {
        Value::Undefined => f64::NAN,
        Value::Null => 0.0,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Number(number) => number.0,
        Value::Text(text) if text.trim().is_empty() => 0.0,
        Value::Text(text) if text.trim().bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => {
            text.trim().parse().unwrap_or(f64::NAN)
        }
        Value::Text(_) | Value::Native(_) => f64::NAN,
        Value::Object(_) => match heap.kind(value) {
            Some(Kind::Date(millis)) => millis.0,
            _ => f64::NAN,
        },
    }
}

/// `parseInt(text, radix)`.
pub(super) fn leading_integer(text: &str, radix: f64) -> f64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (radix, digits) = match (radix as u32, hexadecimal) {
        (0 | 16, Some(rest)) => (16, rest),
        (0, None) => (10, digits),
        (radix, _) => (radix, digits),
    };
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let digits = digits.chars().map_while(|char| char.to_digit(radix));
    let value =
        digits.fold(None, |sum: Option<f64>, digit| Some(sum.unwrap_or(0.0) * f64::from(radix) + f64::from(digit)));
    value.map_or(f64::NAN, |value| sign * value)
}

/// `parseFloat(text)`.
pub(super) fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text.find(|char: char| !char.is_ascii_digit() && !"+-.eE".contains(char)).unwrap_or(text.len());
    let candidate = text.get(..end).unwrap_or_default();
    // The longest beginning that is a number; none is longer than a few hundred digits of use.
    (1..=candidate.len().min(400)).rev().find_map(|end| candidate.get(..end)?.parse().ok()).unwrap_or(f64::NAN)
}

fn unary(call: &mut Call<'_, '_>, function: fn(f64) -> f64) -> wasmtime::Result<Completion> {
    Ok(Ok(Value::number(function(call.number(0)?))))
}

fn extreme(call: &mut Call<'_, '_>, none: f64, wins: fn(f64, f64) -> bool) -> wasmtime::Result<Completion> {
    let mut best = none;
    for at in 0..call.arguments.len() {
        let number = call.number(at)?;
        if number.is_nan() || wins(number, best) {
            best = number;
        }
        if best.is_nan() {
            break;
        }
    }
    Ok(Ok(Value::number(best)))
}

/// A coder has no state: an object that has the one method as its own.
fn coder(call: &mut Call<'_, '_>, method: &str, class: &'static Class) -> wasmtime::Result<Completion> {
    let heap = call.heap()?;
    let coder = Value::Object(heap.make(Kind::Plain)?);
    objects::set(heap, &coder, method, class.method(method).unwrap_or(Value::Undefined))?;
    objects::set(heap, &coder, "encoding", Value::text("utf-8"))?;
    Ok(Ok(coder))
}

fn encode(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let text = match call.argument(0) {
        Value::Undefined => String::new(),
        _ => call.text(0)?,
    };
    Ok(Ok(call.heap()?.bytes(text.into_bytes())?))
}

fn decode(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    let text = decoded(call.heap()?.as_bytes(&value).unwrap_or_default());
    call.make_text(&text)
}

/// UTF-8 as a `TextDecoder` reads it: without a byte order mark, and with the replacement character
/// for what is none.
pub(in super::super) fn decoded(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_that_a_text_begins_with_is_read() {
        assert_eq!(leading_integer(" -12px", 0.0), -12.0);
        assert_eq!(leading_integer("0xff", f64::NAN), 255.0);
        assert_eq!(leading_integer("101", 2.0), 5.0);
        assert!(leading_integer("x", 10.0).is_nan());
        assert_eq!(leading_number("3.25e2abc"), 325.0);
        assert_eq!(leading_number("1-2"), 1.0);
        assert!(leading_number("-").is_nan());
    }

    #[test]
    fn text_is_decoded_as_a_text_decoder_does() {
        assert_eq!(decoded(b"\xef\xbb\xbfa\xffb"), "a\u{fffd}b");
    }
}
