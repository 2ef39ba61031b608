//! Time as a generator of load needs it: waiting for a point in time more exactly than a thread's sleep ends, without a
//! processor busy all the while; how fine the clock is; and how long a thread had no processor.

use std::thread;
use std::time::{Duration, Instant};

use crate::sandbox::Cancel;

/// The last part of a wait is spent looking at the clock, since a sleep ends later than asked for: by how much is
/// learnt from each sleep, between these two.
const LOOKED: (Duration, Duration) = (Duration::from_micros(50), Duration::from_micros(250));
/// The longest sleep: after it, a look whether the run is cancelled.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);

/// How one worker waits.
pub(super) struct Pace {
    /// How long before its end a wait turns from sleeping to looking.
    looked: Duration,
}

impl Pace {
    pub fn new() -> Self {
        Self { looked: LOOKED.1 }
    }

    /// Waits until `at` after `started`. False when `cancel` was pressed before.
    pub fn wait_until(&mut self, started: Instant, at: Duration, cancel: &Cancel) -> bool {
        loop {
            let left = at.saturating_sub(started.elapsed());
            if left.is_zero() {
                return true;
            }
            if cancel.is_cancelled() {
                return false;
            }
            match left.checked_sub(self.looked) {
                Some(sleep) if !sleep.is_zero() => self.sleep(sleep.min(LONGEST_SLEEP)),
                // Others may need the processor: those who call.
                _ => thread::yield_now(),
            }
        }
    }

    fn sleep(&mut self, length: Duration) {
        let begun = Instant::now();
        thread::sleep(length);
        let too_long = begun.elapsed().saturating_sub(length);
        // A quarter more than usual; one long sleep among many changes little.
        self.looked = ((self.looked * 7 + too_long * 5 / 4) / 8).clamp(LOOKED.0, LOOKED.1);
    }
}

/// How long this thread has been ready to run while no processor was free, since it began. Linux counts it
/// (Documentation/scheduler/sched-stats.rst, /proc/<pid>/schedstat, the second number, in nanoseconds); `None`
/// elsewhere.
pub(super) fn starved() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

/// The least difference between two looks at the clock.
pub(super) fn clock_step() -> Duration {
    const LOOKS: usize = 200;
    let mut least = Duration::MAX;
    for _ in 0..LOOKS {
        let first = Instant::now();
        let mut step = first.elapsed();
        while step.is_zero() {
            step = first.elapsed();
        }
        least = least.min(step);
    }
    least
}
