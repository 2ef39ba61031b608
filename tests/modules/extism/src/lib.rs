//! Functions of every shape that an Extism plug-in can export, of everything that a plug-in may ask
//! of its host, and of ways to misbehave. They only exist for tests: each does the least that shows
//! whether it was called rightly.

mod host;
mod trouble;

use extism_pdk::{Error, FnResult, WithReturnCode, plugin_fn};

const REFUSED: &str = "the input is not an object";

#[plugin_fn]
pub fn bytes_to_bytes(input: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(receipt(&input).into_bytes())
}

#[plugin_fn]
pub fn text_to_text(input: String) -> FnResult<String> {
    Ok(receipt(input.as_bytes()))
}

/// Gives the input back: the larger it is, the more is copied.
#[plugin_fn]
pub fn echo(input: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(input)
}

#[plugin_fn]
pub fn bytes_or_error(input: Vec<u8>) -> FnResult<Vec<u8>> {
    if is_refused(&input) {
        return Err(Error::msg(REFUSED).into());
    }
    Ok(receipt(&input).into_bytes())
}

/// Its error has a code of its own.
#[plugin_fn]
pub fn bytes_or_code(input: Vec<u8>) -> FnResult<Vec<u8>> {
    if is_refused(&input) {
        return Err(WithReturnCode::new(Error::msg(REFUSED), 422));
    }
    Ok(receipt(&input).into_bytes())
}

/// Says no without a word.
#[no_mangle]
pub extern "C" fn code_alone() -> i32 {
    7
}

/// An export of no result, as other languages have them.
#[no_mangle]
pub extern "C" fn nothing_at_all() {}

#[plugin_fn]
pub fn no_input() -> FnResult<String> {
    Ok(receipt(b""))
}

#[plugin_fn]
pub fn no_output(input: Vec<u8>) -> FnResult<()> {
    receipt(&input);
    Ok(())
}

/// Takes numbers: there is no way to hand JSON to it.
#[no_mangle]
pub extern "C" fn add_numbers(one: i32, other: i32) -> i32 {
    one.wrapping_add(other)
}

/// What the functions answer to say that their input arrived whole: its length and its CRC-32.
fn receipt(bytes: &[u8]) -> String {
    format!(r#"{{"bytes":{},"crc32":{}}}"#, bytes.len(), crc32(bytes))
}

fn crc32(bytes: &[u8]) -> u32 {
    let remainder = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    });
    !remainder
}

/// The functions that can fail do so for input that does not begin like a JSON object.
fn is_refused(bytes: &[u8]) -> bool {
    !bytes.starts_with(b"{")
}

/// The number in the input, if the input is nothing but a number.
fn number(input: &str) -> u32 {
    input.trim().parse().unwrap_or(0)
}
