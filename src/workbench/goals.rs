//! What is known of the bundle's goals: what was measured, what is being measured now, and how it is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::bundle::{Bundle, Goal, Metric, Percentile};
use crate::measure::run::Phase;
use crate::measure::runs::ListedRun;
use crate::measure::{self, Comparison, GoalRun, LoadPlan, Measurement, Sample, Statistic, Verdict};

use super::callable::FunctionKey;
use super::charts::{Aims, Baseline, ChartKind, Charts, Extent, Miniature};
use super::picture::Picture;
use super::work::runs::Keeping;

/// Goals and measurements.
#[derive(Default)]
pub struct Goals {
    /// What was measured, by function.
    pub measured: BTreeMap<FunctionKey, Measured>,
    /// The measurement that is shown.
    pub shown: Option<FunctionKey>,
    /// What is being measured now.
    pub live: Option<Live>,
    /// Why the last measurement did not come about.
    pub failures: Vec<String>,
    /// The chart that is shown.
    pub chart: ChartKind,
    /// The kept runs, the newest first.
    pub runs: Vec<ListedRun>,
    /// What is wrong with them.
    pub runs_problem: Option<String>,
    /// The run whose name is being typed.
    pub naming: Option<u32>,
    /// The field for it.
    pub run_name: String,
    /// Whether the measurement is to be scrolled into view.
    pub is_wanted: bool,
    /// A picture of the chart, where one is wanted.
    pub picture: Picture,
    /// Saved inputs that are left out of measurements, by function and the case's name.
    pub skipped: BTreeSet<(FunctionKey, String)>,
}

/// A function that was measured.
pub struct Measured {
    /// What was called, and with which input.
    pub run: GoalRun,
    /// What came of it; shared with the jobs that write it.
    pub measurement: Arc<Measurement>,
    /// The verdict on each goal of the service, by the goal's name.
    pub verdicts: Vec<(String, Verdict)>,
    /// The charts.
    pub charts: Charts,
    /// The latencies in small.
    pub miniature: Miniature,
    /// The kept run, where it was kept.
    pub kept: Option<ListedRun>,
    /// How it differs from another run.
    pub compared: Option<RunComparison>,
}

/// How a run differs from an earlier one.
#[derive(Clone, Debug)]
pub struct RunComparison {
    /// The earlier run as charts show it.
    pub baseline: Baseline,
    /// The difference, or why there is none to tell.
    pub comparison: Result<Comparison, String>,
}

/// What a job gives when a function is measured, with all that takes long to make.
pub struct Finished {
    /// What was called, and with which input.
    pub run: GoalRun,
    /// What came of it.
    pub measurement: Arc<Measurement>,
    /// The charts.
    pub charts: Charts,
    /// The kept run, or why it was not kept.
    pub kept: Result<ListedRun, String>,
    /// How it differs from the baseline of its function.
    pub compared: Option<RunComparison>,
}

/// A measurement that goes on.
pub struct Live {
    /// The function.
    pub key: FunctionKey,
    /// The service whose goals it is measured for.
    pub service: String,
    /// What is done at the moment.
    pub phase: Phase,
    /// The share that is done, from 0 to 1.
    pub share: f32,
    /// Time since the first call that counts.
    pub elapsed: Duration,
    /// What has come so far.
    pub charts: Charts,
}

/// News of a measurement that goes on.
pub struct Told {
    /// What is done at the moment.
    pub phase: Phase,
    /// The share that is done, from 0 to 1.
    pub share: f32,
    /// Time since the first call that counts.
    pub elapsed: Duration,
    /// The calls that have ended since the last news.
    pub fresh: Vec<Sample>,
}

impl Finished {
    /// Makes the charts of a measurement.
    pub fn new(run: GoalRun, keeping: Keeping) -> Self {
        let Keeping { measurement, kept, compared } = keeping;
        let mut charts = Charts::new(&measurement);
        charts.compare_with(compared.as_ref().map(|compared| compared.baseline.clone()));
        Self { run, measurement: Arc::new(measurement), charts, kept, compared }
    }
}

