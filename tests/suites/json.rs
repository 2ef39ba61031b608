//! JSONTestSuite (`PRIOSTACK_JSON_SUITE`): what must be JSON is taken as input and as output, what must not be is
//! refused in both places, and the rest goes one way or the other without harm.

use std::fs;

use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, Program, Reply};

use super::{files, suite};
use crate::sandbox::load_wat;

/// `echo` answers with its input. `unhex` answers with what stands in a JSON string of hexadecimal digits, so that
/// bytes that are no input can be tried as output.
const ECHO: &str = include_str!("../fixtures/json-echo.wat");

fn call(program: &Program, function: &str, input: &[u8]) -> Reply {
    program.invoke(function, input, &Limits::default(), &Cancel::new()).reply
}

fn is_refused(reply: &Reply, kind: FaultKind) -> bool {
    matches!(reply, Reply::Fault(fault) if fault.kind == kind)
}

#[test]
fn what_is_json_passes_and_what_is_not_is_refused_on_both_sides() {
    let Some(folder) = suite("PRIOSTACK_JSON_SUITE") else { return };
    let program = load_wat(ECHO).unwrap();
    let (mut counts, mut wrong) = ([0_usize; 3], Vec::new());
    for file in files(&folder.join("test_parsing"), "json") {
        let bytes = fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let input = call(&program, "echo", &bytes);
        let output = call(&program, "unhex", format!("\"{hex}\"").as_bytes());
        let refused = (is_refused(&input, FaultKind::InputNotJson), is_refused(&output, FaultKind::OutputNotJson));
        let (at, expected) = match name.chars().next() {
            Some('y') => (0, Some(false)),
            Some('n') => (1, Some(true)),
            _ => (2, None),
        };
        counts[at] += 1;
        // An output of no bytes is no output, which is no error.
        let output_expected = expected.filter(|_| !bytes.is_empty());
        for (side, expected, refused, reply) in
            [("input", expected, refused.0, &input), ("output", output_expected, refused.1, &output)]
        {
            let clean = matches!(reply, Reply::Json(_) | Reply::ApplicationError(_)) || refused;
            if !clean || expected.is_some_and(|expected| expected != refused) {
                wrong.push(format!("{name} as {side}: {reply:?}"));
            }
        }
    }
    println!("accepted {}, refused {}, either way {}", counts[0], counts[1], counts[2]);
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
