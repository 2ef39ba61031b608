//! The clock that interrupts guests: a thread advances the epochs of the engines every millisecond.
//!
//! It lives as long as its engines, and sleeps for good only while no invocation runs, so an idle
//! workbench does not wake the machine. It never decides that a guest must end; the invocation does.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

/// Time between two ticks, and so the precision of deadlines and cancellation.
const TICK: Duration = Duration::from_millis(1);

/// Ticks without any invocation after which the thread parks. Lingering saves a wake-up for each
/// call of a series.
const LINGER: u32 = 200;

/// The thread and the count of what it ticks for.
pub(super) struct Ticker {
    state: Arc<State>,
    thread: Thread,
}

#[derive(Default)]
struct State {
    running: AtomicUsize,
    parked: AtomicBool,
    stopped: AtomicBool,
    engines: Mutex<Vec<wasmtime::EngineWeak>>,
}

/// Keeps the clock ticking until dropped.
pub(super) struct Running<'a>(&'a State);

impl Ticker {
    /// Starts the thread.
    pub(super) fn start() -> std::io::Result<Self> {
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let handle = thread::Builder::new().name("sandbox clock".into()).spawn(move || tick(&shared))?;
        Ok(Self { state, thread: handle.thread().clone() })
    }

    /// Ticks for `engine` too.
    pub(super) fn add(&self, engine: &wasmtime::Engine) {
        self.state.engines().push(engine.weak());
    }

    /// Tells the clock that an invocation begins.
    pub(super) fn run(&self) -> Running<'_> {
        // Sequentially consistent on both sides: either the thread sees the count and does not
        // park, or this sees that it parks and wakes it.
        self.state.running.fetch_add(1, Ordering::SeqCst);
        if self.state.parked.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.state)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl State {
    fn engines(&self) -> std::sync::MutexGuard<'_, Vec<wasmtime::EngineWeak>> {
        // A list stays right whatever its holder died of.
        self.engines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tick(state: &State) {
    let mut idle = 0;
    while !state.stopped.load(Ordering::SeqCst) {
        if state.running.load(Ordering::SeqCst) > 0 {
            idle = 0;
        } else if idle < LINGER {
            idle += 1;
        } else {
            state.parked.store(true, Ordering::SeqCst);
            if state.running.load(Ordering::SeqCst) == 0 && !state.stopped.load(Ordering::SeqCst) {
                thread::park();
            }
            state.parked.store(false, Ordering::SeqCst);
            idle = 0;
        }
        thread::sleep(TICK);
        state.engines().retain(|engine| engine.upgrade().map(|engine| engine.increment_epoch()).is_some());
    }
}
