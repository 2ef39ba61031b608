//! Runs that are kept: what was called, with which inputs, how and where, and every sample. In the bundle's
//! `.workbench/runs` folder, a file each, and in files of their own for other machines and for version control.
//! The folder ignores itself in git and stays within bounds. Nothing here calls a function.

pub mod columns;
mod comparable;
pub mod file;
pub mod head;

use std::io::{self, Read};
use std::path::Path;

use crate::bundle::store::{self, Bounds, Store};

pub use comparable::compare;
pub use head::{CalledFunction, KeptInput, MachineFacts, RunHead, Summary, checked_name};

use super::Measurement;

/// Where kept runs are, relative to the bundle's root.
pub const RUNS_FOLDER: &str = ".workbench/runs";
/// What is kept: 500 runs and 1 GiB. Named runs and baselines are kept beyond that.
pub const BOUNDS: Bounds = Bounds { entries: 500, bytes: 1 << 30 };
/// How a run's file ends.
const ENDING: &str = ".run";
/// Digits of the number that a run's file is named by.
const DIGITS: usize = 8;
/// The largest file that is read, in bytes: ten million calls take about 40 MB.
const LARGEST: u64 = 512 << 20;
/// How often a number that another window took at the same time is counted up.
const ATTEMPTS: u32 = 100;

/// A run with its samples.
#[derive(Clone, Debug)]
pub struct KeptRun {
    /// What is known of it.
    pub head: RunHead,
    /// What it gave.
    pub measurement: Measurement,
}

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRun {
    /// Names it in this bundle; later ones have greater numbers.
    pub number: u32,
    /// What is known of it.
    pub head: RunHead,
}

/// A file in the folder that cannot be read as a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRun {
    /// The file, relative to the bundle's root.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// Why bytes are no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(String);

impl Damage {
    fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    fn foreign() -> Self {
        Self::because("it is no run that the workbench wrote")
    }
}

/// Why a run cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// There is none of that number.
    #[error("there is no run {0}; list all with `runs`")]
    Missing(u32),
    /// The file is no run, or a damaged one.
    #[error("{file} cannot be used: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: Damage,
    },
    /// The name is none.
    #[error("{0}")]
    Name(String),
    /// The operating system refused.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
}

/// The kept runs of a bundle. Makes and changes nothing until one is kept.
#[derive(Clone, Debug)]
pub struct Runs(Store);

impl Runs {
    /// The runs of the bundle at `root`.
    pub fn of(root: &Path) -> Self {
        Self(Store::new(root, RUNS_FOLDER, |name| number_of(name).is_some(), BOUNDS))
    }

