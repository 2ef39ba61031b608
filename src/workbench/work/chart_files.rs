//! The jobs that write charts and the data behind them to files.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::ColorImage;

use crate::measure::Measurement;
use crate::workbench::charts::{Baseline, ChartKind, table};
use crate::workbench::jobs::Control;

use super::Done;

/// Writes a picture as PNG to `path`.
pub fn picture(image: &ColorImage, path: PathBuf) -> Done {
    let written = write_whole(&path, |out| {
        let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let mut encoder = png::Encoder::new(out, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let pixels: Vec<u8> = image.pixels.iter().flat_map(|pixel| pixel.to_srgba_unmultiplied()).collect();
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer.write_image_data(&pixels).map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())
    });
    Done::ChartSaved(written.map(|size| (path, size)))
}

/// Writes the data behind a chart of `measurement` as CSV to `path`.
pub fn data(
    kind: ChartKind,
    measurement: &Arc<Measurement>,
    baseline: Option<&Baseline>,
    path: PathBuf,
    control: &Control<Done>,
) -> Done {
    let written = write_whole(&path, |out| {
        let mut goes_on = |share: f32| {
            control.report("Writing the data", Some(share));
            !control.cancel.is_cancelled()
        };
        match table::write(kind, measurement, baseline, out, &mut goes_on) {
            Ok(true) => Ok(()),
            Ok(false) => Err("the writing was cancelled".into()),
            Err(error) => Err(error.to_string()),
        }
    });
    Done::ChartSaved(written.map(|size| (path, size)))
}

/// Lets `fill` write a file beside `path`, which takes its place when it is whole. Gives its size in bytes.
fn write_whole(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<(), String>) -> Result<u64, String> {
    let refuse = |reason: &dyn std::fmt::Display| format!("{} cannot be written: {reason}", path.display());
    if path.is_dir() {
        return Err(refuse(&"it is a folder; add a file name"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(|error| refuse(&error))?;
    let mut out = BufWriter::new(file);
    fill(&mut out).map_err(|reason| refuse(&reason))?;
    let file = out.into_inner().map_err(|error| refuse(&error.error()))?;
    file.as_file().sync_all().map_err(|error| refuse(&error))?;
    let size = file.as_file().metadata().map_err(|error| refuse(&error))?.len();
    file.persist(path).map_err(|error| refuse(&error.error))?;
    Ok(size)
}
