//! The dialog for a new service: its name, and what its module is to be written in.

use egui::{Button, Key, RichText};
use egui_material_icons::icons::*;

use crate::bundle::template::{Language, check_service_name};
use crate::workbench::command::{Command, Commands};
use crate::workbench::forms::NewServiceDialog;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::widgets;

use super::fields;

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &mut NewServiceDialog, state: &State, commands: &mut Commands) {
    super::super::modal(ctx, "New service", 480.0, commands, |ui, commands| {
        let tokens = theme::of(ui);
        ui.spacing_mut().item_spacing.y = space::XS;
        fields::label(ui, "Name", false);
        let response = widgets::field(ui, &mut dialog.name, "Service name", "user-service");
        if dialog.name.is_empty() && ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if response.changed() {
            dialog.error = None;
        }
        let problem = check_service_name(dialog.name.trim()).err();
        if let Some(problem) = problem.as_ref().filter(|_| !dialog.name.is_empty()) {
            ui.label(RichText::new(problem).size(size::SMALL).color(tokens.bad));
        }
        ui.add_space(space::S);
        fields::label(ui, "Module in", false);
        ui.horizontal_wrapped(|ui| {
            for language in Language::ALL {
                let button =
                    Button::selectable(dialog.language == language, language.as_str()).frame_when_inactive(true);
                if ui.add(button).accessible_name(format!("Module in {}", language.as_str())).clicked() {
                    dialog.language = language;
                }
            }
        });
        ui.add_space(space::S);
        let name = if problem.is_none() { dialog.name.trim() } else { "<name>" };
        let what = "Makes the service's file with an example endpoint, intent and goal, and lists it in bundle.yaml.";
        widgets::remark(ui, format!("{what} Its module then belongs at wasm/{name}.wasm:"));
        let build = dialog.language.build_command(name);
        let build = build.unwrap_or_else(|| "any compiler; docs/plain-convention.md says what it must export".into());
        ui.add(egui::Label::new(RichText::new(build).monospace().size(size::SMALL)).wrap());
        if let Some(error) = &dialog.error {
            ui.add_space(space::S);
            widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
                ui.add(egui::Label::new(error.as_str()).wrap());
            });
        }
        ui.add_space(space::M);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.horizontal(|ui| {
            ui.add_enabled_ui(problem.is_none(), |ui| {
                widgets::primary_button(ui, Command::CreateService, state, commands);
            });
            if ui.button("Cancel").clicked() {
                commands.push(Command::CloseDialog);
            }
        });
        if entered && problem.is_none() {
            commands.push(Command::CreateService);
        }
    });
}
