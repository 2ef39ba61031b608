//! Functions that misbehave, each in one way. A host must survive all of them.

use std::hint::black_box;

use extism_pdk::{FnResult, LogLevel, Memory, log, plugin_fn, var};

use crate::number;

/// Panics with the input in its message.
#[plugin_fn]
pub fn panic_with_input(input: String) -> FnResult<String> {
    panic!("told to panic: {input}");
}

#[plugin_fn]
pub fn loop_for_ever(input: Vec<u8>) -> FnResult<Vec<u8>> {
    let mut turns = input.len();
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Takes its own memory until there is no more.
#[plugin_fn]
pub fn take_all_memory(input: Vec<u8>) -> FnResult<Vec<u8>> {
    let mut blocks = Vec::new();
    loop {
        blocks.push(black_box(vec![input.len() as u8; 1 << 20]));
    }
}

/// Takes blocks of the host until there is no more.
#[plugin_fn]
pub fn take_all_blocks(size: String) -> FnResult<String> {
    let bytes = vec![1; number(&size) as usize];
    loop {
        black_box(Memory::from_bytes(&bytes)?);
    }
}

/// Takes and frees blocks of the host; returns how many.
#[plugin_fn]
pub fn take_and_free_blocks(times: String) -> FnResult<String> {
    let bytes = vec![1; 100_000];
    for _ in 0..number(&times) {
        Memory::from_bytes(&bytes)?.free();
    }
    Ok(number(&times).to_string())
}

/// Keeps ever more variables.
#[plugin_fn]
pub fn keep_for_ever(size: String) -> FnResult<String> {
    let bytes = vec![1; number(&size) as usize];
    for key in 0.. {
        var::set(format!("key {key}"), &bytes)?;
    }
    Ok(String::new())
}

/// A JSON text of as many bytes as the input says.
#[plugin_fn]
pub fn big_output(input: String) -> FnResult<String> {
    Ok(format!("\"{}\"", "x".repeat(number(&input).max(2) as usize - 2)))
}

/// As many lines as the input says.
#[plugin_fn]
pub fn flood_the_log(input: String) -> FnResult<String> {
    let lines = number(&input);
    for line in 0..lines {
        log!(LogLevel::Info, r#"{{"line":{}}}"#, line);
    }
    Ok(format!(r#"{{"lines":{lines}}}"#))
}

#[plugin_fn]
pub fn output_that_is_not_json() -> FnResult<String> {
    Ok("Hello, world".to_string())
}

#[plugin_fn]
pub fn output_that_is_not_utf8() -> FnResult<Vec<u8>> {
    Ok(vec![b'"', 0xC3, 0x28, b'"'])
}
