//! Functions that ask their host for something.

use std::sync::atomic::{AtomicU32, Ordering};

use extism_pdk::{FnResult, HttpRequest, LogLevel, config, http, log, plugin_fn, var};

static CALLS: AtomicU32 = AtomicU32::new(0);

/// A host that makes a fresh instance for each call always gets 1.
#[plugin_fn]
pub fn count_calls() -> FnResult<String> {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    Ok(format!(r#"{{"calls":{calls}}}"#))
}

/// Variables are kept by the host, for one instance.
#[plugin_fn]
pub fn keep_in_variables(input: String) -> FnResult<String> {
    let before: Option<String> = var::get("kept")?;
    var::set("kept", &input)?;
    var::set("other", "text")?;
    let other: Option<String> = var::get("other")?;
    var::remove("other")?;
    let removed: Option<String> = var::get("other")?;
    let kept: Option<String> = var::get("kept")?;
    Ok(format!(
        r#"{{"before":{},"kept":{},"other":{},"removed":{}}}"#,
        before.is_some(),
        kept == Some(input),
        other.is_some(),
        removed.is_none()
    ))
}

#[plugin_fn]
pub fn read_configuration(input: String) -> FnResult<String> {
    Ok(format!(r#"{{"found":{}}}"#, config::get(input)?.is_some()))
}

#[plugin_fn]
pub fn log_at_every_level(input: String) -> FnResult<()> {
    log!(LogLevel::Debug, "debug {}", input);
    log!(LogLevel::Info, "info {}", input);
    log!(LogLevel::Warn, "warn {}", input);
    log!(LogLevel::Error, "error {}", input);
    Ok(())
}

#[plugin_fn]
pub fn ask_the_network(input: String) -> FnResult<Vec<u8>> {
    let request = HttpRequest::new(input.trim_matches('"'));
    Ok(http::request::<Vec<u8>>(&request, None)?.body())
}
