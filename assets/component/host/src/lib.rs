//! What the module of an exported service gets of the outside world, by way of WASI 0.2: its log becomes lines on
//! standard error, time and random numbers are the engine's. Keeps nothing between calls.

#[path = "../../../../src/bundle/printable.rs"]
#[allow(dead_code)]
mod printable;

use exports::priostack::bundle::host::Guest;
use wasip2::{cli::stderr, clocks, io::streams::OutputStream, random};

wit_bindgen::generate!({ world: "outside", path: "../wit" });

/// Longer lines are cut, in characters.
const LONGEST_LINE: usize = 16 << 10;
/// Bytes that may be written in one step (wasi:io/streams, `blocking-write-and-flush`).
const STEP: usize = 4096;

const NANOS: u64 = 1_000_000_000;

struct Outside;

export!(Outside);

impl Guest for Outside {
    fn log(level: u8, text: Vec<u8>) {
        let level = match level {
            0 => "debug",
            1 => "info",
            2 => "warning",
            _ => "error",
        };
        let text = String::from_utf8_lossy(&text);
        let line = format!("{level}: {}\n", printable::printable_line(text.trim_end(), LONGEST_LINE));
        write(&stderr::get_stderr(), line.as_bytes());
    }

    fn now() -> u64 {
        let now = clocks::wall_clock::now();
        now.seconds.wrapping_mul(NANOS).wrapping_add(u64::from(now.nanoseconds))
    }

    fn ticks() -> u64 {
        clocks::monotonic_clock::now()
    }

    fn random() -> u64 {
        random::random::get_random_u64()
    }
}

/// A log that nobody takes any more is no reason to end a call.
fn write(stream: &OutputStream, bytes: &[u8]) {
    for part in bytes.chunks(STEP) {
        if stream.blocking_write_and_flush(part).is_err() {
            return;
        }
    }
}
