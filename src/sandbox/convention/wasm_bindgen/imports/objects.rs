//! Errors, dates, JSON, and the way to the global objects that libraries look for.

use super::super::value::{Kind, Value};
use super::{Body, Call, Gives};

/// Text that a guest may have parsed at once, in bytes.
const MAX_PARSE: usize = 16 << 20;

pub(super) fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    errors(name, params, gives).or_else(|| globals(name, params, gives)).or_else(|| dates(name, params, gives)).or_else(
        || {
            Some(match (name, params, gives) {
                ("stringify", 1, _) if gives.value() => stringify,
                ("parse", 2, _) if gives.value() => parse,
                ("get", 2, _) if gives.value() => get,
                ("toString" | "to_string", 1, _) if gives.value() => |call| {
                    let text = call.value(0)?.display();
                    return_text(call, text)
                },
                _ => return None,
            })
        },
    )
}

fn errors(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("new", 0, _) if gives.value() => |call| {
            let fresh = call.object(Kind::Fresh)?;
            call.return_value(fresh)
        },
        ("Error" | "new", 2, _) if gives.value() => error_new,
        ("stack", 2, Gives::Nothing) => |call| {
            let text = match call.value(1)?.kind() {
                Some(Kind::Error { .. } | Kind::Fresh) => String::new(),
                _ => return Err(call.wrong("an error")),
            };
            call.return_text_by_pointer(Some(&text))
        },
        ("message", 1, _) if gives.value() => |call| match call.value(0)?.kind() {
            Some(Kind::Error { message, .. }) => return_text(call, message.clone()),
            _ => Err(call.wrong("an error")),
        },
        ("name", 1, _) if gives.value() => |call| match call.value(0)?.kind() {
            Some(Kind::Error { name, .. }) => return_text(call, name.clone()),
            _ => Err(call.wrong("an error")),
        },
        ("instanceof_Error", 1, Gives::Word) => |call| {
            let value = call.value(0)?;
            call.return_bool(matches!(value.kind(), Some(Kind::Error { .. })))
        },
        _ => return None,
    })
}

fn globals(name: &str, params: usize, gives: Gives) -> Option<Body> {
    if !gives.value() {
        return None;
    }
    Some(match (name, params) {
        ("globalThis" | "self" | "global" | "window", 0) => |call| {
            let global = call.object(Kind::GlobalThis)?;
            call.return_value(global)
        },
        ("static_accessor_GLOBAL_THIS" | "static_accessor_SELF", 0) => |call| {
            let global = call.object(Kind::GlobalThis)?;
            call.return_option(Some(global))
        },
        // Not a browser's window and not Node.js: libraries then take what `globalThis` offers.
        ("static_accessor_WINDOW" | "static_accessor_GLOBAL", 0) => |call| call.return_option(None),
        ("crypto", 1) => |call| of_global(call, Kind::Crypto),
        ("performance", 1) => |call| of_global(call, Kind::Performance),
        ("msCrypto" | "process" | "versions" | "node", 1) => |call| {
            call.value(0)?;
            call.return_value(Value::Undefined)
        },
        ("require", 0) => |call| call.throw("module.require is not available"),
        ("newnoargs" | "new_no_args", 2) => |call| {
            let source = call.text(0)?;
            let function = call.object(Kind::Function(source))?;
            call.return_value(function)
        },
        ("call", 2) => |call| match call.value(0)?.kind() {
            Some(Kind::Function(source)) if source.trim().trim_end_matches(';') == "return this" => {
                let global = call.object(Kind::GlobalThis)?;
                call.return_value(global)
            }
            _ => call.throw("functions of JavaScript cannot be called here"),
        },
        ("call", 3..=5) => |call| call.throw("functions of JavaScript cannot be called here"),
        _ => return None,
    })
}

