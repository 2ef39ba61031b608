//! The part of the glue that every import shares: what the module exports for its host, and how
//! JavaScript values cross between the two in either regime.

use std::any::Any;

use wasmtime::{AnyRef, AsContextMut, ExternRef, I31, Memory, Module, Ref, Rooted, Table, Val};

use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::super::recipe::Bindgen;
pub(super) use super::super::super::recipe::Regime;
use super::super::core::{self, Export, Exports, slice, slice_mut};
use super::value::{Budget, Kind, Value};

/// Handles of the heap regime begin here. Rust takes any index from its own bounds (32, 128 or 1024,
/// by version) up to this; no address of guest memory reaches so far, so a handle and a pointer can
/// always be told apart.
pub(super) const FIRST_HANDLE: u32 = 0xE000_0000;

/// Where the fixed values lie in the heap of each generation of wasm-bindgen: undefined, null, true, false.
const FIXED_VALUES: [u32; 3] = [32, 128, 1024];

/// Size of the externref table from which on its fixed values lie at 1024 instead of in four new slots.
const NEW_TABLE_SIZE: u64 = 1028;

/// The module's exports that its host needs.
pub(super) struct Glue {
    pub(super) regime: Regime,
    pub(super) memory: Export,
    /// `__wbindgen_malloc`, and whether it takes an alignment.
    pub(super) malloc: Option<(Export, bool)>,
    /// `__wbindgen_free`, and whether it takes an alignment.
    pub(super) free: Option<(Export, bool)>,
    pub(super) exn_store: Option<Export>,
    pub(super) table: Option<Export>,
    pub(super) table_alloc: Option<Export>,
    pub(super) table_free: Option<Export>,
}

/// The host's side of the heap regime, and the bounds of what values may cost.
pub(super) struct Heap {
    slots: Vec<Option<Value>>,
    free: Vec<u32>,
    pub(super) budget: Budget,
}

/// Values that need no object: they cross as small integers, which cost no allocation.
const UNDEFINED: u32 = 0;
const TRUE: u32 = 1;
const FALSE: u32 = 2;
/// A constant that only the module's JavaScript knows.
const UNKNOWN: u32 = 3;

impl Heap {
    fn new(limit: u64) -> Self {
        Self { slots: Vec::new(), free: Vec::new(), budget: Budget::new(limit) }
    }

    /// A handle for `value`.
    fn add(&mut self, value: Value) -> wasmtime::Result<u32> {
        if let Some(at) = self.free.pop() {
            if let Some(slot) = self.slots.get_mut(at as usize) {
                *slot = Some(value);
            }
            return Ok(FIRST_HANDLE + at);
        }
        let full = || Stop::convention("The module holds too many JavaScript values");
        let at = u32::try_from(self.slots.len()).ok().filter(|at| *at < u32::MAX - FIRST_HANDLE).ok_or_else(full)?;
        self.budget.take(size_of::<Option<Value>>() as u64)?;
        self.slots.push(Some(value));
        Ok(FIRST_HANDLE + at)
    }

    /// The value of a handle.
    pub(super) fn get(&self, handle: u32) -> Option<Value> {
        if let Some(at) = handle.checked_sub(FIRST_HANDLE) {
            return self.slots.get(at as usize)?.clone();
        }
        fixed_value(handle)
    }

    /// Gives a handle back. Handles of fixed values stay.
    fn release(&mut self, handle: u32) {
        let Some(at) = handle.checked_sub(FIRST_HANDLE) else { return };
        if self.slots.get_mut(at as usize).and_then(Option::take).is_some() {
            self.free.push(at);
        }
    }
}

/// The value whose handle is a constant.
pub(super) fn fixed_value(handle: u32) -> Option<Value> {
    if handle == 0 {
        return Some(Value::Undefined);
    }
    FIXED_VALUES.iter().find_map(|first| match handle.checked_sub(*first)? {
        0 => Some(Value::Undefined),
        1 => Some(Value::Null),
        2 => Some(Value::Bool(true)),
        3 => Some(Value::Bool(false)),
        _ => None,
    })
}

