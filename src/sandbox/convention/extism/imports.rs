//! The kernel's functions, which a plug-in imports from `extism:host/env` (before 1.0 from `env`, with
//! the prefix `extism_`). There is no network and no configuration.

use wasmtime::{Caller, ImportType, Linker};

use super::super::super::LogLevel;
use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::kernel::{Kernel, Span};

/// The lowest level of log lines that is wanted, by Extism's numbers: all.
const TRACE: i32 = 0;

/// Defines the import if the sandbox offers it, and tells whether it does.
pub(super) fn define(linker: &mut Linker<Host>, import: &ImportType) -> wasmtime::Result<bool> {
    let Some(name) = kernel_function(import.module(), import.name()) else { return Ok(false) };
    Ok(define_memory(linker, import, name)?
        || define_spans(linker, import, name)?
        || define_rest(linker, import, name)?)
}

/// The kernel's name for a function that is imported so.
pub(super) fn kernel_function<'a>(module: &str, name: &'a str) -> Option<&'a str> {
    match module {
        "extism:host/env" => Some(name),
        "env" => name.strip_prefix("extism_"),
        _ => None,
    }
}

/// Blocks, and bytes in them.
fn define_memory(linker: &mut Linker<Host>, import: &ImportType, name: &str) -> wasmtime::Result<bool> {
    let (module, field) = (import.module(), import.name());
    match name {
        "alloc" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, length: u64| {
            with_memory(caller.data_mut(), |kernel, grow| kernel.alloc(length, grow))
        }),
        "free" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64| {
            kernel(caller.data_mut()).map(|kernel| kernel.free(address))
        }),
        "length" | "length_unsafe" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64| {
            kernel(caller.data_mut()).map(|kernel| kernel.length(address))
        }),
        "load_u8" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64| {
            number(kernel(caller.data_mut())?.slice(address, 1)?).map(|number| number as u32)
        }),
        "load_u32" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64| {
            number(kernel(caller.data_mut())?.slice(address, 4)?).map(|number| number as u32)
        }),
        "load_u64" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64| {
            number(kernel(caller.data_mut())?.slice(address, 8)?)
        }),
        "store_u8" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64, value: u32| {
            store(caller.data_mut(), address, &[value.to_le_bytes()[0]])
        }),
        "store_u32" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64, value: u32| {
            store(caller.data_mut(), address, &value.to_le_bytes())
        }),
        "store_u64" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64, value: u64| {
            store(caller.data_mut(), address, &value.to_le_bytes())
        }),
        "memory_bytes" => linker.func_wrap(module, field, |caller: Caller<'_, Host>| caller.data().limiter.memory),
        "reset" => {
            linker.func_wrap(module, field, |mut caller: Caller<'_, Host>| kernel(caller.data_mut()).map(Kernel::reset))
        }
        _ => return Ok(false),
    }?;
    Ok(true)
}

/// Input, output and error.
fn define_spans(linker: &mut Linker<Host>, import: &ImportType, name: &str) -> wasmtime::Result<bool> {
    let (module, field) = (import.module(), import.name());
    match name {
        "input_length" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>| {
            kernel(caller.data_mut()).map(|kernel| kernel.input.length)
        }),
        "input_offset" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>| {
            kernel(caller.data_mut()).map(|kernel| kernel.input.address)
        }),
        "input_load_u8" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, at: u64| {
            number(kernel(caller.data_mut())?.input_slice(at, 1)?).map(|number| number as u32)
        }),
        "input_load_u64" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, at: u64| {
            number(kernel(caller.data_mut())?.input_slice(at, 8)?)
        }),
        "input_set" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64, length: u64| {
            let kernel = kernel(caller.data_mut())?;
            kernel.slice(address, length)?;
            kernel.input = Span { address, length };
            wasmtime::Result::Ok(())
        }),
        "output_set" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64, length: u64| {
            let kernel = kernel(caller.data_mut())?;
            kernel.slice(address, length)?;
            kernel.output = Span { address, length };
            wasmtime::Result::Ok(())
        }),
        "output_length" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>| {
            kernel(caller.data_mut()).map(|kernel| kernel.output.length)
        }),
        "output_offset" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>| {
            kernel(caller.data_mut()).map(|kernel| kernel.output.address)
        }),
        "error_set" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, address: u64| {
            let kernel = kernel(caller.data_mut())?;
            kernel.block(address)?;
            kernel.error = address;
            wasmtime::Result::Ok(())
        }),
        "error_get" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>| {
            kernel(caller.data_mut()).map(|kernel| kernel.error)
        }),
        _ => return Ok(false),
    }?;
    Ok(true)
}

