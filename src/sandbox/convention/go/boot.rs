//! Starting a Go program: from its `main` to where all goroutines wait, with its functions
//! registered on `globalThis`.

use std::collections::HashSet;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use wasmtime::{AsContextMut, Engine, ExternType, InstancePre, Module, Store};

use super::calls;
use super::heap::{GLOBAL, Heap, Kind};
use super::imports;
use super::realm::{self, GoExports, Realm, State, TypedHandle};
use super::value::{ObjectId as Id, Value};
use crate::sandbox::convention::core::{self, Export, Exports};
use crate::sandbox::engine::LoadError;
use crate::sandbox::fault::{self, Stop};
use crate::sandbox::host::Host;
use crate::sandbox::invocation;
use crate::sandbox::limits::{Cancel, Limits};

/// Where the arguments of the program are written: the linker leaves 8 KiB there (`wasmMinDataAddr`).
const ARGUMENTS: u32 = 4096;
/// How long a program may take to start.
const LONGEST_START: Duration = Duration::from_secs(10);
/// How long to wait for a program that registers its functions after a timer.
const LATE_FUNCTIONS: Duration = Duration::from_secs(1);
/// Objects within objects in which functions are looked for.
const DEEPEST: usize = 3;
/// Most functions of a program.
const MOST_FUNCTIONS: usize = 10_000;

/// What to do where a program does not stay.
const STAY: &str = "End main with `select {}`: the functions that it registers live only as long as it runs";

/// A program that is compiled and linked, to be booted for each call.
pub(super) struct Program {
    pub(super) pre: InstancePre<Host>,
    pub(super) exports: GoExportNames,
}

/// The exports of Go's port, resolved once.
pub(super) struct GoExportNames {
    memory: Export,
    run: Export,
    resume: Export,
    getsp: Export,
}

impl Program {
    pub(super) fn link(module: &Module) -> Result<Self, LoadError> {
        let exports = GoExportNames::find(module)?;
        Ok(Self { pre: core::link(module, imports::define)?, exports })
    }

    /// Makes an instance and runs the program until it waits.
    pub(super) fn boot(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        self.boot_as(store, Realm::new(State::new()))
    }

    pub(super) fn boot_as(&self, store: &mut Store<Host>, mut realm: Realm) -> wasmtime::Result<()> {
        realm.muted = true;
        self.exports.instantiate(&self.pre, store, realm)?;
        write_arguments(store)?;
        self.exports.run(store)?;
        let began = Instant::now();
        let mut context = store.as_context_mut();
        loop {
            let realm = realm::of(context.data_mut())?;
            if !functions(&realm.state.heap).is_empty() || began.elapsed() > LATE_FUNCTIONS {
                break;
            }
            if !calls::step(&mut context)? {
                break;
            }
        }
        let realm = realm::of(context.data_mut())?;
        realm.muted = false;
        realm.last_words.clear();
        realm::account(context.data_mut())?;
        Ok(())
    }
}

impl GoExportNames {
    pub(super) fn find(module: &Module) -> Result<Self, LoadError> {
        match module.get_export("mem") {
            Some(ExternType::Memory(memory)) if !memory.is_64() && !memory.is_shared() => {}
            _ => {
                return Err(LoadError::new(
                    "The module imports Go's JavaScript glue and exports no memory `mem`",
                    "Build it again with GOOS=js GOARCH=wasm go build",
                ));
            }
        }
        Ok(Self {
            memory: core::required(module, "mem")?,
            run: core::required(module, "run")?,
            resume: core::required(module, "resume")?,
            getsp: core::required(module, "getsp")?,
        })
    }

    /// Makes an instance whose JavaScript side is this realm.
    pub(super) fn instantiate(
        &self,
        pre: &InstancePre<Host>,
        store: &mut Store<Host>,
        realm: Realm,
    ) -> wasmtime::Result<()> {
        store.data_mut().state = Some(Box::new(realm));
        core::instantiate(pre, &self.memory, store)?;
        let go = GoExports {
            memory: core::memory(store)?,
            getsp: TypedHandle::new(store.function(&self.getsp)?),
            resume: TypedHandle::new(store.function(&self.resume)?),
        };
        realm::of(store.data_mut())?.go = Some(go);
        realm::account(store.data_mut())?;
        Ok(())
    }

