//! Core modules: compiling and linking one, making an instance, and reading and writing guest
//! memory within bounds. Knows no toolchain.

use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::{
    AsContext, AsContextMut, Caller, Extern, ExternType, Func, FuncType, ImportType, InstancePre, Linker, Memory,
    Module, ModuleExport, RootScope, Store, Val,
};

use super::super::engine::LoadError;
use super::super::fault::Stop;
use super::super::host::Host;
use super::super::outcome::Origin;
use super::super::probe;
use super::words::{Numbers, Words};
use super::{Source, priostack, wasi};

/// Compiles the source.
pub(super) fn compile(source: &Source) -> Result<Module, LoadError> {
    source.compiler.module(source.bytes)
}

/// The number of the next export that is looked up.
static NEXT_EXPORT: AtomicU64 = AtomicU64::new(0);

/// An export, looked up once for all instances.
#[derive(Clone)]
pub(super) struct Export {
    at: ModuleExport,
    /// For start functions that run before there is an instance to look into.
    name: String,
    /// Tells it from every other export, so that what was looked up for it is found again.
    id: u64,
    /// Its type, where it is a function of numbers.
    numbers: Option<Numbers>,
}

impl Export {
    /// The module's export of this name.
    pub(super) fn find(module: &Module, name: &str) -> Option<Self> {
        let numbers = Numbers::of(module, name);
        let id = NEXT_EXPORT.fetch_add(1, Ordering::Relaxed);
        Some(Self { at: module.get_export_index(name)?, name: name.to_owned(), id, numbers })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its name, for a recipe.
    pub(super) fn named(&self) -> String {
        self.name.clone()
    }
}

/// Where the instance's exports are looked up: from outside, or from within a host function.
pub(super) trait Exports: AsContextMut<Data = Host> {
    fn export(&mut self, export: &Export) -> Option<Extern>;

    /// The exported function.
    fn function(&mut self, export: &Export) -> wasmtime::Result<Func> {
        let known = self.as_context().data().functions.iter().find(|(id, _)| *id == export.id).map(|(_, known)| *known);
        if let Some(known) = known {
            return Ok(known);
        }
        let function = self
            .export(export)
            .and_then(Extern::into_func)
            .ok_or_else(|| Stop::convention(format!("The module's `{}` is no function", export.name)))?;
        let mut context = self.as_context_mut();
        let host = context.data_mut();
        if host.origin == Origin::Reused {
            host.functions.push((export.id, function));
        }
        Ok(function)
    }

    /// The exported memory.
    fn memory(&mut self, export: &Export) -> wasmtime::Result<Memory> {
        // A module has one memory that counts, and it is looked up once.
        if let Some(memory) = self.as_context().data().memory {
            return Ok(memory);
        }
        self.export(export)
            .and_then(Extern::into_memory)
            .ok_or_else(|| Stop::convention(format!("The module's `{}` is no memory", export.name)))
    }

    /// Calls an exported function of numbers with arguments and results of known types.
    fn call<P: Words, R: Words>(&mut self, export: &Export, arguments: P) -> wasmtime::Result<R>
    where
        Self: Sized,
    {
        let function = self.function(export)?;
        match &export.numbers {
            Some(numbers) => numbers.call(&mut *self, function, arguments),
            None => Err(Stop::convention(format!("The module's `{}` is not of the expected type", export.name))),
        }
    }

    /// Calls an exported function of whatever type.
    fn call_values(&mut self, export: &Export, arguments: &[Val], results: &mut [Val]) -> wasmtime::Result<()>
    where
        Self: Sized,
    {
        let function = self.function(export)?;
        match &export.numbers {
            Some(numbers) => numbers.call_values(&mut *self, function, arguments, results),
            None => function.call(&mut *self, arguments, results),
        }
    }
}

impl Exports for Store<Host> {
    fn export(&mut self, export: &Export) -> Option<Extern> {
        self.data().instance?.get_module_export(self, &export.at)
    }
}

impl Exports for RootScope<&mut Store<Host>> {
    fn export(&mut self, export: &Export) -> Option<Extern> {
        self.as_context().data().instance?.get_module_export(self, &export.at)
    }
}

impl Exports for Caller<'_, Host> {
    fn export(&mut self, export: &Export) -> Option<Extern> {
        // The caller's own exports are no way to them: where the module exports an import again, the
        // host itself is the caller.
        match self.data().instance {
            Some(instance) => instance.get_module_export(self, &export.at),
            None => self.get_export(&export.name),
        }
    }
}

/// The export `name`, which the convention cannot do without.
pub(super) fn required(module: &Module, name: &str) -> Result<Export, LoadError> {
    Export::find(module, name).ok_or_else(|| {
        LoadError::new(
            format!("The module does not export `{name}`, which its calling convention needs"),
            "Build it again with the toolchain's documented command",
        )
    })
}

/// The exported memory.
pub(super) fn required_memory(module: &Module) -> Result<Export, LoadError> {
    match module.get_export("memory") {
        Some(ExternType::Memory(ty)) if ty.is_64() || ty.is_shared() => Err(LoadError::new(
            "The module's memory is shared between threads or has 64-bit addresses",
            "Build for wasm32 without threads",
        )),
        Some(ExternType::Memory(_)) => required(module, "memory"),
        _ => Err(LoadError::new(
            "The module exports no memory, so nothing can be handed over",
            "Build it again with the toolchain's documented command, which exports `memory`",
        )),
    }
}

