//! How little a function needs: the smallest memory, time and number of instructions with which all of its saved
//! cases still pass, each found by bisection while the others are as they always are. Sets nothing itself.

mod bisect;

use std::time::{Duration, Instant};

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Case, FunctionLimits};
use crate::platform::judge_case as judge;
use crate::sandbox::{Cancel, Conditions, Limits, Outcome, Program, Recording};

pub use self::bisect::{Failing, Smallest, Stopped, smallest};

/// What memories grow by, in bytes.
const PAGE: u64 = 64 << 10;
/// How often every case must pass within a time before that time counts as enough.
const REPEATS: usize = 5;
/// Two times that differ by less than this share are not told apart: a busy machine changes them by more.
const TIME_PRECISION: f64 = 0.05;
/// Longest search.
const LONGEST: Duration = Duration::from_secs(120);

/// How many times what was needed is offered as a limit of memory and of instructions.
pub const MARGIN: u64 = 2;
/// The same for time, which is measured on one machine and kept on others, busy ones too.
pub const TIME_MARGIN: u32 = 10;
/// The shortest time that is offered: limits of time are as fine as a millisecond.
pub const SHORTEST_TIME: Duration = Duration::from_millis(10);

/// A function whose needs are looked for.
#[derive(Clone, Copy)]
pub struct Needy<'a> {
    /// Its module.
    pub program: &'a Program,
    /// Its name.
    pub function: &'a str,
    /// Its saved cases.
    pub cases: &'a [Case],
    /// What it may use at most while it is looked at, whatever limits it has of its own.
    pub limits: &'a Limits,
}

/// What a function needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Headroom {
    /// How many cases passed.
    pub cases: usize,
    /// Bytes of memory, in whole pages of 64 KiB. Exact.
    pub memory: Smallest<u64>,
    /// Time in which every case passed [`Headroom::repeats`] times. As noisy as the machine.
    pub time: Smallest<Duration>,
    /// How often every case was run for a time.
    pub repeats: usize,
    /// Instructions, exact; or why they cannot be counted.
    pub instructions: Result<Smallest<u64>, String>,
    /// Whether a case took the time or random numbers from outside: then memory and instructions are those for what it
    /// took in one run, and other runs may need more.
    pub depends_on_outside: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HeadroomError {
    /// There is nothing to go by.
    #[error("The function has no saved cases; what it needs is found by running them")]
    NoCases,
    /// A case fails without any limit being lowered.
    #[error("The case {case} fails as it is: {message}")]
    Fails {
        /// The case's name.
        case: String,
        /// What happened.
        message: String,
    },
    /// It took too long.
    #[error("The search did not end within {} s", LONGEST.as_secs())]
    TooLong,
    /// The user cancelled.
    #[error("Cancelled")]
    Cancelled,
}

impl From<Stopped> for HeadroomError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Cancelled,
            Stopped::TooLong => Self::TooLong,
        }
    }
}

/// Looks for what the function needs. `progress` hears what is looked for, and which share of the work is done.
///
/// # Errors
/// When there are no cases, one fails as it is, or the search is cancelled or does not end.
pub fn headroom(
    needy: Needy<'_>,
    cancel: &Cancel,
    mut progress: impl FnMut(&str, f32),
) -> Result<Headroom, HeadroomError> {
    if needy.cases.is_empty() {
        return Err(HeadroomError::NoCases);
    }
    progress("Preparing", 0.0);
    needy.program.settle();
    // Limits that the function has already are no bound: they may be what is to be found anew.
    let limits = Limits { instructions: None, ..needy.limits.clone() }.for_all();
    let search = Search { needy, limits, until: Instant::now() + LONGEST, cancel };
    let first = search.first_runs()?;

    progress("Looking for the smallest memory", 0.1);
    let memory = search.memory(&first)?;
    progress("Looking for the shortest time", 0.4);
    let time = search.time(&first)?;
    progress("Looking for the fewest instructions", 0.7);
    let instructions = search.instructions(&first)?;
    let depends_on_outside = first.iter().any(|run| !run.recording.taken.is_empty());
    Ok(Headroom { cases: needy.cases.len(), memory, time, repeats: REPEATS, instructions, depends_on_outside })
}

