//! What one invocation in a fresh instance costs, beside the same work in native code (the limit)
//! and beside a function that does nothing (the sandbox's own part); and what it costs in an
//! instance that is kept.

#![allow(clippy::expect_used, clippy::print_stderr)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use priostack_workbench::bundle::Inspection;
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits, Program, Reply};
use serde::{Deserialize, Serialize};

const USER: &str = r#"{"email":"ada@example.org","name":"Ada"}"#;

fn load(engine: &Engine, file: &str) -> Program {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("the module is committed");
    engine.load(&bytes, &Inspection::read(&bytes).expect("a module"), Hints::default()).expect("a module that loads")
}

#[derive(Deserialize)]
struct Request {
    email: String,
    name: String,
}

#[derive(Serialize)]
struct User<'a> {
    id: String,
    email: &'a str,
    name: &'a str,
}

/// The documented example in native code.
fn native(input: &[u8]) -> Vec<u8> {
    match serde_json::from_slice::<Request>(input) {
        Ok(request) if !request.email.is_empty() => {
            let id = format!("user_{}", request.email.len());
            serde_json::to_vec(&User { id, email: &request.email, name: &request.name }).unwrap_or_default()
        }
        _ => b"{\"error\":\"Invalid input\"}".to_vec(),
    }
}

fn invoke(c: &mut Criterion) {
    let engine = Engine::new().expect("an engine");
    for note in engine.notes() {
        eprintln!("{note}");
    }
    let (limits, cancel) = (Limits::default(), Cancel::new());
    let mut group = c.benchmark_group("invoke");
    group.bench_function("native", |b| b.iter(|| native(black_box(USER.as_bytes()))));

    let no_op = engine.no_op().expect("the module that does nothing");
    group.bench_function("no_op", |b| b.iter(|| no_op.invoke("no_op", black_box(b"{}"), &limits, &cancel)));
    let mut session = no_op.session();
    group.bench_function("no_op, reused", |b| {
        b.iter(|| session.invoke("no_op", black_box(b"{}"), &limits, &cancel));
    });

    for (name, file, function, input) in [
        ("wasm-bindgen create_user", "sample-bundle/wasm/user-service.wasm", "create_user", USER),
        ("wasm-bindgen mvp create_user", "tests/modules/rust/user-service-0.2.130-mvp.wasm", "create_user", USER),
        ("wasm-bindgen echo", "tests/modules/rust/shapes-0.2.130.wasm", "echo", USER),
        ("AssemblyScript 0.21 echo", "tests/modules/assemblyscript/functions-0.21.wasm", "echo", USER),
        ("AssemblyScript 0.28 echo", "tests/modules/assemblyscript/functions-0.28.wasm", "echo", USER),
        (
            "AssemblyScript without runtime echo",
            "tests/modules/assemblyscript/bytes-0.28-without-runtime.wasm",
            "echo",
            USER,
        ),
        ("C++ packed", "tests/modules/c/shapes-emscripten-3.1.69-growth.wasm", "packed", USER),
        ("C++ input on the stack", "tests/modules/c/shapes-emscripten-3.1.6.wasm", "packed", USER),
        ("plain convention", "tests/modules/plain/example-rust.wasm", "greet", USER),
        ("WASI command in C++", "tests/modules/command/cpp-emscripten-3.1.69.wasm", "createUser", USER),
        ("Go 1.19 bytesToBytes", "tests/modules/go/functions-1.19.wasm", "bytesToBytes", USER),
        ("Go 1.27 bytesToBytes", "tests/modules/go/functions-1.27.wasm", "bytesToBytes", USER),
    ] {
        let program = load(&engine, file);
        // A Go program is called in copies of a snapshot, which is made in the background.
        program.settle();
        let outcome = program.invoke(function, input.as_bytes(), &limits, &cancel);
        assert!(matches!(outcome.reply, Reply::Json(_)), "{name}: {:?}", outcome.reply);
        group.bench_function(name, |b| {
            b.iter(|| program.invoke(function, black_box(input.as_bytes()), &limits, &cancel));
        });
        let mut session = program.session();
        group.bench_function(format!("{name}, reused"), |b| {
            b.iter(|| session.invoke(function, black_box(input.as_bytes()), &limits, &cancel));
        });
    }
    group.finish();
}

criterion_group!(benches, invoke);
criterion_main!(benches);
