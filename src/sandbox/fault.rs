//! Turns the engine's errors into faults that say what happened, where, and what to do.

use std::collections::HashSet;
use std::time::Duration;

use wasmtime::{Trap, WasmBacktrace};

use crate::bundle::target::{Dimension, formatted, grouped};

use super::engine::BACKTRACE_FRAMES;
use super::host::{Ending, Host};
use super::outcome::{Fault, FaultKind, Frame};
use super::probe::KEPT_BACK;

/// Longest message taken over from a guest, in bytes.
const MAX_MESSAGE: usize = 4 << 10;

/// What mostly ends in `unreachable`.
const RUST_PANIC: &str =
    "A panic or failed assertion ends so; in Rust, console_error_panic_hook::set_once() shows its text";

/// Why a host function or a convention ends an invocation.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// The module breaks its own convention.
    #[error("{0}")]
    Convention(String),
    /// The input is JSON, and not what the function takes.
    #[error("{0}")]
    Input(String),
    /// The guest called an import that the sandbox does not offer.
    #[error("The module called `{name}` of `{module}`, which the sandbox does not offer")]
    MissingImport { module: String, name: String },
    /// The guest threw an error that nothing inside of it catches.
    #[error("{0}")]
    Thrown(String),
    /// The guest ended its program where it should have returned.
    #[error("The function ended the program with exit code {0} instead of returning")]
    Exit(i32),
    /// Something that the sandbox cannot do for the module as it was built.
    #[error("{message}")]
    Unsupported { message: String, help: &'static str },
    /// Host memory that the guest caused, or guest memory, is used up.
    #[error("{0}")]
    MemoryLimit(String),
    /// The output is longer than allowed.
    #[error("The output has {}, and the limit is {}", bytes(*size), bytes(*limit))]
    OutputTooLarge { size: u64, limit: u64 },
    /// Time is up.
    #[error("The function did not end within {}", formatted(.0.as_secs_f64(), Dimension::Time))]
    Timeout(Duration),
    /// The user cancelled.
    #[error("Cancelled")]
    Cancelled,
}

impl From<Ending> for Stop {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Timeout(limit) => Self::Timeout(limit),
            Ending::Cancelled => Self::Cancelled,
        }
    }
}

impl Stop {
    /// A breach of convention.
    pub(super) fn convention(message: impl Into<String>) -> wasmtime::Error {
        Self::Convention(message.into()).into()
    }
}

/// A number of bytes as people read it.
pub(super) fn bytes(count: u64) -> String {
    formatted(count as f64, Dimension::Bytes)
}

/// A fault with nothing but a message.
pub(super) fn plain(kind: FaultKind, message: impl Into<String>) -> Fault {
    Fault { kind, message: message.into(), help: None, backtrace: Vec::new(), raw_output: None }
}

/// The fault of an output beyond the limit.
pub(super) fn output_too_large(size: u64, limit: u64) -> Fault {
    let help = Some("Return less, or raise the limit of the output".to_owned());
    Fault { help, ..plain(FaultKind::OutputTooLarge, Stop::OutputTooLarge { size, limit }.to_string()) }
}

/// The fault that `error` is.
pub(super) fn explain(error: &wasmtime::Error, host: &Host) -> Fault {
    let fault = match error.downcast_ref::<Stop>() {
        Some(stop) => stopped(stop, host),
        None => trapped(error, host),
    };
    Fault { backtrace: backtrace(error), ..fault }
}

