//! Recordings of what invocations took from time and random numbers, as bytes that are kept: JSON, so that a
//! person can read it. What comes from a file is checked before it is replayed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sandbox::{Recording, Taken};

/// Recordings that take more bytes than this are not kept with an entry of the history.
pub const LARGEST_KEPT: usize = 1 << 20;
/// The largest recording that is read or written at all, in bytes.
pub const LARGEST: usize = 96 << 20;

/// A recording as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    taken: Vec<Entry>,
}

/// One thing that was taken: times as seconds and nanoseconds, random bytes in hexadecimal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Entry {
    Date(u64, u32),
    Uptime(u64, u32),
    Random(String),
}

/// The recording as bytes, at most `most`.
///
/// # Errors
/// When it is larger, or was cut while it was made, so that it could not be replayed to the end.
pub fn encode(recording: &Recording, most: usize) -> Result<Vec<u8>, String> {
    let random: usize = recording.taken.iter().map(Taken::random_bytes).sum();
    // What is written is never shorter than this.
    let least = random.saturating_mul(2).saturating_add(recording.taken.len().saturating_mul(16));
    if recording.is_cut || least > most {
        return Err("the function takes more from time and random numbers than is kept".into());
    }
    let entry = |taken: &Taken| match taken {
        Taken::Date(time) => Entry::Date(time.as_secs(), time.subsec_nanos()),
        Taken::Uptime(time) => Entry::Uptime(time.as_secs(), time.subsec_nanos()),
        Taken::Random(bytes) => Entry::Random(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    };
    let written = Written { taken: recording.taken.iter().map(entry).collect() };
    let bytes = serde_json::to_vec(&written).map_err(|error| error.to_string())?;
    if bytes.len() > most {
        return Err("the function takes more from time and random numbers than is kept".into());
    }
    Ok(bytes)
}

/// The recording in `bytes`.
///
/// # Errors
/// When they are none, in one sentence.
pub fn decode(bytes: &[u8]) -> Result<Recording, String> {
    if bytes.len() > LARGEST {
        return Err(format!("the recording has {} bytes, and {LARGEST} are read at most", bytes.len()));
    }
    let written: Written = serde_json::from_slice(bytes).map_err(|error| format!("this is no recording: {error}"))?;
    let taken = written.taken.into_iter().enumerate().map(|(at, entry)| {
        let wrong = |what: &str| format!("entry {} of the recording {what}", at + 1);
        let time = |seconds: u64, nanos: u32| {
            (nanos < 1_000_000_000).then(|| Duration::new(seconds, nanos)).ok_or_else(|| wrong("is no time"))
        };
        Ok(match entry {
            Entry::Date(seconds, nanos) => Taken::Date(time(seconds, nanos)?),
            Entry::Uptime(seconds, nanos) => Taken::Uptime(time(seconds, nanos)?),
            Entry::Random(digits) => Taken::Random(bytes_of(&digits).ok_or_else(|| wrong("holds no hexadecimal"))?),
        })
    });
    Ok(Recording { taken: taken.collect::<Result<_, String>>()?, ..Recording::default() })
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let taken = vec![
            Taken::Date(Duration::new(253_402_300_799, 999_999_999)),
            Taken::Uptime(Duration::from_micros(7)),
            Taken::Random((0..=255).collect()),
            Taken::Random(Vec::new()),
        ];
        let recording = Recording { taken, ..Recording::default() };
        assert_eq!(decode(&encode(&recording, LARGEST_KEPT).unwrap()), Ok(recording));
        assert_eq!(decode(&encode(&Recording::default(), 100).unwrap()), Ok(Recording::default()));
    }

    #[test]
    fn what_could_not_be_replayed_whole_is_not_written() {
        let large = Recording { taken: vec![Taken::Random(vec![0; 60])], ..Recording::default() };
        assert!(encode(&large, 100).is_err());
        let many = Recording { taken: vec![Taken::Date(Duration::ZERO); 10], ..Recording::default() };
        assert!(encode(&many, 100).is_err());
        assert!(encode(&Recording { is_cut: true, ..Recording::default() }, 100).is_err());
    }

    #[test]
    fn hostile_files_are_refused() {
        for (text, expected) in [
            ("", "no recording"),
            ("[]", "no recording"),
            (r#"{"taken": [{"date": [1]}]}"#, "no recording"),
            (r#"{"taken": [{"date": [1, 4294967295]}]}"#, "entry 1 of the recording is no time"),
            (r#"{"taken": [{"date": [-1, 0]}]}"#, "no recording"),
            (r#"{"taken": [{"uptime": [18446744073709551615, 999999999]}, {"random": "0"}]}"#, "entry 2"),
            (r#"{"taken": [{"random": "+1"}]}"#, "entry 1 of the recording holds no hexadecimal"),
            (r#"{"taken": [{"random": "\u00e9"}]}"#, "no hexadecimal"),
            (r#"{"taken": [], "more": 1}"#, "unknown field"),
            (r#"{"taken": [{"file": "/etc/passwd"}]}"#, "unknown variant"),
        ] {
            let error = decode(text.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
