//! The export dialog: where to and how, what would be written, what stands in the way, and what came of it.

mod fields;
mod plan;
mod problems;
mod written;

pub use fields::browsed;
pub use written::digest;

use egui::{Button, ProgressBar, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::bundle::Severity;
use crate::workbench::available::availability;
use crate::workbench::command::{Command, Commands, ExportCommand};
use crate::workbench::exporting::{ExportDialog, ExportStage};
use crate::workbench::jobs::Kind;
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, space};
use crate::workbench::{text, widgets};

const WIDTH: f32 = 860.0;
/// What the dialog needs besides its fields: margins, title, and the row at the bottom.
const AROUND: f32 = 190.0;
/// Width of the fields; the plan has the rest.
const FIELDS: f32 = 340.0;

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &mut ExportDialog, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    super::modal(ctx, "Export bundle", WIDTH, commands, |ui, commands| match &mut dialog.stage {
        ExportStage::Done(written) => written::show(ui, written, state, commands),
        ExportStage::Asking { is_focused } => ask(ui, session, is_focused, state, commands),
        ExportStage::Running => running(ui, state, commands),
        ExportStage::Ready | ExportStage::Failed(_) => ready(ui, dialog, session, state, commands),
    });
}

fn ready(ui: &mut Ui, dialog: &mut ExportDialog, session: &Session, state: &State, commands: &mut Commands) {
    let height = (ui.ctx().content_rect().height() - AROUND).max(160.0);
    // The whole of it at once: the dialog was smaller before, and would only grow from frame to frame.
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        fields::place(ui, dialog, state, commands);
        ui.add_space(space::L);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(FIELDS);
                fields::show(ui, dialog, state, commands);
            });
            ui.add_space(space::L);
            ui.vertical(|ui| {
                ui.set_width(ui.available_width() - space::S);
                if session.count(Severity::Error) > 0 {
                    problems::errors(ui, session, commands);
                } else {
                    plan::show(ui, dialog, state, commands);
                    problems::warnings(ui, session, commands);
                }
            });
        });
        if !session.documents.dirty_files().is_empty() {
            unsaved(ui, state, commands);
        }
        if let ExportStage::Failed(reason) = &dialog.stage {
            ui.add_space(space::S);
            widgets::banner(ui, ICON_ERROR, theme::of(ui).bad, |ui| {
                ui.add(egui::Label::new(reason.as_str()).wrap());
            });
        }
    });
    ui.add_space(space::L);
    ui.horizontal(|ui| button(ui, dialog, state, commands));
}

/// The button that exports, or the reason why it cannot, beside it and in its tooltip.
fn button(ui: &mut Ui, dialog: &ExportDialog, state: &State, commands: &mut Commands) {
    let obstacle = availability(&Command::Export, state).err().or(dialog.obstacle());
    match obstacle {
        None => _ = widgets::primary_button(ui, Command::Export, state, commands),
        Some(reason) => {
            let muted = theme::of(ui).muted;
            let label = RichText::new(Command::Export.text()).family(theme::semibold()).color(muted);
            let button = Button::new((Command::Export.icon().rich_text().color(muted), label));
            ui.add_enabled(false, button).accessible_name(Command::Export.text()).on_disabled_hover_text(reason);
            widgets::muted(ui, reason);
        }
    }
}

fn running(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let progress = state.activity(Kind::Export).map(|activity| activity.progress.clone()).unwrap_or_default();
    ui.label(if progress.label.is_empty() { "Writing the archive" } else { progress.label.as_str() });
    let share = progress.share.unwrap_or(0.0);
    let bar = ProgressBar::new(share).desired_height(8.0).fill(theme::of(ui).accent);
    ui.add(bar).accessible_name(format!("Exported {:.0} %", share * 100.0));
    ui.add_space(space::L);
    widgets::command_button(ui, Command::Exporting(ExportCommand::Cancel), state, commands);
}

/// Whether to go on in spite of warnings; Enter goes on, Escape goes back.
fn ask(ui: &mut Ui, session: &Session, is_focused: &mut bool, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let warnings = session.count(Severity::Warning);
    widgets::banner(ui, ICON_WARNING, tokens.warn, |ui| {
        let question = format!("Export with {}?", text::count(warnings, "warning"));
        ui.label(RichText::new(question).family(theme::semibold()));
        widgets::remark(ui, "They do not make the archive invalid, and are listed in its report");
    });
    ui.add_space(space::M);
    let height = (ui.ctx().content_rect().height() - AROUND - 100.0).max(100.0);
    problems::list(ui, session, Severity::Warning, height, commands);
    ui.add_space(space::L);
    ui.horizontal(|ui| {
        let go_on = widgets::primary_button(ui, Command::Exporting(ExportCommand::WriteAnyway), state, commands);
        if !std::mem::replace(is_focused, true) {
            go_on.request_focus();
        }
        widgets::command_button(ui, Command::Exporting(ExportCommand::Back), state, commands);
    });
}

fn unsaved(ui: &mut Ui, state: &State, commands: &mut Commands) {
    ui.add_space(space::S);
    widgets::banner(ui, ICON_WARNING, theme::of(ui).warn, |ui| {
        ui.add(egui::Label::new("The archive is made from the files on disk, and there are unsaved changes").wrap());
        widgets::command_button(ui, Command::SaveAll, state, commands);
    });
}
