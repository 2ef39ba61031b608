//! Inputs for modules that export no allocator: objects that the host lays out itself, in memory that
//! it adds. The module's own memory management does not know of them and might take their place, so
//! that nothing is believed unless they are untouched after the call; and an instance serves one call.

use wasmtime::{Memory, Store};

use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::core::{Export, Exports, slice, slice_mut};
use super::EXPORT_RUNTIME;

/// Bytes of an object's header, before its pointer.
const HEADER: u32 = 20;
/// Objects begin at multiples of this.
const ALIGNMENT: u32 = 16;
/// The collector's mark for what it neither follows nor frees.
const TRANSPARENT: u32 = 3;
/// Memory before the objects: a memory management that begins only now takes all there is for its
/// own, and hands it out from the front.
const BEFORE: u32 = 4 << 20;
/// Memory behind the objects: such a one writes its own marks at the very end.
const BEHIND: u32 = 64 << 10;
const PAGE: u32 = 64 << 10;

/// The objects that were laid out in an instance.
struct Objects {
    /// Where the next one begins.
    next: u32,
    /// One beyond the last byte that they can have.
    end: u32,
    /// Where each begins, and what it was made of.
    made: Vec<(u32, Vec<u8>)>,
}

/// Lays out an object of class `id`.
pub(super) fn make(exports: &mut impl Exports, memory: &Export, id: u32, content: &[u8]) -> wasmtime::Result<u32> {
    let size = u32::try_from(content.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
    let mut objects = match taken(exports) {
        Some(objects) => objects,
        None => room(exports, memory, size)?,
    };
    let start = objects.next;
    // What a header says of the whole block: all but its first word, up to where the next one begins.
    let block = (HEADER + size).next_multiple_of(ALIGNMENT);
    let pointer = start + HEADER;
    let words = [block - 4, TRANSPARENT, 0, id, size];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).chain(content.iter().copied()).collect();
    if start.checked_add(block).is_none_or(|end| end > objects.end) {
        return Err(Stop::convention("The objects for the input have no room"));
    }
    let memory = exports.memory(memory)?;
    slice_mut(memory.data_mut(&mut *exports), start, HEADER + size)?.copy_from_slice(&bytes);
    objects.next = start + block;
    objects.made.push((start, bytes));
    exports.as_context_mut().data_mut().state = Some(Box::new(objects));
    Ok(pointer)
}

fn taken(exports: &mut impl Exports) -> Option<Objects> {
    let state = exports.as_context_mut().data_mut().state.take()?;
    state.downcast::<Objects>().ok().map(|objects| *objects)
}

/// Adds memory for a content of this size and for the small objects that point at it.
fn room(exports: &mut impl Exports, memory: &Export, size: u32) -> wasmtime::Result<Objects> {
    let needed =
        size.checked_add(BEFORE + 2 * BEHIND).ok_or_else(|| Stop::convention("More bytes than a guest can hold"))?;
    let pages = needed.div_ceil(PAGE);
    let memory = exports.memory(memory)?;
    let Ok(before) = memory.grow(&mut *exports, u64::from(pages)) else {
        let message =
            format!("The module exports no allocator, and its memory cannot grow for an input of {size} bytes");
        return Err(Stop::Unsupported { message, help: EXPORT_RUNTIME }.into());
    };
    let limits = |at: u64| u32::try_from(at).map_err(|_| Stop::convention("The module's memory is full"));
    let start = limits(before * u64::from(PAGE))?;
    let end = limits((before + u64::from(pages)) * u64::from(PAGE) - u64::from(BEHIND))?;
    // The header before an address that is a multiple of 16.
    Ok(Objects { next: start + BEFORE - HEADER + ALIGNMENT * 2, end, made: Vec::new() })
}

/// Whether the objects are as they were made: else the answer cannot be trusted.
pub(super) fn check(store: &Store<Host>, memory: Memory) -> wasmtime::Result<()> {
    let Some(objects) = store.data().state.as_ref().and_then(|state| state.downcast_ref::<Objects>()) else {
        return Ok(());
    };
    let data = memory.data(store);
    for (start, bytes) in &objects.made {
        if slice(data, *start, bytes.len() as u32)? != bytes.as_slice() {
            let message = "The function's input was overwritten while it ran, so that its answer cannot be trusted: \
                           the module exports no allocator to keep it safe"
                .to_owned();
            return Err(Stop::Unsupported { message, help: EXPORT_RUNTIME }.into());
        }
    }
    Ok(())
}
