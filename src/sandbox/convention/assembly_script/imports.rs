//! The imports of AssemblyScript's standard library: errors, clock, random seed and console.

use std::sync::Arc;

use wasmtime::{Caller, FuncType, ImportType, Linker, Val, ValType};

use super::super::super::fault::Stop;
use super::super::super::host::{Host, RANDOM_BYTES};
use super::super::super::number::number_text;
use super::super::super::outcome::LogLevel;
use super::super::core::{Export, Exports};
use super::objects::{Runtime, passed_text};

/// Longest text of an error, in bytes of UTF-16.
const MAX_ERROR: u32 = 8 << 10;

type Body = fn(&mut Call<'_, '_>) -> wasmtime::Result<()>;

/// One call of an import.
struct Call<'a, 'b> {
    caller: Caller<'a, Host>,
    memory: &'b Export,
    runtime: Option<&'b Runtime>,
    arguments: &'b [Val],
    results: &'b mut [Val],
}

/// Defines the import if the sandbox offers it, and tells whether it does.
pub(super) fn define(
    linker: &mut Linker<Host>,
    import: &ImportType,
    ty: &FuncType,
    memory: &Export,
    runtime: Option<&Arc<Runtime>>,
) -> wasmtime::Result<bool> {
    let params: Vec<ValType> = ty.params().collect();
    let words = params.iter().all(ValType::is_i32);
    let float = matches!(ty.results().collect::<Vec<_>>().as_slice(), [ValType::F64]);
    let gives_word = matches!(ty.results().collect::<Vec<_>>().as_slice(), [ValType::I32]);
    let nothing = ty.results().len() == 0;
    let name = match import.module() {
        "env" => import.name().to_owned(),
        // Some versions put the namespace in the module's name.
        module => format!("{module}.{}", import.name()),
    };
    let body: Body = match (name.as_str(), params.len()) {
        ("abort", 4) if words && nothing => abort,
        ("seed", 0) if float => |call| {
            // Between 1 and 2: all bits of the fraction are random, and it is never zero.
            let seed = 1.0 + call.caller.data().outside.random_unit()?;
            call.give(seed)
        },
        ("Math.random", 0) if float => |call| {
            let number = call.caller.data().outside.random_unit()?;
            call.give(number)
        },
        ("Date.now", 0) if float => |call| {
            let millis = call.caller.data().outside.date_millis();
            call.give(millis)
        },
        ("performance.now", 0) if float => |call| {
            let millis = call.caller.data().uptime_millis();
            call.give(millis)
        },
        ("console.log" | "console.info", 1) if words && nothing => |call| call.log(LogLevel::Info),
        ("console.debug", 1) if words && nothing => |call| call.log(LogLevel::Debug),
        ("console.warn", 1) if words && nothing => |call| call.log(LogLevel::Warn),
        ("console.error", 1) if words && nothing => |call| call.log(LogLevel::Error),
        ("console.assert", 2) if words && nothing => |call| match call.word(0) {
            0 => {
                let text = call.text(1, MAX_ERROR)?;
                call.caller.data_mut().log(LogLevel::Error, &format!("Assertion failed: {text}"));
                Ok(())
            }
            _ => Ok(()),
        },
        ("crypto.getRandomValuesN", 1) if words && gives_word => random_array,
        ("trace", 7) if nothing => trace,
        ("process.exit", 1) if words && nothing => |call| Err(Stop::Exit(call.word(0).cast_signed()).into()),
        _ => return Ok(false),
    };
    let (memory, runtime) = (memory.clone(), runtime.cloned());
    let body = move |caller: Caller<'_, Host>, arguments: &[Val], results: &mut [Val]| {
        body(&mut Call { caller, memory: &memory, runtime: runtime.as_deref(), arguments, results })
    };
    linker.func_new(import.module(), import.name(), ty.clone(), body)?;
    Ok(true)
}

impl Call<'_, '_> {
    fn word(&self, at: usize) -> u32 {
        self.arguments.get(at).and_then(Val::i32).unwrap_or(0).cast_unsigned()
    }

    fn text(&mut self, at: usize, most: u32) -> wasmtime::Result<String> {
        let pointer = self.word(at);
        let memory = self.caller.memory(self.memory)?;
        passed_text(memory.data(&self.caller), pointer, most)
    }

    fn log(&mut self, level: LogLevel) -> wasmtime::Result<()> {
        let room = u32::try_from(self.caller.data().log.room().saturating_mul(2)).unwrap_or(u32::MAX);
        let text = self.text(0, room)?;
        self.caller.data_mut().log(level, &text);
        Ok(())
    }

    fn give(&mut self, number: f64) -> wasmtime::Result<()> {
        if let Some(result) = self.results.first_mut() {
            *result = Val::F64(number.to_bits());
        }
        Ok(())
    }

    fn give_word(&mut self, word: u32) -> wasmtime::Result<()> {
        if let Some(result) = self.results.first_mut() {
            *result = Val::I32(word.cast_signed());
        }
        Ok(())
    }
}

/// A `throw`, a failed assertion or a runtime error: nothing inside the guest can catch it.
fn abort(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let (message, file) = (call.text(0, MAX_ERROR)?, call.text(1, MAX_ERROR)?);
    let (line, column) = (call.word(2), call.word(3));
    let message = if message.is_empty() { "abort".to_owned() } else { message };
    let place = if file.is_empty() { String::new() } else { format!(" ({file}:{line}:{column})") };
    Err(Stop::Thrown(format!("The function threw an error: {message}{place}")).into())
}

/// `trace(message, n, a0..a4)`.
fn trace(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let mut line = call.text(0, MAX_ERROR)?;
    let count = call.word(1).min(5) as usize;
    for number in call.arguments.iter().skip(2).take(count).filter_map(Val::f64) {
        line.push(' ');
        line.push_str(&number_text(number));
    }
    call.caller.data_mut().log(LogLevel::Debug, &line);
    Ok(())
}

/// A `Uint8Array` of random bytes.
fn random_array(call: &mut Call<'_, '_>) -> wasmtime::Result<()> {
    let length = call.word(0) as usize;
    let Some(runtime) = call.runtime else {
        return Err(Stop::convention("The module asks for an array and exports no runtime to make it with"));
    };
    if length > RANDOM_BYTES {
        return Err(Stop::Thrown("The function asked for more than 65536 random bytes at once".into()).into());
    }
    let mut bytes = vec![0; length];
    call.caller.data().outside.fill_random(&mut bytes)?;
    let array = runtime.uint8_array(&mut call.caller, &bytes)?;
    call.give_word(array)
}
