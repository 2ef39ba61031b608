//! Charts on their way into files: a picture of what is seen, or the table behind it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use egui::{ColorImage, Rect, ScreenshotCallback, Ui, ViewportCommand};

use super::charts::ChartKind;

/// Frames to wait until what asked for the picture (a menu, the palette) is gone and the chart is scrolled into view.
const FRAMES: u8 = 4;

/// A picture of the chart, from the wish to the pixels.
#[derive(Default)]
pub struct Picture {
    /// Frames until it is taken, where it is wanted.
    due: Option<u8>,
    taken: Arc<Mutex<Option<ColorImage>>>,
}

impl Picture {
    /// Asks for a picture of the chart that is drawn next.
    pub fn ask(&mut self) {
        self.due = Some(FRAMES);
    }

    /// Takes the picture of a chart that is drawn in `rect`, if one is wanted: as much of it as can be seen.
    pub fn take_if_wanted(&mut self, ui: &Ui, rect: Rect) {
        let Some(due) = &mut self.due else { return };
        if *due > 0 {
            *due -= 1;
            ui.scroll_to_rect(rect, None);
            ui.ctx().request_repaint();
            return;
        }
        self.due = None;
        let seen = rect.intersect(ui.clip_rect());
        let (pixels_per_point, ctx) = (ui.ctx().pixels_per_point(), ui.ctx().clone());
        let taken = Arc::clone(&self.taken);
        let callback = ScreenshotCallback::new(move |image| {
            *taken.lock().unwrap_or_else(PoisonError::into_inner) = cut(&image, seen, pixels_per_point);
            ctx.request_repaint();
        });
        ui.ctx().send_viewport_cmd(ViewportCommand::Screenshot(callback));
    }

    /// The picture, once it is taken.
    pub fn take(&mut self) -> Option<ColorImage> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What of a picture of the whole window lies in `rect`; nothing where that is nothing.
fn cut(image: &ColorImage, rect: Rect, pixels_per_point: f32) -> Option<ColorImage> {
    let [width, height] = image.size;
    let pixel = |points: f32, most: usize| ((points * pixels_per_point).round().max(0.0) as usize).min(most);
    let (left, right) = (pixel(rect.left(), width), pixel(rect.right(), width));
    let (top, bottom) = (pixel(rect.top(), height), pixel(rect.bottom(), height));
    (left < right && top < bottom).then(|| image.region_by_pixels([left, top], [right - left, bottom - top]))
}

/// What is to be saved.
#[derive(Clone)]
pub enum ChartFile {
    /// The chart as it was seen.
    Picture(Arc<ColorImage>),
    /// The data behind it.
    Data(ChartKind),
}

impl ChartFile {
    /// The ending of its files.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Picture(_) => "png",
            Self::Data(_) => "csv",
        }
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Picture(_) => "chart",
            Self::Data(_) => "data",
        }
    }
}

/// The dialog that asks where to save it.
pub struct SaveChartDialog {
    /// What is saved.
    pub file: ChartFile,
    /// The path field.
    pub path: String,
    /// How far it is.
    pub stage: SaveStage,
}

/// How far the saving is.
pub enum SaveStage {
    /// Not begun.
    Ready,
    /// Being written.
    Running,
    /// Written to this path, so many bytes.
    Done(PathBuf, u64),
    /// Not written, and why.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::theme;
    use egui::pos2;

    #[test]
    fn a_picture_is_cut_to_what_is_seen_of_the_chart() {
        let image = ColorImage::filled([200, 100], theme::UNTINTED);
        let rect = Rect::from_min_max(pos2(10.0, 20.0), pos2(60.0, 90.0));
        assert_eq!(cut(&image, rect, 2.0).unwrap().size, [100, 60]);
        assert!(cut(&image, rect.translate(egui::vec2(500.0, 0.0)), 2.0).is_none());
    }
}
