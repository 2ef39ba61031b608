//! Extism plug-ins: functions without parameters that read their input from a kernel of the host and
//! leave their output there. The kernel is ours, in this process; there is no network.

mod imports;
mod kernel;

use std::sync::Arc;

use wasmtime::{InstancePre, Module, Store};

use crate::bundle::Inspection;

use self::kernel::Span;
use super::super::engine::LoadError;
use super::super::fault::Stop;
use super::super::host::Host;
use super::super::invocation::{Invocation, Phase};
use super::super::json;
use super::super::outcome::ApplicationError;
use super::super::program::Refused;
use super::core::{self, Export, Exports};
use super::{Answer, Callable, Convention, Prepared, Profile, Source, Toolchain, function, functions};

pub(super) const TOOLCHAIN: Toolchain = Toolchain { id: "extism", words: Vec::new, recognise, prepare };

struct Plugin {
    profile: Profile,
    pre: InstancePre<Host>,
    /// Where WASI reads and writes; the kernel has a memory of its own.
    memory: Option<Export>,
    start: Start,
    /// In the order of the profile's functions.
    functions: Vec<Function>,
}

/// What runs before the first call, as Extism's hosts do it.
#[derive(Default)]
struct Start {
    /// Constructors: `_initialize`, or where there is none `__wasm_call_ctors`.
    constructors: Option<Export>,
    /// Haskell's runtime: `hs_init(argc, argv)`.
    haskell: Option<Export>,
}

struct Function {
    export: Export,
    /// Whether it returns a code, where 0 is good.
    returns_code: bool,
}

impl Convention for Plugin {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn engine(&self) -> &wasmtime::Engine {
        self.pre.module().engine()
    }

    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        match &self.memory {
            Some(memory) => core::instantiate(&self.pre, memory, store)?,
            None => store.data_mut().instance = Some(self.pre.instantiate(&mut *store)?),
        }
        if let Some(constructors) = &self.start.constructors {
            store.call::<(), ()>(constructors, ())?;
        }
        match &self.start.haskell {
            Some(init) => store.call::<(i32, i32), ()>(init, (0, 0)),
            None => Ok(()),
        }
    }

    fn call(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        let function = self.functions.get(function).ok_or_else(|| Stop::convention("No function at this position"))?;
        let Invocation { store, input, stopwatch, .. } = invocation;

        stopwatch.enter(Phase::CopyIn, &*store);
        imports::with_memory(store.data_mut(), |kernel, grow| {
            kernel.reset();
            let address = kernel.alloc_bytes(input, grow)?;
            kernel.input = Span { address, length: input.len() as u64 };
            Ok(())
        })?;

        stopwatch.enter(Phase::Run, &*store);
        let code = if function.returns_code {
            store.call::<(), i32>(&function.export, ())?
        } else {
            store.call::<(), ()>(&function.export, ())?;
            0
        };

        stopwatch.enter(Phase::CopyOut, &*store);
        let answer = answer(store.data_mut(), code)?;
        imports::kernel(store.data_mut())?.reset();
        Ok(answer)
    }
}

/// What the function left in the kernel.
fn answer(host: &mut Host, code: i32) -> wasmtime::Result<Answer> {
    let limit = host.output;
    let kernel = imports::kernel(host)?;
    if kernel.error != 0 || code != 0 {
        let text = String::from_utf8_lossy(kernel.block(kernel.error)?).into_owned();
        return Ok(Answer::Error(application_error(text, code)));
    }
    let Span { address, length } = kernel.output;
    if length == 0 {
        return Ok(Answer::Nothing);
    }
    if length > limit {
        return Err(Stop::OutputTooLarge { size: length, limit }.into());
    }
    Ok(Answer::Text(kernel.slice(address, length)?.to_vec()))
}

fn application_error(text: String, code: i32) -> ApplicationError {
    if text.is_empty() {
        return ApplicationError { message: format!("The function returned the code {code}"), output: None };
    }
    let is_object = text.trim_ascii_start().starts_with('{');
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(value) if is_object => ApplicationError { message: json::error_message(&value), output: Some(text) },
        _ => ApplicationError { message: text, output: None },
    }
}

fn recognise(inspection: &Inspection) -> Option<String> {
    let import = inspection.imports.iter().find(|import| {
        import.module.starts_with("extism:host/") || imports::kernel_function(&import.module, &import.name).is_some()
    })?;
    Some(format!("it imports `{}`", import.full_name()))
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    let module = core::compile(source)?;
    let mut plugin = Plugin {
        profile: Profile { name: "Extism plug-in", evidence, ..Profile::default() },
        pre: core::link(&module, |linker, import, _| imports::define(linker, import))?,
        memory: core::required_memory(&module).ok(),
        start: start(&module, source.inspection)?,
        functions: Vec::new(),
    };
    plugin.read_functions(&module, source.inspection);
    Ok(Arc::new(plugin))
}

fn start(module: &Module, inspection: &Inspection) -> Result<Start, LoadError> {
    let of_type = |name: &str, params: &[&str]| match function(inspection, name) {
        Some(signature) if signature.is(params, &[]) => Ok(Export::find(module, name)),
        Some(_) => Err(LoadError::new(
            format!("The plug-in's `{name}` is not of the type that it has in an Extism plug-in"),
            "Build it again with the plug-in kit's documented command",
        )),
        None => Ok(None),
    };
    let constructors = match of_type("_initialize", &[])? {
        Some(initialize) => Some(initialize),
        None => of_type("__wasm_call_ctors", &[])?,
    };
    Ok(Start { constructors, haskell: of_type("hs_init", &["i32", "i32"])? })
}

impl Plugin {
    fn read_functions(&mut self, module: &Module, inspection: &Inspection) {
        for (name, signature) in functions(inspection) {
            if !is_meant_for_callers(name) {
                continue;
            }
            let returns_code = signature.is(&[], &["i32"]);
            let Some(export) = Export::find(module, name) else { continue };
            if returns_code || signature.is(&[], &[]) {
                // Whether a function reads its input is seen only when it runs.
                self.profile.functions.push(Callable { name: name.to_owned(), takes_input: false });
                self.functions.push(Function { export, returns_code });
            } else {
                self.profile.refused.push(Refused {
                    function: name.to_owned(),
                    reason: "it is not of the type of a plug-in's function, which takes nothing and returns a code"
                        .to_owned(),
                    help: Some("Write it as a plug-in function (#[plugin_fn] in Rust)".to_owned()),
                });
            }
        }
    }
}

/// Whether an export is no part of a language's runtime.
fn is_meant_for_callers(name: &str) -> bool {
    !name.starts_with('_')
        && !matches!(name, "hs_init" | "malloc" | "free" | "realloc" | "calloc" | "alloc" | "dealloc")
}
