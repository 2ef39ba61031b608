//! Modules from npm that follow nobody's glue: TinyGo's, a Rust plug-in with an interface of its own, AssemblyScript
//! without a runtime, and a large wasm-bindgen module. None of them knows JSON functions: what fits is
//! called, and what does not says why.

use priostack_workbench::sandbox::Reply;

use crate::{packages, sandbox};

/// gofmt (TinyGo) remembers where it was given its input, and tells where its output lies. JSON is no
/// Go source: its own message comes back.
#[test]
fn gofmt_says_itself_what_is_wrong_with_its_input() {
    let Some(path) = packages::file("gofmt/gofmt.wasm") else { return };
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    let outcome = sandbox::run(&program, "format", r#"{"package":"main"}"#);
    let Reply::ApplicationError(error) = &outcome.reply else { panic!("{outcome:?}") };
    assert!(error.message.starts_with("error code 2: 1:"), "{}", error.message);
}

/// dprint's plug-ins take their input through a buffer of their own, which is no C convention.
#[test]
fn a_dprint_plugin_loads_and_says_why_its_functions_cannot_be_called() {
    let Some(path) = packages::file("dprint-json/plugin.wasm") else { return };
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    assert_eq!(sandbox::json(&sandbox::run(&program, "dprint_plugin_version_4", "")), 4);
    let refused = program.refused().iter().find(|refused| refused.function == "format").unwrap();
    assert!(refused.reason.contains("neither an allocator nor its stack"), "{refused:?}");
    assert!(refused.help.is_some());
}

#[test]
fn as_sha256_takes_numbers_and_says_so() {
    let Some(path) = packages::file("as-sha256/build/optimized.wasm") else { return };
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    assert_eq!(sandbox::run(&program, "init", "").reply, Reply::Json("null".into()));
    let refused = program.refused().iter().find(|refused| refused.function == "update").unwrap();
    assert!(refused.reason.contains("numbers"), "{refused:?}");
}

#[test]
fn brotli_refuses_what_is_not_compressed() {
    let Some(path) = packages::file("brotli-wasm/pkg.web/brotli_wasm_bg.wasm") else { return };
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    let outcome = sandbox::run(&program, "decompress", r#"{"name":"Ada"}"#);
    assert!(matches!(&outcome.reply, Reply::ApplicationError(error) if error.message.contains("rotli")), "{outcome:?}");
    // Its second parameter is an object of options.
    let refused = program.refused().iter().find(|refused| refused.function == "compress").unwrap();
    assert!(refused.help.is_some(), "{refused:?}");
}
