//! Looking for the smallest limits of a function, and noting them.

use std::path::Path;
use std::sync::Arc;

use crate::bundle::cases;
use crate::bundle::{Case, FunctionLimits, Loaded, Settings as BundleSettings};
use crate::measure::{self, Needy};
use crate::sandbox::Limits;
use crate::workbench::callable::FunctionKey;
use crate::workbench::jobs::Control;
use crate::workbench::programs::Programs;

use super::Done;

/// Runs the saved cases of a function under smaller and smaller limits.
pub fn find(
    programs: &Programs,
    loaded: &Arc<Loaded>,
    key: FunctionKey,
    limits: &Limits,
    control: &Control<Done>,
) -> Done {
    let bundle = &loaded.bundle;
    let (located, _) = cases::located(&bundle.root, &key.service, &key.function);
    let cases: Vec<Case> = located.into_iter().map(|located| located.case).collect();
    let module = bundle.module_of(&key.service).ok_or_else(|| format!("There is no module for {}", key.service));
    let found = module.and_then(|module| {
        let (program, _) = programs.get(&module.path).map_err(|error| error.message)?;
        let needy = Needy { program: &program, function: &key.function, cases: &cases, limits };
        let progress = |doing: &str, share| control.report(doing, Some(share));
        measure::headroom(needy, &control.cancel, progress).map_err(|error| error.to_string())
    });
    Done::Headroom(key, Box::new(found))
}

/// Notes limits of a function in the settings of the bundle at `root`.
pub fn note(root: &Path, key: &FunctionKey, limits: &FunctionLimits) -> Done {
    let noted = BundleSettings::note_limits(root, &key.service, &key.function, limits);
    Done::LimitsNoted(noted.map_err(|error| error.to_string()))
}
