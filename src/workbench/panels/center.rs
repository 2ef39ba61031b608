//! The middle: the open pages as tabs, and the editor or overview in front.

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Button, CornerRadius, Rect, RichText, ScrollArea, Sense, Ui, Vec2, WidgetInfo};
use egui_material_icons::icons::*;

use crate::bundle::Diagnostic;
use crate::bundle::assist::Subject;
use crate::workbench::callable::FunctionKey;
use crate::workbench::command::{Command, Commands};
use crate::workbench::documents::Tab;
use crate::workbench::editor::{Asked, Knowledge};
use crate::workbench::state::{Goals, Runner, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Typing pauses this long before the bundle is checked again.
const TYPING_PAUSE: Duration = Duration::from_millis(200);
const TAB_HEIGHT: f32 = 32.0;

/// Draws the middle.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.y = 0.0;
    tabs(ui, state, commands);
    super::bars::show(ui, state, commands);
    let active = state.session.as_ref().and_then(|session| session.documents.active().cloned());
    match active {
        Some(Tab::File(file)) => editor(ui, &file, state, commands),
        Some(Tab::Goals) => super::goals::page(ui, state, commands),
        Some(Tab::Overview) | None => super::overview::show(ui, state, commands),
    }
}

fn tabs(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    if session.documents.tabs().is_empty() {
        return;
    }
    let tokens = theme::of(ui);
    let (bar, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), TAB_HEIGHT), Sense::hover());
    ui.painter().rect_filled(bar, CornerRadius::ZERO, tokens.surface);
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, egui::Stroke::new(1.0, tokens.border));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(bar).id_salt("tabs"));
    ScrollArea::horizontal().auto_shrink(false).show(&mut child, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for tab in session.documents.tabs() {
                one_tab(ui, tab, state, commands);
            }
        });
    });
}

fn one_tab(ui: &mut Ui, tab: &Tab, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    let tokens = theme::of(ui);
    let active = session.documents.active() == Some(tab);
    let (title, tooltip, dirty, locked) = match tab {
        Tab::Overview => ("Overview".to_owned(), "What the bundle consists of".to_owned(), false, false),
        Tab::Goals => ("Goals".to_owned(), "All goals, with large charts".to_owned(), false, false),
        Tab::File(file) => {
            let name = file.rsplit('/').next().unwrap_or(file);
            let document = session.documents.get(file);
            let dirty = document.is_some_and(|document| document.is_dirty());
            let obstacle = document.and_then(|document| super::bars::obstacle(document, file));
            let locked = obstacle.is_some() || session.documents.is_sealed();
            let tooltip =
                obstacle.map_or(text::one_line(file), |obstacle| format!("{}\n{obstacle}", text::one_line(file)));
            (text::one_line(name), tooltip, dirty, locked)
        }
    };
    let color = if active { tokens.text } else { tokens.muted };
    let font = egui::FontId::new(size::BODY, egui::FontFamily::Proportional);
    let galley = ui.painter().layout_no_wrap(title.clone(), font, color);
    let badge = if locked { size::ICON + space::XS } else { 0.0 };
    let width = galley.size().x.min(220.0) + badge + 54.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, TAB_HEIGHT), Sense::click());
    let mut name = if dirty { format!("{title}, unsaved") } else { title };
    if locked {
        name += ", read-only";
    }
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, &name));
    if active {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, tokens.canvas);
        let line = Rect::from_min_size(rect.min, Vec2::new(rect.width(), 2.0));
        ui.painter().rect_filled(line, CornerRadius::ZERO, tokens.accent);
    } else if response.hovered() {
        ui.painter().rect_filled(rect.shrink2(Vec2::new(0.0, 1.0)), CornerRadius::ZERO, tokens.raised);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.0, tokens.accent);
        ui.painter().rect_stroke(rect.shrink(2.0), CornerRadius::same(4), stroke, egui::StrokeKind::Inside);
    }
    if locked {
        let place = egui::pos2(rect.left() + 12.0 + size::ICON / 2.0, rect.center().y);
        let place = Rect::from_center_size(place, Vec2::splat(size::ICON));
        widgets::paint_icon(ui, place, ICON_LOCK, tokens.warn);
    }
    let at = egui::pos2(rect.left() + 14.0 + badge, rect.center().y - galley.size().y / 2.0);
    ui.painter().with_clip_rect(rect.with_max_x(rect.right() - 34.0)).galley(at, galley, color);
    let close = Rect::from_center_size(egui::pos2(rect.right() - 20.0, rect.center().y), Vec2::splat(20.0));
    let hovered = response.hovered() || ui.rect_contains_pointer(rect);
    if dirty && !hovered {
        ui.painter().circle_filled(close.center(), 4.0, tokens.accent);
    }
    let symbol =
        ICON_CLOSE.rich_text().size(size::BODY).color(if hovered || active { tokens.muted } else { tokens.faint });
    let symbol = if dirty && !hovered { RichText::new("") } else { symbol };
    let button = Button::new(symbol).frame_when_inactive(false);
    let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(close).id_salt(("close", &name)));
    corner.spacing_mut().button_padding = Vec2::splat(3.0);
    corner.spacing_mut().interact_size.y = 20.0;
    let command = Command::CloseTab(tab.clone());
    if corner.add_sized(close.size(), button).accessible_name(command.text()).clicked() || response.middle_clicked() {
        commands.push(command);
    } else if response.on_hover_text(tooltip).clicked() {
        commands.push(Command::ShowTab(tab.clone()));
    }
}

