//! Arguments, and reading, writing and describing the three standard streams.

use wasmtime::AsContext;

use super::super::super::fault::Stop;
use super::super::super::process::{STDERR, STDIN, STDOUT};
use super::super::core::{slice, slice_mut, word};
use super::Call;
use super::errno::{Errno, Failure, Result};

/// Most parts of one read or write.
const MAX_PARTS: u32 = 1024;

/// What a file is: something unknown (a pipe, say), or a terminal.
const UNKNOWN: u8 = 0;
const CHARACTER_DEVICE: u8 = 2;
/// The rights to read, to set flags, to write, to ask for the kind of file, and to wait.
const MAY_READ: u64 = 1 << 1;
const MAY_SET_FLAGS: u64 = 1 << 3;
const MAY_WRITE: u64 = 1 << 6;
const MAY_ASK: u64 = 1 << 21;
const MAY_POLL: u64 = 1 << 27;

pub(super) fn args_sizes_get(call: &mut Call<'_>) -> Result<()> {
    let arguments = &call.caller.data().process.arguments;
    let bytes: usize = arguments.iter().map(|argument| argument.len() + 1).sum();
    let count = arguments.len();
    call.put_word(call.word(0), u32::try_from(count).unwrap_or(u32::MAX))?;
    call.put_word(call.word(1), u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// `args_get(pointers, bytes)`: each argument ends with a zero.
pub(super) fn args_get(call: &mut Call<'_>) -> Result<()> {
    let (mut pointers, mut bytes) = (call.word(0), call.word(1));
    for argument in call.caller.data().process.arguments.clone() {
        call.put_word(pointers, bytes)?;
        call.put(bytes, argument.as_bytes())?;
        let end = bytes.saturating_add(u32::try_from(argument.len()).map_err(|_| Errno::FAULT)?);
        call.put(end, &[0])?;
        (pointers, bytes) = (pointers.saturating_add(4), end.saturating_add(1));
    }
    Ok(())
}

/// Addresses and lengths of the parts of a read or write, all within memory.
fn parts(call: &mut Call<'_>) -> Result<Vec<(u32, u32)>> {
    let (list, count) = (call.word(1), call.word(2));
    if count > MAX_PARTS {
        return Err(Errno::INVAL.into());
    }
    let memory = call.memory()?;
    let data = memory.data(&call.caller);
    let part = |at: u32| {
        let at = list.checked_add(at * 8).ok_or(Errno::FAULT)?;
        let end = at.checked_add(4).ok_or(Errno::FAULT)?;
        let (Ok(start), Ok(length)) = (word(data, at), word(data, end)) else { return Err(Errno::FAULT) };
        slice(data, start, length).map_err(|_| Errno::FAULT)?;
        Ok((start, length))
    };
    Ok((0..count).map(part).collect::<std::result::Result<_, Errno>>()?)
}

/// `fd_write(file, parts, count, written)`: standard error becomes log lines, and standard output
/// either the answer or log lines.
pub(super) fn fd_write(call: &mut Call<'_>) -> Result<()> {
    let file = call.open_stream(0)?;
    if file == STDIN {
        return Err(Errno::BADF.into());
    }
    let (parts, memory) = (parts(call)?, call.memory()?);
    let asked: u64 = parts.iter().map(|(_, length)| u64::from(*length)).sum();
    let host = call.caller.data();
    let (limit, level) = (host.output, host.process.log_level(file));
    if file == STDOUT && call.host().process.output().is_some() {
        let mut answer = call.host().process.output().map(std::mem::take).unwrap_or_default();
        let size = answer.len() as u64 + asked;
        if size > limit {
            return Err(Failure::Stop(Stop::OutputTooLarge { size, limit }.into()));
        }
        gather(memory.data(&call.caller), &parts, usize::MAX, &mut answer)?;
        if let Some(output) = call.host().process.output() {
            *output = answer;
        }
    } else {
        let (mut line, room) = (Vec::new(), call.caller.data().log.room());
        gather(memory.data(call.caller.as_context()), &parts, room, &mut line)?;
        call.host().log.write(level, &line);
    }
    call.put_word(call.word(3), u32::try_from(asked).unwrap_or(u32::MAX))
}

/// Appends the parts to `target`, up to `most` bytes in all.
fn gather(data: &[u8], parts: &[(u32, u32)], most: usize, target: &mut Vec<u8>) -> Result<()> {
    for (start, length) in parts {
        let bytes = slice(data, *start, *length).map_err(|_| Errno::FAULT)?;
        let room = most.saturating_sub(target.len());
        target.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
    Ok(())
}

/// `fd_read(file, parts, count, read)`.
pub(super) fn fd_read(call: &mut Call<'_>) -> Result<()> {
    if call.open_stream(0)? != STDIN {
        return Err(Errno::BADF.into());
    }
    let (parts, memory) = (parts(call)?, call.memory()?);
    let mut total = 0;
    for (start, length) in parts {
        let (data, host) = memory.data_and_store_mut(&mut call.caller);
        let target = slice_mut(data, start, length).map_err(|_| Errno::FAULT)?;
        total += host.process.read(target);
        if host.process.remaining() == 0 {
            break;
        }
    }
    call.put_word(call.word(3), u32::try_from(total).unwrap_or(u32::MAX))
}

pub(super) fn fd_close(call: &mut Call<'_>) -> Result<()> {
    let file = call.word(0);
    if call.host().process.close(file) { Ok(()) } else { Err(Errno::BADF.into()) }
}

/// What kind of file a stream says it is. Logs are terminals: C's standard library then writes
/// each line when it is complete, and not when a buffer is full or the program ends.
fn kind(call: &mut Call<'_>, file: u32) -> u8 {
    let is_log = file == STDERR || (file == STDOUT && call.host().process.output().is_none());
    if is_log { CHARACTER_DEVICE } else { UNKNOWN }
}

/// `fd_fdstat_get(file, stat)`: 24 bytes.
pub(super) fn fd_fdstat_get(call: &mut Call<'_>) -> Result<()> {
    let file = call.open_stream(0)?;
    let rights = if file == STDIN { MAY_READ } else { MAY_WRITE } | MAY_SET_FLAGS | MAY_ASK | MAY_POLL;
    let mut stat = [0; 24];
    stat[0] = kind(call, file);
    if let Some(place) = stat.get_mut(8..16) {
        place.copy_from_slice(&rights.to_le_bytes());
    }
    call.put(call.word(1), &stat)
}

/// `fd_filestat_get(file, stat)`: 64 bytes, in `wasi_unstable` 56. The kind lies at 16 in both, the
/// number of links behind it.
pub(super) fn fd_filestat_get(call: &mut Call<'_>) -> Result<()> {
    let file = call.open_stream(0)?;
    let (size, links) = if call.old { (56, 20) } else { (64, 24) };
    let mut stat = vec![0; size];
    for (at, value) in [(16, kind(call, file)), (links, 1)] {
        if let Some(place) = stat.get_mut(at) {
            *place = value;
        }
    }
    call.put(call.word(1), &stat)
}
