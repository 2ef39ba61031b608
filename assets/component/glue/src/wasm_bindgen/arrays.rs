//! `Uint8Array`: arrays of their own, and views over the module's memory. Whatever a module passes that is no place
//! for random bytes ends the call: zeros must never pass for randomness.

use super::super::answer::Stop;
use super::super::guest;
use super::super::imported::Call;
use super::super::outside::{self, RANDOM_BYTES};
use super::super::recipe::Bindgen;
use super::value::{Kind, Value};
use super::{Body, Gives};

pub fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("new", 1, _) if gives.value() => new_from,
        ("newwithlength" | "new_with_length", 1, _) if gives.value() => |call, module| {
            let length = call.word(0);
            give_bytes(call, module, vec![0; length as usize])
        },
        ("new_from_slice", 2, _) if gives.value() => |call, module| {
            let bytes = call.bytes(0)?;
            give_bytes(call, module, bytes)
        },
        ("newwithbyteoffsetandlength" | "new_with_byte_offset_and_length", 3, _) if gives.value() => |call, module| {
            check_memory(call, module)?;
            give_view(call, module, call.word(1), call.word(2))
        },
        // The buffer of the module's memory. An array's own buffer is not modelled.
        ("buffer", 1, _) if gives.value() => |call, module| {
            let value = check_memory(call, module)?;
            call.give_value(module, value)
        },
        ("length" | "byteLength" | "byte_length", 1, Gives::Word) => length,
        ("byteOffset" | "byte_offset", 1, Gives::Word) => |call, module| match call.value(module, 0)?.kind() {
            Some(Kind::View { pointer, .. } | Kind::TextOrView { pointer, .. }) => call.give(*pointer),
            Some(Kind::Bytes(_) | Kind::Input(_)) => call.give(0),
            _ => Err(call.wrong("a byte array")),
        },
        ("set", 3, Gives::Nothing) => |call, module| {
            let (target, source, offset) = (call.value(module, 0)?, call.value(module, 1)?, call.word(2));
            let bytes = contents(call, &source)?;
            store(call, &target, offset, &bytes)
        },
        ("prototypesetcall", 3, Gives::Nothing) => |call, module| {
            let bytes = contents(call, &call.value(module, 2)?)?;
            if bytes.len() > call.word(1) as usize {
                return Err(call.wrong("an array that fits"));
            }
            guest::write(call.word(0), &bytes)
        },
        ("subarray" | "slice", 3, _) if gives.value() => subarray,
        ("instanceof_Uint8Array", 1, Gives::Word) => |call, module| {
            let value = call.value(module, 0)?;
            let is_array = matches!(
                value.kind(),
                Some(Kind::Bytes(_) | Kind::View { .. } | Kind::TextOrView { .. } | Kind::Input(_))
            );
            call.give_bool(is_array)
        },
        ("instanceof_ArrayBuffer", 1, Gives::Word) => |call, module| {
            let value = call.value(module, 0)?;
            call.give_bool(matches!(value.kind(), Some(Kind::Memory)))
        },
        _ => return None,
    })
}

/// The bytes of an array.
fn contents(call: &Call, array: &Value) -> Result<Vec<u8>, Stop> {
    match array.kind() {
        Some(Kind::Bytes(bytes)) => Ok(bytes.borrow().clone()),
        Some(Kind::Input(bytes)) => Ok(bytes.clone()),
        Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) => {
            guest::read(*pointer, *length)
        }
        _ => Err(call.wrong("a byte array")),
    }
}

/// Writes `bytes` to the array from `offset` on.
fn store(call: &Call, array: &Value, offset: u32, bytes: &[u8]) -> Result<(), Stop> {
    let too_long = || call.wrong("an array that fits");
    match array.kind() {
        Some(Kind::Bytes(target)) => {
            let (mut target, start) = (target.borrow_mut(), offset as usize);
            let end = start.saturating_add(bytes.len());
            target.get_mut(start..end).ok_or_else(too_long)?.copy_from_slice(bytes);
            Ok(())
        }
        Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) => {
            if u64::from(offset) + bytes.len() as u64 > u64::from(*length) {
                return Err(too_long());
            }
            guest::write(pointer.saturating_add(offset), bytes)
        }
        _ => Err(call.wrong("a byte array")),
    }
}

