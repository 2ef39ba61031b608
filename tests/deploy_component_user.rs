//! Every module whose functions can be exported as a component answers there as it does in the sandbox; and every
//! other says why it cannot.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod exported;
mod sandbox;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use priostack_workbench::deploy::component::user::component;
use priostack_workbench::sandbox::{Cancel, Conditions, FaultKind, Limits, Outcome, Program, Reply, Session};
use serde::Deserialize;
use serde_json::Value;

use exported::{Came, Exported, NOW, compile, difference, is_of_the_same_kind};
use sandbox::glue::Input;
use sandbox::load_file;

/// Inputs that every function is called with: usual ones, odd ones, and one that is too large for a stack.
const INPUTS: [&str; 6] = [
    r#"{"email":"ada@example.com","name":"Ada Lovelace"}"#,
    r#"{"email":"zoë@bücher.example","name":"Zoë 😀 \u0000 \ud83d\ude00"}"#,
    r#"{"list":[[[[{"deep":[1,2.5e-3,-0,null,true,{}]}]]]]}"#,
    "[]",
    r#""text""#,
    "null",
];

/// A call whose answer is known.
#[derive(Deserialize)]
struct Call {
    function: String,
    #[serde(flatten)]
    input: Input,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules")
}

/// The modules below a folder.
fn modules(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(modules(&path));
        } else if path.extension().is_some_and(|ending| ending == "wasm") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The inputs of the calls whose answers the toolchains' own JavaScript told, by module.
fn known_inputs() -> BTreeMap<PathBuf, Vec<(String, String)>> {
    let text = std::fs::read(folder().join("expected.json")).unwrap();
    let calls: BTreeMap<String, Vec<Call>> = serde_json::from_slice(&text).unwrap();
    let inputs = |calls: Vec<Call>| calls.into_iter().map(|call| (call.function, call.input.text())).collect();
    calls.into_iter().map(|(file, calls)| (folder().join(file).canonicalize().unwrap(), inputs(calls))).collect()
}

/// The inputs of the saved cases of the sample bundle's module.
fn saved_inputs(module: &Path) -> Vec<(String, String)> {
    let service = module.file_stem().unwrap();
    let cases = module.parent().unwrap().join("../.workbench/cases").join(service);
    let mut inputs = Vec::new();
    for function in std::fs::read_dir(cases).into_iter().flatten() {
        let function = function.unwrap();
        for case in std::fs::read_dir(function.path()).unwrap() {
            let case: Value = serde_json::from_slice(&std::fs::read(case.unwrap().path()).unwrap()).unwrap();
            inputs.push((function.file_name().into_string().unwrap(), case["input"].to_string()));
        }
    }
    inputs
}

/// What came of a call in the sandbox.
struct Expected {
    fresh: Outcome,
    /// In the instance that is kept for all calls.
    kept: Outcome,
    /// Whether it is the same on another day.
    is_steady: bool,
}

fn in_the_sandbox(program: &Program, session: &mut Session, function: &str, input: &str) -> Expected {
    let limits = |time| Limits { time: Duration::from_millis(time), ..Limits::default() };
    let on = |date: Duration, time| {
        let conditions = Conditions { date: Some(date), ..Conditions::default() };
        program.invoke_under(function, input.as_bytes(), &limits(time), &Cancel::new(), conditions).0
    };
    let is_late = |outcome: &Outcome| matches!(&outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::Timeout);
    let mut fresh = on(*NOW, 500);
    if is_late(&fresh) {
        // Endless, or on a machine that does much else.
        fresh = on(*NOW, 3_000);
    }
    let ends = !is_late(&fresh);
    let mut is_steady = !ends || on(*NOW + Duration::from_secs(100_000), 5_000).reply == fresh.reply;
    let kept =
        if ends { session.invoke(function, input.as_bytes(), &limits(5_000), &Cancel::new()) } else { fresh.clone() };
    // Some log addresses, which are others in an instance that is kept.
    is_steady &= fresh.reply != kept.reply || messages(&fresh) == messages(&kept);
    Expected { fresh, kept, is_steady }
}

fn messages(outcome: &Outcome) -> Vec<&str> {
    outcome.logs.iter().map(|line| line.message.as_str()).collect()
}

