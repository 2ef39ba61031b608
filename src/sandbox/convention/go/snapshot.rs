//! Snapshots of booted programs: memory and globals as a module of its own (by `wasmtime-wizer`),
//! and the JavaScript side of the same boot. A copy of them is a fresh program that costs
//! microseconds, with the clock going on and random numbers of its own.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use serde::{Deserialize, Serialize};
use wasm_encoder::{ConstExpr, DataSection, RawSection};
use wasmparser::{DataKind, Operator, Parser, Payload, TypeRef, Validator, WasmFeatures};
use wasmtime::{Instance, InstancePre, Store, Val};
use wasmtime_wizer::{InstanceState, ModuleContext, SnapshotVal, Wizer};

use super::boot::{self, GoExportNames, Path, Program};
use super::imports;
use super::natives;
use super::random::{self, Generator};
use super::realm::{self, Realm, State, Witness};
use crate::sandbox::compiler::Compiler;
use crate::sandbox::convention::core;
use crate::sandbox::engine::LoadError;
use crate::sandbox::fault::Stop;
use crate::sandbox::host::Host;
use crate::sandbox::outcome::Origin;

/// What snapshots are kept under in the cache. Changes with the form of what is written down.
const KIND: &str = "go-snapshot-1";
/// Bytes between two data segments that are worth less than a segment of their own.
const GAP: u32 = 32;

/// A snapshot that is compiled and linked.
pub(super) struct Snapshot {
    pre: InstancePre<Host>,
    exports: GoExportNames,
    kept: Arc<Kept>,
    wasm: Arc<[u8]>,
}

/// What is kept besides the module.
#[derive(Serialize, Deserialize)]
struct Kept {
    state: State,
    generators: Vec<Generator>,
    functions: Vec<Path>,
    /// The sandbox's classes, whose objects the program knows by their positions.
    classes: Vec<String>,
}

/// What the cache holds for a module.
#[derive(Serialize, Deserialize)]
enum Entry {
    /// The snapshot's module follows.
    Taken(Box<Kept>),
    /// There is none, for this reason.
    Impossible(String),
}

/// Why there is no snapshot, in words that go on from "because".
pub(super) type Impossible = String;

impl Snapshot {
    /// The functions that the program had registered.
    pub(super) fn functions(&self) -> &[Path] {
        &self.kept.functions
    }

    /// Makes a copy of the booted program.
    pub(super) fn restore(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        self.exports.instantiate(&self.pre, store, Realm::new(self.kept.state.clone()))?;
        let memory = core::memory(store)?;
        let outside = store.data().outside.clone();
        random::reseed(&outside, memory.data_mut(&mut *store), &self.kept.generators)?;
        store.data_mut().origin = Origin::Snapshot;
        Ok(())
    }

    /// The same snapshot in code of another compiler.
    pub(super) fn compiled_by(&self, compiler: &Compiler) -> Result<Self, LoadError> {
        let module = compiler.module(&self.wasm)?;
        let exports = GoExportNames::find(&module)?;
        let pre = core::link(&module, imports::define)?;
        Ok(Self { pre, exports, kept: Arc::clone(&self.kept), wasm: Arc::clone(&self.wasm) })
    }

    fn link(compiler: &Compiler, wasm: &[u8], kept: Kept) -> Result<Self, Impossible> {
        let module = compiler.module(wasm).map_err(|error| error.message)?;
        let exports = GoExportNames::find(&module).map_err(|error| error.message)?;
        let pre = core::link(&module, imports::define).map_err(|error| error.message)?;
        Ok(Self { pre, exports, kept: Arc::new(kept), wasm: wasm.into() })
    }
}

