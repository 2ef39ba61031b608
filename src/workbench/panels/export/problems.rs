//! The problems of a bundle that is to be exported, each a click away from its place.

use egui::{RichText, ScrollArea, Ui};

use crate::bundle::{Diagnostic, Severity};
use crate::workbench::command::{Command, Commands, ExportCommand};
use crate::workbench::outline::Place;
use crate::workbench::state::Session;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// The errors, which stand in the way.
pub fn errors(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let title = format!("{} in the way", text::count(session.count(Severity::Error), "error"));
    ui.label(RichText::new(title).family(theme::semibold()).color(tokens.bad));
    list(ui, session, Severity::Error, 220.0, commands);
    ui.add_space(space::XS);
    widgets::remark(ui, "Each leads to its place; warnings and hints do not stand in the way");
}

/// The warnings, about which the user is asked.
pub fn warnings(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let count = session.count(Severity::Warning);
    if count == 0 {
        return;
    }
    ui.add_space(space::M);
    let title = text::count(count, "warning");
    ui.label(RichText::new(title).family(theme::semibold()).color(theme::of(ui).warn));
    list(ui, session, Severity::Warning, 80.0, commands);
}

/// The problems of one severity.
pub fn list(ui: &mut Ui, session: &Session, severity: Severity, height: f32, commands: &mut Commands) {
    let problems: Vec<&Diagnostic> =
        session.diagnostics().iter().filter(|diagnostic| diagnostic.severity == severity).collect();
    let area = ScrollArea::vertical()
        .id_salt(severity.as_str())
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, true]);
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, size::ROW, problems.len(), |ui, rows| {
        for problem in problems.get(rows).unwrap_or_default() {
            row(ui, problem, commands);
        }
    });
    ui.spacing_mut().item_spacing.y = space::S;
}

fn row(ui: &mut Ui, problem: &Diagnostic, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let (symbol, color) = widgets::severity(tokens, problem.severity);
    let message = text::one_line(&problem.message);
    let row = widgets::row(ui, size::ROW, false, egui::accesskit::Role::Button, &format!("Go to {message}"));
    let inner = row.rect.shrink2(egui::vec2(space::XS, 0.0));
    let icon = inner.with_max_x(inner.left() + size::ICON);
    widgets::paint_icon(ui, icon, symbol, color);
    let place = problem.position.map(|at| format!(":{}", at.line)).unwrap_or_default();
    let place = text::one_line(&format!("{}{place}", problem.file));
    let rest = inner.with_min_x(icon.right() + space::S);
    let end = rest.with_min_x(rest.left() + rest.width() * 0.6);
    let taken = widgets::paint_text_right(ui, end, RichText::new(&place).size(size::SMALL), tokens.faint);
    let text_rect = rest.with_max_x(rest.right() - taken - space::M);
    widgets::paint_text(ui, text_rect, RichText::new(&message), tokens.text);
    let help = problem.help.as_deref().map(|help| format!("\n{}", text::one_line(help))).unwrap_or_default();
    if row.on_hover_text(format!("{message}{help}\n{place}")).clicked() {
        commands.push(Command::Exporting(ExportCommand::Back));
        commands.push(Command::CloseDialog);
        commands.push(Command::Reveal(Place { file: problem.file.clone(), span: problem.span }));
    }
}
