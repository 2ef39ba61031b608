//! The small parts that panels are built from: buttons of commands, chips, fields, rows, banners.
//!
//! Icons come from an icon font whose characters mean nothing to a screen reader, so they are painted,
//! or the widget that holds them is named.

use egui::accesskit::Role;
use egui::{
    Align2, Button, Color32, CornerRadius, FontId, Frame, Margin, Rect, Response, RichText, Sense, Stroke, StrokeKind,
    TextEdit, TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::bundle::Severity;

use super::available::availability;
use super::command::{Command, Commands};
use super::state::State;
use super::theme::{self, Tokens, size, space};

/// Paints an icon without a trace in the accessibility tree.
pub fn icon(ui: &mut Ui, icon: MaterialIcon, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size::ICON), Sense::hover());
    paint_icon(ui, rect, icon, color);
    response
}

/// Paints an icon into the middle of `rect`.
pub fn paint_icon(ui: &Ui, rect: Rect, icon: MaterialIcon, color: Color32) {
    let font = FontId::new(size::ICON, icon.font_family());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon.codepoint, font, color);
}

/// A button of a command with icon and text; disabled with the reason where it cannot be given.
pub fn command_button(ui: &mut Ui, command: Command, state: &State, commands: &mut Commands) -> Response {
    let text = command.text().into_owned();
    let tokens = theme::of(ui);
    let button = Button::new((command.icon().rich_text().color(tokens.muted), text.as_str()));
    give(ui, button, &text, command, state, commands)
}

/// The one button of a view that matters most.
pub fn primary_button(ui: &mut Ui, command: Command, state: &State, commands: &mut Commands) -> Response {
    let text = command.text().into_owned();
    let tokens = theme::of(ui);
    let available = availability(&command, state).is_ok();
    let color = if available { tokens.on_accent } else { tokens.muted };
    let label = RichText::new(text.as_str()).family(theme::semibold()).color(color);
    let fill = if available { tokens.accent } else { tokens.raised };
    let button = Button::new((command.icon().rich_text().color(color), label)).fill(fill);
    give(ui, button, &text, command, state, commands)
}

/// A button of a command with nothing but its icon.
pub fn icon_button(ui: &mut Ui, command: Command, state: &State, commands: &mut Commands) -> Response {
    let text = command.text().into_owned();
    let tokens = theme::of(ui);
    let button =
        Button::new(command.icon().rich_text().size(size::ICON).color(tokens.muted)).frame_when_inactive(false);
    give(ui, button, &text, command, state, commands)
}

/// Shows a button for a command: named, with tooltip and shortcut, disabled where it cannot be given.
pub fn give(
    ui: &mut Ui,
    button: Button<'_>,
    name: &str,
    command: Command,
    state: &State,
    commands: &mut Commands,
) -> Response {
    let available = availability(&command, state);
    let mut response = ui.add_enabled(available.is_ok(), button).accessible_name(name);
    if let Err(reason) = available {
        response = response.on_disabled_hover_text(reason);
    }
    let shortcut = command.shortcut().map(|shortcut| ui.ctx().format_shortcut(&shortcut));
    let hint = match (command.tooltip(), shortcut) {
        (Some(tooltip), Some(shortcut)) => format!("{tooltip} ({shortcut})"),
        (Some(tooltip), None) => tooltip.to_owned(),
        (None, Some(shortcut)) => format!("{name} ({shortcut})"),
        (None, None) => name.to_owned(),
    };
    let response = response.on_hover_text(hint);
    if response.clicked() {
        commands.push(command);
    }
    response
}

/// A heading of a panel's section.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    ui.label(RichText::new(text).family(theme::semibold()).size(size::BODY))
}

/// Secondary text in one line; the whole of it in the tooltip where it does not fit.
pub fn muted(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = theme::of(ui).muted;
    ui.add(egui::Label::new(RichText::new(text).color(color)).truncate())
}

/// A remark in small print, wrapped.
pub fn remark(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = theme::of(ui).muted;
    ui.add(egui::Label::new(RichText::new(text).small().color(color)).wrap())
}

/// A field for one line of text.
pub fn field(ui: &mut Ui, text: &mut String, name: &str, hint: &str) -> Response {
    let margin = Margin::symmetric(8, 5);
    let color = theme::of(ui).faint;
    let edit = TextEdit::singleline(text)
        .hint_text(RichText::new(hint).color(color))
        .desired_width(f32::INFINITY)
        .background_color(theme::of(ui).canvas)
        .margin(margin);
    ui.scope(|ui| {
        let edge = theme::of(ui).border;
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, edge);
        ui.add(edit).accessible_name(name)
    })
    .inner
}

/// A word on a tinted ground.
pub fn chip(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let frame = Frame::new()
        .fill(theme::tint(color))
        .corner_radius(CornerRadius::same(5))
        .inner_margin(Margin::symmetric(6, 2));
    let label = RichText::new(text).size(size::SMALL).family(theme::semibold()).color(color);
    frame.show(ui, |ui| ui.add(egui::Label::new(label).wrap_mode(TextWrapMode::Extend))).response
}

