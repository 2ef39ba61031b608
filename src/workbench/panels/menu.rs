//! The bar at the top: menus, the way to the palette, the theme, and the Run button.

use egui::{Align, Button, CornerRadius, Frame, Layout, Margin, Panel, RichText, Stroke, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::sandbox::Mishap;
use crate::workbench::command::{Command, Commands, ExportCommand, GoalCommand, ONE_HOUR};
use crate::workbench::settings::ThemeChoice;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::widgets;

/// A menu: its commands, `None` for a line between groups.
type Menu = (&'static str, &'static [Option<Command>]);

const MENUS: [Menu; 5] = [
    (
        "File",
        &[
            Some(Command::NewBundle),
            Some(Command::OpenBundle),
            Some(Command::OpenArchive),
            Some(Command::OpenSample),
            Some(Command::Reload),
            Some(Command::ToggleWatch),
            None,
            Some(Command::Save),
            Some(Command::SaveAll),
            None,
            Some(Command::ShowExtract),
            Some(Command::ShowExport),
            Some(Command::Exporting(ExportCommand::ShowVerify)),
            None,
            Some(Command::CloseActiveTab),
            Some(Command::CloseBundle),
            Some(Command::Quit),
        ],
    ),
    (
        "Edit",
        &[
            Some(Command::Undo),
            Some(Command::Redo),
            None,
            Some(Command::Find),
            Some(Command::Replace),
            None,
            Some(Command::Complete),
            Some(Command::ShowFixes),
            Some(Command::Rename),
            Some(Command::FoldAll),
            Some(Command::UnfoldAll),
            None,
            Some(Command::GoToDefinition),
            Some(Command::FindUsages),
            Some(Command::ShowSymbols),
            None,
            Some(Command::FormatInput),
            Some(Command::CopyOutput),
            None,
            Some(Command::NewService),
            Some(Command::NewEndpoint),
            Some(Command::NewIntent),
            Some(Command::NewGoal),
            None,
            Some(Command::NextProblem),
            Some(Command::PreviousProblem),
        ],
    ),
    (
        "View",
        &[
            Some(Command::ShowPalette),
            None,
            Some(Command::ShowOverview),
            Some(Command::ShowRunner),
            Some(Command::ShowGoals),
            Some(Command::Goals(GoalCommand::ShowPage)),
            Some(Command::ShowSensors),
            Some(Command::ShowHistory),
            Some(Command::ShowRequests),
            Some(Command::ToggleExplorer),
            Some(Command::ToggleProblems),
            Some(Command::Goals(GoalCommand::ToggleWide)),
            None,
            Some(Command::SetTheme(ThemeChoice::System)),
            Some(Command::SetTheme(ThemeChoice::Dark)),
            Some(Command::SetTheme(ThemeChoice::Light)),
            None,
            Some(Command::ZoomIn),
            Some(Command::ZoomOut),
            Some(Command::ZoomReset),
        ],
    ),
    (
        "Run",
        &[
            Some(Command::Run),
            Some(Command::CancelRun),
            Some(Command::ToggleRunOnChange),
            None,
            Some(Command::RunCases),
            Some(Command::RunAllCases),
            Some(Command::ShowSaveCase),
            None,
            Some(Command::CheckDeterminism),
            Some(Command::ProfileFunction),
            Some(Command::FindHeadroom),
            Some(Command::RunFailing(Mishap::OutOfMemory)),
            Some(Command::RunFailing(Mishap::OutOfTime)),
            Some(Command::RunFailing(ONE_HOUR)),
            Some(Command::RunFailing(Mishap::NoRandom)),
            None,
            Some(Command::Replay(None)),
            Some(Command::ToggleHistory),
            Some(Command::ShowClearHistory),
            None,
            Some(Command::SendRequest),
            Some(Command::CopyAsCurl),
            Some(Command::StartGateway),
            Some(Command::StopGateway),
            None,
            Some(Command::MeasureFunction),
            Some(Command::MeasureGoals),
            Some(Command::CancelMeasure),
            None,
            Some(Command::FireSensor),
            Some(Command::RunUntilIdle),
            Some(Command::CancelSensors),
            None,
            Some(Command::ShowLimits),
        ],
    ),
    ("Help", &[Some(Command::ShowShortcuts), Some(Command::ShowAbout)]),
];

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let frame = Frame::new().fill(tokens.surface).inner_margin(Margin::symmetric(10, 5));
    Panel::top("menu").frame(frame).show(ui, |ui| {
        egui::MenuBar::new().ui(ui, |ui| {
            mark(ui);
            for (name, items) in MENUS {
                ui.menu_button(name, |ui| {
                    ui.set_min_width(250.0);
                    for item in items {
                        match item {
                            None => drop(ui.separator()),
                            Some(command) => menu_item(ui, command, state, commands),
                        }
                    }
                });
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| right_end(ui, state, commands));
        });
    });
}

