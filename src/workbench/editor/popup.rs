//! A list that opens at the caret: completions and quick fixes. Keys move through it while the text
//! keeps the focus.
//!
//! Knows nothing of what its lines mean: it says which one was picked.

use egui::accesskit::Role;
use egui::{Align2, Area, Frame, Id, Key, Margin, Modifiers, Order, Rect, RichText, ScrollArea, Stroke, Ui, vec2};
use egui_material_icons::MaterialIcon;

use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

const ROW: f32 = 24.0;
const MOST_ROWS: usize = 9;
const WIDTH: f32 = 380.0;

/// One line of the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// What kind of thing it is.
    pub icon: MaterialIcon,
    /// What it is called.
    pub label: String,
    /// A few words beside it.
    pub detail: String,
    /// Whether the name is a piece of code.
    pub is_code: bool,
}

/// What the keys of a frame asked of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing, or only another line.
    None,
    /// Take the chosen line.
    Take,
    /// Close the list.
    Close,
}

/// Takes the keys that belong to an open list of `count` lines, before the text sees them.
pub fn keys(ui: &Ui, chosen: &mut usize, count: usize, tab_takes: bool) -> Answer {
    ui.input_mut(|input| {
        let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key);
        let page = MOST_ROWS as isize - 1;
        let by = pressed(Key::ArrowDown) as isize - pressed(Key::ArrowUp) as isize
            + page * (pressed(Key::PageDown) as isize - pressed(Key::PageUp) as isize);
        if count > 0 && by != 0 {
            // Arrows go around, pages stop at the ends.
            let at = *chosen as isize + by;
            let last = count as isize - 1;
            *chosen = if by.abs() == 1 { at.rem_euclid(count as isize) } else { at.clamp(0, last) } as usize;
        }
        let take = pressed(Key::Enter) > 0 || (tab_takes && pressed(Key::Tab) > 0);
        if pressed(Key::Escape) > 0 {
            Answer::Close
        } else if take && count > 0 {
            Answer::Take
        } else {
            Answer::None
        }
    })
}

/// Draws the list beside `anchor`, with `documentation` of the chosen line below it, and gives the line
/// that was clicked. `name` is the list's accessible name.
pub fn show(
    ui: &Ui,
    id: Id,
    (anchor, name): (Rect, &str),
    lines: &[Line],
    chosen: usize,
    documentation: &str,
) -> Option<usize> {
    let tokens = theme::of(ui);
    let screen = ui.ctx().content_rect();
    let height = lines.len().min(MOST_ROWS) as f32 * ROW + 2.0 * space::XS;
    let above = anchor.bottom() + height + space::XL > screen.bottom() && anchor.top() > height;
    let (pivot, place) = if above {
        (Align2::LEFT_BOTTOM, anchor.left_top() - vec2(0.0, space::XS))
    } else {
        (Align2::LEFT_TOP, anchor.left_bottom() + vec2(0.0, space::XS))
    };
    let frame = Frame::new()
        .fill(tokens.surface)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(8.0)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin::same(space::XS as i8));
    let area = Area::new(id).order(Order::Foreground).pivot(pivot).fixed_pos(place).constrain(true);
    let shown = area.show(ui.ctx(), |ui| {
        frame.show(ui, |ui| {
            ui.set_width(WIDTH.min(screen.width() - 2.0 * space::XL));
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
                node.set_role(Role::ListBox);
                node.set_label(name);
            });
            let clicked = rows(ui, id, lines, chosen);
            if !documentation.is_empty() {
                ui.add_space(space::XS);
                ui.separator();
                let words = RichText::new(text::one_line(documentation)).size(size::SMALL).color(tokens.muted);
                ui.add(egui::Label::new(words).wrap());
            }
            clicked
        })
    });
    shown.inner.inner
}

fn rows(ui: &mut Ui, id: Id, lines: &[Line], chosen: usize) -> Option<usize> {
    let mut clicked = None;
    let mut area = ScrollArea::vertical().id_salt(id).max_height(ROW * MOST_ROWS as f32).auto_shrink([false, true]);
    if lines.len() > MOST_ROWS {
        // The chosen line stays in the middle, where the list is long enough.
        let top = (chosen as f32 - (MOST_ROWS / 2) as f32) * ROW;
        area = area.vertical_scroll_offset(top.max(0.0));
    }
    area.show_rows(ui, ROW, lines.len(), |ui, range| {
        for at in range {
            let Some(line) = lines.get(at) else { continue };
            if row(ui, line, at == chosen) {
                clicked = Some(at);
            }
        }
    });
    clicked
}

fn row(ui: &mut Ui, line: &Line, chosen: bool) -> bool {
    let tokens = theme::of(ui);
    let row = widgets::row(ui, ROW, chosen, Role::ListBoxOption, &line.label);
    let inner = row.rect.shrink2(vec2(space::S, 0.0));
    let icon = inner.with_max_x(inner.left() + size::ICON);
    widgets::paint_icon(ui, icon, line.icon, if chosen { tokens.accent } else { tokens.muted });
    let text = inner.with_min_x(icon.right() + space::S);
    let label = RichText::new(&line.label);
    let label = if line.is_code { label.monospace().size(size::CODE) } else { label };
    let (width, _) = widgets::paint_text(ui, text, label, tokens.text);
    let rest = text.with_min_x(text.left() + width + space::M);
    if rest.width() > 3.0 * space::XL {
        widgets::paint_text(ui, rest, RichText::new(&line.detail).size(size::SMALL), tokens.faint);
    }
    row.clicked()
}
