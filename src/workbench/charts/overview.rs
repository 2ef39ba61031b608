//! A few invocations for each stretch of a run, at several levels, so that a view of millions can be drawn without
//! looking at each of them.
//!
//! For drawing only. What stands for a stretch lies beside what stands for the next one in memory: reading every
//! hundredth of a million invocations where they lie takes longer than drawing them.

use super::recording::Shot;

/// Invocations in a stretch of the finest level.
const FINEST: usize = 8;
/// Stretches of one level that become one of the next.
const JOINED: usize = 4;
/// A level with so few stretches is the last.
const FEWEST: usize = 1000;

/// Consecutive invocations, by two of them.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Any one of them, each as likely as the others.
    pub any: Shot,
    /// The slowest.
    pub slowest: Shot,
}

/// The stretches of a run.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    levels: Vec<Vec<Stretch>>,
}

impl Overview {
    /// The stretches of `shots`.
    pub fn of(shots: &[Shot]) -> Self {
        let mut overview = Self::default();
        overview.renew(shots, 0);
        overview
    }

    /// Takes in that `shots` are others from index `from` on, or more. Costs as much as these are.
    pub fn renew(&mut self, shots: &[Shot], from: usize) {
        let mut first = from / FINEST;
        let finest = level(&mut self.levels, 0, &mut first);
        for (offset, group) in shots.get(first * FINEST..).unwrap_or_default().chunks(FINEST).enumerate() {
            let any = group.get(scattered(first + offset) % group.len()).copied();
            let slowest = group.iter().copied().reduce(slower);
            finest.extend(any.zip(slowest).map(|(any, slowest)| Stretch { any, slowest }));
        }
        for at in 1.. {
            let below = self.levels.get_mut(at - 1).map(std::mem::take).unwrap_or_default();
            let is_last = below.len() < FEWEST;
            if !is_last {
                first /= JOINED;
                let level = level(&mut self.levels, at, &mut first);
                let joined = below.get(first * JOINED..).unwrap_or_default().chunks(JOINED).enumerate();
                level.extend(joined.filter_map(|(offset, group)| {
                    // The levels draw independently of each other, or one level's choice would decide the next one's.
                    let any = group.get(scattered((first + offset) * 31 + at) % group.len())?.any;
                    let slowest = group.iter().map(|stretch| stretch.slowest).reduce(slower)?;
                    Some(Stretch { any, slowest })
                }));
            }
            if let Some(place) = self.levels.get_mut(at - 1) {
                *place = below;
            }
            if is_last {
                self.levels.truncate(at);
                return;
            }
        }
    }

    /// The finest stretches of the invocations `from..to` that are at most `most`, with the number of the first of
    /// them and how many invocations each holds. Coarser ones than the last level there are none.
    pub fn within(&self, from: usize, to: usize, most: usize) -> (usize, usize, &[Stretch]) {
        let mut length = FINEST;
        for (at, level) in self.levels.iter().enumerate() {
            let (first, last) = (from / length, to.div_ceil(length).min(level.len()));
            if last.saturating_sub(first) <= most || at + 1 == self.levels.len() {
                return (first, length, level.get(first..last).unwrap_or_default());
            }
            length *= JOINED;
        }
        (0, length, &[])
    }
}

/// The level of this number, cut to its first `kept` stretches; `kept` becomes how many there are then.
fn level<'a>(levels: &'a mut Vec<Vec<Stretch>>, number: usize, kept: &mut usize) -> &'a mut Vec<Stretch> {
    if levels.len() <= number {
        levels.resize_with(number + 1, Vec::new);
    }
    #[expect(clippy::indexing_slicing, reason = "it was made above")]
    let level = &mut levels[number];
    level.truncate(*kept);
    *kept = level.len();
    level
}

fn slower(one: Shot, other: Shot) -> Shot {
    if other.latency > one.latency { other } else { one }
}

/// A number without any order that follows from another one (Fibonacci hashing): always the same place in a stretch
/// would show only one of the inputs that a run takes in turn.
fn scattered(number: usize) -> usize {
    ((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shots(count: usize) -> Vec<Shot> {
        let shot = |at: usize| Shot { at: at as f64, latency: scattered(at * 7 + 1) as f64, ok: true };
        (0..count).map(shot).collect()
    }

    fn slowest(shots: &[Shot]) -> f64 {
        shots.iter().map(|shot| shot.latency).fold(0.0, f64::max)
    }

    #[test]
    fn every_stretch_knows_its_slowest_and_any_one_of_its_invocations() {
        let shots = shots(100_003);
        let overview = Overview::of(&shots);
        for most in [100, 2000, 10_000, 100_000] {
            let (first, length, stretches) = overview.within(1003, 90_001, most);
            assert!(stretches.len() <= most.max(FEWEST) && stretches.len() * length >= 88_998, "{most}");
            for (offset, stretch) in stretches.iter().enumerate() {
                let from = (first + offset) * length;
                let of_it = &shots[from..(from + length).min(shots.len())];
                assert_eq!(stretch.slowest.latency, slowest(of_it));
                assert!(of_it.iter().any(|shot| shot.at == stretch.any.at));
            }
        }
    }

    #[test]
    fn what_stands_for_stretches_is_no_slower_than_all_are() {
        let shots = shots(200_000);
        let overview = Overview::of(&shots);
        let middle = 2_f64.powi(23);
        for most in [2000, 30_000] {
            let (_, _, stretches) = overview.within(0, shots.len(), most);
            let share = stretches.iter().filter(|stretch| stretch.any.latency > middle).count() as f64;
            assert!((share / stretches.len() as f64 - 0.5).abs() < 0.05, "{share} of {}", stretches.len());
        }
    }

    #[test]
    fn what_is_added_changes_the_stretches_as_if_it_had_been_there() {
        let all = shots(30_000);
        let mut grown = Overview::of(&all[..7]);
        for (from, to) in [(7, 900), (890, 9001), (9001, 9002), (9002, 30_000)] {
            grown.renew(&all[..to], from);
        }
        let anew = Overview::of(&all);
        for most in [100, 1000, 5000] {
            let [grown, anew] = [&grown, &anew].map(|overview| overview.within(0, 30_000, most));
            assert_eq!((grown.0, grown.1), (anew.0, anew.1));
            let places =
                |stretches: &[Stretch]| stretches.iter().map(|one| (one.any.at, one.slowest.at)).collect::<Vec<_>>();
            assert_eq!(places(grown.2), places(anew.2));
        }
        assert_eq!(Overview::default().within(0, 10, 10).2.len(), 0);
    }
}
