//! WASI preview 1, and `wasi_unstable` before it: clocks, random numbers, and standard streams whose output becomes
//! the log. Files, sockets and other processes are answered by the interface's own errors.
//!
//! Source: <https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md>.

use std::cell::Cell;

use super::answer::Stop;
use super::config::{Import, Type};
use super::guest;
use super::imported::{Call, Handler};
use super::log::{self, Level};
use super::outside;

/// Why a call does not succeed.
enum Failure {
    /// The guest is told this number.
    Errno(u32),
    /// The call of the function ends.
    Stop(Stop),
}

type Result<T> = std::result::Result<T, Failure>;

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

const BADF: Failure = Failure::Errno(8);
const FAULT: Failure = Failure::Errno(21);
const INVAL: Failure = Failure::Errno(28);
const NOSYS: Failure = Failure::Errno(52);
const NOTDIR: Failure = Failure::Errno(54);
const NOTSOCK: Failure = Failure::Errno(57);
const NOTSUP: Failure = Failure::Errno(58);
const SPIPE: Failure = Failure::Errno(70);

const STDIN: u32 = 0;
const STDERR: u32 = 2;

thread_local! {
    /// Which of the three streams are closed, a bit each.
    static CLOSED: Cell<u32> = const { Cell::new(0) };
}

/// The import, if it is WASI's.
pub fn find(import: &Import) -> Option<Handler> {
    if !matches!(import.module.as_str(), "wasi_snapshot_preview1" | "wasi_unstable") {
        return None;
    }
    let name = import.name.as_str();
    let numbers = import.params.iter().all(|ty| matches!(ty, Type::I32 | Type::I64));
    if name == "proc_exit" && numbers && import.params.len() == 1 && import.results.is_empty() {
        return Some(Box::new(|call| Err(Stop::exit(call.word(0)))));
    }
    if !numbers || import.results != [Type::I32] {
        return None;
    }
    let body = body(name, import.params.len());
    Some(Box::new(move |call| match body(call) {
        Ok(()) => call.give(0),
        Err(Failure::Errno(errno)) => call.give(errno),
        Err(Failure::Stop(stop)) => Err(stop),
    }))
}

/// 64-bit parameters may come in two halves from modules that were made for JavaScript.
fn body(name: &str, params: usize) -> fn(&Call) -> Result<()> {
    match (name, params) {
        ("args_get" | "environ_get", 2) | ("sched_yield", 0) => |_| Ok(()),
        ("args_sizes_get" | "environ_sizes_get", 2) => |call| {
            put(call.word(0), &[0; 4])?;
            put(call.word(1), &[0; 4])
        },
        ("clock_res_get", 2) => |call| {
            clock(call.word(0))?;
            put(call.word(1), &1_u64.to_le_bytes())
        },
        ("clock_time_get", 3 | 4) => |call| put(last_word(call), &clock(call.word(0))?.to_le_bytes()),
        ("random_get", 2) => |call| {
            let (start, length) = (call.word(0), call.word(1));
            guest::check(start, length).map_err(|_| FAULT)?;
            Ok(outside::fill_random(start, length)?)
        },
        ("fd_write", 4) => fd_write,
        ("fd_read", 4) => |call| match open_stream(call)? {
            STDIN => {
                parts(call)?;
                put(call.word(3), &[0; 4])
            }
            _ => Err(BADF),
        },
        ("fd_close", 1) => |call| {
            CLOSED.set(CLOSED.get() | 1 << open_stream(call)?);
            Ok(())
        },
        ("fd_fdstat_get", 2) => fd_fdstat_get,
        ("fd_fdstat_set_flags", 2) => |call| open_stream(call).map(|_| ()),
        ("fd_filestat_get", 2) => fd_filestat_get,
        ("fd_seek", 4 | 5) | ("fd_tell", 2) | ("fd_pread" | "fd_pwrite", 5 | 6) => |call| stream_error(call, SPIPE),
        // No descriptor is a folder that was handed over.
        ("fd_prestat_get", 2) | ("fd_prestat_dir_name", 3) => |_| Err(BADF),
        ("poll_oneoff", 4) => poll_oneoff,
        _ if name.starts_with("sock_") => |call| stream_error(call, NOTSOCK),
        _ if name.starts_with("path_") => |call| stream_error(call, NOTDIR),
        _ if name.starts_with("fd_") => |call| stream_error(call, NOTSUP),
        _ => |_| Err(NOSYS),
    }
}

/// The file, if it is an open stream.
fn open_stream(call: &Call) -> Result<u32> {
    let file = call.word(0);
    if is_open(file) { Ok(file) } else { Err(BADF) }
}

fn is_open(file: u32) -> bool {
    file <= STDERR && CLOSED.get() & (1 << file) == 0
}

/// An error for what cannot be done with a stream, and `EBADF` for what is none.
fn stream_error(call: &Call, failure: Failure) -> Result<()> {
    open_stream(call)?;
    Err(failure)
}

fn put(at: u32, bytes: &[u8]) -> Result<()> {
    guest::write(at, bytes).map_err(|_| FAULT)
}

/// The last argument: where the result goes, behind a 64-bit number that may have two halves.
fn last_word(call: &Call) -> u32 {
    call.word(call.arguments.len().saturating_sub(1))
}

/// Nanoseconds on a clock: since 1970, since the call began, and two of processor time, which is taken for the time
/// since the call began.
fn clock(id: u32) -> Result<u64> {
    match id {
        0 => Ok(outside::date()),
        1..4 => Ok(outside::uptime()),
        _ => Err(INVAL),
    }
}

