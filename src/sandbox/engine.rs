//! The WebAssembly engine, configured once: how memory is pooled, how guests are interrupted, how
//! large a module may be. Never runs anything itself.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy};

use crate::bundle::Inspection;

use super::cache::Cache;
use super::compiler::{Compiler, Purpose};
use super::convention::{self, Convention, Hints, Source};
use super::outcome::Tier;
use super::ticker::{Running, Ticker};
use super::variant::Subject;
use super::{Program, fault};

/// Largest module, in bytes. Large ones occur: a JavaScript engine compiled in weighs 12 MB.
const MAX_MODULE_BYTES: usize = 64 << 20;
/// Most imports, and most exports, of a module.
const MAX_DECLARATIONS: usize = 10_000;
/// Bytes of stack for wasm frames: what browsers give, and half of a Rust thread's stack.
const WASM_STACK: usize = 1 << 20;
/// The same for code with probes, which has larger frames and runs on a thread made for it.
const STACK_WITH_PROBES: usize = 4 << 20;
/// Frames of a backtrace, the innermost first.
pub(super) const BACKTRACE_FRAMES: usize = 64;
/// Largest linear memory, in bytes: the whole address space of a 32-bit guest.
const MAX_MEMORY: usize = 4 << 30;
/// Elements of the largest table.
const MAX_TABLE: usize = 100_000;
/// Bytes of memory and of tables that a pooled slot keeps between invocations.
const KEEP_RESIDENT: usize = 1 << 20;
/// Memory images up to this size are mapped copy-on-write even where they have gaps. Go's have.
const DENSE_IMAGE: u64 = 256 << 20;

/// Modules up to this size, in bytes, compile to fast code in a few tens of milliseconds.
const QUICK_TO_COMPILE: usize = 48 << 10;

/// The module of [`Engine::no_op`], compiled from `no_op.wat`.
const NO_OP: &[u8] = include_bytes!("no_op.wasm");

/// The WebAssembly engine: configured once, shared by all programs. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    optimised: Compiler,
    baseline: OnceLock<Option<Compiler>>,
    components: OnceLock<Result<Compiler, LoadError>>,
    counting: OnceLock<Result<Compiler, LoadError>>,
    counting_components: OnceLock<Result<Compiler, LoadError>>,
    profiling: OnceLock<Result<Compiler, LoadError>>,
    cache: Option<Arc<Cache>>,
    ticker: Ticker,
    slots: Slots,
    notes: Vec<String>,
    no_op: OnceLock<Arc<dyn Convention>>,
}

/// Why a module cannot become a [`Program`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// What is wrong with the module, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl LoadError {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }
}

/// Room for instances that run at the same time; who finds none waits.
struct Slots {
    free: Mutex<u32>,
    freed: Condvar,
}

/// One slot taken, until dropped.
pub(super) struct Slot(Engine);

/// A way to hold instances, from the fastest to the most modest.
#[derive(Clone, Copy)]
struct Allocation {
    /// Instances in the pool; none is no pool.
    pooled: Option<u32>,
    /// Whether the kernel tells which pages were written (`PAGEMAP_SCAN`, Linux 6.7).
    page_scan: bool,
}

const ALLOCATIONS: [Allocation; 4] = [
    Allocation { pooled: Some(64), page_scan: true },
    Allocation { pooled: Some(64), page_scan: false },
    Allocation { pooled: Some(8), page_scan: false },
    Allocation { pooled: None, page_scan: false },
];

impl Engine {
    /// Configures the engine and starts its clock thread. What it compiles is not kept.
    ///
    /// # Errors
    /// When the machine cannot run it (no memory to reserve, unsupported processor, no thread).
    pub fn new() -> Result<Self, LoadError> {
        Self::start(None)
    }

