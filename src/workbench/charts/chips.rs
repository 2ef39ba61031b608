//! Small labels on their own ground, so that they can be read over anything, and never over each other.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, StrokeKind, pos2, vec2};

use crate::workbench::theme::{self, Tokens, size, space};

/// The height of a chip.
pub const HEIGHT: f32 = 18.0;

/// The font of chips.
pub fn font() -> FontId {
    FontId::new(size::SMALL, theme::semibold())
}

/// The width of a chip with `text`.
pub fn width(painter: &Painter, text: &str) -> f32 {
    let galley = painter.layout_no_wrap(text.to_owned(), font(), Color32::PLACEHOLDER);
    galley.size().x + 2.0 * space::S
}

/// Paints a chip whose `anchor` is at `place`, and says where it is.
pub fn paint(painter: &Painter, tokens: &Tokens, place: Pos2, anchor: Align2, text: &str, color: Color32) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), font(), color);
    let rect = anchor.anchor_size(place, vec2(galley.size().x + 2.0 * space::S, HEIGHT));
    painter.rect_filled(rect, HEIGHT / 2.0, tokens.raised);
    painter.rect_stroke(rect, HEIGHT / 2.0, (1.0, tokens.border), StrokeKind::Inside);
    let text_place = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min;
    painter.galley(text_place, galley, color);
    rect
}

/// Where chips stand in a chart, so that the next one finds a free place.
#[derive(Debug, Default)]
pub struct Taken(Vec<Rect>);

impl Taken {
    /// Keeps a place free.
    pub fn take(&mut self, rect: Rect) {
        self.0.push(rect);
    }

    /// Paints a chip as near above `place` as there is room within `within`, else below it.
    pub fn paint_near(
        &mut self,
        painter: &Painter,
        tokens: &Tokens,
        place: Pos2,
        within: Rect,
        text: &str,
        color: Color32,
    ) {
        let size = vec2(width(painter, text), HEIGHT);
        let left = (place.x - size.x / 2.0).clamp(within.left(), (within.right() - size.x).max(within.left()));
        let step = HEIGHT + 2.0;
        let above = (0..8).map(|level| place.y - space::M - size.y - step * level as f32);
        let below = (0..8).map(|level| place.y + space::M + step * level as f32);
        let rect = |top: f32| Rect::from_min_size(pos2(left, top), size);
        let is_free = |rect: &Rect| {
            within.expand(0.5).contains_rect(*rect) && !self.0.iter().any(|taken| taken.intersects(*rect))
        };
        let Some(rect) = above.chain(below).map(rect).find(is_free) else { return };
        paint(painter, tokens, rect.min, Align2::LEFT_TOP, text, color);
        self.0.push(rect);
    }
}

/// Moves the centres of chips, sorted from top to bottom, apart until none overlap, within `top..bottom`.
pub fn separate(centres: &mut [f32], top: f32, bottom: f32) {
    const GAP: f32 = HEIGHT + 2.0;
    let mut least = top + HEIGHT / 2.0;
    for centre in centres.iter_mut() {
        *centre = centre.max(least);
        least = *centre + GAP;
    }
    let mut most = bottom - HEIGHT / 2.0;
    for centre in centres.iter_mut().rev() {
        *centre = centre.min(most);
        most = *centre - GAP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_move_apart_and_stay_inside() {
        let mut centres = [195.0, 196.0, 199.0];
        separate(&mut centres, 0.0, 200.0);
        assert_eq!(centres, [151.0, 171.0, 191.0]);
        let mut apart = [20.0, 90.0];
        separate(&mut apart, 0.0, 200.0);
        assert_eq!(apart, [20.0, 90.0]);
    }
}
