//! A button that settles what a module does not tell, by one click on the right answer.

use egui::{Button, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::diagnostic::Choice;
use crate::bundle::settings::SETTINGS_FILE;
use crate::workbench::command::{Command, Commands};
use crate::workbench::text;
use crate::workbench::theme::{self, size};

/// The button and the answers below it.
pub fn menu(ui: &mut Ui, choices: &[Choice], commands: &mut Commands) {
    let Some(first) = choices.first() else { return };
    let accent = theme::of(ui).accent;
    let label = RichText::new("Choose…").size(size::SMALL);
    let button = Button::new((ICON_BUILD.rich_text().size(size::SMALL).color(accent), label)).small();
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        for choice in choices {
            if ui.button(text::one_line(&choice.title)).clicked() {
                commands.push(Command::Choose(Box::new(choice.clone())));
                ui.close();
            }
        }
    });
    let function = text::one_line(&first.function);
    let response = response.accessible_name(format!("Choose how {function} is called"));
    response.on_hover_text(format!("How {function} is called; noted in {SETTINGS_FILE}"));
}
