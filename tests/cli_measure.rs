//! `measure` and `runs` as a user runs them: real processes, their output in all its forms, their exit status.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// How often the module's loop goes round, as its text says it.
const ROUNDS: &str = "(i32.const 60000)";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_priostack-workbench"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn run(args: &[&str]) -> Output {
    program().args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The output of a command that ended with `status`.
fn expect(status: i32, args: &[&str]) -> String {
    let output = run(args);
    let said = format!("{args:?}: {}\n{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{said}");
    text(&output.stdout)
}

fn json(status: i32, args: &[&str]) -> Value {
    let out = expect(status, &[args, &["--format", "json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// A bundle of one module, whose one function takes so many rounds.
fn laid(rounds: u32) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("services")).unwrap();
    fs::create_dir_all(root.join("wasm")).unwrap();
    fs::write(root.join("bundle.yaml"), "name: office\nversion: 1.0.0\nservices:\n  - path: services/clerk.yaml\n")
        .unwrap();
    fs::write(root.join("services/clerk.yaml"), include_str!("fixtures/busy/service.yaml")).unwrap();
    build(root, rounds);
    let path = root.to_str().unwrap().to_owned();
    (folder, path)
}

fn build(root: &Path, rounds: u32) {
    let source = include_str!("modules/wat/busy.wat");
    assert!(source.contains(ROUNDS));
    let source = source.replace(ROUNDS, &format!("(i32.const {rounds})"));
    fs::write(root.join("wasm/clerk.wasm"), wat::parse_str(source).unwrap()).unwrap();
}

#[test]
fn the_report_for_people_has_percentiles_histogram_and_verdicts() {
    let (_folder, bundle) = laid(1000);
    let out = expect(0, &["measure", &bundle, "--calls", "200", "--ascii"]);
    for needle in [
        "clerk:work",
        "p99",
        "200 calls, closed, 1 worker, cold",
        "####",
        "goal quick (latency < 1s): met",
        "p95 latency",
        "95 % interval",
        "200 calls, ",
        "times within the target",
        "goal odd (happiness > 3): not measurable",
        "kept as run 1",
    ] {
        assert!(out.contains(needle), "{needle} in:\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "no colours, no bar: {out}");
}

#[test]
fn the_report_for_programs_has_every_figure_with_its_unit() {
    let (_folder, bundle) = laid(1000);
    let report = json(0, &["measure", &bundle, "-n", "400", "--workers", "2", "--warm", "--percentile", "99"]);
    let work = &report["functions"][0];
    assert_eq!((report["bundle"].as_str(), work["function"].as_str()), (Some("office"), Some("wasm:clerk:work")));
    assert_eq!(
        (&work["calls"], &work["instances"], &work["plan"]["workers"]),
        (&400.into(), &"kept".into(), &2.into())
    );
    let latency = |key: &str| work["latencyNs"][key].as_u64().unwrap();
    assert!(latency("min") > 0 && latency("min") <= latency("p50") && latency("p50") <= latency("p99.9"));
    assert!(latency("p99.9") <= latency("max"));
    let counted: u64 = work["histogram"].as_array().unwrap().iter().map(|row| row["calls"].as_u64().unwrap()).sum();
    assert_eq!(counted, 400);
    let goals = work["goals"].as_array().unwrap();
    let verdicts: BTreeMap<&str, &str> =
        goals.iter().map(|goal| (goal["goal"].as_str().unwrap(), goal["verdict"].as_str().unwrap())).collect();
    assert_eq!(verdicts, BTreeMap::from([("odd", "not measurable"), ("quick", "met"), ("reliable", "met")]));
    assert_eq!((&goals[0]["statistic"], &goals[0]["unit"]), (&"p99 latency".into(), &"seconds".into()));
    assert!(goals[0]["value"].as_f64().unwrap() > 0.0 && goals[0]["samples"] == 400, "{}", goals[0]);
    assert_eq!(work["moduleSha256"].as_str().unwrap().len(), 64);
}

#[test]
fn goals_functions_and_endpoints_are_chosen_and_what_is_unknown_is_told() {
    let (_folder, bundle) = laid(1000);
    let only = json(0, &["measure", &bundle, "--goal", "quick", "-n", "100"]);
    assert_eq!(only["functions"][0]["goals"].as_array().unwrap().len(), 1);
    let function = json(0, &["measure", &bundle, "--function", "clerk:work", "-n", "100", "--input", "[1]"]);
    assert_eq!(function["functions"][0]["input"], "the given input");
    for endpoint in ["toil", "POST /clerk/toil"] {
        let report = json(0, &["measure", &bundle, "--endpoint", endpoint, "-n", "100"]);
        let work = &report["functions"][0];
        assert_eq!((&work["means"], &work["endpoint"]), (&"gateway".into(), &"toil".into()));
        assert_eq!((&work["calls"], &work["failed"]), (&100.into(), &0.into()));
    }
    for (args, needle) in [
        (&["--goal", "quik"][..], "did you mean `quick`?"),
        (&["--goal", "zzz"], "quick"),
        (&["--function", "func:sendMail"], "platform"),
        (&["--endpoint", "toyl"], "did you mean `toil`?"),
        (&["--endpoint", "GET /nowhere"], "no endpoint answers"),
        (&["--only", "nothing"], "holds `nothing`"),
        (&["--goal", "quick", "--function", "clerk:work"], "cannot be used with"),
        (&["--calls", "5", "--for", "1s"], "cannot be used with"),
        (&["--endpoint", "toil", "--warm"], "cannot be used with"),
        (&["--arrivals", "poisson"], "--rate"),
        (&["--rate", "fast"], "such as 200"),
        (&["--rate", "1000000", "--for", "1h"], "choose a shorter run"),
        (&["--workers", "0"], "1..=64"),
        (&["--percentile", "101"], "from 50 to 99.99"),
        (&["--name", "12"], "is no name"),
        (&["--input", "@nowhere"], "nowhere"),
    ] {
        let output = run(&[&["measure", &bundle], args].concat());
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.contains(needle), "{args:?}: {err}");
    }
    assert_eq!(json(0, &["runs", &bundle])["runs"].as_array().unwrap().len(), 4, "what was refused is not kept");
}

#[test]
fn a_run_lasts_as_long_and_arrives_as_fast_as_it_is_told() {
    let (_folder, bundle) = laid(1000);
    let timed = json(0, &["measure", &bundle, "--for", "300ms"]);
    let work = &timed["functions"][0];
    assert_eq!(work["plan"]["forNs"], 300_000_000);
    assert!(work["elapsedNs"].as_u64().unwrap() >= 290_000_000, "{}", work["elapsedNs"]);
    let open = json(0, &["measure", &bundle, "--rate", "200/s", "--calls", "100", "--arrivals", "poisson"]);
    let plan = &open["functions"][0]["plan"];
    assert_eq!((&plan["model"], &plan["ratePerSecond"]), (&"open".into(), &200.0.into()));
    assert_eq!((&plan["arrivals"], &plan["workers"]), (&"poisson".into(), &64.into()));
    let elapsed = open["functions"][0]["elapsedNs"].as_u64().unwrap();
    assert!(elapsed > 200_000_000, "100 calls at 200 a second take about half a second: {elapsed}");
}

#[test]
fn a_slowed_module_is_a_regression_and_the_same_one_is_none() {
    let (folder, bundle) = laid(60_000);
    expect(0, &["measure", &bundle, "-n", "400", "--name", "before"]);
    let same = json(0, &["measure", &bundle, "-n", "400", "--baseline", "before"]);
    let verdict = same["functions"][0]["baseline"]["verdict"].as_str().unwrap().to_owned();
    assert!(verdict != "slower", "{}", same["functions"][0]["baseline"]);
    build(folder.path(), 240_000);
    let slower = json(1, &["measure", &bundle, "-n", "400", "--baseline", "before"]);
    let found = &slower["functions"][0]["baseline"];
    assert_eq!(found["verdict"], "slower", "{found}");
    assert!(found["p"].as_f64().unwrap() < 0.01 && found["shiftShare"].as_f64().unwrap() > 0.5, "{found}");
    assert_eq!((&found["with"]["run"], &found["with"]["name"]), (&1.into(), &"before".into()));
    let p50 = &found["percentiles"][0];
    assert!(p50["interval"]["lowNs"].as_f64().unwrap() > 0.0, "{p50}");
    // The same two runs, kept, compared again, in either direction.
    let out = expect(1, &["runs", &bundle, "compare", "before", "3"]);
    assert!(
        out.contains("slower\n    the typical call takes") && out.contains("p50") && out.contains("99 % interval"),
        "{out}"
    );
    assert!(expect(0, &["runs", &bundle, "compare", "last", "1"]).contains("faster"), "3 is the last one");
    assert!(expect(0, &["runs", &bundle, "compare", "3", "3"]).contains("no significant difference"));
}

#[test]
fn junit_has_a_test_for_each_goal_and_for_the_baseline() {
    let (folder, bundle) = laid(30_000);
    let file = folder.path().join("main.run");
    let file = file.to_str().unwrap();
    expect(0, &["measure", &bundle, "-n", "300", "--save", file, "--no-keep"]);
    assert_eq!(json(0, &["runs", &bundle])["runs"], Value::Array(vec![]), "nothing was kept");
    build(folder.path(), 120_000);
    let service = folder.path().join("services/clerk.yaml");
    let sick = fs::read_to_string(&service).unwrap().replace(">= 90%", ">= 90% ").replace("< 1s", "< 1us");
    fs::write(&service, sick).unwrap();
    let xml = expect(1, &["measure", &bundle, "-n", "300", "--baseline", file, "--format", "junit"]);
    let (counts, cases) = read_junit(&xml);
    assert_eq!(
        counts,
        [("errors", "0"), ("failures", "2"), ("skipped", "1"), ("tests", "4")]
            .map(|(a, b)| (a.into(), b.into()))
            .into()
    );
    let expected = [
        ("goal quick (latency < 1\u{b5}s)", "failure"),
        ("goal reliable (successRate >= 90%)", "passed"),
        ("goal odd (happiness > 3)", "skipped"),
        ("is not slower than the baseline", "failure"),
    ];
    assert_eq!(cases, expected.map(|(name, result)| (name.to_owned(), result.to_owned())));
}

/// The counts of the whole report, and each test with what became of it.
fn read_junit(xml: &str) -> (BTreeMap<String, String>, Vec<(String, String)>) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut counts, mut cases) = (BTreeMap::new(), Vec::<(String, String)>::new());
    loop {
        let event = reader.read_event().unwrap();
        let (Event::Start(element) | Event::Empty(element)) = &event else {
            if event == Event::Eof {
                return (counts, cases);
            }
            continue;
        };
        let attributes: BTreeMap<String, String> = element
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let value = quick_xml::escape::unescape(&attribute.value).unwrap().into_owned();
                (attribute.key.as_ref().to_owned(), value)
            })
            .collect();
        match element.name().as_ref() {
            "testsuites" => counts = attributes.into_iter().filter(|(key, _)| key != "name").collect(),
            "testcase" => cases.push((attributes["name"].clone(), "passed".into())),
            name @ ("failure" | "skipped" | "error") => {
                assert!(!attributes["message"].is_empty());
                cases.last_mut().unwrap().1 = name.to_owned();
            }
            _ => {}
        }
    }
}

