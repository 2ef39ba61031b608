//! What hovering a place says.

use priostack_workbench::bundle::assist::{Hover, Subject, hover};

use crate::shop::{ORDERS, ORDERS_TEXT, Shop, USERS, USERS_TEXT, without_caret};

fn at(file: &str, text: &str) -> Option<Hover> {
    let shop = Shop::new();
    let (text, offset) = without_caret(text);
    let found = hover(&shop.question(file, &text, offset));
    if let Some(found) = &found {
        assert!(found.span.start <= offset && offset <= found.span.end, "{found:?}");
    }
    found
}

/// Hovers the first `place` of the file with the caret at its `|`.
fn users(place: &str) -> Hover {
    at(USERS, &USERS_TEXT.replacen(&place.replace('|', ""), place, 1)).unwrap_or_else(|| panic!("nothing at {place}"))
}

fn fact<'h>(hover: &'h Hover, name: &str) -> Vec<&'h str> {
    hover.facts.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
}

#[test]
fn a_key_tells_what_it_is_for() {
    let hover = users("met|hod");
    assert_eq!(hover.title, "method of an endpoint");
    assert_eq!(fact(&hover, "Needed"), ["required"]);
    assert_eq!(fact(&hover, "Values"), ["GET, POST, PUT, DELETE, PATCH"]);
    assert!(hover.documentation.contains("HTTP method"));
    assert!(at(USERS, "nonse|nse: 1\n").is_none());
}

#[test]
fn a_function_tells_its_module_and_who_refers_to_it() {
    let hover = users("to: wasm:user-service:create|User");
    assert_eq!(hover.title, "wasm:user-service:createUser");
    assert_eq!(fact(&hover, "Module"), ["wasm/user-service.wasm"]);
    assert_eq!(fact(&hover, "Export"), ["create_user"]);
    assert_eq!(fact(&hover, "Signature"), ["(i32, i32) -> (i64)"]);
    assert_eq!(fact(&hover, "Used by"), ["endpoint createUser of user-service", "intent welcome of order-service"]);
    assert_eq!(fact(&hover, "Size").len(), 1);
    let subject = Subject::Function { service: "user-service".into(), function: "createUser".into() };
    assert_eq!(hover.subject, Some(subject));
}

#[test]
fn a_function_that_is_not_there_says_so() {
    let hover = at(USERS, "api:\n  endpoints:\n    - to: wasm:user-service:nothi|ng\n").unwrap();
    assert_eq!(hover.documentation, "The module exports no such function.");
    let hover = at(USERS, "api:\n  endpoints:\n    - to: wasm:order-service:pla|ceOrder\n").unwrap();
    assert_eq!(hover.documentation, "The service order-service has no module.");
    let hover = at(USERS, "api:\n  endpoints:\n    - to: wasm:nobody:pla|ceOrder\n").unwrap();
    assert_eq!(hover.documentation, "The bundle has no service nobody.");
}

#[test]
fn a_service_tells_its_file_and_what_it_holds() {
    for hover in [users("wasm:user-|service:createUser"), users("name: user-se|rvice")] {
        assert_eq!(hover.title, "user-service");
        assert_eq!(fact(&hover, "File"), [USERS]);
        let counts: Vec<&str> = ["Endpoints", "Intents", "Goals"].iter().flat_map(|what| fact(&hover, what)).collect();
        assert_eq!(counts, ["2", "1", "1"]);
        assert_eq!(fact(&hover, "Used by"), ["order-service"]);
        assert_eq!(hover.documentation, "Creates and finds users");
    }
    let hover = at("bundle.yaml", "services:\n  - path: services/order-ser|vice.yaml\n").unwrap();
    assert_eq!(hover.title, "order-service");
}

#[test]
fn a_sensor_tells_what_it_starts() {
    let hover = users("userCre|ated");
    let fires = fact(&hover, "Fires");
    assert_eq!(fires.len(), 2);
    assert_eq!(fires[0], "intent validateUser of user-service: wasm:user-service:validateUserData");
    assert_eq!(hover.documentation, "Firing it starts 2 intents.");
}

#[test]
fn values_are_said_as_they_were_understood() {
    assert_eq!(users("<= 5|0ms").documentation, "At most 50 ms, judged by the 95th percentile of the calls");
    assert_eq!(users("1h3|0m").documentation, "1 hour 30 minutes");
    assert_eq!(
        users("method: PO|ST").documentation,
        "Creates something, or starts work; twice is not the same as once."
    );
    assert_eq!(users("primitiveIntent: vali|dation").documentation, "Checks whether something is as it should be.");
    assert!(users("metric: late|ncy").documentation.contains("95th percentile"));
}

#[test]
fn a_path_tells_the_whole_route() {
    let hover = users("path: /{i|d}");
    assert_eq!(hover.title, "GET /api/v1/users/{id}");
    assert_eq!(fact(&hover, "Parameter"), ["id"]);
    let hover = users("basePath: /api|/v1/users");
    assert_eq!(hover.facts.len(), 2);
    assert_eq!(fact(&hover, "POST"), ["/api/v1/users"]);
}

#[test]
fn flow_style_and_functions_of_the_platform() {
    let hover = at(ORDERS, &ORDERS_TEXT.replace(":placeOrder'", ":place|Order'")).unwrap();
    assert_eq!(hover.title, "wasm:order-service:placeOrder");
    let hover = at(ORDERS, &ORDERS_TEXT.replace("func:charge", "func:char|ge")).unwrap();
    assert_eq!(hover.title, "func:chargeCard");
    assert_eq!(fact(&hover, "Used by"), ["endpoint chargeCard of order-service"]);
}

#[test]
fn comments_and_free_text_say_nothing() {
    assert!(at(USERS, "# na|me: x\n").is_none());
    assert!(at(USERS, "description: so|me text\n").is_none());
    assert!(at(USERS, "|").is_none());
}
