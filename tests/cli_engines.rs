//! Exports for other engines from the terminal, with real processes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn export(folder: &Path, arguments: &[&str]) -> Output {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    Command::new(env!("CARGO_BIN_EXE_priostack-workbench"))
        .arg("export")
        .arg(sample)
        .args(arguments)
        .current_dir(folder)
        .env("PRIOSTACK_CACHE", folder.join("cache"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn services_are_exported_and_what_is_not_is_told() {
    let desk = tempfile::tempdir().unwrap();
    let output = export(desk.path(), &["--to", "component", "-o", "out"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}");
    for file in out.lines() {
        assert!(desk.path().join("out").join(file).is_file(), "{file} is not there");
    }
    for expected in ["user-service.wasm", "user-auth.wasm", "order-service.wasm", "openapi.json", "report.json"] {
        assert!(out.lines().any(|line| line == expected), "{expected} is not in\n{out}");
    }
    assert!(err.contains("payment-processor: no component\n"), "{err}");
    assert!(err.contains("without intent reserveStock: "), "{err}");
    let written = std::fs::read_to_string(desk.path().join("out/report.txt")).unwrap();
    assert_eq!(err, format!("{written}out\n"), "what is printed is what is written");
}

#[test]
fn a_dry_run_tells_programs_everything_and_writes_nothing() {
    let desk = tempfile::tempdir().unwrap();
    let output = export(desk.path(), &["--to", "spin", "-o", "out", "--dry-run", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["exported"], false);
    let manifest = told["files"].as_array().unwrap().iter().find(|file| file["path"] == "spin.toml").unwrap();
    assert!(manifest["size"].as_u64().unwrap() > 100 && manifest["kind"] == "manifest");
    assert_eq!(told["report"]["target"], "spin");
    assert!(!desk.path().join("out").exists());
}

#[test]
fn options_of_another_target_are_refused() {
    let desk = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["--to", "oci", "--layout", "flat"][..], "--layout is only for --to zip"),
        (&["--to", "oci", "--registry", "ghcr.io/acme"], "--registry is only for --to wasmcloud and --to spin"),
        (
            &["--to", "spin", "--memory", "1MiB"],
            "--timeout and --memory are only for --to zip: other engines have limits of their own",
        ),
        (&["--dry-run"], "--dry-run is not for --to zip"),
    ] {
        let output = export(desk.path(), &[arguments, &["-o", "out"]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stderr), format!("nothing was exported: {expected}\n"));
        assert!(!desk.path().join("out").exists());
    }
}
