//! Many points reduced to the dots that can be told apart on screen.
//!
//! For drawing only: statistics never see what is left out here.

use egui::{Pos2, Rect, pos2};

/// What a dot stands for; drawn in this order, so that failures are never hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Answered.
    Answered,
    /// Answered, but beyond the target.
    Beyond,
    /// Not answered.
    Failed,
}

/// A point of the data.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The place in the data's own units.
    pub x: f64,
    /// The place in the data's own units.
    pub y: f64,
    /// What it stands for.
    pub kind: Kind,
}

/// One or more points at one place on screen.
#[derive(Clone, Copy, Debug)]
pub struct Dot {
    /// The first point's place.
    pub place: Pos2,
    /// What they stand for.
    pub kind: Kind,
    /// How many they are.
    pub count: u32,
}

/// The part of the data that is shown: x from left to right, y from bottom to top.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Left and bottom.
    pub min: [f64; 2],
    /// Right and top.
    pub max: [f64; 2],
}

/// The dots of `points` that lie in `bounds`, drawn into `rect` with at most one dot of a kind in
/// each square of `cell` points.
pub fn reduce(points: impl Iterator<Item = Point>, bounds: Bounds, rect: Rect, cell: f32) -> Vec<Dot> {
    let columns = (rect.width() / cell).ceil().max(1.0) as usize;
    let rows = (rect.height() / cell).ceil().max(1.0) as usize;
    let per_cell = 1.0 / cell;
    let scale_x = f64::from(rect.width()) / (bounds.max[0] - bounds.min[0]);
    let scale_y = f64::from(rect.height()) / (bounds.max[1] - bounds.min[1]);
    // The dot of each cell and kind, counted from 1; 0 where there is none yet.
    let mut taken = vec![0_u32; columns * rows * 3];
    let mut dots: Vec<Dot> = Vec::new();
    for point in points {
        let x = ((point.x - bounds.min[0]) * scale_x) as f32;
        let y = ((point.y - bounds.min[1]) * scale_y) as f32;
        if !(x >= 0.0 && y >= 0.0 && x <= rect.width() && y <= rect.height()) {
            continue;
        }
        let (column, row) = (((x * per_cell) as usize).min(columns - 1), ((y * per_cell) as usize).min(rows - 1));
        let Some(slot) = taken.get_mut((row * columns + column) * 3 + point.kind as usize) else { continue };
        match dots.get_mut((*slot as usize).wrapping_sub(1)) {
            Some(dot) => dot.count += 1,
            None => {
                dots.push(Dot { place: pos2(rect.left() + x, rect.bottom() - y), kind: point.kind, count: 1 });
                *slot = dots.len() as u32;
            }
        }
    }
    dots.sort_by_key(|dot| dot.kind);
    dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_points_become_dots_that_can_be_told_apart_and_none_is_lost() {
        let point = |index: u32| Point {
            x: f64::from(index),
            y: f64::from(index % 997),
            kind: if index == 7 { Kind::Failed } else { Kind::Answered },
        };
        let bounds = Bounds { min: [0.0, 0.0], max: [1e6, 1000.0] };
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(300.0, 200.0));
        let dots = reduce((0..1_000_000).map(point), bounds, rect, 3.0);
        assert!(dots.len() <= 100 * 67 + 1);
        assert_eq!(dots.iter().map(|dot| dot.count).sum::<u32>(), 1_000_000);
        assert_eq!(dots.last().unwrap().kind, Kind::Failed);
    }

    #[test]
    fn points_out_of_bounds_are_not_drawn() {
        let points = [(-1.0, 5.0), (5.0, 11.0), (5.0, 5.0)].map(|(x, y)| Point { x, y, kind: Kind::Answered });
        let bounds = Bounds { min: [0.0, 0.0], max: [10.0, 10.0] };
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 100.0));
        let dots = reduce(points.into_iter(), bounds, rect, 3.0);
        assert_eq!(dots.iter().map(|dot| dot.place).collect::<Vec<_>>(), [pos2(50.0, 50.0)]);
    }
}
