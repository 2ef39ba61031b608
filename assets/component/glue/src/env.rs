//! What Emscripten's JavaScript gives its modules beside WASI: copying and growing memory, clocks, the console, and
//! ends of the program.

use super::answer::Stop;
use super::c::HIGH_HALF;
use super::config::Import;
use super::guest::{self, PAGE};
use super::imported::{Call, Handler};
use super::log::{self, Level};
use super::outside::{self, RANDOM_BYTES};

/// Longest text of an error, in bytes.
const MAX_TEXT: u32 = 8 << 10;
/// "Function not implemented", as Emscripten's system calls return it.
const NOT_IMPLEMENTED: i32 = -52;
/// What a module may believe to grow to.
const HEAP_MAX: u32 = u32::MAX - PAGE + 1;

/// The import, if Emscripten's JavaScript has it.
pub fn find(import: &Import) -> Option<Handler> {
    if import.module != "env" {
        return None;
    }
    if import.indirect.is_some() {
        return Some(Box::new(call_indirectly));
    }
    let name = import.name.as_str();
    let params = if import.takes_words() { import.params.len() } else { usize::MAX };
    Some(match (name, params) {
        ("emscripten_notify_memory_growth", 1) => Box::new(|_| Ok(())),
        ("emscripten_memcpy_big" | "emscripten_memcpy_js" | "_emscripten_memcpy_js", 3) => Box::new(copy),
        ("emscripten_resize_heap", 1) => Box::new(resize),
        ("emscripten_get_heap_max", 0) => Box::new(|call| call.give(HEAP_MAX)),
        ("abort" | "_abort_js", 0) => Box::new(|_| Err(Stop::thrown("The function called abort()"))),
        ("__assert_fail", 4) => Box::new(assertion),
        ("exit", 1) => Box::new(|call| Err(Stop::exit(call.word(0)))),
        ("emscripten_date_now", 0) => Box::new(|call| call.give_float(outside::date_millis())),
        ("emscripten_get_now", 0) => Box::new(|call| call.give_float(outside::uptime_millis())),
        ("setTempRet0", 1) => Box::new(|call| {
            HIGH_HALF.set(call.word(0));
            Ok(())
        }),
        ("getTempRet0", 0) => Box::new(|call| call.give(HIGH_HALF.get())),
        ("getentropy", 2) => Box::new(|call| {
            outside::fill_random(call.word(0), call.word(1).min(RANDOM_BYTES as u32))?;
            call.give(0)
        }),
        ("emscripten_console_log" | "emscripten_out", 1) => Box::new(|call| print(call, Level::Info)),
        ("emscripten_console_warn", 1) => Box::new(|call| print(call, Level::Warn)),
        ("emscripten_console_error" | "emscripten_err", 1) => Box::new(|call| print(call, Level::Error)),
        _ if needs_javascript(name) => Box::new(|call| {
            Err(Stop::convention(format!(
                "The function threw a C++ exception, which needs JavaScript as it was built (`{}`)",
                call.import.name
            )))
        }),
        _ if name.starts_with("__syscall_") => Box::new(|call| call.give(NOT_IMPLEMENTED.cast_unsigned())),
        _ => return None,
    })
}

/// Exceptions by way of JavaScript's.
fn needs_javascript(name: &str) -> bool {
    name.starts_with("__cxa_") || name.starts_with("__resumeException") || name == "llvm_eh_typeid_for"
}

/// `invoke_*(function, arguments...)`: a call that could catch an exception, if JavaScript had thrown it. Without
/// exceptions it is a call through the module's table.
fn call_indirectly(call: &mut Call) -> Result<(), Stop> {
    let entry = call.import.indirect.ok_or_else(|| call.wrong("a table"))?;
    call.result = guest::enter(entry, &call.arguments, &call.import.results)?.first().copied();
    Ok(())
}

/// The text that an argument points at, up to its zero.
fn text(call: &Call, at: usize) -> Result<String, Stop> {
    match call.word(at) {
        0 => Ok(String::new()),
        pointer => Ok(String::from_utf8_lossy(&guest::text(pointer, MAX_TEXT)?).into_owned()),
    }
}

fn print(call: &mut Call, level: Level) -> Result<(), Stop> {
    log::line(level, &text(call, 0)?);
    Ok(())
}

/// `memcpy(target, source, length)` gives the target.
fn copy(call: &mut Call) -> Result<(), Stop> {
    let bytes = guest::read(call.word(1), call.word(2))?;
    guest::write(call.word(0), &bytes)?;
    call.give(call.word(0))
}

/// Grows memory to at least so many bytes; 0 says that it cannot.
fn resize(call: &mut Call) -> Result<(), Stop> {
    let missing = u64::from(call.word(0)).saturating_sub(guest::size()).div_ceil(u64::from(PAGE));
    let grown = missing == 0 || guest::grow(missing as u32).is_some();
    call.give(u32::from(grown))
}

/// `__assert_fail(condition, file, line, function)`.
fn assertion(call: &mut Call) -> Result<(), Stop> {
    let (condition, file, line, function) = (text(call, 0)?, text(call, 1)?, call.word(2), text(call, 3)?);
    Err(Stop::thrown(format!("Assertion failed: {condition} ({file}:{line}, {function})")))
}
