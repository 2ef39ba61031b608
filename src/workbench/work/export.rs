//! The jobs of exporting and verifying: making a plan, reading and making keys, writing, verifying, and showing what
//! was written with the desktop's own programs.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::bundle::{Bundle, Loaded};
use crate::deploy::{self, Evidence, Options, Preview, PrivateKey, PublicKey, UnpackError, Verified, Watch};
use crate::measure::Statistic;
use crate::platform::determinism::Referred;
use crate::platform::survey::{Bounds, Survey, Surveyed};
use crate::platform::{self, Examined};
use crate::sandbox::{Cancel, Limits, LoadError, Program};
use crate::workbench::exporting::{PlanOf, Wanted, Written};
use crate::workbench::jobs::Control;
use crate::workbench::programs::Programs;
use crate::workbench::text;

use super::Done;

/// Which part of an export's progress is running cases again.
const TRYING: f32 = 0.9;

/// What a job of exporting or verifying gives.
pub enum ExportDone {
    /// A path was chosen, or none.
    Chosen {
        /// Which path.
        wanted: Wanted,
        /// The file.
        file: Option<PathBuf>,
        /// How long the dialog was open.
        took: Duration,
    },
    /// What would be written, or why nothing can be.
    Planned(PlanOf, Result<Preview, String>),
    /// Whether there is a file at the place of this path already.
    Peeked(String, bool),
    /// What the key file of this path holds.
    KeyRead(String, Result<PublicKey, String>),
    /// A pair of keys was made: where the private one is, and the public one; or why not.
    KeysMade(Result<(PathBuf, PublicKey), String>),
    /// The archive was written, or not.
    Written(Result<Box<Written>, Failure>),
    /// An archive was verified with the key of this fingerprint, or could not be.
    Verified(Result<(Verified, Option<String>), Failure>),
    /// A file was shown, or could not be, and why.
    Shown(Result<(), String>),
}

/// Why there is no result.
#[derive(Debug)]
pub enum Failure {
    /// The user ended it.
    Cancelled,
    /// What is wrong, in words.
    Failed(String),
}

/// Plans an export: packs, and writes nothing.
pub fn plan(of: PlanOf, control: &Control<Done>) -> Done {
    let watch = Watch { cancel: Some(&control.cancel), progress: None };
    let made = deploy::preview(&of.loaded, of.layout, watch).map_err(|error| error.to_string());
    Done::Export(ExportDone::Planned(of, made))
}

/// Looks whether there is a file at `path`, which was typed as `typed`.
pub fn peek(typed: String, path: &Path) -> Done {
    Done::Export(ExportDone::Peeked(typed, path.symlink_metadata().is_ok()))
}

/// Reads the key in the file that `typed` names for the bundle in `root`.
pub fn read_key(typed: String, path: &Path, root: &Path) -> Done {
    let key = PrivateKey::read_for(path, root).map(|key| key.public()).map_err(|error| error.to_string());
    Done::Export(ExportDone::KeyRead(typed, key))
}

/// Makes a pair of keys.
pub fn make_keys(path: PathBuf, root: &Path) -> Done {
    let made = deploy::create_keys(&path, root).map(|(public, _)| (path, public)).map_err(|error| error.to_string());
    Done::Export(ExportDone::KeysMade(made))
}

/// What an export needs.
pub struct Exporting {
    /// The bundle.
    pub loaded: Arc<Loaded>,
    /// Where the archive is written.
    pub to: PathBuf,
    /// Its layout.
    pub layout: deploy::Layout,
    /// Signs the digests.
    pub key: Option<PathBuf>,
    /// How many saved cases are run again; `None`: none.
    pub tries: Option<Bounds>,
    /// The limits of a call.
    pub limits: Limits,
    /// What latency is judged by.
    pub statistic: Statistic,
}

impl Exporting {
    /// Writes the archive and what lies beside it.
    pub fn carry_out(self, programs: &Programs, control: &Control<Done>) -> Done {
        Done::Export(ExportDone::Written(match self.write(programs, control) {
            Ok(written) => Ok(Box::new(written)),
            Err(_) if control.cancel.is_cancelled() => Err(Failure::Cancelled),
            Err(reason) => Err(Failure::Failed(reason)),
        }))
    }

