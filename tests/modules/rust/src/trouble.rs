//! Functions that misbehave, each in one way. A host must survive all of them.

use std::hint::black_box;

use wasm_bindgen::prelude::*;
use web_sys::console;

use crate::number;

/// Panics with the input in its message.
#[wasm_bindgen]
pub fn panic_with_input(input: &str) -> Vec<u8> {
    panic!("told to panic: {input}");
}

/// Throws the input as a JavaScript exception.
#[wasm_bindgen]
pub fn throw_input(input: &str) -> Vec<u8> {
    wasm_bindgen::throw_str(input)
}

#[wasm_bindgen]
pub fn loop_for_ever(input: &[u8]) -> Vec<u8> {
    let mut turns = input.len();
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

#[wasm_bindgen]
pub fn recurse_for_ever(input: &[u8]) -> Vec<u8> {
    deeper(input.len()).to_string().into_bytes()
}

#[allow(unconditional_recursion)] // that is the point
#[inline(never)]
fn deeper(depth: usize) -> usize {
    let here = black_box([depth; 16]);
    deeper(here[0] + 1) + here[1]
}

/// Takes memory, and writes to it, until there is no more; then panics.
#[wasm_bindgen]
pub fn take_all_memory(input: &[u8]) -> Vec<u8> {
    let mut blocks = Vec::new();
    loop {
        blocks.push(black_box(vec![input.len() as u8; 1 << 20]));
    }
}

/// A JSON text of as many bytes as the input says.
#[wasm_bindgen]
pub fn big_output(input: &str) -> Vec<u8> {
    let mut output = vec![b'x'; number(input).max(2) as usize];
    let last = output.len() - 1;
    output[0] = b'"';
    output[last] = b'"';
    output
}

/// As many lines as the input says.
#[wasm_bindgen]
pub fn flood_the_log(input: &str) -> Vec<u8> {
    let lines = number(input);
    for line in 0..lines {
        console::log_1(&JsValue::from_str(&format!(r#"{{"line":{line}}}"#)));
    }
    format!(r#"{{"lines":{lines}}}"#).into_bytes()
}

#[wasm_bindgen]
pub fn output_that_is_not_utf8() -> Vec<u8> {
    vec![b'"', 0xC3, 0x28, b'"']
}

#[wasm_bindgen]
pub fn output_that_is_not_json() -> Vec<u8> {
    b"Hello, world".to_vec()
}

#[wasm_bindgen]
pub fn output_without_bytes() -> Vec<u8> {
    Vec::new()
}
