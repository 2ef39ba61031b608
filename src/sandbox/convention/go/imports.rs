//! The imports of Go's `js/wasm` port (`go` up to Go 1.20, `gojs` since), as `wasm_exec.js` has them:
//! each gets Go's stack pointer, reads its arguments from 8 bytes above it, and writes its results
//! after them. Every address and length is checked, for all of them are the guest's word.
//!
//! Source: `misc/wasm/wasm_exec.js` (from Go 1.24 `lib/wasm`) and `syscall/js/js.go`.

use std::time::Duration;

use wasmtime::{AsContextMut, Caller, FuncType, ImportType, Linker, Memory, ValType};

use super::calls;
use super::heap::Kind;
use super::natives::{decoded, stream};
use super::objects;
use super::random;
use super::realm::{self, Action, Completion, Context, Realm, Witness};
use super::value::Value;
use crate::sandbox::convention::core;
use crate::sandbox::fault::Stop;
use crate::sandbox::host::{self, Host};

/// Arguments that a call from Go may have.
const MOST_ARGUMENTS: u64 = 10_000;

type Body = fn(&mut Frame<'_, '_>) -> wasmtime::Result<()>;

/// One call of an import.
struct Frame<'a, 'b> {
    context: &'a mut Context<'b>,
    memory: Memory,
    sp: u32,
}

/// Defines the import if it is one of Go's, and tells whether it is.
pub(super) fn define(linker: &mut Linker<Host>, import: &ImportType, ty: &FuncType) -> wasmtime::Result<bool> {
    let takes_sp = ty.params().len() == 1 && ty.params().all(|param| matches!(param, ValType::I32));
    if !takes_sp || ty.results().len() != 0 || !is_go(import.module()) {
        return Ok(false);
    }
    let Some(body) = find(import.name()) else { return Ok(false) };
    linker.func_wrap(import.module(), import.name(), move |mut caller: Caller<'_, Host>, sp: i32| {
        let mut context = caller.as_context_mut();
        let go = realm::account(context.data_mut())?.go()?;
        body(&mut Frame { context: &mut context, memory: go.memory, sp: sp.cast_unsigned() })
    })?;
    Ok(true)
}

/// Whether an import's module is that of Go's glue.
pub(super) fn is_go(module: &str) -> bool {
    module == "go" || module == "gojs"
}

