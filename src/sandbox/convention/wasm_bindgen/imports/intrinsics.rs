//! wasm-bindgen's own imports (`__wbindgen_...`): strings, handles, types of values, errors.

use super::super::super::super::fault::Stop;
use super::super::value::{Kind, Value};
use super::{Body, Call, Gives};

/// An absent truth value: anything beyond 1 to older versions, exactly this to newer ones.
const NO_BOOL: u32 = 0x00FF_FFFF;

pub(super) fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("init_externref_table", 0, Gives::Nothing) => |call| call.glue.fill_table(&mut call.caller),
        ("string_new", 2, _) if gives.value() => string_new,
        ("number_new", 1, _) if gives.value() => |call| {
            let number = call.float(0)?;
            call.return_value(Value::Number(number))
        },
        ("bigint_from_i64" | "bigint_from_u64", 1, _) if gives.value() => |call| {
            let number = match call.arguments.first() {
                Some(wasmtime::Val::I64(number)) if call.name.contains("u64") => number.cast_unsigned().into(),
                Some(wasmtime::Val::I64(number)) => (*number).into(),
                _ => return Err(call.wrong("a number of 64 bits")),
            };
            call.return_value(Value::BigInt(number))
        },
        ("error_new", 2, _) if gives.value() => super::objects::error_new,
        ("cast", 1, Gives::Reference) => cast_one,
        ("cast", 1, Gives::Word) => cast_one,
        ("cast", 2, _) if gives.value() => cast_pair,
        ("object_clone_ref", 1, _) if gives.value() => |call| {
            let value = call.value(0)?;
            call.return_value(value)
        },
        ("object_drop_ref", 1, Gives::Nothing) => |call| {
            let handle = call.word(0)?;
            call.glue.release(&mut call.caller, handle)
        },
        ("memory", 0, _) if gives.value() => |call| {
            let memory = call.object(Kind::Memory)?;
            call.return_value(memory)
        },
        ("string_get", 2, Gives::Nothing) => |call| {
            let value = call.value(1)?;
            call.return_text_by_pointer(value.as_text())
        },
        ("debug_string", 2, Gives::Nothing) => |call| {
            let text = debug_string(&call.value(1)?);
            call.return_text_by_pointer(Some(&text))
        },
        ("json_serialize", 2, Gives::Nothing) => |call| {
            let text = super::objects::to_json(&call.value(1)?);
            call.return_text_by_pointer(text.as_deref())
        },
        ("json_parse", 2, _) if gives.value() => super::objects::parse,
        ("number_get", 2, Gives::Nothing) => number_get,
        ("boolean_get", 1, Gives::Word) => |call| match call.value(0)? {
            Value::Bool(value) => call.return_bool(value),
            _ => call.return_word(NO_BOOL),
        },
        ("as_number", 1, Gives::Float) => |call| match call.value(0)? {
            Value::Number(number) => call.return_float(number),
            _ => call.return_float(f64::NAN),
        },
        ("copy_to_typed_array", 3, Gives::Nothing) => super::arrays::copy_to_typed_array,
        ("throw", 2, Gives::Nothing) => |call| {
            let text = call.text(0)?;
            Err(Stop::Thrown(format!("The function threw an error: {text}")).into())
        },
        ("rethrow", 1, Gives::Nothing) => |call| {
            let value = call.value(0)?;
            Err(Stop::Thrown(format!("The function threw an error: {}", value.display())).into())
        },
        ("jsval_eq", 2, Gives::Word) => |call| {
            let same = call.value(0)?.same(&call.value(1)?);
            call.return_bool(same)
        },
        ("jsval_loose_eq", 2, Gives::Word) => |call| {
            let (a, b) = (call.value(0)?, call.value(1)?);
            call.return_bool(a.same(&b) || (a.is_nullish() && b.is_nullish()))
        },
        ("typeof", 1, _) if gives.value() => |call| {
            let name = call.value(0)?.type_name();
            let text = call.object(Kind::Text(name.into()))?;
            call.return_value(text)
        },
        (_, 1, Gives::Word) => question(name)?,
        _ => return None,
    })
}

/// The imports that ask what a value is.
fn question(name: &str) -> Option<Body> {
    Some(match name {
        "is_undefined" => |call| ask(call, |value| matches!(value, Value::Undefined)),
        "is_null" => |call| ask(call, |value| matches!(value, Value::Null)),
        "is_null_or_undefined" => |call| ask(call, Value::is_nullish),
        "is_falsy" => |call| ask(call, |value| !value.is_truthy()),
        "is_string" => |call| ask(call, |value| value.type_name() == "string"),
        "is_function" => |call| ask(call, |value| value.type_name() == "function"),
        "is_bigint" => |call| ask(call, |value| matches!(value, Value::BigInt(_))),
        "is_symbol" => |call| ask(call, |_| false),
        "is_object" => |call| ask(call, |value| value.type_name() == "object" && !value.is_nullish()),
        "is_array" => |call| ask(call, |value| matches!(value.kind(), Some(Kind::Json(serde_json::Value::Array(_))))),
        _ => return None,
    })
}

fn ask(call: &mut Call<'_, '_>, question: impl Fn(&Value) -> bool) -> wasmtime::Result<()> {
    let value = call.value(0)?;
    call.return_bool(question(&value))
}

fn string_new(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let text = call.text(0)?;
    let value = call.object(Kind::Text(text))?;
    call.return_value(value)
}

/// A number or a JavaScript value as a JavaScript value.
fn cast_one(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let value = match call.arguments.first() {
        Some(wasmtime::Val::F64(bits)) => Value::Number(f64::from_bits(*bits)),
        Some(wasmtime::Val::ExternRef(_)) => call.value(0)?,
        _ => return Err(call.wrong("a number or a reference")),
    };
    call.return_value(value)
}

/// A pointer and a length as a JavaScript value: a string or a byte array, which only its use tells.
fn cast_pair(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let (pointer, length) = (call.word(0)?, call.word(1)?);
    let text = String::from_utf8(call.bytes(0)?).ok();
    let value = call.object(Kind::TextOrView { pointer, length, text })?;
    call.return_value(value)
}

/// Writes whether the value is a number, and the number.
fn number_get(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let target = call.word(0)?;
    let number = match call.value(1)? {
        Value::Number(number) => Some(number),
        _ => None,
    };
    call.glue.write(&mut call.caller, target.wrapping_add(8), &number.unwrap_or(0.0).to_le_bytes())?;
    call.glue.write(&mut call.caller, target, &u32::from(number.is_some()).to_le_bytes())
}

/// What Rust's `{:?}` of a JavaScript value shows.
fn debug_string(value: &Value) -> String {
    match value.as_text() {
        Some(text) => format!("{text:?}"),
        None => value.display(),
    }
}
