//! Properties of JavaScript values, as `Reflect.get`, `Reflect.set`, `typeof` and `instanceof` have
//! them. Calls nothing: accessors and proxies do not exist here.

use super::heap::{Heap, Kind, Object, View};
use super::json;
use super::natives::{self, Class};
use super::realm::Realm;
use super::value::{Text, Value, number_text};

/// Longest array that a single assignment may make.
const LONGEST_ARRAY: usize = 1 << 24;
/// Arrays within arrays that `String(value)` follows.
const DEEPEST_TEXT: usize = 64;
/// Bytes after which `String(value)` goes no further.
const LONGEST_TEXT: usize = 16 << 20;

/// What `typeof` says, in the numbers of Go's `syscall/js`.
pub(super) fn type_flag(heap: &Heap, value: &Value) -> u64 {
    match value {
        Value::Text(_) => 2,
        _ if heap.is_function(value) => 4,
        Value::Object(_) => 1,
        _ => 0,
    }
}

/// The position of the class that the value is made by, in [`natives::CLASSES`].
fn class_at(heap: &Heap, value: &Value) -> Option<usize> {
    let name = match value {
        Value::Native(_) => "Function",
        _ => match heap.kind(value)? {
            Kind::Plain => "Object",
            Kind::Class(at) => return (*at == natives::GLOBAL_CLASS).then(|| natives::position("Object")).flatten(),
            Kind::Array(_) => "Array",
            Kind::Buffer(_) => "ArrayBuffer",
            Kind::Bytes(View { clamped: true, .. }) => "Uint8ClampedArray",
            Kind::Bytes(_) | Kind::Input { .. } => "Uint8Array",
            Kind::Error { class, .. } => return natives::position(class),
            Kind::Date(_) => "Date",
            Kind::Promise(_) => "Promise",
            Kind::GoFunction(_) | Kind::Settle { .. } => "Function",
        },
    };
    natives::position(name)
}

/// `value instanceof class`; none where the right side is no class.
pub(super) fn is_instance(heap: &Heap, value: &Value, class: &Value) -> Option<bool> {
    let Some(Kind::Class(wanted)) = heap.kind(class) else {
        return heap.is_function(class).then_some(false);
    };
    let wanted = natives::class(*wanted).filter(|class| class.is_function())?;
    let Some(own) = class_at(heap, value).and_then(natives::class) else { return Some(false) };
    Some(own.name == wanted.name || own.extends == Some(wanted.name) || wanted.name == "Object")
}

/// `Reflect.get(value, name)`.
pub(super) fn get(realm: &mut Realm, value: &Value, name: &str) -> wasmtime::Result<Value> {
    realm.look_at(value);
    let heap = &mut realm.state.heap;
    if let Some(own) = heap.get(value.as_object().unwrap_or(u32::MAX)).and_then(|object| object.properties.get(name)) {
        return Ok(own.clone());
    }
    if let Some(built_in) = built_in(heap, value, name)? {
        return Ok(built_in);
    }
    if let Some(Kind::Input { .. }) = heap.kind(value) {
        let field = input_field(heap, value, name)?;
        if !matches!(field, Value::Undefined) {
            return Ok(field);
        }
    }
    Ok(inherited(heap, value, name))
}

/// What the value's kind itself has under this name.
fn built_in(heap: &mut Heap, value: &Value, name: &str) -> wasmtime::Result<Option<Value>> {
    if let Value::Text(text) = value {
        return Ok((name == "length").then(|| Value::number(text.encode_utf16().count() as f64)));
    }
    if let Value::Native(native) = value {
        return Ok((name == "name").then(|| Value::text(native.0.name)));
    }
    if let Some(index) = index_of(name) {
        return Ok(element(heap, value, index));
    }
    let number = |number: usize| Some(Value::number(number as f64));
    let Some(kind) = heap.kind(value) else { return Ok(None) };
    Ok(match (kind, name) {
        (Kind::Class(at), _) => natives::constant(*at, name),
        (Kind::Array(values), "length") => number(values.len()),
        (Kind::Buffer(bytes), "byteLength") => number(bytes.len()),
        (Kind::Bytes(view) | Kind::Input { bytes: view, .. }, _) => match name {
            "length" | "byteLength" => number(view.length),
            "byteOffset" => number(view.start),
            "buffer" => Some(Value::Object(view.buffer)),
            "BYTES_PER_ELEMENT" => number(1),
            _ => None,
        },
        (Kind::Error { message, .. }, "message") => Some(Value::Text(message.clone())),
        (Kind::Error { class, .. }, "name") => Some(Value::Text(class.clone())),
        (Kind::Error { class, message }, "stack") => {
            let stack = format!("{}\n    at <sandbox>", error_text(class, message));
            Some(heap.text(&stack)?)
        }
        (Kind::GoFunction(_) | Kind::Settle { .. }, "length") => number(0),
        (Kind::GoFunction(_) | Kind::Settle { .. }, "name") => Some(Value::text("")),
        _ => None,
    })
}

