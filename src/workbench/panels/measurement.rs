//! One function's measurement: its charts, its figures, the verdicts, and under which conditions they came about;
//! or the same of a measurement that goes on.

mod verdicts;

use egui::{Button, ComboBox, Response, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::target::formatted;
use crate::bundle::{Dimension, Percentile, printable};
use crate::measure::run::Phase;
use crate::measure::{Measurement, Model, origin_of};
use crate::workbench::callable::FunctionKey;
use crate::workbench::charts::{Aims, ChartKind, Recording, latency_text, rate_text};
use crate::workbench::command::{Command, Commands, GoalCommand};
use crate::workbench::documents::Tab;
use crate::workbench::goals::{self, Live};
use crate::workbench::load;
use crate::workbench::state::{Measured, Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Room {
    /// None for charts: they are drawn elsewhere.
    None,
    /// That of the side panel.
    Little,
    /// That of a page this high.
    Much {
        /// The height of the page.
        height: f32,
    },
}

impl Room {
    fn chart_height(self) -> Option<f32> {
        match self {
            Self::None => None,
            Self::Little => Some(230.0),
            Self::Much { height } => Some((height - 240.0).clamp(260.0, 620.0)),
        }
    }
}

/// Draws the measurement that is shown, or the one that goes on.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands, room: Room) {
    let general = state.settings.judged_by.0;
    let Some(session) = &state.session else { return };
    let is_live = session.goals.live.is_some();
    if session.goals.measured.is_empty() && !is_live {
        let hint = "Measure all goals, or one function: charts of every invocation are shown here";
        widgets::empty(ui, "Nothing measured yet", hint);
        return;
    }
    ui.add_space(space::S);
    if session.goals.is_wanted && room != Room::None {
        ui.scroll_to_cursor(Some(egui::Align::TOP));
    }
    title(ui, state, commands, room);
    let recording = match (&session.goals.live, shown(session)) {
        (Some(live), _) => live.charts.recording(),
        (None, Some(measured)) => measured.charts.recording(),
        (None, None) => return,
    };
    let memory = shown(session).filter(|_| !is_live).and_then(|measured| measured.measurement.peak_memory);
    figures(ui, recording, aims(session, general).percentile, memory, room);
    if let Some(height) = room.chart_height() {
        ui.add_space(space::XS);
        toolbar(ui, state, commands);
        let plot = chart(ui, state, height);
        plot.into_iter().for_each(|plot| menu(&plot, state, commands));
    }
    let Some(session) = &state.session else { return };
    if let Some(measured) = shown(session).filter(|_| !is_live) {
        warnings(ui, &measured.measurement);
        verdicts::show(ui, session, measured);
        if let Some(compared) = &measured.compared {
            super::goals::comparison(ui, compared);
        }
        conditions(ui, measured);
        failures(ui, &measured.measurement);
    }
    if !is_live {
        super::goals::runs(ui, state, commands);
    }
}

/// The measurement that is shown.
fn shown(session: &Session) -> Option<&Measured> {
    session.goals.measured.get(session.goals.shown.as_ref()?)
}

/// What the run that is shown, or goes on, is held against.
fn aims(session: &Session, general: Percentile) -> Aims {
    let service = match (&session.goals.live, shown(session)) {
        (Some(live), _) => live.service.as_str(),
        (None, Some(measured)) => measured.run.service.as_str(),
        (None, None) => "",
    };
    goals::aims(session.bundle(), service, general)
}

/// What is shown, and what can be done with its chart.
fn title(ui: &mut Ui, state: &State, commands: &mut Commands, room: Room) {
    let Some(session) = &state.session else { return };
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if room != Room::None {
                for command in [GoalCommand::SavePicture, GoalCommand::SaveData] {
                    widgets::icon_button(ui, Command::Goals(command), state, commands);
                }
            }
            if session.documents.active() != Some(&Tab::Goals) {
                widgets::icon_button(ui, Command::Goals(GoalCommand::ShowPage), state, commands);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| match &session.goals.live {
                Some(live) => live_title(ui, live),
                None => picker(ui, session, commands),
            });
        });
    });
}

/// Which of the measured functions is shown.
fn picker(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let Some(shown) = &session.goals.shown else { return };
    {
        widgets::heading(ui, "Measurement");
        let label = RichText::new(name(shown)).family(theme::semibold());
        let width = ui.available_width().min(420.0);
        let combo = ComboBox::from_id_salt("measured").selected_text(label).width(width).truncate();
        let response = combo.show_ui(ui, |ui| {
            for (key, measured) in &session.goals.measured {
                let function = text::one_line(&key.function);
                let p95 = format!("p95 {}", text::duration(measured.measurement.percentile(95.0)));
                let button = Button::selectable(key == shown, name(key))
                    .shortcut_text(RichText::new(p95).size(size::SMALL).color(tokens.muted));
                let response = ui.add(button).accessible_name(format!("Measurement of {function}"));
                if response.on_hover_text(text::one_line(&key.reference())).clicked() {
                    commands.push(Command::ShowMeasurement(key.clone()));
                }
            }
        });
        response.response.accessible_name("Measured function");
    }
}

fn name(key: &FunctionKey) -> String {
    text::one_line(&key.function)
}

