//! Go programs for JavaScript (`GOOS=js GOARCH=wasm`, Go 1.19 and later), run without JavaScript: the
//! sandbox offers the objects that Go's own glue works on. A program's functions exist only once it
//! has booted, and are called in a copy of the booted program or in one that boots for the call.

mod answers;
mod boot;
mod calls;
mod heap;
mod imports;
mod json;
mod natives;
mod objects;
mod properties;
mod random;
mod realm;
mod refs;
mod snapshot;
mod value;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use wasmtime::{AsContextMut, Engine, Store};

use crate::bundle::Inspection;

use self::boot::Path;
use self::heap::{Kind, View};
use self::realm::Realm;
use self::snapshot::{Impossible, Snapshot};
use self::value::Value;
use super::{Answer, Callable, Convention, Prepared, Profile, Source, Toolchain};
use crate::sandbox::compiler::Compiler;
use crate::sandbox::engine::LoadError;
use crate::sandbox::fault::Stop;
use crate::sandbox::host::Host;
use crate::sandbox::invocation::{Invocation, Phase};
use crate::sandbox::outcome::Tier;

pub(super) const TOOLCHAIN: Toolchain =
    Toolchain { id: "go", words: || vec!["bytes", "string", "object"], recognise, prepare };

/// Calls after which a function that looked at no input is taken for one that never does.
const TRIES: u8 = 3;

struct Go {
    engine: Engine,
    /// What is known before the background work has ended.
    profile: Profile,
    /// None where the snapshot was there from the beginning.
    program: Option<boot::Program>,
    /// Shared with the same program in code of other compilers: what one learned of a function all know.
    functions: Arc<[Function]>,
    copies: Arc<OnceLock<Copies>>,
    copying: Mutex<Option<JoinHandle<()>>>,
}

/// What came of making a snapshot.
struct Copies {
    snapshot: Option<Snapshot>,
    profile: Profile,
}

struct Function {
    path: Path,
    offer: Learned,
}

/// How a function is offered its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    /// As bytes to who reads bytes and as an object to who reads its fields.
    BytesOrObject,
    Bytes,
    Text,
    Object,
}

/// What calls have shown of how a function takes its input; calls learn side by side.
struct Learned {
    chosen: Option<Offer>,
    /// 0 while it is open, then [`Self::OBJECT`] or [`Self::TEXT`]; in between the calls that showed nothing.
    seen: AtomicU8,
}

impl Learned {
    const OBJECT: u8 = 100;
    const TEXT: u8 = 101;

    fn offer(&self) -> Option<Offer> {
        match (self.chosen, self.seen.load(Ordering::Relaxed)) {
            (Some(chosen), _) => Some(chosen),
            (None, Self::TEXT) => Some(Offer::Text),
            (None, Self::OBJECT | TRIES..) => Some(Offer::BytesOrObject),
            (None, _) => None,
        }
    }
}

fn recognise(inspection: &Inspection) -> Option<String> {
    let import = inspection.imports.iter().find(|import| imports::is_go(&import.module))?;
    let since = if import.module == "gojs" { "Go 1.21 or later" } else { "Go 1.20 or earlier" };
    Some(format!("it imports `{}` from `{}` ({since})", import.name, import.module))
}

fn prepare(source: &Source, evidence: String) -> Prepared {
    let compiler = source.compiler;
    let start = source.hints.choices.and_then(|choices| choices.start.as_deref());
    if let Some(unknown) = start.filter(|start| !matches!(*start, "boot" | "snapshot")) {
        return Err(LoadError::new(
            format!("The settings choose the start `{unknown}`, which does not exist"),
            "Choose `boot` or `snapshot`, or leave it out",
        ));
    }
    let copies = start != Some("boot") && compiler.tier() == Tier::Optimised;
    if !copies {
        let why = if start == Some("boot") { "as the settings choose" } else { "until fast code is ready" };
        return Go::booting(source, &evidence, &format!("it boots for each call, {why}"), source.bytes).map(Go::share);
    }
    match snapshot::recall(compiler, source.bytes) {
        Some(Ok(snapshot)) => Ok(Go::copying(source, &evidence, snapshot).share()),
        Some(Err(reason)) => Go::booting(source, &evidence, &never(&reason), source.bytes).map(Go::share),
        None => {
            // What is compiled here is what the snapshot is taken of: one module less to compile.
            let instrumented = snapshot::instrumented(source.bytes);
            let bytes = instrumented.as_deref().unwrap_or(source.bytes);
            let go = Go::booting(source, &evidence, "it boots for each call until its snapshot is ready", bytes)?;
            go.copy_in_background(compiler, source, evidence);
            Ok(go.share())
        }
    }
}

