//! Real modules of real toolchains, run in the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::PathBuf;
use std::time::Instant;

use priostack_workbench::sandbox::{Cancel, Engine, Limits, Reply};

use sandbox::load_file;

/// Runs every function of every module below a folder of the user's choice, and prints a table.
/// What they must answer is not known here; that nothing panics, hangs or breaks its convention is.
#[test]
fn every_module_of_an_extra_folder_answers_or_says_why() {
    let Some(folder) = std::env::var_os("PRIOSTACK_MODULES") else {
        eprintln!("skipped: set PRIOSTACK_MODULES to a folder of modules to run them all");
        return;
    };
    let engine = Engine::new().unwrap();
    let limits = Limits { time: std::time::Duration::from_secs(2), ..Limits::default() };
    let input = br#"{"email":"a@b.c","name":"Ann","age":41}"#;
    for path in wasm_files(PathBuf::from(folder)) {
        println!("== {}", path.display());
        let begun = Instant::now();
        let program = match load_file(&engine, &path) {
            Ok(program) => program,
            Err(error) => {
                println!("   not loaded: {error}; {}", error.help.as_deref().unwrap_or_default());
                continue;
            }
        };
        println!("   {} (loaded in {:?})", program.convention(), begun.elapsed());
        for assumption in program.assumptions() {
            println!("   assumed: {}", assumption.message);
        }
        for refused in program.refused() {
            println!("   refused: {}: {}", refused.function, refused.reason);
        }
        for function in program.functions() {
            let outcome = program.invoke(&function, input, &limits, &Cancel::new());
            let told = match &outcome.reply {
                Reply::Json(text) => format!("{text:.100}"),
                Reply::ApplicationError(error) => format!("says no: {}", error.message),
                Reply::Fault(fault) => format!(
                    "{:?}: {:.300} {:?} {:?}",
                    fault.kind,
                    fault.message,
                    fault
                        .raw_output
                        .as_ref()
                        .map(|raw| String::from_utf8_lossy(&raw[..raw.len().min(80)]).into_owned()),
                    fault.backtrace.iter().take(3).map(|frame| frame.function.as_str()).collect::<Vec<_>>()
                ),
            };
            println!("   {function} -> {told} [{:?}, {} KiB]", outcome.timings.total(), outcome.peak_memory >> 10);
            for line in &outcome.logs {
                println!("      log {:?}: {:.200}", line.level, line.message);
            }
        }
    }
}

fn wasm_files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "wasm") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
