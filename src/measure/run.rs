//! Carries a load plan out: workers on threads of their own, who take the next call of the schedule, wait for
//! its time where it has one, and call. Never judges what comes of it.
//!
//! In an open model nobody hands calls out: each worker takes the next arrival and waits for its intended time,
//! so that a free worker is always already waiting. An arrival whose time is past when a worker takes it was
//! queueing, because all workers were busy; one that begins late although its worker was free is the generator's own
//! fault, and the two are counted apart.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::sandbox::{Cancel, Origin, Outcome};

use super::callee::{Called, Callee, Caller};
use super::load::{Extent, Instances, LoadPlan};
use super::measurement::{Failure, Measurement, RunError, Sample};
use super::overhead;
use super::pace::{self, Pace};
use super::schedule::{self, Schedule};
use super::warning::Warning;

/// How often a run's watcher is told.
const TOLD_EVERY: Duration = Duration::from_millis(50);
/// How many kinds of failures are told apart.
const MAX_FAILURE_KINDS: usize = 20;
/// From the moment when all workers are ready to the start, so that none of them wakes up after it.
const LEAD: Duration = Duration::from_millis(2);
/// A call that begins by no more than this after its intended time is in time: timers are not more exact.
pub const TOLERANCE: Duration = Duration::from_millis(1);
/// The share of calls that the generator may begin late before that is worth a warning.
const FORGIVEN: f64 = 0.01;

/// The share of a run that its workers may be without a processor before that is worth a warning: from there on the
/// slowest twentieth of the calls, and with it p95, is made by it.
const MOST_STARVED: f64 = 0.05;

/// What a run does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Calls a function that does nothing.
    Overhead,
    /// Calls that do not count.
    WarmUp,
    /// Calls that count.
    Counting,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// What it does.
    pub phase: Phase,
    /// Counted calls that have ended.
    pub done: u64,
    /// How much of the counted part is done, from 0 to 1.
    pub share: f32,
    /// Time since the first counted call was to begin.
    pub elapsed: Duration,
    /// The samples since the last time, sorted by [`Sample::at`].
    pub fresh: &'a [Sample],
}

impl Progress<'_> {
    fn beginning(phase: Phase) -> Self {
        Progress { phase, done: 0, share: 0.0, elapsed: Duration::ZERO, fresh: &[] }
    }
}

