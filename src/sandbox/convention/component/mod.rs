//! Components (WASI 0.2): exported functions, those in exported interfaces too, that take bytes, text
//! or a value that JSON can tell. WASI is there without files, network and environment.

mod call;
mod link;
mod run;
mod values;
mod wasi;

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};
use wasmtime_wasi::I32Exit;

use crate::bundle::Inspection;
use crate::bundle::wasi::{is_wasi_http_handler, is_wasi_run};

use self::call::Call;
pub(in crate::sandbox) use self::wasi::Wasi;
use super::super::engine::LoadError;
use super::super::fault::Stop;
use super::super::host::Host;
use super::super::invocation::{Invocation, Phase};
use super::super::json;
use super::super::outcome::ApplicationError;
use super::super::program::Refused;
use super::{Answer, Callable, Convention, Prepared, Profile, Source, Toolchain};

pub(super) const TOOLCHAIN: Toolchain = Toolchain { id: "component", words: Vec::new, recognise, prepare };

const EXAMPLE: &str = "Export a function such as `process: func(input: list<u8>) -> result<list<u8>, string>`";
/// The name that a program is told as its own.
const PROGRAM: &str = "program";

struct Linked {
    profile: Profile,
    pre: InstancePre<Host>,
    /// In the order of the profile's functions.
    functions: Vec<Function>,
}

struct Function {
    export: ComponentExportIndex,
    call: Call,
    /// Whether it is `wasi:cli/run`: input and output go through the standard streams.
    is_program: bool,
}

impl Convention for Linked {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn engine(&self) -> &wasmtime::Engine {
        self.pre.engine()
    }

    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        // Values that are lifted take memory of the host: no more than the guest's own may be.
        let most = usize::try_from(store.data().limiter.memory_limit).unwrap_or(usize::MAX);
        store.set_hostcall_fuel(most);
        let instance =
            run::run(store, async |store| self.pre.instantiate_async(store).await).map_err(run::explained)?;
        store.data_mut().wasi().instance = Some(instance);
        Ok(())
    }

    fn call(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        let function = self.functions.get(function).ok_or_else(|| Stop::convention("No function at this position"))?;
        let Invocation { store, function: name, input, stopwatch } = invocation;
        let instance = store.data_mut().wasi().instance.ok_or_else(|| Stop::convention("There is no instance"))?;
        let target = instance
            .get_func(&mut *store, function.export)
            .ok_or_else(|| Stop::convention("The component has no function of this name"))?;
        if function.is_program {
            let limit = store.data().output;
            store.data_mut().wasi().begin_program(&[PROGRAM, name], input, limit);
        }
        stopwatch.enter(Phase::Run, &*store);
        let answer = run::run(store, async |store| function.call.call(target, store, input).await);
        stopwatch.enter(Phase::CopyOut, &*store);
        if function.is_program { program_answer(store, answer) } else { answer.map_err(run::explained) }
    }

    fn reusable(&self) -> bool {
        // A program runs once.
        !self.functions.iter().any(|function| function.is_program)
    }
}

fn recognise(inspection: &Inspection) -> Option<String> {
    if !inspection.is_component {
        return None;
    }
    let wasi = inspection.imports.iter().filter(|import| import.module.starts_with("wasi:")).count();
    Some(match wasi {
        0 => "the file begins as a component, and asks for nothing of WASI".to_owned(),
        1 => "the file begins as a component, and asks for one interface of WASI".to_owned(),
        many => format!("the file begins as a component, and asks for {many} interfaces of WASI"),
    })
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    if !source.inspection.is_component {
        return Err(LoadError::new("This is a core module, not a component", "Choose another calling convention"));
    }
    has_functions(source.inspection)?;
    let component = source.compiler.component(source.bytes)?;
    let mut linked = Linked {
        profile: Profile { name: "Component (WASI 0.2)", evidence, ..Profile::default() },
        pre: link::link(&component)?,
        functions: Vec::new(),
    };
    linked.read_functions(&component, source.inspection);
    linked.profile.any_name = matches!(linked.functions.as_slice(), [only] if only.is_program);
    Ok(Arc::new(linked))
}

