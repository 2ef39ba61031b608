//! What is measured and how: the buttons that begin and end it, the load in one line, and all that can be said
//! about the load, folded away.

use egui::{Button, ComboBox, DragValue, Frame, Margin, ProgressBar, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::Percentile;
use crate::measure::Instances;
use crate::workbench::callable::FunctionKey;
use crate::workbench::command::{Command, Commands, GoalCommand};
use crate::workbench::jobs::Kind;
use crate::workbench::load::{self, LoadSettings};
use crate::workbench::settings::Invocations;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// The percentiles that are offered to judge latency by.
pub const PERCENTILES: [f64; 5] = [50.0, 90.0, 95.0, 99.0, 99.9];

/// Draws the buttons, the load and how far a measurement is.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        widgets::primary_button(ui, Command::MeasureGoals, state, commands);
        let picked = state.session.as_ref().and_then(|session| session.runner.picked.as_ref());
        let name = picked.map_or("function".to_owned(), |key| text::one_line(&key.function));
        let label = RichText::new(format!("Only {name}"));
        let button = Button::new((ICON_SPEED.rich_text().color(tokens.muted), label)).truncate();
        widgets::give(ui, button, "Measure this function", Command::MeasureFunction, state, commands);
    });
    progress(ui, state, commands);
    summary(ui, state, commands);
    if state.load_open {
        let frame = Frame::new().fill(tokens.raised).corner_radius(8).inner_margin(Margin::same(space::M as i8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            // Fields must stand out from the ground that buttons have elsewhere.
            ui.visuals_mut().widgets.inactive.weak_bg_fill = tokens.surface;
            details(ui, state, commands);
        });
    }
}

/// How far a running measurement is, with the button that ends it.
fn progress(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(activity) = state.activity(Kind::Measure) else { return };
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        widgets::icon_button(ui, Command::CancelMeasure, state, commands);
        let share = activity.progress.share.unwrap_or(0.0);
        let bar = ProgressBar::new(share).fill(tokens.accent).desired_height(8.0);
        ui.add(bar).accessible_name("Measuring").on_hover_text(&activity.progress.label);
    });
    widgets::remark(ui, text::one_line(&activity.progress.label));
}

/// The load in one line, which unfolds.
fn summary(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let plan = state.settings.plan();
    let line = format!("{}, judged by {}", load::summary(&plan), state.settings.judged_by);
    let symbol = if state.load_open { ICON_EXPAND_LESS } else { ICON_EXPAND_MORE };
    let label = RichText::new(&line).size(size::SMALL).color(tokens.muted);
    let button = Button::new((symbol.rich_text().size(size::ICON).color(tokens.muted), label))
        .frame_when_inactive(false)
        .truncate();
    let command = Command::Goals(GoalCommand::ToggleLoad);
    widgets::give(ui, button, &format!("Load: {line}"), command, state, commands);
    if let Err(error) = plan.check() {
        widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
            ui.add(egui::Label::new(text::sentence(&error.to_string())).wrap());
        });
    }
}

fn details(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let settings = &mut state.settings;
    let is_kept = settings.keep_instance;
    let load = &mut settings.load;
    row(ui, "Model", |ui| {
        choice(ui, "Load model", !load.open, GoalCommand::UseOpenModel(false), commands);
        choice(ui, "Load model", load.open, GoalCommand::UseOpenModel(true), commands);
    });
    if load.open {
        row(ui, "Arrivals", |ui| {
            let rate = DragValue::new(&mut load.rate).range(LoadSettings::RATE).speed(1.0).suffix(" /s");
            ui.add(rate).accessible_name("Arrivals a second").on_hover_text("Calls that arrive in a second");
            choice(ui, "Arrivals", !load.poisson, GoalCommand::UseRandomArrivals(false), commands);
            choice(ui, "Arrivals", load.poisson, GoalCommand::UseRandomArrivals(true), commands);
        });
    }
    row(ui, "Workers", |ui| {
        let hint = if load.open { "Calls at once; arrivals beyond them wait" } else { "Calls at once" };
        let workers = DragValue::new(&mut load.workers).range(LoadSettings::WORKERS).speed(0.1);
        ui.add(workers).accessible_name("Workers").on_hover_text(hint);
    });
    row(ui, "Length", |ui| {
        choice(ui, "Length", !load.timed, GoalCommand::MeasureForTime(false), commands);
        choice(ui, "Length", load.timed, GoalCommand::MeasureForTime(true), commands);
        if load.timed {
            let seconds = DragValue::new(&mut load.seconds).range(LoadSettings::SECONDS).speed(0.2).suffix(" s");
            ui.add(seconds).accessible_name("Seconds").on_hover_text("How long calls are counted");
        } else {
            let Invocations(count) = &mut settings.invocations;
            let calls = DragValue::new(count).range(Invocations::RANGE).speed(20);
            ui.add(calls).accessible_name("Invocations").on_hover_text("Calls that count, after a short warm-up");
        }
    });
    row(ui, "Instances", |ui| {
        choice(ui, "Instances", !is_kept, GoalCommand::UseInstances(Instances::Fresh), commands);
        choice(ui, "Instances", is_kept, GoalCommand::UseInstances(Instances::Kept), commands);
    });
    row(ui, "Judged by", |ui| percentile(ui, settings.judged_by.0, commands));
    inputs(ui, state, commands);
}

