//! Random numbers. Whatever a module passes that is no place for random bytes ends the call: zeros
//! must never pass for randomness.

use super::super::super::super::host::RANDOM_BYTES;
use super::super::value::{Kind, Value, lock};
use super::{Body, Call, Gives};

pub(super) fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    Some(match (name, params, gives) {
        ("getRandomValues" | "get_random_values" | "randomFillSync" | "random_fill_sync", 1..=3, _)
            if gives == Gives::Nothing || gives.value() =>
        {
            get_random_values
        }
        ("random", 0, Gives::Float) => |call| {
            let number = call.outside().random_unit()?;
            call.return_float(number)
        },
        _ => return None,
    })
}

/// `(view)`, `(crypto, view)`, `(pointer, length)` or `(crypto, pointer, length)`.
fn get_random_values(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let last = call.arguments.len().saturating_sub(1);
    if call.are_values(last, last) {
        let array = call.value(last)?;
        fill_array(call, &array)?;
        // Some versions return the array.
        return if call.gives.value() { call.return_value(array) } else { Ok(()) };
    }
    let (pointer, length) = (call.word(last.saturating_sub(1))?, call.word(last)?);
    fill_memory(call, pointer, length)
}

fn fill_array(call: &mut Call<'_, '_>, array: &Value) -> wasmtime::Result<()> {
    match array.kind() {
        Some(Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. }) => {
            fill_memory(call, *pointer, *length)
        }
        Some(Kind::Bytes(bytes)) => {
            let mut bytes = lock(bytes);
            if bytes.len() > RANDOM_BYTES {
                drop(bytes);
                return call.throw("QuotaExceededError: more than 65536 random bytes at once");
            }
            call.outside().fill_random(&mut bytes)
        }
        _ => Err(call.wrong("a byte array")),
    }
}

fn fill_memory(call: &mut Call<'_, '_>, pointer: u32, length: u32) -> wasmtime::Result<()> {
    if length as usize > RANDOM_BYTES {
        return call.throw("QuotaExceededError: more than 65536 random bytes at once");
    }
    let mut bytes = vec![0; length as usize];
    call.outside().fill_random(&mut bytes)?;
    call.glue.write(&mut call.caller, pointer, &bytes)
}
