//! What jobs do: read and check a bundle, watch its folder, compile and invoke, measure, save, export.
//!
//! Everything here runs on worker threads and knows nothing of the window but the values it returns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use self::count::Count;
use crate::bundle::assist::Functions;
use crate::bundle::cases::CaseError;
use crate::bundle::change::Refusal;
use crate::bundle::diagnostic::Choice;
use crate::bundle::history::Entry;
use crate::bundle::template::NewService;
use crate::bundle::{Bundle, Loaded, Module, Overlay, Reader, Settings as BundleSettings};
use crate::deploy::{self, UnpackError};
use crate::measure::runs::ListedRun;
use crate::measure::{Headroom, LoadPlan};
use crate::platform::determinism::Determinism;
use crate::platform::sensors::Simulator;
use crate::platform::{self, Replayed, StartingInput};
use crate::sandbox::{Assumption, Conditions, Limits, LoadError, Mishap, Outcome, Profiled, Program};

use super::archives::OpenedArchive;
use super::callable::{self, Callable, FunctionKey};
use super::documents::{OnDisk, Version};
use super::editor::DiffView;
use super::forms::{Drafted, Form, Reworked};
use super::goals::{Finished, RunComparison, Told};
use super::jobs::Control;
use super::journal::Recovered;
use super::outline::Outline;
use super::output::Output;
use super::programs::Programs;
use super::runner::Recalled;
use super::saving::{self, SavedFile};
use super::state::Compared;
use super::text;
use super::watch::Change;

pub mod cases;
pub mod chart_files;
pub mod count;
pub mod export;
pub mod headroom;
pub mod history;
pub mod measure;
pub mod profile;
pub mod runs;

