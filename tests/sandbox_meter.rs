//! Instructions, counted: by hand for small modules, twice for modules of all toolchains, and function by function.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use priostack_workbench::sandbox::{
    Cancel, Conditions, FaultKind, Instructions, Limits, Metered, Profiled, Program, Reply,
};

use sandbox::{ENGINE, fault, load_file, load_wat};

fn modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules")
}

fn counted() -> Program {
    load_wat(&std::fs::read_to_string(modules().join("wat/counted.wat")).unwrap()).unwrap()
}

fn meter_within(program: &Program, function: &str, limits: &Limits) -> Metered {
    program.meter(function, b"{}", limits, &Cancel::new(), Conditions::default()).unwrap()
}

fn meter(program: &Program, function: &str) -> Metered {
    meter_within(program, function, &Limits::default())
}

fn profile(program: &Program, function: &str) -> Profiled {
    program.profile_call(function, b"{}", &Limits::default(), &Cancel::new(), Conditions::default()).unwrap()
}

/// Each function's own instructions, those with what it called, and its calls.
fn costs(profiled: &Profiled) -> Vec<(String, u64, u64, u64)> {
    let tree = &profiled.tree;
    let mut costs: Vec<_> = tree
        .functions_by_cost()
        .iter()
        .map(|cost| (tree.functions[cost.function].clone(), cost.own, cost.total, cost.calls))
        .collect();
    costs.sort();
    costs
}

fn cost(name: &str, own: u64, total: u64, calls: u64) -> (String, u64, u64, u64) {
    (name.to_owned(), own, total, calls)
}

/// fib(n) in counted.wat, by its two cases.
fn fib(n: u64) -> u64 {
    if n < 2 { 1 + 4 + 1 } else { 1 + 4 + 4 + 4 + 1 + fib(n - 1) + fib(n - 2) }
}

#[test]
fn counts_are_those_that_are_worked_out_by_hand() {
    let program = counted();
    for (function, run) in [
        ("nothing", 2),
        ("calls", 2 + 2),
        ("loops", 1 + 2 + 10 * 8 + 1),
        ("fib", 1 + 3 + 2 + fib(10)),
        ("several_results", 1 + 3 + (1 + 4) + 2 + 2 + 1 + 2),
    ] {
        let metered = meter(&program, function);
        assert!(matches!(metered.outcome.reply, Reply::Json(_)), "{function}: {:?}", metered.outcome.reply);
        let expected = Instructions { copy_in: 2, run, ..Instructions::default() };
        assert_eq!(metered.instructions, expected, "{function}");
    }
}

#[test]
fn a_limit_is_exact() {
    let program = counted();
    for function in ["nothing", "loops", "fib", "catches", "tail_calls"] {
        let total = meter(&program, function).instructions.total();
        let within = |instructions| Limits { instructions: Some(instructions), ..Limits::default() };
        let fits = meter_within(&program, function, &within(total));
        assert!(matches!(fits.outcome.reply, Reply::Json(_)), "{function}: {:?}", fits.outcome.reply);
        assert_eq!(fits.instructions.total(), total);
        let exceeded = meter_within(&program, function, &within(total - 1));
        let fault = fault(&exceeded.outcome);
        assert_eq!(fault.kind, FaultKind::InstructionLimit, "{function}");
        assert!(fault.message.starts_with("The function ran more than "), "{}", fault.message);
        assert!(fault.help.as_ref().unwrap().contains("raise the limit"));
    }
}

#[test]
fn a_limit_of_instructions_is_no_matter_where_none_are_counted() {
    let limits = Limits { instructions: Some(1), ..Limits::default() };
    let outcome = counted().invoke("fib", b"{}", &limits, &Cancel::new());
    assert_eq!(outcome.reply, Reply::Json("null".into()));
}

