//! Editing: problems as one types, fixes, saving, unsaved changes.

use egui::{Key, Modifiers};

use crate::support::Window;

const EDITOR: &str = "Editor of services/user-service.yaml";
const FILE: &str = "services/user-service.yaml";

/// A window with a misspelt field typed at the end of a service file.
fn with_misspelt_field() -> Window {
    let mut window = Window::on_sample();
    window.click(&format!("File {FILE}"));
    window.wait_for_label(EDITOR);
    window.type_into(EDITOR, "");
    window.press(Modifiers::COMMAND, Key::End);
    window.harness.event(egui::Event::Text("verion: 1.0.0".into()));
    window.harness.run_steps(2);
    window
}

#[test]
fn typing_shows_a_problem_and_its_fix_mends_it() {
    let mut window = with_misspelt_field();
    window.press(Modifiers::COMMAND, Key::J);
    window.wait_for_part("Fix: ");
    let fix = window.labels().into_iter().find(|label| label.starts_with("Fix: ")).unwrap();
    window.click(&fix);
    window.wait("the problem goes away", |harness| {
        harness.state().state().loaded().is_some_and(|loaded| loaded.diagnostics.is_empty())
    });
    let state = window.harness.state().state();
    let text = state.session.as_ref().unwrap().documents.get(FILE).unwrap().editor.text();
    assert!(text.contains("\nversion: 1.0.0"), "{text}");
}

#[test]
fn saving_writes_the_file_and_the_mark_goes() {
    let mut window = with_misspelt_field();
    assert!(window.has("user-service.yaml, unsaved"));
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_part("Saved services/user-service.yaml");
    assert!(!window.has("user-service.yaml, unsaved"));
    let text = std::fs::read_to_string(window.bundle().join(FILE)).unwrap();
    assert!(text.ends_with("verion: 1.0.0"), "{text}");
}

#[test]
fn closing_a_changed_file_asks_and_cancel_keeps_it() {
    let mut window = with_misspelt_field();
    let before = std::fs::read_to_string(window.bundle().join(FILE)).unwrap();
    window.press(Modifiers::COMMAND, Key::W);
    window.wait_for_label("Unsaved changes");
    window.click("Cancel");
    assert!(window.has(EDITOR));
    window.press(Modifiers::COMMAND, Key::W);
    window.wait_for_label("Unsaved changes");
    window.click("Discard changes");
    assert!(!window.has(EDITOR));
    assert_eq!(std::fs::read_to_string(window.bundle().join(FILE)).unwrap(), before);
}

#[test]
fn escape_closes_a_dialog() {
    let mut window = with_misspelt_field();
    window.press(Modifiers::COMMAND, Key::W);
    window.wait_for_label("Unsaved changes");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.has("Unsaved changes"));
    assert!(window.has(EDITOR));
}

#[test]
fn a_file_changed_by_another_program_is_not_overwritten() {
    let mut window = with_misspelt_field();
    let path = window.bundle().join(FILE);
    std::fs::write(&path, "name: user-service\n").unwrap();
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Two versions of services/user-service.yaml");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "name: user-service\n");
    window.click_in_front("Take the version on disk");
    window.wait("the text follows", |harness| {
        let session = harness.state().state().session.as_ref().unwrap();
        session.documents.get(FILE).unwrap().editor.text() == "name: user-service\n"
    });
    assert!(!window.has("Take the version on disk"));
}

#[test]
fn closing_the_window_with_unsaved_changes_asks() {
    let mut window = with_misspelt_field();
    window.press(Modifiers::COMMAND, Key::Q);
    window.wait_for_label("Unsaved changes");
    window.click("Save");
    window.wait("the window closes", |harness| harness.state().state().may_quit);
    let text = std::fs::read_to_string(window.bundle().join(FILE)).unwrap();
    assert!(text.ends_with("verion: 1.0.0"), "{text}");
}
