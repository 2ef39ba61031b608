//! How long a check takes: a bundle of two hundred services, checked again after each keystroke.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::{Overlay, Reader, Severity};

const SERVICES: usize = 200;
const FUNCTIONS: [&str; 10] =
    ["create", "find", "update", "remove", "list", "search", "archive", "restore", "count", "export"];

/// A service with ten endpoints, five intents and three goals.
fn service(name: &str) -> String {
    let mut text = format!("# {name}\nname: {name}\nversion: 1.2.0\napi:\n  basePath: /api/v1/{name}\n  endpoints:\n");
    for (at, function) in FUNCTIONS.iter().enumerate() {
        let path = if at % 2 == 0 { format!("/{function}") } else { format!("/{{id}}/{function}") };
        write!(
            text,
            "    - name: {function}\n      method: POST\n      path: {path}\n      to: wasm:{name}:{function}\n"
        )
        .unwrap();
    }
    text.push_str("intents:\n");
    for function in FUNCTIONS.iter().take(5) {
        write!(
            text,
            "  - name: on-{function}\n    whenSensor: {name}-{function}\n    toFunc: wasm:{name}:{}\n    \
             primitiveIntent: workflow\n    cooldown: 500ms\n    retries: 2\n    expectedDuration: 50ms\n    expiresIn: 1h\n",
            function
        )
        .unwrap();
    }
    text.push_str(
        "goals:\n  - {name: fast, metric: latency, target: \"< 50ms\"}\n  - {name: right, metric: errorRate, \
                   target: \"< 0.1%\"}\n  - {name: much, metric: throughput, target: \"> 100/s\"}\n",
    );
    text
}

/// Every tenth service has a module that a toolchain made, the others a small one with their functions.
fn lay(root: &Path) -> Vec<String> {
    fs::create_dir_all(root.join("services")).unwrap();
    fs::create_dir_all(root.join("wasm")).unwrap();
    let exports: String = FUNCTIONS.iter().map(|name| format!("(func (export \"{name}\"))")).collect();
    let small = wat::parse_str(format!("(module {exports})")).unwrap();
    let real = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle/wasm/user-service.wasm")).unwrap();
    let mut manifest = String::from("name: large\nversion: 1.0.0\nservices:\n");
    let mut files = Vec::new();
    for number in 0..SERVICES {
        let name = format!("service-{number:03}");
        let mut text = service(&name);
        if number % 10 == 9 {
            for function in FUNCTIONS {
                text = text.replace(&format!("wasm:{name}:{function}\n"), &format!("wasm:{name}:createUser\n"));
            }
        }
        writeln!(manifest, "  - path: services/{name}.yaml").unwrap();
        fs::write(root.join(format!("wasm/{name}.wasm")), if number % 10 == 9 { &real } else { &small }).unwrap();
        fs::write(root.join(format!("services/{name}.yaml")), text).unwrap();
        files.push(format!("services/{name}.yaml"));
    }
    fs::write(root.join("bundle.yaml"), manifest).unwrap();
    files
}

#[test]
fn two_hundred_services_are_checked_again_after_each_keystroke() {
    let folder = tempfile::tempdir().unwrap();
    let files = lay(folder.path());
    let mut reader = Reader::new(folder.path());
    let began = Instant::now();
    let loaded = reader.read(&Overlay::new());
    println!("first check: {:?}, {} diagnostics", began.elapsed(), loaded.diagnostics.len());
    assert_eq!(loaded.bundle.services.len(), SERVICES);
    assert!(loaded.diagnostics.iter().all(|d| d.severity == Severity::Hint), "{:?}", loaded.diagnostics.first());
    let text = loaded.bundle.sources[&files[7]].clone();
    let mut took = Vec::new();
    for keystroke in 1..=20 {
        // A function's name is typed anew, letter by letter, which breaks it and mends it again.
        let typed = text.replace(
            "to: wasm:service-007:restore",
            &format!("to: wasm:service-007:{}", "restorerestorerestore".split_at(keystroke).0),
        );
        let overlay = Overlay::from([(files[7].clone(), typed)]);
        let began = Instant::now();
        let again = reader.read(&overlay);
        took.push(began.elapsed());
        let is_mended = keystroke == "restore".len();
        let broken = again.diagnostics.iter().any(|d| d.file == files[7] && d.severity == Severity::Error);
        assert_eq!(broken, !is_mended, "keystroke {keystroke}");
    }
    took.sort();
    println!("after a keystroke: best {:?}, median {:?}, worst {:?}", took[0], took[10], took[19]);
    // The bound is for an unoptimised build on a busy machine; an optimised one takes a tenth of it.
    assert!(took[10] < Duration::from_millis(500), "{took:?}");
}
