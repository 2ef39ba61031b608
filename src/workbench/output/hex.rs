//! Bytes as hexadecimal numbers with the characters that they may stand for. Draws only the rows on screen.

use std::fmt::Write as _;

use egui::{Frame, Margin, RichText, ScrollArea, Ui};

use crate::workbench::theme::{self, size};

/// Narrower views show eight bytes in a row.
const WIDE: f32 = 600.0;

/// Bytes to look at.
pub struct HexView {
    bytes: Vec<u8>,
}

impl HexView {
    /// A view of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec() }
    }

    /// Shows the bytes, at most `rows` lines high.
    pub fn show(&self, ui: &mut Ui, title: &str, rows: usize) {
        let tokens = theme::of(ui);
        let width = if ui.available_width() > WIDE { 16 } else { 8 };
        let lines = self.bytes.len().div_ceil(width).max(1);
        let frame = Frame::new().fill(tokens.canvas).corner_radius(6).inner_margin(Margin::same(8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 0.0;
            let height = rows.min(lines) as f32 * size::CODE_LINE;
            let area = ScrollArea::both().id_salt((title, "hex")).max_height(height).auto_shrink([false, true]);
            area.show_rows(ui, size::CODE_LINE, lines, |ui, range| {
                for at in range {
                    let line = RichText::new(line(&self.bytes, at, width)).monospace().size(size::CODE);
                    ui.add_sized(
                        [ui.available_width(), size::CODE_LINE],
                        egui::Label::new(line).halign(egui::Align::LEFT).wrap_mode(egui::TextWrapMode::Extend),
                    );
                }
            });
        });
    }
}

/// `00000010  68 65 6c 6c 6f           hello`.
fn line(bytes: &[u8], at: usize, width: usize) -> String {
    let part: Vec<u8> = bytes.iter().skip(at * width).take(width).copied().collect();
    let mut line = format!("{:08x} ", at * width);
    for place in 0..width {
        let _ = match part.get(place) {
            Some(byte) => write!(line, " {byte:02x}"),
            None => write!(line, "   "),
        };
    }
    line.push_str("  ");
    line.extend(part.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_place_its_numbers_and_its_characters() {
        let bytes = b"\x00hello \xff\x1bworld";
        assert_eq!(line(bytes, 0, 8), "00000000  00 68 65 6c 6c 6f 20 ff  .hello .");
        assert_eq!(line(bytes, 1, 8), "00000008  1b 77 6f 72 6c 64        .world");
        assert_eq!(line(bytes, 2, 8), format!("00000010{}", " ".repeat(27)));
    }
}
