//! Whatever the text and wherever the caret: an answer, never a panic.

use std::fs;
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::assist::{
    Functions, Question, complete, definitions, hover, rename, subject_at, symbols_of, usages,
};
use priostack_workbench::bundle::{Bundle, Overlay, Reader};

use crate::shop::{ORDERS, ORDERS_TEXT, Shop, USERS, USERS_TEXT};

/// Asks everything at one place and holds the answers to what they promise.
fn ask(bundle: &Bundle, functions: &Functions, file: &str, text: &str, offset: usize) {
    let question = Question { bundle, functions, file, text, offset };
    let found = complete(&question);
    assert!(text.get(found.span.start..found.span.end).is_some(), "{:?} in {text:?}", found.span);
    if !found.items.is_empty() {
        assert!(found.span.start <= offset && offset <= found.span.end, "{:?} at {offset} in {text:?}", found.span);
    }
    for item in &found.items {
        assert!(item.insert.is_char_boundary(item.caret), "{item:?}");
        assert!(!item.label.is_empty(), "{item:?}");
    }
    if let Some(hover) = hover(&question) {
        assert!(text.get(hover.span.start..hover.span.end).is_some(), "{:?} in {text:?}", hover.span);
    }
    if let Some((_, span)) = subject_at(&question) {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
    }
}

fn ask_everywhere(shop: &Shop, file: &str, text: &str, step: usize) {
    for offset in (0..=text.len() + 2).step_by(step) {
        ask(&shop.bundle, &shop.functions, file, text, offset);
    }
    for symbol in symbols_of(file, text) {
        assert!(text.get(symbol.span.start..symbol.span.end).is_some(), "{symbol:?} in {text:?}");
    }
}

fn yaml_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_byte_of_every_sample_and_sick_file_can_be_asked_about() {
    let shop = Shop::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [yaml_below(&root.join("sample-bundle")), yaml_below(&root.join("tests/checks"))].concat();
    assert!(files.len() > 50);
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let file = if path.ends_with("bundle.yaml") { "bundle.yaml" } else { USERS };
        // The large ones of the sample take a while: a prime step still meets every kind of place.
        ask_everywhere(&shop, file, &text, if text.len() > 800 { 7 } else { 1 });
    }
}

#[test]
fn every_name_of_the_sample_bundle_has_usages_and_can_be_renamed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let bundle = Reader::new(&root).read(&Overlay::new()).bundle;
    let functions = Functions::new();
    let mut subjects = std::collections::BTreeSet::new();
    for (file, text) in &bundle.sources {
        for offset in 0..text.len() {
            subjects.extend(
                subject_at(&Question { bundle: &bundle, functions: &functions, file, text, offset })
                    .map(|found| found.0),
            );
        }
    }
    assert!(subjects.len() > 25, "{}", subjects.len());
    for subject in subjects {
        assert!(!definitions(&bundle, &subject).is_empty(), "{subject:?}");
        assert!(!usages(&bundle, &subject).is_empty(), "{subject:?}");
        let new = if matches!(subject, priostack_workbench::bundle::assist::Subject::ServiceFile(_)) {
            "a/b.yaml"
        } else {
            "brandNew"
        };
        let edit = rename(&bundle, &subject, new).unwrap();
        for (file, edits) in &edit.files {
            assert!(priostack_workbench::bundle::edit::apply(edits, &bundle.sources[file]).is_some(), "{subject:?}");
        }
    }
}

/// A small generator of numbers, so that every run is the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

#[test]
fn mutated_texts_never_break_anything() {
    let shop = Shop::new();
    let mut numbers = Numbers(7);
    let parts = [
        "\n",
        "\r\n",
        " ",
        "  ",
        "\t",
        ":",
        ": ",
        "- ",
        "-",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "#",
        " #",
        "|",
        ">",
        "&a ",
        "*a",
        "!!str ",
        "<<: ",
        "---\n",
        "...",
        "\\",
        "ü",
        "\u{feff}",
        "\u{0}",
        "wasm:",
        "name",
        "endpoints:\n",
        "? ",
        ",",
        "%",
    ];
    for round in 0..1500 {
        let (file, base) = if round % 2 == 0 { (USERS, USERS_TEXT) } else { (ORDERS, ORDERS_TEXT) };
        let mut text = base.to_owned();
        for _ in 0..1 + numbers.below(6) {
            let mut at = numbers.below(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match numbers.below(3) {
                0 => text.truncate(at.max(1)),
                1 => text.insert_str(at, parts[numbers.below(parts.len())]),
                _ => {
                    let mut end = (at + numbers.below(12)).min(text.len());
                    while !text.is_char_boundary(end) {
                        end += 1;
                    }
                    text.replace_range(at..end, parts[numbers.below(parts.len())]);
                }
            }
        }
        for _ in 0..12 {
            ask(&shop.bundle, &shop.functions, file, &text, numbers.below(text.len() + 1));
        }
        symbols_of(file, &text);
    }
}

#[test]
fn deep_and_wide_texts_end_soon() {
    let shop = Shop::new();
    let flood = |text: String| {
        let started = std::time::Instant::now();
        for offset in [0, text.len() / 2, text.len()] {
            if text.is_char_boundary(offset) {
                ask(&shop.bundle, &shop.functions, USERS, &text, offset);
            }
        }
        symbols_of(USERS, &text);
        assert!(started.elapsed().as_secs() < 10, "{:?} for {:.60}", started.elapsed(), text);
    };
    flood("[".repeat(100_000));
    flood("{a: ".repeat(50_000));
    flood("- ".repeat(50_000));
    flood((0..600).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect());
    flood((0..600).map(|depth| format!("{}a: \"b\n", " ".repeat(depth))).collect());
    flood((0..600).map(|depth| format!("{}a: {{b\n", " ".repeat(depth))).collect());
    flood(format!("a: [{}", "'x', ".repeat(50_000)));
    flood(format!("a: [{}", "'x, ".repeat(50_000)));
    flood("x: &a ".repeat(20_000));
    flood("a: # b\n".repeat(50_000));
    flood("\"".repeat(50_000));
}
