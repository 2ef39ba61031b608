//! Notices above the status bar.

use egui::{Align2, Area, Button, CornerRadius, Frame, Id, Layout, Margin, Order, RichText, Stroke};
use egui_material_icons::icons::*;

use crate::bundle::printable;
use crate::workbench::command::{Command, Commands};
use crate::workbench::state::{State, Tone};
use crate::workbench::theme::{self, size};
use crate::workbench::widgets;

const WIDTH: f32 = 330.0;

/// Draws the notices.
pub fn show(ctx: &egui::Context, state: &State, commands: &mut Commands) {
    if state.toasts.shown().is_empty() {
        return;
    }
    let tokens = theme::tokens(ctx.theme());
    let area = Area::new(Id::unique("toasts")).anchor(Align2::CENTER_BOTTOM, [0.0, -40.0]).order(Order::Tooltip);
    area.show(ctx, |ui| {
        ui.set_width(WIDTH);
        for toast in state.toasts.shown() {
            let (symbol, color) = match toast.tone {
                Tone::Good => (ICON_CHECK_CIRCLE, tokens.good),
                Tone::Info => (ICON_INFO, tokens.accent),
                Tone::Bad => (ICON_ERROR, tokens.bad),
            };
            let frame = Frame::new()
                .fill(tokens.raised)
                .stroke(Stroke::new(1.0, tokens.border))
                .corner_radius(CornerRadius::same(8))
                .shadow(ui.visuals().popup_shadow)
                .inner_margin(Margin::symmetric(12, 8));
            frame.show(ui, |ui| {
                ui.set_width(WIDTH - 26.0);
                ui.horizontal(|ui| {
                    widgets::icon(ui, symbol, color);
                    ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                        let close = Button::new(ICON_CLOSE.rich_text().size(size::BODY).color(tokens.faint));
                        let close = ui.add(close.frame_when_inactive(false)).accessible_name("Dismiss notice");
                        if close.clicked() {
                            commands.push(Command::DismissToast(toast.id));
                        }
                        ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                            let text = RichText::new(printable(&toast.text).into_owned());
                            let label = ui.add(egui::Label::new(text).wrap());
                            ui.ctx().accesskit_node_builder(label.id, |node| {
                                node.set_live(egui::accesskit::Live::Polite);
                            });
                        });
                    });
                });
            });
        }
    });
}
