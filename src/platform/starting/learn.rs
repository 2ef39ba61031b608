//! Learning an input from a function's own errors: it is called with what is known so far, and each time it says
//! what is missing or wrong, that is put in. Bounded in calls and time; never keeps what came of a call.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::bundle::Bundle;
use crate::sandbox::{Cancel, FaultKind, Limits, Outcome, Program, Reply};

use super::complaint::{self, Complaint};
use super::draft::Draft;
use super::{InputOrigin, StartingInput, known_values, path_parameters};

/// Most calls until an input is given up or found.
const MOST_CALLS: usize = 40;
/// Most calls that find out which learned fields are needed.
const MOST_PROBES: usize = 10;
/// The whole time that learning may take, beside the last call.
const TIME: Duration = Duration::from_secs(3);
/// The time of one call.
const CALL_TIME: Duration = Duration::from_secs(1);

/// Learns an input for `function` of `service`'s module, which is `program`, by calling it. What cannot be learned
/// is an empty object, or the parameters of its endpoint's path.
pub(super) fn learn(
    bundle: &Bundle,
    (service, function): (&str, &str),
    program: &Program,
    limits: &Limits,
    cancel: &Cancel,
) -> StartingInput {
    let fields = path_parameters(bundle, service, function);
    let known = known_values(bundle, service);
    let limits = Limits { time: limits.time.min(CALL_TIME), ..limits.clone() };
    let begun = Instant::now();
    let call = |input: &str| {
        let may_go_on = begun.elapsed() < TIME && !cancel.is_cancelled();
        may_go_on.then(|| program.invoke(function, input.as_bytes(), &limits, cancel))
    };
    learn_from(fields, known, call)
}

/// The same, from whatever `call` says; it gives nothing where no further call may be made.
fn learn_from(
    fields: Map<String, Value>,
    known: BTreeMap<String, Value>,
    mut call: impl FnMut(&str) -> Option<Outcome>,
) -> StartingInput {
    let origin = if fields.is_empty() { InputOrigin::Nothing } else { InputOrigin::Path };
    let first = StartingInput::new(&Value::Object(fields.clone()), origin);
    let mut draft = Draft::new(fields, known);
    let mut best = None;
    let mut said: Option<Vec<String>> = None;
    for _ in 0..MOST_CALLS {
        let Some(outcome) = call(&draft.text()) else { break };
        let Said { texts, is_answer, is_final } = Said::of(&outcome);
        // Another answer is a step forward; the same again is none.
        if said.as_ref().is_some_and(|before| *before != texts) || is_answer {
            best = Some(draft.clone());
        }
        said = Some(texts);
        if is_final || !heed(&mut draft, said.as_deref().unwrap_or_default()) {
            if is_answer && !draft.added.is_empty() && best.is_some() {
                best = Some(without_needless(best.unwrap_or(draft), &mut call));
            }
            break;
        }
    }
    match best.filter(|best| best.is_changed) {
        Some(best) => StartingInput::new(best.value(), InputOrigin::Learned),
        None => first,
    }
}

/// Does what the texts ask for. Whether anything changed.
fn heed(draft: &mut Draft, texts: &[String]) -> bool {
    let mut complaints: Vec<Complaint> = Vec::new();
    for complaint in texts.iter().flat_map(|text| complaint::read(text)) {
        if !complaints.contains(&complaint) {
            complaints.push(complaint);
        }
    }
    let changed: Vec<bool> = complaints.iter().map(|complaint| draft.heed(complaint)).collect();
    changed.contains(&true)
}

/// The draft without the fields that the function answers without.
fn without_needless(mut draft: Draft, call: &mut impl FnMut(&str) -> Option<Outcome>) -> Draft {
    for field in draft.added.clone().into_iter().take(MOST_PROBES) {
        let other = draft.without(&field);
        let Some(outcome) = call(&other.text()) else { break };
        if Said::of(&outcome).is_clean() {
            draft = other;
        }
    }
    draft
}

/// What a function said about its input.
struct Said {
    /// Everything that may speak of it.
    texts: Vec<String>,
    /// Whether it answered.
    is_answer: bool,
    /// Whether it has nothing more to say.
    is_final: bool,
}

impl Said {
    fn of(outcome: &Outcome) -> Self {
        let mut texts = Vec::new();
        let (is_answer, is_final) = match &outcome.reply {
            Reply::Json(output) => {
                // An answer may be a verdict on the input: {"valid": false, "errors": [...]}.
                texts.extend(serde_json::from_str(output).iter().flat_map(troubles));
                (true, texts.is_empty())
            }
            Reply::ApplicationError(error) => {
                texts.push(error.message.clone());
                let output = error.output.as_deref().and_then(|output| serde_json::from_str(output).ok());
                texts.extend(output.iter().flat_map(troubles));
                (false, false)
            }
            // A panic may say what is missing; a limit, or an output that is none, is no matter of the input.
            Reply::Fault(fault) if fault.kind == FaultKind::Trap => {
                texts.push(fault.message.clone());
                texts.extend(outcome.logs.iter().map(|line| line.message.clone()));
                (false, false)
            }
            Reply::Fault(_) => (false, true),
        };
        Self { texts, is_answer, is_final }
    }