/// Configuration, variables, log lines and the network.
fn define_rest(linker: &mut Linker<Host>, import: &ImportType, name: &str) -> wasmtime::Result<bool> {
    let (module, field) = (import.module(), import.name());
    let level = match name {
        "log_trace" | "log_debug" => Some(LogLevel::Debug),
        "log_info" => Some(LogLevel::Info),
        "log_warn" => Some(LogLevel::Warn),
        "log_error" => Some(LogLevel::Error),
        _ => None,
    };
    if let Some(level) = level {
        linker.func_wrap(module, field, move |mut caller: Caller<'_, Host>, address: u64| {
            log(caller.data_mut(), level, address)
        })?;
        return Ok(true);
    }
    match name {
        "get_log_level" => linker.func_wrap(module, field, || TRACE),
        "config_get" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, key: u64| {
            kernel(caller.data_mut())?.block(key)?;
            wasmtime::Result::Ok(0_u64)
        }),
        "var_get" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, key: u64| {
            with_memory(caller.data_mut(), |kernel, grow| {
                match kernel.variable(kernel.block(key)?).map(<[u8]>::to_vec) {
                    Some(value) => kernel.alloc_bytes(&value, grow),
                    None => Ok(0),
                }
            })
        }),
        "var_set" => linker.func_wrap(module, field, |mut caller: Caller<'_, Host>, key: u64, value: u64| {
            let kernel = kernel(caller.data_mut())?;
            let name = kernel.block(key)?.to_vec();
            let value = if value == 0 { None } else { Some(kernel.block(value)?.to_vec()) };
            kernel.set_variable(name, value)
        }),
        "http_request" => linker.func_wrap(module, field, |_: Caller<'_, Host>, _: u64, _: u64| {
            let (module, name) = ("extism:host/env".to_owned(), "http_request".to_owned());
            Err::<u64, _>(Stop::MissingImport { module, name }.into())
        }),
        "http_status_code" => linker.func_wrap(module, field, || 0_i32),
        "http_headers" => linker.func_wrap(module, field, || 0_u64),
        _ => return Ok(false),
    }?;
    Ok(true)
}

/// The kernel of the instance.
pub(super) fn kernel(host: &mut Host) -> wasmtime::Result<&mut Kernel> {
    let state = host.state.get_or_insert_with(|| Box::<Kernel>::default());
    state.downcast_mut().ok_or_else(|| Stop::convention("The instance belongs to another convention"))
}

/// Does something with the kernel that may take memory of the host.
pub(super) fn with_memory<T>(
    host: &mut Host,
    work: impl FnOnce(&mut Kernel, super::kernel::Grow<'_>) -> wasmtime::Result<T>,
) -> wasmtime::Result<T> {
    kernel(host)?;
    let Host { limiter, state, .. } = host;
    let kernel = state.as_mut().and_then(|state| state.downcast_mut());
    let kernel = kernel.ok_or_else(|| Stop::convention("The instance has no kernel"))?;
    work(kernel, &mut |bytes| limiter.take(bytes))
}

fn store(host: &mut Host, address: u64, bytes: &[u8]) -> wasmtime::Result<()> {
    kernel(host)?.slice_mut(address, bytes.len() as u64)?.copy_from_slice(bytes);
    Ok(())
}

/// Up to eight bytes as a number, the lowest first.
fn number(bytes: &[u8]) -> wasmtime::Result<u64> {
    Ok(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

/// Logs the text in a block, or as much of it as is kept.
fn log(host: &mut Host, level: LogLevel, address: u64) -> wasmtime::Result<()> {
    let room = host.log.room();
    let text = kernel(host)?.block(address)?;
    let text = String::from_utf8_lossy(text.get(..room.min(text.len())).unwrap_or_default()).into_owned();
    host.log(level, &text);
    Ok(())
}
