//! More points than there are places on screen, as a picture of how many lie where.
//!
//! For drawing only. Points are counted a part at a time, evenly spread over all of them, so that a
//! frame's share of the work is bounded and the picture is whole from the first frame on.

use egui::{Color32, ColorImage, Rect, pos2};

use super::dots::{Bounds, Point};
use crate::workbench::theme::Tokens;

/// The side of a cell in points.
pub const CELL: f32 = 3.0;

/// How many points a frame counts at most.
const A_FRAME: usize = 20_000;

/// Counts of points by place and kind.
#[derive(Debug)]
pub struct Density {
    bounds: Bounds,
    columns: usize,
    rows: usize,
    counts: Vec<[u32; 3]>,
    above: u64,
    /// How many points the passes are over.
    total: usize,
    /// How many passes there are, and how many are done.
    passes: usize,
    done: usize,
    /// Whether something was counted since the last picture.
    is_stale: bool,
}

impl Density {
    /// Nothing counted yet of `total` points, to be drawn into `rect`.
    pub fn new(bounds: Bounds, rect: Rect, total: usize) -> Self {
        let columns = (rect.width() / CELL).ceil().max(1.0) as usize;
        let rows = (rect.height() / CELL).ceil().max(1.0) as usize;
        Self {
            bounds,
            columns,
            rows,
            counts: vec![[0; 3]; columns * rows],
            above: 0,
            total,
            passes: total.div_ceil(A_FRAME).max(1),
            done: 0,
            is_stale: true,
        }
    }

    /// The indices of the points that this frame has to count; `None` when all are counted.
    pub fn next_pass(&mut self) -> Option<impl Iterator<Item = usize> + use<>> {
        let Self { passes, done: pass, total, .. } = *self;
        (pass < passes).then(|| {
            self.done += 1;
            // One point of each group of neighbours, another one in each pass. Always the same place in the group
            // would show only one of the inputs that a run takes in turn.
            let in_group = move |group: usize| (scattered(group) + pass) % passes;
            (0..total.div_ceil(passes)).map(move |group| group * passes + in_group(group)).filter(move |at| *at < total)
        })
    }

    /// Whether all points are counted.
    pub fn is_complete(&self) -> bool {
        self.done >= self.passes
    }

    /// Counts points.
    pub fn add(&mut self, points: impl Iterator<Item = Point>) {
        let scale_x = self.columns as f64 / (self.bounds.max[0] - self.bounds.min[0]);
        let scale_y = self.rows as f64 / (self.bounds.max[1] - self.bounds.min[1]);
        for point in points {
            let x = (point.x - self.bounds.min[0]) * scale_x;
            let y = (point.y - self.bounds.min[1]) * scale_y;
            if !(x >= 0.0 && y >= 0.0 && x <= self.columns as f64) {
                continue;
            }
            if y > self.rows as f64 {
                self.above += 1;
                continue;
            }
            let (column, row) = ((x as usize).min(self.columns - 1), (y as usize).min(self.rows - 1));
            let cell = self.counts.get_mut(row * self.columns + column);
            if let Some(count) = cell.and_then(|cell| cell.get_mut(point.kind as usize)) {
                *count += 1;
            }
        }
        self.is_stale = true;
    }

    /// How many points lie above the bounds; an estimate until all are counted.
    pub fn above(&self) -> u64 {
        self.above * self.passes as u64 / self.done.max(1) as u64
    }

    /// The picture, if it is not the one that was taken last: the more points, the stronger the colour.
    pub fn picture(&mut self, tokens: &Tokens) -> Option<ColorImage> {
        if !std::mem::take(&mut self.is_stale) {
            return None;
        }
        let most = self.counts.iter().flatten().copied().max().unwrap_or(0).max(1);
        let scale = 1.0 / ((most as f32).ln_1p());
        let mut image = ColorImage::filled([self.columns, self.rows], Color32::TRANSPARENT);
        let lines = image.pixels.chunks_mut(self.columns).rev();
        for (line, counts) in lines.zip(self.counts.chunks(self.columns)) {
            for (pixel, cell) in line.iter_mut().zip(counts) {
                *pixel = color(cell, scale, tokens);
            }
        }
        Some(image)
    }

    /// Where the picture belongs: `rect`, enlarged to whole cells.
    pub fn place(&self, rect: Rect) -> Rect {
        let size = egui::vec2(self.columns as f32, self.rows as f32) * CELL;
        Rect::from_min_max(pos2(rect.left(), rect.bottom() - size.y), pos2(rect.left() + size.x, rect.bottom()))
    }
}

/// A number without any order that follows from another one (Fibonacci hashing).
fn scattered(number: usize) -> usize {
    ((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
}

fn color([answered, beyond, failed]: &[u32; 3], scale: f32, tokens: &Tokens) -> Color32 {
    const FAINTEST: f32 = 0.28;
    // What is rare must not be hidden by what is common.
    let (count, color, least) = match (*failed, *beyond, *answered) {
        (0, 0, 0) => return Color32::TRANSPARENT,
        (0, 0, count) => (count, tokens.accent, FAINTEST),
        (0, count, _) => (count, tokens.warn, 0.7),
        (count, ..) => (count, tokens.bad, 1.0),
    };
    let share = (count as f32).ln_1p() * scale;
    color.gamma_multiply((least + (1.0 - least) * share).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::charts::dots::Kind;
    use crate::workbench::theme;

    fn rect() -> Rect {
        Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 20.0))
    }

    #[test]
    fn all_points_are_counted_in_the_end_and_each_once() {
        let total = 250_000;
        let bounds = Bounds { min: [0.0, 0.0], max: [total as f64, 10.0] };
        let mut density = Density::new(bounds, rect(), total);
        let mut frames = 0;
        while let Some(indices) = density.next_pass() {
            let point = |index: usize| Point {
                x: index as f64,
                y: if index.is_multiple_of(100) { 11.0 } else { 5.0 },
                kind: Kind::Answered,
            };
            density.add(indices.map(point));
            frames += 1;
            // The first frames count a thirteenth each: what is above is an estimate until all are counted.
            assert!(density.above().abs_diff(2500) <= 600, "{}", density.above());
        }
        assert!(density.is_complete() && frames == total.div_ceil(A_FRAME));
        let counted: u32 = density.counts.iter().flatten().sum();
        assert_eq!(u64::from(counted) + density.above(), total as u64);
    }

    #[test]
    fn one_failure_is_seen_among_thousands() {
        let bounds = Bounds { min: [0.0, 0.0], max: [1.0, 1.0] };
        let mut density = Density::new(bounds, rect(), 1000);
        drop(density.next_pass());
        let kind = |index: u32| if index == 7 { Kind::Failed } else { Kind::Answered };
        density.add((0..1000).map(|index| Point { x: 0.5, y: 0.5, kind: kind(index) }));
        let picture = density.picture(&theme::DARK).unwrap();
        assert!(picture.pixels.contains(&theme::DARK.bad));
        assert!(density.picture(&theme::DARK).is_none());
    }
}