    fn run(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        store.call::<_, ()>(&self.run, (1_u32, ARGUMENTS + 8))
    }
}

/// The arguments `["js"]` and an empty environment: text, then pointers of 8 bytes with a zero after
/// each list.
fn write_arguments(store: &mut Store<Host>) -> wasmtime::Result<()> {
    let mut bytes = b"js\0\0\0\0\0\0".to_vec();
    bytes.extend(u64::from(ARGUMENTS).to_le_bytes());
    bytes.extend([0; 16]);
    let memory = core::memory(store)?;
    core::slice_mut(memory.data_mut(store), ARGUMENTS, bytes.len() as u32)?.copy_from_slice(&bytes);
    Ok(())
}

/// A store outside of any invocation, for as long as a program may take to start.
pub(super) fn store(engine: &Engine) -> Store<Host> {
    let limits = Limits { time: LONGEST_START, ..Limits::default() };
    invocation::store(engine, Host::new(&limits, &Cancel::new(), Instant::now()))
}

/// Does the work while the engine's clock ticks, for deadlines hold only then.
pub(super) fn ticking<R>(engine: &Engine, work: impl FnOnce() -> R) -> Result<R, LoadError> {
    let (done, pending) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let tick = move || {
            while pending.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        };
        let clock = thread::Builder::new().name("start clock".into()).spawn_scoped(scope, tick);
        clock.map_err(|error| {
            LoadError::new(format!("The clock thread cannot start: {error}"), "Close other programs and try again")
        })?;
        let result = work();
        drop(done);
        Ok(result)
    })
}

/// Why a program that did not start cannot be called.
pub(super) fn does_not_start(error: &wasmtime::Error, store: &mut Store<Host>) -> LoadError {
    let exited = realm::of(store.data_mut()).ok().and_then(|realm| realm.exited);
    match (exited, error.downcast_ref::<Stop>()) {
        (Some(0), _) => {
            LoadError::new("The Go program ended by itself: it returns from main, and its functions are gone", STAY)
        }
        (Some(_), Some(stop)) => LoadError::new(
            format!("The Go program ended while it started. {stop}"),
            "Check what main and the packages' init functions need: files, network and the page's JavaScript are not there",
        ),
        (_, Some(Stop::Timeout(_))) => LoadError::new(
            format!("The Go program did not finish starting within {} s", LONGEST_START.as_secs()),
            "Look for an endless loop in main or an init function; main has to end with `select {}`",
        ),
        _ => {
            let fault = fault::explain(error, store.data());
            LoadError { message: format!("The Go program does not start: {}", fault.message), help: fault.help }
        }
    }
}

/// A function that a program registered: the names of the objects that it is in, then its own.
pub(super) type Path = Vec<String>;

/// The functions registered on `globalThis`, and in objects that are registered there.
pub(super) fn functions(heap: &Heap) -> Vec<Path> {
    let mut found = Vec::new();
    let mut seen = HashSet::from([GLOBAL]);
    look_into(heap, GLOBAL, &[], &mut seen, &mut found);
    found
}

fn look_into(heap: &Heap, id: Id, path: &[String], seen: &mut HashSet<Id>, found: &mut Vec<Path>) {
    let Some(object) = heap.get(id) else { return };
    for (name, value) in object.properties.iter() {
        if found.len() >= MOST_FUNCTIONS {
            return;
        }
        let inner: Path = path.iter().cloned().chain([name.to_string()]).collect();
        match heap.kind(value) {
            Some(Kind::GoFunction(_)) => found.push(inner),
            Some(Kind::Plain) if inner.len() < DEEPEST => {
                if let Some(id) = value.as_object().filter(|id| seen.insert(*id)) {
                    look_into(heap, id, &inner, seen, found);
                }
            }
            _ => {}
        }
    }
}

/// The function at a path, and the object that it is in.
pub(super) fn resolve(heap: &Heap, path: &[String]) -> Option<(Value, Value)> {
    let mut within = Value::Undefined;
    let mut value = Value::Object(GLOBAL);
    for name in path {
        let found = heap.get(value.as_object()?)?.properties.get(name)?.clone();
        within = std::mem::replace(&mut value, found);
    }
    // What is called by its name alone has no `this`.
    let this = if path.len() > 1 { within } else { Value::Undefined };
    Some((value, this))
}
