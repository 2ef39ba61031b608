//! Other names, everywhere at once.

use std::collections::BTreeMap;

use priostack_workbench::bundle::assist::{Subject, rename};
use priostack_workbench::bundle::{Overlay, Reader, edit, moves};

use crate::shop::{ORDERS, Shop, USERS, USERS_TEXT};

fn service(name: &str) -> Subject {
    Subject::Service(name.into())
}

fn function(name: &str) -> Subject {
    Subject::Function { service: "user-service".into(), function: name.into() }
}

/// The texts that change, after the rename.
fn renamed(shop: &Shop, subject: &Subject, new: &str) -> BTreeMap<String, String> {
    let edit = rename(&shop.bundle, subject, new).unwrap();
    let after = |(file, edits): (&String, &Vec<_>)| {
        (file.clone(), edit::apply(edits, &shop.bundle.sources[file]).unwrap_or_else(|| panic!("{edits:?}")))
    };
    edit.files.iter().map(after).collect()
}

fn refused(subject: &Subject, new: &str) -> String {
    rename(&Shop::new().bundle, subject, new).unwrap_err()
}

#[test]
fn a_service_changes_its_name_its_references_its_entry_and_its_files() {
    let shop = Shop::new();
    let edit = rename(&shop.bundle, &service("user-service"), "accounts").unwrap();
    assert_eq!(edit.title, "Rename user-service to accounts");
    assert_eq!(
        edit.moves,
        [
            (USERS, "services/accounts.yaml"),
            ("wasm/user-service.wasm", "wasm/accounts.wasm"),
            ("wasm/user-service.d.ts", "wasm/accounts.d.ts"),
        ]
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
    );
    let texts = renamed(&shop, &service("user-service"), "accounts");
    assert_eq!(texts[USERS], USERS_TEXT.replace("user-service", "accounts"));
    assert!(texts[ORDERS].contains("toFunc: wasm:accounts:createUser\n"));
    assert!(texts["bundle.yaml"].contains("- path: services/accounts.yaml\n"));
    assert!(texts["bundle.yaml"].contains("- path: ./services/order-service.yaml\n"));
}

#[test]
fn the_bundle_is_as_sound_after_a_rename_as_before() {
    let shop = Shop::new();
    let problems = |shop: &Shop| Reader::new(shop.folder.path()).read(&Overlay::new()).diagnostics.len();
    let before = problems(&shop);
    let edit = rename(&shop.bundle, &service("user-service"), "accounts").unwrap();
    for (file, text) in renamed(&shop, &service("user-service"), "accounts") {
        std::fs::write(shop.folder.path().join(file), text).unwrap();
    }
    moves::move_files(shop.folder.path(), &edit.moves).unwrap();
    assert_eq!(problems(&shop), before);
}

#[test]
fn a_folder_for_each_service_is_renamed_with_it() {
    let manifest = "name: shop\nservices:\n  - path: \"user-auth/user-auth.yaml\"\n";
    let shop = Shop::with(&[("bundle.yaml", manifest), ("user-auth/user-auth.yaml", "name: user-auth\n")]);
    let edit = rename(&shop.bundle, &service("user-auth"), "login").unwrap();
    assert_eq!(edit.moves, [("user-auth/user-auth.yaml".to_owned(), "login/login.yaml".to_owned())]);
    let texts = renamed(&shop, &service("user-auth"), "login");
    assert_eq!(texts["bundle.yaml"], manifest.replace("user-auth", "login"));
}

#[test]
fn saved_cases_stay_with_their_service() {
    let case = ".workbench/cases/user-service/createUser/one.json";
    let shop = Shop::with(&[(case, "{\"input\": {}}")]);
    let edit = rename(&shop.bundle, &service("user-service"), "accounts").unwrap();
    moves::move_files(shop.folder.path(), &edit.moves).unwrap();
    assert!(shop.folder.path().join(case.replace("user-service", "accounts")).is_file());
}

#[test]
fn files_that_do_not_bear_the_name_stay() {
    let shop = Shop::with(&[(USERS, "name: people\n")]);
    let edit = rename(&shop.bundle, &service("people"), "accounts").unwrap();
    assert!(edit.moves.is_empty(), "{:?}", edit.moves);
    assert_eq!(
        renamed(&shop, &service("people"), "accounts"),
        BTreeMap::from([(USERS.into(), "name: accounts\n".into())])
    );
}

#[test]
fn a_function_is_referred_to_by_another_name_in_every_spelling() {
    let shop = Shop::new();
    let edit = rename(&shop.bundle, &function("find_user"), "getUser").unwrap();
    assert_eq!(edit.title, "Refer to getUser instead of find_user (the module is not changed)");
    assert!(edit.moves.is_empty());
    let texts = renamed(&shop, &function("findUser"), "getUser");
    assert_eq!(texts[USERS], USERS_TEXT.replace("find_user", "getUser"));
    let texts = renamed(&shop, &function("createUser"), "addUser");
    assert_eq!(texts.len(), 2);
    assert!(texts[USERS].contains("name: createUser\n"), "an endpoint's name is its own");
    let texts = renamed(&shop, &Subject::PlatformFunction("chargeCard".into()), "charge");
    assert!(texts[ORDERS].contains("to: func:charge\n"));
}

