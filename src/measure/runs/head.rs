//! What is known of a run besides its samples: what was called, how, where, and what it comes to.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bundle::Module;
use crate::measure::{Failure, LoadPlan, Means, Measurement, Overhead, StartingInput, Warning};
use crate::sandbox::Limits;

/// The longest input that is kept as it is, in bytes; of longer ones only the digest.
const LONGEST_INPUT: usize = 64 << 10;
/// The most bytes of inputs that are kept of a run.
const MOST_INPUT: usize = 1 << 20;
/// The longest message of a failure that is kept, in bytes.
const LONGEST_MESSAGE: usize = 4 << 10;
/// The longest name of a run, in characters.
const LONGEST_NAME: usize = 80;

/// What is known of a run besides its samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunHead {
    /// What the user calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether later runs of the function are compared with this one.
    #[serde(default)]
    pub is_baseline: bool,
    /// When it ended, in milliseconds since 1970.
    pub at: u64,
    /// What was called.
    pub called: CalledFunction,
    /// The inputs, by [`crate::measure::Sample::input`].
    pub inputs: Vec<KeptInput>,
    /// What one call was allowed: time.
    pub time_limit: Duration,
    /// What one call was allowed: bytes of memory.
    pub memory_limit: u64,
    /// How it was planned.
    pub plan: LoadPlan,
    /// By which way it called.
    pub means: Means,
    /// Where it was measured.
    pub machine: MachineFacts,
    /// Wall time of the counted part.
    pub elapsed: Duration,
    /// The guest's largest memory in bytes.
    pub peak_memory: Option<u64>,
    /// Kinds of failures, the most frequent first.
    pub failures: Vec<Failure>,
    /// What calling costs without the function.
    pub overhead: Option<Overhead>,
    /// Whether it was cancelled before its end.
    pub cancelled: bool,
    /// Arrivals that began late because all workers were busy.
    pub late: u64,
    /// Arrivals that never began.
    pub dropped: u64,
    /// What makes the result uncertain.
    pub warnings: Vec<Warning>,
    /// What the samples come to.
    pub summary: Summary,
}

/// What was called in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalledFunction {
    /// The service whose module holds the function.
    pub service: String,
    /// The function, as the YAML spells it.
    pub function: String,
    /// The endpoint through which it was called, with its service: `user-service createUser`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// SHA-256 of the module's file, in hexadecimal digits.
    pub module_sha256: String,
}

impl CalledFunction {
    /// `function` of the module `module` as its file is now; called through `endpoint` of the gateway, where one is
    /// given with its service.
    ///
    /// # Errors
    /// When the module's file cannot be read.
    pub fn of(module: &Module, function: &str, endpoint: Option<(&str, &str)>) -> std::io::Result<Self> {
        Ok(Self {
            service: module.service.clone(),
            function: function.to_owned(),
            endpoint: endpoint.map(|(service, name)| format!("{service} {name}")),
            module_sha256: digest(&std::fs::read(&module.path)?),
        })
    }

    /// What users know it by: `wasm:user-service:createUser`, and the endpoint.
    pub fn title(&self) -> String {
        let function = format!("wasm:{}:{}", self.service, self.function);
        match &self.endpoint {
            Some(endpoint) => format!("{function} by endpoint {endpoint}"),
            None => function,
        }
    }

    /// Whether both are the same function, called by the same way, of whichever version of the module.
    pub fn is_same_function(&self, other: &Self) -> bool {
        self.service == other.service
            && crate::bundle::names::same_function(&self.function, &other.function)
            && self.endpoint == other.endpoint
    }
}

/// An input of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptInput {
    /// Where it comes from: `saved case "ada"`.
    pub name: String,
    /// SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
    /// Its text, where it is not too long to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
}

/// What of a machine decides whether times can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineFacts {
    /// The processor's own name, where the system tells it, else its architecture.
    pub cpu: String,
    /// How many threads it runs at once, as far as this process may use them.
    pub cores: usize,
    /// The operating system.
    pub os: String,
    /// The workbench's version, on which the engine depends.
    pub workbench: String,
    /// Whether the workbench was built with optimisation.
    pub optimised: bool,
}

impl MachineFacts {
    /// This machine.
    pub fn here() -> Self {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").ok();
        let model = cpu.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("model name")));
        let model = model.map(|line| line.trim_start_matches([' ', '\t', ':']).trim().to_owned());
        Self {
            cpu: model.filter(|name| !name.is_empty()).unwrap_or_else(|| std::env::consts::ARCH.into()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            os: std::env::consts::OS.into(),
            workbench: env!("CARGO_PKG_VERSION").into(),
            optimised: !cfg!(debug_assertions),
        }
    }
}

/// What the samples of a run come to: enough for a list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Calls.
    pub calls: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Answered calls a second.
    pub throughput: f64,
    /// The median latency.
    pub p50: Duration,
    /// The 90th percentile.
    pub p90: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The longest latency.
    pub max: Duration,
}

impl Summary {
    fn of(measurement: &Measurement) -> Self {
        Self {
            calls: measurement.samples.len() as u64,
            failed: measurement.failed() as u64,
            throughput: measurement.throughput(),
            p50: measurement.percentile(50.0),
            p90: measurement.percentile(90.0),
            p95: measurement.percentile(95.0),
            p99: measurement.percentile(99.0),
            max: measurement.longest(),
        }
    }
}

impl RunHead {
    /// The head of a run that has just ended on this machine.
    pub fn new(called: CalledFunction, inputs: &[StartingInput], limits: &Limits, measurement: &Measurement) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut room = MOST_INPUT;
        let inputs = inputs.iter().map(|input| {
            let fits = input.json.len() <= LONGEST_INPUT.min(room);
            room -= if fits { input.json.len() } else { 0 };
            let json = fits.then(|| input.json.clone());
            KeptInput { name: input.origin.to_string(), sha256: digest(input.json.as_bytes()), json }
        });
        let failures = measurement
            .failures
            .iter()
            .map(|failure| Failure { message: shortened(&failure.message, LONGEST_MESSAGE), count: failure.count });
        Self {
            name: None,
            is_baseline: false,
            at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            called,
            inputs: inputs.collect(),
            time_limit: limits.time,
            memory_limit: limits.memory,
            plan: measurement.plan,
            means: measurement.means,
            machine: MachineFacts::here(),
            elapsed: measurement.elapsed,
            peak_memory: measurement.peak_memory,
            failures: failures.collect(),
            overhead: measurement.overhead,
            cancelled: measurement.cancelled,
            late: measurement.late,
            dropped: measurement.dropped,
            warnings: measurement.warnings.clone(),
            summary: Summary::of(measurement),
        }
    }

    /// When it ended.
    pub fn time(&self) -> Duration {
        Duration::from_millis(self.at)
    }

    /// What the user calls it, or nothing.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or("")
    }
}

/// A name that a run may have, without the spaces around it.
///
/// # Errors
/// When it is empty, too long, would be taken for something else than a name, or cannot be shown on a line.
pub fn checked_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    let is_taken = matches!(name, "last" | "baseline") || name.bytes().all(|byte| byte.is_ascii_digit());
    if name.is_empty() {
        return Err("a name has at least one character".into());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("a name has at most {LONGEST_NAME} characters"));
    }
    if name.chars().any(char::is_control) {
        return Err("a name is one line without control characters".into());
    }
    if is_taken || Path::new(name).components().count() > 1 {
        return Err(format!("`{name}` is no name: a number, a path, `last` and `baseline` mean something else"));
    }
    Ok(name.to_owned())
}

fn shortened(text: &str, most: usize) -> String {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default().to_owned()
}

/// SHA-256 in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
