//! `check` in all its formats and `explain`, run as a user runs them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod triples;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use priostack_workbench::bundle::Code;
use serde_json::Value;

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_priostack-workbench"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A triple's bundle and what `check` says of it in `format`.
fn check(triple: &str, format: &str) -> (i32, String) {
    let (_folder, root) = triples::lay_out(&triples::checks().join(triple));
    let output = run(&["check", root.to_str().unwrap(), "--format", format]);
    (status(&output), out(&output))
}

/// A bundle whose one service file is `text`.
fn bundle_of(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    fs::create_dir_all(root.join("services")).unwrap();
    fs::write(root.join("bundle.yaml"), "name: shop\nservices:\n  - path: services/a.yaml\n").unwrap();
    fs::write(root.join("services/a.yaml"), text).unwrap();
    (folder, root)
}

/// A service with one endpoint whose method is misspelt, and nothing else wrong.
const MISSPELT: &str =
    "name: a\napi:\n  endpoints:\n    - name: create\n      method: PSOT\n      path: /\n      to: func:create\n";

fn text_of(service: &str) -> String {
    let (_folder, root) = bundle_of(service);
    out(&run(&["check", root.to_str().unwrap()]))
}

/// The line below the one that holds `part`.
fn below<'t>(text: &'t str, part: &str) -> (&'t str, &'t str) {
    let mut lines = text.lines().skip_while(|line| !line.contains(part));
    (lines.next().unwrap_or_else(|| panic!("no {part} in\n{text}")), lines.next().unwrap())
}

#[test]
fn the_text_report_underlines_the_offending_part() {
    let text = text_of(MISSPELT);
    let expected = "\
error[method-unknown]: `PSOT` is not a method that the platform routes
  --> services/a.yaml:5:15
  |
5 |       method: PSOT
  |               ^^^^
   = help: the methods are GET, POST, PUT, DELETE, PATCH
   = fix: Change to POST

1 error
";
    assert_eq!(text, expected);
}

#[test]
fn wide_characters_and_tabs_keep_the_underline_in_its_place() {
    let text = text_of("name: a\nversion: \"日本\" # 版\n");
    let (line, marks) = below(&text, "2 | version");
    assert_eq!((line, marks), ("2 | version: \"日本\" # 版", "  |          ^^^^^^"));
    let text = text_of("name: a\nversion:\tone\n");
    let (line, marks) = below(&text, "2 | version");
    assert_eq!((line, marks), ("2 | version:    one", "  |             ^^^"));
}

#[test]
fn a_very_long_line_is_shown_around_the_part_that_is_meant() {
    let text = text_of(&format!("name: a\nx-note: [{}]\nversion: {}\n", "a, ".repeat(5000), "9".repeat(5000)));
    assert!(text.lines().all(|line| line.chars().count() < 200), "{text}");
    let filler = "description: x, ".repeat(400);
    let text = text_of(&format!("{{name: a, x-note: \"{filler}\", version: one, x-more: \"{filler}\"}}\n"));
    let (line, marks) = below(&text, "version: one");
    assert!(line.starts_with("1 | …") && line.ends_with('…'), "{line}");
    let at = marks.find("^^^").unwrap();
    assert_eq!(line.chars().skip(marks[..at].chars().count()).take(3).collect::<String>(), "one");
}

#[test]
fn a_part_over_several_lines_is_underlined_on_each_or_on_the_first_and_the_last() {
    let text = text_of("name: a\nversion: [1,\n  2]\n");
    assert!(text.contains("2 | version: [1,\n  |          ^^^\n3 |   2]\n  |   ^^\n"), "{text}");
    let many: String = (0..20).map(|number| format!("  - {number}\n")).collect();
    let text = text_of(&format!("name: a\nversion:\n{many}"));
    assert!(text.contains("  ...\n22 |   - 19\n   |   ^^^^\n"), "{text}");
}

#[test]
fn what_could_steer_a_terminal_is_shown_as_an_escape() {
    let text = text_of("name: a\nversion: \"\\e[31m\" # \u{202e}x\n");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
}

#[test]
fn the_exit_status_tells_errors_and_on_request_warnings() {
    let (_folder, root) = bundle_of("name: a\nversion: one\n");
    let root = root.to_str().unwrap();
    assert_eq!(status(&run(&["check", root])), 0);
    assert_eq!(status(&run(&["check", root, "--deny-warnings"])), 1);
    fs::write(Path::new(root).join("services/a.yaml"), MISSPELT).unwrap();
    assert_eq!(status(&run(&["check", root])), 1);
    assert_eq!(status(&run(&["check", "sample-bundle", "--deny-warnings"])), 0);
    assert_eq!(status(&run(&["check", "/no/such/folder", "--format", "sarif"])), 2);
}