/// The functions of a module that can be exported, with the component; and why the others cannot.
fn export(program: &Program, module: &[u8]) -> (Vec<String>, Option<Vec<u8>>, Vec<String>) {
    let functions = program.functions();
    let all: Vec<&str> = functions.iter().map(String::as_str).collect();
    let refused = match component(program, module, &all, b"{}") {
        Ok(component) => return (functions, Some(component), Vec::new()),
        Err(refused) => refused.reasons,
    };
    let is_refused = |name: &str| refused.iter().any(|reason| reason.function.as_deref() == Some(name));
    let rest: Vec<&str> = all.into_iter().filter(|name| !is_refused(name)).collect();
    let component = component(program, module, &rest, b"{}").ok();
    let reasons = refused.iter().map(|reason| reason.message.clone()).collect();
    (rest.into_iter().map(str::to_owned).collect(), component, reasons)
}

/// What was compared of a module, and what was not as it should be.
#[derive(Default)]
struct Compared {
    answers: usize,
    functions: usize,
    differences: Vec<String>,
}

/// Calls every function that can be exported with every input, in the sandbox and twice in the component: in one
/// instance that is kept for all calls, and in one of its own.
fn compare(path: &Path, known: &[(String, String)]) -> (Compared, Vec<String>) {
    let mut compared = Compared::default();
    let Ok(program) = load_file(&sandbox::ENGINE, path) else { return (compared, Vec::new()) };
    let (functions, component, reasons) = export(&program, &std::fs::read(path).unwrap());
    let Some(component) = component else { return (compared, reasons) };
    let component = compile(&component);
    let (mut kept, mut session) = (Exported::new(&component), program.session());
    let large = format!("\"{}\"", "é😀".repeat(20_000));
    for (at, function) in functions.iter().enumerate() {
        compared.functions += 1;
        let is_own = |(name, input): &&(String, String)| name == function && input.len() < 1 << 20;
        let own = known.iter().filter(is_own).map(|(_, input)| input.as_str());
        for input in INPUTS.into_iter().chain([large.as_str()]).chain(own) {
            let expected = in_the_sandbox(&program, &mut session, function, input);
            let kind = if let Reply::Fault(fault) = &expected.fresh.reply { Some(fault.kind) } else { None };
            // What is not JSON is refused before a component is asked.
            if kind == Some(FaultKind::InputNotJson) {
                continue;
            }
            let mut own = Exported::new(&component);
            for (instance, exported, expected_here) in
                [("kept", &mut kept, &expected.kept), ("own", &mut own, &expected.fresh)]
            {
                // An endless call in one instance is enough.
                if kind == Some(FaultKind::Timeout) && instance == "kept" {
                    continue;
                }
                let came = exported.call(at, input.as_bytes());
                compared.answers += 1;
                let logs = exported.logs();
                let difference = match expected.is_steady {
                    true => difference(expected_here, &came, &logs),
                    false => is_of_the_same_kind(expected_here, &came),
                };
                if let Some(difference) = difference {
                    let begun: String = input.chars().take(60).collect();
                    let file = path.file_name().unwrap().display();
                    compared
                        .differences
                        .push(format!("{file}: {function}({begun}), {instance} instance: {difference}"));
                }
                if matches!(came, Came::Trap | Came::Fault { .. }) {
                    *exported = Exported::new(&component);
                }
            }
            if kind == Some(FaultKind::Timeout) {
                break;
            }
        }
    }
    (compared, reasons)
}

fn compare_all(paths: &[PathBuf], inputs: impl Fn(&Path) -> Vec<(String, String)>) -> (usize, BTreeSet<String>) {
    let (mut all, mut refused) = (Compared::default(), BTreeSet::new());
    for path in paths {
        let begun = Instant::now();
        let (compared, reasons) = compare(path, &inputs(path));
        let file = path.file_name().unwrap().display();
        println!("{file}: {} functions, {} answers in {:.1?}", compared.functions, compared.answers, begun.elapsed());
        all.answers += compared.answers;
        all.differences.extend(compared.differences);
        refused.extend(reasons.into_iter().map(|reason| format!("{file}: {reason}")));
    }
    for reason in &refused {
        println!("{reason}");
    }
    assert!(all.differences.is_empty(), "{} differ:\n{}", all.differences.len(), all.differences.join("\n"));
    (all.answers, refused)
}

/// The modules in these folders, and the functions that cannot be exported.
fn compare_folders(folders: &[&str], least: usize) -> BTreeSet<String> {
    let known = known_inputs();
    let paths: Vec<PathBuf> = folders.iter().flat_map(|name| modules(&folder().join(name))).collect();
    let (answers, refused) =
        compare_all(&paths, |path| known.get(&path.canonicalize().unwrap()).cloned().unwrap_or_default());
    assert!(answers >= least, "{answers}");
    refused
}

#[test]
fn rust_modules_answer_as_in_the_sandbox() {
    assert_eq!(compare_folders(&["rust"], 2_800), BTreeSet::new());
}

