//! What Go's runtime and library ask of their environment: streams that become the log, random
//! numbers, clocks and timers. Files and processes answer ENOSYS, as Go's own glue does in a page.

use std::time::Duration;

use super::super::calls;
use super::super::objects;
use super::super::realm::{self, Action, Completion, Job};
use super::super::value::Value;
use super::{Call, Class, NAMESPACE, Native};
use crate::sandbox::host::RANDOM_BYTES;
use crate::sandbox::outcome::LogLevel;

pub(super) static PROCESS: Class = Class {
    name: "process",
    statics: &[
        Native { of: "process", name: "getuid", run: minus_one },
        Native { of: "process", name: "getgid", run: minus_one },
        Native { of: "process", name: "geteuid", run: minus_one },
        Native { of: "process", name: "getegid", run: minus_one },
        Native { of: "process", name: "getgroups", run: refuse },
        Native { of: "process", name: "umask", run: refuse },
        Native { of: "process", name: "cwd", run: refuse },
        Native { of: "process", name: "chdir", run: refuse },
    ],
    numbers: &[("pid", -1.0), ("ppid", -1.0)],
    ..NAMESPACE
};

macro_rules! refused {
    ($($name:literal)*) => {
        &[
            Native { of: "fs", name: "write", run: write },
            Native { of: "fs", name: "writeSync", run: write_sync },
            Native { of: "fs", name: "fsync", run: |call| call_back(call, vec![Value::Null]) },
            $(Native { of: "fs", name: $name, run: refuse_later },)*
        ]
    };
}

pub(super) static FS: Class = Class {
    name: "fs",
    statics: refused!(
        "chmod" "chown" "close" "fchmod" "fchown" "fstat" "ftruncate" "lchown" "link" "lstat" "mkdir" "open"
        "read" "readdir" "readlink" "rename" "rmdir" "stat" "symlink" "truncate" "unlink" "utimes"
    ),
    ..NAMESPACE
};

pub(super) static FS_CONSTANTS: Class = Class {
    name: "fs.constants",
    numbers: &[
        ("O_WRONLY", -1.0),
        ("O_RDWR", -1.0),
        ("O_CREAT", -1.0),
        ("O_TRUNC", -1.0),
        ("O_APPEND", -1.0),
        ("O_EXCL", -1.0),
        ("O_DIRECTORY", -1.0),
    ],
    ..NAMESPACE
};

pub(super) static PATH: Class =
    Class { name: "path", statics: &[Native { of: "path", name: "resolve", run: resolve_path }], ..NAMESPACE };

pub(super) static CRYPTO: Class = Class {
    name: "crypto",
    statics: &[
        Native { of: "crypto", name: "getRandomValues", run: random_values },
        Native { of: "crypto", name: "randomUUID", run: random_uuid },
    ],
    ..NAMESPACE
};

pub(super) static PERFORMANCE: Class = Class {
    name: "performance",
    statics: &[Native {
        of: "performance",
        name: "now",
        run: |call| {
            let nanoseconds = call.realm()?.nanoseconds();
            let time = call.outside().uptime(Duration::from_nanos(nanoseconds));
            Ok(Ok(Value::number(time.as_secs_f64() * 1e3)))
        },
    }],
    ..NAMESPACE
};

/// The functions of `globalThis` itself.
pub(super) static GLOBAL: Class = Class {
    name: "<global>",
    statics: &[
        Native { of: "<global>", name: "setTimeout", run: |call| set_timer(call, false) },
        Native { of: "<global>", name: "setInterval", run: |call| set_timer(call, true) },
        Native { of: "<global>", name: "clearTimeout", run: clear_timer },
        Native { of: "<global>", name: "clearInterval", run: clear_timer },
        Native { of: "<global>", name: "queueMicrotask", run: queue_microtask },
        Native {
            of: "<global>",
            name: "parseInt",
            run: |call| {
                let text = call.text(0)?;
                let radix = call.number(1)?;
                Ok(Ok(Value::number(super::texts::leading_integer(&text, radix))))
            },
        },
        Native {
            of: "<global>",
            name: "parseFloat",
            run: |call| {
                let text = call.text(0)?;
                Ok(Ok(Value::number(super::texts::leading_number(&text))))
            },
        },
        Native { of: "<global>", name: "isNaN", run: |call| Ok(Ok(Value::Bool(call.number(0)?.is_nan()))) },
    ],
    ..NAMESPACE
};

fn minus_one(_: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    Ok(Ok(Value::number(-1.0)))
}

/// The error that Go's own glue answers with where there are no files or processes.
fn not_implemented(call: &mut Call<'_, '_>) -> wasmtime::Result<Value> {
    let heap = call.heap()?;
    let error = heap.error("Error", "not implemented")?;
    objects::set(heap, &error, "code", Value::text("ENOSYS"))?;
    Ok(error)
}