    /// Whether it answered, with no complaint.
    fn is_clean(&self) -> bool {
        self.is_answer && self.is_final
    }
}

/// Most texts of one output.
const MOST_TEXTS: usize = 100;
/// Fields whose values speak of what is wrong.
const TROUBLES: [&str; 14] = [
    "error",
    "errors",
    "problem",
    "problems",
    "issue",
    "issues",
    "missing",
    "invalid",
    "violations",
    "findings",
    "details",
    "reasons",
    "required",
    "fields",
];

/// What an output says is wrong, as sentences.
fn troubles(output: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    if let Value::Object(fields) = output {
        for (name, value) in fields.iter().filter(|(name, _)| TROUBLES.contains(&name.to_lowercase().as_str())) {
            sentences(name, value, &mut texts);
        }
    }
    texts.truncate(MOST_TEXTS);
    texts
}

fn sentences(name: &str, value: &Value, texts: &mut Vec<String>) {
    if texts.len() >= MOST_TEXTS {
        return;
    }
    match value {
        Value::String(text) if ["missing", "required", "fields"].contains(&name) && !text.contains(' ') => {
            texts.push(format!("'{text}' is required"));
        }
        Value::String(text) if TROUBLES.contains(&name) || ["message", "reason"].contains(&name) => {
            texts.push(text.clone())
        }
        // A field with what is wrong with it.
        Value::String(text) => texts.push(format!("'{name}' {text}")),
        Value::Array(items) => items.iter().for_each(|item| sentences(name, item, texts)),
        Value::Object(fields) => match (named(fields), fields.get("message").and_then(Value::as_str)) {
            (Some(field), message) => texts.push(format!("'{field}' {}", message.unwrap_or("is required"))),
            (None, _) => fields.iter().for_each(|(name, value)| sentences(name, value, texts)),
        },
        _ => {}
    }
}

