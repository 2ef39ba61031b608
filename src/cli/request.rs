//! `request`: one request to the bundle's endpoints, answered without a network.

use serde_json::{Value, json};

use crate::bundle::{FunctionRef, printable};
use crate::platform::http::split_target;
use crate::platform::{Request, Response, Router, Site, answer};
use crate::sandbox::{Cancel, LoadError};

use super::args::{Format, RequestArgs};
use super::open::Programs;
use super::{Status, Streams, invoke, open};

pub fn run(args: &RequestArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let limits = args.limits.limits();
    let body = match args.body.as_deref().map(|body| invoke::read_argument(body, limits.input)).transpose() {
        Ok(body) => body.unwrap_or_default(),
        Err(message) => {
            writeln!(streams.err, "{}", printable(&message))?;
            return Ok(Status::Unusable);
        }
    };
    let (method, target) = (args.method.to_uppercase(), args.target.clone());
    let request = Request { method, target, headers: args.header.clone(), body };
    let mut programs = match Programs::new() {
        Ok(programs) => programs,
        Err(error) => {
            writeln!(streams.err, "{}", printable(&error.message))?;
            return Ok(Status::Unusable);
        }
    };
    let wanted = module_for(&Router::of(&loaded.bundle), &request);
    // Loading the other modules would take time for nothing.
    let site = Site::new(&loaded.bundle, limits, |service| match &wanted {
        Some(wanted) if wanted == service => programs.of(&loaded.bundle, service),
        _ => Err(LoadError { message: "it was not loaded".into(), help: None }),
    });
    let response = answer(&site, &request, &Cancel::new());
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *streams.out, &to_json(&response))?;
            writeln!(streams.out)?;
        }
        Format::Text => write_text(&response, streams)?,
    }
    Ok(status(&response))
}

/// The service whose module answers the request.
fn module_for(router: &Router, request: &Request) -> Option<String> {
    let method = if request.method == "HEAD" { "GET" } else { &request.method };
    match router.resolve(method, split_target(&request.target).0).ok()?.route.more.function.as_ref()? {
        FunctionRef::Wasm { service, .. } => Some(service.clone()),
        FunctionRef::Platform { .. } => None,
    }
}

fn status(response: &Response) -> Status {
    match &response.outcome {
        Some(outcome) => invoke::status(outcome),
        None if response.status < 300 => Status::Fine,
        None => Status::Unusable,
    }
}

fn write_text(response: &Response, streams: &mut Streams<'_>) -> std::io::Result<()> {
    if let Some(resolved) = &response.resolved {
        let function = resolved.function.as_ref().map_or_else(|| "no function".into(), ToString::to_string);
        writeln!(streams.err, "endpoint {} -> {}", printable(&resolved.endpoint), printable(&function))?;
    }
    if let Some(outcome) = &response.outcome {
        invoke::write_logs(outcome, streams)?;
    }
    writeln!(streams.err, "status {}", response.status)?;
    for (name, value) in &response.headers {
        writeln!(streams.err, "{name}: {}", printable(value))?;
    }
    let error = serde_json::from_str::<Value>(&response.body).ok();
    let error = error.as_ref().filter(|_| response.outcome.is_none()).and_then(|body| body.get("error"));
    if let Some(error) = error {
        let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).map(|text| printable(text).into_owned());
        writeln!(streams.err, "{}", text(error, "message").unwrap_or_default())?;
        for near in error.get("near").and_then(Value::as_array).into_iter().flatten() {
            let part = |key| text(near, key).unwrap_or_default();
            let (method, path) = (part("method"), part("path"));
            writeln!(streams.err, "  {method} {path} (endpoint {}): {}", part("endpoint"), part("difference"))?;
        }
        if let (Some(help), None) = (text(error, "help"), error.get("near")) {
            writeln!(streams.err, "  {help}")?;
        }
    }
    if !response.body.is_empty() {
        writeln!(streams.out, "{}", response.body)?;
    }
    Ok(())
}

fn to_json(response: &Response) -> Value {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text));
    let headers: serde_json::Map<String, Value> =
        response.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    json!({
        "status": response.status,
        "headers": headers,
        "body": if response.body.is_empty() { Value::Null } else { parsed(&response.body) },
        "resolved": response.resolved.as_ref().map(|resolved| json!({
            "service": resolved.service,
            "endpoint": resolved.endpoint,
            "function": resolved.function.as_ref().map(ToString::to_string),
        })),
        "input": response.input.as_deref().map(parsed),
        "outcome": response.outcome.as_ref().map(invoke::to_json),
    })
}
