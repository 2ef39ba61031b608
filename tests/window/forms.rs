//! Making and changing entries by filling in forms, and making new services and bundles.

use std::fs;

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

use crate::support::Window;

const FILE: &str = "services/user-service.yaml";
const SERVICE: &str = "# Users\nname: user-service # ours\napi:\n  basePath: /users\n  endpoints:\n    - name: createUser # makes one\n      method: POST\n      path: /\n      to: func:createUser\n\n# What we promise\ngoals:\n  - name: responseTime\n    metric: latency\n    target: \"< 50ms\" # agreed in March\n";

fn on_service() -> Window {
    let mut window = Window::on_files(&[
        ("bundle.yaml", "name: test\nversion: 1.0.0\nservices:\n  - path: services/user-service.yaml # first\n"),
        (FILE, SERVICE),
    ]);
    window.wait_for_label("Service user-service");
    window
}

fn text(window: &Window, file: &str) -> String {
    let session = window.harness.state().state().session.as_ref().unwrap();
    session.documents.get(file).map(|document| document.editor.text().to_owned()).unwrap_or_default()
}

fn wait_until_enabled(window: &mut Window, button: &str) {
    window.wait(button, |harness| {
        harness.query_all_by_label(button).next().is_some_and(|node| !node.accesskit_node().is_disabled())
    });
}

fn command(window: &mut Window, name: &str) {
    window.press(Modifiers::COMMAND, Key::K);
    window.type_into("Command palette", name);
    window.press(Modifiers::NONE, Key::Enter);
}

/// Waits until what is filled in was drafted, so that the fields lie where they stay.
fn settle(window: &mut Window) {
    window.wait("a draft", |harness| {
        let form = harness.state().state().session.as_ref().unwrap().form.as_ref().unwrap();
        form.drafted.as_ref().is_some_and(|drafted| drafted.values == form.trimmed())
    });
}

/// Opens the menu of a row by a click with the other button.
fn menu_of(window: &mut Window, row: &str) {
    window.harness.query_all_by_label(row).next().unwrap_or_else(|| panic!("no row {row}")).click_secondary();
    window.harness.run_steps(3);
}

#[test]
fn an_endpoint_is_added_by_a_form_and_taken_back_by_one_undo() {
    let mut window = on_service();
    command(&mut window, "new endpoint");
    window.wait_for_label("Method GET");
    window.type_into("Name", "findUser");
    window.click("Method GET");
    window.type_into("Path", "{id}");
    window.wait_for_part("does not begin with /");
    window.replace_text("Path", "/{id}");
    window.wait_for_label("Answers GET /users/{id}");
    window.type_into("Function to run", "func:findUser");
    wait_until_enabled(&mut window, "Create");
    assert!(window.has_part("+     - name: findUser"), "{:?}", window.labels());
    window.click("Create");
    window.wait_for_label("Endpoint findUser");
    let added = "    - name: findUser\n      method: GET\n      path: \"/{id}\"\n      to: func:findUser\n";
    assert_eq!(text(&window, FILE), SERVICE.replacen("\n# What", &format!("\n{added}\n# What"), 1));
    assert_eq!(fs::read_to_string(window.bundle().join(FILE)).unwrap(), SERVICE, "nothing is saved by itself");
    assert!(!window.has("Create"), "the form is closed");
    command(&mut window, "undo");
    window.wait("the endpoint goes", |harness| harness.query_all_by_label("Endpoint findUser").next().is_none());
    assert_eq!(text(&window, FILE), SERVICE);
}

#[test]
fn a_goals_target_is_changed_with_its_comment_kept() {
    let mut window = on_service();
    menu_of(&mut window, "Goal responseTime");
    window.click("Edit…");
    window.wait_for_label("Target");
    window.wait_for_label("Met when latency is less than 50 ms");
    window.replace_text("Target", "< 5 mss");
    window.wait_for_part("there is no unit `mss`");
    assert!(window.harness.get_by_label("Save changes").accesskit_node().is_disabled());
    window.replace_text("Target", "<= 20ms");
    window.wait_for_label("Met when latency is at most 20 ms");
    wait_until_enabled(&mut window, "Save changes");
    window.harness.query_all_by_label("Target").last().unwrap().focus();
    window.harness.run_steps(2);
    window.press(Modifiers::NONE, Key::Enter);
    window.wait("the text changes", |harness| {
        let session = harness.state().state().session.as_ref().unwrap();
        session.documents.get(FILE).is_some_and(|document| document.is_dirty())
    });
    assert_eq!(text(&window, FILE), SERVICE.replace("< 50ms", "<= 20ms"));
}

#[test]
fn an_intent_is_filled_in_from_what_the_bundle_holds() {
    let mut window = Window::on_sample();
    window.click("Add to user-service");
    window.click("New intent…");
    window.wait_for_label("Choose function to run");
    window.click("Choose function to run");
    window.click("wasm:user-auth:checkPassword");
    settle(&mut window);
    window.click("Choose sensor");
    window.click("passwordChosen");
    settle(&mut window);
    window.click("Choose primitive intent");
    window.click("validation");
    window.type_into("Cooldown", "1h30m");
    window.wait_for_part("At least this long between two runs");
    window.type_into("Retries", "2");
    wait_until_enabled(&mut window, "Create");
    window.click("Create");
    window.wait_for_label("Intent checkPassword");
    let written = "intents:\n  - name: checkPassword\n    whenSensor: passwordChosen\n    toFunc: wasm:user-auth:checkPassword\n    primitiveIntent: validation\n    cooldown: 1h30m\n    retries: 2\n\ngoals:";
    assert!(text(&window, FILE).contains(written), "{}", text(&window, FILE));
}

