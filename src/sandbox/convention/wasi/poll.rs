//! `poll_oneoff`: waiting for a time. The streams are always ready. Sleeps in the host, where a
//! deadline and a cancellation wake it.

use std::time::Duration;

use super::super::core::slice;
use super::errno::{Errno, Failure, Result};
use super::{Call, clock};

/// Most events that are waited for at once.
const MAX_SUBSCRIPTIONS: u32 = 1024;
/// Bytes of an event.
const EVENT: u32 = 32;
/// Kinds of events: a time, something to read, room to write.
const TIME: u8 = 0;
const READ: u8 = 1;
const WRITE: u8 = 2;
/// A time on the clock, instead of from now on.
const ABSOLUTE: u16 = 1;

/// What is waited for, as it lies in memory. `wasi_unstable` has one field more.
struct Subscription {
    user_data: u64,
    kind: u8,
    /// The clock or the file.
    id: u32,
    timeout: u64,
    absolute: bool,
}

/// `poll_oneoff(subscriptions, events, count, happened)`.
pub(super) fn poll_oneoff(call: &mut Call<'_>) -> Result<()> {
    let (list, events, count) = (call.word(0), call.word(1), call.word(2));
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::INVAL.into());
    }
    let size = if call.old { 56 } else { 48 };
    let mut subscriptions = Vec::new();
    for at in 0..count {
        let memory = call.memory()?;
        let start = list.checked_add(at * size).ok_or(Errno::FAULT)?;
        let bytes = slice(memory.data(&call.caller), start, size).map_err(|_| Errno::FAULT)?;
        subscriptions.push(Subscription::read(bytes, call.old));
    }
    let mut waiting: Vec<(Subscription, std::result::Result<Duration, Errno>)> = Vec::new();
    for subscription in subscriptions {
        let left = subscription.left(call);
        waiting.push((subscription, left));
    }
    // An error is an event too, and happens at once.
    let soonest = waiting.iter().map(|(_, left)| left.unwrap_or(Duration::ZERO)).min().unwrap_or_default();
    if !soonest.is_zero() {
        call.caller.data().sleep(soonest).map_err(Failure::Stop)?;
    }
    let mut happened = 0;
    for (subscription, left) in &waiting {
        if left.unwrap_or(Duration::ZERO) > soonest {
            continue;
        }
        let errno = left.err().unwrap_or(Errno::SUCCESS);
        let readable = if subscription.kind == READ { call.caller.data().process.remaining() as u64 } else { 0 };
        let at = events.checked_add(happened * EVENT).ok_or(Errno::FAULT)?;
        call.put(at, &subscription.event(errno, readable))?;
        happened += 1;
    }
    call.put_word(call.word(3), happened)
}

impl Subscription {
    fn read(bytes: &[u8], old: bool) -> Self {
        let field = |at: usize, width: usize| {
            let bytes = bytes.get(at..at + width).unwrap_or_default();
            bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        // The older form names each time by a number of the guest's own first.
        let kind = field(8, 1) as u8;
        let shift = if old && kind == TIME { 8 } else { 0 };
        Self {
            user_data: field(0, 8),
            kind,
            id: field(16 + shift, 4) as u32,
            timeout: field(24 + shift, 8),
            absolute: field(40 + shift, 2) as u16 & ABSOLUTE != 0,
        }
    }

    /// How long it takes until it happens.
    fn left(&self, call: &Call<'_>) -> std::result::Result<Duration, Errno> {
        match self.kind {
            TIME => {
                let now = clock(call.caller.data(), self.id).map_err(|_| Errno::INVAL)?;
                let nanos = if self.absolute { self.timeout.saturating_sub(now) } else { self.timeout };
                Ok(Duration::from_nanos(nanos))
            }
            READ | WRITE if call.caller.data().process.is_open(self.id) => Ok(Duration::ZERO),
            READ | WRITE => Err(Errno::BADF),
            _ => Err(Errno::INVAL),
        }
    }

    /// The event in its 32 bytes: whose, error, kind, and how much there is to read.
    fn event(&self, errno: Errno, readable: u64) -> Vec<u8> {
        let mut event = Vec::with_capacity(EVENT as usize);
        event.extend(self.user_data.to_le_bytes());
        event.extend((errno.0 as u16).to_le_bytes());
        event.extend([self.kind, 0, 0, 0, 0, 0]);
        event.extend(readable.to_le_bytes());
        event.resize(EVENT as usize, 0);
        event
    }
}
