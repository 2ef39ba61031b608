//! `export --to component|oci|wasmcloud|spin`: the services for other engines.

use serde_json::{Value, json};

use crate::bundle::Loaded;
use crate::bundle::target::{Dimension, formatted};
use crate::deploy::{ExportError, Plan, Planned, Settings, Target, plan};
use crate::sandbox::Cancel;

use super::args::{ExportArgs, Format};
use super::open::Programs;
use super::{Status, Streams, export};

pub fn run(
    loaded: &Loaded,
    target: Target,
    mut programs: Programs,
    args: &ExportArgs,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Status> {
    let settings = Settings { target, registry: args.registry.clone(), ..Settings::default() };
    let made = plan(loaded, &settings, |service| programs.of(&loaded.bundle, service), &Cancel::new());
    let plan = match made {
        Ok(plan) => plan,
        Err(error) => return export::refused(loaded, &error, args.format, streams),
    };
    let written = if args.dry_run { Ok(()) } else { plan.write(&args.output) };
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *streams.out, &to_json(&plan, args, written.is_ok()))?;
            writeln!(streams.out)?;
        }
        Format::Text => write_text(&plan, args.dry_run, streams)?,
    }
    match written {
        Ok(()) if args.dry_run => writeln!(streams.err, "nothing was written: this was a dry run")?,
        Ok(()) => writeln!(streams.err, "{}", args.output.display())?,
        Err(error) => {
            writeln!(streams.err, "nothing was exported: {error}")?;
            return Ok(if matches!(error, ExportError::NoComponent) { Status::No } else { Status::Unusable });
        }
    }
    Ok(Status::Fine)
}

/// What is exported and what is not on standard error, the files on standard output.
fn write_text(plan: &Plan, with_facts: bool, streams: &mut Streams<'_>) -> std::io::Result<()> {
    write!(streams.err, "{}", plan.record.words())?;
    for file in &plan.files {
        if with_facts {
            let size = formatted(file.size() as f64, Dimension::Bytes);
            writeln!(streams.out, "{}  {}  {size}", file.path, file.kind.as_str())?;
        } else {
            writeln!(streams.out, "{}", file.path)?;
        }
    }
    Ok(())
}

fn to_json(plan: &Plan, args: &ExportArgs, written: bool) -> Value {
    let file = |file: &Planned| json!({ "path": file.path, "kind": file.kind.as_str(), "size": file.size() });
    json!({
        "exported": written && !args.dry_run,
        "path": args.output,
        "files": plan.files.iter().map(file).collect::<Vec<_>>(),
        "report": plan.record,
    })
}
