//! The start screen: what this program is, and the ways to a bundle.

use egui::{Align, Button, Layout, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::workbench::command::{Command, Commands};
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::widgets;

const WIDTH: f32 = 560.0;

/// Draws the start screen.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let margin = ((ui.available_width() - WIDTH) / 2.0).max(space::L);
        let top = ((ui.available_height() - 470.0) / 2.0).max(space::L);
        ui.add_space(top);
        ui.horizontal_top(|ui| {
            ui.add_space(margin);
            ui.vertical(|ui| {
                ui.set_width(WIDTH.min(ui.available_width() - space::L));
                contents(ui, state, commands);
            });
        });
    });
}

/// What is shown while a bundle is read for the first time.
pub fn loading(ui: &mut Ui) {
    ui.centered_and_justified(|ui| ui.add(egui::Spinner::new().size(24.0)).accessible_name("Reading the bundle"));
}

fn contents(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.label(RichText::new("PrioStack Workbench").family(theme::semibold()).size(size::DISPLAY));
    ui.add_space(space::XS);
    let what = "Open a bundle, edit its YAML, run any function of its modules against JSON, measure it against its \
                goals, and export a ZIP that is known to be valid.";
    ui.add(egui::Label::new(RichText::new(what).color(tokens.muted)).wrap());
    ui.add_space(space::XL);
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding = Vec2::new(14.0, 8.0);
        widgets::primary_button(ui, Command::OpenBundle, state, commands);
        widgets::command_button(ui, Command::OpenArchive, state, commands);
        widgets::command_button(ui, Command::OpenSample, state, commands);
        widgets::command_button(ui, Command::NewBundle, state, commands);
    });
    ui.add_space(space::XL);
    path_field(ui, state, commands);
    if let Some(error) = &state.start.error {
        ui.add_space(space::M);
        widgets::banner(ui, ICON_INFO, tokens.warn, |ui| {
            ui.add(egui::Label::new(error.as_str()).wrap());
        });
    }
    ui.add_space(space::XL);
    recent(ui, state, commands);
}

fn path_field(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    widgets::heading(ui, "Folder or archive");
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let typed = state.start.path.trim().to_owned();
            let open = ui.add_enabled(!typed.is_empty(), Button::new("Open")).accessible_name("Open folder");
            let response = widgets::field(
                ui,
                &mut state.start.path,
                "Bundle folder",
                "Path of a folder with a bundle.yaml, or of a ZIP",
            );
            if std::mem::take(&mut state.start.focus_path) {
                response.request_focus();
            }
            let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if (open.clicked() || entered) && !typed.is_empty() {
                commands.push(Command::OpenFolder(typed.into()));
            }
        });
    });
}

fn recent(ui: &mut Ui, state: &State, commands: &mut Commands) {
    widgets::heading(ui, "Recent bundles");
    if state.settings.recent.is_empty() {
        widgets::muted(ui, "Bundles that you open are listed here");
    }
    for folder in &state.settings.recent {
        let missing = state.start.missing.contains(folder);
        recent_row(ui, folder, missing, state, commands);
    }
}

fn recent_row(ui: &mut Ui, folder: &std::path::Path, missing: bool, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::icon_button(ui, Command::ForgetRecent(folder.into()), state, commands);
            let color = if missing { tokens.faint } else { tokens.text };
            let row = widgets::row(ui, 30.0, false, egui::accesskit::Role::Button, &format!("Open recent {name}"));
            let inner = row.rect.shrink2(Vec2::new(space::M, 0.0));
            let (width, _) = widgets::paint_text(ui, inner, RichText::new(&name).family(theme::semibold()), color);
            let rest = inner.with_min_x(inner.left() + width + space::L);
            let path = if missing { format!("missing: {}", folder.display()) } else { folder.display().to_string() };
            widgets::paint_text(ui, rest, RichText::new(&path).size(size::SMALL), tokens.faint);
            if row.on_hover_text(path).clicked() && !missing {
                commands.push(Command::OpenFolder(folder.into()));
            }
        });
    });
}
