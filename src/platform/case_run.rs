//! Saved cases run against a module: which pass, and where the others differ from what was expected.
//!
//! Reads no files and draws nothing.

use std::time::Duration;

use serde_json::Value;

use crate::bundle::cases::{Case, Expect, Located};
use crate::bundle::difference::Differences;
use crate::bundle::target::{Dimension, formatted};
use crate::sandbox::{Cancel, Conditions, Limits, LoadError, Outcome, Program, Reply};

use super::keep::{Invocation, Keeper};

/// How often a case with a time limit is run before it counts as too slow: a busy machine is no fault of the
/// function.
const ATTEMPTS: usize = 5;

/// Larger outputs of failed cases are not kept, in bytes.
const LARGEST_OUTPUT: usize = 1 << 20;

/// What came of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRun {
    /// The case.
    pub located: Located,
    /// How long the function took; with a time limit the fastest of several invocations. Nothing where it could
    /// not be called.
    pub took: Option<Duration>,
    /// What the function gave where the case failed, unless it is very large.
    pub output: Option<String>,
    /// How many instructions the function ran, where there is a limit of them.
    pub instructions: Option<u64>,
    /// Why the case failed; `None`: it passed.
    pub failure: Option<Failure>,
}

/// Why a case failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What happened, in one sentence.
    pub message: String,
    /// Where the output is not what was expected.
    pub differences: Differences,
}

impl Failure {
    /// A failure that is no matter of the output's parts.
    pub fn plain(message: impl Into<String>) -> Self {
        Self { message: message.into(), differences: Differences::default() }
    }

    fn differing(differences: Differences) -> Option<Self> {
        let places = if differences.count == 1 { "1 place".into() } else { format!("{} places", differences.count) };
        let message = format!("The output differs in {places}");
        (!differences.is_empty()).then_some(Self { message, differences })
    }
}

/// Runs one case. `program` is the module of its service, or why there is none; `keeper` gets the invocation that
/// is judged, not those that only tell how fast it is.
pub fn run_case(
    located: Located,
    program: Result<&Program, &LoadError>,
    limits: &Limits,
    cancel: &Cancel,
    keeper: Option<&dyn Keeper>,
) -> CaseRun {
    let program = match program {
        Ok(program) => program,
        Err(error) => {
            let failure = Some(Failure::plain(format!("The module cannot be loaded: {error}")));
            return CaseRun { located, took: None, output: None, instructions: None, failure };
        }
    };
    let limits = &*program.limits(&located.function, limits);
    if located.case.within.is_some() {
        // The first code of a module is slower than what it is measured by.
        program.settle();
    }
    let input = located.case.input.to_string();
    let invoke = |keeper| {
        let (service, function, conditions) = (&*located.service, &*located.function, Conditions::default());
        let invocation = Invocation { service, function, input: &input, limits, cancel, conditions };
        invocation.invoke(program, keeper, || Some(format!("case {}", located.case.name)))
    };
    let outcome = invoke(keeper);
    let mut took = outcome.timings.total();
    let mut failure = judge(&located.case, &outcome);
    if let (None, Some(within)) = (&failure, located.case.within) {
        for _ in 1..ATTEMPTS {
            if took <= within || cancel.is_cancelled() {
                break;
            }
            took = took.min(invoke(None).timings.total());
        }
        failure = (took > within).then(|| too_slow(took, within));
    }
    let mut instructions = None;
    if failure.is_none() && limits.instructions.is_some() {
        (instructions, failure) = count(program, &located, limits, cancel);
    }
    let output = outcome.output().filter(|output| failure.is_some() && output.len() <= LARGEST_OUTPUT);
    let output = output.map(str::to_owned);
    CaseRun { located, took: Some(took), output, instructions, failure }
}

/// How many instructions the case takes, or why it fails when they are counted.
fn count(program: &Program, located: &Located, limits: &Limits, cancel: &Cancel) -> (Option<u64>, Option<Failure>) {
    let input = located.case.input.to_string();
    match program.meter(&located.function, input.as_bytes(), limits, cancel, Conditions::default()) {
        Ok(metered) => {
            // What it answered was judged before, in the run that was timed.
            let failure = match &metered.outcome.reply {
                Reply::Fault(fault) => Some(Failure::plain(format!("Fault: {}", fault.message))),
                Reply::Json(_) | Reply::ApplicationError(_) => None,
            };
            (Some(metered.instructions.total()), failure)
        }
        Err(error) => (None, Some(Failure::plain(format!("Its instructions cannot be counted: {error}")))),
    }
}

