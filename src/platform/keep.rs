//! Invocations that are kept: called under conditions, recorded, and handed to whoever keeps them, with what asked
//! for them. Writes nothing itself.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use crate::bundle::history::Record;
use crate::sandbox::{
    Cancel, Conditions, Fault, FaultKind, Limits, LoadError, Metered, Outcome, Program, Recording, Reply,
};

use super::{recording, replay};

/// Keeps invocations.
pub trait Keeper: Send + Sync {
    /// Whether the next invocation is wanted. Never blocks.
    fn wants(&self) -> bool;

    /// Keeps an invocation that was wanted. Never blocks for long.
    fn keep(&self, record: Record);
}

/// All that is given is kept in memory.
impl Keeper for Mutex<Vec<Record>> {
    fn wants(&self) -> bool {
        true
    }

    fn keep(&self, record: Record) {
        self.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}

/// Keeps at most so many invocations a second, whoever asks how often: the others are counted. What is kept goes to
/// a channel, so that nobody waits for the disk.
pub struct AtMost {
    per_second: u32,
    /// Invocations that may be kept now, and when they were last counted.
    free: Mutex<(f64, Instant)>,
    sender: SyncSender<Record>,
    counts: Arc<Counts>,
}

/// What a keeper did.
#[derive(Debug)]
pub struct Counts {
    is_on: AtomicBool,
    kept: AtomicU64,
    left_out: AtomicU64,
}

impl Counts {
    /// Nothing yet.
    pub fn new(is_on: bool) -> Self {
        Self { is_on: AtomicBool::new(is_on), kept: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Switches keeping on or off; what comes while it is off is not counted.
    pub fn switch(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Relaxed);
    }

    /// How many invocations were kept, and how many were too many.
    pub fn get(&self) -> (u64, u64) {
        (self.kept.load(Ordering::Relaxed), self.left_out.load(Ordering::Relaxed))
    }
}

impl AtMost {
    /// A keeper and what it keeps: the other end of its channel, which ends with it.
    pub fn new(per_second: u32, counts: Arc<Counts>) -> (Self, Receiver<Record>) {
        let (sender, receiver) = sync_channel(per_second as usize * 2);
        let free = Mutex::new((f64::from(per_second), Instant::now()));
        (Self { per_second, free, sender, counts }, receiver)
    }

    /// Takes the place of one invocation, if there is one.
    fn take_place(&self) -> bool {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (places, counted) = *free;
        let now = Instant::now();
        let most = f64::from(self.per_second);
        let places = (places + now.duration_since(counted).as_secs_f64() * most).min(most);
        let has_one = places >= 1.0;
        *free = (if has_one { places - 1.0 } else { places }, now);
        has_one
    }
}

impl Keeper for AtMost {
    fn wants(&self) -> bool {
        if !self.counts.is_on.load(Ordering::Relaxed) {
            return false;
        }
        let wants = self.take_place();
        if !wants {
            self.counts.left_out.fetch_add(1, Ordering::Relaxed);
        }
        wants
    }