/// The parts of SARIF 2.1.0 that the standard requires of what we write.
fn assert_sarif(log: &Value, name: &str) {
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Code::ALL.len());
    for rule in rules {
        assert!(["error", "warning", "note"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
    }
    let base = run["originalUriBaseIds"].as_object().unwrap().keys().next().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"], "{name}");
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_location(&place["artifactLocation"], base);
        if let Some(region) = place.get("region") {
            assert_region(region);
        }
        for fix in result.get("fixes").and_then(Value::as_array).into_iter().flatten() {
            assert!(fix["description"]["text"].is_string());
            for change in fix["artifactChanges"].as_array().unwrap() {
                assert_location(&change["artifactLocation"], base);
                let replacements = change["replacements"].as_array().unwrap();
                assert!(!replacements.is_empty());
                for replacement in replacements {
                    assert_region(&replacement["deletedRegion"]);
                    assert!(replacement["insertedContent"]["text"].is_string());
                }
            }
        }
    }
}

fn assert_location(location: &Value, base: &str) {
    assert_eq!(location["uriBaseId"], base);
    let uri = location["uri"].as_str().unwrap();
    assert!(!uri.starts_with('/') && !uri.contains([' ', '\\']) && uri.is_ascii(), "{uri}");
}

fn assert_region(region: &Value) {
    let number = |key: &str| region[key].as_u64().unwrap_or_else(|| panic!("{key} in {region}"));
    let (start, end) = ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
    assert!(start.0 >= 1 && start.1 >= 1 && start <= end, "{region}");
}

#[test]
fn sarif_holds_rules_places_and_fixes_for_every_kind_of_problem() {
    for triple in [
        "function-unknown",
        "missing-field.manifest",
        "manifest-missing",
        "duration-conflict",
        "not-utf8",
        "module-missing",
    ] {
        let (_, text) = check(triple, "sarif");
        let log: Value = serde_json::from_str(&text).unwrap();
        assert_sarif(&log, triple);
        let code = triple.split('.').next().unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert!(results.iter().any(|result| result["ruleId"] == code), "{triple}: {text}");
    }
    let (_folder, root) = bundle_of(MISSPELT);
    let log: Value = serde_json::from_str(&out(&run(&["check", root.to_str().unwrap(), "--format", "sarif"]))).unwrap();
    let result = &log["runs"][0]["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endColumn"]),
        (&5.into(), &15.into(), &19.into())
    );
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "POST");
}

/// The elements of an XML text with their attributes; panics where it is not well formed.
fn elements(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    (key, attribute.value.to_string())
                });
                found.push((name, attributes.collect()));
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn attribute<'a>(element: &'a (String, Vec<(String, String)>), key: &str) -> &'a str {
    element.1.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
}

#[test]
fn junit_has_a_suite_for_each_file_and_a_failed_test_for_each_problem() {
    let (_folder, root) = bundle_of(MISSPELT);
    let text = out(&run(&["check", root.to_str().unwrap(), "--format", "junit"]));
    let found = elements(&text);
    let named = |name: &str| found.iter().filter(|element| element.0 == name).collect::<Vec<_>>();
    assert_eq!(attribute(named("testsuites")[0], "failures"), "1");
    let suites: Vec<&str> = named("testsuite").into_iter().map(|suite| attribute(suite, "name")).collect();
    assert_eq!(suites, ["bundle.yaml", "services/a.yaml"]);
    let failed =
        named("testcase").into_iter().find(|case| attribute(case, "name").starts_with("method-unknown")).unwrap();
    assert_eq!((attribute(failed, "file"), attribute(failed, "line")), ("services/a.yaml", "5"));
    assert_eq!(named("failure").len(), 1);
    let tests: usize =
        named("testsuite").into_iter().map(|suite| attribute(suite, "tests").parse::<usize>().unwrap()).sum();
    assert_eq!(tests, named("testcase").len());
    assert_eq!(attribute(named("testsuites")[0], "tests"), tests.to_string());
}

