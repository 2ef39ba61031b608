//! AssemblyScript modules (asc 0.19 to 0.28) with an exported runtime, through which the host makes
//! the objects that functions take. Without one the host lays them out itself, as far as that is safe.

mod imports;
mod layout;
mod objects;
mod scratch;

use std::sync::Arc;

use wasmtime::{InstancePre, Store, Val};

use crate::bundle::{ExternKind, Inspection};

use self::layout::Layout;
use self::objects::{Returned, Runtime};
use super::super::engine::LoadError;
use super::super::fault::Stop;
use super::super::host::Host;
use super::super::invocation::{Invocation, Phase};
use super::super::number::number_text;
use super::super::program::{Alternative, Assumption, Refused};
use super::super::recipe::{self, Means, Recipe, Start, Takes as Input, Way, Yields as Output};
use super::code::{self, Binary};
use super::core::{Export, Exports};
use super::declarations::{self, Declared};
use super::{Answer, Callable, Convention, Prepared, Profile, Signature, Source, Toolchain, core, function, functions};

pub(super) const TOOLCHAIN: Toolchain =
    Toolchain { id: "assemblyscript", words: || Input::CHOICES.map(Input::word).to_vec(), recognise, prepare };

const EXPORT_RUNTIME: &str = "Build it with `asc main.ts -o main.wasm --exportRuntime`";

struct AssemblyScript {
    profile: Profile,
    pre: InstancePre<Host>,
    memory: Export,
    start: Option<Export>,
    runtime: Option<Arc<Runtime>>,
    /// In the order of the profile's functions.
    functions: Vec<Function>,
}

struct Function {
    export: Export,
    input: Input,
    output: Output,
}

impl Convention for AssemblyScript {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn engine(&self) -> &wasmtime::Engine {
        self.pre.module().engine()
    }

    fn recipe(&self) -> Option<Recipe> {
        let function = |function: &Function| recipe::Function {
            export: function.export.named(),
            way: Way::AssemblyScript { input: function.input, output: function.output },
        };
        Some(Recipe {
            start: Start::from(self.start.as_ref().map(Export::named)),
            means: Means::AssemblyScript(self.runtime.as_ref()?.recipe()),
            functions: self.functions.iter().map(function).collect(),
        })
    }

    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        core::start(&self.pre, &self.memory, self.start.as_ref(), store)
    }

    fn call(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        let function = self.functions.get(function).ok_or_else(|| Stop::convention("No function at this position"))?;
        let Invocation { store, input, stopwatch, .. } = invocation;
        let memory = core::memory(store)?;

        stopwatch.enter(Phase::CopyIn, &*store);
        let argument = self.pass_input(store, function.input, input)?;

        stopwatch.enter(Phase::Run, &*store);
        let (arguments, mut results) = ([Val::I32(argument.unwrap_or(0).cast_signed())], [Val::I32(0)]);
        let given = arguments.get(..usize::from(argument.is_some())).unwrap_or_default();
        let taken = results.get_mut(..usize::from(function.output != Output::Nothing)).unwrap_or_default();
        store.call_values(&function.export, given, taken)?;

        stopwatch.enter(Phase::CopyOut, &*store);
        if self.lays_out() {
            scratch::check(store, memory)?;
        }
        let [result] = results;
        let answer = self.answer(store, memory, function.output, &result)?;
        if let (Some(runtime), Some(argument)) = (&self.runtime, argument) {
            runtime.release(store, argument)?;
            runtime.tidy(store, memory, input.len() as u64)?;
        }
        Ok(answer)
    }

    fn reusable(&self) -> bool {
        !self.lays_out()
    }
}

impl AssemblyScript {
    /// Whether the host lays objects out itself.
    fn lays_out(&self) -> bool {
        self.runtime.as_ref().is_some_and(|runtime| runtime.new.is_none())
    }

    fn pass_input(&self, store: &mut Store<Host>, kind: Input, input: &[u8]) -> wasmtime::Result<Option<u32>> {
        let runtime = match (&self.runtime, kind) {
            (_, Input::Nothing) => return Ok(None),
            (Some(runtime), _) => runtime,
            (None, _) => return Err(Stop::convention("The module has no runtime")),
        };
        match kind {
            Input::Nothing => return Ok(None),
            Input::Uint8Array => runtime.uint8_array(store, input),
            Input::Text => runtime.text(store, input),
            Input::Buffer => runtime.buffer(store, input),
            Input::StaticArray => runtime.static_array(store, input),
        }
        .map(Some)
    }

