//! Charts of measurements.
use crate::bundle::Target;
use crate::measure::Measurement;
/// A chart.
pub struct LatencyChart {}
impl LatencyChart {
    /// Of a measurement.
    pub fn new(_m: &Measurement) -> Self {
        Self {}
    }
    /// Draws.
    pub fn show(&self, ui: &mut egui::Ui, _t: Option<&Target>, height: f32) {
        ui.allocate_space(egui::vec2(ui.available_width(), height));
    }
}
