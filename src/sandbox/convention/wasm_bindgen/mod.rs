//! Rust modules that wasm-bindgen (wasm-pack) made, in both regimes of passing values: through
//! memory and handles, or through several results and externref.

mod call;
mod glue;
mod imports;
mod shape;
mod value;

use std::sync::Arc;

use wasmtime::{ExternType, HeapType, InstancePre, Module, Store};

use crate::bundle::{ExternKind, Inspection};

use self::glue::{Glue, Regime};
use self::shape::{Output, Shape};
use super::super::engine::LoadError;
use super::super::host::Host;
use super::super::invocation::Invocation;
use super::super::program::Refused;
use super::super::recipe::{self, Bindgen, Means, Recipe, Start, Way};
use super::code::{self, Binary, Usage};
use super::core::Export;
use super::{
    Answer, Callable, Convention, Prepared, Profile, Source, Toolchain, core, declarations, function, functions,
};

pub(super) const TOOLCHAIN: Toolchain =
    Toolchain { id: "wasm-bindgen", words: || vec!["bytes", "value", "nothing"], recognise, prepare };

/// Imports of modules that still wait for the wasm-bindgen tool.
const PLACEHOLDER: &str = "__wbindgen_placeholder__";

struct WasmBindgen {
    profile: Profile,
    pre: InstancePre<Host>,
    glue: Arc<Glue>,
    start: Option<Export>,
    stack_pointer: Option<Export>,
    /// In the order of the profile's functions.
    functions: Vec<Function>,
}

struct Function {
    export: Export,
    shape: Shape,
    /// Number of wasm results.
    results: usize,
}

impl Convention for WasmBindgen {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn engine(&self) -> &wasmtime::Engine {
        self.pre.module().engine()
    }

    fn recipe(&self) -> Option<Recipe> {
        let function = |function: &Function| recipe::Function {
            export: function.export.named(),
            way: Way::WasmBindgen { input: function.shape.input, output: function.shape.output },
        };
        let stack_pointer = self.stack_pointer.as_ref().map(Export::named);
        Some(Recipe {
            start: Start::from(self.start.as_ref().map(Export::named)),
            means: Means::WasmBindgen(Bindgen { stack_pointer, ..self.glue.recipe() }),
            functions: self.functions.iter().map(function).collect(),
        })
    }

    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        core::start(&self.pre, &self.glue.memory, self.start.as_ref(), store)
    }

    fn call(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        self.invoke(function, invocation)
    }
}

fn recognise(inspection: &Inspection) -> Option<String> {
    let export = inspection
        .exports
        .iter()
        .map(|export| export.name.as_str())
        .find(|name| name.starts_with("__wbindgen_") || name.starts_with("__externref_table_"));
    let import = inspection.imports.iter().find(|import| {
        import.module == PLACEHOLDER || import.name.starts_with("__wbindgen_") || import.name.starts_with("__wbg_")
    });
    let version = inspection
        .producers
        .iter()
        .find(|(_, tool, _)| tool == "wasm-bindgen")
        .map_or_else(String::new, |(_, _, version)| format!(", made by wasm-bindgen {version}"));
    match (export, import) {
        (Some(name), _) => Some(format!("it exports `{name}`{version}")),
        (None, Some(import)) => Some(format!("it imports `{}` from `{}`{version}", import.name, import.module)),
        (None, None) if !version.is_empty() => Some(version.trim_start_matches(", ").to_owned()),
        (None, None) => None,
    }
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    let inspection = source.inspection;
    refuse_raw(inspection)?;
    let module = core::compile(source)?;
    let regime = regime(&module, inspection);
    let glue = Arc::new(Glue::find(&module, inspection, regime)?);
    let pre = core::link(&module, |linker, import, ty| imports::define(linker, import, ty, &glue))?;
    let means = match regime {
        Regime::Heap => "values pass through memory and handles",
        Regime::Externref => "values pass through several results and externref",
    };
    let profile = Profile { name: "wasm-bindgen", evidence: format!("{evidence}; {means}"), ..Profile::default() };
    let nullary = |name| {
        function(inspection, name).filter(|signature| signature.is(&[], &[])).and_then(|_| Export::find(&module, name))
    };
    let mut program = WasmBindgen {
        profile,
        pre,
        glue,
        start: nullary("__wbindgen_start"),
        stack_pointer: function(inspection, "__wbindgen_add_to_stack_pointer")
            .filter(|signature| signature.is(&["i32"], &["i32"]))
            .and_then(|_| Export::find(&module, "__wbindgen_add_to_stack_pointer")),
        functions: Vec::new(),
    };
    program.read_functions(&module, source);
    Ok(Arc::new(program))
}