/// A field of the input's document, which is parsed when the first one is asked for.
fn input_field(heap: &mut Heap, value: &Value, name: &str) -> wasmtime::Result<Value> {
    let document = input_document(heap, value)?;
    let field = document.as_object().and_then(|id| heap.get(id)).and_then(|object| object.properties.get(name));
    Ok(field.cloned().unwrap_or(Value::Undefined))
}

/// The document that the input is; undefined where it is not JSON.
pub(super) fn input_document(heap: &mut Heap, value: &Value) -> wasmtime::Result<Value> {
    if let Some(Kind::Input { document: Some(document), .. }) = heap.kind(value) {
        return Ok(document.clone());
    }
    let text = heap.as_bytes(value).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let parsed = json::parse(heap, &text)?.unwrap_or(Value::Undefined);
    if let Some(Kind::Input { document, .. }) = heap.kind_mut(value) {
        *document = Some(parsed.clone());
    }
    Ok(parsed)
}

/// What the value has from its class.
fn inherited(heap: &Heap, value: &Value, name: &str) -> Value {
    let Some(class) = class_at(heap, value) else {
        return match heap.kind(value) {
            Some(Kind::Class(_)) => natives::object_method(name),
            _ => Value::Undefined,
        };
    };
    if name == "constructor" {
        return Heap::class(class);
    }
    let own = natives::class(class).and_then(|class| class.method(name));
    let above =
        || natives::class(class).and_then(|class| natives::class(natives::position(class.extends?)?)?.method(name));
    own.or_else(above).unwrap_or_else(|| natives::object_method(name))
}

/// A property's name that is an array index.
fn index_of(name: &str) -> Option<usize> {
    let first = name.bytes().next()?;
    if !first.is_ascii_digit() || (first == b'0' && name.len() > 1) || name.len() > 9 {
        return None;
    }
    name.parse().ok()
}

/// The array's or byte array's element.
fn element(heap: &Heap, value: &Value, index: usize) -> Option<Value> {
    if let Some(Kind::Array(values)) = heap.kind(value) {
        return values.get(index).cloned();
    }
    let bytes = heap.slice(heap.view(value)?)?;
    bytes.get(index).map(|byte| Value::number(f64::from(*byte)))
}

/// `Reflect.get(value, index)`.
pub(super) fn get_index(realm: &mut Realm, value: &Value, index: u64) -> wasmtime::Result<Value> {
    realm.look_at(value);
    let is_list =
        matches!(realm.state.heap.kind(value), Some(Kind::Array(_))) || realm.state.heap.view(value).is_some();
    if is_list {
        let found = usize::try_from(index).ok().and_then(|index| element(&realm.state.heap, value, index));
        return Ok(found.unwrap_or(Value::Undefined));
    }
    get(realm, value, &index.to_string())
}

/// `Reflect.set(value, name, to)`.
pub(super) fn set(heap: &mut Heap, value: &Value, name: &str, to: Value) -> wasmtime::Result<()> {
    if let Some(index) = index_of(name)
        && (matches!(heap.kind(value), Some(Kind::Array(_))) || heap.view(value).is_some())
    {
        return set_index(heap, value, index as u64, &to);
    }
    if let (Some(Kind::Array(values)), "length") = (heap.kind_mut(value), name) {
        let length = to.as_index().unwrap_or(values.len());
        let grows = length.saturating_sub(values.len());
        return resize(heap, value, length, grows);
    }
    let Some(id) = value.as_object() else { return Ok(()) };
    heap.charge_element()?;
    if let Some(object) = heap.get_mut(id) {
        object.properties.set(name, to);
    }
    heap.charge(name.len() as u64)
}

/// `Reflect.set(value, index, to)`.
pub(super) fn set_index(heap: &mut Heap, value: &Value, index: u64, to: &Value) -> wasmtime::Result<()> {
    let at = usize::try_from(index).unwrap_or(usize::MAX);
    if let Some(Kind::Array(values)) = heap.kind(value) {
        if at >= values.len() {
            resize(heap, value, at.saturating_add(1), at - values.len())?;
        }
        if let Some(Kind::Array(values)) = heap.kind_mut(value)
            && let Some(slot) = values.get_mut(at)
        {
            *slot = to.clone();
        }
        return Ok(());
    }
    if let Some(view) = heap.view(value) {
        let byte = byte(to, view.clamped);
        if let Some(slot) = heap.slice_mut(view).and_then(|bytes| bytes.get_mut(at)) {
            *slot = byte;
        }
        return Ok(());
    }
    set(heap, value, &index.to_string(), to.clone())
}