/// A block that stands out: an icon and wrapped text on a tinted ground.
pub fn banner(ui: &mut Ui, symbol: MaterialIcon, color: Color32, add: impl FnOnce(&mut Ui)) {
    let frame = Frame::new()
        .fill(theme::tint(color))
        .stroke(Stroke::new(1.0, theme::tint_edge(color)))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::same(10));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            icon(ui, symbol, color);
            ui.vertical(add);
        });
    });
}

/// What an empty view says: what would be here, and what to do.
pub fn empty(ui: &mut Ui, title: &str, hint: &str) {
    let tokens = theme::of(ui);
    ui.add_space(space::XL);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new(title).family(theme::semibold()).color(tokens.muted));
        ui.add(egui::Label::new(RichText::new(hint).color(tokens.faint)).wrap());
    });
    ui.add_space(space::L);
}

/// Figures with their names, on cards of one size that fill the width, `columns` in a row.
pub fn figures(ui: &mut Ui, columns: usize, figures: &[(&str, String, Color32)]) {
    let gap = space::S;
    let columns = columns.max(1);
    let width = ((ui.available_width() - gap * (columns - 1) as f32) / columns as f32).floor();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(gap);
        for row in figures.chunks(columns) {
            ui.horizontal(|ui| {
                for (name, value, color) in row {
                    figure(ui, Vec2::new(width, 46.0), name, value, *color);
                }
            });
        }
    });
}

fn figure(ui: &mut Ui, area: Vec2, name: &str, value: &str, color: Color32) {
    let tokens = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(area, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name} {value}")));
    ui.painter().rect_filled(rect, CornerRadius::same(8), tokens.raised);
    let (upper, lower) = rect.shrink2(Vec2::new(10.0, 6.0)).split_top_bottom_at_fraction(0.42);
    paint_text(ui, upper, RichText::new(name).size(size::SMALL), tokens.muted);
    paint_text(ui, lower, RichText::new(value).family(theme::semibold()).size(size::HEADING), color);
}

/// Colour and icon of a severity.
pub fn severity(tokens: &Tokens, severity: Severity) -> (MaterialIcon, Color32) {
    match severity {
        Severity::Error => (ICON_ERROR, tokens.bad),
        Severity::Warning => (ICON_WARNING, tokens.warn),
        Severity::Hint => (ICON_INFO, tokens.accent),
    }
}

/// The ground of a row that can be clicked, with selection and focus; the caller paints upon it.
pub fn row(ui: &mut Ui, height: f32, selected: bool, role: Role, name: &str) -> Response {
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(role, true, selected, name));
    let tokens = theme::of(ui);
    if selected {
        ui.painter().rect_filled(rect, CornerRadius::same(5), tokens.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(5), tokens.raised);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, CornerRadius::same(5), Stroke::new(1.0, tokens.accent), StrokeKind::Inside);
    }
    response
}

/// Paints text into `rect`, shortened to its width, at its left edge and in its middle. Gives the width
/// it took, and whether it was shortened.
pub fn paint_text(ui: &Ui, rect: Rect, text: RichText, color: Color32) -> (f32, bool) {
    let text: WidgetText = text.color(color).into();
    let galley = text.into_galley(ui, Some(TextWrapMode::Truncate), rect.width().max(0.0), egui::TextStyle::Body);
    let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect).min;
    let taken = (galley.size().x, galley.elided);
    ui.painter().galley(at, galley, color);
    taken
}

/// Paints text at the right edge of `rect`, shortened to its width. Gives the width it took.
pub fn paint_text_right(ui: &Ui, rect: Rect, text: RichText, color: Color32) -> f32 {
    let text: WidgetText = text.color(color).into();
    let galley = text.into_galley(ui, Some(TextWrapMode::Truncate), rect.width().max(0.0), egui::TextStyle::Body);
    let at = Align2::RIGHT_CENTER.align_size_within_rect(galley.size(), rect).min;
    let width = galley.size().x;
    ui.painter().galley(at, galley, color);
    width
}

/// A tab: text with a line of the accent colour below it while it is chosen.
pub fn tab(ui: &mut Ui, chosen: bool, name: &str) -> Response {
    let tokens = theme::of(ui);
    let color = if chosen { tokens.text } else { tokens.muted };
    let label = RichText::new(name).family(theme::semibold()).color(color);
    let response = ui.add(Button::new(label).frame_when_inactive(false).selected(false));
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, name));
    if chosen {
        let rect = response.rect;
        let line = Rect::from_min_max(
            egui::pos2(rect.left() + 6.0, rect.bottom() - 1.0),
            rect.right_bottom() + Vec2::new(-6.0, 1.0),
        );
        ui.painter().rect_filled(line, CornerRadius::same(1), tokens.accent);
    }
    response
}
