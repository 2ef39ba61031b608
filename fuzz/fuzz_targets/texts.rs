//! A bundle's YAML: whatever stands in it, it is read, and no fix makes it worse.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use priostack_workbench::bundle::{Code, Overlay, Reader, yaml};

/// Files of the sample bundle that the text takes the place of, by the first byte.
const FILES: [&str; 3] = ["bundle.yaml", "services/user-service.yaml", "services/order-service.yaml"];

/// Most fixes that are tried on one text: each of them reads the bundle anew.
const MOST_FIXES: usize = 8;

fn is_broken(text: &str) -> bool {
    yaml::parse(text).problems.iter().any(|problem| problem.code == Code::YamlSyntax)
}

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let file = FILES[usize::from(*first) % FILES.len()];
    let text = String::from_utf8_lossy(text).into_owned();
    let mut reader = Reader::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-bundle"));
    let loaded = reader.read(&Overlay::from([(file.to_owned(), text.clone())]));
    let broken = is_broken(&text);
    let mut tried = 0;
    for diagnostic in loaded.diagnostics.iter().filter(|diagnostic| diagnostic.file == file) {
        if let Some(span) = diagnostic.span {
            assert!(span.end <= text.len() && text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        }
        for fix in &diagnostic.fixes {
            let fixed = fix.apply(&text).expect("a fix fits the text that it was made for");
            assert!(broken || !is_broken(&fixed), "{} breaks the text: {fixed}", fix.title);
            tried += 1;
            if tried <= MOST_FIXES {
                reader.read(&Overlay::from([(file.to_owned(), fixed)]));
            }
        }
    }
});
