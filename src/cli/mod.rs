//! The jobs from a terminal and from CI.
//!
//! What a command was asked for goes to standard output, everything else to standard error. The exit
//! status says how it went: see [`Status`].

mod archive;
mod args;
mod check;
mod count;
mod explain;
mod export;
mod export_engines;
mod fire;
mod headroom;
mod inspect;
mod invoke;
mod list;
mod measure;
mod new;
mod open;
mod profile;
mod report;
mod request;
mod runs;
mod schema;
mod select;
mod serve;
mod signals;
mod table;
mod test;
mod tour;
mod verify;

use std::io::Write;

pub use args::{Arguments, Command, Format};
pub use tour::tour;

/// How a command went; the process's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything is fine.
    Fine = 0,
    /// The bundle or the function said no: errors in the bundle, an application error, a missed goal.
    No = 1,
    /// Wrong usage, or something that cannot be read.
    Unusable = 2,
    /// A fault in the sandbox: a trap, a limit, a broken convention.
    Fault = 3,
}

/// Where a command writes.
pub struct Streams<'a> {
    /// What was asked for.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
}

/// Carries out a command. In the place of a bundle's folder there may be its ZIP, which stays as it is.
///
/// # Errors
/// When the streams cannot be written to, or something outside the bundle fails. What is wrong with
/// the bundle or its functions is no error here but a [`Status`].
pub fn run(mut command: Command, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let mut unpacked = None;
    if let Some(bundle) = command.bundle_mut() {
        unpacked = archive::open(bundle)?;
        if let Some(archive) = &unpacked {
            bundle.clone_from(&archive.root);
        }
    }
    let status = carry_out(&command, streams);
    // What was unpacked is needed until here.
    drop(unpacked);
    status
}

fn carry_out(command: &Command, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    match command {
        Command::Check(args) => check::run(args, streams),
        Command::Explain(args) => explain::run(args, streams),
        Command::Schema(args) => schema::run(args, streams),
        Command::List(args) => list::run(args, streams),
        Command::Inspect(args) => inspect::run(args, streams),
        Command::Invoke(args) => invoke::run(args, streams),
        Command::Profile(args) => profile::run(args, streams),
        Command::Headroom(args) => headroom::run(args, streams),
        Command::Fire(args) => fire::run(args, streams),
        Command::Measure(args) => measure::run(args, streams),
        Command::Runs(args) => runs::run(args, streams),
        Command::Test(args) => test::run(args, streams),
        Command::Request(args) => request::run(args, streams),
        Command::Serve(args) => serve::run(args, streams),
        Command::Export(args) => export::run(args, streams),
        Command::Verify(args) => verify::run(args, streams),
        Command::New(args) => new::run(args, streams),
    }
}
