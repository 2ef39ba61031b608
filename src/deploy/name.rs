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

/// Whether `text` is a registry's host, with a port perhaps, and the beginning of images' names there, as OCI
/// distribution has them.
pub(super) fn is_registry(text: &str) -> bool {
    let text = text.trim_end_matches('/');
    let (host, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
    let is_plain = |text: &str, others: &str| {
        let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        is_end(text.chars().next())
            && is_end(text.chars().last())
            && text.chars().all(|c| is_end(Some(c)) || others.contains(c))
    };
    is_plain(host, ".-:") && path.is_none_or(|path| path.split('/').all(|part| is_plain(part, "._-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_told_from_other_words() {
        for registry in ["ghcr.io/acme/shop", "localhost:5000", "10.0.0.1:5000/a_b/", "registry"] {
            assert!(is_registry(registry), "{registry}");
        }
        for other in ["", "/", "Ghcr.io/acme", "https://ghcr.io/acme", "ghcr.io//acme", "a b", "ghcr.io/acme/-"] {
            assert!(!is_registry(other), "{other}");
        }
    }

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