fn find(name: &str) -> Option<Body> {
    Some(match name {
        "debug" | "runtime.resetMemoryDataView" => |_| Ok(()),
        "runtime.wasmExit" => exit,
        "runtime.wasmWrite" => write,
        "runtime.nanotime1" => |frame| {
            let now = frame.realm()?.nanoseconds();
            let now = frame.context.data().outside.uptime(Duration::from_nanos(now));
            frame.put_word(8, u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
        },
        "runtime.walltime" => walltime,
        "runtime.scheduleTimeoutEvent" => schedule,
        "runtime.clearTimeoutEvent" => |frame| {
            let id = frame.word(8)? as i32;
            frame.realm()?.remove_timer(id);
            Ok(())
        },
        "runtime.getRandomData" => random,
        "syscall/js.finalizeRef" => finalize,
        "syscall/js.stringVal" => |frame| {
            let text = frame.text(8)?;
            let value = frame.realm()?.state.heap.text(&text)?;
            frame.put_value(24, &value)
        },
        "syscall/js.valueGet" => |frame| {
            frame.testify()?;
            let (value, name) = (frame.value(8)?, frame.text(16)?);
            let found = objects::get(frame.realm()?, &value, &name)?;
            frame.put_value(32, &found)
        },
        "syscall/js.valueSet" => |frame| {
            let (value, name, to) = (frame.value(8)?, frame.text(16)?, frame.value(32)?);
            objects::set(&mut frame.realm()?.state.heap, &value, &name, to)
        },
        "syscall/js.valueDelete" => |frame| {
            let (value, name) = (frame.value(8)?, frame.text(16)?);
            objects::delete(&mut frame.realm()?.state.heap, &value, &name);
            Ok(())
        },
        "syscall/js.valueIndex" => |frame| {
            let (value, index) = (frame.value(8)?, frame.word(16)?);
            let found = objects::get_index(frame.realm()?, &value, index)?;
            frame.put_value(24, &found)
        },
        "syscall/js.valueSetIndex" => |frame| {
            let (value, index, to) = (frame.value(8)?, frame.word(16)?, frame.value(24)?);
            objects::set_index(&mut frame.realm()?.state.heap, &value, index, &to)
        },
        "syscall/js.valueCall" => call,
        "syscall/js.valueInvoke" => |frame| {
            let (function, arguments) = (frame.value(8)?, frame.values(16)?);
            let completion = calls::apply(frame.context, &function, &Value::Undefined, &arguments)?;
            frame.complete(40, completion)
        },
        "syscall/js.valueNew" => |frame| {
            let (class, arguments) = (frame.value(8)?, frame.values(16)?);
            let completion = calls::construct(frame.context, &class, &arguments)?;
            frame.complete(40, completion)
        },
        "syscall/js.valueLength" => |frame| {
            let value = frame.value(8)?;
            let length = objects::get(frame.realm()?, &value, "length")?.as_number().unwrap_or(0.0);
            frame.put_word(16, length as i64 as u64)
        },
        "syscall/js.valuePrepareString" => prepare_string,
        "syscall/js.valueLoadString" => load_string,
        "syscall/js.valueInstanceOf" => instance_of,
        "syscall/js.copyBytesToGo" => bytes_to_go,
        "syscall/js.copyBytesToJS" => bytes_to_js,
        _ => return None,
    })
}

impl Frame<'_, '_> {
    fn realm(&mut self) -> wasmtime::Result<&mut Realm> {
        realm::of(self.context.data_mut())
    }

    /// The guest's memory beside the realm.
    fn parts(&mut self) -> wasmtime::Result<(&mut [u8], &mut Realm)> {
        let (memory, host) = self.memory.data_and_store_mut(&mut *self.context);
        Ok((memory, realm::of(host)?))
    }

    /// Keeps the low memory as it is now, where somebody wants to compare it later.
    fn testify(&mut self) -> wasmtime::Result<()> {
        let (memory, realm) = self.parts()?;
        if matches!(realm.witness, Witness::Wanted) {
            realm.witness = Witness::Taken(random::low_memory(memory));
        }
        Ok(())
    }

    fn address(&self, offset: u32) -> wasmtime::Result<u32> {
        self.sp.checked_add(offset).ok_or_else(|| Stop::convention("The module's stack pointer lies outside of memory"))
    }

    /// The 64-bit word at an offset from the stack pointer.
    fn word(&mut self, offset: u32) -> wasmtime::Result<u64> {
        word_at(self.memory.data(&*self.context), self.address(offset)?)
    }

    fn put(&mut self, offset: u32, bytes: &[u8]) -> wasmtime::Result<()> {
        let at = self.address(offset)?;
        let length = bytes.len() as u32;
        core::slice_mut(self.memory.data_mut(&mut *self.context), at, length)?.copy_from_slice(bytes);
        Ok(())
    }

    fn put_word(&mut self, offset: u32, word: u64) -> wasmtime::Result<()> {
        self.put(offset, &word.to_le_bytes())
    }

    /// Where a Go slice or string at an offset lies in memory.
    fn range(&mut self, offset: u32) -> wasmtime::Result<(u32, u32)> {
        let (pointer, length) = (self.word(offset)?, self.word(offset + 8)?);
        let size = self.memory.data_size(&*self.context) as u64;
        let inside = pointer.checked_add(length).is_some_and(|end| end <= size);
        match (u32::try_from(pointer), u32::try_from(length)) {
            (Ok(pointer), Ok(length)) if inside => Ok((pointer, length)),
            _ => Err(Stop::convention(format!(
                "The module names {length} bytes at address {pointer}, outside of its memory of {size} bytes"
            ))),
        }
    }

    /// The string at an offset, as JavaScript decodes it.
    fn text(&mut self, offset: u32) -> wasmtime::Result<String> {
        let (pointer, length) = self.range(offset)?;
        Ok(decoded(core::slice(self.memory.data(&*self.context), pointer, length)?))
    }

    /// The value that the reference at an offset means.
    fn value(&mut self, offset: u32) -> wasmtime::Result<Value> {
        let reference = self.word(offset)?;
        referred(self.realm()?, reference)
    }

    /// The values of a slice of references at an offset.
    fn values(&mut self, offset: u32) -> wasmtime::Result<Vec<Value>> {
        let (pointer, length) = (self.word(offset)?, self.word(offset + 8)?);
        let start = u32::try_from(pointer).ok().filter(|_| length <= MOST_ARGUMENTS);
        let Some(start) = start else {
            return Err(Stop::convention(format!("The module passes {length} arguments at address {pointer}")));
        };
        let (memory, realm) = self.parts()?;
        let words = core::slice(memory, start, length as u32 * 8)?.chunks_exact(8);
        words
            .map(|word| referred(realm, word.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte))))
            .collect()
    }

    /// Hands a value over to Go at an offset.
    fn put_value(&mut self, offset: u32, value: &Value) -> wasmtime::Result<()> {
        let realm = self.realm()?;
        let flag = objects::type_flag(&realm.state.heap, value);
        let reference = realm.state.refs.hand_over(value, flag);
        self.put_word(offset, reference)
    }

    /// Writes how a call came back. Go may have run meanwhile, on another stack.
    fn complete(&mut self, offset: u32, completion: Completion) -> wasmtime::Result<()> {
        let go = self.realm()?.go()?;
        self.sp = go.getsp.call(self.context)?.cast_unsigned();
        let (Ok(value) | Err(value)) = &completion;
        self.put_value(offset, value)?;
        self.put(offset + 8, &[u8::from(completion.is_ok())])
    }
}

