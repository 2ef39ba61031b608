//! The imports of wasm-bindgen modules: which of them the sandbox offers, by their names and types.
//! An import that is not here traps with its name when it is called.

mod arrays;
mod console;
mod intrinsics;
mod objects;
mod random;

use std::sync::Arc;

use wasmtime::{Caller, FuncType, ImportType, Linker, Val, ValType};

use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::super::outside::Outside;
use super::glue::{Glue, Regime};
use super::value::{Kind, Value};

/// What an import does.
type Body = fn(&mut Call<'_, '_>) -> wasmtime::Result<()>;

/// Defines the import if the sandbox offers it, and tells whether it does.
pub(super) fn define(
    linker: &mut Linker<Host>,
    import: &ImportType,
    ty: &FuncType,
    glue: &Arc<Glue>,
) -> wasmtime::Result<bool> {
    let result = match ty.results().collect::<Vec<_>>().as_slice() {
        [] => Gives::Nothing,
        [ValType::F64] => Gives::Float,
        [ValType::I32] => Gives::Word,
        [result] if result.is_externref() => Gives::Reference,
        _ => return Ok(false),
    };
    let Some(body) = find(base_name(import.name()), ty.params().len(), result) else { return Ok(false) };
    let (glue, name) = (Arc::clone(glue), import.name().to_owned());
    let body = move |caller: Caller<'_, Host>, arguments: &[Val], results: &mut [Val]| {
        body(&mut Call { caller, glue: &glue, name: &name, arguments, results, gives: result })
    };
    linker.func_new(import.module(), import.name(), ty.clone(), body)?;
    Ok(true)
}

/// An import's name without what wasm-bindgen puts around it: `__wbg_`, a hash at the end, and for
/// intrinsics of newer versions `__wbindgen_` as well.
fn base_name(name: &str) -> &str {
    let name = match name.strip_prefix("__wbg_") {
        None => name,
        Some(rest) => match rest.rsplit_once('_') {
            Some((base, hash)) if hash.len() == 16 && hash.bytes().all(|c| c.is_ascii_hexdigit()) => base,
            _ => rest,
        },
    };
    // Casts are numbered or hashed.
    match name {
        _ if name.starts_with("__wbindgen_cast_") || name.starts_with("__wbindgen_generic_") => "__wbindgen_cast",
        _ => name,
    }
}

/// Whether an import surely takes a JavaScript value as its argument at this position: then who
/// passes it a number in the heap regime holds a handle.
pub(super) fn takes_value(name: &str, position: usize) -> bool {
    let name = base_name(name);
    match (name.strip_prefix("__wbindgen_").unwrap_or(name), position) {
        ("object_drop_ref" | "object_clone_ref" | "boolean_get" | "as_number" | "jsval_eq" | "typeof", 0) => true,
        ("string_get" | "number_get" | "debug_string" | "json_serialize", 1) => true,
        ("copy_to_typed_array", 2) => true,
        ("length" | "stringify" | "byteLength", 0) => true,
        (question, 0) => question.starts_with("is_"),
        _ => false,
    }
}

/// What an import returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    Nothing,
    /// An i32: a number, a truth value, a handle or a table index.
    Word,
    Float,
    Reference,
}

impl Gives {
    /// Whether a JavaScript value can be returned so.
    fn value(self) -> bool {
        matches!(self, Self::Word | Self::Reference)
    }
}

fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    let name = if let Some(intrinsic) = name.strip_prefix("__wbindgen_") {
        if let Some(body) = intrinsics::find(intrinsic, params, gives) {
            return Some(body);
        }
        return None;
    } else {
        name
    };
    console::find(name, params, gives)
        .or_else(|| random::find(name, params, gives))
        .or_else(|| arrays::find(name, params, gives))
        .or_else(|| objects::find(name, params, gives))
}

/// One call of an import.
struct Call<'a, 'b> {
    caller: Caller<'a, Host>,
    glue: &'b Glue,
    name: &'b str,
    arguments: &'b [Val],
    results: &'b mut [Val],
    gives: Gives,
}

impl Call<'_, '_> {
    /// Where time and random numbers come from.
    fn outside(&self) -> Outside {
        self.caller.data().outside.clone()
    }

    /// The 32-bit argument at a position.
    fn word(&self, at: usize) -> wasmtime::Result<u32> {
        match self.arguments.get(at) {
            Some(Val::I32(word)) => Ok(word.cast_unsigned()),
            _ => Err(self.wrong("a number")),
        }
    }

    fn float(&self, at: usize) -> wasmtime::Result<f64> {
        match self.arguments.get(at) {
            Some(Val::F64(bits)) => Ok(f64::from_bits(*bits)),
            _ => Err(self.wrong("a number")),
        }
    }

    /// The JavaScript value at a position.
    fn value(&mut self, at: usize) -> wasmtime::Result<Value> {
        let argument = self.arguments.get(at).ok_or_else(|| self.wrong("one more argument"))?;
        self.glue.value(&mut self.caller, argument)
    }

