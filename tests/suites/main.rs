//! Public test suites that nobody here wrote, as data. `tests/suites/run.sh FOLDER` runs all of them; each test
//! says that it is left out unless its variable names the unpacked suite.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

#[path = "../sandbox/mod.rs"]
mod sandbox;

mod json;
mod wasi;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder that `variable` names; `None`, said aloud, where it is not set.
fn suite(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    match &folder {
        None => eprintln!("left out: {variable} names no folder"),
        Some(folder) => assert!(folder.is_dir(), "{variable}: {} is no folder", folder.display()),
    }
    folder
}

/// All files below `folder` with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|known| known == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no .{ending} file below {}", folder.display());
    found
}

/// The cases that are known to differ from what a suite says, each with its reason: `name reason`.
fn known_differences(table: &str) -> Vec<(&str, &str)> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap_or_else(|| panic!("{line} has no reason"))).collect()
}