fn too_slow(took: Duration, within: Duration) -> Failure {
    let shown = |time: Duration| formatted(time.as_secs_f64(), Dimension::Time);
    Failure::plain(format!(
        "It took {} at the fastest of {ATTEMPTS} invocations, and at most {} are allowed",
        shown(took),
        shown(within)
    ))
}

/// Why an outcome is not what a case expects, apart from the time it took.
pub fn judge(case: &Case, outcome: &Outcome) -> Option<Failure> {
    let text = match (&outcome.reply, &case.expect) {
        (Reply::Fault(fault), _) => return Some(Failure::plain(format!("Fault: {}", fault.message))),
        (Reply::ApplicationError(error), Some(Expect::Error(part))) => return refused(&error.message, part.as_deref()),
        // A function may answer with an object that holds an error, and a case may expect just that.
        (Reply::ApplicationError(error), Some(_)) if error.output.is_some() => error.output.as_deref(),
        (Reply::ApplicationError(error), _) => {
            return Some(Failure::plain(format!("The function said no: {}", error.message)));
        }
        (Reply::Json(_), Some(Expect::Error(_))) => {
            return Some(Failure::plain("An error was expected, and the function answered"));
        }
        (Reply::Json(text), _) => Some(text.as_str()),
    };
    let actual: Value = match serde_json::from_str(text.unwrap_or_default()) {
        Ok(actual) => actual,
        Err(error) => return Some(Failure::plain(format!("The output cannot be compared: {error}"))),
    };
    let failure = Failure::differing(match &case.expect {
        None | Some(Expect::Error(_)) => Differences::default(),
        Some(Expect::Equals(expected)) => Differences::between(expected, &actual),
        Some(Expect::Contains(part)) => Differences::from_part(part, &actual),
        Some(Expect::Pointers(places)) => Differences::at_places(places, &actual),
    })?;
    Some(match &outcome.reply {
        Reply::ApplicationError(error) => {
            Failure { message: format!("The function said no: {}", error.message), ..failure }
        }
        _ => failure,
    })
}

fn refused(message: &str, part: Option<&str>) -> Option<Failure> {
    let part = part.filter(|part| !message.contains(part))?;
    Some(Failure::plain(format!("The error should hold \u{201c}{part}\u{201d}, and says: {message}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::ApplicationError;
    use serde_json::json;

    fn outcome(reply: Reply) -> Outcome {
        Outcome {
            reply,
            logs: Vec::new(),
            logs_dropped: 0,
            timings: Default::default(),
            peak_memory: 0,
            origin: Default::default(),
            tier: Default::default(),
        }
    }

    fn verdict(expect: Option<Expect>, reply: Reply) -> Option<String> {
        let case = Case { name: "case".into(), input: json!({}), expect, within: None };
        judge(&case, &outcome(reply)).map(|failure| failure.message)
    }

    fn answered(text: &str) -> Reply {
        Reply::Json(text.into())
    }

    fn said_no(message: &str, output: Option<&str>) -> Reply {
        Reply::ApplicationError(ApplicationError { message: message.into(), output: output.map(str::to_owned) })
    }

    #[test]
    fn a_case_without_expectation_wants_an_answer() {
        assert_eq!(verdict(None, answered("null")), None);
        assert_eq!(verdict(None, said_no("name is required", None)).unwrap(), "The function said no: name is required");
    }

    #[test]
    fn an_expected_error_may_name_a_part_of_its_message() {
        let expect = |part: Option<&str>| Some(Expect::Error(part.map(str::to_owned)));
        assert_eq!(verdict(expect(None), said_no("anything", None)), None);
        assert_eq!(verdict(expect(Some("required")), said_no("name is required", None)), None);
        let other = verdict(expect(Some("required")), said_no("no", None)).unwrap();
        assert_eq!(other, "The error should hold \u{201c}required\u{201d}, and says: no");
        assert!(verdict(expect(None), answered("{}")).unwrap().contains("An error was expected"));
    }

    #[test]
    fn an_error_object_is_an_output_that_can_be_expected() {
        let reply = || said_no("no", Some(r#"{"error": "no", "code": 7}"#));
        assert_eq!(verdict(Some(Expect::Contains(json!({"code": 7}))), reply()), None);
        assert!(verdict(Some(Expect::Equals(json!({"error": "no"}))), reply()).unwrap().contains("said no"));
    }

    #[test]
    fn outputs_are_compared_by_value() {
        assert_eq!(verdict(Some(Expect::Equals(json!({"a": 1, "b": 2}))), answered(r#"{"b": 2.0, "a": 1}"#)), None);
        let failure = verdict(Some(Expect::Equals(json!([1, 2]))), answered("[2]")).unwrap();
        assert_eq!(failure, "The output differs in 2 places");
    }
}
