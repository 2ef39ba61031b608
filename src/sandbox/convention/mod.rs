//! Calling conventions: how JSON bytes go into a module's function and come out again. One file or
//! folder for each toolchain; which one a module follows is decided here and nowhere else.

mod assembly_script;
mod c;
mod code;
mod command;
mod component;
mod core;
mod declarations;
mod extism;
mod go;
mod plain;
mod priostack;
mod wasi;
mod wasm_bindgen;
mod words;

use std::sync::Arc;

pub(super) use component::Wasi;
use wasmtime::Store;

use crate::bundle::settings::SETTINGS_FILE;
use crate::bundle::{Beside, Choices, ExternKind, Import, Inspection};

use super::compiler::Compiler;
use super::engine::LoadError;
use super::host::Host;
use super::invocation::Invocation;
use super::outcome::ApplicationError;
use super::program::{Assumption, Refused};
use super::recipe::Recipe;

/// A module prepared for calls by its convention.
///
/// What it stands on is its own affair (a core module, a component, a snapshot of a booted one): it
/// gets a store with the host's data in it, and answers with JSON text.
pub(super) trait Convention: Send + Sync {
    /// What is known about the module.
    fn profile(&self) -> &Profile;

    /// The engine in whose stores its instances live.
    fn engine(&self) -> &wasmtime::Engine;

    /// Makes a fresh instance in the store, runs its start functions, and notes it in the host's data.
    ///
    /// # Errors
    /// A [`super::fault::Stop`], or whatever trap ended the guest.
    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()>;

    /// Calls the function at this position of [`Profile::functions`] with the invocation's input,
    /// which is JSON, on the instance that the invocation's store holds. Tells the invocation when
    /// each phase begins. Where it succeeds, the instance is ready for another call: what the call
    /// allocated is freed.
    ///
    /// # Errors
    /// As [`Convention::instantiate`]; the instance is not used again then.
    fn call(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer>;

    /// How the functions are called, where a host that knows no toolchain can be told in plain data.
    fn recipe(&self) -> Option<Recipe> {
        None
    }

    /// Whether an instance can serve more than one call.
    fn reusable(&self) -> bool {
        true
    }

    /// Waits for what is still being prepared in the background to make calls faster.
    fn settle(&self) {}

    /// The same module in the code of the source's compiler. Where the convention has state that calls
    /// depend on, it is the same there.
    ///
    /// # Errors
    /// When the other compiler refuses it.
    fn compiled_by(&self, source: &Source) -> Prepared {
        prepare(source)
    }
}

/// What a convention makes of a module.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    /// The convention's name, for the user.
    pub(super) name: &'static str,
    /// What it was recognised by.
    pub(super) evidence: String,
    /// The functions that can be called, in the module's order.
    pub(super) functions: Vec<Callable>,
    /// Longer names of functions, with the functions' positions.
    pub(super) aliases: Vec<(String, usize)>,
    /// Whether its one function answers to every name: it gets the name as an argument.
    pub(super) any_name: bool,
    /// The other exported functions, and why they cannot be called.
    pub(super) refused: Vec<Refused>,
    /// What is assumed because the module does not say.
    pub(super) assumptions: Vec<Assumption>,
}

/// A function that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Callable {
    /// Its name in the module.
    pub(super) name: String,
    /// Whether it looks at the input.
    pub(super) takes_input: bool,
}

/// What a function gave.
#[derive(Debug)]
pub(super) enum Answer {
    /// Bytes that should be JSON.
    Text(Vec<u8>),
    /// Nothing, undefined or null.
    Nothing,
    /// The function said no by its language's own means.
    Error(ApplicationError),
}

/// A module on its way to a convention.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) compiler: &'a Compiler,
    pub(super) bytes: &'a [u8],
    pub(super) inspection: &'a Inspection,
    pub(super) hints: Hints<'a>,
}

/// What is known about a module besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The text of the TypeScript declarations (`.d.ts`) that the toolchain wrote beside the module.
    pub declarations: Option<&'a str>,
    /// What the user chose where the module does not tell.
    pub choices: Option<&'a Choices>,
}

impl<'a> From<&'a Beside> for Hints<'a> {
    fn from(beside: &'a Beside) -> Self {
        Self { declarations: beside.declarations.as_deref(), choices: Some(&beside.choices) }
    }
}

impl<'a> Source<'a> {
    /// The word that the user chose for `function`.
    pub(super) fn choice(&self, function: &str) -> Option<&'a str> {
        self.hints.choices.and_then(|choices| choices.function(function))
    }
}

/// A module that can be called, or why it cannot.
pub(super) type Prepared = Result<Arc<dyn Convention>, LoadError>;

