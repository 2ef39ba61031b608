//! Errors, dates, JSON, random numbers, and the way to the global objects that libraries look for.

use super::super::answer::Stop;
use super::super::imported::Call;
use super::super::outside;
use super::super::recipe::Bindgen;
use super::value::{Kind, Value};
use super::{Body, Gives, arrays};

/// Text that a module may have parsed at once, in bytes.
const MAX_PARSE: usize = 16 << 20;

pub fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    random(name, params, gives)
        .or_else(|| errors(name, params, gives))
        .or_else(|| globals(name, params, gives))
        .or_else(|| dates(name, params, gives))
        .or_else(|| json(name, params, gives))
}

fn random(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("getRandomValues" | "get_random_values" | "randomFillSync" | "random_fill_sync", 1..=3, _)
            if gives == Gives::Nothing || gives.value() =>
        {
            arrays::get_random_values
        }
        ("random", 0, Gives::Float) => |call, _| call.give_float(outside::random_unit()),
        _ => return None,
    })
}

fn errors(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("new", 0, _) if gives.value() => |call, module| call.give_object(module, Kind::Fresh),
        ("Error" | "new", 2, _) if gives.value() => error_new,
        ("stack", 2, Gives::Nothing) => |call, module| match call.value(module, 1)?.kind() {
            Some(Kind::Error { .. } | Kind::Fresh) => call.give_text_by_pointer(module, Some("")),
            _ => Err(call.wrong("an error")),
        },
        ("message", 1, _) if gives.value() => |call, module| match call.value(module, 0)?.kind() {
            Some(Kind::Error { message, .. }) => call.give_value(module, Value::text(message.clone())),
            _ => Err(call.wrong("an error")),
        },
        ("name", 1, _) if gives.value() => |call, module| match call.value(module, 0)?.kind() {
            Some(Kind::Error { name, .. }) => call.give_value(module, Value::text(name.clone())),
            _ => Err(call.wrong("an error")),
        },
        ("instanceof_Error", 1, Gives::Word) => |call, module| {
            let value = call.value(module, 0)?;
            call.give_bool(matches!(value.kind(), Some(Kind::Error { .. })))
        },
        _ => return None,
    })
}

fn globals(name: &str, params: usize, gives: Gives) -> Option<Body> {
    if !gives.value() {
        return None;
    }
    Some(match (name, params) {
        ("globalThis" | "self" | "global" | "window", 0) => |call, module| call.give_object(module, Kind::GlobalThis),
        ("static_accessor_GLOBAL_THIS" | "static_accessor_SELF", 0) => {
            |call, module| call.give_option(module, Some(Value::object(Kind::GlobalThis)))
        }
        // Not a browser's window and not Node.js: libraries then take what `globalThis` offers.
        ("static_accessor_WINDOW" | "static_accessor_GLOBAL", 0) => |call, module| call.give_option(module, None),
        ("crypto", 1) => |call, module| of_global(call, module, Kind::Crypto),
        ("performance", 1) => |call, module| of_global(call, module, Kind::Performance),
        ("msCrypto" | "process" | "versions" | "node", 1) => |call, module| {
            call.value(module, 0)?;
            call.give_value(module, Value::Undefined)
        },
        ("require", 0) => |call, module| call.throw(module, "module.require is not available"),
        ("newnoargs" | "new_no_args", 2) => |call, module| {
            let source = call.text(0)?;
            call.give_object(module, Kind::Function(source))
        },
        ("call", 2) => |call, module| match call.value(module, 0)?.kind() {
            Some(Kind::Function(source)) if source.trim().trim_end_matches(';') == "return this" => {
                call.give_object(module, Kind::GlobalThis)
            }
            _ => call.throw(module, "functions of JavaScript cannot be called here"),
        },
        ("call", 3..=5) => |call, module| call.throw(module, "functions of JavaScript cannot be called here"),
        _ => return None,
    })
}

fn dates(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("now", 0, Gives::Float) => |call, _| call.give_float(outside::date_millis()),
        ("now", 1, Gives::Float) => |call, module| match call.value(module, 0)?.kind() {
            Some(Kind::Performance) => call.give_float(outside::uptime_millis()),
            _ => Err(call.wrong("`performance`")),
        },
        ("new0" | "new_0", 0, _) if gives.value() => {
            |call, module| call.give_object(module, Kind::Date(outside::date_millis()))
        }
        ("getTime" | "get_time" | "valueOf" | "value_of", 1, Gives::Float) => |call, module| {
            let millis = date(call, module)?;
            call.give_float(millis)
        },
        // The clock is UTC.
        ("getTimezoneOffset" | "get_timezone_offset", 1, Gives::Float) => |call, module| {
            date(call, module)?;
            call.give_float(0.0)
        },
        _ => return None,
    })
}

fn json(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("stringify", 1, _) if gives.value() => |call, module| {
            let text = call.value(module, 0)?.to_json();
            call.give_value(module, text.map_or(Value::Undefined, Value::text))
        },
        ("parse", 2, _) if gives.value() => parse,
        ("get", 2, _) if gives.value() => get,
        ("toString" | "to_string", 1, _) if gives.value() => |call, module| {
            let text = call.value(module, 0)?.display();
            call.give_value(module, Value::text(text))
        },
        _ => return None,
    })
}

/// Something that hangs on the global object. Libraries look for it in what they got from `globalThis` or `window`;
/// on anything else it is undefined.
fn of_global(call: &mut Call, module: &Bindgen, kind: Kind) -> Result<(), Stop> {
    match call.value(module, 0)?.kind() {
        Some(Kind::GlobalThis) => call.give_option(module, Some(Value::object(kind))),
        _ => call.give_option(module, None),
    }
}

fn date(call: &Call, module: &Bindgen) -> Result<f64, Stop> {
    match call.value(module, 0)?.kind() {
        Some(Kind::Date(millis)) => Ok(*millis),
        _ => Err(call.wrong("a date")),
    }
}

pub fn error_new(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let message = call.text(0)?;
    call.give_value(module, Value::error(message))
}

/// `JSON.parse(text)`.
pub fn parse(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let text = call.text(0)?;
    if text.len() > MAX_PARSE {
        return call.throw(module, "SyntaxError: the text is too long to parse here");
    }
    match serde_json::from_str(&text) {
        Ok(document) => call.give_value(module, Value::json(document)),
        Err(error) => call.throw(module, &format!("SyntaxError: {error}")),
    }
}

/// `Reflect.get(object, key)` or an array's element.
fn get(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let object = call.value(module, 0)?;
    let part = if call.is_value(module, 1) {
        let key = call.value(module, 1)?;
        match (object.kind(), key.as_text()) {
            (Some(Kind::Json(document)), Some(key)) => document.get(key).cloned(),
            (Some(Kind::GlobalThis), Some("crypto")) => return of_global(call, module, Kind::Crypto),
            (Some(Kind::GlobalThis), Some("performance")) => return of_global(call, module, Kind::Performance),
            (Some(Kind::GlobalThis), Some(_)) => None,
            _ => return Err(call.wrong("a parsed document and a name")),
        }
    } else {
        match object.kind() {
            Some(Kind::Json(document)) => document.get(call.word(1) as usize).cloned(),
            _ => return Err(call.wrong("a parsed document")),
        }
    };
    call.give_value(module, part.map_or(Value::Undefined, Value::json))
}
