//! What came of an export: where it is, its digest, what lies beside it, and what to do next.

use std::path::{Path, PathBuf};

use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::deploy::Beside;
use crate::workbench::command::{Command, Commands, ExportCommand};
use crate::workbench::exporting::Written;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Draws what was written.
pub fn show(ui: &mut Ui, written: &Written, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let exported = &written.exported;
    widgets::banner(ui, ICON_CHECK_CIRCLE, tokens.good, |ui| {
        let title =
            format!("Exported {} in {}", text::count(exported.entries.len(), "file"), text::bytes(exported.size));
        ui.label(RichText::new(title).family(theme::semibold()));
        ui.add(Label::new(text::one_line(&exported.path.display().to_string())).wrap());
    });
    ui.add_space(space::L);
    digest(ui, "SHA-256", &exported.sha256, state, commands);
    if let Some(signed_by) = &written.signed_by {
        ui.add_space(space::S);
        digest(ui, "Signed by the key with this fingerprint", signed_by, state, commands);
    }
    ui.add_space(space::M);
    let height = (ui.ctx().content_rect().height() - 470.0).clamp(72.0, 170.0);
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        names(left, "Entries", &exported.entries, height);
        let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let beside: Vec<String> = exported.beside.iter().filter_map(name).collect();
        names(right, "Beside it", &beside, height);
        widgets::remark(right, "What was checked and measured, for people and for programs");
    });
    ui.add_space(space::L);
    ui.horizontal_wrapped(|ui| {
        widgets::primary_button(ui, Command::Exporting(ExportCommand::VerifyWritten), state, commands);
        let show = |path: PathBuf| Command::Exporting(ExportCommand::Show(path));
        widgets::command_button(ui, show(Beside::of(&exported.path).page), state, commands);
        let folder = exported.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        widgets::command_button(ui, show(folder.unwrap_or(Path::new(".")).into()), state, commands);
        if ui.button("Done").clicked() {
            commands.push(Command::CloseDialog);
        }
    });
}

/// A digest with its name and a button that copies it.
pub fn digest(ui: &mut Ui, name: &str, digest: &str, state: &State, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::heading(ui, name);
        let copy = Command::Copy(digest.to_owned());
        let icon = copy.icon().rich_text().size(size::ICON).color(theme::of(ui).muted);
        widgets::give(ui, Button::new(icon).frame_when_inactive(false), &format!("Copy {name}"), copy, state, commands);
    });
    ui.add(Label::new(RichText::new(digest).monospace().size(size::SMALL)).wrap());
}

fn names(ui: &mut Ui, title: &str, names: &[String], height: f32) {
    widgets::heading(ui, title);
    let area =
        ScrollArea::vertical().id_salt(title).max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        area.show(ui, |ui| {
            for name in names {
                ui.add(Label::new(RichText::new(text::one_line(name)).monospace().size(size::SMALL)).truncate());
            }
        });
    });
}
