//! Changing single entries and fields of YAML texts: what changes, what stays, what is refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::change::{Editable, List, Values};
use priostack_workbench::bundle::edit;

const SERVICE_LISTS: [List; 3] = [List::Endpoints, List::Intents, List::Goals];

fn values(pairs: &[(&'static str, &str)]) -> Values {
    pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

fn endpoint() -> Values {
    values(&[("name", "new"), ("method", "GET"), ("path", "/new"), ("to", "wasm:a:new")])
}

fn added(text: &str, list: List, fields: &Values) -> String {
    let edits = Editable::read(text).unwrap().add(list, fields).unwrap_or_else(|refusal| panic!("{refusal}: {text}"));
    edit::apply(&edits, text).unwrap()
}

fn changed(text: &str, list: List, at: usize, pairs: &[(&'static str, &str)]) -> String {
    let edits = Editable::read(text).unwrap().change(list, at, &values(pairs));
    edit::apply(&edits.unwrap_or_else(|refusal| panic!("{refusal}: {text}")), text).unwrap()
}

fn removed(text: &str, list: List, at: usize) -> String {
    let edits = Editable::read(text).unwrap().remove(list, at).unwrap_or_else(|refusal| panic!("{refusal}: {text}"));
    edit::apply(&edits, text).unwrap()
}

fn shifted(text: &str, list: List, at: usize, down: bool) -> String {
    let edits =
        Editable::read(text).unwrap().shift(list, at, down).unwrap_or_else(|refusal| panic!("{refusal}: {text}"));
    edit::apply(&edits, text).unwrap()
}

#[test]
fn an_entry_is_added_behind_the_last_one_as_the_others_are_written() {
    for (before, after) in [
        (
            "api:\n  endpoints:\n    - name: a # c\n      path: /a\n\n# about goals\ngoals: []\n",
            "api:\n  endpoints:\n    - name: a # c\n      path: /a\n\n    - name: new\n      method: GET\n      path: \"/new\"\n      to: wasm:a:new\n\n# about goals\ngoals: []\n",
        ),
        (
            "api:\n  endpoints:\n  - name: a\n  - name: b\n    # of b\n# tail\n",
            "api:\n  endpoints:\n  - name: a\n  - name: b\n    # of b\n  - name: new\n    method: GET\n    path: \"/new\"\n    to: wasm:a:new\n# tail\n",
        ),
        (
            "api:\n    endpoints:\n        - name: a\n        - name: b",
            "api:\n    endpoints:\n        - name: a\n        - name: b\n        - name: new\n          method: GET\n          path: \"/new\"\n          to: wasm:a:new",
        ),
        (
            "api:\r\n  endpoints:\r\n    - name: a\r\n\r\n    - name: b\r\n",
            "api:\r\n  endpoints:\r\n    - name: a\r\n\r\n    - name: b\r\n\r\n    - name: new\r\n      method: GET\r\n      path: \"/new\"\r\n      to: wasm:a:new\r\n",
        ),
        (
            "api: {endpoints: [{name: a}]} # c\n",
            "api: {endpoints: [{name: a}, {name: new, method: GET, path: \"/new\", to: \"wasm:a:new\"}]} # c\n",
        ),
        (
            "api:\n  endpoints: [\n    {\"name\": \"a\"}, # c\n    {\"name\": \"b\"} # d\n  ]\n",
            "api:\n  endpoints: [\n    {\"name\": \"a\"}, # c\n    {\"name\": \"b\"},\n    {\"name\": \"new\", \"method\": \"GET\", \"path\": \"/new\", \"to\": \"wasm:a:new\"} # d\n  ]\n",
        ),
    ] {
        assert_eq!(added(before, List::Endpoints, &endpoint()), after);
    }
}

#[test]
fn a_list_that_is_absent_or_empty_comes_into_being() {
    let item = |indent: &str| {
        format!("{indent}- name: new\n{indent}  method: GET\n{indent}  path: \"/new\"\n{indent}  to: wasm:a:new\n")
    };
    let long = item("    ");
    for (before, after) in [
        ("name: a\n", format!("name: a\n\napi:\n  endpoints:\n{long}")),
        ("name: a\n\ngoals: []\n", format!("name: a\n\napi:\n  endpoints:\n{long}\ngoals: []\n")),
        ("name: a\ngoals: []\n", format!("name: a\n\napi:\n  endpoints:\n{long}\ngoals: []\n")),
        ("name: a\napi:\n", format!("name: a\napi:\n  endpoints:\n{long}")),
        ("name: a\napi: # none\ngoals: []\n", format!("name: a\napi: # none\n  endpoints:\n{long}goals: []\n")),
        ("api:\n  endpoints: # none\n", format!("api:\n  endpoints: # none\n{long}")),
        ("api:\n  endpoints: [] # none\n", format!("api:\n  endpoints: # none\n{long}")),
        ("api:\n  endpoints: ~\n", format!("api:\n  endpoints:\n{long}")),
        ("api:\n  basePath: /a # b\n", format!("api:\n  basePath: /a # b\n  endpoints:\n{long}")),
    ] {
        assert_eq!(added(before, List::Endpoints, &endpoint()), after);
    }
    let intent = values(&[("name", "i"), ("whenSensor", "s"), ("toFunc", "func:x"), ("retries", "3")]);
    assert_eq!(
        added("name: a\nversion: 1.0.0\ngoals:\n- name: g\n", List::Intents, &intent),
        "name: a\nversion: 1.0.0\n\nintents:\n- name: i\n  whenSensor: s\n  toFunc: func:x\n  retries: 3\n\ngoals:\n- name: g\n"
    );
    let service = values(&[("path", "services/b.yaml")]);
    assert_eq!(
        added("name: a\nservices:\n  - path: services/a.yaml # first\n", List::Services, &service),
        "name: a\nservices:\n  - path: services/a.yaml # first\n  - path: services/b.yaml\n"
    );
}

#[test]
fn a_changed_value_keeps_its_quotation_marks_and_comments() {
    for (before, after) in [
        (
            "goals:\n  - name: a\n    target: \"< 50ms\"   # why\n    # more\n",
            "goals:\n  - name: a\n    target: \"< 5ms\"   # why\n    # more\n",
        ),
        ("goals:\n  - name: a\n    target: '< 50ms' # why\n", "goals:\n  - name: a\n    target: '< 5ms' # why\n"),
        ("goals:\r\n  - name: a\r\n    target: '< 50ms'\r\n", "goals:\r\n  - name: a\r\n    target: '< 5ms'\r\n"),
        ("goals: [{name: a, target: 5}] # k\n", "goals: [{name: a, target: \"< 5ms\"}] # k\n"),
        (
            "goals:\n  - name: a\n    target: # to do\n    description: d\n",
            "goals:\n  - name: a\n    target: \"< 5ms\" # to do\n    description: d\n",
        ),
        (
            "goals:\n  - name: a\n    target: >- # why\n      < 50\n      ms\n\n    # d\n    description: d\n",
            "goals:\n  - name: a\n    target: \"< 5ms\" # why\n\n    # d\n    description: d\n",
        ),
        (
            "goals:\n  - name: a # n\n\n  # next\n  - name: b\n",
            "goals:\n  - name: a # n\n    target: \"< 5ms\"\n\n  # next\n  - name: b\n",
        ),
        (
            "goals:\n  - description: d\n    name: a\n",
            "goals:\n  - description: d\n    name: a\n    target: \"< 5ms\"\n",
        ),
        ("\u{feff}goals:\n- metric: x", "\u{feff}goals:\n- metric: x\n  target: \"< 5ms\""),
    ] {
        assert_eq!(changed(before, List::Goals, 0, &[("target", "< 5ms")]), after);
    }
}

#[test]
fn several_fields_come_in_the_documented_order() {
    let text = "intents:\n  - name: a\n    toFunc: func:x # f\n";
    let all = [("whenSensor", "s"), ("cooldown", "1s"), ("retries", "2"), ("description", "Does: this # and that")];
    assert_eq!(
        changed(text, List::Intents, 0, &all),
        "intents:\n  - name: a\n    whenSensor: s\n    toFunc: func:x # f\n    cooldown: 1s\n    retries: 2\n    description: \"Does: this # and that\"\n"
    );
}

#[test]
fn a_removed_field_takes_its_line_and_nothing_else() {
    for (before, after) in [
        (
            "goals:\n  - name: a # c\n    metric: x # d\n    # own\n    target: 5\n",
            "goals:\n  - name: a # c\n    # own\n    target: 5\n",
        ),
        ("goals:\n  - name: a\n    metric: x", "goals:\n  - name: a"),
        ("goals: [{name: a, metric: x}, {name: b}]\n", "goals: [{name: a}, {name: b}]\n"),
        ("goals:\n  - metric: x\n    name: a\n", "goals:\n  - name: a\n"),
        (
            "goals:\n  - name: a\n    metric: |\n      x\n      y\n\n    target: 5\n",
            "goals:\n  - name: a\n\n    target: 5\n",
        ),
    ] {
        assert_eq!(changed(before, List::Goals, 0, &[("metric", "")]), after);
    }
}

#[test]
fn a_removed_entry_takes_its_own_comments() {
    let text = "goals:\n  # about a\n  - name: a # x\n\n  # about b\n  - name: b\n    # in b\n\n  # about c\n  - name: c\nend: 1\n";
    let (a, b, c) =
        ("  # about a\n  - name: a # x\n", "  # about b\n  - name: b\n    # in b\n", "  # about c\n  - name: c\n");
    assert_eq!(removed(text, List::Goals, 0), format!("goals:\n{b}\n{c}end: 1\n"));
    assert_eq!(removed(text, List::Goals, 1), format!("goals:\n{a}\n{c}end: 1\n"));
    assert_eq!(removed(text, List::Goals, 2), format!("goals:\n{a}\n{b}end: 1\n"));
    assert_eq!(removed("goals: # g\n  # a\n  - name: a\nend: 1\n", List::Goals, 0), "goals: [] # g\nend: 1\n");
    assert_eq!(removed("goals: [{name: a}, {name: b}]\n", List::Goals, 1), "goals: [{name: a}]\n");
    assert_eq!(removed("goals: [{name: a}, {name: b}]\n", List::Goals, 0), "goals: [{name: b}]\n");
    assert_eq!(removed("goals: [{name: a}]\n", List::Goals, 0), "goals: []\n");
    assert_eq!(removed("services:\n- path: a\n- path: b", List::Services, 1), "services:\n- path: a");
}

#[test]
fn a_moved_entry_takes_its_own_comments() {
    let text = "goals:\n  # about a\n  - name: a # x\n\n  - name: b\n    # in b\n  - name: c";
    let down = "goals:\n  - name: b\n    # in b\n\n  # about a\n  - name: a # x\n  - name: c";
    assert_eq!(shifted(text, List::Goals, 0, true), down);
    assert_eq!(shifted(down, List::Goals, 1, false), text);
    assert_eq!(
        shifted(text, List::Goals, 2, false),
        "goals:\n  # about a\n  - name: a # x\n\n  - name: c\n  - name: b\n    # in b"
    );
    let refusal = Editable::read(text).unwrap().shift(List::Goals, 0, false).unwrap_err();
    assert_eq!(refusal.reason, "it is the first entry already");
}

#[test]
fn the_services_own_fields_are_changed_in_place() {
    let text = "# Users\nname: users # unique\n\ngoals: []\n";
    let set = |pairs: &[(&'static str, &str)]| {
        let edits = Editable::read(text).unwrap().change_service(&values(pairs)).unwrap();
        edit::apply(&edits, text).unwrap()
    };
    assert_eq!(set(&[("name", "people")]), "# Users\nname: people # unique\n\ngoals: []\n");
    assert_eq!(
        set(&[("version", "1.2.3"), ("description", "One\nTwo"), ("basePath", "/u")]),
        "# Users\nname: users # unique\ndescription: |-\n  One\n  Two\nversion: 1.2.3\n\napi:\n  basePath: \"/u\"\n\ngoals: []\n"
    );
    assert_eq!(set(&[("basePath", "")]), text);
}

#[test]
fn a_text_that_cannot_be_understood_is_not_edited() {
    let refusal = Editable::read("name: a\ngoals:\n  - name: \"b\n").err().unwrap();
    assert!(refusal.reason.starts_with("line 3 must be mended first"), "{refusal}");
    assert!(Editable::read("").is_err());
    assert!(Editable::read("- a\n- b\n").is_err());
    assert!(Editable::read("name: a\nname: b\n").is_err());
}

#[test]
fn what_stands_in_two_places_at_once_is_left_to_the_person() {
    let merged = "base: &base\n  metric: latency\ngoals:\n  - <<: *base\n    name: a\n  - *base\n";
    let editable = Editable::read(merged).unwrap();
    assert!(editable.change(List::Goals, 0, &values(&[("metric", "")])).is_err());
    assert!(editable.change(List::Goals, 1, &values(&[("metric", "memory")])).is_err());
    // A field of its own stands above the merged one.
    let own = changed(merged, List::Goals, 0, &[("metric", "memory")]);
    assert!(own.contains("    name: a\n    metric: memory\n"), "{own}");
    let anchored = "goals:\n  - &g\n    name: a\n  - *g\n";
    assert!(Editable::read(anchored).unwrap().change(List::Goals, 0, &values(&[("name", "b")])).is_err());
    let tagged = "goals:\n  - name: !!str 5\n";
    assert!(Editable::read(tagged).unwrap().change(List::Goals, 0, &values(&[("name", "b")])).is_err());
    let list = "goals:\n  - name: [a]\n";
    assert!(Editable::read(list).unwrap().change(List::Goals, 0, &values(&[("name", "b")])).is_err());
}

#[test]
fn any_text_can_be_a_value_and_reads_back_as_itself() {
    let texts = [
        "plain",
        "two words",
        " leading",
        "trailing ",
        "yes",
        "NO",
        "null",
        "~",
        "1",
        "1.0",
        "1_000",
        "0x1f",
        "12:30",
        "2024-01-01",
        "- dash",
        "? q",
        ": c",
        "a: b",
        "a #b",
        "#c",
        "'",
        "\"",
        "it's",
        "\\",
        "\\n",
        "[",
        "{a}",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%",
        "@",
        "`",
        "a,b",
        "tab\there",
        "line\nbreak",
        "ends\n",
        "\nstarts",
        "a\n\nb",
        "  a\n b",
        "\u{feff}",
        "\u{202e}x",
        "\u{85}",
        "é ü 漢字",
        "🦀",
        "\u{7f}",
        "<<",
        "=",
        "---",
        "...",
        "-",
        "a:",
        ":a",
        "\r\n",
        "a\u{a0}b",
    ];
    for style in ["plain", "'single'", "\"double\"", "|-\n      block", ">\n      folded", "# comment"] {
        for (open, close) in
            [("goals:\n  - name: n\n    description: ", "\n    target: 1\n"), ("goals: [{description: ", "}]\n")]
        {
            if open.contains('[') && (style.contains('\n') || style.contains('#')) {
                continue;
            }
            let before = format!("{open}{style}{close}");
            for text in texts {
                let after = changed(&before, List::Goals, 0, &[("description", text)]);
                let read = Editable::read(&after).unwrap().entry(List::Goals, 0).unwrap();
                assert_eq!(read["description"], text, "{after}");
            }
        }
    }
}

/// Every comment of a text, as the parser sees it.
fn comments(text: &str) -> BTreeMap<String, usize> {
    let options = granit_parser::options! { emit_comments: true };
    let mut found = BTreeMap::new();
    for event in granit_parser::Parser::new_from_str_with_options(text, options) {
        if let Ok((granit_parser::Event::Comment(comment, ..), _)) = event {
            *found.entry(comment.to_string()).or_default() += 1;
        }
    }
    found
}

/// All values of the lists and of the service.
fn contents(text: &str) -> (Values, Vec<Vec<Values>>) {
    let editable = Editable::read(text).unwrap();
    let entries = |list| (0..editable.count(list)).map(|at| editable.entry(list, at).unwrap_or_default()).collect();
    (editable.service(), SERVICE_LISTS.map(entries).to_vec())
}

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            found.push(path);
        }
    }
}

/// Service files in many styles of writing.
fn generated() -> Vec<String> {
    let mut texts = Vec::new();
    for dash in ["", "  ", "    "] {
        for newline in ["\n", "\r\n"] {
            for gap in ["", "\n", "\n\n", "\n# between\n"] {
                for comment in ["", " # why", "\t# tab"] {
                    for end in ["", "\n", "\n\n# end\n"] {
                        let item = |name: &str, rest: &str| {
                            format!("{dash}- name: {name}{comment}\n{dash}  {rest}{comment}\n")
                        };
                        let text = format!(
                            "# head\nname: s{comment}\n{gap}goals:{comment}\n{}{gap}{}{gap}intents:\n{}{gap}api:\n  basePath: '/s'\n  endpoints:{comment}\n{}{gap}{}",
                            item("a", "target: \"< 5ms\""),
                            item("b", "metric: 'latency'"),
                            item("i", "whenSensor: x"),
                            item("e", "path: /").replace('\n', "\n  ").trim_end_matches(' ').replacen(
                                dash,
                                &format!("  {dash}"),
                                1
                            ),
                            item("f", "method: GET").replace('\n', "\n  ").trim_end().replacen(
                                dash,
                                &format!("  {dash}"),
                                1
                            ),
                        );
                        texts.push(format!("{text}{end}").replace('\n', newline));
                    }
                }
            }
        }
    }
    texts
}

fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    yaml_files(&root.join("sample-bundle/services"), &mut files);
    yaml_files(&root.join("tests/checks"), &mut files);
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "sick"));
    let mut texts: Vec<String> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    texts.retain(|text| Editable::read(text).is_ok() && !text.contains("services:"));
    texts.sort();
    texts.dedup();
    texts.extend(generated());
    texts
}