impl Headroom {
    /// What may be set as the function's limits: what it needs with a margin ([`MARGIN`], [`TIME_MARGIN`]), rounded up.
    pub fn offer(&self) -> FunctionLimits {
        let instructions = self.instructions.as_ref().ok().map(|found| found.value.saturating_mul(MARGIN));
        FunctionLimits {
            memory: Some(rounded_size(self.memory.value.saturating_mul(MARGIN))),
            time: Some(rounded_time(self.time.value.saturating_mul(TIME_MARGIN))),
            instructions: instructions.map(rounded_count),
        }
    }
}

/// To whole MiB, or below that to whole pages.
fn rounded_size(bytes: u64) -> u64 {
    let unit = if bytes > 1 << 20 { 1 << 20 } else { PAGE };
    bytes.max(1).div_ceil(unit).saturating_mul(unit)
}

/// To two figures.
fn rounded_count(count: u64) -> u64 {
    let unit = 10_u64.saturating_pow(count.max(1).ilog10().saturating_sub(1));
    count.div_ceil(unit).saturating_mul(unit)
}

/// To two figures of milliseconds.
fn rounded_time(time: Duration) -> Duration {
    let millis = time.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(rounded_count(u64::try_from(millis).unwrap_or(u64::MAX))).max(SHORTEST_TIME)
}

/// One case as it runs without a limit being lowered.
struct FirstRun {
    outcome: Outcome,
    recording: Recording,
}

struct Search<'a> {
    needy: Needy<'a>,
    limits: Limits,
    until: Instant,
    cancel: &'a Cancel,
}

