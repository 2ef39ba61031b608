//! Where the input goes: into memory from the guest's own allocator, else onto its stack, else into
//! pages that the host adds, where no code of the guest could ever take them for its own.

use wasmtime::{Global, Module, Mutability, Store, Val, ValType};

use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::super::recipe;
use super::super::core::{self, Export, Exports, slice_mut};
use super::State;

/// Most bytes that are put on a stack: half of the smallest one, which has 64 KiB. A stack that is
/// too small for what lies on it runs silently into the module's data.
const MAX_ON_STACK: u32 = 32 << 10;
const ALIGNMENT: u32 = 16;
const PAGE: u64 = 64 << 10;

/// What to do where inputs have no place.
pub(super) const EXPORT_MALLOC: &str =
    "Export malloc: -sEXPORTED_FUNCTIONS=_malloc,_free (Emscripten), -Wl,--export=malloc (clang, zig)";

/// Names of allocators, the best first. `_Znwm` is C++'s `operator new`, and `_ZdlPv` its `delete`.
const ALLOCATORS: [&str; 5] = ["malloc", "_malloc", "_Znwm", "alloc", "allocate"];

/// A module's way to make room.
pub(super) enum Place {
    Allocator {
        allocate: Export,
        free: Option<Export>,
    },
    /// Functions that take room from the stack, tell where the stack ends, and set that.
    Stack {
        allocate: Export,
        save: Export,
        restore: Export,
    },
    /// The same without an allocating function.
    StackEnd {
        current: Export,
        restore: Export,
    },
    /// The stack pointer itself.
    StackPointer(Export),
    /// Pages that the host adds: the guest never looks how large its memory is.
    Pages,
    None,
}

/// Room that was made.
pub(super) struct Room {
    pub(super) start: u32,
    /// Where the stack ended before.
    stack: Option<u32>,
}

impl Place {
    /// The best way that a module offers. `looks` is whether its code asks for the memory's size.
    pub(super) fn find(module: &Module, looks: bool) -> Self {
        let function = |names: &[&str], params: usize, results: usize| {
            names.iter().find_map(|name| exported(module, name, params, results))
        };
        if let Some(allocate) = function(&ALLOCATORS, 1, 1) {
            // What `free` frees is what `malloc` gave, and nobody else's.
            let free = match allocate.name() {
                "malloc" | "_malloc" => function(&["free", "_free"], 1, 0),
                "_Znwm" => function(&["_ZdlPv"], 1, 0),
                _ => None,
            };
            return Self::Allocator { allocate, free };
        }
        let current = function(&["stackSave", "emscripten_stack_get_current"], 0, 1);
        let restore = function(&["stackRestore", "_emscripten_stack_restore"], 1, 0);
        let allocate = function(&["stackAlloc", "_emscripten_stack_alloc"], 1, 1);
        match (current, restore, allocate) {
            (Some(save), Some(restore), Some(allocate)) => return Self::Stack { allocate, save, restore },
            (Some(current), Some(restore), None) => return Self::StackEnd { current, restore },
            _ => {}
        }
        let global = module.get_export("__stack_pointer").and_then(|ty| ty.global().cloned());
        if global.is_some_and(|ty| ty.content().is_i32() && ty.mutability() == Mutability::Var)
            && let Some(export) = Export::find(module, "__stack_pointer")
        {
            return Self::StackPointer(export);
        }
        if looks { Self::None } else { Self::Pages }
    }

    /// How the input goes in, in words.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Allocator { allocate, .. } => format!("input through `{}`", allocate.name()),
            Self::Stack { .. } | Self::StackEnd { .. } | Self::StackPointer(_) => {
                "input on the stack, as no allocator is exported".to_owned()
            }
            Self::Pages => "input in pages of its own".to_owned(),
            Self::None => "no room for input".to_owned(),
        }
    }

    /// The same as plain data.
    pub(super) fn recipe(&self) -> recipe::Place {
        match self {
            Self::Allocator { allocate, free } => {
                recipe::Place::Allocator { allocate: allocate.named(), free: free.as_ref().map(Export::named) }
            }
            Self::Stack { allocate, save, restore } => {
                recipe::Place::Stack { allocate: allocate.named(), save: save.named(), restore: restore.named() }
            }
            Self::StackEnd { current, restore } => {
                recipe::Place::StackEnd { current: current.named(), restore: restore.named() }
            }
            Self::StackPointer(global) => recipe::Place::StackPointer(global.named()),
            Self::Pages => recipe::Place::Pages,
            Self::None => recipe::Place::None,
        }
    }

    /// Makes room for `size` bytes.
    pub(super) fn make(&self, store: &mut Store<Host>, size: u32) -> wasmtime::Result<Room> {
        let start = match self {
            Self::Allocator { allocate, .. } => {
                let start: u32 = store.call(allocate, size)?;
                if start == 0 {
                    return Err(no_memory(store, size));
                }
                return Ok(Room { start, stack: None });
            }
            Self::Stack { allocate, save, .. } => {
                fits_on_stack(size)?;
                let end: u32 = store.call(save, ())?;
                let start: u32 = store.call(allocate, size.next_multiple_of(ALIGNMENT))?;
                return Ok(Room { start, stack: Some(end) });
            }
            Self::StackEnd { current, restore } => {
                let end: u32 = store.call(current, ())?;
                let start = below(end, size)?;
                store.call::<u32, ()>(restore, start)?;
                return Ok(Room { start, stack: Some(end) });
            }
            Self::StackPointer(global) => {
                let global = stack_pointer(store, global)?;
                let end = global.get(&mut *store).i32().unwrap_or_default().cast_unsigned();
                let start = below(end, size)?;
                global.set(&mut *store, Val::I32(start.cast_signed()))?;
                return Ok(Room { start, stack: Some(end) });
            }
            Self::Pages => pages(store, size)?,
            Self::None => {
                let message = "The module has no place for its input: it exports neither malloc nor its stack".into();
                return Err(Stop::Unsupported { message, help: EXPORT_MALLOC }.into());
            }
        };
        Ok(Room { start, stack: None })
    }

    /// Gives the room back, for the next call on the same instance.
    pub(super) fn give_back(&self, store: &mut Store<Host>, room: &Room) -> wasmtime::Result<()> {
        match (self, room.stack) {
            (Self::Allocator { free: Some(free), .. }, _) => store.call(free, room.start),
            (Self::Stack { restore, .. } | Self::StackEnd { restore, .. }, Some(end)) => store.call(restore, end),
            (Self::StackPointer(global), Some(end)) => {
                stack_pointer(store, global)?.set(&mut *store, Val::I32(end.cast_signed()))
            }
            _ => Ok(()),
        }
    }
}

