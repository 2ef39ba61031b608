//! What the user chooses of an export: its place, the layout, the signature, what the report is to hold.

use egui::{Align, Label, Layout as Direction, RichText, Ui};
use egui_material_icons::icons::*;

use crate::deploy::{Layout, PublicKey};
use crate::workbench::command::{Command, Commands, ExportCommand};
use crate::workbench::exporting::{ExportDialog, ExportStage, NewKey, Wanted};
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// The archive's place.
pub fn place(ui: &mut Ui, dialog: &mut ExportDialog, state: &State, commands: &mut Commands) {
    widgets::heading(ui, "Archive");
    let path = &mut dialog.choices.path;
    let is_changed = browsed(ui, path, ("Archive path", "Path of the ZIP to write"), Wanted::Archive, state, commands);
    if is_changed && matches!(dialog.stage, ExportStage::Failed(_)) {
        dialog.stage = ExportStage::Ready;
    }
    let replaces =
        dialog.plan.replaces.as_ref().is_some_and(|(path, is_there)| *is_there && path == dialog.choices.path.trim());
    let remark = if replaces { "There is such a file already; it will be replaced" } else { "A new file" };
    let color = if replaces { theme::of(ui).warn } else { theme::of(ui).muted };
    ui.add(Label::new(RichText::new(remark).small().color(color)).truncate());
}

/// A path field with the button that opens a native dialog. Whether it was typed into.
pub fn browsed(
    ui: &mut Ui,
    path: &mut String,
    (name, hint): (&str, &str),
    wanted: Wanted,
    state: &State,
    commands: &mut Commands,
) -> bool {
    ui.horizontal(|ui| {
        ui.with_layout(Direction::right_to_left(Align::Center), |ui| {
            let command = Command::Exporting(ExportCommand::Choose(wanted));
            let label = (command.icon().rich_text().color(theme::of(ui).muted), "Browse…");
            widgets::give(
                ui,
                egui::Button::new(label),
                &format!("Browse for {}", name.to_lowercase()),
                command,
                state,
                commands,
            );
            widgets::field(ui, path, name, hint).changed()
        })
        .inner
    })
    .inner
}

/// The choices.
pub fn show(ui: &mut Ui, dialog: &mut ExportDialog, state: &State, commands: &mut Commands) {
    layout(ui, &mut dialog.choices.layout);
    ui.add_space(space::L);
    signature(ui, dialog, state, commands);
    ui.add_space(space::L);
    widgets::heading(ui, "Report");
    ui.checkbox(&mut dialog.choices.tries_determinism, "Check determinism on saved cases");
    explained(ui, "Runs up to 5 cases of each function again, a minute in all, and reports whether answers repeat");
}

fn layout(ui: &mut Ui, chosen: &mut Layout) {
    widgets::heading(ui, "Layout");
    for (layout, name, explanation) in [
        (Layout::AsItIs, "As it is", "service files stay where the bundle has them"),
        (Layout::Flat, "Flat", "all service files in one folder, services"),
        (Layout::Folder, "Folder", "a folder for each service, with its file in it"),
    ] {
        ui.horizontal(|ui| {
            ui.radio_value(chosen, layout, name).on_hover_text(text::sentence(explanation));
            widgets::remark(ui, explanation);
        });
    }
}

/// What the choice above it means, below its text.
fn explained(ui: &mut Ui, explanation: &str) {
    ui.horizontal(|ui| {
        ui.add_space(size::ICON + space::M);
        ui.vertical(|ui| widgets::remark(ui, explanation));
    });
}

fn signature(ui: &mut Ui, dialog: &mut ExportDialog, state: &State, commands: &mut Commands) {
    widgets::heading(ui, "Signature");
    ui.checkbox(&mut dialog.choices.signs, "Sign the digests of all files");
    if !dialog.choices.signs {
        explained(ui, "Others can check then that the archive is yours, with the public half of your key");
        return;
    }
    let names = ("Private key", "Path of an Ed25519 key (PEM)");
    browsed(ui, &mut dialog.choices.key, names, Wanted::Key, state, commands);
    match dialog.key.of(&dialog.choices.key) {
        Some(Ok(public)) => fingerprint(ui, public, state, commands),
        Some(Err(reason)) => {
            widgets::banner(ui, ICON_ERROR, theme::of(ui).bad, |ui| {
                ui.add(Label::new(RichText::new(text::sentence(reason)).small()).wrap());
            });
        }
        None => _ = widgets::remark(ui, "The key stays where it is; only its signature is written"),
    }
    ui.add_space(space::XS);
    match &mut dialog.new_key {
        Some(form) => new_key(ui, form, state, commands),
        None => _ = widgets::command_button(ui, Command::Exporting(ExportCommand::ToggleNewKey), state, commands),
    }
}

fn fingerprint(ui: &mut Ui, public: &PublicKey, state: &State, commands: &mut Commands) {
    let whole = public.fingerprint();
    ui.horizontal(|ui| {
        ui.with_layout(Direction::right_to_left(Align::Center), |ui| {
            let copy = Command::Copy(whole.clone());
            let icon = copy.icon().rich_text().size(size::ICON).color(theme::of(ui).muted);
            widgets::give(
                ui,
                egui::Button::new(icon).frame_when_inactive(false),
                "Copy fingerprint",
                copy,
                state,
                commands,
            );
            ui.with_layout(Direction::left_to_right(Align::Center), |ui| {
                widgets::icon(ui, ICON_KEY, theme::of(ui).good);
                let shown = RichText::new(grouped(&whole)).monospace().size(size::SMALL);
                let label = ui.add(Label::new(shown).truncate());
                let hint = format!("Fingerprint of the public key: SHA-256 of its DER form\n{whole}");
                label.on_hover_text(hint);
            });
        });
    });
    widgets::remark(ui, "Fingerprint of the public key, to compare by eye");
}

/// The digest in groups of four, which the eye compares more easily.
fn grouped(digest: &str) -> String {
    let letters: Vec<char> = digest.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn new_key(ui: &mut Ui, form: &mut NewKey, state: &State, commands: &mut Commands) {
    let names = ("New private key", "Path of the private key to make");
    browsed(ui, &mut form.path, names, Wanted::NewKey, state, commands);
    widgets::remark(ui, "Readable by you alone; the public key is written beside it, with the ending .pub");
    if let Some(error) = &form.error {
        let color = theme::of(ui).bad;
        ui.add(Label::new(RichText::new(text::sentence(error)).small().color(color)).wrap());
    }
    ui.horizontal(|ui| {
        widgets::command_button(ui, Command::Exporting(ExportCommand::MakeKeys), state, commands);
        if ui.button("Not now").clicked() {
            commands.push(Command::Exporting(ExportCommand::ToggleNewKey));
        }
    });
}
