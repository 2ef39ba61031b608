//! Names of bundles and services in the narrower spellings of registries, clusters and engines.

/// `name` in lower-case letters, digits and single hyphens: a DNS label (RFC 1123), which is also a path component of
/// an image's name (OCI distribution).
pub(super) fn label(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() == 63 {
            break;
        }
    }
    let label = out.trim_end_matches('-');
    if label.is_empty() { "service".into() } else { label.to_owned() }
}

/// `name` as words that each begin with a letter, joined by hyphens: the identifiers of the component model, which
/// are those of Spin's components.
pub(super) fn kebab(name: &str) -> String {
    let mut out = String::new();
    for word in label(name).split('-') {
        let begins_with_letter = word.starts_with(|c: char| c.is_ascii_alphabetic());
        match (out.is_empty(), begins_with_letter) {
            (true, true) => {}
            (true, false) => out.push('n'),
            (false, true) => out.push('-'),
            // A number belongs to the word before it.
            (false, false) => {}
        }
        out.push_str(word);
    }
    out
}

/// A version as the tag of an image, which knows no `+`.
pub(super) fn tag(version: Option<&str>) -> String {
    let tag: String = version
        .unwrap_or("latest")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .take(128)
        .collect();
    if tag.starts_with(['.', '-']) || tag.is_empty() { format!("v{tag}") } else { tag }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_where_they_are_written() {
        for (name, expected) in [
            ("user-service", "user-service"),
            ("Online Shop", "online-shop"),
            ("__a..b__", "a-b"),
            ("Zürich", "z-rich"),
            ("日本", "service"),
        ] {
            assert_eq!(label(name), expected);
        }
        assert_eq!(label(&"a".repeat(100)).len(), 63);
        for (name, expected) in [("user-service", "user-service"), ("oauth-2-server", "oauth2-server"), ("3d", "n3d")] {
            assert_eq!(kebab(name), expected);
        }
        for (version, expected) in [(None, "latest"), (Some("1.2.3+build"), "1.2.3_build"), (Some("-x"), "v-x")] {
            assert_eq!(tag(version), expected);
        }
    }
}
