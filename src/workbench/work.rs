//! What jobs do: read and check a bundle, watch its folder, compile and invoke, measure, save, export.
//!
//! Everything here runs on worker threads and knows nothing of the window but the values it returns.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::bundle::save::{self, SaveError, Stamp};
use crate::bundle::{Beside, Bundle, Inspection, Loaded, Overlay, Reader, cases, printable};
use crate::deploy::{self, ExportError, Exported};
use crate::measure::{self, GoalRun, LoadPlan, Measurement, Subject};
use crate::sandbox::{Assumption, Engine, Hints, Limits, LoadError, Outcome, Program};

use super::callable::{self, Callable, FunctionKey};
use super::editor::{CodeView, Language};
use super::jobs::Control;
use super::outline::Outline;
use super::text;

/// Larger modules are not loaded.
const LARGEST_MODULE: u64 = 512 << 20;
/// Longer outputs are shown in part; a copy holds all.
const LONGEST_SHOWN: usize = 2 << 20;

/// What a job gives.
pub enum Done {
    /// What the start screen wants to know.
    Looked {
        /// The sample bundle's folder.
        sample: Option<PathBuf>,
        /// Those of the recent bundles that no longer exist.
        missing: Vec<PathBuf>,
    },
    /// A folder was chosen, or none.
    FolderChosen {
        /// The folder.
        folder: Option<PathBuf>,
        /// How long the dialog was open.
        took: Duration,
    },
    /// A place for the archive was chosen, or none.
    ArchiveChosen {
        /// The file.
        file: Option<PathBuf>,
        /// How long the dialog was open.
        took: Duration,
    },
    /// The bundle was read.
    Read(Box<Reading>),
    /// Something in the bundle's folder changed.
    FolderChanged(PathBuf),
    /// The saved inputs of a function.
    Cases(FunctionKey, Vec<SavedInput>),
    /// An invocation ended.
    Invoked(FunctionKey, Box<Report>),
    /// A function was measured; more may come.
    Measured(FunctionKey, Box<(GoalRun, Measurement)>),
    /// A function could not be measured, and why.
    NotMeasured(String),
    /// All that was to be measured is.
    MeasuringEnded {
        /// How many functions were measured.
        functions: usize,
        /// Whether the user ended it.
        cancelled: bool,
    },
    /// Files were saved.
    Saved(Vec<SavedFile>),
    /// The archive was written, or not.
    Exported(Result<Exported, ExportError>),
    /// The settings were written, or not.
    SettingsSaved(Result<(), String>),
}

/// A bundle that was read, with all that is drawn from it.
pub struct Reading {
    /// The folder as it was opened.
    pub root: PathBuf,
    /// The bundle.
    pub loaded: Arc<Loaded>,
    /// Its functions.
    pub callables: Vec<Callable>,
    /// Its rows in the explorer.
    pub outline: Outline,
    /// The revisions of the open files that it was read with.
    pub revisions: BTreeMap<String, u64>,
}

/// A saved input of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedInput {
    /// Its name.
    pub name: String,
    /// The input, JSON text.
    pub input: String,
    /// Whether the function is expected to refuse it.
    pub expects_error: bool,
}

/// What an invocation gave, ready to be shown.
pub struct Report {
    /// The outcome, or why the module could not be loaded.
    pub result: Result<Answer, LoadError>,
    /// The limits it ran under.
    pub limits: Limits,
    /// How long compiling took, where the module was not compiled already.
    pub compiled: Option<Duration>,
}

/// An outcome with its texts laid out.
pub struct Answer {
    /// The outcome.
    pub outcome: Outcome,
    /// How the module is called.
    pub convention: String,
    /// What was assumed about the function because the module does not say.
    pub assumptions: Vec<Assumption>,
    /// The output laid out for reading.
    pub output: Option<Shown>,
    /// Output that could not be used, made harmless.
    pub raw: Option<Shown>,
}

/// A text made fit to be shown.
pub struct Shown {
    /// The text, harmless and perhaps shortened.
    pub view: CodeView,
    /// How many bytes the whole text has, where this is not all of it.
    pub shortened: Option<usize>,
}

impl Shown {
    fn new(text: &str, language: Language) -> Self {
        let mut end = text.len().min(LONGEST_SHOWN);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let head = text.get(..end).unwrap_or_default();
        let view = CodeView::new(printable(head).into_owned(), language);
        Self { view, shortened: (end < text.len()).then_some(text.len()) }
    }
}

/// A file that was to be saved.
pub struct SavedFile {
    /// The file, relative to the bundle's root.
    pub file: String,
    /// The text that was to be written.
    pub text: String,
    /// What came of it.
    pub result: Result<(), SaveFailure>,
}

/// Why a file was not saved.
pub enum SaveFailure {
    /// Another program changed it since it was read.
    ChangedOnDisk(String),
    /// It could not be written.
    Failed(String),
}

/// The engine and the modules compiled so far. One for the whole program; used by workers only.
#[derive(Default)]
pub struct Programs {
    engine: OnceLock<Result<Engine, LoadError>>,
    compiled: Mutex<HashMap<PathBuf, Compiled>>,
    overhead: OnceLock<Option<Duration>>,
}

