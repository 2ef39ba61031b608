//! `profile`: where the instructions of one call go.

use std::path::Path;

use serde_json::{Value, json};

use crate::bundle::target::{Dimension, formatted, grouped};
use crate::bundle::{printable, printable_line};
use crate::measure::speedscope;
use crate::sandbox::{CallTree, Cancel, Conditions, Profiled, Reply};

use super::args::{ProfileArgs, ProfileFormat};
use super::open::Programs;
use super::table::{Column, Table};
use super::{Status, Streams, invoke, open};

/// Functions that the text shows.
const SHOWN: usize = 20;
/// Calls of the heaviest path that the text shows.
const SHOWN_OF_PATH: usize = 30;
/// Characters of a function's name in the text.
const NAME: usize = 100;

pub fn run(args: &ProfileArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let (service, function) = match invoke::parse_function(&args.function) {
        Ok(parts) => parts,
        Err(message) => return unusable(&message, None, streams),
    };
    let limits = args.instructions.added_to(args.limits.limits());
    let named = (service.as_str(), function.as_str());
    let program = match Programs::new().and_then(|mut programs| programs.of(&loaded.bundle, &service)) {
        Ok(program) => program,
        Err(error) => return unusable(&error.message, error.help.as_deref(), streams),
    };
    let place = (&loaded.bundle, &*program);
    let input = match invoke::read_input(args.input.as_deref(), &limits, place, named, streams)? {
        Ok(input) => input,
        Err(message) => return unusable(&message, None, streams),
    };
    let profiled = program.profile_call(&function, &input, &limits, &Cancel::new(), Conditions::default());
    let profiled = match profiled {
        Ok(profiled) => profiled,
        Err(error) => return unusable(&error.message, error.help.as_deref(), streams),
    };
    if let Reply::Fault(fault) = &profiled.metered.outcome.reply {
        invoke::write_fault(fault, streams.err)?;
    }
    if !profiled.tree.is_empty() {
        let text = written(&profiled, &args.function, format_of(args))?;
        match &args.output {
            Some(file) => {
                std::fs::write(file, text)
                    .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", file.display()))?;
                writeln!(streams.err, "wrote {}", printable(&file.display().to_string()))?;
            }
            None => streams.out.write_all(text.as_bytes())?,
        }
    }
    Ok(invoke::status(&profiled.metered.outcome))
}

fn unusable(message: &str, help: Option<&str>, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    writeln!(streams.err, "{}", printable(message))?;
    if let Some(help) = help {
        writeln!(streams.err, "  {}", printable(help))?;
    }
    Ok(Status::Unusable)
}

/// The format that was asked for, or else the one that the file's name tells.
fn format_of(args: &ProfileArgs) -> ProfileFormat {
    let name = args.output.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    args.format.unwrap_or(match name {
        Some(name) if name.ends_with(".speedscope.json") => ProfileFormat::Speedscope,
        Some(name) if name.ends_with(".json") => ProfileFormat::Json,
        _ => ProfileFormat::Text,
    })
}

fn written(profiled: &Profiled, name: &str, format: ProfileFormat) -> std::io::Result<String> {
    Ok(match format {
        ProfileFormat::Speedscope => speedscope(&profiled.tree, name),
        ProfileFormat::Json => format!("{:#}\n", to_json(profiled, name)),
        ProfileFormat::Text => {
            let mut text = Vec::new();
            write_text(&profiled.tree, &mut text)?;
            String::from_utf8_lossy(&text).into_owned()
        }
    })
}

fn write_text(tree: &CallTree, out: &mut Vec<u8>) -> std::io::Result<()> {
    use std::io::Write;
    let costs = tree.functions_by_cost();
    let total = tree.total();
    let name = |function: usize| printable_line(tree.functions.get(function).map_or("", String::as_str), NAME);
    writeln!(out, "{} instructions in {} functions", grouped(total), grouped(costs.len() as u64))?;
    writeln!(out)?;
    let columns = [
        Column::Right("own"),
        Column::Right("share"),
        Column::Right("with calls"),
        Column::Right("share"),
        Column::Right("calls"),
        Column::Left("function"),
    ];
    let mut table = Table::new(columns);
    for cost in costs.iter().take(SHOWN) {
        let (own, all) = (share(cost.own, total), share(cost.total, total));
        let calls = grouped(cost.calls);
        table.row([grouped(cost.own), own, grouped(cost.total), all, calls, name(cost.function)]);
    }
    table.write(out)?;
    if costs.len() > SHOWN {
        writeln!(out, "and {} more functions", grouped((costs.len() - SHOWN) as u64))?;
    }
    writeln!(out, "\nThe heaviest path")?;
    let path = tree.heaviest_path();
    for at in path.iter().skip(1).take(SHOWN_OF_PATH) {
        let Some(node) = tree.nodes.get(*at) else { continue };
        let line = printable_line(tree.name(node), NAME);
        writeln!(out, "{:>7}  {:indent$}{line}", share(node.total, total), "", indent = node.depth.min(30))?;
    }
    if path.len() > SHOWN_OF_PATH + 1 {
        writeln!(out, "and {} calls deeper", grouped((path.len() - SHOWN_OF_PATH - 1) as u64))?;
    }
    if tree.merged > 0 {
        writeln!(out, "\n{} calls, too deep or too many, are counted as their callers' own", grouped(tree.merged))?;
    }
    Ok(())
}

fn share(part: u64, total: u64) -> String {
    formatted(if total == 0 { 0.0 } else { part as f64 / total as f64 }, Dimension::Share)
}

/// The whole tree: each node before what it called.
fn to_json(profiled: &Profiled, name: &str) -> Value {
    let tree = &profiled.tree;
    let nodes: Vec<Value> = tree
        .nodes
        .iter()
        .map(|node| {
            json!({
                "function": node.function.and_then(|function| tree.functions.get(function)),
                "parent": node.parent,
                "own": node.own,
                "total": node.total,
                "calls": node.calls,
            })
        })
        .collect();
    let functions: Vec<Value> = tree
        .functions_by_cost()
        .iter()
        .map(|cost| {
            json!({
                "function": tree.functions.get(cost.function),
                "own": cost.own,
                "total": cost.total,
                "calls": cost.calls,
            })
        })
        .collect();
    json!({
        "call": name,
        "instructions": tree.total(),
        "mergedCalls": tree.merged,
        "functions": functions,
        "nodes": nodes,
    })
}
