//! Whole entries with the fields that they need.

use crate::shop::{ORDERS, Shop, labels, taken, taken_in};

#[test]
fn a_new_endpoint_comes_with_its_required_fields() {
    assert_eq!(
        taken("name: user-service\napi:\n  endpoints:\n    |\n", "New endpoint"),
        "name: user-service\napi:\n  endpoints:\n    - name: |\n      method: POST\n      path: /\n      to: wasm:user-service:\n"
    );
}

#[test]
fn functions_that_nothing_refers_to_suggest_an_entry() {
    let text = "name: user-service\napi:\n  endpoints:\n    - |\n";
    let found = labels(text);
    assert_eq!(found[..2], ["New endpoint", "New endpoint for deleteUser"]);
    assert_eq!(
        taken(text, "New endpoint for deleteUser"),
        "name: user-service\napi:\n  endpoints:\n    - name: deleteUser|\n      method: POST\n      path: /\n      to: wasm:user-service:deleteUser\n"
    );
}

#[test]
fn intents_and_goals_have_entries_too() {
    assert_eq!(
        taken("name: user-service\nintents:\n  |\n", "New intent"),
        "name: user-service\nintents:\n  - name: |\n    whenSensor: \n    toFunc: wasm:user-service:\n    primitiveIntent: validation\n"
    );
    assert_eq!(taken("goals:\n- |", "New goal"), "goals:\n- name: |\n  metric: latency\n  target: \"< 50ms\"");
    assert_eq!(
        taken("goals:\n  ne|\n", "New goal"),
        "goals:\n  - name: |\n    metric: latency\n    target: \"< 50ms\"\n"
    );
    assert_eq!(taken("goals: |\n", "New goal"), "goals:\n  - name: |\n    metric: latency\n    target: \"< 50ms\"\n");
}

#[test]
fn new_entries_stand_in_the_column_of_those_that_are_there() {
    let text = "goals:\n- name: a\n  metric: latency\n  target: 5ms\n    |\n";
    let found = taken(text, "description");
    assert_eq!(found, "goals:\n- name: a\n  metric: latency\n  target: 5ms\n  description: |\n");
    let text = "name: x\ngoals:\n- name: a\n |\n";
    assert!(taken(text, "metric").ends_with("\n  metric: |\n"));
}

#[test]
fn the_manifest_gets_entries_for_files_that_are_not_listed() {
    let shop = Shop::new();
    let text = "services:\n  - path: services/user-service.yaml\n  - path: services/order-service.yaml\n  |\n";
    let after = taken_in(&shop, "bundle.yaml", text, "path: services/audit-log.yaml");
    assert!(after.ends_with("order-service.yaml\n  - path: services/audit-log.yaml|\n"), "{after}");
    let after = taken_in(&shop, "bundle.yaml", &text.replace("  |", "  - |"), "path: services/audit-log.yaml");
    assert!(after.ends_with("order-service.yaml\n  - path: services/audit-log.yaml|\n"), "{after}");
    let after =
        taken_in(&shop, "bundle.yaml", &text.replace("  |", "  - services/au|"), "path: services/audit-log.yaml");
    assert!(after.ends_with("order-service.yaml\n  - path: services/audit-log.yaml|\n"), "{after}");
}

#[test]
fn a_new_endpoint_of_another_service_names_that_service() {
    let after = taken_in(&Shop::new(), ORDERS, "api:\n  endpoints:\n    - |", "New endpoint");
    assert!(after.ends_with("to: wasm:order-service:"), "{after}");
}
