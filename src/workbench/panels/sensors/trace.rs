//! What happened, as a tree: sensors, intents, attempts, and the sensors that these fired. Only the rows on
//! screen are drawn.

use egui::accesskit::Role;
use egui::{Color32, RichText, ScrollArea, Sense, Ui, Vec2};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::platform::sensors::{Cause, Execution, Firing, Node, NodeId, State as Outcome, What, date};
use crate::workbench::command::{Command, Commands};
use crate::workbench::outline::Place;
use crate::workbench::simulation::Simulation;
use crate::workbench::state::State;
use crate::workbench::theme::{self, Tokens, size, space};
use crate::workbench::{text, widgets};

use super::{headed, timeline};

/// Rows shown without scrolling.
const ROWS: f32 = 14.0;
/// Lines of a text shown without scrolling.
const TEXT_ROWS: usize = 10;
const INDENT: f32 = 14.0;

/// Draws the trace with the details of the selected row.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    headed(ui, "Trace", |ui| {
        widgets::icon_button(ui, Command::ClearTrace, state, commands);
        let as_timeline = state.session.as_ref().is_some_and(|session| session.simulation.as_timeline);
        for (is_chosen, name) in [(as_timeline, "Timeline"), (!as_timeline, "Tree")] {
            if widgets::tab(ui, is_chosen, name).clicked() && !is_chosen {
                commands.push(Command::ToggleTimeline);
            }
        }
    });
    let Some(session) = &mut state.session else { return };
    let simulation = &mut session.simulation;
    if simulation.rows.is_empty() {
        let hint = "Fire a sensor: the intents that it triggers and what follows from them are shown here";
        widgets::empty(ui, "Nothing has happened yet", hint);
        return;
    }
    if simulation.as_timeline {
        timeline::show(ui, simulation, commands);
    } else {
        tree(ui, simulation, commands);
    }
    details(ui, simulation, commands);
}

fn tree(ui: &mut Ui, simulation: &Simulation, commands: &mut Commands) {
    let Some(trace) = simulation.trace() else { return };
    let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
    let area = ScrollArea::vertical().id_salt("trace").max_height(ROWS * size::ROW).auto_shrink([false, true]);
    area.show_rows(ui, size::ROW, simulation.rows.len(), |ui, range| {
        for (id, depth) in simulation.rows.get(range).unwrap_or_default() {
            if let Some(node) = trace.get(*id) {
                row(ui, simulation, (*id, *depth), node, commands);
            }
        }
    });
    ui.spacing_mut().item_spacing.y = spacing;
}

fn row(ui: &mut Ui, simulation: &Simulation, (id, depth): (NodeId, usize), node: &Node, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let (label, detail) = words(node);
    let (symbol, color) = symbol(&node.what, tokens);
    let selected = simulation.selected == Some(id);
    let row = widgets::row(ui, size::ROW, selected, Role::TreeItem, &format!("{label}, {detail}"));
    let rect = row.rect.shrink2(Vec2::new(space::XS, 0.0));
    // Deep chains go on at the same place, so that their words stay in sight.
    let left = rect.left() + INDENT * depth.min(9) as f32;
    let handle = rect.with_min_x(left).with_max_x(left + INDENT);
    if !node.children.is_empty() {
        let is_closed = simulation.closed.contains(&id);
        let arrow = if is_closed { ICON_CHEVRON_RIGHT } else { ICON_KEYBOARD_ARROW_DOWN };
        widgets::paint_icon(ui, handle, arrow, tokens.faint);
        if ui.interact(handle, row.id.with("handle"), Sense::click()).clicked() {
            commands.push(Command::ToggleTrace(id));
        }
    }
    let icon = rect.with_min_x(handle.right()).with_max_x(handle.right() + size::ICON);
    widgets::paint_icon(ui, icon, symbol, color);
    let rest = rect.with_min_x(icon.right() + space::S);
    let (width, _) = widgets::paint_text(ui, rest, RichText::new(&label), tokens.text);
    let detail_rect = rest.with_min_x(rest.left() + width + space::L);
    let detail_color = if color == tokens.muted { tokens.faint } else { color };
    widgets::paint_text_right(ui, detail_rect, RichText::new(&detail).size(size::SMALL), detail_color);
    let row = row.on_hover_text(format!("{label}\n{detail}\nat {}", date::text(node.at)));
    if row.clicked() {
        commands.push(Command::SelectTrace(id));
    }
    if row.double_clicked() {
        commands.push(Command::ToggleTrace(id));
    }
}

