//! The jobs of kept runs: keeping one, listing them, changing and comparing them.

use std::path::{Path, PathBuf};

use crate::bundle::Module;
use crate::measure::runs::{self, CalledFunction, ListedRun};
use crate::measure::{Comparison, GoalRun, KeptRun, Measurement, RunHead, Runs};
use crate::sandbox::Limits;
use crate::workbench::callable::FunctionKey;
use crate::workbench::charts::Baseline;
use crate::workbench::goals::RunComparison;
use crate::workbench::text;

use super::Done;

/// A change of a kept run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another name, or none.
    Rename(Option<String>),
    /// Whether later runs of its function are compared with it.
    SetBaseline(bool),
    /// It goes.
    Delete,
}

/// Lists the runs of the bundle at `root`.
pub fn list(root: PathBuf) -> Done {
    let (kept, broken) = Runs::of(&root).list();
    let problem = broken.first().map(|run| format!("{}: {}", run.file, run.reason));
    Done::RunsListed(root, kept, problem)
}

/// Changes the run `number`, and lists what there is then.
pub fn change(root: PathBuf, number: u32, change: Change) -> Done {
    let kept = Runs::of(&root);
    let changed = match change {
        Change::Rename(name) => kept.rename(number, name.as_deref()),
        Change::SetBaseline(is_baseline) => kept.set_baseline(number, is_baseline),
        Change::Delete => kept.delete(number),
    };
    match (changed, list(root)) {
        (Err(error), Done::RunsListed(root, kept, _)) => Done::RunsListed(root, kept, Some(error.to_string())),
        (_, listed) => listed,
    }
}

/// Compares the run `number` with the earlier run `before`.
pub fn compare(root: &Path, key: FunctionKey, before: u32, number: u32) -> Done {
    let kept = Runs::of(root);
    let compared = match (kept.load(before), kept.load(number)) {
        (Ok(before), Ok(after)) => Ok(compared(&before, &after)),
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    };
    Done::RunsCompared(key, compared.map(Box::new))
}

/// What became of a run that was to be kept.
pub struct Keeping {
    /// What was measured.
    pub measurement: Measurement,
    /// Its number and head, or why it is not kept.
    pub kept: Result<ListedRun, String>,
    /// How it differs from the baseline of its function, where there is one.
    pub compared: Option<RunComparison>,
}

/// Keeps a run of the bundle at `root`, and compares it with the baseline of its function.
pub fn keep(root: &Path, module: &Module, run: &GoalRun, limits: &Limits, measurement: Measurement) -> Keeping {
    let called = match CalledFunction::of(module, &run.function, None) {
        Ok(called) => called,
        Err(error) => return Keeping { measurement, kept: Err(error.to_string()), compared: None },
    };
    let head = RunHead::new(called, &run.inputs, limits, &measurement);
    let run = KeptRun { head, measurement };
    let store = Runs::of(root);
    let compared = baseline(&store, &run.head).map(|before| compared(&before, &run));
    let kept = store.keep(&run).map(|number| ListedRun { number, head: run.head.clone() });
    Keeping { kept: kept.map_err(|error| error.to_string()), compared, measurement: run.measurement }
}

/// The baseline of the same function.
fn baseline(store: &Runs, head: &RunHead) -> Option<KeptRun> {
    let is_baseline = |run: &&ListedRun| run.head.is_baseline && run.head.called.is_same_function(&head.called);
    let (listed, _) = store.list();
    store.load(listed.iter().find(is_baseline)?.number).ok()
}

fn compared(before: &KeptRun, after: &KeptRun) -> RunComparison {
    let comparison: Result<Comparison, String> = runs::compare(before, after).map_err(|error| error.to_string());
    let name = before.head.name.as_deref().map_or_else(|| "the baseline".to_owned(), text::one_line);
    RunComparison { baseline: Baseline { name, histogram: before.measurement.histogram.clone() }, comparison }
}
