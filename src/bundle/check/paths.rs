//! Path templates of endpoints and base paths: `/users/{id}` or `/users/:id`.

use crate::bundle::fields::Reading;
use crate::bundle::path_template::parameter;
use crate::bundle::{Code, Fix, Severity, Spanned, mend, names, yaml};

/// Reports an endpoint's path that is no path template.
pub(in crate::bundle) fn check(reading: &mut Reading, path: &Spanned<String>) {
    report(reading, path, "path");
}

/// Reports a base path that is no path template.
pub(in crate::bundle) fn check_base(reading: &mut Reading, path: &Spanned<String>) {
    report(reading, path, "base path");
}

/// Reports a path that has a parameter which the base path has already.
pub(in crate::bundle) fn check_joined(reading: &mut Reading, base: &Spanned<String>, path: &Spanned<String>) {
    let parameters = |path: &str| path.split('/').filter_map(parameter).map(str::to_owned).collect::<Vec<_>>();
    let of_base = parameters(&base.value);
    let Some(twice) = parameters(&path.value).into_iter().find(|name| of_base.contains(name)) else { return };
    let shown = names::shown(&twice);
    let span = reading.source.part(path.span, &twice);
    let message = format!("the path has the parameter `{shown}`, which the base path has already");
    let diagnostic = reading.at(Code::PathInvalid, span, message).with_help("give one of the two another name");
    let free = mend::free_name(&twice, |name| of_base.iter().any(|known| known == name));
    reading.push(if span == path.span {
        diagnostic
    } else {
        diagnostic.with_fix(Fix::new(format!("Rename to {free}"), span, free))
    });
}

/// `segment` with its percent-encoded bytes resolved, where they are text that needs no encoding.
pub(super) fn decoded(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    let mut out = String::with_capacity(segment.len());
    let mut rest = segment;
    while let Some(at) = rest.find('%') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let code = rest.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        let Some(plain) = code.filter(|c| c.is_ascii_alphanumeric() || "-._~".contains(*c)) else {
            out.push('%');
            rest = rest.get(at + 1..).unwrap_or_default();
            continue;
        };
        out.push(plain);
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn report(reading: &mut Reading, path: &Spanned<String>, what: &str) {
    let Err((reason, part)) = judge(&path.value) else {
        return unencoded(reading, path, what);
    };
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

/// Reports characters that requests carry in another form than they are written in here.
fn unencoded(reading: &mut Reading, path: &Spanned<String>, what: &str) {
    let is_odd = |c: char| !c.is_ascii() || "\"<>\\^`|".contains(c);
    let in_text = |segment: &&str| parameter(segment).is_none();
    let Some(segment) = path.value.split('/').filter(in_text).find(|segment| segment.contains(is_odd)) else { return };
    let plain = |segment: &str| !segment.contains(is_odd) || !in_text(&segment);
    let mended = mended(&path.value).filter(|path| path.split('/').all(plain));
    let encoded = mended.unwrap_or_else(|| {
        let encode = |segment| if in_text(&segment) { encoded(segment, is_odd) } else { segment.to_owned() };
        path.value.split('/').map(encode).collect::<Vec<_>>().join("/")
    });
    let span = reading.source.part(path.span, segment);
    let message = format!("the {what} holds `{}`, which requests carry percent-encoded", names::shown(segment));
    let fix = Fix::new(format!("Change to {}", names::shown(&encoded)), path.span, yaml::quoted_if_needed(&encoded));
    let diagnostic = reading.at(Code::PathInvalid, span, message).with_severity(Severity::Warning);
    reading.push(
        diagnostic
            .with_help("a router may compare the two as they are: write it encoded, or in plain letters")
            .with_fix(fix),
    );
}

fn encoded(segment: &str, is_odd: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    for c in segment.chars() {
        if is_odd(c) {
            c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
        } else {
            out.push(c);
        }
    }
    out
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
            None if has_bad_escape(segment) => {
                let shown = names::shown(segment);
                return Err((format!("holds `{shown}`: after % come two hexadecimal digits"), segment));
            }
            None if segment.contains(['{', '}', '*']) => {
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

fn has_bad_escape(segment: &str) -> bool {
    segment.split('%').skip(1).any(|after| {
        let mut digits = after.chars().take(2).filter(char::is_ascii_hexdigit);
        digits.nth(1).is_none()
    })
}

/// The path with the mistakes mended that have one obvious remedy: a missing first slash, doubled slashes.
fn mended(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim().split('/').filter(|part| !part.is_empty()).collect();
    let tail = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    let parts: Vec<String> = parts.into_iter().map(mended_segment).collect();
    let mended = format!("/{}{tail}", parts.join("/"));
    (mended != path && judge(&mended).is_ok()).then_some(mended)
}

/// A parameter as other frameworks write it (`<id>`, `$id`, `{id:int}`, `{id?}`, `[id]`) in the platform's form.
fn mended_segment(segment: &str) -> String {
    let inner = segment.trim_start_matches(['{', '<', '[', '$', ':']).trim_end_matches(['}', '>', ']']);
    let inner = inner.trim_start_matches("...").trim_end_matches(['?', '*', '+']).trim();
    let name = inner.split(':').next().unwrap_or(inner);
    let starts = segment.starts_with(['{', '<', '[', '$', ':']);
    if starts && is_name(name) && parameter(segment).is_none_or(|name| !is_name(name)) {
        format!("{{{name}}}")
    } else {
        segment.to_owned()
    }
}
