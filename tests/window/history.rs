//! Past invocations through the window: kept across starts, found, shown, replayed, deleted.

use std::fs;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};

use crate::support::Window;

fn run(window: &mut Window, input: &str) {
    let before = entries(window);
    window.replace_text("Input (JSON)", input);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait("it is kept", move |harness| {
        harness.state().state().session.as_ref().unwrap().past.entries.len() > before
    });
}

fn entries(window: &Window) -> usize {
    window.harness.state().state().session.as_ref().unwrap().past.entries.len()
}

#[test]
fn invocations_survive_a_restart_and_come_back_by_a_click() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    run(&mut window, r#"{"email": "ada@example.com", "name": "Ada"}"#);
    run(&mut window, r#"{"email": ""}"#);
    let mut window = window.crash_and_open_again();
    window.wait_for_label("Service user-service");
    window.click("History");
    window.wait_for_part("createUser, answered, ");
    let error = window.labels().into_iter().find(|label| label.starts_with("createUser, application error, "));
    window.click(&error.unwrap());
    window.wait_for_label("Application error");
    let answered = window.labels().into_iter().find(|label| label.starts_with("createUser, answered, ")).unwrap();
    window.click(&answered);
    window.wait_for_label("Answered");
    assert!(window.has_part("From the history, "), "{:?}", window.labels());
    window.click("Function");
    assert!(window.shows(r#"{"email": "ada@example.com", "name": "Ada"}"#), "the input is back");
}

#[test]
fn replaying_says_what_changed() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    run(&mut window, r#"{"email": "", "name": ""}"#);
    window.click("History");
    window.click("Replay all");
    window.wait_for_part("now the same");
    // The recorded output of an older module, made up by hand.
    let folder = window.bundle().join(".workbench/history");
    let file = fs::read_dir(&folder).unwrap().flatten().find(|file| file.path().extension().is_some()).unwrap().path();
    let entry = fs::read_to_string(&file).unwrap();
    fs::write(&file, entry.replace("\"ending\":\"error\"", "\"ending\":\"fault\"")).unwrap();
    window.click("Replay all");
    window.wait_for_part("now different");
}

#[test]
fn an_invocation_becomes_a_case_and_is_deleted() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    run(&mut window, r#"{"email": "ada@example.com", "name": "Ada"}"#);
    run(&mut window, r#"{"email": "grace@example.com", "name": "Grace"}"#);
    window.click("History");
    window.type_into("Filter history", "grace@");
    window.wait("one is listed", |harness| harness.state().state().session.as_ref().unwrap().past.shown.1.len() == 1);
    let row = window.labels().into_iter().find(|label| label.starts_with("createUser, answered, ")).unwrap();
    window.click(&row);
    window.wait_for_label("Make a case…");
    window.click("Make a case…");
    window.wait_for_label("Name of the case");
    window.press(Modifiers::NONE, Key::Escape);
    window.click("Delete");
    window.wait("it is gone", |harness| harness.state().state().session.as_ref().unwrap().past.entries.len() == 1);
    window.click("Delete history…");
    window.click_in_front("Delete all");
    window.wait_for_label("No invocations yet");
    window.replace_text("Filter history", "");
    let folder = window.bundle().join(".workbench/history");
    window.wait("the files are gone", move |_| {
        !fs::read_dir(&folder).unwrap().flatten().any(|file| file.path().extension().is_some_and(|e| e == "call"))
    });
}

#[test]
fn nothing_is_kept_when_the_history_is_off() {
    let mut window = Window::on_sample();
    window.click("History");
    window.wait_for_label("No invocations yet");
    window.click("Keep invocations in the history");
    window.wait_for_label("Nothing is kept");
    window.click("Function");
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait_for_label("Answered");
    window.harness.run_steps(5);
    assert!(!window.bundle().join(".workbench/history").exists());
}

/// The names of the listed invocations.
fn rows(window: &Window) -> Vec<String> {
    let is_row =
        |label: &String| [", answered, ", ", application error, ", ", fault, "].iter().any(|part| label.contains(part));
    window.labels().into_iter().filter(is_row).collect()
}

#[test]
fn requests_sensors_and_cases_are_kept_with_what_asked_for_them() {
    let mut window = Window::on_sample();
    window.click("Endpoint checkPassword");
    window.wait_for_label("Saved inputs");
    window.press(Modifiers::COMMAND, Key::T);
    window.wait("cases are kept", |harness| !harness.state().state().session.as_ref().unwrap().past.entries.is_empty());
    window.click("Requests");
    window.click("Endpoint to ask");
    window.wait_for_label("Pick endpoint createUser");
    window.click("Pick endpoint createUser");
    window.wait_for_part("Filled in: ");
    let before = entries(&window);
    window.click("Send request");
    window.wait("the request is kept", move |harness| {
        harness.state().state().session.as_ref().unwrap().past.entries.len() > before
    });
    window.click("Sensors");
    window.wait("a payload", |harness| {
        let simulation = &harness.state().state().session.as_ref().unwrap().simulation;
        simulation.payloads.get("userCreated").is_some_and(|payload| payload.field.text().contains('@'))
    });
    let before = entries(&window);
    window.click("Fire sensor");
    window.wait("the sensor's calls are kept", move |harness| {
        harness.state().state().session.as_ref().unwrap().past.entries.len() > before
    });
    let mut window = window.crash_and_open_again();
    window.wait_for_label("Service user-service");
    window.click("History");
    window.wait_for_part(", request POST /api/v1/users");
    assert!(window.has_part(", sensor userCreated") && window.has_part(", case "), "{:?}", rows(&window));
    window.type_into("Filter history", "request post");
    window.wait("one is listed", |harness| harness.state().state().session.as_ref().unwrap().past.shown.1.len() == 1);
    assert!(rows(&window)[0].contains("request POST"), "{:?}", rows(&window));
}

#[test]
fn what_depends_on_time_and_random_numbers_is_replayed_exactly() {
    let mut window = crate::determinism::on_dice();
    window.press(Modifiers::COMMAND, Key::Enter);
    window.wait("it is kept", |harness| harness.state().state().session.as_ref().unwrap().past.entries.len() == 1);
    window.click("History");
    let row = rows(&window).remove(0);
    window.click(&row);
    window.wait_for_label("Replay exactly");
    window.click("Replay");
    window.wait_for_part("now different");
    window.click("Replay exactly");
    window.wait_for_part("With the same time and random numbers");
    // A recording that somebody spoilt is refused, and said so.
    let folder = window.bundle().join(".workbench/history");
    let file = fs::read_dir(&folder).unwrap().flatten().find(|file| file.path().extension().is_some()).unwrap().path();
    let entry = fs::read_to_string(&file).unwrap();
    let at = entry.find("{\"random\":\"").unwrap() + "{\"random\":\"".len();
    fs::write(&file, format!("{}zz{}", &entry[..at], &entry[at + 2..])).unwrap();
    window.click("Replay exactly");
    window.wait_for_part("now impossible");
}

#[test]
fn what_was_made_to_fail_says_so_and_fails_again_in_a_replay() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    window.press(Modifiers::COMMAND, Key::K);
    window.type_into("Command palette", "run out of time");
    window.press(Modifiers::NONE, Key::Enter);
    window.wait("it is kept", |harness| harness.state().state().session.as_ref().unwrap().past.entries.len() == 1);
    window.click("History");
    window.wait_for_part("made to fail: out of time");
    window.click("Replay all");
    window.wait_for_part("now the same");
}

#[test]
fn ten_thousand_entries_stay_smooth() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    run(&mut window, r#"{"email": "ada@example.com", "name": "Ada"}"#);
    let folder = window.bundle().join(".workbench/history");
    let file = fs::read_dir(&folder).unwrap().flatten().find(|file| file.path().extension().is_some()).unwrap().path();
    let bytes = fs::read(&file).unwrap();
    for number in 0..9_999 {
        fs::write(folder.join(format!("{number:014}-00000001-{number:08x}.call")), &bytes).unwrap();
    }
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::H);
    window.wait("all are listed", |harness| {
        harness.state().state().session.as_ref().unwrap().past.shown.1.len() == 10_000
    });
    let mut frames = [Vec::new(), Vec::new()];
    for step in 0..80 {
        // First it is scrolled, then typed into the filter.
        if step >= 40 && step % 4 == 0 {
            let letters = ["a", "d", "a", "@", "e", "x", "a", "m", "p", "l"];
            if step == 40 {
                window.type_into("Filter history", letters[0]);
            }
            window.harness.event(egui::Event::Text(letters[(step - 40) / 4].to_owned()));
        }
        window.harness.event(egui::Event::PointerMoved(egui::pos2(1250.0, 500.0)));
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -900.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        let begun = Instant::now();
        window.harness.step();
        frames[usize::from(step >= 40)].push(begun.elapsed());
    }
    for (what, mut frames) in ["scrolling", "filtering"].into_iter().zip(frames) {
        frames.sort();
        let (median, worst) = (frames[frames.len() / 2], frames[frames.len() - 1]);
        println!("{what} 10,000 entries: median {median:?}, worst {worst:?}");
        assert!(median < Duration::from_millis(60) && worst < Duration::from_millis(500), "{what}: {frames:?}");
    }
}
