//! What one invocation may use at most, and how it is cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::bundle::FunctionLimits;

/// Bounds of one invocation. Crossing one ends the invocation with a fault that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of the guest in bytes, all memories together.
    pub memory: u64,
    /// Wall time of the whole invocation, host functions included.
    pub time: Duration,
    /// Input in bytes.
    pub input: u64,
    /// Output in bytes.
    pub output: u64,
    /// Log text kept in bytes; what comes after it is counted and dropped.
    pub log: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Instructions of the guest. Kept only where they are counted ([`super::Program::meter`]): code that counts is
    /// slower, and no time is measured with it.
    pub instructions: Option<u64>,
    /// Which of these hold for every function, even for those that have limits of their own.
    pub given: Given,
}

/// Limits that hold whatever the bundle's settings say of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The memory.
    pub memory: bool,
    /// The time.
    pub time: bool,
    /// The instructions.
    pub instructions: bool,
}

impl Limits {
    /// The limits of a function that has these of its own.
    pub fn with(&self, own: &FunctionLimits) -> Self {
        let mut limits = self.clone();
        let Given { memory, time, instructions } = self.given;
        limits.memory = own.memory.filter(|_| !memory).unwrap_or(self.memory);
        limits.time = own.time.filter(|_| !time).unwrap_or(self.time);
        limits.instructions = own.instructions.filter(|_| !instructions).or(self.instructions);
        limits
    }

    /// The same for every function.
    pub fn for_all(self) -> Self {
        Self { given: Given { memory: true, time: true, instructions: true }, ..self }
    }
}

impl Default for Limits {
    /// 256 MiB of memory, 5 s, 8 MiB of input, 16 MiB of output, 1 MiB of log, 100,000 table elements, any number of
    /// instructions.
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            time: Duration::from_secs(5),
            input: 8 << 20,
            output: 16 << 20,
            log: 1 << 20,
            table_elements: 100_000,
            instructions: None,
            given: Given::default(),
        }
    }
}

/// A switch that ends a running invocation from another thread.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A switch that nobody has pressed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everything that watches this switch to end.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
