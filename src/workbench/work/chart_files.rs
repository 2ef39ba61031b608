//! The jobs that write charts and the data behind them to files.

use std::io::{self, BufWriter, Write};
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
    let file = tempfile::NamedTempFile::new_in(folder).map_err(|error| refuse(&why_not_in(folder, &error)))?;
    let mut out = BufWriter::new(file);
    fill(&mut out).map_err(|reason| refuse(&reason))?;
    let file = out.into_inner().map_err(|error| refuse(&error.error()))?;
    file.as_file().sync_all().map_err(|error| refuse(&error))?;
    let size = file.as_file().metadata().map_err(|error| refuse(&error))?.len();
    file.persist(path).map_err(|error| refuse(&error.error))?;
    Ok(size)
}

/// Why no file can be made in `folder`. The error itself names a file that the user never asked for.
fn why_not_in(folder: &Path, error: &io::Error) -> String {
    let folder = folder.display();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            format!("there is no folder {folder}; choose another place, or make it first")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("the folder {folder} cannot be written to; choose another place")
        }
        kind => format!("no file can be made in {folder}: {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_takes_no_file_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |place: &str| write_whole(&folder.path().join(place), |_| Ok(())).unwrap_err();
        assert!(refused("missing/chart.png").contains("missing; choose another place, or make it first"));
        assert!(refused("").contains("it is a folder; add a file name"));
        let denied = why_not_in(Path::new("/read/only"), &io::ErrorKind::ReadOnlyFilesystem.into());
        assert_eq!(denied, "the folder /read/only cannot be written to; choose another place");
    }

    #[test]
    fn a_file_that_could_not_be_finished_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chart.csv");
        assert_eq!(write_whole(&path, |out| out.write_all(b"old").map_err(|error| error.to_string())), Ok(3));
        write_whole(&path, |_| Err("the disk is full".into())).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
