//! The virtual clock and the queue of sensors that wait to fire. Time flows only when the clock is stepped or
//! run; between two events nothing passes, and functions take no virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::bundle::Bundle;
use crate::sandbox::{Cancel, LoadError, Outcome};

use super::catalog::{self, Sensor};
use super::emitted::Emitted;
use super::trace::{Cause, Firing, NodeId, Trace, What};

/// How far a simulation goes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many sensors may fire each other in a row.
    pub depth: u32,
    /// How many sensors and calls one sensor that was fired may cause.
    pub chain: usize,
    /// How many things a trace holds.
    pub nodes: usize,
    /// How many bytes of payloads, outputs and logs a trace holds.
    pub bytes: usize,
}

impl Default for Bounds {
    /// 16 sensors in a row, 1,000 sensors and calls by one, 20,000 things and 128 MiB in a trace.
    fn default() -> Self {
        Self { depth: 16, chain: 1_000, nodes: 20_000, bytes: 128 << 20 }
    }
}

/// A call that the simulation asks for.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The sensor that fired.
    pub sensor: &'a str,
    /// The service whose module holds the function.
    pub service: &'a str,
    /// The function, as the intent writes it.
    pub function: &'a str,
    /// The input, JSON text.
    pub input: &'a str,
    /// The virtual time since 1970, which the guest is to see as its date.
    pub date: Duration,
}

/// Who calls functions for the simulation, and whether the user wants it to end.
pub struct Caller<'a> {
    /// Calls a function and waits for its end.
    pub call: &'a mut dyn FnMut(Call<'_>) -> Result<Outcome, LoadError>,
    /// The user's switch.
    pub cancel: &'a Cancel,
}

/// A sensor that is to fire once or several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The sensor's name.
    pub sensor: String,
    /// What it hands over, JSON text.
    pub payload: Arc<str>,
    /// When it fires first: virtual time since 1970.
    pub at: Duration,
    /// The time between two firings.
    pub every: Duration,
    /// How often it fires.
    pub times: u32,
}

impl Schedule {
    /// Most firings of one schedule.
    pub const MOST: u32 = 1_000;
}

/// A sensor that waits to fire.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The sensor's name.
    pub sensor: String,
    payload: Arc<str>,
    cause: Cause,
    every: Duration,
    pub(super) origin: Option<Origin>,
}

/// Where in a chain a sensor stands that an output fires.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// The attempt whose output fires it.
    pub(super) parent: NodeId,
    /// The sensor that began the chain.
    pub(super) root: NodeId,
    /// How many sensors stand before it.
    pub(super) depth: u32,
}

/// Simulates the sensors and intents of a bundle.
#[derive(Clone, Debug)]
pub struct Simulator {
    sensors: Vec<Sensor>,
    pub(super) bounds: Bounds,
    pub(super) now: Duration,
    queue: BTreeMap<(Duration, u64), Pending>,
    next: u64,
    /// When each intent was last executed, by service and name.
    pub(super) last: BTreeMap<(String, String), Duration>,
    pub(super) trace: Trace,
    /// How many sensors and calls each chain caused, by its first sensor.
    spent: BTreeMap<NodeId, usize>,
    /// Chains that reached a bound.
    stopped: BTreeSet<NodeId>,
}

impl Simulator {
    /// A simulation of `bundle` whose clock stands at `now`, the time since 1970.
    pub fn new(bundle: &Bundle, now: Duration) -> Self {
        Self {
            sensors: catalog::sensors(bundle),
            bounds: Bounds::default(),
            now,
            queue: BTreeMap::new(),
            next: 0,
            last: BTreeMap::new(),
            trace: Trace::default(),
            spent: BTreeMap::new(),
            stopped: BTreeSet::new(),
        }
    }