/// The exported function `name`, if it has so many parameters and results, all of them i32.
pub(super) fn exported(module: &Module, name: &str, params: usize, results: usize) -> Option<Export> {
    let ty = module.get_export(name)?;
    let ty = ty.func()?;
    let words = |mut types: Box<dyn Iterator<Item = ValType> + '_>| types.all(|ty| ty.is_i32());
    let fits = ty.params().len() == params && ty.results().len() == results;
    (fits && words(Box::new(ty.params())) && words(Box::new(ty.results()))).then(|| Export::find(module, name))?
}

fn fits_on_stack(size: u32) -> wasmtime::Result<()> {
    if size <= MAX_ON_STACK {
        return Ok(());
    }
    Err(Stop::Unsupported {
        message: format!(
            "The input has {size} bytes, and without an allocator it goes onto the module's stack, which takes {MAX_ON_STACK}"
        ),
        help: EXPORT_MALLOC,
    }
    .into())
}

/// The aligned address so many bytes below the stack's end.
fn below(end: u32, size: u32) -> wasmtime::Result<u32> {
    fits_on_stack(size)?;
    let start = end.checked_sub(size).map(|start| start - start % ALIGNMENT).filter(|start| *start > 0);
    start.ok_or_else(|| Stop::convention(format!("The module's stack at address {end} has no room for {size} bytes")))
}

fn stack_pointer(store: &mut Store<Host>, export: &Export) -> wasmtime::Result<Global> {
    let global = store.export(export).and_then(wasmtime::Extern::into_global);
    global.ok_or_else(|| Stop::convention("The module's `__stack_pointer` is no global"))
}

/// Adds pages to the memory, or takes those of an earlier call.
fn pages(store: &mut Store<Host>, size: u32) -> wasmtime::Result<u32> {
    let memory = core::memory(store)?;
    let scratch = State::of(store.data_mut())?.scratch;
    if let Some((start, _)) = scratch.filter(|(_, room)| *room >= size) {
        return Ok(start);
    }
    let count = u64::from(size).div_ceil(PAGE);
    let Ok(before) = memory.grow(&mut *store, count) else { return Err(no_memory(store, size)) };
    let start = u32::try_from(before * PAGE).map_err(|_| Stop::convention("The module's memory is full"))?;
    State::of(store.data_mut())?.scratch = Some((start, u32::try_from(count * PAGE).unwrap_or(size)));
    Ok(start)
}

fn no_memory(store: &Store<Host>, size: u32) -> wasmtime::Error {
    if let Some(refused) = &store.data().limiter.refused {
        return Stop::MemoryLimit(format!("The function asked for {refused} for its input and failed on it")).into();
    }
    Stop::Unsupported {
        message: format!("The module's allocator has no room for an input of {size} bytes"),
        help: "Its memory has a fixed size: build with -sALLOW_MEMORY_GROWTH (Emscripten), or a larger \
               -sINITIAL_MEMORY",
    }
    .into()
}

/// Copies the input and what follows it into its room.
pub(super) fn fill(store: &mut Store<Host>, room: &Room, input: &[u8], tail: &[u8]) -> wasmtime::Result<()> {
    let memory = core::memory(store)?;
    let length =
        u32::try_from(input.len() + tail.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
    let target = slice_mut(memory.data_mut(&mut *store), room.start, length)?;
    let (start, end) = target.split_at_mut(input.len());
    start.copy_from_slice(input);
    end.copy_from_slice(tail);
    Ok(())
}
