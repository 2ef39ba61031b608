//! Goals: measuring functions many times, the verdict on each goal, and the charts, in the side panel or on a
//! page of their own.

mod cards;
mod controls;
mod page;
mod runs;
mod save;

use egui::accesskit::Role;
use egui::{Align2, CornerRadius, Rect, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::bundle::{Goal, Service};
use crate::workbench::callable;
use crate::workbench::command::{Command, Commands};
use crate::workbench::documents::Tab;
use crate::workbench::outline::Place;
use crate::workbench::state::{Measured, Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

use super::measurement::{self, Room};

pub use cards::headroom_text;
pub use page::show as page;
pub use runs::{comparison, show as runs};
pub use save::show as save_chart;

const ROW: f32 = 26.0;

/// Draws goals and measurements in the side panel.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    controls::show(ui, state, commands);
    ui.add_space(space::XS);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let Some(session) = &state.session else { return };
        goals(ui, session, commands);
        failures(ui, session);
        // The charts are drawn once: large, where the page is open.
        let room = if session.documents.active() == Some(&Tab::Goals) { Room::None } else { Room::Little };
        measurement::show(ui, state, commands, room);
    });
}

fn goals(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some(bundle) = session.bundle() else { return };
    widgets::heading(ui, "Goals");
    if bundle.services.iter().all(|service| service.goals.is_empty()) {
        nothing(ui);
        return;
    }
    for service in bundle.services.iter().filter(|service| !service.goals.is_empty()) {
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            widgets::muted(ui, text::one_line(&service.name.value));
            widgets::remark(ui, extent(service, session));
        });
        ui.spacing_mut().item_spacing.y = 0.0;
        for goal in &service.goals {
            goal_row(ui, service, goal, session, commands);
        }
        ui.spacing_mut().item_spacing.y = space::S;
    }
}

/// What stands in the place of goals where there are none.
fn nothing(ui: &mut Ui) {
    widgets::empty(ui, "No service has goals", "Write goals into a service: name, metric, target");
}

fn goal_row(ui: &mut Ui, service: &Service, goal: &Goal, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let verdict = session.goals.overall(&service.name.value, &goal.name.value);
    let (symbol, color, word, detail) = match verdict {
        None => (ICON_FLAG, tokens.faint, "not measured", "Not measured yet".to_owned()),
        Some((_, verdict)) => {
            let (symbol, color) = super::explorer::verdict_symbol(verdict, tokens);
            (symbol, color, verdict.word(), text::one_line(&verdict.detail()))
        }
    };
    let name = text::one_line(&goal.name.value);
    let row = widgets::row(ui, ROW, false, Role::Button, &format!("{name}: {word}"));
    let inner = row.rect.shrink2(Vec2::new(space::XS, 0.0));
    let icon = inner.with_max_x(inner.left() + size::ICON);
    widgets::paint_icon(ui, icon, symbol, color);
    let mut rest = inner.with_min_x(icon.right() + space::S);
    let word = RichText::new(word).size(size::SMALL).family(theme::semibold());
    rest.max.x -= widgets::paint_text_right(ui, rest, word, color) + space::M;
    let (width, _) = widgets::paint_text(ui, rest, RichText::new(&name), tokens.text);
    rest.min.x += width + space::M;
    let target = goal.target.as_ref().map(|target| target.value.to_string()).unwrap_or_default();
    let (width, _) = widgets::paint_text(ui, rest, RichText::new(&target).monospace(), tokens.muted);
    rest.min.x += width + space::M;
    if verdict.is_some() {
        widgets::paint_text_right(ui, rest, RichText::new(&detail).size(size::SMALL), tokens.muted);
    }
    let tooltip = goal_tooltip(service, goal, session, &detail);
    if row.on_hover_text(tooltip).clicked() {
        commands.push(reveal(service, goal));
    }
}

/// Shows a goal in the YAML.
fn reveal(service: &Service, goal: &Goal) -> Command {
    let span = crate::bundle::Span::new(goal.span.start, goal.span.start);
    Command::Reveal(Place { file: service.file.clone(), span: Some(span) })
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

/// How many of the functions that the service's goals speak of are measured.
fn extent(service: &Service, session: &Session) -> String {
    let of_service = |measured: &&Measured| measured.run.service == service.name.value;
    let measured = session.goals.measured.values().filter(of_service).count();
    let all = callable::referred_functions(service).max(measured);
    if measured == 0 { String::new() } else { format!("{measured} of {} measured", text::count(all, "function")) }
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

/// Paints a chip at the right end of `line`, and gives the width it took.
fn paint_chip_right(ui: &Ui, line: Rect, text: &str, color: egui::Color32) -> f32 {
    let font = egui::FontId::new(size::SMALL, theme::semibold());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let area = galley.size() + Vec2::new(2.0 * space::S, 4.0);
    let rect = Align2::RIGHT_CENTER.align_size_within_rect(area, line);
    ui.painter().rect_filled(rect, CornerRadius::same(5), theme::tint(color));
    ui.painter().galley(rect.min + Vec2::new(space::S, 2.0), galley, color);
    area.x
}
