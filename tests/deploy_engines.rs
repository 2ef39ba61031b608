//! Bundles exported for other engines: what the components answer, what is left out, what the manifests say.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod component;
mod served;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use component::Served;
use priostack_workbench::bundle::{FunctionRef, Loaded, Overlay, Reader, cases_of};
use priostack_workbench::deploy::{ExportError, FileKind, Plan, Settings, Target, plan};
use priostack_workbench::platform::http::encoded;
use priostack_workbench::platform::{Router, Site};
use priostack_workbench::sandbox::{Cancel, Limits};
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};

/// A bundle of two services with one module each: one with endpoints of every kind, one without any.
fn mixed() -> (tempfile::TempDir, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    served::lay_service(root, include_str!("component/mixed.yaml"));
    let manifest =
        "name: Mixed Goods\nversion: 3.0.0\nservices:\n  - path: services/shop.yaml\n  - path: services/other.yaml\n";
    fs::write(root.join("bundle.yaml"), manifest).unwrap();
    fs::write(root.join("services/other.yaml"), "name: other\n").unwrap();
    fs::copy(root.join("wasm/shop.wasm"), root.join("wasm/other.wasm")).unwrap();
    let loaded = Reader::new(root).read(&Overlay::new());
    (folder, loaded)
}

fn planned(loaded: &Loaded, target: Target) -> Plan {
    let settings = Settings { target, ..Settings::default() };
    plan(loaded, &settings, |service| served::load(&loaded.bundle, service), &Cancel::new()).unwrap()
}

fn file<'a>(plan: &'a Plan, path: &str) -> &'a [u8] {
    let paths: Vec<_> = plan.files.iter().map(|file| &file.path).collect();
    &plan.files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path} in {paths:?}")).bytes
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Asks both and compares status and JSON.
fn compare(site: &Site, served: &Served, method: &str, target: &str, body: &str) -> u16 {
    let expected = served::ask(site, method, target, body);
    let answered = served.ask(method, target, body).unwrap_or_else(|error| panic!("{method} {target}: {error}"));
    assert_eq!(answered.status, expected.status, "{method} {target} {body}: {}", answered.body);
    let both = [&answered.body, &expected.body];
    let [answered, expected] = both.map(|body| serde_json::from_str::<Value>(body).unwrap_or(Value::Null));
    assert_eq!(answered, expected, "{method} {target} {body}");
    expected_status(site, method, target, body)
}

fn expected_status(site: &Site, method: &str, target: &str, body: &str) -> u16 {
    served::ask(site, method, target, body).status
}

#[test]
fn a_component_answers_what_the_gateway_answers() {
    let (folder, loaded) = mixed();
    let plan = planned(&loaded, Target::Component);
    let served = Served::new(file(&plan, "shop.wasm"));
    let site = served::site(folder.path(), Limits::default());
    let asked = [
        ("POST", "/shop/echo", "{\"a\": [1, 2.5, null]}", 200),
        ("POST", "/shop/echo?b=1&b=2", "{\"a\": \"ä\"}", 200),
        ("GET", "/shop/items/7%2F8?n=1", "", 200),
        ("POST", "/shop/refuse", "{}", 400),
        ("POST", "/shop/echo", "nonsense", 400),
        ("POST", "/shop/babble", "{}", 500),
        ("PUT", "/shop/echo", "{}", 405),
        ("OPTIONS", "/shop/echo", "", 204),
        ("POST", "/shop/elsewhere", "{}", 501),
    ];
    for (method, target, body, status) in asked {
        assert_eq!(compare(&site, &served, method, target, body), status, "{method} {target}");
    }
    let theirs = served.ask("POST", "/shop/theirs", "{}").unwrap();
    assert_eq!((theirs.status, &json(theirs.body.as_bytes())["error"]["code"]), (501, &value!("not-exported")));
}

