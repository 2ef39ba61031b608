//! What `measure` understands on its command line, and the plan that it makes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::bundle::Target;
use crate::bundle::target::{Comparison, Dimension};
use crate::cli::args::{LimitArgs, ResultFormat, parse_timeout};
use crate::measure::load::MAX_WORKERS;
use crate::measure::runs::checked_name;
use crate::measure::{Arrivals, DEFAULT_CALLS, Extent, Instances, LoadPlan, MAX_CALLS, Model, Statistic};

/// Calls of warm-up before a run that lasts for a time.
const TIMED_WARM_UP: u32 = 20;

/// Arguments of `measure`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct MeasureArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// Only the goal of this name, on the functions of its service
    #[arg(long, conflicts_with_all = ["function", "endpoint", "only"])]
    pub goal: Option<String>,
    /// One function, such as wasm:user-service:createUser, whether a goal speaks of it or not
    #[arg(long, conflicts_with_all = ["endpoint", "only"])]
    pub function: Option<String>,
    /// One endpoint through the gateway on this machine: its name, or method and path such as 'POST /api/v1/users'
    #[arg(long, conflicts_with_all = ["only", "warm"])]
    pub endpoint: Option<String>,
    /// Only functions whose name holds this text
    #[arg(long)]
    pub only: Option<String>,
    /// The input: JSON, @FILE to read it from a file, or - for standard input [default: the function's saved
    /// cases in turn, else {}]
    #[arg(long, short)]
    pub input: Option<String>,
    /// How often each function is called, after a warm-up [default: 1000]
    #[arg(long, short = 'n', alias = "invocations", conflicts_with = "length", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_CALLS)))]
    pub calls: Option<u32>,
    /// How long each function is called, such as 10s, in place of a number of calls
    #[arg(long = "for", value_name = "TIME", value_parser = parse_timeout)]
    pub length: Option<Duration>,
    /// Let calls arrive at this rate, such as 200 or 200/s, whatever became of the ones before (an open model)
    #[arg(long, value_parser = parse_rate)]
    pub rate: Option<f64>,
    /// How calls arrive at a rate
    #[arg(long, value_enum, requires = "rate", default_value_t)]
    pub arrivals: ArrivalsArg,
    /// Calls at once at most [default: 1, with a rate 64]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_WORKERS)))]
    pub workers: Option<u16>,
    /// Keep one instance for all calls of a worker instead of making a fresh one for each
    #[arg(long, alias = "reuse")]
    pub warm: bool,
    /// What latency goals are judged by: a percentile such as 99 or 99.9, mean or max
    #[arg(long, value_name = "P", default_value = "95", value_parser = Statistic::parse)]
    pub percentile: Statistic,
    /// Compare with an earlier run: a file, the number or name of a kept run, or last; without a value the one
    /// chosen by `runs BUNDLE baseline`
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "baseline")]
    pub baseline: Option<String>,
    /// Keep the run under this name
    #[arg(long, conflicts_with = "no_keep", value_parser = checked_name)]
    pub name: Option<String>,
    /// Also write the run to this file, for other machines or for version control
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Do not keep the run in the bundle's .workbench/runs folder
    #[arg(long)]
    pub no_keep: bool,
    /// Draw the histogram with ASCII characters
    #[arg(long)]
    pub ascii: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: ResultFormat,
    #[command(flatten)]
    pub limits: LimitArgs,
}

const AFTER_HELP: &str = "Exit status: 0 fine; 1 a goal is missed, or the function is significantly slower than the \
baseline; 2 wrong usage, or something unreadable; 3 a fault in the sandbox. Ctrl+C ends a run early and reports what \
was measured. docs/goals.md explains the figures, docs/measure-json.md the JSON.";

/// How the calls of an open model arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ArrivalsArg {
    /// At equal distances
    #[default]
    Constant,
    /// At random distances, as many independent callers arrive
    Poisson,
}

impl MeasureArgs {
    /// The plan that was asked for.
    ///
    /// # Errors
    /// What of it cannot be carried out.
    pub fn plan(&self) -> Result<LoadPlan, String> {
        let instances = if self.warm { Instances::Kept } else { Instances::Fresh };
        let model = match self.rate {
            None => Model::Closed { workers: self.workers.unwrap_or(1) },
            Some(rate) => Model::Open {
                rate,
                arrivals: match self.arrivals {
                    ArrivalsArg::Constant => Arrivals::Constant,
                    ArrivalsArg::Poisson => Arrivals::Poisson,
                },
                workers: self.workers.unwrap_or(MAX_WORKERS),
            },
        };
        let plan = match self.length {
            None => LoadPlan { model, ..LoadPlan::of(self.calls.unwrap_or(DEFAULT_CALLS)) },
            Some(length) => {
                LoadPlan { model, extent: Extent::For(length), warm_up: TIMED_WARM_UP, ..LoadPlan::default() }
            }
        };
        let plan = plan.with(instances);
        plan.check().map_err(|error| error.to_string())?;
        Ok(plan)
    }
}

/// Rates are read by the grammar of targets, so that `200/s` means the same everywhere.
fn parse_rate(text: &str) -> Result<f64, String> {
    match Target::parse(text) {
        Ok(Target::Compare(Comparison::Equal, quantity))
            if matches!(quantity.dimension, Dimension::Rate | Dimension::Plain) =>
        {
            Ok(quantity.value)
        }
        _ => Err("write arrivals a second, such as 200 or 200/s".into()),
    }
}