#[test]
fn assemblyscript_modules_answer_as_in_the_sandbox() {
    let refused = compare_folders(&["assemblyscript"], 2_900);
    assert_eq!(refused.len(), 9, "{refused:?}");
    assert!(refused.iter().all(|reason| reason.contains("exports no runtime")), "{refused:?}");
}

#[test]
fn c_and_plain_modules_answer_as_in_the_sandbox() {
    let refused = compare_folders(&["c", "plain"], 2_900);
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused.iter().all(|reason| reason.contains("constructors behind its `main`")), "{refused:?}");
}

#[test]
fn modules_that_need_more_than_calls_say_what() {
    let refused = compare_folders(&["command", "component", "extism"], 0);
    for (module, needs) in [
        ("rust-1.95.wasm", "standard input and output"),
        ("functions-0.30.wasm", "a front that speaks its own interfaces"),
        ("plugin-1.4.1.wasm", "Extism's kernel"),
    ] {
        let told = refused.iter().any(|reason| reason.starts_with(module) && reason.contains(needs));
        assert!(told, "{module}: {refused:?}");
    }
}

#[test]
fn the_sample_bundles_modules_are_exported_but_for_the_one_in_go() {
    let wasm = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle/wasm");
    let (answers, refused) = compare_all(&modules(&wasm), saved_inputs);
    assert!(answers >= 150, "{answers}");
    let refused: Vec<String> = refused.into_iter().collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].starts_with("payment-processor.wasm: The module (Go js/wasm) needs"), "{refused:?}");
}

/// Modules that nobody here has seen: a folder of the user's choice.
#[test]
fn every_module_of_an_extra_folder_is_exported_or_says_why() {
    let Some(folder) = std::env::var_os("PRIOSTACK_MODULES") else {
        eprintln!("skipped: set PRIOSTACK_MODULES to a folder of modules to export them all");
        return;
    };
    compare_all(&modules(Path::new(&folder)), |_| Vec::new());
}

/// Loads a module written by hand and exports its functions.
fn export_wat(text: &str, functions: &[&str]) -> Result<Vec<u8>, Vec<String>> {
    let module = wat::parse_str(text).unwrap();
    let program = sandbox::load(&sandbox::ENGINE, &module, None).unwrap();
    let exported = component(&program, &module, functions, b"the site");
    exported.map_err(|refused| refused.reasons.into_iter().map(|reason| reason.message).collect())
}

const ECHO: &str = r#"
    (memory (export "memory") 1)
    (func (export "alloc") (param i32) (result i32) i32.const 1024)
    (func (export "echo") (param i32 i32) (result i64)
        (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))"#;

#[test]
fn a_component_holds_the_module_byte_for_byte_and_the_site_beside_it() {
    let module = wat::parse_str(format!("(module {ECHO})")).unwrap();
    let exported = export_wat(&format!("(module {ECHO})"), &["echo"]).unwrap();
    assert!(exported.windows(module.len()).any(|window| window == module));
    let mut instance = Exported::new(&compile(&exported));
    assert_eq!(instance.site(), b"the site");
    assert_eq!(instance.call(0, b"[1]"), Came::Output(b"[1]".to_vec()));
    let none = "The component has no function at this position".to_owned();
    assert_eq!(instance.call(1, b"[1]"), Came::Fault { code: "convention".into(), message: none });
}

#[test]
fn only_modules_that_pass_javascript_values_need_an_engine_with_garbage_collection() {
    let exported = |file: &str, function: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let program = load_file(&sandbox::ENGINE, &path).unwrap();
        component(&program, &std::fs::read(&path).unwrap(), &[function], b"{}").unwrap()
    };
    let mut features = wasmparser::WasmFeatures::default();
    features.remove(wasmparser::WasmFeatures::GC);
    let without =
        |component: Vec<u8>| wasmparser::Validator::new_with_features(features).validate_all(&component).map(|_| ());
    for (file, function) in [
        ("tests/modules/rust/shapes-0.2.130-mvp.wasm", "js_value_to_js_value"),
        ("tests/modules/assemblyscript/functions-0.28.wasm", "bytesToBytes"),
        ("tests/modules/c/shapes-zig-0.17.wasm", "packed"),
    ] {
        without(exported(file, function)).unwrap();
    }
    // The table is made, and nothing ever goes into it.
    let table = r#"(module (import "wbg" "__wbindgen_init_externref_table" (func $init))
        (memory (export "memory") 1) (table (export "__wbindgen_externrefs") 8 externref)
        (func (export "__wbindgen_malloc") (param i32 i32) (result i32) i32.const 1024)
        (func (export "__wbindgen_free") (param i32 i32 i32))
        (func (export "__wbindgen_start") (call $init))
        (func (export "echo") (param i32 i32) (result i32 i32) local.get 0 local.get 1))"#;
    let table = export_wat(table, &["echo"]).unwrap();
    assert_eq!(Exported::new(&compile(&table)).call(0, b"[1]"), Came::Output(b"[1]".to_vec()));
    without(table).unwrap();
    let references = exported("tests/modules/rust/shapes-0.2.130.wasm", "bytes_to_bytes");
    assert!(without(references).unwrap_err().message().contains("gc"));
}

