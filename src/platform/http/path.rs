//! Targets of requests: paths, queries, and percent-encoding.

/// The segments of a path; empty ones, and with them a slash at the end, make no difference.
pub(super) fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// Path and query of a target, which may begin with a scheme and host.
pub fn split_target(target: &str) -> (&str, &str) {
    let target = target.split_once('#').map_or(target, |(before, _)| before);
    let after_scheme = ["http://", "https://"].iter().find_map(|scheme| target.strip_prefix(scheme));
    let target = match after_scheme {
        Some(rest) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => target,
    };
    target.split_once('?').unwrap_or((target, ""))
}

/// The parameters of a query, decoded, in order.
pub fn query_parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let plain = |text: &str| decoded(&text.replace('+', " "));
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (plain(key), plain(value)))
        .collect()
}

/// `text` with percent-encoded bytes resolved. What is no encoding stays as it is; bytes that are not
/// UTF-8 become the replacement character.
pub fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = match (first, after) {
            (b'%', [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high * 16 + low, after)),
            _ => None,
        };
        let (byte, after) = code.unwrap_or((*first, after));
        out.push(byte);
        rest = after;
    }
    match String::from_utf8(out) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// `text` with every byte percent-encoded that cannot stand in a path segment or a query value as it is.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_may_be_whole_addresses() {
        for (target, expected) in [
            ("/a/b?c=d#e", ("/a/b", "c=d")),
            ("http://localhost:1/a?b", ("/a", "b")),
            ("https://host", ("", "")),
            ("http://host?x", ("", "x")),
            ("/a?b?c", ("/a", "b?c")),
        ] {
            assert_eq!(split_target(target), expected, "{target}");
        }
    }

    #[test]
    fn encoding_and_decoding_are_inverse() {
        for text in ["", "a b", "ü/€?&=#%+", "\0\n", "%41"] {
            assert_eq!(decoded(&encoded(text)), text);
        }
    }
}
