//! The prebuilt parts of exported components, around a component that was written by hand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod component;

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use component::Served;
use priostack_workbench::deploy::component::compose::compose;
use priostack_workbench::deploy::component::site::{Endpoint, Site, To};
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};

const INPUT: u64 = 100_000;

fn site() -> String {
    let endpoint = |endpoint: &str, method: &str, path: &str, to: To| Endpoint {
        endpoint: endpoint.into(),
        method: method.into(),
        path: format!("/shop{path}"),
        to,
    };
    let platform =
        To::Nothing { code: "platform-function".into(), message: "only there".into(), help: Some("h".into()) };
    let routes = vec![
        endpoint("echo", "POST", "/echo", To::Function(0)),
        endpoint("item", "GET", "/items/{id}", To::Function(0)),
        endpoint("remove", "DELETE", "/items/:id", To::Function(1)),
        endpoint("refuse", "POST", "/refuse", To::Function(2)),
        endpoint("break", "POST", "/break", To::Function(3)),
        endpoint("fall", "POST", "/fall", To::Function(4)),
        endpoint("log", "POST", "/log", To::Function(5)),
        endpoint("elsewhere", "POST", "/elsewhere", platform),
    ];
    serde_json::to_string(&Site { service: "shop".into(), input: INPUT, routes }).unwrap()
}

fn by_hand() -> Vec<u8> {
    let site = site();
    let text = include_str!("component/by_hand.wat").replace("LENGTH", &site.len().to_string());
    wat::parse_str(text.replace("SITE\"", &format!("{}\"", site.replace('"', "\\\"")))).unwrap()
}

fn served() -> Served {
    Served::new(&compose(&by_hand()).unwrap())
}

fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn requests_are_answered_by_the_rules_of_the_gateway() {
    let served = served();
    let echoed = served.ask("POST", "/shop/echo", " {\"a\": 1e400}").unwrap();
    assert_eq!((echoed.status, echoed.body.as_str()), (200, " {\"a\": 1e400}"));
    assert_eq!(echoed.headers["content-type"], "application/json");
    let item = served.ask("GET", "/shop/items/a%20b/?n=1&n=2&id=query", "{\"id\": 0, \"x\": []}").unwrap();
    assert_eq!(body(&item.body), value!({"n": ["1", "2"], "id": "a b", "x": []}));
    for (method, target, sent, status, code) in [
        ("POST", "/shop/echo", "{", 400, "body-not-json"),
        ("POST", "/shop/echo?a=1", "[]", 400, "body-not-object"),
        ("POST", "/shop/refuse", "\"so\"", 400, "application-error"),
        ("GET", "/shop/nowhere", "", 404, "route-unknown"),
        ("PUT", "/shop/echo", "", 405, "method-not-allowed"),
        ("POST", "/shop/break", "", 500, "convention"),
        ("POST", "/shop/elsewhere", "", 501, "platform-function"),
    ] {
        let answered = served.ask(method, target, sent).unwrap();
        let error = &body(&answered.body)["error"];
        assert_eq!((answered.status, error["code"].as_str()), (status, Some(code)), "{target}: {}", answered.body);
    }
    let broken = served.ask("POST", "/shop/break", "").unwrap();
    assert_eq!(body(&broken.body)["error"]["message"], "it broke its word");
    let object = served.ask("POST", "/shop/refuse", "{\"code\": 7}").unwrap();
    assert_eq!((object.status, object.body.as_str()), (400, "{\"code\": 7}"), "its own object is passed on");
    let output = served.ask("POST", "/shop/echo", "{\"error\": \"no\"}").unwrap();
    assert_eq!((output.status, output.body.as_str()), (400, "{\"error\": \"no\"}"));
    let removed = served.ask("DELETE", "/shop/items/1", "").unwrap();
    assert_eq!((removed.status, removed.body.as_str()), (200, "null"));
    assert!(served.ask("POST", "/shop/fall", "").is_err(), "a trap is the engine's to answer");
}

#[test]
fn head_options_and_wrong_methods_are_answered_as_by_the_gateway() {
    let served = served();
    let head = served.ask("HEAD", "/shop/items/1", "").unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let options = served.ask("OPTIONS", "/shop/items/1", "").unwrap();
    assert_eq!((options.status, options.body.as_str()), (204, ""));
    assert_eq!(options.headers["allow"], "GET, DELETE, HEAD, OPTIONS");
    let put = served.ask("PUT", "/shop/items/1", "").unwrap();
    assert_eq!(put.headers["allow"], "GET, DELETE, HEAD, OPTIONS");
    let near = served.ask("GET", "/shop/item/1", "").unwrap();
    assert_eq!(body(&near.body)["error"]["near"][0]["difference"], "segment 2 is `items`, not `item`");
}

#[test]
fn large_bodies_are_taken_up_to_the_limit_however_they_come() {
    let served = served();
    let text = |size: u64| format!("\"{}\"", "x".repeat(usize::try_from(size).unwrap() - 2));
    let parts = |text: &str| text.as_bytes().chunks(1000).map(Bytes::copy_from_slice).collect::<Vec<_>>();
    let (most, more) = (text(INPUT), text(INPUT + 1));
    assert_eq!(served.ask("POST", "/shop/echo", &most).unwrap().body, most);
    assert_eq!(served.ask_in_parts("POST", "/shop/echo", parts(&most)).unwrap().body, most);
    let announced = served.ask("POST", "/shop/echo", &more).unwrap();
    let counted = served.ask_in_parts("POST", "/shop/echo", parts(&more)).unwrap();
    for answered in [announced, counted] {
        assert_eq!((answered.status, &body(&answered.body)["error"]["code"]), (413, &value!("body-too-large")));
    }
}

#[test]
fn the_host_gives_log_time_and_random_numbers() {
    let served = served();
    let answered = served.ask("POST", "/shop/log", "").unwrap();
    assert_eq!(answered.body, "1", "clocks or random numbers are dead");
    assert_eq!(served.log(), "warning: one\\nline\\u{1b}[31m\n");
}

#[test]
fn the_same_parts_make_the_same_component() {
    let first = compose(&by_hand()).unwrap();
    assert_eq!(first, compose(&by_hand()).unwrap());
    assert!(compose(&first).is_err(), "what offers no functions is no part");
    assert!(compose(b"\0asm\x01\0\0\0").is_err(), "a module is no component");
}

/// The files that the prebuilt components are built from: their own, and those of the workbench that they share.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(root.join("assets/component/built-from.txt")).unwrap();
    list.lines().filter_map(|line| Some(line.split_once("  ")?.1)).map(|file| root.join(file)).collect()
}

#[test]
fn the_prebuilt_components_fit_their_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(root.join("assets/component/built-from.txt")).unwrap();
    for line in list.lines() {
        let (recorded, file) = line.split_once("  ").unwrap();
        let now: String =
            Sha256::digest(fs::read(root.join(file)).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(recorded, now, "{file} has changed since the components were built: run assets/component/build.sh");
    }
    // What the sources name must be in the list too.
    let known = sources();
    for file in known.iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
        for line in fs::read_to_string(file).unwrap().lines() {
            if let Some(path) = line.trim().strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
                let named = file.parent().unwrap().join(path).canonicalize().unwrap();
                assert!(known.iter().any(|known| known.canonicalize().unwrap() == named), "{path} is not in the list");
            }
        }
    }
}
