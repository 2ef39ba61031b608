//! Where names are declared and used.

use priostack_workbench::bundle::assist::{Location, Subject, definitions, subject_at, usages};

use crate::shop::{ORDERS, Shop, USERS, USERS_TEXT, without_caret};

fn function(name: &str) -> Subject {
    Subject::Function { service: "user-service".into(), function: name.into() }
}

fn service(name: &str) -> Subject {
    Subject::Service(name.into())
}

/// `file:line:column title`, with what the span holds.
fn lines(shop: &Shop, locations: &[Location]) -> Vec<String> {
    let line = |location: &Location| {
        let Some(span) = location.span else { return format!("{}: {}", location.file, location.title) };
        let at = location.position.unwrap();
        let text = &shop.bundle.sources[&location.file][span.start..span.end];
        format!("{}:{}:{} {text} | {}", location.file, at.line, at.column, location.title)
    };
    locations.iter().map(line).collect()
}

fn subject(file: &str, text: &str) -> Option<(Subject, String)> {
    let (text, offset) = without_caret(text);
    let shop = Shop::new();
    let (subject, span) = subject_at(&shop.question(file, &text, offset))?;
    Some((subject, text[span.start..span.end].to_owned()))
}

#[test]
fn the_caret_tells_which_part_of_a_reference_is_meant() {
    let at = |to: &str| subject(USERS, &format!("api:\n  endpoints:\n    - to: {to}\n"));
    assert_eq!(at("wasm:user-service:create|User"), Some((function("createUser"), "createUser".into())));
    assert_eq!(at("wasm:user-service:createUser|"), Some((function("createUser"), "createUser".into())));
    assert_eq!(at("wasm:user-se|rvice:createUser"), Some((service("user-service"), "user-service".into())));
    assert_eq!(at("wa|sm:user-service:createUser"), Some((service("user-service"), "user-service".into())));
    assert_eq!(at("\"wasm:user-service:create|User\""), Some((function("createUser"), "createUser".into())));
    assert_eq!(at("func:char|ge"), Some((Subject::PlatformFunction("charge".into()), "charge".into())));
    assert_eq!(at("nonsen|se"), None);
    assert_eq!(at("wasm:a:b:c|"), None);
    assert_eq!(at("# wasm:user-service:create|User"), None);
}

#[test]
fn names_paths_and_sensors_are_subjects() {
    assert_eq!(subject(USERS, "name: user|-service\n").unwrap().0, service("user-service"));
    assert_eq!(subject("bundle.yaml", "name: sho|p\n"), None, "the bundle's name is used nowhere");
    assert_eq!(
        subject(USERS, "intents: [{whenSensor: \"user|Created\"}]").unwrap().0,
        Subject::Sensor("userCreated".into())
    );
    let file = Subject::ServiceFile(USERS.into());
    assert_eq!(subject("bundle.yaml", "services:\n  - path: ./services/user-|service.yaml\n").unwrap().0, file);
    assert_eq!(subject("bundle.yaml", "services:\n  - services/user-|service.yaml\n").unwrap().0, file);
}

#[test]
fn a_reference_leads_to_the_module_and_back_to_all_references() {
    let shop = Shop::new();
    let found = definitions(&shop.bundle, &function("createUser"));
    assert_eq!(lines(&shop, &found), ["wasm/user-service.wasm: create_user in wasm/user-service.wasm"]);
    assert_eq!(found[0].function.as_deref(), Some("create_user"));
    let expected = [
        "services/user-service.yaml:9:29 createUser | endpoint createUser of user-service",
        "services/order-service.yaml:12:31 createUser | intent welcome of order-service",
    ];
    for name in ["createUser", "create_user"] {
        assert_eq!(lines(&shop, &usages(&shop.bundle, &function(name))), expected);
    }
    assert_eq!(usages(&shop.bundle, &function("createUser"))[1].line, "toFunc: wasm:user-service:createUser");
    assert_eq!(
        lines(&shop, &usages(&shop.bundle, &function("findUser"))),
        ["services/user-service.yaml:13:30 find_user | endpoint findUser of user-service"]
    );
}

#[test]
fn a_service_leads_to_its_name_and_from_there_to_everything() {
    let shop = Shop::new();
    let name = "services/user-service.yaml:1:7 user-service | service user-service";
    assert_eq!(lines(&shop, &definitions(&shop.bundle, &service("user-service"))), [name]);
    let all = lines(&shop, &usages(&shop.bundle, &service("user-service")));
    assert_eq!(all.len(), 6);
    assert_eq!(all[0], name);
    assert_eq!(all[1], "bundle.yaml:4:11 services/user-service.yaml | entry of services in bundle.yaml");
    assert!(all[2..].iter().all(|line| line.contains(" user-service | ")), "{all:?}");
    assert!(all[5].starts_with(ORDERS));
}

#[test]
fn a_manifest_entry_leads_to_its_file() {
    let shop = Shop::new();
    let file = Subject::ServiceFile(ORDERS.into());
    assert_eq!(
        lines(&shop, &definitions(&shop.bundle, &file)),
        ["services/order-service.yaml:1:7 order-service | service order-service"]
    );
    assert_eq!(usages(&shop.bundle, &file), usages(&shop.bundle, &service("order-service")));
}

#[test]
fn a_sensor_leads_to_the_intents_that_it_fires() {
    let shop = Shop::new();
    let sensor = Subject::Sensor("userCreated".into());
    let expected = [
        "services/user-service.yaml:16:17 userCreated | intent validateUser of user-service",
        "services/order-service.yaml:11:17 userCreated | intent welcome of order-service",
    ];
    assert_eq!(lines(&shop, &definitions(&shop.bundle, &sensor)), expected);
    assert_eq!(lines(&shop, &usages(&shop.bundle, &sensor)), expected);
}

#[test]
fn what_does_not_exist_leads_nowhere() {
    let shop = Shop::new();
    for subject in [
        service("nobody"),
        Subject::Function { service: "order-service".into(), function: "placeOrder".into() },
        Subject::ServiceFile("services/nobody.yaml".into()),
        Subject::Sensor("nothing".into()),
        Subject::PlatformFunction("chargeCard".into()),
    ] {
        assert!(definitions(&shop.bundle, &subject).is_empty(), "{subject:?}");
    }
}

#[test]
fn aliases_and_merged_mappings_count_once() {
    let text = USERS_TEXT.replace("to: wasm:user-service:createUser", "to: &ref wasm:user-service:createUser")
        + "  - &goal\n    name: other\n    metric: latency\n    target: 1s\n";
    let text = text.replace("toFunc: wasm:user-service:validateUserData", "toFunc: *ref");
    let shop = Shop::with(&[(USERS, &text)]);
    let found = lines(&shop, &usages(&shop.bundle, &function("createUser")));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[1].contains("*ref | intent validateUser"), "{found:?}");
}
