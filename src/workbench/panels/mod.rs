//! What is seen: where each panel lies, and nothing of what it shows.
//!
//! Views read the state and give commands. They change only the texts of their own fields.

mod about;
mod archives;
mod bars;
mod cases;
mod center;
mod choices;
mod compare;
mod explorer;
mod export;
mod forms;
mod goals;
mod headroom;
mod history;
mod measurement;
mod menu;
mod open;
mod overview;
mod palette;
mod problems;
mod profile;
mod rename;
mod report;
mod requests;
mod runner;
mod save_case;
mod sensors;
mod start;
mod status;
mod toasts;
mod verify;

use egui::{Frame, Margin, Panel, Ui};

use super::command::Commands;
use super::state::{Dialog, Side, State};
use super::theme::{self, space};
use super::widgets;

/// The middle never gets narrower than this.
const NARROWEST_MIDDLE: f32 = 300.0;

/// Draws the window.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    menu::show(ui, state, commands);
    if state.session.is_some() {
        status::show(ui, state, commands);
    }
    if state.loaded().is_some() {
        workspace(ui, state, commands);
    } else {
        egui::CentralPanel::default()
            .frame(Frame::new().fill(theme::of(ui).canvas))
            .show(ui, |ui| if state.session.is_some() { start::loading(ui) } else { start::show(ui, state, commands) });
    }
    dialog(ui.ctx(), state, commands);
    toasts::show(ui.ctx(), state, commands);
}

fn workspace(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let width = ui.available_width();
    let height = ui.available_height();
    let frame = Frame::new().fill(tokens.surface).inner_margin(Margin::same(space::M as i8));
    let sizes = state.settings.panels;
    let mut now = sizes;
    if state.is_wide {
        egui::CentralPanel::default()
            .frame(Frame::new().fill(tokens.canvas))
            .show(ui, |ui| center::show(ui, state, commands));
        return;
    }
    if state.explorer_open {
        let most = (width * 0.28).clamp(180.0, 480.0);
        let panel = Panel::left("explorer").default_size(sizes.explorer).size_range(180.0..=most).frame(frame);
        let shown = panel.show(ui, |ui| explorer::show(ui, state, commands));
        now.explorer = dragged(sizes.explorer, shown.response.rect.width(), most);
    }
    let most = (ui.available_width() - NARROWEST_MIDDLE).max(300.0);
    let side = Panel::right("side").default_size(sizes.side).size_range(300.0..=most.min(900.0)).frame(frame);
    let shown = side.show(ui, |ui| side_panel(ui, state, commands));
    now.side = dragged(sizes.side, shown.response.rect.width(), most);
    if state.problems_open {
        let most = (height * 0.6).max(96.0);
        let panel =
            Panel::bottom("problems").resizable(true).default_size(sizes.problems).size_range(96.0..=most).frame(
                Frame::new().fill(tokens.surface).inner_margin(Margin::symmetric(space::M as i8, space::S as i8)),
            );
        let shown = panel.show(ui, |ui| problems::show(ui, state, commands));
        now.problems = dragged(sizes.problems, shown.response.rect.height(), most);
    }
    egui::CentralPanel::default()
        .frame(Frame::new().fill(tokens.canvas))
        .show(ui, |ui| center::show(ui, state, commands));
    // Only what was dragged by hand is worth remembering, and only once it is let go.
    if !ui.input(|input| input.pointer.any_down()) && ui.input(|input| input.pointer.any_released()) {
        state.settings.panels = now;
    }
}

/// The size to remember: the one shown, unless it is only what a small window leaves of the remembered one.
fn dragged(remembered: f32, shown: f32, most: f32) -> f32 {
    if (remembered.min(most) - shown).abs() > 1.0 { shown } else { remembered }
}

