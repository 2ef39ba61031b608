//! Past invocations: found by what they hold, shown, run again, replayed, made into cases, deleted.

use std::time::SystemTime;

use egui::accesskit::Role;
use egui::{Align, Layout, Rect, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::bundle::history::{Ending, Entry, Facts};
use crate::bundle::printable;
use crate::platform::Replayed;
use crate::workbench::archives::SEALED;
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::runner::Past;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

use super::{bars, cases, report};

/// What the selected invocation gets of the panel's height at least.
const LEAST_DETAILS: f32 = 220.0;

/// Draws the history.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let Some(session) = &mut state.session else { return };
    let past = &mut session.past;
    let hint = "Filter by function, input or output";
    if widgets::field(ui, &mut past.filter, "Filter history", hint).changed() {
        // The logic of the next frame searches.
        ui.ctx().request_repaint();
    }
    past.refresh();
    ui.add_space(space::XS);
    actions(ui, state, commands);
    let Some(past) = state.session.as_ref().map(|session| &session.past) else { return };
    if past.shown.1.is_empty() {
        empty(ui, past, state);
        return;
    }
    let selected = past.selected.as_deref().and_then(|id| past.entry(id));
    let details_height = if selected.is_some() { (ui.available_height() * 0.6).max(LEAST_DETAILS) } else { 0.0 };
    let height = (ui.available_height() - details_height).max(4.0 * size::ROW);
    list(ui, past, height, commands);
    if let Some(entry) = selected {
        let entry = entry.clone();
        ui.separator();
        details(ui, &entry, state, commands);
    }
}

fn empty(ui: &mut Ui, past: &Past, state: &State) {
    let (title, hint) = match (past.is_read, past.entries.is_empty(), !state.keeps_history()) {
        (false, true, _) => ("Reading the history", ""),
        (_, true, true) if state.is_sealed() => ("Nothing is kept", SEALED),
        (_, true, true) => ("Nothing is kept", "Switch the history on to find past invocations here"),
        (_, true, false) => ("No invocations yet", "Each function that is run is kept here with its input and output"),
        (..) => ("Nothing to show", "No invocation holds this text"),
    };
    widgets::empty(ui, title, hint);
}

fn actions(ui: &mut Ui, state: &State, commands: &mut Commands) {
    ui.horizontal(|ui| {
        if state.activity(Kind::Replay).is_some() {
            widgets::command_button(ui, Command::CancelRun, state, commands);
        } else {
            widgets::command_button(ui, Command::Replay(None), state, commands);
        }
        let past = state.session.as_ref().map(|session| &session.past);
        let counted = past.map_or_else(String::new, |past| {
            let all = past.entries.len();
            let shown = past.shown.1.len();
            if shown == all {
                text::grouped(all)
            } else {
                format!("{} of {}", text::grouped(shown), text::grouped(all))
            }
        });
        widgets::muted(ui, counted);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::icon_button(ui, Command::ShowClearHistory, state, commands);
            let mut is_kept = state.keeps_history();
            let checkbox = egui::Checkbox::new(&mut is_kept, "Keep");
            let switch = ui.add_enabled(!state.is_sealed(), checkbox).accessible_name(Command::ToggleHistory.text());
            let switch = switch.on_disabled_hover_text(SEALED);
            if switch.on_hover_text(Command::ToggleHistory.tooltip().unwrap_or_default()).clicked() {
                commands.push(Command::ToggleHistory);
            }
        });
    });
}

fn list(ui: &mut Ui, past: &Past, height: f32, commands: &mut Commands) {
    let now = SystemTime::now();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt("history").max_height(height).auto_shrink([false, true]);
        area.show_rows(ui, size::ROW, past.shown.1.len(), |ui, range| {
            let shown = past.shown.1.get(range).unwrap_or_default();
            for entry in shown.iter().filter_map(|at| past.entries.get(*at)) {
                row(ui, entry, past, now, commands);
            }
        });
    });
}

fn ending(ui: &Ui, ending: Ending) -> (MaterialIcon, egui::Color32, &'static str) {
    let tokens = theme::of(ui);
    match ending {
        Ending::Answered => (ICON_CHECK_CIRCLE, tokens.good, "answered"),
        Ending::Error => (ICON_WARNING, tokens.warn, "application error"),
        Ending::Fault => (ICON_ERROR, tokens.bad, "fault"),
    }
}