/// Refuses a component that there is nothing to call in: before it is compiled, which takes long.
fn has_functions(inspection: &Inspection) -> Result<(), LoadError> {
    let is_http = |name: &str| name.split_once('#').is_some_and(|(interface, _)| is_wasi_http_handler(interface));
    let message = if inspection.exports.is_empty() {
        "The component exports no function"
    } else if inspection.exports.iter().all(|export| is_http(&export.name)) {
        "The component answers HTTP requests (wasi:http/incoming-handler), and exports no function to call with JSON"
    } else {
        return Ok(());
    };
    Err(LoadError::new(message, EXAMPLE))
}

impl Linked {
    fn read_functions(&mut self, component: &Component, inspection: &Inspection) {
        for declared in &inspection.exports {
            let full_name = declared.aliases.last().unwrap_or(&declared.name);
            let (interface, name) = match full_name.rsplit_once('#') {
                Some((interface, name)) => (Some(interface), name),
                None => (None, full_name.as_str()),
            };
            let Some((function, export)) = find(component, interface, name) else { continue };
            match callable(interface, name, &function) {
                Ok(call) => {
                    let is_program = interface.is_some_and(is_wasi_run) && name == "run";
                    let takes_input = is_program || function.params().len() > 0;
                    let at = self.functions.len();
                    self.profile.functions.push(Callable { name: declared.name.clone(), takes_input });
                    self.profile.aliases.extend(declared.aliases.iter().map(|alias| (alias.clone(), at)));
                    self.functions.push(Function { export, call, is_program });
                }
                Err((reason, help)) => self.profile.refused.push(Refused {
                    function: declared.name.clone(),
                    reason,
                    help: Some(help.to_owned()),
                }),
            }
        }
    }
}

/// What a program that has ended says: by its exit code, and by what it wrote.
fn program_answer(store: &mut Store<Host>, ended: wasmtime::Result<Answer>) -> wasmtime::Result<Answer> {
    let output = store.data_mut().wasi().program_output()?;
    let code = match ended {
        Ok(Answer::Error(_)) => 1,
        Ok(_) => 0,
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(I32Exit(code)) => *code,
            None => return Err(run::explained(error)),
        },
    };
    if code == 0 {
        return Ok(if output.trim_ascii().is_empty() { Answer::Nothing } else { Answer::Text(output) });
    }
    let output = json::check(&output).ok().map(str::to_owned);
    let told = output.as_deref().and_then(json::top_level_error).map(|error| json::error_message(&error));
    Ok(Answer::Error(ApplicationError { message: told.unwrap_or_else(|| format!("exit code {code}")), output }))
}

/// The exported function `name`, in an exported interface or in the world itself.
fn find(component: &Component, interface: Option<&str>, name: &str) -> Option<(ComponentFunc, ComponentExportIndex)> {
    let interface = match interface {
        Some(interface) => Some(component.get_export_index(None, interface)?),
        None => None,
    };
    match component.get_export(interface.as_ref(), name)? {
        (ComponentItem::ComponentFunc(function), export) => Some((function, export)),
        _ => None,
    }
}

/// How the function is called, or why not and what to do.
fn callable(interface: Option<&str>, name: &str, function: &ComponentFunc) -> Result<Call, (String, &'static str)> {
    if interface.is_some_and(is_wasi_http_handler) {
        return Err(("it answers HTTP requests, and there are none in the sandbox".to_owned(), EXAMPLE));
    }
    if name.starts_with('[') {
        return Err(("it belongs to a resource, and there is no handle to one".to_owned(), EXAMPLE));
    }
    Call::new(function).map_err(|reason| (reason, EXAMPLE))
}
