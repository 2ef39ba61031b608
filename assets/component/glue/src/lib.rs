//! The glue of an exported component: it takes the call of a component's function, calls the module's function by the
//! module's own convention, and does what the module asks of its host.
//!
//! It is the same for every module. What it is told about one (`config.rs`) comes as JSON when it is instantiated;
//! its way to the module are the few functions of `guest.rs`, which the exporter generates. Never trusts what the
//! module says of its memory. Wherever the workbench's sandbox comes to an answer or a fault, so does this.

#[path = "../../../../src/deploy/component/user/config.rs"]
mod config;
#[path = "../../../../src/sandbox/number.rs"]
mod number;
#[path = "../../../../src/sandbox/recipe.rs"]
mod recipe;

mod answer;
mod assembly_script;
mod c;
mod env;
mod guest;
mod imported;
mod log;
mod outside;
mod plain;
mod priostack;
mod wasi;
mod wasm_bindgen;

use std::cell::Cell;
use std::sync::OnceLock;

use answer::{Answer, Stop};
use config::Config;
use imported::Handler;
use recipe::{Means, Start};

/// What is known of the module, and what each of its imports does.
struct Glue {
    config: Config,
    handlers: Vec<Handler>,
}

static GLUE: OnceLock<Glue> = OnceLock::new();

thread_local! {
    /// Whether the module is there, so that its memory can be read: not yet while its start section runs.
    static IS_READY: Cell<bool> = const { Cell::new(false) };
}

fn is_ready() -> bool {
    IS_READY.get()
}

fn glue() -> Result<&'static Glue, Stop> {
    GLUE.get().ok_or_else(|| Stop::convention("The component was put together wrongly: its glue was told nothing"))
}

/// Takes in what there is to know of the module, from room that `realloc` gave.
#[unsafe(export_name = "configure")]
extern "C" fn configure(start: *mut u8, length: usize) {
    let json = answer::owned(start, length);
    if let Ok(config) = serde_json::from_slice::<Config>(&json) {
        let handlers = config.imports.iter().map(|import| imported::handler(import, &config.recipe.means)).collect();
        let _ = GLUE.set(Glue { config, handlers });
    }
}

/// The component's function: calls the function at this position with the input, which came through `realloc`.
#[unsafe(export_name = "call")]
extern "C" fn call(function: u32, start: *mut u8, length: usize) -> *const answer::Reply {
    let input = answer::owned(start, length);
    let reply = invoke(function, &input);
    log::flush();
    answer::keep(reply)
}

fn invoke(function: u32, input: &[u8]) -> Result<Answer, Stop> {
    let glue = glue()?;
    outside::begin();
    if !IS_READY.replace(true)
        && let Start::Export(start) = &glue.config.recipe.start
    {
        guest::call(start, &[])?;
    }
    let recipe = &glue.config.recipe;
    let function = recipe
        .functions
        .get(function as usize)
        .ok_or_else(|| Stop::convention("The component has no function at this position"))?;
    match &recipe.means {
        Means::Plain { alloc, dealloc } => plain::call(alloc, dealloc.as_deref(), &function.export, input),
        Means::C { .. } => c::call(&recipe.means, function, input),
        Means::WasmBindgen(module) => wasm_bindgen::call(module, function, input),
        Means::AssemblyScript(module) => assembly_script::call(module, function, input),
    }
}

/// One call of an import of the module, whose arguments lie in the slots and whose result is left there.
#[unsafe(export_name = "imported")]
extern "C" fn imported(at: u32) {
    let done = glue().and_then(|glue| {
        let at = at as usize;
        let both = glue.config.imports.get(at).zip(glue.handlers.get(at));
        let (import, handler) = both.ok_or_else(|| Stop::convention("The module has no import at this position"))?;
        imported::run(import, handler)
    });
    if let Err(stop) = done {
        // Nothing inside of the module can catch it: the last that is heard of it is a line of the log.
        log::flush();
        log::line(log::Level::Error, &stop.message);
        end();
    }
}

/// Ends the instance.
fn end() -> ! {
    std::process::abort()
}
