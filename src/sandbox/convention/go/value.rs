//! JavaScript values as a Go program deals in them: what they are, and how they read as text. Knows
//! no object's content; that is the heap's.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::natives::{self, Native};

/// Position of an object in the heap.
pub(super) type ObjectId = u32;

/// A JavaScript value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(Double),
    Text(Text),
    /// A function that the sandbox itself offers.
    Native(NativeRef),
    Object(ObjectId),
}

/// An immutable string; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Text(pub(super) Arc<str>);

/// A number that survives being written down: JSON knows neither NaN nor infinities.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double(pub(super) f64);

/// One of the functions in [`natives`], by identity.
#[derive(Clone, Copy)]
pub(super) struct NativeRef(pub(super) &'static Native);

impl Value {
    pub(super) fn number(number: f64) -> Self {
        Self::Number(Double(number))
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(Text(text.into()))
    }

    pub(super) fn as_object(&self) -> Option<ObjectId> {
        match self {
            Self::Object(id) => Some(*id),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.0),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number.0),
            _ => None,
        }
    }

    pub(super) fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// The number as a position or a length: whole, not negative, and small enough to be one.
    pub(super) fn as_index(&self) -> Option<usize> {
        let number = self.as_number()?;
        (number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX)).then_some(number as usize)
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.to_bits())
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(f64::from_bits(u64::deserialize(deserializer)?)))
    }
}

impl std::fmt::Debug for NativeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0.of, self.0.name)
    }
}

impl Serialize for NativeRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0.of, self.0.name).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NativeRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (of, name) = <(String, String)>::deserialize(deserializer)?;
        natives::find(&of, &name).map(Self).ok_or_else(|| serde::de::Error::custom("no such function"))
    }
}

/// A number as JavaScript writes it (ECMA-262, `Number::toString`).
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if number == 0.0 {
        return "0".into();
    }
    // The shortest digits that mean this number, and the power of ten of the first one.
    let scientific = format!("{:e}", number.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = digits.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if number < 0.0 { "-" } else { "" };
    let count = digits.len() as i32;
    let text = match exponent {
        0..=20 if count <= exponent + 1 => digits.clone() + &"0".repeat((exponent + 1 - count) as usize),
        0..=20 => {
            let (whole, rest) = digits.split_at_checked(exponent as usize + 1).unwrap_or((&digits, ""));
            format!("{whole}.{rest}")
        }
        -6..=-1 => format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize)),
        _ => {
            let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
            let point = if rest.is_empty() { "" } else { "." };
            let plus = if exponent > 0 { "+" } else { "" };
            format!("{first}{point}{rest}e{plus}{exponent}")
        }
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_javascript_writes_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-12.5, "-12.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (1e-6, "0.000001"),
            (1.25e-7, "1.25e-7"),
            (123_456_789.125, "123456789.125"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
