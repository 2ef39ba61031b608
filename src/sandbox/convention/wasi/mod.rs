//! WASI preview 1, and `wasi_unstable` before it, for modules of every language: arguments, clocks,
//! random numbers, and standard streams that lie in memory. Files, sockets and other processes are
//! answered by the interface's own errors; no call ever traps, whatever its pointers say.
//!
//! Source: <https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md>.

mod errno;
mod poll;
mod streams;

use wasmtime::{Caller, FuncType, ImportType, Linker, Memory, Val, ValType};

use super::super::fault::Stop;
use super::super::host::{Host, RANDOM_BYTES};
use super::core;

use self::errno::{Errno, Failure, Result};

/// The interface's two names. The structures of the older one differ.
const MODULES: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

/// Whether imports from `module` are WASI's.
pub(super) fn is_wasi(module: &str) -> bool {
    MODULES.contains(&module)
}

/// One call of a function of the interface.
struct Call<'a> {
    caller: Caller<'a, Host>,
    arguments: &'a [Val],
    /// Whether the module imports from `wasi_unstable`.
    old: bool,
}

type Body = fn(&mut Call<'_>) -> Result<()>;

/// The functions by name, and the numbers of their parameters: 64-bit ones may come in two halves
/// from modules that were made for JavaScript.
const FUNCTIONS: &[(&str, &[usize], Body)] = &[
    ("args_get", &[2], streams::args_get),
    ("args_sizes_get", &[2], streams::args_sizes_get),
    ("environ_get", &[2], |_| Ok(())),
    ("environ_sizes_get", &[2], |call| {
        call.put_word(call.word(0), 0)?;
        call.put_word(call.word(1), 0)
    }),
    ("clock_res_get", &[2], clock_res_get),
    ("clock_time_get", &[3, 4], clock_time_get),
    ("random_get", &[2], random_get),
    ("fd_write", &[4], streams::fd_write),
    ("fd_read", &[4], streams::fd_read),
    ("fd_close", &[1], streams::fd_close),
    ("fd_fdstat_get", &[2], streams::fd_fdstat_get),
    ("fd_fdstat_set_flags", &[2], |call| call.open_stream(0).map(|_| ())),
    ("fd_filestat_get", &[2], streams::fd_filestat_get),
    ("fd_seek", &[4, 5], |call| call.stream_error(Errno::SPIPE)),
    ("fd_tell", &[2], |call| call.stream_error(Errno::SPIPE)),
    ("fd_pread", &[5, 6], |call| call.stream_error(Errno::SPIPE)),
    ("fd_pwrite", &[5, 6], |call| call.stream_error(Errno::SPIPE)),
    // No descriptor is a folder that was handed over.
    ("fd_prestat_get", &[2], |_| Err(Errno::BADF.into())),
    ("fd_prestat_dir_name", &[3], |_| Err(Errno::BADF.into())),
    ("poll_oneoff", &[4], poll::poll_oneoff),
    ("sched_yield", &[0], |_| Ok(())),
];

/// Defines the import if it is WASI's. What the sandbox does not give is defined too: it answers with
/// an error.
pub(super) fn define(linker: &mut Linker<Host>, import: &ImportType, ty: &FuncType) -> wasmtime::Result<bool> {
    if !is_wasi(import.module()) {
        return Ok(false);
    }
    let numbers = ty.params().all(|param| param.is_i32() || param.is_i64());
    let results: Vec<ValType> = ty.results().collect();
    let name = import.name();
    if name == "proc_exit" && numbers && ty.params().len() == 1 && results.is_empty() {
        linker.func_new(import.module(), name, ty.clone(), |_, arguments, _| {
            let code = arguments.first().and_then(Val::i32).unwrap_or_default();
            Err(Stop::Exit(code).into())
        })?;
        return Ok(true);
    }
    if !numbers || !matches!(results.as_slice(), [ValType::I32]) {
        return Ok(false);
    }
    let known = FUNCTIONS.iter().find(|(known, counts, _)| *known == name && counts.contains(&ty.params().len()));
    let body = known.map_or_else(|| refusal(name), |(_, _, body)| *body);
    let old = import.module() == "wasi_unstable";
    linker.func_new(import.module(), name, ty.clone(), move |caller, arguments, results| {
        let errno = match body(&mut Call { caller, arguments, old }) {
            Ok(()) => Errno::SUCCESS,
            Err(Failure::Errno(errno)) => errno,
            Err(Failure::Stop(stop)) => return Err(stop),
        };
        if let Some(result) = results.first_mut() {
            *result = Val::I32(errno.0);
        }
        Ok(())
    })?;
    Ok(true)
}

/// What a function answers that the sandbox does not give.
fn refusal(name: &str) -> Body {
    if name.starts_with("sock_") {
        |call| call.stream_error(Errno::NOTSOCK)
    } else if name.starts_with("path_") {
        // Paths are relative to a folder, and there is none.
        |call| call.stream_error(Errno::NOTDIR)
    } else if name.starts_with("fd_") {
        |call| call.stream_error(Errno::NOTSUP)
    } else {
        |_| Err(Errno::NOSYS.into())
    }
}

impl Call<'_> {
    /// The argument at this position.
    fn word(&self, at: usize) -> u32 {
        self.arguments.get(at).and_then(Val::i32).unwrap_or_default().cast_unsigned()
    }

    /// The last argument: where the result goes, behind a 64-bit number that may have two halves.
    fn last_word(&self) -> u32 {
        self.word(self.arguments.len().saturating_sub(1))
    }

    fn host(&mut self) -> &mut Host {
        self.caller.data_mut()
    }

    fn memory(&mut self) -> Result<Memory> {
        core::callers_memory(&mut self.caller).ok_or(Failure::Errno(Errno::FAULT))
    }

    /// The file at position `at` of the arguments, if it is an open stream.
    fn open_stream(&self, at: usize) -> Result<u32> {
        let file = self.word(at);
        if self.caller.data().process.is_open(file) { Ok(file) } else { Err(Errno::BADF.into()) }
    }

    /// An error for what cannot be done with a stream, and `EBADF` for what is none.
    fn stream_error(&self, errno: Errno) -> Result<()> {
        self.open_stream(0)?;
        Err(errno.into())
    }

    /// Copies bytes into guest memory.
    fn put(&mut self, at: u32, bytes: &[u8]) -> Result<()> {
        let memory = self.memory()?;
        let length = u32::try_from(bytes.len()).map_err(|_| Errno::FAULT)?;
        core::slice_mut(memory.data_mut(&mut self.caller), at, length)
            .map_err(|_| Errno::FAULT)?
            .copy_from_slice(bytes);
        Ok(())
    }

    fn put_word(&mut self, at: u32, word: u32) -> Result<()> {
        self.put(at, &word.to_le_bytes())
    }

    fn put_long(&mut self, at: u32, long: u64) -> Result<()> {
        self.put(at, &long.to_le_bytes())
    }
}

