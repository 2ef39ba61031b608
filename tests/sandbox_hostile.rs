//! Modules that lie, misbehave or never end: each gets a fault that says what happened, in time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::sandbox::{Cancel, FaultKind, Limits, Outcome, Program, Reply};

use sandbox::{ENGINE, fault, json, load_file, load_wat, run};

/// How much later than its deadline an invocation may end.
const GRACE: Duration = Duration::from_millis(10);

fn hand_written(name: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/wat").join(name);
    load_wat(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn built(name: &str) -> Program {
    load_file(&ENGINE, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(name)).unwrap()
}

/// A module with wasm-bindgen's allocator and the given fields. Imports come first.
fn bindgen(imports: &str, fields: &str) -> Program {
    load_wat(&format!(
        r#"(module {imports}
            (memory (export "memory") 1)
            (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 2048))
            (func (export "__wbindgen_free") (param i32 i32 i32))
            (func (export "__wbindgen_add_to_stack_pointer") (param i32) (result i32) (i32.const 1040))
            {fields})"#
    ))
    .unwrap()
}

fn within(program: &Program, function: &str, limits: &Limits) -> Outcome {
    program.invoke(function, b"{}", limits, &Cancel::new())
}

#[track_caller]
fn kind(outcome: &Outcome) -> FaultKind {
    fault(outcome).kind
}

#[test]
fn pointers_and_lengths_outside_of_memory_break_the_convention() {
    let program = hand_written("wrong-pointers.wat");
    for function in ["pointer_beyond_memory", "length_beyond_memory", "sum_that_overflows", "longest_length"] {
        assert_eq!(kind(&run(&program, function, "{}")), FaultKind::Convention, "{function}");
    }
    assert_eq!(kind(&run(&program, "undecided_result", "{}")), FaultKind::Convention);
    assert_eq!(kind(&run(&hand_written("wrong-malloc.wat"), "bytes_to_bytes", "{}")), FaultKind::Convention);
}

