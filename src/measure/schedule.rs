//! When the calls of a run are to begin, and with which input: the same seed, the same sequence. Never waits
//! and never calls.

use std::time::Duration;

use super::load::{Arrivals, Extent, LoadPlan, MAX_CALLS, Model};

/// A reproducible sequence of random numbers (G. L. Steele, D. Lea and C. H. Flood, Fast Splittable Pseudorandom
/// Number Generators, OOPSLA 2014: SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number above 0 and at most 1.
    pub fn share(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`; zero where there is none.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }
}

/// A call that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it is to begin, counted from the start of the run; `None` in a closed model: at once.
    pub at: Option<Duration>,
    /// Which input it gets.
    pub input: u16,
}

/// The calls of a run, one after the other.
#[derive(Clone, Debug)]
pub struct Schedule {
    model: Model,
    extent: Extent,
    inputs: u64,
    given: u32,
    /// Seconds from the start of the run to the next arrival of an open model.
    next: f64,
    draw: Random,
    gaps: Random,
}

impl Schedule {
    /// The calls of `plan`, each with one of `inputs` inputs.
    pub fn new(plan: &LoadPlan, inputs: usize) -> Self {
        let mut seeds = Random::new(plan.seed);
        let (draw, gaps) = (Random::new(seeds.bits()), Random::new(seeds.bits()));
        let mut schedule = Self {
            model: plan.model,
            extent: plan.extent,
            inputs: inputs.clamp(1, 1 << 16) as u64,
            given: 0,
            next: 0.0,
            draw,
            gaps,
        };
        // A Poisson process has no arrival at its very beginning.
        if let Model::Open { arrivals: Arrivals::Poisson, .. } = plan.model {
            schedule.advance();
        }
        schedule
    }

    /// The next call, or that there is none. A closed model with an extent in time ends by the clock: `now`, from
    /// the start of the run.
    pub fn next(&mut self, now: Duration) -> Option<Arrival> {
        let at = self.model.is_open().then(|| self.next_at());
        match self.extent {
            Extent::Calls(calls) if self.given >= calls => return None,
            Extent::For(length) if at.unwrap_or(now) >= length => return None,
            _ if self.given >= MAX_CALLS => return None,
            _ => {}
        }
        self.given += 1;
        self.advance();
        Some(Arrival { at, input: self.draw.below(self.inputs) as u16 })
    }

    /// Whether the most calls that can be kept were given, before the planned end.
    pub fn is_exhausted(&self) -> bool {
        self.given >= MAX_CALLS && matches!(self.extent, Extent::For(_))
    }

    /// How many calls were given.
    pub fn given(&self) -> u32 {
        self.given
    }

    /// Takes all arrivals up to `until` out and counts them.
    pub fn drop_until(&mut self, until: Duration) -> u64 {
        let mut dropped = 0;
        while self.model.is_open() && self.next_at() <= until && self.next(until).is_some() {
            dropped += 1;
        }
        dropped
    }

    fn next_at(&self) -> Duration {
        Duration::try_from_secs_f64(self.next).unwrap_or(Duration::MAX)
    }

    fn advance(&mut self) {
        let Model::Open { rate, arrivals, .. } = self.model else { return };
        match arrivals {
            // Multiplied anew each time, so that no error adds up.
            Arrivals::Constant => self.next = f64::from(self.given) / rate,
            Arrivals::Poisson => self.next -= self.gaps.share().ln() / rate,
        }
    }
}

/// How long an open model takes until its last arrival, in all likelihood; `None` for a closed one.
pub fn length(plan: &LoadPlan) -> Option<Duration> {
    match (plan.model, plan.extent) {
        (_, Extent::For(length)) => Some(length),
        (Model::Open { rate, .. }, Extent::Calls(calls)) => Some(Duration::from_secs_f64(f64::from(calls) / rate)),
        (Model::Closed { .. }, Extent::Calls(_)) => None,
    }
}