    /// The same within other bounds.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self(self.0.within(bounds))
    }

    /// Keeps a run and gives its number. Drops the oldest ones where there are too many.
    ///
    /// # Errors
    /// When the folder cannot be written, or is a link out of the bundle.
    pub fn keep(&self, run: &KeptRun) -> Result<u32, KeptError> {
        let bytes = file::encoded(run).map_err(|source| io_error(RUNS_FOLDER, source))?;
        let mut number = self.numbers().first().copied().unwrap_or(0);
        for _ in 0..ATTEMPTS {
            number = number.saturating_add(1);
            match self.0.add(&name_of(number), &[&bytes]) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(io_error(RUNS_FOLDER, source)),
                Ok(()) => {
                    self.0.prune(|name| self.is_precious(name));
                    return Ok(number);
                }
            }
        }
        Err(io_error(RUNS_FOLDER, io::ErrorKind::AlreadyExists.into()))
    }

    /// All runs, the newest first, and the files that are none.
    pub fn list(&self) -> (Vec<ListedRun>, Vec<BrokenRun>) {
        let (mut runs, mut broken) = (Vec::new(), Vec::new());
        for number in self.numbers() {
            match self.head(number) {
                Ok(head) => runs.push(ListedRun { number, head }),
                Err(KeptError::Damaged { file, reason }) => broken.push(BrokenRun { file, reason: reason.to_string() }),
                Err(KeptError::Missing(_)) => {}
                Err(error) => broken.push(BrokenRun { file: path_of(number), reason: error.to_string() }),
            }
        }
        (runs, broken)
    }

    /// The numbers of all runs, the newest first.
    pub fn numbers(&self) -> Vec<u32> {
        self.0.names().iter().filter_map(|name| number_of(name)).collect()
    }

    /// The run of this number with its samples.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn load(&self, number: u32) -> Result<KeptRun, KeptError> {
        let damaged = |reason| KeptError::Damaged { file: path_of(number), reason };
        let bytes = self.bytes(number)?;
        let runs = file::decoded(&bytes).map_err(damaged)?;
        match <[KeptRun; 1]>::try_from(runs) {
            Ok([run]) => Ok(run),
            Err(_) => Err(damaged(Damage::because("it holds more than one run"))),
        }
    }

    /// Gives a run a name, or takes it away.
    ///
    /// # Errors
    /// When the name is none, there is no such run, or it cannot be written.
    pub fn rename(&self, number: u32, name: Option<&str>) -> Result<(), KeptError> {
        let name = name.map(checked_name).transpose().map_err(KeptError::Name)?;
        self.change(number, |head| head.name = name)
    }

    /// Makes a run the baseline of its function in the place of any other, or takes that away.
    ///
    /// # Errors
    /// When there is no such run, or it cannot be written.
    pub fn set_baseline(&self, number: u32, is_baseline: bool) -> Result<(), KeptError> {
        let chosen = self.head(number)?;
        if is_baseline {
            let mut others = self.list().0.into_iter().filter(|run| {
                run.head.is_baseline && run.number != number && run.head.called.is_same_function(&chosen.called)
            });
            others.try_for_each(|run| self.change(run.number, |head| head.is_baseline = false))?;
        }
        self.change(number, |head| head.is_baseline = is_baseline)
    }

    /// Drops a run. One that is gone already is no error.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn delete(&self, number: u32) -> Result<(), KeptError> {
        self.0.delete(&name_of(number)).map_err(|source| io_error(&path_of(number), source))
    }

    fn head(&self, number: u32) -> Result<RunHead, KeptError> {
        let (file, size) = self.0.open(&name_of(number)).map_err(|error| missing(number, error))?;
        let mut bytes = Vec::new();
        let mut reader = io::BufReader::new(file).take(file::LONGEST_HEAD as u64);
        io::BufRead::read_until(&mut reader, b'\n', &mut bytes).map_err(|error| missing(number, error))?;
        let damaged = |reason| KeptError::Damaged { file: path_of(number), reason };
        let (head, samples, _) = file::head(&bytes).map_err(damaged)?;
        if samples.checked_add(bytes.len() as u64) != Some(size) {
            return Err(damaged(Damage::because("it is shorter or longer than it says")));
        }
        Ok(head)
    }

    fn bytes(&self, number: u32) -> Result<Vec<u8>, KeptError> {
        let (file, size) = self.0.open(&name_of(number)).map_err(|error| missing(number, error))?;
        read_bounded(file, size, &path_of(number))
    }

    /// Writes the run anew with another head.
    fn change(&self, number: u32, change: impl FnOnce(&mut RunHead)) -> Result<(), KeptError> {
        let bytes = self.bytes(number)?;
        let damaged = |reason| KeptError::Damaged { file: path_of(number), reason };
        let (mut head, _, samples) = file::head(&bytes).map_err(damaged)?;
        change(&mut head);
        file::with_head(&head, samples)
            .and_then(|bytes| self.0.replace(&name_of(number), &[&bytes]))
            .map_err(|source| io_error(&path_of(number), source))
    }

    fn is_precious(&self, name: &str) -> bool {
        let head = number_of(name).and_then(|number| self.head(number).ok());
        head.is_some_and(|head| head.is_baseline || head.name.is_some())
    }
}

/// The runs in the file at `path`, which lies anywhere: at least one.
///
/// # Errors
/// When it cannot be read, or is no file of runs.
pub fn read_file(path: &Path) -> Result<Vec<KeptRun>, KeptError> {
    let shown = path.display().to_string();
    let (file, size) = store::open_plain(path).map_err(|source| io_error(&shown, source))?;
    let bytes = read_bounded(file, size, &shown)?;
    file::decoded(&bytes).map_err(|reason| KeptError::Damaged { file: shown, reason })
}

/// Writes runs to the file at `path` in one step, in the place of what was there.
///
/// # Errors
/// When it cannot be written.
pub fn write_file<'a>(path: &Path, runs: impl IntoIterator<Item = &'a KeptRun>) -> Result<(), KeptError> {
    let failed = |source| io_error(&path.display().to_string(), source);
    let mut bytes = Vec::new();
    for run in runs {
        bytes.extend(file::encoded(run).map_err(failed)?);
    }
    crate::bundle::save::replace(path, &bytes, None).map_err(failed)
}

fn read_bounded(file: std::fs::File, size: u64, shown: &str) -> Result<Vec<u8>, KeptError> {
    if size > LARGEST {
        let reason = Damage::because(format!("it has {size} bytes, and at most {LARGEST} are read"));
        return Err(KeptError::Damaged { file: shown.to_owned(), reason });
    }
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes).map_err(|source| io_error(shown, source))?;
    Ok(bytes)
}

fn missing(number: u32, error: io::Error) -> KeptError {
    match error.kind() {
        io::ErrorKind::NotFound => KeptError::Missing(number),
        _ => io_error(&path_of(number), error),
    }
}

fn io_error(file: &str, source: io::Error) -> KeptError {
    KeptError::Io { file: file.to_owned(), source }
}

fn path_of(number: u32) -> String {
    format!("{RUNS_FOLDER}/{}", name_of(number))
}

fn name_of(number: u32) -> String {
    format!("{number:0DIGITS$}{ENDING}")
}

/// The number of a run by the name of its file; `None` where it is no run's.
fn number_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(ENDING)?;
    (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}
