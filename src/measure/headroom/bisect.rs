//! The smallest number with which something still passes. Pure: what passing means is the caller's affair.

/// A smallest value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smallest<T> {
    /// The smallest with which everything passes.
    pub value: T,
    /// What fails just below; nothing where no smaller one was tried.
    pub below: Option<Failing>,
}

/// A case that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Its name.
    pub case: String,
    /// What happened, in one sentence.
    pub message: String,
}

/// Why a search ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The user cancelled.
    Cancelled,
    /// Its time was up.
    TooLong,
}

/// The smallest number above `low`, which is taken to fail, with which nothing fails; `high` is taken to pass. Whoever
/// passes with a number passes with all larger ones. `guess` is tried first, and the one below it. Numbers that differ
/// by no more than the share `precision` are not told apart; with 0 the answer is exact.
///
/// # Errors
/// Those of `failing`.
pub fn smallest(
    (mut low, mut high): (u64, u64),
    guess: u64,
    precision: f64,
    mut failing: impl FnMut(u64) -> Result<Option<Failing>, Stopped>,
) -> Result<Smallest<u64>, Stopped> {
    let mut below = None;
    // What is near the guess is found in a few steps, whichever side it lies on.
    let mut hints = hints(guess, precision).into_iter();
    while high - low > 1 && (high - low) as f64 > precision * high as f64 {
        let hint = hints.find(|hint| *hint > low && *hint < high);
        let next = hint.unwrap_or(low + (high - low) / 2);
        match failing(next)? {
            None => high = next,
            Some(failed) => (low, below) = (next, Some(failed)),
        }
    }
    Ok(Smallest { value: high, below })
}

/// The guess, what lies just below it, and farther ones on both sides.
fn hints(guess: u64, precision: f64) -> Vec<u64> {
    let step = ((guess as f64 * precision) as u64).max(1);
    let mut hints = vec![guess, guess.saturating_sub(step)];
    let farther = [2, 8].map(|times| step.saturating_mul(times));
    hints.extend(farther.into_iter().flat_map(|far| [guess.saturating_add(far), guess.saturating_sub(far)]));
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(needed: u64, range: (u64, u64), guess: u64, precision: f64) -> (Smallest<u64>, Vec<u64>) {
        let mut tried = Vec::new();
        let found = smallest(range, guess, precision, |number| {
            tried.push(number);
            Ok((number < needed).then(|| Failing { case: number.to_string(), message: String::new() }))
        });
        (found.unwrap(), tried)
    }

    #[test]
    fn the_answer_is_exact_whatever_was_guessed() {
        for needed in [1, 2, 3, 500, 999, 1000] {
            for guess in [0, 1, 2, 499, 500, 501, 520, 1000, 5000] {
                let (found, _) = search(needed, (0, 1000), guess, 0.0);
                assert_eq!(found.value, needed, "guess {guess}");
                let below = found.below.map(|failing| failing.case);
                assert_eq!(below, (needed > 1).then(|| (needed - 1).to_string()), "guess {guess}");
            }
        }
    }

    #[test]
    fn a_right_guess_takes_two_tries() {
        assert_eq!(search(500, (0, 1 << 40), 500, 0.0).1, [500, 499]);
        assert!(search(500, (0, 1 << 40), 1 << 39, 0.0).1.len() < 50);
    }

    #[test]
    fn an_imprecise_search_ends_early_and_errs_upwards() {
        let (found, tried) = search(1_000_000, (0, 5_000_000_000), 1_010_000, 0.05);
        assert!((1_000_000..=1_060_000).contains(&found.value), "{found:?}");
        assert!(tried.len() <= 4, "{tried:?}");
    }

    #[test]
    fn a_search_stops_when_it_is_told_to() {
        assert_eq!(smallest((0, 10), 5, 0.0, |_| Err(Stopped::Cancelled)), Err(Stopped::Cancelled));
    }
}
