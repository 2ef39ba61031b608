//! What a guest takes from outside: the time and random numbers. As the machine gives them, recorded, or
//! exactly as an earlier invocation took them.
//!
//! Every clock and every random byte that a guest sees comes through here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// More bytes than this of what was taken are not kept.
const MOST_RECORDED: usize = 32 << 20;
/// What one entry of a recording costs beside its random bytes.
const ENTRY: usize = 16;

/// One thing that a guest took from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The time since 1970.
    Date(Duration),
    /// The time on a clock that only goes forward, since the invocation began.
    Uptime(Duration),
    /// Random bytes.
    Random(Vec<u8>),
}

/// What an invocation took from outside, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Everything that was taken, or as much of it as is kept.
    pub taken: Vec<Taken>,
    /// Whether more was taken than is kept: then it cannot be replayed to the end.
    pub is_cut: bool,
    /// Where a replayed invocation took something else than the recording holds: the first such place,
    /// counted from 1, in words.
    pub departed: Option<String>,
}

/// Something that goes wrong on purpose, so that the way a function deals with it can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// No more memory is granted once the function was called.
    OutOfMemory,
    /// The time is up once the function was called.
    OutOfTime,
    /// The date jumps by so many seconds after it was first read.
    ClockJump(i64),
    /// There are no random numbers.
    NoRandom,
}

/// Under which conditions a function is invoked.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// What is to be replayed.
    pub replay: Option<Recording>,
    /// What is to go wrong.
    pub mishap: Option<Mishap>,
    /// The time since 1970 at which the guest's clock is to begin; nothing for the machine's own.
    pub date: Option<Duration>,
}

/// Where one invocation's time and random numbers come from. Cheap to clone; all clones are one source.
#[derive(Clone, Default)]
pub(super) struct Outside(Option<Arc<Mutex<Tape>>>);

/// What was taken so far, and what is still to be replayed.
struct Tape {
    recording: Recording,
    size: usize,
    replay: Option<Vec<Taken>>,
    /// How much of it was replayed.
    replayed: usize,
    mishap: Option<Mishap>,
    dates: usize,
    /// The date that the clock began at, and when that was.
    begun: Option<(Duration, Instant)>,
}

impl Outside {
    /// A source that notes what is taken, and gives what `conditions` say.
    pub(super) fn under(conditions: Conditions) -> Self {
        let replay = conditions.replay.map(|recording| recording.taken);
        let (recording, mishap) = (Recording::default(), conditions.mishap);
        let begun = conditions.date.map(|date| (date, Instant::now()));
        Self(Some(Arc::new(Mutex::new(Tape { recording, size: 0, replay, replayed: 0, mishap, dates: 0, begun }))))
    }

    /// The invocation is tried anew: what was taken so far is forgotten, and is replayed from the beginning.
    pub(super) fn restart(&self) {
        if let Some(mut tape) = self.tape() {
            tape.recording = Recording::default();
            (tape.size, tape.replayed, tape.dates) = (0, 0, 0);
        }
    }

    /// What was taken; nothing where nothing is noted.
    pub(super) fn recording(&self) -> Recording {
        match self.tape() {
            Some(mut tape) => {
                let left = tape.replay.as_ref().map_or(0, |replay| replay.len().saturating_sub(tape.replayed));
                if left > 0 && tape.recording.departed.is_none() {
                    tape.recording.departed = Some(format!("the end came {left} recorded entries early"));
                }
                std::mem::take(&mut tape.recording)
            }
            None => Recording::default(),
        }
    }

    /// What is to go wrong.
    pub(super) fn mishap(&self) -> Option<Mishap> {
        self.tape().and_then(|tape| tape.mishap)
    }

    /// The time since 1970.
    pub(super) fn date(&self) -> Duration {
        let real = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let Some(mut tape) = self.tape() else { return real };
        let real = tape.begun.map_or(real, |(date, at)| date.saturating_add(at.elapsed()));
        tape.dates += 1;
        let real = match tape.mishap {
            Some(Mishap::ClockJump(seconds)) if tape.dates > 1 => jumped(real, seconds),
            _ => real,
        };
        match tape.take(Taken::Date(real)) {
            Taken::Date(date) => date,
            _ => real,
        }
    }

    /// The date in whole milliseconds, as in JavaScript's `Date.now()`.
    pub(super) fn date_millis(&self) -> f64 {
        self.date().as_millis() as f64
    }

    /// The time since the invocation began, which is now `real`.
    pub(super) fn uptime(&self, real: Duration) -> Duration {
        let Some(mut tape) = self.tape() else { return real };
        match tape.take(Taken::Uptime(real)) {
            Taken::Uptime(time) => time,
            _ => real,
        }
    }

