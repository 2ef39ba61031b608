//! The dialog that asks where a chart or its data is to be saved, and says what came of it.

use egui::{Label, ProgressBar, RichText, TextureOptions, Ui};
use egui_material_icons::icons::*;

use crate::workbench::command::{Command, Commands, GoalCommand};
use crate::workbench::jobs::Kind;
use crate::workbench::picture::{ChartFile, SaveChartDialog, SaveStage};
use crate::workbench::state::State;
use crate::workbench::theme::{self, space};
use crate::workbench::{text, widgets};

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &mut SaveChartDialog, state: &State, commands: &mut Commands) {
    let title = match &dialog.file {
        ChartFile::Picture(_) => "Save chart as PNG",
        ChartFile::Data(_) => "Save data as CSV",
    };
    super::super::modal(ctx, title, 560.0, commands, |ui, commands| {
        let tokens = theme::of(ui);
        if let SaveStage::Done(path, size) = &dialog.stage {
            widgets::banner(ui, ICON_CHECK_CIRCLE, tokens.good, |ui| {
                let title = format!("Saved, {}", text::bytes(*size));
                ui.label(RichText::new(title).family(theme::semibold()));
                ui.add(Label::new(path.display().to_string()).wrap());
            });
            ui.add_space(space::M);
            if ui.button("Done").clicked() {
                commands.push(Command::CloseDialog);
            }
            return;
        }
        preview(ui, &dialog.file);
        ui.add_space(space::S);
        let entered = target(ui, dialog, state, commands);
        if let SaveStage::Failed(reason) = &dialog.stage {
            ui.add_space(space::S);
            widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
                ui.add(Label::new(reason.as_str()).wrap());
            });
        }
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            let save = Command::Goals(GoalCommand::WriteFile);
            widgets::primary_button(ui, save.clone(), state, commands);
            if let Some(activity) = state.activity(Kind::Chart) {
                let bar = ProgressBar::new(activity.progress.share.unwrap_or(0.5)).desired_height(8.0);
                ui.add(bar).accessible_name("Writing");
            } else if entered {
                commands.push(save);
            }
        });
    });
}

/// The picture in small, or what the table holds.
fn preview(ui: &mut Ui, file: &ChartFile) {
    match file {
        ChartFile::Picture(image) => {
            let [width, height] = image.size;
            widgets::remark(ui, format!("{width} × {height} pixels, as it was seen"));
            let id = egui::Id::unique("chart to save");
            let kept: Option<(usize, egui::TextureHandle)> = ui.data(|data| data.get_temp(id));
            let key = std::sync::Arc::as_ptr(image) as usize;
            let texture = match kept {
                Some((known, texture)) if known == key => texture,
                _ => {
                    let texture =
                        ui.ctx().load_texture("chart to save", image.as_ref().clone(), TextureOptions::LINEAR);
                    ui.data_mut(|data| data.insert_temp(id, (key, texture.clone())));
                    texture
                }
            };
            let size = egui::vec2(width as f32, height as f32);
            let scale = (ui.available_width() / size.x).min(220.0 / size.y);
            ui.image((texture.id(), size * scale));
        }
        ChartFile::Data(kind) => drop(widgets::remark(ui, kind.table_hint())),
    }
}

/// The path field. Says whether Enter was pressed in it.
fn target(ui: &mut Ui, dialog: &mut SaveChartDialog, state: &State, commands: &mut Commands) -> bool {
    let row = |ui: &mut Ui| {
        widgets::command_button(ui, Command::Goals(GoalCommand::ChooseFile), state, commands);
        let response = widgets::field(ui, &mut dialog.path, "Path of the file", "Where it is to be saved");
        if response.changed() && matches!(dialog.stage, SaveStage::Failed(_)) {
            dialog.stage = SaveStage::Ready;
        }
        response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
    };
    ui.horizontal(|ui| ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), row).inner).inner
}
