//! The profile of a call and the headroom of a function, in the window.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use crate::support::Window;

/// A window whose picked function has an input that it answers.
fn on_create_user() -> Window {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    window.replace_text("Input (JSON)", r#"{"email": "ada@example.com", "name": "Ada"}"#);
    window
}

fn profiled() -> Window {
    let mut window = on_create_user();
    window.click("Profile this call…");
    window.wait_for_label("Heaviest functions");
    window
}

#[test]
fn a_call_is_profiled_and_its_picture_is_told_in_words() {
    let mut window = profiled();
    assert!(window.has_part("Flame graph of createUser: "), "{:?}", window.labels());
    assert!(window.has_part("Zoom to Invocation"));
    let function = window.labels().into_iter().find(|label| label.starts_with("Highlight ")).unwrap();
    window.click(&function);
    assert!(window.has_part("1 function found, "), "{:?}", window.labels());
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.harness.state().state().dialog.is_none());
}

#[test]
fn zooming_leads_down_a_path_and_escape_leads_back_before_it_closes() {
    let mut window = profiled();
    let picture = window.labels().into_iter().find(|label| label.starts_with("Flame graph of")).unwrap();
    window.harness.query_all_by_label(&picture).next().unwrap().focus();
    window.harness.run_steps(3);
    let crumbs = |window: &Window| window.labels().iter().filter(|label| label.starts_with("Zoom to ")).count();
    let before = crumbs(&window);
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::ArrowDown);
    assert!(crumbs(&window) > before, "{:?}", window.labels());
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(crumbs(&window), before);
    assert!(window.harness.state().state().dialog.is_some(), "the first Escape leads back to the whole call");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.harness.state().state().dialog.is_none());
}

#[test]
fn a_profile_is_written_for_speedscope() {
    let mut window = profiled();
    let file = window.folder.path().join("call.speedscope.json");
    window.replace_text("Profile file", &file.display().to_string());
    window.click("Write for Speedscope");
    window.wait_for_part("Wrote ");
    let content: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(content["profiles"][0]["type"], "evented");
    window.replace_text("Profile file", "/no/such/folder/call.json");
    window.click("Write for Speedscope");
    window.wait_for_part("cannot be written");
}

#[test]
fn headroom_is_found_and_set_for_the_function() {
    let mut window = on_create_user();
    window.click("Cases (4)");
    window.click("Find headroom…");
    window.wait_for_part("cases pass with");
    assert!(window.has("Smallest") && window.has("Fails with less"), "{:?}", window.labels());
    window.click_in_front("Set these limits");
    window.wait_for_part("every invocation of this function keeps to it");
    let settings = std::fs::read_to_string(window.bundle().join(".workbench/settings.yaml")).unwrap();
    assert!(settings.contains("createUser:") && settings.contains("instructions: "), "{settings}");
    window.press(Modifiers::NONE, Key::Escape);
    window.wait("the bundle is read again", |harness| harness.state().state().activities.is_empty());
    window.press(Modifiers::COMMAND, Key::Comma);
    window.wait_for_part("createUser has limits of its own in .workbench/settings.yaml");
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Answered");
    window.wait("the count has its margin", |harness| {
        let line = harness.query_all_by_label_contains("Instructions ").next();
        line.is_some() && harness.query_all_by_label_contains("Instructions counting").next().is_none()
    });
    assert!(window.labels().iter().any(|label| label.starts_with("Instructions ") && label.contains(" of ")));
}
