//! Exporting services for other engines: for which, with what, what cannot come along and why, and what was written.

use std::path::Path;

use egui::{ComboBox, Label, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::deploy::Target;
use crate::workbench::command::{Command, Commands, ExportCommand};
use crate::workbench::exporting::{ExportChoices, Missing, Planned};
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::work::engines;
use crate::workbench::{text, widgets};

/// What a target is called, and what it gives.
fn words(target: Option<Target>) -> (&'static str, &'static str) {
    match target {
        None => ("PrioStack archive", "The whole bundle as a ZIP, the same bytes every time"),
        Some(Target::Component) => {
            ("wasi:http components", "A component for each service, for any engine that runs them")
        }
        Some(Target::Oci) => ("OCI images", "An image layout for each service, for registries"),
        Some(Target::WasmCloud) => ("wasmCloud", "Images, and the manifests that deploy them"),
        Some(Target::Spin) => ("Spin and SpinKube", "Components with the manifests of both"),
    }
}

/// The choice of the target.
pub fn target(ui: &mut Ui, choices: &mut ExportChoices) {
    widgets::heading(ui, "Target");
    let chosen = choices.engines();
    let (name, explanation) = words(chosen);
    let all = std::iter::once(None).chain(Target::ALL.into_iter().map(Some));
    let shown = ComboBox::from_id_salt("target").selected_text(name).width(ui.available_width() - space::L);
    let response = shown.show_ui(ui, |ui| {
        for target in all {
            let (name, explanation) = words(target);
            if ui.selectable_label(chosen == target, name).on_hover_text(explanation).clicked() {
                choices.target = target.map_or_else(String::new, |target| target.as_str().to_owned());
            }
        }
    });
    response.response.accessible_name("Export target");
    widgets::remark(ui, explanation);
}

/// What else is chosen for engines.
pub fn fields(ui: &mut Ui, choices: &mut ExportChoices) {
    if choices.engines() != Some(Target::Component) {
        widgets::heading(ui, "Registry");
        widgets::field(ui, &mut choices.registry, "Image registry", "ghcr.io/acme/shop; empty for this machine");
        widgets::remark(ui, "Where the images will be pushed; nothing is pushed from here");
        ui.add_space(space::L);
    }
    let words = "Endpoints come along, with a router in each component. Sensors, intents and goals stay with the platform, \
                 and the report says what is left out";
    widgets::remark(ui, words);
}

/// What is not exported, and why.
pub fn missing(ui: &mut Ui, missing: &[Missing], height: f32) {
    if missing.is_empty() {
        return;
    }
    let tokens = theme::of(ui);
    ui.add_space(space::M);
    let title = format!("{} left out", text::count(missing.len(), "part"));
    ui.label(RichText::new(title).family(theme::semibold()).color(tokens.warn));
    let area = ScrollArea::vertical().id_salt("missing").max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for part in missing {
            ui.horizontal_top(|ui| {
                widgets::icon(ui, ICON_REMOVE_CIRCLE, tokens.warn);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = space::XS;
                    ui.add(Label::new(RichText::new(text::one_line(&part.what)).size(size::SMALL)).wrap());
                    let help = part.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
                    widgets::remark(ui, text::one_line(&format!("{}{help}", text::sentence(&part.why))));
                });
            });
        }
    });
}

/// What was written for engines.
pub fn written(ui: &mut Ui, path: &Path, planned: &Planned, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_CHECK_CIRCLE, tokens.good, |ui| {
        ui.label(RichText::new(format!("Exported {}", planned.summary)).family(theme::semibold()));
        ui.add(Label::new(text::one_line(&path.display().to_string())).wrap());
    });
    ui.add_space(space::M);
    let height = (ui.ctx().content_rect().height() - 420.0).clamp(96.0, 260.0);
    super::plan::files(ui, planned, height);
    missing(ui, &planned.missing, 120.0);
    ui.add_space(space::L);
    ui.horizontal_wrapped(|ui| {
        let show = |path: std::path::PathBuf| Command::Exporting(ExportCommand::Show(path));
        widgets::primary_button(ui, show(path.to_owned()), state, commands);
        widgets::command_button(ui, show(engines::report(path)), state, commands);
        if ui.button("Done").clicked() {
            commands.push(Command::CloseDialog);
        }
    });
}
