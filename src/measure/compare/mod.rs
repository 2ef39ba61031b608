//! Whether one run of a function is slower or faster than another, and how certain that is.
//!
//! Never from two means, and never as if each call were independent: [`blocks`] says why. Calls nothing.

pub mod blocks;
pub mod percentiles;
pub mod rank;
#[cfg(test)]
pub mod samples;

use percentiles::{PercentileDifference, Series};

use super::measurement::Measurement;
use super::warning::Warning;

/// The level of significance: two runs of the same thing are taken for different once in a hundred times.
pub const LEVEL: f64 = 1.0 - percentiles::CONFIDENCE;
/// The smallest difference of the typical call that is worth reporting, as a share. A long run proves differences
/// of nothing, and two processes differ by where their memory lies: short runs of one module, one after the other,
/// differed by up to 5.6 % although nothing disturbed them (docs/goals.md has the figures).
pub const SMALLEST_EFFECT: f64 = 0.07;
/// The same where one of the runs warns that its machine was too noisy or too busy: between runs of one module on a
/// machine with four times as many busy processes as processors, the typical call differed by up to 20 %.
pub const SMALLEST_EFFECT_IN_NOISE: f64 = 0.25;
/// The fewest answered calls of a run that can be compared: five in each block.
pub const FEWEST_CALLS: usize = 5 * blocks::BLOCKS;
/// The percentiles whose differences are shown.
pub const PERCENTILES: [f64; 4] = [50.0, 90.0, 95.0, 99.0];

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The second run is significantly slower, by more than the smallest effect.
    Slower,
    /// The second run is significantly faster, by more than the smallest effect.
    Faster,
    /// Neither; see [`Comparison::reason`].
    NotSignificant,
}

impl Change {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::NotSignificant => "no significant difference",
        }
    }
}

/// How a run differs from an earlier one.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What it comes to.
    pub change: Change,
    /// The probability that two runs of the same thing differ that much: of the Mann-Whitney test on the medians of
    /// the runs' consecutive blocks.
    pub p: f64,
    /// By how much the typical call takes longer, in nanoseconds; negative where it takes less: the
    /// Hodges-Lehmann shift of those medians.
    pub shift: f64,
    /// The same as a share of the first run's typical call.
    pub relative: f64,
    /// The smallest share that counts as a difference here.
    pub smallest: f64,
    /// By how much (as a share) a function that does nothing differed between the two runs: the machine itself, not
    /// the function. `None` where it is not known.
    pub machine: Option<f64>,
    /// Whether one of the runs warns that its machine was too noisy or too busy.
    pub is_noisy: bool,
    /// By which share the fastest tenth of the calls differs (its slowest one). What disturbs a machine makes calls
    /// slower and never faster, so that these are the least disturbed.
    pub fastest_tenth: f64,
    /// In which share of all pairs the second run's call takes longer than the first run's.
    pub superiority: f64,
    /// Answered calls of the first run and of the second.
    pub calls: (usize, usize),
    /// The differences of [`PERCENTILES`].
    pub percentiles: Vec<PercentileDifference>,
    /// What else belongs to it, each a phrase.
    pub notes: Vec<String>,
}

/// Why two runs cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Incomparable(pub String);

impl Comparison {
    /// Why the verdict is what it is, in one phrase.
    pub fn reason(&self) -> String {
        let p = shown_p(self.p);
        let shift = percent(self.relative.abs());
        let is_significant = self.p < LEVEL;
        match self.change {
            Change::Slower => format!("the typical call takes {shift} longer, {p}"),
            Change::Faster => format!("the typical call takes {shift} less, {p}"),
            Change::NotSignificant if !is_significant => {
                format!("chance alone may explain the difference: {p}, and only less than {LEVEL:.2} is significant")
            }
            Change::NotSignificant => {
                let is_below = self.relative.abs() < self.smallest;
                let because = match self.machine.map(f64::abs).filter(|machine| is_below && *machine >= self.smallest) {
                    Some(machine) => {
                        format!("a function that does nothing differs by {}: it is the machine", percent(machine))
                    }
                    None if self.relative.abs() >= self.smallest => format!(
                        "on a disturbed machine, and of the fastest tenth of the calls by {} only",
                        percent(self.fastest_tenth.abs())
                    ),
                    None if self.is_noisy => {
                        format!("less than {} says nothing on a machine as disturbed as it was", percent(self.smallest))
                    }
                    None => format!("less than {} is not worth reporting", percent(self.smallest)),
                };
                format!("the typical call differs by {shift}, {p}, but {because}")
            }
        }
    }
}

