//! One function's measurement: its chart, its figures, and under which conditions they came about.

use egui::{Button, ComboBox, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::{Metric, Target, printable};
use crate::measure::{Instances, Model, origin_of};
use crate::workbench::callable::FunctionKey;
use crate::workbench::command::{Command, Commands};
use crate::workbench::state::{Measured, Session};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

const CHART_HEIGHT: f32 = 230.0;

/// Draws the measurement that is shown.
pub fn show(ui: &mut Ui, session: &mut Session, commands: &mut Commands) {
    if session.goals.measured.is_empty() {
        widgets::empty(ui, "Nothing measured yet", "A chart of every invocation is shown here");
        return;
    }
    let Some(key) = session.goals.shown.clone() else { return };
    ui.add_space(space::M);
    picker(ui, session, &key, commands);
    let target = session.goals.measured.get(&key).and_then(|measured| latency_target(session, measured));
    let Some(measured) = session.goals.measured.get_mut(&key) else { return };
    figures(ui, measured);
    ui.add_space(space::XS);
    ui.scope(|ui| {
        // The last number of the axis stands half outside of the chart.
        ui.set_max_width(ui.available_width() - space::L);
        measured.chart.show(ui, target.as_ref(), CHART_HEIGHT);
    });
    conditions(ui, measured);
    failures(ui, measured);
}

/// Which of the measured functions is shown.
fn picker(ui: &mut Ui, session: &Session, shown: &FunctionKey, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        widgets::heading(ui, "Latency");
        let label = RichText::new(text::one_line(&shown.function)).family(theme::semibold());
        let combo = ComboBox::from_id_salt("measured").selected_text(label).width(ui.available_width()).truncate();
        let response = combo.show_ui(ui, |ui| {
            for (key, measured) in &session.goals.measured {
                let name = text::one_line(&key.function);
                let p95 = format!("p95 {}", text::duration(measured.measurement.percentile(95.0)));
                let button = Button::selectable(key == shown, name.as_str())
                    .shortcut_text(RichText::new(p95).size(size::SMALL).color(tokens.muted));
                let response = ui.add(button).accessible_name(format!("Measurement of {name}"));
                if response.on_hover_text(text::one_line(&key.reference())).clicked() {
                    commands.push(Command::ShowMeasurement(key.clone()));
                }
            }
        });
        response.response.accessible_name("Measured function");
    });
}

/// The target of the service's first latency goal: the line in the chart.
fn latency_target(session: &Session, measured: &Measured) -> Option<Target> {
    let service = session.bundle()?.service(&measured.run.service)?;
    service
        .goals
        .iter()
        .filter(|goal| goal.metric.as_ref().is_some_and(|metric| metric.value == Metric::Latency))
        .find_map(|goal| goal.target.as_ref())
        .map(|target| target.value)
}

fn figures(ui: &mut Ui, measured: &Measured) {
    let tokens = theme::of(ui);
    let measurement = &measured.measurement;
    let percentile = |percent| text::duration(measurement.percentile(percent));
    let rate = measurement.error_rate();
    let rate_color = if rate > 0.0 { tokens.bad } else { tokens.text };
    let figures = [
        ("p50", percentile(50.0), tokens.text),
        ("p95", percentile(95.0), tokens.text),
        ("p99", percentile(99.0), tokens.text),
        ("max", text::duration(measurement.longest()), tokens.text),
        ("Error rate", text::percent(rate), rate_color),
        ("Peak memory", measurement.peak_memory.map_or_else(|| "–".to_owned(), text::bytes), tokens.text),
    ];
    widgets::figures(ui, 3, &figures);
}

fn conditions(ui: &mut Ui, measured: &Measured) {
    let measurement = &measured.measurement;
    let count = text::count(measurement.samples.len(), "invocation");
    let rate = text::grouped(measurement.throughput().round() as usize);
    let cut = if measurement.cancelled { ", cancelled before the end" } else { "" };
    let instances = match measurement.plan.instances {
        Instances::Fresh => "each in a fresh instance",
        Instances::Kept => "all in one kept instance",
    };
    let model = match measurement.plan.model {
        Model::Closed { workers: 1 } => "one after the other".to_owned(),
        Model::Closed { workers } => format!("by {workers} workers"),
        Model::Open { rate, .. } => format!("arriving {rate} times a second"),
    };
    widgets::remark(ui, format!("{count} {model}, {instances}, {rate} a second{cut}"));
    let overhead = match measurement.overhead {
        Some(overhead) => {
            format!("A function that does nothing takes {} by the same means", text::duration(overhead.median))
        }
        None => "The cost of a function that does nothing could not be measured".to_owned(),
    };
    widgets::remark(ui, overhead);
    let inputs = &measured.run.inputs;
    let response = widgets::remark(ui, format!("Input: {}", text::one_line(&origin_of(inputs))));
    let shown = inputs.iter().map(|input| input.json.as_str()).collect::<Vec<_>>().join("\n");
    let shown: String = shown.chars().take(2000).collect();
    response.on_hover_text(RichText::new(printable(&shown)).monospace());
}

fn failures(ui: &mut Ui, measured: &Measured) {
    let tokens = theme::of(ui);
    for failure in &measured.measurement.failures {
        widgets::banner(ui, ICON_WARNING, tokens.warn, |ui| {
            ui.add(egui::Label::new(printable(&failure.message).into_owned()).wrap());
            let count = RichText::new(text::count(failure.count as usize, "time")).size(size::SMALL);
            ui.label(count.color(tokens.muted));
        });
    }
}
