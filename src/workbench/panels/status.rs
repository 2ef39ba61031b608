//! The bar at the bottom: the bundle, its problems, what is going on, and where the caret is.

use egui::{Align, Button, Frame, Layout, Margin, Panel, ProgressBar, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::{Severity, printable_line};
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size};
use crate::workbench::{text, widgets};

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let frame = Frame::new().fill(tokens.surface).inner_margin(Margin::symmetric(10, 3));
    Panel::bottom("status").frame(frame).show(ui, |ui| {
        let Some(session) = &state.session else { return };
        ui.horizontal(|ui| {
            ui.spacing_mut().button_padding = egui::vec2(5.0, 2.0);
            ui.spacing_mut().interact_size.y = 20.0;
            problems(ui, session, commands);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                place(ui, session);
                activity(ui, state, commands);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let name = session.bundle().map(crate::bundle::Bundle::display_name).unwrap_or_default();
                    let line = format!("{}   {}", printable_line(&name, 80), session.place().display());
                    let line = RichText::new(line).size(size::SMALL).color(tokens.muted);
                    ui.add(egui::Label::new(line).truncate());
                });
            });
        });
    });
}

fn problems(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let (errors, warnings) = (session.count(Severity::Error), session.count(Severity::Warning));
    let name = match (errors, warnings) {
        (0, 0) => "No problems".to_owned(),
        (errors, 0) => text::count(errors, "error"),
        (0, warnings) => text::count(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", text::count(errors, "error"), text::count(warnings, "warning")),
    };
    let (symbol, color) = match (errors, warnings) {
        (0, 0) => (ICON_CHECK_CIRCLE, tokens.good),
        (0, _) => (ICON_WARNING, tokens.warn),
        _ => (ICON_ERROR, tokens.bad),
    };
    let label = RichText::new(name.as_str()).size(size::SMALL).color(tokens.text);
    let button = Button::new((symbol.rich_text().size(14.0).color(color), label)).frame_when_inactive(false);
    let response = ui.add(button).accessible_name(name).on_hover_text("Show or hide problems");
    if response.clicked() {
        commands.push(Command::ToggleProblems);
    }
}

fn place(ui: &mut Ui, session: &Session) {
    let tokens = theme::of(ui);
    let document = session.documents.active_file().and_then(|file| session.documents.get(file));
    if let Some(document) = document {
        let (line, column) = document.editor.cursor();
        let label = format!("Ln {line}, Col {column}");
        ui.label(RichText::new(label).size(size::SMALL).color(tokens.muted));
    }
}

fn activity(ui: &mut Ui, state: &State, commands: &mut Commands) {
    // A check takes milliseconds: showing it would only flicker.
    let Some(activity) = state.activities.iter().find(|activity| activity.kind != Kind::Read) else { return };
    let tokens = theme::of(ui);
    let cancel = match activity.kind {
        Kind::Invoke => Some(Command::CancelRun),
        Kind::Measure => Some(Command::CancelMeasure),
        _ => None,
    };
    if let Some(cancel) = cancel {
        widgets::icon_button(ui, cancel, state, commands);
    }
    if let Some(share) = activity.progress.share {
        ui.add(ProgressBar::new(share).desired_width(120.0).desired_height(6.0).fill(tokens.accent));
    } else {
        ui.add(egui::Spinner::new().size(12.0).color(tokens.accent));
    }
    let label = RichText::new(text::one_line(&activity.progress.label)).size(size::SMALL).color(tokens.muted);
    ui.add(egui::Label::new(label).truncate());
}
