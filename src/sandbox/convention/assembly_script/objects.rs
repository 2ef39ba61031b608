//! Objects of the AssemblyScript runtime: made with its own allocator, and read by their headers.

use wasmtime::{AsContext, Memory, Store};

use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::super::recipe::Objects;
use super::super::core::{self, Export, Exports, slice, slice_mut, word};
use super::layout::Layout;
use super::scratch;

/// Bytes of an object's header, before its pointer.
const HEADER: u32 = 20;
/// Where the class id lies before the pointer.
const ID: u32 = 8;
/// Where the size of the content lies before the pointer.
const SIZE: u32 = 4;
/// Size of a view's fields: buffer, start and length.
const VIEW: u32 = 12;
/// Objects begin at multiples of this.
const ALIGNMENT: u32 = 16;

/// The runtime's allocator, as `--exportRuntime` exports it, or the host's stand-in for it.
pub(super) struct Runtime {
    pub(super) memory: Export,
    /// Without it, the host lays objects out itself.
    pub(super) new: Option<Export>,
    pub(super) pin: Option<Export>,
    pub(super) unpin: Option<Export>,
    pub(super) collect: Option<Export>,
    pub(super) layout: Layout,
}

/// Bytes that went into an instance since its objects were last collected.
struct Passed(u64);

/// What a returned word is.
#[derive(Debug)]
pub(super) enum Returned {
    /// The content of a string or byte array.
    Bytes(Vec<u8>),
    /// No object of the runtime: a number.
    Number,
}

impl Runtime {
    /// The same as plain data.
    pub(super) fn recipe(&self) -> Objects {
        let named = |export: &Option<Export>| export.as_ref().map(Export::named);
        let Layout { array_buffer, string, uint8_array, static_array, classes, guessed, .. } = self.layout;
        Objects {
            new: named(&self.new),
            pin: named(&self.pin),
            unpin: named(&self.unpin),
            collect: named(&self.collect),
            array_buffer,
            string,
            uint8_array,
            static_array,
            classes,
            guessed,
        }
    }

