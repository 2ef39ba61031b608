//! Work off the UI thread. A job runs on a thread of its own, tells how far it is, can be cancelled and
//! ends as one value; a panic in it is a failed job, never a dead window.
//!
//! Knows nothing of bundles: what a job does and what its values mean is in `work` and `update`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::sandbox::Cancel;

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Looking for the sample bundle and for recent bundles.
    Look,
    /// A native file dialog.
    Choose,
    /// Unpacking an archive.
    Unpack,
    /// Removing what was unpacked.
    Tidy,
    /// Reading and checking the bundle.
    Read,
    /// Loading the bundle's modules ahead of their first run.
    Load,
    /// Watching the bundle's folder.
    Watch,
    /// Reading the saved inputs of a function.
    Cases,
    /// Asking a function for its input.
    Learn,
    /// Compiling and invoking.
    Invoke,
    /// Finding the input that a request begins with.
    Body,
    /// Counting the instructions of an invocation.
    Count,
    /// Profiling a call.
    Profile,
    /// Writing a profile.
    WriteProfile,
    /// Looking for the smallest limits of a function.
    Headroom,
    /// Answering one request.
    Request,
    /// Keeping what the gateway answers.
    Keep,
    /// Starting, renewing or stopping the gateway.
    Serve,
    /// Measuring.
    Measure,
    /// Reading the payload that a sensor begins with.
    Payload,
    /// Firing sensors.
    Simulate,
    /// Running cases.
    Test,
    /// Replaying past invocations.
    Replay,
    /// Reading or deleting past invocations.
    History,
    /// Searching past invocations.
    Search,
    /// Reading and drafting what a form changes.
    Draft,
    /// Writing the files of a new service or bundle.
    Create,
    /// Writing changed files.
    Save,
    /// Writing unsaved texts to the journal, or clearing it.
    Journal,
    /// Looking for unsaved texts that were left behind.
    Recover,
    /// Comparing two texts.
    Compare,
    /// Packing an archive to know what would be written.
    Plan,
    /// Looking whether a file is there.
    Peek,
    /// Reading or making keys.
    Key,
    /// Writing the archive.
    Export,
    /// Verifying an archive.
    Verify,
    /// Showing a file with the desktop's own program.
    Show,
    /// Listing, changing and comparing kept runs.
    Runs,
    /// Writing a chart or the data behind it.
    Chart,
    /// Writing the settings.
    Settings,
}

impl Kind {
    /// Whether the program waits for such a job before it ends, because it writes what the user wants kept.
    fn is_awaited_at_exit(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Save | Self::Journal | Self::Settings | Self::Runs | Self::WriteProfile | Self::Tidy
        )
    }

    /// Whether the status bar shows such a job.
    pub fn is_shown(self) -> bool {
        matches!(
            self,
            Self::Read
                | Self::Unpack
                | Self::Load
                | Self::Learn
                | Self::Invoke
                | Self::Profile
                | Self::Headroom
                | Self::Request
                | Self::Measure
                | Self::Simulate
                | Self::Test
                | Self::Replay
                | Self::Create
                | Self::Save
                | Self::Export
                | Self::Verify
                | Self::Chart
        )
    }
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// What it is doing, as the user reads it.
    pub label: String,
    /// The share that is done, 0 to 1, where it is known.
    pub share: Option<f32>,
}

/// A job as the views see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// What it is for.
    pub kind: Kind,
    /// How far it is.
    pub progress: Progress,
}

/// What a job's thread holds: its switch, its progress and the way to the window.
pub struct Control<T> {
    /// The switch that the user may press.
    pub cancel: Cancel,
    progress: Arc<Mutex<Progress>>,
    sender: Sender<Message<T>>,
    waker: egui::Context,
}

impl<T> Control<T> {
    /// Tells how far the job is.
    pub fn report(&self, label: impl Into<String>, share: Option<f32>) {
        let progress = Progress { label: label.into(), share };
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
        self.waker.request_repaint_after(std::time::Duration::from_millis(50));
    }

    /// Sends a value ahead of the job's end.
    pub fn send(&self, value: T) {
        // The receiver is gone only when the window is.
        let _ = self.sender.send(Message::Value(value));
        self.waker.request_repaint();
    }
}

enum Message<T> {
    Value(T),
    Ended(u64),
    Failed(u64, Kind, String),
}

/// What came from a job.
#[derive(Debug)]
pub enum Event<T> {
    /// A value.
    Value(T),
    /// The job broke down, with the reason.
    Failed(Kind, String),
}

struct Running {
    id: u64,
    kind: Kind,
    cancel: Cancel,
    progress: Arc<Mutex<Progress>>,
    thread: Option<JoinHandle<()>>,
}

/// All running jobs.
pub struct Jobs<T> {
    sender: Sender<Message<T>>,
    receiver: Receiver<Message<T>>,
    running: Vec<Running>,
    next_id: u64,
    waker: egui::Context,
}