fn stopped(stop: &Stop, host: &Host) -> Fault {
    if let (Stop::Exit(_), Some(last)) = (stop, host.log.last_words()) {
        return plain(FaultKind::Trap, clipped(&format!("The function ended itself: {last}")));
    }
    let (kind, help) = match stop {
        Stop::Convention(_) => (
            FaultKind::Convention,
            "Build the module again with the toolchain's documented command; if that does not help, tell us the toolchain's version",
        ),
        Stop::Input(_) => (FaultKind::InputNotJson, "Change the input, or look at the function's type"),
        Stop::MissingImport { .. } => (
            FaultKind::MissingImport,
            "A function gets memory, time, random numbers and logging; leave out the library that needs more",
        ),
        Stop::Thrown(_) => (FaultKind::Trap, "Return an error instead of throwing it, where the caller is to see it"),
        Stop::Exit(_) => (
            FaultKind::Trap,
            host.unreachable_means.unwrap_or("Return from the function instead of ending the program"),
        ),
        Stop::Unsupported { help, .. } => (FaultKind::Convention, *help),
        Stop::MemoryLimit(_) => (FaultKind::MemoryLimit, "Use less memory, or raise the limit"),
        Stop::OutputTooLarge { size, limit } => return output_too_large(*size, *limit),
        Stop::Timeout(_) => (FaultKind::Timeout, "Look for an endless loop, or raise the time limit"),
        Stop::Cancelled => return plain(FaultKind::Cancelled, "The invocation was cancelled"),
    };
    Fault { help: Some(help.to_owned()), ..plain(kind, clipped(&stop.to_string())) }
}

fn trapped(error: &wasmtime::Error, host: &Host) -> Fault {
    let trap = error.downcast_ref::<Trap>().copied();
    if trap == Some(Trap::OutOfFuel) {
        let limit = host.fuel.map_or(0, |fuel| fuel.saturating_sub(1 + KEPT_BACK));
        let help = Some("Look for an endless loop, or raise the limit of instructions".to_owned());
        let message = format!("The function ran more than {} instructions", grouped(limit));
        return Fault { help, ..plain(FaultKind::InstructionLimit, message) };
    }
    if trap == Some(Trap::StackOverflow) || (trap == Some(Trap::MemoryOutOfBounds) && recurses(error)) {
        let help = Some("Look for a recursion without end".to_owned());
        return Fault { help, ..plain(FaultKind::StackOverflow, "The function's call stack is exhausted") };
    }
    if let Some(asked) = &host.limiter.refused {
        let help = Some("Use less memory, or raise the limit".to_owned());
        return Fault {
            help,
            ..plain(FaultKind::MemoryLimit, format!("The function asked for {asked} and failed on it"))
        };
    }
    if let Some(panic) = host.log.panic_text() {
        return plain(FaultKind::Trap, clipped(&format!("The function {}", panic_message(&panic))));
    }
    if let Some(last) = host.log.last_words() {
        return plain(FaultKind::Trap, clipped(&format!("The function ended itself: {last}")));
    }
    match trap {
        Some(trap) => Fault {
            help: (trap == Trap::UnreachableCodeReached)
                .then(|| host.unreachable_means.unwrap_or(RUST_PANIC).to_owned()),
            ..plain(FaultKind::Trap, format!("The function trapped: {trap}"))
        },
        None => plain(FaultKind::Trap, clipped(&format!("The function failed: {}", error.root_cause()))),
    }
}

/// Whether the backtrace is full of the same few functions. Languages that keep a stack in linear
/// memory run out of that one first, and then reach outside of memory.
fn recurses(error: &wasmtime::Error) -> bool {
    error.downcast_ref::<WasmBacktrace>().is_some_and(|backtrace| {
        let functions: HashSet<u32> = backtrace.frames().iter().map(wasmtime::FrameInfo::func_index).collect();
        backtrace.frames().len() >= BACKTRACE_FRAMES && functions.len() <= BACKTRACE_FRAMES / 8
    })
}

/// The part of a panic hook's text that says what happened, without the JavaScript stack after it.
fn panic_message(text: &str) -> &str {
    text.split("\n\nStack:").next().unwrap_or(text).trim_end()
}

fn clipped(text: &str) -> String {
    match text.get(..text.floor_char_boundary(MAX_MESSAGE)) {
        Some(kept) if kept.len() < text.len() => format!("{kept}…"),
        _ => text.to_owned(),
    }
}

fn backtrace(error: &wasmtime::Error) -> Vec<Frame> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let frame = |frame: &wasmtime::FrameInfo| Frame {
        function: match frame.func_name() {
            Some(name) => clipped(&format!("{:#}", rustc_demangle::demangle(name))),
            None => format!("function {}", frame.func_index()),
        },
        offset: frame.module_offset(),
    };
    backtrace.frames().iter().map(frame).collect()
}
