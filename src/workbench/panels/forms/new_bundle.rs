//! The dialog for a new bundle: its folder and its name.

use egui::{Key, RichText};
use egui_material_icons::icons::*;

use crate::bundle::template::check_bundle_name;
use crate::workbench::command::{Command, Commands};
use crate::workbench::forms::NewBundleDialog;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::widgets;

use super::fields;

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &mut NewBundleDialog, state: &State, commands: &mut Commands) {
    super::super::modal(ctx, "New bundle", 520.0, commands, |ui, commands| {
        let tokens = theme::of(ui);
        ui.spacing_mut().item_spacing.y = space::XS;
        fields::label(ui, "Folder", false);
        let folder = ui.horizontal(|ui| {
            let width = ui.available_width() - 100.0;
            let size = egui::vec2(width, ui.spacing().interact_size.y);
            let hint = "Path of a new or an empty folder";
            let field = |ui: &mut egui::Ui| widgets::field(ui, &mut dialog.folder, "New bundle's folder", hint);
            let response = ui.allocate_ui(size, field).inner;
            widgets::command_button(ui, Command::ChooseNewFolder, state, commands);
            response
        });
        let folder = folder.inner;
        if dialog.folder.is_empty() && ui.memory(|memory| memory.focused().is_none()) {
            folder.request_focus();
        }
        ui.add_space(space::S);
        fields::label(ui, "Name", false);
        let mut name = dialog.name();
        let named = widgets::field(ui, &mut name, "New bundle's name", "online-shop");
        if named.changed() {
            dialog.name = Some(name.clone());
        }
        if folder.changed() || named.changed() {
            dialog.error = None;
        }
        let problem = check_bundle_name(&name).err();
        if let Some(problem) = problem.as_ref().filter(|_| !dialog.folder.trim().is_empty()) {
            ui.label(RichText::new(problem).size(size::SMALL).color(tokens.bad));
        }
        ui.add_space(space::S);
        let what = "Makes bundle.yaml, a service with an endpoint, an intent and a goal, its small module with the \
                    source, and two saved inputs. It has no problems and runs at once. Nothing that exists is overwritten.";
        widgets::remark(ui, what);
        if let Some(error) = &dialog.error {
            ui.add_space(space::S);
            widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
                ui.add(egui::Label::new(error.as_str()).wrap());
            });
        }
        ui.add_space(space::M);
        let entered = (folder.lost_focus() || named.lost_focus()) && ui.input(|input| input.key_pressed(Key::Enter));
        let ready = problem.is_none() && !dialog.folder.trim().is_empty();
        ui.horizontal(|ui| {
            ui.add_enabled_ui(ready, |ui| {
                widgets::primary_button(ui, Command::CreateBundle, state, commands);
            });
            if ui.button("Cancel").clicked() {
                commands.push(Command::CloseDialog);
            }
        });
        if entered && ready {
            commands.push(Command::CreateBundle);
        }
    });
}
