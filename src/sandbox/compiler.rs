//! Compiling modules, at most once: what was compiled before comes from the cache on disk.
//! Never runs anything.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use wasmtime::Module;
use wasmtime::component::Component;

use super::bounds;
use super::cache::{Cache, Key};
use super::engine::LoadError;
use super::outcome::Tier;
use super::probe::{self, Extent};

/// Changes whenever probes are put in otherwise than before.
const PROBES: u8 = 1;

/// What code is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// Running, and measuring time.
    Running,
    /// Counting instructions.
    Counting,
    /// Counting them function by function.
    Profiling,
}

/// An engine that compiles, and the cache of what it compiled. Cheap to clone.
#[derive(Clone)]
pub(super) struct Compiler {
    engine: wasmtime::Engine,
    cache: Option<Arc<Cache>>,
    tier: Tier,
    purpose: Purpose,
    /// What the compiled code depends on besides the module: the engine's version and its settings.
    settings: u64,
}

impl Compiler {
    pub(super) fn new(engine: wasmtime::Engine, cache: Option<Arc<Cache>>, tier: Tier) -> Self {
        Self::compiling_for(Purpose::Running, engine, cache, tier)
    }

    /// A compiler for another purpose than running; `engine` must be configured for it.
    pub(super) fn compiling_for(
        purpose: Purpose,
        engine: wasmtime::Engine,
        cache: Option<Arc<Cache>>,
        tier: Tier,
    ) -> Self {
        let mut hasher = SettingsHasher(0xcbf2_9ce4_8422_2325);
        engine.precompile_compatibility_hash().hash(&mut hasher);
        // Code with probes is another module's code.
        PROBES.hash(&mut hasher);
        purpose.hash(&mut hasher);
        let settings = hasher.finish();
        Self { engine, cache, tier, purpose, settings }
    }

    pub(super) fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }

    pub(super) fn tier(&self) -> Tier {
        self.tier
    }

    /// Compiles a core module.
    ///
    /// # Errors
    /// When the bytes are not a module that the engine takes.
    pub(super) fn module(&self, bytes: &[u8]) -> Result<Module, LoadError> {
        if let Some(module) = self.cached_module(bytes) {
            return Ok(module);
        }
        bounds::check(bytes)?;
        let probed = self.probed(bytes)?;
        let module = Module::new(&self.engine, probed.as_deref().unwrap_or(bytes))
            .map_err(|error| does_not_compile("module", &error))?;
        if self.cache.is_some()
            && let Ok(code) = module.serialize()
        {
            self.remember("module", bytes, &code);
        }
        Ok(module)
    }

    /// The module with the probes that the purpose needs, where it needs any.
    fn probed(&self, bytes: &[u8]) -> Result<Option<Vec<u8>>, LoadError> {
        let extent = match self.purpose {
            Purpose::Running => return Ok(None),
            Purpose::Counting => Extent::Exceptions,
            Purpose::Profiling => Extent::Functions,
        };
        probe::rewritten(bytes, extent).map_err(|reason| {
            LoadError::new(
                format!("The module cannot be rewritten to count its instructions: {reason}"),
                "It runs without being counted",
            )
        })
    }

    /// A core module that was compiled before.
    pub(super) fn cached_module(&self, bytes: &[u8]) -> Option<Module> {
        let code = self.recall("module", bytes)?;
        #[expect(
            unsafe_code,
            reason = "the only way to load compiled code; the cache returns nothing but what it holds the seal of"
        )]
        // SAFETY: the code was made by `Module::serialize` of an engine with this version and these
        // settings: both are part of the key, and the cache verified its own seal over the bytes.
        let module = unsafe { Module::deserialize(&self.engine, code) };
        module.ok()
    }

    /// Compiles a component.
    ///
    /// # Errors
    /// When the bytes are not a component that the engine takes.
    pub(super) fn component(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        if let Some(code) = self.recall("component", bytes) {
            #[expect(unsafe_code, reason = "as for modules")]
            // SAFETY: as for modules.
            let component = unsafe { Component::deserialize(&self.engine, code) };
            if let Ok(component) = component {
                return Ok(component);
            }
        }
        bounds::check(bytes)?;
        let component = Component::new(&self.engine, bytes).map_err(|error| does_not_compile("component", &error))?;
        if self.cache.is_some()
            && let Ok(code) = component.serialize()
        {
            self.remember("component", bytes, &code);
        }
        Ok(component)
    }

    /// What [`Compiler::remember`] stored under `kind` for these bytes.
    pub(super) fn recall(&self, kind: &str, of: &[u8]) -> Option<Vec<u8>> {
        self.cache.as_ref()?.get(&self.key(kind, of))
    }

    /// Stores what was derived from `of`, for the next start of the program. Where that fails, it is
    /// derived again.
    pub(super) fn remember(&self, kind: &str, of: &[u8], derived: &[u8]) {
        if let Some(cache) = &self.cache {
            cache.put(&self.key(kind, of), derived);
        }
    }

    /// Notes that what a convention derives from a module is in the cache, even where the module's own
    /// code is not.
    pub(super) fn note_prepared(&self, of: &[u8]) {
        self.remember("prepared", of, b"prepared");
    }

    /// Whether fast code for the module is in the cache, or what stands for it.
    pub(super) fn is_prepared(&self, bytes: &[u8]) -> bool {
        self.recall("prepared", bytes).is_some() || self.cached_module(bytes).is_some()
    }

    fn key(&self, kind: &str, of: &[u8]) -> Key {
        Key::new(kind, self.settings, of)
    }
}

fn does_not_compile(what: &str, error: &wasmtime::Error) -> LoadError {
    LoadError::new(
        format!("The {what} does not compile: {error:#}"),
        "Build it again; where it needs a WebAssembly feature that the sandbox lacks, turn that feature off",
    )
}

/// FNV-1a: the same value in every run and build, which the standard library's hasher does not promise.
struct SettingsHasher(u64);

impl Hasher for SettingsHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
