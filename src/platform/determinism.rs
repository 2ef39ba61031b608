//! Whether a function gives the same answer again when the time and the random numbers that it takes from
//! outside are the same, and whether its answer depends on them at all.

use serde_json::Value;

use crate::bundle::difference::Differences;
use crate::bundle::{Bundle, Code, Diagnostic, FunctionRef, Service};
use crate::sandbox::{Conditions, Outcome, Recording, Reply, Taken};

/// What running a function again showed.
#[derive(Clone, Debug)]
pub struct Determinism {
    /// What the first run took from outside.
    pub recording: Recording,
    /// Where a run with the same record differed from the first, in words; `None` where nothing did.
    pub difference: Option<String>,
    /// Whether a run with another time and other random numbers gave another answer.
    pub depends_on_outside: bool,
}

/// Runs a function with `invoke`: once, once more with the same record, and, where it took anything from
/// outside, once more without.
pub fn examine(mut invoke: impl FnMut(Conditions) -> (Outcome, Recording)) -> Determinism {
    let (first, recording) = invoke(Conditions::default());
    let replay = Conditions { replay: Some(recording.clone()), ..Conditions::default() };
    let (second, repeated) = invoke(replay);
    let difference = if recording.is_cut {
        Some("it takes more from outside than is recorded".to_owned())
    } else {
        repeated.departed.map(|place| format!("it took something else from outside: {place}"))
    };
    let difference = difference.or_else(|| compare(&first, &second));
    let depends_on_outside = !recording.taken.is_empty() && {
        let (third, _) = invoke(Conditions::default());
        compare(&first, &third).is_some()
    };
    Determinism { recording, difference, depends_on_outside }
}

impl Determinism {
    /// What was taken from outside, counted: `the date 2 times, 16 random bytes`. Empty where nothing was.
    pub fn taken_in_words(&self) -> String {
        let count = |is: fn(&Taken) -> bool| self.recording.taken.iter().filter(|taken| is(taken)).count();
        let dates = count(|taken| matches!(taken, Taken::Date(_)));
        let uptimes = count(|taken| matches!(taken, Taken::Uptime(_)));
        let random: usize = self.recording.taken.iter().map(Taken::random_bytes).sum();
        let times = |count: usize| if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let mut parts = Vec::new();
        if dates > 0 {
            parts.push(format!("the date {}", times(dates)));
        }
        if uptimes > 0 {
            parts.push(format!("the monotonic clock {}", times(uptimes)));
        }
        if random > 0 {
            parts.push(format!("{random} random bytes"));
        }
        parts.join(", ")
    }

    /// The verdict in one sentence without a full stop.
    pub fn in_words(&self) -> String {
        match (&self.difference, self.taken_in_words()) {
            (Some(difference), _) => format!("Not deterministic: {difference}"),
            (None, taken) if taken.is_empty() => "Deterministic: it takes nothing from outside".to_owned(),
            (None, taken) if self.depends_on_outside => {
                format!("The same with the same record; its answer depends on what it takes: {taken}")
            }
            (None, taken) => format!("The same with the same record; it takes {taken}"),
        }
    }
}

/// Where two outcomes differ, in words; times and memory may.
fn compare(first: &Outcome, second: &Outcome) -> Option<String> {
    match (&first.reply, &second.reply) {
        (Reply::Json(one), Reply::Json(other)) if one != other => Some(difference_of_json(one, other)),
        (Reply::ApplicationError(one), Reply::ApplicationError(other)) if one != other => {
            Some(format!("the error was `{}`, then `{}`", one.message, other.message))
        }
        (Reply::Fault(one), Reply::Fault(other)) if one.kind != other.kind || one.message != other.message => {
            Some(format!("it failed with `{}`, then with `{}`", one.message, other.message))
        }
        (one, other) if std::mem::discriminant(one) != std::mem::discriminant(other) => {
            Some(format!("it gave {}, then {}", kind_of(one), kind_of(other)))
        }
        _ => {
            let lines = |outcome: &Outcome| -> Vec<_> {
                outcome.logs.iter().map(|line| (line.level, line.message.clone(), line.fields.clone())).collect()
            };
            (lines(first) != lines(second)).then(|| "its log lines differ".to_owned())
        }
    }
}

