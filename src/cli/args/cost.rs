//! Arguments of the commands that tell what a call costs besides time.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::sandbox::Limits;
use crate::sandbox::limits::Given;

use super::{Format, LimitArgs};

/// How a profile is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProfileFormat {
    /// For people: the heaviest functions and the heaviest path
    #[default]
    Text,
    /// For programs: the whole tree of calls
    Json,
    /// A file for https://www.speedscope.app, which draws it as a flame graph
    Speedscope,
}

/// Arguments of `profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// The function, such as wasm:user-service:createUser
    pub function: String,
    /// The input: JSON, @FILE to read it from a file, or - for standard input [default: the function's
    /// first saved case, else {}]
    #[arg(long, short)]
    pub input: Option<String>,
    /// The file to write, such as create-user.speedscope.json; by a name like this one the format is speedscope
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    /// How the profile is written [default: text]
    #[arg(long, value_enum)]
    pub format: Option<ProfileFormat>,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub instructions: InstructionArgs,
}

/// Arguments of `headroom`.
#[derive(Debug, Args)]
pub struct HeadroomArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// Only this function, such as wasm:user-service:createUser [default: all that have saved cases]
    #[arg(long)]
    pub function: Option<String>,
    /// Note the offered limits in .workbench/settings.yaml, where every later invocation keeps to them
    #[arg(long)]
    pub set: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How many instructions one invocation may run: for commands that run functions apart from measuring time.
#[derive(Debug, Args)]
pub struct InstructionArgs {
    /// Instructions one invocation may run, such as 100000; counted in a second run of each [default: any number]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub instructions: Option<u64>,
}

impl InstructionArgs {
    /// `limits` with what was given on the command line.
    pub fn added_to(&self, limits: Limits) -> Limits {
        let given = Given { instructions: self.instructions.is_some(), ..limits.given };
        Limits { instructions: self.instructions, given, ..limits }
    }
}
