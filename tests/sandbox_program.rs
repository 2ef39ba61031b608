//! What a program tells of itself, and how it takes what it is given.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::{Path, PathBuf};
use std::time::Duration;

use priostack_workbench::bundle::Inspection;
use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, Reply};

use sandbox::{ENGINE, fault, json, load, load_file, load_wat, run};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn functions_are_found_in_either_spelling() {
    let program = load_file(&ENGINE, &file("sample-bundle/wasm/user-service.wasm")).unwrap();
    let input = r#"{"email":"ada@example.com","name":"Ada"}"#;
    let snake = json(&run(&program, "create_user", input));
    assert_eq!(json(&run(&program, "createUser", input)), snake);
    assert!(program.functions().contains(&"create_user".to_owned()));
}

#[test]
fn an_unknown_function_comes_with_the_nearest_names() {
    let program = load_file(&ENGINE, &file("sample-bundle/wasm/user-service.wasm")).unwrap();
    let outcome = run(&program, "createUsr", "{}");
    assert_eq!(fault(&outcome).kind, FaultKind::NoSuchFunction);
    assert!(fault(&outcome).help.as_ref().unwrap().contains("create_user"));
}

#[test]
fn a_function_that_takes_numbers_says_why_it_cannot_be_called() {
    let program = load_file(&ENGINE, &file("tests/modules/rust/shapes-0.2.130.wasm")).unwrap();
    let outcome = run(&program, "addNumbers", "{}");
    assert_eq!(fault(&outcome).kind, FaultKind::NoSuchFunction);
    assert!(fault(&outcome).message.contains("numbers"), "{}", fault(&outcome).message);
}

#[test]
fn input_is_checked_before_anything_runs() {
    let program = load_file(&ENGINE, &file("sample-bundle/wasm/user-service.wasm")).unwrap();
    for input in ["", "{", "{\"a\":}", "{} x"] {
        let outcome = run(&program, "create_user", input);
        assert_eq!(fault(&outcome).kind, FaultKind::InputNotJson, "{input}");
        assert_eq!(outcome.timings.total(), Duration::ZERO);
    }
    let limits = Limits { input: 10, ..Limits::default() };
    let outcome = program.invoke("create_user", b"[1,2,3,4,5,6]", &limits, &Cancel::new());
    assert_eq!(fault(&outcome).kind, FaultKind::InputTooLarge);
}

#[test]
fn an_object_with_an_error_is_the_functions_own_no() {
    let program = load_file(&ENGINE, &file("sample-bundle/wasm/user-service.wasm")).unwrap();
    let outcome = run(&program, "create_user", "{}");
    match &outcome.reply {
        Reply::ApplicationError(error) => assert!(error.output.as_ref().unwrap().contains("error"), "{error:?}"),
        other => panic!("{other:?}"),
    }
    assert!(outcome.output().is_some());
}

#[test]
fn many_threads_share_one_program() {
    let program = load_file(&ENGINE, &file("tests/modules/rust/shapes-0.2.130.wasm")).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..80 {
            let program = &program;
            scope.spawn(move || {
                for call in 0..20 {
                    let input = format!(r#"{{"thread":{thread},"call":{call}}}"#);
                    assert_eq!(json(&run(program, "echo", &input))["thread"], thread);
                    assert_eq!(json(&run(program, "count_calls", "{}"))["calls"], 1);
                }
            });
        }
    });
}

#[test]
fn an_instance_never_sees_the_memory_of_another() {
    let program = load_wat(
        r#"(module (memory (export "memory") 4)
            (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 131072))
            (func (export "__wbindgen_free") (param i32 i32 i32))
            ;; Answers with the byte at 100 and changes it.
            (func (export "f") (param i32 i32) (result i32 i32)
              (i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.load8_u (i32.const 100))))
              (i32.store8 (i32.const 100) (i32.const 1))
              (i32.store8 (i32.const 200000) (i32.const 1))
              (i32.const 64) (i32.const 1)))"#,
    )
    .unwrap();
    for _ in 0..50 {
        assert_eq!(json(&run(&program, "f", "{}")), 0);
    }
}