    /// The same with other bounds.
    #[must_use]
    pub fn bounded(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Goes on with the sensors and intents of `bundle` as it is now.
    pub fn rebind(&mut self, bundle: &Bundle) {
        self.sensors = catalog::sensors(bundle);
    }

    /// The sensors that intents wait for.
    pub fn sensors(&self) -> &[Sensor] {
        &self.sensors
    }

    /// The virtual time since 1970.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// What happened.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// What waits to fire, each with its time, the earliest first.
    pub fn pending(&self) -> impl Iterator<Item = (Duration, &Pending)> {
        self.queue.iter().map(|((due, _), pending)| (*due, pending))
    }

    /// Puts the clock to another time, at which nothing happens yet: what was to fire before has waited since.
    /// A clock that goes back forgets what was executed after that time.
    pub fn set_clock(&mut self, now: Duration) {
        self.now = now;
        self.last.retain(|_, last| *last <= now);
    }

    /// Forgets what happened, what waits and when intents ran. The clock stays.
    pub fn clear(&mut self) {
        *self = Self {
            sensors: std::mem::take(&mut self.sensors),
            bounds: self.bounds,
            ..Self::new(&Bundle::default(), self.now)
        };
    }

    /// Lets a sensor fire now; it does so when the simulation next runs.
    pub fn fire(&mut self, sensor: &str, payload: &str) {
        let pending = Pending {
            sensor: sensor.to_owned(),
            payload: payload.into(),
            cause: Cause::Hand,
            every: Duration::ZERO,
            origin: None,
        };
        self.enqueue(self.now, pending);
    }

    /// Lets a sensor fire by a schedule.
    ///
    /// # Errors
    /// When it is to fire never, too often, or several times without time between.
    pub fn schedule(&mut self, schedule: Schedule) -> Result<(), String> {
        let Schedule { sensor, payload, at, every, times } = schedule;
        if times == 0 || times > Schedule::MOST {
            return Err(format!("A sensor fires from 1 to {} times", Schedule::MOST));
        }
        if times > 1 && every.is_zero() {
            return Err("A sensor that fires several times needs a time between them, such as 1s".into());
        }
        let cause = Cause::Schedule { nth: 1, of: times };
        self.enqueue(at, Pending { sensor, payload, cause, every, origin: None });
        Ok(())
    }

    /// Lets the virtual time `by` pass, with everything that is due in it.
    pub fn step(&mut self, by: Duration, caller: &mut Caller<'_>) {
        self.run_until(self.now.saturating_add(by), caller);
    }

    /// Runs everything that is due until `end`, each at its time, and leaves the clock at `end`. What is overdue
    /// runs at once. Cancelled or full, it leaves the rest in the queue and the clock where it is.
    pub fn run_until(&mut self, end: Duration, caller: &mut Caller<'_>) {
        if self.run_due(Some(end), caller) {
            self.now = self.now.max(end);
        }
    }

    /// Runs until nothing waits any more; the clock stays where the last event was.
    pub fn run_until_idle(&mut self, caller: &mut Caller<'_>) {
        self.run_due(None, caller);
    }

    /// Whether everything was done.
    fn run_due(&mut self, end: Option<Duration>, caller: &mut Caller<'_>) -> bool {
        while let Some((due, _)) = self.queue.first_key_value().map(|(key, _)| *key) {
            if end.is_some_and(|end| due > end) {
                return true;
            }
            if caller.cancel.is_cancelled() || self.is_full() {
                return false;
            }
            let Some((_, pending)) = self.queue.pop_first() else { return true };
            self.now = self.now.max(due);
            self.repeat(due, &pending);
            self.let_fire(due, pending, caller);
        }
        true
    }

    /// Whether the trace holds as much as it may. A stop says so, once.
    fn is_full(&mut self) -> bool {
        let Bounds { nodes, bytes, .. } = self.bounds;
        let count = self.trace.nodes().len();
        if count < nodes && self.trace.bytes() < bytes {
            return false;
        }
        if !matches!(self.trace.nodes().last().map(|node| &node.what), Some(What::Stop(_))) {
            let reason = format!("The trace is full ({count} entries): clear it to go on");
            self.trace.push(None, self.now, What::Stop(reason));
        }
        true
    }

    fn enqueue(&mut self, due: Duration, pending: Pending) {
        self.queue.insert((due, self.next), pending);
        self.next += 1;
    }

    /// Queues the next firing of a schedule.
    fn repeat(&mut self, due: Duration, pending: &Pending) {
        if let Cause::Schedule { nth, of } = pending.cause
            && nth < of
        {
            let cause = Cause::Schedule { nth: nth + 1, of };
            self.enqueue(due.saturating_add(pending.every), Pending { cause, ..pending.clone() });
        }
    }

    fn let_fire(&mut self, due: Duration, pending: Pending, caller: &mut Caller<'_>) {
        let Pending { sensor, payload, cause, origin, .. } = pending;
        if let Some(origin) = origin
            && !self.may_spend(origin.root, origin.parent)
        {
            return;
        }
        let waited = self.now.saturating_sub(due);
        let remark = self.remark_on(&sensor);
        let triggers = self.sensors.iter().find(|known| known.name == sensor).map(|known| known.triggers.clone());
        let firing = Firing { sensor: sensor.clone(), payload: Arc::clone(&payload), cause, waited, remark };
        let node = self.trace.push(origin.map(|origin| origin.parent), self.now, What::Sensor(firing));
        let (root, depth) = origin.map_or((node, 0), |origin| (origin.root, origin.depth));
        for trigger in triggers.into_iter().flatten() {
            let cause = Origin { parent: node, root, depth };
            self.execute(&trigger, (&sensor, &payload), waited, cause, caller);
        }
    }

    fn remark_on(&self, sensor: &str) -> Option<String> {
        let others = catalog::other_spellings(sensor, &self.sensors);
        let is_awaited = self.sensors.iter().any(|known| known.name == sensor);
        match (is_awaited, others.first()) {
            (true, None) => None,
            (true, Some(other)) => {
                Some(format!("Other intents wait for {other}: sensors are matched by their exact name"))
            }
            (false, None) => Some("No intent waits for it".into()),
            (false, Some(other)) => {
                Some(format!("No intent waits for it, but for {other}: sensors are matched by their exact name"))
            }
        }
    }

    /// Queues the sensors that an output fires.
    pub(super) fn emit(&mut self, emitted: Vec<Emitted>, from: Origin) {
        if emitted.is_empty() {
            return;
        }
        if from.depth + 1 >= self.bounds.depth {
            let names: Vec<&str> = emitted.iter().take(3).map(|one| one.sensor.as_str()).collect();
            let more = if emitted.len() > 3 { format!(" and {} more", emitted.len() - 3) } else { String::new() };
            let reason = format!(
                "{} sensors fired each other in a row: {}{more} not fired",
                self.bounds.depth,
                names.join(", ")
            );
            self.trace.push(Some(from.parent), self.now, What::Stop(reason));
            return;
        }
        let origin = Some(Origin { depth: from.depth + 1, ..from });
        // More than a chain may spend need not wait in the queue; one over lets the chain be stopped.
        for Emitted { sensor, payload } in emitted.into_iter().take(self.bounds.chain + 1) {
            let pending = Pending { sensor, payload, cause: Cause::Output, every: Duration::ZERO, origin };
            self.enqueue(self.now, pending);
        }
    }

    /// Counts one more sensor or call of a chain. Where that is one too many, a stop under `parent` says so, once.
    pub(super) fn may_spend(&mut self, root: NodeId, parent: NodeId) -> bool {
        let spent = self.spent.entry(root).or_default();
        if *spent < self.bounds.chain {
            *spent += 1;
            return true;
        }
        if self.stopped.insert(root) {
            let reason = format!("One sensor caused {} sensors and calls: the rest is dropped", self.bounds.chain);
            self.trace.push(Some(parent), self.now, What::Stop(reason));
        }
        false
    }
}
