//! wasm-bindgen modules from npm.

use crate::{packages, sandbox};

/// lz4-wasm has no JSON interface: bytes go in, bytes come out, and what comes out is no JSON.
#[test]
fn lz4_compresses_what_it_is_given() {
    let Some(path) = packages::file("lz4-wasm/lz4_wasm_bg.wasm") else { return };
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    let outcome = sandbox::run(&program, "compress", &format!("\"{}\"", "abc".repeat(200)));
    let fault = sandbox::fault(&outcome);
    let raw = fault.raw_output.as_deref().unwrap();
    assert_eq!(raw[..4], 602_u32.to_le_bytes(), "the length of what was compressed comes first");
    assert!(raw.len() < 60, "{} bytes", raw.len());
}
