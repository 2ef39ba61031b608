//! Everything on the JavaScript side of one running Go program: its objects, the references that Go
//! holds, timers, promise jobs and the clock. Made when the program boots, or taken from a snapshot.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wasmtime::{Memory, StoreContextMut, TypedFunc};

use super::heap::{Heap, Reaction};
use super::refs::Refs;
use super::value::{ObjectId as Id, Value};
use crate::sandbox::fault::Stop;
use crate::sandbox::host::Host;
use crate::sandbox::outcome::LogLevel;

/// What host functions work on: the store from outside or from within a call of the guest.
pub(super) type Context<'a> = StoreContextMut<'a, Host>;

/// Bytes of a last message that are kept.
const LAST_WORDS: usize = 4 << 10;
/// Most timers and jobs that wait at the same time.
const MOST_WAITING: usize = 100_000;

/// The JavaScript side of a program.
pub(super) struct Realm {
    pub(super) state: State,
    /// Values that the host itself holds while the guest runs.
    pub(super) pinned: Vec<Value>,
    /// Calls of the guest within calls of the guest.
    pub(super) depth: u32,
    pub(super) go: Option<GoExports>,
    /// Whether what the program writes is thrown away: it is while it boots.
    pub(super) muted: bool,
    /// The function's input, and whether anything has looked at it.
    pub(super) input: Option<Value>,
    pub(super) input_seen: bool,
    /// The memory from while the program booted, where it is wanted.
    pub(super) witness: Witness,
    /// What the program wrote on its way out, from `panic: ` or `fatal error: ` on.
    pub(super) last_words: String,
    /// The code that the program ended with.
    pub(super) exited: Option<i32>,
    /// Bytes of the heap that the invocation's memory limit knows of.
    reported: u64,
    /// When the clock of this realm began, and what it showed then.
    since: Instant,
}

/// A look at the low memory while the program boots.
#[derive(Debug, Default)]
pub(super) enum Witness {
    #[default]
    Off,
    Wanted,
    Taken(Vec<u8>),
}

/// What a snapshot keeps of a realm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) heap: Heap,
    pub(super) refs: Refs,
    pub(super) timers: Vec<Timer>,
    next_timer: i32,
    pub(super) jobs: VecDeque<Job>,
    /// The monotonic clock when this realm began, in nanoseconds.
    clock: u64,
}

/// Something to do at a time of the realm's clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Timer {
    pub(super) id: i32,
    /// In nanoseconds of the realm's clock.
    pub(super) due: u64,
    pub(super) action: Action,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Action {
    /// Go's own timer: it looks itself what is due.
    Resume,
    /// `setTimeout`, or with a period `setInterval`.
    Call { function: Value, arguments: Vec<Value>, every: Option<u64> },
}

/// What runs once no JavaScript and no Go is running.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Job {
    React {
        reaction: Reaction,
        value: Value,
        rejected: bool,
    },
    /// Settles a promise by another object's own `then`.
    Adopt {
        promise: Id,
        thenable: Value,
        then: Value,
    },
    Call {
        function: Value,
    },
}

/// The exports of the instance.
#[derive(Clone, Copy)]
pub(super) struct GoExports {
    pub(super) memory: Memory,
    pub(super) getsp: TypedHandle<i32>,
    pub(super) resume: TypedHandle<()>,
}

/// An exported function without parameters.
#[derive(Clone, Copy)]
pub(super) struct TypedHandle<R: 'static>(pub(super) wasmtime::Func, std::marker::PhantomData<fn() -> R>);

impl State {
    pub(super) fn new() -> Self {
        Self {
            heap: Heap::new(),
            refs: Refs::new(),
            timers: Vec::new(),
            next_timer: 1,
            jobs: VecDeque::new(),
            clock: 1,
        }
    }
}

impl<R: wasmtime::WasmResults> TypedHandle<R> {
    pub(super) fn new(function: wasmtime::Func) -> Self {
        Self(function, std::marker::PhantomData)
    }

    pub(super) fn call(self, context: &mut Context) -> wasmtime::Result<R> {
        let typed: TypedFunc<(), R> = self.0.typed(&*context)?;
        typed.call(&mut *context, ())
    }
}

impl Realm {
    pub(super) fn new(state: State) -> Self {
        Self {
            state,
            pinned: Vec::new(),
            depth: 0,
            go: None,
            muted: false,
            input: None,
            input_seen: false,
            witness: Witness::Off,
            last_words: String::new(),
            exited: None,
            reported: 0,
            since: Instant::now(),
        }
    }

    /// What a snapshot keeps; the clock goes on from here in every copy.
    pub(super) fn freeze(&self) -> State {
        State { clock: self.nanoseconds(), ..self.state.clone() }
    }

    /// The monotonic clock.
    pub(super) fn nanoseconds(&self) -> u64 {
        self.state.clock + self.since.elapsed().as_nanos() as u64
    }

    pub(super) fn go(&self) -> wasmtime::Result<GoExports> {
        self.go.ok_or_else(|| Stop::convention("The module calls its glue before it runs"))
    }

