//! An Extism plug-in out of the plug-in kit's own crate.

use crate::{packages, sandbox};

#[test]
fn vowels_are_counted() {
    let Some(path) = packages::file("extism-pdk/count_vowels.wasm") else { return };
    let program = sandbox::load_file(&sandbox::ENGINE, &path).unwrap();
    assert!(program.convention().starts_with("Extism plug-in"), "{}", program.convention());
    for (input, vowels) in [("\"Hello World aeiou\"", 8), ("\"\"", 0), ("\"Zoë 😀\"", 1)] {
        let outcome = sandbox::run(&program, "countVowels", input);
        assert_eq!(sandbox::json(&outcome)["count"], vowels, "{input}");
    }
}
