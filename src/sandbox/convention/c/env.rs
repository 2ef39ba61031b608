//! What Emscripten's JavaScript gives its modules beside WASI: copying and growing memory, clocks,
//! the console, and ends of the program. What needs JavaScript itself says so when it is called.

use wasmtime::{Caller, Extern, FuncType, ImportType, Linker, Val, ValType};

use super::super::super::fault::Stop;
use super::super::super::host::{self, Host};
use super::super::super::outcome::LogLevel;
use super::super::core::{callers_memory, slice, slice_mut};
use super::State;

/// Longest text of an error, in bytes.
const MAX_TEXT: usize = 8 << 10;
/// "Function not implemented", as Emscripten's system calls return it.
const NOT_IMPLEMENTED: i32 = -52;
const PAGE: u64 = 64 << 10;

type Body = fn(&mut Call<'_>) -> wasmtime::Result<Option<Val>>;

struct Call<'a> {
    caller: Caller<'a, Host>,
    arguments: &'a [Val],
}

/// The imports by name, with the types of their parameters (`i` is i32).
const IMPORTS: &[(&str, &str, Body)] = &[
    ("emscripten_notify_memory_growth", "i", |_| Ok(None)),
    ("emscripten_memcpy_big", "iii", copy),
    ("emscripten_memcpy_js", "iii", copy),
    ("_emscripten_memcpy_js", "iii", copy),
    ("emscripten_resize_heap", "i", resize),
    ("emscripten_get_heap_max", "", |call| {
        let limit = call.caller.data().limiter.memory_limit;
        Ok(Some(Val::I32(u32::try_from(limit).unwrap_or(u32::MAX).cast_signed())))
    }),
    ("abort", "", |_| Err(Stop::Thrown("The function called abort()".to_owned()).into())),
    ("_abort_js", "", |_| Err(Stop::Thrown("The function called abort()".to_owned()).into())),
    ("__assert_fail", "iiii", assertion),
    ("exit", "i", |call| Err(Stop::Exit(call.word(0).cast_signed()).into())),
    ("emscripten_date_now", "", |call| Ok(Some(Val::F64(call.caller.data().outside.date_millis().to_bits())))),
    ("emscripten_get_now", "", |call| Ok(Some(Val::F64(call.caller.data().uptime_millis().to_bits())))),
    ("setTempRet0", "i", |call| {
        State::of(call.caller.data_mut())?.high_half = call.word(0);
        Ok(None)
    }),
    ("getTempRet0", "", |call| Ok(Some(Val::I32(State::of(call.caller.data_mut())?.high_half.cast_signed())))),
    ("getentropy", "ii", |call| {
        let (at, length) = (call.word(0), call.word(1));
        let outside = call.caller.data().outside.clone();
        outside.fill_random(slice_mut(call.memory()?, at, length.min(host::RANDOM_BYTES as u32))?)?;
        Ok(Some(Val::I32(0)))
    }),
    ("emscripten_console_log", "i", |call| call.log(LogLevel::Info)),
    ("emscripten_console_warn", "i", |call| call.log(LogLevel::Warn)),
    ("emscripten_console_error", "i", |call| call.log(LogLevel::Error)),
    ("emscripten_out", "i", |call| call.log(LogLevel::Info)),
    ("emscripten_err", "i", |call| call.log(LogLevel::Error)),
];

/// Defines the import if the sandbox offers it, and tells whether it does.
pub(super) fn define(linker: &mut Linker<Host>, import: &ImportType, ty: &FuncType) -> wasmtime::Result<bool> {
    let (module, name) = (import.module(), import.name());
    if module != "env" {
        return Ok(false);
    }
    let words: String = ty.params().map(|param| if param.is_i32() { 'i' } else { '-' }).collect();
    let known = IMPORTS.iter().find(|(known, params, _)| *known == name && *params == words);
    let body = match known {
        Some((.., body)) => *body,
        None if name.starts_with("invoke_") => {
            linker.func_new(module, name, ty.clone(), call_indirectly)?;
            return Ok(true);
        }
        None if needs_javascript(name) => {
            let name = name.to_owned();
            linker.func_new(module, import.name(), ty.clone(), move |_, _, _| {
                Err(Stop::Unsupported {
                    message: format!(
                        "The function threw a C++ exception, which needs JavaScript as it was built (`{name}`)"
                    ),
                    help: "Build without -fexceptions, or with -fwasm-exceptions -sWASM_EXNREF=1 (Emscripten 3.1.62 and later)",
                }
                .into())
            })?;
            return Ok(true);
        }
        None if name.starts_with("__syscall_") => not_implemented,
        None => return Ok(false),
    };
    let expected: Vec<ValType> = ty.results().collect();
    linker.func_new(module, name, ty.clone(), move |caller, arguments, results| {
        let given = body(&mut Call { caller, arguments })?;
        // Where the module wants a result of another kind, it keeps the zero it has.
        if let (Some(result), Some(given), Some(expected)) = (results.first_mut(), given, expected.first())
            && matches!((expected, &given), (ValType::I32, Val::I32(_)) | (ValType::F64, Val::F64(_)))
        {
            *result = given;
        }
        Ok(())
    })?;
    Ok(true)
}

