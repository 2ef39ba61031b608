//! What every fix promises: the text stays YAML with all its comments, the problem is gone, and no new
//! error comes. Tried on each sick bundle and on thousands of damaged ones.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod triples;

use std::collections::BTreeMap;
use std::fs;

use priostack_workbench::bundle::{Code, Diagnostic, Fix, Loaded, Overlay, Reader, Severity, yaml};

/// Fixes that may bring a new error, each with the reason.
const MAY_REVEAL: [(&str, &str); 8] = [
    ("Add to:", "the function is named after the endpoint; the module may have another one"),
    ("Write wasm:", "the function is named after the endpoint; the module may have another one"),
    ("Add toFunc:", "the function is named after the intent; the module may have another one"),
    ("Change to wasm:", "a reference that is well formed can be compared with the module"),
    ("Change to func:", "a reference that is well formed can be compared with the module"),
    ("Remove the tag", "the value behind it is judged as before, but may be reported at another place"),
    ("Indent with spaces", "what stands behind a syntax error is only read once that is mended"),
    ("Change to \"", "what stands behind a syntax error is only read once that is mended"),
];

/// Problems hide others: what a broken text holds is only known when it is mended.
const HIDE_OTHERS: [Code; 13] = [
    Code::YamlSyntax,
    Code::YamlUnknownAlias,
    Code::YamlDuplicateKey,
    Code::YamlSeveralDocuments,
    Code::YamlTooComplex,
    Code::NotUtf8,
    Code::TooManyProblems,
    Code::InvisibleCharacter,
    // A file, field or name that is understood at last is compared with everything else.
    Code::ServiceFileMissing,
    Code::ServiceNotListed,
    Code::UnknownField,
    Code::ServiceUnknown,
    Code::WrongType,
];

