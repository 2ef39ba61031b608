//! Instructions beside time and memory, and their limit.

use egui::{Key, Modifiers};

use crate::support::Window;

fn run(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Answered");
    window.wait("its instructions are counted", |harness| {
        use egui_kittest::kittest::Queryable;
        harness.query_all_by_label_contains("Instructions counting").next().is_none()
    });
}

fn line(window: &Window) -> String {
    window.labels().into_iter().find(|label| label.starts_with("Instructions ")).unwrap_or_default()
}

/// The number in `Instructions 12,345`.
fn number(line: &str) -> u64 {
    let word = line.split(' ').nth(1).unwrap_or_default().replace(',', "");
    word.parse().unwrap_or_else(|_| panic!("{line}"))
}

#[test]
fn instructions_are_counted_beside_the_result_and_the_same_call_gives_the_same_number() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.replace_text("Input (JSON)", r#"{"email": "ada@example.com", "name": "Ada"}"#);
    run(&mut window);
    let first = number(&line(&window));
    assert!(first > 500, "{first}");
    run(&mut window);
    assert_eq!(number(&line(&window)), first);
}

#[test]
fn a_limit_of_instructions_is_set_and_shown_with_its_margin() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.replace_text("Input (JSON)", r#"{"email": "ada@example.com", "name": "Ada"}"#);
    window.press(Modifiers::COMMAND, Key::Comma);
    window.click("Limit instructions");
    window.press(Modifiers::NONE, Key::Escape);
    run(&mut window);
    let shown = line(&window);
    assert!(shown.contains(" of 1,000,000 (") && shown.ends_with(" %)"), "{shown}");
}

#[test]
fn a_limit_that_is_too_low_is_said_to_be_exceeded() {
    let mut window =
        Window::on_sample_sized(egui::vec2(1440.0, 900.0), r#"{"limits": {"instructions": 100}, "no_history": true}"#);
    window.click("Endpoint createUser");
    window.replace_text("Input (JSON)", r#"{"email": "ada@example.com", "name": "Ada"}"#);
    run(&mut window);
    assert_eq!(line(&window), "Instructions more than the limit of 100");
    assert!(window.has("Answered"), "the timed run is not touched by it");
}
