//! What the program understands on its command line.

mod cost;
mod export;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bundle::duration;
use crate::bundle::settings::limits::parse_size;
use crate::platform::sensors::{Schedule, date};
use crate::sandbox::{Limits, Mishap};

pub use self::cost::{HeadroomArgs, InstructionArgs, ProfileArgs, ProfileFormat};
pub use self::export::{ExportArgs, VerifyArgs};
use super::measure::args::MeasureArgs;
use super::runs::args::RunsArgs;

/// Open, edit, run, measure and export PrioStack bundles.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXIT_STATUS)]
pub struct Arguments {
    /// The bundle's folder to open in the window; without a display its checks, functions and goals are
    /// run in the terminal
    pub bundle: Option<PathBuf>,

    /// What to do without a window
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXIT_STATUS: &str = "Exit status: 0 fine; 1 the bundle or the function said no (errors in the bundle, an \
application error, a missed goal, a regression); 2 wrong usage, or something unreadable; 3 a fault in the sandbox (a trap, a limit).";

/// A job for the terminal.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a bundle and list all its problems
    Check(CheckArgs),
    /// Explain the code of a problem, such as function-unknown; without one, list all codes
    Explain(ExplainArgs),
    /// Print the JSON Schema of bundle.yaml or of service files, for other editors
    Schema(SchemaArgs),
    /// List services with their endpoints, intents and goals, and modules with their functions
    List(BundleArgs),
    /// Show what a module exports and imports, its toolchain and how its functions are called
    Inspect(InspectArgs),
    /// Run one function with a JSON input; its output alone goes to standard output
    Invoke(InvokeArgs),
    /// Run one function and show which functions inside it run how many instructions, or write that for Speedscope
    Profile(ProfileArgs),
    /// Fire a sensor on a virtual clock and show which intents run, what they return and which sensors follow;
    /// without a sensor, list all sensors with their intents
    Fire(FireArgs),
    /// Run the functions that a bundle's goals speak of many times, and judge the goals
    Measure(Box<MeasureArgs>),
    /// List a bundle's kept runs; show, name, compare and drop them
    Runs(RunsArgs),
    /// Find the smallest limits with which a function's saved cases still pass, and set limits made of them
    Headroom(HeadroomArgs),
    /// Run the bundle's saved cases and say which fail, and where
    Test(TestArgs),
    /// Send one request to the bundle's endpoints; the answer's body alone goes to standard output
    Request(RequestArgs),
    /// Serve the bundle's endpoints over HTTP on this machine until Ctrl+C
    Serve(ServeArgs),
    /// Write the checked bundle as a ZIP, or its services for other engines
    Export(ExportArgs),
    /// Check an exported ZIP against the report and the signature beside it, computing everything anew
    Verify(VerifyArgs),
    /// Make a new bundle with one service that runs, in an empty or new folder
    New(NewArgs),
}

impl Command {
    /// The bundle's folder, or what the user named in its place; nothing where none is asked for.
    pub(super) fn bundle_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Check(args) => Some(&mut args.bundle),
            Self::List(args) => Some(&mut args.bundle),
            Self::Invoke(args) => Some(&mut args.bundle),
            Self::Profile(args) => Some(&mut args.bundle),
            Self::Headroom(args) => Some(&mut args.bundle),
            Self::Fire(args) => Some(&mut args.bundle),
            Self::Measure(args) => Some(&mut args.bundle),
            Self::Runs(args) => Some(&mut args.bundle),
            Self::Test(args) => Some(&mut args.bundle),
            Self::Request(args) => Some(&mut args.bundle),
            Self::Serve(args) => Some(&mut args.bundle),
            Self::Export(args) => Some(&mut args.bundle),
            Self::Explain(_) | Self::Schema(_) | Self::Inspect(_) | Self::Verify(_) | Self::New(_) => None,
        }
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// How the problems of a bundle are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people: each problem with its lines, the offending part underlined
    #[default]
    Text,
    /// For programs: everything that is known of each problem
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// JUnit, for CI servers
    Junit,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// How the problems are written
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
    /// Let warnings fail the check too: exit status 1
    #[arg(long)]
    pub deny_warnings: bool,
    /// Also run every function that the bundle refers to twice with the same input, time and random
    /// numbers, and report those whose answers differ
    #[arg(long)]
    pub determinism: bool,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which files it is for
    #[arg(value_enum, default_value_t)]
    pub files: SchemaOf,
}

/// The files that a schema is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// bundle.yaml
    Bundle,
    /// Service files
    #[default]
    Service,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code, as it stands in brackets behind the word error, warning or hint
    pub code: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A bundle and a format.
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The module's file
    pub module: PathBuf,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `invoke`.