fn resize(heap: &mut Heap, value: &Value, length: usize, grows: usize) -> wasmtime::Result<()> {
    if length > LONGEST_ARRAY {
        let message = format!("The function makes an array of {length} elements, and {LONGEST_ARRAY} is the most");
        return Err(crate::sandbox::fault::Stop::MemoryLimit(message).into());
    }
    heap.charge(grows as u64 * 32)?;
    if let Some(Kind::Array(values)) = heap.kind_mut(value) {
        values.resize(length, Value::Undefined);
    }
    Ok(())
}

/// A number as an element of a byte array: modulo 256, or rounded and cut off.
pub(super) fn byte(value: &Value, clamped: bool) -> u8 {
    let number = match value {
        Value::Number(number) => number.0,
        Value::Bool(true) => 1.0,
        Value::Text(text) => text.trim().parse().unwrap_or(0.0),
        _ => 0.0,
    };
    if clamped {
        return number.clamp(0.0, 255.0).round_ties_even() as u8;
    }
    if number.is_finite() { number.trunc().rem_euclid(256.0) as u8 } else { 0 }
}

/// `Reflect.deleteProperty(value, name)`.
pub(super) fn delete(heap: &mut Heap, value: &Value, name: &str) {
    if let Some(object) = value.as_object().and_then(|id| heap.get_mut(id)) {
        object.properties.remove(name);
    }
}

/// The value's own properties that are listed, in their order.
pub(super) fn listed(heap: &Heap, value: &Value) -> Vec<(Text, Value)> {
    let Some(Object { kind, properties }) = value.as_object().and_then(|id| heap.get(id)) else { return Vec::new() };
    let name = |index: usize| Text(index.to_string().into());
    let mut entries: Vec<(Text, Value)> = match kind {
        Kind::Array(values) => values.iter().enumerate().map(|(at, value)| (name(at), value.clone())).collect(),
        _ => heap.view(value).and_then(|view| heap.slice(view)).map_or_else(Vec::new, |bytes| {
            bytes.iter().enumerate().map(|(at, byte)| (name(at), Value::number(f64::from(*byte)))).collect()
        }),
    };
    entries.extend(properties.listed());
    entries
}

/// `String(value)`.
pub(super) fn text(heap: &Heap, value: &Value) -> String {
    let mut out = String::new();
    write_text(heap, value, DEEPEST_TEXT, &mut out);
    out
}

/// Arrays that hold one another many times could be written for ever: what is too long ends.
fn write_text(heap: &Heap, value: &Value, depth: usize, out: &mut String) {
    if out.len() > LONGEST_TEXT {
        return;
    }
    let kind = match value {
        Value::Undefined => return out.push_str("undefined"),
        Value::Null => return out.push_str("null"),
        Value::Bool(value) => return out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => return out.push_str(&number_text(number.0)),
        Value::Text(text) => return out.push_str(text),
        Value::Native(native) => return out.push_str(&format!("function {}() {{ [native code] }}", native.0.name)),
        Value::Object(_) => heap.kind(value),
    };
    match kind {
        Some(Kind::Array(values)) => {
            let Some(depth) = depth.checked_sub(1) else { return };
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                if !value.is_nullish() {
                    write_text(heap, value, depth, out);
                }
            }
        }
        Some(Kind::Bytes(view)) => {
            let bytes = heap.slice(*view).unwrap_or_default();
            out.push_str(&bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(","));
        }
        Some(Kind::Input { bytes, .. }) => {
            out.push_str(&String::from_utf8_lossy(heap.slice(*bytes).unwrap_or_default()));
        }
        Some(Kind::Error { class, message }) => {
            let own = |name| heap.get(value.as_object()?)?.properties.get(name)?.as_text();
            out.push_str(&error_text(own("name").unwrap_or(class), own("message").unwrap_or(message)));
        }
        Some(Kind::Date(millis)) => out.push_str(&super::natives::date_text(millis.0)),
        Some(Kind::Promise(_)) => out.push_str("[object Promise]"),
        Some(Kind::GoFunction(_) | Kind::Settle { .. }) => out.push_str("function () { [native code] }"),
        Some(Kind::Class(at)) => match natives::class(*at) {
            Some(class) if class.is_function() => {
                out.push_str(&format!("function {}() {{ [native code] }}", class.name))
            }
            Some(Class { name, .. }) => out.push_str(&format!("[object {name}]")),
            None => out.push_str("[object Object]"),
        },
        Some(Kind::Buffer(_)) => out.push_str("[object ArrayBuffer]"),
        Some(Kind::Plain) | None => out.push_str("[object Object]"),
    }
}

/// `error.toString()`.
fn error_text(class: &str, message: &str) -> String {
    match (class.is_empty(), message.is_empty()) {
        (true, _) => message.to_owned(),
        (_, true) => class.to_owned(),
        _ => format!("{class}: {message}"),
    }
}
