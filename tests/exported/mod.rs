//! Exported components called as an engine calls them, with a host that notes what they log.

#![allow(dead_code)]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use priostack_workbench::sandbox::{Fault, FaultKind, Outcome, Reply};
use wasmtime::component::{Component, Func, Instance, Linker, Val};
use wasmtime::{Config, Engine, Store, StoreContextMut, StoreLimits, StoreLimitsBuilder};

/// An engine as others configure it, but for the count of instructions, which ends endless loops.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config.consume_fuel(true);
    Engine::new(&config).unwrap()
});

/// More than any test needs, and less than a second or so.
const FUEL: u64 = 2_000_000_000;
/// The same for memory, in bytes.
const MEMORY: usize = 256 << 20;
const HOST: &str = "priostack:bundle/host@0.1.0";
const FUNCTIONS: &str = "priostack:bundle/functions@0.1.0";

/// What the clock says, all the time.
pub static NOW: LazyLock<Duration> =
    LazyLock::new(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap());

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    Output(Vec<u8>),
    Nothing,
    Error(String),
    Fault { code: String, message: String },
    Trap,
}

/// What the host keeps.
struct Kept {
    logs: Vec<(u8, String)>,
    limits: StoreLimits,
}

/// An instance of an exported component.
pub struct Exported {
    store: Store<Kept>,
    call: Func,
    site: Func,
}

/// Compiles a component.
pub fn compile(component: &[u8]) -> Component {
    let features = wasmparser::WasmFeatures::default();
    wasmparser::Validator::new_with_features(features).validate_all(component).unwrap();
    Component::new(&ENGINE, component).unwrap()
}

impl Exported {
    pub fn new(component: &Component) -> Self {
        Self::with_memory(component, MEMORY)
    }

    /// An instance whose memories cannot have more bytes than this.
    pub fn with_memory(component: &Component, memory: usize) -> Self {
        let mut linker = Linker::<Kept>::new(&ENGINE);
        let mut host = linker.instance(HOST).unwrap();
        let log = |mut store: StoreContextMut<Kept>, (level, text): (u8, Vec<u8>)| {
            store.data_mut().logs.push((level, String::from_utf8(text)?));
            Ok(())
        };
        host.func_wrap("log", log).unwrap();
        host.func_wrap("now", |_, ()| Ok((NOW.as_nanos() as u64,))).unwrap();
        let begun = std::time::Instant::now();
        host.func_wrap("ticks", move |_, ()| Ok((begun.elapsed().as_nanos() as u64,))).unwrap();
        host.func_wrap("random", |_, ()| Ok((getrandom::u64()?,))).unwrap();
        let limits = StoreLimitsBuilder::new().memory_size(memory).build();
        let mut store = Store::new(&ENGINE, Kept { logs: Vec::new(), limits });
        store.limiter(|kept| &mut kept.limits);
        store.set_fuel(FUEL).unwrap();
        let instance = linker.instantiate(&mut store, component).unwrap();
        let (call, site) = (function(&instance, &mut store, "call"), function(&instance, &mut store, "site"));
        Self { store, call, site }
    }

    pub fn site(&mut self) -> Vec<u8> {
        let mut results = [Val::Bool(false)];
        self.site.call(&mut self.store, &[], &mut results).unwrap();
        let [site] = results;
        bytes(&site)
    }

    /// Calls a function by its position.
    pub fn call(&mut self, function: usize, input: &[u8]) -> Came {
        self.store.set_fuel(FUEL).unwrap();
        let input = Val::List(input.iter().map(|byte| Val::U8(*byte)).collect());
        let mut results = [Val::Bool(false)];
        let done = self.call.call(&mut self.store, &[Val::U32(function as u32), input], &mut results);
        if done.is_err() {
            return Came::Trap;
        }
        let [Val::Variant(case, payload)] = &results else { panic!("no reply: {results:?}") };
        let payload = payload.as_deref();
        match case.as_str() {
            "output" => Came::Output(bytes(payload.unwrap())),
            "nothing" => Came::Nothing,
            "error" => Came::Error(String::from_utf8(bytes(payload.unwrap())).unwrap()),
            "fault" => {
                let Some(Val::Record(fields)) = payload else { panic!("no failure: {payload:?}") };
                let text = |name: &str| match fields.iter().find(|(field, _)| field == name) {
                    Some((_, Val::String(text))) => text.clone(),
                    other => panic!("{other:?}"),
                };
                Came::Fault { code: text("code"), message: text("message") }
            }
            other => panic!("a case {other}"),
        }
    }

