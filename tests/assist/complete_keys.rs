//! Keys that may stand at a place.

use crate::shop::{Shop, labels, taken, taken_in};

const ENDPOINT: [&str; 5] = ["name", "method", "path", "to", "description"];

#[test]
fn an_empty_file_may_begin_with_any_field_of_its_root() {
    let all = ["name", "description", "version", "api", "intents", "goals", "priority", "futures"];
    assert_eq!(labels("|"), all);
    assert_eq!(labels("\n|\n"), all);
    assert_eq!(labels("\u{feff}|"), all);
    let shop = Shop::new();
    let manifest: Vec<String> = shop.complete("bundle.yaml", "|").items.into_iter().map(|item| item.label).collect();
    assert_eq!(manifest, ["name", "services", "description", "version"]);
}

#[test]
fn keys_that_are_there_are_not_offered_again() {
    assert_eq!(
        labels("name: a\napi:\n  basePath: /\n|\ngoals:\n"),
        ["description", "version", "intents", "priority", "futures"]
    );
    assert_eq!(labels("api:\n  endpoints:\n    - name: a\n      |\n      path: /\n"), ["method", "to", "description"]);
}

#[test]
fn a_half_typed_key_is_completed_as_a_whole_word() {
    assert_eq!(
        taken("api:\n  endpoints:\n    - name: a\n      meth|\n", "method"),
        "api:\n  endpoints:\n    - name: a\n      method: |\n"
    );
    assert_eq!(
        taken("api:\n  endpoints:\n    - name: a\n      me|th\n", "method"),
        "api:\n  endpoints:\n    - name: a\n      method: |\n"
    );
    assert_eq!(taken("na|", "name"), "name: |");
    assert_eq!(taken("api:\n  base|", "basePath"), "api:\n  basePath: |");
}

#[test]
fn a_key_with_a_colon_keeps_its_value() {
    let text = "api:\n  endpoints:\n    - name: a\n      me|tod: POST\n";
    assert_eq!(taken(text, "method"), "api:\n  endpoints:\n    - name: a\n      method|: POST\n");
    assert_eq!(taken("\"na|m\": x\n", "name"), "\"name|\": x\n");
}

#[test]
fn what_was_typed_is_matched_by_prefix_then_humps_then_loosely() {
    let intent = |typed: &str| labels(&format!("intents:\n  - name: a\n    {typed}|\n"));
    assert_eq!(intent("ex"), ["expectedDuration", "expiresIn"]);
    assert_eq!(intent("ED"), ["expectedDuration"]);
    assert_eq!(intent("wS"), ["whenSensor"]);
    assert_eq!(intent("tofunc"), ["toFunc"]);
    assert_eq!(intent("func"), ["toFunc"]);
    assert_eq!(intent("qqq"), Vec::<String>::new());
    assert_eq!(intent("name"), Vec::<String>::new(), "it is there already");
}

#[test]
fn behind_a_dash_come_the_keys_of_the_entry() {
    let labels = labels("api:\n  endpoints:\n    - |\n");
    assert!(labels[0].starts_with("New endpoint"), "{labels:?}");
    assert!(labels.ends_with(&ENDPOINT.map(String::from)), "{labels:?}");
    assert_eq!(taken("api:\n  endpoints:\n    - |\n", "name"), "api:\n  endpoints:\n    - name: |\n");
    assert_eq!(taken("api:\n  endpoints:\n    -|\n", "name"), "api:\n  endpoints:\n    - name: |\n");
    assert_eq!(taken("goals:\n- na|", "name"), "goals:\n- name: |");
}

#[test]
fn another_indentation_than_that_of_the_mapping_is_put_right() {
    let text = |lead: &str| format!("api:\n  endpoints:\n    - name: a\n{lead}|\n");
    let good = "api:\n  endpoints:\n    - name: a\n      method: |\n";
    assert_eq!(taken(&text("      "), "method"), good);
    assert_eq!(taken(&text("     "), "method"), good);
    assert_eq!(taken(&text("          "), "method"), good);
    assert_eq!(taken("name: a\n     |", "version"), "name: a\nversion: |");
    assert_eq!(taken("api:\n  basePath: /\n      |", "endpoints"), "api:\n  basePath: /\n  endpoints:\n    |");
}

#[test]
fn the_column_of_an_empty_line_tells_which_mapping_goes_on() {
    let text = |lead: &str| format!("api:\n  endpoints:\n    - name: a\n      path: /\n{lead}|\n");
    assert_eq!(labels(&text("      ")), ["method", "to", "description"]);
    assert_eq!(labels(&text("    "))[0], "New endpoint");
    assert_eq!(labels(&text("  ")), ["basePath"]);
    assert!(labels(&text("")).contains(&"goals".to_owned()));
}