impl<T: Send + 'static> Jobs<T> {
    /// No jobs yet; `waker` is repainted whenever one has news.
    pub fn new(waker: egui::Context) -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver, running: Vec::new(), next_id: 0, waker }
    }

    /// Starts a job; what `work` returns arrives through [`Jobs::poll`].
    pub fn start(&mut self, kind: Kind, label: &str, work: impl FnOnce(&Control<T>) -> T + Send + 'static) {
        let id = self.next_id;
        self.next_id += 1;
        let cancel = Cancel::new();
        let progress = Arc::new(Mutex::new(Progress { label: label.into(), share: None }));
        let control = Control {
            cancel: cancel.clone(),
            progress: Arc::clone(&progress),
            sender: self.sender.clone(),
            waker: self.waker.clone(),
        };
        let spawned = std::thread::Builder::new().name(format!("{kind:?}").to_lowercase()).spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&control)));
            let last = match outcome {
                Ok(value) => {
                    control.send(value);
                    Message::Ended(id)
                }
                Err(panic) => Message::Failed(id, kind, panic_text(panic.as_ref())),
            };
            let _ = control.sender.send(last);
            control.waker.request_repaint();
        });
        let thread = match spawned {
            Ok(thread) => Some(thread),
            Err(error) => {
                let _ = self.sender.send(Message::Failed(id, kind, format!("cannot start a thread: {error}")));
                self.waker.request_repaint();
                None
            }
        };
        self.running.push(Running { id, kind, cancel, progress, thread });
    }

    /// Takes what has come from jobs since the last call, in order.
    pub fn poll(&mut self) -> Vec<Event<T>> {
        let mut events = Vec::new();
        while let Ok(message) = self.receiver.try_recv() {
            match message {
                Message::Value(value) => events.push(Event::Value(value)),
                Message::Ended(id) => self.running.retain(|job| job.id != id),
                Message::Failed(id, kind, reason) => {
                    self.running.retain(|job| job.id != id);
                    events.push(Event::Failed(kind, reason));
                }
            }
        }
        events
    }

    /// Whether a job of this kind runs.
    pub fn is_running(&self, kind: Kind) -> bool {
        self.running.iter().any(|job| job.kind == kind)
    }

    /// Asks all jobs of this kind to end.
    pub fn cancel(&self, kind: Kind) {
        for job in self.running.iter().filter(|job| job.kind == kind) {
            job.cancel.cancel();
        }
    }

    /// The jobs that the views show, the oldest first.
    pub fn activities(&self) -> Vec<Activity> {
        let progress = |job: &Running| job.progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.running
            .iter()
            .filter(|job| job.kind.is_shown())
            .map(|job| Activity { kind: job.kind, progress: progress(job) })
            .collect()
    }
}

impl<T> Drop for Jobs<T> {
    fn drop(&mut self) {
        for job in &mut self.running {
            if job.kind.is_awaited_at_exit() {
                // A panic in it was caught inside the thread.
                let _ = job.thread.take().map(JoinHandle::join);
            } else {
                job.cancel.cancel();
            }
        }
    }
}

pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown reason".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn wait<T: Send + 'static>(jobs: &mut Jobs<T>) -> Vec<Event<T>> {
        let begun = Instant::now();
        let mut events = Vec::new();
        while events.is_empty() || !jobs.running.is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(10), "the job does not end");
            events.extend(jobs.poll());
            std::thread::sleep(Duration::from_millis(2));
        }
        events
    }

    #[test]
    fn a_job_ends_as_one_value() {
        let mut jobs = Jobs::new(egui::Context::default());
        jobs.start(Kind::Read, "Reading", |_| 42);
        assert!(jobs.is_running(Kind::Read));
        assert!(matches!(wait(&mut jobs).as_slice(), [Event::Value(42)]));
        assert!(!jobs.is_running(Kind::Read));
    }

    #[test]
    fn a_panic_is_a_failed_job() {
        let mut jobs = Jobs::<()>::new(egui::Context::default());
        jobs.start(Kind::Invoke, "Running", |_| panic!("out of luck"));
        let events = wait(&mut jobs);
        assert!(matches!(events.as_slice(), [Event::Failed(Kind::Invoke, reason)] if reason == "out of luck"));
    }

    #[test]
    fn a_cancelled_job_is_told() {
        let mut jobs = Jobs::new(egui::Context::default());
        jobs.start(Kind::Measure, "Measuring", |control| {
            while !control.cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            "cancelled"
        });
        jobs.cancel(Kind::Measure);
        assert!(matches!(wait(&mut jobs).as_slice(), [Event::Value("cancelled")]));
    }

    #[test]
    fn values_sent_ahead_come_before_the_last_one() {
        let mut jobs = Jobs::new(egui::Context::default());
        jobs.start(Kind::Measure, "Measuring", |control| {
            control.report("half", Some(0.5));
            control.send(1);
            2
        });
        assert!(matches!(wait(&mut jobs).as_slice(), [Event::Value(1), Event::Value(2)]));
    }
}