fn word_at(memory: &[u8], at: u32) -> wasmtime::Result<u64> {
    let bytes = core::slice(memory, at, 8)?;
    Ok(bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)))
}

fn referred(realm: &Realm, reference: u64) -> wasmtime::Result<Value> {
    realm.state.refs.value(reference).ok_or_else(|| {
        Stop::convention(format!("The module names JavaScript value {}, which it does not hold", reference as u32))
    })
}

/// The program is over, and with it the instance.
fn exit(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let code = frame.word(8)? as i32;
    let refused = frame.context.data().limiter.refused.clone();
    let realm = frame.realm()?;
    realm.exited = Some(code);
    if let Some(asked) = refused.filter(|_| realm.last_words.contains("out of memory")) {
        return Err(Stop::MemoryLimit(format!("The function asked for {asked} and failed on it")).into());
    }
    Err(Stop::Thrown(super::last_words(realm, code)).into())
}

fn write(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let (descriptor, pointer) = (frame.word(8)?, frame.word(16)?);
    let length = frame.word(24)? as u32;
    let pointer =
        u32::try_from(pointer).map_err(|_| Stop::convention("The module writes from outside of its memory"))?;
    let room = frame.context.data().log.room().saturating_add(1);
    let text = core::slice(frame.memory.data(&*frame.context), pointer, length)?;
    let text = text.get(..room.min(text.len())).unwrap_or_default().to_vec();
    match usize::try_from(descriptor).ok().and_then(stream) {
        Some(level) => realm::write(frame.context.data_mut(), level, &text),
        None => Ok(()),
    }
}

fn walltime(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let now = frame.context.data().outside.date();
    frame.put_word(8, now.as_secs())?;
    frame.put(16, &now.subsec_nanos().to_le_bytes())
}

fn schedule(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let millis = frame.word(8)?.cast_signed().max(0).unsigned_abs();
    let id = frame.realm()?.add_timer(Duration::from_millis(millis), Action::Resume)?;
    frame.put(16, &id.to_le_bytes())
}

fn random(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let (pointer, length) = frame.range(8)?;
    if length as usize > host::RANDOM_BYTES {
        return Err(Stop::Thrown(format!("QuotaExceededError: {length} random bytes were asked for at once")).into());
    }
    let outside = frame.context.data().outside.clone();
    outside.fill_random(core::slice_mut(frame.memory.data_mut(&mut *frame.context), pointer, length)?)
}