/// A system call that needs files, the network or other processes.
fn not_implemented(_: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(Val::I32(NOT_IMPLEMENTED)))
}

/// `invoke_*(function, arguments...)`: a call that could catch an exception, if JavaScript had thrown
/// it. Without exceptions it is a call through the module's table.
fn call_indirectly(mut caller: Caller<'_, Host>, arguments: &[Val], results: &mut [Val]) -> wasmtime::Result<()> {
    let instance = caller.data().instance;
    let table = match instance {
        Some(instance) => instance.get_table(&mut caller, "__indirect_function_table"),
        None => caller.get_export("__indirect_function_table").and_then(Extern::into_table),
    };
    let (Some(table), Some((Val::I32(index), arguments))) = (table, arguments.split_first()) else {
        return Err(Stop::convention("The module calls through a table that it does not export"));
    };
    match table.get(&mut caller, u64::from(index.cast_unsigned())).as_ref().and_then(|entry| entry.as_func()) {
        Some(Some(function)) => function.call(&mut caller, arguments, results),
        _ => Err(Stop::convention(format!("The module calls function {index} of its table, which is not there"))),
    }
}

/// Exceptions by way of JavaScript's.
fn needs_javascript(name: &str) -> bool {
    name.starts_with("__cxa_") || name.starts_with("__resumeException") || name == "llvm_eh_typeid_for"
}

impl Call<'_> {
    fn word(&self, at: usize) -> u32 {
        self.arguments.get(at).and_then(Val::i32).unwrap_or_default().cast_unsigned()
    }

    fn memory(&mut self) -> wasmtime::Result<&mut [u8]> {
        let memory =
            callers_memory(&mut self.caller).ok_or_else(|| Stop::convention("The module exports no memory"))?;
        Ok(memory.data_mut(&mut self.caller))
    }

    /// The text that an argument points at, up to its zero.
    fn text(&mut self, at: usize) -> wasmtime::Result<String> {
        let pointer = self.word(at);
        if pointer == 0 {
            return Ok(String::new());
        }
        let memory = self.memory()?;
        slice(memory, pointer, 1)?;
        let bytes = memory.get(pointer as usize..).unwrap_or_default();
        let text: Vec<u8> = bytes.iter().take(MAX_TEXT).copied().take_while(|byte| *byte != 0).collect();
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn log(&mut self, level: LogLevel) -> wasmtime::Result<Option<Val>> {
        let text = self.text(0)?;
        self.caller.data_mut().log(level, &text);
        Ok(None)
    }
}

/// `memcpy(target, source, length)` gives the target.
fn copy(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (target, source, length) = (call.word(0), call.word(1), call.word(2));
    let memory = call.memory()?;
    slice(memory, source, length)?;
    slice(memory, target, length)?;
    let source = source as usize;
    memory.copy_within(source..source + length as usize, target as usize);
    Ok(Some(Val::I32(target.cast_signed())))
}

/// Grows memory to at least so many bytes; 0 says that it cannot.
fn resize(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let wanted = u64::from(call.word(0)).div_ceil(PAGE);
    let memory = callers_memory(&mut call.caller).ok_or_else(|| Stop::convention("The module exports no memory"))?;
    let missing = wanted.saturating_sub(memory.size(&call.caller));
    let grown = missing == 0 || memory.grow(&mut call.caller, missing).is_ok();
    Ok(Some(Val::I32(i32::from(grown))))
}

/// `__assert_fail(condition, file, line, function)`.
fn assertion(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (condition, file, function) = (call.text(0)?, call.text(1)?, call.text(3)?);
    let line = call.word(2);
    Err(Stop::Thrown(format!("Assertion failed: {condition} ({file}:{line}, {function})")).into())
}
