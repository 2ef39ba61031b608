//! `list`: what is in a bundle.

use serde_json::json;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Bundle, Endpoint, FunctionRef, Module, Service, printable, printable_line};

use super::args::{BundleArgs, Format};
use super::{Status, Streams, check, open, report};

pub fn run(args: &BundleArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *streams.out, &to_json(&loaded.bundle))?;
            writeln!(streams.out)?;
        }
        Format::Text => write_text(&loaded.bundle, streams.out)?,
    }
    if check::has_errors(&loaded.diagnostics) {
        writeln!(streams.err, "{}; see them with `check`", report::summary(&loaded.diagnostics))?;
        return Ok(Status::No);
    }
    Ok(Status::Fine)
}

fn write_text(bundle: &Bundle, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let version = bundle.manifest.version.as_ref().map_or(String::new(), |version| format!(" {}", version.value));
    writeln!(out, "{}{}", printable(&bundle.display_name()), printable(&version))?;
    for service in &bundle.services {
        write_service(service, out)?;
    }
    for module in &bundle.modules {
        write_module(module, out)?;
    }
    Ok(())
}

fn write_service(service: &Service, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    writeln!(out, "\nservice {} ({})", printable(&service.name.value), printable(&service.file))?;
    for endpoint in &service.endpoints {
        let method = endpoint.method.as_ref().map_or("?", |method| method.value.as_str());
        let path = full_path(service, endpoint);
        writeln!(
            out,
            "  endpoint {method:<6} {} -> {}",
            printable(&path),
            reference(endpoint.to.as_ref().map(|to| &to.value))
        )?;
    }
    for intent in &service.intents {
        let sensor = intent.when_sensor.as_ref().map_or("?", |sensor| sensor.value.as_str());
        let to = reference(intent.to_func.as_ref().map(|to| &to.value));
        writeln!(out, "  intent   {} when {} -> {to}", printable(&intent.name.value), printable(sensor))?;
    }
    for goal in &service.goals {
        let target = goal.target.as_ref().map_or_else(|| "?".to_owned(), |target| target.value.to_string());
        writeln!(out, "  goal     {} {target}", printable(&goal.name.value))?;
    }
    Ok(())
}

fn write_module(module: &Module, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let size = formatted(module.size as f64, Dimension::Bytes);
    match &module.inspection {
        Ok(inspection) => {
            writeln!(out, "\nmodule {} ({}, {size})", printable(&module.file), inspection.toolchain())?;
            for export in inspection.callable_functions() {
                writeln!(out, "  function {}", printable_line(&export.name, 200))?;
            }
        }
        Err(message) => writeln!(out, "\nmodule {} ({size}): {}", printable(&module.file), printable(message))?,
    }
    Ok(())
}

/// The endpoint's path with its service's base path before it.
pub fn full_path(service: &Service, endpoint: &Endpoint) -> String {
    let base = service.base_path.as_ref().map_or("", |base| base.value.trim_end_matches('/'));
    let path = endpoint.path.as_ref().map_or("", |path| path.value.as_str());
    format!("{base}{path}")
}

fn reference(reference: Option<&FunctionRef>) -> String {
    reference.map_or_else(|| "?".to_owned(), |reference| printable_line(&reference.to_string(), 200))
}

fn to_json(bundle: &Bundle) -> serde_json::Value {
    json!({
        "name": bundle.display_name(),
        "description": bundle.manifest.description,
        "version": bundle.manifest.version.as_ref().map(|version| &version.value),
        "services": bundle.services.iter().map(service_json).collect::<Vec<_>>(),
        "modules": bundle.modules.iter().map(module_json).collect::<Vec<_>>(),
    })
}

fn service_json(service: &Service) -> serde_json::Value {
    let endpoints: Vec<_> = service
        .endpoints
        .iter()
        .map(|endpoint| {
            json!({
                "name": endpoint.name.value,
                "method": endpoint.method.as_ref().map(|method| method.value.as_str()),
                "path": full_path(service, endpoint),
                "to": endpoint.to.as_ref().map(|to| to.value.to_string()),
            })
        })
        .collect();
    let intents: Vec<_> = service
        .intents
        .iter()
        .map(|intent| {
            json!({
                "name": intent.name.value,
                "whenSensor": intent.when_sensor.as_ref().map(|sensor| &sensor.value),
                "toFunc": intent.to_func.as_ref().map(|to| to.value.to_string()),
            })
        })
        .collect();
    let goals: Vec<_> = service
        .goals
        .iter()
        .map(|goal| {
            json!({
                "name": goal.name.value,
                "target": goal.target.as_ref().map(|target| target.value.to_string()),
            })
        })
        .collect();
    json!({
        "name": service.name.value,
        "file": service.file,
        "endpoints": endpoints,
        "intents": intents,
        "goals": goals,
    })
}

fn module_json(module: &Module) -> serde_json::Value {
    let mut object = json!({ "file": module.file, "service": module.service, "size": module.size });
    let fields = match &module.inspection {
        Ok(inspection) => json!({
            "toolchain": inspection.toolchain().to_string(),
            "functions": inspection.callable_functions().map(|export| &export.name).collect::<Vec<_>>(),
        }),
        Err(message) => json!({ "error": message }),
    };
    if let (Some(object), serde_json::Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
    object
}
