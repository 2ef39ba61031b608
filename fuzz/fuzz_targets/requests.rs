//! Requests as clients send them, and commands as people paste them: method, target, and body on a line each.

#![no_main]

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use priostack_workbench::bundle::{Overlay, Reader};
use priostack_workbench::platform::{Request, Site, answer, curl};
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits};

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let engine = Engine::new().expect("an engine starts");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-bundle");
    let bundle = Reader::new(&root).read(&Overlay::new()).bundle;
    let limits = Limits { time: Duration::from_millis(100), ..Limits::default() };
    Site::new(&bundle, limits, |service| {
        let bytes = std::fs::read(root.join(format!("wasm/{service}.wasm"))).expect("a module");
        let inspection = priostack_workbench::bundle::Inspection::read(&bytes).expect("a module");
        engine.load(&bytes, &inspection, Hints::default()).map(Arc::new)
    })
});

fuzz_target!(init: { LazyLock::force(&SITE); }, |data: &[u8]| {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (method, target) = (text(), text());
    let body = lines.next().unwrap_or_default().to_vec();
    let request = Request { method, target, headers: Vec::new(), body };
    let response = answer(&SITE, &request, &Cancel::new());
    assert!((100..600).contains(&response.status));
    assert!(response.body.is_empty() || response.status == 200 || response.body.starts_with('{'), "{}", response.body);
    if let Ok(pasted) = curl::parse(&String::from_utf8_lossy(data)) {
        let written = curl::command("http://127.0.0.1:1", &pasted.request);
        let again = curl::parse(&written).expect("a command that was written can be read");
        assert_eq!(
            (again.request.method, again.request.body),
            (pasted.request.method, pasted.request.body),
            "{written}"
        );
    }
});
