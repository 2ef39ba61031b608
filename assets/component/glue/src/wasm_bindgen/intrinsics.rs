//! wasm-bindgen's own imports (`__wbindgen_...`): strings, handles, types of values, errors.

use super::super::answer::Stop;
use super::super::guest::{self, Val};
use super::super::imported::Call;
use super::super::recipe::Bindgen;
use super::value::{Kind, Value};
use super::{Body, Gives, arrays, objects, values};

/// An absent truth value: anything beyond 1 to older versions, exactly this to newer ones.
const NO_BOOL: u32 = 0x00FF_FFFF;

pub fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("init_externref_table", 0, Gives::Nothing) => |_, _| values::fill_table(),
        ("string_new", 2, _) if gives.value() => |call, module| {
            let text = call.text(0)?;
            call.give_object(module, Kind::Text(text))
        },
        ("number_new", 1, _) if gives.value() => |call, module| {
            let number = call.arguments.first().copied();
            let Some(Val::F64(number)) = number else { return Err(call.wrong("a number")) };
            call.give_value(module, Value::Number(number))
        },
        ("bigint_from_i64" | "bigint_from_u64", 1, _) if gives.value() => bigint,
        ("error_new", 2, _) if gives.value() => objects::error_new,
        ("cast", 1, Gives::Reference | Gives::Word) => cast_one,
        ("cast", 2, _) if gives.value() => cast_pair,
        ("object_clone_ref", 1, _) if gives.value() => |call, module| {
            let value = call.value(module, 0)?;
            call.give_value(module, value)
        },
        ("object_drop_ref", 1, Gives::Nothing) => |call, module| values::release(module, call.word(0)),
        ("memory", 0, _) if gives.value() => |call, module| call.give_object(module, Kind::Memory),
        ("string_get", 2, Gives::Nothing) => |call, module| {
            let value = call.value(module, 1)?;
            call.give_text_by_pointer(module, value.as_text())
        },
        ("debug_string", 2, Gives::Nothing) => |call, module| {
            let value = call.value(module, 1)?;
            let text = value.as_text().map_or_else(|| value.display(), |text| format!("{text:?}"));
            call.give_text_by_pointer(module, Some(&text))
        },
        ("json_serialize", 2, Gives::Nothing) => |call, module| {
            let text = call.value(module, 1)?.to_json();
            call.give_text_by_pointer(module, text.as_deref())
        },
        ("json_parse", 2, _) if gives.value() => objects::parse,
        ("number_get", 2, Gives::Nothing) => number_get,
        ("boolean_get", 1, Gives::Word) => |call, module| match call.value(module, 0)? {
            Value::Bool(value) => call.give_bool(value),
            _ => call.give(NO_BOOL),
        },
        ("as_number", 1, Gives::Float) => |call, module| match call.value(module, 0)? {
            Value::Number(number) => call.give_float(number),
            _ => call.give_float(f64::NAN),
        },
        ("copy_to_typed_array", 3, Gives::Nothing) => arrays::copy_to_typed_array,
        ("throw", 2, Gives::Nothing) => |call, _| {
            let text = call.text(0)?;
            Err(Stop::thrown(format!("The function threw an error: {text}")))
        },
        ("rethrow", 1, Gives::Nothing) => |call, module| {
            let value = call.value(module, 0)?;
            Err(Stop::thrown(format!("The function threw an error: {}", value.display())))
        },
        ("jsval_eq", 2, Gives::Word) => |call, module| {
            let same = call.value(module, 0)?.same(&call.value(module, 1)?);
            call.give_bool(same)
        },
        ("jsval_loose_eq", 2, Gives::Word) => |call, module| {
            let (a, b) = (call.value(module, 0)?, call.value(module, 1)?);
            call.give_bool(a.same(&b) || (a.is_nullish() && b.is_nullish()))
        },
        ("typeof", 1, _) if gives.value() => |call, module| {
            let name = call.value(module, 0)?.type_name();
            call.give_value(module, Value::text(name))
        },
        (_, 1, Gives::Word) => question(name)?,
        _ => return None,
    })
}

/// The imports that ask what a value is.
fn question(name: &str) -> Option<Body> {
    Some(match name {
        "is_undefined" => |call, module| ask(call, module, |value| matches!(value, Value::Undefined)),
        "is_null" => |call, module| ask(call, module, |value| matches!(value, Value::Null)),
        "is_null_or_undefined" => |call, module| ask(call, module, Value::is_nullish),
        "is_falsy" => |call, module| ask(call, module, |value| !value.is_truthy()),
        "is_string" => |call, module| ask(call, module, |value| value.type_name() == "string"),
        "is_function" => |call, module| ask(call, module, |value| value.type_name() == "function"),
        "is_bigint" => |call, module| ask(call, module, |value| matches!(value, Value::BigInt(_))),
        "is_symbol" => |call, module| ask(call, module, |_| false),
        "is_object" => |call, module| ask(call, module, |value| value.type_name() == "object" && !value.is_nullish()),
        "is_array" => |call, module| {
            ask(call, module, |value| matches!(value.kind(), Some(Kind::Json(serde_json::Value::Array(_)))))
        },
        _ => return None,
    })
}

fn ask(call: &mut Call, module: &Bindgen, question: fn(&Value) -> bool) -> Result<(), Stop> {
    let value = call.value(module, 0)?;
    call.give_bool(question(&value))
}

fn bigint(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let Some(Val::I64(number)) = call.arguments.first().copied() else {
        return Err(call.wrong("a number of 64 bits"));
    };
    let unsigned = call.import.name.contains("u64");
    call.give_value(module, Value::BigInt(if unsigned { number.into() } else { number.cast_signed().into() }))
}

/// A number or a JavaScript value as a JavaScript value.
fn cast_one(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let value = match call.arguments.first() {
        Some(Val::F64(number)) => Value::Number(*number),
        Some(Val::Reference(_)) => call.value(module, 0)?,
        _ => return Err(call.wrong("a number or a reference")),
    };
    call.give_value(module, value)
}

/// A pointer and a length as a JavaScript value: a string or a byte array, which only its use tells.
fn cast_pair(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let text = String::from_utf8(call.bytes(0)?).ok();
    call.give_object(module, Kind::TextOrView { pointer: call.word(0), length: call.word(1), text })
}

/// Writes whether the value is a number, and the number.
fn number_get(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let target = call.word(0);
    let number = match call.value(module, 1)? {
        Value::Number(number) => Some(number),
        _ => None,
    };
    guest::write(target.wrapping_add(8), &number.unwrap_or(0.0).to_le_bytes())?;
    guest::write(target, &u32::from(number.is_some()).to_le_bytes())
}