    pub(super) fn add_timer(&mut self, after: Duration, action: Action) -> wasmtime::Result<i32> {
        if self.state.timers.len() >= MOST_WAITING {
            return Err(Stop::MemoryLimit(format!("The function set more than {MOST_WAITING} timers")).into());
        }
        let id = self.state.next_timer;
        self.state.next_timer = id.checked_add(1).unwrap_or(1);
        let due = self.nanoseconds().saturating_add(u64::try_from(after.as_nanos()).unwrap_or(u64::MAX));
        self.state.timers.push(Timer { id, due, action });
        Ok(id)
    }

    pub(super) fn remove_timer(&mut self, id: i32) {
        self.state.timers.retain(|timer| timer.id != id);
    }

    /// The timer that is due first.
    pub(super) fn next_timer(&self) -> Option<&Timer> {
        self.state.timers.iter().min_by_key(|timer| (timer.due, timer.id))
    }

    pub(super) fn add_job(&mut self, job: Job) -> wasmtime::Result<()> {
        if self.state.jobs.len() >= MOST_WAITING {
            return Err(Stop::MemoryLimit(format!("More than {MOST_WAITING} promise callbacks wait")).into());
        }
        self.state.jobs.push_back(job);
        Ok(())
    }

    /// Notes it where the value is the function's input: it is looked at.
    pub(super) fn look_at(&mut self, value: &Value) {
        let is_input = match (&self.input, value) {
            (Some(Value::Object(input)), Value::Object(value)) => input == value,
            (Some(Value::Text(input)), Value::Text(value)) => input == value,
            _ => false,
        };
        self.input_seen |= is_input;
    }

    /// Keeps what the program says of its own end.
    pub(super) fn note_last_words(&mut self, text: &str) {
        let text = if self.last_words.is_empty() {
            let begins =
                |mark: &str| text.find(mark).filter(|at| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'));
            match [begins("panic: "), begins("fatal error: "), begins("runtime: ")].into_iter().flatten().min() {
                Some(at) => text.get(at..).unwrap_or_default(),
                None => return,
            }
        } else {
            text
        };
        let room = LAST_WORDS.saturating_sub(self.last_words.len());
        self.last_words.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
    }

    /// Frees objects that nothing reaches any more, where it is time.
    fn collect(&mut self) {
        if !self.state.heap.is_full() {
            return;
        }
        let State { heap, refs, timers, jobs, .. } = &mut self.state;
        let of_timers = timers.iter().flat_map(|timer| match &timer.action {
            Action::Resume => Vec::new(),
            Action::Call { function, arguments, .. } => std::iter::once(function).chain(arguments).collect(),
        });
        let derived: Vec<Value> = jobs
            .iter()
            .filter_map(|job| match job {
                Job::React { reaction, .. } => Some(Value::Object(reaction.derived)),
                Job::Adopt { promise, .. } => Some(Value::Object(*promise)),
                Job::Call { .. } => None,
            })
            .collect();
        let of_jobs = jobs.iter().flat_map(|job| match job {
            Job::React { reaction, value, .. } => vec![&reaction.fulfilled, &reaction.rejected, value],
            Job::Adopt { thenable, then, .. } => vec![thenable, then],
            Job::Call { function } => vec![function],
        });
        let roots =
            refs.values().chain(of_timers).chain(of_jobs).chain(&derived).chain(&self.pinned).chain(&self.input);
        heap.collect(roots);
    }
}

/// The realm of the program that the store holds.
pub(super) fn of(host: &mut Host) -> wasmtime::Result<&mut Realm> {
    let realm = host.state.as_mut().and_then(|state| state.downcast_mut::<Realm>());
    realm.ok_or_else(|| Stop::convention("There is no running program"))
}

/// Brings the heap and the memory limit together. Called where the host holds no values of its own
/// but pinned ones, for objects are freed here.
pub(super) fn account(host: &mut Host) -> wasmtime::Result<&mut Realm> {
    let (memory, limit) = (host.limiter.memory, host.limiter.memory_limit);
    let realm = of(host)?;
    // What is left besides the linear memory.
    realm.state.heap.limit = limit.saturating_sub(memory.saturating_sub(realm.reported));
    realm.collect();
    let used = realm.state.heap.used();
    let before = std::mem::replace(&mut realm.reported, used);
    host.limiter.memory = memory.saturating_sub(before).saturating_add(used);
    of(host)
}

/// What the program writes to its streams: lines of the log.
pub(super) fn write(host: &mut Host, level: LogLevel, bytes: &[u8]) -> wasmtime::Result<()> {
    let realm = of(host)?;
    if level == LogLevel::Error {
        realm.note_last_words(&String::from_utf8_lossy(bytes));
    }
    if !realm.muted {
        host.log.write(level, bytes);
    }
    Ok(())
}

/// What the program says on the console.
pub(super) fn log(host: &mut Host, level: LogLevel, line: &str) -> wasmtime::Result<()> {
    if !of(host)?.muted {
        host.log(level, line);
    }
    Ok(())
}

/// How a call came back: a value, or a value thrown.
pub(super) type Completion = Result<Value, Value>;

/// The completion of a call that throws an error of this class.
pub(super) fn throw(host: &mut Host, class: &str, message: &str) -> wasmtime::Result<Completion> {
    Ok(Err(of(host)?.state.heap.error(class, message)?))
}
