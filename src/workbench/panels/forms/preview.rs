//! What a form would write: the lines that come and go, with their neighbours.

use egui::text::{LayoutJob, TextFormat};
use egui::{CornerRadius, FontId, Frame, Margin, RichText, ScrollArea, Stroke, Ui};
use similar::ChangeTag;

use crate::workbench::forms::Form;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Most lines that are shown.
const MOST_LINES: usize = 200;

/// Draws the preview, and what the checks say of the whole.
pub fn show(ui: &mut Ui, form: &Form) {
    let tokens = theme::of(ui);
    for mark in form.marks(None) {
        let (_, color) = widgets::severity(tokens, mark.severity);
        let said = RichText::new(text::one_line(&mark.text)).size(size::SMALL).color(color);
        ui.add(egui::Label::new(said).wrap());
    }
    let Some(draft) = form.draft().filter(|draft| !draft.lines.is_empty()) else { return };
    super::fields::label(ui, "What will be written", false);
    let frame = Frame::new()
        .fill(tokens.canvas)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::same(space::S as i8));
    frame.show(ui, |ui| {
        ScrollArea::horizontal().auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.vertical(|ui| {
                for line in draft.lines.iter().take(MOST_LINES) {
                    let (sign, edge, color) = match line.tag {
                        ChangeTag::Insert => ("+ ", tokens.good, tokens.text),
                        ChangeTag::Delete => ("- ", tokens.bad, tokens.muted),
                        ChangeTag::Equal => ("  ", tokens.faint, tokens.faint),
                    };
                    let font = FontId::monospace(size::SMALL);
                    let mut job = LayoutJob::default();
                    job.append(sign, 0.0, TextFormat::simple(font.clone(), edge));
                    job.append(&text::one_line(&line.text), 0.0, TextFormat::simple(font, color));
                    ui.add(egui::Label::new(job).extend());
                }
            });
        });
    });
    ui.add_space(space::M);
}