impl Search<'_> {
    fn first_runs(&self) -> Result<Vec<FirstRun>, HeadroomError> {
        let mut runs = Vec::new();
        for case in self.needy.cases {
            self.go_on()?;
            let input = case.input.to_string();
            let Needy { program, function, .. } = self.needy;
            let conditions = Conditions::default();
            let (outcome, recording) =
                program.invoke_under(function, input.as_bytes(), &self.limits, self.cancel, conditions);
            self.go_on()?;
            if let Some(failure) = judge(case, &outcome) {
                return Err(HeadroomError::Fails { case: case.name.clone(), message: failure.message });
            }
            runs.push(FirstRun { outcome, recording });
        }
        Ok(runs)
    }

    fn memory(&self, first: &[FirstRun]) -> Result<Smallest<u64>, HeadroomError> {
        let needed = first.iter().map(|run| run.outcome.peak_memory).max().unwrap_or(0).div_ceil(PAGE);
        let most = (self.limits.memory / PAGE).max(1);
        let found = smallest((0, most), needed, 0.0, |pages| {
            let limits = Limits { memory: pages * PAGE, ..self.limits.clone() };
            self.first_failing(first, |case, conditions| {
                let (outcome, _) = self.invoke(case, &limits, conditions);
                judge(case, &outcome).map(|failure| failure.message)
            })
        })?;
        Ok(Smallest { value: found.value * PAGE, below: found.below })
    }

    fn time(&self, first: &[FirstRun]) -> Result<Smallest<Duration>, HeadroomError> {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let needed = first.iter().map(|run| nanos(run.outcome.timings.total())).max().unwrap_or(0);
        let found = smallest((0, nanos(self.limits.time).max(1)), needed, TIME_PRECISION, |time| {
            let limit = Duration::from_nanos(time);
            // What takes less than a tick of the engine's clock is not stopped by it: the stopwatch tells.
            for _ in 0..REPEATS {
                let failing = self.first_failing(first, |case, conditions| {
                    let limits = Limits { time: limit.max(Duration::from_millis(1)), ..self.limits.clone() };
                    let (outcome, _) = self.invoke(case, &limits, conditions);
                    let took = outcome.timings.total();
                    let late =
                        (took > limit).then(|| format!("It took {}", formatted(took.as_secs_f64(), Dimension::Time)));
                    judge(case, &outcome).map(|failure| failure.message).or(late)
                })?;
                if failing.is_some() {
                    return Ok(failing);
                }
            }
            Ok(None)
        })?;
        Ok(Smallest { value: Duration::from_nanos(found.value), below: found.below })
    }

    fn instructions(&self, first: &[FirstRun]) -> Result<Result<Smallest<u64>, String>, HeadroomError> {
        let mut needed = 0;
        for (case, run) in self.needy.cases.iter().zip(first) {
            self.go_on()?;
            match self.count(case, run, &self.limits) {
                Ok((total, None)) => needed = needed.max(total),
                Ok((_, Some(message))) => {
                    self.go_on()?;
                    return Ok(Err(format!("the case {} does not pass while it is counted: {message}", case.name)));
                }
                Err(reason) => return Ok(Err(reason)),
            }
        }
        let by_name = |name: &str| self.needy.cases.iter().zip(first).find(|(case, _)| case.name == name);
        let found = smallest((0, needed.saturating_mul(2).max(1)), needed, 0.0, |count| {
            let limits = Limits { instructions: Some(count), ..self.limits.clone() };
            self.first_failing(first, |case, _| {
                let run = by_name(&case.name).map(|(_, run)| run)?;
                self.count(case, run, &limits).map_or_else(Some, |(_, failure)| failure)
            })
        })?;
        Ok(Ok(found))
    }

    /// The instructions of a case under the conditions of its first run, and why it fails.
    fn count(&self, case: &Case, run: &FirstRun, limits: &Limits) -> Result<(u64, Option<String>), String> {
        let input = case.input.to_string();
        let Needy { program, function, .. } = self.needy;
        let metered = program.meter(function, input.as_bytes(), limits, self.cancel, run.conditions());
        let metered = metered.map_err(|error| error.message)?;
        let failure = judge(case, &metered.outcome).map(|failure| failure.message);
        Ok((metered.instructions.total(), failure))
    }

    fn invoke(&self, case: &Case, limits: &Limits, conditions: Conditions) -> (Outcome, Recording) {
        let Needy { program, function, .. } = self.needy;
        program.invoke_under(function, case.input.to_string().as_bytes(), limits, self.cancel, conditions)
    }

    /// The first case of which `fails` says why it fails.
    fn first_failing(
        &self,
        first: &[FirstRun],
        mut fails: impl FnMut(&Case, Conditions) -> Option<String>,
    ) -> Result<Option<Failing>, Stopped> {
        for (case, run) in self.needy.cases.iter().zip(first) {
            self.go_on()?;
            let failure = fails(case, run.conditions());
            // A case that was cancelled failed by that.
            self.go_on()?;
            if let Some(message) = failure {
                return Ok(Some(Failing { case: case.name.clone(), message }));
            }
        }
        Ok(None)
    }

    fn go_on(&self) -> Result<(), Stopped> {
        match (self.cancel.is_cancelled(), Instant::now() < self.until) {
            (true, _) => Err(Stopped::Cancelled),
            (false, false) => Err(Stopped::TooLong),
            (false, true) => Ok(()),
        }
    }
}

impl FirstRun {
    fn conditions(&self) -> Conditions {
        Conditions { replay: Some(self.recording.clone()), ..Conditions::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_rounded_up() {
        assert_eq!([1, 65_536, 65_537, (1 << 20) + 1].map(rounded_size), [65_536, 65_536, 131_072, 2 << 20]);
        assert_eq!([0, 7, 99, 101, 24_600, 25_000].map(rounded_count), [0, 7, 99, 110, 25_000, 25_000]);
        let time = |micros| rounded_time(Duration::from_micros(micros)).as_millis();
        assert_eq!([1, 9_000, 10_100, 123_400].map(time), [10, 10, 11, 130]);
    }
}
