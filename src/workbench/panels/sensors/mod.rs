//! Firing sensors by hand or by a schedule, on a virtual clock. What came of it is in `trace` and `timeline`.

mod timeline;
mod trace;

use egui::accesskit::Role;
use egui::{Align, DragValue, Layout, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::bundle::FunctionRef;
use crate::platform::sensors::{Sensor, Trigger, date};
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::outline::Place;
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

use super::runner::validity;

/// Sensors and intents listed without scrolling.
const LIST_ROWS: f32 = 7.0;
const PAYLOAD_ROWS: usize = 5;
/// Width of a field for a time.
const TIME_FIELD: f32 = 64.0;
/// Width of a field for a date.
const DATE_FIELD: f32 = 190.0;

/// Draws the sensors.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    if session.simulation.sensors().is_empty() {
        let hint = "An intent names one as whenSensor: add one with New intent…";
        widgets::empty(ui, "No intent waits for a sensor", hint);
        ui.vertical_centered(|ui| widgets::command_button(ui, Command::NewIntent, state, commands));
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(session) = &state.session {
            list(ui, session, commands);
        }
        ui.add_space(space::XS);
        payload(ui, state, commands);
        schedule(ui, state, commands);
        ui.separator();
        clock(ui, state, commands);
        ui.separator();
        trace::show(ui, state, commands);
    });
}

fn list(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = LIST_ROWS * size::ROW;
    ScrollArea::vertical().id_salt("sensors").max_height(height).show(ui, |ui| {
        for sensor in session.simulation.sensors() {
            let is_picked = session.simulation.picked.as_ref() == Some(&sensor.name);
            sensor_row(ui, sensor, is_picked, commands);
            if is_picked {
                sensor.triggers.iter().for_each(|trigger| trigger_row(ui, trigger, commands));
            }
        }
    });
    ui.spacing_mut().item_spacing.y = space::S;
}

fn sensor_row(ui: &mut Ui, sensor: &Sensor, is_picked: bool, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let name = text::one_line(&sensor.name);
    let row = widgets::row(ui, size::ROW, is_picked, Role::Button, &format!("Sensor {name}"));
    let rect = row.rect.shrink2(Vec2::new(space::XS, 0.0));
    let icon = rect.with_max_x(rect.left() + size::ICON);
    widgets::paint_icon(ui, icon, ICON_SENSORS, if is_picked { tokens.accent } else { tokens.muted });
    let rest = rect.with_min_x(icon.right() + space::S);
    let (width, _) = widgets::paint_text(ui, rest, RichText::new(name), tokens.text);
    let services: Vec<String> = sensor.triggers.iter().map(|trigger| text::one_line(&trigger.service)).collect();
    let detail = format!("{}  {}", text::count(sensor.triggers.len(), "intent"), unique(services).join(", "));
    let detail_rect = rest.with_min_x(rest.left() + width + space::L);
    widgets::paint_text_right(ui, detail_rect, RichText::new(detail).size(size::SMALL), tokens.faint);
    if row.on_hover_text("Pick this sensor").clicked() {
        commands.push(Command::PickSensor(sensor.name.clone()));
    }
}

fn unique(mut names: Vec<String>) -> Vec<String> {
    names.dedup();
    names
}

fn trigger_row(ui: &mut Ui, trigger: &Trigger, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let name = text::one_line(&trigger.intent);
    let row = widgets::row(ui, size::ROW, false, Role::Button, &format!("Intent {name} in YAML"));
    let rect = row.rect.shrink2(Vec2::new(space::XS, 0.0));
    let left = rect.left() + size::ICON + space::S;
    let icon = rect.with_min_x(left).with_max_x(left + size::ICON);
    widgets::paint_icon(ui, icon, ICON_BOLT, tokens.warn);
    let rest = rect.with_min_x(icon.right() + space::S);
    let (width, _) = widgets::paint_text(ui, rest, RichText::new(name), tokens.text);
    let function = trigger.function.as_ref().map_or_else(|| "no function".to_owned(), reference);
    let detail = rest.with_min_x(rest.left() + width + space::L);
    widgets::paint_text_right(ui, detail, RichText::new(function).size(size::SMALL), tokens.faint);
    let hint = format!("{}\nClick to go to it in {}", rules(trigger), text::one_line(&trigger.file));
    if row.on_hover_text(hint).clicked() {
        commands.push(Command::Reveal(Place { file: trigger.file.clone(), span: Some(trigger.span) }));
    }
}

/// A function as a row has room for it.
fn reference(function: &FunctionRef) -> String {
    text::one_line(&match function {
        FunctionRef::Wasm { service, function } => format!("{service}:{function}"),
        FunctionRef::Platform { function } => format!("{function}, by the platform"),
    })
}

/// What the intent says of its executions.
fn rules(trigger: &Trigger) -> String {
    let time =
        |name: &str, value: Option<std::time::Duration>| value.map(|value| format!("{name} {}", text::duration(value)));
    let rules = [
        time("Cooldown", trigger.cooldown),
        (trigger.retries > 0).then(|| format!("Retries {}", trigger.retries)),
        time("Expected duration", trigger.expected),
        time("Expires in", trigger.expires_in),
    ];
    let rules: Vec<String> = rules.into_iter().flatten().collect();
    if rules.is_empty() { "No cooldown, retries or expiry".into() } else { rules.join("\n") }
}

