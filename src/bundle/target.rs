//! A goal's target: a comparison with a quantity, or a range of quantities.

use std::fmt;

use super::quantity;

pub use super::quantity::{formatted, grouped};

/// A number with or without a unit, as a regular expression.
macro_rules! number {
    () => {
        concat!(
            r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*",
            r"(?:ns|us|[µμ]s|ms|msec|s|m|h|min|mins|secs?|hours?|minutes?|(?:milli|micro)?seconds?",
            r"|B|[kKMG]B|[KMG]iB|bytes?|%|percent|[rqt]ps|ops|Hz|rpm",
            r"|(?!(?:ns|us|ms|s|m|h|min|B|[kKMG]i?B)[ /])[A-Za-z]*\s*(?:/| ?per )\s*(?:s|sec|second|m|min|minute|h|hour))?",
        )
    };
}

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

/// What [`Target::parse`] takes, as a regular expression for other programs, without anchors. It does not
/// compare the ends of a range.
pub const PATTERN: &str = concat!(
    r"\s*(?:(?:<=?|>=?|==?|!=|≤|≥|≠)?\s*",
    number!(),
    r"|",
    number!(),
    r"\s*(?:\.\.\.?=?|[-–])\s*",
    number!(),
    r")\s*",
);

impl Target {
    /// Reads a target: `< <= > >= = !=` or nothing, a number, a unit (ns to h, %, /s, /min, B to GiB);
    /// or `low..high`, where the first number may leave its unit to the second.
    ///
    /// # Errors
    /// When the text is not of that form, or a range's ends differ in kind or order.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let refuse = |reason: String| Err(InvalidTarget { text: text.to_owned(), reason });
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return refuse("it is empty".into());
        }
        if let Some(range) = parse_range(trimmed) {
            return range.or_else(refuse);
        }
        let (comparison, rest) = parse_comparison(trimmed);
        match quantity::parse(rest) {
            Ok(quantity) => Ok(Self::Compare(comparison, quantity)),
            Err(reason) => refuse(reason),
        }
    }

    /// A comparison with a percentage.
    pub fn percent(comparison: Comparison, percent: f64) -> Self {
        Self::Compare(comparison, Quantity { value: percent / 100.0, dimension: Dimension::Share })
    }

    /// The target that `text`, which is none, probably means.
    pub fn mended(text: &str) -> Option<Self> {
        let mut text = text.trim().to_lowercase();
        for (words, sign) in [
            ("less than or equal to", "<="),
            ("greater than or equal to", ">="),
            ("less than", "<"),
            ("greater than", ">"),
            ("more than", ">"),
            ("at most", "<="),
            ("at least", ">="),
            ("no more than", "<="),
            ("under", "<"),
            ("below", "<"),
            ("within", "<="),
            ("max", "<="),
            ("over", ">"),
            ("above", ">"),
            ("min ", ">= "),
            ("=<", "<="),
            ("=>", ">="),
            ("< =", "<="),
            ("> =", ">="),
        ] {
            if let Some(rest) = text.strip_prefix(words) {
                text = format!("{sign} {}", rest.trim_start_matches([':', '.', ' ']));
                break;
            }
        }
        let turned = text.split_once("..").or_else(|| split_at_dash(&text)).map(|(low, high)| {
            let (low, high) = (low.trim(), high.trim());
            let unit = high.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            format!("{high}..{low}{}", if low.ends_with(|c: char| c.is_ascii_digit()) { unit } else { "" })
        });
        // A comma before one or two digits, or three where nothing else is before it, parts decimals.
        let with_point = text.replacen(',', ".", 1);
        let percent = text
            .strip_suffix("percent")
            .or_else(|| text.strip_suffix("pct"))
            .map(|number| format!("{}%", number.trim()));
        let with_unit = |from: &str, to: &str| text.strip_suffix(from).map(|number| format!("{number}{to}"));
        let units = [
            ("mb", "MB"),
            ("gb", "GB"),
            ("kb", "kB"),
            ("mib", "MiB"),
            ("gib", "GiB"),
            ("kib", "KiB"),
            ("millis", "ms"),
        ];
        let candidates = [Some(text.clone()), percent, Some(with_point), turned];
        let with_units = units.iter().map(|(from, to)| with_unit(from, to));
        candidates.into_iter().chain(with_units).flatten().find_map(|candidate| Self::parse(&candidate).ok())
    }

    /// The least and the largest value that meet the target, whether or not they themselves do; `None` where
    /// the target is met on both sides of a value.
    pub fn interval(&self) -> Option<(f64, f64)> {
        match self {
            Self::Range(low, high) => Some((low.value, high.value)),
            Self::Compare(comparison, quantity) => match comparison {
                Comparison::Less | Comparison::LessOrEqual => Some((f64::NEG_INFINITY, quantity.value)),
                Comparison::Greater | Comparison::GreaterOrEqual => Some((quantity.value, f64::INFINITY)),
                Comparison::Equal => Some((quantity.value, quantity.value)),
                Comparison::NotEqual => None,
            },
        }
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
        match self {
            Self::Compare(comparison, quantity) => match comparison.as_str() {
                "" => write!(f, "{quantity}"),
                sign => write!(f, "{sign} {quantity}"),
            },
            Self::Range(low, high) => write!(f, "{low}..{high}"),
        }
    }
}

