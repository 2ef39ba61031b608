//! Jobs about saved cases: reading those of a function, running them, saving one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bundle::Loaded;
use crate::bundle::cases::{self, BrokenCase, Case, Expect, Located};
use crate::platform::{CaseRun, StartingInput, run_case, starting_input};
use crate::sandbox::{Limits, LoadError};
use crate::workbench::callable::FunctionKey;
use crate::workbench::editor::{DiffView, Language};
use crate::workbench::jobs::Control;
use crate::workbench::known_cases::Reading;
use crate::workbench::programs::Programs;
use crate::workbench::state::Compared;
use crate::workbench::text;

use super::Done;
use super::history::Ledger;

/// A saved input of a function.
#[derive(Clone, Debug, PartialEq)]
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
    /// The case as it was read.
    pub case: Case,
}

impl From<Located> for SavedInput {
    fn from(located: Located) -> Self {
        let Located { file, case, .. } = located;
        let expects_error = case.expects_error();
        let expected = match &case.expect {
            Some(Expect::Equals(value) | Expect::Contains(value)) => Some(format!("{value:#}")),
            _ => None,
        };
        Self { file, input: format!("{:#}", case.input), expects_error, expected, name: case.name.clone(), case }
    }
}

/// The saved inputs of a function.
pub struct CasesRead {
    /// The bundle's folder.
    pub root: PathBuf,
    /// The function.
    pub key: FunctionKey,
    /// When the files were read.
    pub reading: Reading,
    /// The inputs.
    pub saved: Vec<SavedInput>,
    /// The input to begin with.
    pub starting: StartingInput,
}

/// Reads the saved inputs of a function.
pub fn read(loaded: &Loaded, key: FunctionKey, reading: Reading) -> Done {
    let root = loaded.bundle.root.clone();
    let (located, _) = cases::located(&root, &key.service, &key.function);
    let saved: Vec<SavedInput> = located.into_iter().map(SavedInput::from).collect();
    let starting = starting_input(&loaded.bundle, &key.service, &key.function);
    Done::Cases(CasesRead { root, key, reading, saved, starting })
}

/// Which cases are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of the bundle.
    All,
    /// Those of one function.
    Function(FunctionKey),
    /// The one in this file.
    File(String),
}

/// What came of cases.
pub struct CasesRun {
    /// The bundle's folder.
    pub root: PathBuf,
    /// When the files were read.
    pub reading: Reading,
    /// Each case.
    pub runs: Vec<CaseRun>,
    /// Files that are no cases.
    pub broken: Vec<BrokenCase>,
    /// Which cases were to be run.
    pub wanted: Wanted,
    /// Whether the user ended it.
    pub cancelled: bool,
}

/// Runs cases.
pub fn run(
    programs: &Programs,
    loaded: &Arc<Loaded>,
    wanted: Wanted,
    reading: Reading,
    (limits, is_kept): (&Limits, bool),
    control: &Control<Done>,
) -> Done {
    let bundle = &loaded.bundle;
    let ledger = Ledger::new(bundle.root.clone(), is_kept, control);
    let (mut found, mut broken) = match &wanted {
        Wanted::Function(key) => cases::located(&bundle.root, &key.service, &key.function),
        Wanted::All | Wanted::File(_) => cases::all_cases(&bundle.root),
    };
    if let Wanted::File(file) = &wanted {
        found.retain(|located| located.file == *file);
        broken.retain(|broken| broken.file == *file);
    }
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
        let run = run_case(located, program.as_deref(), limits, &control.cancel, Some(&ledger));
        if !control.cancel.is_cancelled() {
            runs.push(run);
        }
    }
    ledger.finish();
    let root = bundle.root.clone();
    let cancelled = control.cancel.is_cancelled();
    Done::CasesRun(CasesRun { root, reading, runs, broken, wanted, cancelled })
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
