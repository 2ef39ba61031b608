//! Modules compiled and linked once, so that a call in a fresh instance costs microseconds.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use crate::bundle::names;

use super::convention::{Callable, Convention, Profile};
use super::engine::Engine;
use super::invocation::{Ended, Invocation};
use super::outcome::{Fault, FaultKind, Outcome, Tier};
use super::outside::{Conditions, Outside, Recording};
use super::recipe::Recipe;
use super::session::Session;
use super::variant::{Subject, Variants};
use super::{Cancel, Limits, fault, json};

/// A module compiled, linked and ready: every invocation makes a fresh instance of it.
///
/// Shared between threads by reference, and cheap to clone; each invocation is independent of all others.
#[derive(Clone)]
pub struct Program {
    engine: Engine,
    tiers: Arc<Tiers>,
    /// The same module in code for other purposes than running it.
    pub(super) variants: Arc<Variants>,
}

/// The module as it was first compiled, and as it is compiled better in the background.
struct Tiers {
    first: Ready,
    better: OnceLock<Option<Ready>>,
    compiling: Mutex<Option<JoinHandle<()>>>,
}

/// A module prepared by one compiler.
pub(super) struct Ready {
    pub(super) convention: Arc<dyn Convention>,
    names: Names,
    pub(super) tier: Tier,
}

/// An exported function that cannot be invoked with JSON, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name in the module.
    pub function: String,
    /// Why, in one sentence.
    pub reason: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Something that a module does not tell and that the sandbox assumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The function that it concerns, by its name in the module.
    pub function: String,
    /// What is assumed and why, in one sentence.
    pub message: String,
    /// The word for what is assumed.
    pub assumed: &'static str,
    /// What it could be instead; empty where nothing else is possible.
    pub alternatives: Vec<Alternative>,
}

/// One way to call a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The word that chooses it in the bundle's settings.
    pub word: &'static str,
    /// What it means, for people.
    pub label: String,
}

/// What to do about an assumption ([`Program::assumptions`]).
pub const SETTLE_AN_ASSUMPTION: &str = "The .d.ts file that the toolchain writes (asc --bindings, wasm-pack) settles it: put it beside the module, under the module's name. Or choose in .workbench/settings.yaml";

/// Positions of functions by exact name and by their name in snake_case.
struct Names {
    exact: HashMap<String, usize>,
    snake: HashMap<String, usize>,
}

impl Program {
    pub(super) fn new(engine: Engine, convention: Arc<dyn Convention>, subject: Subject) -> Self {
        let tiers = Tiers {
            first: Ready::new(convention, Tier::Optimised),
            better: OnceLock::new(),
            compiling: Mutex::new(None),
        };
        Self { engine, tiers: Arc::new(tiers), variants: Arc::new(Variants::of(subject)) }
    }

    /// A program that runs `quick` code while it compiles the module once more in the background.
    pub(super) fn improving(engine: Engine, quick: Arc<dyn Convention>, subject: Subject) -> Self {
        let tiers = Arc::new(Tiers {
            first: Ready::new(quick, Tier::Baseline),
            better: OnceLock::new(),
            compiling: Mutex::new(None),
        });
        let variants = Arc::new(Variants::of(subject));
        let (compiler, goal, source) = (engine.clone(), Arc::downgrade(&tiers), Arc::clone(&variants));
        let compiling = std::thread::Builder::new().name("compiler".into()).spawn(move || {
            let better = compiler.prepare(source.subject()).ok();
            if let Some(tiers) = goal.upgrade() {
                let _ = tiers.better.set(better.map(|better| Ready::new(better, Tier::Optimised)));
            }
        });
        match compiling {
            Ok(compiling) => *tiers.compiling() = Some(compiling),
            Err(_) => {
                let _ = tiers.better.set(None);
            }
        }
        Self { engine, tiers, variants }
    }

    /// Waits until the module runs as fast as it will: all that is compiled or prepared in the
    /// background is ready. Times are worth measuring only then.
    pub fn settle(&self) {
        let compiling = self.tiers.compiling().take();
        if let Some(compiling) = compiling {
            // One that panicked leaves the first code in use.
            let _ = compiling.join();
        }
        self.current().convention.settle();
    }

    /// The best code there is by now.
    pub(super) fn current(&self) -> &Ready {
        match self.tiers.better.get() {
            Some(Some(better)) => better,
            _ => &self.tiers.first,
        }
    }

    fn profile(&self) -> &Profile {
        self.current().convention.profile()
    }

    /// The functions that can be invoked, by their names in the module, in its order.
    pub fn functions(&self) -> Vec<String> {
        self.profile().functions.iter().map(|function| function.name.clone()).collect()
    }

