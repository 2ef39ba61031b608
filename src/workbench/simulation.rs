//! What the Sensors panel shows: the picked sensor, its payload, the fields of clock and schedule, and the
//! simulation. Runs nothing itself; a job does, on a copy that takes the place of this one at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::bundle::{Bundle, FunctionRef, Loaded, duration, printable};
use crate::platform::sensors::{Call, Caller, NodeId, Sensor, Simulator, Trace, What, date};
use crate::platform::{Invocation, StartingInput};
use crate::sandbox::{Conditions, Limits, LoadError, Outcome};

use super::callable::FunctionKey;
use super::editor::{CodeView, Language};
use super::jobs::Control;
use super::programs::Programs;
use super::state::Input;
use super::text;
use super::work::history::Ledger;
use super::work::{self, Done};

/// Longer texts are shown in part.
const LONGEST_SHOWN: usize = 200_000;

/// The Sensors panel.
pub struct Simulation {
    /// The simulation as it was after its last job; nothing before the bundle was first read.
    pub simulator: Option<Arc<Simulator>>,
    /// The picked sensor.
    pub picked: Option<String>,
    /// The payloads that the user has before them, by sensor.
    pub payloads: BTreeMap<String, Input>,
    /// The fields.
    pub fields: Fields,
    /// Whether what is fired waits until the clock is stepped or run.
    pub hold: bool,
    /// When the clock was last moved on by itself; nothing while it is paused.
    pub playing: Option<Instant>,
    /// Whether the trace is shown as a timeline instead of a tree.
    pub as_timeline: bool,
    /// The rows of the tree, each with its depth.
    pub rows: Vec<(NodeId, usize)>,
    /// Rows that keep what they caused to themselves.
    pub closed: BTreeSet<NodeId>,
    /// The selected row.
    pub selected: Option<NodeId>,
    /// The texts of the selected row, each with its title.
    pub shown: Vec<(&'static str, CodeView)>,
}

/// The texts of the fields.
pub struct Fields {
    /// In how long a schedule begins.
    pub after: String,
    /// The time between two firings.
    pub every: String,
    /// How often.
    pub times: u32,
    /// What the clock is put to.
    pub clock: String,
    /// How far the clock is stepped.
    pub step: String,
    /// How many seconds pass on the clock in one, while it runs by itself.
    pub speed: u32,
}

/// What a job does with the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// What is due now.
    Due,
    /// So much time.
    Step(Duration),
    /// Until nothing waits.
    UntilIdle,
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            simulator: None,
            picked: None,
            payloads: BTreeMap::new(),
            fields: Fields {
                after: "0s".into(),
                every: "1s".into(),
                times: 5,
                clock: String::new(),
                step: "1s".into(),
                speed: 1,
            },
            hold: false,
            playing: None,
            as_timeline: false,
            rows: Vec::new(),
            closed: BTreeSet::new(),
            selected: None,
            shown: Vec::new(),
        }
    }
}

impl Simulation {
    /// The sensors of the bundle.
    pub fn sensors(&self) -> &[Sensor] {
        self.simulator.as_ref().map_or(&[], |simulator| simulator.sensors())
    }

    /// The picked sensor, if the bundle still has it.
    pub fn sensor(&self) -> Option<&Sensor> {
        let picked = self.picked.as_ref()?;
        self.sensors().iter().find(|sensor| sensor.name == *picked)
    }

    /// The payload of the picked sensor.
    pub fn payload_mut(&mut self) -> Option<&mut Input> {
        self.payloads.get_mut(self.picked.as_ref()?)
    }

    /// What happened.
    pub fn trace(&self) -> Option<&Trace> {
        self.simulator.as_ref().map(|simulator| simulator.trace())
    }

    /// Goes on with the bundle as it was just read. The first time the clock begins at the present date.
    pub fn rebind(&mut self, bundle: &Bundle) {
        match &mut self.simulator {
            Some(simulator) => Arc::make_mut(simulator).rebind(bundle),
            None => {
                let today = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                let simulator = Simulator::new(bundle, Duration::from_secs(today.as_secs()));
                self.fields.clock = date::text(simulator.now());
                self.simulator = Some(Arc::new(simulator));
            }
        }
    }

    /// Shows what a job brought.
    pub fn take(&mut self, simulator: Simulator) {
        self.fields.clock = date::text(simulator.now());
        self.simulator = Some(Arc::new(simulator));
        self.lay_out();
    }

    /// Lays the tree's rows out.
    pub fn lay_out(&mut self) {
        self.rows = self.trace().map(|trace| trace.walk(|id| !self.closed.contains(&id))).unwrap_or_default();
    }

    /// Selects a row and shows its texts.
    pub fn select(&mut self, id: NodeId) {
        self.selected = Some(id);
        self.shown = self.trace().and_then(|trace| trace.get(id)).map(|node| texts(&node.what)).unwrap_or_default();
    }

