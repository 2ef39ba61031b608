//! Charts of what was measured: every invocation, how latencies are distributed, the percentile curve,
//! throughput and errors over time, and small ones for an overview of goals.
//!
//! A chart copies what it needs from a measurement and reduces it for drawing only: every number
//! it shows comes from all samples. What is drawn is made when the data or the view changes, never
//! for each frame. Times are in nanoseconds throughout.

mod aims;
mod bars;
mod buckets;
mod chips;
mod curve;
mod density;
mod dots;
mod flame;
mod frame;
mod histogram;
mod latency;
mod mini;
mod overview;
mod rates;
mod recording;
pub mod table;
mod target;
mod units;

use egui::{Response, Ui};
use hdrhistogram::Histogram;

use crate::measure::{Measurement, Sample};

use curve::PercentileChart;
use histogram::HistogramChart;
use latency::LatencyChart;
use rates::RatesChart;

pub use aims::{Aims, percentile_name};
pub use flame::{Flame, percent};
pub use mini::{Miniature, bullet};
pub use recording::{Extent, Recording};
pub use units::{count_text, latency_text, multiples, rate_text, ratio_text, round_step, share_text};

/// The charts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartKind {
    /// The latency of every invocation.
    #[default]
    Latency,
    /// How latencies are distributed.
    Histogram,
    /// Latency by percentile.
    Percentiles,
    /// Throughput and errors over time.
    Rates,
}

impl ChartKind {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Latency, Self::Histogram, Self::Percentiles, Self::Rates];

    /// Its name on its tab.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "Latency",
            Self::Histogram => "Histogram",
            Self::Percentiles => "Percentiles",
            Self::Rates => "Throughput",
        }
    }

    /// What the table behind it holds.
    pub fn table_hint(self) -> &'static str {
        match self {
            Self::Latency => {
                "A row for each call: when it began, how long it waited and took, its input, in nanoseconds"
            }
            Self::Histogram => "A row for each latency that was recorded, to three significant figures, with its calls",
            Self::Percentiles => "A row for each point of the curve, with its 95 % interval, in nanoseconds",
            Self::Rates => "A row for each span of time, with its calls, failures and rate",
        }
    }

    /// What it shows, for a tooltip.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Latency => "Every invocation over time, with the target and the percentiles",
            Self::Histogram => "How many invocations took how long, on a logarithmic scale",
            Self::Percentiles => "Which share of the invocations took how long, up to the slowest",
            Self::Rates => "Calls a second and the share that failed, over time",
        }
    }
}

/// Another run that a run is compared with.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// What the legend calls it.
    pub name: String,
    /// Its latencies in nanoseconds.
    pub histogram: Histogram<u64>,
}

/// A chart as it was shown.
pub struct Shown {
    /// What the pointer does with its plot.
    pub plot: Response,
}

/// All charts of one run.
pub struct Charts {
    recording: Recording,
    baseline: Option<Baseline>,
    latency: LatencyChart,
    histogram: HistogramChart,
    percentiles: PercentileChart,
    rates: RatesChart,
}

impl Charts {
    /// Charts of `measurement`, which is copied as far as needed.
    pub fn new(measurement: &Measurement) -> Self {
        Self::of(Recording::of(measurement))
    }

    /// Charts of a run that has just begun. `None` where no histogram can be set up.
    pub fn live(planned: Extent) -> Option<Self> {
        Some(Self::of(Recording::live(planned)?))
    }

    fn of(recording: Recording) -> Self {
        Self {
            recording,
            baseline: None,
            latency: LatencyChart::default(),
            histogram: HistogramChart::default(),
            percentiles: PercentileChart::default(),
            rates: RatesChart::default(),
        }
    }

    /// Adds invocations that ended. Costs as much as they are, not as much as there was.
    pub fn append(&mut self, fresh: &[Sample]) {
        self.recording.append(fresh);
        self.latency.append(fresh, &self.recording);
        self.rates.append(fresh, &self.recording);
    }

    /// What the charts show.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Shows another run beside this one where that can be compared, or no longer.
    pub fn compare_with(&mut self, baseline: Option<Baseline>) {
        self.baseline = baseline;
        self.histogram.forget();
        self.percentiles.forget();
    }

    /// The other run that this one is compared with.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// Shows all of the data in all charts.
    pub fn reset(&mut self) {
        self.latency.reset();
        self.histogram.reset();
        self.percentiles.reset();
        self.rates.reset();
    }

    /// Shows one of the charts in the width of `ui` and `height` points.
    pub fn show(&mut self, ui: &mut Ui, kind: ChartKind, aims: &Aims, height: f32) -> Shown {
        if self.recording.count() == 0 {
            let text = if self.recording.planned().is_some() {
                "Waiting for the first call"
            } else {
                "No invocation was measured"
            };
            let plot = frame::empty(ui, crate::workbench::theme::of(ui), height, text);
            return Shown { plot };
        }
        let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
        let (recording, baseline) = (&self.recording, self.baseline.as_ref());
        let shown = match kind {
            ChartKind::Latency => self.latency.show(ui, recording, aims, height),
            ChartKind::Histogram => self.histogram.show(ui, recording, baseline, aims, height),
            ChartKind::Percentiles => self.percentiles.show(ui, recording, baseline, aims, height),
            ChartKind::Rates => self.rates.show(ui, recording, aims, height),
        };
        ui.spacing_mut().item_spacing.y = spacing;
        shown
    }
}
