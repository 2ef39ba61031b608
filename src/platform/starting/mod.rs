//! The input that a function is first called with, from the best source there is: a saved case, the history, what
//! the function itself says is missing, or an empty object. The runner, the request builder, the sensors and the
//! terminal all ask here. Never saves or keeps anything.

mod complaint;
mod draft;
mod learn;
mod prose;
mod sample;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

use crate::bundle::history::{Ending, History};
use crate::bundle::{Bundle, FunctionRef, cases, names};

use crate::sandbox::{Cancel, Limits, Program};

use super::router::Router;

/// An input to begin with, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartingInput {
    /// JSON text.
    pub json: String,
    /// Where it comes from.
    pub origin: InputOrigin,
}

/// Where an input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputOrigin {
    /// The saved case of this name.
    Case(String),
    /// The last invocation in the history that the function answered.
    History,
    /// What the function's own error messages ask for.
    Learned,
    /// The parameters in the paths of the endpoints that lead to the function.
    Path,
    /// Something that names itself: the input of the runner, an input of a test.
    Named(String),
    /// Nothing is known: it is an empty object.
    Nothing,
}

impl fmt::Display for InputOrigin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Case(name) => return write!(out, "saved case \u{201c}{name}\u{201d}"),
            Self::History => "the last answered invocation of the history",
            Self::Learned => "learned from the function's errors",
            Self::Path => "the parameters of its endpoint's path",
            Self::Named(name) => name,
            Self::Nothing => "no saved case, so an empty object",
        })
    }
}

impl From<&str> for InputOrigin {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl StartingInput {
    fn new(value: &Value, origin: InputOrigin) -> Self {
        Self { json: format!("{value:#}"), origin }
    }

    /// The input of a saved case.
    pub fn of_case(case: &cases::Case) -> Self {
        Self::new(&case.input, InputOrigin::Case(case.name.clone()))
    }

    /// Whether it is the input of the saved case of this name.
    pub fn is_case(&self, name: &str) -> bool {
        self.origin == InputOrigin::Case(name.to_owned())
    }

    /// An empty object, where nothing is known.
    pub fn nothing() -> Self {
        Self::new(&Value::Object(Map::new()), InputOrigin::Nothing)
    }

    /// Whether the function was not asked yet, and might tell a better one.
    pub fn may_be_learned(&self) -> bool {
        matches!(self.origin, InputOrigin::Path | InputOrigin::Nothing)
    }
}

/// The best input that is known of `function` of `service`'s module without calling it.
pub fn starting_input(bundle: &Bundle, service: &str, function: &str) -> StartingInput {
    known(&bundle.root, service, function).unwrap_or_else(|| match path_parameters(bundle, service, function) {
        fields if fields.is_empty() => StartingInput::new(&Value::Object(fields), InputOrigin::Nothing),
        fields => StartingInput::new(&Value::Object(fields), InputOrigin::Path),
    })
}

/// The best input for `function` of `service`'s module, which is `program`: what is known of it, or else what it
/// says itself when it is called. Calls it some times; what comes of that is kept nowhere.
pub fn best_input(
    bundle: &Bundle,
    (service, function): (&str, &str),
    program: &Program,
    limits: &Limits,
    cancel: &Cancel,
) -> StartingInput {
    let known = starting_input(bundle, service, function);
    if !known.may_be_learned() {
        return known;
    }
    learn::learn(bundle, (service, function), program, limits, cancel)
}

/// A saved input: of a case that expects an answer, else of the last invocation that was answered, else of a case
/// that expects an error.
fn known(root: &Path, service: &str, function: &str) -> Option<StartingInput> {
    let cases = cases::cases_of(root, service, function);
    let answering = cases.iter().find(|case| !case.expects_error()).map(StartingInput::of_case);
    answering.or_else(|| last_answered(root, service, function)).or_else(|| cases.first().map(StartingInput::of_case))
}

fn last_answered(root: &Path, service: &str, function: &str) -> Option<StartingInput> {
    let history = History::of(root);
    let is_meant = |facts: &crate::bundle::history::Facts| {
        facts.ending == Ending::Answered
            && facts.mishap.is_none()
            && facts.service == service
            && names::same_function(&facts.function, function)
    };
    let entry = history.find(|entry| is_meant(&entry.facts))?;
    Some(StartingInput { json: history.read(&entry.id).ok()?.input, origin: InputOrigin::History })
}

/// The parameters that requests merge into the input of a function, each with a value to begin with.
fn path_parameters(bundle: &Bundle, service: &str, function: &str) -> Map<String, Value> {
    let is_meant = |reference: &FunctionRef| {
        matches!(reference, FunctionRef::Wasm { service: other, function: named }
            if other == service && names::same_function(named, function))
    };
    let router = Router::of(bundle);
    let routes = router.routes().iter().filter(|route| route.more.function.as_ref().is_some_and(is_meant));
    let names = routes.flat_map(|route| route.parameter_names().map(str::to_owned).collect::<Vec<_>>());
    // Requests hand texts over, whatever is in them.
    names.map(|name| (name.clone(), sample::text(&name).into())).collect()
}

/// Values that saved cases give to fields, by the fields' names in snake_case: those of the same service first.
fn known_values(bundle: &Bundle, service: &str) -> BTreeMap<String, Value> {
    let (mut cases, _) = cases::all_cases(&bundle.root);
    cases.retain(|located| !located.case.expects_error());
    cases.sort_by_key(|located| located.service != service);
    let mut values = BTreeMap::new();
    for located in cases {
        if let Value::Object(fields) = located.case.input {
            for (name, value) in fields {
                values.entry(names::snake_case(&name)).or_insert(value);
            }
        }
    }
    values
}
