//! Core modules: compiling and linking one, making an instance, and reading and writing guest
//! memory within bounds. Knows no toolchain.

use wasmtime::{
    AsContext, AsContextMut, Caller, ExternType, FuncType, ImportType, Instance, InstancePre, Linker, Memory, Module,
    ModuleExport, Store, TypedFunc, Val, WasmParams, WasmResults,
};

use super::super::engine::LoadError;
use super::super::fault::Stop;
use super::super::host::Host;
use super::Source;

/// Compiles the source.
pub(super) fn compile(source: &Source) -> Result<Module, LoadError> {
    Module::new(source.engine, source.bytes).map_err(|error| {
        LoadError::new(
            format!("The module does not compile: {error:#}"),
            "Build it again; where it needs a WebAssembly feature that the sandbox lacks, turn that feature off",
        )
    })
}

/// The position of the export `name`, which the convention cannot do without.
pub(super) fn required(module: &Module, name: &str) -> Result<ModuleExport, LoadError> {
    module.get_export_index(name).ok_or_else(|| {
        LoadError::new(
            format!("The module does not export `{name}`, which its calling convention needs"),
            "Build it again with the toolchain's documented command",
        )
    })
}

/// The position of the exported memory `memory`.
pub(super) fn required_memory(module: &Module) -> Result<ModuleExport, LoadError> {
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
/// whether it did. The others get a body that traps and names the import, so that a module loads
/// even where imports that it may never call are missing.
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
        if define(&mut linker, &import, &ty).map_err(refused)? {
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

/// Makes a fresh instance, running its start function, and notes its memory in the host's data.
pub(super) fn instantiate(
    pre: &InstancePre<Host>,
    memory: &ModuleExport,
    store: &mut Store<Host>,
) -> wasmtime::Result<(Instance, Memory)> {
    let instance = pre.instantiate(&mut *store)?;
    let memory = instance
        .get_module_export(&mut *store, memory)
        .and_then(wasmtime::Extern::into_memory)
        .ok_or_else(|| Stop::convention("The module's memory is gone"))?;
    store.data_mut().memory = Some(memory);
    Ok((instance, memory))
}

/// The instance's function at this export, with its type checked.
pub(super) fn typed<P: WasmParams, R: WasmResults>(
    instance: &Instance,
    mut store: impl AsContextMut,
    export: &ModuleExport,
) -> wasmtime::Result<TypedFunc<P, R>> {
    let function = instance
        .get_module_export(&mut store, export)
        .and_then(wasmtime::Extern::into_func)
        .ok_or_else(|| Stop::convention("An export of the module is not the function that it was"))?;
    function.typed(&store)
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
