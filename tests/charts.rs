//! The charts as a user meets them, and pictures of them in both themes.
//!
//! Pictures are left out, with a message, where there is no wgpu adapter (in software: lavapipe).

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod made_up;
mod pictures;

use egui::{Theme, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use priostack_workbench::bundle::Target;
use priostack_workbench::measure::Measurement;
use priostack_workbench::workbench::charts::{Aims, Baseline, ChartKind, Charts, Extent};
use priostack_workbench::workbench::theme;

use made_up::measurement;

fn target(text: &str) -> Option<Target> {
    Some(Target::parse(text).unwrap())
}

/// One chart in a panel.
struct View {
    charts: Charts,
    kind: ChartKind,
    aims: Aims,
}

impl View {
    fn new(measurement: &Measurement, kind: ChartKind, latency: Option<Target>) -> Self {
        Self { charts: Charts::new(measurement), kind, aims: Aims::latency(latency) }
    }
}

fn harness(view: View, theme: Theme) -> Harness<'static, View> {
    Harness::builder()
        .with_size(vec2(700.0, 330.0))
        .with_theme(theme)
        .with_max_steps(40)
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, view: &mut View| {
                egui::Frame::new().fill(theme::of(ui).surface).show(ui, |ui| {
                    view.charts.show(ui, view.kind, &view.aims, 310.0);
                });
            },
            view,
        )
}

/// The accessible summary that holds `part`.
fn summary(harness: &Harness<'_, View>, part: &str) -> String {
    let is_chart = |node: &egui_kittest::Node<'_>| node.accesskit_node().role() == egui::accesskit::Role::Image;
    let chart = harness.query_all_by_label_contains(part).find(is_chart);
    chart.unwrap_or_else(|| panic!("no chart says {part:?}")).accesskit_node().label().unwrap()
}

#[test]
fn every_chart_says_in_words_what_it_shows() {
    let measurement = measurement(10_000, 12_000.0);
    for (kind, beginning) in [
        (ChartKind::Latency, "Latency of 10,000 invocations"),
        (ChartKind::Histogram, "Distribution of 10,000 latencies"),
        (ChartKind::Percentiles, "Percentiles of 10,000 latencies"),
        (ChartKind::Rates, "Throughput of 10,000 invocations"),
    ] {
        let mut harness = harness(View::new(&measurement, kind, target("< 50ms")), Theme::Dark);
        harness.run();
        let label = summary(&harness, beginning);
        let percentiles = label.contains("p50 1") && label.contains("p95 1") && label.contains("target < 50.0 ms");
        assert!(percentiles || label.ends_with("5 failed"), "{label}");
    }
}

#[test]
fn the_latency_chart_tells_what_is_within_the_target_from_what_is_not() {
    let mut view = View::new(&measurement(10_000, 12_000.0), ChartKind::Latency, target("< 50ms"));
    let mut shown = harness(view, Theme::Dark);
    shown.run();
    shown.get_by_label("9,995 within target");
    assert!(summary(&shown, "Latency of").ends_with("target < 50.0 ms met by p95"));
    view = View::new(&measurement(10_000, 12_000.0), ChartKind::Latency, target("< 1us"));
    shown = harness(view, Theme::Dark);
    shown.run();
    shown.get_by_label("9,995 beyond target");
    assert!(summary(&shown, "Latency of").ends_with("target < 1.00 µs missed by p95"));
}

#[test]
fn the_chosen_percentile_is_what_the_target_is_held_against() {
    let mut view = View::new(&measurement(10_000, 12_000.0), ChartKind::Latency, target("< 17us"));
    view.aims.percentile = 50.0;
    let mut shown = harness(view, Theme::Dark);
    shown.run();
    assert!(summary(&shown, "Latency of").ends_with("met by p50"), "{}", summary(&shown, "Latency of"));
    shown.state_mut().aims.percentile = 99.9;
    shown.run();
    let label = summary(&shown, "Latency of");
    assert!(label.contains("p99.9 ") && label.ends_with("missed by p99.9"), "{label}");
}

#[test]
fn a_measurement_without_samples_is_said_to_be_empty() {
    for kind in ChartKind::ALL {
        let mut harness = harness(View::new(&measurement(0, 1.0), kind, None), Theme::Dark);
        harness.run();
        harness.get_by_label("No invocation was measured");
    }
}

