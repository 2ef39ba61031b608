//! The public yaml-test-suite: an invalid document gives a diagnostic, a valid one means what its JSON says.
//!
//! Needs the unpacked `data` branch of yaml/yaml-test-suite: `PRIOSTACK_YAML_SUITE=<folder>`. What differs is
//! listed in `tests/fixtures/yaml-suite.txt`, case by case with the reason; a listed case that agrees again
//! fails the test too.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::difference::Differences;
use priostack_workbench::bundle::{Code, Severity, yaml};
use serde_json::Value;

/// All folders with a case, by their name: `229Q`, `VJP3/00`.
fn cases(suite: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![suite.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let inner = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        // The suite also lists its cases by name and by tag, as links.
        folders.extend(inner.filter(|path| path.is_dir() && !path.is_symlink()));
        if folder.join("in.yaml").exists() {
            found.insert(folder.strip_prefix(suite).unwrap().to_str().unwrap().replace('\\', "/"), folder);
        }
    }
    found
}

fn meaning(node: &yaml::Node) -> Value {
    match &node.kind {
        yaml::Kind::Sequence(items) => items.iter().map(meaning).collect(),
        yaml::Kind::Mapping(mapping) => {
            Value::Object(mapping.entries.iter().map(|entry| (entry.key.to_string(), meaning(&entry.value))).collect())
        }
        yaml::Kind::Scalar(scalar) => match scalar.meaning() {
            yaml::Meaning::Null => Value::Null,
            yaml::Meaning::Bool(value) => value.into(),
            yaml::Meaning::Number(number) => number.into(),
            yaml::Meaning::Text => Value::from(&*scalar.text),
        },
    }
}

/// How a case differs from what the suite says; `None` where it agrees.
fn difference(folder: &Path) -> Option<String> {
    let text = String::from_utf8(fs::read(folder.join("in.yaml")).unwrap()).ok()?;
    let document = yaml::parse(&text);
    let codes: Vec<Code> = document.problems.iter().map(|problem| problem.code).collect();
    if folder.join("error").exists() {
        return codes.is_empty().then(|| "accepted though invalid".to_owned());
    }
    if codes.contains(&Code::YamlSyntax) {
        return Some("refused though valid".to_owned());
    }
    let json = fs::read_to_string(folder.join("in.json")).ok()?;
    let documents: Vec<Value> =
        serde_json::Deserializer::from_str(&json).into_iter().collect::<Result<_, _>>().unwrap();
    let several = codes.contains(&Code::YamlSeveralDocuments);
    if several != (documents.len() > 1) {
        return Some(format!("{} documents, several: {several}", documents.len()));
    }
    if !several && codes.iter().any(|code| code.severity() == Severity::Error) {
        return Some(format!("refused though valid: {codes:?}"));
    }
    // A bundle's file holds one document: of several the first one is read, and the second one reported.
    let expected = documents.into_iter().next().unwrap_or(Value::Null);
    let found = document.root.as_ref().map_or(Value::Null, meaning);
    (!Differences::between(&expected, &found).is_empty()).then(|| format!("means {found}, not {expected}"))
}

#[test]
fn every_case_of_the_yaml_test_suite_agrees_or_differs_for_a_reason() {
    let Some(suite) = std::env::var_os("PRIOSTACK_YAML_SUITE") else {
        println!("skipped: PRIOSTACK_YAML_SUITE names no folder");
        return;
    };
    let table = include_str!("fixtures/yaml-suite.txt");
    let known: BTreeMap<&str, &str> = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').unwrap_or_else(|| panic!("{line} has no reason")))
        .collect();
    let cases = cases(Path::new(&suite));
    assert!(cases.len() > 300, "{} cases found", cases.len());
    let mut wrong = Vec::new();
    for (name, folder) in &cases {
        match (difference(folder), known.get(name.as_str())) {
            (Some(difference), None) => wrong.push(format!("{name} {difference}")),
            (None, Some(reason)) => wrong.push(format!("{name} agrees now, but is listed: {reason}")),
            _ => {}
        }
    }
    println!("{} cases, {} differ", cases.len(), known.len());
    assert!(wrong.is_empty(), "{} unexpected:\n{}", wrong.len(), wrong.join("\n"));
}
