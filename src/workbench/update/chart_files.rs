//! Saving charts and the data behind them: the picture, the dialog, the job.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::workbench::app::App;
use crate::workbench::charts::ChartKind;
use crate::workbench::dialogs;
use crate::workbench::documents::Tab;
use crate::workbench::jobs::Kind;
use crate::workbench::picture::{ChartFile, SaveChartDialog, SaveStage};
use crate::workbench::state::{Dialog, Side, Tone};
use crate::workbench::work::{self, Done};

impl App {
    /// Asks for a picture of the chart, which must be on screen for it.
    pub(super) fn ask_for_picture(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        session.goals.picture.ask();
        if session.documents.active() != Some(&Tab::Goals) {
            self.state.side = Side::Goals;
            self.state.is_wide = false;
        }
    }

    /// Asks where the picture is to be saved, once it is taken.
    pub(in crate::workbench) fn take_picture(&mut self) {
        let taken = self.state.session.as_mut().and_then(|session| session.goals.picture.take());
        if let Some(image) = taken {
            self.ask_where_to_save(ChartFile::Picture(Arc::new(image)));
        }
    }

    pub(super) fn ask_for_data(&mut self) {
        let kind = self.state.session.as_ref().map_or(ChartKind::default(), |session| session.goals.chart);
        self.ask_where_to_save(ChartFile::Data(kind));
    }

    fn ask_where_to_save(&mut self, file: ChartFile) {
        let Some(session) = &self.state.session else { return };
        let live = session.goals.live.as_ref().map(|live| &live.key);
        let function = live.or(session.goals.shown.as_ref()).map_or("chart", |key| key.function.as_str());
        let fit = |letter: char| if letter.is_alphanumeric() || "-_".contains(letter) { letter } else { '-' };
        let function: String = function.chars().take(80).map(fit).collect();
        let kind = session.goals.chart.name().to_lowercase();
        let name = format!("{function}-{kind}.{}", file.extension());
        // Beside the bundle, not in it: the folder is watched, and its files are kept with it.
        let path = session.beside().join(name).display().to_string();
        self.state.dialog = Some(Dialog::SaveChart(SaveChartDialog { file, path, stage: SaveStage::Ready }));
    }

    pub(super) fn choose_chart_file(&mut self) {
        let Some(Dialog::SaveChart(dialog)) = &self.state.dialog else { return };
        if !self.native_dialogs {
            self.state.toasts.show(Tone::Info, "Type the file's path into the field");
        } else if !self.jobs.is_running(Kind::Choose) {
            let native = dialogs::chart(std::path::Path::new(&dialog.path), dialog.file.extension());
            self.jobs.start(Kind::Choose, "Choosing a place", |_| {
                let begun = Instant::now();
                Done::ChartFileChosen { file: dialogs::wait(native), took: begun.elapsed() }
            });
        }
    }

    pub(super) fn chart_file_chosen(&mut self, file: Option<PathBuf>, took: Duration) {
        let Some(Dialog::SaveChart(dialog)) = &mut self.state.dialog else { return };
        match file {
            Some(file) => dialog.path = file.display().to_string(),
            None if took < Duration::from_millis(800) => {
                self.state.toasts.show(Tone::Info, "This desktop offers no file dialog; type the path into the field");
            }
            None => {}
        }
    }

    pub(super) fn write_chart_file(&mut self) {
        let Some(session) = &self.state.session else { return };
        let Some(Dialog::SaveChart(dialog)) = &mut self.state.dialog else { return };
        if self.jobs.is_running(Kind::Chart) {
            return;
        }
        let path = PathBuf::from(dialog.path.trim());
        if path.file_name().is_none() {
            dialog.stage = SaveStage::Failed("Say where the file is to be written".into());
            return;
        }
        match dialog.file.clone() {
            ChartFile::Picture(image) => {
                self.jobs.start(Kind::Chart, "Writing the picture", move |_| work::chart_files::picture(&image, path));
            }
            ChartFile::Data(kind) => {
                let goals = &session.goals;
                let Some(measured) = goals.shown.as_ref().and_then(|key| goals.measured.get(key)) else {
                    dialog.stage = SaveStage::Failed("The measurement is gone; measure again".into());
                    return;
                };
                let (measurement, baseline) = (Arc::clone(&measured.measurement), measured.charts.baseline().cloned());
                self.jobs.start(Kind::Chart, "Writing the data", move |control| {
                    work::chart_files::data(kind, &measurement, baseline.as_ref(), path, control)
                });
            }
        }
        dialog.stage = SaveStage::Running;
    }

    pub(super) fn chart_saved(&mut self, saved: Result<(PathBuf, u64), String>) {
        if let Some(Dialog::SaveChart(dialog)) = &mut self.state.dialog {
            dialog.stage = match saved {
                Ok((path, size)) => SaveStage::Done(path, size),
                Err(reason) => SaveStage::Failed(reason),
            };
            return;
        }
        match saved {
            Ok((path, _)) => self.state.toasts.show(Tone::Good, format!("Saved {}", path.display())),
            Err(reason) => self.state.toasts.show(Tone::Bad, reason),
        }
    }
}
