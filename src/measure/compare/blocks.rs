//! Consecutive calls resemble each other, and machines drift: a run of a million calls is no million independent
//! observations. So a run is cut into consecutive blocks, and what varies between the blocks is taken as the
//! measure of how certain its figures are (the method of batch means: Conway, "Some tactical problems in digital
//! simulation", 1963; 10 to 30 batches suffice: Schmeiser, "Batch size effects in the analysis of simulation
//! output", 1982).

use super::rank::median;

/// Blocks of a run.
pub const BLOCKS: usize = 20;

/// The highest correlation of neighbouring blocks that is taken into account. It makes the variance four times as
/// large: with it, two runs are still significantly different when each block of one lies beyond all of the other.
const MOST_CORRELATION: f64 = 0.6;

/// The consecutive blocks of `values`: [`BLOCKS`] of the same length to one value, fewer where there are fewer values.
pub fn blocks<T>(values: &[T]) -> impl Iterator<Item = &[T]> {
    let count = BLOCKS.min(values.len());
    let bound = move |at: usize| at * values.len() / count;
    (0..count).filter_map(move |at| values.get(bound(at)..bound(at + 1)))
}

/// The median of each block.
pub fn medians(values: &[f64]) -> Vec<f64> {
    blocks(values).map(|block| median(&mut block.to_vec())).collect()
}

/// How many times larger the variance of a mean is than that of independent values, for values of which each
/// depends on the one before: (1 + r) / (1 - r) with the lag-1 correlation r within the given series, at least 1
/// (for the Mann-Whitney test: Yue and Wang, "The influence of serial correlation on the Mann-Whitney test", 2002).
pub fn inflation(series: &[&[f64]]) -> f64 {
    let (mut products, mut squares, mut count) = (0.0, 0.0, 0.0);
    for values in series {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n.max(1.0);
        squares += values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        products += values.iter().zip(values.iter().skip(1)).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
        count += n;
    }
    if squares <= 0.0 {
        return 1.0;
    }
    // The estimate of a short series lies too low by about 1 / n (Kendall, "Note on bias in the estimation of
    // autocorrelation", 1954).
    let correlation = products / squares + series.len() as f64 / count;
    let correlation = correlation.clamp(0.0, MOST_CORRELATION);
    (1.0 + correlation) / (1.0 - correlation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_everything_once_and_in_order() {
        for count in [0, 1, 7, 20, 21, 999] {
            let values: Vec<u32> = (0..count).collect();
            let joined: Vec<u32> = blocks(&values).flatten().copied().collect();
            assert_eq!(joined, values);
            let lengths: Vec<usize> = blocks(&values).map(<[u32]>::len).collect();
            assert!(lengths.len() <= BLOCKS);
            assert!(lengths.iter().max().unwrap_or(&0) - lengths.iter().min().unwrap_or(&0) <= 1, "{lengths:?}");
        }
    }

    #[test]
    fn a_drift_inflates_and_an_alternation_does_not() {
        let drift: Vec<f64> = (0..20).map(f64::from).collect();
        assert!((inflation(&[&drift, &drift]) - 4.0).abs() < 1e-9);
        let alternation: Vec<f64> = (0..20).map(|at| f64::from(at % 2)).collect();
        assert_eq!(inflation(&[&alternation]), 1.0);
        assert_eq!(inflation(&[&[3.0; 20]]), 1.0);
        assert_eq!(inflation(&[]), 1.0);
    }
}
