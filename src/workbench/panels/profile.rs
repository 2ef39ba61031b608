//! The profile of a call: flame graph, heaviest functions, and a file for Speedscope.

use egui::{Align, Key, Layout, Modifiers, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::bundle::printable;
use crate::bundle::target::grouped;
use crate::workbench::charts::{Flame, percent};
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::profiling::{ProfileDialog, ProfileStage};
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// The dialog takes what the window has.
const WIDTH: f32 = 1600.0;
/// Functions in the list of the heaviest.
const LISTED: usize = 200;
/// Calls of the way down that are shown.
const CRUMBS: usize = 6;

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &mut ProfileDialog, state: &State, commands: &mut Commands) {
    let zoom = dialog.flame().map_or(0, Flame::zoom);
    // Escape first leads back to the whole call, then closes the dialog.
    if zoom != 0 && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        commands.push(Command::ZoomProfile(0));
    }
    let title = format!("Profile of {}", text::one_line(&dialog.key.function));
    super::modal(ctx, &title, WIDTH, commands, |ui, commands| {
        let room = ui.ctx().content_rect().height() - 220.0;
        // As high as it will be, so that nothing jumps when the picture comes.
        ui.set_min_height(room);
        match &mut dialog.stage {
            ProfileStage::Running => running(ui, state),
            ProfileStage::Failed { message, help } => failed(ui, message, help.as_deref()),
            ProfileStage::Shown { flame, remarks } => {
                flame.search(&dialog.search);
                head(ui, flame, &mut dialog.search);
                for remark in remarks.iter() {
                    widgets::remark(ui, text::one_line(remark));
                }
                crumbs(ui, flame, commands);
                // What a shallow tree leaves belongs to the list.
                let height = flame.height().min(room * 0.62).max(120.0);
                if let Some(node) = flame.show(ui, height, &dialog.key.function) {
                    commands.push(Command::ZoomProfile(node));
                }
                ui.add_space(space::M);
                heaviest(ui, flame, (room - height - 40.0).max(80.0), &mut dialog.search);
                ui.add_space(space::M);
                file(ui, &mut dialog.path, dialog.written.as_ref(), state, commands);
            }
        }
    });
}

fn running(ui: &mut Ui, state: &State) {
    let tokens = theme::of(ui);
    let label = state.activity(Kind::Profile).map(|activity| activity.progress.label.clone());
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(14.0).color(tokens.accent)).accessible_name("Profiling");
        ui.label(label.unwrap_or_else(|| "Profiling".into()));
    });
    widgets::remark(
        ui,
        "The module is compiled once more, with probes in all functions, and called once with the input of the runner",
    );
}

fn failed(ui: &mut Ui, message: &str, help: Option<&str>) {
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
        ui.add(egui::Label::new(printable(message).into_owned()).wrap());
        if let Some(help) = help {
            widgets::remark(ui, printable(help));
        }
    });
}

fn head(ui: &mut Ui, flame: &Flame, search: &mut String) {
    let tree = flame.tree();
    ui.horizontal(|ui| {
        let total = format!("{} instructions", grouped(tree.total()));
        ui.label(RichText::new(total).family(theme::semibold()));
        widgets::muted(ui, format!("in {}", text::count(tree.functions.len(), "function")));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.scope(|ui| {
                ui.set_max_width(280.0);
                widgets::field(ui, search, "Search functions", "Part of a name");
            });
            if let Some((found, share)) = flame.found() {
                widgets::muted(ui, format!("{} found, {share} of the instructions", text::count(found, "function")));
            }
        });
    });
}

/// The way down to what is zoomed into. A line that is always there, so that nothing moves.
fn crumbs(ui: &mut Ui, flame: &Flame, commands: &mut Commands) {
    let tree = flame.tree();
    let path = tree.path(flame.zoom());
    let skipped = path.len().saturating_sub(CRUMBS);
    ui.horizontal(|ui| {
        for (at, node) in path.iter().enumerate() {
            if at > 0 && at <= skipped {
                if at == skipped {
                    widgets::muted(ui, "…");
                }
                continue;
            }
            let Some(name) = tree.nodes.get(*node).map(|node| text::one_line(tree.name(node))) else { continue };
            let is_last = at + 1 == path.len();
            let short: String = name.chars().take(40).collect();
            let button = egui::Button::selectable(is_last, RichText::new(short).size(size::SMALL));
            let response = ui.add(button).accessible_name(format!("Zoom to {name}"));
            if response.on_hover_text(&name).clicked() && !is_last {
                commands.push(Command::ZoomProfile(*node));
            }
        }
    });
}

fn heaviest(ui: &mut Ui, flame: &Flame, height: f32, search: &mut String) {
    widgets::heading(ui, "Heaviest functions");
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        rows(ui, flame, height, search);
    });
    let more = flame.costs().len().saturating_sub(LISTED);
    if more > 0 {
        widgets::muted(ui, format!("and {} more", grouped(more as u64)));
    }
}

fn rows(ui: &mut Ui, flame: &Flame, height: f32, search: &mut String) {
    let costs = flame.costs();
    let tokens = theme::of(ui);
    let tree = flame.tree();
    let total = tree.total();
    let area = ScrollArea::vertical().id_salt("heaviest").max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, size::ROW, costs.len().min(LISTED), |ui, rows| {
        for cost in costs.get(rows).unwrap_or_default() {
            let name = tree.functions.get(cost.function).map_or("", String::as_str);
            let shown = text::one_line(name);
            let is_searched = search == name;
            let row =
                widgets::row(ui, size::ROW, is_searched, egui::accesskit::Role::Button, &format!("Highlight {shown}"));
            let calls = if cost.calls == 1 { "once".to_owned() } else { format!("{} times", grouped(cost.calls)) };
            let figures =
                format!("{} itself, {} with its calls, {calls}", percent(cost.own, total), percent(cost.total, total));
            let rect = row.rect.shrink2(egui::vec2(space::M, 0.0));
            let width = widgets::paint_text_right(ui, rect, RichText::new(figures).size(size::SMALL), tokens.muted);
            let room = rect.with_max_x(rect.right() - width - space::L);
            widgets::paint_text(ui, room, RichText::new(shown), tokens.text);
            if row.clicked() {
                *search = if is_searched { String::new() } else { name.to_owned() };
            }
        }
    });
}

fn file(
    ui: &mut Ui,
    path: &mut String,
    written: Option<&Result<std::path::PathBuf, String>>,
    state: &State,
    commands: &mut Commands,
) {
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::command_button(ui, Command::WriteProfile, state, commands);
            widgets::field(ui, path, "Profile file", "Path of the file for speedscope.app to write");
        });
    });
    // A line in any case, so that nothing moves.
    let (line, color) = match written {
        None => ("A file that speedscope.app opens".to_owned(), tokens.faint),
        Some(Ok(to)) => (format!("Wrote {}", to.display()), tokens.good),
        Some(Err(reason)) => (reason.clone(), tokens.bad),
    };
    ui.add(egui::Label::new(RichText::new(text::one_line(&line)).size(size::SMALL).color(color)).truncate());
}