struct Compiled {
    size: u64,
    modified: Option<SystemTime>,
    beside: Beside,
    program: Arc<Program>,
}

impl Programs {
    /// The module at `path`, compiled; the second value is how long that took, where it had to be done.
    ///
    /// # Errors
    /// When the file cannot be read or its module cannot be loaded.
    pub fn get(&self, path: &Path) -> Result<(Arc<Program>, Option<Duration>), LoadError> {
        let refuse = |what: String| LoadError { message: what, help: Some("Build the module again".into()) };
        let unreadable = |error: std::io::Error| refuse(format!("{} cannot be read: {error}", path.display()));
        let facts = std::fs::metadata(path).map_err(unreadable)?;
        let (size, modified) = (facts.len(), facts.modified().ok());
        let beside = Beside::of(path);
        if let Some(problem) = &beside.problem {
            return Err(LoadError { message: problem.to_string(), help: Some("Mend the file, or remove it".into()) });
        }
        let known = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Compiled| (known.size, known.modified, &known.beside) == (size, modified, &beside);
        if let Some(known) = known.get(path).filter(same) {
            return Ok((Arc::clone(&known.program), None));
        }
        drop(known);
        if size > LARGEST_MODULE {
            return Err(refuse(format!("The module is larger than {}", text::bytes(LARGEST_MODULE))));
        }
        let begun = Instant::now();
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let inspection = Inspection::read(&bytes).map_err(refuse)?;
        let engine = self.engine.get_or_init(Engine::for_user).as_ref().map_err(Clone::clone)?;
        let program = Arc::new(engine.load_quickly(&bytes, &inspection, Hints::from(&beside))?);
        let compiled = Compiled { size, modified, beside, program: Arc::clone(&program) };
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).insert(path.into(), compiled);
        Ok((program, Some(begun.elapsed())))
    }

    /// What a call costs without the function, under `limits`; measured once.
    fn overhead(&self, limits: &Limits) -> Option<Duration> {
        let measured = self.overhead.get_or_init(|| {
            let engine = self.engine.get_or_init(Engine::for_user).as_ref().ok()?;
            measure::overhead(&engine.no_op().ok()?, limits)
        });
        *measured
    }

    /// Drops all compiled modules.
    pub fn forget(&self) {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Looks for the sample bundle and for recent bundles that are gone.
pub fn look(recent: Vec<PathBuf>) -> Done {
    let missing = recent.into_iter().filter(|folder| !folder.is_dir()).collect();
    Done::Looked { sample: sample_bundle(), missing }
}

/// The sample bundle: beside the program, where a package puts it, above a build folder, or in the
/// working directory.
fn sample_bundle() -> Option<PathBuf> {
    const NAME: &str = "sample-bundle";
    let program = std::env::current_exe().ok();
    let folder = program.as_deref().and_then(Path::parent);
    let packaged = folder.map(|folder| folder.join("../share/priostack-workbench").join(NAME));
    let above = folder.into_iter().flat_map(|folder| folder.ancestors().take(4)).map(|folder| folder.join(NAME));
    let working = std::env::current_dir().ok().map(|folder| folder.join(NAME));
    let found = above.chain(packaged).chain(working).find(|folder| folder.join("bundle.yaml").is_file())?;
    std::fs::canonicalize(&found).ok().or(Some(found))
}

/// Reads and checks the bundle at `root` with its `reader`.
pub fn read(root: PathBuf, reader: &Mutex<Reader>, overlay: &Overlay, revisions: BTreeMap<String, u64>) -> Done {
    let loaded = reader.lock().unwrap_or_else(PoisonError::into_inner).read(overlay);
    let callables = callable::collect(&loaded.bundle);
    let outline = Outline::of(&loaded);
    Done::Read(Box::new(Reading { root, loaded: Arc::new(loaded), callables, outline, revisions }))
}

/// What an invocation needs.
pub struct Invocation {
    /// Which function.
    pub key: FunctionKey,
    /// Where its module is.
    pub module: PathBuf,
    /// The input.
    pub input: String,
    /// The limits.
    pub limits: Limits,
}

/// Compiles the module where needed and calls the function.
pub fn invoke(programs: &Programs, invocation: Invocation, control: &Control<Done>) -> Done {
    let Invocation { key, module, input, limits } = invocation;
    control.report(format!("Preparing {}", key.function), None);
    let report = match programs.get(&module) {
        Err(error) => Report { result: Err(error), limits, compiled: None },
        Ok((program, compiled)) => {
            control.report(format!("Running {}", key.function), None);
            let outcome = program.invoke(&key.function, input.as_bytes(), &limits, &control.cancel);
            Report { result: Ok(answer(&program, &key.function, outcome)), limits, compiled }
        }
    };
    Done::Invoked(key, Box::new(report))
}

fn answer(program: &Program, function: &str, outcome: Outcome) -> Answer {
    let output = outcome.output().map(|json| Shown::new(&text::pretty_json(json), Language::Json));
    let raw = match &outcome.reply {
        crate::sandbox::Reply::Fault(fault) => {
            fault.raw_output.as_deref().map(|bytes| Shown::new(&String::from_utf8_lossy(bytes), Language::Plain))
        }
        _ => None,
    };
    let assumptions = program.assumptions_about(function);
    Answer { convention: program.convention(), assumptions, output, raw, outcome }
}

/// What a measurement needs.
pub struct Measuring {
    /// The bundle whose functions are measured.
    pub loaded: Arc<Loaded>,
    /// The functions; `None`: all that goals speak of.
    pub runs: Option<Vec<GoalRun>>,
    /// The limits of each invocation.
    pub limits: Limits,
    /// How many invocations.
    pub plan: LoadPlan,
}

/// Measures one function after the other.
pub fn measure(programs: &Programs, measuring: Measuring, control: &Control<Done>) -> Done {
    let Measuring { loaded, runs, limits, plan } = measuring;
    let runs = runs.unwrap_or_else(|| measure::goal_runs(&loaded.bundle));
    if runs.is_empty() {
        return Done::NotMeasured("No goal speaks of a function that an endpoint or intent refers to".into());
    }
    let count = runs.len();
    let mut measured = 0;
    for (at, run) in runs.into_iter().enumerate() {
        if control.cancel.is_cancelled() {
            break;
        }
        match measure_one(programs, &loaded.bundle, &run, &limits, plan, control, (at, count)) {
            Ok(measurement) if measurement.samples.is_empty() && measurement.cancelled => {}
            Ok(measurement) => {
                measured += 1;
                let key = FunctionKey { service: run.module.clone(), function: run.function.clone() };
                control.send(Done::Measured(key, Box::new((run, measurement))));
            }
            Err(reason) => control.send(Done::NotMeasured(reason)),
        }
    }
    Done::MeasuringEnded { functions: measured, cancelled: control.cancel.is_cancelled() }
}

fn measure_one(
    programs: &Programs,
    bundle: &Bundle,
    run: &GoalRun,
    limits: &Limits,
    plan: LoadPlan,
    control: &Control<Done>,
    (at, count): (usize, usize),
) -> Result<Measurement, String> {
    let name = format!("{}:{}", run.module, run.function);
    control.report(format!("Preparing {name}"), Some(at as f32 / count as f32));
    let module = bundle.module_of(&run.module).ok_or_else(|| format!("{name}: there is no such module"))?;
    let (program, _) = programs.get(&module.path).map_err(|error| format!("{name}: {error}"))?;
    let progress = |progress: measure::Progress| {
        let share = progress.done as f32 / progress.planned.max(1) as f32;
        let label = format!("Measuring {name}, {} of {}", progress.done, progress.planned);
        control.report(label, Some((at as f32 + share) / count as f32));
    };
    let input = run.input.json.as_bytes();
    let subject = Subject { program: &program, function: &run.function, input, limits };
    let mut measurement =
        measure::run(subject, plan, &control.cancel, progress).map_err(|error| format!("{name}: {error}"))?;
    measurement.overhead = programs.overhead(limits);
    Ok(measurement)
}

/// The saved inputs of a function.
pub fn cases(root: &Path, key: FunctionKey) -> Done {
    let cases = cases::cases_of(root, &key.service, &key.function);
    let saved = cases.iter().map(|case| SavedInput {
        name: case.name.clone(),
        input: serde_json::to_string_pretty(&case.input).unwrap_or_else(|_| "{}".into()),
        expects_error: case.expects_error(),
    });
    Done::Cases(key, saved.collect())
}

/// A file to be saved.
pub struct Saving {
    /// The file, relative to the bundle's root.
    pub file: String,
    /// Its new text.
    pub text: String,
    /// The text that it should hold now; `None`: whatever it holds is to be replaced.
    pub expected: Option<String>,
}

/// Saves one file after the other.
pub fn save(root: &Path, files: Vec<Saving>) -> Done {
    let save_one = |saving: Saving| {
        let path = root.join(&saving.file);
        let stamp = match &saving.expected {
            Some(text) => Ok(Stamp::of_content(text.as_bytes())),
            None => Stamp::of_file(&path),
        };
        let result = match stamp {
            Err(error) => Err(SaveFailure::Failed(format!("{} cannot be read: {error}", saving.file))),
            Ok(stamp) => match save::save(&path, &saving.text, &stamp) {
                Ok(_) => Ok(()),
                Err(error @ (SaveError::ChangedOnDisk { .. } | SaveError::DeletedOnDisk { .. })) => {
                    Err(SaveFailure::ChangedOnDisk(error.to_string()))
                }
                Err(error) => Err(SaveFailure::Failed(error.to_string())),
            },
        };
        SavedFile { file: saving.file, text: saving.text, result }
    };
    Done::Saved(files.into_iter().map(save_one).collect())
}

/// Writes the archive.
pub fn export(loaded: &Loaded, to: &Path) -> Done {
    Done::Exported(deploy::export(loaded, to))
}