    fn answer(
        &self,
        store: &mut Store<Host>,
        memory: wasmtime::Memory,
        output: Output,
        result: &Val,
    ) -> wasmtime::Result<Answer> {
        let text = |text: String| Ok(Answer::Text(text.into_bytes()));
        match (output, result) {
            (Output::Nothing, _) => Ok(Answer::Nothing),
            (Output::Boolean, Val::I32(value)) => text((*value != 0).to_string()),
            (Output::Object | Output::ObjectOrNumber, Val::I32(0)) => Ok(Answer::Nothing),
            (Output::Object | Output::ObjectOrNumber, Val::I32(value)) => {
                let returned = match &self.runtime {
                    Some(runtime) => objects::read(&runtime.layout, memory, &*store, value.cast_unsigned())?,
                    None => Returned::Number,
                };
                match returned {
                    Returned::Bytes(bytes) => Ok(Answer::Text(bytes)),
                    Returned::Number if output == Output::ObjectOrNumber => text(value.to_string()),
                    Returned::Number => Err(Stop::convention(format!(
                        "The function returned the address {value}, where no object of the runtime lies"
                    ))),
                }
            }
            (_, Val::I32(number)) => text(number.to_string()),
            (_, Val::I64(number)) => text(number.to_string()),
            (_, Val::F32(bits)) => text(number_text(f64::from(f32::from_bits(*bits)))),
            (_, Val::F64(bits)) => text(number_text(f64::from_bits(*bits))),
            _ => Err(Stop::convention("The function's result is not of the type that it declares")),
        }
    }
}

fn recognise(inspection: &Inspection) -> Option<String> {
    let has = |name: &str| inspection.exports.iter().any(|export| export.name == name);
    if has("__new") && (has("__rtti_base") || has("__pin")) {
        return Some("it exports the runtime (`__new`, `__pin`, `__rtti_base`)".into());
    }
    let abort = inspection.imports.iter().any(|import| {
        let four = ["i32"; 4];
        matches!(&import.kind, ExternKind::Function { params, results } if params == &four && results.is_empty())
            && (import.module.as_str(), import.name.as_str()) == ("env", "abort")
    });
    if abort {
        return Some("it imports `env.abort` with four numbers".into());
    }
    (has("__retain") && has("__release")).then(|| "it exports `__retain` and `__release`".into())
}

/// The exported function `name`, if it has this type.
fn exported(
    inspection: &Inspection,
    module: &wasmtime::Module,
    name: &str,
    params: &[&str],
    results: &[&str],
) -> Option<Export> {
    function(inspection, name).filter(|ty| ty.is(params, results)).and_then(|_| Export::find(module, name))
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    if source.inspection.exports.iter().any(|export| export.name == "__retain") {
        return Err(LoadError::new(
            "The module was built by an AssemblyScript compiler before 0.19, whose runtime works differently",
            "Build it with a newer compiler: `npm install --save-dev assemblyscript@latest`",
        ));
    }
    let module = core::compile(source)?;
    let memory = core::required_memory(&module)?;
    let binary = Binary::read(source.bytes)
        .map_err(|error| LoadError::new(format!("The module cannot be read: {error}"), "Build it again"))?;
    let (new, layout) = Export::find(&module, "__new")
        .filter(|_| function(source.inspection, "__new").is_some_and(|new| new.is(&["i32", "i32"], &["i32"])))
        .zip(Layout::read(&binary))
        .map_or_else(|| (None, Layout::guess(&binary)), |(new, layout)| (Some(new), layout));
    let evidence = match new {
        Some(_) => format!("{evidence}, with the classes of {}", layout.generation),
        None => format!("{evidence}, and exports no runtime: inputs are laid out as {} does", layout.generation),
    };
    let runtime = Some(Arc::new(Runtime {
        memory: memory.clone(),
        new,
        pin: exported(source.inspection, &module, "__pin", &["i32"], &["i32"]),
        unpin: exported(source.inspection, &module, "__unpin", &["i32"], &[]),
        collect: exported(source.inspection, &module, "__collect", &[], &[]),
        layout,
    }));
    // Arrays that the host makes for an import may be changed: they need the module's own allocator.
    let own = runtime.as_ref().filter(|runtime| runtime.new.is_some());
    let mut program = AssemblyScript {
        profile: Profile { name: "AssemblyScript", evidence, ..Profile::default() },
        pre: core::link(&module, |linker, import, ty| imports::define(linker, import, ty, &memory, own))?,
        start: exported(source.inspection, &module, "_start", &[], &[]),
        memory,
        runtime,
        functions: Vec::new(),
    };
    program.read_functions(&module, source, &binary);
    Ok(Arc::new(program))
}

impl AssemblyScript {
    fn read_functions(&mut self, module: &wasmtime::Module, source: &Source, binary: &Binary) {
        let declared = source.hints.declarations.map(declarations::read).unwrap_or_default();
        for (name, signature) in functions(source.inspection) {
            // Methods of exported classes are named `Class#method`.
            if name.starts_with("__") || name == "_start" || name.contains('#') {
                continue;
            }
            let Some(export) = Export::find(module, name) else { continue };
            let declared = declared.get(name);
            let chosen = source.choice(name).and_then(Input::chosen);
            match self.input(name, &signature, (chosen, declared), binary) {
                Ok(input) => {
                    let output = output(&signature, declared);
                    self.profile.functions.push(Callable { name: name.into(), takes_input: input != Input::Nothing });
                    self.functions.push(Function { export, input, output });
                }
                Err((reason, help)) => self.profile.refused.push(Refused {
                    function: name.into(),
                    reason: reason.into(),
                    help: Some(help.into()),
                }),
            }
        }
    }