#[derive(Debug, Args)]
pub struct InvokeArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// The function, such as wasm:user-service:createUser
    pub function: String,
    /// The input: JSON, @FILE to read it from a file, or - for standard input [default: the function's first saved
    /// case, else the last answered input of the history, else what its own errors ask for, else {}]
    #[arg(long, short)]
    pub input: Option<String>,
    /// How the result is written; json gives the whole outcome with logs, timings and memory
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Let something go wrong, to see how the function deals with it
    #[arg(long, value_enum)]
    pub fail: Option<Failing>,
    /// Write what the function took from time and random numbers to this file
    #[arg(long)]
    pub record: Option<PathBuf>,
    /// Give the function the time and random numbers of a file that --record wrote; exit status 1 where it takes
    /// something else
    #[arg(long, conflicts_with = "record")]
    pub replay: Option<PathBuf>,
    /// Count the function's instructions too, in a second run with the same time and random numbers
    #[arg(long)]
    pub meter: bool,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub instructions: InstructionArgs,
}

/// What goes wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Failing {
    /// No more memory is granted once the function was called
    Memory,
    /// The time is up once the function was called
    Time,
    /// The date jumps by an hour after it was first read
    Clock,
    /// There are no random numbers
    Random,
}

impl Failing {
    /// The sandbox's word for it.
    pub fn mishap(self) -> Mishap {
        match self {
            Self::Memory => Mishap::OutOfMemory,
            Self::Time => Mishap::OutOfTime,
            Self::Clock => Mishap::ClockJump(3600),
            Self::Random => Mishap::NoRandom,
        }
    }
}

/// Arguments of `fire`.
#[derive(Debug, Args)]
pub struct FireArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// The sensor's exact name
    pub sensor: Option<String>,
    /// What it hands over: JSON, @FILE to read it from a file, or - for standard input [default: the first saved
    /// case of a function that it triggers, else what that function's own errors ask for, else {}]
    #[arg(long, short, requires = "sensor")]
    pub payload: Option<String>,
    /// When it fires: a date such as 2026-03-01T09:00:00Z, at which the virtual clock then begins, or how long
    /// after the beginning, such as 5m [default: now]
    #[arg(long, requires = "sensor", value_parser = parse_moment)]
    pub at: Option<Moment>,
    /// Fire again after this time, such as 500ms; needs --times or --until
    #[arg(long, requires = "sensor", value_parser = parse_timeout)]
    pub every: Option<Duration>,
    /// How often it fires
    #[arg(long, requires = "every", value_parser = clap::value_parser!(u32).range(1..=i64::from(Schedule::MOST)))]
    pub times: Option<u32>,
    /// How much virtual time passes, such as 1h [default: as much as it takes until nothing waits]
    #[arg(long, requires = "sensor", value_parser = parse_timeout)]
    pub until: Option<Duration>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// A point in virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A date: the time since 1970.
    Date(Duration),
    /// So long after the beginning.
    After(Duration),
}

/// How results are written that CI servers show as tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ResultFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// JUnit, for CI servers
    Junit,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// Only cases whose file holds this text: a part of service/function/name
    #[arg(long)]
    pub only: Option<String>,
    /// How the results are written
    #[arg(long, value_enum, default_value_t)]
    pub format: ResultFormat,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub instructions: InstructionArgs,
}

/// Arguments of `request`.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// The method, such as POST
    pub method: String,
    /// Path and query, such as /api/v1/users?dryRun=true
    pub target: String,
    /// The body: JSON, @FILE to read it from a file, or - for standard input
    #[arg(long, short)]
    pub body: Option<String>,
    /// A header, such as 'Accept: application/json'; functions do not see headers
    #[arg(long, short = 'H', value_parser = parse_header)]
    pub header: Vec<(String, String)>,
    /// How the result is written; json gives status, headers, the function's input and the whole outcome
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// The port; 0 takes any that is free
    #[arg(long, short, default_value_t = 8080)]
    pub port: u16,
    /// Let pages of this origin read the answers, such as http://localhost:5173
    #[arg(long)]
    pub cors: Option<String>,
    /// Calls at once; further requests are told to come back later
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: u16,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The folder: empty, or not there yet
    pub folder: PathBuf,
    /// What the bundle is called [default: the folder's name]
    #[arg(long)]
    pub name: Option<String>,
}

/// What one invocation may use at most.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Time one invocation may take, such as 500ms or 5s [default: 5s]
    #[arg(long, value_parser = parse_timeout)]
    pub timeout: Option<Duration>,
    /// Memory one invocation may use, such as 64MiB [default: 256MiB]
    #[arg(long, value_parser = parse_size)]
    pub memory: Option<u64>,
}

impl LimitArgs {
    /// The default limits with what was given on the command line.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(time) = self.timeout {
            limits.time = time;
            limits.given.time = true;
        }
        if let Some(memory) = self.memory {
            limits.memory = memory;
            limits.given.memory = true;
        }
        limits
    }
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write name and value, such as 'Accept: application/json'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

pub(super) fn parse_timeout(text: &str) -> Result<Duration, String> {
    duration::parse(text).map_err(|error| error.to_string())
}

fn parse_moment(text: &str) -> Result<Moment, String> {
    match duration::parse(text) {
        Ok(after) => Ok(Moment::After(after)),
        Err(_) => date::parse(text).map(Moment::Date).map_err(|error| format!("{error}, or a time such as 5m")),
    }
}