/// Modules straight from the compiler lack what the wasm-bindgen tool adds.
fn refuse_raw(inspection: &Inspection) -> Result<(), LoadError> {
    let placeholder = inspection.imports.iter().any(|import| import.module.starts_with("__wbindgen_placeholder"));
    let described = inspection.exports.iter().any(|export| export.name.starts_with("__wbindgen_describe"));
    let section = inspection.custom_sections.iter().any(|name| name == "__wasm_bindgen_unstable");
    if placeholder || described || section {
        return Err(LoadError::new(
            "The module comes straight from the Rust compiler and was not run through wasm-bindgen",
            "Build it with `wasm-pack build --target web` and take the `_bg.wasm` file from `pkg/`",
        ));
    }
    Ok(())
}

/// The table that JavaScript values lie in, by its type: its name differs between versions.
fn externref_table(module: &Module) -> Option<String> {
    module.exports().find_map(|export| match export.ty() {
        ExternType::Table(table) if matches!(table.element().heap_type(), HeapType::Extern) => {
            Some(export.name().to_owned())
        }
        _ => None,
    })
}

/// Told by what the module exports and imports, never by its version: a new one compiled for an
/// old processor passes values the old way.
fn regime(module: &Module, inspection: &Inspection) -> Regime {
    let has_table = externref_table(module).is_some();
    let initialises = inspection.imports.iter().any(|import| import.name == "__wbindgen_init_externref_table");
    if has_table || initialises { Regime::Externref } else { Regime::Heap }
}

/// What the code of the exported function `name` does with its first three parameters.
fn read_code(binary: &Binary, inspection: &Inspection, name: &str) -> shape::Code {
    let Some(function) = binary.function(name) else { return shape::Code::default() };
    let imports: Vec<_> =
        inspection.imports.iter().filter(|import| matches!(import.kind, ExternKind::Function { .. })).collect();
    let is_value = |usage: &Usage| {
        usage.imports.iter().any(|(import, at)| {
            imports.get(*import as usize).is_some_and(|import| imports::takes_value(&import.name, *at))
        })
    };
    let [first, second, third] = [0, 1, 2].map(|at| code::of_parameter(binary, function, at));
    shape::Code {
        first_is_value: is_value(&first),
        second_is_value: is_value(&second),
        third_is_value: is_value(&third),
        writes_result: first.writes_words,
    }
}

impl WasmBindgen {
    fn read_functions(&mut self, module: &Module, source: &Source) {
        let declared = source.hints.declarations.map(declarations::read).unwrap_or_default();
        // Where values are references, their types tell.
        let binary = match self.glue.regime {
            Regime::Heap => Binary::read(source.bytes).ok(),
            Regime::Externref => None,
        };
        let classes: Vec<String> = functions(source.inspection)
            .filter_map(|(name, _)| Some(name.strip_prefix("__wbg_")?.strip_suffix("_free")?.to_owned()))
            .collect();
        for (name, signature) in functions(source.inspection) {
            if name.starts_with("__") {
                continue;
            }
            let refuse = |reason: &str, help: &str| Refused {
                function: name.to_owned(),
                reason: reason.to_owned(),
                help: Some(help.to_owned()),
            };
            if let Some(class) =
                classes.iter().find(|class| name.strip_prefix(class.as_str()).is_some_and(|rest| rest.starts_with('_')))
            {
                self.profile.refused.push(refuse(
                    &format!("it belongs to the exported class `{class}`"),
                    "Export a plain function that takes `&[u8]` and returns `Vec<u8>`",
                ));
                continue;
            }
            let code = binary.as_ref().map(|binary| read_code(binary, source.inspection, name)).unwrap_or_default();
            let chosen = source.choice(name).and_then(shape::chosen);
            let declared = chosen.as_ref().or_else(|| declared.get(name));
            let shape = shape::read(&signature, self.glue.regime, declared, &code);
            let shape = shape.and_then(|shape| self.check(shape));
            match (shape, Export::find(module, name)) {
                (Ok(shape), Some(export)) => {
                    if let Some(assumption) = shape.assumption {
                        self.profile.assumptions.push(assumption.of(name));
                    }
                    let takes_input = shape.input != shape::Input::Nothing;
                    self.profile.functions.push(Callable { name: name.to_owned(), takes_input });
                    self.functions.push(Function { export, shape, results: signature.results.len() });
                }
                (Err(reason), _) => self.profile.refused.push(refuse(
                    reason,
                    "Take `&[u8]` and return `Vec<u8>`, or keep the `.d.ts` file that wasm-pack wrote beside the module",
                )),
                (Ok(_), None) => {}
            }
        }
    }

    /// Whether the module exports what a call of this shape needs.
    fn check(&self, shape: Shape) -> Result<Shape, &'static str> {
        if shape.output == Output::Words && self.stack_pointer.is_none() {
            return Err("the module exports no `__wbindgen_add_to_stack_pointer` to make room for the result");
        }
        if shape.input == shape::Input::Bytes && self.glue.malloc.is_none() {
            return Err("the module exports no `__wbindgen_malloc` to pass bytes through");
        }
        Ok(shape)
    }
}
