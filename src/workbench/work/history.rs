//! Jobs about past invocations: keeping one, listing, searching, fetching, replaying and deleting them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::bundle::Loaded;
use crate::bundle::history::{History, Record};
use crate::platform::Keeper;
use crate::platform::replay::{self, Replayed};
use crate::sandbox::{Limits, LoadError};
use crate::workbench::jobs::Control;
use crate::workbench::programs::Programs;
use crate::workbench::runner::{Recall, Recalled};
use crate::workbench::work::count::Count;

use super::{Answer, Done, Report};

/// Keeps invocations.
pub fn keep(root: PathBuf, records: &[Record]) -> Done {
    let kept = History::of(&root).add_all(records).map_err(|error| error.to_string());
    Done::Kept(root, kept)
}

/// Keeps the invocations of a job in parts, so that neither memory nor the disk has too many at once.
pub struct Ledger<'a> {
    root: PathBuf,
    control: &'a Control<Done>,
    is_on: bool,
    pending: Mutex<Vec<Record>>,
}

/// Invocations that are written together at most, and bytes of them.
const PART: (usize, usize) = (200, 16 << 20);

impl<'a> Ledger<'a> {
    /// Keeps in the history of the bundle at `root`, or nothing where that is off.
    pub fn new(root: PathBuf, is_on: bool, control: &'a Control<Done>) -> Self {
        Self { root, control, is_on, pending: Mutex::default() }
    }

    /// Writes what is not written yet.
    pub fn finish(&self) {
        self.write(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn write(&self, pending: &mut Vec<Record>) {
        if !pending.is_empty() {
            self.control.send(keep(self.root.clone(), pending));
            pending.clear();
        }
    }
}

impl Keeper for Ledger<'_> {
    fn wants(&self) -> bool {
        self.is_on
    }

    fn keep(&self, record: Record) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.push(record);
        let bytes: usize = pending.iter().map(|one| one.input.len() + one.output.as_ref().map_or(0, Vec::len)).sum();
        if pending.len() >= PART.0 || bytes >= PART.1 {
            self.write(&mut pending);
        }
    }
}

/// Lists all entries.
pub fn list(root: PathBuf) -> Done {
    let entries = History::of(&root).list();
    Done::HistoryRead(root, entries)
}

/// Finds the entries that hold `text`.
pub fn search(root: &Path, text: String, control: &Control<Done>) -> Done {
    let found = History::of(root).search(&text, || !control.cancel.is_cancelled());
    if control.cancel.is_cancelled() {
        // What was found so far is not all.
        return Done::HistoryFound(String::new(), BTreeSet::new());
    }
    Done::HistoryFound(text, found)
}

/// Fetches an entry.
pub fn recall(root: PathBuf, id: String, purpose: Recall) -> Done {
    let content = History::of(&root).read(&id).map_err(|error| error.to_string()).map(|record| {
        let (outcome, limits) = replay::recall(&record);
        let (input, past) = (record.input.clone(), Some(record.facts.time()));
        let report =
            Report { result: Ok(Answer::of(outcome)), limits, compiled: None, input, past, count: Count::Unknown };
        (record, report)
    });
    Done::Recalled(root, Box::new(Recalled { id, purpose, content }))
}

/// Replays entries, one after the other; `exactly` with the time and random numbers that they took.
pub fn replay(
    programs: &Programs,
    loaded: &Arc<Loaded>,
    (ids, exactly): (&[String], bool),
    limits: &Limits,
    control: &Control<Done>,
) -> Done {
    let bundle = &loaded.bundle;
    let history = History::of(&bundle.root);
    for (at, id) in ids.iter().enumerate() {
        if control.cancel.is_cancelled() {
            break;
        }
        control.report(format!("Replaying {} of {}", at + 1, ids.len()), Some(at as f32 / ids.len() as f32));
        let replayed = match history.read(id) {
            Err(error) => Replayed::Impossible(format!("The entry cannot be read: {error}")),
            Ok(record) => {
                let service = &record.facts.service;
                let program = match bundle.module_of(service) {
                    Some(module) => programs.get(&module.path).map(|(program, _)| program),
                    None => Err(LoadError { message: format!("there is no module for {service}"), help: None }),
                };
                replay::replay(&record, program.as_deref(), exactly, limits, &control.cancel)
            }
        };
        if !control.cancel.is_cancelled() {
            control.send(Done::Replayed(id.clone(), replayed, exactly));
        }
    }
    Done::ReplayEnded(control.cancel.is_cancelled())
}

/// Deletes one entry, or all.
pub fn delete(root: &Path, id: Option<&str>) -> Done {
    let history = History::of(root);
    let deleted = match id {
        Some(id) => history.delete(id),
        None => history.clear(),
    };
    Done::HistoryDeleted(deleted.map_err(|error| error.to_string()))
}
