//! The outline of a file.

use priostack_workbench::bundle::assist::{symbols, symbols_of};

use crate::shop::{ORDERS, Shop, USERS, USERS_TEXT};

fn outline(file: &str, text: &str) -> Vec<String> {
    let line = |symbol: priostack_workbench::bundle::assist::Symbol| {
        assert!(text.get(symbol.span.start..symbol.span.end).is_some(), "{symbol:?}");
        let line = format!("{}{} {} | {}", "  ".repeat(symbol.depth), symbol.kind, symbol.name, symbol.detail);
        line.trim_end_matches(" | ").to_owned()
    };
    symbols_of(file, text).into_iter().map(line).collect()
}

#[test]
fn a_service_file_shows_its_endpoints_intents_and_goals() {
    assert_eq!(
        outline(USERS, USERS_TEXT),
        [
            "key name | user-service",
            "key description | Creates and finds users",
            "key api | /api/v1/users",
            "  key endpoints",
            "    endpoint createUser | POST /api/v1/users",
            "    endpoint findUser | GET /api/v1/users/{id}",
            "key intents",
            "  intent validateUser | when userCreated",
            "key goals",
            "  goal responseTime | latency <= 50ms",
        ]
    );
}

#[test]
fn the_manifest_shows_its_services() {
    let shop = Shop::new();
    let found: Vec<String> = symbols(&shop.bundle, "bundle.yaml").into_iter().map(|symbol| symbol.name).collect();
    assert_eq!(found, ["name", "version", "services", USERS, "./services/order-service.yaml"]);
    assert!(symbols(&shop.bundle, "services/nobody.yaml").is_empty());
}

#[test]
fn flow_style_and_half_typed_text_have_an_outline() {
    let shop = Shop::new();
    let flow = outline(ORDERS, &shop.bundle.sources[ORDERS]);
    assert!(flow.contains(&"    endpoint placeOrder | POST /".to_owned()), "{flow:?}");
    let broken = outline(USERS, "api:\n  endpoints:\n    - name: \"a\n    - met\n    -\n    - {name: b,\nintents: [\n");
    assert_eq!(
        broken,
        [
            "key api",
            "  key endpoints",
            "    endpoint a",
            "    endpoint endpoint 2",
            "    endpoint endpoint 3",
            "    endpoint b",
            "key intents",
            "  intent intent 1"
        ]
    );
}

#[test]
fn a_symbol_spans_all_of_its_text() {
    let all = symbols_of(USERS, USERS_TEXT);
    let text = |name: &str| {
        let symbol = all.iter().find(|symbol| symbol.name == name).unwrap();
        &USERS_TEXT[symbol.span.start..symbol.span.end]
    };
    assert!(text("createUser").starts_with("- name: createUser") && text("createUser").ends_with("createUser"));
    assert!(text("endpoints").starts_with("endpoints:") && text("endpoints").ends_with("find_user\""));
    assert!(text("goals").ends_with("50ms\""));
}