    fn write(&self, programs: &Programs, control: &Control<Done>) -> Result<Written, String> {
        let bundle = &self.loaded.bundle;
        let key = self.key.as_deref().map(|key| PrivateKey::read_for(key, &bundle.root)).transpose();
        let key = key.map_err(|error| error.to_string())?;
        let mut evidence = Evidence::of_kept_runs(bundle, self.statistic);
        let share_before = if self.tries.is_some() { TRYING } else { 0.0 };
        let told = |referred: &Referred, share: f32| {
            let what = if self.tries.is_some() { "Running cases of" } else { "Looking at" };
            let name = text::one_line(&format!("{}:{}", referred.service, referred.function));
            control.report(format!("{what} {name}"), Some(share * share_before));
        };
        evidence.add(&survey(bundle, programs, &self.limits, self.tries, &control.cancel, told));
        let progress = |share: f32| {
            control.report("Writing the archive", Some(share_before + share * (1.0 - share_before)));
        };
        let watch = Watch { cancel: Some(&control.cancel), progress: Some(&progress) };
        let options = Options { layout: self.layout, evidence: Some(&evidence), key: key.as_ref(), watch };
        let exported = deploy::export(&self.loaded, options, &self.to).map_err(|error| error.to_string())?;
        Ok(Written { exported, signed_by: key.map(|key| key.public().fingerprint()) })
    }
}

fn survey(
    bundle: &Bundle,
    programs: &Programs,
    limits: &Limits,
    tries: Option<Bounds>,
    cancel: &Cancel,
    progress: impl FnMut(&Referred, f32),
) -> Vec<Surveyed> {
    let missing = |service: &str| LoadError { message: format!("There is no module for {service}"), help: None };
    let program_of = |service: &str| -> Result<Arc<Program>, LoadError> {
        let module = bundle.module_of(service).ok_or_else(|| missing(service))?;
        programs.get(&module.path).map(|(program, _)| program)
    };
    Survey { bundle, limits, tries, cancel }.carry_out(program_of, progress)
}

/// Verifies the archive at `path`, with the key in the file `key` where there is one.
pub fn verify(programs: &Programs, path: &Path, key: Option<&Path>, control: &Control<Done>) -> Done {
    let failed = |reason: String| Done::Export(ExportDone::Verified(Err(Failure::Failed(reason))));
    let key = match key.map(PublicKey::read).transpose() {
        Ok(key) => key,
        Err(error) => return failed(error.to_string()),
    };
    control.report("Unpacking", Some(0.0));
    let progress = |share: f32| control.report("Unpacking", Some(share * 0.5));
    let examine = |loaded: Loaded| {
        let root = loaded.bundle.root.clone();
        let examined = examined(&loaded.bundle, programs, control);
        let loaded = platform::complete(loaded, &examined);
        let mut evidence = Evidence::default();
        evidence.add(&survey(&loaded.bundle, programs, &Limits::default(), None, &control.cancel, |_, _| {}));
        programs.forget_below(&root);
        (loaded, evidence)
    };
    let verified = deploy::verify(path, key.as_ref(), &control.cancel, progress, examine);
    Done::Export(ExportDone::Verified(match verified {
        Err(UnpackError::Cancelled) => Err(Failure::Cancelled),
        _ if control.cancel.is_cancelled() => Err(Failure::Cancelled),
        Ok(verified) => Ok((verified, key.map(|key| key.fingerprint()))),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }))
}

fn examined(bundle: &Bundle, programs: &Programs, control: &Control<Done>) -> Vec<Examined> {
    let modules: Vec<_> = super::modules_to_load(bundle).collect();
    let count = modules.len().max(1) as f32;
    let mut examined = Vec::new();
    for (at, module) in modules.into_iter().enumerate() {
        if control.cancel.is_cancelled() {
            break;
        }
        control.report(format!("Loading {}", text::one_line(&module.file)), Some(0.5 + 0.5 * at as f32 / count));
        examined.push(match programs.get(&module.path) {
            Ok((program, _)) => platform::examine(module, Ok(&program)),
            Err(error) => platform::examine(module, Err(error)),
        });
    }
    examined
}

/// Shows a file or a folder with the desktop's own program for it.
pub fn show(path: &Path) -> Done {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut process = Process::new(program);
    process.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let name = text::one_line(&path.display().to_string());
    let shown = match process.status() {
        // Explorer ends with 1 when all is well.
        Ok(status) if status.success() || cfg!(target_os = "windows") => Ok(()),
        Ok(_) => Err(format!("This desktop has no program that shows {name}")),
        Err(error) => Err(format!("{name} cannot be shown, for {program} cannot be started: {error}")),
    };
    Done::Export(ExportDone::Shown(shown))
}
