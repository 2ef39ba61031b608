//! The test modules and the sample bundle's modules give the answers that their toolchains' own
//! JavaScript gave (`expected.json` in `tests/modules` and in its folders).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, Outcome, Program, Reply};
use serde::Deserialize;

use sandbox::glue::{Input, Line, Output};
use sandbox::{ENGINE, load_file};

/// One call as the file tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    function: String,
    #[serde(flatten)]
    input: Input,
    #[serde(flatten)]
    output: Output,
    error: Option<String>,
    trap: Option<String>,
    #[serde(default)]
    logs: Vec<Line>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules")
}

fn expected() -> BTreeMap<String, Vec<Call>> {
    let mut all = BTreeMap::new();
    for file in ["expected.json", "component/expected.json", "extism/expected.json"] {
        let calls: BTreeMap<String, Vec<Call>> =
            serde_json::from_slice(&std::fs::read(folder().join(file)).unwrap()).unwrap();
        all.extend(calls);
    }
    all
}

impl Call {
    /// The difference between what came out and what is expected.
    fn difference(&self, outcome: &Outcome) -> Option<String> {
        let matches = if let Some(matches) = self.output.is_of(outcome) {
            matches
        } else if let Some(error) = &self.error {
            match &outcome.reply {
                Reply::ApplicationError(reply) => &reply.message == error || reply.output.as_ref() == Some(error),
                Reply::Fault(fault) => fault.kind == FaultKind::Trap && fault.message.contains(thrown(error)),
                Reply::Json(_) => false,
            }
        } else if self.trap.is_some() {
            matches!(&outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::Trap)
        } else {
            panic!("{}: nothing is expected", self.function)
        };
        if !matches {
            return Some(format!("{:?}", outcome.reply).chars().take(300).collect());
        }
        self.logs_differ(outcome)
    }

    fn logs_differ(&self, outcome: &Outcome) -> Option<String> {
        if outcome.logs.len() != self.logs.len() {
            return Some(format!("{} lines logged: {:?}", outcome.logs.len(), outcome.logs));
        }
        self.logs.iter().zip(&outcome.logs).find_map(|(expected, line)| {
            let level = expected.level();
            // Where the text is a JSON object with a message, that is what the line shows.
            let told = line.message == expected.text || !line.fields.is_empty();
            (level != line.level || !told).then(|| format!("logged {line:?} and not {:?}", expected.text))
        })
    }
}

/// The message of an abort, without the place that the glue adds in its own words.
fn thrown(error: &str) -> &str {
    let message = error.strip_prefix("abort: ").unwrap_or(error);
    let place = message.rfind(" in ").or_else(|| message.rfind(" at "));
    place.map_or(message, |at| &message[..at])
}

fn call(program: &Program, call: &Call) -> Outcome {
    program.invoke(&call.function, call.input.text().as_bytes(), &Limits::default(), &Cancel::new())
}

#[test]
fn every_module_answers_as_it_does_with_its_own_javascript() {
    let (mut compared, mut refused, mut differences) = (0, BTreeMap::new(), Vec::new());
    for (file, calls) in expected() {
        let program = load_file(&ENGINE, &folder().join(&file)).unwrap();
        for expected in &calls {
            if let Some(known) = program.refused().iter().find(|refused| refused.function == expected.function) {
                refused.insert(format!("{file}: {}", known.function), known.reason.clone());
                continue;
            }
            let outcome = call(&program, expected);
            // The platform passes JSON only, and the glue passed anything.
            if serde_json::from_str::<serde_json::Value>(&expected.input.text()).is_err()
                && matches!(&outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::InputNotJson)
            {
                continue;
            }
            compared += 1;
            if let Some(difference) = expected.difference(&outcome) {
                let input: String = expected.input.text().chars().take(60).collect();
                differences.push(format!("{file}: {}({input}) gave {difference}", expected.function));
            }
        }
    }
    for (function, reason) in &refused {
        println!("refused: {function}: {reason}");
    }
    println!("{compared} answers compared");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(compared > 900);
}
