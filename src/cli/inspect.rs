//! `inspect`: one module, what it declares and how its functions are called.

use anyhow::Context as _;
use serde_json::json;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Beside, ExternKind, Inspection, printable, printable_line};
use crate::sandbox::{Assumption, Engine, Hints, LoadError, Program, SETTLE_AN_ASSUMPTION};

use super::args::{Format, InspectArgs};
use super::{Status, Streams};

pub fn run(args: &InspectArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let bytes = match std::fs::read(&args.module) {
        Ok(bytes) => bytes,
        Err(error) => {
            writeln!(streams.err, "{}: {error}", args.module.display())?;
            return Ok(Status::Unusable);
        }
    };
    let inspection = match Inspection::read(&bytes) {
        Ok(inspection) => inspection,
        Err(message) => {
            writeln!(streams.err, "{}: {}", args.module.display(), printable(&message))?;
            return Ok(Status::Unusable);
        }
    };
    let engine = Engine::for_user().context("cannot start the sandbox")?;
    let beside = Beside::of(&args.module);
    if let Some(problem) = &beside.problem {
        writeln!(streams.err, "{}", printable(&problem.to_string()))?;
    }
    let program = engine.load_quickly(&bytes, &inspection, Hints::from(&beside));
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *streams.out, &to_json(bytes.len(), &inspection, &program))?;
            writeln!(streams.out)?;
        }
        Format::Text => write_text(bytes.len(), &inspection, &program, streams)?,
    }
    Ok(if program.is_ok() { Status::Fine } else { Status::No })
}

fn write_text(
    size: usize,
    inspection: &Inspection,
    program: &Result<Program, LoadError>,
    streams: &mut Streams<'_>,
) -> std::io::Result<()> {
    let out = &mut *streams.out;
    writeln!(out, "size         {}", formatted(size as f64, Dimension::Bytes))?;
    writeln!(out, "toolchain    {}", inspection.toolchain())?;
    if let Some((initial, most)) = inspection.memory {
        let bytes = |pages: u64| formatted(pages.saturating_mul(65_536) as f64, Dimension::Bytes);
        let most = most.map_or_else(|| "no maximum".to_owned(), |most| format!("at most {}", bytes(most)));
        writeln!(out, "memory       {} at start, {most}", bytes(initial))?;
    }
    for (field, name, version) in &inspection.producers {
        writeln!(
            out,
            "{:<12} {} {}",
            printable_line(field, 40),
            printable_line(name, 80),
            printable_line(version, 80)
        )?;
    }
    match program {
        Ok(program) => {
            writeln!(out, "convention   {}", printable(&program.convention()))?;
            writeln!(out, "\nfunctions")?;
            for name in program.functions() {
                writeln!(out, "  {}", printable_line(&name, 200))?;
                for assumption in program.assumptions_about(&name) {
                    writeln!(out, "    assumed that {}", printable_line(&assumption.message, 300))?;
                    for alternative in &assumption.alternatives {
                        let label = printable_line(&alternative.label, 200);
                        writeln!(out, "      or `{}`: {label}", alternative.word)?;
                    }
                }
            }
            if !program.assumptions().is_empty() {
                writeln!(out, "\n{SETTLE_AN_ASSUMPTION}")?;
            }
            if !program.refused().is_empty() {
                writeln!(out, "\nfunctions that cannot be called with JSON")?;
            }
            for refused in program.refused() {
                writeln!(
                    out,
                    "  {}: {}",
                    printable_line(&refused.function, 200),
                    printable_line(&refused.reason, 300)
                )?;
            }
        }
        Err(error) => {
            writeln!(streams.err, "cannot run it: {}", printable(&error.message))?;
            if let Some(help) = &error.help {
                writeln!(streams.err, "  {}", printable(help))?;
            }
        }
    }
    if !inspection.imports.is_empty() {
        writeln!(out, "\nimports")?;
        for import in &inspection.imports {
            writeln!(out, "  {} {}", printable_line(&import.full_name(), 200), import.kind)?;
        }
    }
    Ok(())
}

fn assumption_json(assumption: &Assumption) -> serde_json::Value {
    json!({
        "function": assumption.function,
        "message": assumption.message,
        "assumed": assumption.assumed,
        "alternatives": assumption.alternatives.iter().map(|alternative| alternative.word).collect::<Vec<_>>(),
    })
}

fn to_json(size: usize, inspection: &Inspection, program: &Result<Program, LoadError>) -> serde_json::Value {
    let externs = |name: String, kind: &ExternKind| json!({ "name": name, "type": kind.to_string() });
    let exports: Vec<_> = inspection.exports.iter().map(|export| externs(export.name.clone(), &export.kind)).collect();
    let imports: Vec<_> = inspection.imports.iter().map(|import| externs(import.full_name(), &import.kind)).collect();
    json!({
        "size": size,
        "toolchain": inspection.toolchain().to_string(),
        "producers": inspection.producers,
        "memoryPages": inspection.memory.map(|(initial, most)| json!({ "initial": initial, "maximum": most })),
        "convention": program.as_ref().ok().map(Program::convention),
        "assumptions": program.as_ref().map(|program| program.assumptions().iter().map(assumption_json).collect::<Vec<_>>()).unwrap_or_default(),
        "functions": program.as_ref().map(Program::functions).unwrap_or_default(),
        "error": program.as_ref().err().map(|error| json!({ "message": error.message, "help": error.help })),
        "exports": exports,
        "imports": imports,
    })
}