/// The snapshot of the module `bytes` that was taken earlier, if there is one or if it is known that
/// there cannot be.
pub(super) fn recall(compiler: &Compiler, bytes: &[u8]) -> Option<Result<Snapshot, Impossible>> {
    let entry = compiler.recall(KIND, bytes)?;
    let (size, rest) = entry.split_first_chunk()?;
    let (head, wasm) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*size)).ok()?)?;
    match serde_json::from_slice(head).ok()? {
        // Taken by a sandbox with other classes: it is of no use here.
        Entry::Taken(kept) if kept.classes != natives::class_names() => None,
        Entry::Taken(kept) => Some(Snapshot::link(compiler, wasm, *kept)),
        Entry::Impossible(reason) => Some(Err(reason)),
    }
}

/// Boots the module once and keeps what came of it.
pub(super) fn take(compiler: &Compiler, bytes: &[u8]) -> Result<Snapshot, Impossible> {
    let (entry, wasm) = match copy(compiler, bytes) {
        Ok((kept, wasm)) => (Entry::Taken(Box::new(kept)), wasm),
        Err(reason) => (Entry::Impossible(reason), Vec::new()),
    };
    if let Ok(head) = serde_json::to_vec(&entry) {
        compiler.remember(KIND, bytes, &[&(head.len() as u64).to_le_bytes()[..], &head, &wasm].concat());
    }
    match entry {
        Entry::Taken(kept) => {
            let linked = Snapshot::link(compiler, &wasm, *kept);
            if linked.is_ok() {
                compiler.note_prepared(bytes);
            }
            linked
        }
        Entry::Impossible(reason) => Err(reason),
    }
}

fn wizer() -> Wizer {
    let mut wizer = Wizer::new();
    wizer.init_func("run").keep_init_func(true);
    wizer
}

/// The module with exports for all of its state, which a snapshot needs. It does the same otherwise.
pub(super) fn instrumented(bytes: &[u8]) -> Option<Vec<u8>> {
    instrument(&wizer(), bytes).ok().map(|(_, instrumented)| instrumented)
}

/// Wizer takes for granted that it never meets what came after WebAssembly 2.0, such as imported exceptions. Go
/// writes none of it, so that a module which has it is no loss.
fn instrument<'a>(wizer: &Wizer, bytes: &'a [u8]) -> Result<(ModuleContext<'a>, Vec<u8>), Impossible> {
    Validator::new_with_features(WasmFeatures::WASM2)
        .validate_all(bytes)
        .map_err(|error| format!("it is not WebAssembly 2.0: {error}"))?;
    if !imports_only_functions(bytes) {
        return Err("it imports something else than functions".into());
    }
    wizer.instrument(bytes).map_err(|error| format!("{error:#}"))
}

/// The validator lets imports of exact functions pass whatever the features are.
fn imports_only_functions(bytes: &[u8]) -> bool {
    Parser::new(0).parse_all(bytes).all(|payload| match payload {
        Ok(Payload::ImportSection(imports)) => {
            imports.into_imports().all(|import| import.is_ok_and(|import| matches!(import.ty, TypeRef::Func(_))))
        }
        payload => payload.is_ok(),
    })
}

fn copy(compiler: &Compiler, bytes: &[u8]) -> Result<(Kept, Vec<u8>), Impossible> {
    let wizer = wizer();
    let (context, instrumented) = instrument(&wizer, bytes)?;
    let program = compiler.module(&instrumented).and_then(|module| Program::link(&module));
    let program = program.map_err(|error| error.message)?;
    let mut store = boot::store(compiler.engine());
    let kept =
        boot::ticking(compiler.engine(), || boot_once(&program, &mut store)).map_err(|error| error.message)??;
    let instance = store.data().instance.ok_or("it has no instance")?;
    let wasm = at_once(wizer.snapshot(&context, &mut Booted { store: &mut store, instance }));
    let wasm = wasm.ok_or("the snapshot waits")?.map_err(|error| format!("{error:#}"))?;
    Ok((kept, compacted(&wasm).map_err(|error| format!("{error:#}"))?))
}