    /// Exported functions that cannot be invoked with JSON, and why.
    pub fn refused(&self) -> &[Refused] {
        &self.profile().refused
    }

    /// Further names by which functions are found, beside the spellings of their own: each with the
    /// function's name in the module. `createUser` for `api.createUser`, where no other has it.
    pub fn aliases(&self) -> Vec<(String, String)> {
        let ready = self.current();
        let functions = &self.profile().functions;
        let known = ready.names.exact.iter().chain(&ready.names.snake);
        let mut aliases: Vec<(String, String)> = known
            .filter_map(|(alias, at)| Some((alias.clone(), functions.get(*at)?.name.clone())))
            .filter(|(alias, name)| !names::same_function(alias, name))
            .collect();
        aliases.sort();
        aliases.dedup();
        aliases
    }

    /// Whether the module answers to every name: a program that gets the function's name as an argument.
    pub fn answers_to_any_name(&self) -> bool {
        self.profile().any_name
    }

    /// What the module does not say and the sandbox assumes. Empty where nothing is in doubt.
    pub fn assumptions(&self) -> &[Assumption] {
        &self.profile().assumptions
    }

    /// The assumptions that concern `function`, in either spelling.
    pub fn assumptions_about(&self, function: &str) -> Vec<Assumption> {
        match self.current().find(function) {
            Ok((_, callable)) => {
                let about = |assumption: &&Assumption| assumption.function == callable.name;
                self.assumptions().iter().filter(about).cloned().collect()
            }
            Err(_) => Vec::new(),
        }
    }

    /// A line that names the calling convention and what it was recognised by.
    pub fn convention(&self) -> String {
        let profile = self.profile();
        format!("{}: {}", profile.name, profile.evidence)
    }

    /// The position of `function`, in either spelling, in [`Program::functions`].
    ///
    /// # Errors
    /// A fault that says why it cannot be called.
    pub fn position(&self, function: &str) -> Result<usize, Fault> {
        self.current().find(function).map(|(at, _)| at)
    }

    /// How the functions are called, as plain data. There is none for a module that needs more of its host than
    /// memory and calls: a world of JavaScript values, a kernel, standard input.
    pub fn recipe(&self) -> Option<Recipe> {
        self.current().convention.recipe()
    }

    /// What an invocation of `function` may use under `limits`: where the bundle's settings note limits for it, those
    /// hold. Every invocation keeps to this.
    pub fn limits<'a>(&self, function: &str, limits: &'a Limits) -> Cow<'a, Limits> {
        match self.variants.subject().limits(function) {
            Some(own) => Cow::Owned(limits.with(own)),
            None => Cow::Borrowed(limits),
        }
    }

    /// Calls `function` (camelCase or snake_case) with `input` in a fresh instance and waits for the end.
    ///
    /// Never panics and never takes much longer than `limits.time`; whatever goes wrong is in the
    /// outcome. Where as many invocations run as the engine has room for (64), it waits for one to
    /// end before its time begins.
    pub fn invoke(&self, function: &str, input: &[u8], limits: &Limits, cancel: &Cancel) -> Outcome {
        let (ready, limits) = (self.current(), &*self.limits(function, limits));
        let at = match ready.check(function, input, limits) {
            Ok(at) => at,
            Err(fault) => return Outcome::not_begun(fault),
        };
        let _slot = self.engine.slot();
        let _running = self.engine.run();
        let convention = &ready.convention;
        let mut invocation = Invocation::begin(convention.engine(), (function, input), limits, cancel);
        let answer = convention.instantiate(&mut invocation.store).and_then(|()| convention.call(at, &mut invocation));
        invocation.end(answer, ready.tier).outcome
    }

    /// Like [`Program::invoke`], under conditions of the caller's choice; gives what the function took
    /// from outside, which can be replayed.
    pub fn invoke_under(
        &self,
        function: &str,
        input: &[u8],
        limits: &Limits,
        cancel: &Cancel,
        conditions: Conditions,
    ) -> (Outcome, Recording) {
        let (ready, limits) = (self.current(), &*self.limits(function, limits));
        let at = match ready.check(function, input, limits) {
            Ok(at) => at,
            Err(fault) => return (Outcome::not_begun(fault), Recording::default()),
        };
        let _slot = self.engine.slot();
        let _running = self.engine.run();
        let invocation = Invocation::begin(ready.convention.engine(), (function, input), limits, cancel);
        let (ended, recording) = ready.call_under(at, invocation, conditions);
        (ended.outcome, recording)
    }

    /// Invocations that share one instance.
    pub fn session(&self) -> Session {
        Session::new(self.clone())
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }
}

