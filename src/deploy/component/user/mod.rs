//! Turns a user's core module into a component that exports `priostack:bundle/functions`. The module stays as it is,
//! byte for byte; what calls it is the glue (`assets/component/glue`), prebuilt and the same for all modules, which is
//! told how by what the sandbox found. Only what no prebuilt module can do is generated: functions of the module's own
//! types, and the one place that sees two memories.

mod bridge;
mod config;
mod encode;
mod entries;
mod imports;
mod references;

use std::fmt;

use crate::bundle::Inspection;
use crate::sandbox::{Program, recipe};

use self::recipe::{Function, Means, Recipe, Start, Takes, Way};

/// Why a module cannot be exported as a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotExportable {
    /// All reasons; there is at least one.
    pub reasons: Vec<Reason>,
}

/// One thing that is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The function that it concerns, as it was asked for; nothing where it concerns the whole module.
    pub function: Option<String>,
    /// The import that it concerns, as `module.name`.
    pub import: Option<String>,
    /// What is in the way, in one sentence that names the function or the import.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Reason {
    fn of_module(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { function: None, import: None, message: message.into(), help: Some(help.into()) }
    }

    fn of_import(import: &str, message: impl Into<String>, help: &str) -> Self {
        Self { import: Some(import.to_owned()), ..Self::of_module(message, help) }
    }

    fn of(function: &str, message: impl Into<String>, help: Option<String>) -> Self {
        Self { function: Some(function.to_owned()), import: None, message: message.into(), help }
    }
}

impl fmt::Display for NotExportable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages: Vec<&str> = self.reasons.iter().map(|reason| reason.message.as_str()).collect();
        f.write_str(&messages.join("; "))
    }
}

impl std::error::Error for NotExportable {}

/// A component around `module`, of which `program` was loaded, that exports `functions` in this order. `site` is what
/// its `site` function returns: the front reads it.
///
/// # Errors
/// What is in the way, all of it.
pub fn component(program: &Program, module: &[u8], functions: &[&str], site: &[u8]) -> Result<Vec<u8>, NotExportable> {
    let (mut recipe, mut reasons) = (recipe_of(program)?, Vec::new());
    let mut chosen = Vec::new();
    for name in functions {
        match function(program, &recipe, name) {
            Ok(function) => chosen.push(function),
            Err(reason) => reasons.push(reason),
        }
    }
    recipe.functions = chosen;
    let inspection = Inspection::read(module).map_err(|message| {
        let help = "Build the module again";
        NotExportable { reasons: vec![Reason::of_module(format!("The module cannot be read: {message}"), help)] }
    })?;
    let imports = imports::read(&inspection).unwrap_or_else(|found| {
        reasons.extend(found);
        imports::Imports::default()
    });
    let entries = entries::of(&recipe, &imports, &inspection).unwrap_or_else(|found| {
        reasons.extend(found);
        Vec::new()
    });
    if !reasons.is_empty() {
        return Err(NotExportable { reasons });
    }
    encode::component(&encode::Parts { module, recipe, imports, entries, site })
        .map_err(|message| NotExportable { reasons: vec![Reason::of_module(message, "Tell us about this module")] })
}

/// How the module is called, if that can be done without the sandbox.
fn recipe_of(program: &Program) -> Result<Recipe, NotExportable> {
    let refuse = |message: String, help: &str| NotExportable { reasons: vec![Reason::of_module(message, help)] };
    let convention = program.convention();
    let Some(recipe) = program.recipe() else {
        let name = convention.split(':').next().unwrap_or_default();
        let begins = |word: &str| name.starts_with(word);
        let (needs, help) = if begins("Go") {
            (
                "a world of JavaScript values around it, which the component model does not have",
                "Build the function with a toolchain whose modules need none: Rust, C, C++ or AssemblyScript",
            )
        } else if begins("Extism") {
            ("Extism's kernel around it", "Build it without the plug-in kit, by docs/plain-convention.md")
        } else if begins("Component") {
            (
                "a front that speaks its own interfaces",
                "It is a component already: compose it with a front of your own, for instance by `wac`",
            )
        } else {
            (
                "standard input and output of its own for each call, as it is a whole program",
                "Build a library: emcc with --no-entry, clang and zig with -mexec-model=reactor, Rust with wasm-pack",
            )
        };
        return Err(refuse(format!("The module ({name}) needs {needs}"), help));
    };
    if recipe.start == Start::Hidden {
        return Err(refuse(
            "The module keeps its constructors behind its `main`, where a component cannot run them by themselves"
                .into(),
            "Build a library: emcc with --no-entry, clang and zig with -mexec-model=reactor",
        ));
    }
    Ok(recipe)
}

/// How the function is called, if it can be.
fn function(program: &Program, recipe: &Recipe, name: &str) -> Result<Function, Reason> {
    let at = program.position(name).map_err(|fault| Reason::of(name, fault.message, fault.help))?;
    let function = recipe.functions.get(at).cloned();
    let function = function.ok_or_else(|| Reason::of(name, format!("`{name}` has no way to be called"), None))?;
    let has_allocator = match &recipe.means {
        Means::AssemblyScript(objects) => objects.new.is_some(),
        _ => true,
    };
    let needs_allocator = matches!(function.way, Way::AssemblyScript { input, .. } if input != Takes::Nothing);
    if needs_allocator && !has_allocator {
        return Err(Reason::of(
            name,
            format!("`{name}` takes an object, and the module exports no runtime that could make one"),
            Some("Build it with `asc main.ts -o main.wasm --exportRuntime`".into()),
        ));
    }
    Ok(function)
}
