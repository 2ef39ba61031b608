//! The jobs of the workbench: invoke, measure, export.

use egui::{Key, Modifiers};

use crate::support::Window;

#[test]
fn a_function_is_run_and_its_output_shown() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.replace_text("Input (JSON)", r#"{"email": "ada@example.com", "name": "Ada"}"#);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Answered");
    assert!(window.shows("ada@example.com"), "{:?}", window.labels());
    assert!(window.has_part("Peak memory"));
    assert!(window.has_part("Instantiate"));
}

#[test]
fn an_application_error_is_no_fault() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.replace_text("Input (JSON)", r#"{"email": "", "name": ""}"#);
    window.click("Run function");
    window.wait_for_label("Application error");
}

#[test]
fn input_that_is_not_json_is_reported_with_its_place_and_not_run() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.replace_text("Input (JSON)", "{\"email\": oops}");
    window.wait_for_part("Line 1, column ");
    window.press(Modifiers::COMMAND, Key::Enter);
    assert!(window.has("Not run yet"));
}

#[test]
fn a_saved_input_is_put_into_the_field() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    window.click("Saved inputs");
    window.click("Saved input missing-name");
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Application error");
}

#[test]
fn goals_are_measured_and_judged() {
    let mut window = Window::on_sample();
    let manifest = window.bundle().join("bundle.yaml");
    std::fs::write(&manifest, "name: shop\nservices:\n  - path: services/user-service.yaml\n").unwrap();
    window.press(Modifiers::NONE, Key::F5);
    window.wait("one service is left", |harness| {
        harness.state().state().loaded().is_some_and(|loaded| loaded.bundle.services.len() == 1)
    });
    window.click("Goals");
    assert!(window.has("responseTime: not measured"));
    window.click("Measure all goals");
    window.wait_for_label("Measured function");
    window.wait("all is measured", |harness| harness.state().state().activities.is_empty());
    window.click("Measured function");
    window.click("Measurement of createUser");
    assert!(window.has_part("p95 ") && window.has_part("p99 ") && window.has_part("Peak memory "));
    assert!(window.has_part("under a load of 120 calls, closed, 1 worker, cold"), "{:?}", window.labels());
    assert!(window.has_part("A function that does nothing takes"), "{:?}", window.labels());
    assert!(window.has("responseTime: met") || window.has("responseTime: missed"), "{:?}", window.labels());
}

#[test]
fn a_valid_bundle_is_exported_as_a_zip() {
    let mut window = Window::on_sample();
    let archive = window.folder.path().join("out.zip");
    window.click("Export…");
    window.wait_for_label("Archive path");
    window.replace_text("Archive path", &archive.display().to_string());
    window.click("Export");
    window.wait_for_label("SHA-256");
    let file = std::fs::File::open(&archive).unwrap();
    let zip = zip::ZipArchive::new(file).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert!(names.iter().any(|name| name.ends_with("bundle.yaml")), "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("wasm/user-service.wasm")), "{names:?}");
    assert!(window.has_part("Exported"));
}

#[test]
fn a_bundle_with_errors_is_not_exported_and_says_why() {
    let mut window = Window::on_files(&[("bundle.yaml", "name: shop\nservices:\n  - path: services/gone.yaml\n")]);
    window.wait_for_label("File bundle.yaml");
    window.click("Export…");
    window.wait_for_part("in the way");
    window.click("Export");
    assert!(!window.has("SHA-256"));
    let error = window.labels().into_iter().find(|label| label.starts_with("Go to ")).unwrap();
    window.click(&error);
    assert!(!window.has("Archive path"), "the dialog gives way to the place of the error");
    assert!(window.has("Editor of bundle.yaml"));
}

#[test]
fn modules_of_every_toolchain_in_the_sample_answer() {
    let mut window = Window::on_whole_sample();
    window.wait_for_label("No problems");
    for endpoint in ["createUser", "checkPassword", "priceOrder", "checkCard"] {
        window.click(&format!("Endpoint {endpoint}"));
        window.wait("its saved inputs", |harness| {
            use egui_kittest::kittest::Queryable;
            harness.query_all_by_label("Saved inputs").next().is_some()
        });
        window.press(Modifiers::COMMAND, Key::Enter);
        window.wait_for_label("Answered");
    }
    assert!(window.has("Function checkCard"), "what the Go program registers is listed");
}