/// The program's mark: three bars of different height, as in a chart, on the accent colour.
fn mark(ui: &mut Ui) {
    let tokens = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(20.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(5), tokens.accent);
    for (at, height) in [6.0, 11.0, 8.0].into_iter().enumerate() {
        let left = rect.left() + 4.0 + at as f32 * 4.5;
        let bar = egui::Rect::from_min_max(
            egui::pos2(left, rect.bottom() - 4.0 - height),
            egui::pos2(left + 3.0, rect.bottom() - 4.0),
        );
        ui.painter().rect_filled(bar, CornerRadius::same(1), tokens.on_accent);
    }
    ui.add_space(space::XS);
}

fn menu_item(ui: &mut Ui, command: &Command, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let text = command.text().into_owned();
    let chosen = match command {
        Command::SetTheme(choice) => *choice == state.settings.theme,
        Command::ToggleWatch => !state.settings.unwatched,
        _ => false,
    };
    let symbol = if chosen { ICON_CHECK } else { command.icon() };
    let color = if chosen { tokens.accent } else { tokens.muted };
    let shortcut = command.shortcut().or_else(|| command.editor_shortcut());
    let shortcut = shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut)).unwrap_or_default();
    let button = Button::new((symbol.rich_text().size(size::ICON).color(color), text.as_str()))
        .shortcut_text(RichText::new(shortcut).size(size::SMALL).color(tokens.faint))
        .min_size(Vec2::new(250.0, 27.0));
    if widgets::give(ui, button, &text, command.clone(), state, commands).clicked() {
        ui.close();
    }
}

fn right_end(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let has_bundle = state.loaded().is_some();
    // The bar's own style is meant for menus only.
    ui.set_style(ui.ctx().global_style());
    if has_bundle {
        widgets::primary_button(ui, Command::Run, state, commands).accessible_name("Run picked function");
        widgets::command_button(ui, Command::ShowExport, state, commands);
    }
    let dark = ui.visuals().dark_mode;
    let symbol = if dark { ICON_LIGHT_MODE } else { ICON_DARK_MODE };
    let button = Button::new(symbol.rich_text().size(size::ICON).color(tokens.muted)).frame_when_inactive(false);
    widgets::give(ui, button, "Toggle dark and light", Command::ToggleTheme, state, commands);
    let width = (ui.available_width() - space::L).clamp(0.0, 280.0);
    if width > 110.0 {
        let shortcut = Command::ShowPalette.shortcut().map(|s| ui.ctx().format_shortcut(&s)).unwrap_or_default();
        let label = RichText::new("Search").color(tokens.muted);
        let button = Button::new((ICON_SEARCH.rich_text().color(tokens.muted), label))
            .shortcut_text(RichText::new(shortcut).size(size::SMALL).color(tokens.faint))
            .min_size(Vec2::new(width, 0.0))
            .stroke(Stroke::new(1.0, tokens.border))
            .fill(tokens.canvas);
        widgets::give(ui, button, "Search commands", Command::ShowPalette, state, commands);
    }
}