/// The field that a finding is about: `{"field": "email", ...}` or `{"path": ["user", "age"], ...}`.
fn named(finding: &Map<String, Value>) -> Option<String> {
    let value = ["field", "path", "property", "param", "parameter"].iter().find_map(|key| finding.get(*key))?;
    match value {
        Value::String(path) => Some(path.clone()),
        Value::Array(steps) => {
            let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
            Some(steps.iter().map(step).collect::<Vec<_>>().join("."))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{ApplicationError, Fault};
    use serde::Deserialize;
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

    fn says_no(message: impl Into<String>) -> Reply {
        Reply::ApplicationError(ApplicationError { message: message.into(), output: None })
    }

    /// What is learned of a function, whether it answers that, and how often it was called.
    fn learned(function: impl Fn(&str) -> Reply) -> (Value, bool, usize) {
        let mut calls = 0;
        let input = learn_from(Map::new(), BTreeMap::new(), |input| {
            calls += 1;
            Some(outcome(function(input)))
        });
        let answers = matches!(function(&input.json), Reply::Json(_));
        (serde_json::from_str(&input.json).unwrap(), answers, calls)
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Order {
        customer: Customer,
        lines: Vec<Line>,
        payment: Payment,
        gift: bool,
        position: (f64, f64),
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    #[serde(rename_all = "camelCase")]
    struct Customer {
        email: String,
        age: u8,
        address: Address,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Address {
        zip: String,
        house: u32,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Line {
        sku: String,
        count: u32,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Payment {
        Card,
        Cash,
    }

    fn ordered(order: Result<Order, String>) -> Reply {
        match order {
            Ok(order) if order.lines.is_empty() => says_no("lines must not be empty"),
            Ok(order) if matches!(order.payment, Payment::Card | Payment::Cash) => Reply::Json("{}".into()),
            Ok(_) => says_no("?"),
            Err(error) => says_no(error),
        }
    }

    #[test]
    fn a_nested_input_is_learned_from_serde_with_positions_and_without() {
        let with = learned(|input| ordered(serde_json::from_str(input).map_err(|error| error.to_string())));
        let without = learned(|input| {
            let value: Value = serde_json::from_str(input).unwrap();
            ordered(serde_json::from_value(value).map_err(|error| error.to_string()))
        });
        for (input, answers, calls) in [with, without] {
            assert!(answers, "after {calls} calls: {input:#}");
            assert!(
                input["customer"]["address"]["house"].is_u64() && input["lines"][0]["sku"].is_string(),
                "{input:#}"
            );
        }
    }

    #[test]
    fn a_panic_that_prints_the_error_teaches_as_well() {
        let (input, answers, _) = learned(|input| match serde_json::from_str::<Customer>(input) {
            Ok(_) => Reply::Json("1".into()),
            Err(error) => Reply::Fault(Fault {
                kind: FaultKind::Trap,
                message: format!("panicked at src/lib.rs:4:9: called `Result::unwrap()` on an `Err` value: {error:?}"),
                help: None,
                backtrace: Vec::new(),
                raw_output: None,
            }),
        });
        assert!(answers, "{input:#}");
    }

    /// Refuses as people write it: one finding for each field, in an object.
    fn handwritten(input: &str) -> Reply {
        let input: Value = serde_json::from_str(input).unwrap();
        let Some(fields) = input.as_object() else { return says_no("the input must be a JSON object") };
        if !fields.contains_key("email") || !fields.contains_key("name") {
            return says_no("email and name are required");
        }
        if !input["email"].as_str().is_some_and(|email| email.contains('@')) {
            return says_no("invalid email");
        }
        if !input["address"]["city"].is_string() {
            let output = json!({"error": "invalid", "errors": [{"field": "address.city", "message": "is required"}]});
            return Reply::ApplicationError(ApplicationError {
                message: "invalid".into(),
                output: Some(output.to_string()),
            });
        }
        if !input["role"].as_str().is_some_and(|role| ["admin", "guest"].contains(&role)) {
            return says_no("role must be one of admin, guest");
        }
        if input["amount"].as_f64().is_none_or(|amount| amount <= 0.0) {
            return says_no("amount must be greater than 0");
        }
        Reply::Json("{\"ok\": true}".into())
    }

    #[test]
    fn sentences_of_people_teach() {
        let (input, answers, calls) = learned(handwritten);
        assert!(answers, "after {calls} calls: {input:#}");
    }

    #[test]
    fn what_was_guessed_wrongly_is_left_out_again() {
        let (input, answers, _) = learned(|input| {
            let input: Value = serde_json::from_str(input).unwrap();
            let has = input["token"].is_string();
            if has { Reply::Json("1".into()) } else { says_no("missing token, see manual") }
        });
        assert_eq!((input, answers), (json!({"token": "token"}), true));
    }

    #[test]
    fn an_input_that_is_no_object_is_learned() {
        let text = learned(|input| match serde_json::from_str::<String>(input) {
            Ok(_) => Reply::Json("1".into()),
            Err(error) => says_no(error.to_string()),
        });
        assert_eq!((text.0.is_string(), text.1), (true, true));
        let list = learned(|input| match serde_json::from_str::<[u8; 3]>(input) {
            Ok(_) => Reply::Json("1".into()),
            Err(error) => says_no(error.to_string()),
        });
        assert_eq!((list.0.as_array().map(Vec::len), list.1), (Some(3), true), "{}", list.0);
    }

    #[test]
    fn a_verdict_with_findings_teaches_although_it_is_an_answer() {
        let (input, ..) = learned(|input| {
            let input: Value = serde_json::from_str(input).unwrap();
            let missing: Vec<&str> = ["email", "name"].into_iter().filter(|name| !input[name].is_string()).collect();
            Reply::Json(json!({"valid": missing.is_empty(), "missing": missing}).to_string())
        });
        assert!(input["email"].is_string() && input["name"].is_string(), "{input:#}");
    }

    #[test]
    fn a_function_that_only_ever_complains_is_given_up_soon() {
        for message in [
            "nonsense is required",
            "no",
            "unreachable",
            "missing field `x` at line 1 column 2",
            "a, b and c are required",
        ] {
            let (input, answers, calls) = learned(|_| says_no(message));
            assert!(!answers && calls <= MOST_CALLS, "{message}: {calls}");
            assert_eq!(input, json!({}), "{message}: what changes nothing was not learned");
        }
    }

    #[test]
    fn what_needs_nothing_gets_an_empty_object_or_the_parameters_of_its_path() {
        let (input, answers, calls) = learned(|_| Reply::Json("{}".into()));
        assert_eq!((input, answers, calls), (json!({}), true, 1));
        let fields = Map::from_iter([("id".to_owned(), json!("1"))]);
        let input = learn_from(fields, BTreeMap::new(), |_| Some(outcome(Reply::Json("{}".into()))));
        assert_eq!(input.origin, InputOrigin::Path);
    }

    #[test]
    fn fields_get_the_values_that_they_have_elsewhere() {
        let known = BTreeMap::from([("order_id".to_owned(), json!("A-7"))]);
        let input = learn_from(Map::new(), known, |input| {
            let has = input.contains("orderId");
            Some(outcome(if has { Reply::Json("1".into()) } else { says_no("orderId is required") }))
        });
        assert_eq!(serde_json::from_str::<Value>(&input.json).unwrap(), json!({"orderId": "A-7"}));
        assert_eq!(input.origin.to_string(), "learned from the function's errors");
    }
}