#[test]
fn every_saved_case_of_the_sample_is_answered_as_by_the_gateway() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let loaded = Reader::new(&root).read(&Overlay::new());
    let names = loaded.bundle.services.iter().map(|service| service.name.value.clone());
    let programs: BTreeMap<_, _> = names.map(|name| (name.clone(), served::load(&loaded.bundle, &name))).collect();
    let site = Site::new(&loaded.bundle, Limits::default(), |service| programs[service].clone());
    let plan = plan(&loaded, &Settings::default(), |service| programs[service].clone(), &Cancel::new()).unwrap();
    let mut compared = BTreeMap::new();
    let mut components = BTreeMap::new();
    for route in Router::of(&loaded.bundle).routes() {
        let Some(FunctionRef::Wasm { service, function }) = &route.more.function else { continue };
        let record = plan.record.services.iter().find(|record| &record.service == service).unwrap();
        if record.component.is_none() {
            continue;
        }
        let path = format!("{service}.wasm");
        let served = components.entry(service.clone()).or_insert_with(|| Served::new(file(&plan, &path)));
        for case in cases_of(&root, service, function) {
            let mut input = case.input.clone();
            let mut target = route.template();
            for name in route.parameter_names() {
                let given = input.as_object_mut().and_then(|object| object.shift_remove(name));
                let text = given.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_else(|| "x".into());
                target = target.replace(&format!("{{{name}}}"), &encoded(&text));
            }
            let (method, body) = (route.method.as_str(), input.to_string());
            let repeatable =
                served::ask(&site, method, &target, &body).body == served::ask(&site, method, &target, &body).body;
            if repeatable {
                compare(&site, served, method, &target, &body);
            } else {
                let status = served.ask(method, &target, &body).unwrap().status;
                assert_eq!(status, expected_status(&site, method, &target, &body), "{service} {}", case.name);
            }
            *compared.entry(service.clone()).or_insert(0) += 1;
        }
    }
    println!("{compared:?}");
    assert!(
        compared["user-service"] >= 4 && compared["user-auth"] >= 8 && compared["order-service"] >= 9,
        "{compared:?}"
    );
}

#[test]
fn what_is_left_out_is_said_with_its_reason() {
    let (_folder, loaded) = mixed();
    let plan = planned(&loaded, Target::Component);
    let words = plan.record.words();
    for expected in [
        "shop: a component with 3 functions, ",
        "without endpoint elsewhere: endpoint elsewhere is answered by func:sendMail, which only runs on the platform",
        "without endpoint theirs: endpoint theirs is answered by a function of other, which is no part of this component",
        "without intent notify: a component answers HTTP requests; sensors and intents are the platform's",
        "other: no component",
        "no endpoint of the service is answered by a function that can be exported",
    ] {
        assert!(words.contains(expected), "{expected:?} is not in\n{words}");
    }
    assert_eq!(file(&plan, "report.txt"), words.as_bytes());
    let report = json(file(&plan, "report.json"));
    assert_eq!(report["services"][0]["component"]["functions"], value!(["echo", "refuse", "babble"]));
    assert_eq!(report["services"][0]["leftOut"].as_array().unwrap().len(), 3);
}

#[test]
fn the_same_bundle_gives_the_same_files() {
    let (_folder, loaded) = mixed();
    for target in Target::ALL {
        assert_eq!(planned(&loaded, target).files, planned(&loaded, target).files, "{}", target.as_str());
    }
}

#[test]
fn a_module_lies_in_its_component_byte_for_byte() {
    let (folder, loaded) = mixed();
    let plan = planned(&loaded, Target::Component);
    let (module, component) = (fs::read(folder.path().join("wasm/shop.wasm")).unwrap(), file(&plan, "shop.wasm"));
    assert!(component.windows(module.len()).any(|window| window == module));
}

/// OCI image specification: image-layout.md and manifest.md; CNCF: Wasm OCI artifact layout.
#[test]
fn an_image_layout_is_what_the_specifications_say() {
    let (_folder, loaded) = mixed();
    let plan = planned(&loaded, Target::Oci);
    assert_eq!(json(file(&plan, "shop/oci-layout")), value!({ "imageLayoutVersion": "1.0.0" }));
    let blob = |descriptor: &Value| {
        let digested = descriptor["digest"].as_str().unwrap();
        let bytes = file(&plan, &format!("shop/blobs/sha256/{}", digested.strip_prefix("sha256:").unwrap()));
        assert_eq!(digest(bytes), digested);
        assert_eq!(descriptor["size"], bytes.len());
        bytes
    };
    let index = json(file(&plan, "shop/index.json"));
    assert_eq!(
        (&index["schemaVersion"], &index["mediaType"]),
        (&value!(2), &value!("application/vnd.oci.image.index.v1+json"))
    );
    let described = &index["manifests"][0];
    assert_eq!(described["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(described["annotations"]["org.opencontainers.image.ref.name"], "1.2.3_spring");
    let manifest = json(blob(described));
    assert_eq!((&manifest["schemaVersion"], &manifest["mediaType"]), (&value!(2), &described["mediaType"]));
    assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], "1.2.3+spring");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!((layers.len(), &layers[0]["mediaType"]), (1, &value!("application/wasm")));
    let config = json(blob(&manifest["config"]));
    assert_eq!((&config["architecture"], &config["os"]), (&value!("wasm"), &value!("wasip2")));
    assert_eq!(config["layerDigests"], value!([layers[0]["digest"]]));
    assert!(config["created"].as_str().unwrap().ends_with('Z'));
    let names = |key: &str| {
        config["component"][key].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names("exports").len(), 1);
    assert!(names("exports")[0].starts_with("wasi:http/incoming-handler@0.2."));
    assert!(names("imports").iter().all(|name| name.starts_with("wasi:")), "{:?}", names("imports"));
    Served::new(blob(&layers[0])).ask("POST", "/shop/echo", "{}").unwrap();
}