/// What a problem is, wherever it stands.
fn counted<'a>(diagnostics: impl Iterator<Item = &'a Diagnostic>) -> BTreeMap<(Code, String, String), usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in diagnostics {
        let key = (diagnostic.code, diagnostic.file.clone(), without_numbers(&diagnostic.message));
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// Lines move when a line is put in, so places in a message are no part of what it says.
fn without_numbers(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message;
    while let Some(at) = rest.find(".yaml:") {
        let (before, after) = rest.split_at(at + 6);
        out.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out + rest
}

fn comments(text: &str) -> Vec<&str> {
    let own = |line: &&str| line.trim_start().starts_with("# ");
    text.lines().filter(own).map(str::trim).collect()
}

/// Applies one fix alone and says what is wrong with the outcome.
fn broken_promise(
    reader: &mut Reader,
    before: &Loaded,
    of: &Diagnostic,
    fix: &Fix,
    overlay: &Overlay,
) -> Option<String> {
    let text = before.bundle.sources.get(&of.file)?;
    let Some(after) = fix.apply(text) else { return Some("it does not fit the text".into()) };
    let was = yaml::parse(text);
    let syntax =
        |document: &yaml::Document| document.problems.iter().filter(|p| p.code.severity() == Severity::Error).count();
    if syntax(&yaml::parse(&after)) > syntax(&was) {
        return Some(format!("the text is no YAML any more:\n{after}"));
    }
    if !fix.title.starts_with("Remove") && comments(&after).len() < comments(text).len() {
        return Some(format!("a comment is lost:\n{after}"));
    }
    let mut overlay = overlay.clone();
    overlay.insert(of.file.clone(), after.clone());
    let loaded = reader.read(&overlay);
    let key = (of.code, of.file.clone(), without_numbers(&of.message));
    let (old, new) = (counted(before.diagnostics.iter()), counted(loaded.diagnostics.iter()));
    // Of a key that stands twice the other one comes to the fore.
    let is_twice = before.diagnostics.iter().any(|other| other.code == Code::YamlDuplicateKey && other.file == of.file);
    if !is_twice && new.get(&key).copied().unwrap_or(0) >= old.get(&key).copied().unwrap_or(0) {
        return Some(format!("the problem is still there:\n{after}"));
    }
    let may_reveal = HIDE_OTHERS.contains(&of.code) || MAY_REVEAL.iter().any(|(title, _)| fix.title.starts_with(title));
    if may_reveal {
        return None;
    }
    let errors = |loaded: &Loaded| counted(loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error));
    let old = errors(before);
    let fresh: Vec<_> =
        errors(&loaded).into_iter().filter(|(key, count)| old.get(key).copied().unwrap_or(0) < *count).collect();
    (!fresh.is_empty()).then(|| format!("new errors {fresh:?} in\n{after}"))
}

/// Tries every fix of every problem. Returns how many there were.
fn try_all(reader: &mut Reader, loaded: &Loaded, overlay: &Overlay, name: &str, failures: &mut Vec<String>) -> usize {
    let mut tried = 0;
    for diagnostic in &loaded.diagnostics {
        for fix in &diagnostic.fixes {
            tried += 1;
            if let Some(what) = broken_promise(reader, loaded, diagnostic, fix, overlay) {
                let text = &loaded.bundle.sources[&diagnostic.file];
                failures.push(format!(
                    "{name}: {} `{}` ({}): {what}\n--- before\n{text}",
                    diagnostic.code, fix.title, diagnostic.message
                ));
            }
        }
    }
    tried
}

#[test]
fn every_fix_of_a_sick_bundle_keeps_its_promise() {
    let (mut failures, mut tried) = (Vec::new(), 0);
    for triple in triples::triples() {
        let (_folder, root) = triples::lay_out(&triple);
        let mut reader = Reader::new(&root);
        let loaded = reader.read(&Overlay::new());
        tried += try_all(&mut reader, &loaded, &Overlay::new(), triples::name_of(&triple), &mut failures);
    }
    println!("{tried} fixes");
    assert!(tried > 80, "{tried}");
    assert!(failures.is_empty(), "{} broken promises\n{}", failures.len(), failures.join("\n==========\n"));
}

/// A number generator that gives the same sequence on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Things that people do to a bundle's file by accident.
fn damage(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=dice.below(2) {
        let at = dice.below(lines.len());
        match dice.below(10) {
            0 => _ = lines.remove(at),
            1 => lines.insert(at, lines[at].clone()),
            2 => lines[at] = lines[at].split(':').next().unwrap().to_owned() + ":",
            3 => lines[at] = lines[at].replace(['e', 'a'], ""),
            4 => lines[at].push_str(" # why"),
            5 => lines[at] = lines[at].to_uppercase(),
            6 => lines[at] = lines[at].replace("ms", " ms").replace('/', ""),
            7 => lines[at] = lines[at].replacen(": ", ": !x ", 1),
            8 => lines[at] = lines[at].replacen(": ", ": -", 1),
            _ => {
                let other = dice.below(lines.len());
                lines.swap(at, other);
            }
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    let end = if dice.below(4) == 0 { "\r\n" } else { "\n" };
    lines.join(end) + if dice.below(5) == 0 { "" } else { end }
}

#[test]
fn every_fix_of_a_damaged_bundle_keeps_its_promise() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shop");
    triples::lay(triples::files_below(&triples::checks().join("base")), &root);
    let files = ["bundle.yaml", "services/user-service.yaml", "services/order-service.yaml"];
    let (mut dice, mut reader) = (Dice(11), Reader::new(&root));
    let (mut failures, mut tried) = (Vec::new(), 0);
    for round in 0..1500 {
        let file = files[dice.below(files.len())];
        let text = damage(&fs::read_to_string(root.join(file)).unwrap(), &mut dice);
        let overlay = Overlay::from([(file.to_owned(), text)]);
        let loaded = reader.read(&overlay);
        tried += try_all(&mut reader, &loaded, &overlay, &format!("round {round}"), &mut failures);
    }
    println!("{tried} fixes");
    assert!(tried > 1000, "{tried}");
    let shown = failures.iter().take(8).cloned().collect::<Vec<_>>().join("\n==========\n");
    assert!(failures.is_empty(), "{} broken promises\n{shown}", failures.len());
}