#[test]
fn the_style_of_quotation_marks_is_kept() {
    let shop = Shop::new();
    let texts = renamed(&shop, &service("order-service"), "orders");
    assert!(texts[ORDERS].contains("to: 'wasm:orders:placeOrder'}"));
    assert!(texts["bundle.yaml"].contains("- path: services/orders.yaml\n"), "{}", texts["bundle.yaml"]);
}

#[test]
fn names_that_need_quotation_marks_get_them() {
    let sensor = Subject::Sensor("userCreated".into());
    let texts = renamed(&Shop::new(), &sensor, "user: created");
    assert!(texts[USERS].contains("whenSensor: \"user: created\"\n"));
    assert!(renamed(&Shop::new(), &sensor, "true")[USERS].contains("whenSensor: \"true\"\n"));
    assert!(renamed(&Shop::new(), &sensor, "user.created")[USERS].contains("whenSensor: user.created\n"));
    assert!(renamed(&Shop::new(), &sensor, "größer")[USERS].contains("whenSensor: größer\n"));
    let single = USERS_TEXT.replace("whenSensor: userCreated", "whenSensor: 'userCreated'");
    let shop = Shop::with(&[(USERS, &single)]);
    assert!(renamed(&shop, &sensor, "user's")[USERS].contains("whenSensor: 'user''s'\n"));
}

#[test]
fn an_alias_is_renamed_where_its_value_stands() {
    let text = USERS_TEXT
        .replace("to: wasm:user-service:createUser", "to: &ref wasm:user-service:createUser")
        .replace("toFunc: wasm:user-service:validateUserData", "toFunc: *ref");
    let shop = Shop::with(&[(USERS, &text)]);
    let texts = renamed(&shop, &function("createUser"), "addUser");
    assert!(texts[USERS].contains("to: &ref wasm:user-service:addUser\n"));
    assert!(texts[USERS].contains("toFunc: *ref\n"));
}

#[test]
fn escapes_and_lines_of_windows_survive() {
    let text = "name: user-service\r\nintents:\r\n  - whenSensor: \"user\\u0043reated\"\r\n    name: a\r\n";
    let shop = Shop::with(&[(USERS, text)]);
    let texts = renamed(&shop, &Subject::Sensor("userCreated".into()), "userMade");
    assert_eq!(texts[USERS], text.replace("\"user\\u0043reated\"", "userMade"));
}

#[test]
fn names_that_cannot_be_used_are_refused_with_the_reason() {
    let subject = service("user-service");
    assert_eq!(refused(&subject, "  "), "The new name is empty");
    assert_eq!(refused(&subject, "user-service"), "The name is user-service already");
    assert_eq!(refused(&subject, "a b"), "The name of a service holds no white space");
    assert_eq!(refused(&subject, "a:b"), "The name of a service holds no colon: references are parted by colons");
    assert_eq!(refused(&subject, "a/b"), "The name of a service holds no /: its file and module are named after it");
    assert_eq!(refused(&subject, "../b"), "The name of a service holds no /: its file and module are named after it");
    assert_eq!(
        refused(&subject, "order-service"),
        "Another service is named order-service already: services/order-service.yaml"
    );
    assert_eq!(refused(&subject, "audit-log"), "The file services/audit-log.yaml exists already");
    assert_eq!(refused(&service("nobody"), "a"), "The bundle has no service nobody");
    assert_eq!(refused(&function("createUser"), "a b"), "The name of a function holds no white space");
    assert_eq!(refused(&function("nothing"), "a"), "Nothing in the bundle refers to nothing");
    assert_eq!(refused(&Subject::Sensor("userCreated".into()), "a\nb"), "The name of a sensor is one line of text");
    let file = Subject::ServiceFile(USERS.into());
    assert!(refused(&file, "../a.yaml").starts_with("Write a path within the bundle's folder"));
    assert_eq!(refused(&file, "services/a.txt"), "The path of a service file ends in .yaml");
}

#[test]
fn a_sensor_never_takes_the_name_of_another_one() {
    let other = USERS_TEXT.replace("whenSensor: userCreated", "whenSensor: userDeleted");
    let shop = Shop::with(&[(USERS, &other)]);
    let error = rename(&shop.bundle, &Subject::Sensor("userCreated".into()), "userDeleted").unwrap_err();
    assert_eq!(error, "The sensor userDeleted exists already: intent validateUser of user-service");
}

#[test]
fn a_service_file_moves_and_its_entry_follows() {
    let shop = Shop::new();
    let file = Subject::ServiceFile(ORDERS.into());
    let edit = rename(&shop.bundle, &file, "orders/orders.yaml").unwrap();
    assert_eq!(edit.moves, [(ORDERS.to_owned(), "orders/orders.yaml".to_owned())]);
    assert!(renamed(&shop, &file, "orders/orders.yaml")["bundle.yaml"].contains("- path: orders/orders.yaml\n"));
}