/// runtime-operator/config/crd/bases/runtime.wasmcloud.dev_workloaddeployments.yaml of wasmCloud 2.
#[test]
fn a_workload_for_wasmcloud_names_the_image_and_the_handler() {
    let (_folder, loaded) = mixed();
    let settings =
        Settings { target: Target::WasmCloud, registry: Some("ghcr.io/acme/goods/".into()), ..Settings::default() };
    let plan = plan(&loaded, &settings, |service| served::load(&loaded.bundle, service), &Cancel::new()).unwrap();
    let manifest: Value = serde_yaml::from_slice(file(&plan, "shop.yaml")).unwrap();
    let expected = value!({
        "apiVersion": "runtime.wasmcloud.dev/v1alpha1",
        "kind": "WorkloadDeployment",
        "metadata": { "name": "shop" },
        "spec": {
            "replicas": 1,
            "template": { "spec": {
                "components": [{ "name": "shop", "image": "ghcr.io/acme/goods/shop:1.2.3_spring" }],
                "hostInterfaces": [{
                    "namespace": "wasi", "package": "http", "interfaces": ["incoming-handler"],
                    "config": { "host": "shop.localhost" },
                }],
            } },
        },
    });
    assert_eq!(manifest, expected);
    assert!(plan.files.iter().any(|file| file.path == "shop/oci-layout"), "the image is there to be pushed");
}

#[test]
fn an_image_has_the_bundles_version_where_the_service_says_none() {
    let (folder, _) = mixed();
    let service = include_str!("component/mixed.yaml").replace("version: 1.2.3+spring\n", "");
    fs::write(folder.path().join("services/shop.yaml"), service).unwrap();
    let loaded = Reader::new(folder.path()).read(&Overlay::new());
    let index = json(file(&planned(&loaded, Target::Oci), "shop/index.json"));
    assert_eq!(index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], "3.0.0");
}

#[test]
fn a_registry_that_is_none_is_refused() {
    let (_folder, loaded) = mixed();
    let settings = Settings { registry: Some("https://Example.com".into()), ..Settings::default() };
    let refused = plan(&loaded, &settings, |service| served::load(&loaded.bundle, service), &Cancel::new());
    assert!(matches!(refused, Err(ExportError::Registry(_))));
}

/// spinframework.dev, manifest reference (version 2); config/crd/bases/core.spinkube.dev_spinapps.yaml.
#[test]
fn an_application_for_spin_routes_the_base_path_to_the_component() {
    let (_folder, loaded) = mixed();
    let plan = planned(&loaded, Target::Spin);
    let manifest: Value = toml::from_slice(file(&plan, "spin.toml")).unwrap();
    assert_eq!(manifest["spin_manifest_version"], 2);
    assert_eq!(manifest["application"], value!({ "name": "mixed-goods", "version": "3.0.0" }));
    assert_eq!(manifest["trigger"]["http"], value!([{ "route": "/shop/...", "component": "shop" }]));
    let component = &manifest["component"]["shop"];
    assert_eq!((&component["source"], &component["allowed_outbound_hosts"]), (&value!("shop.wasm"), &value!([])));
    file(&plan, "shop.wasm");
    let app: Value = serde_yaml::from_slice(file(&plan, "spinapp.yaml")).unwrap();
    let expected = value!({
        "apiVersion": "core.spinkube.dev/v1alpha1",
        "kind": "SpinApp",
        "metadata": { "name": "mixed-goods" },
        "spec": { "image": "localhost:5000/mixed-goods:3.0.0", "executor": "containerd-shim-spin", "replicas": 1 },
    });
    assert_eq!(app, expected);
}

