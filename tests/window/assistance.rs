//! The language assistance through the window: mending, completing, going to places, renaming.

use egui::{Event, Key, Modifiers};

use priostack_workbench::bundle::{Severity, Span};
use priostack_workbench::workbench::Command;
use priostack_workbench::workbench::outline::Place;

use crate::support::Window;

const FILE: &str = "services/user-service.yaml";

/// The window with the user service's file in front and the caret at the first `place` in it.
fn at(place: &str) -> Window {
    let mut window = Window::on_sample();
    put_caret(&mut window, FILE, place);
    window
}

/// Shows a file with the caret at the first `place` in it.
fn put_caret(window: &mut Window, file: &str, place: &str) {
    window.click(&format!("File {file}"));
    window.wait_for_label(&format!("Editor of {file}"));
    let text = text_of(window, file);
    let at = text.find(place).unwrap_or_else(|| panic!("{place} is not in\n{text}"));
    let place = Place { file: file.to_owned(), span: Some(Span::new(at, at)) };
    window.harness.state_mut().send(Command::Reveal(place));
    window.harness.run_steps(3);
    assert_eq!(caret(window, file), at);
}

fn caret(window: &Window, file: &str) -> usize {
    let state = window.harness.state().state();
    state.session.as_ref().unwrap().documents.get(file).unwrap().editor.caret()
}

fn text_of(window: &Window, file: &str) -> String {
    let state = window.harness.state().state();
    state.session.as_ref().unwrap().documents.get(file).unwrap().editor.text().to_owned()
}

fn type_text(window: &mut Window, text: &str) {
    for character in text.chars() {
        window.harness.event(Event::Text(character.into()));
        window.harness.run_steps(2);
    }
}

fn wait_for_no_errors(window: &mut Window) {
    window.wait("the errors go away", |harness| {
        let state = harness.state().state();
        let session = state.session.as_ref().unwrap();
        session.check_due.is_none()
            && session
                .loaded
                .as_ref()
                .is_some_and(|loaded| !loaded.diagnostics.iter().any(|d| d.severity == Severity::Error))
    });
}

#[test]
fn a_wrong_reference_is_mended_by_its_light_bulb() {
    let mut window = at("User\n\ngoals");
    type_text(&mut window, "d");
    window.press(Modifiers::NONE, Key::Escape);
    window.wait_for_label("Quick fixes");
    window.click("Quick fixes");
    window.wait_for_label("Change to createUser");
    window.click("Change to createUser");
    wait_for_no_errors(&mut window);
    assert!(text_of(&window, FILE).contains("wasm:user-service:createUser\n"));
    window.press(Modifiers::COMMAND, Key::Z);
    assert!(text_of(&window, FILE).contains("wasm:user-service:createdUser\n"), "one step of undo takes it back");
}

#[test]
fn a_function_reference_is_completed_from_the_module() {
    let mut window = at("wasm:user-service:createUser");
    window.press(Modifiers::SHIFT, Key::End);
    type_text(&mut window, "wasm:us");
    window.wait_for_label("user-service");
    window.press(Modifiers::NONE, Key::Enter);
    window.wait_for_label("createUser");
    type_text(&mut window, "creU");
    window.press(Modifiers::NONE, Key::Enter);
    assert!(text_of(&window, FILE).contains("to: wasm:user-service:createUser\n"), "{}", text_of(&window, FILE));
    wait_for_no_errors(&mut window);
}

#[test]
fn from_a_reference_to_the_export_and_back_to_all_that_use_it() {
    let mut window = at(":createUser");
    window.press(Modifiers::NONE, Key::ArrowRight);
    window.press(Modifiers::NONE, Key::ArrowRight);
    window.press(Modifiers::NONE, Key::F12);
    let selected = window.harness.state().state().session.as_ref().unwrap().explorer.selected.clone();
    assert_eq!(selected.as_deref(), Some("modules/wasm/user-service.wasm/create_user"));
    put_caret(&mut window, FILE, ":createUser");
    window.press(Modifiers::NONE, Key::ArrowRight);
    window.press(Modifiers::SHIFT, Key::F12);
    window.wait_for_part("of createUser");
}

#[test]
fn renaming_a_service_changes_every_file_and_the_files_names() {
    let mut window = at("user-service");
    window.press(Modifiers::NONE, Key::F2);
    window.wait_for_label("Rename service");
    window.type_into("New name", "");
    window.press(Modifiers::COMMAND, Key::A);
    window.type_into("New name", "order service");
    window.wait_for_part("white space");
    window.press(Modifiers::COMMAND, Key::A);
    window.type_into("New name", "accounts");
    window.wait_for_part("services/accounts.yaml");
    window.click("Rename");
    window.wait_for_label("Service accounts");
    window.wait("the file has its new name", |harness| {
        harness.state().state().session.as_ref().unwrap().documents.get("services/accounts.yaml").is_some()
    });
    wait_for_no_errors(&mut window);
    let root = window.bundle();
    assert!(root.join("wasm/accounts.wasm").exists() && !root.join(FILE).exists());
    assert!(std::fs::read_to_string(root.join("bundle.yaml")).unwrap().contains("services/accounts.yaml"));
    let text = std::fs::read_to_string(root.join("services/accounts.yaml")).unwrap();
    assert!(text.contains("wasm:accounts:createUser") && !text.contains("wasm:user-service"), "{text}");
    let diagnostics = &window.harness.state().state().loaded().unwrap().diagnostics;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
}

#[test]
fn symbols_of_the_file_lead_to_their_places() {
    let mut window = at("name");
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    window.wait_for_part("Symbols of");
    window.harness.event(Event::Text("endpoint createUser".into()));
    window.harness.run_steps(3);
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.run_steps(3);
    let caret = caret(&window, FILE);
    let there = text_of(&window, FILE).split_off(caret);
    assert!(there.starts_with("- name: createUser\n"), "{there}");
}
