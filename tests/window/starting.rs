//! The input that runner, request and sensor begin with where nothing was saved: what the function asks for.

use egui::{Key, Modifiers};

use crate::support::Window;

const LEARNED: &str = "learned from the function's errors";

#[test]
fn a_function_without_cases_begins_with_what_it_asks_for_and_answers_it() {
    let mut window = Window::on_sample_without_cases();
    window.click("Endpoint createUser");
    window.wait_for_part(LEARNED);
    assert!(window.shows("\"email\": \"ada@example.com\""), "{:?}", window.labels());
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Answered");
    window.replace_text("Input (JSON)", "{}");
    assert!(!window.has_part(LEARNED), "what the user wrote was not learned");
}

#[test]
fn what_is_learned_never_overwrites_what_the_user_typed() {
    let mut window = Window::on_sample_without_cases();
    window.click("Endpoint createUser");
    window.replace_text("Input (JSON)", r#"{"mine": 1}"#);
    window.harness.run_steps(5);
    window.wait("nothing runs any more", |harness| harness.state().state().activities.is_empty());
    assert!(window.shows(r#"{"mine": 1}"#), "{:?}", window.labels());
}

#[test]
fn a_request_is_filled_in_and_what_the_user_wrote_stays() {
    let mut window = Window::on_sample_without_cases();
    window.click("Requests");
    window.click("Endpoint to ask");
    window.wait_for_label("Pick endpoint createUser");
    window.click("Pick endpoint createUser");
    window.wait_for_part(LEARNED);
    window.click("Send request");
    window.wait_for_label("200");
    window.replace_text("Body of the request (JSON)", r#"{"mine": 1}"#);
    window.click("Endpoint to ask");
    window.click("Pick endpoint issueUserToken");
    window.wait("nothing runs any more", |harness| harness.state().state().activities.is_empty());
    window.harness.run_steps(5);
    assert!(window.shows(r#"{"mine": 1}"#), "{:?}", window.labels());
}

#[test]
fn a_sensor_begins_with_what_its_function_asks_for() {
    let mut window = Window::on_sample_without_cases();
    window.click("Sensors");
    window.wait_for_label("Sensor userCreated");
    window.wait_for_part(LEARNED);
    assert!(window.shows("ada@example.com"), "{:?}", window.labels());
}
