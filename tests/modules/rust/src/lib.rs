//! Functions of every shape that wasm-bindgen can export (`shapes`), of everything that a guest may
//! ask of its host (`host`), and of every way to misbehave (`trouble`). They only exist for tests:
//! each does the least that shows whether it was called rightly.

mod host;
mod shapes;
mod trouble;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use wasm_bindgen::prelude::*;

static STARTED: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU32 = AtomicU32::new(0);

/// Runs when the module starts: from here on a panic is written to the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    STARTED.store(true, Ordering::Relaxed);
}

/// Whether the host ran the start function before this one.
#[wasm_bindgen]
pub fn was_started() -> Vec<u8> {
    let started = STARTED.load(Ordering::Relaxed);
    format!(r#"{{"started":{started}}}"#).into_bytes()
}

/// How often this instance was asked: a host that makes a fresh one for each call always gets 1.
#[wasm_bindgen]
pub fn count_calls() -> Vec<u8> {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    format!(r#"{{"calls":{calls}}}"#).into_bytes()
}

/// What the functions answer to say that their input arrived whole: its length and its CRC-32.
fn receipt(bytes: &[u8]) -> String {
    format!(r#"{{"bytes":{},"crc32":{}}}"#, bytes.len(), crc32(bytes))
}

fn crc32(bytes: &[u8]) -> u32 {
    let remainder = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
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
