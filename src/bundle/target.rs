//! A goal's target: a comparison with a quantity, or a range of quantities.

use std::fmt;

/// A target such as `< 50ms`, `>= 99.9%`, `0` or `100..200ms`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// The measured value compared with one quantity. A bare value means [`Comparison::Equal`].
    Compare(Comparison, Quantity),
    /// The measured value between two quantities of the same kind, both included.
    Range(Quantity, Quantity),
}

/// How the measured value relates to the target's quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`, or no sign at all
    Equal,
    /// `!=`
    NotEqual,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Seconds.
    Time,
    /// A share; 1.0 is 100 %.
    Share,
    /// Events a second.
    Rate,
    /// Bytes.
    Bytes,
    /// A number without a unit.
    Plain,
}

/// A number in its dimension's base unit (seconds, share, events a second, bytes).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// The value in the base unit.
    pub value: f64,
    /// What it counts.
    pub dimension: Dimension,
}

/// Why a text is not a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a target: {reason}")]
pub struct InvalidTarget {
    /// The text.
    pub text: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl Target {
    /// Reads a target: `< <= > >= = !=` or nothing, a number, a unit (ns to h, %, /s, /min, B to GiB);
    /// or `low..high`, where the first number may leave its unit to the second.
    ///
    /// # Errors
    /// When the text is not of that form, or a range's ends differ in kind or order.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let _ = text;
        todo!()
    }

    /// Whether `measured`, in the base unit of this target's dimension, meets the target.
    pub fn holds(&self, measured: f64) -> bool {
        match self {
            Self::Range(low, high) => low.value <= measured && measured <= high.value,
            Self::Compare(comparison, quantity) => match comparison {
                Comparison::Less => measured < quantity.value,
                Comparison::LessOrEqual => measured <= quantity.value,
                Comparison::Greater => measured > quantity.value,
                Comparison::GreaterOrEqual => measured >= quantity.value,
                Comparison::Equal => measured == quantity.value,
                Comparison::NotEqual => measured != quantity.value,
            },
        }
    }

    /// What the target's numbers count.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Compare(_, quantity) | Self::Range(quantity, _) => quantity.dimension,
        }
    }

    /// The values a chart draws as lines, in the base unit: one, or a range's two ends.
    pub fn bounds(&self) -> Vec<f64> {
        match self {
            Self::Compare(_, quantity) => vec![quantity.value],
            Self::Range(low, high) => vec![low.value, high.value],
        }
    }
}

impl fmt::Display for Target {
    /// The target in a readable form that [`Target::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!()
    }
}
