//! One call of an import, and which of them there are: those of the module's convention, WASI's and our own. Others
//! end the call with their name when they are called, so that a module runs that never calls them.

use super::answer::Stop;
use super::config::{Import, Type};
use super::guest::{self, Val};
use super::recipe::Means;
use super::{assembly_script, env, priostack, wasi, wasm_bindgen};

/// What an import does.
pub type Handler = Box<dyn Fn(&mut Call) -> Result<(), Stop> + Send + Sync>;

/// One call.
pub struct Call {
    pub import: &'static Import,
    pub arguments: Vec<Val>,
    /// What it returns; a zero where this stays empty.
    pub result: Option<Val>,
}

/// What the import does in a module with these means.
pub fn handler(import: &Import, means: &Means) -> Handler {
    let own = match means {
        Means::Plain { .. } => None,
        Means::C { .. } => env::find(import),
        Means::WasmBindgen(_) => wasm_bindgen::find(import),
        Means::AssemblyScript(module) => assembly_script::find(import, module),
    };
    own.or_else(|| wasi::find(import))
        .or_else(|| priostack::find(import))
        .unwrap_or_else(|| Box::new(|call| Err(Stop::missing(&call.import.module, &call.import.name))))
}

/// Carries one call out.
pub fn run(import: &'static Import, handler: &Handler) -> Result<(), Stop> {
    let mut call = Call { import, arguments: guest::take(&import.params), result: None };
    handler(&mut call)?;
    let result = import.results.first().map(|expected| match (expected, call.result) {
        (Type::I32, Some(result @ Val::I32(_)))
        | (Type::I64, Some(result @ Val::I64(_)))
        | (Type::F32, Some(result @ Val::F32(_)))
        | (Type::F64, Some(result @ Val::F64(_)))
        | (Type::Reference, Some(result @ Val::Reference(_))) => result,
        // Where the module wants a result of another kind, it gets a zero.
        _ => Val::I64(0),
    });
    guest::put(result.as_slice());
    Ok(())
}

impl Import {
    /// Whether all parameters are numbers of 32 bits.
    pub fn takes_words(&self) -> bool {
        self.params.iter().all(|ty| *ty == Type::I32)
    }
}

impl Call {
    /// The number of 32 bits at this position, or 0.
    pub fn word(&self, at: usize) -> u32 {
        self.arguments.get(at).copied().and_then(Val::word).unwrap_or(0)
    }

    /// Returns a number of 32 bits.
    pub fn give(&mut self, word: u32) -> Result<(), Stop> {
        self.result = Some(Val::I32(word));
        Ok(())
    }

    /// Returns a float.
    pub fn give_float(&mut self, number: f64) -> Result<(), Stop> {
        self.result = Some(Val::F64(number));
        Ok(())
    }

    /// The complaint that an argument is not what the import takes.
    pub fn wrong(&self, wanted: &str) -> Stop {
        Stop::convention(format!("The module called `{}` without {wanted} where it belongs", self.import.name))
    }
}