    /// Whether the arguments at these two positions are JavaScript values, or else a pointer and a
    /// length. In the heap regime both are numbers, but handles lie beyond all memory.
    fn are_values(&self, first: usize, second: usize) -> bool {
        let is_value = |at: usize| match self.arguments.get(at) {
            Some(Val::ExternRef(_)) => true,
            Some(Val::I32(word)) => {
                self.glue.regime == Regime::Heap && word.cast_unsigned() >= super::glue::FIRST_HANDLE
            }
            _ => false,
        };
        is_value(first) && is_value(second)
    }

    /// Whether the argument at a position is a JavaScript value and no pointer to a string. Handles of
    /// constants are small numbers, where no string of a Rust program lies.
    fn may_be_value(&mut self, at: usize) -> bool {
        match self.arguments.get(at) {
            Some(Val::I32(word)) if self.glue.regime == Regime::Heap => {
                let word = word.cast_unsigned();
                word >= super::glue::FIRST_HANDLE || super::glue::fixed_value(word).is_some()
            }
            _ => self.are_values(at, at),
        }
    }

    /// The bytes whose pointer stands at `at` and whose length after it.
    fn bytes(&mut self, at: usize) -> wasmtime::Result<Vec<u8>> {
        let (pointer, length) = (self.word(at)?, self.word(at + 1)?);
        super::glue::budget(&mut self.caller)?.check(u64::from(length))?;
        self.glue.read(&mut self.caller, pointer, length)
    }

    /// The string whose pointer stands at `at` and whose length after it.
    fn text(&mut self, at: usize) -> wasmtime::Result<String> {
        let bytes = self.bytes(at)?;
        String::from_utf8(bytes).map_err(|_| self.wrong("a string in UTF-8"))
    }

    /// A string for the log: no longer than the log has room for.
    fn log_text(&mut self, at: usize) -> wasmtime::Result<String> {
        let (pointer, length) = (self.word(at)?, self.word(at + 1)?);
        let room = u32::try_from(self.caller.data().log.room().saturating_add(4)).unwrap_or(u32::MAX);
        let bytes = self.glue.read(&mut self.caller, pointer, length.min(room))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn object(&mut self, kind: Kind) -> wasmtime::Result<Value> {
        self.glue.object(&mut self.caller, kind)
    }

    fn return_word(&mut self, word: u32) -> wasmtime::Result<()> {
        self.give(Val::I32(word.cast_signed()))
    }

    fn return_bool(&mut self, value: bool) -> wasmtime::Result<()> {
        self.return_word(u32::from(value))
    }

    fn return_float(&mut self, number: f64) -> wasmtime::Result<()> {
        self.give(Val::F64(number.to_bits()))
    }

    fn return_value(&mut self, value: Value) -> wasmtime::Result<()> {
        let value = self.glue.pass_value(&mut self.caller, value, self.gives == Gives::Reference)?;
        self.give(value)
    }

    /// Returns an `Option` of a JavaScript value: where it crosses as a number, 0 is none.
    fn return_option(&mut self, value: Option<Value>) -> wasmtime::Result<()> {
        match value {
            Some(value) => self.return_value(value),
            None if self.gives == Gives::Reference => self.return_value(Value::Undefined),
            None => self.return_word(0),
        }
    }

    fn give(&mut self, value: Val) -> wasmtime::Result<()> {
        if let Some(result) = self.results.first_mut() {
            *result = value;
        }
        Ok(())
    }

    /// Fails as JavaScript would: the error waits for the guest, and the result is nothing.
    fn throw(&mut self, message: &str) -> wasmtime::Result<()> {
        let error = self.object(Kind::Error { name: "Error".into(), message: message.into() })?;
        self.glue.store_exception(&mut self.caller, error)?;
        match self.gives {
            Gives::Nothing => Ok(()),
            Gives::Word => self.return_word(0),
            Gives::Float => self.return_float(0.0),
            Gives::Reference => self.return_value(Value::Undefined),
        }
    }

    /// Writes a string's pointer and length to the address at position 0; none is 0.
    fn return_text_by_pointer(&mut self, text: Option<&str>) -> wasmtime::Result<()> {
        let target = self.word(0)?;
        let (pointer, length) = match text {
            Some(text) => self.glue.pass_bytes(&mut self.caller, text.as_bytes())?,
            None => (0, 0),
        };
        self.write_words(target, [pointer, length])
    }

    fn write_words(&mut self, target: u32, words: [u32; 2]) -> wasmtime::Result<()> {
        let [first, second] = words.map(u32::to_le_bytes);
        self.glue.write(&mut self.caller, target, &first)?;
        self.glue.write(&mut self.caller, target.wrapping_add(4), &second)
    }

    /// The complaint that an argument is not what the import takes.
    fn wrong(&self, wanted: &str) -> wasmtime::Error {
        Stop::convention(format!("The module called `{}` without {wanted} where it belongs", self.name))
    }
}