fn give_bytes(call: &mut Call, module: &Bindgen, bytes: Vec<u8>) -> Result<(), Stop> {
    call.give_object(module, Kind::Bytes(bytes.into()))
}

fn give_view(call: &mut Call, module: &Bindgen, pointer: u32, length: u32) -> Result<(), Stop> {
    call.give_object(module, Kind::View { pointer, length })
}

fn check_memory(call: &Call, module: &Bindgen) -> Result<Value, Stop> {
    let value = call.value(module, 0)?;
    let is_memory = matches!(value.kind(), Some(Kind::Memory));
    if is_memory { Ok(value) } else { Err(call.wrong("the module's memory")) }
}

/// `new Uint8Array(x)` of a buffer or an array, or `new Date(x)` of a number: the argument tells.
fn new_from(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let argument = call.value(module, 0)?;
    if let Value::Number(millis) = argument {
        return call.give_object(module, Kind::Date(millis));
    }
    if matches!(argument.kind(), Some(Kind::Memory)) {
        return give_view(call, module, 0, u32::try_from(guest::size()).unwrap_or(u32::MAX));
    }
    let bytes = contents(call, &argument)?;
    give_bytes(call, module, bytes)
}

fn length(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let length = match call.value(module, 0)?.kind() {
        Some(Kind::Bytes(bytes)) => bytes.borrow().len(),
        Some(Kind::Input(bytes)) => bytes.len(),
        Some(Kind::View { length, .. } | Kind::TextOrView { length, .. }) => *length as usize,
        Some(Kind::Json(serde_json::Value::Array(items))) => items.len(),
        Some(Kind::Text(text)) => text.encode_utf16().count(),
        _ => return Err(call.wrong("an array or a string")),
    };
    call.give(u32::try_from(length).unwrap_or(u32::MAX))
}

/// A part of an array. A view's part is a view of the same memory; an array's part is a copy, which only a module that
/// writes to both could tell from the real thing.
fn subarray(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let (array, from, to) = (call.value(module, 0)?, call.word(1), call.word(2));
    if let Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) = array.kind() {
        let (from, to) = (from.min(*length), to.min(*length));
        return give_view(call, module, pointer.saturating_add(from), to.saturating_sub(from));
    }
    let bytes = contents(call, &array)?;
    let to = (to as usize).min(bytes.len());
    let part = bytes.get((from as usize).min(to)..to).unwrap_or_default().to_vec();
    give_bytes(call, module, part)
}

/// Writes the module's bytes to the array that the caller of a `&mut [u8]` function passed.
pub fn copy_to_typed_array(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let bytes = call.bytes(0)?;
    let target = call.value(module, 2)?;
    store(call, &target, 0, &bytes)
}

/// `(view)`, `(crypto, view)`, `(pointer, length)` or `(crypto, pointer, length)`.
pub fn get_random_values(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    let last = call.arguments.len().saturating_sub(1);
    if !call.is_value(module, last) {
        return fill_memory(call, module, call.word(last.saturating_sub(1)), call.word(last));
    }
    let array = call.value(module, last)?;
    match array.kind() {
        Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) => {
            fill_memory(call, module, *pointer, *length)?;
        }
        Some(Kind::Bytes(bytes)) if bytes.borrow().len() <= RANDOM_BYTES => {
            let mut bytes = bytes.borrow_mut();
            let count = bytes.len();
            bytes.copy_from_slice(&outside::random_bytes(count));
        }
        Some(Kind::Bytes(_)) => too_many(call, module)?,
        _ => return Err(call.wrong("a byte array")),
    }
    // Some versions return the array.
    if call.import.results.is_empty() { Ok(()) } else { call.give_value(module, array) }
}

fn fill_memory(call: &mut Call, module: &Bindgen, pointer: u32, length: u32) -> Result<(), Stop> {
    if length as usize > RANDOM_BYTES {
        return too_many(call, module);
    }
    outside::fill_random(pointer, length)
}

fn too_many(call: &mut Call, module: &Bindgen) -> Result<(), Stop> {
    call.throw(module, "QuotaExceededError: more than 65536 random bytes at once")
}