#[test]
fn a_handle_that_does_not_exist_breaks_the_convention() {
    for handle in ["0xe0000000", "0xffffffff", "7"] {
        let program = bindgen(
            r#"(import "wbg" "__wbindgen_object_drop_ref" (func $drop (param i32)))"#,
            &format!(r#"(func (export "f") (param i32 i32 i32) (call $drop (i32.const {handle})))"#),
        );
        assert_eq!(kind(&run(&program, "f", "{}")), FaultKind::Convention, "{handle}");
    }
}

#[test]
fn a_result_that_was_never_written_breaks_the_convention() {
    let program = bindgen("", r#"(func (export "f") (param i32 i32 i32))"#);
    let outcome = run(&program, "f", "{}");
    assert_eq!(kind(&outcome), FaultKind::Convention, "{outcome:?}");
}

#[test]
fn randomness_goes_to_byte_arrays_and_nowhere_else() {
    let imports = r#"(import "wbg" "__wbg_getRandomValues_0123456789abcdef" (func $random (param i32 i32)))
        (import "wbg" "__wbindgen_string_new" (func $text (param i32 i32) (result i32)))"#;
    for call in [
        // A string is no byte array, and the other two lie outside of memory.
        "(call $random (call $text (i32.const 0) (i32.const 4)) (call $text (i32.const 0) (i32.const 4)))",
        "(call $random (i32.const 65000) (i32.const 4096))",
        "(call $random (i32.const -8) (i32.const 16))",
    ] {
        let program = bindgen(imports, &format!(r#"(func (export "f") (param i32 i32 i32) {call})"#));
        assert_eq!(kind(&run(&program, "f", "{}")), FaultKind::Convention, "{call}");
    }
}

#[test]
fn random_numbers_differ_in_every_call_and_every_module() {
    let mut seen = std::collections::HashSet::new();
    for module in ["shapes-0.2.100-mvp", "shapes-0.2.100", "shapes-0.2.130-mvp", "shapes-0.2.130"] {
        let program = built(&format!("rust/{module}.wasm"));
        for function in ["random_by_getrandom_02", "random_by_getrandom_04"] {
            for _ in 0..3 {
                let random = json(&run(&program, function, "{}"))["random"].as_str().unwrap().to_owned();
                assert_eq!(random.len(), 64);
                assert!(!random.contains("00000000"), "{module} {function}: {random}");
                assert!(seen.insert(random), "{module} {function} repeated itself");
            }
        }
    }
}

/// Calls `f`, which never ends by itself: never stopped too early, and on time on a machine that is
/// not too busy to run the test.
fn ends_at_its_deadline(program: &Program, limits: &Limits) {
    on_time_once(|| {
        let begun = Instant::now();
        assert_eq!(kind(&within(program, "f", limits)), FaultKind::Timeout);
        let took = begun.elapsed();
        assert!(took >= limits.time, "{took:?}");
        took - limits.time
    });
}

/// Of ten tries, one is not later than [`GRACE`].
fn on_time_once(mut late: impl FnMut() -> Duration) {
    let mut earliest = Duration::MAX;
    for _ in 0..10 {
        earliest = earliest.min(late());
        if earliest < GRACE {
            return;
        }
    }
    panic!("at best {earliest:?} late");
}

#[test]
fn an_endless_loop_ends_at_its_deadline() {
    let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    let start = r#"(start $spin) (func $spin (loop $again (br $again)))"#;
    let body = r#"(func (export "f") (param i32 i32) (result i32 i32) (loop $again (br $again)) unreachable)"#;
    let exported = r#"(func (export "__wbindgen_start") (loop $again (br $again)))"#;
    let plain = r#"(func (export "f") (param i32 i32) (result i32 i32) (i32.const 0) (i32.const 0))"#;
    for fields in [body.to_owned(), format!("{start}{plain}"), format!("{exported}{plain}")] {
        let program = bindgen("", &fields);
        ends_at_its_deadline(&program, &limits);
    }
}

#[test]
fn a_loop_of_imports_ends_at_its_deadline_too() {
    let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    let program = bindgen(
        r#"(import "wbg" "__wbg_now_0123456789abcdef" (func $now (result f64)))"#,
        r#"(func (export "f") (param i32 i32) (result i32 i32) (loop $again (drop (call $now)) (br $again)) unreachable)"#,
    );
    ends_at_its_deadline(&program, &limits);
}

#[test]
fn cancelling_from_another_thread_ends_an_invocation() {
    let program =
        bindgen("", r#"(func (export "f") (param i32 i32) (result i32 i32) (loop $again (br $again)) unreachable)"#);
    on_time_once(|| {
        let cancel = Cancel::new();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| program.invoke("f", b"{}", &Limits::default(), &cancel));
            std::thread::sleep(Duration::from_millis(30));
            let pressed = Instant::now();
            cancel.cancel();
            assert_eq!(kind(&running.join().unwrap()), FaultKind::Cancelled);
            pressed.elapsed()
        })
    });
}

#[test]
fn deadlines_hold_after_the_clock_went_to_sleep() {
    let limits = Limits { time: Duration::from_millis(30), ..Limits::default() };
    let program =
        bindgen("", r#"(func (export "f") (param i32 i32) (result i32 i32) (loop $again (br $again)) unreachable)"#);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(400));
        ends_at_its_deadline(&program, &limits);
    }
}

#[test]
fn memory_ends_at_its_limit() {
    let limits = Limits { memory: 8 << 20, time: Duration::from_millis(100), ..Limits::default() };
    let program = hand_written("memory-hunger.wat");
    for function in ["grow_until_refused", "grow_to_four_gigabytes"] {
        let outcome = within(&program, function, &limits);
        assert_eq!(json(&outcome)["refused"], true);
        assert!(outcome.peak_memory <= limits.memory, "{}", outcome.peak_memory);
    }
    assert_eq!(kind(&within(&program, "grow_for_ever", &limits)), FaultKind::Timeout);
    let program = built("rust/shapes-0.2.130.wasm");
    let outcome =
        program.invoke("take_all_memory", b"{}", &Limits { memory: 8 << 20, ..Limits::default() }, &Cancel::new());
    assert_eq!(kind(&outcome), FaultKind::MemoryLimit, "{outcome:?}");
}

#[test]
fn what_a_module_declares_at_first_counts_too() {
    let program = load_wat(
        r#"(module (memory (export "memory") 200)
            (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (i32.const 16))
            (func (export "f") (param i32 i32) (result i32 i32) (i32.const 0) (i32.const 0)))"#,
    )
    .unwrap();
    let outcome = within(&program, "f", &Limits { memory: 1 << 20, ..Limits::default() });
    assert_eq!(kind(&outcome), FaultKind::MemoryLimit, "{outcome:?}");
}

#[test]
fn tables_end_at_their_limit() {
    let program = bindgen(
        "",
        r#"(table $t 1 funcref)
           (func (export "f") (param i32 i32) (result i32 i32)
             (loop $again (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
             unreachable)"#,
    );
    let outcome = within(&program, "f", &Limits { table_elements: 20_000, ..Limits::default() });
    assert_eq!(kind(&outcome), FaultKind::MemoryLimit, "{outcome:?}");
    assert!(fault(&outcome).message.contains("20000 table elements"));
}

#[test]
fn javascript_values_are_counted_as_memory() {
    let limits = Limits { memory: 4 << 20, ..Limits::default() };
    let program = bindgen(
        r#"(import "wbg" "__wbindgen_string_new" (func $text (param i32 i32) (result i32)))"#,
        r#"(func (export "f") (param i32 i32 i32)
             (loop $again (drop (call $text (i32.const 4096) (i32.const 60000))) (br $again)))"#,
    );
    let outcome = within(&program, "f", &limits);
    assert_eq!(kind(&outcome), FaultKind::MemoryLimit, "{outcome:?}");
}

#[test]
fn javascript_values_that_were_dropped_do_not_count() {
    for (import, keep) in [("i32", "(call $drop (call $text (i32.const 4096) (i32.const 60000)))"), ("i32", "")] {
        let program = bindgen(
            &format!(
                r#"(import "wbg" "__wbindgen_string_new" (func $text (param i32 i32) (result {import})))
                   (import "wbg" "__wbindgen_object_drop_ref" (func $drop (param {import})))"#
            ),
            &format!(
                r#"(func (export "f") (param $ret i32) (param i32 i32) (local $n i32)
                     (loop $again {keep}
                       (local.set $n (i32.add (local.get $n) (i32.const 1)))
                       (br_if $again (i32.lt_u (local.get $n) (i32.const 1000))))
                     (i64.store (local.get $ret) (i64.const 0)))"#
            ),
        );
        let outcome = within(&program, "f", &Limits { memory: 4 << 20, ..Limits::default() });
        assert_eq!(outcome.reply, Reply::Json("null".into()), "{outcome:?}");
    }
}

#[test]
fn references_that_nobody_holds_are_collected() {
    let program = load_wat(
        r#"(module
            (import "wbg" "__wbindgen_string_new" (func $text (param i32 i32) (result externref)))
            (memory (export "memory") 1)
            (table (export "__wbindgen_externrefs") 4 externref)
            (func (export "f") (result externref) (local $n i32) (local $kept externref)
              (loop $again
                (local.set $kept (call $text (i32.const 0) (i32.const 3)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $n) (i32.const 200000))))
              (ref.null extern)))"#,
    )
    .unwrap();
    let outcome = within(&program, "f", &Limits { memory: 4 << 20, ..Limits::default() });
    assert_eq!(outcome.reply, Reply::Json("null".into()), "{outcome:?}");
}

