//! The list of problems at the bottom, by file, with a filter by severity and a button for each fix.

use egui::accesskit::Role;
use egui::{Align, Button, Layout, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::bundle::{Diagnostic, Severity};
use crate::workbench::archives::SEALED;
use crate::workbench::command::{Command, Commands};
use crate::workbench::editor::Mark;
use crate::workbench::outline::Place;
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

use super::choices;

/// Width of a button that steps through the problems, with its gap.
const STEP_BUTTON: f32 = 44.0;
/// Narrower rows leave the code of a problem to its tooltip.
const NARROW: f32 = 380.0;

enum Row<'a> {
    File(&'a str, usize),
    Problem(&'a Diagnostic),
}

/// Draws the problems.
pub fn show(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    header(ui, session, state, commands);
    let rows = rows(session);
    if rows.is_empty() {
        let all = session.diagnostics().len();
        let hint = match all {
            0 => "The bundle can be exported".to_owned(),
            all => format!("{} hidden by the filter above", text::count(all, "problem")),
        };
        widgets::empty(ui, if all == 0 { "No problems" } else { "Nothing to show" }, &hint);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::ROW, rows.len(), |ui, range| {
        for row in rows.get(range).unwrap_or_default() {
            match row {
                Row::File(file, count) => file_row(ui, file, *count),
                Row::Problem(diagnostic) => problem_row(ui, diagnostic, session, commands),
            }
        }
    });
}

fn header(ui: &mut Ui, session: &Session, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        widgets::heading(ui, "Problems");
        ui.add_space(space::M);
        for severity in [Severity::Error, Severity::Warning, Severity::Hint] {
            let (symbol, color) = widgets::severity(tokens, severity);
            let shown = !session.problems.hidden.contains(&severity);
            let command = Command::ToggleSeverity(severity);
            let count = session.count(severity).to_string();
            let color = if shown { color } else { tokens.faint };
            let label = RichText::new(count).size(size::SMALL).color(if shown { tokens.text } else { tokens.faint });
            let button = Button::selectable(shown, (symbol.rich_text().size(size::BODY).color(color), label));
            let name = command.text();
            if ui
                .add(button)
                .accessible_name(name.as_ref())
                .on_hover_text(format!("Show or hide {}", name.to_lowercase()))
                .clicked()
            {
                commands.push(command);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close =
                Button::new(ICON_CLOSE.rich_text().size(size::ICON).color(tokens.muted)).frame_when_inactive(false);
            widgets::give(ui, close, "Hide problems", Command::ToggleProblems, state, commands);
            // In a narrow window the keys alone step through the problems.
            if ui.available_width() > 2.0 * STEP_BUTTON {
                widgets::icon_button(ui, Command::NextProblem, state, commands);
                widgets::icon_button(ui, Command::PreviousProblem, state, commands);
            }
        });
    });
}

fn rows(session: &Session) -> Vec<Row<'_>> {
    let shown: Vec<&Diagnostic> = session
        .diagnostics()
        .iter()
        .filter(|diagnostic| !session.problems.hidden.contains(&diagnostic.severity))
        .collect();
    let mut rows = Vec::with_capacity(shown.len() + 8);
    for group in shown.chunk_by(|a, b| a.file == b.file) {
        if let Some(first) = group.first() {
            rows.push(Row::File(&first.file, group.len()));
        }
        rows.extend(group.iter().map(|diagnostic| Row::Problem(diagnostic)));
    }
    rows
}

fn file_row(ui: &mut Ui, file: &str, count: usize) {
    let tokens = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), size::ROW), egui::Sense::hover());
    let icon = rect.with_max_x(rect.left() + size::ICON + space::XS);
    widgets::paint_icon(ui, icon, ICON_DESCRIPTION, tokens.muted);
    let name = if file.is_empty() { "The bundle's folder".to_owned() } else { text::one_line(file) };
    let text = rect.with_min_x(icon.right() + space::XS);
    let (width, _) = widgets::paint_text(ui, text, RichText::new(name).family(theme::semibold()), tokens.text);
    let rest = text.with_min_x(text.left() + width + space::M);
    widgets::paint_text(ui, rest, RichText::new(count.to_string()).size(size::SMALL), tokens.faint);
}