fn refuse(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    not_implemented(call).map(Err)
}

/// Calls back with the error: the last argument is the callback.
fn refuse_later(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let error = not_implemented(call)?;
    call_back(call, vec![error])
}

fn call_back(call: &mut Call<'_, '_>, arguments: Vec<Value>) -> wasmtime::Result<Completion> {
    let callback = call.arguments.last().cloned().unwrap_or(Value::Undefined);
    calls::apply(call.context, &callback, &Value::Undefined, &arguments)
}

/// `fs.write(fd, buffer, offset, length, position, callback)`.
fn write(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let whole = {
        let value = call.argument(1);
        call.heap()?.as_bytes(&value).map(<[u8]>::len)
    };
    let (offset, length) = (call.argument(2).as_index(), call.argument(3).as_index());
    let fits = match (whole, offset, length) {
        (Some(whole), Some(offset), Some(length)) => offset.checked_add(length).is_some_and(|end| end <= whole),
        _ => false,
    };
    if !fits || !matches!(call.argument(4), Value::Null) {
        return refuse_later(call);
    }
    match write_part(call, offset.unwrap_or_default(), length.unwrap_or_default())? {
        Some(written) => call_back(call, vec![Value::Null, Value::number(written as f64)]),
        None => refuse_later(call),
    }
}

fn write_sync(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    match write_part(call, 0, usize::MAX)? {
        Some(written) => Ok(Ok(Value::number(written as f64))),
        None => refuse(call),
    }
}

/// Writes to a stream; none where the number is that of no stream.
fn write_part(call: &mut Call<'_, '_>, offset: usize, length: usize) -> wasmtime::Result<Option<usize>> {
    let Some(level) = call.argument(0).as_index().and_then(stream) else { return Ok(None) };
    let value = call.argument(1);
    let room = call.context.data().log.room();
    let bytes = call.heap()?.as_bytes(&value).unwrap_or_default();
    let bytes = bytes.get(offset..).unwrap_or_default();
    let written = bytes.len().min(length);
    // What the log cannot keep need not be copied.
    let kept = bytes.get(..written.min(room.saturating_add(1))).unwrap_or_default().to_vec();
    realm::write(call.context.data_mut(), level, &kept)?;
    Ok(Some(written))
}

/// What the streams of a program are in the log.
pub(in super::super) fn stream(descriptor: usize) -> Option<LogLevel> {
    match descriptor {
        1 => Some(LogLevel::Info),
        2 => Some(LogLevel::Error),
        _ => None,
    }
}

fn resolve_path(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let mut parts = Vec::new();
    for at in 0..call.arguments.len() {
        parts.push(call.text(at)?);
    }
    call.make_text(&parts.join("/"))
}

fn random_values(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let array = call.argument(0);
    let outside = call.outside();
    let heap = call.heap()?;
    let Some(bytes) = heap.view(&array).and_then(|view| heap.slice_mut(view)) else {
        return call.throw("TypeError", "The data argument must be an integer-type TypedArray");
    };
    if bytes.len() > RANDOM_BYTES {
        return call.throw("QuotaExceededError", "The requested length exceeds 65,536 bytes");
    }
    outside.fill_random(bytes)?;
    Ok(Ok(array))
}

fn random_uuid(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let mut bytes = [0_u8; 16];
    call.outside().fill_random(&mut bytes)?;
    let number = u128::from_be_bytes(bytes);
    // Version 4, variant 1 (RFC 9562).
    let number = (number & !(0xf << 76) & !(0b11 << 62)) | (4 << 76) | (0b10 << 62);
    let hex = format!("{number:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    let text = [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-");
    call.make_text(&text)
}

fn set_timer(call: &mut Call<'_, '_>, repeats: bool) -> wasmtime::Result<Completion> {
    let function = call.argument(0);
    if !call.heap()?.is_function(&function) {
        return call.throw("TypeError", "The \"callback\" argument must be of type function");
    }
    let millis = call.number(1)?;
    // As in a browser: what is no time, or too long for 32 bits, is a millisecond.
    let millis = if (1.0..=f64::from(i32::MAX)).contains(&millis) { millis } else { 1.0 };
    let after = Duration::from_secs_f64(millis / 1e3);
    let every = repeats.then_some(after.as_nanos() as u64);
    let arguments = call.arguments.get(2..).unwrap_or_default().to_vec();
    let id = call.realm()?.add_timer(after, Action::Call { function, arguments, every })?;
    Ok(Ok(Value::number(f64::from(id))))
}

fn clear_timer(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let id = call.argument(0).as_index().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id {
        call.realm()?.remove_timer(id);
    }
    Ok(Ok(Value::Undefined))
}

fn queue_microtask(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let function = call.argument(0);
    call.realm()?.add_job(Job::Call { function })?;
    Ok(Ok(Value::Undefined))
}