    /// Like [`Engine::new`], and keeps what it compiles in `folder` for the next start. Where the
    /// folder cannot be used, [`Engine::notes`] says so.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_cache(folder: &Path) -> Result<Self, LoadError> {
        Self::start(Some(folder))
    }

    /// [`Engine::with_cache`] in the folder that `PRIOSTACK_CACHE` names (nothing is kept where it is
    /// empty), or else in the user's own cache folder.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn for_user() -> Result<Self, LoadError> {
        let folder = match std::env::var_os("PRIOSTACK_CACHE") {
            Some(folder) if folder.is_empty() => None,
            Some(folder) => Some(PathBuf::from(folder)),
            None => dirs::cache_dir().map(|folder| folder.join("priostack-workbench").join("compiled")),
        };
        Self::start(folder.as_deref())
    }

    fn start(cache: Option<&Path>) -> Result<Self, LoadError> {
        let mut refusal = String::new();
        for allocation in ALLOCATIONS {
            match wasmtime::Engine::new(&config(allocation)) {
                Ok(wasm) => return Self::with(&wasm, allocation, cache),
                Err(error) => refusal = format!("{error:#}"),
            }
        }
        Err(LoadError::new(
            format!("This machine cannot run WebAssembly: {refusal}"),
            "A 64-bit processor (x86-64 or ARM) and free address space are needed",
        ))
    }

    fn with(wasm: &wasmtime::Engine, allocation: Allocation, cache: Option<&Path>) -> Result<Self, LoadError> {
        let ticker = Ticker::start().map_err(|error| {
            LoadError::new(
                format!("The sandbox's clock thread cannot start: {error}"),
                "Close other programs and try again",
            )
        })?;
        ticker.add(wasm);
        let mut notes = Vec::new();
        if !allocation.page_scan {
            notes.push(
                "This system cannot tell which pages an instance wrote (PAGEMAP_SCAN, Linux 6.7 and later): \
                 a fresh instance costs about 10 µs more"
                    .to_owned(),
            );
        }
        if allocation.pooled.is_none() {
            notes.push("Address space is short: instances are not pooled, and a fresh one costs more".to_owned());
        }
        let cache = cache.and_then(|folder| match Cache::open(folder) {
            Ok(cache) => Some(Arc::new(cache)),
            Err(error) => {
                notes.push(format!("Compiled modules are not kept: {} cannot be used: {error}", folder.display()));
                None
            }
        });
        Ok(Self(Arc::new(Shared {
            optimised: Compiler::new(wasm.clone(), cache.clone(), Tier::Optimised),
            baseline: OnceLock::new(),
            components: OnceLock::new(),
            counting: OnceLock::new(),
            counting_components: OnceLock::new(),
            profiling: OnceLock::new(),
            cache,
            ticker,
            slots: Slots { free: Mutex::new(allocation.pooled.unwrap_or(64)), freed: Condvar::new() },
            notes,
            no_op: OnceLock::new(),
        })))
    }

    /// What this system lacks for the fastest invocations, a sentence each; usually nothing.
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// Compiles `bytes` to fast code and resolves its imports and exports. Takes long for large
    /// modules: call it off the UI thread.
    ///
    /// # Errors
    /// When the bytes are not a module, need a feature that the sandbox lacks, or follow no known
    /// calling convention.
    pub fn load(&self, bytes: &[u8], inspection: &Inspection, hints: Hints<'_>) -> Result<Program, LoadError> {
        check_size(bytes, inspection)?;
        let subject = Subject::new(bytes, inspection, hints);
        Ok(Program::new(self.clone(), self.prepare(&subject)?, subject))
    }

    /// The module in fast code.
    pub(super) fn prepare(&self, subject: &Subject) -> Result<Arc<dyn Convention>, LoadError> {
        convention::prepare(&subject.source(self.compiler(subject.inspection())?))
    }

    /// Like [`Engine::load`], but where compiling takes long, the program runs slower code that was
    /// compiled at once, until the fast code is ready ([`Program::settle`] waits for it).
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn load_quickly(&self, bytes: &[u8], inspection: &Inspection, hints: Hints<'_>) -> Result<Program, LoadError> {
        check_size(bytes, inspection)?;
        let compiler = self.compiler(inspection)?;
        let slow = bytes.len() > QUICK_TO_COMPILE && !inspection.is_component;
        if !slow || compiler.is_prepared(bytes) {
            return self.load(bytes, inspection, hints);
        }
        let baseline = self.0.baseline.get_or_init(|| {
            let wasm = wasmtime::Engine::new(&baseline_config()).ok()?;
            self.0.ticker.add(&wasm);
            Some(Compiler::new(wasm, self.0.cache.clone(), Tier::Baseline))
        });
        // The baseline compiler does not know every feature: then there is nothing to gain.
        let quick = baseline
            .as_ref()
            .and_then(|compiler| convention::prepare(&Source { compiler, bytes, inspection, hints }).ok());
        match quick {
            Some(quick) => Ok(Program::improving(self.clone(), quick, Subject::new(bytes, inspection, hints))),
            None => self.load(bytes, inspection, hints),
        }
    }

    /// A program with one function, `no_op`, that takes bytes and returns `null` without looking at
    /// them: what its invocation takes is the sandbox's own cost. Made once.
    ///
    /// # Errors
    /// When the machine has no memory left for it.
    pub fn no_op(&self) -> Result<Program, LoadError> {
        let inspection = Inspection::read(NO_OP).map_err(|message| LoadError { message, help: None })?;
        let subject = Subject::new(NO_OP, &inspection, Hints::default());
        // The engine keeps the compiled part only: a program holds its engine and would keep it alive for ever.
        let compiled = match self.0.no_op.get() {
            Some(compiled) => compiled,
            None => {
                let compiled = self.prepare(&subject)?;
                self.0.no_op.get_or_init(|| compiled)
            }
        };
        Ok(Program::new(self.clone(), Arc::clone(compiled), subject))
    }

    /// The compiler of fast code for such a module.
    fn compiler(&self, inspection: &Inspection) -> Result<&Compiler, LoadError> {
        if !inspection.is_component {
            return Ok(&self.0.optimised);
        }
        let components = self.0.components.get_or_init(|| {
            let wasm = wasmtime::Engine::new(&component_config()).map_err(|error| {
                LoadError::new(format!("This machine cannot run components: {error:#}"), "Build a core module")
            })?;
            self.0.ticker.add(&wasm);
            Ok(Compiler::new(wasm, self.0.cache.clone(), Tier::Optimised))
        });
        components.as_ref().map_err(Clone::clone)
    }

    /// The compiler of code for this purpose. Those of code that counts are made when they are first needed.
    pub(super) fn compiler_for(&self, purpose: Purpose, inspection: &Inspection) -> Result<&Compiler, LoadError> {
        let shared = &self.0;
        let compiler = match (purpose, inspection.is_component) {
            (Purpose::Running, _) => return self.compiler(inspection),
            (Purpose::Counting, false) => &shared.counting,
            (Purpose::Counting, true) => &shared.counting_components,
            (Purpose::Profiling, false) => &shared.profiling,
            (Purpose::Profiling, true) => {
                return Err(LoadError::new(
                    "A component has no profile: it is made of several modules, and only single modules are profiled",
                    "Its instructions are counted as a whole; profile the core module that it was made of",
                ));
            }
        };
        let compiler = compiler.get_or_init(|| {
            let wasm = wasmtime::Engine::new(&counting_config(purpose)).map_err(|error| {
                LoadError::new(
                    format!("This machine cannot count instructions: {error:#}"),
                    "Functions run without being counted",
                )
            })?;
            shared.ticker.add(&wasm);
            Ok(Compiler::compiling_for(purpose, wasm, shared.cache.clone(), Tier::Optimised))
        });
        compiler.as_ref().map_err(Clone::clone)
    }

    /// Waits for room for one more instance.
    pub(super) fn slot(&self) -> Slot {
        self.0.slots.take();
        Slot(self.clone())
    }

    /// Keeps the clock running while it is held.
    pub(super) fn run(&self) -> Running<'_> {
        self.0.ticker.run()
    }
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, u32> {
        // A count stays right whatever its holder died of.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) {
        let mut free = self.lock();
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let slots = &self.0.0.slots;
        *slots.lock() += 1;
        slots.freed.notify_one();
    }
}