/// What a row says, and what stands at its end.
fn words(node: &Node) -> (String, String) {
    match &node.what {
        What::Sensor(firing) => (text::one_line(&firing.sensor), of_firing(firing, node)),
        What::Intent(execution) => (text::one_line(&execution.intent), of_execution(execution)),
        What::Attempt(attempt) => {
            let took = text::duration(attempt.measured);
            let end = match &attempt.failure {
                Some(failure) => format!("{}, {took}", text::one_line(&failure.message)),
                None => took,
            };
            (format!("Attempt {}: {}", attempt.number, text::one_line(&attempt.reason)), end)
        }
        What::Stop(reason) => ("Stopped".to_owned(), text::one_line(reason)),
    }
}

fn of_firing(firing: &Firing, node: &Node) -> String {
    let nth = match firing.cause {
        Cause::Schedule { nth, of } => format!("{nth} of {of}, "),
        Cause::Hand | Cause::Output => String::new(),
    };
    let waited =
        if firing.waited.is_zero() { String::new() } else { format!("waited {}, ", text::duration(firing.waited)) };
    match &firing.remark {
        Some(remark) => text::one_line(remark),
        None => format!("{nth}{waited}{}", clock_time(node)),
    }
}

/// The time of the day; the date is in the tooltip.
fn clock_time(node: &Node) -> String {
    let date = date::text(node.at);
    date.get(11..23).unwrap_or_default().to_owned()
}

/// How an intent went, in a few words.
pub fn of_execution(execution: &Execution) -> String {
    let took = text::duration(execution.measured);
    match &execution.state {
        Outcome::Succeeded if execution.warnings.is_empty() => took,
        Outcome::Succeeded => text::one_line(&execution.warnings.join("; ")),
        Outcome::Failed(reason) => format!("failed: {}", text::one_line(reason)),
        Outcome::Skipped { again, .. } => {
            format!("cools down until {}", date::text(*again).get(11..23).unwrap_or_default())
        }
        Outcome::Expired { waited, limit } => {
            format!("expired: waited {} of {}", text::duration(*waited), text::duration(*limit))
        }
        Outcome::OnPlatform => "handled by the platform, not run here".into(),
        Outcome::Stopped(reason) => format!("stopped: {}", text::one_line(reason)),
    }
}

fn symbol(what: &What, tokens: &Tokens) -> (MaterialIcon, Color32) {
    match what {
        What::Sensor(firing) if firing.remark.is_some() => (ICON_SENSORS, tokens.warn),
        What::Sensor(_) => (ICON_SENSORS, tokens.muted),
        What::Intent(execution) => of_state(execution, tokens),
        What::Attempt(attempt) if attempt.failure.is_some() => (ICON_ERROR, tokens.bad),
        What::Attempt(_) => (ICON_FUNCTION, tokens.muted),
        What::Stop(_) => (ICON_BLOCK, tokens.bad),
    }
}

/// Icon and colour of how an intent went.
pub fn of_state(execution: &Execution, tokens: &Tokens) -> (MaterialIcon, Color32) {
    match &execution.state {
        Outcome::Succeeded if execution.warnings.is_empty() => (ICON_CHECK_CIRCLE, tokens.good),
        Outcome::Succeeded => (ICON_WARNING, tokens.warn),
        Outcome::Failed(_) => (ICON_CANCEL, tokens.bad),
        Outcome::Skipped { .. } => (ICON_SNOOZE, tokens.muted),
        Outcome::Expired { .. } => (ICON_TIMER_OFF, tokens.warn),
        Outcome::OnPlatform => (ICON_CLOUD, tokens.muted),
        Outcome::Stopped(_) => (ICON_BLOCK, tokens.bad),
    }
}

fn details(ui: &mut Ui, simulation: &mut Simulation, commands: &mut Commands) {
    let Some(id) = simulation.selected else { return };
    let Some(node) = simulation.trace().and_then(|trace| trace.get(id)) else { return };
    let (label, detail) = words(node);
    let place = match &node.what {
        What::Intent(execution) => Some(Place { file: execution.file.clone(), span: Some(execution.span) }),
        _ => None,
    };
    ui.separator();
    headed(ui, &label, |ui| {
        if let Some(place) = place
            && ui.button("Go to YAML").on_hover_text("Show the intent in its file").clicked()
        {
            commands.push(Command::Reveal(place));
        }
    });
    widgets::remark(ui, format!("{detail}, {}", date::text(node.at)));
    for (title, view) in &mut simulation.shown {
        widgets::heading(ui, title);
        view.show(ui, ("trace", *title), title, TEXT_ROWS);
    }
}