    /// Fills `bytes` with secure random.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn fill_random(&self, bytes: &mut [u8]) -> wasmtime::Result<()> {
        let Some(mut tape) = self.tape() else { return fill(bytes) };
        if tape.mishap == Some(Mishap::NoRandom) {
            return Err(wasmtime::format_err!("the system gives no random numbers: made to fail on purpose"));
        }
        fill(bytes)?;
        if let Taken::Random(given) = tape.take(Taken::Random(bytes.to_vec())) {
            // What is replayed has the length that was asked for.
            bytes.iter_mut().zip(given).for_each(|(byte, given)| *byte = given);
        }
        Ok(())
    }

    /// A number from 0 to below 1 out of secure random bits, as fine as a double can tell.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn random_unit(&self) -> wasmtime::Result<f64> {
        let mut bytes = [0; 8];
        self.fill_random(&mut bytes)?;
        Ok((u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64)
    }

    fn tape(&self) -> Option<MutexGuard<'_, Tape>> {
        // An entry is whole or absent whatever its writer died of.
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tape {
    /// Gives what is to be replayed where it is of the same kind, or else what is real, and notes it.
    fn take(&mut self, real: Taken) -> Taken {
        let replayed = self.replay.as_ref().and_then(|replay| replay.get(self.replayed)).cloned();
        self.replayed += 1;
        let given = match replayed {
            Some(taken) if taken.is_like(&real) => taken,
            other => {
                if self.replay.is_some() && self.recording.departed.is_none() {
                    let place = self.recording.taken.len() + 1;
                    let recorded = other.as_ref().map_or("nothing more", Taken::name);
                    self.recording.departed = Some(format!("entry {place}: {} instead of {recorded}", real.name()));
                }
                real
            }
        };
        self.note(given.clone());
        given
    }

    fn note(&mut self, taken: Taken) {
        let size = ENTRY + if let Taken::Random(bytes) = &taken { bytes.len() } else { 0 };
        if self.size + size > MOST_RECORDED {
            self.recording.is_cut = true;
        } else {
            self.size += size;
            self.recording.taken.push(taken);
        }
    }
}

impl Taken {
    /// How many random bytes it is.
    pub fn random_bytes(&self) -> usize {
        match self {
            Self::Random(bytes) => bytes.len(),
            _ => 0,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Date(_) => "the date",
            Self::Uptime(_) => "the monotonic clock",
            Self::Random(_) => "random bytes",
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Random(one), Self::Random(other)) => one.len() == other.len(),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

fn fill(bytes: &mut [u8]) -> wasmtime::Result<()> {
    getrandom::fill(bytes).map_err(|error| wasmtime::format_err!("the system gives no random numbers: {error}"))
}

fn jumped(date: Duration, seconds: i64) -> Duration {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { date.saturating_sub(by) } else { date.saturating_add(by) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_all(outside: &Outside) -> (Duration, Duration, [u8; 4]) {
        let mut bytes = [0; 4];
        outside.fill_random(&mut bytes).unwrap();
        (outside.date(), outside.uptime(Duration::from_micros(7)), bytes)
    }

    #[test]
    fn what_was_recorded_is_replayed_exactly() {
        let first = Outside::under(Conditions::default());
        let taken = take_all(&first);
        let recording = first.recording();
        assert_eq!(recording.taken.len(), 3);
        let second = Outside::under(Conditions { replay: Some(recording.clone()), ..Conditions::default() });
        assert_eq!(take_all(&second), taken);
        assert_eq!(second.recording(), recording);
    }

    #[test]
    fn what_an_abandoned_attempt_took_is_forgotten() {
        let first = Outside::under(Conditions::default());
        first.date();
        first.restart();
        let taken = take_all(&first);
        let recording = first.recording();
        assert_eq!(recording.taken.len(), 3);
        let second = Outside::under(Conditions { replay: Some(recording), ..Conditions::default() });
        second.fill_random(&mut [0; 1]).unwrap();
        second.restart();
        assert_eq!(take_all(&second), taken);
        assert_eq!(second.recording().departed, None);
    }

    #[test]
    fn the_first_departure_from_a_recording_is_told() {
        let first = Outside::under(Conditions::default());
        first.date();
        let recording = first.recording();
        let second = Outside::under(Conditions { replay: Some(recording.clone()), ..Conditions::default() });
        second.fill_random(&mut [0; 4]).unwrap();
        let departed = second.recording().departed.unwrap();
        assert_eq!(departed, "entry 1: random bytes instead of the date");
        let third = Outside::under(Conditions { replay: Some(recording), ..Conditions::default() });
        assert_eq!(third.recording().departed.unwrap(), "the end came 1 recorded entries early");
    }

    #[test]
    fn mishaps_come_on_purpose() {
        let outside = Outside::under(Conditions { mishap: Some(Mishap::NoRandom), ..Conditions::default() });
        assert!(outside.fill_random(&mut [0; 4]).is_err());
        let outside = Outside::under(Conditions { mishap: Some(Mishap::ClockJump(3600)), ..Conditions::default() });
        let jump = outside.date().abs_diff(outside.date());
        assert!(jump >= Duration::from_secs(3599), "{jump:?}");
    }
    #[test]
    fn a_clock_begins_where_it_is_put_and_goes_on_from_there() {
        let date = Duration::from_secs(1_000_000);
        let outside = Outside::under(Conditions { date: Some(date), ..Conditions::default() });
        let first = outside.date();
        assert!(first >= date && first < date + Duration::from_secs(60), "{first:?}");
        assert!(outside.date() >= first);
    }
}
