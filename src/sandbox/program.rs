//! Modules compiled and linked once, so that a call in a fresh instance costs microseconds.

use std::collections::HashMap;
use std::sync::Arc;

use crate::bundle::names;

use super::convention::{Callable, Convention};
use super::engine::Engine;
use super::invocation::Invocation;
use super::outcome::{Fault, FaultKind, Outcome};
use super::{Cancel, Limits, fault, json};

/// A module compiled, linked and ready: every invocation makes a fresh instance of it.
///
/// Shared between threads by reference, and cheap to clone; each invocation is independent of all others.
#[derive(Clone)]
pub struct Program {
    engine: Engine,
    convention: Arc<dyn Convention>,
    names: Arc<Names>,
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

/// What to do about an assumption ([`Program::assumptions`]).
pub const SETTLE_AN_ASSUMPTION: &str = "The .d.ts file that the toolchain writes (asc --bindings, wasm-pack) settles it: put it beside the module, under the module's name";

/// Positions of functions by exact name and by their name in snake_case.
struct Names {
    exact: HashMap<String, usize>,
    snake: HashMap<String, usize>,
}

impl Program {
    pub(super) fn new(engine: Engine, convention: Arc<dyn Convention>) -> Self {
        let functions = &convention.profile().functions;
        let mut names = Names { exact: HashMap::new(), snake: HashMap::new() };
        for (at, function) in functions.iter().enumerate() {
            names.exact.insert(function.name.clone(), at);
            names.snake.entry(names::snake_case(&function.name)).or_insert(at);
        }
        Self { engine, convention, names: Arc::new(names) }
    }

    /// The functions that can be invoked, by their names in the module, in its order.
    pub fn functions(&self) -> Vec<String> {
        self.convention.profile().functions.iter().map(|function| function.name.clone()).collect()
    }

    /// Exported functions that cannot be invoked with JSON, and why.
    pub fn refused(&self) -> &[Refused] {
        &self.convention.profile().refused
    }

    /// What the module does not say and the sandbox assumes, a sentence each. Empty where nothing is in doubt.
    pub fn assumptions(&self) -> &[String] {
        &self.convention.profile().assumptions
    }

    /// The assumptions that concern `function`, in either spelling.
    pub fn assumptions_about(&self, function: &str) -> Vec<String> {
        let name = match self.find(function) {
            Ok((_, callable)) => format!("`{}`", callable.name),
            Err(_) => return Vec::new(),
        };
        self.assumptions().iter().filter(|assumption| assumption.starts_with(&name)).cloned().collect()
    }

    /// A line that names the calling convention and what it was recognised by.
    pub fn convention(&self) -> String {
        let profile = self.convention.profile();
        format!("{}: {}", profile.name, profile.evidence)
    }

    /// Calls `function` (camelCase or snake_case) with `input` in a fresh instance and waits for the end.
    ///
    /// Never panics and never takes much longer than `limits.time`; whatever goes wrong is in the
    /// outcome. Where as many invocations run as the engine has room for (64), it waits for one to
    /// end before its time begins.
    pub fn invoke(&self, function: &str, input: &[u8], limits: &Limits, cancel: &Cancel) -> Outcome {
        let (at, callable) = match self.find(function) {
            Ok(found) => found,
            Err(fault) => return Outcome::not_begun(fault),
        };
        if let Err(fault) = check_input(callable, input, limits) {
            return Outcome::not_begun(fault);
        }
        let _admission = self.engine.admit();
        let mut invocation = Invocation::begin(self.engine.wasm(), input, limits, cancel);
        let answer = self.convention.call(at, &mut invocation);
        invocation.end(answer)
    }

    fn find(&self, name: &str) -> Result<(usize, &Callable), Fault> {
        let functions = &self.convention.profile().functions;
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