fn finalize(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let number = frame.word(8)? as u32;
    if frame.realm()?.state.refs.release(number) {
        return Ok(());
    }
    Err(Stop::convention(format!("The module lets go of JavaScript value {number}, which it does not hold")))
}

fn call(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let (value, name, arguments) = (frame.value(8)?, frame.text(16)?, frame.values(32)?);
    let is_object = matches!(value, Value::Object(_) | Value::Native(_));
    let completion = if is_object {
        let method = objects::get(frame.realm()?, &value, &name)?;
        if frame.realm()?.state.heap.is_function(&method) {
            calls::apply(frame.context, &method, &value, &arguments)?
        } else {
            realm::throw(frame.context.data_mut(), "TypeError", &format!("{name} is not a function"))?
        }
    } else {
        realm::throw(frame.context.data_mut(), "TypeError", "Reflect.get called on non-object")?
    };
    frame.complete(56, completion)
}

/// Makes the bytes of a string, which `valueLoadString` fetches.
fn prepare_string(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let value = frame.value(8)?;
    let realm = frame.realm()?;
    realm.look_at(&value);
    let heap = &mut realm.state.heap;
    let text = match &value {
        Value::Text(text) => text.to_string(),
        _ => objects::text(heap, &value),
    };
    let length = text.len() as u64;
    let bytes = heap.bytes(text.into_bytes())?;
    frame.put_value(16, &bytes)?;
    frame.put_word(24, length)
}

fn load_string(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let value = frame.value(8)?;
    let (pointer, length) = frame.range(16)?;
    let (memory, realm) = frame.parts()?;
    let bytes = realm.state.heap.as_bytes(&value).unwrap_or_default();
    let target = core::slice_mut(memory, pointer, length)?;
    // A buffer too short for the text is an error of JavaScript's `set`.
    match target.get_mut(..bytes.len()) {
        Some(target) => target.copy_from_slice(bytes),
        None => return Err(Stop::Thrown("RangeError: offset is out of bounds".into()).into()),
    }
    Ok(())
}

fn instance_of(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let (value, class) = (frame.value(8)?, frame.value(16)?);
    frame.realm()?.look_at(&value);
    match objects::is_instance(&frame.realm()?.state.heap, &value, &class) {
        Some(is) => frame.put(24, &[u8::from(is)]),
        None => Err(Stop::Thrown("TypeError: Right-hand side of 'instanceof' is not callable".into()).into()),
    }
}

fn bytes_to_go(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let (pointer, length) = frame.range(8)?;
    let source = frame.value(32)?;
    let (memory, realm) = frame.parts()?;
    realm.look_at(&source);
    let heap = &realm.state.heap;
    let Some(bytes) = heap.view(&source).and_then(|view| heap.slice(view)) else { return frame.put(48, &[0]) };
    let target = core::slice_mut(memory, pointer, length)?;
    let count = bytes.len().min(target.len());
    if let (Some(target), Some(bytes)) = (target.get_mut(..count), bytes.get(..count)) {
        target.copy_from_slice(bytes);
    }
    frame.put_word(40, count as u64)?;
    frame.put(48, &[1])
}

fn bytes_to_js(frame: &mut Frame<'_, '_>) -> wasmtime::Result<()> {
    let target = frame.value(8)?;
    let (pointer, length) = frame.range(16)?;
    let (memory, realm) = frame.parts()?;
    let heap = &mut realm.state.heap;
    let is_bytes = matches!(heap.kind(&target), Some(Kind::Bytes(_)));
    let Some(bytes) = heap.view(&target).filter(|_| is_bytes).and_then(|view| heap.slice_mut(view)) else {
        return frame.put(48, &[0]);
    };
    let source = core::slice(memory, pointer, length)?;
    let count = bytes.len().min(source.len());
    if let (Some(bytes), Some(source)) = (bytes.get_mut(..count), source.get(..count)) {
        bytes.copy_from_slice(source);
    }
    frame.put_word(40, count as u64)?;
    frame.put(48, &[1])
}