fn side_panel(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    use super::command::Command;
    // In a narrow panel the tabs take two lines.
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (side, name, command) in [
            (Side::Runner, "Function", Command::ShowRunner),
            (Side::Requests, "Requests", Command::ShowRequests),
            (Side::Sensors, "Sensors", Command::ShowSensors),
            (Side::History, "History", Command::ShowHistory),
            (Side::Goals, "Goals", Command::ShowGoals),
        ] {
            if widgets::tab(ui, state.side == side, name).clicked() {
                commands.push(command);
            }
        }
        if let Some(form) = state.session.as_ref().and_then(|session| session.form.as_ref())
            && widgets::tab(ui, state.side == Side::Form, &form.title()).clicked()
        {
            commands.push(Command::ShowForm(form.key.clone()));
        }
    });
    ui.add_space(space::XS);
    match state.side {
        Side::Runner => runner::show(ui, state, commands),
        Side::History => history::show(ui, state, commands),
        Side::Goals => goals::show(ui, state, commands),
        Side::Requests => requests::show(ui, state, commands),
        Side::Sensors => sensors::show(ui, state, commands),
        Side::Form => forms::show(ui, state, commands),
    }
}

fn dialog(ctx: &egui::Context, state: &mut State, commands: &mut Commands) {
    // Taken out while it is drawn, so that it may read the rest of the state.
    let Some(mut dialog) = state.dialog.take() else { return };
    match &mut dialog {
        Dialog::Palette(found) => palette::show(ctx, found, commands),
        Dialog::Open { path, remark } => open::show(ctx, path, remark.as_deref(), state, commands),
        Dialog::OpenArchive(dialog) => archives::opening(ctx, dialog, state, commands),
        Dialog::Extract(dialog) => archives::extract(ctx, dialog, state, commands),
        Dialog::Verify(dialog) => verify::show(ctx, dialog, state, commands),
        Dialog::Export(export) => export::show(ctx, export, state, commands),
        Dialog::NewService(dialog) => forms::new_service(ctx, dialog, state, commands),
        Dialog::NewBundle(dialog) => forms::new_bundle(ctx, dialog, state, commands),
        Dialog::Limits => open::limits(ctx, state, commands),
        Dialog::Profile(dialog) => profile::show(ctx, dialog, state, commands),
        Dialog::Headroom(dialog) => headroom::show(ctx, dialog, state, commands),
        Dialog::SaveChart(dialog) => goals::save_chart(ctx, dialog, state, commands),
        Dialog::SaveCase(dialog) => save_case::show(ctx, dialog, state, commands),
        Dialog::ClearHistory => save_case::clear_history(ctx, state, commands),
        Dialog::Shortcuts => about::shortcuts(ctx, commands),
        Dialog::About => about::about(ctx, commands),
        Dialog::Unsaved(pending) => open::unsaved(ctx, pending, state, commands),
        Dialog::Rename(rename) => rename::show(ctx, rename, state, commands),
        Dialog::Compare(dialog) => compare::show(ctx, dialog, state, commands),
        Dialog::SaveCopy(dialog) => compare::save_copy(ctx, dialog, state, commands),
    }
    state.dialog = Some(dialog);
}

/// A dialog in the middle of the window: title, contents, and Escape to close it.
fn modal(
    ctx: &egui::Context,
    title: &str,
    width: f32,
    commands: &mut Commands,
    add: impl FnOnce(&mut Ui, &mut Commands),
) {
    use super::command::Command;
    let id = egui::Id::unique(("dialog", title));
    let tokens = theme::tokens(ctx.theme());
    let frame = Frame::new()
        .fill(tokens.surface)
        .stroke(egui::Stroke::new(1.0, tokens.border))
        .corner_radius(egui::CornerRadius::same(12))
        .shadow(ctx.global_style().visuals.popup_shadow)
        .inner_margin(Margin::same(18));
    let modal = egui::Modal::new(id).frame(frame).backdrop_color(theme::backdrop());
    let width = width.min(ctx.content_rect().width() - 64.0);
    let response = modal.show(ctx, |ui| {
        ui.set_width(width);
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
            node.set_role(egui::accesskit::Role::Dialog);
            node.set_label(title);
        });
        ui.horizontal(|ui| {
            ui.label(egui::RichText::new(title).family(theme::semibold()).size(theme::size::HEADING));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let icon =
                    egui_material_icons::icons::ICON_CLOSE.rich_text().size(theme::size::ICON).color(tokens.muted);
                let button = egui::Button::new(icon).frame_when_inactive(false);
                if ui.add(button).accessible_name("Close dialog").on_hover_text("Close (Esc)").clicked() {
                    commands.push(Command::CloseDialog);
                }
            });
        });
        ui.add_space(space::M);
        add(ui, commands);
    });
    if response.should_close() {
        commands.push(Command::CloseDialog);
    }
}