fn payload(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    widgets::heading(ui, "Payload");
    if let Some(input) = state.session.as_mut().and_then(|session| session.simulation.payload_mut()) {
        if input.field.show(ui, "payload", "Payload (JSON)", PAYLOAD_ROWS).changed {
            input.note_change();
        }
        validity(ui, input);
    } else {
        widgets::muted(ui, "Pick a sensor above");
    }
    let is_running = state.activity(Kind::Simulate).is_some();
    ui.horizontal(|ui| {
        if is_running {
            widgets::command_button(ui, Command::CancelSensors, state, commands);
            let color = theme::of(ui).accent;
            ui.add(egui::Spinner::new().size(14.0).color(color)).accessible_name("Simulation runs");
        } else {
            widgets::primary_button(ui, Command::FireSensor, state, commands);
        }
        if let Some(session) = &mut state.session {
            let hint = "What is fired waits until the clock is stepped or run, so that expiry can be seen";
            ui.checkbox(&mut session.simulation.hold, "Hold").on_hover_text(hint);
        }
    });
}

fn schedule(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        if let Some(session) = &mut state.session {
            let fields = &mut session.simulation.fields;
            time_field(ui, "In", &mut fields.after, "First firing in");
            time_field(ui, "every", &mut fields.every, "Time between firings");
            ui.add(DragValue::new(&mut fields.times).range(1..=1000).suffix(" times"))
                .accessible_name("Number of firings");
        }
        widgets::command_button(ui, Command::ScheduleSensor, state, commands);
    });
}

fn time_field(ui: &mut Ui, label: &str, field: &mut String, name: &str) {
    let tokens = theme::of(ui);
    ui.label(RichText::new(label).color(tokens.muted));
    ui.scope(|ui| {
        ui.set_max_width(TIME_FIELD);
        widgets::field(ui, field, name, "1s").on_hover_text(format!("{name}, such as 500ms, 5m or 1h30m"));
    });
}

fn clock(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let Some(simulator) = state.session.as_ref().and_then(|session| session.simulation.simulator.as_ref()) else {
        return;
    };
    let now = date::text(simulator.now());
    let waiting = simulator.pending().count();
    let next = simulator.pending().next().map(|(due, pending)| (due, pending.sensor.clone()));
    ui.horizontal(|ui| {
        widgets::heading(ui, "Virtual clock");
        let label = RichText::new(now.as_str()).monospace().color(tokens.text);
        ui.label(label).on_hover_text("Functions see this time as their date");
    });
    let line = match next {
        None => "Nothing waits to fire".to_owned(),
        Some((due, sensor)) => {
            let sensor = text::one_line(&sensor);
            format!("{} to fire, next {sensor} at {}", text::count(waiting, "sensor"), date::text(due))
        }
    };
    ui.add(egui::Label::new(RichText::new(line).size(size::SMALL).color(tokens.muted)).truncate());
    ui.horizontal(|ui| {
        if let Some(session) = &mut state.session {
            ui.scope(|ui| {
                ui.set_max_width(DATE_FIELD);
                let clock = &mut session.simulation.fields.clock;
                widgets::field(ui, clock, "Virtual date", "2026-03-01T09:00:00Z");
            });
        }
        small_button(ui, "Set", Command::SetClock, state, commands);
    });
    ui.horizontal(|ui| {
        if let Some(session) = &mut state.session {
            time_field(ui, "By", &mut session.simulation.fields.step, "Step of the clock");
        }
        small_button(ui, "Step", Command::StepClock, state, commands);
        small_button(ui, "Run until idle", Command::RunUntilIdle, state, commands);
    });
    ui.horizontal(|ui| {
        let is_playing = state.session.as_ref().is_some_and(|session| session.simulation.playing.is_some());
        let (symbol, label) = if is_playing { (ICON_PAUSE, "Pause") } else { (ICON_PLAY_ARROW, "Let it run") };
        let button = egui::Button::new((symbol.rich_text().color(tokens.muted), label));
        widgets::give(ui, button, &Command::ToggleClock.text(), Command::ToggleClock, state, commands);
        if let Some(session) = &mut state.session {
            let speed = DragValue::new(&mut session.simulation.fields.speed).range(1..=86_400).prefix("\u{d7}");
            ui.add(speed).accessible_name("Speed of the clock").on_hover_text("Virtual seconds in a second");
        }
        ui.label(RichText::new(if is_playing { "Running" } else { "Paused" }).size(size::SMALL).color(tokens.muted));
    });
}

/// A button that needs fewer words than its command, in its place.
fn small_button(ui: &mut Ui, label: &str, command: Command, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let name = command.text().into_owned();
    let button = egui::Button::new((command.icon().rich_text().color(tokens.muted), label));
    widgets::give(ui, button, &name, command, state, commands);
}

/// A heading with buttons at its right end.
fn headed(ui: &mut Ui, title: &str, actions: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        widgets::heading(ui, title);
        ui.with_layout(Layout::right_to_left(Align::Center), actions);
    });
}
