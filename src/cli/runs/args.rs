//! What `runs` understands on its command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::Format;

/// Arguments of `runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// What to do with its runs; without it, list them
    #[command(subcommand)]
    pub action: Option<RunsAction>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
}

/// What to do with kept runs. A run is meant by its number, its name, `last`, `baseline`, or a file of runs.
#[derive(Debug, Subcommand)]
pub enum RunsAction {
    /// Show all that is known of a run
    Show {
        /// The run
        run: String,
    },
    /// Compare two runs of the same function; exit status 1 when the later one is slower
    Compare {
        /// The earlier run
        before: String,
        /// The later run
        after: String,
    },
    /// Give a run a name; runs with a name are not dropped when there are too many
    Name {
        /// The run's number
        number: u32,
        /// The name; without it, the run loses its own
        name: Option<String>,
    },
    /// Choose a run as the baseline of its function, for `measure --baseline`
    Baseline {
        /// The run's number
        number: u32,
        /// Let it be none any more
        #[arg(long)]
        clear: bool,
    },
    /// Drop runs
    Delete {
        /// Their numbers
        #[arg(required = true)]
        numbers: Vec<u32>,
    },
}