    /// Forgets what is selected and closed.
    pub fn forget_rows(&mut self) {
        self.closed.clear();
        self.selected = None;
        self.shown.clear();
        self.lay_out();
    }
}

/// A time in a field.
pub fn time(field: &str) -> Option<Duration> {
    duration::parse(field).ok()
}

fn texts(what: &What) -> Vec<(&'static str, CodeView)> {
    match what {
        What::Sensor(firing) => vec![("Payload", json(&firing.payload))],
        What::Intent(execution) if execution.warnings.is_empty() => Vec::new(),
        What::Intent(execution) => vec![("Warnings", plain(&execution.warnings.join("\n")))],
        What::Stop(reason) => vec![("Reason", plain(reason))],
        What::Attempt(attempt) => {
            let mut texts = vec![("Input", json(&attempt.input))];
            if let Some(failure) = &attempt.failure {
                let help = failure.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
                texts.push(("Failure", plain(&format!("{}{help}", failure.message))));
            }
            texts.extend(attempt.output.as_ref().map(|output| ("Output", json(output))));
            if !attempt.logs.is_empty() {
                let line = |line: &crate::sandbox::LogLine| {
                    let fields: String = line.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                    format!("{}: {}{fields}", format!("{:?}", line.level).to_lowercase(), line.message)
                };
                let lines: Vec<String> = attempt.logs.iter().take(2_000).map(line).collect();
                texts.push(("Log", plain(&lines.join("\n"))));
            }
            texts
        }
    }
}

fn json(text: &str) -> CodeView {
    CodeView::new(printable(&text::pretty_json(part(text))).into_owned(), Language::Json)
}

fn plain(text: &str) -> CodeView {
    CodeView::new(printable(part(text)).into_owned(), Language::Plain)
}

/// As much of a text as is laid out within a frame.
fn part(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_SHOWN)).unwrap_or_default()
}

/// The payload that a sensor begins with: what the first function that it triggers begins with.
pub fn starting_payload(
    programs: &Programs,
    loaded: &Loaded,
    sensor: Sensor,
    limits: &Limits,
    control: &Control<Done>,
) -> Done {
    let bundle = &loaded.bundle;
    let functions = sensor.triggers.iter().filter_map(|trigger| match trigger.function.as_ref()? {
        FunctionRef::Wasm { service, function } => {
            Some(FunctionKey { service: service.clone(), function: function.clone() })
        }
        FunctionRef::Platform { .. } => None,
    });
    let mut found = functions.filter_map(|key| work::starting_input(programs, bundle, &key, limits, control).ok());
    let payload = found.next().unwrap_or_else(StartingInput::nothing);
    Done::Payload(bundle.root.clone(), sensor.name, payload)
}

/// What a run of the simulation needs.
pub struct Task {
    /// The bundle's folder.
    pub root: PathBuf,
    /// The bundle.
    pub loaded: Arc<Loaded>,
    /// The simulation so far.
    pub simulator: Arc<Simulator>,
    /// What is to happen.
    pub run: Run,
    /// The limits of each call.
    pub limits: Limits,
    /// Whether the history keeps the calls.
    pub is_kept: bool,
}

/// Runs the simulation with the modules of its bundle.
pub fn run(programs: &Programs, task: Task, control: &Control<Done>) -> Done {
    let Task { root, loaded, simulator, run, limits, is_kept } = task;
    let ledger = Ledger::new(loaded.bundle.root.clone(), is_kept, control);
    let mut simulator = Simulator::clone(&simulator);
    let mut calls = 0;
    let mut call = |call: Call<'_>| -> Result<Outcome, LoadError> {
        calls += 1;
        control.report(format!("Sensors: call {calls}, {}", text::one_line(call.function)), None);
        let module = loaded.bundle.module_of(call.service).ok_or_else(|| LoadError {
            message: format!("There is no module for {}", text::one_line(call.service)),
            help: Some(format!("Put the compiled module at wasm/{}.wasm", text::one_line(call.service))),
        })?;
        let (program, _) = programs.get(&module.path)?;
        // What is compared with the expected duration is the speed of the module as it is deployed.
        program.settle();
        let conditions = Conditions { date: Some(call.date), ..Conditions::default() };
        let Call { service, function, input, sensor, .. } = call;
        let invocation = Invocation { service, function, input, limits: &limits, cancel: &control.cancel, conditions };
        Ok(invocation.invoke_within(&program, Some(&ledger), || Some(format!("sensor {sensor}"))))
    };
    let mut caller = Caller { call: &mut call, cancel: &control.cancel };
    match run {
        Run::Due => simulator.step(Duration::ZERO, &mut caller),
        Run::Step(by) => simulator.step(by, &mut caller),
        Run::UntilIdle => simulator.run_until_idle(&mut caller),
    }
    ledger.finish();
    Done::Simulated(root, Box::new(simulator))
}
