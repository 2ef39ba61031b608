//! Opening a bundle for a command, and loading its modules.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::bundle::{Beside, Bundle, Code, Diagnostic, Loaded, Module, Overlay, Reader, names};
use crate::platform::{self, Examined};
use crate::sandbox::{Engine, Hints, LoadError, Program};

use super::Streams;

/// Reads the bundle at `path`. `Err` holds what makes it unreadable as a whole: a missing folder or
/// manifest.
pub fn bundle(path: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    let loaded = Reader::new(path).read(&Overlay::default());
    let fatal: Vec<Diagnostic> = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| matches!(diagnostic.code, Code::FolderUnreadable | Code::ManifestMissing))
        .cloned()
        .collect();
    if fatal.is_empty() { Ok(loaded) } else { Err(fatal) }
}

/// The bundle at `path` with the problems that only loading its modules reveals. `Err` as [`bundle`].
pub fn examined(path: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    examined_with(path, &mut Programs::new())
}

/// As [`examined`], with programs that stay loaded for what comes after it.
pub fn examined_with(path: &Path, programs: &mut Result<Programs, LoadError>) -> Result<Loaded, Vec<Diagnostic>> {
    let loaded = bundle(path)?;
    let programs = match programs {
        Ok(programs) => programs,
        Err(error) => {
            let diagnostic = Diagnostic::new(Code::ModuleUnusable, "", error.message.clone());
            return Ok(Loaded { diagnostics: [loaded.diagnostics, vec![diagnostic]].concat(), ..loaded });
        }
    };
    let examined: Vec<Examined> = loaded
        .bundle
        .modules
        .iter()
        .filter(|module| module.inspection.is_ok() && loaded.bundle.service(&module.service).is_some())
        .map(|module| match programs.of_module(module) {
            Ok(program) => platform::examine(module, Ok(&program)),
            Err(error) => platform::examine(module, Err(error)),
        })
        .collect();
    Ok(platform::complete(loaded, &examined))
}

/// Says on standard error why a bundle cannot be read.
pub fn explain_unreadable(diagnostics: &[Diagnostic], streams: &mut Streams<'_>) -> std::io::Result<()> {
    for diagnostic in diagnostics {
        writeln!(streams.err, "{}", diagnostic.message)?;
        if let Some(help) = &diagnostic.help {
            writeln!(streams.err, "  {help}")?;
        }
    }
    Ok(())
}

/// Modules loaded once a command.
pub struct Programs {
    engine: Engine,
    loaded: HashMap<String, Result<Arc<Program>, LoadError>>,
}

impl Programs {
    /// Starts the engine.
    ///
    /// # Errors
    /// When the machine cannot run it.
    pub fn new() -> Result<Self, LoadError> {
        Ok(Self { engine: Engine::for_user()?, loaded: HashMap::new() })
    }

    /// The engine that the modules are loaded into.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The program of the service named `service`.
    ///
    /// # Errors
    /// When the bundle has no such module, or it cannot be read or loaded.
    pub fn of(&mut self, bundle: &Bundle, service: &str) -> Result<Arc<Program>, LoadError> {
        let module = module_of(bundle, service)?;
        let named =
            |error: LoadError| LoadError { message: format!("{}: {}", module.file, error.message), help: error.help };
        self.of_module(module).map_err(named)
    }

    /// The program of a module.
    ///
    /// # Errors
    /// When it cannot be read or loaded.
    pub fn of_module(&mut self, module: &Module) -> Result<Arc<Program>, LoadError> {
        if let Some(result) = self.loaded.get(&module.file) {
            return result.clone();
        }
        let result = load(&self.engine, module).map(Arc::new);
        self.loaded.insert(module.file.clone(), result.clone());
        result
    }
}

/// The module of the service named `service`.
///
/// # Errors
/// When the bundle has none.
pub fn module_of<'a>(bundle: &'a Bundle, service: &str) -> Result<&'a Module, LoadError> {
    bundle.module_of(service).ok_or_else(|| {
        let near = names::nearest(service, bundle.modules.iter().map(|module| module.service.as_str()));
        let help = match near.first() {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("put the compiled module at wasm/{service}.wasm"),
        };
        LoadError { message: format!("the bundle has no module for `{service}`"), help: Some(help) }
    })
}

/// Reads and loads a module.
///
/// # Errors
/// When it cannot be read or loaded.
pub fn load(engine: &Engine, module: &Module) -> Result<Program, LoadError> {
    let inspection =
        module.inspection.as_ref().map_err(|message| LoadError { message: message.clone(), help: None })?;
    let bytes = std::fs::read(&module.path)
        .map_err(|error| LoadError { message: format!("the file cannot be read: {error}"), help: None })?;
    let beside = Beside::of(&module.path);
    if let Some(problem) = &beside.problem {
        return Err(LoadError { message: problem.to_string(), help: Some("Mend the file, or remove it".into()) });
    }
    engine.load_quickly(&bytes, inspection, Hints::from(&beside))
}
