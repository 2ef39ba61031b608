//! Order statistics: which of the sorted samples a percentile is, between which of them the true one lies, and
//! how many samples it takes to say so. Knows numbers only.

/// The confidence of all intervals: 95 %, so that 2.5 % lie beyond each end.
pub const CONFIDENCE: f64 = 0.95;
/// The standard normal deviate that [`CONFIDENCE`] leaves 2.5 % beyond.
pub const DEVIATE: f64 = 1.959_963_984_540_054;
/// What lies beyond each end of an interval.
const TAIL: f64 = (1.0 - CONFIDENCE) / 2.0;

/// The rank (from 1) of the `share`-quantile among `count` sorted samples, by the nearest-rank definition: the
/// least value that at least this share of the samples does not exceed. Zero without samples.
pub fn rank(count: u64, share: f64) -> u64 {
    // A share such as 0.07 times 100 is a little more than 7 in floating point.
    let exact = count as f64 * share;
    ((exact - 1e-9 * exact.max(1.0)).ceil().max(1.0) as u64).min(count)
}

/// The ranks (from 1) of the two samples between which the true `share`-quantile lies with 95 % confidence,
/// whatever the distribution; `None` where `count` samples are too few for it.
///
/// With B, the number of samples below the true quantile, binomial in `count` and `share`, these are the largest
/// l with P(B < l) <= 2.5 % and the smallest u with P(B < u) >= 97.5 %, by exact sums (W. J. Conover, Practical
/// Nonparametric Statistics, 3rd ed., section 3.2; G. J. Hahn and W. Q. Meeker, Statistical Intervals, section 5.2).
pub fn interval_ranks(count: u64, share: f64) -> Option<(u64, u64)> {
    if count < samples_needed(share) {
        return None;
    }
    let lower = lower_rank(count, share)?;
    // By symmetry: samples above a quantile are those below its counterpart, counted from the other end.
    let upper = count + 1 - lower_rank(count, 1.0 - share)?;
    Some((lower, upper))
}

/// The rank (from 1) of the sample that the true `share`-quantile is not below, with 97.5 % certainty: the lower
/// one of [`interval_ranks`], which may exist alone. `None` where there are too few samples for it.
pub fn lower_rank(count: u64, share: f64) -> Option<u64> {
    let binomial = Binomial::around_mode(count, share)?;
    let (mut below, mut lower) = (0.0, binomial.first);
    for (hits, weight) in (binomial.first..).zip(&binomial.weights) {
        if below > TAIL {
            break;
        }
        lower = hits;
        below += weight;
    }
    (lower >= 1).then_some(lower)
}

/// The fewest samples for which [`interval_ranks`] of `share` can exist: there must be 97.5 % certainty that a sample
/// lies above the true quantile, 1 - share^n >= 0.975, and the same below it.
pub fn samples_needed(share: f64) -> u64 {
    let farther = share.max(1.0 - share);
    if !(0.0..1.0).contains(&farther) {
        return u64::MAX;
    }
    (TAIL.ln() / farther.ln()).ceil() as u64
}

/// The interval in which the true share lies with 95 % confidence when `hits` of `count` were counted, both
/// ends included (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934). Everything, without samples.
pub fn share_interval(hits: u64, count: u64) -> (f64, f64) {
    if count == 0 {
        return (0.0, 1.0);
    }
    // P(B >= hits) grows with the share and P(B <= hits) falls: each end is where its tail is 2.5 %.
    let low = if hits == 0 { 0.0 } else { bisect(|share| 1.0 - at_most(hits - 1, count, share) < TAIL) };
    let high = if hits >= count { 1.0 } else { bisect(|share| at_most(hits, count, share) > TAIL) };
    (low, high)
}

/// Where `holds`, true near 0 and false near 1, turns.
fn bisect(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// P(B <= hits) for B binomial in `count` and `share`.
pub fn at_most(hits: u64, count: u64, share: f64) -> f64 {
    if hits >= count || share <= 0.0 {
        return 1.0;
    }
    let Some(binomial) = Binomial::around_mode(count, share) else { return 0.0 };
    let Some(terms) = (hits + 1).checked_sub(binomial.first) else { return 0.0 };
    binomial.weights.iter().take(usize::try_from(terms).unwrap_or(usize::MAX)).sum::<f64>().min(1.0)
}

/// The probabilities of a binomial distribution, without those that are too small to matter.
struct Binomial {
    /// What the first weight is the probability of.
    first: u64,
    weights: Vec<f64>,
}

impl Binomial {
    /// Beyond this fraction of the largest, probabilities are left out: a hundred million of them would not show.
    const NEGLIGIBLE: f64 = 1e-25;

    /// Sums outwards from the most probable value by the ratio of neighbours, which needs no factorials and loses
    /// nothing at large counts. `None` where the share is not between 0 and 1.
    fn around_mode(count: u64, share: f64) -> Option<Self> {
        if !(share > 0.0 && share < 1.0) {
            return None;
        }
        let odds = share / (1.0 - share);
        let mode = (((count + 1) as f64) * share).floor().min(count as f64) as u64;
        let (mut below, mut weight, mut hits) = (Vec::new(), 1.0, mode);
        while hits > 0 && weight > Self::NEGLIGIBLE {
            weight *= hits as f64 / ((count - hits + 1) as f64 * odds);
            hits -= 1;
            below.push(weight);
        }
        let first = hits;
        below.reverse();
        let mut weights = below;
        weights.push(1.0);
        let (mut weight, mut hits) = (1.0, mode);
        while hits < count && weight > Self::NEGLIGIBLE {
            weight *= (count - hits) as f64 * odds / (hits + 1) as f64;
            hits += 1;
            weights.push(weight);
        }
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        Some(Self { first, weights })
    }
}
