//! Our own imports: `priostack.log`, `priostack.now_ms` and `priostack.random` (`docs/plain-convention.md`).

use super::answer::Stop;
use super::config::{Import, Type};
use super::guest::{self, Val};
use super::imported::{Call, Handler};
use super::log::{self, Level};
use super::outside::{self, RANDOM_BYTES};

/// The import, if it is one of ours.
pub fn find(import: &Import) -> Option<Handler> {
    if import.module != "priostack" {
        return None;
    }
    let words = import.takes_words();
    Some(match (import.name.as_str(), import.params.len(), import.results.as_slice()) {
        ("log", 3, []) if words => Box::new(log_line),
        ("random", 2, []) if words => Box::new(random),
        ("now_ms", 0, [Type::I64]) => Box::new(|call| {
            call.result = Some(Val::I64(outside::date_millis() as u64));
            Ok(())
        }),
        ("now_ms", 0, [Type::F64]) => Box::new(|call| call.give_float(outside::date_millis())),
        _ => return None,
    })
}

fn log_line(call: &mut Call) -> Result<(), Stop> {
    let level = match call.word(0) {
        0 => Level::Debug,
        2 => Level::Warn,
        3 => Level::Error,
        _ => Level::Info,
    };
    let text = guest::read(call.word(1), call.word(2))?;
    log::line(level, &String::from_utf8_lossy(&text));
    Ok(())
}

fn random(call: &mut Call) -> Result<(), Stop> {
    let (start, length) = (call.word(0), call.word(1));
    if length as usize > RANDOM_BYTES {
        return Err(Stop::convention(format!(
            "The function asked for {length} random bytes at once, and {RANDOM_BYTES} is the most"
        )));
    }
    outside::fill_random(start, length)
}