#[test]
fn a_recursion_without_end_exhausts_the_stack_and_nothing_else() {
    let program =
        bindgen("", r#"(func $f (export "f") (param i32 i32) (result i32 i32) (call $f (local.get 0) (local.get 1)))"#);
    let outcome = run(&program, "f", "{}");
    assert_eq!(kind(&outcome), FaultKind::StackOverflow);
    assert!(!fault(&outcome).backtrace.is_empty());
    let program = built("rust/shapes-0.2.130.wasm");
    assert_eq!(kind(&run(&program, "recurse_for_ever", "{}")), FaultKind::StackOverflow);
}

#[test]
fn a_recursion_through_the_host_ends_too() {
    // The allocator asks for a string, for which the host calls the allocator, and so on.
    let program = load_wat(
        r#"(module
            (import "wbg" "__wbindgen_debug_string" (func $debug (param i32 i32)))
            (memory (export "memory") 1)
            (func $malloc (export "__wbindgen_malloc") (param i32 i32) (result i32)
              (call $debug (i32.const 16) (i32.const 129)) (i32.const 64))
            (func (export "f") (param i32 i32)))"#,
    )
    .unwrap();
    let outcome = run(&program, "f", "{}");
    assert_eq!(kind(&outcome), FaultKind::StackOverflow, "{outcome:?}");
}

