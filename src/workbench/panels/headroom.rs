//! How little a function needs, what fails just below that, and limits made of it.

use egui::{Grid, ProgressBar, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::FunctionLimits;
use crate::bundle::settings::SETTINGS_FILE;
use crate::bundle::target::grouped;
use crate::measure::Headroom;
use crate::measure::headroom::{Failing, MARGIN, SHORTEST_TIME, TIME_MARGIN};
use crate::workbench::command::{Command, Commands};
use crate::workbench::headroom::{HeadroomDialog, HeadroomStage};
use crate::workbench::jobs::Kind;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &HeadroomDialog, state: &State, commands: &mut Commands) {
    let title = format!("Headroom of {}", text::one_line(&dialog.key.function));
    super::modal(ctx, &title, 640.0, commands, |ui, commands| match &dialog.stage {
        HeadroomStage::Running => running(ui, state),
        HeadroomStage::Failed(reason) => {
            widgets::banner(ui, ICON_ERROR, theme::of(ui).bad, |ui| {
                ui.add(egui::Label::new(crate::bundle::printable(reason).into_owned()).wrap());
            });
        }
        HeadroomStage::Found(found) => answer(ui, found, false, state, commands),
        HeadroomStage::Noted(found) => answer(ui, found, true, state, commands),
    });
}

fn running(ui: &mut Ui, state: &State) {
    let progress = state.activity(Kind::Headroom).map(|activity| activity.progress.clone()).unwrap_or_default();
    ui.label(if progress.label.is_empty() { "Looking for headroom" } else { progress.label.as_str() });
    ui.add(ProgressBar::new(progress.share.unwrap_or(0.0)).desired_height(8.0));
    ui.add_space(space::S);
    widgets::remark(ui, "The saved cases run again and again under smaller and smaller limits; closing this ends it");
}

fn answer(ui: &mut Ui, found: &Headroom, is_noted: bool, state: &State, commands: &mut Commands) {
    let offer = found.offer();
    let passes =
        if found.cases == 1 { "Its case passes with".into() } else { format!("All {} cases pass with", found.cases) };
    ui.label(RichText::new(format!("{passes} {}", needs(found))).family(theme::semibold()));
    ui.add_space(space::M);
    table(ui, found, &offer);
    ui.add_space(space::M);
    let margin = format!(
        "Offered are {MARGIN} times the memory and the instructions and {TIME_MARGIN} times the time, at least {}, rounded up. \
         Memory and instructions are exact; for the time every case passed {} times on this machine",
        text::duration(SHORTEST_TIME),
        found.repeats
    );
    widgets::remark(ui, margin);
    if found.depends_on_outside {
        widgets::remark(ui, "It takes time or random numbers from outside: with others it may need more");
    }
    if let Err(reason) = &found.instructions {
        widgets::remark(ui, format!("Instructions not counted, for {}", text::one_line(reason)));
    }
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        if is_noted {
            widgets::icon(ui, ICON_CHECK, theme::of(ui).good);
            ui.label(format!("Noted in {SETTINGS_FILE}; every invocation of this function keeps to it"));
        } else {
            widgets::primary_button(ui, Command::NoteLimits, state, commands);
        }
    });
}

fn needs(found: &Headroom) -> String {
    let instructions = match &found.instructions {
        Ok(found) => format!(", {} instructions", grouped(found.value)),
        Err(_) => String::new(),
    };
    format!("{}, {}{instructions}", text::bytes(found.memory.value), text::duration(found.time.value))
}

fn table(ui: &mut Ui, found: &Headroom, offer: &FunctionLimits) {
    let count = |count: u64| grouped(count);
    let instructions = found.instructions.as_ref().ok();
    let rows = [
        ("Memory", Some(text::bytes(found.memory.value)), offer.memory.map(text::bytes), found.memory.below.as_ref()),
        ("Time", Some(text::duration(found.time.value)), offer.time.map(text::duration), found.time.below.as_ref()),
        (
            "Instructions",
            instructions.map(|found| count(found.value)),
            offer.instructions.map(count),
            instructions.and_then(|found| found.below.as_ref()),
        ),
    ];
    Grid::new("headroom").num_columns(4).striped(true).spacing([space::L, space::S]).show(ui, |ui| {
        for title in ["", "Smallest", "Offered", "Fails with less"] {
            ui.label(RichText::new(title).color(theme::of(ui).muted));
        }
        ui.end_row();
        for (name, smallest, offered, below) in rows {
            ui.label(name);
            for figure in [smallest, offered] {
                ui.label(RichText::new(figure.unwrap_or_else(|| "–".into())).monospace());
            }
            fails(ui, below);
            ui.end_row();
        }
    });
}

fn fails(ui: &mut Ui, below: Option<&Failing>) {
    let Some(Failing { case, message }) = below else {
        widgets::muted(ui, "less cannot be given");
        return;
    };
    let line = text::one_line(&format!("{case}: {message}"));
    let label = egui::Label::new(RichText::new(&line).size(size::SMALL).color(theme::of(ui).muted)).truncate();
    ui.add(label).on_hover_text(line);
}