#[test]
fn one_sample_and_equal_samples_are_drawn() {
    for (count, kind) in [1, 2].into_iter().flat_map(|count| ChartKind::ALL.map(|kind| (count, kind))) {
        let mut harness = harness(View::new(&measurement(count, 0.0), kind, target("< 1ns")), Theme::Dark);
        harness.run();
        let label = summary(&harness, &format!("{count} "));
        assert!(label.contains("p50 1 ns") || label.contains("p50 0 ns") || label.starts_with("Throughput"), "{label}");
    }
}

#[test]
fn a_run_that_goes_on_is_drawn_as_it_grows_and_ends_as_if_it_had_been_there_at_once() {
    for kind in ChartKind::ALL {
        let samples = made_up::samples(30_000, 12_000.0);
        let charts = Charts::live(Extent::Calls(30_000)).unwrap();
        let mut live = harness(View { charts, kind, aims: Aims::latency(target("< 50ms")) }, Theme::Dark);
        live.run();
        live.get_by_label("Waiting for the first call");
        for part in samples.chunks(1_700) {
            live.state_mut().charts.append(part);
            live.step();
        }
        live.run();
        let mut whole = harness(View::new(&measurement(30_000, 12_000.0), kind, target("< 50ms")), Theme::Dark);
        whole.run();
        assert_eq!(summary(&live, "30,000 "), summary(&whole, "30,000 "));
    }
}

#[test]
fn a_baseline_is_named_beside_the_run() {
    let before = measurement(5_000, 9_000.0);
    for kind in [ChartKind::Histogram, ChartKind::Percentiles] {
        let mut view = View::new(&measurement(10_000, 12_000.0), kind, None);
        view.charts.compare_with(Some(Baseline { name: "before".into(), histogram: before.histogram.clone() }));
        let mut harness = harness(view, Theme::Dark);
        harness.run();
        assert!(harness.query_all_by_label_contains("before").next().is_some());
    }
}

#[test]
fn zooming_offers_the_way_back_and_it_leads_there() {
    for kind in ChartKind::ALL {
        let mut harness = harness(View::new(&measurement(10_000, 12_000.0), kind, None), Theme::Dark);
        harness.run();
        assert!(harness.query_by_label("Reset view").is_none());
        harness.hover_at(egui::pos2(300.0, 150.0));
        harness.event(egui::Event::Zoom(2.0));
        harness.run();
        harness.get_by_label("Reset view").click();
        harness.run();
        assert!(harness.query_by_label("Reset view").is_none(), "{kind:?}");
    }
}

fn picture(theme: Theme, name: &str, view: View, hover: Option<egui::Pos2>) {
    let mut harness = harness(view, theme);
    harness.run();
    if let Some(hover) = hover {
        harness.hover_at(hover);
    }
    harness.run();
    pictures::compare(&mut harness, name, 400);
}

#[test]
fn latency_with_a_target_far_above_in_dark() {
    let view = View::new(&measurement(10_000, 12_000.0), ChartKind::Latency, target("< 50ms"));
    picture(Theme::Dark, "charts_latency_dark", view, Some(egui::pos2(300.0, 200.0)));
}

#[test]
fn latency_of_many_calls_with_a_target_missed_in_light() {
    let view = View::new(&measurement(60_000, 1.3e6), ChartKind::Latency, target("< 1.7ms"));
    picture(Theme::Light, "charts_density_light", view, None);
}

#[test]
fn histogram_beside_a_baseline_in_light() {
    let mut view = View::new(&measurement(3_000, 1.3e6), ChartKind::Histogram, target("< 1.7ms"));
    let before = measurement(5_000, 1.0e6).histogram;
    view.charts.compare_with(Some(Baseline { name: "Baseline of Monday".into(), histogram: before }));
    picture(Theme::Light, "charts_histogram_light", view, Some(egui::pos2(300.0, 180.0)));
}

#[test]
fn percentiles_beside_a_baseline_in_dark() {
    let mut view = View::new(&measurement(20_000, 12_000.0), ChartKind::Percentiles, target("< 20us"));
    let before = measurement(5_000, 10_000.0).histogram;
    view.charts.compare_with(Some(Baseline { name: "Baseline of Monday".into(), histogram: before }));
    picture(Theme::Dark, "charts_percentiles_dark", view, Some(egui::pos2(430.0, 180.0)));
}

#[test]
fn throughput_and_errors_in_dark() {
    let mut view = View::new(&measurement(20_000, 12_000.0), ChartKind::Rates, None);
    view.aims.throughput = target("> 60000/s");
    view.aims.errors = target("< 0.5%");
    picture(Theme::Dark, "charts_throughput_dark", view, Some(egui::pos2(330.0, 150.0)));
}
