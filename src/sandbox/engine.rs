//! The WebAssembly engine, configured once: how memory is pooled, how guests are interrupted, how
//! large a module may be. Never runs anything itself.

use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bundle::Inspection;

use super::convention::{self, Convention, Source};
use super::ticker::{Running, Ticker};
use super::{Program, fault};

/// Largest module, in bytes. Large ones occur: a JavaScript engine compiled in weighs 12 MB.
const MAX_MODULE_BYTES: usize = 64 << 20;
/// Most imports, and most exports, of a module.
const MAX_DECLARATIONS: usize = 10_000;
/// Bytes of stack for wasm frames: what browsers give, and half of a Rust thread's stack.
const WASM_STACK: usize = 1 << 20;
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

/// The module of [`Engine::no_op`], compiled from `no_op.wat`.
const NO_OP: &[u8] = include_bytes!("no_op.wasm");

/// The WebAssembly engine: configured once, shared by all programs. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    wasm: wasmtime::Engine,
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

/// One slot taken and the clock running, until dropped.
pub(super) struct Admission<'a> {
    slots: &'a Slots,
    _running: Running<'a>,
}

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
    /// Configures the engine and starts its clock thread.
    ///
    /// # Errors
    /// When the machine cannot run it (no memory to reserve, unsupported processor, no thread).
    pub fn new() -> Result<Self, LoadError> {
        let mut refusal = String::new();
        for allocation in ALLOCATIONS {
            match wasmtime::Engine::new(&config(allocation)) {
                Ok(wasm) => return Self::with(wasm, allocation),
                Err(error) => refusal = format!("{error:#}"),
            }
        }
        Err(LoadError::new(
            format!("This machine cannot run WebAssembly: {refusal}"),
            "A 64-bit processor (x86-64 or ARM) and free address space are needed",
        ))
    }

    fn with(wasm: wasmtime::Engine, allocation: Allocation) -> Result<Self, LoadError> {
        let ticker = Ticker::start(&wasm).map_err(|error| {
            LoadError::new(
                format!("The sandbox's clock thread cannot start: {error}"),
                "Close other programs and try again",
            )
        })?;
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
        let slots = Slots { free: Mutex::new(allocation.pooled.unwrap_or(64)), freed: Condvar::new() };
        Ok(Self(Arc::new(Shared { wasm, ticker, slots, notes, no_op: OnceLock::new() })))
    }

    /// What this system lacks for the fastest invocations, a sentence each; usually nothing.
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// Compiles `bytes` and resolves its imports and exports. Takes long for large modules: call it
    /// off the UI thread.
    ///
    /// # Errors
    /// When the bytes are not a module, need a feature that the sandbox lacks, or follow no known
    /// calling convention.
    pub fn load(&self, bytes: &[u8], inspection: &Inspection) -> Result<Program, LoadError> {
        self.load_declared(bytes, inspection, None)
    }

    /// Like [`Engine::load`], with the text of the TypeScript declarations (`.d.ts`) that the
    /// toolchain wrote beside the module: they settle what signatures alone leave open.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn load_declared(
        &self,
        bytes: &[u8],
        inspection: &Inspection,
        declarations: Option<&str>,
    ) -> Result<Program, LoadError> {
        check_size(bytes, inspection)?;
        let source = Source { engine: &self.0.wasm, bytes, inspection, declarations };
        Ok(Program::new(self.clone(), convention::prepare(&source)?))
    }

    /// A program with one function, `no_op`, that takes bytes and returns `null` without looking at
    /// them: what its invocation takes is the sandbox's own cost. Made once.
    ///
    /// # Errors
    /// When the machine has no memory left for it.
    pub fn no_op(&self) -> Result<Program, LoadError> {
        // The engine keeps the compiled part only: a program holds its engine and would keep it alive for ever.
        let compiled = match self.0.no_op.get() {
            Some(compiled) => compiled,
            None => {
                let inspection = Inspection::read(NO_OP).map_err(|message| LoadError { message, help: None })?;
                let source = Source { engine: &self.0.wasm, bytes: NO_OP, inspection: &inspection, declarations: None };
                let compiled = convention::prepare(&source)?;
                self.0.no_op.get_or_init(|| compiled)
            }
        };
        Ok(Program::new(self.clone(), Arc::clone(compiled)))
    }

    pub(super) fn wasm(&self) -> &wasmtime::Engine {
        &self.0.wasm
    }

    /// Waits for a free slot and keeps the clock running while it is held.
    pub(super) fn admit(&self) -> Admission<'_> {
        self.0.slots.take();
        Admission { slots: &self.0.slots, _running: self.0.ticker.run() }
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

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        *self.slots.lock() += 1;
        self.slots.freed.notify_one();
    }
}

fn config(allocation: Allocation) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .wasm_exceptions(true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(BACKTRACE_FRAMES))
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(DENSE_IMAGE);
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
