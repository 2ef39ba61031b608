//! What one invocation may use at most, and how it is cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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