pub use cases::SavedInput;

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
    /// An archive to be opened was chosen, or none.
    ArchiveToOpenChosen {
        /// The file.
        file: Option<PathBuf>,
        /// How long the dialog was open.
        took: Duration,
    },
    /// What was to be opened as a folder is an archive.
    IsArchive(PathBuf),
    /// An archive was unpacked for looking at it, or not.
    ArchiveOpened(PathBuf, Result<Box<OpenedArchive>, UnpackError>),
    /// A place for the extracted bundle was chosen, or none.
    ExtractFolderChosen(Option<PathBuf>),
    /// The archive was extracted; this is the bundle's folder. Nothing where the user ended it.
    Extracted(Result<Option<PathBuf>, String>),
    /// Files that are not needed any more were removed.
    Tidied,
    /// The bundle was read.
    Read(Box<Reading>),
    /// Something happened to the bundle's folder.
    Watched(PathBuf, Change),
    /// Unsaved texts that were left behind, for the bundle in this folder.
    Recovered(PathBuf, Vec<Recovered>),
    /// The journal holds what is unsaved, or does not, and why.
    Journaled(Result<(), String>),
    /// Two texts were compared.
    Compared(Compared, Box<DiffView>),
    /// A copy was saved to this place, or not.
    CopySaved(Result<PathBuf, String>),
    /// The saved inputs of a function, and the input to begin with.
    Cases(cases::CasesRead),
    /// An input for a function of the bundle in this folder, learned from its errors.
    Learned(PathBuf, FunctionKey, StartingInput),
    /// The input that the function of an endpoint begins with, for the request that asks it.
    Body(PathBuf, super::requests::Picked, StartingInput),
    /// Cases were run: all of the bundle, or not.
    CasesRun(cases::CasesRun),
    /// A case was saved in this file, or not.
    CaseSaved(FunctionKey, Result<String, CaseError>),
    /// An invocation ended.
    Invoked(FunctionKey, Box<Report>),
    /// The instructions of an invocation of a function were counted, by the job of this number.
    Counted(FunctionKey, u64, Count),
    /// A call was profiled, or why not.
    Profiled(FunctionKey, Box<Result<Profiled, LoadError>>),
    /// A profile was written to this file, or why not.
    ProfileWritten(Result<PathBuf, String>),
    /// What a function needs, or why that is not known.
    Headroom(FunctionKey, Box<Result<Headroom, String>>),
    /// Limits were noted in the bundle's  or why not.
    LimitsNoted(Result<(), String>),
    /// Invocations of the bundle in this folder were kept, the oldest first, or not.
    Kept(PathBuf, Result<Vec<Entry>, String>),
    /// The history of the bundle in this folder, the newest first.
    HistoryRead(PathBuf, Vec<Entry>),
    /// Entries that hold a text.
    HistoryFound(String, BTreeSet<String>),
    /// An entry of the history of the bundle in this folder.
    Recalled(PathBuf, Box<Recalled>),
    /// What the present module makes of an entry; whether with the time and random numbers of then.
    Replayed(String, Replayed, bool),
    /// All that was to be replayed is, or it was cancelled.
    ReplayEnded(bool),
    /// Entries were deleted, or not.
    HistoryDeleted(Result<(), String>),
    /// A request was answered.
    Answered(Box<super::requests::Exchange>),
    /// The gateway of the bundle in this folder serves, or does not, and why.
    GatewayStarted(PathBuf, Result<Box<platform::Gateway>, String>),
    /// What the gateway of the bundle in this folder serves from now on.
    SiteBuilt(PathBuf, Box<platform::Site>),
    /// The gateway ended.
    GatewayStopped,
    /// A function was measured; more may come.
    Measured(FunctionKey, Box<Finished>),
    /// A function begins to be measured for the goals of this service.
    MeasuringBegan(FunctionKey, String, Box<LoadPlan>),
    /// The kept runs of the bundle in this folder, the newest first, and what is wrong with them.
    RunsListed(PathBuf, Vec<ListedRun>, Option<String>),
    /// A function's run was compared with an earlier one, or not, and why.
    RunsCompared(FunctionKey, Result<Box<RunComparison>, String>),
    /// News of the measurement that goes on.
    Told(Box<Told>),
    /// A function could not be measured, and why.
    NotMeasured(String),
    /// All that was to be measured is.
    MeasuringEnded {
        /// How many functions were measured.
        functions: usize,
        /// Whether the user ended it.
        cancelled: bool,
    },
    /// The payload that a sensor of the bundle in this folder begins with.
    Payload(PathBuf, String, StartingInput),
    /// The simulation of the bundle in this folder ran.
    Simulated(PathBuf, Box<Simulator>),
    /// Files were saved.
    Saved(Vec<SavedFile>),
    /// A function was run again under the same conditions.
    Determinism(FunctionKey, Result<Determinism, LoadError>),
    /// Files were saved and renamed.
    Renamed {
        /// What was saved first.
        saved: Vec<SavedFile>,
        /// Which files have another name now, or why none has.
        moved: Result<Vec<(String, String)>, String>,
    },
    /// Something about exporting or verifying.
    Export(export::ExportDone),
    /// A place for a chart's file was chosen, or none.
    ChartFileChosen {
        /// The file.
        file: Option<PathBuf>,
        /// How long the dialog was open.
        took: Duration,
    },
    /// A chart's file was written with so many bytes, or not, and why.
    ChartSaved(Result<(PathBuf, u64), String>),
    /// Modules were loaded, or the loading was cancelled.
    ModulesLoaded,
    /// The fields of a form were read, or why there is none.
    FormOpened(Result<Box<Form>, Refusal>),
    /// The change of a form was drafted.
    Drafted(Box<Drafted>),
    /// An entry is to be removed or moved.
    Reworked(Reworked),
    /// The file of a new service was made from this revision of the manifest, or not.
    ServiceMade(Result<(NewService, u64), String>),
    /// A new bundle was made, or not.
    BundleMade(Result<PathBuf, String>),
    /// A folder for a new bundle was chosen, or none.
    NewFolderChosen(Option<PathBuf>),
    /// A choice was noted in the bundle's settings, or not.
    Chosen(Result<(), String>),
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
    /// The functions of each module, for the editor.
    pub functions: Functions,
    /// Its rows in the explorer.
    pub outline: Outline,
    /// What the open files were when it was read.
    pub versions: BTreeMap<String, Version>,
    /// What the disk holds of the open files.
    pub on_disk: BTreeMap<String, OnDisk>,
    /// Whether there is no such folder any more.
    pub is_gone: bool,
    /// Modules that were not loaded yet, so that what they reveal is missing.
    pub unknown: Vec<PathBuf>,
}