/// A name, and what is chosen for it.
fn row(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    const NAMES: f32 = 76.0;
    ui.horizontal(|ui| {
        let tokens = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(egui::vec2(NAMES, 22.0), egui::Sense::hover());
        widgets::paint_text(ui, rect, RichText::new(name), tokens.muted);
        add(ui);
    });
}

/// One of the values that can be chosen.
fn choice(ui: &mut Ui, of: &str, chosen: bool, command: GoalCommand, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let color = if chosen { tokens.accent } else { tokens.muted };
    let fill = if chosen { tokens.accent_soft } else { tokens.surface };
    let text = command.text();
    let button = Button::new(RichText::new(text.as_ref()).color(color)).fill(fill);
    let response = ui.add(button);
    let name = format!("{of}: {text}");
    response.widget_info(|| egui::WidgetInfo::selected(egui::accesskit::Role::RadioButton, true, chosen, &name));
    let hint = command.tooltip().unwrap_or_default();
    if response.on_hover_text(hint).clicked() {
        commands.push(Command::Goals(command));
    }
}

/// The percentile that latency is judged by.
fn percentile(ui: &mut Ui, judged_by: Percentile, commands: &mut Commands) {
    let combo = ComboBox::from_id_salt("judged by").selected_text(judged_by.to_string()).width(72.0);
    let response = combo.show_ui(ui, |ui| {
        for percentile in PERCENTILES.iter().filter_map(|percent| Percentile::new(*percent).ok()) {
            let text = percentile.to_string();
            let button = Button::selectable(percentile == judged_by, text.as_str());
            if ui.add(button).accessible_name(format!("Judge by {text}")).clicked() {
                commands.push(Command::Goals(GoalCommand::JudgeBy(percentile)));
            }
        }
    });
    let hint =
        "The share of calls that must be within the target, unless .workbench/settings.yaml says otherwise for a goal";
    response.response.accessible_name("Percentile that latency is judged by").on_hover_text(hint);
}

/// The saved inputs of the picked function, each of which can be left out.
fn inputs(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    let Some(key) = session.runner.picked.as_ref() else { return };
    let cases = session.runner.cases.of(key).unwrap_or_default();
    let fitting: Vec<&str> = cases.iter().filter(|case| !case.expects_error).map(|case| case.name.as_str()).collect();
    if fitting.is_empty() {
        return;
    }
    let is_used = |name: &&&str| !session.goals.skipped.contains(&(FunctionKey::clone(key), (**name).to_owned()));
    let used = fitting.iter().filter(is_used).count();
    let title = format!("Inputs of {}: {used} of {} saved cases", text::one_line(&key.function), fitting.len());
    egui::CollapsingHeader::new(RichText::new(title).size(size::SMALL).color(theme::of(ui).muted))
        .id_salt("measured inputs")
        .show(ui, |ui| {
            for name in &fitting {
                let mut is_on = is_used(&name);
                let label = text::one_line(name);
                let response = ui.checkbox(&mut is_on, label.as_str()).on_hover_text("Measure with this input");
                if response.clicked() {
                    commands.push(Command::Goals(GoalCommand::ToggleInput(key.clone(), (*name).to_owned())));
                }
            }
        });
}
