//! Names of an archive's entries: which of them are plain paths below a folder, on every system.

use std::fmt;

/// Longest path of an entry, in bytes.
const LONGEST: usize = 1024;

/// Names that Windows gives to devices, whatever their ending.
/// Source: Microsoft, "Naming Files, Paths, and Namespaces".
const DEVICES: [&str; 24] = [
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt0",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It begins at the root of a file system or of a drive.
    Absolute,
    /// It leads above the folder.
    Parent,
    /// It holds a backslash, which is a separator on some systems.
    Backslash,
    /// It holds a NUL or another control character.
    Control,
    /// A part of it is empty.
    Empty,
    /// A part of it ends in a dot or a space, or holds a character that some systems do not allow.
    NotPortable,
    /// A part of it names a device on some systems.
    Device,
    /// It is longer than any system needs.
    TooLong,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absolute => "its path is absolute",
            Self::Parent => "its path leads out of the folder",
            Self::Backslash => "its path holds a backslash",
            Self::Control => "its path holds a control character",
            Self::Empty => "a part of its path is empty",
            Self::NotPortable => "its path is not possible on every system",
            Self::Device => "a part of its path names a device on some systems",
            Self::TooLong => "its path is too long",
        })
    }
}

/// The path that an entry's `name` means: relative, with `/`, without `.` and without an ending `/`. Empty for
/// the folder itself.
///
/// # Errors
/// When on any common system the name could mean anything but a path below the folder.
pub fn normal(name: &str) -> Result<String, Refusal> {
    if name.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    if name.chars().any(char::is_control) {
        return Err(Refusal::Control);
    }
    if name.contains('\\') {
        return Err(Refusal::Backslash);
    }
    let has_drive = name.as_bytes().get(1) == Some(&b':') && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if name.starts_with('/') || has_drive {
        return Err(Refusal::Absolute);
    }
    let mut parts = Vec::new();
    for part in name.strip_suffix('/').unwrap_or(name).split('/') {
        match part {
            "." => {}
            ".." => return Err(Refusal::Parent),
            "" => return Err(Refusal::Empty),
            _ => parts.push(check(part)?),
        }
    }
    Ok(parts.join("/"))
}

fn check(part: &str) -> Result<&str, Refusal> {
    if part.ends_with(['.', ' ']) || part.contains(['<', '>', ':', '"', '|', '?', '*']) {
        return Err(Refusal::NotPortable);
    }
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    if DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device)) {
        return Err(Refusal::Device);
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_paths_below_the_folder() {
        for (name, path) in [
            ("bundle.yaml", "bundle.yaml"),
            ("./shop/services/a b.yaml", "shop/services/a b.yaml"),
            ("shop/", "shop"),
            ("./", ""),
            ("shop/.workbench/..x", "shop/.workbench/..x"),
            ("größe/日本.yaml", "größe/日本.yaml"),
            ("console/nullable.yaml", "console/nullable.yaml"),
        ] {
            assert_eq!(normal(name).as_deref(), Ok(path), "{name}");
        }
    }

    #[test]
    fn names_that_could_lead_elsewhere_are_refused() {
        for (name, refusal) in [
            ("/etc/passwd", Refusal::Absolute),
            ("C:/windows", Refusal::Absolute),
            ("c:boot.ini", Refusal::Absolute),
            ("../up", Refusal::Parent),
            ("a/../../up", Refusal::Parent),
            ("a/..", Refusal::Parent),
            ("..\\up", Refusal::Backslash),
            ("a\0b", Refusal::Control),
            ("a\u{85}b", Refusal::Control),
            ("a//b", Refusal::Empty),
            ("", Refusal::Empty),
            ("/", Refusal::Absolute),
            ("notes.txt:stream", Refusal::NotPortable),
            ("a. ", Refusal::NotPortable),
            ("... ", Refusal::NotPortable),
            ("wasm/NUL", Refusal::Device),
            ("aux .yaml", Refusal::Device),
            ("com1.tar.gz", Refusal::Device),
        ] {
            assert_eq!(normal(name), Err(refusal), "{name}");
        }
        assert_eq!(normal(&"a".repeat(2000)), Err(Refusal::TooLong));
    }
}
