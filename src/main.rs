//! The program: arguments decide between the terminal and the window.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use priostack_workbench::cli::{self, Arguments, Status, Streams};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Some(command) => with_streams(|streams| cli::run(command, streams)),
        None => open_window(arguments.bundle),
    };
    match result {
        Ok(status) => ExitCode::from(status as u8),
        // Whoever read our output has seen enough: `... | head` is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error:#}");
            ExitCode::from(Status::Unusable as u8)
        }
    }
}

fn with_streams(job: impl FnOnce(&mut Streams<'_>) -> anyhow::Result<Status>) -> anyhow::Result<Status> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let status = job(&mut Streams { out: &mut out, err: &mut io::stderr() })?;
    out.flush()?;
    Ok(status)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let kind =
            kind.or_else(|| cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind));
        kind == Some(io::ErrorKind::BrokenPipe)
    })
}

/// The sample bundle of this repository, when the program is started from there without arguments.
fn sample_bundle() -> Option<PathBuf> {
    let sample = Path::new("sample-bundle");
    sample.join("bundle.yaml").is_file().then(|| sample.to_path_buf())
}

#[cfg(feature = "gui")]
fn open_window(bundle: Option<PathBuf>) -> anyhow::Result<Status> {
    use priostack_workbench::workbench::{self, StartError};
    let bundle = bundle.or_else(sample_bundle);
    match workbench::start(bundle.clone()) {
        Ok(()) => Ok(Status::Fine),
        Err(error @ StartError::NoDisplay { .. }) => without_window(&error.to_string(), bundle),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(bundle: Option<PathBuf>) -> anyhow::Result<Status> {
    without_window("this build has no window", bundle.or_else(sample_bundle))
}

fn without_window(why: &str, bundle: Option<PathBuf>) -> anyhow::Result<Status> {
    with_streams(|streams| match &bundle {
        Some(bundle) => {
            writeln!(streams.err, "{why}, so the bundle is checked, run and measured here in the terminal")?;
            cli::tour(bundle, streams)
        }
        None => {
            writeln!(streams.err, "{why}; name a bundle's folder, or see --help for what can be done in the terminal")?;
            Ok(Status::Unusable)
        }
    })
}