#[test]
fn lists_in_the_column_of_their_key_may_go_on_or_end() {
    let labels = labels("name: a\ngoals:\n- name: b\n  metric: latency\n|");
    assert_eq!(labels.last().unwrap(), "New goal");
    assert!(labels.contains(&"intents".to_owned()), "{labels:?}");
}

#[test]
fn mappings_between_brackets_are_completed_too() {
    assert_eq!(labels("api: {endpoints: [{name: a, |}]}"), ["method", "path", "to", "description"]);
    assert_eq!(taken("api: {endpoints: [{name: a, |}]}", "method"), "api: {endpoints: [{name: a, method: |}]}");
    assert_eq!(taken("api: {endpoints: [{name: a, me|}]}", "method"), "api: {endpoints: [{name: a, method: |}]}");
    assert_eq!(taken("api: {endp|}", "endpoints"), "api: {endpoints: [|]}");
    assert_eq!(taken("{|", "api"), "{api: {|}");
    assert_eq!(taken("goals:\n  - {name: a,\n     met|\n", "metric"), "goals:\n  - {name: a,\n     metric: |\n");
}

#[test]
fn a_key_that_opens_a_mapping_or_list_is_followed_by_its_line() {
    assert_eq!(taken("ap|\n", "api"), "api:\n  |\n");
    assert_eq!(taken("api:\n  end|\n", "endpoints"), "api:\n  endpoints:\n    |\n");
    assert_eq!(taken("api: |\n", "basePath"), "api:\n  basePath: |\n");
}

#[test]
fn line_endings_of_windows_change_nothing() {
    let text = "name: a\r\napi:\r\n  endpoints:\r\n    - name: b\r\n      me|\r\n      path: /\r\n";
    assert_eq!(
        taken(text, "method"),
        "name: a\r\napi:\r\n  endpoints:\r\n    - name: b\r\n      method: |\r\n      path: /\r\n"
    );
    assert_eq!(labels("name: a\r\n|\r\n").first().unwrap(), "description");
}

#[test]
fn text_that_is_broken_elsewhere_is_no_obstacle() {
    let broken = "name: \"a\ndescription: 'it's\napi:\n\tbasePath: /\n  endpoints:\n    - name: [a\n      |\n";
    assert!(labels(broken).contains(&"method".to_owned()), "{:?}", labels(broken));
    assert!(labels("}}}\napi:\n  |\n").contains(&"basePath".to_owned()));
}

#[test]
fn comments_and_blocks_of_text_get_nothing() {
    for text in [
        "# na|",
        "name: a # na|\n",
        "description: |-\n  some |\nname: a".replacen('|', "¦", 1).as_str(),
        "description: >\n  some\n  na|\nname: a",
        "description: first\n  second |\nname: a",
        "api:\n  basePath: / # x|",
        "x-notes:\n  na|",
        "name: a\nname|  b: c",
    ] {
        let text = text.replace('¦', "|");
        let (before, after) = text.rsplit_once('|').unwrap();
        let text = format!("{before}\u{0}{after}");
        let offset = text.find('\u{0}').unwrap();
        let shop = Shop::new();
        let text = text.replace('\u{0}', "");
        let found = priostack_workbench::bundle::assist::complete(&shop.question(crate::shop::USERS, &text, offset));
        assert!(found.items.is_empty(), "{text:?} at {offset}: {:?}", found.items);
    }
}

#[test]
fn files_that_are_not_of_the_bundle_get_nothing() {
    let shop = Shop::new();
    for file in [".workbench/settings.yaml", "wasm/a.wasm", "README.md"] {
        assert!(shop.complete(file, "|").items.is_empty(), "{file}");
    }
}

#[test]
fn required_fields_say_so() {
    let shop = Shop::new();
    let items = shop.complete("bundle.yaml", "|").items;
    assert_eq!(items[0].detail, "text, required");
    assert!(items[0].documentation.contains("bundle's name"));
    assert_eq!(taken_in(&shop, "bundle.yaml", "ser|", "services"), "services:\n  |");
}

#[test]
fn anchors_tags_and_merged_mappings_are_looked_through() {
    assert_eq!(labels("goals:\n  - &first\n    name: a\n    |\n"), ["metric", "target", "description"]);
    assert_eq!(labels("goals:\n  - name: a\n    <<: {me|}\n"), ["metric", "name"]);
    assert_eq!(labels("api: !!map\n  |\n"), ["basePath", "endpoints"]);
}
