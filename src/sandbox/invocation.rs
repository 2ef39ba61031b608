//! One running invocation: its store, its input and its stopwatch. Never outlives the call.

use std::time::Instant;

use wasmtime::{AsContext, Store, Trap, UpdateDeadline};

use super::convention::Answer;
use super::fault::{self, Stop};
use super::host::Host;
use super::outcome::{ApplicationError, Fault, FaultKind, Instructions, Origin, Outcome, Reply, Tier, Timings};
use super::output::{NOT_JSON_HELP, Output};
use super::probe::KEPT_BACK;
use super::{Cancel, Limits};

/// The parts of an invocation that are timed each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Instantiate,
    CopyIn,
    Run,
    CopyOut,
}

/// What a calling convention works on.
pub(super) struct Invocation<'a> {
    pub(super) store: Store<Host>,
    /// The function's name as the caller wrote it.
    pub(super) function: &'a str,
    pub(super) input: &'a [u8],
    pub(super) stopwatch: Stopwatch,
}

/// Where the time goes, and in a store that counts them the instructions.
pub(super) struct Stopwatch {
    timings: Timings,
    phase: Phase,
    since: Instant,
    counter: Option<Counter>,
}

/// Instructions counted so far.
struct Counter {
    instructions: Instructions,
    /// What the store had left at the last look.
    left: u64,
}

/// What an invocation leaves.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// To be used again, where the instance is to be kept.
    pub(super) store: Store<Host>,
    /// None where nothing was counted.
    pub(super) instructions: Option<Instructions>,
}

impl<'a> Invocation<'a> {
    /// Makes the store; the time begins here.
    pub(super) fn begin(
        engine: &wasmtime::Engine,
        (function, input): (&'a str, &'a [u8]),
        limits: &Limits,
        cancel: &Cancel,
    ) -> Self {
        let stopwatch = Stopwatch::start(Phase::Instantiate);
        let store = store(engine, Host::new(limits, cancel, stopwatch.since));
        Self { store, function, input, stopwatch }
    }

    /// Makes a store that counts instructions; the engine's code must be compiled for that.
    pub(super) fn begin_counting(
        engine: &wasmtime::Engine,
        (function, input): (&'a str, &'a [u8]),
        limits: &Limits,
        cancel: &Cancel,
    ) -> Self {
        let mut stopwatch = Stopwatch::start(Phase::Instantiate);
        let mut host = Host::new(limits, cancel, stopwatch.since);
        let fuel = fuel(limits.instructions);
        host.fuel = Some(fuel);
        stopwatch.count_from(fuel);
        Self { store: store(engine, host), function, input, stopwatch }
    }

    /// Begins another invocation in the store of an earlier one; the time begins here.
    pub(super) fn begin_again(
        mut store: Store<Host>,
        (function, input): (&'a str, &'a [u8]),
        limits: &Limits,
        cancel: &Cancel,
    ) -> Self {
        let stopwatch = Stopwatch::start(Phase::CopyIn);
        store.data_mut().begin_again(limits, cancel, stopwatch.since);
        store.set_epoch_deadline(1);
        Self { store, function, input, stopwatch }
    }

    /// Gives the invocation a fresh store, without an instance. Its time goes on; what is counted is the
    /// attempt that gives the answer.
    pub(super) fn restart(&mut self) {
        self.stopwatch.enter(Phase::Instantiate, &self.store);
        self.store.data().outside.restart();
        self.store = store(self.store.engine(), self.store.data().anew());
        if let Some(fuel) = self.store.data().fuel {
            self.stopwatch.count_from(fuel);
        }
    }

    /// Lets go wrong what is to go wrong once the function is called.
    pub(super) fn meet_mishap(&mut self) {
        self.store.data_mut().meet_mishap();
        if self.store.data().is_out_of_time() {
            // Otherwise a short function would be over before the clock ticks.
            self.store.set_epoch_deadline(0);
        }
    }

    /// Stops the clock and judges what came out. The store is given back for the next invocation.
    pub(super) fn end(mut self, answer: wasmtime::Result<Answer>, tier: Tier) -> Ended {
        self.stopwatch.enter(Phase::CopyOut, &self.store);
        let peak_memory = self.peak_memory();
        let counter = self.stopwatch.counter.take();
        // Fuel is looked at where functions and loops begin: the last steps of a call may cross the limit unseen.
        let answer = match &counter {
            Some(Counter { left: ..=KEPT_BACK, .. }) if answer.is_ok() => Err(Trap::OutOfFuel.into()),
            _ => answer,
        };
        let timings = self.stopwatch.timings;
        let host = self.store.data_mut();
        let reply = match answer {
            Ok(Answer::Text(bytes)) => judge(bytes, host.output),
            Ok(Answer::Nothing) => Reply::Json("null".to_owned()),
            Ok(Answer::Error(error)) => Reply::ApplicationError(error),
            Err(error) => Reply::Fault(fault::explain(&error, host)),
        };
        let origin = host.origin;
        let (logs, logs_dropped) = host.log.finish();
        let outcome = Outcome { reply, logs, logs_dropped, timings, peak_memory, origin, tier };
        Ended { outcome, store: self.store, instructions: counter.map(|counter| counter.instructions) }
    }