#[test]
fn a_form_says_when_another_endpoint_answers_the_same_requests() {
    let mut window = on_service();
    window.press(Modifiers::COMMAND, Key::N);
    window.wait_for_label("Method GET");
    window.type_into("Name", "createUser");
    window.type_into("Path", "/");
    window.type_into("Function to run", "func:x");
    window.wait_for_part("is already answered by endpoint createUser");
    window.wait_for_part("a second endpoint is named `createUser`");
    assert!(window.harness.get_by_label("Create").accesskit_node().is_disabled());
    window.harness.query_all_by_label("Path").last().unwrap().focus();
    window.harness.run_steps(2);
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.has("Method GET"), "Escape closes the form");
    assert_eq!(text(&window, FILE), SERVICE);
}

#[test]
fn entries_are_moved_and_removed_from_their_menu() {
    let mut window = on_service();
    menu_of(&mut window, "Goal responseTime");
    window.click("Move up");
    window.wait_for_label("it is the first entry already");
    menu_of(&mut window, "Goal responseTime");
    window.click("Remove");
    window.wait("the goal goes", |harness| harness.query_all_by_label("Goal responseTime").next().is_none());
    let end = SERVICE.find("goals:").unwrap();
    assert_eq!(text(&window, FILE), format!("{}goals: []\n", &SERVICE[..end]));
}

#[test]
fn a_text_with_a_syntax_error_is_not_edited_by_a_form() {
    let mut window = on_service();
    fs::write(window.bundle().join(FILE), format!("{SERVICE}  - name: \"half\n")).unwrap();
    window.wait_for_part("1 error");
    window.press(Modifiers::COMMAND, Key::N);
    window.wait_for_part("must be mended first");
    window.type_into("Name", "a");
    window.type_into("Path", "/a");
    window.type_into("Function to run", "func:a");
    window.harness.run_steps(4);
    assert!(window.harness.get_by_label("Create").accesskit_node().is_disabled());
}

#[test]
fn a_service_itself_is_changed_by_its_form() {
    let mut window = on_service();
    menu_of(&mut window, "Service user-service");
    window.click("Edit…");
    window.wait_for_label("Base path");
    window.replace_text("Base path", "/api/users");
    window.type_into("Version", "1.0");
    window.wait_for_part("is not a semantic version");
    window.replace_text("Version", "1.0.0");
    wait_until_enabled(&mut window, "Save changes");
    window.click("Save changes");
    let wanted =
        SERVICE.replace("# ours\n", "# ours\nversion: 1.0.0\n").replace("basePath: /users", "basePath: /api/users");
    window.wait("the text changes", move |harness| {
        let session = harness.state().state().session.as_ref().unwrap();
        session.documents.get(FILE).is_some_and(|document| document.editor.text() == wanted)
    });
}

#[test]
fn a_new_service_is_made_from_a_template_and_listed() {
    let mut window = on_service();
    window.click("New service…");
    window.wait_for_label("Service name");
    window.type_into("Service name", "user service");
    window.wait_for_part("the name holds");
    window.replace_text("Service name", "payments");
    window.click("Module in Go");
    assert!(window.has_part("GOOS=js GOARCH=wasm go build"));
    window.click("Create service");
    window.wait_for_label("Service payments");
    window.wait_for_label("Editor of services/payments.yaml");
    let listed = "  - path: services/user-service.yaml # first\n  - path: services/payments.yaml\n";
    assert!(text(&window, "bundle.yaml").ends_with(listed), "{}", text(&window, "bundle.yaml"));
    let made = fs::read_to_string(window.bundle().join("services/payments.yaml")).unwrap();
    assert!(made.contains("GOOS=js GOARCH=wasm go build"), "{made}");
}

#[test]
fn a_new_bundle_is_made_opened_run_and_exported() {
    let mut window = Window::with_settings("{}");
    let folder = window.bundle();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    window.click("New bundle…");
    window.wait_for_label("New bundle's folder");
    window.type_into("New bundle's folder", &folder.display().to_string());
    window.click("Create bundle");
    window.wait_for_part("is not empty");
    let folder = folder.join("greetings");
    window.replace_text("New bundle's folder", &folder.display().to_string());
    window.click("Create bundle");
    window.wait_for_label("Service hello");
    window.wait_for_part("No problems");
    window.click("Run picked function");
    window.wait_for_label("Answered");
    let archive = window.folder.path().join("greetings.zip");
    window.press(Modifiers::COMMAND, Key::E);
    window.replace_text("Archive path", &archive.display().to_string());
    window.click("Export");
    window.wait_for_part("Exported 3 files");
    assert!(archive.is_file());
}
