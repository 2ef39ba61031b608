//! The small dialogs: which bundle to open, the limits, and unsaved changes.

use egui::{Button, DragValue, Grid, RichText};
use egui_material_icons::icons::*;

use crate::bundle::settings::SETTINGS_FILE;
use crate::workbench::command::{Command, Commands};
use crate::workbench::settings::LimitSettings;
use crate::workbench::state::{Pending, State};
use crate::workbench::theme::{self, space};
use crate::workbench::{text, widgets};

/// Asks for a bundle's folder.
pub fn show(ctx: &egui::Context, path: &mut String, remark: Option<&str>, state: &State, commands: &mut Commands) {
    super::modal(ctx, "Open bundle", 520.0, commands, |ui, commands| {
        if let Some(remark) = remark {
            widgets::remark(ui, remark);
        }
        let response = widgets::field(ui, path, "Bundle folder", "Path of a folder with a bundle.yaml, or of a ZIP");
        if path.is_empty() && !response.has_focus() && ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        ui.add_space(space::S);
        let typed = path.trim();
        let clicked = ui.add_enabled(!typed.is_empty(), Button::new("Open")).accessible_name("Open folder").clicked();
        if (clicked || entered) && !typed.is_empty() {
            commands.push(Command::CloseDialog);
            commands.push(Command::OpenFolder(typed.into()));
        }
        ui.add_space(space::M);
        widgets::heading(ui, "Recent bundles");
        for folder in &state.settings.recent {
            let name = folder.display().to_string();
            let button = Button::new(name.as_str()).frame_when_inactive(false).truncate();
            if ui.add_enabled(!state.start.missing.contains(folder), button).clicked() {
                commands.push(Command::CloseDialog);
                commands.push(Command::OpenFolder(folder.clone()));
            }
        }
    });
}

/// Sets the limits of an invocation.
pub fn limits(ctx: &egui::Context, state: &mut State, commands: &mut Commands) {
    super::modal(ctx, "Limits", 440.0, commands, |ui, commands| {
        widgets::remark(ui, "What one invocation may use. Crossing a limit ends it with a fault that names the limit.");
        ui.add_space(space::M);
        let limits = &mut state.settings.limits;
        Grid::new("limits").num_columns(2).spacing([space::XL, space::M]).show(ui, |ui| {
            let label = ui.label("Time");
            let time = DragValue::new(&mut limits.time_ms).range(LimitSettings::TIME_MS).suffix(" ms").speed(50);
            ui.add(time).labelled_by(label.id);
            ui.end_row();
            let label = ui.label("Memory");
            let memory =
                DragValue::new(&mut limits.memory_mib).range(LimitSettings::MEMORY_MIB).suffix(" MiB").speed(2);
            ui.add(memory).labelled_by(label.id);
            ui.end_row();
            ui.label("Instructions");
            instructions(ui, &mut limits.instructions);
            ui.end_row();
        });
        ui.add_space(space::M);
        let all = limits.limits();
        let others = format!(
            "Fixed: input {}, output {}, log {}",
            text::bytes(all.input),
            text::bytes(all.output),
            text::bytes(all.log)
        );
        widgets::remark(ui, others);
        own_limits(ui, state);
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            if ui.button("Done").clicked() {
                commands.push(Command::CloseDialog);
            }
            widgets::command_button(ui, Command::ResetLimits, state, commands);
        });
    });
}

/// What the bundle's settings say of the picked function: that holds instead.
fn own_limits(ui: &mut egui::Ui, state: &State) {
    let session = state.session.as_ref();
    let picked = session.and_then(|session| session.callable(session.runner.picked.as_ref()?));
    if let Some((callable, own)) = picked.and_then(|callable| Some((callable, callable.limits.as_ref()?))) {
        let name = text::one_line(&callable.key.function);
        ui.add_space(space::S);
        widgets::remark(ui, format!("{name} has limits of its own in {SETTINGS_FILE}, which hold instead: {own}"));
    }
}

/// A limit that need not be there.
fn instructions(ui: &mut egui::Ui, limit: &mut Option<u64>) {
    /// What a limit begins with.
    const FIRST: u64 = 1_000_000;
    ui.horizontal(|ui| {
        let mut is_limited = limit.is_some();
        let hint = "Counted in a second run after each one, and kept there; times are never taken from it";
        let switch = ui.checkbox(&mut is_limited, "").accessible_name("Limit instructions").on_hover_text(hint);
        if switch.changed() {
            *limit = is_limited.then_some(FIRST);
        }
        match limit {
            Some(count) => {
                let value = DragValue::new(count).range(LimitSettings::INSTRUCTIONS).speed(10_000);
                ui.add(value).accessible_name("Instructions");
            }
            None => _ = widgets::muted(ui, "Any number"),
        }
    });
}

/// Asks what is to become of unsaved changes.
pub fn unsaved(ctx: &egui::Context, pending: &Pending, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    super::modal(ctx, "Unsaved changes", 460.0, commands, |ui, commands| {
        let tokens = theme::of(ui);
        let files = match pending {
            Pending::CloseFile(file) => vec![file.clone()],
            _ => session.documents.dirty_files(),
        };
        ui.add(egui::Label::new("These files have changes that are not saved").wrap());
        for file in &files {
            ui.horizontal(|ui| {
                widgets::icon(ui, ICON_DESCRIPTION, tokens.muted);
                ui.add(egui::Label::new(RichText::new(text::one_line(file)).monospace()).truncate());
            });
        }
        ui.add_space(space::L);
        ui.horizontal(|ui| {
            widgets::primary_button(ui, Command::SaveAndGoOn, state, commands);
            widgets::command_button(ui, Command::DiscardAndGoOn, state, commands);
            if ui.button("Cancel").clicked() {
                commands.push(Command::CloseDialog);
            }
        });
    });
}
