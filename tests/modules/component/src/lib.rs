//! Functions of every shape that a component can export (`shapes`, `users`), of what a guest may ask
//! of its host (`host`), and of ways to misbehave (`trouble`). They only exist for tests: each does the
//! least that shows whether it was called rightly.

#[cfg(feature = "host")]
mod host;
mod shapes;
mod trouble;

#[cfg(not(feature = "host"))]
wit_bindgen::generate!({ world: "functions", path: "wit" });
#[cfg(feature = "host")]
wit_bindgen::generate!({ world: "functions-of-a-host", path: "wit" });

struct Component;

export!(Component);

impl Guest for Component {
    fn echo(input: Vec<u8>) -> Vec<u8> {
        input
    }
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
