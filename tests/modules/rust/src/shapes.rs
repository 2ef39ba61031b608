//! One function for each shape of parameters and results.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::{is_refused, receipt};

const REFUSED: &str = "the input is not an object";

#[wasm_bindgen]
pub fn bytes_to_bytes(input: &[u8]) -> Vec<u8> {
    receipt(input).into_bytes()
}

#[wasm_bindgen]
pub fn text_to_text(input: &str) -> String {
    receipt(input.as_bytes())
}

#[wasm_bindgen]
pub fn owned_bytes_to_bytes(input: Vec<u8>) -> Vec<u8> {
    receipt(&input).into_bytes()
}

#[wasm_bindgen]
pub fn owned_text_to_text(input: String) -> String {
    receipt(input.as_bytes())
}

#[wasm_bindgen]
pub fn boxed_bytes_to_boxed_bytes(input: Box<[u8]>) -> Box<[u8]> {
    receipt(&input).into_bytes().into_boxed_slice()
}

/// Gives the input back: the larger it is, the more is copied.
#[wasm_bindgen]
pub fn echo(input: &[u8]) -> Vec<u8> {
    input.to_vec()
}

/// Gives the input back without copying it.
#[wasm_bindgen]
pub fn echo_owned(input: Vec<u8>) -> Vec<u8> {
    input
}

#[wasm_bindgen]
pub fn optional_bytes(input: &[u8]) -> Option<Vec<u8>> {
    (!is_refused(input)).then(|| receipt(input).into_bytes())
}

#[wasm_bindgen]
pub fn optional_text(input: &str) -> Option<String> {
    (!is_refused(input.as_bytes())).then(|| receipt(input.as_bytes()))
}

#[wasm_bindgen]
pub fn bytes_or_js_value(input: &[u8]) -> Result<Vec<u8>, JsValue> {
    if is_refused(input) {
        return Err(JsValue::from_str(REFUSED));
    }
    Ok(receipt(input).into_bytes())
}

#[wasm_bindgen]
pub fn bytes_or_js_error(input: &[u8]) -> Result<Vec<u8>, JsError> {
    if is_refused(input) {
        return Err(JsError::new(REFUSED));
    }
    Ok(receipt(input).into_bytes())
}

#[wasm_bindgen]
pub fn text_or_text(input: String) -> Result<String, String> {
    if is_refused(input.as_bytes()) {
        return Err(REFUSED.to_string());
    }
    Ok(receipt(input.as_bytes()))
}

/// Its error is a number, as a C programmer would have it.
#[wasm_bindgen]
pub fn bytes_or_number(input: &[u8]) -> Result<Vec<u8>, JsValue> {
    if is_refused(input) {
        return Err(JsValue::from_f64(422.0));
    }
    Ok(receipt(input).into_bytes())
}

#[wasm_bindgen]
pub fn nothing_or_js_value(input: &[u8]) -> Result<(), JsValue> {
    if is_refused(input) {
        return Err(JsValue::from_str(REFUSED));
    }
    Ok(())
}

#[wasm_bindgen]
pub fn nothing_or_js_error(input: &[u8]) -> Result<(), JsError> {
    if is_refused(input) {
        return Err(JsError::new(REFUSED));
    }
    Ok(())
}

#[wasm_bindgen]
pub fn no_input() -> Vec<u8> {
    receipt(b"").into_bytes()
}

#[wasm_bindgen]
pub fn no_output(input: &[u8]) {
    receipt(input);
}

#[wasm_bindgen]
pub fn js_value_to_same_js_value(input: JsValue) -> JsValue {
    input
}

/// Takes a string; anything else is an error.
#[wasm_bindgen]
pub fn js_value_to_js_value(input: JsValue) -> Result<JsValue, JsValue> {
    match input.as_string() {
        Some(text) => Ok(JsValue::from_str(&receipt(text.as_bytes()))),
        None => Err(JsValue::from_str("the input is not a string")),
    }
}

#[wasm_bindgen]
pub fn uint8_array_to_uint8_array(input: Uint8Array) -> Uint8Array {
    Uint8Array::from(receipt(&input.to_vec()).as_bytes())
}

/// Takes numbers only: there is no way to hand JSON to it.
#[wasm_bindgen]
pub fn add_numbers(one: f64, other: i32) -> f64 {
    one + f64::from(other)
}

/// Bytes beside a number: no convention says what the number should be.
#[wasm_bindgen]
pub fn bytes_and_number_to_bytes(input: &[u8], times: u32) -> Vec<u8> {
    input.repeat(times as usize)
}
