//! The charts as a user meets them, and pictures of them in both themes.
//!
//! Pictures are left out, with a message, where there is no wgpu adapter (in software: lavapipe).

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod pictures;

use std::time::{Duration, Instant};

use egui::{Theme, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use priostack_workbench::bundle::Target;
use priostack_workbench::bundle::target::{Comparison, Dimension, Quantity};
use priostack_workbench::measure::{LoadPlan, Measurement, Sample};
use priostack_workbench::workbench::charts::{HistogramChart, LatencyChart};
use priostack_workbench::workbench::theme;

/// Latencies around `typical` nanoseconds with a slow wave, a tail, outliers and a few failures.
fn measurement(count: u32, typical: f64) -> Measurement {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % 1_000_000) as f64 / 1e6
    };
    let mut at = Duration::ZERO;
    let samples = (0..count)
        .map(|index| {
            let wave = (f64::from(index) / f64::from(count) * 9.0).sin() * 0.12;
            let noise = (random() + random() + random()) / 3.0 - 0.5;
            let tail = if random() < 0.02 { random() * 1.5 } else { 0.0 };
            let outlier = if random() < 0.0008 { 20.0 * random() } else { 0.0 };
            let nanos = (typical * (1.0 + wave + noise * 0.5 + tail + outlier)) as u64;
            let latency = Duration::from_nanos(nanos);
            let sample = Sample { at, waited: Duration::ZERO, latency, ok: index % 1700 != 1699, input: 0 };
            at += sample.latency;
            sample
        })
        .collect();
    Measurement::from_samples(LoadPlan::of(count), vec!["made up".into()], samples).unwrap()
}

fn below(seconds: f64) -> Target {
    Target::Compare(Comparison::Less, Quantity { value: seconds, dimension: Dimension::Time })
}

struct Charts {
    latency: LatencyChart,
    histogram: HistogramChart,
    target: Option<Target>,
}

impl Charts {
    fn new(measurement: &Measurement, target: Option<Target>) -> Self {
        Self { latency: LatencyChart::new(measurement), histogram: HistogramChart::new(measurement), target }
    }

    fn show(&mut self, ui: &mut egui::Ui, height: f32) {
        self.latency.show(ui, self.target.as_ref(), height);
        ui.add_space(8.0);
        self.histogram.show(ui, self.target.as_ref(), height);
    }
}

fn harness(charts: Charts, theme: Theme) -> Harness<'static, Charts> {
    Harness::builder()
        .with_size(vec2(700.0, 640.0))
        .with_theme(theme)
        .with_max_steps(20)
        .with_context_setup(theme::install)
        .build_ui_state(|ui, charts: &mut Charts| charts.show(ui, 290.0), charts)
}

#[test]
fn the_charts_say_in_words_what_they_show() {
    let mut harness = harness(Charts::new(&measurement(10_000, 12_000.0), Some(below(0.05))), Theme::Dark);
    harness.run();
    let label = harness.get_by_label_contains("Latency of 10,000 invocations").accesskit_node().label().unwrap();
    assert!(label.contains(", p50 1") && label.contains("p95 1") && label.contains("5 failed"), "{label}");
    assert!(label.ends_with("target < 50.0 ms met by p95"), "{label}");
    harness.get_by_label_contains("Distribution of 10,000 latencies");
    harness.get_by_label("9,995 within target");
}

#[test]
fn samples_beyond_the_target_are_counted() {
    let mut harness = harness(Charts::new(&measurement(10_000, 12_000.0), Some(below(1e-6))), Theme::Dark);
    harness.run();
    harness.get_by_label("9,995 beyond target");
    let label = harness.get_by_label_contains("Latency of").accesskit_node().label().unwrap();
    assert!(label.ends_with("target < 1.00 µs missed by p95"), "{label}");
}

#[test]
fn a_measurement_without_samples_is_said_to_be_empty() {
    let mut harness = harness(Charts::new(&measurement(0, 1.0), None), Theme::Dark);
    harness.run();
    assert_eq!(harness.query_all_by_label("No invocation was measured").count(), 2);
}

#[test]
fn one_sample_and_equal_samples_are_drawn() {
    for count in [1, 2] {
        let mut charts = Charts::new(&measurement(count, 0.0), Some(below(0.0)));
        charts.target = Some(below(1e-9));
        let mut harness = harness(charts, Theme::Dark);
        harness.run();
        harness.get_by_label("Percentiles").click();
        harness.get_by_label("Over time").click();
        harness.run();
        assert_eq!(harness.query_all_by_label_contains("p50 0 ns").count(), 2);
    }
}

/// Prints what a frame costs, as a number to watch; the bound only catches a blunder.
#[test]
fn a_million_samples_cost_little_once_they_are_drawn() {
    let mut harness = harness(Charts::new(&measurement(1_000_000, 12_000.0), Some(below(0.05))), Theme::Dark);
    harness.run();
    harness.get_by_label("Over time").click();
    let began = Instant::now();
    harness.step();
    println!("a frame with a new view of 1,000,000 samples: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    harness.run();
    let began = Instant::now();
    harness.run_steps(50);
    let frame = began.elapsed().as_secs_f64() * 1e3 / 50.0;
    println!("a still frame of 1,000,000 samples: {frame:.2} ms");
    assert!(frame < 200.0);
}

fn picture(theme: Theme, name: &str, charts: Charts, hover: egui::Pos2, curve: bool) {
    let mut harness = Harness::builder()
        .with_size(vec2(700.0, 640.0))
        .with_theme(theme)
        .with_max_steps(20)
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, charts: &mut Charts| {
                egui::Frame::new().fill(theme::of(ui).surface).show(ui, |ui| charts.show(ui, 300.0));
            },
            charts,
        );
    harness.run();
    if curve {
        harness.get_by_label("Percentiles").click();
        harness.get_by_label("Show all").click();
        harness.run();
    }
    harness.hover_at(hover);
    harness.run();
    pictures::compare(&mut harness, name, 400);
}

#[test]
fn a_target_far_above_in_dark() {
    let charts = Charts::new(&measurement(10_000, 12_000.0), Some(below(0.05)));
    picture(Theme::Dark, "charts_far_dark", charts, egui::pos2(300.0, 200.0), false);
}

#[test]
fn a_target_far_above_in_light() {
    let charts = Charts::new(&measurement(10_000, 12_000.0), Some(below(0.05)));
    picture(Theme::Light, "charts_far_light", charts, egui::pos2(300.0, 460.0), false);
}

#[test]
fn a_target_among_the_data_in_dark() {
    let charts = Charts::new(&measurement(3_000, 1.3e6), Some(below(0.0017)));
    picture(Theme::Dark, "charts_near_dark", charts, egui::pos2(20.0, 20.0), false);
}

#[test]
fn few_samples_in_light() {
    let mut charts = Charts::new(&measurement(120, 230.0), Some(below(200e-9)));
    charts.latency = LatencyChart::new(&measurement(120, 230.0));
    picture(Theme::Light, "charts_few_light", charts, egui::pos2(20.0, 20.0), false);
}

#[test]
fn everything_and_the_percentile_curve_in_dark() {
    let charts = Charts::new(&measurement(20_000, 12_000.0), Some(below(100e-6)));
    picture(Theme::Dark, "charts_curve_dark", charts, egui::pos2(600.0, 500.0), true);
}