fn live_title(ui: &mut Ui, live: &Live) {
    let doing = match live.phase {
        Phase::Overhead => "measuring the cost of calling".to_owned(),
        Phase::WarmUp => "warming up".to_owned(),
        Phase::Counting => format!("{}, {:.0} %", text::duration(live.elapsed), live.share * 100.0),
    };
    widgets::heading(ui, &format!("Measuring {}", name(&live.key)));
    widgets::muted(ui, doing);
}

fn figures(ui: &mut Ui, recording: &Recording, statistic: f64, memory: Option<u64>, room: Room) {
    let tokens = theme::of(ui);
    let count = recording.count();
    let value = |percent: f64| if count == 0 { "–".to_owned() } else { latency_text(recording.percentile(percent)) };
    let failed = recording.failed() as f64 / count.max(1) as f64;
    let mut percents = vec![50.0, 95.0, 99.0];
    if !percents.contains(&statistic) {
        percents.push(statistic);
        percents.sort_by(f64::total_cmp);
    }
    let names: Vec<String> =
        percents.iter().filter_map(|percent| Some(Percentile::new(*percent).ok()?.to_string())).collect();
    let mut figures: Vec<(&str, String, egui::Color32)> = Vec::new();
    for (name, percent) in names.iter().zip(&percents) {
        figures.push((name, value(*percent), tokens.text));
    }
    let highest = if count == 0 { "–".to_owned() } else { latency_text(recording.highest()) };
    let failed_color = if failed > 0.0 { tokens.bad } else { tokens.text };
    let rate = recording.rate().map_or_else(|| "–".to_owned(), rate_text);
    figures.push(("max", highest, tokens.text));
    figures.push(("Error rate", formatted(failed, Dimension::Share), failed_color));
    figures.push(("Throughput", rate, tokens.text));
    figures.push(("Calls", text::grouped(count as usize), tokens.text));
    figures.push(("Peak memory", memory.map_or_else(|| "–".to_owned(), text::bytes), tokens.text));
    let columns = match room {
        Room::Much { .. } if ui.available_width() > 760.0 => figures.len(),
        _ if ui.available_width() < 300.0 => 2,
        _ => 4,
    };
    widgets::figures(ui, columns, &figures);
}

/// Which chart is shown, and what can be done with it.
fn toolbar(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for kind in ChartKind::ALL {
            let is_shown = session.goals.chart == kind;
            if widgets::tab(ui, is_shown, kind.name()).on_hover_text(kind.hint()).clicked() {
                commands.push(Command::Goals(GoalCommand::ShowChart(kind)));
            }
        }
    });
}

/// What can be done with a chart where the pointer is.
fn menu(plot: &Response, state: &State, commands: &mut Commands) {
    plot.context_menu(|ui| {
        for command in [GoalCommand::ResetChart, GoalCommand::SavePicture, GoalCommand::SaveData] {
            if widgets::command_button(ui, Command::Goals(command), state, commands).clicked() {
                ui.close();
            }
        }
        widgets::remark(ui, "Ctrl+wheel zooms, dragging pans, dragging with the right button zooms into a box");
    });
}

/// The chart itself; gives its plot.
fn chart(ui: &mut Ui, state: &mut State, height: f32) -> Option<Response> {
    let general = state.settings.judged_by.0;
    let session = state.session.as_mut()?;
    let kind = session.goals.chart;
    let aims = aims(session, general);
    let goals = &mut session.goals;
    let charts = match &mut goals.live {
        Some(live) => Some(&mut live.charts),
        None => goals.shown.as_ref().and_then(|key| goals.measured.get_mut(key)).map(|measured| &mut measured.charts),
    };
    goals.is_wanted = false;
    let charts = charts?;
    let shown = ui.scope(|ui| {
        // The last number of the axis stands half outside of the chart.
        ui.set_max_width(ui.available_width() - space::L);
        charts.show(ui, kind, &aims, height)
    });
    let area = shown.response.rect.expand2(egui::vec2(space::L, space::XS));
    goals.picture.take_if_wanted(ui, area);
    Some(shown.inner.plot)
}

/// What makes the result uncertain, and what to do.
fn warnings(ui: &mut Ui, measurement: &Measurement) {
    let tokens = theme::of(ui);
    for warning in &measurement.warnings {
        widgets::banner(ui, ICON_WARNING, tokens.warn, |ui| {
            ui.add(egui::Label::new(text::one_line(&warning.to_string())).wrap());
        });
    }
}

fn conditions(ui: &mut Ui, measured: &Measured) {
    let measurement = &measured.measurement;
    let cut = if measurement.cancelled { ", cancelled before the end" } else { "" };
    widgets::remark(ui, format!("Measured under a load of {}{cut}", load::summary(&measurement.plan)));
    if let Model::Open { .. } = measurement.plan.model {
        let late = text::count(measurement.late as usize, "arrival");
        let hint = "Latency counts from the intended arrival, so the wait of a late one is part of it";
        widgets::remark(ui, format!("{late} began late because all workers were busy")).on_hover_text(hint);
    }
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

fn failures(ui: &mut Ui, measurement: &Measurement) {
    let tokens = theme::of(ui);
    for failure in &measurement.failures {
        widgets::banner(ui, ICON_WARNING, tokens.warn, |ui| {
            ui.add(egui::Label::new(printable(&failure.message).into_owned()).wrap());
            let count = RichText::new(text::count(failure.count as usize, "time")).size(size::SMALL);
            ui.label(count.color(tokens.muted));
        });
    }
}