#[test]
fn in_every_style_of_writing_exactly_the_wanted_value_changes() {
    let texts = texts();
    assert!(texts.len() > 220, "{}", texts.len());
    for text in &texts {
        let before = contents(text);
        for (which, list) in SERVICE_LISTS.into_iter().enumerate() {
            let new = values(&[("name", "brandNew"), ("description", "Quite: new")]);
            let after = added(text, list, &new);
            let mut wanted = before.clone();
            wanted.1[which].push(new);
            assert_eq!(contents(&after), wanted, "{text}\n---\n{after}");
            assert_eq!(comments(&after), comments(text), "{text}\n---\n{after}");
            for at in 0..before.1[which].len() {
                let is_mapping = Editable::read(text).unwrap().entry(list, at).is_some();
                for field in list.fields().iter().filter(|_| is_mapping) {
                    let after = changed(text, list, at, &[(field.key, "7")]);
                    let mut wanted = before.clone();
                    wanted.1[which][at].insert(field.key, "7".into());
                    assert_eq!(contents(&after), wanted, "{text}\n---\n{after}");
                    assert_eq!(comments(&after), comments(text), "{text}\n---\n{after}");
                    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
                    let kept = lines(&after).iter().filter(|line| lines(text).contains(line)).count();
                    assert!(kept + 1 >= lines(&after).len(), "more than one line changed:\n{text}\n---\n{after}");
                }
                let mut wanted = before.clone();
                wanted.1[which].remove(at);
                assert_eq!(contents(&removed(text, list, at)), wanted, "{text}");
                if at > 0 {
                    let after = shifted(text, list, at, false);
                    let mut wanted = before.clone();
                    wanted.1[which].swap(at - 1, at);
                    assert_eq!(contents(&after), wanted, "{text}\n---\n{after}");
                    assert_eq!(comments(&after), comments(text), "{text}\n---\n{after}");
                }
            }
        }
    }
}

#[test]
fn a_sick_text_is_changed_as_wanted_or_refused() {
    let mut files = Vec::new();
    yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks"), &mut files);
    let (mut done, mut refused) = (0, 0);
    for text in files.iter().filter_map(|file| fs::read_to_string(file).ok()) {
        let Ok(editable) = Editable::read(&text) else { continue };
        for list in [List::Endpoints, List::Intents, List::Goals, List::Services] {
            let fields = values(&[("name", "new"), ("path", "/new")]);
            let attempts = (0..editable.count(list)).flat_map(|at| {
                [editable.change(list, at, &fields), editable.remove(list, at), editable.shift(list, at, true)]
            });
            for edits in attempts.chain([editable.add(list, &fields)]) {
                match edits {
                    Ok(edits) => {
                        Editable::read(&edit::apply(&edits, &text).unwrap()).unwrap();
                        done += 1;
                    }
                    Err(refusal) => {
                        assert!(refusal.reason.len() > 10);
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(done > 500 && refused > 50, "{done} done, {refused} refused");
}
