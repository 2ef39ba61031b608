//! C and C++ modules: every way to take and return bytes, by every compiler, against the answers of
//! Emscripten's own JavaScript; and modules that lie.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::{Path, PathBuf};

use priostack_workbench::bundle::{Choices, Inspection};
use priostack_workbench::sandbox::{Cancel, FaultKind, Hints, Limits, LogLevel, Origin, Outcome, Program, Reply};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use sandbox::{ENGINE, fault, json, load_file, load_wat, run};

const MODULES: [&str; 10] = [
    "shapes-emscripten-3.1.6",
    "shapes-emscripten-3.1.6-growth",
    "shapes-emscripten-3.1.6-javascript",
    "program-emscripten-3.1.6",
    "shapes-emscripten-3.1.69",
    "shapes-emscripten-3.1.69-growth",
    "shapes-emscripten-3.1.69-javascript",
    "program-emscripten-3.1.69",
    "shapes-clang-14",
    "shapes-zig-0.17",
];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/modules/{name}.wasm"))
}

fn module(name: &str) -> Program {
    load_file(&ENGINE, &file(&format!("c/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[derive(Deserialize)]
struct Expected {
    large: Large,
    functions: Vec<Call>,
    programs: std::collections::BTreeMap<String, Vec<Call>>,
}

#[derive(Deserialize)]
struct Large {
    start: String,
    repeat: String,
    times: usize,
    end: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    function: String,
    input: String,
    #[serde(default, deserialize_with = "present")]
    output: Option<Option<String>>,
    output_sha256: Option<String>,
    code: Option<i32>,
    #[serde(default)]
    ended: bool,
}

/// Tells a null from an absent field.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

impl Expected {
    fn read() -> Self {
        let text = std::fs::read_to_string(file("c/x").with_file_name("expected.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn input(&self, call: &Call) -> String {
        match call.input.as_str() {
            "large" => format!("{}{}{}", self.large.start, self.large.repeat.repeat(self.large.times), self.large.end),
            text => text.to_owned(),
        }
    }
}

impl Call {
    /// What came out instead of what is expected.
    fn difference(&self, outcome: &Outcome) -> Option<String> {
        let output = match &outcome.reply {
            Reply::Json(text) => Some(text.clone()),
            Reply::ApplicationError(error) => error.output.clone(),
            Reply::Fault(fault) => fault.raw_output.clone().map(|raw| String::from_utf8(raw).unwrap()),
        };
        let same_output = match (&self.output, &self.output_sha256) {
            (Some(Some(text)), _) => output.as_deref() == Some(text),
            (Some(None), _) => outcome.reply == Reply::Json("null".into()),
            (None, Some(digest)) => {
                let hex: String =
                    Sha256::digest(output.unwrap_or_default()).iter().map(|byte| format!("{byte:02x}")).collect();
                &hex == digest
            }
            (None, None) => true,
        };
        let same_kind = match &outcome.reply {
            Reply::ApplicationError(error) => match self.code {
                Some(code) => {
                    error.output.is_some()
                        || error.message.split(' ').any(|word| word.trim_end_matches(':') == code.to_string())
                }
                // An object with a top-level `error` is an error too.
                None => error.output.is_some(),
            },
            Reply::Json(_) => self.code.is_none() && !self.ended,
            Reply::Fault(fault) if self.ended => fault.kind == FaultKind::Trap,
            Reply::Fault(fault) => fault.kind == FaultKind::OutputNotJson,
        };
        (!same_output || !same_kind).then(|| format!("{:.300}", format!("{:?}", outcome.reply)))
    }
}

#[test]
fn every_compilers_modules_answer_as_with_emscriptens_own_javascript() {
    let expected = Expected::read();
    let (mut compared, mut differences) = (0, Vec::new());
    for name in MODULES {
        let program = module(name);
        for call in &expected.functions {
            let input = expected.input(call);
            let outcome = run(&program, &call.function, &input);
            // Without malloc, inputs go onto a small stack.
            let too_large =
                matches!(&outcome.reply, Reply::Fault(fault) if fault.message.contains("goes onto the module's stack"));
            if call.input == "large" && too_large {
                assert!(program.convention().contains("no allocator is exported"), "{name}");
                continue;
            }
            // Memories of a fixed size are full earlier than those that grow, and say so.
            let full = matches!(&outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::Trap);
            if call.input == "large" && full && !name.contains("growth") {
                continue;
            }
            compared += 1;
            if let Some(difference) = call.difference(&outcome) {
                differences.push(format!("{name}: {}({:.60}) gave {difference}", call.function, call.input));
            }
        }
    }
    println!("{compared} answers compared");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(compared > 1000);
}

#[test]
fn programs_answer_as_under_nodes_own_wasi() {
    let expected = Expected::read();
    let mut differences = Vec::new();
    for (name, calls) in &expected.programs {
        let program = load_file(&ENGINE, &file(name.strip_suffix(".wasm").unwrap())).unwrap();
        for call in calls {
            let outcome = run(&program, &call.function, &expected.input(call));
            if let Some(difference) = call.difference(&outcome) {
                differences.push(format!("{name}: {}({:.60}) gave {difference}", call.function, call.input));
            }
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn numbers_are_told_from_pointers_by_the_code() {
    for name in MODULES {
        let program = module(name);
        for function in ["add", "scale", "mean"] {
            let refused = program.refused().iter().find(|refused| refused.function == function);
            assert!(refused.unwrap_or_else(|| panic!("{name} {function}")).reason.contains("numbers"), "{name}");
        }
        // A number or an address without parameters: nothing could tell.
        let doubts: Vec<&str> = program.assumptions().iter().map(|doubt| doubt.function.as_str()).collect();
        // In code that is not optimised at all, pointers go out of sight in structures.
        let opaque =
            if name == "shapes-emscripten-3.1.69" { vec!["bufferToText", "count_calls"] } else { vec!["count_calls"] };
        assert_eq!(doubts, opaque, "{name}");
    }
}

#[test]
fn what_is_printed_becomes_log_lines_with_levels_and_fields() {
    for name in MODULES {
        let outcome = run(&module(name), "logs", "{}");
        let told: Vec<_> = outcome.logs.iter().map(|line| (line.level, line.message.as_str())).collect();
        let expected = [(LogLevel::Info, "got 2 bytes"), (LogLevel::Error, "a complaint"), (LogLevel::Warn, "slow")];
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn failed_asserts_and_exits_say_what_they_are() {
    for name in MODULES {
        let program = module(name);
        let outcome = run(&program, "asserts", "{}");
        assert!(fault(&outcome).message.contains("in[0] == '['"), "{name}: {:?}", fault(&outcome));
        let outcome = run(&program, "exits", "{}");
        assert!(fault(&outcome).message.contains("exit code 123"), "{name}: {:?}", fault(&outcome));
    }
}

#[test]
fn a_memory_of_fixed_size_is_full_and_one_that_grows_is_not() {
    let outcome = run(&module("shapes-emscripten-3.1.69"), "hungry", "{}");
    assert!(matches!(&outcome.reply, Reply::ApplicationError(error) if error.message == "no memory"), "{outcome:?}");
    let growing = module("shapes-emscripten-3.1.6-growth");
    assert_eq!(json(&run(&growing, "hungry", "{}"))["memory"], true);
    let limits = Limits { memory: 20 << 20, ..Limits::default() };
    let outcome = growing.invoke("hungry", b"{}", &limits, &Cancel::new());
    assert!(matches!(&outcome.reply, Reply::ApplicationError(_)), "{outcome:?}");
}

#[test]
fn exceptions_work_where_the_engine_knows_them_and_say_what_is_missing_elsewhere() {
    let exnref = module("exceptions-exnref");
    let outcome = run(&exnref, "catches", "{}");
    assert!(matches!(&outcome.reply, Reply::ApplicationError(error) if error.message == "not a list"), "{outcome:?}");
    assert_eq!(fault(&run(&exnref, "throws", "{}")).kind, FaultKind::Trap);

    let none = module("exceptions-none");
    let outcome = run(&none, "throws", "{}");
    assert!(fault(&outcome).help.as_deref().unwrap().contains("C++ throw"), "{outcome:?}");

    let legacy = std::fs::read(file("c/exceptions-legacy")).unwrap();
    let refusal = Inspection::read(&legacy).unwrap_err();
    assert!(refusal.contains("-sWASM_EXNREF=1"), "{refusal}");
}

#[test]
fn a_side_module_is_refused_with_advice() {
    let error = load_file(&ENGINE, &file("c/side")).err().unwrap();
    assert!(error.message.contains("side module"), "{error}");
    assert!(error.help.unwrap().contains("-sSIDE_MODULE"));
}

#[test]
fn a_kept_instance_does_not_grow_by_its_inputs() {
    for name in ["shapes-emscripten-3.1.6-growth", "shapes-emscripten-3.1.6", "shapes-zig-0.17"] {
        let mut session = module(name).session();
        let input = format!("\"{}\"", "a".repeat(20_000));
        let invoke = |session: &mut priostack_workbench::sandbox::Session| {
            session.invoke("static_buffer", input.as_bytes(), &Limits::default(), &Cancel::new())
        };
        assert_eq!(json(&invoke(&mut session))["length"], 20_002);
        let first = invoke(&mut session);
        for _ in 0..500 {
            json(&invoke(&mut session));
        }
        let last = invoke(&mut session);
        assert_eq!((last.origin, last.peak_memory), (Origin::Reused, first.peak_memory), "{name}");
    }
}

/// A module with an allocator that gives 4096, and one function `f` with this type and body.
fn lying(allocator: &str, ty: &str, body: &str) -> Program {
    load_wat(&format!(
        r#"(module (memory (export "memory") 1)
            (data (i32.const 2048) "[1,2,3]\00")
            (func (export "malloc") (param i32) (result i32) {allocator})
            (func (export "f") {ty} (drop (i32.load8_u (local.get 0))) {body}))"#
    ))
    .unwrap()
}

const AT_4096: &str = "(i32.const 4096)";

#[test]
fn pointers_and_lengths_that_lie_break_the_convention() {
    let three = "(param i32 i32 i32) (result i32)";
    for body in [
        // Nothing was written where the length belongs.
        "(if (i32.const 0) (then (i32.store (local.get 2) (i32.const 7)))) (i32.const 2048)",
        // Outside of memory, and around its end.
        "(i32.store (local.get 2) (i32.const 8)) (i32.const 0x7fff0000)",
        "(i32.store (local.get 2) (i32.const 0x7fffffff)) (i32.const 2048)",
        "(i32.store (local.get 2) (i32.const -2)) (i32.const -1)",
        // A null pointer to something.
        "(i32.store (local.get 2) (i32.const 8)) (i32.const 0)",
    ] {
        let outcome = run(&lying(AT_4096, three, body), "f", "{}");
        assert_eq!(fault(&outcome).kind, FaultKind::Convention, "{body}: {outcome:?}");
    }
    let good = lying(AT_4096, three, "(i32.store (local.get 2) (i32.const 7)) (i32.const 2048)");
    assert_eq!(json(&run(&good, "f", "{}")), serde_json::json!([1, 2, 3]));

    let packed = "(param i32 i32) (result i64)";
    for result in ["0x0000080000ffffff", "-1", "0x00000000_00000007"] {
        let outcome = run(&lying(AT_4096, packed, &format!("(i64.const {result})")), "f", "{}");
        assert_eq!(fault(&outcome).kind, FaultKind::Convention, "{result}");
    }
    assert_eq!(json(&run(&lying(AT_4096, packed, "(i64.const 0x0000080000000007)"), "f", "{}"))[0], 1);
}

#[test]
fn allocators_that_fail_or_lead_nowhere_are_noticed() {
    let packed = "(param i32 i32) (result i64)";
    for allocator in ["(i32.const 65530)", "(i32.const -4)", "(i32.const 0)"] {
        let outcome = run(&lying(allocator, packed, "(i64.const 0x0000080000000007)"), "f", "{}");
        assert_eq!(fault(&outcome).kind, FaultKind::Convention, "{allocator}");
    }
}

#[test]
fn a_text_ends_within_memory_and_within_the_limit() {
    let text = "(param i32) (result i32)";
    assert_eq!(json(&run(&lying(AT_4096, text, "(i32.const 2048)"), "f", "{}"))[2], 3);
    let endless = "(memory.fill (i32.const 8192) (i32.const 97) (i32.const 57344)) (i32.const 8192)";
    assert_eq!(fault(&run(&lying(AT_4096, text, endless), "f", "{}")).kind, FaultKind::Convention);
    let limits = Limits { output: 100, ..Limits::default() };
    let outcome = lying(AT_4096, text, endless).invoke("f", b"{}", &limits, &Cancel::new());
    assert_eq!(fault(&outcome).kind, FaultKind::OutputTooLarge);
    // A small number is no address; what to choose instead is said.
    let outcome = run(&lying(AT_4096, text, "(i32.const 1)"), "f", "{}");
    assert!(fault(&outcome).help.as_deref().unwrap().contains("c-string-number"), "{outcome:?}");
    let outcome = run(&lying(AT_4096, text, "(i32.const 0)"), "f", "{}");
    assert!(matches!(&outcome.reply, Reply::ApplicationError(error) if error.message.contains("null pointer")));
}

#[test]
fn an_output_may_overlap_the_input_and_its_own_length() {
    let three = "(param i32 i32 i32) (result i32)";
    let own_length = lying(AT_4096, three, "(i32.store (local.get 2) (i32.const 1)) (local.get 2)");
    let outcome = run(&own_length, "f", "{}");
    assert_eq!(fault(&outcome).kind, FaultKind::OutputNotJson, "{outcome:?}");
    let input = lying(AT_4096, three, "(i32.store (local.get 2) (local.get 1)) (local.get 0)");
    assert_eq!(json(&run(&input, "f", "[7]"))[0], 7);
}

#[test]
fn what_nobody_can_tell_is_assumed_and_a_choice_settles_it() {
    let bytes = wat::parse_str(
        r#"(module (memory (export "memory") 1)
            (data (i32.const 2048) "[1,2,3]\00")
            (table 1 funcref) (type $any (func (param i32) (result i32)))
            (func (export "malloc") (param i32) (result i32) (i32.const 4096))
            (func (export "version") (result i32) (i32.const 2048))
            (func (export "opaque") (param i32) (result i32)
              (if (i32.eqz (local.get 0)) (then (drop (call_indirect (type $any) (local.get 0) (i32.const 0)))))
              (i32.const 2048)))"#,
    )
    .unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    let program = ENGINE.load(&bytes, &inspection, Hints::default()).unwrap();
    assert_eq!(json(&run(&program, "version", "")), 2048);
    let doubts: Vec<_> = program.assumptions().iter().map(|doubt| (doubt.function.as_str(), doubt.assumed)).collect();
    assert_eq!(doubts, [("version", "number"), ("opaque", "c-string")]);
    let words: Vec<_> = program.assumptions()[0].alternatives.iter().map(|other| other.word).collect();
    assert_eq!(words, ["text"]);

    let mut choices = Choices::default();
    choices.functions.insert("version".into(), "text".into());
    choices.functions.insert("opaque".into(), "c-string-number".into());
    let program = ENGINE.load(&bytes, &inspection, Hints { choices: Some(&choices), ..Hints::default() }).unwrap();
    assert_eq!(json(&run(&program, "version", "")), serde_json::json!([1, 2, 3]));
    assert_eq!(json(&run(&program, "opaque", "{}")), 2048);
    assert!(program.assumptions().is_empty());
}

#[test]
fn a_module_that_never_looks_at_its_memory_gets_pages_for_its_input() {
    let program = load_wat(
        r#"(module (memory (export "memory") 1)
            (func (export "echo") (param i32 i32) (result i64)
              (drop (i32.load8_u (local.get 0)))
              (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))"#,
    )
    .unwrap();
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    assert_eq!(json(&run(&program, "echo", &large)), serde_json::from_str::<serde_json::Value>(&large).unwrap());
    let mut session = program.session();
    for _ in 0..3 {
        let outcome = session.invoke("echo", large.as_bytes(), &Limits::default(), &Cancel::new());
        assert_eq!(outcome.peak_memory, (1 << 20) + (2 << 16));
    }
}
