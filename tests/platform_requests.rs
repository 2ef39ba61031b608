//! Requests answered without a network: inputs, statuses, error bodies, the description for clients.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod served;

use priostack_workbench::platform::Site;
use priostack_workbench::sandbox::Limits;
use serde_json::{Value, json as value};
use served::{ask, json};

fn shop() -> (tempfile::TempDir, Site) {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let site = served::site(folder.path(), served::limits());
    (folder, site)
}

fn code(body: &str) -> String {
    json(body)["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn query_body_and_path_become_one_input() {
    let (_folder, site) = shop();
    let response = ask(&site, "GET", "/shop/items/a%20b/?id=query&n=1", r#"{"n": 2, "id": "body", "x": [1]}"#);
    assert_eq!(response.status, 200, "{}", response.body);
    assert_eq!(json(&response.body), value!({"id": "a b", "n": 2, "x": [1]}));
    assert_eq!(response.input.as_deref(), Some(response.body.as_str()));
    let resolved = response.resolved.unwrap();
    assert_eq!((resolved.endpoint.as_str(), resolved.service.as_str()), ("fetch", "shop"));
    assert_eq!(resolved.function.unwrap().to_string(), "wasm:shop:echo");
    assert!(response.outcome.is_some());
}

#[test]
fn a_fixed_path_is_preferred_and_an_empty_body_is_an_empty_object() {
    let (_folder, site) = shop();
    let response = ask(&site, "GET", "/shop/items/newest", "");
    assert_eq!((response.status, response.body.as_str()), (200, "{}"));
    assert_eq!(response.resolved.unwrap().endpoint, "newest");
}

#[test]
fn a_limit_of_instructions_is_kept_and_the_times_are_those_of_a_call_that_was_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let within = |instructions| Limits { instructions: Some(instructions), ..served::limits() };
    let refused = ask(&served::site(folder.path(), within(3)), "POST", "/shop/echo", "{}");
    assert_eq!((refused.status, code(&refused.body).as_str()), (500, "instruction-limit"), "{}", refused.body);
    assert!(refused.body.contains("more than 3 instructions"), "{}", refused.body);
    let answered = ask(&served::site(folder.path(), within(1_000_000)), "POST", "/shop/echo", r#"{"a":1}"#);
    assert_eq!((answered.status, answered.body.as_str()), (200, r#"{"a":1}"#));
    assert!(answered.header("server-timing").is_some_and(|times| times.starts_with("run;dur=")));
}

#[test]
fn every_way_a_call_can_end_has_its_status_and_code() {
    let (_folder, site) = shop();
    for (method, target, body, status, expected) in [
        ("POST", "/shop/fall", "", 500, "trap"),
        ("POST", "/shop/babble", "", 500, "output-not-json"),
        ("POST", "/shop/spin", "", 504, "timeout"),
        ("POST", "/shop/elsewhere", "", 501, "platform-function"),
        ("POST", "/shop/lost", "", 500, "module-unusable"),
        ("POST", "/shop/misspelt", "", 500, "function-missing"),
        ("POST", "/shop/echo", "{", 400, "body-not-json"),
        ("POST", "/shop/echo?a=1", "[]", 400, "body-not-object"),
        ("POST", "/nowhere", "", 404, "route-unknown"),
        ("GET", "/shop/echo", "", 405, "method-not-allowed"),
    ] {
        let response = ask(&site, method, target, body);
        assert_eq!((response.status, code(&response.body).as_str()), (status, expected), "{target}: {}", response.body);
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert!(json(&response.body)["error"]["message"].as_str().is_some_and(|message| message.len() > 8));
    }
    let large = ask(&site, "POST", "/shop/echo", &format!("\"{}\"", "x".repeat(1000)));
    assert_eq!((large.status, code(&large.body).as_str()), (413, "body-too-large"));
}

#[test]
fn a_functions_own_error_object_is_passed_on() {
    let (_folder, site) = shop();
    let response = ask(&site, "POST", "/shop/refuse", "{}");
    assert_eq!((response.status, response.body.as_str()), (400, r#"{"error":"refused"}"#));
}

#[test]
fn wrong_methods_are_told_the_right_ones() {
    let (_folder, site) = shop();
    let response = ask(&site, "PUT", "/shop/items/7", "");
    assert_eq!(response.status, 405);
    assert_eq!(response.header("allow"), Some("GET, DELETE, HEAD, OPTIONS"));
    assert_eq!(json(&response.body)["error"]["near"][0]["difference"], "method is GET, not PUT");
    let options = ask(&site, "OPTIONS", "/shop/echo", "");
    assert_eq!((options.status, options.header("allow")), (204, Some("POST, OPTIONS")));
    assert_eq!(ask(&site, "OPTIONS", "/nowhere", "").status, 404);
    let head = ask(&site, "HEAD", "/shop/items/7", "");
    assert_eq!((head.status, head.body.as_str(), head.header("content-length")), (200, "", Some("10")));
}

#[test]
fn unknown_paths_are_told_what_is_near() {
    let (_folder, site) = shop();
    let error = json(&ask(&site, "POST", "/shop/ecco", "").body)["error"].take();
    assert_eq!(error["near"][0]["endpoint"], "echo");
    assert_eq!(error["near"][0]["difference"], "segment 2 is `echo`, not `ecco`");
    assert!(error["help"].as_str().unwrap().contains("POST /shop/echo"), "{error}");
}

#[test]
fn the_description_for_clients_names_every_endpoint_once() {
    let (_folder, site) = shop();
    let document = json(&site.openapi);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"], value!({"title": "served", "version": "1.2.3"}));
    let item = &document["paths"]["/shop/items/{id}"];
    assert_eq!(item["get"]["operationId"], "fetch");
    assert_eq!(item["delete"]["parameters"][0]["name"], "id", "both spellings of a parameter are one path");
    assert!(item["get"].get("requestBody").is_none());
    let echo = &document["paths"]["/shop/echo"]["post"];
    assert_eq!(echo["description"], "Gives back what it gets");
    assert_eq!(echo["x-priostack-function"], "wasm:shop:echo");
    let operations: usize =
        document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(operations, site.router.routes().len());
}

#[test]
fn the_sample_is_described_with_its_saved_cases() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let bundle = served::bundle(&root);
    let router = priostack_workbench::platform::Router::of(&bundle);
    let document = priostack_workbench::platform::openapi::document(&bundle, &router);
    let create = &document["paths"]["/api/v1/users"]["post"];
    let body = &create["requestBody"]["content"]["application/json"]["example"];
    assert!(body.get("email").is_some_and(Value::is_string), "{create:#}");
    let token = &document["paths"]["/api/v1/auth/users/{userId}/tokens"]["post"];
    assert_eq!(token["parameters"][0]["name"], "userId");
    assert!(token["parameters"][0]["example"].is_string(), "{token:#}");
}
