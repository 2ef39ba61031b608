//! What an export would write: every file with its size and digest, and what lies beside the archive.

use egui::{Label, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::deploy::{Beside, FileFacts, Preview};
use crate::workbench::command::Commands;
use crate::workbench::exporting::ExportDialog;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Characters of a digest that are shown; the tooltip has them all.
const SHOWN: usize = 12;
const HEIGHT: f32 = 190.0;

/// Draws the plan.
pub fn show(ui: &mut Ui, dialog: &ExportDialog, _state: &State, _commands: &mut Commands) {
    widgets::heading(ui, "What will be written");
    match &dialog.plan.made {
        None => {
            ui.horizontal(|ui| {
                ui.add(egui::Spinner::new().size(size::ICON)).accessible_name("Planning the export");
                widgets::muted(ui, "Packing, to know sizes and digests");
            });
        }
        Some(Err(reason)) => {
            widgets::banner(ui, ICON_ERROR, theme::of(ui).bad, |ui| {
                ui.add(Label::new(reason.as_str()).wrap());
            });
        }
        Some(Ok(plan)) => {
            files(ui, plan);
            beside(ui, dialog);
        }
    }
}

fn files(ui: &mut Ui, plan: &Preview) {
    let all: u64 = plan.files.iter().map(|file| file.size).sum();
    let total = format!(
        "{}, {}; packed {}",
        text::count(plan.files.len(), "file"),
        text::bytes(all),
        text::bytes(plan.archive.size)
    );
    let label = widgets::muted(ui, total);
    label.on_hover_text(format!("SHA-256 of the archive {}", plan.archive.sha256));
    let area = ScrollArea::vertical().id_salt("plan").max_height(HEIGHT).auto_shrink([false, true]);
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, size::ROW, plan.files.len(), |ui, rows| {
        for file in plan.files.get(rows).unwrap_or_default() {
            row(ui, file);
        }
    });
    ui.spacing_mut().item_spacing.y = space::S;
}

fn row(ui: &mut Ui, file: &FileFacts) {
    let tokens = theme::of(ui);
    let path = text::one_line(&file.path);
    let short: String = file.sha256.chars().take(SHOWN).collect();
    let name = format!("{path}, {}, SHA-256 {short}", text::bytes(file.size));
    let row = widgets::row(ui, size::ROW, false, egui::accesskit::Role::Row, &name);
    let inner = row.rect.shrink2(egui::vec2(space::XS, 0.0));
    let digest = RichText::new(short).monospace().size(size::SMALL);
    let taken = widgets::paint_text_right(ui, inner, digest, tokens.faint);
    let middle = inner.with_max_x(inner.right() - taken - space::L);
    let bytes = RichText::new(text::bytes(file.size)).size(size::SMALL);
    widgets::paint_text_right(ui, middle, bytes, tokens.muted);
    let left = inner.with_max_x((middle.right() - 70.0).max(inner.left()));
    widgets::paint_text(ui, left, RichText::new(&path).monospace().size(size::SMALL), tokens.text);
    row.on_hover_text(format!("{path}\n{} bytes\nSHA-256 {}", text::grouped(file.size as usize), file.sha256));
}

fn beside(ui: &mut Ui, dialog: &ExportDialog) {
    let beside = Beside::of(std::path::Path::new(dialog.choices.path.trim()));
    let mut files = vec![beside.json, beside.page];
    if dialog.choices.signs {
        files.extend([beside.digests, beside.signature]);
    }
    let name = |path: &std::path::PathBuf| path.file_name().map(|name| text::one_line(&name.to_string_lossy()));
    let names: Vec<String> = files.iter().filter_map(name).collect();
    ui.add_space(space::XS);
    widgets::remark(ui, format!("Beside it lie {}", names.join(", ")));
    widgets::remark(ui, "Only what the manifest names; the same bundle gives the same bytes on every machine");
}
