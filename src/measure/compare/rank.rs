//! The Mann-Whitney test: whether the values of one sample tend to lie above those of another. It looks at ranks
//! only, so that a few extreme values count no more than others, and assumes no distribution.

use crate::measure::distributions::normal_above;

/// Up to so many values in each sample the distribution of U is computed exactly where there are no ties.
const MOST_FOR_EXACT: usize = 30;

/// What a test found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// In how many pairs the value of the second sample is the greater one; ties count half.
    pub u: f64,
    /// The probability that samples of the same distribution differ that much in either direction.
    pub p: f64,
}

/// Compares two samples of independent values: Mann and Whitney, "On a test of whether one of two random
/// variables is stochastically larger than the other", 1947.
///
/// Small samples without ties get the exact distribution of U, others the normal approximation with corrections
/// for ties and for continuity (Hollander and Wolfe, *Nonparametric Statistical Methods*, chapter 4).
///
/// `inflation` is how many times larger the variance of U is because neighbouring values depend on each other (1
/// where they do not); see [`super::blocks::inflation`]. Samples without values differ in nothing.
pub fn mann_whitney(first: &[f64], second: &[f64], inflation: f64) -> RankTest {
    let (m, n) = (first.len() as f64, second.len() as f64);
    let mut all: Vec<(f64, bool)> =
        first.iter().map(|value| (*value, false)).chain(second.iter().map(|value| (*value, true))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let size = group.len() as f64;
        // Equal values share the middle of their ranks.
        let rank = before + (size + 1.0) / 2.0;
        rank_sum += rank * group.iter().filter(|(_, of_second)| *of_second).count() as f64;
        ties += size * (size * size - 1.0);
        before += size;
    }
    let u = rank_sum - n * (n + 1.0) / 2.0;
    let total = m + n;
    let small = first.len().max(second.len()) <= MOST_FOR_EXACT;
    if small && ties == 0.0 && inflation <= 1.0 {
        return RankTest { u, p: exact(first.len(), second.len(), u) };
    }
    let variance = m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)).max(1.0)) * inflation.max(1.0);
    let away = ((u - m * n / 2.0).abs() - 0.5).max(0.0);
    let p = if variance > 0.0 { (2.0 * normal_above(away / variance.sqrt())).min(1.0) } else { 1.0 };
    RankTest { u, p }
}

/// The two-sided probability of `u`: all ways to choose which ranks belong to the second sample are as likely.
fn exact(m: usize, n: usize, u: f64) -> f64 {
    let most = m * n;
    // ways[k][s]: how often k of the ranks so far sum up to s more than the least possible sum of k ranks.
    let mut ways = vec![vec![0.0_f64; most + 1]; n + 1];
    if let Some(none) = ways.first_mut().and_then(|sums| sums.first_mut()) {
        *none = 1.0;
    }
    for rank in 0..m + n {
        for k in (1..=n.min(rank + 1)).rev() {
            // As the k-th smallest chosen rank, this one adds what it lies above its least place.
            let added = rank + 1 - k;
            let (fewer, more) = ways.split_at_mut(k);
            let (Some(fewer), Some(more)) = (fewer.last(), more.first_mut()) else { continue };
            more.iter_mut().skip(added).zip(fewer).for_each(|(to, from)| *to += from);
        }
    }
    let Some(counts) = ways.last() else { return 1.0 };
    let all: f64 = counts.iter().sum();
    let tail = u.min(most as f64 - u);
    let outside: f64 = counts.iter().enumerate().filter(|(sum, _)| *sum as f64 <= tail).map(|(_, ways)| ways).sum();
    (2.0 * outside / all).min(1.0)
}

/// The median of all differences of a value of `second` and one of `first`: how far the second sample is shifted
/// (Hodges and Lehmann, "Estimates of location based on rank tests", 1963). Zero where one of them is empty.
pub fn shift(first: &[f64], second: &[f64]) -> f64 {
    let mut differences: Vec<f64> =
        second.iter().flat_map(|after| first.iter().map(move |before| after - before)).collect();
    median(&mut differences)
}

/// The median; reorders `values`. Zero without values.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(0.0);
    if values.len() % 2 == 1 {
        upper
    } else {
        values.get(middle.wrapping_sub(1)).map_or(0.0, |lower| f64::midpoint(*lower, upper))
    }
}

