//! Requests through the window: picking an endpoint, sending, near misses, curl, and the gateway.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::Window;

fn requests() -> Window {
    let mut window = Window::on_sample();
    window.click("Requests");
    window.wait_for_label("No answer yet");
    window
}

/// Pastes a command, takes it over and sends the request.
fn paste_and_send(window: &mut Window, command: &str) {
    if !window.has("Curl command") {
        window.click("Paste a curl command");
    }
    window.wait_for_label("Curl command");
    window.type_into("Curl command", command);
    window.click("Take over curl command");
    window.click("Send request");
}

#[test]
fn an_endpoint_is_picked_filled_in_and_asked() {
    let mut window = requests();
    window.click("Endpoint to ask");
    window.wait_for_label("Pick endpoint issueUserToken");
    window.click("Pick endpoint issueUserToken");
    window.wait_for_part("Filled in: ");
    let field = {
        use egui_kittest::kittest::Queryable;
        window.harness.query_all_by_label("Path parameter userId").last().unwrap().focus();
        window.harness.run_steps(2);
        window.press(egui::Modifiers::COMMAND, egui::Key::A);
        "ada lovelace"
    };
    window.harness.event(egui::Event::Text(field.into()));
    window.harness.run_steps(2);
    window.click("Send request");
    window.wait_for_part("POST /api/v1/auth/users/ada%20lovelace/tokens");
    window.wait_for_part("wasm:user-auth:issueToken");
    let state = window.harness.state().state();
    let exchange = state.session.as_ref().unwrap().requests.exchange.as_ref().unwrap();
    assert_eq!(exchange.input.as_ref().unwrap().text().matches("ada lovelace").count(), 1);
    assert!(exchange.timings.is_some());
}

#[test]
fn a_pasted_command_is_sent_and_what_nearly_matched_is_shown() {
    let mut window = requests();
    paste_and_send(&mut window, r#"curl --http3 localhost/api/v1/user -d '{"email":"ada@example.org","name":"Ada"}'"#);
    window.wait_for_label("What came near");
    assert!(window.has_part("segment 3 is `users`, not `user`"));
    assert!(window.has_part("--http3 was left out"));
    window.click("POST /api/v1/users");
    window.click("Send request");
    window.wait_for_label("200");
    assert!(window.shows("ada@example.org"));
}

#[test]
fn a_command_that_cannot_be_read_is_explained_and_kept() {
    let mut window = requests();
    window.click("Paste a curl command");
    window.type_into("Curl command", "curl 'http://localhost");
    window.click("Take over curl command");
    window.wait_for_part("is never closed");
    assert!(window.shows("curl 'http://localhost"));
}

#[test]
fn the_gateway_serves_follows_the_editor_and_stops() {
    let mut window = requests();
    window.click("Gateway");
    window.click("Start gateway");
    window.wait_for_part("http://127.0.0.1:");
    let address = window.harness.state().state().session.as_ref().unwrap().requests.address().unwrap();
    let address = address.strip_prefix("http://").unwrap().to_owned();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(get("/api/v1/users/moved").starts_with("HTTP/1.1 404"));
    window.wait_for_label("Request 404 GET /api/v1/users/moved");
    window.type_into("Filter of the request log", "no such text");
    window.wait_for_part("No entry holds the text");
    let file = window.bundle().join("services/user-service.yaml");
    let text = std::fs::read_to_string(&file).unwrap().replace("path: \"/\"", "path: \"/moved\"");
    std::fs::write(&file, text).unwrap();
    window.click("Reload from disk");
    let begun = std::time::Instant::now();
    while !get("/api/v1/users/moved").starts_with("HTTP/1.1 405") {
        assert!(begun.elapsed().as_secs() < 60, "the gateway follows the bundle");
        window.harness.run_steps(2);
    }
    window.click("Clear request log");
    window.wait_for_part("Send something to the address");
    window.click("Stop gateway");
    window.wait_for_label("Start gateway");
    assert!(TcpStream::connect(&address).is_err());
}
