//! Function references, part by part.

use crate::shop::{ORDERS, Shop, labels, taken, taken_in};

fn endpoint(to: &str) -> String {
    format!("name: user-service\napi:\n  endpoints:\n    - name: a\n      to: {to}\n      path: /\n")
}

fn after(to: &str, label: &str) -> String {
    let text = taken(&endpoint(to), label);
    let value = text.split("to:").nth(1).unwrap().lines().next().unwrap();
    value.strip_prefix(' ').unwrap_or(value).to_owned()
}

#[test]
fn first_come_the_schemes() {
    assert_eq!(labels(&endpoint("|"))[..2], ["wasm:", "func:"]);
    assert_eq!(labels(&endpoint("was|")), ["wasm:"]);
    assert_eq!(after("was|", "wasm:"), "wasm:|");
    assert_eq!(after("w|asm", "wasm:"), "wasm:|");
    assert_eq!(after("wa|:user-service:createUser", "wasm:"), "wasm:|user-service:createUser");
}

#[test]
fn then_come_the_services_the_own_one_first() {
    assert_eq!(labels(&endpoint("wasm:|")), ["user-service", "order-service"]);
    assert_eq!(labels(&endpoint("wasm:ord|")), ["order-service"]);
    assert_eq!(after("wasm:|", "order-service"), "wasm:order-service:|");
    assert_eq!(after("wasm:us|er-service", "user-service"), "wasm:user-service:|");
    assert_eq!(after("wasm:us|er:createUser", "user-service"), "wasm:user-service:|createUser");
}

#[test]
fn then_come_the_functions_of_that_service_as_yaml_writes_them() {
    assert_eq!(labels(&endpoint("wasm:user-service:|")), ["createUser", "findUser", "validateUserData", "deleteUser"]);
    assert_eq!(labels(&endpoint("wasm:user-service:cr")[..].replace("cr\n", "cr|\n")), ["createUser"]);
    assert_eq!(labels(&endpoint("wasm:user-service:vUD|")), ["validateUserData"]);
    assert_eq!(labels(&endpoint("wasm:user-service:data|")), ["validateUserData"]);
    assert_eq!(after("wasm:user-service:cr|", "createUser"), "wasm:user-service:createUser|");
    assert_eq!(after("wasm:user-service:cr|eate_usr", "createUser"), "wasm:user-service:createUser|");
}

#[test]
fn functions_that_only_loading_told_are_offered() {
    assert_eq!(labels(&endpoint("wasm:order-service:|")), ["placeOrder"]);
    assert!(labels(&endpoint("wasm:nobody:|")).is_empty());
}

#[test]
fn the_name_of_a_function_alone_finds_the_whole_reference() {
    assert_eq!(after("delet|", "deleteUser"), "wasm:user-service:deleteUser|");
    assert_eq!(after("delet|e:x", "deleteUser"), "wasm:user-service:deleteUser|");
}

#[test]
fn quotation_marks_are_kept_and_closed() {
    assert_eq!(after("\"|\"", "wasm:"), "\"wasm:|\"");
    assert_eq!(after("\"wasm:user-service:cr|\"", "createUser"), "\"wasm:user-service:createUser|\"");
    assert_eq!(after("'wasm:user-service:cr|", "createUser"), "'wasm:user-service:createUser'|");
    assert_eq!(after("'wasm:use|", "user-service"), "'wasm:user-service:|");
}

#[test]
fn a_missing_space_behind_the_colon_is_added() {
    let text = taken("api:\n  endpoints:\n    - to:|\n", "wasm:");
    assert_eq!(text, "api:\n  endpoints:\n    - to: wasm:|\n");
}

#[test]
fn references_between_brackets_and_in_a_line_of_their_own() {
    let text = "intents: [{toFunc: wasm:user-service:va|}]";
    assert_eq!(taken(text, "validateUserData"), "intents: [{toFunc: wasm:user-service:validateUserData|}]");
    let text = "intents:\n  - name: a\n    toFunc:\n      wasm:user-service:va|\n";
    assert_eq!(
        taken(text, "validateUserData"),
        "intents:\n  - name: a\n    toFunc:\n      wasm:user-service:validateUserData|\n"
    );
    let text = "intents:\n  - toFunc: wasm:user-service:va| # checks\n";
    assert_eq!(taken(text, "validateUserData"), "intents:\n  - toFunc: wasm:user-service:validateUserData| # checks\n");
}

#[test]
fn functions_of_the_platform_are_those_of_the_bundle() {
    assert_eq!(labels(&endpoint("func:|")), ["chargeCard"]);
    let shop = Shop::new();
    let text = crate::shop::ORDERS_TEXT.replace("func:chargeCard", "func:chargeCard|");
    assert!(shop.complete(ORDERS, &text).items.is_empty(), "what is being typed is no proposal");
}

#[test]
fn a_service_whose_name_no_reference_can_hold_is_not_offered() {
    let shop = Shop::with(&[(ORDERS, "name: order service\n")]);
    let text = endpoint("wasm:|");
    let found: Vec<String> = shop.complete(crate::shop::USERS, &text).items.into_iter().map(|i| i.label).collect();
    assert_eq!(found, ["user-service"]);
    assert_eq!(taken_in(&shop, crate::shop::USERS, &text, "user-service"), endpoint("wasm:user-service:|"));
}
