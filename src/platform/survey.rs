//! What loading its modules, and running saved cases again where that is wanted, tells of each function that a bundle
//! refers to: how it is called, what it may use, whether it answers the same again. Writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::bundle::cases::{self, Case};
use crate::bundle::settings::Choices;
use crate::bundle::{Beside, Bundle};
use crate::sandbox::{Cancel, Limits, LoadError, Program};

use super::determinism::{self, Determinism, Referred};

/// How much is tried, so that a survey ends whatever functions do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Saved cases of one function, the first ones by name.
    pub cases: usize,
    /// After this time no further case is begun.
    pub time: Duration,
}

impl Default for Bounds {
    /// 5 cases a function, a minute in all.
    fn default() -> Self {
        Self { cases: 5, time: Duration::from_secs(60) }
    }
}

/// What a survey does.
pub struct Survey<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// What an invocation may use where the bundle's settings say nothing of its function.
    pub limits: &'a Limits,
    /// How many saved cases are run again; `None`: nothing is run.
    pub tries: Option<Bounds>,
    /// Ends the survey.
    pub cancel: &'a Cancel,
}

/// What was found out about a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Surveyed {
    /// The function.
    pub referred: Referred,
    /// How it is called; `None` where its module cannot be loaded.
    pub convention: Option<Convention>,
    /// What one invocation may use.
    pub limits: Limits,
    /// Whether the bundle's settings say so for this function.
    pub has_own_limits: bool,
    /// Whether it answers the same again; `None` where nothing was run.
    pub tried: Option<Tried>,
}

/// How a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convention {
    /// Its name: `wasm-bindgen`.
    pub name: String,
    /// What it was recognised by.
    pub evidence: String,
    /// Whether the bundle's settings or declarations beside the module had a say in it.
    pub is_chosen: bool,
}

/// What running cases of a function again showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Of all cases together: the worst of theirs.
    pub verdict: Verdict,
    /// How many cases were run.
    pub run: usize,
    /// How many there are.
    pub cases: usize,
    /// What was seen, a line for each finding with the names of its cases.
    pub details: Vec<String>,
}

/// Whether a function answers the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No case was run.
    NotTried,
    /// The same, whatever time it is.
    Deterministic,
    /// The same with the same time and random numbers, and another answer with others.
    DependsOnOutside,
    /// Another answer under the same conditions.
    NotDeterministic,
}

impl Convention {
    fn of(words: &str, is_chosen: bool) -> Self {
        let (name, rest) = words.split_once(": ").unwrap_or((words, ""));
        // What comes behind tells how ready the code is at the moment, which is no matter of the function.
        let evidence = rest.split("; ").next().unwrap_or_default();
        Self { name: name.to_owned(), evidence: evidence.to_owned(), is_chosen }
    }
}

impl Verdict {
    /// The verdict in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotTried => "not tried",
            Self::Deterministic => "deterministic",
            Self::DependsOnOutside => "depends on time or random numbers",
            Self::NotDeterministic => "not deterministic",
        }
    }

    fn of(determinism: &Determinism) -> Self {
        match determinism {
            Determinism { difference: Some(_), .. } => Self::NotDeterministic,
            Determinism { depends_on_outside: true, .. } => Self::DependsOnOutside,
            _ => Self::Deterministic,
        }
    }
}

impl Survey<'_> {
    /// Looks at one function after the other. `program_of` loads the module of a service; `progress` is told what is
    /// looked at and which share (0 to 1) is done. What was found until it is cancelled is given.
    pub fn carry_out(
        &self,
        mut program_of: impl FnMut(&str) -> Result<Arc<Program>, LoadError>,
        mut progress: impl FnMut(&Referred, f32),
    ) -> Vec<Surveyed> {
        let referred = determinism::referred(self.bundle);
        let count = referred.len().max(1) as f32;
        let begun = Instant::now();
        let mut found = Vec::new();
        for (at, referred) in referred.into_iter().enumerate() {
            if self.cancel.is_cancelled() {
                break;
            }
            progress(&referred, at as f32 / count);
            let program = program_of(&referred.service).ok();
            found.push(self.look_at(referred, program.as_deref(), begun));
        }
        found
    }

    fn look_at(&self, referred: Referred, program: Option<&Program>, begun: Instant) -> Surveyed {
        let module = self.bundle.module_of(&referred.service);
        let beside = module.map(|module| Beside::of(&module.path)).unwrap_or_default();
        let choices = &beside.choices;
        let has_choices = Choices { limits: BTreeMap::new(), ..choices.clone() } != Choices::default();
        let is_chosen = beside.declarations.is_some() || has_choices;
        let has_own_limits = choices.limits(&referred.function).is_some();
        let limits = program.map_or_else(
            || self.limits.clone(),
            |program| program.limits(&referred.function, self.limits).into_owned(),
        );
        let convention = program.map(|program| Convention::of(&program.convention(), is_chosen));
        let tried = self.tries.map(|bounds| self.try_cases(&referred, program, bounds, begun));
        Surveyed { referred, convention, limits, has_own_limits, tried }
    }

    fn try_cases(&self, referred: &Referred, program: Option<&Program>, bounds: Bounds, begun: Instant) -> Tried {
        let cases = cases::cases_of(&self.bundle.root, &referred.service, &referred.function);
        let mut found: Vec<(Case, Determinism)> = Vec::new();
        let mut stopped = None;
        if let Some(program) = program {
            program.settle();
            for case in cases.iter().take(bounds.cases) {
                if begun.elapsed() >= bounds.time {
                    stopped = Some(format!("the time for trying was over after {} s", bounds.time.as_secs()));
                    break;
                }
                let input = case.input.to_string();
                let determinism = determinism::examine(|conditions| {
                    program.invoke_under(&referred.function, input.as_bytes(), self.limits, self.cancel, conditions)
                });
                if self.cancel.is_cancelled() {
                    stopped = Some("trying was cancelled".to_owned());
                    break;
                }
                found.push((case.clone(), determinism));
            }
        }
        let verdict = found.iter().map(|(_, determinism)| Verdict::of(determinism)).max().unwrap_or(Verdict::NotTried);
        let mut details = details(&found);
        details.extend(match (cases.is_empty(), program) {
            (true, _) => Some("there is no saved case".to_owned()),
            (false, None) => Some("its module cannot be loaded".to_owned()),
            (false, Some(_)) => stopped,
        });
        Tried { verdict, run: found.len(), cases: cases.len(), details }
    }
}

/// Each thing that was seen, with the cases that showed it.
fn details(found: &[(Case, Determinism)]) -> Vec<String> {
    let mut by_words: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (case, determinism) in found {
        by_words.entry(determinism.in_words()).or_default().push(&case.name);
    }
    by_words.into_iter().map(|(words, names)| format!("{}: {words}", names.join(", "))).collect()
}
