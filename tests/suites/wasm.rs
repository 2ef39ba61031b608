//! The WebAssembly testsuite (`PRIOSTACK_WASM_SUITE`): every module of its scripts is offered to every convention,
//! and whatever can be called is called. What the suite says is invalid must not load.

use std::fs;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::{Choices, Inspection};
use priostack_workbench::sandbox::{Cancel, Hints, Limits};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastDirective, WastExecute};

use super::{files, known_differences, suite};
use crate::sandbox::ENGINE;

/// The conventions by the words that a user chooses them with; `None` is what the evidence says.
const CONVENTIONS: [Option<&str>; 8] = [
    None,
    Some("c"),
    Some("plain"),
    Some("wasm-bindgen"),
    Some("assemblyscript"),
    Some("go"),
    Some("command"),
    Some("extism"),
];

/// Most time for loading a module by one convention, or for one call: a hang is longer.
const A_HANG: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Counts {
    scripts: usize,
    unreadable: usize,
    modules: usize,
    loaded: usize,
    calls: usize,
    refused: usize,
}

/// The modules of a script as bytes, and whether the suite says that they are invalid.
fn modules(directive: WastDirective) -> Option<(Vec<u8>, bool)> {
    let encoded = |mut module: QuoteWat, invalid| Some((module.encode().ok()?, invalid));
    match directive {
        WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => encoded(module, false),
        WastDirective::AssertMalformed { module, .. } | WastDirective::AssertInvalid { module, .. } => {
            encoded(module, true)
        }
        WastDirective::AssertUnlinkable { module, .. }
        | WastDirective::AssertTrap { exec: WastExecute::Wat(module), .. }
        | WastDirective::AssertException { exec: WastExecute::Wat(module), .. } => {
            encoded(QuoteWat::Wat(module), false)
        }
        _ => None,
    }
}

/// Loads the module by every convention and calls its functions. Whether any convention took it.
fn try_all(name: &str, bytes: &[u8], counts: &mut Counts) -> bool {
    let Ok(inspection) = Inspection::read(bytes) else { return false };
    let limits = Limits { time: Duration::from_millis(20), memory: 16 << 20, log: 10_000, ..Limits::default() };
    let mut taken = false;
    for convention in CONVENTIONS {
        let choices = Choices { convention: convention.map(str::to_owned), ..Choices::default() };
        let begun = Instant::now();
        let program = ENGINE.load(bytes, &inspection, Hints { declarations: None, choices: Some(&choices) });
        assert!(begun.elapsed() < A_HANG, "{name} took {:?} to load by {convention:?}", begun.elapsed());
        let Ok(program) = program else { continue };
        taken = true;
        for function in program.functions().iter().take(50) {
            let begun = Instant::now();
            program.invoke(function, b"{}", &limits, &Cancel::new());
            assert!(begun.elapsed() < A_HANG, "{name}: {function} took {:?} by {convention:?}", begun.elapsed());
            counts.calls += 1;
        }
    }
    taken
}

#[test]
fn every_module_of_the_testsuite_is_loaded_and_called_or_refused() {
    let Some(folder) = suite("PRIOSTACK_WASM_SUITE") else { return };
    let known = known_differences(include_str!("../fixtures/wasm-suite.txt"));
    let (mut counts, mut wrong, mut met) = (Counts::default(), Vec::new(), Vec::new());
    for file in files(&folder, "wast") {
        counts.scripts += 1;
        let name = file.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        let mut lexer = Lexer::new(&text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).ok();
        let Some(Ok(script)) = buffer.as_ref().map(parser::parse::<Wast>) else {
            // Proposals whose text the reader does not know.
            counts.unreadable += 1;
            println!("{name} cannot be read");
            continue;
        };
        for directive in script.directives {
            let (line, _) = directive.span().linecol_in(&text);
            let Some((bytes, invalid)) = modules(directive) else { continue };
            let name = format!("{name}:{}", line + 1);
            counts.modules += 1;
            let taken = try_all(&name, &bytes, &mut counts);
            counts.loaded += usize::from(taken);
            counts.refused += usize::from(invalid && !taken);
            if invalid && taken {
                match known.iter().find(|(known, _)| *known == name) {
                    Some((known, _)) => met.push(*known),
                    None => wrong.push(name),
                }
            }
        }
    }
    let Counts { scripts, unreadable, modules, loaded, calls, refused } = counts;
    println!(
        "{scripts} scripts ({unreadable} unreadable), {modules} modules: {loaded} taken, {refused} invalid ones refused, {calls} calls"
    );
    assert!(wrong.is_empty(), "{} invalid modules were taken:\n{}", wrong.len(), wrong.join("\n"));
    let stale: Vec<_> = known.iter().filter(|(name, _)| !met.contains(name)).collect();
    assert!(stale.is_empty(), "listed, but refused now: {stale:?}");
}
