//! Sensors: firing one by hand and by a schedule, the virtual clock, and the trace of what followed.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

use crate::support::Window;

const START: &str = "2026-03-01T09:00:00Z";

/// The Sensors panel of the sample, with `userCreated` picked, its saved payload read, and the clock set.
fn on_sensors() -> Window {
    let mut window = Window::on_sample();
    window.click("Sensors");
    window.wait_for_label("Intent validateUser in YAML");
    window.wait("a payload", |harness| {
        let simulation = &harness.state().state().session.as_ref().unwrap().simulation;
        simulation.payloads.get("userCreated").is_some_and(|payload| payload.field.text().contains("@"))
    });
    window.replace_text("Virtual date", START);
    window.click("Set virtual clock");
    assert!(window.has("2026-03-01T09:00:00.000Z"), "{:?}", window.labels());
    window
}

fn wait_for_rows(window: &mut Window, count: usize) {
    window
        .wait("the trace", |harness| harness.state().state().session.as_ref().unwrap().simulation.rows.len() == count);
    window.wait("the job ends", |harness| harness.state().state().activities.is_empty());
}

#[test]
fn a_fired_sensor_shows_the_chain_and_what_each_function_answered() {
    let mut window = on_sensors();
    assert!(window.has("Nothing has happened yet"));
    window.click("Fire sensor");
    wait_for_rows(&mut window, 6);
    for row in ["userCreated, 09:00:00.000", "userValidated, 09:00:00.000"] {
        assert!(window.has(row), "{row}: {:?}", window.labels());
    }
    assert!(window.has_part("validateUser, ") && window.has_part("welcomeUser, "));
    let attempt = window.labels().into_iter().find(|label| label.starts_with("Attempt 1: The sensor fired")).unwrap();
    window.click(&attempt);
    assert!(window.has("Input") && window.has("Output"));
    assert!(window.shows("\"valid\": true"), "{:?}", window.labels());
    window.click("Timeline");
    assert!(window.has("Timeline of 2 executions"));
    window.click("Clear trace");
    assert!(window.has("Nothing has happened yet"));
}

#[test]
fn a_schedule_runs_as_the_clock_is_stepped_and_meets_the_cooldown() {
    let mut window = on_sensors();
    window.replace_text("Time between firings", "200ms");
    window.click("Schedule sensor");
    window.wait_for_part("1 sensor to fire, next userCreated");
    window.replace_text("Step of the clock", "250ms");
    window.click("Step virtual clock");
    wait_for_rows(&mut window, 8);
    assert!(window.has("2026-03-01T09:00:00.250Z"));
    assert!(window.has("validateUser, cools down until 09:00:00.500"), "{:?}", window.labels());
    window.click("Run until idle");
    window.wait_for_label("Nothing waits to fire");
    assert!(window.has("2026-03-01T09:00:00.800Z"));
}

#[test]
fn a_clock_that_runs_by_itself_lets_what_is_due_happen_until_it_is_paused() {
    let mut window = on_sensors();
    window.replace_text("First firing in", "2s");
    window.click("Schedule sensor");
    window.wait_for_part("1 sensor to fire, next userCreated");
    window.harness.run_steps(20);
    assert!(window.has("2026-03-01T09:00:00.000Z"), "it stands still at first");
    window.click("Run or pause virtual clock");
    window.wait("the sensor fires", |harness| {
        harness.state().state().session.as_ref().unwrap().simulation.rows.len() >= 6
    });
    window.click("Run or pause virtual clock");
    window.wait_for_label("Paused");
    window.wait("the job ends", |harness| harness.state().state().activities.is_empty());
    let now = |window: &Window| {
        let simulation = &window.harness.state().state().session.as_ref().unwrap().simulation;
        simulation.simulator.as_ref().unwrap().now()
    };
    let paused = now(&window);
    assert!(window.has("userCreated, 1 of 5, 09:00:02.000"), "{:?}", window.labels());
    std::thread::sleep(std::time::Duration::from_millis(250));
    window.harness.run_steps(3);
    assert_eq!(now(&window), paused);
}

#[test]
fn what_is_held_expires_when_the_clock_is_set_too_far() {
    let mut window = on_sensors();
    window.click("Hold");
    window.click("Fire sensor");
    window.wait_for_part("1 sensor to fire");
    window.replace_text("Virtual date", "2026-03-01T10:00:01Z");
    window.click("Set virtual clock");
    window.click("Run until idle");
    wait_for_rows(&mut window, 2);
    assert!(window.has_part("validateUser, expired: waited "), "{:?}", window.labels());
}

#[test]
fn a_payload_that_is_no_json_and_a_date_that_is_none_cannot_be_used() {
    let mut window = on_sensors();
    let is_disabled = |window: &Window, name: &str| {
        window.harness.query_all_by_label(name).next().unwrap().accesskit_node().is_disabled()
    };
    assert!(!is_disabled(&window, "Fire sensor"));
    window.replace_text("Payload (JSON)", "{");
    assert!(is_disabled(&window, "Fire sensor"));
    window.replace_text("Virtual date", "soon");
    assert!(is_disabled(&window, "Set virtual clock"));
    assert!(is_disabled(&window, "Run until idle"));
    window.replace_text("Step of the clock", "5 parsecs");
    assert!(is_disabled(&window, "Step virtual clock"));
}

#[test]
fn the_palette_fires_too_and_an_intent_leads_to_its_yaml() {
    let mut window = on_sensors();
    window.press(Modifiers::COMMAND, Key::K);
    window.type_into("Command palette", "fire sensor");
    window.press(Modifiers::NONE, Key::Enter);
    wait_for_rows(&mut window, 6);
    window.click("Intent validateUser in YAML");
    window.wait_for_label("Editor of services/user-auth.yaml");
}

#[test]
fn a_running_simulation_can_be_cancelled() {
    let mut window = Window::on_files(&[
        ("bundle.yaml", "name: test\nservices:\n  - path: services/shop.yaml\n"),
        (
            "services/shop.yaml",
            "name: shop\nintents:\n  - name: hangs\n    whenSensor: poked\n    toFunc: wasm:shop:fail\n    retries: 9\n",
        ),
    ]);
    let endless = include_str!("../modules/wat/counter.wat").replace("(unreachable)", "(loop (br 0)) (unreachable)");
    std::fs::create_dir_all(window.bundle().join("wasm")).unwrap();
    std::fs::write(window.bundle().join("wasm/shop.wasm"), wat::parse_str(endless).unwrap()).unwrap();
    window.click("Reload from disk");
    window.wait_for_label("Function fail");
    window.click("Sensors");
    window.click("Fire sensor");
    window.click("Cancel simulation");
    wait_for_rows(&mut window, 3);
    assert!(window.has("hangs, stopped: Cancelled"), "{:?}", window.labels());
}

#[test]
fn a_bundle_without_intents_says_what_to_do() {
    let mut window = Window::on_files(&[
        ("bundle.yaml", "name: test\nservices:\n  - path: services/shop.yaml\n"),
        ("services/shop.yaml", "name: shop\n"),
    ]);
    window.wait_for_label("Service shop");
    window.click("Sensors");
    assert!(window.has("No intent waits for a sensor"));
}