fn dates(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("now", 0, Gives::Float) => |call| {
            let millis = call.outside().date_millis();
            call.return_float(millis)
        },
        ("now", 1, Gives::Float) => |call| match call.value(0)?.kind() {
            Some(Kind::Performance) => {
                let millis = call.caller.data().uptime_millis();
                call.return_float(millis)
            }
            _ => Err(call.wrong("`performance`")),
        },
        ("new0" | "new_0", 0, _) if gives.value() => |call| {
            let date = call.object(Kind::Date(call.outside().date_millis()))?;
            call.return_value(date)
        },
        ("getTime" | "get_time" | "valueOf" | "value_of", 1, Gives::Float) => |call| {
            let millis = date(call)?;
            call.return_float(millis)
        },
        // The sandbox's clock is UTC.
        ("getTimezoneOffset" | "get_timezone_offset", 1, Gives::Float) => |call| {
            date(call)?;
            call.return_float(0.0)
        },
        _ => return None,
    })
}

/// Something that hangs on the global object. Libraries look for it in what they got from
/// `globalThis` or `window`; on anything else it is undefined.
fn of_global(call: &mut Call<'_, '_>, kind: Kind) -> wasmtime::Result<()> {
    match call.value(0)?.kind() {
        Some(Kind::GlobalThis) => {
            let value = call.object(kind)?;
            call.return_option(Some(value))
        }
        _ => call.return_option(None),
    }
}

fn date(call: &mut Call<'_, '_>) -> wasmtime::Result<f64> {
    match call.value(0)?.kind() {
        Some(Kind::Date(millis)) => Ok(*millis),
        _ => Err(call.wrong("a date")),
    }
}

fn return_text(call: &mut Call<'_, '_>, text: String) -> wasmtime::Result<()> {
    let value = call.object(Kind::Text(text))?;
    call.return_value(value)
}

pub(super) fn error_new(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let message = call.text(0)?;
    let error = call.object(Kind::Error { name: "Error".into(), message })?;
    call.return_value(error)
}

/// `JSON.stringify(value)`; undefined where the value has no JSON.
fn stringify(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    match to_json(&call.value(0)?) {
        Some(text) => return_text(call, text),
        None => call.return_value(Value::Undefined),
    }
}

/// A value's JSON text.
pub(super) fn to_json(value: &Value) -> Option<String> {
    match value {
        Value::Undefined | Value::BigInt(_) => None,
        Value::Null => Some("null".into()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) if number.is_finite() => Some(value_number(*number)),
        Value::Number(_) => Some("null".into()),
        Value::Object(object) => match &object.kind {
            Kind::Json(document) => Some(document.to_string()),
            // The input is a document already.
            Kind::Input(bytes) => String::from_utf8(bytes.clone()).ok(),
            Kind::Error { .. } => Some("{}".into()),
            _ => value.as_text().map(|text| serde_json::Value::from(text).to_string()),
        },
    }
}

fn value_number(number: f64) -> String {
    super::super::super::super::number::number_text(number)
}

/// `JSON.parse(text)`.
pub(super) fn parse(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let text = call.text(0)?;
    if text.len() > MAX_PARSE {
        return call.throw("SyntaxError: the text is too long to parse here");
    }
    match serde_json::from_str(&text) {
        Ok(document) => {
            let value = Value::json(document, &super::super::glue::budget(&mut call.caller)?)?;
            call.return_value(value)
        }
        Err(error) => call.throw(&format!("SyntaxError: {error}")),
    }
}

/// `Reflect.get(object, key)` or an array's element.
fn get(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let object = call.value(0)?;
    let part = if call.are_values(1, 1) {
        let key = call.value(1)?;
        match (object.kind(), key.as_text()) {
            (Some(Kind::Json(document)), Some(key)) => document.get(key).cloned(),
            (Some(Kind::GlobalThis), Some("crypto")) => return of_global(call, Kind::Crypto),
            (Some(Kind::GlobalThis), Some("performance")) => return of_global(call, Kind::Performance),
            (Some(Kind::GlobalThis), Some(_)) => None,
            _ => return Err(call.wrong("a parsed document and a name")),
        }
    } else {
        match object.kind() {
            Some(Kind::Json(document)) => document.get(call.word(1)? as usize).cloned(),
            _ => return Err(call.wrong("a parsed document")),
        }
    };
    match part {
        Some(part) => {
            let value = Value::json(part, &super::super::glue::budget(&mut call.caller)?)?;
            call.return_value(value)
        }
        None => call.return_value(Value::Undefined),
    }
}