/// Addresses and lengths of the parts of a read or write, all within memory.
fn parts(call: &Call) -> Result<Vec<(u32, u32)>> {
    const MAX_PARTS: u32 = 1024;
    let (list, count) = (call.word(1), call.word(2));
    if count > MAX_PARTS {
        return Err(INVAL);
    }
    let part = |at: u32| {
        let at = list.checked_add(at * 8).ok_or(FAULT)?;
        let word = |at| guest::word(at).map_err(|_| FAULT);
        let (start, length) = (word(at)?, word(at.checked_add(4).ok_or(FAULT)?)?);
        guest::check(start, length).map_err(|_| FAULT)?;
        Ok((start, length))
    };
    (0..count).map(part).collect()
}

/// `fd_write(file, parts, count, written)`.
fn fd_write(call: &Call) -> Result<()> {
    let file = open_stream(call)?;
    if file == STDIN {
        return Err(BADF);
    }
    let mut written = 0_u32;
    for (start, length) in parts(call)? {
        let level = if file == STDERR { Level::Error } else { Level::Info };
        log::write(level, &guest::read(start, length).map_err(|_| FAULT)?);
        written = written.saturating_add(length);
    }
    put(call.word(3), &written.to_le_bytes())
}

/// Standard output and error say that they are terminals: C's standard library then writes each line when it is
/// complete, and not when a buffer is full.
fn kind(file: u32) -> u8 {
    if file == STDIN { 0 } else { 2 }
}

/// `fd_fdstat_get(file, stat)`: 24 bytes.
fn fd_fdstat_get(call: &Call) -> Result<()> {
    const MAY_READ: u64 = 1 << 1;
    const MAY_WRITE: u64 = 1 << 6;
    /// To set flags, to ask for the kind of file, to wait.
    const MAY_REST: u64 = 1 << 3 | 1 << 21 | 1 << 27;
    let file = open_stream(call)?;
    let rights = if file == STDIN { MAY_READ } else { MAY_WRITE } | MAY_REST;
    let mut stat = vec![kind(file), 0, 0, 0, 0, 0, 0, 0];
    stat.extend(rights.to_le_bytes());
    stat.extend([0; 8]);
    put(call.word(1), &stat)
}

/// `fd_filestat_get(file, stat)`: 64 bytes, in `wasi_unstable` 56. The kind lies at 16 in both, the number of links
/// behind it.
fn fd_filestat_get(call: &Call) -> Result<()> {
    let file = open_stream(call)?;
    let (size, links) = if call.import.module == "wasi_unstable" { (56, 20) } else { (64, 24) };
    let mut stat = vec![0; size];
    for (at, value) in [(16, kind(file)), (links, 1)] {
        if let Some(place) = stat.get_mut(at) {
            *place = value;
        }
    }
    put(call.word(1), &stat)
}

/// What `poll_oneoff` waits for, as it lies in memory. `wasi_unstable` has one field more.
struct Subscription {
    user_data: u64,
    kind: u8,
    id: u32,
    timeout: u64,
    absolute: bool,
}

/// `poll_oneoff(subscriptions, events, count, happened)`: the streams are always ready.
fn poll_oneoff(call: &Call) -> Result<()> {
    const MAX_SUBSCRIPTIONS: u32 = 1024;
    const EVENT: u32 = 32;
    let (list, events, count) = (call.word(0), call.word(1), call.word(2));
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(INVAL);
    }
    let old = call.import.module == "wasi_unstable";
    let size = if old { 56 } else { 48 };
    let mut waiting = Vec::new();
    for at in 0..count {
        let start = list.checked_add(at * size).ok_or(FAULT)?;
        let subscription = Subscription::read(&guest::read(start, size).map_err(|_| FAULT)?, old);
        let left = subscription.left();
        waiting.push((subscription, left));
    }
    // An error is an event too, and happens at once.
    let soonest = waiting.iter().map(|(_, left)| left.unwrap_or(0)).min().unwrap_or(0);
    outside::wait(soonest);
    let mut happened = 0;
    for (subscription, left) in waiting.iter().filter(|(_, left)| left.unwrap_or(0) <= soonest) {
        let mut event = subscription.user_data.to_le_bytes().to_vec();
        event.extend((left.err().unwrap_or(0) as u16).to_le_bytes());
        event.extend([subscription.kind, 0, 0, 0, 0, 0]);
        event.resize(EVENT as usize, 0);
        put(events.checked_add(happened * EVENT).ok_or(FAULT)?, &event)?;
        happened += 1;
    }
    put(call.word(3), &happened.to_le_bytes())
}

impl Subscription {
    fn read(bytes: &[u8], old: bool) -> Self {
        let field = |at: usize, width: usize| {
            let bytes = bytes.get(at..at + width).unwrap_or_default();
            bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        // The older form names each time by a number of the guest's own first.
        let kind = field(8, 1) as u8;
        let shift = if old && kind == 0 { 8 } else { 0 };
        Self {
            user_data: field(0, 8),
            kind,
            id: field(16 + shift, 4) as u32,
            timeout: field(24 + shift, 8),
            absolute: field(40 + shift, 2) & 1 != 0,
        }
    }

    /// Nanoseconds until it happens, or an error's number.
    fn left(&self) -> std::result::Result<u64, u32> {
        match self.kind {
            0 => {
                let now = clock(self.id).map_err(|_| 28_u32)?;
                Ok(if self.absolute { self.timeout.saturating_sub(now) } else { self.timeout })
            }
            1 | 2 if is_open(self.id) => Ok(0),
            1 | 2 => Err(8),
            _ => Err(28),
        }
    }
}