/// Calls `callee` as planned, with a function that does nothing before and after, and tells `watch` about every
/// 50 ms how far it is. Ends early, with what it has, when `cancel` is pressed.
///
/// # Errors
/// When the plan or the callee is impossible, or the system refuses what a run needs.
pub fn run(
    callee: &dyn Callee,
    plan: LoadPlan,
    cancel: &Cancel,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Measurement, RunError> {
    plan.check()?;
    watch(Progress::beginning(Phase::Overhead));
    // Code that is about to be replaced by better code is not worth measuring.
    callee.settle();
    callee.admit(cancel)?;
    let before = overhead::probe(callee, &plan, cancel);
    let mut measurement = carry_out(callee, plan, cancel, watch)?;
    let after = overhead::probe(callee, &plan, cancel);
    overhead::conclude(&mut measurement, before, after);
    Ok(measurement)
}

/// Carries `plan` out without a look at the overhead.
pub(super) fn carry_out(
    callee: &dyn Callee,
    plan: LoadPlan,
    cancel: &Cancel,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Measurement, RunError> {
    let inputs = callee.inputs();
    if inputs.is_empty() {
        return Err(RunError::Callee("there is no input to call with; save a case, or give an input".into()));
    }
    let workers = plan.model.workers();
    let site = Site {
        callee,
        plan,
        cancel,
        warm_up: AtomicU32::new(plan.warm_up),
        inputs: inputs.len(),
        schedule: Mutex::new(Schedule::new(&plan, inputs.len())),
        cutoff: schedule::length(&plan).map(|length| length + grace(length)),
        gate: Gate::default(),
        cancelled_at: OnceLock::new(),
        desks: (0..workers).map(|_| Mutex::default()).collect(),
    };
    let (samples, ledger) = thread::scope(|scope| site.staff(scope, watch))?;
    let schedule = lock(&site.schedule);
    let mut measurement = Measurement::from_samples(plan, inputs, samples)?;
    measurement.means = callee.means();
    measurement.elapsed = ledger.ended;
    measurement.peak_memory = ledger.memory;
    measurement.last = ledger.last.map(|(_, outcome)| outcome);
    measurement.warnings.extend(not_kept(&measurement, ledger.reused));
    measurement.failures = ledger.failures;
    measurement.failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    measurement.cancelled = site.cancelled_at.get().is_some();
    measurement.late = ledger.late;
    measurement.dropped = ledger.dropped;
    if ledger.dropped > 0 {
        measurement.warnings.push(Warning::Dropped { calls: ledger.dropped });
    }
    if ledger.behind as f64 > FORGIVEN * measurement.samples.len() as f64 {
        measurement.warnings.push(Warning::FellBehind { calls: ledger.behind, most: ledger.most_behind });
    }
    let starved = ledger.starved.as_secs_f64() / ledger.worked.as_secs_f64().max(1e-9);
    if starved > MOST_STARVED {
        measurement.warnings.push(Warning::Crowded { share: starved });
    }
    if schedule.is_exhausted() {
        measurement.warnings.push(Warning::CutShort { calls: measurement.samples.len() as u64 });
    }
    Ok(measurement)
}

/// Says so when instances were to be kept and mostly were not. What was called without an outcome tells nothing.
fn not_kept(measurement: &Measurement, kept: u64) -> Option<Warning> {
    let calls = measurement.samples.len() as u64;
    let was_to_be = measurement.plan.instances == Instances::Kept && measurement.last.is_some();
    (was_to_be && kept < calls / 2).then_some(Warning::MostlyFresh { kept, calls })
}

/// How long arrivals that wait are still called after the last one came: a tenth of the run, and a second at least.
fn grace(length: Duration) -> Duration {
    (length / 10).max(Duration::from_secs(1))
}

/// What the workers of one run share.
struct Site<'a> {
    callee: &'a dyn Callee,
    plan: LoadPlan,
    cancel: &'a Cancel,
    /// Calls of the warm-up that are still to be made.
    warm_up: AtomicU32,
    inputs: usize,
    schedule: Mutex<Schedule>,
    /// From the start of the run: arrivals that wait are dropped after it.
    cutoff: Option<Duration>,
    gate: Gate,
    /// When a worker first found the run cancelled, from its start.
    cancelled_at: OnceLock<Duration>,
    /// Where each worker lays down its samples.
    desks: Vec<Mutex<Vec<Sample>>>,
}

/// What one worker, or all of them together, have to report beside samples.
#[derive(Default)]
struct Ledger {
    failures: Vec<Failure>,
    memory: Option<u64>,
    /// Calls in an instance that an earlier one had left.
    reused: u64,
    /// The last outcome, with the time of its end.
    last: Option<(Duration, Outcome)>,
    late: u64,
    dropped: u64,
    behind: u64,
    most_behind: Duration,
    ended: Duration,
    /// From the start to its end, all workers together.
    worked: Duration,
    /// How much of that it was ready to run without a processor.
    starved: Duration,
}

/// What a worker tells the thread that started it.
type Ready = Result<(), RunError>;

impl Site<'_> {
    /// Starts the workers, watches over them, and gives what they have gathered.
    fn staff<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        watch: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(Vec<Sample>, Ledger), RunError> {
        let (tell, told) = channel();
        let (mut workers, mut ready) = (Vec::new(), Ok(()));
        for desk in &self.desks {
            let tell = tell.clone();
            let work = move || self.work(desk, &tell);
            match thread::Builder::new().name("load".into()).spawn_scoped(scope, work) {
                Ok(worker) => workers.push(worker),
                Err(error) => ready = Err(RunError::Worker(error.to_string())),
            }
        }
        drop(tell);
        ready = ready.and_then(|()| self.wait_until_ready(&workers, &told, watch));
        if let Err(error) = ready {
            self.gate.open(None);
            workers.into_iter().for_each(|worker| _ = worker.join());
            return Err(error);
        }
        let started = Instant::now() + LEAD;
        self.gate.open(Some(started));
        let samples = self.watch_over(&told, started, watch);
        let mut total = Ledger::default();
        for worker in workers {
            total.add(finished(worker)?);
        }
        if let Some(at) = self.cancelled_at.get() {
            // Whoever was waiting when the run was cancelled would otherwise never have been there.
            total.dropped += lock(&self.schedule).drop_until(*at);
        }
        Ok((samples, total))
    }

    /// Waits until every worker has its caller and the warm-up is over.
    fn wait_until_ready(
        &self,
        workers: &[ScopedJoinHandle<'_, Ledger>],
        told: &Receiver<Ready>,
        watch: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), RunError> {
        watch(Progress::beginning(Phase::WarmUp));
        let mut waiting = self.desks.len();
        while waiting > 0 {
            // Whoever ends before the start has said why, or broke down.
            let has_ended = workers.iter().any(ScopedJoinHandle::is_finished);
            match told.recv_timeout(if has_ended { Duration::ZERO } else { TOLD_EVERY }) {
                Ok(ready) => {
                    ready?;
                    waiting -= 1;
                }
                Err(RecvTimeoutError::Timeout) if !has_ended => watch(Progress::beginning(Phase::WarmUp)),
                Err(_) => return Err(broke_down()),
            }
        }
        Ok(())
    }

    /// Gathers samples and tells of them until the last worker has ended.
    fn watch_over(&self, told: &Receiver<Ready>, started: Instant, watch: &mut dyn FnMut(Progress<'_>)) -> Vec<Sample> {
        let mut samples = Vec::new();
        loop {
            // Nothing is told any more: the channel only shows when the last worker is gone.
            let is_over = matches!(told.recv_timeout(TOLD_EVERY), Err(RecvTimeoutError::Disconnected));
            let known = samples.len();
            for desk in &self.desks {
                samples.append(&mut lock(desk));
            }
            let elapsed = started.elapsed();
            let Some(fresh) = samples.get_mut(known..) else { return samples };
            fresh.sort_by_key(|sample| sample.at);
            let done = (known + fresh.len()) as u64;
            let share = if is_over { 1.0 } else { self.share(done, elapsed) };
            watch(Progress { phase: Phase::Counting, done, share, elapsed, fresh });
            if is_over {
                return samples;
            }
        }
    }

    fn share(&self, done: u64, elapsed: Duration) -> f32 {
        let share = match self.plan.extent {
            Extent::Calls(calls) => done as f64 / f64::from(calls.max(1)),
            Extent::For(length) => elapsed.as_secs_f64() / length.as_secs_f64(),
        };
        share.clamp(0.0, 1.0) as f32
    }

    /// One worker's whole life.
    fn work(&self, desk: &Mutex<Vec<Sample>>, tell: &Sender<Ready>) -> Ledger {
        let mut caller = match self.callee.caller(self.plan.instances) {
            Ok(caller) => caller,
            Err(error) => {
                let _ = tell.send(Err(error));
                return Ledger::default();
            }
        };
        self.warm(&mut *caller);
        let _ = tell.send(Ok(()));
        let Some(started) = self.gate.wait() else { return Ledger::default() };
        let mut pace = Pace::new();
        // A wait until the start: time since then stays zero before it.
        pace.wait_until(started - LEAD, LEAD, self.cancel);
        let (mut ledger, starved) = (Ledger::default(), pace::starved());
        while let Some(sample) = self.call_next(&mut *caller, &mut pace, started, &mut ledger) {
            lock(desk).push(sample);
        }
        ledger.ended = started.elapsed();
        ledger.worked = ledger.ended;
        ledger.starved =
            pace::starved().zip(starved).map_or(Duration::ZERO, |(after, before)| after.saturating_sub(before));
        ledger
    }

    fn warm(&self, caller: &mut dyn Caller) {
        let one_less = |left: u32| left.checked_sub(1);
        while self.warm_up.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok_and(|left| {
            let called = !self.cancel.is_cancelled();
            if called {
                caller.call(left as usize % self.inputs, self.cancel);
            }
            called
        }) {}
    }

    /// Makes the next call of the schedule; `None` when there is none, or the run is cancelled.
    fn call_next(
        &self,
        caller: &mut dyn Caller,
        pace: &mut Pace,
        started: Instant,
        ledger: &mut Ledger,
    ) -> Option<Sample> {
        loop {
            if self.cancel.is_cancelled() {
                self.cancelled_at.get_or_init(|| started.elapsed());
                return None;
            }
            let free_since = started.elapsed();
            let arrival = lock(&self.schedule).next(free_since)?;
            let Some(at) = arrival.at else {
                let at = started.elapsed();
                let called = caller.call(arrival.input.into(), self.cancel);
                let sample =
                    Sample { at, waited: Duration::ZERO, latency: called.latency, ok: false, input: arrival.input };
                return self.note(sample, called, started.elapsed(), ledger);
            };
            if self.is_too_late(at, free_since) {
                ledger.dropped += 1;
                continue;
            }
            if !pace.wait_until(started, at, self.cancel) {
                continue;
            }
            let waited = started.elapsed().saturating_sub(at);
            ledger.note_wait(waited, free_since <= at);
            let called = caller.call(arrival.input.into(), self.cancel);
            let ended = started.elapsed();
            let sample = Sample { at, waited, latency: ended.saturating_sub(at), ok: false, input: arrival.input };
            return self.note(sample, called, ended, ledger);
        }
    }

    /// Whether an arrival has waited beyond the end of the run.
    fn is_too_late(&self, at: Duration, now: Duration) -> bool {
        let Some(length) = schedule::length(&self.plan) else { return false };
        self.cutoff.is_some_and(|cutoff| now > cutoff) && now.saturating_sub(at) > grace(length)
    }

    fn note(&self, sample: Sample, called: Called, ended: Duration, ledger: &mut Ledger) -> Option<Sample> {
        if called.is_cancelled {
            self.cancelled_at.get_or_init(|| ended);
            return None;
        }
        let ok = called.answer.is_ok();
        ledger.memory = ledger.memory.max(called.memory);
        if let Err(message) = called.answer {
            ledger.note_failure(Failure { message, count: 1 });
        }
        if let Some(outcome) = called.outcome {
            ledger.reused += u64::from(outcome.origin == Origin::Reused);
            ledger.last = Some((ended, outcome));
        }
        Some(Sample { ok, ..sample })
    }
}

impl Ledger {
    /// Notes how long after its intended time a call began, and whether its worker had been free in time.
    fn note_wait(&mut self, waited: Duration, was_free: bool) {
        if waited <= TOLERANCE {
            return;
        }
        if was_free {
            self.behind += 1;
            self.most_behind = self.most_behind.max(waited);
        } else {
            self.late += 1;
        }
    }

    fn note_failure(&mut self, failure: Failure) {
        let room = self.failures.len() < MAX_FAILURE_KINDS;
        match self.failures.iter_mut().find(|known| known.message == failure.message) {
            Some(known) => known.count += failure.count,
            None if room => self.failures.push(failure),
            None => {}
        }
    }

    fn add(&mut self, other: Self) {
        for failure in other.failures {
            self.note_failure(failure);
        }
        self.memory = self.memory.max(other.memory);
        let ended = |last: &Option<(Duration, Outcome)>| last.as_ref().map(|(ended, _)| *ended);
        if ended(&other.last) > ended(&self.last) {
            self.last = other.last;
        }
        self.reused += other.reused;
        self.late += other.late;
        self.dropped += other.dropped;
        self.behind += other.behind;
        self.most_behind = self.most_behind.max(other.most_behind);
        self.ended = self.ended.max(other.ended);
        self.worked += other.worked;
        self.starved += other.starved;
    }
}

/// Where workers wait for the start, or hear that there is none.
#[derive(Default)]
struct Gate {
    start: Mutex<Option<Option<Instant>>>,
    opened: Condvar,
}

impl Gate {
    fn open(&self, start: Option<Instant>) {
        *lock(&self.start) = Some(start);
        self.opened.notify_all();
    }

    fn wait(&self) -> Option<Instant> {
        let mut start = lock(&self.start);
        loop {
            match *start {
                Some(start) => return start,
                None => start = self.opened.wait(start).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

fn finished(worker: ScopedJoinHandle<'_, Ledger>) -> Result<Ledger, RunError> {
    worker.join().map_err(|_| broke_down())
}

fn broke_down() -> RunError {
    RunError::Callee("a worker broke down; this is a fault of the workbench".into())
}

/// What a worker leaves behind is whole, whatever it ended of.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