fn problem_row(ui: &mut Ui, diagnostic: &Diagnostic, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let message = text::one_line(&diagnostic.message);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            // The row has room for the likeliest one; the editor's light bulb offers all of them.
            if let Some(fix) = diagnostic.fixes.first() {
                let label = RichText::new(text::one_line(&fix.title)).size(size::SMALL);
                let button =
                    Button::new((ICON_BUILD.rich_text().size(size::SMALL).color(tokens.accent), label)).small();
                let name = format!("Fix: {}", text::one_line(&fix.title));
                let is_possible = session.is_current(diagnostic) && session.archive.is_none();
                let response = ui.add_enabled(is_possible, button).accessible_name(name);
                let response =
                    if session.archive.is_some() { response.on_disabled_hover_text(SEALED) } else { response };
                if response.on_hover_text("Change the text in the editor; it can be undone").clicked() {
                    commands.push(Command::ApplyFix(Box::new(diagnostic.clone()), 0));
                }
            }
            if !diagnostic.choices.is_empty() {
                choices::menu(ui, &diagnostic.choices, session.archive.is_some(), commands);
            }
            let place = Place { file: diagnostic.file.clone(), span: diagnostic.span };
            let selected = session.problems.at.as_ref() == Some(&place);
            let row = widgets::row(ui, size::ROW, selected, Role::Button, &format!("Problem {message}"));
            let inner = row.rect.shrink2(Vec2::new(space::XS, 0.0));
            let (symbol, color) = widgets::severity(tokens, diagnostic.severity);
            let icon = inner.with_min_x(inner.left() + space::L).with_max_x(inner.left() + space::L + size::ICON);
            widgets::paint_icon(ui, icon, symbol, color);
            let position = diagnostic.position.map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
            let code = if inner.width() < NARROW { "" } else { diagnostic.code.as_str() };
            let end = format!("{code}   {position}");
            let end_rect = inner.with_min_x(inner.left() + inner.width() * 0.55);
            let taken = widgets::paint_text_right(ui, end_rect, RichText::new(end).size(size::SMALL), tokens.faint);
            let text_rect = inner.with_min_x(icon.right() + space::S).with_max_x(inner.right() - taken - space::M);
            widgets::paint_text(ui, text_rect, RichText::new(&message), tokens.text);
            let help = diagnostic.help.as_deref().map(|help| format!("\n{}", text::one_line(help))).unwrap_or_default();
            let row = row.on_hover_text(format!("{message}{help}\n{}", diagnostic.code.as_str()));
            if row.clicked() {
                commands.push(Command::Reveal(place));
            }
            row.context_menu(|ui| problem_menu(ui, diagnostic, session, commands));
        });
    });
}

/// What a right click on a problem offers: all of its fixes, and its text to copy.
fn problem_menu(ui: &mut Ui, diagnostic: &Diagnostic, session: &Session, commands: &mut Commands) {
    ui.set_min_width(220.0);
    let is_sealed = session.archive.is_some();
    let is_possible = session.is_current(diagnostic) && !is_sealed;
    for at in 0..diagnostic.fixes.len() {
        let command = Command::ApplyFix(Box::new(diagnostic.clone()), at);
        let button = ui.add_enabled(is_possible, Button::new(text::one_line(&command.text())));
        let button = if is_sealed { button.on_disabled_hover_text(SEALED) } else { button };
        if button.clicked() {
            commands.push(command);
            ui.close();
        }
    }
    if !diagnostic.fixes.is_empty() {
        ui.separator();
    }
    if ui.button("Copy problem").clicked() {
        let position = diagnostic.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        let text = Mark::from(diagnostic).as_text();
        commands.push(Command::Copy(format!("{}{position}: {text}", diagnostic.file)));
        ui.close();
    }
}
