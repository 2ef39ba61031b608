//! Modules that lie to every host function of their convention: each call ends in an answer or a fault, within its
//! limits, and the next one finds everything as it was.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod sandbox;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::{Choices, Inspection};
use priostack_workbench::sandbox::{Cancel, Hints, Limits, Program, Reply};

use sandbox::ENGINE;
use sandbox::liar::{self, LIARS, liar};
use sandbox::numbers::Numbers;

fn bytes(numbers: &mut Numbers) -> Vec<u8> {
    (0..numbers.below(60)).map(|_| (numbers.next() >> 8) as u8).collect()
}

fn module(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(file)).unwrap()
}

fn kind_of(program: &Program, function: &str, input: &[u8]) -> String {
    let limits = Limits { time: Duration::from_millis(100), memory: 64 << 20, log: 10_000, ..Limits::default() };
    let begun = Instant::now();
    let outcome = program.invoke(function, input, &limits, &Cancel::new());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", String::from_utf8_lossy(input));
    match outcome.reply {
        Reply::Json(_) => "answer".into(),
        Reply::ApplicationError(_) => "error".into(),
        Reply::Fault(fault) => format!("{:?}", fault.kind),
    }
}

#[test]
fn no_lie_to_a_host_function_does_harm() {
    let mut numbers = Numbers(0x5851_F42D_4C95_7F2D);
    for (file, name, word) in LIARS {
        let lying = liar(&module(file), name);
        let functions = [(name.to_owned(), word.to_owned())].into_iter().filter(|(_, word)| !word.is_empty()).collect();
        let choices = Choices { functions, ..Choices::default() };
        let hints = Hints { declarations: None, choices: Some(&choices) };
        let program = ENGINE.load(&lying, &Inspection::read(&lying).unwrap(), hints);
        let program = program.unwrap_or_else(|error| panic!("{file}: {error:?}"));
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for _ in 0..500 {
            let input = liar::program(&bytes(&mut numbers));
            *kinds.entry(kind_of(&program, name, &input)).or_default() += 1;
        }
        println!("{file}: {kinds:?}");
        // Else the lies were not even heard.
        assert!(kinds.len() > 1, "{file}: {kinds:?}");
        assert!(!kinds.contains_key("NoSuchFunction") && !kinds.contains_key("InputNotJson"), "{file}: {kinds:?}");
    }
}
