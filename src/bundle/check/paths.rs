//! Path templates of endpoints and base paths: `/users/{id}` or `/users/:id`.

use crate::bundle::fields::Reading;
use crate::bundle::{Code, Fix, Spanned, names, yaml};

/// The name of the parameter that `segment` is, in either spelling.
pub(in crate::bundle) fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).or_else(|| segment.strip_prefix(':'))
}

/// Reports an endpoint's path that is no path template.
pub(in crate::bundle) fn check(reading: &mut Reading, path: &Spanned<String>) {
    report(reading, path, "path");
}

/// Reports a base path that is no path template.
pub(in crate::bundle) fn check_base(reading: &mut Reading, path: &Spanned<String>) {
    report(reading, path, "base path");
}

fn report(reading: &mut Reading, path: &Spanned<String>, what: &str) {
    let Err((reason, part)) = judge(&path.value) else { return };
    let span = reading.source.part(path.span, part);
    let message = format!("the {what} `{}` {reason}", names::shown(&path.value));
    let mut diagnostic =
        reading.at(Code::PathInvalid, span, message).with_help("write for instance /users or /users/{id}");
    if let Some(mended) = mended(&path.value) {
        let replacement = yaml::quoted_if_needed(&mended);
        diagnostic = diagnostic.with_fix(Fix::new(format!("Change to {mended}"), path.span, replacement));
    }
    reading.push(diagnostic);
}

/// Why `path` is no path template, and which part of it is to blame (empty: all of it).
fn judge(path: &str) -> Result<(), (String, &str)> {
    if !path.starts_with('/') {
        return Err(("does not begin with /".into(), ""));
    }
    if path.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(("holds white space".into(), ""));
    }
    if let Some(at) = path.find(['?', '#']) {
        return Err(("holds a query or fragment".into(), path.get(at..).unwrap_or_default()));
    }
    let mut seen = Vec::new();
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    for segment in inner.split('/').filter(|_| !inner.is_empty()) {
        if segment.is_empty() {
            return Err(("holds an empty segment".into(), "//"));
        }
        if segment == "." || segment == ".." {
            return Err((format!("holds the segment `{segment}`"), segment));
        }
        match parameter(segment) {
            Some(name) if !is_name(name) => {
                return Err((format!("holds the parameter `{}`, which is no name", names::shown(segment)), segment));
            }
            Some(name) if seen.contains(&name) => {
                return Err((format!("holds the parameter `{name}` twice"), segment));
            }
            Some(name) => seen.push(name),
            None if segment.contains(['{', '}']) => {
                let reason = format!("holds `{}`: a parameter is a whole segment {{name}}", names::shown(segment));
                return Err((reason, segment));
            }
            None => {}
        }
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// The path with the mistakes mended that have one obvious remedy: a missing first slash, doubled slashes.
fn mended(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim().split('/').filter(|part| !part.is_empty()).collect();
    let tail = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    let mended = format!("/{}{tail}", parts.join("/"));
    (mended != path && judge(&mended).is_ok()).then_some(mended)
}
