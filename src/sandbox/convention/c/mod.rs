//! C and C++ modules by Emscripten, clang and zig, and whatever else speaks C: pointers and lengths
//! in linear memory. Which of C's many ways a function follows is decided once, when the module is
//! loaded; nothing is guessed while it runs.

mod call;
mod env;
mod place;
mod shape;
mod start;

use std::sync::Arc;

use wasmtime::{InstancePre, Module, Store};

use crate::bundle::{Export as Exported, ExternKind, Inspection};

use super::super::engine::LoadError;
use super::super::fault::Stop;
use super::super::host::Host;
use super::super::invocation::Invocation;
use super::super::program::Refused;
use super::super::recipe::{self, Means, Recipe, Start, Way};
use super::code::Binary;
use super::core::Export;
use super::{Answer, Callable, Convention, Prepared, Profile, Source, Toolchain, core, function, signature, wasi};

use self::call::Function;
use self::place::Place;

pub(super) const TOOLCHAIN: Toolchain = Toolchain { id: "c", words: shape::words, recognise, prepare };

/// What the end of a C or C++ program means.
pub(super) const ABORT: &str = "exit(), abort() and failed asserts end so, and in builds without exceptions (Emscripten's \
     default) a C++ throw: return an error instead, or build with -fwasm-exceptions -sWASM_EXNREF=1";

struct C {
    profile: Profile,
    pre: InstancePre<Host>,
    memory: Export,
    /// Runs the constructors of global objects.
    start: Option<Export>,
    /// Whether that is a function that the module itself does not export.
    hides_start: bool,
    place: Place,
    /// `output_ptr` and `output_len`.
    getters: Option<(Export, Export)>,
    /// The high half of a 64-bit result, where the module keeps it itself.
    high_half: Option<Export>,
    /// In the order of the profile's functions.
    functions: Vec<Function>,
}

/// What the convention keeps beside an instance.
#[derive(Debug, Default)]
struct State {
    /// The high half of a 64-bit result, where the module leaves it with the host.
    high_half: u32,
    /// Start and size of pages that the host added for inputs.
    scratch: Option<(u32, u32)>,
}

impl State {
    fn of(host: &mut Host) -> wasmtime::Result<&mut Self> {
        let state = host.state.get_or_insert_with(|| Box::new(Self::default()));
        state.downcast_mut().ok_or_else(|| Stop::convention("The instance belongs to another convention"))
    }
}

impl Convention for C {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn engine(&self) -> &wasmtime::Engine {
        self.pre.module().engine()
    }

    fn recipe(&self) -> Option<Recipe> {
        let function = |function: &Function| recipe::Function {
            export: function.export.named(),
            way: Way::C { roles: function.shape.roles.to_vec(), gives: function.shape.gives },
        };
        let start = self.start.as_ref().map(Export::named);
        Some(Recipe {
            start: if self.hides_start { Start::Hidden } else { Start::from(start) },
            means: Means::C {
                place: self.place.recipe(),
                getters: self.getters.as_ref().map(|(pointer, length)| (pointer.named(), length.named())),
                high_half: self.high_half.as_ref().map(Export::named),
            },
            functions: self.functions.iter().map(function).collect(),
        })
    }

    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        store.data_mut().unreachable_means = Some(ABORT);
        core::start(&self.pre, &self.memory, self.start.as_ref(), store)
    }

    fn call(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        self.invoke(function, invocation)
    }
}

/// Exports that only C's toolchains make.
fn is_sign(name: &str) -> bool {
    const SIGNS: [&str; 12] = [
        "_initialize",
        "__wasm_call_ctors",
        "malloc",
        "_malloc",
        "stackAlloc",
        "stackSave",
        "stackRestore",
        "__errno_location",
        "__heap_base",
        "__data_end",
        "__stack_pointer",
        "output_ptr",
    ];
    SIGNS.contains(&name) || name.starts_with("emscripten_") || name.starts_with("_emscripten_")
}

/// A module with functions that could be C's. It stands behind the toolchains with surer signs, for
/// where nothing else is known, C's pointers and lengths are what any language can speak.
fn recognise(inspection: &Inspection) -> Option<String> {
    if inspection.is_component {
        return None;
    }
    if inspection.custom_sections.iter().any(|name| is_dynamic(name)) {
        return Some("it is made for dynamic linking".to_owned());
    }
    let has_memory = inspection.exports.iter().any(|export| matches!(export.kind, ExternKind::Memory));
    if !has_memory || !inspection.callable_functions().any(takes_numbers) {
        return None;
    }
    let exports = inspection.exports.iter().filter(|export| is_sign(&export.name));
    let mut seen: Vec<String> = exports.take(4).map(|export| format!("exports {}", export.name)).collect();
    let imports = inspection.imports.iter();
    let import = imports.clone().find(|import| wasi::is_wasi(&import.module));
    seen.extend(import.map(|import| format!("imports from {}", import.module)));
    let import = imports.clone().find(|import| import.name.starts_with("emscripten_"));
    seen.extend(import.map(|import| format!("imports {}", import.name)));
    let producers = inspection.producers.iter().filter(|(_, name, _)| name.contains("clang"));
    seen.extend(producers.map(|(_, name, version)| format!("made by {name} {version}")));
    Some(if seen.is_empty() { "exports a memory and functions of numbers".to_owned() } else { seen.join(", ") })
}