impl Names {
    /// A function of an object (`api.createUser`) is found by its own name too, where no other has it.
    fn add_short(&mut self, functions: &[Callable]) {
        let mut short: HashMap<String, Option<usize>> = HashMap::new();
        for (at, function) in functions.iter().enumerate() {
            if let Some((_, own)) = function.name.rsplit_once('.') {
                short.entry(names::snake_case(own)).and_modify(|found| *found = None).or_insert(Some(at));
            }
        }
        for (own, at) in short {
            if let Some(at) = at {
                self.snake.entry(own).or_insert(at);
            }
        }
    }
}

impl Tiers {
    fn compiling(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.compiling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready {
    pub(super) fn new(convention: Arc<dyn Convention>, tier: Tier) -> Self {
        let mut names = Names { exact: HashMap::new(), snake: HashMap::new() };
        for (at, function) in convention.profile().functions.iter().enumerate() {
            names.exact.insert(function.name.clone(), at);
            names.snake.entry(names::snake_case(&function.name)).or_insert(at);
        }
        // The usual spellings are found without being rewritten at each call. An exact match wins.
        for (at, function) in convention.profile().functions.iter().enumerate() {
            for spelling in [names::camel_case(&function.name), names::snake_case(&function.name)] {
                if names.snake.get(&names::snake_case(&spelling)) == Some(&at) {
                    names.exact.entry(spelling).or_insert(at);
                }
            }
        }
        for (alias, at) in &convention.profile().aliases {
            names.exact.entry(alias.clone()).or_insert(*at);
            names.snake.entry(names::snake_case(alias)).or_insert(*at);
        }
        names.add_short(&convention.profile().functions);
        Self { convention, names, tier }
    }

    /// The position of `function`, if it can be called with this input.
    pub(super) fn check(&self, function: &str, input: &[u8], limits: &Limits) -> Result<usize, Fault> {
        let (at, callable) = self.find(function)?;
        check_input(callable, input, limits)?;
        Ok(at)
    }

    /// Calls the function at this position under conditions of the caller's choice, from the instance on.
    pub(super) fn call_under(
        &self,
        function: usize,
        mut invocation: Invocation<'_>,
        conditions: Conditions,
    ) -> (Ended, Recording) {
        let outside = Outside::under(conditions);
        invocation.store.data_mut().outside = outside.clone();
        let answer = self.convention.instantiate(&mut invocation.store).and_then(|()| {
            invocation.meet_mishap();
            self.convention.call(function, &mut invocation)
        });
        (invocation.end(answer, self.tier), outside.recording())
    }

    fn find(&self, name: &str) -> Result<(usize, &Callable), Fault> {
        let Profile { functions, any_name, .. } = self.convention.profile();
        if let (true, Some(only)) = (any_name, functions.first()) {
            return Ok((0, only));
        }
        let at = self.names.exact.get(name).or_else(|| self.names.snake.get(&names::snake_case(name)));
        match at.and_then(|at| functions.get(*at).map(|callable| (*at, callable))) {
            Some(found) => Ok(found),
            None => Err(self.no_such_function(name)),
        }
    }

    fn no_such_function(&self, name: &str) -> Fault {
        let profile = self.convention.profile();
        if let Some(refused) = profile.refused.iter().find(|refused| names::same_function(name, &refused.function)) {
            let message = format!("`{}` cannot be called with JSON: {}", refused.function, refused.reason);
            return Fault { help: refused.help.clone(), ..fault::plain(FaultKind::NoSuchFunction, message) };
        }
        let callable = profile.functions.iter().map(|function| function.name.as_str());
        let near = names::nearest(name, callable.clone());
        let help = if !near.is_empty() {
            format!("Did you mean {}?", near.join(", "))
        } else if profile.functions.is_empty() {
            "The module exports no function that can be called with JSON".to_owned()
        } else {
            format!("The module exports {}", callable.take(10).collect::<Vec<_>>().join(", "))
        };
        let message = format!("The module exports no function `{name}`");
        Fault { help: Some(help), ..fault::plain(FaultKind::NoSuchFunction, message) }
    }
}

fn check_input(callable: &Callable, input: &[u8], limits: &Limits) -> Result<(), Fault> {
    if input.len() as u64 > limits.input {
        let message = format!(
            "The input has {}, and the limit is {}",
            fault::bytes(input.len() as u64),
            fault::bytes(limits.input)
        );
        let help = Some("Send less, or raise the limit of the input".to_owned());
        return Err(Fault { help, ..fault::plain(FaultKind::InputTooLarge, message) });
    }
    if !callable.takes_input && input.trim_ascii().is_empty() {
        return Ok(());
    }
    json::check(input).map(|_| ()).map_err(|reason| {
        let help = Some("Write the input as one JSON document, for instance {\"name\": \"Ada\"}".to_owned());
        Fault { help, ..fault::plain(FaultKind::InputNotJson, format!("The input is not JSON: {reason}")) }
    })
}
