//! The export dialog: where to, what goes in, what stands in the way, and what came of it.

use egui::{ProgressBar, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::bundle::{Diagnostic, Severity};
use crate::deploy::Exported;
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::outline::Place;
use crate::workbench::state::{ExportDialog, ExportStage, Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &mut ExportDialog, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    super::modal(ctx, "Export bundle", 560.0, commands, |ui, commands| {
        let errors: Vec<&Diagnostic> =
            session.diagnostics().iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
        let dirty = !session.documents.dirty_files().is_empty();
        if let ExportStage::Done(exported) = &dialog.stage {
            done(ui, exported, state, commands);
            return;
        }
        target(ui, dialog, state, commands);
        ui.add_space(space::M);
        if !errors.is_empty() {
            obstacles(ui, &errors, commands);
        } else {
            contents(ui, session);
        }
        if dirty {
            unsaved(ui, state, commands);
        }
        if let ExportStage::Failed(reason) = &dialog.stage {
            let tokens = theme::of(ui);
            widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
                ui.add(egui::Label::new(reason.as_str()).wrap());
            });
        }
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            widgets::primary_button(ui, Command::Export, state, commands);
            if let Some(activity) = state.activity(Kind::Export) {
                ui.add(ProgressBar::new(activity.progress.share.unwrap_or(0.5)).animate(true).desired_height(8.0));
            }
        });
    });
}

fn target(ui: &mut Ui, dialog: &mut ExportDialog, state: &State, commands: &mut Commands) {
    widgets::heading(ui, "Archive");
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widgets::command_button(ui, Command::ChooseArchive, state, commands);
            let response = widgets::field(ui, &mut dialog.path, "Archive path", "Path of the ZIP to write");
            if response.changed() && matches!(dialog.stage, ExportStage::Failed(_)) {
                dialog.stage = ExportStage::Ready;
            }
        });
    });
}

fn contents(ui: &mut Ui, session: &Session) {
    let Some(bundle) = session.bundle() else { return };
    let files = std::iter::once("bundle.yaml".to_owned())
        .chain(bundle.services.iter().map(|service| service.file.clone()))
        .chain(
            bundle.services.iter().filter_map(|s| bundle.module_of(&s.name.value)).map(|module| module.file.clone()),
        );
    let files: Vec<String> = files.collect();
    widgets::heading(ui, "What goes in");
    ScrollArea::vertical().max_height(150.0).auto_shrink([false, true]).show(ui, |ui| {
        for file in &files {
            ui.add(egui::Label::new(RichText::new(text::one_line(file)).monospace()).truncate());
        }
    });
    widgets::remark(ui, "Only what the manifest names; the same bundle gives the same bytes on every machine");
    widgets::remark(ui, "A report with problems, digests and goal verdicts is written beside the archive");
}

fn obstacles(ui: &mut Ui, errors: &[&Diagnostic], commands: &mut Commands) {
    let tokens = theme::of(ui);
    let title = format!("{} in the way", text::count(errors.len(), "error"));
    ui.label(RichText::new(title).family(theme::semibold()).color(tokens.bad));
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().max_height(180.0).auto_shrink([false, true]).show(ui, |ui| {
        for error in errors {
            let message = text::one_line(&error.message);
            let row = widgets::row(ui, size::ROW, false, egui::accesskit::Role::Button, &format!("Go to {message}"));
            let inner = row.rect.shrink2(egui::vec2(space::XS, 0.0));
            let icon = inner.with_max_x(inner.left() + size::ICON);
            widgets::paint_icon(ui, icon, ICON_ERROR, tokens.bad);
            let place = error.position.map(|at| format!(":{}", at.line)).unwrap_or_default();
            let place = text::one_line(&format!("{}{place}", error.file));
            let text_rect = inner.with_min_x(icon.right() + space::S);
            let half = text_rect.with_min_x(text_rect.left() + text_rect.width() * 0.6);
            let taken = widgets::paint_text_right(ui, half, RichText::new(place).size(size::SMALL), tokens.faint);
            let text_rect = text_rect.with_max_x(text_rect.right() - taken - space::M);
            widgets::paint_text(ui, text_rect, RichText::new(&message), tokens.text);
            if row.on_hover_text(message).clicked() {
                commands.push(Command::CloseDialog);
                commands.push(Command::Reveal(Place { file: error.file.clone(), span: error.span }));
            }
        }
    });
    ui.spacing_mut().item_spacing.y = space::S;
    widgets::remark(ui, "Warnings and hints do not stand in the way");
}

fn unsaved(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.add_space(space::S);
    widgets::banner(ui, ICON_WARNING, tokens.warn, |ui| {
        ui.add(egui::Label::new("The archive is made from the files on disk, and there are unsaved changes").wrap());
        widgets::command_button(ui, Command::SaveAll, state, commands);
    });
}

fn done(ui: &mut Ui, exported: &Exported, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_CHECK_CIRCLE, tokens.good, |ui| {
        let title =
            format!("Exported {} in {}", text::count(exported.entries.len(), "file"), text::bytes(exported.size));
        ui.label(RichText::new(title).family(theme::semibold()));
        ui.add(egui::Label::new(exported.path.display().to_string()).wrap());
    });
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        widgets::heading(ui, "SHA-256");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let copy = Command::Copy(exported.sha256.clone());
            let button = egui::Button::new(copy.icon().rich_text().size(size::ICON).color(tokens.muted));
            widgets::give(ui, button.frame_when_inactive(false), "Copy SHA-256", copy, state, commands);
        });
    });
    ui.add(egui::Label::new(RichText::new(&exported.sha256).monospace().size(size::SMALL)).wrap());
    ui.add_space(space::S);
    widgets::heading(ui, "Entries");
    ScrollArea::vertical().max_height(150.0).auto_shrink([false, true]).show(ui, |ui| {
        for entry in &exported.entries {
            ui.add(egui::Label::new(RichText::new(text::one_line(entry)).monospace()).truncate());
        }
    });
    ui.add_space(space::S);
    widgets::heading(ui, "Beside it");
    for file in &exported.beside {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        ui.add(egui::Label::new(RichText::new(text::one_line(&name)).monospace()).truncate());
    }
    widgets::remark(ui, "What was checked and measured, for people and for programs");
    ui.add_space(space::M);
    if ui.button("Done").clicked() {
        commands.push(Command::CloseDialog);
    }
}
