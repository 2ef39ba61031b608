//! Measuring goals: the load, the charts, the page of goals.

use egui::{Key, Modifiers};

use crate::support::Window;

/// A window in which all goals of a small bundle are measured.
fn measured() -> Window {
    let mut window = Window::on_sample();
    window.click("Goals");
    window.click("Measure all goals");
    window.wait_for_label("Measured function");
    window.wait("all is measured", |harness| harness.state().state().activities.is_empty());
    window
}

#[test]
fn all_goals_are_seen_at_a_glance_on_a_page_of_their_own() {
    let mut window = measured();
    window.click("Show goal charts");
    assert!(window.has("Close goals"), "{:?}", window.labels());
    let met = window.labels().iter().filter(|label| label.starts_with("Goal responseTime: ")).count();
    assert!(met >= 2, "a card for each service: {:?}", window.labels());
    assert!(window.has_part("p95 latency "));
    window.click("Widen");
    assert!(!window.has("Filter explorer"), "the page has the whole window");
    window.click("Narrow");
    assert!(window.has("Filter explorer"));
}

#[test]
fn the_charts_are_switched_by_their_tabs_and_from_the_palette() {
    let mut window = measured();
    assert!(window.has_part("Latency of 120 invocations"));
    window.click("Percentiles");
    assert!(window.has_part("Percentiles of 120 latencies"));
    window.click("Histogram");
    assert!(window.has_part("Distribution of 120 latencies"));
    window.press(Modifiers::COMMAND, Key::K);
    window.type_into("Command palette", "show throughput chart");
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.has_part("Throughput of 120 invocations"), "{:?}", window.labels());
}

#[test]
fn the_percentile_that_goals_are_judged_by_is_chosen() {
    let mut window = measured();
    assert!(window.has_part("p95 latency "));
    window.click_part("Load: ");
    window.click("Percentile that latency is judged by");
    window.click("Judge by p50");
    assert!(window.has_part("p50 latency ") && !window.has_part("p95 latency "), "{:?}", window.labels());
    window.click("Percentile that latency is judged by");
    window.click("Judge by p99.9");
    assert!(window.has_part("120 calls are too few; measure at least"), "{:?}", window.labels());
}

#[test]
fn a_goal_with_a_percentile_of_its_own_is_drawn_and_judged_by_it() {
    let mut window = Window::on_sample();
    let settings = "goals: {user-service: {responseTime: {percentile: 75}}}";
    std::fs::write(window.bundle().join(".workbench/settings.yaml"), settings).unwrap();
    window.click("Goals");
    window.click("Measure this function");
    window.wait_for_part("p75 latency ");
    window.wait_for_part("target < 50.0 ms met by p75");
    window.click_part("Load: ");
    window.click("Percentile that latency is judged by");
    window.click("Judge by p50");
    assert!(window.has_part("met by p75"), "what is chosen for all leaves it alone: {:?}", window.labels());
}

#[test]
fn calls_arrive_at_a_rate_in_the_open_model() {
    let mut window = Window::on_sample();
    window.click("Goals");
    window.click_part("Load: ");
    window.click("Load model: Open");
    window.click("Arrivals: Poisson");
    assert!(window.has_part("Load: 120 calls, open, Poisson 100/s, up to 1 worker, cold"), "{:?}", window.labels());
    window.click("Instances: Warm");
    window.click("Measure this function");
    window.wait_for_part("Measuring ");
    window.wait_for_part("under a load of 120 calls, open, Poisson 100/s, up to 1 worker, warm");
    assert!(window.has_part("began late because all workers were busy"));
}

#[test]
fn a_measurement_is_watched_while_it_runs_and_cancelled() {
    let mut window = Window::on_sample();
    window.click("Goals");
    window.click_part("Load: ");
    window.click("Length: Duration");
    window.click("Measure this function");
    window.wait_for_part("Latency of ");
    assert!(window.has_part("Measuring createUser"), "{:?}", window.labels());
    window.click("Cancel measurement");
    window.wait_for_part("cancelled before the end");
    assert!(window.has("Measured function"), "what was measured until then is shown");
}