    /// Memories never shrink, so what a memory has at the end was its largest.
    fn peak_memory(&self) -> u64 {
        match self.store.data().memory {
            Some(memory) => memory.data_size(&self.store) as u64 + self.store.data().limiter.taken,
            None => self.store.data().limiter.memory,
        }
    }
}

/// A store that ends its guest in time.
pub(super) fn store(engine: &wasmtime::Engine, host: Host) -> Store<Host> {
    let mut store = Store::new(engine, host);
    if let Some(fuel) = store.data().fuel {
        // Refused only by an engine whose code does not count, and then there is nothing to limit.
        let _ = store.set_fuel(fuel);
    }
    store.limiter(|host| &mut host.limiter);
    // Asked at every tick of the clock: a look at the time and at the cancel switch.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|context| match context.data().ending() {
        None => Ok(UpdateDeadline::Continue(1)),
        Some(ending) => Err(Stop::from(ending).into()),
    });
    store
}

impl Stopwatch {
    fn start(phase: Phase) -> Self {
        Self { timings: Timings::default(), phase, since: Instant::now(), counter: None }
    }

    fn count_from(&mut self, fuel: u64) {
        self.counter = Some(Counter { instructions: Instructions::default(), left: fuel });
    }

    /// The next phase begins in this store.
    pub(super) fn enter(&mut self, phase: Phase, store: impl AsContext<Data = Host>) {
        if phase == self.phase && phase == Phase::CopyIn {
            return;
        }
        if let Some(counter) = &mut self.counter {
            counter.note(self.phase, store.as_context().get_fuel().unwrap_or_default());
        }
        let now = Instant::now();
        let elapsed = now - self.since;
        match self.phase {
            Phase::Instantiate => self.timings.instantiate += elapsed,
            Phase::CopyIn => self.timings.copy_in += elapsed,
            Phase::Run => self.timings.run += elapsed,
            Phase::CopyOut => self.timings.copy_out += elapsed,
        }
        (self.phase, self.since) = (phase, now);
    }
}

impl Counter {
    fn note(&mut self, phase: Phase, left: u64) {
        let spent = self.left.saturating_sub(left);
        let Instructions { instantiate, copy_in, run, copy_out } = &mut self.instructions;
        *match phase {
            Phase::Instantiate => instantiate,
            Phase::CopyIn => copy_in,
            Phase::Run => run,
            Phase::CopyOut => copy_out,
        } += spent;
        self.left = left;
    }
}

/// The fuel that so many instructions are allowed with.
fn fuel(instructions: Option<u64>) -> u64 {
    // One more than is kept back, so that what is left tells whether the limit was exceeded. The engine counts in
    // signed numbers, and probes pay back.
    const MOST: u64 = i64::MAX.cast_unsigned() / 2;
    instructions.unwrap_or(u64::MAX).saturating_add(1 + KEPT_BACK).min(MOST)
}

impl Outcome {
    /// An invocation that was refused before anything ran.
    pub(super) fn not_begun(fault: Fault) -> Self {
        Self {
            reply: Reply::Fault(fault),
            logs: Vec::new(),
            logs_dropped: 0,
            timings: Timings::default(),
            peak_memory: 0,
            origin: Origin::default(),
            tier: Tier::default(),
        }
    }
}

/// Whether output bytes are an answer, the function's own error, or nothing of use.
fn judge(bytes: Vec<u8>, limit: u64) -> Reply {
    if bytes.len() as u64 > limit {
        return Reply::Fault(fault::output_too_large(bytes.len() as u64, limit));
    }
    match Output::of(&bytes) {
        Output::Json(text) => Reply::Json(text),
        Output::Error { message, text } => Reply::ApplicationError(ApplicationError { message, output: Some(text) }),
        Output::NotJson { message } => Reply::Fault(Fault {
            help: Some(NOT_JSON_HELP.to_owned()),
            raw_output: Some(bytes),
            ..fault::plain(FaultKind::OutputNotJson, message)
        }),
    }
}