fn is_dynamic(section: &str) -> bool {
    section == "dylink.0" || section == "dylink"
}

fn takes_numbers(export: &Exported) -> bool {
    let number = |ty: &String| matches!(ty.as_str(), "i32" | "i64" | "f32" | "f64");
    matches!(&export.kind, ExternKind::Function { params, results }
        if results.len() <= 1 && params.iter().chain(results).all(number))
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    check(source.inspection)?;
    let constructors = start::constructors(source);
    let bytes = constructors.patched.as_deref().unwrap_or(source.bytes);
    let module = source.compiler.module(bytes)?;
    let memory = core::required_memory(&module)?;
    let binary = read(source.bytes)?;
    let place = Place::find(&module, binary.looks_at_its_memory());
    let pre = core::link(&module, env::define)?;
    let getter = |name: &str| place::exported(&module, name, 0, 1);
    let mut program = C {
        profile: Profile {
            name: "C/C++",
            evidence: format!("{evidence}; {}{}", place.told(), constructors.told),
            ..Profile::default()
        },
        pre,
        memory,
        start: constructors.function.and_then(|name| Export::find(&module, name)),
        hides_start: constructors.patched.is_some(),
        place,
        getters: getter("output_ptr").zip(getter("output_len")),
        high_half: getter("_emscripten_tempret_get").or_else(|| getter("getTempRet0")),
        functions: Vec::new(),
    };
    program.read_functions(&module, source, &binary);
    Ok(Arc::new(program))
}

/// Reads what the compiler has accepted.
fn read(bytes: &[u8]) -> Result<Binary<'_>, LoadError> {
    Binary::read(bytes)
        .map_err(|error| LoadError::new(format!("The module's code cannot be read: {error}"), "Build it again"))
}

/// Modules that cannot be called as they are, whatever the sandbox does.
fn check(inspection: &Inspection) -> Result<(), LoadError> {
    if inspection.custom_sections.iter().any(|name| is_dynamic(name)) {
        return Err(LoadError::new(
            "This is a side module for dynamic linking: its memory and its libraries come from a main module",
            "Build it without -sSIDE_MODULE and -shared",
        ));
    }
    let functions: Vec<_> =
        inspection.imports.iter().filter(|import| matches!(import.kind, ExternKind::Function { .. })).collect();
    let short = functions.iter().filter(|import| import.name.len() <= 2 && import.module.len() <= 3).count();
    if short > 0 && short == functions.len() {
        return Err(LoadError::new(
            "The names of the module's imports and exports are shortened: it belongs to a JavaScript file",
            "Build it with `-o NAME.wasm`, which makes a module that runs on its own",
        ));
    }
    Ok(())
}

impl C {
    fn read_functions(&mut self, module: &Module, source: &Source, binary: &Binary) {
        let keeps_halves = source.inspection.imports.iter().any(|import| import.name == "setTempRet0");
        let means = shape::Means { halves: keeps_halves || self.high_half.is_some(), getters: self.getters.is_some() };
        for exported in source.inspection.callable_functions() {
            let (name, Some(ty)) = (exported.name.as_str(), signature(&exported.kind)) else { continue };
            // No name of C: TinyGo's `syscall.seek`.
            if name.contains('.') {
                continue;
            }
            if self.getters.is_some() && matches!(name, "output_ptr" | "output_len") {
                continue;
            }
            let Some(export) = Export::find(module, name) else { continue };
            if start::is_whole_program(name, binary) {
                self.profile.refused.push(Refused {
                    function: name.into(),
                    reason: "it begins and ends the whole program by itself".into(),
                    help: Some("Build a library: clang and zig with -mexec-model=reactor, emcc with --no-entry".into()),
                });
                continue;
            }
            match shape::decide(name, &ty, source.choice(name), binary, means) {
                Ok((shape, _)) if !shape.roles.is_empty() && matches!(self.place, Place::None) => {
                    self.profile.refused.push(Refused {
                        function: name.into(),
                        reason: "the module exports neither an allocator nor its stack, so that its input has no place"
                            .into(),
                        help: Some(place::EXPORT_MALLOC.into()),
                    });
                }
                Ok((shape, assumption)) => {
                    self.profile.functions.push(Callable { name: name.into(), takes_input: shape.takes_input() });
                    self.profile.assumptions.extend(assumption);
                    self.functions.push(Function::new(export, shape, ty.results.first().copied()));
                }
                Err(reason) => self.profile.refused.push(Refused {
                    function: name.into(),
                    reason: reason.into(),
                    help: Some(
                        "Take `(const uint8_t* in, size_t len, size_t* out_len)` and return a pointer to JSON; \
                         what each function is can be chosen in .workbench/settings.yaml"
                            .into(),
                    ),
                }),
            }
        }
    }
}
