//! The dialog that gives something of the bundle another name, with a preview of what would change.

use egui::text::CCursor;
use egui::text_selection::CCursorRange;
use egui::{Context, Id, Key, RichText, ScrollArea};
use egui_material_icons::icons::ICON_DESCRIPTION;

use crate::bundle::BundleEdit;
use crate::bundle::assist::{self, Subject};
use crate::workbench::command::{Command, Commands};
use crate::workbench::state::{RenameDialog, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Draws the dialog.
pub fn show(ctx: &Context, dialog: &mut RenameDialog, state: &State, commands: &mut Commands) {
    let Some(loaded) = state.loaded() else { return };
    let title = match &dialog.subject {
        Subject::Service(_) | Subject::ServiceFile(_) => "Rename service",
        Subject::Function { .. } | Subject::PlatformFunction(_) => "Rename function reference",
        Subject::Sensor(_) => "Rename sensor",
    };
    super::modal(ctx, title, 480.0, commands, |ui, commands| {
        let tokens = theme::of(ui);
        let field = widgets::field(ui, &mut dialog.name, "New name", "New name");
        if dialog.preview.is_none() {
            field.request_focus();
            select_all(ui.ctx(), field.id, &dialog.name);
        }
        let name = dialog.name.trim().to_owned();
        if dialog.preview.as_ref().is_none_or(|(made_for, _)| *made_for != name) {
            let preview = assist::rename(&loaded.bundle, &dialog.subject, &name);
            dialog.preview = Some((name.clone(), preview));
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(space::M);
        match dialog.preview.as_ref().map(|(_, preview)| preview) {
            Some(Ok(edit)) => {
                preview(ui, edit);
                ui.add_space(space::M);
                ui.horizontal(|ui| {
                    let changes = edit.places() + edit.moves.len() > 0;
                    let clicked = ui.add_enabled(changes, egui::Button::new("Rename")).clicked();
                    if (clicked || entered) && changes {
                        commands.push(Command::CloseDialog);
                        commands.push(Command::ApplyEdit(Box::new(edit.clone())));
                    }
                    if ui.button("Cancel").clicked() {
                        commands.push(Command::CloseDialog);
                    }
                });
            }
            // Nothing is wrong with a name before it was changed.
            Some(Err(_)) if name == dialog.subject.name() => {
                widgets::remark(ui, "Type another name");
            }
            Some(Err(reason)) => {
                ui.add(egui::Label::new(RichText::new(text::one_line(reason)).color(tokens.bad)).wrap());
            }
            None => {}
        }
    });
}

/// Selects the whole name, so that typing replaces it.
fn select_all(ctx: &Context, field: Id, name: &str) {
    let mut state = egui::TextEdit::load_state(ctx, field).unwrap_or_default();
    let end = CCursor::new(name.chars().count());
    state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
    state.store(ctx, field);
}

fn preview(ui: &mut egui::Ui, edit: &BundleEdit) {
    let tokens = theme::of(ui);
    let places = text::count(edit.places(), "place");
    let files = text::count(edit.files.len(), "file");
    widgets::remark(ui, format!("Changes {places} in {files}"));
    ScrollArea::vertical().max_height(220.0).auto_shrink([false, true]).show(ui, |ui| {
        for (file, edits) in &edit.files {
            ui.horizontal(|ui| {
                widgets::icon(ui, ICON_DESCRIPTION, tokens.muted);
                ui.label(RichText::new(text::one_line(file)).monospace().size(size::SMALL));
                widgets::muted(ui, text::count(edits.len(), "place"));
            });
        }
        for (from, to) in &edit.moves {
            ui.horizontal(|ui| {
                widgets::icon(ui, ICON_DESCRIPTION, tokens.accent);
                let line = format!("{} \u{2192} {}", text::one_line(from), text::one_line(to));
                ui.label(RichText::new(line).monospace().size(size::SMALL));
            });
        }
    });
    if !edit.moves.is_empty() {
        widgets::remark(ui, "Files are renamed on disk, so the changed texts are saved with them");
    }
}
