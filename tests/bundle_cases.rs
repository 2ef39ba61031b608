//! Writing cases: files that git and every file system take, and never over another one unasked.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::time::Duration;

use priostack_workbench::bundle::cases::{CaseError, all_cases, file_name, read_cases, write};
use priostack_workbench::bundle::{Case, Expect};
use serde_json::{Value, json};

fn case(name: &str, input: Value, expect: Option<Expect>) -> Case {
    Case { name: name.into(), input, expect, within: None }
}

#[test]
fn a_case_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let places = [("/a/0".to_owned(), json!(1)), (String::new(), json!({"a": [1]}))].into();
    let expectations = [
        None,
        Some(Expect::Equals(json!({"z": 1.5, "a": [null, "\u{202e}ü"]}))),
        Some(Expect::Contains(json!([]))),
        Some(Expect::Pointers(places)),
        Some(Expect::Error(None)),
        Some(Expect::Error(Some("no such user".into()))),
    ];
    for (at, expect) in expectations.into_iter().enumerate() {
        let mut case = case(&format!("{at}"), json!({"b": 1, "a": {"d": 1, "c": 2}}), expect);
        for within in [None, Some(Duration::from_millis(1500))] {
            case.within = within;
            write(root, "users", "createUser", &case, true).unwrap();
            let (read, broken) = read_cases(root, "users", "create_user");
            assert_eq!(broken, []);
            assert_eq!(read[at], case);
        }
    }
}

#[test]
fn the_file_is_the_same_whatever_the_order_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    let input: Value = serde_json::from_str(r#"{"b": {"d": [{"z": 1, "y": 2}], "c": 2}, "a": 1}"#).unwrap();
    let case = case("ada", input, Some(Expect::Equals(json!(true))));
    let file = write(folder.path(), "users", "createUser", &case, false).unwrap();
    assert_eq!(file, ".workbench/cases/users/createUser/ada.json");
    let text = fs::read_to_string(folder.path().join(file)).unwrap();
    let expected = "{\n  \"expect\": {\n    \"equals\": true\n  },\n  \"input\": {\n    \"a\": 1,\n    \"b\": {\n      \"c\": 2,\n      \"d\": [\n        {\n          \"y\": 2,\n          \"z\": 1\n        }\n      ]\n    }\n  },\n  \"name\": \"ada\"\n}\n";
    assert_eq!(text, expected);
}

#[test]
fn another_case_is_replaced_only_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "users", "createUser", &case("Ada", json!(1), None), false).unwrap();
    for name in ["Ada", "ada", " Ada "] {
        let refused = write(root, "users", "create_user", &case(name, json!(2), None), false);
        assert!(matches!(refused, Err(CaseError::Exists(_))), "{name}: {refused:?}");
    }
    assert_eq!(read_cases(root, "users", "createUser").0[0].input, json!(1));
    write(root, "users", "createUser", &case("ada", json!(2), None), true).unwrap();
    let (cases, _) = read_cases(root, "users", "createUser");
    assert_eq!((cases.len(), &cases[0].input), (1, &json!(2)));
}

#[test]
fn names_are_made_safe_for_file_systems() {
    for (name, safe) in [
        ("ada", Some("ada")),
        ("  Ada's first/second: order?  ", Some("Ada-s first-second- order")),
        ("../../etc/passwd", Some("etc-passwd")),
        ("con", Some("case con")),
        ("COM1.old", Some("case COM1.old")),
        ("compare", Some("compare")),
        ("名前 ü", Some("名前 ü")),
        ("...", None),
        ("", None),
        ("/", None),
        ("a\u{202e}b\nc", Some("a-b-c")),
    ] {
        assert_eq!(file_name(name).as_deref(), safe, "{name:?}");
    }
    assert!(file_name(&"語".repeat(500)).unwrap().len() <= 200);
}

#[test]
fn a_function_whose_name_is_no_folder_keeps_its_cases() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let function = "acme:shop/orders#place";
    write(root, "orders", function, &case("one", json!(1), None), false).unwrap();
    assert_eq!(read_cases(root, "orders", function).0.len(), 1);
    let (all, _) = all_cases(root);
    assert_eq!((all[0].service.as_str(), all[0].function.as_str()), ("orders", function));
    assert_eq!(read_cases(root, "orders", "acme:shop/orders-place").0, []);
    assert!(matches!(write(root, "../up", "f", &case("a", json!(1), None), false), Err(CaseError::NoFolder(_))));
}

#[test]
fn files_that_are_no_cases_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join(".workbench/cases/users/createUser");
    fs::create_dir_all(&home).unwrap();
    let files = [
        ("a.json", r#"{"input": 1, "expects": {"equals": 1}}"#, "did you mean `expect`?"),
        ("b.json", r#"{"input": 1, "expect": {"within": 5}}"#, "`within` is a duration"),
        ("c.json", r#"{"input": 1, "expect": {"within": "5 lightyears", "equals": 1}}"#, "is no duration"),
        ("d.json", r#"{"input": 1, "expect": {"pointers": [1]}}"#, "`pointers` is an object"),
        ("e.json", r#"{"input": 1, "expect": {"pointers": {"user/name": 1}}}"#, "begins with `/`"),
        ("f.json", r#"{"input": 1, "expect": {}}"#, "one of"),
        ("g.json", r#"{"input": 1, "expect": {"error": false}}"#, "or true for any"),
        ("h.json", "{\"input\": 1e999}", "not JSON"),
        ("i.json", r#"{"input": 1, "expect": {"within": "0ms"}}"#, "more than nothing"),
    ];
    for (name, text, _) in files {
        fs::write(home.join(name), text).unwrap();
    }
    fs::write(home.join("z.json"), r#"{"input": 1, "comment": "mine", "expect": {"within": "1s"}}"#).unwrap();
    let (cases, broken) = all_cases(folder.path());
    assert_eq!(cases.len(), 1, "fields of others are left alone");
    for ((name, _, expected), found) in files.iter().zip(&broken) {
        assert!(found.file.ends_with(name) && found.reason.contains(expected), "{found:?}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_out_of_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let (bundle, outside) = (folder.path().join("bundle"), folder.path().join("outside"));
    fs::create_dir_all(bundle.join(".workbench")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, bundle.join(".workbench/cases")).unwrap();
    let refused = write(&bundle, "users", "createUser", &case("ada", json!(1), None), false);
    assert!(matches!(refused, Err(CaseError::Folder(..))), "{refused:?}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}
