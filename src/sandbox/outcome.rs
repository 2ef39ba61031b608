//! What came of one invocation.

use std::time::Duration;

/// Everything that one invocation gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The function's answer, or why there is none.
    pub reply: Reply,
    /// What the guest logged, in order.
    pub logs: Vec<LogLine>,
    /// Log lines dropped because of [`super::Limits::log`].
    pub logs_dropped: u64,
    /// Where the time went.
    pub timings: Timings,
    /// The guest's linear memory at its largest, in bytes.
    pub peak_memory: u64,
    /// Where the instance came from.
    pub origin: Origin,
    /// The compiler whose code ran.
    pub tier: Tier,
}

/// Where the instance of an invocation came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Made for this invocation, its start functions run.
    #[default]
    Fresh,
    /// Made for this invocation out of the memory that a started one had.
    Snapshot,
    /// Kept from an earlier invocation, with whatever that left in it.
    Reused,
}

/// A compiler, by what it is good at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Compiles at once, to slower code (Winch).
    Baseline,
    /// Compiles slowly, to fast code (Cranelift). The only one whose times are measured.
    #[default]
    Optimised,
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The function returned JSON; the text is exactly what it returned.
    Json(String),
    /// The function ran and said no.
    ApplicationError(ApplicationError),
    /// The function did not come to an end of its own, or broke its convention.
    Fault(Fault),
}

/// The function's own error: `Result::Err`, an error code, or an object with a top-level `error`.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationError {
    /// The function's message or code.
    pub message: String,
    /// The whole JSON text, where the error is an object that the function returned.
    pub output: Option<String>,
}

/// A failure that is not an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which kind.
    pub kind: FaultKind,
    /// What happened, in one sentence, with the limit where one was crossed.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The guest's call stack, innermost frame first; empty where there is none.
    pub backtrace: Vec<Frame>,
    /// Output bytes that could not be used: not JSON, or not UTF-8.
    pub raw_output: Option<Vec<u8>>,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The guest trapped (unreachable, out of bounds, a panic, an abort).
    Trap,
    /// [`super::Limits::time`] ran out.
    Timeout,
    /// The guest asked for more than [`super::Limits::memory`] or more table elements than allowed, and failed on it.
    MemoryLimit,
    /// The guest ran more than [`super::Limits::instructions`].
    InstructionLimit,
    /// The guest's call stack is exhausted.
    StackOverflow,
    /// The input is not JSON.
    InputNotJson,
    /// The input is larger than [`super::Limits::input`].
    InputTooLarge,
    /// The output is larger than [`super::Limits::output`].
    OutputTooLarge,
    /// The output is not JSON.
    OutputNotJson,
    /// The module exports no such function, or one that cannot be called with JSON.
    NoSuchFunction,
    /// The module does not keep to the calling convention that it declares (pointers, lengths, handles).
    Convention,
    /// The guest called an import that the sandbox does not offer.
    MissingImport,
    /// Cancelled by the user.
    Cancelled,
}

/// A frame of the guest's call stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The function's readable name, or its index where it has none.
    pub function: String,
    /// Offset of the instruction in the module file, in bytes.
    pub offset: Option<usize>,
}

/// A line that the guest logged.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// How grave.
    pub level: LogLevel,
    /// The text; where the guest logged a JSON object with a `message`, that message.
    pub message: String,
    /// The other fields of a logged JSON object.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// Time since the invocation began.
    pub at: Duration,
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Details.
    Debug,
    /// The usual.
    Info,
    /// Something odd.
    Warn,
    /// Something wrong.
    Error,
}

/// Where an invocation's time went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Store, instance and start functions.
    pub instantiate: Duration,
    /// Allocating in the guest and writing the input.
    pub copy_in: Duration,
    /// The function itself.
    pub run: Duration,
    /// Reading the output and freeing it.
    pub copy_out: Duration,
}

/// How many instructions the guest ran, counted by wasmtime as fuel: one for entering a function, one for every
/// operator but `nop`, `drop`, `block`, `loop`, `unreachable`, `return`, `else` and `end`, and one more for each byte or
/// element that a bulk operator (`memory.copy`, `memory.fill`, `table.init`, ...) moves
/// (`default_operator_cost` and `VariableOperatorCost` in `wasmtime-environ`). What host functions do costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instructions {
    /// Start functions.
    pub instantiate: u64,
    /// Allocating in the guest for the input.
    pub copy_in: u64,
    /// The function itself.
    pub run: u64,
    /// Freeing what was allocated.
    pub copy_out: u64,
}

impl Instructions {
    /// All parts together: what a limit of instructions is compared with.
    pub fn total(&self) -> u64 {
        self.instantiate.saturating_add(self.copy_in).saturating_add(self.run).saturating_add(self.copy_out)
    }
}

impl Timings {
    /// All parts together: the latency that goals are judged by.
    pub fn total(&self) -> Duration {
        self.instantiate + self.copy_in + self.run + self.copy_out
    }
}

impl Outcome {
    /// The function's output as JSON text, from an answer or from an error object.
    pub fn output(&self) -> Option<&str> {
        match &self.reply {
            Reply::Json(text) => Some(text),
            Reply::ApplicationError(error) => error.output.as_deref(),
            Reply::Fault(_) => None,
        }
    }
}