#[test]
fn the_time_of_an_invocation_is_split_into_its_parts() {
    let program = load_file(&ENGINE, &file("tests/modules/rust/shapes-0.2.130.wasm")).unwrap();
    let input = format!("\"{}\"", "x".repeat(4_000_000));
    let outcome = run(&program, "echo", &input);
    let timings = outcome.timings;
    for part in [timings.instantiate, timings.copy_in, timings.run, timings.copy_out] {
        assert!(part > Duration::ZERO, "{timings:?}");
    }
    assert!(outcome.peak_memory > 8_000_000, "{}", outcome.peak_memory);
}

#[test]
fn the_program_that_does_nothing_answers_null() {
    let source = std::fs::read_to_string(file("src/sandbox/no_op.wat")).unwrap();
    let compiled = wat::parse_str(source).unwrap();
    if std::env::var_os("PRIOSTACK_BLESS").is_some() {
        std::fs::write(file("src/sandbox/no_op.wasm"), &compiled).unwrap();
    }
    let committed = std::fs::read(file("src/sandbox/no_op.wasm")).unwrap();
    assert!(compiled == committed, "no_op.wasm is not made of no_op.wat: run this test twice with PRIOSTACK_BLESS=1");
    let program = ENGINE.no_op().unwrap();
    let function = program.functions().pop().unwrap();
    assert_eq!(run(&program, &function, "{}").reply, Reply::Json("null".into()));
}

#[test]
fn what_is_no_module_of_a_known_toolchain_is_refused_with_advice() {
    for (name, said) in [
        ("tests/modules/wat/empty-component.wasm", "component exports no function"),
        ("tests/modules/wat/truncated.wasm", ""),
        ("tests/modules/wat/not-wasm.wasm", ""),
        ("tests/modules/wat/empty.wasm", ""),
        ("tests/modules/wat/text-in-binary-name.wasm", ""),
        ("tests/modules/rust/user-service-without-wasm-bindgen.wasm", "wasm-bindgen"),
    ] {
        let error = load_file(&ENGINE, &file(name)).err().unwrap_or_else(|| panic!("{name} loads"));
        assert!(error.message.contains(said), "{name}: {}", error.message);
    }
    for name in ["no-exports", "no-memory", "huge-from-the-start", "data-beyond-memory"] {
        let text = std::fs::read_to_string(file(&format!("tests/modules/wat/{name}.wat"))).unwrap();
        let error = load_wat(&text).err().unwrap_or_else(|| panic!("{name} loads"));
        assert!(error.help.is_some() && !error.message.is_empty());
    }
}

#[test]
fn functions_that_take_neither_bytes_nor_nothing_are_refused_one_by_one() {
    let text = std::fs::read_to_string(file("tests/modules/wat/odd-signatures.wat")).unwrap();
    let program = load_wat(&text).unwrap();
    assert_eq!(program.functions(), Vec::<String>::new());
    assert_eq!(program.refused().len(), 4);
    assert!(program.refused().iter().all(|refused| refused.help.is_some()));
}

#[test]
fn declarations_beside_a_module_settle_what_its_types_leave_open() {
    let bytes = std::fs::read(file("tests/modules/rust/shapes-0.2.130-mvp.wasm")).unwrap();
    let declared = "export function js_value_to_same_js_value(input: any): any;";
    let program = load(&ENGINE, &bytes, Some(declared)).unwrap();
    assert_eq!(json(&run(&program, "js_value_to_same_js_value", r#"{"a":1}"#))["a"], 1);
    let program = load(&ENGINE, &bytes, None).unwrap();
    assert!(program.refused().iter().any(|refused| refused.function == "js_value_to_same_js_value"));
}

#[test]
fn an_inspection_of_another_module_does_no_harm() {
    let own = std::fs::read(file("tests/modules/rust/shapes-0.2.130.wasm")).unwrap();
    for other in
        ["rust/shapes-0.2.100-mvp.wasm", "assemblyscript/functions-0.28.wasm", "rust/user-service-0.2.130-mvp.wasm"]
    {
        let inspection = Inspection::read(&std::fs::read(file("tests/modules").join(other)).unwrap()).unwrap();
        if let Ok(program) = ENGINE.load(&own, &inspection, priostack_workbench::sandbox::Hints::default()) {
            for function in program.functions() {
                let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
                program.invoke(&function, b"{}", &limits, &Cancel::new());
            }
        }
    }
}
