//! Time and random numbers, as the engine gives them.

use std::cell::Cell;

use super::answer::Stop;
use super::guest;

/// Random bytes that one call may ask for: the bound of the Web Cryptography API.
pub const RANDOM_BYTES: usize = 65_536;

#[link(wasm_import_module = "priostack:bundle/host@0.1.0")]
unsafe extern "C" {
    #[link_name = "now"]
    fn host_now() -> u64;
    #[link_name = "ticks"]
    fn host_ticks() -> u64;
    #[link_name = "random"]
    fn host_random() -> u64;
}

thread_local! {
    /// When the call began.
    static BEGAN: Cell<u64> = const { Cell::new(0) };
}

/// A call begins.
pub fn begin() {
    BEGAN.set(ticks());
}

fn ticks() -> u64 {
    // SAFETY: has no conditions.
    unsafe { host_ticks() }
}

/// Nanoseconds since 1970.
pub fn date() -> u64 {
    // SAFETY: has no conditions.
    unsafe { host_now() }
}

/// The date in whole milliseconds, as in JavaScript's `Date.now()`.
pub fn date_millis() -> f64 {
    (date() / 1_000_000) as f64
}

/// Nanoseconds since the call began.
pub fn uptime() -> u64 {
    ticks().saturating_sub(BEGAN.get())
}

/// The same in milliseconds, as JavaScript's `performance.now()` has it.
pub fn uptime_millis() -> f64 {
    uptime() as f64 / 1e6
}

/// Waits. The host offers no sleep, so that the time passes in a loop.
pub fn wait(nanos: u64) {
    let until = uptime().saturating_add(nanos);
    while uptime() < until {}
}

/// 64 bits fit for secrets.
pub fn random() -> u64 {
    // SAFETY: has no conditions.
    unsafe { host_random() }
}

/// Bytes fit for secrets.
pub fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count.next_multiple_of(8));
    while bytes.len() < count {
        bytes.extend(random().to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

/// A number from 0 to below 1 out of random bits, as fine as a double can tell.
pub fn random_unit() -> f64 {
    (random() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Fills memory of the module, piece by piece.
pub fn fill_random(start: u32, length: u32) -> Result<(), Stop> {
    guest::check(start, length)?;
    let mut done = 0;
    while done < length {
        let piece = (length - done).min(RANDOM_BYTES as u32);
        guest::write(start + done, &random_bytes(piece as usize))?;
        done += piece;
    }
    Ok(())
}