/// Links the module's function imports: `define` defines those that its convention knows and tells
/// whether it did. WASI's and the sandbox's own are there for every convention. The others get a body
/// that traps and names the import, so that a module loads even where imports that it may never call
/// are missing.
pub(super) fn link(
    module: &Module,
    mut define: impl FnMut(&mut Linker<Host>, &ImportType, &FuncType) -> wasmtime::Result<bool>,
) -> Result<InstancePre<Host>, LoadError> {
    let mut linker = Linker::new(module.engine());
    // Go 1.27 imports one function twice.
    linker.allow_shadowing(true);
    let refused = |error: wasmtime::Error| {
        LoadError::new(
            format!("The module's imports cannot be met: {error:#}"),
            "The sandbox offers functions only: build without imported memories, tables and globals",
        )
    };
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        if probe::define(&mut linker, &import).map_err(refused)?
            || define(&mut linker, &import, &ty).map_err(refused)?
            || wasi::define(&mut linker, &import, &ty).map_err(refused)?
            || priostack::define(&mut linker, &import, &ty).map_err(refused)?
        {
            continue;
        }
        let (from, name) = (import.module().to_owned(), import.name().to_owned());
        let body = move |_: Caller<'_, Host>, _: &[Val], _: &mut [Val]| -> wasmtime::Result<()> {
            Err(Stop::MissingImport { module: from.clone(), name: name.clone() }.into())
        };
        linker.func_new(import.module(), import.name(), ty, body).map_err(refused)?;
    }
    linker.instantiate_pre(module).map_err(refused)
}

/// Makes a fresh instance, running its start section, and notes it in the host's data.
pub(super) fn instantiate(pre: &InstancePre<Host>, memory: &Export, store: &mut Store<Host>) -> wasmtime::Result<()> {
    let instance = pre.instantiate(&mut *store)?;
    store.data_mut().instance = Some(instance);
    let memory = store.memory(memory)?;
    store.data_mut().memory = Some(memory);
    Ok(())
}

/// The same, and calls the start function that the module exports, if there is one.
pub(super) fn start(
    pre: &InstancePre<Host>,
    memory: &Export,
    start: Option<&Export>,
    store: &mut Store<Host>,
) -> wasmtime::Result<()> {
    instantiate(pre, memory, store)?;
    match start {
        Some(start) => store.call::<(), ()>(start, ()),
        None => Ok(()),
    }
}

/// The memory of the instance that the store holds.
pub(super) fn memory(store: &Store<Host>) -> wasmtime::Result<Memory> {
    store.data().memory.ok_or_else(|| Stop::convention("There is no instance"))
}

/// The memory of the instance that calls a host function.
pub(super) fn callers_memory(caller: &mut Caller<'_, Host>) -> Option<Memory> {
    // It is not noted yet while the start section runs.
    caller.data().memory.or_else(|| caller.get_export("memory").and_then(Extern::into_memory))
}

/// `length` bytes of guest memory from `pointer` on.
pub(super) fn slice(memory: &[u8], pointer: u32, length: u32) -> wasmtime::Result<&[u8]> {
    let (start, length) = (pointer as usize, length as usize);
    start.checked_add(length).and_then(|end| memory.get(start..end)).ok_or_else(|| outside(pointer, length, memory))
}

/// `length` bytes of guest memory from `pointer` on, to write to.
pub(super) fn slice_mut(memory: &mut [u8], pointer: u32, length: u32) -> wasmtime::Result<&mut [u8]> {
    let (start, length, size) = (pointer as usize, length as usize, memory.len());
    match start.checked_add(length).filter(|end| *end <= size) {
        Some(end) => memory.get_mut(start..end).ok_or_else(|| Stop::convention("memory moved")),
        None => Err(outside(pointer, length, memory)),
    }
}

/// The little-endian 32-bit word at `pointer`.
pub(super) fn word(memory: &[u8], pointer: u32) -> wasmtime::Result<u32> {
    match slice(memory, pointer, 4)? {
        [a, b, c, d] => Ok(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => Err(outside(pointer, 4, memory)),
    }
}

/// Copies an output of the guest, if it is within memory and within the limit.
pub(super) fn copy_output(
    memory: Memory,
    store: impl AsContext<Data = Host>,
    pointer: u32,
    length: u32,
) -> wasmtime::Result<Vec<u8>> {
    let store = store.as_context();
    let bytes = slice(memory.data(&store), pointer, length)?;
    let limit = store.data().output;
    if u64::from(length) > limit {
        return Err(Stop::OutputTooLarge { size: u64::from(length), limit }.into());
    }
    Ok(bytes.to_vec())
}

fn outside(pointer: u32, length: usize, memory: &[u8]) -> wasmtime::Error {
    Stop::convention(format!(
        "The module names {length} bytes at address {pointer}, outside of its memory of {} bytes",
        memory.len()
    ))
}
