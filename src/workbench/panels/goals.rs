//! Goals: measuring functions many times, and the verdict on each goal.

use egui::accesskit::Role;
use egui::{DragValue, ProgressBar, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::bundle::{Goal, Service};
use crate::measure::Verdict;
use crate::workbench::callable;
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::outline::Place;
use crate::workbench::settings::Invocations;
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Draws goals and measurements.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    controls(ui, state, commands);
    ui.add_space(space::XS);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let Some(session) = &mut state.session else { return };
        goals(ui, session, commands);
        failures(ui, session);
        measured(ui, session, commands);
        super::measurement::show(ui, session);
    });
}

fn controls(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        widgets::primary_button(ui, Command::MeasureGoals, state, commands);
        let picked = state.session.as_ref().and_then(|session| session.runner.picked.as_ref());
        let name = picked.map_or("function".to_owned(), |key| text::one_line(&key.function));
        let label = RichText::new(format!("Only {name}"));
        let button = egui::Button::new((ICON_SPEED.rich_text().color(tokens.muted), label)).truncate();
        widgets::give(ui, button, "Measure this function", Command::MeasureFunction, state, commands);
    });
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new("Invocations").color(tokens.muted));
        let Invocations(count) = &mut state.settings.invocations;
        ui.add(DragValue::new(count).range(Invocations::RANGE).speed(20)).labelled_by(label.id);
        let running = state.activity(Kind::Measure).map(|activity| activity.progress.clone());
        match running {
            Some(progress) => {
                widgets::icon_button(ui, Command::CancelMeasure, state, commands);
                let bar = ProgressBar::new(progress.share.unwrap_or(0.0)).fill(tokens.accent).desired_height(8.0);
                ui.add(bar).accessible_name("Measuring").on_hover_text(progress.label);
            }
            None => {
                widgets::muted(ui, "each with a fresh instance");
            }
        }
    });
}

fn goals(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some(bundle) = session.bundle() else { return };
    widgets::heading(ui, "Goals");
    if bundle.services.iter().all(|service| service.goals.is_empty()) {
        let hint = "Write goals into a service: name, metric, target";
        widgets::empty(ui, "No service has goals", hint);
        return;
    }
    for service in bundle.services.iter().filter(|service| !service.goals.is_empty()) {
        widgets::muted(ui, text::one_line(&service.name.value));
        for goal in &service.goals {
            goal_row(ui, service, goal, session, commands);
        }
    }
}

fn goal_row(ui: &mut Ui, service: &Service, goal: &Goal, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let verdict = session.goals.overall(&service.name.value, &goal.name.value);
    let (symbol, color, word, detail) = match verdict {
        None => (ICON_FLAG, tokens.faint, "not measured", "Not measured yet".to_owned()),
        Some((_, verdict)) => {
            let (symbol, color) = super::explorer::verdict_symbol(verdict, tokens);
            (symbol, color, verdict.word(), reason(service, goal, session).unwrap_or_default())
        }
    };
    let name = text::one_line(&goal.name.value);
    let row = widgets::row(ui, 40.0, false, Role::Button, &format!("{name}: {word}"));
    let inner = row.rect.shrink2(Vec2::new(space::XS, 3.0));
    let icon = inner.with_max_x(inner.left() + size::ICON);
    widgets::paint_icon(ui, icon, symbol, color);
    let text_rect = inner.with_min_x(icon.right() + space::M);
    let (upper, lower) = text_rect.split_top_bottom_at_fraction(0.5);
    let taken =
        widgets::paint_text_right(ui, upper, RichText::new(word).size(size::SMALL).family(theme::semibold()), color);
    let upper = upper.with_max_x(upper.right() - taken - space::M);
    let (width, _) = widgets::paint_text(ui, upper, RichText::new(&name), tokens.text);
    let target = goal.target.as_ref().map(|target| target.value.to_string()).unwrap_or_default();
    let rest = upper.with_min_x(upper.left() + width + space::M);
    widgets::paint_text(ui, rest, RichText::new(&target).monospace(), tokens.muted);
    widgets::paint_text(ui, lower, RichText::new(&detail).size(size::SMALL), tokens.muted);
    let tooltip = goal_tooltip(service, goal, session, &detail);
    if row.on_hover_text(tooltip).clicked() {
        let span = crate::bundle::Span::new(goal.span.start, goal.span.start);
        commands.push(Command::Reveal(Place { file: service.file.clone(), span: Some(span) }));
    }
}