/// The clocks: since 1970, since the invocation began, and two of processor time, which is taken for
/// the time since the invocation began.
const REALTIME: u32 = 0;
const CLOCKS: u32 = 4;

/// Nanoseconds on a clock.
fn clock(host: &Host, id: u32) -> Result<u64> {
    let time = match id {
        REALTIME => host.outside.date(),
        id if id < CLOCKS => host.uptime(),
        _ => return Err(Errno::INVAL.into()),
    };
    Ok(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn clock_time_get(call: &mut Call<'_>) -> Result<()> {
    let time = clock(call.caller.data(), call.word(0))?;
    call.put_long(call.last_word(), time)
}

fn clock_res_get(call: &mut Call<'_>) -> Result<()> {
    clock(call.caller.data(), call.word(0))?;
    call.put_long(call.word(1), 1)
}

/// Fills memory piece by piece, so that a deadline is noticed however much is asked for.
fn random_get(call: &mut Call<'_>) -> Result<()> {
    let (start, length) = (call.word(0), call.word(1));
    let memory = call.memory()?;
    core::slice(memory.data(&call.caller), start, length).map_err(|_| Errno::FAULT)?;
    let outside = call.caller.data().outside.clone();
    let mut done = 0;
    while done < length {
        if let Some(ending) = call.caller.data().ending() {
            return Err(Failure::Stop(Stop::from(ending).into()));
        }
        let piece = (length - done).min(RANDOM_BYTES as u32);
        let bytes =
            core::slice_mut(memory.data_mut(&mut call.caller), start + done, piece).map_err(|_| Errno::FAULT)?;
        // Without random numbers the guest gets the error that systems have for it.
        outside.fill_random(bytes).map_err(|_| Errno::IO)?;
        done += piece;
    }
    Ok(())
}