#[test]
fn a_flood_of_log_lines_is_cut_off_and_counted() {
    let program = bindgen(
        r#"(import "wbg" "__wbg_log_0123456789abcdef" (func $log (param i32 i32)))"#,
        r#"(func (export "f") (param i32 i32) (result i32 i32) (local $n i32)
             (loop $again
               (call $log (i32.const 4096) (i32.const 60000))
               (local.set $n (i32.add (local.get $n) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $n) (i32.const 1000))))
             (i32.const 0) (i32.const 0))"#,
    );
    let limits = Limits { log: 100_000, ..Limits::default() };
    let outcome = within(&program, "f", &limits);
    assert_eq!(outcome.reply, Reply::Json("null".into()));
    let kept: usize = outcome.logs.iter().map(|line| line.message.len()).sum();
    assert!(kept <= 100_000 && kept > 60_000, "{kept}");
    assert!(outcome.logs_dropped >= 998, "{}", outcome.logs_dropped);
}

#[test]
fn an_output_beyond_the_limit_is_not_copied() {
    let program =
        bindgen("", r#"(func (export "f") (param i32 i32) (result i32 i32) (i32.const 16) (i32.const 60000))"#);
    let outcome = within(&program, "f", &Limits { output: 1000, ..Limits::default() });
    assert_eq!(kind(&outcome), FaultKind::OutputTooLarge);
    assert!(fault(&outcome).message.contains("58.6 KiB"));
}

#[test]
fn an_import_that_nobody_offers_is_named_when_it_is_called_and_not_before() {
    let program = hand_written("unknown-import.wat");
    assert_eq!(json(&run(&program, "needs_nothing", r#"{"a":1}"#))["a"], 1);
    let outcome = run(&program, "needs_the_import", "{}");
    assert_eq!(kind(&outcome), FaultKind::MissingImport);
    assert!(fault(&outcome).message.contains("`answer`") && fault(&outcome).message.contains("`mystery`"));
}

#[test]
fn a_panic_is_told_in_its_own_words() {
    for module in ["shapes-0.2.100-mvp", "shapes-0.2.100", "shapes-0.2.130-mvp", "shapes-0.2.130"] {
        let outcome = run(&built(&format!("rust/{module}.wasm")), "panic_with_input", r#"{"why":"so"}"#);
        let fault = fault(&outcome);
        assert_eq!(fault.kind, FaultKind::Trap);
        assert!(fault.message.contains(r#"told to panic: {"why":"so"}"#), "{}", fault.message);
        let names: Vec<_> = fault.backtrace.iter().map(|frame| frame.function.as_str()).collect();
        assert!(names.iter().any(|name| name.contains("panic")), "{names:?}");
        assert!(fault.backtrace.iter().all(|frame| frame.offset.is_some()));
    }
}
