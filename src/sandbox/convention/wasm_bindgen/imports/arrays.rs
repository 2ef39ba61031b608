//! `Uint8Array`: arrays of their own, and views over guest memory.

use super::super::value::{Kind, Value, lock};
use super::{Body, Call, Gives};

pub(super) fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("new", 1, _) if gives.value() => new_from,
        ("newwithlength" | "new_with_length", 1, _) if gives.value() => new_with_length,
        ("new_from_slice", 2, _) if gives.value() => |call| {
            let bytes = call.bytes(0)?;
            return_bytes(call, bytes)
        },
        ("newwithbyteoffsetandlength" | "new_with_byte_offset_and_length", 3, _) if gives.value() => {
            new_with_offset_and_length
        }
        ("buffer", 1, _) if gives.value() => buffer,
        ("length" | "byteLength" | "byte_length", 1, Gives::Word) => length,
        ("byteOffset" | "byte_offset", 1, Gives::Word) => |call| {
            let offset = match call.value(0)?.kind() {
                Some(Kind::View { pointer, .. } | Kind::TextOrView { pointer, .. }) => *pointer,
                Some(Kind::Bytes(_) | Kind::Input(_)) => 0,
                _ => return Err(call.wrong("a byte array")),
            };
            call.return_word(offset)
        },
        ("set", 3, Gives::Nothing) => set,
        ("prototypesetcall", 3, Gives::Nothing) => |call| {
            let (pointer, length) = (call.word(0)?, call.word(1)?);
            let source = call.value(2)?;
            let bytes = contents(call, &source)?;
            if bytes.len() > length as usize {
                return Err(call.wrong("an array that fits"));
            }
            call.glue.write(&mut call.caller, pointer, &bytes)
        },
        ("subarray" | "slice", 3, _) if gives.value() => subarray,
        ("instanceof_Uint8Array", 1, Gives::Word) => |call| {
            let value = call.value(0)?;
            call.return_bool(is_array(&value))
        },
        ("instanceof_ArrayBuffer", 1, Gives::Word) => |call| {
            let value = call.value(0)?;
            call.return_bool(matches!(value.kind(), Some(Kind::Memory)))
        },
        _ => return None,
    })
}

fn is_array(value: &Value) -> bool {
    matches!(value.kind(), Some(Kind::Bytes(_) | Kind::View { .. } | Kind::TextOrView { .. } | Kind::Input(_)))
}

/// The bytes of an array.
fn contents(call: &mut Call<'_, '_>, array: &Value) -> wasmtime::Result<Vec<u8>> {
    match array.kind() {
        Some(Kind::Bytes(bytes)) => Ok(lock(bytes).clone()),
        Some(Kind::Input(bytes)) => Ok(bytes.clone()),
        Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) => {
            call.glue.read(&mut call.caller, *pointer, *length)
        }
        _ => Err(call.wrong("a byte array")),
    }
}

/// Writes `bytes` to the array from `offset` on.
fn store(call: &mut Call<'_, '_>, array: &Value, offset: u32, bytes: &[u8]) -> wasmtime::Result<()> {
    match array.kind() {
        Some(Kind::Bytes(target)) => {
            let start = offset as usize;
            let mut target = lock(target);
            match start.checked_add(bytes.len()).and_then(|end| target.get_mut(start..end)) {
                Some(part) => part.copy_from_slice(bytes),
                None => return Err(call.wrong("an array that fits")),
            }
            Ok(())
        }
        Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) => {
            if u64::from(offset) + bytes.len() as u64 > u64::from(*length) {
                return Err(call.wrong("an array that fits"));
            }
            call.glue.write(&mut call.caller, pointer.saturating_add(offset), bytes)
        }
        _ => Err(call.wrong("a byte array")),
    }
}

fn return_bytes(call: &mut Call<'_, '_>, bytes: Vec<u8>) -> wasmtime::Result<()> {
    let array = call.object(Kind::Bytes(bytes.into()))?;
    call.return_value(array)
}

fn return_view(call: &mut Call<'_, '_>, pointer: u32, length: u32) -> wasmtime::Result<()> {
    let view = call.object(Kind::View { pointer, length })?;
    call.return_value(view)
}

/// `new Uint8Array(x)` of a buffer or an array, or `new Date(x)` of a number: the argument tells.
fn new_from(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let argument = call.value(0)?;
    if let Value::Number(millis) = argument {
        let date = call.object(Kind::Date(millis))?;
        return call.return_value(date);
    }
    if matches!(argument.kind(), Some(Kind::Memory)) {
        let size = call.glue.memory(&mut call.caller)?.data_size(&call.caller);
        return return_view(call, 0, u32::try_from(size).unwrap_or(u32::MAX));
    }
    let bytes = contents(call, &argument)?;
    return_bytes(call, bytes)
}

fn new_with_length(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let length = call.word(0)?;
    super::super::glue::budget(&mut call.caller)?.check(u64::from(length))?;
    return_bytes(call, vec![0; length as usize])
}

fn new_with_offset_and_length(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    if !matches!(call.value(0)?.kind(), Some(Kind::Memory)) {
        return Err(call.wrong("the module's memory"));
    }
    let (pointer, length) = (call.word(1)?, call.word(2)?);
    return_view(call, pointer, length)
}

/// The buffer of the module's memory. An array's own buffer is not modelled.
fn buffer(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let value = call.value(0)?;
    if !matches!(value.kind(), Some(Kind::Memory)) {
        return Err(call.wrong("the module's memory"));
    }
    call.return_value(value)
}

fn length(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let value = call.value(0)?;
    let length = match value.kind() {
        Some(Kind::Bytes(bytes)) => lock(bytes).len(),
        Some(Kind::Input(bytes)) => bytes.len(),
        Some(Kind::View { length, .. } | Kind::TextOrView { length, .. }) => *length as usize,
        Some(Kind::Json(serde_json::Value::Array(items))) => items.len(),
        Some(Kind::Text(text)) => text.encode_utf16().count(),
        _ => return Err(call.wrong("an array or a string")),
    };
    call.return_word(u32::try_from(length).unwrap_or(u32::MAX))
}

/// `target.set(source, offset)`.
fn set(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let (target, source, offset) = (call.value(0)?, call.value(1)?, call.word(2)?);
    let bytes = contents(call, &source)?;
    store(call, &target, offset, &bytes)
}

/// A part of an array. A view's part is a view of the same memory; an array's part is a copy, which
/// only a guest that writes to both could tell from the real thing.
fn subarray(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let (array, from, to) = (call.value(0)?, call.word(1)?, call.word(2)?);
    if let Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) = array.kind() {
        let (from, to) = (from.min(*length), to.min(*length));
        return return_view(call, pointer.saturating_add(from), to.saturating_sub(from));
    }
    let bytes = contents(call, &array)?;
    let to = (to as usize).min(bytes.len());
    let part = bytes.get((from as usize).min(to)..to).unwrap_or_default().to_vec();
    return_bytes(call, part)
}

/// Writes guest memory to the array that the caller of a `&mut [u8]` function passed.
pub(super) fn copy_to_typed_array(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let bytes = call.bytes(0)?;
    let target = call.value(2)?;
    store(call, &target, 0, &bytes)
}
