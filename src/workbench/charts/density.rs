//! More points than there are places on screen, as a picture of how many lie where. For drawing only.

use egui::{Color32, ColorImage, Rect, pos2};

use super::dots::{Bounds, Kind, Point};
use crate::workbench::theme::Tokens;

/// The side of a cell in points.
pub const CELL: f32 = 3.0;

/// Counts of points by place and kind.
#[derive(Debug, Default)]
pub struct Density {
    bounds: Bounds,
    columns: usize,
    rows: usize,
    counts: Vec<[u32; 3]>,
    above: u64,
}

impl Density {
    /// Begins with nothing, to be drawn into `rect`, in the memory that it has.
    pub fn renew(&mut self, bounds: Bounds, rect: Rect) {
        let mut counts = std::mem::take(&mut self.counts);
        let columns = (rect.width() / CELL).ceil().max(1.0) as usize;
        let rows = (rect.height() / CELL).ceil().max(1.0) as usize;
        counts.clear();
        counts.resize(columns * rows, [0; 3]);
        *self = Self { bounds, columns, rows, counts, above: 0 };
    }

    /// Counts points, each as `weight`.
    pub fn add(&mut self, points: impl Iterator<Item = Point>, weight: u32) {
        let scale_x = self.columns as f64 / (self.bounds.max[0] - self.bounds.min[0]);
        let scale_y = self.rows as f64 / (self.bounds.max[1] - self.bounds.min[1]);
        let (columns, rows) = (self.columns as f64, self.rows as f64);
        for point in points {
            let x = (point.x - self.bounds.min[0]) * scale_x;
            let y = (point.y - self.bounds.min[1]) * scale_y;
            if !(x >= 0.0 && y >= 0.0 && x <= columns) {
                continue;
            }
            if y > rows {
                self.above += u64::from(weight);
                continue;
            }
            let (column, row) = ((x as usize).min(self.columns - 1), (y as usize).min(self.rows - 1));
            let cell = self.counts.get_mut(row * self.columns + column);
            if let Some(count) = cell.and_then(|cell| cell.get_mut(point.kind as usize)) {
                *count += weight;
            }
        }
    }

    /// How many points lie above the bounds.
    pub fn above(&self) -> u64 {
        self.above
    }

    /// The picture: the more points, the stronger the colour.
    pub fn picture(&self, tokens: &Tokens) -> ColorImage {
        let most = self.counts.iter().flatten().copied().max().unwrap_or(0).max(1);
        let palette = Palette::new(most, tokens);
        let mut image = ColorImage::filled([self.columns, self.rows], Color32::TRANSPARENT);
        let lines = image.pixels.chunks_mut(self.columns).rev();
        for (line, counts) in lines.zip(self.counts.chunks(self.columns)) {
            for (pixel, cell) in line.iter_mut().zip(counts) {
                if *cell != [0; 3] {
                    *pixel = palette.color(cell);
                }
            }
        }
        image
    }

    /// Where the picture belongs: `rect`, enlarged to whole cells.
    pub fn place(&self, rect: Rect) -> Rect {
        let size = egui::vec2(self.columns as f32, self.rows as f32) * CELL;
        Rect::from_min_max(pos2(rect.left(), rect.bottom() - size.y), pos2(rect.left() + size.x, rect.bottom()))
    }
}

/// The colours of counts up to the largest. Most counts are small, and their colours are made once.
struct Palette<'a> {
    tokens: &'a Tokens,
    scale: f32,
    small: Vec<[Color32; 3]>,
}

impl<'a> Palette<'a> {
    const SMALL: u32 = 255;

    fn new(most: u32, tokens: &'a Tokens) -> Self {
        let mut palette = Self { tokens, scale: 1.0 / (most as f32).ln_1p(), small: Vec::new() };
        let colors = |count: u32| [Kind::Answered, Kind::Beyond, Kind::Failed].map(|kind| palette.made(kind, count));
        palette.small = (0..=most.min(Self::SMALL)).map(colors).collect();
        palette
    }

    fn color(&self, [answered, beyond, failed]: &[u32; 3]) -> Color32 {
        // What is rare must not be hidden by what is common.
        let (kind, count) = match (*failed, *beyond, *answered) {
            (0, 0, count) => (Kind::Answered, count),
            (0, count, _) => (Kind::Beyond, count),
            (count, ..) => (Kind::Failed, count),
        };
        let small = self.small.get(count as usize).and_then(|colors| colors.get(kind as usize));
        small.copied().unwrap_or_else(|| self.made(kind, count))
    }

    fn made(&self, kind: Kind, count: u32) -> Color32 {
        let (color, least) = match kind {
            Kind::Answered => (self.tokens.accent, 0.28),
            Kind::Beyond => (self.tokens.warn, 0.4),
            Kind::Failed => (self.tokens.bad, 1.0),
        };
        let share = (count as f32).ln_1p() * self.scale;
        color.gamma_multiply((least + (1.0 - least) * share).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::theme;

    const UNIT: Bounds = Bounds { min: [0.0, 0.0], max: [1.0, 1.0] };

    fn rect() -> Rect {
        Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 20.0))
    }

    #[test]
    fn points_are_counted_once_and_those_above_apart() {
        let mut density = Density::default();
        density.renew(UNIT, rect());
        let point = |at: u32| Point {
            x: f64::from(at) / 1000.0,
            y: if at.is_multiple_of(100) { 1.1 } else { 0.5 },
            kind: Kind::Answered,
        };
        density.add((0..1000).map(point), 3);
        let counted: u32 = density.counts.iter().flatten().sum();
        assert_eq!((counted, density.above()), (3 * 990, 3 * 10));
        density.renew(UNIT, rect().expand(9.0));
        assert_eq!((density.counts.iter().flatten().sum::<u32>(), density.above()), (0, 0));
    }

    #[test]
    fn one_failure_is_seen_among_thousands() {
        let mut density = Density::default();
        density.renew(UNIT, rect());
        let kind = |index: u32| if index == 7 { Kind::Failed } else { Kind::Answered };
        density.add((0..1000).map(|index| Point { x: 0.5, y: 0.5, kind: kind(index) }), 1);
        assert!(density.picture(&theme::DARK).pixels.contains(&theme::DARK.bad));
    }

    #[test]
    fn more_points_are_a_stronger_colour_however_many_they_are() {
        let palette = Palette::new(100_000, &theme::DARK);
        let strength = |count: u32| palette.color(&[count, 0, 0]).a();
        let strengths = [1, 10, 255, 256, 5000, 100_000].map(strength);
        assert!(strengths.is_sorted() && strengths[0] < strengths[5] && strengths[5] == 255, "{strengths:?}");
    }
}
