//! The palette: a search field over everything that can be done and gone to.

use egui::{Align2, Area, CornerRadius, Frame, Id, Key, Margin, Modal, Modifiers, RichText, ScrollArea, Stroke, Vec2};

use crate::workbench::command::{Command, Commands};
use crate::workbench::palette::Palette;
use crate::workbench::theme::{self, size, space};
use crate::workbench::widgets;

const ROW: f32 = 30.0;
const ROWS_SHOWN: f32 = 11.0;

/// Draws the palette.
pub fn show(ctx: &egui::Context, palette: &mut Palette, commands: &mut Commands) {
    let tokens = theme::tokens(ctx.theme());
    // Taken before the field sees them.
    let (down, up, enter) = ctx.input_mut(|input| {
        let mut taken = |key| input.count_and_consume_key(Modifiers::NONE, key) as isize;
        (taken(Key::ArrowDown), taken(Key::ArrowUp), taken(Key::Enter) > 0)
    });
    palette.step(down - up);
    let moved = down != up;
    let frame = Frame::new()
        .fill(tokens.surface)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(12))
        .shadow(ctx.global_style().visuals.popup_shadow)
        .inner_margin(Margin::same(10));
    let id = Id::unique("palette");
    let area = Area::new(id)
        .kind(egui::UiKind::Modal)
        .sense(egui::Sense::hover())
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_TOP, [0.0, 72.0]);
    let width = 560.0f32.min(ctx.content_rect().width() - 64.0);
    let response = Modal::new(id).area(area).frame(frame).backdrop_color(theme::backdrop()).show(ctx, |ui| {
        ui.set_width(width);
        let hint = match &palette.title {
            Some(title) => {
                widgets::heading(ui, title);
                ui.add_space(space::XS);
                "Filter"
            }
            None => "Search commands, functions, endpoints, files",
        };
        let name = palette.title.clone().unwrap_or_else(|| "Command palette".into());
        let field = widgets::field(ui, &mut palette.query, &name, hint);
        field.request_focus();
        if field.changed() {
            palette.search();
        }
        ui.add_space(space::XS);
        rows(ui, palette, moved, commands)
    });
    let entered = enter.then(|| palette.entry(palette.chosen)).flatten().map(|entry| entry.command.clone());
    if let Some(command) = response.inner.clone().or(entered) {
        commands.push(Command::CloseDialog);
        commands.push(command);
    } else if response.should_close() {
        commands.push(Command::CloseDialog);
    }
}

/// The rows; gives the command of one that was clicked.
fn rows(ui: &mut egui::Ui, palette: &Palette, moved: bool, _commands: &mut Commands) -> Option<Command> {
    let tokens = theme::of(ui);
    let mut clicked = None;
    if palette.is_empty() {
        ui.add_space(space::M);
        ui.vertical_centered(|ui| ui.label(RichText::new("Nothing matches").color(tokens.muted)));
        ui.add_space(space::M);
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().max_height(ROW * ROWS_SHOWN).auto_shrink([false, true]);
    if moved {
        let lowest = (palette.chosen as f32 + 1.0 - ROWS_SHOWN / 2.0) * ROW;
        area = area.vertical_scroll_offset(lowest.max(0.0));
    }
    area.show_rows(ui, ROW, palette.len(), |ui, range| {
        for at in range {
            let Some(entry) = palette.entry(at) else { continue };
            let chosen = at == palette.chosen;
            let row = widgets::row(ui, ROW, chosen, egui::accesskit::Role::ListBoxOption, &entry.label);
            let inner = row.rect.shrink2(Vec2::new(space::M, 0.0));
            let icon = egui::Rect::from_min_size(inner.min, Vec2::new(size::ICON, inner.height()));
            widgets::paint_icon(ui, icon, entry.command.icon(), tokens.muted);
            let shortcut = entry.command.shortcut().map(|shortcut| ui.ctx().format_shortcut(&shortcut));
            let shortcut = RichText::new(shortcut.unwrap_or_default()).size(size::SMALL);
            let taken = widgets::paint_text_right(ui, inner, shortcut, tokens.faint);
            let text = inner.with_min_x(icon.right() + space::M).with_max_x(inner.right() - taken - space::M);
            let (width, _) = widgets::paint_text(ui, text, RichText::new(&entry.label), tokens.text);
            let rest = text.with_min_x(text.left() + width + space::M);
            widgets::paint_text(ui, rest, RichText::new(&entry.detail).size(size::SMALL), tokens.faint);
            if row.clicked() {
                clicked = Some(entry.command.clone());
            }
        }
    });
    clicked
}
