//! More invocations than can be drawn as dots, as a picture of how many lie where.
//!
//! A view that has just changed shows what stands for the stretches of the run, so that zooming and panning cost the
//! same however long the run was. Once it rests, all invocations are counted, a part each frame, and then shown.

use egui::{Painter, Rect, Shape, TextureHandle, TextureOptions, Ui, pos2};

use super::{Key, View, color, kind, place_by};
use crate::workbench::charts::density::Density;
use crate::workbench::charts::dots::{self, Point};
use crate::workbench::charts::overview::Stretch;
use crate::workbench::charts::recording::Shot;
use crate::workbench::theme;

/// As many invocations a frame counts; a view of no more is exact at once.
const A_FRAME: usize = 50_000;
/// Stretches that a view which has just changed is drawn from.
const STRETCHES: usize = 40_000;
/// More failures than these are only cells of the picture.
const FEW_FAILURES: usize = 2000;

/// The invocations of one view.
pub(super) struct Cloud {
    key: Key,
    density: Density,
    counted: Counted,
    /// How many invocations lie above the view, as far as it is known.
    above: Above,
    /// The failures, which are dots all the same as long as they are few.
    failures: Vec<Shape>,
    texture: Option<TextureHandle>,
}

/// How far the invocations of a view are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Counted {
    /// Not begun.
    None,
    /// So many of them.
    Part(usize),
    /// All, and the picture shows it.
    All,
    /// All, and there are more that the picture does not show yet.
    More,
}

/// How many invocations lie above a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Above {
    /// So many.
    Exactly(u64),
    /// About so many.
    About(u64),
}

impl Cloud {
    /// What is to be drawn for `key`, with nothing drawn or counted yet, in the memory of `old`.
    pub(super) fn begun(key: Key, old: Option<Self>) -> Self {
        let (mut density, texture) = old.map_or_else(Default::default, |old| (old.density, old.texture));
        density.renew(key.bounds, key.rect);
        Self { key, density, counted: Counted::None, above: Above::Exactly(0), failures: Vec::new(), texture }
    }

    /// Whether it is of this view.
    pub(super) fn is_of(&self, key: &Key) -> bool {
        self.key == *key
    }

    /// Takes in invocations that have just been added. Before all are counted, they are counted with the others.
    pub(super) fn append(&mut self, points: impl Iterator<Item = Point>) {
        if matches!(self.counted, Counted::All | Counted::More) {
            self.density.add(points, 1);
            self.counted = Counted::More;
        }
    }

    /// Paints the invocations `shots` of the view, of which the first has the index `first`, and says how many lie
    /// above it.
    pub(super) fn paint(&mut self, ui: &Ui, view: &View<'_>, first: usize, shots: &[Shot]) -> Above {
        if self.counted == Counted::None {
            self.failures = failures(view, &self.key);
        }
        if self.advance(view, first, shots) {
            let picture = self.density.picture(view.tokens);
            match &mut self.texture {
                Some(texture) => texture.set(picture, TextureOptions::NEAREST),
                none => *none = Some(ui.ctx().load_texture("latencies", picture, TextureOptions::NEAREST)),
            }
        }
        if matches!(self.counted, Counted::Part(_)) {
            ui.ctx().request_repaint();
        }
        self.paint_picture(&view.painter, view.rect);
        self.above
    }

    /// Counts this frame's part, and says whether there is another picture to show.
    fn advance(&mut self, view: &View<'_>, first: usize, shots: &[Shot]) -> bool {
        let point = |at: usize, shot: &Shot| point(view, &self.key, at, shot);
        match self.counted {
            Counted::None if shots.len() > A_FRAME => {
                let (number, length, stretches) =
                    view.recording.overview().within(first, first + shots.len(), STRETCHES);
                let of = |part: fn(&Stretch) -> Shot| {
                    let at = move |offset: usize| (number + offset) * length + length / 2;
                    stretches.iter().enumerate().map(move |(offset, one)| point(at(offset), &part(one)))
                };
                self.density.add(of(|stretch| stretch.any), u32::try_from(length).unwrap_or(u32::MAX));
                self.above = Above::About(self.density.above());
                self.density.add(of(|stretch| stretch.slowest), 1);
                self.counted = Counted::Part(0);
                true
            }
            Counted::None | Counted::Part(_) => {
                let done = if let Counted::Part(done) = self.counted { done } else { 0 };
                if done == 0 {
                    self.density.renew(self.key.bounds, self.key.rect);
                }
                let part = shots.get(done..).unwrap_or_default();
                let part = part.get(..A_FRAME).unwrap_or(part);
                self.density.add(part.iter().enumerate().map(|(at, shot)| point(first + done + at, shot)), 1);
                let done = done + part.len();
                let is_complete = done >= shots.len();
                self.counted = if is_complete { Counted::All } else { Counted::Part(done) };
                if is_complete {
                    self.above = Above::Exactly(self.density.above());
                }
                is_complete
            }
            Counted::All => false,
            Counted::More => {
                self.above = Above::Exactly(self.density.above());
                self.counted = Counted::All;
                true
            }
        }
    }

    fn paint_picture(&self, painter: &Painter, rect: Rect) {
        if let Some(texture) = &self.texture {
            let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(texture.id(), self.density.place(rect), all, theme::UNTINTED);
        }
        painter.extend(self.failures.iter().cloned());
    }
}

/// The failures in view as dots, as long as they are few.
fn failures(view: &View<'_>, key: &Key) -> Vec<Shape> {
    let (failures, shots) = (view.recording.failures(), view.recording.shots());
    if failures.len() > FEW_FAILURES {
        return Vec::new();
    }
    let index = |shot: &Shot| if key.by_order { shots.partition_point(|other| other.at < shot.at) } else { 0 };
    let points = failures.iter().map(|shot| point(view, key, index(shot), shot));
    let dots = dots::reduce(points, view.bounds, view.rect, 3.0);
    // Many failures must not hide what they lie among.
    let radius = if dots.len() > 100 { 1.6 } else { 2.6 };
    dots.iter().map(|dot| Shape::circle_filled(dot.place, radius, color(dot.kind, view.tokens))).collect()
}

fn point(view: &View<'_>, key: &Key, index: usize, shot: &Shot) -> Point {
    Point { x: place_by(key.by_order, index, shot), y: shot.latency, kind: kind(shot, view.target) }
}