fn kind_of(reply: &Reply) -> &'static str {
    match reply {
        Reply::Json(_) => "an output",
        Reply::ApplicationError(_) => "an error",
        Reply::Fault(_) => "a fault",
    }
}

fn difference_of_json(one: &str, other: &str) -> String {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let differences = parsed(one).zip(parsed(other)).map(|(one, other)| Differences::between(&one, &other));
    match differences.as_ref().and_then(|found| found.first.first()) {
        Some(place) if place.pointer.is_empty() => "the output is another one".to_owned(),
        Some(place) => format!("the output differs at {}", place.pointer),
        None => "the output is written differently".to_owned(),
    }
}

/// A function that the bundle refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referred {
    /// The service whose module holds it.
    pub service: String,
    /// Its name as the reference writes it.
    pub function: String,
}

/// The functions that the bundle refers to, each once, in the order of the files.
pub fn referred(bundle: &Bundle) -> Vec<Referred> {
    let mut found: Vec<Referred> = Vec::new();
    for reference in bundle.services.iter().flat_map(Service::references) {
        if let FunctionRef::Wasm { service, function } = &reference.value {
            let referred = Referred { service: service.clone(), function: function.clone() };
            if !found.contains(&referred) {
                found.push(referred);
            }
        }
    }
    found
}

/// What `determinism` is worth saying of a function whose module is `file`.
pub fn report(referred: &Referred, file: &str, input: &str, determinism: &Determinism) -> Option<Diagnostic> {
    let Referred { service, function } = referred;
    if let Some(difference) = &determinism.difference {
        let message = format!("wasm:{service}:{function} is not deterministic: {difference}");
        let help = format!("run twice with {input} and the same time and random numbers");
        return Some(Diagnostic::new(Code::NotDeterministic, file, message).with_help(help));
    }
    determinism.depends_on_outside.then(|| {
        let taken = determinism.taken_in_words();
        let message = format!("the answer of wasm:{service}:{function} depends on time or random numbers");
        Diagnostic::new(Code::DependsOnOutside, file, message).with_help(format!("with {input} it takes {taken}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Origin, Tier, Timings};

    fn outcome(json: &str) -> Outcome {
        Outcome {
            reply: Reply::Json(json.to_owned()),
            logs: Vec::new(),
            logs_dropped: 0,
            timings: Timings::default(),
            peak_memory: 0,
            origin: Origin::default(),
            tier: Tier::default(),
        }
    }

    /// A function that gives these outputs one after the other and takes a random byte each time.
    fn scripted(outputs: &[&str]) -> Determinism {
        let mut outputs = outputs.iter();
        let recording = Recording { taken: vec![Taken::Random(vec![7])], ..Recording::default() };
        examine(|_| (outcome(outputs.next().unwrap()), recording.clone()))
    }

    #[test]
    fn the_first_place_that_differs_is_named() {
        let found = scripted(&[r#"{"a": [1, {"b/c": 2}]}"#, r#"{"a": [1, {"b/c": 3}]}"#, "1"]);
        assert_eq!(found.in_words(), "Not deterministic: the output differs at /a/1/b~1c");
    }

    #[test]
    fn an_answer_that_follows_the_outside_is_told_from_one_that_does_not() {
        assert!(scripted(&["1", "1", "2"]).depends_on_outside);
        let steady = scripted(&["1", "1", "1"]);
        assert!(!steady.depends_on_outside);
        assert_eq!(steady.in_words(), "The same with the same record; it takes 1 random bytes");
    }

    #[test]
    fn another_kind_of_answer_is_a_difference() {
        let fault = compare(&outcome("1"), &Outcome { reply: Reply::Json("2".into()), ..outcome("1") });
        assert_eq!(fault.as_deref(), Some("the output is another one"));
    }
}
