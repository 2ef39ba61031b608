//! Saved cases through the window: saving one, running them, seeing why one fails.

use std::fs;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};

use crate::support::Window;

const EMAIL: &str = r#"{"email": "grace@example.com", "name": "Grace"}"#;

fn run_create_user(window: &mut Window) {
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    window.replace_text("Input (JSON)", EMAIL);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Answered");
}

#[test]
fn an_invocation_is_saved_as_a_case_and_run_with_the_others() {
    let mut window = Window::on_sample();
    run_create_user(&mut window);
    window.click("Save as case…");
    window.wait_for_label("Name of the case");
    window.click_in_front("Any answer");
    window.replace_text("Name of the case", "Grace: new");
    window.click_in_front("Save case");
    let file = window.bundle().join(".workbench/cases/user-service/createUser/Grace- new.json");
    let saved = file.clone();
    window.wait("the case is written", move |_| saved.is_file());
    let case: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(case["input"]["name"], "Grace");
    window.press(Modifiers::COMMAND, Key::T);
    window.wait_for_label("Case Grace- new: passed");
    window.wait_for_part(" passed, 0 failed");

    // Another expectation makes it fail, and the difference is shown.
    fs::write(&file, r#"{"input": {"email": "a@b.example", "name": "B"}, "expect": {"contains": {"name": "Z"}}}"#)
        .unwrap();
    window.wait("the changed case is read", |harness| {
        let session = harness.state().state().session.as_ref().unwrap();
        session.runner.cases.all().any(|case| case.input.contains("a@b.example"))
    });
    window.press(Modifiers::COMMAND, Key::T);
    window.wait_for_label("Case Grace- new: failed");
    // Failed cases come first: the rows stay where they are once all have been run.
    window.wait_for_part(", 1 failed");
    window.click("Case Grace- new: failed");
    window.wait_for_label("/name");
    assert!(window.has_part("expected \"Z\""), "{:?}", window.labels());
    assert!(window.has_part("got "), "{:?}", window.labels());
    assert!(window.has("Expects contains"), "{:?}", window.labels());
    window.click("Compare side by side…");
    window.wait_for_part("Expected and Output of the case side by side");
    window.press(Modifiers::NONE, Key::Escape);

    // It is run alone, before anybody has noticed that its file is another one.
    let slow =
        r#"{"input": {"email": "a@b.example", "name": "B"}, "expect": {"within": "1ms", "contains": {"name": "B"}}}"#;
    fs::write(&file, slow.replace("1ms", "30s")).unwrap();
    window.click("Run this case");
    window.wait_for_label("Case Grace- new: passed");
    window.wait_for_part("Expects contains, within 30");
    assert!(window.has("Case Grace- new: passed"), "the result stays: {:?}", window.labels());
}

#[test]
fn a_case_is_never_replaced_unasked() {
    let mut window = Window::on_sample();
    run_create_user(&mut window);
    let folder = window.bundle().join(".workbench/cases/user-service/createUser");
    let known = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let before = fs::read_to_string(&known).unwrap();
    window.click("Save as case…");
    window.wait_for_label("Name of the case");
    window.replace_text("Name of the case", known.file_stem().unwrap().to_str().unwrap());
    window.click_in_front("Save case");
    window.wait_for_label("Replace case");
    assert_eq!(fs::read_to_string(&known).unwrap(), before);
    window.click_in_front("Replace case");
    window.wait("the case is replaced", move |_| fs::read_to_string(&known).unwrap().contains("grace@example.com"));
}

#[test]
fn all_cases_of_the_bundle_are_run_and_broken_files_named() {
    let mut window = Window::on_sample();
    let folder = window.bundle().join(".workbench/cases/user-service/createUser");
    fs::write(folder.join("typo.json"), r#"{"input": 1, "expects": 2}"#).unwrap();
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    window.wait_for_part("did you mean `expect`?");
    assert!(window.has_part("Case "), "{:?}", window.labels());
    assert!(window.shows("1 failed"), "{:?}", window.labels());
}

#[test]
fn the_output_is_compared_with_the_one_before() {
    let mut window = Window::on_sample();
    run_create_user(&mut window);
    window.replace_text("Input (JSON)", r#"{"email": "ada@example.com", "name": "Ada"}"#);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait("the second output", |harness| {
        !harness.state().state().session.as_ref().unwrap().runner.previous.is_empty()
    });
    window.click("Compare output");
    window.wait_for_label("Compare with previous…");
    window.click("Compare with previous…");
    window.wait_for_part("Output before and Last output side by side");
    window.press(Modifiers::NONE, Key::Escape);
    window.click("Compare output");
    let case =
        window.labels().into_iter().find(|label| label.starts_with("Compare with ") && !label.contains("previous"));
    window.click(&case.unwrap());
    window.wait_for_part("Expected and Last output side by side");
}

/// A module whose function `large` gives 10 MB of JSON, and `words` text that is no JSON.
const LARGE: &str = r#"(module
  (memory (export "memory") 400)
  (data (i32.const 16) "{\"id\": 12345, \"ok\": true},")
  (data (i32.const 64) "no \ff JSON")
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "words") (param i32 i32) (result i64) (i64.const 0x4000000009))
  ;; The same without its end.
  (func (export "babble") (param i32 i32) (result i64)
    (i64.sub (call $large (local.get 0) (local.get 1)) (i64.const 1)))
  (func $large (export "large") (param i32 i32) (result i64) (local $at i32)
    (i32.store8 (i32.const 1048576) (i32.const 91))
    (local.set $at (i32.const 1048577))
    (loop $more
      (memory.copy (local.get $at) (i32.const 16) (i32.const 26))
      (local.set $at (i32.add (local.get $at) (i32.const 26)))
      (br_if $more (i32.lt_u (local.get $at) (i32.const 11534336))))
    (i32.store8 (i32.sub (local.get $at) (i32.const 1)) (i32.const 93))
    (i64.or (i64.shl (i64.const 1048576) (i64.const 32))
      (i64.extend_i32_u (i32.sub (local.get $at) (i32.const 1048576))))))"#;

