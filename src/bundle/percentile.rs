//! A percentile that latencies can be judged by: from the 50th to the 99.99th, in hundredths.

use std::fmt;

/// A percentile from 50 to 99.99, with two decimals at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentile {
    /// Hundredths of a percent: 9500 for the 95th.
    hundredths: u16,
}

/// Why a number or a text is no [`Percentile`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no percentile to judge by: write a number from 50 to 99.99 with two decimals at most, such as 95")]
pub struct InvalidPercentile(String);

impl Percentile {
    /// The one that goals are judged by where nothing else is chosen: the 95th.
    pub const DEFAULT: Self = Self { hundredths: 9500 };

    /// The percentile `percent`.
    ///
    /// # Errors
    /// When it is below 50, above 99.99, or has more than two decimals.
    pub fn new(percent: f64) -> Result<Self, InvalidPercentile> {
        let hundredths = percent * 100.0;
        let whole = hundredths.round();
        if !(5000.0..=9999.0).contains(&whole) || (hundredths - whole).abs() > 1e-6 {
            return Err(InvalidPercentile(percent.to_string()));
        }
        Ok(Self { hundredths: whole as u16 })
    }

    /// Reads `95`, `99.9` or `p99.9`.
    ///
    /// # Errors
    /// When it is no number, or none that [`Percentile::new`] takes.
    pub fn parse(text: &str) -> Result<Self, InvalidPercentile> {
        let trimmed = text.trim();
        let number = trimmed.strip_prefix(['p', 'P']).unwrap_or(trimmed);
        let percent: f64 = number.parse().map_err(|_| InvalidPercentile(super::names::shown(text)))?;
        Self::new(percent)
    }

    /// In percent: 95.0 for the 95th.
    pub fn percent(self) -> f64 {
        f64::from(self.hundredths) / 100.0
    }

    /// As a share: 0.95 for the 95th.
    pub fn share(self) -> f64 {
        f64::from(self.hundredths) / 10_000.0
    }
}

impl Default for Percentile {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Percentile {
    /// `p95`, `p99.9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.percent())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_read_with_and_without_their_letter() {
        for (text, shown) in [("95", "p95"), ("p99.9", "p99.9"), (" 50 ", "p50"), ("99.99", "p99.99")] {
            assert_eq!(Percentile::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_percentile_is_refused_in_words() {
        for text in ["", "p", "49.99", "100", "99.999", "NaN", "inf", "-95", "ninety"] {
            let error = Percentile::parse(text).unwrap_err().to_string();
            assert!(error.contains("from 50 to 99.99"), "{text}: {error}");
        }
    }
}