    /// What was logged since the last time.
    pub fn logs(&mut self) -> Vec<(u8, String)> {
        std::mem::take(&mut self.store.data_mut().logs)
    }
}

fn function(instance: &Instance, store: &mut Store<Kept>, name: &str) -> Func {
    let interface = instance.get_export_index(&mut *store, None, FUNCTIONS).unwrap();
    let function = instance.get_export_index(&mut *store, Some(&interface), name).unwrap();
    instance.get_func(&mut *store, function).unwrap()
}

fn bytes(list: &Val) -> Vec<u8> {
    let Val::List(items) = list else { panic!("no list: {list:?}") };
    let byte = |item: &Val| match item {
        Val::U8(byte) => *byte,
        other => panic!("no byte: {other:?}"),
    };
    items.iter().map(byte).collect()
}

/// Where a component came to something else than the sandbox did.
pub fn difference(sandbox: &Outcome, came: &Came, logs: &[(u8, String)]) -> Option<String> {
    let same = match (&sandbox.reply, came) {
        (Reply::Json(text), Came::Output(bytes)) => text.as_bytes() == bytes,
        (Reply::Json(text), Came::Nothing) => text == "null",
        (Reply::ApplicationError(error), Came::Error(text)) => error.output.as_ref().unwrap_or(&error.message) == text,
        // An object with a top-level error: the front sees that.
        (Reply::ApplicationError(error), Came::Output(bytes)) => {
            error.output.as_ref().is_some_and(|output| output.as_bytes() == bytes)
        }
        (Reply::Fault(Fault { kind: FaultKind::OutputNotJson, raw_output, .. }), Came::Output(bytes)) => {
            raw_output.as_ref() == Some(bytes)
        }
        (Reply::Fault(fault), Came::Fault { message, .. }) => &fault.message == message,
        (Reply::Fault(fault), Came::Trap) => is_trap(fault, logs),
        _ => false,
    };
    if !same {
        let told: String = format!("{came:?}").chars().take(200).collect();
        let expected: String = format!("{:?}", sandbox.reply).chars().take(300).collect();
        return Some(format!("{told} instead of {expected}; logged {logs:?}"));
    }
    if matches!(came, Came::Trap) {
        return None;
    }
    let same = logs.len() == sandbox.logs.len()
        && logs.iter().zip(&sandbox.logs).all(|((level, text), line)| {
            // The sandbox takes lines of JSON apart, and cuts off what is too long.
            let is_taken_apart = text.starts_with('{');
            let is_cut = line.message.len() > 60_000 && line.message.starts_with(text);
            is_taken_apart || is_cut || (*level, text) == (line.level as u8, &line.message)
        });
    (!same).then(|| format!("logged {logs:?} instead of {:?}", sandbox.logs))
}

/// A trap of the module, or the glue's, which tells before why.
fn is_trap(fault: &Fault, logs: &[(u8, String)]) -> bool {
    match fault.kind {
        FaultKind::Trap
        | FaultKind::Timeout
        | FaultKind::StackOverflow
        | FaultKind::MemoryLimit
        | FaultKind::InstructionLimit => true,
        FaultKind::Convention | FaultKind::MissingImport => logs.last().is_some_and(|(_, text)| text == &fault.message),
        _ => false,
    }
}

/// The same for functions of which two calls never give the same: whether both came to an answer.
pub fn is_of_the_same_kind(sandbox: &Outcome, came: &Came) -> Option<String> {
    let same = match &sandbox.reply {
        Reply::Json(_) => matches!(came, Came::Output(_) | Came::Nothing),
        Reply::ApplicationError(_) => matches!(came, Came::Error(_) | Came::Output(_)),
        Reply::Fault(fault) if fault.kind == FaultKind::OutputNotJson => matches!(came, Came::Output(_)),
        Reply::Fault(_) => matches!(came, Came::Fault { .. } | Came::Trap),
    };
    (!same).then(|| format!("{came:?} instead of something like {:?}", sandbox.reply))
}