/// The probability that a value of `second` is above one of `first`, ties counted half: the common-language effect
/// size (McGraw and Wong, 1992). Both are sorted. One half where one of them is empty.
pub fn superiority<T: PartialOrd>(first: &[T], second: &[T]) -> f64 {
    if first.is_empty() || second.is_empty() {
        return 0.5;
    }
    let (mut below, mut not_above, mut sum) = (0, 0, 0_u64);
    for value in second {
        below += first.iter().skip(below).take_while(|before| *before < value).count();
        not_above = not_above.max(below);
        not_above += first.iter().skip(not_above).take_while(|before| *before <= value).count();
        sum += (below + not_above) as u64;
    }
    sum as f64 / 2.0 / (first.len() as f64 * second.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Permeability of the human placenta's membrane at term, and at 12 to 26 weeks: Hollander and Wolfe (1973),
    /// page 69, the example of R's `wilcox.test`, which gives W = 35 and p = 0.1272 for one side.
    const AT_TERM: [f64; 10] = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const EARLIER: [f64; 5] = [1.15, 0.88, 0.90, 0.74, 1.21];

    /// Ozone in New York in May and August 1973: R's data set `airquality`, for which R's manual of `wilcox.test`
    /// gives W = 127.5 and p = 0.0001208, with ties.
    const MAY: [f64; 26] = [
        41., 36., 12., 18., 28., 23., 19., 8., 7., 16., 11., 14., 18., 14., 34., 6., 30., 11., 1., 11., 4., 32., 23.,
        45., 115., 37.,
    ];
    const AUGUST: [f64; 26] = [
        39., 9., 16., 78., 35., 66., 122., 89., 110., 44., 28., 65., 22., 59., 23., 31., 44., 21., 9., 45., 168., 73.,
        76., 118., 84., 85.,
    ];

    #[test]
    fn a_textbook_example_without_ties_gets_its_exact_p() {
        let test = mann_whitney(&EARLIER, &AT_TERM, 1.0);
        assert_eq!(test.u, 35.0);
        assert!((test.p - 2.0 * 0.1272).abs() < 1e-4, "{}", test.p);
        assert_eq!(mann_whitney(&AT_TERM, &EARLIER, 1.0).u, 15.0);
        assert!((shift(&EARLIER, &AT_TERM) - 0.305).abs() < 1e-12, "{}", shift(&EARLIER, &AT_TERM));
    }

    #[test]
    fn an_example_with_ties_gets_the_corrected_approximation() {
        let test = mann_whitney(&AUGUST, &MAY, 1.0);
        assert_eq!(test.u, 127.5);
        assert!((test.p - 0.000_120_8).abs() < 5e-8, "{}", test.p);
    }

    #[test]
    fn dependent_values_make_the_test_more_careful() {
        let careful = mann_whitney(&AUGUST, &MAY, 4.0).p;
        assert!(careful > 0.05, "half the distance in standard deviations: {careful}");
    }

    #[test]
    fn the_exact_distribution_is_complete_and_agrees_with_counting() {
        // Of the 20 ways to choose 3 of 6 ranks, one is the lowest: p = 2/20.
        assert!((exact(3, 3, 0.0) - 0.1).abs() < 1e-12);
        assert!((exact(3, 3, 9.0) - 0.1).abs() < 1e-12);
        // Two ways give at most 1, four at most 2: the tables of Mann and Whitney (1947), n = m = 3.
        assert!((exact(3, 3, 1.0) - 0.2).abs() < 1e-12);
        assert!((exact(3, 3, 2.0) - 0.4).abs() < 1e-12);
        assert!((exact(30, 30, 450.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_effect_size_is_u_as_a_share_of_all_pairs() {
        let (mut may, mut august) = (MAY, AUGUST);
        may.sort_by(f64::total_cmp);
        august.sort_by(f64::total_cmp);
        assert!((superiority(&august, &may) - 127.5 / 676.0).abs() < 1e-12);
        assert!((superiority(&may, &august) + superiority(&august, &may) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_all_the_same_differ_in_nothing() {
        assert_eq!(mann_whitney(&[], &[], 1.0).p, 1.0);
        assert_eq!(mann_whitney(&[5.0; 40], &[5.0; 40], 1.0).p, 1.0);
        assert_eq!((shift(&[], &[1.0]), superiority::<f64>(&[], &[1.0])), (0.0, 0.5));
        assert_eq!((median(&mut []), median(&mut [1.0, 4.0, 2.0, 3.0])), (0.0, 2.5));
    }
}