#[test]
fn junit_stays_well_formed_whatever_a_bundle_holds() {
    let (_folder, root) = bundle_of("name: \"a<&>\\\"\\x01\\uFFFE\"\nversion: \"]]>\"\n");
    let output = run(&["check", root.to_str().unwrap(), "--format", "junit"]);
    assert!(elements(&out(&output)).len() > 3, "{}", out(&output));
}

#[test]
fn schema_prints_the_schema_of_either_kind_of_file() {
    for (args, title) in [
        (&["schema"][..], "PrioStack service"),
        (&["schema", "service"], "PrioStack service"),
        (&["schema", "bundle"], "PrioStack bundle"),
    ] {
        let output = run(args);
        assert_eq!(status(&output), 0);
        let schema: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
        assert_eq!(schema["title"], title);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
    assert_eq!(status(&run(&["schema", "nonsense"])), 2);
}

#[test]
fn explain_tells_what_a_code_means_and_lists_all() {
    let one = run(&["explain", "function-unknown"]);
    assert_eq!(status(&one), 0);
    assert!(out(&one).starts_with("error[function-unknown]: A reference to a function"), "{}", out(&one));
    assert!(out(&one).lines().skip(1).all(|line| line.chars().count() <= 80), "{}", out(&one));
    let all = out(&run(&["explain"]));
    assert_eq!(all.lines().count(), Code::ALL.len());
    assert!(Code::ALL.iter().all(|code| all.contains(code.as_str()) && all.contains(code.title())));
    let unknown = run(&["explain", "function-unknow"]);
    assert_eq!(status(&unknown), 2);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("Did you mean function-unknown"), "{unknown:?}");
    let json: Value = serde_json::from_str(&out(&run(&["explain", "--format", "json"]))).unwrap();
    assert_eq!(json["codes"].as_array().unwrap().len(), Code::ALL.len());
}

#[test]
fn the_page_of_all_codes_is_up_to_date() {
    let mut page = String::from(
        "# Diagnostics\n\n\
         Every problem that the workbench reports has one of these codes. `priostack-workbench explain CODE` prints\n\
         the same explanations. The examples are the bundles that the tests read; `...` stands for lines that do not\n\
         matter.\n\n| code | severity | what it means |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let title = code.title().replace('|', "\\|");
        page.push_str(&format!("| [{code}](#{code}) | {} | {title} |\n", code.severity().as_str()));
    }
    for code in Code::ALL {
        page.push_str(&format!(
            "\n## {code}\n\n{}: {}.\n\n{}\n",
            code.severity().as_str(),
            code.title(),
            code.explanation()
        ));
        let triple = triples::triples().into_iter().find(|triple| triples::code_of(triple) == *code);
        if let Some(triple) = triple {
            page.push_str(&example(&triple));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/diagnostics.md is out of date: run the tests with UPDATE_EXPECT=1");
}

/// What is said of a triple's sick file, and the lines that its fix changes.
fn example(triple: &Path) -> String {
    let expected = fs::read_to_string(triple.join("expected")).unwrap();
    let code = triples::code_of(triple);
    let head = expected.lines().position(|line| line.contains(&format!(" {code}: "))).unwrap();
    let said: Vec<&str> = expected
        .lines()
        .skip(head)
        .enumerate()
        .take_while(|(at, line)| *at == 0 || line.starts_with("  "))
        .map(|(_, line)| line)
        .collect();
    let mut text = format!("\n```text\n{}\n```\n", said.join("\n"));
    let cured = triples::files_below(&triple.join("cured"));
    if let Some((file, after)) = cured.into_iter().next() {
        let after = String::from_utf8(after).unwrap();
        let sick =
            fs::read(triple.join("sick").join(&file)).or_else(|_| fs::read(triples::checks().join("base").join(&file)));
        let before = String::from_utf8(sick.unwrap()).unwrap();
        text.push_str(&format!("\n```diff\n{}```\n", changed_lines(&before, &after)));
    }
    text
}

/// The lines that differ between two texts, with the one before them.
fn changed_lines(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - same;
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count().min(rest);
    let mut out = String::new();
    let from = same.saturating_sub(2);
    if from > 0 {
        out.push_str("  ...\n");
    }
    let lines = |out: &mut String, sign: &str, lines: &[&str]| {
        lines.iter().for_each(|line| out.push_str(&format!("{sign}{}\n", line.trim_end())));
    };
    lines(&mut out, "  ", &old[from..same]);
    lines(&mut out, "- ", &old[same..old.len() - tail]);
    lines(&mut out, "+ ", &new[same..new.len() - tail]);
    out
}