/// The heap of this invocation, made at its first use.
pub(super) fn heap(host: &mut Host) -> wasmtime::Result<&mut Heap> {
    let limit = host.limiter.memory_limit;
    let state = host.state.get_or_insert_with(|| Box::new(Heap::new(limit)));
    let state: &mut (dyn Any + Send) = state.as_mut();
    state.downcast_mut().ok_or_else(|| Stop::convention("The invocation's state is another convention's"))
}

/// The budget for this invocation's values.
pub(super) fn budget(mut context: impl AsContextMut<Data = Host>) -> wasmtime::Result<Budget> {
    Ok(heap(context.as_context_mut().data_mut())?.budget.clone())
}

fn not_live(handle: u32) -> wasmtime::Error {
    Stop::convention(format!("The module names a JavaScript value {handle} that does not exist"))
}

impl Glue {
    /// Looks the exports up.
    ///
    /// Some versions call the allocator and its fellows `__wbindgen_export_<n>`: these are told by their types.
    pub(super) fn find(
        module: &Module,
        inspection: &crate::bundle::Inspection,
        regime: Regime,
    ) -> Result<Self, super::super::super::engine::LoadError> {
        let find = |names: &[&str], types: &[(&[&str], &[&str])]| {
            let named = super::super::functions(inspection).find(|(name, _)| names.contains(name));
            let numbered = || {
                let fits = |signature: &super::super::Signature| types.iter().any(|(p, r)| signature.is(p, r));
                let mut found = super::super::functions(inspection)
                    .filter(|(name, signature)| name.starts_with("__wbindgen_export_") && fits(signature));
                // Two that fit are none: a guess could hand memory to the wrong function.
                found.next().filter(|_| found.next().is_none())
            };
            let (name, signature) = named.or_else(numbered)?;
            Some((Export::find(module, name)?, signature.params.len()))
        };
        let malloc = find(&["__wbindgen_malloc"], &[(&["i32", "i32"], &["i32"])]);
        let free = find(&["__wbindgen_free"], &[(&["i32", "i32", "i32"], &[])]);
        let only = |found: Option<(Export, usize)>| found.map(|(export, _)| export);
        Ok(Self {
            regime,
            memory: core::required_memory(module)?,
            malloc: malloc.map(|(export, params)| (export, params == 2)),
            free: free.map(|(export, params)| (export, params == 3)),
            exn_store: only(find(&["__wbindgen_exn_store"], &[(&["i32"], &[])])),
            table: super::externref_table(module).and_then(|name| Export::find(module, &name)),
            table_alloc: only(find(&["__externref_table_alloc"], &[(&[], &["i32"])])),
            table_free: only(find(&["__externref_table_dealloc"], &[])),
        })
    }

    /// The same as plain data.
    pub(super) fn recipe(&self) -> Bindgen {
        let named = |export: &Option<Export>| export.as_ref().map(Export::named);
        let with_width =
            |export: &Option<(Export, bool)>| export.as_ref().map(|(export, aligned)| (export.named(), *aligned));
        Bindgen {
            regime: self.regime,
            malloc: with_width(&self.malloc),
            free: with_width(&self.free),
            exn_store: named(&self.exn_store),
            table: named(&self.table),
            table_alloc: named(&self.table_alloc),
            table_free: named(&self.table_free),
            stack_pointer: None,
        }
    }

    pub(super) fn memory(&self, exports: &mut impl Exports) -> wasmtime::Result<Memory> {
        exports.memory(&self.memory)
    }

    fn table(&self, exports: &mut impl Exports) -> wasmtime::Result<Table> {
        self.table
            .as_ref()
            .and_then(|table| exports.export(table)?.into_table())
            .ok_or_else(|| Stop::convention("The module exports no table for JavaScript values"))
    }

    /// Copies bytes of the guest.
    pub(super) fn read(&self, exports: &mut impl Exports, pointer: u32, length: u32) -> wasmtime::Result<Vec<u8>> {
        let memory = self.memory(exports)?;
        Ok(slice(memory.data(&*exports), pointer, length)?.to_vec())
    }

