//! The dialog with two versions of a file side by side and the choice between them, and the one that asks
//! where a copy is to be saved.

use egui::{Label, RichText, Ui};
use egui_material_icons::icons::*;

use crate::workbench::command::{Command, Commands};
use crate::workbench::journal::Recovered;
use crate::workbench::state::{CompareDialog, Compared, CopyDialog, Session, State};
use crate::workbench::theme::{self, space};
use crate::workbench::{text, widgets};

const WIDTH: f32 = 1280.0;
/// What the dialog keeps free above and below itself, title and choice included.
const BESIDE_THE_VIEW: f32 = 250.0;

/// Shows both versions with the choice.
pub fn show(ctx: &egui::Context, dialog: &mut CompareDialog, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    let (file, names) = match &dialog.compared {
        Compared::Conflict(file) => (file.clone(), ["On disk", "Yours, in the editor"]),
        Compared::Recovered(key) => {
            let found = session.recovery.found.iter().find(|recovered| recovered.key() == key);
            let file = found.map(|recovered| recovered.unsaved.file.clone()).unwrap_or_default();
            (file, ["On disk", "Unsaved, found in the journal"])
        }
        Compared::PreviousOutput => (String::new(), ["Output before", "Last output"]),
        Compared::Case(_) => (String::new(), ["Expected", "Last output"]),
        Compared::CaseRun(_) => (String::new(), ["Expected", "Output of the case"]),
    };
    let title = match &dialog.compared {
        Compared::PreviousOutput => "Two outputs".to_owned(),
        Compared::Case(name) => format!("Output and case {}", text::one_line(name)),
        Compared::CaseRun(file) => text::one_line(file),
        _ => format!("Two versions of {}", text::one_line(&file)),
    };
    super::modal(ctx, &title, WIDTH, commands, |ui, commands| {
        explanation(ui, &dialog.compared, session, commands);
        let height = (ui.ctx().content_rect().height() - BESIDE_THE_VIEW).max(160.0);
        let size = egui::vec2(ui.available_width(), height);
        ui.allocate_ui(size, |ui| {
            ui.set_min_size(size);
            match &mut dialog.view {
                Some(view) => drop(view.show(ui, "compared", names)),
                None => drop(ui.centered_and_justified(|ui| ui.add(egui::Spinner::new()))),
            }
        });
        ui.add_space(space::M);
        ui.horizontal_wrapped(|ui| choice(ui, &dialog.compared, state, commands));
    });
}

fn explanation(ui: &mut Ui, compared: &Compared, session: &Session, commands: &mut Commands) {
    match compared {
        Compared::Conflict(_) => {
            widgets::remark(ui, "Another program wrote the left version after yours was begun. Nothing is saved yet.");
        }
        Compared::Recovered(key) => {
            let found = &session.recovery.found;
            if found.len() > 1 {
                ui.horizontal_wrapped(|ui| {
                    for recovered in found {
                        if widgets::tab(ui, recovered.key() == key, &name(recovered)).clicked() {
                            commands.push(Command::Compare(Compared::Recovered(recovered.key().into())));
                        }
                    }
                });
            }
            let Some(recovered) = found.iter().find(|recovered| recovered.key() == key) else { return };
            let remark = if recovered.on_disk.is_none() {
                "The file is gone from the disk; restoring opens the text, and saving makes the file again."
            } else if recovered.disk_changed() {
                "The file on disk has changed since; restoring asks before anything is overwritten."
            } else {
                "The file on disk is still what these changes were made to."
            };
            widgets::remark(ui, remark);
        }
        Compared::PreviousOutput | Compared::Case(_) | Compared::CaseRun(_) => {}
    }
    ui.add_space(space::S);
}

/// `services/orders.yaml, 5 minutes ago`.
fn name(recovered: &Recovered) -> String {
    let when = super::bars::ago(std::time::SystemTime::now(), recovered.time);
    format!("{}, {when}", text::one_line(&recovered.unsaved.file))
}

fn choice(ui: &mut Ui, compared: &Compared, state: &State, commands: &mut Commands) {
    match compared {
        Compared::Conflict(file) => {
            widgets::command_button(ui, Command::TakeFromDisk(file.clone()), state, commands);
            widgets::command_button(ui, Command::Overwrite(file.clone()), state, commands);
            widgets::command_button(ui, Command::KeepMine(file.clone()), state, commands);
        }
        Compared::Recovered(key) => {
            widgets::primary_button(ui, Command::Restore(Some(key.clone())), state, commands);
            widgets::command_button(ui, Command::DropRecovered(Some(key.clone())), state, commands);
        }
        Compared::PreviousOutput | Compared::Case(_) | Compared::CaseRun(_) => {
            if ui.button("Close").clicked() {
                commands.push(Command::CloseDialog);
            }
            return;
        }
    }
    if ui.button("Decide later").clicked() {
        commands.push(Command::CloseDialog);
    }
}

/// Asks where a copy is to be saved.
pub fn save_copy(ctx: &egui::Context, dialog: &mut CopyDialog, state: &State, commands: &mut Commands) {
    super::modal(ctx, "Save a copy", 560.0, commands, |ui, commands| {
        let tokens = theme::of(ui);
        widgets::remark(ui, format!("The text of {} as it is in the editor", text::one_line(&dialog.file)));
        ui.add_space(space::S);
        let response = widgets::field(ui, &mut dialog.path, "Path of the copy", "Where the copy is to be saved");
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if let Some(error) = &dialog.error {
            ui.add_space(space::S);
            widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
                ui.add(Label::new(RichText::new(error.as_str())).wrap());
            });
        }
        ui.add_space(space::L);
        ui.horizontal(|ui| {
            widgets::primary_button(ui, Command::SaveCopy, state, commands);
            if ui.button("Cancel").clicked() {
                commands.push(Command::CloseDialog);
            }
        });
        if entered {
            commands.push(Command::SaveCopy);
        }
    });
}
