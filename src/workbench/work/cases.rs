//! Jobs about saved cases: reading those of a function, running them, saving one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bundle::cases::{self, BrokenCase, Case, Expect, Located};
use crate::bundle::history::{Ending, History};
use crate::bundle::{Loaded, names};
use crate::platform::{CaseRun, run_case};
use crate::sandbox::{Limits, LoadError};
use crate::workbench::callable::FunctionKey;
use crate::workbench::editor::{DiffView, Language};
use crate::workbench::jobs::Control;
use crate::workbench::programs::Programs;
use crate::workbench::state::Compared;
use crate::workbench::text;

use super::Done;

/// A saved input of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedInput {
    /// Its name.
    pub name: String,
    /// Its file, relative to the bundle's root.
    pub file: String,
    /// The input, JSON text.
    pub input: String,
    /// Whether the function is expected to refuse it.
    pub expects_error: bool,
    /// The output, or the parts of it, that are expected; JSON text.
    pub expected: Option<String>,
}

impl From<Located> for SavedInput {
    fn from(located: Located) -> Self {
        let Located { file, case, .. } = located;
        let expects_error = case.expects_error();
        let expected = match &case.expect {
            Some(Expect::Equals(value) | Expect::Contains(value)) => Some(format!("{value:#}")),
            _ => None,
        };
        Self { file, input: format!("{:#}", case.input), expects_error, expected, name: case.name }
    }
}

/// The saved inputs of a function, and the last input that it answered where no case has one.
pub fn read(root: &Path, key: FunctionKey) -> Done {
    let (located, _) = cases::located(root, &key.service, &key.function);
    let saved: Vec<SavedInput> = located.into_iter().map(SavedInput::from).collect();
    let learned = if saved.iter().any(|case| !case.expects_error) { None } else { last_answered(root, &key) };
    Done::Cases(key, saved, learned)
}

fn last_answered(root: &Path, key: &FunctionKey) -> Option<String> {
    let history = History::of(root);
    let entry = history.list().into_iter().find(|entry| {
        let facts = &entry.facts;
        facts.ending == Ending::Answered
            && facts.service == key.service
            && names::same_function(&facts.function, &key.function)
    })?;
    Some(history.read(&entry.id).ok()?.input)
}

/// What came of cases.
pub struct CasesRun {
    /// The bundle's folder.
    pub root: PathBuf,
    /// Each case.
    pub runs: Vec<CaseRun>,
    /// Files that are no cases.
    pub broken: Vec<BrokenCase>,
    /// Whether these are all cases of the bundle.
    pub of_bundle: bool,
    /// Whether the user ended it.
    pub cancelled: bool,
}

/// Runs the cases of one function, or all of the bundle.
pub fn run(
    programs: &Programs,
    loaded: &Arc<Loaded>,
    only: Option<&FunctionKey>,
    limits: &Limits,
    control: &Control<Done>,
) -> Done {
    let bundle = &loaded.bundle;
    let (found, broken) = match only {
        Some(key) => cases::located(&bundle.root, &key.service, &key.function),
        None => cases::all_cases(&bundle.root),
    };
    let count = found.len();
    let mut runs = Vec::with_capacity(count);
    for (at, located) in found.into_iter().enumerate() {
        if control.cancel.is_cancelled() {
            break;
        }
        let label = format!("Case {} of {count}: {}", at + 1, text::one_line(&located.case.name));
        control.report(label, Some(at as f32 / count as f32));
        let program = match bundle.module_of(&located.service) {
            Some(module) => programs.get(&module.path).map(|(program, _)| program),
            None => Err(LoadError { message: format!("there is no module for {}", located.service), help: None }),
        };
        let run = run_case(located, program.as_deref(), limits, &control.cancel);
        if !control.cancel.is_cancelled() {
            runs.push(run);
        }
    }
    let root = bundle.root.clone();
    Done::CasesRun(CasesRun { root, runs, broken, of_bundle: only.is_none(), cancelled: control.cancel.is_cancelled() })
}

/// Saves a case.
pub fn save(root: &Path, key: FunctionKey, case: &Case, replace: bool) -> Done {
    let saved = cases::write(root, &key.service, &key.function, case, replace);
    Done::CaseSaved(key, saved)
}

/// Compares two outputs, laid out.
pub fn compare(compared: Compared, [left, right]: [String; 2]) -> Done {
    // Printable: what a function gives out must not be able to reorder what is read.
    let shown = |json: &str| crate::bundle::printable(&text::pretty_json(json)).into_owned();
    Done::Compared(compared, Box::new(DiffView::new(shown(&left), shown(&right), Language::Json)))
}