fn on_large() -> Window {
    let mut window = Window::on_files(&[
        ("bundle.yaml", "name: large\nversion: 1.0.0\nservices:\n  - path: services/large.yaml\n"),
        ("services/large.yaml", "name: large\nversion: 1.0.0\n"),
        ("wasm/large.wasm", ""),
    ]);
    window.wait_for_label("Service large");
    fs::write(window.bundle().join("wasm/large.wasm"), wat::parse_str(LARGE).unwrap()).unwrap();
    window.press(Modifiers::NONE, Key::F5);
    window.wait_for_label("Function words");
    window
}

/// Scrolls over the output for a while, and gives what frames took: half of them at most, and the slowest.
fn scroll(window: &mut Window, what: &str) -> (Duration, Duration) {
    let mut frames: Vec<Duration> = Vec::new();
    for step in 0..60 {
        window.harness.event(egui::Event::PointerMoved(egui::pos2(1250.0, 800.0)));
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, if step < 40 { -700.0 } else { 400.0 }),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        let begun = Instant::now();
        window.harness.step();
        frames.push(begun.elapsed());
    }
    frames.sort();
    let (median, worst) = (frames[frames.len() / 2], frames[frames.len() - 1]);
    println!("{what}: median {median:?}, worst {worst:?}");
    assert!(median < Duration::from_millis(60) && worst < Duration::from_millis(500), "{what}: {frames:?}");
    (median, worst)
}

#[test]
fn ten_megabytes_of_output_do_not_block_the_window() {
    let mut window = on_large();
    window.click("Function large");
    window.press(Modifiers::COMMAND, Key::Enter);
    let begun = Instant::now();
    let mut longest = Duration::ZERO;
    let is_there = |window: &Window| window.has_part("[403,298 items]") || window.has_part("[403,299 items]");
    while !is_there(&window) {
        assert!(begun.elapsed() < Duration::from_secs(90), "{:?}", window.labels());
        let frame = Instant::now();
        window.harness.step();
        longest = longest.max(frame.elapsed());
    }
    println!("until it is shown: worst {longest:?}");
    assert!(longest < Duration::from_millis(400), "a frame took {longest:?}");
    scroll(&mut window, "10 MB as a tree");
    window.click("Open all branches");
    window.wait_for_label("id: 12345");
    scroll(&mut window, "10 MB as a tree with all branches open");
    window.click("Show as text");
    window.wait_for_part("Shown in part: all ");
    scroll(&mut window, "10 MB as text");
}

#[test]
fn ten_megabytes_that_are_no_json_do_not_block_the_window() {
    let mut window = on_large();
    window.click("Function babble");
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Fault");
    scroll(&mut window, "bytes as text");
    window.click("Show as hex");
    window.wait_for_part("7b 22 69 64");
    scroll(&mut window, "bytes as hex");
}

#[test]
fn bytes_that_are_no_json_are_shown_as_hex() {
    let mut window = on_large();
    window.click("Function words");
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Fault");
    window.click("Show as hex");
    window.wait_for_part("6e 6f 20 ff 20 4a 53 4f");
}

#[test]
fn a_function_runs_again_whenever_a_file_is_saved() {
    let mut window = Window::on_sample();
    run_create_user(&mut window);
    window.click("Run on every save or build");
    let runs = |window: &Window| window.harness.state().state().session.as_ref().unwrap().past.entries.len();
    let before = runs(&window);
    let manifest = window.bundle().join("bundle.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}# changed\n")).unwrap();
    window.wait("it ran again", move |harness| {
        harness.state().state().session.as_ref().unwrap().past.entries.len() > before
    });
}

#[test]
fn the_reference_to_a_function_is_revealed() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.click("Reveal in YAML");
    window.wait_for_label("Editor of services/user-service.yaml");
}
