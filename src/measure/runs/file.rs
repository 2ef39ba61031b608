//! Runs as bytes: of each a line of JSON, its head, and then its packed samples. Several may stand one after the
//! other. Files may come from anywhere: whatever they claim is checked before room is made for it.

use serde::{Deserialize, Serialize};

use crate::measure::Measurement;

use super::head::RunHead;
use super::{Damage, KeptRun, columns};

/// What the head begins with.
const FORMAT: &str = "priostack-workbench run";
/// The version of the format that is written. Others are refused.
const VERSION: u32 = 1;
/// The longest head, in bytes.
pub const LONGEST_HEAD: usize = 8 << 20;
/// The most inputs that a run can draw from.
const MOST_INPUTS: usize = 1 << 16;

/// The first line of a run.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    format: String,
    version: u32,
    /// Bytes of the packed samples that follow.
    samples: u64,
    #[serde(flatten)]
    head: RunHead,
}

/// The bytes of a run.
///
/// # Errors
/// When its head has no JSON form.
pub fn encoded(run: &KeptRun) -> std::io::Result<Vec<u8>> {
    let samples = columns::packed(&run.measurement.samples)?;
    with_head(&run.head, &samples)
}

/// A head before samples that are packed already.
///
/// # Errors
/// When the head has no JSON form.
pub fn with_head(head: &RunHead, samples: &[u8]) -> std::io::Result<Vec<u8>> {
    let length = samples.len() as u64;
    let line = Line { format: FORMAT.into(), version: VERSION, samples: length, head: head.clone() };
    let mut bytes = serde_json::to_vec(&line)?;
    bytes.push(b'\n');
    bytes.extend_from_slice(samples);
    Ok(bytes)
}

/// The head in the first line of `bytes`, which may break off behind it, with the length of the samples and what
/// follows the line.
///
/// # Errors
/// When it is none.
pub fn head(bytes: &[u8]) -> Result<(RunHead, u64, &[u8]), Damage> {
    let end = bytes.iter().take(LONGEST_HEAD).position(|byte| *byte == b'\n');
    let (line, rest) = end.and_then(|end| bytes.split_at_checked(end + 1)).ok_or_else(Damage::foreign)?;
    let format: Format = serde_json::from_slice(line).map_err(|_| Damage::foreign())?;
    if format.format != FORMAT {
        return Err(Damage::foreign());
    }
    if format.version != VERSION {
        let version = format.version;
        return Err(Damage::because(format!(
            "it is of version {version} of the format, and only version {VERSION} is understood"
        )));
    }
    let line: Line = serde_json::from_slice(line)
        .map_err(|error| Damage::because(format!("its head is not what it should be: {error}")))?;
    if line.head.inputs.len() > MOST_INPUTS {
        return Err(Damage::because(format!("it claims more than {MOST_INPUTS} inputs")));
    }
    line.head.plan.check().map_err(|error| Damage::because(error.to_string()))?;
    Ok((line.head, line.samples, rest))
}

/// What every version has.
#[derive(Deserialize)]
struct Format {
    format: String,
    version: u32,
}

/// The runs in `bytes`, at least one.
///
/// # Errors
/// When they hold anything else.
pub fn decoded(bytes: &[u8]) -> Result<Vec<KeptRun>, Damage> {
    let (mut rest, mut runs) = (bytes, Vec::new());
    while !rest.is_empty() || runs.is_empty() {
        let (head, length, behind) = head(rest)?;
        let (samples, after) = usize::try_from(length)
            .ok()
            .and_then(|length| behind.split_at_checked(length))
            .ok_or_else(|| Damage::because("it breaks off within its samples"))?;
        rest = after;
        runs.push(run(head, samples)?);
    }
    Ok(runs)
}

fn run(head: RunHead, samples: &[u8]) -> Result<KeptRun, Damage> {
    let samples = columns::unpacked(samples, head.summary.calls, head.inputs.len())?;
    let names = head.inputs.iter().map(|input| input.name.clone()).collect();
    let mut measurement =
        Measurement::from_samples(head.plan, names, samples).map_err(|error| Damage::because(error.to_string()))?;
    measurement.means = head.means;
    measurement.elapsed = head.elapsed;
    measurement.peak_memory = head.peak_memory;
    measurement.failures.clone_from(&head.failures);
    measurement.overhead = head.overhead;
    measurement.cancelled = head.cancelled;
    measurement.late = head.late;
    measurement.dropped = head.dropped;
    measurement.warnings.clone_from(&head.warnings);
    Ok(KeptRun { head, measurement })
}