fn row(ui: &mut Ui, entry: &Entry, past: &Past, now: SystemTime, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let facts = &entry.facts;
    let (icon, color, word) = ending(ui, facts.ending);
    let (function, when) = (text::one_line(&facts.function), bars::ago(now, facts.time()));
    let selected = past.selected.as_deref() == Some(entry.id.as_str());
    let replayed = past.replayed.get(&entry.id);
    let marked = replayed.map(|(replayed, _)| mark(ui, replayed));
    let now_word = marked.map(|(.., word)| format!(", now {word}")).unwrap_or_default();
    let origin = origin(facts);
    let from = origin.as_ref().map(|origin| format!(", {origin}")).unwrap_or_default();
    let name = format!("{function}, {word}, {when}{from}{now_word}");
    let response = widgets::row(ui, size::ROW, selected, Role::Row, &name);
    let rect = response.rect;
    let square = Vec2::new(size::ROW, rect.height());
    widgets::paint_icon(ui, Rect::from_min_size(rect.min, square), icon, color);
    let mut inside = rect.with_min_x(rect.left() + size::ROW + space::XS).with_max_x(rect.right() - space::S);
    if let Some((icon, color, _)) = marked {
        let place = Rect::from_min_size(inside.right_top() - Vec2::new(size::ROW, 0.0), square);
        widgets::paint_icon(ui, place, icon, color);
        inside = inside.with_max_x(place.left());
    }
    let width = widgets::paint_text_right(ui, inside, RichText::new(when).size(size::SMALL), tokens.faint);
    inside = inside.with_max_x(inside.right() - width - space::M);
    let (width, _) = widgets::paint_text(ui, inside, RichText::new(function), tokens.text);
    let mut rest = inside.with_min_x(inside.left() + width + space::M);
    if let Some(origin) = origin {
        let (width, _) = widgets::paint_text(ui, rest, RichText::new(origin).size(size::SMALL), tokens.muted);
        rest = rest.with_min_x(rest.left() + width + space::M);
    }
    if rest.width() < size::ROW {
        rest.set_width(0.0);
    }
    let input: Vec<&str> = entry.input.split_whitespace().collect();
    let input = RichText::new(text::one_line(&input.join(" "))).monospace().size(size::SMALL);
    widgets::paint_text(ui, rest, input, tokens.faint);
    response.context_menu(|ui| menu(ui, entry, commands));
    if response.clicked() {
        commands.push(Command::ShowEntry(entry.id.clone()));
    }
}

/// What asked for an invocation, and what went wrong in it on purpose.
fn origin(facts: &Facts) -> Option<String> {
    let mishap = facts.mishap.as_ref().map(|mishap| format!("made to fail: {mishap}"));
    let parts: Vec<String> = facts.origin.iter().cloned().chain(mishap).collect();
    (!parts.is_empty()).then(|| text::one_line(&parts.join(", ")))
}

fn menu(ui: &mut Ui, entry: &Entry, commands: &mut Commands) {
    for command in commands_of(entry) {
        if ui.button(command.text()).clicked() {
            commands.push(command);
            ui.close();
        }
    }
}

fn commands_of(entry: &Entry) -> Vec<Command> {
    let id = || entry.id.clone();
    let exactly = entry.is_recorded.then(|| Command::ReplayExactly(id()));
    let first = [Command::RunEntry(id()), Command::Replay(Some(id()))];
    first.into_iter().chain(exactly).chain([Command::SaveEntry(id()), Command::DeleteEntry(id())]).collect()
}

/// How a replay came out: icon, colour and word.
fn mark(ui: &Ui, replayed: &Replayed) -> (MaterialIcon, egui::Color32, &'static str) {
    let tokens = theme::of(ui);
    match replayed {
        Replayed::Same => (ICON_DRAG_HANDLE, tokens.good, "the same"),
        Replayed::Different(..) => (ICON_DIFFERENCE, tokens.warn, "different"),
        Replayed::Impossible(_) => (ICON_BLOCK, tokens.bad, "impossible"),
    }
}

/// What is known of the selected invocation, and what can be done with it.
fn details(ui: &mut Ui, entry: &Entry, state: &mut State, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        for command in commands_of(entry) {
            widgets::command_button(ui, command, state, commands);
        }
    });
    ScrollArea::vertical().id_salt("invocation").auto_shrink(false).show(ui, |ui| {
        let past = state.session.as_ref().map(|session| &session.past);
        if let Some((replayed, exactly)) = past.and_then(|past| past.replayed.get(&entry.id)) {
            changes(ui, replayed, *exactly);
        }
        if let Some(origin) = origin(&entry.facts) {
            widgets::remark(ui, format!("Asked for by {origin}"));
        }
        // Another function may have been picked since, or this one run again.
        let runner = state.session.as_ref().map(|session| &session.runner);
        let report = runner.and_then(|runner| runner.reports.get(runner.picked.as_ref()?));
        if report.is_some_and(|report| report.past == Some(entry.facts.time())) {
            report::show(ui, state, commands);
        }
    });
}

fn changes(ui: &mut Ui, replayed: &Replayed, exactly: bool) {
    let (icon, color, _) = mark(ui, replayed);
    widgets::banner(ui, icon, color, |ui| match replayed {
        Replayed::Same if exactly => {
            let same = "With the same time and random numbers the present module gives the same output";
            ui.add(egui::Label::new(same).wrap());
        }
        Replayed::Same => drop(ui.label("The present module gives the same output")),
        Replayed::Impossible(reason) => drop(ui.add(egui::Label::new(printable(reason).into_owned()).wrap())),
        Replayed::Different(what, differences) => {
            ui.add(egui::Label::new(printable(what).into_owned()).wrap());
            cases::differences(ui, differences, ["then", "now"]);
        }
    });
}
