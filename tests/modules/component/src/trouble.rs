//! Functions that misbehave, each in one way. A host must survive all of them.

use std::hint::black_box;

use crate::exports::test::functions::trouble::Guest;
use crate::{number, Component};

impl Guest for Component {
    fn panic_with_input(input: String) -> String {
        panic!("told to panic: {input}");
    }

    fn loop_for_ever(input: Vec<u8>) -> Vec<u8> {
        let mut turns = input.len();
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }

    fn sleep_for_ever(input: Vec<u8>) -> Vec<u8> {
        std::thread::sleep(std::time::Duration::MAX);
        input
    }

    fn sleep(milliseconds: String) -> String {
        let time = u64::from(number(&milliseconds));
        std::thread::sleep(std::time::Duration::from_millis(time));
        format!(r#"{{"slept":{time}}}"#)
    }

    fn recurse_for_ever(input: Vec<u8>) -> Vec<u8> {
        deeper(input.len()).to_string().into_bytes()
    }

    fn take_all_memory(input: Vec<u8>) -> Vec<u8> {
        let mut blocks = Vec::new();
        loop {
            blocks.push(black_box(vec![input.len() as u8; 1 << 20]));
        }
    }

    /// A JSON text of as many bytes as the input says.
    fn big_output(input: String) -> String {
        format!("\"{}\"", "x".repeat(number(&input).max(2) as usize - 2))
    }

    /// As many lines as the input says.
    fn flood_the_log(input: String) -> String {
        let lines = number(&input);
        for line in 0..lines {
            println!(r#"{{"line":{line}}}"#);
        }
        format!(r#"{{"lines":{lines}}}"#)
    }

    fn leave(input: String) -> String {
        std::process::exit(number(&input) as i32)
    }

    fn output_that_is_not_json() -> String {
        "Hello, world".to_string()
    }

    fn output_that_is_not_utf8() -> Vec<u8> {
        vec![b'"', 0xC3, 0x28, b'"']
    }
}

#[allow(unconditional_recursion)] // that is the point
#[inline(never)]
fn deeper(depth: usize) -> usize {
    let here = black_box([depth; 16]);
    deeper(here[0] + 1) + here[1]
}
