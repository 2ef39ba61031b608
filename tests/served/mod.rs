//! Bundles to send requests to, and their sites.

#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use priostack_workbench::bundle::{Beside, Bundle, Inspection, Overlay, Reader};
use priostack_workbench::platform::{Request, Response, Site, answer};
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits, LoadError, Program};

/// One engine for all tests of a file: an engine reserves a lot of address space.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

/// Lays a bundle whose endpoints call functions that answer, refuse, fall, spin and linger.
pub fn lay(root: &Path) {
    lay_service(root, include_str!("shop.yaml"));
}

/// The same with this service file.
pub fn lay_service(root: &Path, service: &str) {
    fs::create_dir_all(root.join("services")).unwrap();
    fs::create_dir_all(root.join("wasm")).unwrap();
    let manifest = "name: served\nversion: 1.2.3\nservices:\n  - path: services/shop.yaml\n";
    fs::write(root.join("bundle.yaml"), manifest).unwrap();
    fs::write(root.join("services/shop.yaml"), service).unwrap();
    let module = wat::parse_str(include_str!("../modules/wat/served.wat")).unwrap();
    fs::write(root.join("wasm/shop.wasm"), module).unwrap();
}

pub fn bundle(root: &Path) -> Bundle {
    Reader::new(root).read(&Overlay::new()).bundle
}

/// Tests need no five seconds to see that time runs out.
pub fn limits() -> Limits {
    Limits { time: Duration::from_secs(2), input: 1000, ..Limits::default() }
}

pub fn site(root: &Path, limits: Limits) -> Site {
    let bundle = bundle(root);
    Site::new(&bundle, limits, |service| load(&bundle, service))
}

pub fn load(bundle: &Bundle, service: &str) -> Result<Arc<Program>, LoadError> {
    let missing = || LoadError { message: "there is no such module".into(), help: None };
    let module = bundle.module_of(service).ok_or_else(missing)?;
    let bytes = fs::read(&module.path).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    ENGINE.load(&bytes, &inspection, Hints::from(&Beside::of(&module.path))).map(Arc::new)
}

pub fn request(method: &str, target: &str, body: &str) -> Request {
    Request { method: method.into(), target: target.into(), headers: Vec::new(), body: body.into() }
}

pub fn ask(site: &Site, method: &str, target: &str, body: &str) -> Response {
    answer(site, &request(method, target, body), &Cancel::new())
}

pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