#[test]
fn what_is_spent_on_the_way_to_an_exception_counts() {
    // thrower: 1 + 2 + 100 * 5 + 2; between: 1 + 2; catches: 1 + 3, for try_table is an operator too
    let caught = (1 + 2 + 100 * 5 + 2) + (1 + 2) + (1 + 3);
    let program = counted();
    let run = 1 + 1 + caught + 1 + caught + 1 + 2;
    assert_eq!(meter(&program, "catches").instructions.run, run);
    let expected = [
        cost("alloc", 2, 2, 1),
        cost("between", 2 * 3, 2 * 508, 2),
        cost("catches", 2 * 4, 2 * 512, 2),
        cost("catches", 1 + 3, run, 1),
        cost("null", 2, 2, 1),
        cost("thrower", 2 * 505, 2 * 505, 2),
    ];
    let mut seen = costs(&profile(&program, "catches"));
    seen.sort_by(|one, other| (&one.0, one.2).cmp(&(&other.0, other.2)));
    assert_eq!(seen, expected);
}

#[test]
fn a_recursion_has_the_profile_that_it_must_have() {
    let profiled = profile(&counted(), "fib");
    // fib(10) calls itself 176 times, 177 with the first; 89 of them end at once.
    let (inner, leaves) = (88, 89);
    let own = inner * 14 + leaves * 6;
    assert_eq!(own, fib(10));
    let expected = [
        cost("alloc", 2, 2, 1),
        cost("fib", 4, own + 4 + 2, 1),
        cost("fib", own, own, inner + leaves),
        cost("null", 2, 2, 1),
    ];
    assert_eq!(costs(&profiled), expected);
    let tree = &profiled.tree;
    let path: Vec<&str> = tree.heaviest_path().iter().map(|at| tree.name(&tree.nodes[*at])).collect();
    // The invocation, the exported function, and fib for 10 down to 1.
    assert_eq!(path.len(), 12, "{path:?}");
    let first = &tree.nodes[tree.heaviest_path()[2]];
    assert_eq!((first.calls, first.total), (1, fib(10)));
    let second = &tree.nodes[tree.heaviest_path()[3]];
    assert_eq!((second.calls, second.total), (2, fib(10) - 14));
}

#[test]
fn functions_that_end_in_any_way_are_told_apart() {
    let program = counted();
    for function in ["tail_calls", "several_results", "catches", "deep", "traps"] {
        let (metered, profiled) = (meter(&program, function), profile(&program, function));
        assert_eq!(profiled.metered.outcome.reply, metered.outcome.reply, "{function}");
        assert_eq!(profiled.metered.instructions, metered.instructions, "{function}");
        assert_eq!(profiled.tree.total(), metered.instructions.total(), "{function}");
        assert!(profiled.tree.nodes.iter().all(|node| node.own <= node.total));
    }
    // Each step of a tail call stands beside the last one, called by the same function.
    let tails = profile(&program, "tail_calls");
    let countdown = tails.tree.nodes.iter().find(|node| tails.tree.name(node) == "countdown").unwrap();
    assert_eq!((countdown.calls, countdown.depth), (100_001, 2));
}