/// What all engines have in common.
fn common_config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .wasm_exceptions(true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(BACKTRACE_FRAMES))
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(DENSE_IMAGE);
    config
}

/// Winch: compiles many times faster than Cranelift, and its code runs slower.
fn baseline_config() -> Config {
    let mut config = common_config();
    // What Winch does not know must be off for the engine to start; a module that needs it goes to Cranelift.
    config
        .strategy(Strategy::Winch)
        .wasm_gc(false)
        .wasm_exceptions(false)
        .wasm_function_references(false)
        .wasm_tail_call(false);
    config
}

/// Components hold many modules, tables and memories each: pooled slots for all of them would be huge.
fn component_config() -> Config {
    let mut config = common_config();
    config.wasm_component_model(true);
    config
}

/// Code that counts instructions is slower, and runs now and then: it needs no pool.
fn counting_config(purpose: Purpose) -> Config {
    let mut config = component_config();
    config.consume_fuel(true);
    if purpose == Purpose::Profiling {
        // The stack of fibers, of which there are none here, must not be smaller.
        config.max_wasm_stack(STACK_WITH_PROBES).async_stack_size(2 * STACK_WITH_PROBES);
    }
    config
}

fn config(allocation: Allocation) -> Config {
    let mut config = common_config();
    let Some(instances) = allocation.pooled else { return config };
    let mut pool = PoolingAllocationConfig::default();
    pool.total_core_instances(instances)
        // A store that keeps references takes one more memory for them.
        .total_memories(instances * 2)
        .total_gc_heaps(instances)
        .total_tables(instances * 4)
        .max_tables_per_module(4)
        .table_elements(MAX_TABLE)
        .max_memory_size(MAX_MEMORY)
        .max_core_instance_size(16 << 20)
        .max_unused_warm_slots(instances)
        .table_keep_resident(KEEP_RESIDENT);
    if allocation.page_scan {
        // Only with the scan is this the memory that was written; without it is the lowest, which
        // is a stack that hardly anything touched.
        pool.pagemap_scan(Enabled::Yes).linear_memory_keep_resident(KEEP_RESIDENT);
    }
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Bounds what the compiler gets to see.
fn check_size(bytes: &[u8], inspection: &Inspection) -> Result<(), LoadError> {
    if bytes.len() > MAX_MODULE_BYTES {
        return Err(LoadError::new(
            format!(
                "The module has {}, and the sandbox takes {} at most",
                fault::bytes(bytes.len() as u64),
                fault::bytes(MAX_MODULE_BYTES as u64)
            ),
            "Build it for release and strip debug information (wasm-opt -Os --strip-debug)",
        ));
    }
    let declarations = inspection.imports.len().max(inspection.exports.len());
    if declarations > MAX_DECLARATIONS {
        return Err(LoadError::new(
            format!(
                "The module has {declarations} imports or exports, and the sandbox takes {MAX_DECLARATIONS} at most"
            ),
            "Export only the functions that the bundle refers to",
        ));
    }
    Ok(())
}
