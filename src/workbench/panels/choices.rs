//! A button that settles what a module does not tell, by one click on the right answer.

use egui::{Button, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::diagnostic::Choice;
use crate::bundle::settings::SETTINGS_FILE;
use crate::workbench::archives::SEALED;
use crate::workbench::command::{Command, Commands};
use crate::workbench::text;
use crate::workbench::theme::{self, size};

/// The button and the answers below it.
pub fn menu(ui: &mut Ui, choices: &[Choice], is_sealed: bool, commands: &mut Commands) {
    let Some(first) = choices.first() else { return };
    let accent = theme::of(ui).accent;
    let function = text::one_line(&first.function);
    let name = format!("Choose how {function} is called");
    if is_sealed {
        let button = ui.add_enabled(false, button_of(accent)).accessible_name(name);
        button.on_disabled_hover_text(SEALED);
        return;
    }
    let button = button_of(accent);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        for choice in choices {
            if ui.button(text::one_line(&choice.title)).clicked() {
                commands.push(Command::Choose(Box::new(choice.clone())));
                ui.close();
            }
        }
    });
    let response = response.accessible_name(name);
    response.on_hover_text(format!("How {function} is called; noted in {SETTINGS_FILE}"));
}

fn button_of(accent: egui::Color32) -> Button<'static> {
    let label = RichText::new("Choose…").size(size::SMALL);
    Button::new((ICON_BUILD.rich_text().size(size::SMALL).color(accent), label)).small()
}