#[test]
fn what_cannot_be_exported_is_named() {
    let unknown = export_wat(&format!("(module {ECHO})"), &["echo", "gone"]).unwrap_err();
    assert_eq!(unknown, ["The module exports no function `gone`"]);
    let vector = format!(r#"(module (import "math" "dot" (func (param v128))) {ECHO})"#);
    let reasons = export_wat(&vector, &["echo"]).unwrap_err();
    assert_eq!(reasons, ["The module imports `math.dot`, whose type cannot cross to the glue"]);
}

#[test]
fn an_import_that_nobody_offers_ends_the_call_with_its_name_in_the_log() {
    let text = format!(
        r#"(module (import "stripe" "charge" (func $charge (param i32) (result i32))) {ECHO}
        (func (export "pay") (param i32 i32) (result i64) (drop (call $charge (i32.const 1))) (i64.const 0)))"#
    );
    let mut instance = Exported::new(&compile(&export_wat(&text, &["echo", "pay"]).unwrap()));
    assert_eq!(instance.call(0, b"{}"), Came::Output(b"{}".to_vec()));
    assert_eq!(instance.call(1, b"{}"), Came::Trap);
    let told = "The module called `charge` of `stripe`, which the sandbox does not offer".to_owned();
    assert_eq!(instance.logs(), [(3, told)]);
}

#[test]
fn a_module_that_lies_about_its_memory_gets_a_fault() {
    let text = format!(
        r#"(module {ECHO} (func (export "lie") (param i32 i32) (result i64) (i64.const 0xfffffff0_00000100)))"#
    );
    let mut instance = Exported::new(&compile(&export_wat(&text, &["lie"]).unwrap()));
    let Came::Fault { code, message } = instance.call(0, b"{}") else { panic!("no fault") };
    assert_eq!(code, "convention");
    assert!(message.contains("256 bytes at address 4294967280, outside of its memory of 65536 bytes"), "{message}");
}

#[test]
fn a_start_section_has_the_clock_and_a_log_that_nobody_reads() {
    let text = format!(
        r#"(module
        (import "priostack" "now_ms" (func $now (result i64)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (global $began (mut i64) (i64.const 0))
        (func $start (global.set $began (call $now)) (drop (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 8))))
        (start $start)
        (func (export "began") (param i32 i32) (result i64)
            (i64.or (i64.const 0x0000_0400_0000_0000) (i64.extend_i32_u (i64.ne (global.get $began) (i64.const 0)))))
        {ECHO})"#
    );
    let mut instance = Exported::new(&compile(&export_wat(&text, &["began"]).unwrap()));
    assert!(matches!(instance.call(0, b"7"), Came::Output(bytes) if bytes == b"7"));
}

/// Many calls in one instance whose memory is small: what is passed and returned is given back.
#[test]
fn a_kept_instance_gives_back_what_was_passed() {
    for (file, function) in [
        ("rust/shapes-0.2.130.wasm", "bytes_to_bytes"),
        ("rust/shapes-0.2.130-mvp.wasm", "bytes_to_bytes"),
        ("rust/shapes-0.2.130.wasm", "js_value_to_js_value"),
        ("assemblyscript/functions-0.28.wasm", "bytesToBytes"),
        // Results stay, as nobody knows whether they may be freed: this one answers in the room of its input.
        ("c/shapes-emscripten-3.1.69-growth.wasm", "in_place"),
        ("plain/example-rust.wasm", "greet"),
    ] {
        let path = folder().join(file);
        let program = load_file(&sandbox::ENGINE, &path).unwrap();
        let exported = component(&program, &std::fs::read(&path).unwrap(), &[function], b"{}").unwrap();
        let mut instance = Exported::with_memory(&compile(&exported), 24 << 20);
        let input = format!("\"{}\"", "x".repeat(60_000));
        for call in 0..600 {
            let came = instance.call(0, input.as_bytes());
            assert!(!matches!(came, Came::Trap | Came::Fault { .. }), "{file}: call {call}: {came:?}");
        }
    }
}