fn shown_p(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".into() } else { format!("p = {p:.4}") }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

impl PercentileDifference {
    /// The difference as a share of the first run's value; zero where that is zero.
    pub fn relative(&self) -> f64 {
        if self.before > 0.0 { (self.after - self.before) / self.before } else { 0.0 }
    }

    /// Whether the interval excludes that nothing changed.
    pub fn is_clear(&self) -> bool {
        self.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// Compares two measurements of the same thing by the latencies of their answered calls. Whether it is the
/// same thing, [`super::runs`] looks at.
///
/// # Errors
/// When one of them has too few answered calls, or arrivals that never became calls.
pub fn compare(before: &Measurement, after: &Measurement) -> Result<Comparison, Incomparable> {
    for (measurement, which) in [(before, "the earlier"), (after, "the later")] {
        if measurement.dropped > 0 {
            let dropped = measurement.dropped;
            return Err(Incomparable(format!(
                "{dropped} arrivals of {which} run were never called, so that nobody knows how slow they were: measure at a lower rate"
            )));
        }
        let answered = measurement.samples.len() - measurement.failed();
        if answered < FEWEST_CALLS {
            return Err(Incomparable(format!(
                "{which} run has {answered} answered calls, and a comparison takes at least {FEWEST_CALLS}"
            )));
        }
    }
    let machine = before.overhead.zip(after.overhead).and_then(|(before, after)| {
        let (before, after) = (before.median.as_secs_f64(), after.median.as_secs_f64());
        (before > 0.0).then(|| after / before - 1.0)
    });
    let is_disturbed = |measurement: &Measurement| {
        let disturbs = |warning: &Warning| matches!(warning, Warning::Noisy { .. } | Warning::Crowded { .. });
        measurement.warnings.iter().any(disturbs)
    };
    let is_noisy = is_disturbed(before) || is_disturbed(after);
    Ok(compare_series(&series(before), &series(after), Conditions { machine, is_noisy }))
}

/// What is known of the machine during two runs.
#[derive(Clone, Copy, Debug, Default)]
struct Conditions {
    /// By which share a function that does nothing changed.
    machine: Option<f64>,
    /// Whether one of the runs was disturbed.
    is_noisy: bool,
}

impl Conditions {
    /// The smallest share that counts as a difference.
    fn smallest(self) -> f64 {
        let least = if self.is_noisy { SMALLEST_EFFECT_IN_NOISE } else { SMALLEST_EFFECT };
        self.machine.map_or(0.0, f64::abs).max(least)
    }
}

fn series(measurement: &Measurement) -> Series {
    let answered = measurement.samples.iter().filter(|sample| sample.ok);
    Series::new(answered.map(|sample| sample.latency.as_nanos() as f64).collect())
}

fn compare_series(before: &Series, after: &Series, conditions: Conditions) -> Comparison {
    let typical = Typical::of(&before.in_order, &after.in_order, conditions);
    let Typical { mut change, p, shift, relative, smallest } = typical;
    let fastest_tenth = match [before, after].map(|series| series.sorted.get(series.sorted.len() / 10)) {
        [Some(before), Some(after)] if *before > 0.0 => after / before - 1.0,
        _ => 0.0,
    };
    let is_shared = fastest_tenth.abs() >= SMALLEST_EFFECT_IN_NOISE && (fastest_tenth > 0.0) == (shift > 0.0);
    if conditions.is_noisy && !is_shared {
        change = Change::NotSignificant;
    }
    Comparison {
        change,
        p,
        shift,
        relative,
        smallest,
        machine: conditions.machine,
        is_noisy: conditions.is_noisy,
        fastest_tenth,
        superiority: rank::superiority(&before.sorted, &after.sorted),
        calls: (before.sorted.len(), after.sorted.len()),
        percentiles: percentiles::differences(before, after, &PERCENTILES),
        notes: Vec::new(),
    }
}

/// What becomes of the typical call: the fields of [`Comparison`] of the same names.
#[derive(Debug)]
struct Typical {
    change: Change,
    p: f64,
    shift: f64,
    relative: f64,
    smallest: f64,
}

impl Typical {
    /// Compares latencies in the order of the calls.
    fn of(before: &[f64], after: &[f64], conditions: Conditions) -> Self {
        let (mut first, second) = (blocks::medians(before), blocks::medians(after));
        let test = rank::mann_whitney(&first, &second, blocks::inflation(&[&first, &second]));
        let shift = rank::shift(&first, &second);
        let typical = rank::median(&mut first);
        let relative = if typical > 0.0 { shift / typical } else { 0.0 };
        let smallest = conditions.smallest();
        let change = match (test.p < LEVEL && relative.abs() >= smallest, shift > 0.0) {
            (true, true) => Change::Slower,
            (true, false) => Change::Faster,
            (false, _) => Change::NotSignificant,
        };
        Self { change, p: test.p, shift, relative, smallest }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{Machine, Random};
    use super::*;

    /// How many of `repetitions` comparisons of a run with one `slowdown` times as slow end with each verdict.
    fn verdicts(machine: Machine, calls: usize, slowdown: f64, repetitions: usize) -> (usize, usize, usize) {
        let mut random = Random(2024);
        let (mut slower, mut faster, mut neither) = (0, 0, 0);
        for _ in 0..repetitions {
            let (before, after) = (machine.run(&mut random, calls, 1.0), machine.run(&mut random, calls, slowdown));
            match Typical::of(&before, &after, Conditions::default()).change {
                Change::Slower => slower += 1,
                Change::Faster => faster += 1,
                Change::NotSignificant => neither += 1,
            }
        }
        (slower, faster, neither)
    }

    #[test]
    fn two_runs_of_the_same_thing_are_rarely_taken_for_different() {
        // Independent calls, calls that resemble the ones before over tens of calls, and a machine that gets slower.
        for (correlation, drift) in [(0.0, 0.0), (0.9, 0.0), (0.97, 0.0), (0.0, 0.1), (0.9, 0.1)] {
            let (slower, faster, _) = verdicts(Machine { correlation, drift }, 1000, 1.0, 300);
            // 1 % of 300 are 3; more than 9 would happen once in 3,000 times.
            assert!(slower + faster <= 9, "{correlation} {drift}: {slower} + {faster}");
        }
    }

    #[test]
    fn testing_each_call_as_if_it_were_independent_would_often_be_wrong() {
        let (mut random, machine) = (Random(7), Machine { correlation: 0.9, drift: 0.0 });
        let wrong = (0..100).filter(|_| {
            let (before, after) = (machine.run(&mut random, 1000, 1.0), machine.run(&mut random, 1000, 1.0));
            rank::mann_whitney(&before, &after, 1.0).p < LEVEL
        });
        assert!(wrong.count() > 30, "which is why runs are compared by their blocks");
    }

    #[test]
    fn a_function_that_became_a_tenth_slower_or_faster_is_found() {
        let machine = Machine { correlation: 0.5, drift: 0.0 };
        let (slower, faster, neither) = verdicts(machine, 1000, 1.1, 100);
        assert!(slower >= 90 && faster == 0, "{slower} {faster} {neither}");
        let (slower, faster, neither) = verdicts(machine, 1000, 1.0 / 1.1, 100);
        assert!(faster >= 90 && slower == 0, "{slower} {faster} {neither}");
    }

    #[test]
    fn runs_that_do_not_overlap_differ_however_much_their_calls_depend_on_each_other() {
        let mut random = Random(1);
        let machine = Machine { correlation: 0.998, drift: 0.2 };
        let (before, after) = (machine.run(&mut random, 2000, 1.0), machine.run(&mut random, 2000, 8.0));
        let found = Typical::of(&before, &after, Conditions { machine: None, is_noisy: true });
        assert_eq!(found.change, Change::Slower, "{found:?}");
    }

    #[test]
    fn what_is_significant_and_small_is_said_to_be_both() {
        let mut random = Random(1);
        let machine = Machine { correlation: 0.0, drift: 0.0 };
        let before = Series::new(machine.run(&mut random, 50_000, 1.0));
        let after = Series::new(machine.run(&mut random, 50_000, 1.01));
        let found = compare_series(&before, &after, Conditions::default());
        assert!(found.p < LEVEL && (0.005..0.015).contains(&found.relative), "{found:?}");
        assert_eq!(found.change, Change::NotSignificant);
        assert!(found.reason().contains("less than 7.0 % is not worth reporting"), "{}", found.reason());
    }

    #[test]
    fn what_the_machine_did_is_not_blamed_on_the_function() {
        let mut random = Random(1);
        let machine = Machine { correlation: 0.0, drift: 0.0 };
        let before = Series::new(machine.run(&mut random, 5000, 1.0));
        let after = Series::new(machine.run(&mut random, 5000, 1.2));
        let under = |machine: f64, is_noisy: bool| {
            compare_series(&before, &after, Conditions { machine: Some(machine), is_noisy })
        };
        assert_eq!(under(0.05, false).change, Change::Slower);
        for (machine, is_noisy, reason) in [(0.3, false, "it is the machine"), (0.05, true, "as disturbed as it was")] {
            let found = under(machine, is_noisy);
            assert_eq!(found.change, Change::NotSignificant);
            assert!(found.reason().contains(reason), "{}", found.reason());
        }
    }

    #[test]
    fn calls_that_a_disturbed_machine_held_up_are_not_blamed_on_the_function() {
        let mut random = Random(1);
        let machine = Machine { correlation: 0.0, drift: 0.0 };
        let before = machine.run(&mut random, 10_000, 1.0);
        // Three calls of five wait for something else.
        let held_up = machine.run(&mut random, 10_000, 2.5);
        let after = held_up.iter().zip(&before).enumerate();
        let after: Vec<f64> = after.map(|(at, (held, free))| if at % 5 < 2 { *free } else { *held }).collect();
        let noisy = Conditions { machine: None, is_noisy: true };
        let found = compare_series(&Series::new(before.clone()), &Series::new(after), noisy);
        assert!(found.p < LEVEL && found.relative > SMALLEST_EFFECT_IN_NOISE, "{found:?}");
        assert_eq!(found.change, Change::NotSignificant);
        assert!(found.reason().contains("of the fastest tenth of the calls by"), "{}", found.reason());
        let slower: Vec<f64> = before.iter().map(|latency| latency * 1.6).collect();
        let found = compare_series(&Series::new(before), &Series::new(slower), noisy);
        assert_eq!(found.change, Change::Slower, "what slows down every call is found all the same");
    }

    #[test]
    fn a_million_calls_are_compared_within_seconds_even_unoptimised() {
        let mut random = Random(1);
        let machine = Machine { correlation: 0.5, drift: 0.0 };
        let mut run = || machine.run(&mut random, 1_000_000, 1.0);
        let (before, after) = (run(), run());
        let begun = std::time::Instant::now();
        let found = compare_series(&Series::new(before), &Series::new(after), Conditions::default());
        assert_eq!(found.change, Change::NotSignificant);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