    /// Makes an object and keeps the collector from it until [`Runtime::release`].
    fn make(&self, exports: &mut impl Exports, id: u32, content: &[u8]) -> wasmtime::Result<u32> {
        let size = u32::try_from(content.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
        let Some(new) = &self.new else { return scratch::make(exports, &self.memory, id, content) };
        let pointer: u32 = exports.call(new, (size, id))?;
        if let Some(pin) = &self.pin {
            exports.call::<u32, u32>(pin, pointer)?;
        }
        let memory = exports.memory(&self.memory)?;
        slice_mut(memory.data_mut(&mut *exports), pointer, size)?.copy_from_slice(content);
        Ok(pointer)
    }

    /// Lets the collector have an object that the host made.
    pub(super) fn release(&self, exports: &mut impl Exports, object: u32) -> wasmtime::Result<()> {
        match self.pin.as_ref().and(self.unpin.as_ref()) {
            Some(unpin) => exports.call(unpin, object),
            None => Ok(()),
        }
    }

    /// Collects what nobody holds any more, once the inputs since the last time could fill a good
    /// part of memory. Small runtimes never do it by themselves, and double their memory instead.
    pub(super) fn tidy(&self, store: &mut Store<Host>, memory: Memory, input: u64) -> wasmtime::Result<()> {
        let Some(collect) = &self.collect else { return Ok(()) };
        let size = memory.data_size(&*store) as u64;
        let state = store.data_mut().state.get_or_insert_with(|| Box::new(Passed(0)));
        let Some(passed) = state.downcast_mut::<Passed>() else { return Ok(()) };
        // The least that an input takes, with its headers and the function's own answer.
        passed.0 = passed.0.saturating_add(input).saturating_add(256);
        if passed.0 < size / 16 {
            return Ok(());
        }
        passed.0 = 0;
        store.call(collect, ())
    }

    /// An `ArrayBuffer` with these bytes.
    pub(super) fn buffer(&self, exports: &mut impl Exports, bytes: &[u8]) -> wasmtime::Result<u32> {
        self.make(exports, self.layout.array_buffer, bytes)
    }

    /// A `StaticArray<u8>` with these bytes; an `ArrayBuffer`, which is the same to who reads it,
    /// where the module has no such class.
    pub(super) fn static_array(&self, exports: &mut impl Exports, bytes: &[u8]) -> wasmtime::Result<u32> {
        self.make(exports, self.layout.static_array.unwrap_or(self.layout.array_buffer), bytes)
    }

    /// A string with this text.
    pub(super) fn text(&self, exports: &mut impl Exports, text: &[u8]) -> wasmtime::Result<u32> {
        let text = std::str::from_utf8(text).map_err(|_| Stop::convention("The input is not UTF-8"))?;
        let mut units = Vec::with_capacity(text.len() * 2);
        text.encode_utf16().for_each(|unit| units.extend(unit.to_le_bytes()));
        self.make(exports, self.layout.string, &units)
    }

    /// A `Uint8Array` over a buffer of its own.
    pub(super) fn uint8_array(&self, exports: &mut impl Exports, bytes: &[u8]) -> wasmtime::Result<u32> {
        let id = self.layout.uint8_array.ok_or_else(|| Stop::convention("The module has no class `Uint8Array`"))?;
        let buffer = self.buffer(exports, bytes)?;
        let length = u32::try_from(bytes.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
        let mut fields = Vec::with_capacity(VIEW as usize);
        [buffer, buffer, length].iter().for_each(|field| fields.extend(field.to_le_bytes()));
        let view = self.make(exports, id, &fields)?;
        // The view holds it from here on.
        self.release(exports, buffer)?;
        Ok(view)
    }
}

/// What `value`, which a function returned, is by its header.
///
/// # Errors
/// When it is an object that carries no bytes, or one whose fields lie.
pub(super) fn read(
    layout: &Layout,
    memory: Memory,
    store: impl AsContext<Data = Host>,
    value: u32,
) -> wasmtime::Result<Returned> {
    let store = store.as_context();
    let data = memory.data(&store);
    let Some((id, size)) = header(data, value).filter(|(id, _)| *id < layout.classes) else {
        return Ok(Returned::Number);
    };
    if id == layout.string {
        return text(data, value, size, store.data().output).map(|text| Returned::Bytes(text.into_bytes()));
    }
    let copy = |start, length| core::copy_output(memory, &store, start, length).map(Returned::Bytes);
    if id == layout.array_buffer || Some(id) == layout.static_array {
        return copy(value, size);
    }
    if Some(id) == layout.uint8_array || (layout.guessed && size == VIEW) {
        let (buffer, start, length) = (word(data, value)?, word(data, value + 4)?, word(data, value + 8)?);
        let inside = header(data, buffer).is_some_and(|(id, size)| {
            id == layout.array_buffer
                && start >= buffer
                && u64::from(start) + u64::from(length) <= u64::from(buffer) + u64::from(size)
        });
        match inside {
            true => return copy(start, length),
            // Not every number of 12 bytes before an address is a view's size.
            false if layout.guessed => {}
            false => return Err(Stop::convention("The module returned a Uint8Array that reaches out of its buffer")),
        }
    }
    if layout.guessed && id > layout.string {
        // Bytes in an array without a view, if anything.
        return copy(value, size);
    }
    Err(Stop::convention(format!("The function returned an object of class {id}, which is neither a string nor bytes")))
}

/// Class id and size of the object at `pointer`, if there can be one.
fn header(data: &[u8], pointer: u32) -> Option<(u32, u32)> {
    if pointer < HEADER || !pointer.is_multiple_of(ALIGNMENT) {
        return None;
    }
    let (id, size) = (word(data, pointer - ID).ok()?, word(data, pointer - SIZE).ok()?);
    slice(data, pointer, size).ok().map(|_| (id, size))
}

/// The text of a string; lone surrogates become replacement characters.
fn text(data: &[u8], pointer: u32, size: u32, limit: u64) -> wasmtime::Result<String> {
    if u64::from(size) / 2 > limit {
        return Err(Stop::OutputTooLarge { size: u64::from(size) / 2, limit }.into());
    }
    Ok(utf16(slice(data, pointer, size)?))
}

/// The text of a string that the guest hands to the host, no longer than `most` bytes of UTF-16.
/// A null pointer is no text.
pub(super) fn passed_text(data: &[u8], pointer: u32, most: u32) -> wasmtime::Result<String> {
    if pointer == 0 {
        return Ok(String::new());
    }
    let size = pointer.checked_sub(SIZE).map_or(Ok(0), |at| word(data, at))?;
    Ok(utf16(slice(data, pointer, size.min(most))?))
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
