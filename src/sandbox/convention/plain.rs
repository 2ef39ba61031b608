//! Our own plain convention, for any language that can export functions: `alloc`, optionally
//! `dealloc`, and functions that take pointer and length and return both in one number.
//! `docs/plain-convention.md` documents it.

use std::sync::Arc;

use wasmtime::{InstancePre, Store};

use crate::bundle::Inspection;

use super::super::fault::Stop;
use super::super::host::Host;
use super::super::invocation::{Invocation, Phase};
use super::super::outcome::Origin;
use super::super::program::Refused;
use super::super::recipe::{Function, Means, Recipe, Start, Way};
use super::core::{self, Export, Exports, copy_output, slice_mut};
use super::{Answer, Callable, Convention, Prepared, Profile, Source, Toolchain, function, signature};

pub(super) const TOOLCHAIN: Toolchain = Toolchain { id: "plain", words: Vec::new, recognise, prepare };

struct Plain {
    profile: Profile,
    pre: InstancePre<Host>,
    memory: Export,
    start: Option<Export>,
    alloc: Export,
    dealloc: Option<Export>,
    /// In the order of the profile's functions.
    functions: Vec<Export>,
}

fn recognise(inspection: &Inspection) -> Option<String> {
    let allocates = function(inspection, "alloc").is_some_and(|ty| ty.is(&["i32"], &["i32"]));
    let mut callable = inspection.callable_functions().filter_map(|export| signature(&export.kind));
    let packs = callable.any(|ty| ty.is(&["i32", "i32"], &["i64"]));
    (!inspection.is_component && allocates && packs).then(|| "exports alloc and functions (i32, i32) -> i64".to_owned())
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    let module = core::compile(source)?;
    let has = |name: &str, params: &[&str], results: &[&str]| {
        function(source.inspection, name).filter(|ty| ty.is(params, results)).and_then(|_| Export::find(&module, name))
    };
    let mut program = Plain {
        profile: Profile { name: "Plain", evidence, ..Profile::default() },
        pre: core::link(&module, |_, _, _| Ok(false))?,
        memory: core::required_memory(&module)?,
        start: has("_initialize", &[], &[]),
        alloc: core::required(&module, "alloc")?,
        dealloc: has("dealloc", &["i32", "i32"], &[]),
        functions: Vec::new(),
    };
    for exported in source.inspection.callable_functions() {
        let (name, Some(ty)) = (exported.name.as_str(), signature(&exported.kind)) else { continue };
        match Export::find(&module, name).filter(|_| ty.is(&["i32", "i32"], &["i64"])) {
            Some(export) => {
                program.profile.functions.push(Callable { name: name.into(), takes_input: true });
                program.functions.push(export);
            }
            None => program.profile.refused.push(Refused {
                function: name.into(),
                reason: "it does not take pointer and length (i32, i32) and return both as i64".into(),
                help: Some(
                    "See docs/plain-convention.md, or choose the convention `c` in .workbench/settings.yaml".into(),
                ),
            }),
        }
    }
    Ok(Arc::new(program))
}

impl Convention for Plain {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn engine(&self) -> &wasmtime::Engine {
        self.pre.module().engine()
    }

    fn recipe(&self) -> Option<Recipe> {
        let functions = self.functions.iter().map(|export| Function { export: export.named(), way: Way::Plain });
        Some(Recipe {
            start: Start::from(self.start.as_ref().map(Export::named)),
            means: Means::Plain { alloc: self.alloc.named(), dealloc: self.dealloc.as_ref().map(Export::named) },
            functions: functions.collect(),
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
        let length = u32::try_from(input.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
        let pointer: u32 = store.call(&self.alloc, length)?;
        if pointer == 0 && length > 0 {
            return Err(Stop::MemoryLimit(format!("The module's alloc found no room for {length} bytes")).into());
        }
        slice_mut(memory.data_mut(&mut *store), pointer, length)?.copy_from_slice(input);

        stopwatch.enter(Phase::Run, &*store);
        let packed: u64 = store.call(function, (pointer, length))?;

        stopwatch.enter(Phase::CopyOut, &*store);
        let output = ((packed >> 32) as u32, packed as u32);
        if output.1 == 0 {
            return self.end(store, (pointer, length), output, Answer::Nothing);
        }
        let bytes = copy_output(memory, &*store, output.0, output.1)?;
        self.end(store, (pointer, length), output, Answer::Text(bytes))
    }
}

impl Plain {
    /// Gives back what belongs to the host, for the next call on the same instance.
    fn end(
        &self,
        store: &mut Store<Host>,
        input: (u32, u32),
        output: (u32, u32),
        answer: Answer,
    ) -> wasmtime::Result<Answer> {
        if let (Some(dealloc), Origin::Reused) = (&self.dealloc, store.data().origin) {
            store.call::<(u32, u32), ()>(dealloc, input)?;
            // A function may answer in the memory of its input.
            if output.1 > 0 && output.0 != input.0 {
                store.call::<(u32, u32), ()>(dealloc, output)?;
            }
        }
        Ok(answer)
    }
}