impl Live {
    /// A run of `key` that begins now, by `plan`. `None` where no histogram can be set up.
    pub fn begun(key: FunctionKey, service: String, plan: &LoadPlan) -> Option<Self> {
        let planned = match plan.extent {
            measure::Extent::Calls(calls) => Extent::Calls(calls),
            measure::Extent::For(length) => Extent::Time(length.as_nanos() as f64),
        };
        let charts = Charts::live(planned)?;
        Some(Self { key, service, phase: Phase::Overhead, share: 0.0, elapsed: Duration::ZERO, charts })
    }

    /// Takes news in.
    pub fn take(&mut self, told: &Told) {
        self.phase = told.phase;
        self.share = told.share;
        self.elapsed = told.elapsed;
        self.charts.append(&told.fresh);
    }
}

impl Goals {
    /// The verdicts on a goal, each with its function.
    pub fn verdicts<'a, 'n>(
        &'a self,
        service: &'n str,
        goal: &'n str,
    ) -> impl Iterator<Item = (&'a FunctionKey, &'a Verdict)> + use<'a, 'n> {
        self.measured.iter().filter(move |(_, measured)| measured.run.service == service).flat_map(
            move |(key, measured)| {
                measured.verdicts.iter().filter(move |(name, _)| name == goal).map(move |(_, verdict)| (key, verdict))
            },
        )
    }

    /// The verdict on a goal over all functions that were measured for it: the gravest, with its function.
    pub fn overall(&self, service: &str, goal: &str) -> Option<(&FunctionKey, &Verdict)> {
        // Of two alike, the one with less room.
        let room = |verdict: &Verdict| verdict.finding().and_then(|finding| finding.headroom).unwrap_or(f64::INFINITY);
        self.verdicts(service, goal).min_by(|(_, a), (_, b)| rank(a).cmp(&rank(b)).then(room(a).total_cmp(&room(b))))
    }

    /// Judges what was measured by the goals as they now stand, and by `statistic` where a goal has none of its own.
    pub fn judge_again(&mut self, bundle: &Bundle, statistic: Percentile) {
        for measured in self.measured.values_mut() {
            measured.verdicts = verdicts(bundle, &measured.run.service, &measured.measurement, statistic);
        }
    }
}

/// How grave a verdict is, the gravest first.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Missed(_) => 0,
        Verdict::TooFew { .. } => 1,
        Verdict::Met(_) => 2,
        Verdict::NotMeasurable { .. } => 3,
    }
}

/// The verdict of `measurement` on each goal of `service`.
pub fn verdicts(
    bundle: &Bundle,
    service: &str,
    measurement: &Measurement,
    statistic: Percentile,
) -> Vec<(String, Verdict)> {
    let goals = bundle.service(service).map(|service| service.goals.as_slice()).unwrap_or_default();
    let judged = |goal| measure::judge_in(bundle, service, goal, measurement, Statistic::Percentile(statistic));
    goals.iter().map(|goal| (goal.name.value.clone(), judged(goal))).collect()
}

/// The percentile that a goal's latency is judged by: its own, where the settings choose one for it, else `general`.
pub fn percentile(bundle: &Bundle, service: &str, goal: &Goal, general: Percentile) -> Percentile {
    bundle.settings.percentile(service, &goal.name.value).ok().flatten().unwrap_or(general)
}

/// What the charts of a run for the service named `service` hold it against: the first goal of each kind, and the
/// percentile that the one of latency is judged by.
pub fn aims(bundle: Option<&Bundle>, service: &str, general: Percentile) -> Aims {
    let goals = bundle.and_then(|bundle| bundle.service(service)).map_or(&[][..], |service| service.goals.as_slice());
    let first = |wanted: Metric| {
        let of_kind = |goal: &&Goal| goal.metric.as_ref().is_some_and(|metric| metric.value == wanted);
        goals.iter().filter(of_kind).find_map(|goal| Some((goal, goal.target.as_ref()?.value)))
    };
    let target = |wanted: Metric| first(wanted).map(|(_, target)| target);
    let latency = first(Metric::Latency);
    let own = latency.zip(bundle).map(|((goal, _), bundle)| percentile(bundle, service, goal, general));
    Aims {
        latency: latency.map(|(_, target)| target),
        throughput: target(Metric::Throughput),
        errors: target(Metric::ErrorRate),
        percentile: own.unwrap_or(general).percent(),
    }
}
