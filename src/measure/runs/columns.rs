//! The samples of a run as few bytes: a column for each field, in it the differences from one sample to the next as
//! numbers of variable length, all of it deflated. A million calls take three to four megabytes.

use std::io::{Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::measure::load::LONGEST;
use crate::measure::{MAX_CALLS, Sample};

use super::Damage;

/// Columns of a sample.
const COLUMNS: u64 = 4;
/// The longest form of a number, in bytes.
const LONGEST_NUMBER: u64 = 10;
/// The longest time of a sample in nanoseconds: nothing in a run of the longest kind takes longer than twice that.
const LONGEST_TIME: u64 = 2 * LONGEST.as_nanos() as u64;

/// The packed form of `samples`, which are sorted by their beginning.
///
/// # Errors
/// None that this could cause: the bytes go to memory.
pub fn packed(samples: &[Sample]) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::with_capacity(samples.len() * 6);
    let mut before = 0;
    for sample in samples {
        let at = nanos(sample.at);
        put(&mut raw, at.saturating_sub(before));
        before = at;
    }
    samples.iter().for_each(|sample| put(&mut raw, nanos(sample.waited)));
    let mut before = 0_i64;
    for sample in samples {
        let latency = nanos(sample.latency) as i64;
        let difference = latency - before;
        // Small differences of either sign become small numbers.
        put(&mut raw, ((difference << 1) ^ (difference >> 63)) as u64);
        before = latency;
    }
    samples.iter().for_each(|sample| put(&mut raw, u64::from(sample.input) << 1 | u64::from(sample.ok)));
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&raw)?;
    encoder.finish()
}

/// The `count` samples in `bytes`, whose inputs are fewer than `inputs`.
///
/// # Errors
/// When the bytes hold anything else: nothing is taken for granted, and no more room is made than they fill.
pub fn unpacked(bytes: &[u8], count: u64, inputs: usize) -> Result<Vec<Sample>, Damage> {
    if count > u64::from(MAX_CALLS) {
        return Err(Damage::because(format!("it claims {count} samples, and a run has at most {MAX_CALLS}")));
    }
    let most = count * COLUMNS * LONGEST_NUMBER;
    let mut raw = Vec::new();
    let mut decoder = ZlibDecoder::new(bytes).take(most + 1);
    decoder
        .read_to_end(&mut raw)
        .map_err(|error| Damage::because(format!("its samples cannot be unpacked: {error}")))?;
    if raw.len() as u64 > most || (raw.len() as u64) < count * COLUMNS {
        return Err(Damage::because("its samples are more or fewer than it says"));
    }
    let mut rest = raw.as_slice();
    let mut samples = Vec::with_capacity(count as usize);
    let mut at = 0_u64;
    for _ in 0..count {
        at = within(at.checked_add(get(&mut rest)?))?;
        let at = Duration::from_nanos(at);
        samples.push(Sample { at, waited: Duration::ZERO, latency: Duration::ZERO, ok: false, input: 0 });
    }
    for sample in &mut samples {
        sample.waited = Duration::from_nanos(within(Some(get(&mut rest)?))?);
    }
    let mut latency = 0_i64;
    for sample in &mut samples {
        let folded = get(&mut rest)?;
        let difference = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        let next = latency.checked_add(difference).and_then(|next| u64::try_from(next).ok());
        let next = within(next)?;
        latency = next as i64;
        sample.latency = Duration::from_nanos(next);
    }
    for sample in &mut samples {
        let both = get(&mut rest)?;
        sample.ok = both & 1 == 1;
        let input = u16::try_from(both >> 1).ok().filter(|input| usize::from(*input) < inputs);
        sample.input = input.ok_or_else(|| Damage::because("a sample has an input that the run does not have"))?;
    }
    if rest.is_empty() { Ok(samples) } else { Err(Damage::because("its samples are more than it says")) }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(LONGEST_TIME)
}

fn within(time: Option<u64>) -> Result<u64, Damage> {
    time.filter(|time| *time <= LONGEST_TIME).ok_or_else(|| Damage::because("a sample has an impossible time"))
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow (LEB128).
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn get(bytes: &mut &[u8]) -> Result<u64, Damage> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let Some((byte, rest)) = bytes.split_first() else { break };
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            break;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Damage::because("its samples break off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(count: u32) -> Vec<Sample> {
        let sample = |at: u32| Sample {
            at: Duration::from_nanos(u64::from(at) * 30_000 + u64::from(at % 7)),
            waited: Duration::from_nanos(if at.is_multiple_of(50) { 1_000_000 } else { 0 }),
            latency: Duration::from_nanos(20_000 + u64::from(at.wrapping_mul(2_654_435_761) >> 21)),
            ok: at % 100 != 3,
            input: (at % 3) as u16,
        };
        (0..count).map(sample).collect()
    }

    #[test]
    fn samples_come_back_as_they_were() {
        for count in [0, 1, 2, 5000] {
            let samples = samples(count);
            assert_eq!(unpacked(&packed(&samples).unwrap(), count.into(), 3).unwrap(), samples);
        }
        let extreme = vec![
            Sample { at: Duration::ZERO, waited: LONGEST, latency: LONGEST * 2, ok: true, input: 0 },
            Sample { at: LONGEST, waited: Duration::ZERO, latency: Duration::ZERO, ok: false, input: u16::MAX },
        ];
        assert_eq!(unpacked(&packed(&extreme).unwrap(), 2, 65_536).unwrap(), extreme);
    }

    #[test]
    fn a_million_calls_take_a_few_megabytes_and_load_at_once() {
        let bytes = packed(&samples(1_000_000)).unwrap();
        assert!(bytes.len() < 5 << 20, "{} bytes", bytes.len());
        let begun = std::time::Instant::now();
        assert_eq!(unpacked(&bytes, 1_000_000, 3).unwrap().len(), 1_000_000);
        assert!(begun.elapsed().as_secs() < 10, "even unoptimised: {:?}", begun.elapsed());
    }

    #[test]
    fn bytes_that_lie_are_refused_and_cost_nothing() {
        let bytes = packed(&samples(100)).unwrap();
        for count in [0, 1, 99, 101, 1_000_000, u64::MAX] {
            assert!(unpacked(&bytes, count, 3).is_err(), "{count}");
        }
        assert!(unpacked(&bytes, 100, 2).is_err(), "an input too few");
        for length in 0..bytes.len() {
            assert!(unpacked(&bytes[..length], 100, 3).is_err(), "{length}");
        }
        // Ten thousand times as large when unpacked as it says.
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; 4 << 20]).unwrap();
        assert!(unpacked(&encoder.finish().unwrap(), 10, 1).is_err());
    }

    #[test]
    fn impossible_times_are_refused() {
        let pack = |numbers: &[u64]| {
            let mut raw = Vec::new();
            numbers.iter().for_each(|number| put(&mut raw, *number));
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&raw).unwrap();
            encoder.finish().unwrap()
        };
        assert!(unpacked(&pack(&[5, 0, 8, 1]), 1, 1).is_ok());
        // Beyond the end of time, and less than nothing.
        for numbers in [[u64::MAX, 0, 8, 1], [5, LONGEST_TIME + 1, 8, 1], [5, 0, 7, 1], [5, 0, u64::MAX - 1, 1]] {
            assert!(unpacked(&pack(&numbers), 1, 1).is_err(), "{numbers:?}");
        }
    }
}