fn editor(ui: &mut Ui, file: &str, state: &mut State, commands: &mut Commands) {
    super::bars::of_file(ui, file, state, commands);
    let Some(session) = &mut state.session else { return };
    let Some(loaded) = session.loaded.clone() else { return };
    let here = |diagnostic: &&Diagnostic| diagnostic.file == file;
    let (runner, goals) = (&session.runner, &session.goals);
    let facts = |subject: &Subject| latency_facts(subject, runner, goals);
    let knowledge = Knowledge { bundle: &loaded.bundle, functions: &session.functions, file, facts: &facts };
    let Some(document) = session.documents.get_mut(file) else { return };
    let label = format!("Editor of {}", text::one_line(file));
    let diagnostics = loaded.diagnostics.iter().filter(here);
    let response = document.editor.show(ui, ("editor", file), &label, diagnostics, Some(knowledge));
    if response.changed {
        document.note_change();
        session.check_in(TYPING_PAUSE);
    }
    let asked = response.asked.and_then(|asked| command_of(asked, loaded.diagnostics.iter().filter(here)));
    asked.into_iter().for_each(|command| commands.push(command));
}

/// The command for what was asked of the editor of a file with these problems.
fn command_of<'d>(asked: Asked, mut diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Option<Command> {
    Some(match asked {
        Asked::Fix(problem, fix) => Command::ApplyFix(Box::new(diagnostics.nth(problem)?.clone()), fix),
        Asked::Choose(problem, choice) => {
            Command::Choose(Box::new(diagnostics.nth(problem)?.choices.get(choice)?.clone()))
        }
        Asked::Definition => Command::GoToDefinition,
        Asked::Usages => Command::FindUsages,
        Asked::Rename => Command::Rename,
        Asked::Copy(text) => Command::Copy(text),
    })
}

/// How long the function took when it was last measured or run here.
fn latency_facts(subject: &Subject, runner: &Runner, goals: &Goals) -> Vec<(String, String)> {
    let Subject::Function { service, function } = subject else { return Vec::new() };
    let wanted = FunctionKey { service: service.clone(), function: function.clone() };
    let mut facts = Vec::new();
    if let Some((_, measured)) = goals.measured.iter().find(|(key, _)| key.is_same(&wanted)) {
        let p95 = text::duration(measured.measurement.percentile(95.0));
        let count = text::count(measured.measurement.samples.len(), "call");
        facts.push(("Measured".into(), format!("p95 {p95}, {count}")));
    }
    let last = runner.reports.iter().find(|(key, _)| key.is_same(&wanted));
    if let Some(Ok(answer)) = last.map(|(_, report)| &report.result) {
        facts.push(("Last run".into(), text::duration(answer.outcome.timings.total())));
    }
    facts
}
