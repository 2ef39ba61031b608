//! The same module compiled for other purposes than running it fast: kept ready to be compiled once more, and
//! compiled when such code is first wanted. Never used where time is measured.

use std::sync::{Arc, OnceLock};

use crate::bundle::{Choices, FunctionLimits, Inspection};

use super::compiler::{Compiler, Purpose};
use super::convention::{Hints, Source};
use super::engine::LoadError;
use super::outcome::Tier;
use super::program::{Program, Ready};

/// A module and what is known of it.
pub(super) struct Subject {
    bytes: Arc<[u8]>,
    inspection: Inspection,
    declarations: Option<String>,
    choices: Option<Choices>,
}

impl Subject {
    pub(super) fn new(bytes: &[u8], inspection: &Inspection, hints: Hints<'_>) -> Self {
        Self {
            bytes: bytes.into(),
            inspection: inspection.clone(),
            declarations: hints.declarations.map(str::to_owned),
            choices: hints.choices.cloned(),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// What the user noted that a function may use.
    pub(super) fn limits(&self, function: &str) -> Option<&FunctionLimits> {
        self.choices.as_ref().filter(|choices| !choices.limits.is_empty())?.limits(function)
    }

    /// The module on its way to a convention.
    pub(super) fn source<'a>(&'a self, compiler: &'a Compiler) -> Source<'a> {
        let hints = Hints { declarations: self.declarations.as_deref(), choices: self.choices.as_ref() };
        Source { compiler, bytes: &self.bytes, inspection: &self.inspection, hints }
    }
}

/// What was compiled of a module so far, beside the code that runs it.
pub(super) struct Variants {
    subject: Subject,
    counting: OnceLock<Result<Ready, LoadError>>,
    profiling: OnceLock<Result<Ready, LoadError>>,
}

impl Variants {
    pub(super) fn of(subject: Subject) -> Self {
        Self { subject, counting: OnceLock::new(), profiling: OnceLock::new() }
    }

    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl Program {
    /// The module in code that counts instructions, in the state that it is run in.
    pub(super) fn counting(&self) -> Result<&Ready, LoadError> {
        let compiled = self.variants.counting.get_or_init(|| self.compiled_for(Purpose::Counting));
        compiled.as_ref().map_err(Clone::clone)
    }

    /// The same with probes in all functions.
    pub(super) fn profiling(&self) -> Result<&Ready, LoadError> {
        let compiled = self.variants.profiling.get_or_init(|| self.compiled_for(Purpose::Profiling));
        compiled.as_ref().map_err(Clone::clone)
    }

    fn compiled_for(&self, purpose: Purpose) -> Result<Ready, LoadError> {
        let subject = self.variants.subject();
        let compiler = self.engine().compiler_for(purpose, subject.inspection())?;
        self.settle();
        let convention = self.current().convention.compiled_by(&subject.source(compiler))?;
        Ok(Ready::new(convention, Tier::Optimised))
    }
}