/// One toolchain's entry: how to recognise its modules and prepare them.
struct Toolchain {
    /// The word by which the user can choose it.
    id: &'static str,
    /// The words by which the user can choose how a function is called.
    words: fn() -> Vec<&'static str>,
    /// The evidence that a module is of this toolchain, in words.
    recognise: fn(&Inspection) -> Option<String>,
    prepare: fn(&Source, String) -> Prepared,
}

/// The first that recognises a module prepares it: those with the surest signs stand first.
const TOOLCHAINS: &[Toolchain] = &[
    component::TOOLCHAIN,
    go::TOOLCHAIN,
    extism::TOOLCHAIN,
    wasm_bindgen::TOOLCHAIN,
    assembly_script::TOOLCHAIN,
    plain::TOOLCHAIN,
    command::TOOLCHAIN,
    c::TOOLCHAIN,
];

/// Finds the convention that a module follows and prepares it.
pub(super) fn prepare(source: &Source) -> Prepared {
    if let Some(chosen) = source.hints.choices.and_then(|choices| choices.convention.as_deref()) {
        return chosen_by_name(source, chosen);
    }
    for toolchain in TOOLCHAINS {
        if let Some(evidence) = (toolchain.recognise)(source.inspection) {
            return toolchain.prepare(source, evidence);
        }
    }
    Err(unknown(source.inspection))
}

impl Toolchain {
    fn prepare(&self, source: &Source, evidence: String) -> Prepared {
        let words = (self.words)();
        let chosen = source.hints.choices.into_iter().flat_map(|choices| &choices.functions);
        // A misspelt choice that is passed over would be a guess in the user's name.
        if let Some((function, word)) = chosen.into_iter().find(|(_, word)| !words.contains(&word.as_str())) {
            let help = match words.is_empty() {
                true => "Leave it out: there is only one way to call such a module's functions".to_owned(),
                false => format!("Choose one of {}, or leave it out", words.join(", ")),
            };
            return Err(LoadError::new(
                format!("{SETTINGS_FILE} chooses `{word}` for `{function}`, which does not exist"),
                help,
            ));
        }
        (self.prepare)(source, evidence)
    }
}

fn chosen_by_name(source: &Source, chosen: &str) -> Prepared {
    match TOOLCHAINS.iter().find(|toolchain| toolchain.id == chosen) {
        Some(toolchain) => toolchain.prepare(source, format!("`{chosen}` was chosen in {SETTINGS_FILE}")),
        None => {
            let known: Vec<&str> = TOOLCHAINS.iter().map(|toolchain| toolchain.id).collect();
            Err(LoadError::new(
                format!("{SETTINGS_FILE} chooses the calling convention `{chosen}`, which does not exist"),
                format!("Choose one of {}, or leave it out", known.join(", ")),
            ))
        }
    }
}

/// Says what was seen in a module that follows no known convention.
fn unknown(inspection: &Inspection) -> LoadError {
    let functions: Vec<&str> = functions(inspection).map(|(name, _)| name).take(5).collect();
    let imports: Vec<String> = inspection.imports.iter().take(5).map(Import::full_name).collect();
    let list = |items: String, none: &str| if items.is_empty() { none.to_owned() } else { items };
    LoadError::new(
        format!(
            "The module follows no calling convention that the sandbox knows: it exports {} and imports {}",
            list(functions.join(", "), "no function"),
            list(imports.join(", "), "nothing"),
        ),
        "The sandbox runs what wasm-pack, emcc, Go and asc make, components, WASI programs, Extism plug-ins, and \
         modules by the plain convention (docs/plain-convention.md)",
    )
}

/// A function's type.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature<'a> {
    params: Vec<&'a str>,
    results: Vec<&'a str>,
}

impl Signature<'_> {
    fn is(&self, params: &[&str], results: &[&str]) -> bool {
        self.params == params && self.results == results
    }
}

/// The exported functions in the module's order.
fn functions(inspection: &Inspection) -> impl Iterator<Item = (&str, Signature<'_>)> {
    inspection.exports.iter().filter_map(|export| Some((export.name.as_str(), signature(&export.kind)?)))
}

/// The type of the exported function `name`.
fn function<'a>(inspection: &'a Inspection, name: &str) -> Option<Signature<'a>> {
    inspection.exports.iter().find(|export| export.name == name).and_then(|export| signature(&export.kind))
}

fn signature(kind: &ExternKind) -> Option<Signature<'_>> {
    let ExternKind::Function { params, results } = kind else { return None };
    Some(Signature {
        params: params.iter().map(String::as_str).collect(),
        results: results.iter().map(String::as_str).collect(),
    })
}
