//! The dialogs of archives: one that is being opened or was refused, and where to extract to.

use std::time::Duration;

use egui::{Label, ProgressBar, RichText, Ui};
use egui_material_icons::icons::*;

use crate::deploy::UnpackError;
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::state::{ExtractDialog, OpenArchiveDialog, State};
use crate::workbench::theme::{self, space};
use crate::workbench::{text, widgets};

/// Most archives are unpacked sooner: a dialog for them would only flicker.
const PATIENCE: Duration = Duration::from_millis(250);
const WIDTH: f32 = 520.0;
/// Width of the names beside what they name.
const NAMES: f32 = 80.0;

/// An archive that is being unpacked, or why it is not opened.
pub fn opening(ctx: &egui::Context, dialog: &OpenArchiveDialog, state: &State, commands: &mut Commands) {
    let name = dialog.path.file_name().unwrap_or(dialog.path.as_os_str()).to_string_lossy();
    let name = text::one_line(&name);
    if let Some(error) = &dialog.refused {
        super::modal(ctx, &format!("Cannot open {name}"), WIDTH, commands, |ui, commands| {
            refused(ui, &dialog.path.display().to_string(), error);
            ui.add_space(space::L);
            ui.horizontal(|ui| {
                widgets::command_button(ui, Command::OpenArchive, state, commands);
                if ui.button("Close").clicked() {
                    commands.push(Command::CloseDialog);
                }
            });
        });
        return;
    }
    let age = dialog.since.elapsed();
    if age < PATIENCE {
        ctx.request_repaint_after(PATIENCE - age);
        return;
    }
    super::modal(ctx, &format!("Opening {name}"), WIDTH, commands, |ui, commands| {
        progress(ui, state);
        ui.add_space(space::M);
        widgets::command_button(ui, Command::CancelUnpack, state, commands);
    });
}

/// What is wrong, where, and what to do.
fn refused(ui: &mut Ui, path: &str, error: &UnpackError) {
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_GPP_BAD, tokens.bad, |ui| {
        ui.add(Label::new(text::sentence(&error.what())).wrap());
    });
    ui.add_space(space::M);
    let rows = [
        ("Archive", Some(path.to_owned())),
        ("Entry", error.entry().map(str::to_owned)),
        ("What to do", error.help().map(text::sentence)),
    ];
    for (name, value) in rows {
        let Some(value) = value else { continue };
        ui.horizontal_top(|ui| {
            ui.scope(|ui| {
                ui.set_width(NAMES);
                ui.label(RichText::new(name).color(tokens.muted));
            });
            ui.add(Label::new(text::one_line(&value)).wrap());
        });
    }
    ui.add_space(space::S);
    widgets::remark(ui, "Nothing of it was written to the disk");
}

fn progress(ui: &mut Ui, state: &State) {
    let activity = state.activity(Kind::Unpack);
    let share = activity.and_then(|activity| activity.progress.share).unwrap_or(0.0);
    ui.add(ProgressBar::new(share).desired_height(8.0).fill(theme::of(ui).accent))
        .accessible_name(format!("Unpacked {:.0} %", share * 100.0));
}

/// Where the archive is to be extracted to.
pub fn extract(ctx: &egui::Context, dialog: &mut ExtractDialog, state: &State, commands: &mut Commands) {
    let Some(archive) = state.session.as_ref().and_then(|session| session.archive.as_ref()) else { return };
    super::modal(ctx, &format!("Extract {}", archive.name()), WIDTH, commands, |ui, commands| {
        let tokens = theme::of(ui);
        if let Some(wanted) = &dialog.wanted {
            widgets::banner(ui, ICON_LOCK, tokens.accent, |ui| {
                let sentence = format!("“{wanted}” needs a folder: the archive itself stays as it is");
                ui.add(Label::new(sentence).wrap());
            });
            ui.add_space(space::M);
        }
        widgets::heading(ui, "New folder");
        let mut entered = false;
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::command_button(ui, Command::ChooseExtractFolder, state, commands);
                let response = widgets::field(ui, &mut dialog.path, "New folder", "Path of the folder to make");
                if response.changed() {
                    dialog.error = None;
                }
                entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                if !entered && ui.memory(|memory| memory.focused().is_none()) {
                    response.request_focus();
                }
            });
        });
        widgets::remark(ui, "It appears when it is complete, and is opened then");
        if let Some(error) = &dialog.error {
            ui.add_space(space::S);
            widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
                ui.add(Label::new(text::sentence(error)).wrap());
            });
        }
        ui.add_space(space::L);
        if state.activity(Kind::Unpack).is_some() {
            progress(ui, state);
            ui.add_space(space::S);
            widgets::command_button(ui, Command::CancelUnpack, state, commands);
        } else {
            widgets::primary_button(ui, Command::Extract, state, commands);
            if entered {
                commands.push(Command::Extract);
            }
        }
    });
}