    /// What a function takes: by its declaration, else by what its code does with it, else the
    /// documented `Uint8Array`, and that is noted as an assumption.
    fn input(
        &mut self,
        name: &str,
        signature: &Signature,
        (chosen, declared): (Option<Input>, Option<&Declared>),
        binary: &Binary,
    ) -> Result<Input, (&'static str, &'static str)> {
        const ONE: &str = "Take one `Uint8Array` with JSON, or one `string`";
        if signature.results.len() > 1 {
            return Err(("it returns several values", ONE));
        }
        match signature.params.as_slice() {
            [] => return Ok(Input::Nothing),
            ["i32"] => {}
            _ => return Err(("it takes numbers or several values, and the sandbox passes one JSON document", ONE)),
        }
        let Some(runtime) = &self.runtime else {
            return Err(("the module exports no runtime to make its input with", EXPORT_RUNTIME));
        };
        let has_arrays = runtime.layout.uint8_array.is_some();
        if let Some(chosen) = chosen.filter(|chosen| *chosen != Input::Uint8Array || has_arrays) {
            return Ok(chosen);
        }
        if let Some(declared) = declared.and_then(|declared| declared.params.first()) {
            return match declared.split('|').next().unwrap_or_default().trim() {
                "string" => Ok(Input::Text),
                "ArrayBuffer" => Ok(Input::Buffer),
                "ArrayLike<number>" => Ok(Input::StaticArray),
                "Uint8Array" if has_arrays => Ok(Input::Uint8Array),
                "number" | "boolean" | "bigint" => Err(("it takes a number", ONE)),
                _ => Err(("it takes an object that is neither a string nor bytes", ONE)),
            };
        }
        match binary.function(name).map_or(Looks::Like(None), |index| looks(binary, index)) {
            Looks::Like(Some(Input::Uint8Array)) if !has_arrays => {
                Err(("it takes an object that is neither a string nor bytes", ONE))
            }
            Looks::Like(Some(input)) => Ok(input),
            Looks::Number => Err(("it takes a number", ONE)),
            Looks::Like(None) if has_arrays => {
                self.assume(name, "takes a Uint8Array: neither its type nor its code tells", Input::Uint8Array);
                Ok(Input::Uint8Array)
            }
            Looks::Like(None) => {
                self.assume(name, "takes a string: the module has no Uint8Array", Input::Text);
                Ok(Input::Text)
            }
        }
    }
}

impl AssemblyScript {
    fn assume(&mut self, name: &str, takes: &str, assumed: Input) {
        let has_arrays = self.runtime.as_ref().is_some_and(|runtime| runtime.layout.uint8_array.is_some());
        let possible = |input: &Input| *input != assumed && (*input != Input::Uint8Array || has_arrays);
        let alternatives = Input::CHOICES.into_iter().filter(possible);
        self.profile.assumptions.push(Assumption {
            function: name.to_owned(),
            message: format!("`{name}` {takes}"),
            assumed: assumed.word(),
            alternatives: alternatives
                .map(|input| Alternative { word: input.word(), label: format!("It takes {}", input.label()) })
                .collect(),
        });
    }
}

impl Input {
    const CHOICES: [Self; 4] = [Self::Uint8Array, Self::Text, Self::Buffer, Self::StaticArray];

    /// The word by which the user chooses it.
    fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Uint8Array => "bytes",
            Self::Text => "string",
            Self::Buffer => "array-buffer",
            Self::StaticArray => "static-array",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Uint8Array => "a `Uint8Array`",
            Self::Text => "a `string`",
            Self::Buffer => "an `ArrayBuffer`",
            Self::StaticArray => "a `StaticArray<u8>`",
        }
    }

    fn chosen(word: &str) -> Option<Self> {
        Self::CHOICES.into_iter().find(|input| input.word() == word)
    }
}

/// What a parameter is by the code that uses it.
enum Looks {
    Like(Option<Input>),
    Number,
}

/// A string's size is halved to its length, a buffer's is its length, and a view has fields of its
/// own: nobody reads the size of a view itself.
fn looks(binary: &Binary, function: u32) -> Looks {
    let usage = code::of_parameter(binary, function, 0);
    if usage.reads_text {
        Looks::Like(Some(Input::Text))
    } else if usage.reads_size {
        Looks::Like(Some(Input::StaticArray))
    } else if usage.reads_fields {
        Looks::Like(Some(Input::Uint8Array))
    } else if usage.reads_bytes {
        Looks::Like(Some(Input::StaticArray))
    } else if usage.calculates {
        Looks::Number
    } else {
        Looks::Like(None)
    }
}

fn output(signature: &Signature, declared: Option<&Declared>) -> Output {
    match (signature.results.as_slice(), declared.map(|declared| declared.result.as_str())) {
        ([], _) => Output::Nothing,
        (["i32"], Some("boolean")) => Output::Boolean,
        (["i32"], Some("number")) => Output::Number,
        (["i32"], Some(_)) => Output::Object,
        (["i32"], None) => Output::ObjectOrNumber,
        _ => Output::Number,
    }
}