    /// Writes bytes to the guest.
    pub(super) fn write(&self, exports: &mut impl Exports, pointer: u32, bytes: &[u8]) -> wasmtime::Result<()> {
        let memory = self.memory(exports)?;
        let length = u32::try_from(bytes.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
        slice_mut(memory.data_mut(&mut *exports), pointer, length)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Puts bytes into memory that the guest allocates and, by convention, frees.
    pub(super) fn pass_bytes(&self, exports: &mut impl Exports, bytes: &[u8]) -> wasmtime::Result<(u32, u32)> {
        let (malloc, aligned) = self
            .malloc
            .as_ref()
            .ok_or_else(|| Stop::convention("The module exports no `__wbindgen_malloc` to pass bytes through"))?;
        let length = u32::try_from(bytes.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
        let pointer: u32 =
            if *aligned { exports.call(malloc, (length, 1_u32))? } else { exports.call(malloc, length)? };
        self.write(exports, pointer, bytes)?;
        Ok((pointer, length))
    }

    /// Gives back bytes that the guest returned. There is nothing to free where the length is 0.
    pub(super) fn free_bytes(&self, exports: &mut impl Exports, pointer: u32, length: u32) -> wasmtime::Result<()> {
        let Some((free, aligned)) = self.free.as_ref().filter(|_| length > 0) else { return Ok(()) };
        if *aligned { exports.call(free, (pointer, length, 1_u32)) } else { exports.call(free, (pointer, length)) }
    }

    /// The value that an argument or result stands for.
    pub(super) fn value(&self, exports: &mut impl Exports, val: &Val) -> wasmtime::Result<Value> {
        match val {
            Val::ExternRef(None) => Ok(Value::Null),
            Val::ExternRef(Some(reference)) => from_externref(exports, *reference),
            Val::I32(handle) if self.regime == Regime::Heap => {
                let handle = handle.cast_unsigned();
                heap(exports.as_context_mut().data_mut())?.get(handle).ok_or_else(|| not_live(handle))
            }
            Val::F64(bits) => Ok(Value::Number(f64::from_bits(*bits))),
            other => Err(Stop::convention(format!("The module passes {other:?} where a JavaScript value belongs"))),
        }
    }

    /// A handle of the heap regime for `value`, or an index into the module's table.
    pub(super) fn index(&self, exports: &mut impl Exports, value: Value) -> wasmtime::Result<u32> {
        if self.regime == Regime::Heap {
            return heap(exports.as_context_mut().data_mut())?.add(value);
        }
        let alloc = self
            .table_alloc
            .as_ref()
            .ok_or_else(|| Stop::convention("The module exports no `__externref_table_alloc`"))?;
        let index: u32 = exports.call(alloc, ())?;
        let table = self.table(exports)?;
        let reference = to_externref(exports, value)?;
        table.set(&mut *exports, u64::from(index), Ref::Extern(reference))?;
        Ok(index)
    }

    /// The value at an index that the guest returned, which it gives up with that.
    pub(super) fn take(&self, exports: &mut impl Exports, index: u32) -> wasmtime::Result<Value> {
        let value = self.peek(exports, index)?.ok_or_else(|| not_live(index))?;
        if self.regime == Regime::Heap {
            heap(exports.as_context_mut().data_mut())?.release(index);
        } else if let Some(free) = &self.table_free {
            exports.call::<u32, ()>(free, index)?;
        }
        Ok(value)
    }

    /// The value at an index, if the index is in use.
    pub(super) fn peek(&self, exports: &mut impl Exports, index: u32) -> wasmtime::Result<Option<Value>> {
        if self.regime == Regime::Heap {
            return Ok(heap(exports.as_context_mut().data_mut())?.get(index));
        }
        let table = self.table(exports)?;
        let slot = |exports: &mut _, at| match table.get(exports, u64::from(at)) {
            Some(Ref::Extern(reference)) => reference,
            _ => None,
        };
        if let Some(reference) = slot(exports, index) {
            return from_externref(exports, reference).map(Some);
        }
        // An empty slot is free, but for the one of null: it lies between undefined and true.
        let Some((before, after)) = index.checked_sub(1).zip(index.checked_add(1)) else { return Ok(None) };
        let (Some(before), Some(after)) = (slot(exports, before), slot(exports, after)) else { return Ok(None) };
        let neighbours = (from_externref(exports, before)?, from_externref(exports, after)?);
        Ok(matches!(neighbours, (Value::Undefined, Value::Bool(true))).then_some(Value::Null))
    }

    /// Gives a handle of the heap regime back.
    pub(super) fn release(&self, exports: &mut impl Exports, handle: u32) -> wasmtime::Result<()> {
        if self.regime == Regime::Heap {
            let mut context = exports.as_context_mut();
            let heap = heap(context.data_mut())?;
            heap.get(handle).ok_or_else(|| not_live(handle))?;
            heap.release(handle);
        }
        Ok(())
    }

    /// What `__wbindgen_init_externref_table` does: the values with fixed places.
    pub(super) fn fill_table(&self, exports: &mut impl Exports) -> wasmtime::Result<()> {
        let table = self.table(exports)?;
        let size = table.size(&*exports);
        let first = if size >= NEW_TABLE_SIZE { 1024 } else { table.grow(&mut *exports, 4, Ref::Extern(None))? };
        let undefined = small(exports, UNDEFINED)?;
        table.set(&mut *exports, 0, Ref::Extern(Some(undefined)))?;
        table.set(&mut *exports, first, Ref::Extern(Some(undefined)))?;
        for (at, value) in [(2, TRUE), (3, FALSE)] {
            let value = small(exports, value)?;
            table.set(&mut *exports, first + at, Ref::Extern(Some(value)))?;
        }
        // Newer versions keep string constants after the fixed values, and only the JavaScript beside
        // the module knows them. Reading one must not pass for null.
        if size > NEW_TABLE_SIZE {
            let unknown = small(exports, UNKNOWN)?;
            table.fill(&mut *exports, NEW_TABLE_SIZE, Ref::Extern(Some(unknown)), size - NEW_TABLE_SIZE)?;
        }
        Ok(())
    }

    /// Leaves `error` where the guest finds it after an import that failed.
    pub(super) fn store_exception(&self, exports: &mut impl Exports, error: Value) -> wasmtime::Result<()> {
        let Some(exn_store) = &self.exn_store else {
            return Err(Stop::Thrown(format!("An import failed: {}", error.display())).into());
        };
        let index = self.index(exports, error)?;
        exports.call(exn_store, index)
    }

    /// A value as a function of this type takes or returns it.
    pub(super) fn pass_value(
        &self,
        exports: &mut impl Exports,
        value: Value,
        as_reference: bool,
    ) -> wasmtime::Result<Val> {
        if as_reference {
            return Ok(Val::ExternRef(to_externref(exports, value)?));
        }
        Ok(Val::I32(self.index(exports, value)?.cast_signed()))
    }

    /// An object of this kind.
    pub(super) fn object(&self, exports: &mut impl Exports, kind: Kind) -> wasmtime::Result<Value> {
        Value::object(kind, &budget(exports)?)
    }
}

fn small(exports: &mut impl Exports, value: u32) -> wasmtime::Result<Rooted<ExternRef>> {
    let number = AnyRef::from_i31(&mut *exports, I31::wrapping_u32(value));
    ExternRef::convert_any(&mut *exports, number)
}

fn to_externref(exports: &mut impl Exports, value: Value) -> wasmtime::Result<Option<Rooted<ExternRef>>> {
    match value {
        Value::Null => Ok(None),
        Value::Undefined => small(exports, UNDEFINED).map(Some),
        Value::Bool(true) => small(exports, TRUE).map(Some),
        Value::Bool(false) => small(exports, FALSE).map(Some),
        value => ExternRef::new(&mut *exports, value).map(Some),
    }
}

fn from_externref(exports: &mut impl Exports, reference: Rooted<ExternRef>) -> wasmtime::Result<Value> {
    if let Some(data) = reference.data(exports.as_context())? {
        let value: Option<&Value> = data.downcast_ref();
        return value
            .cloned()
            .ok_or_else(|| Stop::convention("The module passes a reference that is no JavaScript value"));
    }
    let number = AnyRef::convert_extern(&mut *exports, reference)?.as_i31(&*exports)?.map(|number| number.get_u32());
    match number {
        Some(UNDEFINED) => Ok(Value::Undefined),
        Some(TRUE) => Ok(Value::Bool(true)),
        Some(FALSE) => Ok(Value::Bool(false)),
        Some(UNKNOWN) => Err(Stop::convention(
            "The module uses a constant that only the JavaScript beside it knows; build it without static strings",
        )),
        _ => Err(Stop::convention("The module passes a reference that is no JavaScript value")),
    }
}