#[test]
fn a_baseline_that_cannot_be_compared_with_is_no_pass() {
    let (folder, bundle) = laid(1000);
    for baseline in ["last", "nobody", "7"] {
        let output = run(&["measure", &bundle, "-n", "100", "--baseline", baseline]);
        assert_eq!(output.status.code(), Some(2), "{baseline}");
        assert!(output.stdout.is_empty(), "told before anything is measured: {baseline}");
    }
    let output = run(&["measure", &bundle, "-n", "100", "--baseline"]);
    assert!(text(&output.stderr).contains("chosen as a baseline"), "{}", text(&output.stderr));
    let foreign = folder.path().join("bundle.yaml");
    let output = run(&["measure", &bundle, "-n", "100", "--baseline", foreign.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no run that the workbench wrote"), "{}", text(&output.stderr));
    // Measured with another input, and in too few calls.
    expect(0, &["measure", &bundle, "-n", "100", "--name", "first"]);
    let other = json(2, &["measure", &bundle, "-n", "100", "--input", "[1]", "--baseline", "first"]);
    let found = &other["functions"][0]["baseline"];
    assert_eq!(found["verdict"], "notComparable");
    assert!(found["reason"].as_str().unwrap().contains("different inputs"), "{found}");
    let few = json(2, &["measure", &bundle, "-n", "60", "--baseline", "first"]);
    assert!(few["functions"][0]["baseline"]["reason"].as_str().unwrap().contains("at least 100"), "{few}");
}

#[test]
fn runs_are_listed_named_chosen_and_dropped() {
    let (folder, bundle) = laid(1000);
    let empty = run(&["runs", &bundle]);
    assert_eq!((empty.status.code(), empty.stdout.is_empty()), (Some(0), true));
    for _ in 0..3 {
        expect(0, &["measure", &bundle, "-n", "100"]);
    }
    expect(0, &["runs", &bundle, "name", "1", "before the rewrite"]);
    expect(0, &["runs", &bundle, "baseline", "2"]);
    fs::write(folder.path().join(".workbench/runs/00000009.run"), "nonsense").unwrap();
    let output = run(&["runs", &bundle]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(err.contains("00000009.run cannot be used"), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert!(lines[1].trim_start().starts_with('3') && lines[2].contains("(baseline)"), "{out}");
    assert!(lines[3].contains("before the rewrite") && lines[3].contains("wasm:clerk:work"), "{out}");
    let shown = expect(0, &["runs", &bundle, "show", "before the rewrite"]);
    assert!(shown.contains("100 calls, 0 failed") && shown.contains("workbench 0."), "{shown}");
    let compared = json(0, &["measure", &bundle, "-n", "100", "--baseline"]);
    assert_eq!(compared["functions"][0]["baseline"]["with"]["run"], 2, "the chosen one");
    expect(0, &["runs", &bundle, "baseline", "2", "--clear"]);
    expect(0, &["runs", &bundle, "delete", "2", "3"]);
    for args in [&["show", "2"][..], &["name", "2", "x"], &["delete", "2"], &["name", "1", "last"], &["show", "9"]] {
        assert_eq!(run(&[&["runs", &bundle], args].concat()).status.code(), Some(2), "{args:?}");
    }
    // The nonsense took the number 9, so that the run measured after it became 10.
    let left: Vec<u64> = json(0, &["runs", &bundle])["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["run"].as_u64().unwrap())
        .collect();
    assert_eq!(left, [10, 1]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_early_and_what_was_measured_is_reported() {
    let (_folder, bundle) = laid(1000);
    let child = program()
        .args(["measure", &bundle, "--for", "60s", "--format", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(4));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let begun = std::time::Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed().as_secs() < 20);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let work = &report["functions"][0];
    assert_eq!(work["endedEarly"], true);
    assert!(work["calls"].as_u64().unwrap() > 0);
}

#[test]
fn the_sample_bundle_is_measured_without_a_trace_where_that_is_wanted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle/.workbench/runs");
    let before = folder.exists();
    let report = json(0, &["measure", "sample-bundle", "-n", "100", "--only", "createUser", "--no-keep"]);
    assert_eq!(report["functions"][0]["run"], Value::Null);
    assert_eq!(folder.exists(), before);
}
