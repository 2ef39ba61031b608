//! How long an answer takes in a large bundle.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::assist::{
    Functions, Question, Subject, complete, definitions, hover, rename, subject_at, symbols, usages,
};
use priostack_workbench::bundle::{Bundle, Overlay, Reader};

const SERVICES: usize = 200;

/// 200 services, the first of them with 5,000 lines.
fn large() -> (tempfile::TempDir, Bundle) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("services")).unwrap();
    let mut manifest = "name: large\nservices:\n".to_owned();
    for number in 0..SERVICES {
        writeln!(manifest, "  - path: services/service-{number}.yaml").unwrap();
        let mut text = format!("name: service-{number}\napi:\n  basePath: /v{number}\n  endpoints:\n");
        let endpoints = if number == 0 { 1248 } else { 24 };
        for at in 0..endpoints {
            let to = (number + at) % SERVICES;
            write!(
                text,
                "    - name: endpoint{at}\n      method: POST\n      path: /p{at}\n      to: wasm:service-{to}:function{at}\n"
            )
            .unwrap();
        }
        text.push_str("intents:\n  - name: one\n    whenSensor: happened\n    toFunc: wasm:service-1:react\n");
        std::fs::write(folder.path().join(format!("services/service-{number}.yaml")), text).unwrap();
    }
    std::fs::write(folder.path().join("bundle.yaml"), manifest).unwrap();
    let bundle = Reader::new(folder.path()).read(&Overlay::new()).bundle;
    (folder, bundle)
}

/// The median of several runs.
fn time<T>(mut what: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(what());
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn answers_come_between_two_keystrokes() {
    let (_folder, bundle) = large();
    let file = "services/service-0.yaml";
    let text = &bundle.sources[file];
    assert!(text.lines().count() > 4990);
    let functions = Functions::new();
    let offset = text.len() - 3;
    let question = Question { bundle: &bundle, functions: &functions, file, text, offset };
    let in_key = Question { offset: text.rfind("whenSensor").unwrap() + 3, ..question };
    let function = Subject::Function { service: "service-7".into(), function: "function7".into() };
    let service = Subject::Service("service-1".into());
    let ms = Duration::from_millis(1);
    let measured = [
        ("complete a function", time(|| complete(&question)), ms),
        ("complete a key", time(|| complete(&in_key)), ms),
        ("hover a function", time(|| hover(&question)), ms),
        ("subject", time(|| subject_at(&question)), ms),
        ("symbols", time(|| symbols(&bundle, file)), 2 * ms),
        ("definitions", time(|| definitions(&bundle, &service)), ms),
        ("usages of a function", time(|| usages(&bundle, &function)), 10 * ms),
        ("usages of a service", time(|| usages(&bundle, &service)), 10 * ms),
        ("rename a service", time(|| rename(&bundle, &service, "other")), 10 * ms),
    ];
    for (what, took, most) in measured {
        println!("{what}: {took:?}");
        // Without optimisation everything takes many times as long; what is quadratic still shows.
        let most = if cfg!(debug_assertions) { 200 * most } else { most };
        assert!(took < most, "{what} took {took:?}");
    }
    assert!(!usages(&bundle, &service).is_empty());
}