/// What an invocation gave, ready to be shown.
pub struct Report {
    /// The outcome, or why the module could not be loaded.
    pub result: Result<Answer, LoadError>,
    /// The limits it ran under.
    pub limits: Limits,
    /// How long compiling took, where the module was not compiled already.
    pub compiled: Option<Duration>,
    /// The input.
    pub input: String,
    /// When it began, where it comes from the history.
    pub past: Option<SystemTime>,
    /// How many instructions the guest ran.
    pub count: Count,
}

/// An outcome with its texts laid out.
pub struct Answer {
    /// The outcome.
    pub outcome: Outcome,
    /// How the module is called.
    pub convention: String,
    /// What was assumed about the function because the module does not say.
    pub assumptions: Vec<Assumed>,
    /// The output laid out for reading.
    pub output: Option<Output>,
    /// Output that could not be used, made harmless.
    pub raw: Option<Output>,
}

/// What was assumed about a function.
pub struct Assumed {
    /// What, and why.
    pub message: String,
    /// How it is settled.
    pub choices: Vec<Choice>,
}

/// Looks for the sample bundle and for recent bundles that are gone.
pub fn look(recent: Vec<PathBuf>) -> Done {
    let missing = recent.into_iter().filter(|place| !place.is_dir() && !place.is_file()).collect();
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

/// Reads and checks the bundle at `root` with its `reader`. What its modules reveal is in it as far as
/// they were loaded before; those that were not are left to [`load_modules`].
pub fn read(
    root: PathBuf,
    reader: &Mutex<Reader>,
    programs: &Programs,
    overlay: &Overlay,
    versions: BTreeMap<String, Version>,
) -> Done {
    if deploy::is_zip(&root) {
        return Done::IsArchive(root);
    }
    let loaded = reader.lock().unwrap_or_else(PoisonError::into_inner).read(overlay);
    let mut unknown = Vec::new();
    let mut examined = Vec::new();
    for module in modules_to_load(&loaded.bundle) {
        match programs.known(&module.path) {
            Some(program) => examined.push(platform::examine(module, program.as_deref().map_err(Clone::clone))),
            None => unknown.push(module.path.clone()),
        }
    }
    let loaded = platform::complete(loaded, &examined);
    let mut callables = callable::collect(&loaded.bundle, &examined);
    callable::add_limits(&mut callables, &loaded.bundle.settings);
    let functions = callable::by_service(&loaded.bundle, &examined);
    let outline = Outline::of(&loaded, &examined);
    let on_disk = |file: &String| Some((file.clone(), saving::on_disk(&root, file, &loaded.bundle, overlay)?));
    let on_disk = versions.keys().filter_map(on_disk).collect();
    let loaded = Arc::new(loaded);
    let is_gone = !root.is_dir();
    Done::Read(Box::new(Reading { root, is_gone, loaded, callables, functions, outline, versions, on_disk, unknown }))
}

/// The modules that belong to a service.
fn modules_to_load(bundle: &Bundle) -> impl Iterator<Item = &Module> {
    bundle.modules.iter().filter(|module| module.inspection.is_ok() && bundle.service(&module.service).is_some())
}

/// Loads the modules at `paths`, so that what they reveal is known and their first run begins at once.
pub fn load_modules(programs: &Programs, paths: &[PathBuf], control: &Control<Done>) -> Done {
    for (at, path) in paths.iter().enumerate() {
        if control.cancel.is_cancelled() {
            break;
        }
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        control.report(format!("Preparing {}", text::one_line(&name)), Some(at as f32 / paths.len().max(1) as f32));
        // Why one cannot be loaded is remembered with it.
        let _ = programs.get(path);
    }
    Done::ModulesLoaded
}

/// The input that a function begins with; where nothing is known of it, it is asked.
///
/// # Errors
/// When its module is missing or cannot be loaded.
pub fn starting_input(
    programs: &Programs,
    bundle: &Bundle,
    key: &FunctionKey,
    limits: &Limits,
    control: &Control<Done>,
) -> Result<StartingInput, LoadError> {
    let known = platform::starting_input(bundle, &key.service, &key.function);
    if !known.may_be_learned() {
        return Ok(known);
    }
    let missing = || LoadError { message: format!("There is no module for {}", key.service), help: None };
    let (program, _) = programs.get(&bundle.module_of(&key.service).ok_or_else(missing)?.path)?;
    Ok(platform::best_input(bundle, (&key.service, &key.function), &program, limits, &control.cancel))
}

/// Lets a function say what its input should be.
pub fn learn(programs: &Programs, loaded: &Loaded, key: FunctionKey, limits: &Limits, control: &Control<Done>) -> Done {
    let bundle = &loaded.bundle;
    let learned = starting_input(programs, bundle, &key, limits, control);
    let learned = learned.unwrap_or_else(|_| platform::starting_input(bundle, &key.service, &key.function));
    Done::Learned(bundle.root.clone(), key, learned)
}

/// Notes a choice in the settings of the bundle at `root`.
pub fn choose(root: &Path, choice: &Choice) -> Done {
    let noted = BundleSettings::note(root, &choice.service, &choice.function, &choice.word);
    Done::Chosen(noted.map_err(|error| error.to_string()))
}

/// What an invocation needs.
pub struct Invocation {
    /// Which function.
    pub key: FunctionKey,
    /// The bundle's folder.
    pub root: PathBuf,
    /// Where its module is.
    pub module: PathBuf,
    /// The input.
    pub input: String,
    /// The limits.
    pub limits: Limits,
    /// Whether the bundle's history keeps it.
    pub is_kept: bool,
    /// What is to go wrong.
    pub mishap: Option<Mishap>,
}

/// Runs the function again with what it took from outside the first time, and compares.
pub fn check_determinism(programs: &Programs, invocation: Invocation, control: &Control<Done>) -> Done {
    let Invocation { key, module, input, limits, .. } = invocation;
    control.report(format!("Preparing {}", key.function), None);
    let verdict = programs.get(&module).map(|(program, _)| {
        program.settle();
        control.report(format!("Running {} again", key.function), None);
        platform::determinism::examine(|conditions| {
            program.invoke_under(&key.function, input.as_bytes(), &limits, &control.cancel, conditions)
        })
    });
    Done::Determinism(key, verdict)
}

/// Compiles the module where needed, calls the function, and keeps what came of it.
pub fn invoke(programs: &Programs, invocation: Invocation, control: &Control<Done>) -> Done {
    let Invocation { key, root, module, input, limits, is_kept, mishap } = invocation;
    control.report(format!("Preparing {}", key.function), None);
    let (program, compiled) = match programs.get(&module) {
        Ok(found) => found,
        Err(error) => {
            let report =
                Report { result: Err(error), limits, compiled: None, input, past: None, count: Count::Unknown };
            return Done::Invoked(key, Box::new(report));
        }
    };
    let limits = program.limits(&key.function, &limits).into_owned();
    control.report(format!("Running {}", key.function), None);
    let kept = Mutex::new(Vec::new());
    let invocation = platform::Invocation {
        service: &key.service,
        function: &key.function,
        input: &input,
        limits: &limits,
        cancel: &control.cancel,
        conditions: Conditions { mishap, ..Conditions::default() },
    };
    let keeper = is_kept.then_some(&kept as &dyn platform::Keeper);
    let (outcome, recording) = invocation.invoke_recorded(&program, keeper, || None);
    let conditions = Conditions { replay: Some(recording), mishap, ..Conditions::default() };
    let count = count::wanted(&key, &program, &input, &limits, &outcome, conditions);
    let result = Ok(answer(&program, &key, outcome));
    let invoked = Done::Invoked(key, Box::new(Report { result, limits, compiled, input, past: None, count }));
    let records = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    if records.is_empty() {
        return invoked;
    }
    // What came of it is shown before the disk has it.
    control.send(invoked);
    history::keep(root, &records)
}

fn answer(program: &Program, key: &FunctionKey, outcome: Outcome) -> Answer {
    let assumed = |assumption: Assumption| Assumed {
        choices: platform::choices(&key.service, &assumption),
        message: assumption.message,
    };
    let assumptions = program.assumptions_about(&key.function).into_iter().map(assumed).collect();
    Answer { convention: program.convention(), assumptions, ..Answer::of(outcome) }
}

impl Answer {
    /// An outcome of a module that nothing more is known of.
    fn of(outcome: Outcome) -> Self {
        let output = outcome.output().map(Output::json);
        let raw = match &outcome.reply {
            crate::sandbox::Reply::Fault(fault) => fault.raw_output.as_deref().map(Output::bytes),
            _ => None,
        };
        Self { convention: String::new(), assumptions: Vec::new(), output, raw, outcome }
    }
}