#[test]
fn a_million_calls_and_a_million_paths_are_bounded() {
    let program = counted();
    let begun = Instant::now();
    let calls = profile(&program, "calls_a_million_times");
    assert_eq!(calls.tree.total(), meter(&program, "calls_a_million_times").instructions.total());
    assert!(calls.tree.nodes.len() < 10);
    assert_eq!(calls.tree.merged, 0);
    let paths = profile(&program, "many_paths");
    assert_eq!(paths.tree.total(), meter(&program, "many_paths").instructions.total());
    assert!(paths.tree.nodes.len() <= 100_000);
    assert!(paths.tree.merged > 0);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn guests_that_never_end_are_ended() {
    let program = counted();
    let limits = Limits { time: Duration::from_millis(10), ..Limits::default() };
    let begun = Instant::now();
    let metered = meter_within(&program, "endless", &limits);
    assert_eq!(fault(&metered.outcome).kind, FaultKind::Timeout);
    let profiled = program.profile_call("endless", b"{}", &limits, &Cancel::new(), Conditions::default()).unwrap();
    assert_eq!(fault(&profiled.metered.outcome).kind, FaultKind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());

    for instructions in [1_000_000, 5] {
        let limits = Limits { instructions: Some(instructions), ..Limits::default() };
        assert_eq!(fault(&meter_within(&program, "endless", &limits).outcome).kind, FaultKind::InstructionLimit);
    }
    let metered = meter(&program, "recurses_for_ever");
    assert_eq!(fault(&metered.outcome).kind, FaultKind::StackOverflow);
    let profiled = profile(&program, "recurses_for_ever");
    assert_eq!(fault(&profiled.metered.outcome).kind, FaultKind::StackOverflow);
    assert!(profiled.tree.nodes.iter().map(|node| node.depth).max().unwrap() <= 512);

    let cancel = Cancel::new();
    cancel.cancel();
    let metered = program.meter("endless", b"{}", &Limits::default(), &cancel, Conditions::default()).unwrap();
    assert_eq!(fault(&metered.outcome).kind, FaultKind::Cancelled);
}

#[test]
fn a_module_that_imports_probes_itself_gets_none() {
    let program = load_wat(
        r#"(module (import "workbench:probes" "leave" (func $leave (param i32)))
            (memory (export "memory") 1)
            (func (export "alloc") (param i32) (result i32) (i32.const 1024))
            (func (export "cheat") (param i32 i32) (result i64) (call $leave (i32.const 0)) (i64.const 0)))"#,
    )
    .unwrap();
    let outcome = program.invoke("cheat", b"{}", &Limits::default(), &Cancel::new());
    assert_eq!(fault(&outcome).kind, FaultKind::MissingImport);
}

/// All modules of the toolchains, but Go's, which are large.
fn built_modules(folder: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(modules().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"))
        .collect();
    found.sort();
    found
}

/// Calls every function that answers, then counts and profiles the same call, and gives how many there were.
#[track_caller]
fn count_every_function(path: &Path) -> usize {
    let Ok(program) = load_file(&ENGINE, path) else { return 0 };
    program.settle();
    let limits = Limits { time: Duration::from_millis(500), ..Limits::default() };
    let (cancel, input) = (Cancel::new(), br#"{"email":"ada@example.org","name":"Ada","age":41}"#);
    let mut counted = 0;
    for function in program.functions() {
        let place = format!("{} {function}", path.display());
        let (outcome, recording) = program.invoke_under(&function, input, &limits, &cancel, Conditions::default());
        if !matches!(outcome.reply, Reply::Json(_) | Reply::ApplicationError(_)) || recording.is_cut {
            continue;
        }
        let conditions = || Conditions { replay: Some(recording.clone()), ..Conditions::default() };
        let meter = || program.meter(&function, input, &limits, &cancel, conditions()).unwrap();
        let (first, second) = (meter(), meter());
        assert_eq!(first.outcome.reply, outcome.reply, "{place}");
        assert_eq!(first.departed, None, "{place}");
        assert!(first.instructions.run > 0, "{place}");
        assert_eq!(first.instructions, second.instructions, "{place}");
        counted += 1;
        match program.profile_call(&function, input, &limits, &cancel, conditions()) {
            Ok(profiled) => {
                assert_eq!(profiled.metered.outcome.reply, outcome.reply, "{place}");
                assert_eq!(profiled.metered.instructions, first.instructions, "{place}");
                assert_eq!(profiled.tree.total(), first.instructions.total(), "{place}");
            }
            Err(refused) => assert!(refused.message.starts_with("A component has no profile"), "{place}: {refused}"),
        }
    }
    counted
}

#[test]
fn every_toolchains_modules_give_the_same_counts_for_the_same_calls() {
    for (folder, at_least) in
        [("rust", 60), ("assemblyscript", 60), ("c", 60), ("command", 4), ("component", 6), ("extism", 8), ("plain", 2)]
    {
        let counted: usize = built_modules(folder).iter().map(|path| count_every_function(path)).sum();
        assert!(counted >= at_least, "{folder}: {counted}");
    }
}

#[test]
fn copies_of_a_booted_go_program_are_counted_as_they_run() {
    assert!(count_every_function(&modules().join("go/functions-1.27.wasm")) >= 8);
}