/// Boots the program and freezes its JavaScript side at once: the clock stands still from here.
fn boot_once(program: &Program, store: &mut Store<Host>) -> Result<Kept, Impossible> {
    let mut realm = Realm::new(State::new());
    realm.witness = Witness::Wanted;
    let booted = program.boot_as(store, realm);
    booted.map_err(|error| boot::does_not_start(&error, store).message)?;
    let memory = core::memory(store).map_err(|error| format!("{error:#}"))?;
    let (memory, host) = memory.data_and_store_mut(&mut *store);
    let realm = realm::of(host).map_err(|error| format!("{error:#}"))?;
    let state = realm.freeze();
    let early = match std::mem::take(&mut realm.witness) {
        Witness::Taken(early) => early,
        _ => Vec::new(),
    };
    let generators = random::find(&early, memory);
    if generators.is_empty() {
        return Err(
            "the random generator of its Go runtime was not found, and copies would draw the same numbers".into()
        );
    }
    let functions = boot::functions(&state.heap);
    Ok(Kept { state, generators, functions, classes: natives::class_names() })
}

/// The state of an instance, as wizer asks for it.
struct Booted<'a> {
    store: &'a mut Store<Host>,
    instance: Instance,
}

impl InstanceState for Booted<'_> {
    async fn global_get(&mut self, name: &str, _: wasmparser::ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut *self.store, name);
        match global.map(|global| global.get(&mut *self.store)) {
            Some(Val::I64(value)) => SnapshotVal::I64(value),
            Some(Val::F32(value)) => SnapshotVal::F32(value),
            Some(Val::F64(value)) => SnapshotVal::F64(value),
            Some(Val::V128(value)) => SnapshotVal::V128(value.as_u128()),
            Some(Val::I32(value)) => SnapshotVal::I32(value),
            // Wizer refuses modules with other globals, and exports those that it asks for.
            _ => SnapshotVal::I32(0),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        match self.instance.get_memory(&mut *self.store, name) {
            Some(memory) => contents(memory.data(&*self.store)),
            None => contents(&[]),
        }
    }
}

/// The outcome of a future that has nothing to wait for.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// The module without the empty passive segments that wizer leaves of the old data: the engine looks
/// at each of them (30,000 and more) in every instantiation. Without a DataCount section no
/// instruction can name a segment, so that they can go; segments near each other become one.
fn compacted(wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let mut out = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::DataCountSection { .. } => return Ok(wasm.to_vec()),
            Payload::DataSection(segments) => match joined(segments)? {
                Some(section) => {
                    out.section(&section);
                }
                None => return Ok(wasm.to_vec()),
            },
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    let data =
                        wasm.get(range).ok_or_else(|| Stop::convention("a section reaches out of the module"))?;
                    out.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(out.finish())
}

/// None where a segment is of a kind that wizer does not write.
fn joined(segments: &wasmparser::DataSectionReader) -> wasmtime::Result<Option<DataSection>> {
    let mut pieces: Vec<(u32, Vec<u8>)> = Vec::new();
    for segment in segments.clone() {
        let segment = segment?;
        let offset = match segment.kind {
            DataKind::Passive => continue,
            DataKind::Active { memory_index: 0, offset_expr } => offset_expr.get_operators_reader().read()?,
            DataKind::Active { .. } => return Ok(None),
        };
        let Operator::I32Const { value } = offset else { return Ok(None) };
        let start = value.cast_unsigned();
        match pieces.last_mut() {
            Some((at, piece)) if start.checked_sub(*at + piece.len() as u32).is_some_and(|gap| gap <= GAP) => {
                piece.resize((start - *at) as usize, 0);
                piece.extend_from_slice(segment.data);
            }
            _ => pieces.push((start, segment.data.to_vec())),
        }
    }
    let mut section = DataSection::new();
    for (start, piece) in pieces {
        section.active(0, &ConstExpr::i32_const(start.cast_signed()), piece);
    }
    Ok(Some(section))
}