fn never(reason: &Impossible) -> String {
    format!("it boots for each call, because {reason}")
}

/// Each call gets a copy of the booted program.
const COPIED: &str = "each call gets a copy of the booted program, with random numbers of its own; \
     what the program itself computed while it started is the same in all of them";

impl Go {
    fn share(self) -> Arc<dyn Convention> {
        Arc::new(self)
    }

    /// Boots the program once to see which functions it has.
    fn booting(source: &Source, evidence: &str, how: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        let engine = source.compiler.engine();
        let module = source.compiler.module(bytes)?;
        let program = boot::Program::link(&module)?;
        let mut store = boot::store(engine);
        boot::ticking(engine, || program.boot(&mut store))?
            .map_err(|error| boot::does_not_start(&error, &mut store))?;
        let realm =
            realm::of(store.data_mut()).map_err(|error| LoadError { message: error.to_string(), help: None })?;
        let paths = boot::functions(&realm.state.heap);
        if paths.is_empty() {
            return Err(LoadError::new(
                "The Go program registers no functions",
                "Register each with js.Global().Set(\"name\", js.FuncOf(...)) before main waits in `select {}`",
            ));
        }
        Ok(Self::of(source, &paths, profile(evidence, how, &paths), Some(program)))
    }

    fn copying(source: &Source, evidence: &str, snapshot: Snapshot) -> Self {
        let paths = snapshot.functions().to_vec();
        let profile = profile(evidence, COPIED, &paths);
        let go = Self::of(source, &paths, self::profile(evidence, COPIED, &paths), None);
        let _ = go.copies.set(Copies { snapshot: Some(snapshot), profile });
        go
    }

    fn of(source: &Source, paths: &[Path], profile: Profile, program: Option<boot::Program>) -> Self {
        let function = |path: &Path| Function {
            path: path.clone(),
            offer: Learned { chosen: chosen(source, path), seen: AtomicU8::new(0) },
        };
        Self {
            engine: source.compiler.engine().clone(),
            profile,
            program,
            functions: paths.iter().map(function).collect(),
            copies: Arc::default(),
            copying: Mutex::new(None),
        }
    }

    fn copy_in_background(&self, compiler: &Compiler, source: &Source, evidence: String) {
        let (compiler, bytes, copies) = (compiler.clone(), source.bytes.to_vec(), Arc::clone(&self.copies));
        let paths: Vec<Path> = self.functions.iter().map(|function| function.path.clone()).collect();
        let work = move || {
            let (snapshot, how) = match snapshot::take(&compiler, &bytes) {
                Ok(snapshot) => (Some(snapshot), COPIED.to_owned()),
                Err(reason) => (None, never(&reason)),
            };
            let _ = copies.set(Copies { snapshot, profile: profile(&evidence, &how, &paths) });
        };
        // Without a thread every call boots, which is slower and right.
        if let Ok(copying) = thread::Builder::new().name("snapshot".into()).spawn(work) {
            *self.copying.lock().unwrap_or_else(PoisonError::into_inner) = Some(copying);
        }
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.copies.get()?.snapshot.as_ref()
    }
}

fn profile(evidence: &str, how: &str, paths: &[Path]) -> Profile {
    let callable = |path: &Path| Callable { name: path.join("."), takes_input: false };
    Profile {
        name: "Go js/wasm",
        evidence: format!("{evidence}; {how}"),
        functions: paths.iter().map(callable).collect(),
        ..Profile::default()
    }
}

/// How the settings say that the function takes its input.
fn chosen(source: &Source, path: &Path) -> Option<Offer> {
    let word = source.choice(&path.join(".")).or_else(|| source.choice(path.last()?))?;
    match word {
        "bytes" => Some(Offer::Bytes),
        "string" => Some(Offer::Text),
        "object" => Some(Offer::Object),
        _ => None,
    }
}

impl Convention for Go {
    fn profile(&self) -> &Profile {
        self.copies.get().map_or(&self.profile, |copies| &copies.profile)
    }

    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<()> {
        match (self.snapshot(), &self.program) {
            (Some(snapshot), _) => snapshot.restore(store),
            (None, Some(program)) => program.boot(store),
            (None, None) => Err(Stop::convention("The program is neither compiled nor copied")),
        }
    }

