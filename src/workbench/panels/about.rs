//! Help: the keyboard shortcuts, and what this program is.

use egui::{Grid, RichText, ScrollArea};

use crate::workbench::command::{Commands, LISTED};
use crate::workbench::theme::{self, size, space};
use crate::workbench::widgets;

/// Lists the shortcuts, from the same definition that the keys are read by.
pub fn shortcuts(ctx: &egui::Context, commands: &mut Commands) {
    super::modal(ctx, "Keyboard shortcuts", 460.0, commands, |ui, _| {
        let tokens = theme::of(ui);
        ScrollArea::vertical().max_height(420.0).auto_shrink([false, true]).show(ui, |ui| {
            Grid::new("shortcuts").num_columns(2).spacing([space::XL, space::S]).striped(false).show(ui, |ui| {
                for command in &LISTED {
                    let Some(shortcut) = command.shortcut().or_else(|| command.editor_shortcut()) else { continue };
                    let keys = ui.ctx().format_shortcut(&shortcut);
                    ui.label(RichText::new(keys).size(size::SMALL).monospace().color(tokens.accent));
                    ui.label(command.text().trim_end_matches('…'));
                    ui.end_row();
                }
            });
        });
    });
}

/// Says what this program is.
pub fn about(ctx: &egui::Context, commands: &mut Commands) {
    super::modal(ctx, "About PrioStack Workbench", 460.0, commands, |ui, _| {
        ui.label(RichText::new(concat!("Version ", env!("CARGO_PKG_VERSION"))).family(theme::semibold()));
        ui.add_space(space::S);
        let what = "A native workbench for PrioStack bundles: modules built with the documented commands run as they \
                    are, in a sandbox without files, network or system calls, and every claim that a bundle makes is \
                    checked before it is deployed.";
        ui.add(egui::Label::new(what).wrap());
        ui.add_space(space::S);
        widgets::remark(ui, concat!("License ", env!("CARGO_PKG_LICENSE")));
        widgets::remark(ui, "Fonts: Inter and JetBrains Mono (SIL Open Font License), Material Symbols (Apache 2.0)");
    });
}
