//! What the host keeps for one invocation: limits, log, clock and random numbers, and the state
//! that a calling convention needs. Never shared between invocations.

use std::any::Any;
use std::time::{Duration, Instant};

use wasmtime::{Func, Instance, Memory, ResourceLimiter};

use super::convention::Wasi;
use super::fault::{self, Stop};
use super::log::Log;
use super::outcome::Origin;
use super::outside::{Mishap, Outside};
use super::probe::Recorder;
use super::process::Process;
use super::{Cancel, Limits, LogLevel};

/// Random bytes that one call may ask for: the bound of the Web Cryptography API, to which the
/// libraries of all toolchains keep.
pub(super) const RANDOM_BYTES: usize = 65_536;

/// Longest stretch that a sleeping guest is not looked after: what a deadline or the user's cancelling may be late by.
pub(super) const NAP: Duration = Duration::from_millis(2);

/// The data of a store.
pub(super) struct Host {
    pub(super) limiter: Limiter,
    pub(super) log: Log,
    /// The instance, once it is made: not yet while its start section runs.
    pub(super) instance: Option<Instance>,
    /// Exported functions of a kept instance that were looked up already, by the number of the export.
    pub(super) functions: Vec<(u64, Func)>,
    /// The guest's first memory, once it is instantiated.
    pub(super) memory: Option<Memory>,
    /// State of the calling convention, made when it is first needed.
    pub(super) state: Option<Box<dyn Any + Send>>,
    /// What a program knows of its process.
    pub(super) process: Process,
    /// What a guest that ends in `unreachable` probably meant, for languages that have ways of their own.
    pub(super) unreachable_means: Option<&'static str>,
    /// Bytes of output that the guest may return.
    pub(super) output: u64,
    /// WASI 0.2, for components.
    wasi: Option<Box<Wasi>>,
    /// Where the instance came from: told by the convention that made it.
    pub(super) origin: Origin,
    /// Where its time and random numbers come from.
    pub(super) outside: Outside,
    /// What a store that counts instructions begins with: one more than are allowed.
    pub(super) fuel: Option<u64>,
    /// What is left of it where an exception was thrown that nobody has caught yet.
    pub(super) thrown: Option<u64>,
    /// Who calls whom, where that is to be known.
    pub(super) recorder: Option<Box<Recorder>>,
    deadline: Deadline,
}

/// When an invocation has to end.
#[derive(Clone)]
pub(super) struct Deadline {
    began: Instant,
    limit: Duration,
    cancel: Cancel,
}

/// Why a running guest is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Timeout(Duration),
    Cancelled,
}

/// Most instances, memories and tables of one store each: a component is made of several modules.
const MAX_PARTS: usize = 500;

/// Counts memory and table elements of the whole store.
pub(super) struct Limiter {
    /// Bytes in use, memories of all kinds together.
    pub(super) memory: u64,
    /// Those of them that lie in the host.
    pub(super) taken: u64,
    pub(super) memory_limit: u64,
    elements: u64,
    elements_limit: u64,
    /// What was refused last, in words.
    pub(super) refused: Option<String>,
}

impl Host {
    pub(super) fn new(limits: &Limits, cancel: &Cancel, began: Instant) -> Self {
        Self {
            limiter: Limiter {
                memory: 0,
                taken: 0,
                memory_limit: limits.memory,
                elements: 0,
                elements_limit: limits.table_elements,
                refused: None,
            },
            log: Log::new(limits.log, began),
            instance: None,
            functions: Vec::new(),
            memory: None,
            state: None,
            process: Process::default(),
            unreachable_means: None,
            output: limits.output,
            wasi: None,
            origin: Origin::Fresh,
            outside: Outside::default(),
            fuel: None,
            thrown: None,
            recorder: None,
            deadline: Deadline { began, limit: limits.time, cancel: cancel.clone() },
        }
    }

    /// Begins another invocation with the instance of an earlier one.
    pub(super) fn begin_again(&mut self, limits: &Limits, cancel: &Cancel, began: Instant) {
        self.limiter.memory_limit = limits.memory;
        self.limiter.elements_limit = limits.table_elements;
        self.limiter.refused = None;
        self.log = Log::new(limits.log, began);
        self.output = limits.output;
        self.origin = Origin::Reused;
        self.deadline = Deadline { began, limit: limits.time, cancel: cancel.clone() };
    }

    /// WASI 0.2 for the instance, made when it is first asked for.
    pub(super) fn wasi(&mut self) -> &mut Wasi {
        self.wasi.get_or_insert_with(|| Box::new(Wasi::new(&self.outside)))
    }

