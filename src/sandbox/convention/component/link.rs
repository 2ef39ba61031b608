//! Linking a component: WASI 0.2 as the sandbox gives it, log lines, and for imports that nobody
//! knows a body that traps and names them, so that a component loads even where imports that it may
//! never call are missing.

use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, InstancePre, Linker, LinkerInstance, ResourceType, Val};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable};

use crate::bundle::wasi::{is_wasi_logging, wasi_interface};

use super::super::super::LogLevel;
use super::super::super::engine::LoadError;
use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::wasi;

/// A resource of an interface that nobody knows: no handle to one ever exists.
struct Unknown;

/// Links the component's imports.
///
/// # Errors
/// When it imports what cannot be stood in for, or functions of WASI 0.2 that are newer than the sandbox.
pub(super) fn link(component: &Component) -> Result<InstancePre<Host>, LoadError> {
    let refused = |error: wasmtime::Error| {
        LoadError::new(
            format!("The component's imports cannot be met: {error:#}"),
            "Build it for WASI 0.2 (wasm32-wasip2), and compose it with what it imports as modules or components",
        )
    };
    let mut linker = wasi::linker(component.engine()).map_err(refused)?;
    define_the_rest(component, &mut linker).map_err(refused)?;
    linker.instantiate_pre(component).map_err(refused)
}

fn define_the_rest(component: &Component, linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    let engine = component.engine();
    let imports = component.component_type();
    let imports: Vec<(&str, ComponentItem)> = imports.imports(engine).map(|(name, item)| (name, item.ty)).collect();
    // Interfaces of others may speak of WASI's streams: those stay what they are.
    let mut known = Vec::new();
    for (name, item) in &imports {
        let (Some(interface), ComponentItem::ComponentInstance(instance)) = (wasi_interface(name), item) else {
            continue;
        };
        for (resource, item) in instance.exports(engine) {
            if let (ComponentItem::Resource(ty), Some(host)) = (item.ty, resource_of(interface.name, resource)) {
                known.push((ty, host));
            }
        }
    }
    for (name, item) in &imports {
        if wasi_interface(name).is_some() {
            continue;
        }
        match item {
            ComponentItem::ComponentInstance(instance) => {
                define_interface(&mut linker.instance(name)?, name, instance, engine, &known)?;
            }
            ComponentItem::ComponentFunc(_) => define_trap(&mut linker.root(), "the component's world", name)?,
            ComponentItem::Resource(_) => {
                linker.root().resource(name, ResourceType::host::<Unknown>(), |_, _| Ok(()))?;
            }
            ComponentItem::Type(_) => {}
            ComponentItem::Module(_) | ComponentItem::Component(_) | ComponentItem::CoreFunc(_) => {
                wasmtime::bail!("`{name}` is a module or a component, and nobody has it");
            }
        }
    }
    Ok(())
}

fn resource_of(interface: &str, resource: &str) -> Option<ResourceType> {
    match (interface, resource) {
        ("io/poll", "pollable") => Some(ResourceType::host::<DynPollable>()),
        ("io/streams", "input-stream") => Some(ResourceType::host::<DynInputStream>()),
        ("io/streams", "output-stream") => Some(ResourceType::host::<DynOutputStream>()),
        ("io/error", "error") => Some(ResourceType::host::<wasmtime::Error>()),
        _ => None,
    }
}

fn define_interface(
    linker: &mut LinkerInstance<'_, Host>,
    interface: &str,
    instance: &ComponentInstance,
    engine: &wasmtime::Engine,
    known: &[(ResourceType, ResourceType)],
) -> wasmtime::Result<()> {
    for (name, item) in instance.exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(_) if is_wasi_logging(interface) && name == "log" => {
                linker.func_new(name, |mut store, _, arguments, _| {
                    log(store.data_mut(), arguments);
                    Ok(())
                })?;
            }
            ComponentItem::ComponentFunc(_) => define_trap(linker, interface, name)?,
            ComponentItem::Resource(ty) => {
                let host = known.iter().find(|(known, _)| *known == ty);
                let ty = host.map_or_else(ResourceType::host::<Unknown>, |(_, host)| *host);
                linker.resource(name, ty, |_, _| Ok(()))?;
            }
            ComponentItem::ComponentInstance(inner) => {
                define_interface(&mut linker.instance(name)?, name, &inner, engine, known)?;
            }
            ComponentItem::Type(_) => {}
            ComponentItem::Module(_) | ComponentItem::Component(_) | ComponentItem::CoreFunc(_) => {
                wasmtime::bail!("`{name}` of `{interface}` is a module or a component, and nobody has it");
            }
        }
    }
    Ok(())
}

fn define_trap(linker: &mut LinkerInstance<'_, Host>, module: &str, name: &str) -> wasmtime::Result<()> {
    let (module, function) = (module.to_owned(), name.to_owned());
    linker.func_new(name, move |_, _, _, _| {
        Err(Stop::MissingImport { module: module.clone(), name: function.clone() }.into())
    })
}

/// `log(level, context, message)` of `wasi:logging/logging`.
fn log(host: &mut Host, arguments: &[Val]) {
    let [Val::Enum(level), Val::String(context), Val::String(message)] = arguments else { return };
    let level = match level.as_str() {
        "trace" | "debug" => LogLevel::Debug,
        "warn" => LogLevel::Warn,
        "error" | "critical" => LogLevel::Error,
        _ => LogLevel::Info,
    };
    let line = if context.is_empty() { message.clone() } else { format!("{context}: {message}") };
    host.wasi().log(level, &line);
}
