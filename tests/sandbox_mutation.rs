//! Any bytes give an error or an outcome: never a panic, never a hang.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::sandbox::{Cancel, Limits};

use sandbox::numbers::Numbers;
use sandbox::{ENGINE, load};

/// Loads the bytes and calls whatever can be called. Whether it loaded.
fn try_all(bytes: &[u8]) -> bool {
    let Ok(program) = load(&ENGINE, bytes, None) else { return false };
    let limits = Limits { time: Duration::from_millis(20), memory: 16 << 20, log: 10_000, ..Limits::default() };
    for function in program.functions().iter().take(40) {
        let begun = Instant::now();
        program.invoke(function, br#"{"email":"ada@example.com","name":"Ada"}"#, &limits, &Cancel::new());
        assert!(begun.elapsed() < Duration::from_secs(2), "{function} took {:?}", begun.elapsed());
    }
    true
}

fn mutated(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        match numbers.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..(at + numbers.below(9)).min(bytes.len()))),
            2 => bytes.insert(at, numbers.next() as u8),
            3 => bytes[at] ^= 1 << numbers.below(8),
            _ => bytes[at] = numbers.next() as u8,
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

#[test]
fn random_bytes_are_refused() {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for round in 0..200 {
        let mut bytes: Vec<u8> = (0..numbers.below(400)).map(|_| numbers.next() as u8).collect();
        if round % 2 == 0 {
            bytes.splice(0..0, *b"\0asm\x01\0\0\0");
        }
        try_all(&bytes);
    }
}

#[test]
fn modules_with_wrong_bytes_in_them_are_refused_or_run_within_their_limits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut numbers = Numbers(0xD1B5_4A32_D192_ED03);
    let mut loaded = 0;
    for (file, rounds) in [
        ("tests/modules/assemblyscript/functions-0.19.wasm", 60),
        ("tests/modules/assemblyscript/functions-0.28.wasm", 60),
        ("tests/modules/rust/shapes-0.2.130.wasm", 25),
        ("tests/modules/rust/shapes-0.2.100-mvp.wasm", 25),
        ("tests/modules/component/functions-0.30.wasm", 25),
        ("tests/modules/component/command.wasm", 10),
        ("tests/modules/extism/plugin-1.0.0.wasm", 15),
        ("src/sandbox/no_op.wasm", 300),
        ("tests/modules/c/shapes-emscripten-3.1.6-growth.wasm", 40),
        ("tests/modules/c/program-emscripten-3.1.69.wasm", 40),
        ("tests/modules/command/cpp-emscripten-3.1.6.wasm", 60),
        ("tests/modules/plain/example-rust.wasm", 40),
        ("tests/modules/assemblyscript/bytes-0.28-without-runtime.wasm", 40),
    ] {
        let seed = std::fs::read(folder.join(file)).unwrap();
        for _ in 0..rounds {
            loaded += usize::from(try_all(&mutated(&seed, &mut numbers)));
        }
    }
    // Else nothing but the parser was tried.
    assert!(loaded > 50, "only {loaded} loaded");
}
