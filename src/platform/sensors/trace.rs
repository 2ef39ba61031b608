//! What happened and why: a tree of sensors, the intents that they triggered, the attempts to run them, and
//! the sensors that these fired. Plain data, in the order in which it happened.

use std::sync::Arc;
use std::time::Duration;

use crate::bundle::{FunctionRef, Span};
use crate::sandbox::{FaultKind, LogLine};

/// The place of a node in its [`Trace`].
pub type NodeId = usize;

/// Everything that happened, as a tree.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    nodes: Vec<Node>,
    bytes: usize,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Node {
    /// What caused it; nothing for sensors that were fired by hand or by a schedule.
    pub parent: Option<NodeId>,
    /// What it caused.
    pub children: Vec<NodeId>,
    /// The virtual time, since 1970.
    pub at: Duration,
    /// What it is.
    pub what: What,
}

/// What a node stands for.
#[derive(Clone, Debug)]
pub enum What {
    /// A sensor fired.
    Sensor(Firing),
    /// An intent was triggered.
    Intent(Box<Execution>),
    /// A function was called.
    Attempt(Box<Attempt>),
    /// Here the simulation was stopped, and why.
    Stop(String),
}

/// A sensor that fired.
#[derive(Clone, Debug)]
pub struct Firing {
    /// The sensor's name.
    pub sensor: String,
    /// What it handed over, JSON text.
    pub payload: Arc<str>,
    /// Who fired it.
    pub cause: Cause,
    /// How long it waited for its turn, in virtual time.
    pub waited: Duration,
    /// That nobody waits for it, or that its name is written differently elsewhere.
    pub remark: Option<String>,
}

/// Who fired a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The user.
    Hand,
    /// A schedule, for the so-and-so-manieth time of so many.
    Schedule {
        /// Counted from 1.
        nth: u32,
        /// All times.
        of: u32,
    },
    /// The output of a function.
    Output,
}

/// An intent that was triggered.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The service that declares it.
    pub service: String,
    /// Its name.
    pub intent: String,
    /// The function that it names.
    pub function: Option<FunctionRef>,
    /// The file that declares it.
    pub file: String,
    /// Where in the file.
    pub span: Span,
    /// How it went.
    pub state: State,
    /// The measured time of all attempts together.
    pub measured: Duration,
    /// That it took longer than expected, or that its output could not be followed.
    pub warnings: Vec<String>,
}

/// How an intent went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its function answered.
    Succeeded,
    /// Its last attempt failed; the reason.
    Failed(String),
    /// It ran too short a time ago.
    Skipped {
        /// When it ran last.
        last: Duration,
        /// From when on it would run again.
        again: Duration,
    },
    /// It waited longer than it may.
    Expired {
        /// How long it waited.
        waited: Duration,
        /// How long it may.
        limit: Duration,
    },
    /// Its function belongs to the platform, and only runs there.
    OnPlatform,
    /// The user, or a bound of the simulation, ended it.
    Stopped(String),
}

impl State {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
            Self::Skipped { .. } => "skipped",
            Self::Expired { .. } => "expired",
            Self::OnPlatform => "platform",
            Self::Stopped(_) => "stopped",
        }
    }
}

/// One call of a function.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// Why it was made.
    pub reason: String,
    /// What the function got, JSON text.
    pub input: Arc<str>,
    /// What it returned, JSON text; also where that is an error.
    pub output: Option<Arc<str>>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// What it logged.
    pub logs: Vec<LogLine>,
    /// Log lines beyond the limit.
    pub logs_dropped: u64,
    /// The measured time of the whole call.
    pub measured: Duration,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// What happened, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The function said no.
    Application,
    /// The function did not come to an end of its own.
    Fault(FaultKind),
    /// The module could not be loaded.
    NotLoaded,
}

impl Failure {
    /// Whether another attempt might go better: not where the call never began.
    pub fn is_worth_a_retry(&self) -> bool {
        match self.kind {
            FailureKind::Application => true,
            FailureKind::NotLoaded => false,
            FailureKind::Fault(kind) => !matches!(
                kind,
                FaultKind::NoSuchFunction | FaultKind::InputNotJson | FaultKind::InputTooLarge | FaultKind::Cancelled
            ),
        }
    }
}

impl Trace {
    /// All nodes, in the order in which they came about.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node of this place.
    pub fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The sensors that were fired by hand or by a schedule.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().enumerate().filter(|(_, node)| node.parent.is_none()).map(|(id, _)| id)
    }

    /// All nodes as a tree is read, each with how deep it lies. What `is_open` says no to keeps its children
    /// to itself.
    pub fn walk(&self, is_open: impl Fn(NodeId) -> bool) -> Vec<(NodeId, usize)> {
        let mut rows = Vec::new();
        let mut left: Vec<(NodeId, usize)> = self.roots().map(|id| (id, 0)).collect();
        left.reverse();
        while let Some((id, depth)) = left.pop() {
            rows.push((id, depth));
            if let Some(node) = self.get(id).filter(|_| is_open(id)) {
                left.extend(node.children.iter().rev().map(|child| (*child, depth + 1)));
            }
        }
        rows
    }

    /// The intents, in the order in which they were triggered.
    pub fn executions(&self) -> impl Iterator<Item = (NodeId, &Node, &Execution)> {
        self.nodes.iter().enumerate().filter_map(|(id, node)| match &node.what {
            What::Intent(execution) => Some((id, node, execution.as_ref())),
            _ => None,
        })
    }

    /// How much memory its texts take, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds what happened to what caused it.
    pub(super) fn push(&mut self, parent: Option<NodeId>, at: Duration, what: What) -> NodeId {
        let id = self.nodes.len();
        self.bytes += size(&what);
        self.nodes.push(Node { parent, children: Vec::new(), at, what });
        if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
            parent.children.push(id);
        }
        id
    }

    /// The intent of this place, to be completed.
    pub(super) fn execution_mut(&mut self, id: NodeId) -> Option<&mut Execution> {
        match &mut self.nodes.get_mut(id)?.what {
            What::Intent(execution) => Some(execution),
            _ => None,
        }
    }
}

/// What a node's texts take, roughly. Inputs are shared with the payloads that they came from.
fn size(what: &What) -> usize {
    match what {
        What::Sensor(firing) => firing.payload.len() + firing.sensor.len(),
        What::Attempt(attempt) => {
            let logs: usize = attempt.logs.iter().map(|line| 64 + 2 * line.message.len()).sum();
            attempt.output.as_ref().map_or(0, |output| output.len()) + logs
        }
        What::Intent(_) | What::Stop(_) => 256,
    }
}