#[test]
fn saved_inputs_are_left_out_of_a_measurement() {
    let mut window = Window::on_sample();
    window.click("Endpoint createUser");
    window.wait_for_label("Saved inputs");
    window.click("Goals");
    window.click_part("Load: ");
    window.click_part("Inputs of createUser: ");
    let inputs = window.labels().into_iter().find(|label| label.starts_with("Inputs of createUser: ")).unwrap();
    let name = window.cases_of_picked().into_iter().next().unwrap();
    window.click(&name);
    assert!(!window.has(&inputs), "one less is used");
}

#[test]
fn the_data_behind_a_chart_is_saved_as_a_table_of_every_sample() {
    let mut window = measured();
    let file = window.folder.path().join("calls.csv");
    window.click("Save data as CSV…");
    window.replace_text("Path of the file", &file.display().to_string());
    window.click("Save file");
    window.wait_for_part("Saved, ");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("at_ns,waited_ns,latency_ns,answered,input\r\n"), "{text}");
    assert_eq!(text.lines().count(), 121);
    window.click("Done");
    assert!(!window.has("Path of the file"));
}

#[test]
fn a_table_that_cannot_be_written_says_why() {
    let mut window = measured();
    window.click("Save data as CSV…");
    window.replace_text("Path of the file", "/nowhere/to/be/found.csv");
    window.click("Save file");
    window.wait_for_part("/nowhere/to/be/found.csv cannot be written");
}

#[test]
fn a_chart_is_saved_as_the_picture_that_is_seen() {
    let mut window = measured();
    window.click("Percentiles");
    window.click("Save chart as PNG…");
    let waited = std::time::Instant::now();
    while !window.has("Path of the file") && waited.elapsed().as_secs() < 20 {
        window.harness.step();
    }
    // Without a wgpu adapter nothing can be drawn, so nothing can be saved.
    if !window.has("Path of the file") {
        assert!(std::env::var_os("PRIOSTACK_PICTURES_REQUIRED").is_none(), "{:?}", window.labels());
        return;
    }
    let file = window.folder.path().join("chart.png");
    window.replace_text("Path of the file", &file.display().to_string());
    window.click("Save file");
    window.wait_for_part("Saved, ");
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&file).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert!(info.width > 300 && info.height > 200, "{info:?}");
    let colours: std::collections::BTreeSet<&[u8]> = pixels.chunks(4).collect();
    assert!(colours.len() > 20, "a picture of one colour shows no chart");
}

#[test]
fn a_run_is_kept_named_and_made_the_baseline_that_the_next_one_is_compared_with() {
    let mut window = Window::on_sample_sized(egui::vec2(1440.0, 1700.0), r#"{"invocations": 120}"#);
    window.click("Endpoint createUser");
    window.click("Goals");
    window.click("Measure this function");
    window.wait_for_label("Name Run 1");
    window.click("Name Run 1");
    window.type_into("Name of the run", "before");
    window.press(Modifiers::NONE, Key::Enter);
    window.wait_for_label("Make baseline of before");
    window.click("Make baseline of before");
    window.wait_for_label("No longer baseline: before");
    window.click("Measure this function");
    window.wait_for_label("Delete Run 2");
    assert!(window.has("Compared with before"), "{:?}", window.labels());
    let verdicts = ["slower", "faster", "no significant difference"];
    assert!(verdicts.iter().any(|verdict| window.has(verdict)), "{:?}", window.labels());
    assert!(window.has("99 % interval") && window.has("p95"));
    window.click("Percentiles");
    assert!(window.has_part(", beside before"), "the baseline is drawn too: {:?}", window.labels());
    window.click("Delete Run 2");
    window.wait("the run is gone", |harness| {
        harness.state().state().session.as_ref().is_some_and(|session| session.goals.runs.len() == 1)
    });
    assert!(window.bundle().join(".workbench/runs/00000001.run").is_file());
}
