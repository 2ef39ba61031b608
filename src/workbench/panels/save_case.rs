//! The dialog that saves an invocation as a case: its name and what is expected of the input.

use egui::{Context, Label, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::cases;
use crate::workbench::command::{Command, Commands};
use crate::workbench::runner::{ExpectKind, SaveCaseDialog};
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

const FIELD_ROWS: usize = 12;

/// Draws the dialog.
pub fn show(ctx: &Context, dialog: &mut SaveCaseDialog, state: &State, commands: &mut Commands) {
    super::modal(ctx, "Save as case", 560.0, commands, |ui, commands| {
        let before = dialog.name.clone();
        let field =
            widgets::field(ui, &mut dialog.name, "Name of the case", "What is special about it, such as expired");
        if std::mem::take(&mut dialog.wants_focus) {
            field.request_focus();
        }
        if before != dialog.name {
            dialog.exists = false;
            dialog.problem = None;
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        place(ui, dialog);
        ui.add_space(space::S);
        kinds(ui, dialog);
        ui.add_space(space::XS);
        expected(ui, dialog);
        ui.add_space(space::S);
        widgets::field(ui, &mut dialog.within, "Longest time", "Longest time, such as 50ms; empty for any");
        if let Some(problem) = &dialog.problem {
            ui.add_space(space::S);
            let tokens = theme::of(ui);
            widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
                ui.add(Label::new(text::one_line(problem)).wrap());
            });
        }
        ui.add_space(space::L);
        ui.horizontal(|ui| {
            if dialog.exists {
                widgets::command_button(ui, Command::SaveCase(true), state, commands);
            } else {
                widgets::primary_button(ui, Command::SaveCase(false), state, commands);
            }
            if ui.button("Cancel").clicked() {
                commands.push(Command::CloseDialog);
            }
        });
        if entered && !dialog.exists {
            commands.push(Command::SaveCase(false));
        }
    });
}

/// Which file the case becomes.
fn place(ui: &mut Ui, dialog: &SaveCaseDialog) {
    let name = cases::file_name(&dialog.name).unwrap_or_else(|| "\u{2026}".into());
    let file = format!("{}/{}/{}/{name}.json", cases::CASES_FOLDER, dialog.key.service, dialog.key.function);
    let line = RichText::new(text::one_line(&file)).size(size::SMALL).color(theme::of(ui).muted);
    ui.add(Label::new(line).truncate());
}

fn kinds(ui: &mut Ui, dialog: &mut SaveCaseDialog) {
    widgets::heading(ui, "Expected");
    ui.horizontal_wrapped(|ui| {
        for kind in ExpectKind::ALL {
            if ui.radio(dialog.kind == kind, name(kind)).clicked() {
                dialog.kind = kind;
                dialog.problem = None;
            }
        }
    });
}

fn name(kind: ExpectKind) -> &'static str {
    match kind {
        ExpectKind::Equals => "This output",
        ExpectKind::Contains => "These parts",
        ExpectKind::Pointers => "These places",
        ExpectKind::Error => "An error",
        ExpectKind::Answer => "Any answer",
    }
}

fn expected(ui: &mut Ui, dialog: &mut SaveCaseDialog) {
    match (dialog.kind, &dialog.whole) {
        (ExpectKind::Equals, Some(whole)) => {
            let size = text::bytes(whole.len() as u64);
            widgets::remark(ui, format!("The whole output, {size}, is saved as it is"));
        }
        (ExpectKind::Equals, None) => {
            dialog.equals.show(ui, "equals", "Expected output", FIELD_ROWS);
        }
        (ExpectKind::Contains, _) => {
            dialog.contains.show(ui, "contains", "Expected parts", FIELD_ROWS);
            widgets::remark(ui, "Leave out what does not matter: objects may have more fields than stand here");
        }
        (ExpectKind::Pointers, _) => {
            dialog.pointers.show(ui, "pointers", "Expected places", FIELD_ROWS);
            widgets::remark(ui, "JSON pointers such as /items/0/price, each with the value expected there");
        }
        (ExpectKind::Error, _) => {
            widgets::field(ui, &mut dialog.error_text, "Part of the message", "A part of its message; empty for any");
        }
        (ExpectKind::Answer, _) => {
            widgets::remark(ui, "The case passes whenever the function answers without an error");
        }
    }
}

/// Asks whether the whole history is to be deleted.
pub fn clear_history(ctx: &Context, state: &State, commands: &mut Commands) {
    super::modal(ctx, "Delete the history?", 420.0, commands, |ui, commands| {
        let count = state.session.as_ref().map_or(0, |session| session.past.entries.len());
        ui.add(Label::new(format!("{} with input and output will be gone", text::count(count, "invocation"))).wrap());
        ui.add_space(space::L);
        ui.horizontal(|ui| {
            widgets::primary_button(ui, Command::ClearHistory, state, commands);
            if ui.button("Cancel").clicked() {
                commands.push(Command::CloseDialog);
            }
        });
    });
}
