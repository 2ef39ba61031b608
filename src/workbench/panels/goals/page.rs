//! The page of goals in the middle of the window: all goals at a glance, and one measurement with large charts.

use egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, Ui};
use egui_material_icons::icons::ICON_CLOSE_FULLSCREEN;

use crate::workbench::command::{Command, Commands, GoalCommand};
use crate::workbench::panels::measurement::{self, Room};
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::widgets;

/// The room that the title needs beside two buttons; the side panel has the one that is left out.
const TITLE: f32 = 260.0;

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let height = ui.available_height();
    ScrollArea::vertical().auto_shrink(false).id_salt("goals page").show(ui, |ui| {
        Frame::new().inner_margin(Margin::same(space::XL as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            title(ui, state, commands);
            ui.add_space(space::S);
            // Alone in the window, the page needs what the side panel would hold.
            if state.is_wide {
                super::controls::show(ui, state, commands);
                ui.add_space(space::M);
            }
            let Some(session) = &state.session else { return };
            super::failures(ui, session);
            let has_goals =
                session.bundle().is_some_and(|bundle| bundle.services.iter().any(|service| !service.goals.is_empty()));
            if has_goals {
                super::cards::show(ui, session, state.settings.judged_by.0, commands);
            } else {
                super::nothing(ui);
            }
            measurement::show(ui, state, commands, Room::Much { height });
        });
    });
}

fn title(ui: &mut Ui, state: &State, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Goals").family(theme::semibold()).size(size::DISPLAY));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let wide = Command::Goals(GoalCommand::ToggleWide);
            let (icon, text) = if state.is_wide { (ICON_CLOSE_FULLSCREEN, "Narrow") } else { (wide.icon(), "Widen") };
            let tokens = theme::of(ui);
            let button = egui::Button::new((icon.rich_text().color(tokens.muted), text));
            widgets::give(ui, button, text, wide, state, commands);
            if !state.is_wide && ui.available_width() > TITLE {
                widgets::command_button(ui, Command::MeasureGoals, state, commands);
            }
        });
    });
}
