//! One running invocation: its store, its input and its stopwatch. Never outlives the call.

use std::time::Instant;

use wasmtime::{Store, UpdateDeadline};

use super::convention::Answer;
use super::fault::{self, Stop};
use super::host::Host;
use super::outcome::{ApplicationError, Fault, FaultKind, Origin, Outcome, Reply, Tier, Timings};
use super::{Cancel, Limits, json};

/// Output bytes kept where they cannot be used.
const RAW_OUTPUT: usize = 64 << 10;

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

/// Where the time goes.
pub(super) struct Stopwatch {
    timings: Timings,
    phase: Phase,
    since: Instant,
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

    /// Gives the invocation a fresh store, without an instance. Its time goes on.
    pub(super) fn restart(&mut self) {
        self.store = store(self.store.engine(), self.store.data().anew());
        self.stopwatch.enter(Phase::Instantiate);
    }

    /// Stops the clock and judges what came out. The store is given back for the next invocation.
    pub(super) fn end(mut self, answer: wasmtime::Result<Answer>, tier: Tier) -> (Outcome, Store<Host>) {
        self.stopwatch.enter(Phase::CopyOut);
        let peak_memory = self.peak_memory();
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
        (Outcome { reply, logs, logs_dropped, timings, peak_memory, origin, tier }, self.store)
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
        Self { timings: Timings::default(), phase, since: Instant::now() }
    }

    /// The next phase begins.
    pub(super) fn enter(&mut self, phase: Phase) {
        if phase == self.phase && phase == Phase::CopyIn {
            return;
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
    match json::check(&bytes) {
        Ok(text) => match json::top_level_error(text) {
            None => Reply::Json(text.to_owned()),
            Some(error) => Reply::ApplicationError(ApplicationError {
                message: json::error_message(&error),
                output: Some(text.to_owned()),
            }),
        },
        Err(reason) => {
            let message = format!("The function returned {} bytes that are not JSON: {reason}", bytes.len());
            let mut raw = bytes;
            raw.truncate(RAW_OUTPUT);
            Reply::Fault(Fault {
                help: Some("Return the result as JSON text; a plain text needs quotation marks around it".to_owned()),
                raw_output: Some(raw),
                ..fault::plain(FaultKind::OutputNotJson, message)
            })
        }
    }
}