impl Comparison {
    /// The sign; nothing for equality, which needs none.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "",
            Self::NotEqual => "!=",
        }
    }
}

impl fmt::Display for Quantity {
    /// The quantity with the largest unit that keeps it a round number; nothing is lost by rounding.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quantity::write_exact(f, *self)
    }
}

/// The leading sign and what follows it.
fn parse_comparison(text: &str) -> (Comparison, &str) {
    let signs = [
        ("<=", Comparison::LessOrEqual),
        ("≤", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("≥", Comparison::GreaterOrEqual),
        ("!=", Comparison::NotEqual),
        ("≠", Comparison::NotEqual),
        ("==", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
    ];
    signs
        .into_iter()
        .find_map(|(sign, comparison)| Some((comparison, text.strip_prefix(sign)?.trim_start())))
        .unwrap_or((Comparison::Equal, text))
}

/// A range `low..high` or `low-high`; `None` where the text is not of that form.
fn parse_range(text: &str) -> Option<Result<Target, String>> {
    let (low, high) = text.split_once("..").or_else(|| split_at_dash(text))?;
    Some(parse_ends(low.trim(), high.trim_start_matches(['.', '=']).trim()))
}

/// Parts `10-20ms` at the dash between two numbers, and leaves `1e-3` and `-5` alone.
fn split_at_dash(text: &str) -> Option<(&str, &str)> {
    let starts_number = |text: &str| text.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let (at, dash) = text.char_indices().find(|(at, c)| {
        let before = text.get(..*at).unwrap_or_default();
        let is_exponent =
            before.ends_with(['e', 'E']) && before.trim_end_matches(['e', 'E']).ends_with(|c: char| c.is_ascii_digit());
        (*c == '-' || *c == '–') && starts_number(before) && !is_exponent
    })?;
    let (low, high) = (text.get(..at)?, text.get(at + dash.len_utf8()..)?);
    starts_number(high).then_some((low, high))
}

fn parse_ends(low: &str, high: &str) -> Result<Target, String> {
    let end = quantity::parse(high).map_err(|reason| format!("the end of the range: {reason}"))?;
    let bare = !low.is_empty() && low.chars().all(|c| c.is_ascii_digit() || c == '.');
    // `100..200ms`: the first number takes the unit of the second.
    let unit = high.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+'));
    let start = if bare { quantity::parse(&format!("{low}{unit}")) } else { quantity::parse(low) };
    let start = start.map_err(|reason| format!("the start of the range: {reason}"))?;
    if start.dimension != end.dimension {
        return Err(format!(
            "its ends are of different kinds: {} and {}",
            start.dimension.in_words(),
            end.dimension.in_words()
        ));
    }
    if start.value > end.value {
        return Err("its first number is larger than its second".into());
    }
    Ok(Target::Range(start, end))
}

impl Dimension {
    /// The kind of number in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Time => "a time",
            Self::Share => "a share",
            Self::Rate => "a rate",
            Self::Bytes => "a number of bytes",
            Self::Plain => "a plain number",
        }
    }
}
