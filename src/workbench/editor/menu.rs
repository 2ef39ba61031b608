//! The menu that a right click in the text opens.

use egui::{Button, Response, RichText, Ui, ViewportCommand};

use super::assistance::{Asked, Wanted};
use super::view::Parts;
use crate::workbench::theme::{self, size};

/// Shows the menu while it is open; gives what was picked for others to do.
pub fn show(response: &Response, parts: &mut Parts<'_>) -> Picked {
    let mut picked = Picked::default();
    response.context_menu(|ui| {
        ui.set_min_width(220.0);
        if parts.knowledge.is_some() {
            for (name, keys, asked) in [
                ("Go to definition", "F12", Asked::Definition),
                ("Find usages", "Shift+F12", Asked::Usages),
                ("Rename\u{2026}", "F2", Asked::Rename),
            ] {
                if item(ui, name, keys) {
                    picked.asked = Some(asked);
                }
            }
            if item(ui, "Quick fixes\u{2026}", "Ctrl+.") {
                picked.wanted = Some(Wanted::Fixes);
            }
            ui.separator();
        }
        if !parts.options.read_only && item(ui, "Cut", "Ctrl+X") {
            ui.ctx().send_viewport_cmd(ViewportCommand::RequestCut);
            picked.focus = true;
        }
        if item(ui, "Copy", "Ctrl+C") {
            ui.ctx().send_viewport_cmd(ViewportCommand::RequestCopy);
            picked.focus = true;
        }
        if !parts.options.read_only && item(ui, "Paste", "Ctrl+V") {
            ui.ctx().send_viewport_cmd(ViewportCommand::RequestPaste);
            picked.focus = true;
        }
        ui.separator();
        let line = parts.document.buffer().line_of(parts.document.selection().head);
        let name = if parts.folds.is_closed(line) { "Unfold" } else { "Fold" };
        if item(ui, name, "Ctrl+Shift+[") {
            parts.folds.toggle(parts.document.buffer(), line);
        }
        if item(ui, "Fold all", "") {
            parts.folds.close_all(parts.document.buffer());
        }
        if item(ui, "Unfold all", "") {
            parts.folds.open_all();
        }
    });
    picked
}

/// What was picked from the menu.
#[derive(Debug, Default)]
pub struct Picked {
    /// For others to do.
    pub asked: Option<Asked>,
    /// To be opened at the caret.
    pub wanted: Option<Wanted>,
    /// Whether the text needs the focus for it.
    pub focus: bool,
}

fn item(ui: &mut Ui, name: &str, keys: &str) -> bool {
    let faint = theme::of(ui).faint;
    let keys = RichText::new(keys).size(size::SMALL).color(faint);
    let clicked = ui.add(Button::new(name).shortcut_text(keys).min_size(egui::vec2(220.0, 0.0))).clicked();
    if clicked {
        ui.close();
    }
    clicked
}