    fn keep(&self, record: Record) {
        let count = match self.sender.try_send(record) {
            Ok(()) => &self.counts.kept,
            Err(_) => &self.counts.left_out,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A call of a function.
pub struct Invocation<'a> {
    /// The service whose module holds it.
    pub service: &'a str,
    /// The function.
    pub function: &'a str,
    /// The input.
    pub input: &'a str,
    /// The limits.
    pub limits: &'a Limits,
    /// The user's switch.
    pub cancel: &'a Cancel,
    /// Under which conditions.
    pub conditions: Conditions,
}

impl Invocation<'_> {
    /// Calls the function of `program`. Where `keeper` wants it, what came of it is kept, with what the function
    /// took from outside and `origin`: what asked for it, where that was not the user by hand.
    pub fn invoke(
        self,
        program: &Program,
        keeper: Option<&dyn Keeper>,
        origin: impl FnOnce() -> Option<String>,
    ) -> Outcome {
        let keeper = keeper.filter(|keeper| keeper.wants());
        let Conditions { replay, mishap, date } = &self.conditions;
        if keeper.is_none() && replay.is_none() && mishap.is_none() && date.is_none() {
            return program.invoke(self.function, self.input.as_bytes(), self.limits, self.cancel);
        }
        self.recorded(program, keeper, origin, false).0
    }

    /// The same, and where the function has a limit of instructions, the call is made once more, with the same time and
    /// random numbers, in code that counts: beyond the limit, what came of it is the fault that names it. The times are
    /// those of the first call, because code that counts is slower.
    pub fn invoke_within(
        self,
        program: &Program,
        keeper: Option<&dyn Keeper>,
        origin: impl FnOnce() -> Option<String>,
    ) -> Outcome {
        if program.limits(self.function, self.limits).instructions.is_none() {
            return self.invoke(program, keeper, origin);
        }
        // Both calls are of the same code: a Go program is booted for a call only until its copy is ready.
        program.settle();
        let keeper = keeper.filter(|keeper| keeper.wants());
        self.recorded(program, keeper, origin, true).0
    }

    /// The same, with what the function took from outside.
    pub fn invoke_recorded(
        self,
        program: &Program,
        keeper: Option<&dyn Keeper>,
        origin: impl FnOnce() -> Option<String>,
    ) -> (Outcome, Recording) {
        let keeper = keeper.filter(|keeper| keeper.wants());
        self.recorded(program, keeper, origin, false)
    }

    fn recorded(
        self,
        program: &Program,
        keeper: Option<&dyn Keeper>,
        origin: impl FnOnce() -> Option<String>,
        is_counted: bool,
    ) -> (Outcome, Recording) {
        let Self { service, function, input, limits, cancel, conditions } = self;
        let (begun, mishap) = (SystemTime::now(), conditions.mishap);
        let (mut outcome, taken) = program.invoke_under(function, input.as_bytes(), limits, cancel, conditions);
        if is_counted && !matches!(outcome.reply, Reply::Fault(_)) {
            let again = Conditions { replay: Some(taken.clone()), mishap, ..Conditions::default() };
            match program.meter(function, input.as_bytes(), limits, cancel, again) {
                Ok(Metered { outcome: Outcome { reply: Reply::Fault(fault), .. }, .. }) => {
                    outcome.reply = Reply::Fault(fault);
                }
                Ok(_) => {}
                Err(error) => outcome.reply = Reply::Fault(not_counted(error)),
            }
        }
        if let Some(keeper) = keeper.filter(|_| !cancel.is_cancelled()) {
            let mut record = replay::record((service, function), begun, input.to_owned(), limits, &outcome);
            record.facts.origin = origin();
            record.facts.mishap = mishap.map(replay::mishap_in_words);
            record.taken = recording::encode(&taken, recording::LARGEST_KEPT).ok();
            keeper.keep(record);
        }
        (outcome, taken)
    }
}

/// A limit that cannot be looked at is not kept, and what is not kept must not look as if it were.
fn not_counted(error: LoadError) -> Fault {
    Fault {
        kind: FaultKind::InstructionLimit,
        message: format!("Its instructions cannot be counted, so that their limit cannot be kept: {}", error.message),
        help: error.help,
        backtrace: Vec::new(),
        raw_output: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::history::{Ending, Facts};

    fn record() -> Record {
        let facts = Facts {
            at: 1,
            service: String::new(),
            function: String::new(),
            ending: Ending::Answered,
            message: None,
            nanoseconds: [0; 4],
            peak_memory: 0,
            limits: [0; 2],
            origin: None,
            mishap: None,
        };
        Record { facts, input: String::new(), output: None, taken: None }
    }

    #[test]
    fn more_than_so_many_a_second_are_counted_and_left_out() {
        let counts = Arc::new(Counts::new(true));
        let (keeper, records) = AtMost::new(5, Arc::clone(&counts));
        let begun = Instant::now();
        let wanted = (0..10_000).filter(|_| keeper.wants()).count();
        let most = 5 + (begun.elapsed().as_secs_f64() * 5.0).ceil() as usize;
        assert!((5..=most).contains(&wanted), "{wanted} of at most {most}");
        assert_eq!(counts.get().1, 10_000 - wanted as u64);
        keeper.keep(record());
        assert_eq!((records.try_iter().count(), counts.get().0), (1, 1));
    }

    #[test]
    fn nobody_waits_for_a_slow_reader() {
        let counts = Arc::new(Counts::new(true));
        let (keeper, records) = AtMost::new(3, Arc::clone(&counts));
        (0..100).for_each(|_| keeper.keep(record()));
        assert_eq!((records.try_iter().count(), counts.get()), (6, (6, 94)));
        drop(records);
        keeper.keep(record());
        assert_eq!(counts.get().1, 95, "nor for one who is gone");
    }

    #[test]
    fn what_comes_while_it_is_off_is_neither_kept_nor_counted() {
        let counts = Arc::new(Counts::new(false));
        let (keeper, _records) = AtMost::new(3, Arc::clone(&counts));
        assert!(!keeper.wants());
        assert_eq!(counts.get(), (0, 0));
        counts.switch(true);
        assert!(keeper.wants());
    }
}
