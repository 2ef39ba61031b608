//! The module that the sandbox measures itself with is what its source says.

#![allow(clippy::unwrap_used)]

use std::path::Path;

#[test]
fn the_no_op_module_is_built_from_its_source() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox");
    let built = wat::parse_file(folder.join("no_op.wat")).unwrap();
    let committed = folder.join("no_op.wasm");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&committed, &built).unwrap();
    }
    assert_eq!(std::fs::read(&committed).unwrap(), built, "run UPDATE_EXPECT=1 cargo test --test no_op");
}
