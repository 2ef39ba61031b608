//! Opening bundles: typed, recent, broken, missing.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use crate::support::Window;

#[test]
fn a_typed_folder_is_opened() {
    let mut window = Window::on_sample();
    let folder = window.bundle().display().to_string();
    window.press(Modifiers::COMMAND, Key::K);
    window.type_into("Command palette", "close bundle");
    window.press(Modifiers::NONE, Key::Enter);
    window.wait_for_label("Bundle folder");
    window.type_into("Bundle folder", &folder);
    window.click("Open folder");
    window.wait_for_label("Service user-service");
    assert!(window.has("Endpoint createUser"));
    assert!(window.has("Module user-service"));
    assert!(window.has("Goal responseTime"));
    assert!(window.has("Editor of bundle.yaml"));
}

#[test]
fn the_sample_bundle_is_found_from_the_working_directory() {
    let mut window = Window::with_settings("{}");
    window.wait("the sample bundle is found", |harness| {
        let button = harness.get_by_label("Open sample bundle");
        use egui_kittest::kittest::NodeT;
        !button.accesskit_node().is_disabled()
    });
    window.click("Open sample bundle");
    window.wait_for_label("Service user-service");
}

#[test]
fn a_folder_that_does_not_exist_is_refused_with_its_reason() {
    let mut window = Window::with_settings("{}");
    window.type_into("Bundle folder", "/no/such/bundle");
    window.press(Modifiers::NONE, Key::Enter);
    window.wait("a reason", |_| true);
    window.wait_for_part("/no/such/bundle");
    window.wait_for_label("Bundle folder");
    assert!(window.has("Recent bundles"));
}

#[test]
fn a_broken_bundle_opens_and_shows_its_problems_and_what_could_be_read() {
    let mut window = Window::on_files(&[
        ("bundle.yaml", "name: broken\nservices:\n  - path: services/one.yaml\n  - path: services/gone.yaml\n"),
        (
            "services/one.yaml",
            "name: one\napi:\n  basePath: /one\n  endpoints:\n    - name: a\n      method: GET\n      path: /a\n      to: wasm:one:nothing\n",
        ),
    ]);
    window.wait_for_label("Service one");
    assert!(window.has("Endpoint a"));
    window.wait_for_part("Problem ");
    assert!(window.has_part("error"), "the status bar counts the errors: {:?}", window.labels());
}

#[test]
fn text_that_is_no_yaml_at_all_still_opens() {
    let mut window = Window::on_files(&[("bundle.yaml", "name: [unclosed\n\t- {{{\n")]);
    window.wait_for_label("Editor of bundle.yaml");
    window.wait_for_part("Problem ");
}

#[test]
fn a_recent_bundle_that_is_gone_cannot_be_opened_but_removed() {
    let mut window = Window::with_settings(r#"{"recent": ["/gone/shop"]}"#);
    window.wait_for_part("Open recent shop");
    window.click("Open recent shop");
    assert!(window.has("Bundle folder"), "still on the start screen");
    window.click("Remove /gone/shop from the list");
    assert!(!window.has_part("Open recent shop"));
}

#[test]
fn a_bundle_that_changes_on_disk_is_read_again() {
    let mut window = Window::on_sample();
    let path = window.bundle().join("bundle.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("user-auth.yaml", "nowhere.yaml")).unwrap();
    window.wait_for_part("1 error");
    window.wait("the service leaves the explorer", |harness| {
        harness.query_all_by_label("Service user-auth").next().is_none()
    });
}