    /// The same for another instance in the same invocation, whose time goes on.
    pub(super) fn anew(&self) -> Self {
        let Limiter { memory_limit, elements_limit, .. } = self.limiter;
        Self {
            limiter: Limiter { memory: 0, taken: 0, memory_limit, elements: 0, elements_limit, refused: None },
            log: self.log.anew(),
            instance: None,
            functions: Vec::new(),
            memory: None,
            state: None,
            output: self.output,
            origin: Origin::Fresh,
            process: Process::default(),
            unreachable_means: None,
            wasi: None,
            outside: self.outside.clone(),
            fuel: self.fuel,
            thrown: None,
            recorder: self.recorder.as_ref().and(self.fuel).map(|fuel| Box::new(Recorder::new(fuel))),
            deadline: self.deadline.clone(),
        }
    }

    /// Sleeps in the guest's stead.
    ///
    /// # Errors
    /// A [`Stop`] as soon as the invocation has to end: nothing else wakes a thread that sleeps.
    pub(super) fn sleep(&self, time: Duration) -> wasmtime::Result<()> {
        let until = Instant::now().checked_add(time);
        loop {
            if let Some(ending) = self.ending() {
                return Err(Stop::from(ending).into());
            }
            let left = until.map_or(NAP, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    /// Lets go wrong what is to go wrong once the function is called.
    pub(super) fn meet_mishap(&mut self) {
        match self.outside.mishap() {
            Some(Mishap::OutOfMemory) => self.limiter.memory_limit = self.limiter.memory,
            Some(Mishap::OutOfTime) => self.deadline.limit = Duration::ZERO,
            _ => {}
        }
    }

    /// Whether the time is up on purpose.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.outside.mishap() == Some(Mishap::OutOfTime)
    }

    /// Whether the guest must end now.
    pub(super) fn ending(&self) -> Option<Ending> {
        self.deadline.ending()
    }

    /// When the invocation has to end, for who must know while the guest has the host's data.
    pub(super) fn deadline(&self) -> Deadline {
        self.deadline.clone()
    }

    /// Time since the invocation began.
    pub(super) fn uptime(&self) -> Duration {
        self.outside.uptime(self.deadline.began.elapsed())
    }

    /// Time since the invocation began, in milliseconds: what JavaScript's `performance.now()` gives.
    pub(super) fn uptime_millis(&self) -> f64 {
        self.uptime().as_secs_f64() * 1e3
    }

    /// Logs a line.
    pub(super) fn log(&mut self, level: LogLevel, text: &str) {
        self.log.push(level, text);
    }
}

impl Deadline {
    /// Whether the guest must end now.
    pub(super) fn ending(&self) -> Option<Ending> {
        if self.cancel.is_cancelled() {
            Some(Ending::Cancelled)
        } else if self.began.elapsed() >= self.limit {
            Some(Ending::Timeout(self.limit))
        } else {
            None
        }
    }

    /// How long the invocation may still take.
    pub(super) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.began.elapsed())
    }
}

impl Limiter {
    /// Takes memory of the host for the guest.
    ///
    /// # Errors
    /// When no more is allowed.
    pub(super) fn take(&mut self, bytes: u64) -> wasmtime::Result<()> {
        let after = self.memory.saturating_add(bytes);
        if after > self.memory_limit {
            let message = format!("The function asked for more than {} of memory", fault::bytes(self.memory_limit));
            return Err(Stop::MemoryLimit(message).into());
        }
        self.memory = after;
        self.taken = self.taken.saturating_add(bytes);
        Ok(())
    }

    /// Elements in all tables and bytes in all memories are summed, so that many small ones cost
    /// what one large one does.
    fn grow(used: &mut u64, limit: u64, current: usize, desired: usize) -> bool {
        let after = used.saturating_sub(current as u64).saturating_add(desired as u64);
        if after > limit {
            return false;
        }
        *used = after;
        true
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let granted = Self::grow(&mut self.memory, self.memory_limit, current, desired);
        if !granted {
            self.refused = Some(format!("more than {} of memory", fault::bytes(self.memory_limit)));
        }
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let granted = Self::grow(&mut self.elements, self.elements_limit, current, desired);
        if !granted {
            self.refused = Some(format!("more than {} table elements", self.elements_limit));
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        MAX_PARTS
    }

    fn memories(&self) -> usize {
        MAX_PARTS
    }

    fn tables(&self) -> usize {
        MAX_PARTS
    }
}
