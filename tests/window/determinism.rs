//! Determinism and things that go wrong on purpose, through the window.

use std::fs;
use std::path::Path;

use egui::{Key, Modifiers};

use crate::support::Window;

/// A window on a module that takes random numbers, with the function that does so picked.
pub fn on_dice() -> Window {
    let mut window = Window::on_files(&[
        ("bundle.yaml", "name: dice\nversion: 1.0.0\nservices:\n  - path: services/dice.yaml\n"),
        ("services/dice.yaml", "name: dice\nversion: 1.0.0\n"),
        ("wasm/dice.wasm", ""),
    ]);
    window.wait_for_label("Service dice");
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/assemblyscript");
    for ending in ["d.ts", "wasm"] {
        let to = window.bundle().join(format!("wasm/dice.{ending}"));
        fs::copy(modules.join(format!("functions-0.28.{ending}")), to).unwrap();
    }
    window.press(Modifiers::NONE, Key::F5);
    window.wait_for_label("Function randomNumbers");
    window.click("Function randomNumbers");
    window
}

#[test]
fn the_check_of_determinism_says_what_the_answer_depends_on() {
    let mut window = on_dice();
    window.click("Other ways to run");
    window.wait_for_label("Check determinism");
    window.click("Check determinism");
    window.wait_for_part("The same with the same record; its answer depends on what it takes: ");
    // It stays until the function runs again.
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Answered");
    assert!(!window.has_part("The same with the same record"));
}

#[test]
fn a_function_is_run_while_things_go_wrong() {
    let mut window = on_dice();
    for (way, expected) in [("Run out of time", "Fault"), ("Run without random numbers", "Fault")] {
        window.click("Other ways to run");
        window.wait_for_label(way);
        window.click(way);
        window.wait_for_label(expected);
        window.press(Modifiers::COMMAND, Key::Enter);
        window.wait_for_label("Answered");
    }
    let entries = |window: &Window| window.harness.state().state().session.as_ref().unwrap().past.entries.len();
    window.wait("all are kept", |harness| harness.state().state().session.as_ref().unwrap().past.entries.len() == 4);
    for way in ["Run out of memory", "Run while the clock jumps by an hour"] {
        let before = entries(&window);
        window.click("Other ways to run");
        window.wait_for_label(way);
        window.click(way);
        window.wait("it is kept", move |harness| {
            harness.state().state().session.as_ref().unwrap().past.entries.len() > before
        });
    }
    window.click("History");
    for mishap in ["out of time", "no random numbers", "out of memory", "clock jump of 3600 s"] {
        assert!(window.has_part(&format!("made to fail: {mishap}")), "{mishap}: {:?}", window.labels());
    }
}
