//! Our own host functions, for modules of every convention: `priostack.log`, `priostack.now_ms` and
//! `priostack.random`. `docs/plain-convention.md` documents them.

use wasmtime::{Caller, FuncType, ImportType, Linker, Memory, Val, ValType};

use super::super::fault::Stop;
use super::super::host::{Host, RANDOM_BYTES};
use super::super::outcome::LogLevel;
use super::core::{callers_memory, slice, slice_mut};

/// Defines the import if it is one of ours.
pub(super) fn define(linker: &mut Linker<Host>, import: &ImportType, ty: &FuncType) -> wasmtime::Result<bool> {
    if import.module() != "priostack" {
        return Ok(false);
    }
    let (params, results) = (ty.params().len(), ty.results().collect::<Vec<_>>());
    let words = ty.params().all(|param| param.is_i32());
    let (module, name, ty) = (import.module(), import.name(), ty.clone());
    match (name, params, results.as_slice()) {
        ("log", 3, []) if words => {
            linker.func_new(module, name, ty, |mut caller, arguments, _| log(&mut caller, arguments))?;
        }
        ("random", 2, []) if words => {
            linker.func_new(module, name, ty, |mut caller, arguments, _| random(&mut caller, arguments))?;
        }
        ("now_ms", 0, [ValType::I64 | ValType::F64]) => {
            let whole = matches!(results.first(), Some(ValType::I64));
            linker.func_new(module, name, ty, move |caller, _, results| {
                let now = caller.data().outside.date_millis();
                if let Some(result) = results.first_mut() {
                    *result = if whole { Val::I64(now as i64) } else { Val::F64(now.to_bits()) };
                }
                Ok(())
            })?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The memory, and two of the arguments.
fn span(caller: &mut Caller<'_, Host>, arguments: &[Val], at: usize) -> wasmtime::Result<(Memory, u32, u32)> {
    let memory = callers_memory(caller).ok_or_else(|| Stop::convention("The module exports no memory"))?;
    let word = |at: usize| arguments.get(at).and_then(Val::i32).unwrap_or_default().cast_unsigned();
    Ok((memory, word(at), word(at + 1)))
}

/// `log(level, pointer, length)`: 0 is debug, 1 info, 2 a warning, 3 an error.
fn log(caller: &mut Caller<'_, Host>, arguments: &[Val]) -> wasmtime::Result<()> {
    let (memory, pointer, length) = span(caller, arguments, 1)?;
    let level = match arguments.first().and_then(Val::i32) {
        Some(0) => LogLevel::Debug,
        Some(2) => LogLevel::Warn,
        Some(3) => LogLevel::Error,
        _ => LogLevel::Info,
    };
    let room = caller.data().log.room();
    let bytes = slice(memory.data(&*caller), pointer, length)?;
    let text = String::from_utf8_lossy(bytes.get(..room).unwrap_or(bytes)).into_owned();
    caller.data_mut().log(level, &text);
    Ok(())
}

/// `random(pointer, length)`: up to 65,536 bytes at once.
fn random(caller: &mut Caller<'_, Host>, arguments: &[Val]) -> wasmtime::Result<()> {
    let (memory, pointer, length) = span(caller, arguments, 0)?;
    if length as usize > RANDOM_BYTES {
        return Err(Stop::convention(format!(
            "The function asked for {length} random bytes at once, and {RANDOM_BYTES} is the most"
        )));
    }
    let outside = caller.data().outside.clone();
    outside.fill_random(slice_mut(memory.data_mut(&mut *caller), pointer, length)?)
}