    fn call(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        let function = self.functions.get(function).ok_or_else(|| Stop::convention("There is no such function"))?;
        if let Some(offer) = function.offer.offer() {
            return call(&function.path, offer, invocation);
        }
        // Go does not tell whether a function wants bytes, an object or a string: only strings have
        // to be told from the rest beforehand. Who looks at nothing of the one is offered the other.
        let first = call(&function.path, Offer::BytesOrObject, invocation);
        let ended = first.as_ref().is_err_and(|error| {
            matches!(error.downcast_ref::<Stop>(), Some(Stop::Timeout(_) | Stop::Cancelled | Stop::MemoryLimit(_)))
        });
        let seen = &function.offer.seen;
        if was_seen(invocation) {
            seen.store(Learned::OBJECT, Ordering::Relaxed);
            return first;
        }
        if ended {
            return first;
        }
        invocation.restart();
        self.instantiate(&mut invocation.store)?;
        let second = call(&function.path, Offer::Text, invocation);
        match was_seen(invocation) {
            true => seen.store(Learned::TEXT, Ordering::Relaxed),
            // Races lose a count, and cost one more try.
            false => seen.store(seen.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed),
        }
        second
    }

    fn compiled_by(&self, source: &Source) -> Prepared {
        // Another boot would be another program: other random seeds, and so other paths through it.
        let copies = OnceLock::new();
        let program = match self.snapshot() {
            Some(snapshot) => {
                let snapshot = Some(snapshot.compiled_by(source.compiler)?);
                let _ = copies.set(Copies { snapshot, profile: self.profile().clone() });
                None
            }
            None => Some(boot::Program::link(&source.compiler.module(source.bytes)?)?),
        };
        Ok(Arc::new(Self {
            engine: source.compiler.engine().clone(),
            profile: self.profile().clone(),
            program,
            functions: Arc::clone(&self.functions),
            copies: Arc::new(copies),
            copying: Mutex::new(None),
        }))
    }

    fn settle(&self) {
        let copying = self.copying.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(copying) = copying {
            // One that panicked leaves booting in use.
            let _ = copying.join();
        }
    }
}

fn was_seen(invocation: &mut Invocation) -> bool {
    realm::of(invocation.store.data_mut()).is_ok_and(|realm| realm.input_seen)
}

/// One call on the instance that the store holds.
fn call(path: &Path, offer: Offer, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
    invocation.stopwatch.enter(Phase::CopyIn, &invocation.store);
    let realm = realm::account(invocation.store.data_mut())?;
    let argument = offered(realm, offer, invocation.input)?;
    realm.input_seen = false;
    realm.input = Some(argument.clone());
    let Some((function, this)) = boot::resolve(&realm.state.heap, path) else {
        return Err(Stop::convention(format!("The program did not register `{}` this time", path.join("."))));
    };
    invocation.stopwatch.enter(Phase::Run, &invocation.store);
    let completion = calls::call_and_wait(&mut invocation.store.as_context_mut(), &function, &this, &[argument])?;
    invocation.stopwatch.enter(Phase::CopyOut, &invocation.store);
    let host = invocation.store.data_mut();
    let answer = answers::answer(host, completion);
    let realm = realm::of(host)?;
    realm.input = None;
    realm.pinned.clear();
    answer
}

/// The input as a value of this form.
fn offered(realm: &mut Realm, offer: Offer, input: &[u8]) -> wasmtime::Result<Value> {
    let heap = &mut realm.state.heap;
    match offer {
        Offer::Bytes => heap.bytes(input.to_vec()),
        Offer::Text => heap.text(&natives::decoded(input)),
        Offer::Object => Ok(json::parse(heap, &natives::decoded(input))?.unwrap_or(Value::Undefined)),
        Offer::BytesOrObject => {
            let length = input.len();
            let buffer = heap.make(Kind::Buffer(input.to_vec()))?;
            let bytes = View { buffer, start: 0, length, clamped: false };
            heap.make(Kind::Input { bytes, document: None }).map(Value::Object)
        }
    }
}

/// What a program that ended with this code said of it.
fn last_words(realm: &Realm, code: i32) -> String {
    let words = realm.last_words.split("\n\ngoroutine ").next().unwrap_or_default().trim();
    match words.strip_prefix("panic: ") {
        Some(panic) => format!("The Go program panicked: {panic}"),
        None if !words.is_empty() => format!("The Go program failed: {words}"),
        None => format!("The Go program ended itself with exit code {code} (os.Exit)"),
    }
}