/// What could not be measured, one line each, whole in the tooltip.
fn failures(ui: &mut Ui, session: &Session) {
    let failures = &session.goals.failures;
    if failures.is_empty() {
        return;
    }
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
        ui.label(RichText::new(format!("{} not be measured", could(failures.len()))).family(theme::semibold()));
        for failure in failures {
            let line = RichText::new(failure).size(size::SMALL).color(tokens.muted);
            ui.add(egui::Label::new(line).truncate());
        }
    });
}

fn could(functions: usize) -> String {
    format!("{} could", text::count(functions, "function"))
}

/// How the verdict came about: the figure, the function it belongs to, and how many are measured.
fn reason(service: &Service, goal: &Goal, session: &Session) -> Option<String> {
    let (key, verdict) = session.goals.overall(&service.name.value, &goal.name.value)?;
    let measured = session.goals.verdicts(&service.name.value, &goal.name.value).count();
    let all = callable::referred_functions(service);
    let part = if measured < all { format!(", {measured} of {all} functions measured") } else { String::new() };
    Some(text::one_line(&format!("{} ({}{part})", verdict.detail(), key.function)))
}

/// The verdict for each function that was measured for the goal.
fn goal_tooltip(service: &Service, goal: &Goal, session: &Session, detail: &str) -> String {
    let mut lines = vec![text::one_line(&goal.name.value)];
    if let Some(description) = &goal.description {
        lines.push(text::one_line(description));
    }
    let verdicts = session.goals.verdicts(&service.name.value, &goal.name.value);
    let verdicts = verdicts.map(|(key, verdict)| {
        let note = verdict.note();
        let note = if note.is_empty() { String::new() } else { format!(", {note}") };
        text::one_line(&format!("{}: {}, {}{note}", key.function, verdict.word(), verdict.detail()))
    });
    let count = lines.len();
    lines.extend(verdicts);
    if lines.len() == count {
        lines.push(detail.to_owned());
    }
    lines.join("\n")
}

/// The functions that were measured, one row each.
fn measured(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    if session.goals.measured.is_empty() {
        return;
    }
    ui.add_space(space::M);
    widgets::heading(ui, "Measured functions");
    for (key, measured) in &session.goals.measured {
        let selected = session.goals.shown.as_ref() == Some(key);
        let name = text::one_line(&key.function);
        let row = widgets::row(ui, size::ROW, selected, Role::ListBoxOption, &format!("Measurement of {name}"));
        let inner = row.rect.shrink2(Vec2::new(space::XS, 0.0));
        let icon = inner.with_max_x(inner.left() + size::ICON);
        let missed = measured.verdicts.iter().any(|(_, verdict)| matches!(verdict, Verdict::Missed(_)));
        let met = measured.verdicts.iter().any(|(_, verdict)| matches!(verdict, Verdict::Met(_)));
        let (symbol, color) = match (missed, met) {
            (true, _) => (ICON_CANCEL, tokens.bad),
            (false, true) => (ICON_CHECK_CIRCLE, tokens.good),
            (false, false) => (ICON_HELP, tokens.muted),
        };
        widgets::paint_icon(ui, icon, symbol, color);
        let p95 = format!("p95 {}", text::duration(measured.measurement.percentile(95.0)));
        let text_rect = inner.with_min_x(icon.right() + space::M);
        let taken = widgets::paint_text_right(ui, text_rect, RichText::new(p95).size(size::SMALL), tokens.muted);
        let text_rect = text_rect.with_max_x(text_rect.right() - taken - space::M);
        widgets::paint_text(ui, text_rect, RichText::new(&name), tokens.text);
        if row.on_hover_text(text::one_line(&key.reference())).clicked() {
            commands.push(Command::ShowMeasurement(key.clone()));
        }
    }
}