#[test]
fn services_without_a_base_path_of_their_own_get_a_route_for_each_endpoint() {
    let (folder, _) = mixed();
    let root = folder.path();
    let service = include_str!("component/mixed.yaml").replace("basePath: /shop", "basePath: /");
    fs::write(root.join("services/shop.yaml"), service).unwrap();
    let loaded = Reader::new(root).read(&Overlay::new());
    let manifest: Value = toml::from_slice(file(&planned(&loaded, Target::Spin), "spin.toml")).unwrap();
    let routes =
        manifest["trigger"]["http"].as_array().unwrap().iter().map(|trigger| trigger["route"].as_str().unwrap());
    assert_eq!(routes.collect::<Vec<_>>(), ["/echo", "/items/:id", "/refuse", "/babble", "/elsewhere", "/theirs"]);
}

#[test]
fn a_plan_can_be_looked_at_before_anything_is_written() {
    let (folder, loaded) = mixed();
    let before = fs::read_dir(folder.path()).unwrap().count();
    let plan = planned(&loaded, Target::Spin);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);
    let kinds: Vec<_> = plan.files.iter().map(|file| (file.path.as_str(), file.kind, file.text().is_some())).collect();
    assert_eq!(
        kinds,
        [
            ("openapi.json", FileKind::Description, true),
            ("report.json", FileKind::Report, true),
            ("report.txt", FileKind::Report, true),
            ("shop.wasm", FileKind::Component, false),
            ("spin.toml", FileKind::Manifest, true),
            ("spinapp.yaml", FileKind::Manifest, true),
        ]
    );
    assert!(plan.files.iter().all(|file| file.size() > 0));
}

#[test]
fn an_export_takes_the_place_of_an_earlier_one_and_of_nothing_else() {
    let (folder, loaded) = mixed();
    let to = folder.path().join("out/engines");
    planned(&loaded, Target::Oci).write(&to).unwrap();
    assert!(to.join("shop/index.json").exists());
    planned(&loaded, Target::Component).write(&to).unwrap();
    assert!(to.join("shop.wasm").exists() && !to.join("shop").exists());
    fs::write(to.join("notes.txt"), "mine").unwrap();
    let error = planned(&loaded, Target::Component).write(&to).unwrap_err();
    assert!(matches!(error, ExportError::Occupied { .. }), "{error}");
    assert_eq!(fs::read_to_string(to.join("notes.txt")).unwrap(), "mine");
    let error = planned(&loaded, Target::Component).write(folder.path()).unwrap_err();
    assert!(matches!(error, ExportError::Occupied { .. }), "the bundle itself: {error}");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1, "nothing temporary is left");
}

#[test]
fn a_bundle_with_errors_or_without_components_is_not_exported() {
    let (folder, _) = mixed();
    let root = folder.path();
    fs::write(root.join("services/other.yaml"), "name: other\nunknown: 1\napi: 7\n").unwrap();
    let broken = Reader::new(root).read(&Overlay::new());
    let settings = Settings::default();
    let refused = plan(&broken, &settings, |service| served::load(&broken.bundle, service), &Cancel::new());
    assert!(matches!(refused, Err(ExportError::Invalid(_))));
    let manifest = "name: Mixed Goods\nservices:\n  - path: services/other.yaml\n";
    fs::write(root.join("bundle.yaml"), manifest).unwrap();
    fs::write(root.join("services/other.yaml"), "name: other\n").unwrap();
    let empty = planned(&Reader::new(root).read(&Overlay::new()), Target::Component);
    assert_eq!(empty.files.len(), 2, "reports only");
    assert!(matches!(empty.write(&root.join("out")), Err(ExportError::NoComponent)));
    assert!(!root.join("out").exists());
}

#[test]
fn an_export_can_be_cancelled() {
    let (_folder, loaded) = mixed();
    let cancel = Cancel::new();
    let ended = plan(
        &loaded,
        &Settings::default(),
        |service| {
            cancel.cancel();
            served::load(&loaded.bundle, service)
        },
        &cancel,
    );
    assert!(matches!(ended, Err(ExportError::Cancelled)));
}
