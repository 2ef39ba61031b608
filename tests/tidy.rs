//! The repository's own hygiene: layers, file sizes, and what must not be in it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each layer may not mention, because it belongs to a layer below it.
const FORBIDDEN: [(&str, &[&str]); 6] = [
    (
        "bundle",
        &[
            "wasmtime::",
            "egui",
            "crate::sandbox",
            "crate::platform",
            "crate::measure",
            "crate::deploy",
            "crate::workbench",
            "crate::cli",
        ],
    ),
    (
        "sandbox",
        &["egui", "serde_yaml", "crate::platform", "crate::measure", "crate::deploy", "crate::workbench", "crate::cli"],
    ),
    ("platform", &["egui", "wasmtime::", "crate::measure", "crate::deploy", "crate::workbench", "crate::cli"]),
    ("measure", &["egui", "wasmtime::", "crate::deploy", "crate::workbench", "crate::cli"]),
    ("deploy", &["egui", "wasmtime::", "crate::workbench", "crate::cli"]),
    ("cli", &["egui", "wasmtime::", "crate::workbench"]),
];

const MOST_LINES: usize = 500;

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_layer_uses_only_layers_above_it() {
    let mut offences = Vec::new();
    for (layer, forbidden) in FORBIDDEN {
        for file in rust_files(&format!("src/{layer}")) {
            for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
                let code = line.trim_start();
                if code.starts_with("//") {
                    continue;
                }
                for word in forbidden {
                    if code.contains(word) {
                        offences.push(format!("{}:{}: {word}", file.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(offences.is_empty(), "layers reach downwards:\n{}", offences.join("\n"));
}

#[test]
fn no_source_file_is_longer_than_it_can_be_read() {
    let long: Vec<String> = ["src", "tests", "benches"]
        .into_iter()
        .filter(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).exists())
        .flat_map(rust_files)
        .filter_map(|file| {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            (lines > MOST_LINES).then(|| format!("{} ({lines} lines)", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "files beyond {MOST_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn colours_are_named_in_the_theme_and_nowhere_else() {
    let offences: Vec<String> = rust_files("src/workbench")
        .into_iter()
        .filter(|file| !file.ends_with("theme.rs"))
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            [
                "from_rgb(",
                "from_rgba",
                "from_gray(",
                "from_black_alpha",
                "Color32::RED",
                "Color32::WHITE",
                "Color32::BLACK",
                "Color32::GRAY",
            ]
            .iter()
            .any(|word| text.contains(word))
        })
        .map(|file| file.display().to_string())
        .collect();
    assert!(offences.is_empty(), "colours outside the theme:\n{}", offences.join("\n"));
}

#[test]
fn committed_modules_carry_no_path_of_a_machine() {
    let needles: Vec<Vec<u8>> = ["/home/", "/root/", "/Users/", "\\Users\\", ".cargo/registry"]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
    let mut folders = vec![
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-bundle"),
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests"),
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets"),
    ];
    let mut modules = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !["target", "node_modules"].iter().any(|name| path.ends_with(name)) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "wasm") {
                modules += 1;
                let bytes = fs::read(&path).unwrap();
                for needle in &needles {
                    let found = bytes.windows(needle.len()).any(|window| window == needle);
                    assert!(!found, "{} holds {:?}", path.display(), String::from_utf8_lossy(needle));
                }
            }
        }
    }
    assert!(modules > 0, "no module was looked at");
}

#[test]
fn the_engine_is_named_with_the_version_that_is_built_in() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let (_, after) = lock.split_once("name = \"wasmtime\"\nversion = \"").unwrap();
    let version = after.split('"').next().unwrap();
    assert_eq!(priostack_workbench::sandbox::ENGINE, format!("wasmtime {version}"));
}
