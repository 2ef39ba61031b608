//! The engine and the modules that were loaded, kept until they change. Used by workers only: loading
//! takes long.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::bundle::{Beside, Inspection, files};
use crate::sandbox::{Engine, Hints, LoadError, Program};

use super::text;

/// Larger modules are not loaded.
const LARGEST_MODULE: u64 = 512 << 20;

/// The engine and the modules loaded so far. One for the whole program.
#[derive(Default)]
pub struct Programs {
    engine: OnceLock<Result<Engine, LoadError>>,
    loaded: Mutex<HashMap<PathBuf, Loaded>>,
    /// Held while a module is loaded, so that two jobs do not load the same one twice.
    loading: Mutex<()>,
}

struct Loaded {
    facts: Facts,
    program: Result<Arc<Program>, LoadError>,
}

/// What a program depends on.
#[derive(PartialEq)]
struct Facts {
    file: files::Facts,
    beside: Beside,
}

impl Facts {
    fn of(path: &Path) -> Result<Self, LoadError> {
        let facts = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self { file: files::Facts::of(&facts), beside: Beside::of(path) })
    }
}

impl Programs {
    /// The module at `path`, loaded; the second value is how long that took, where it had to be done.
    ///
    /// # Errors
    /// When the file cannot be read or its module cannot be loaded.
    pub fn get(&self, path: &Path) -> Result<(Arc<Program>, Option<Duration>), LoadError> {
        if let Some(program) = self.known(path) {
            return Ok((program?, None));
        }
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = self.known(path) {
            return Ok((program?, None));
        }
        let begun = Instant::now();
        let facts = Facts::of(path)?;
        let program = self.load(path, &facts).map(Arc::new);
        self.lock().insert(path.into(), Loaded { facts, program: program.clone() });
        Ok((program?, Some(begun.elapsed())))
    }

    /// The module at `path`, or why it cannot be loaded, if that was found out before and nothing changed since.
    pub fn known(&self, path: &Path) -> Option<Result<Arc<Program>, LoadError>> {
        let facts = Facts::of(path).ok()?;
        self.lock().get(path).filter(|known| known.facts == facts).map(|known| known.program.clone())
    }

    fn load(&self, path: &Path, facts: &Facts) -> Result<Program, LoadError> {
        if let Some(problem) = &facts.beside.problem {
            return Err(LoadError { message: problem.to_string(), help: Some("Mend the file, or remove it".into()) });
        }
        let refuse = |what: String| LoadError { message: what, help: Some("Build the module again".into()) };
        if facts.file.size > LARGEST_MODULE {
            return Err(refuse(format!("The module is larger than {}", text::bytes(LARGEST_MODULE))));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        let inspection = Inspection::read(&bytes).map_err(refuse)?;
        self.engine()?.load_quickly(&bytes, &inspection, Hints::from(&facts.beside))
    }

    /// A module whose only function does nothing: what its call takes is the sandbox's own cost.
    pub fn no_op(&self) -> Option<Program> {
        self.engine().ok()?.no_op().ok()
    }

    /// Drops the modules whose files are below `root`.
    pub fn forget_below(&self, root: &Path) {
        self.lock().retain(|path, _| !path.starts_with(root));
    }

    /// Drops all modules.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn engine(&self) -> Result<&Engine, LoadError> {
        self.engine.get_or_init(Engine::for_user).as_ref().map_err(Clone::clone)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Loaded>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> LoadError {
    LoadError {
        message: format!("{} cannot be read: {error}", path.display()),
        help: Some("Build the module again".into()),
    }
}
