//! Go programs for JavaScript from npm.

use priostack_workbench::sandbox::FaultKind;

use crate::{packages, sandbox};

/// Astro's compiler registers its functions in an object of its own. They take a string and a second
/// argument, which the platform does not pass.
#[test]
fn the_compiler_of_astro_is_found_and_says_that_an_argument_is_missing() {
    let Some(path) = packages::file("astro-compiler/dist/astro.wasm") else { return };
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    let functions = program.functions();
    for name in ["transform", "parse", "convertToTSX"] {
        assert!(functions.iter().any(|function| function.ends_with(name)), "{name} in {functions:?}");
    }
    let outcome = sandbox::run(&program, "parse", "\"<h1>Hello</h1>\"");
    let fault = sandbox::fault(&outcome);
    assert_eq!(fault.kind, FaultKind::Trap);
    assert!(fault.message.contains("index out of range [1] with length 1"), "{fault:?}");
}

/// esbuild is a command that talks over its standard streams, and ends where there are none.
#[test]
fn esbuild_is_refused_as_a_program_that_does_not_stay() {
    let Some(path) = packages::file("esbuild-wasm/esbuild.wasm") else { return };
    let error = sandbox::load_file(&sandbox::ENGINE, &path).err().unwrap();
    assert!(error.message.contains("Go program"), "{error}");
    assert!(error.help.is_some());
}
