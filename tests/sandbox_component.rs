//! Components: functions of every shape, what they may ask of WASI, and ways to misbehave.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

mod sandbox;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use priostack_workbench::sandbox::{
    ApplicationError, Cancel, FaultKind, Limits, LogLevel, Outcome, Program, Refused, Reply,
};
use serde_json::{Value, json};

use sandbox::{ENGINE, fault, json, load, load_file, load_wat, run};

/// Without WASI, by an older compiler.
static PLAIN: LazyLock<Program> = LazyLock::new(|| load_file(&ENGINE, &file("functions-0.30")).unwrap());
/// With WASI, by a newer one.
static HOSTED: LazyLock<Program> = LazyLock::new(|| load_file(&ENGINE, &file("functions-of-a-host-0.63")).unwrap());

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/modules/component/{name}.wasm"))
}

fn both() -> [&'static Program; 2] {
    [&PLAIN, &HOSTED]
}

fn limited(program: &Program, function: &str, input: &str, limits: Limits) -> (Outcome, Duration) {
    let began = Instant::now();
    let outcome = program.invoke(function, input.as_bytes(), &limits, &Cancel::new());
    (outcome, began.elapsed())
}

#[track_caller]
fn refusal(outcome: &Outcome) -> &ApplicationError {
    match &outcome.reply {
        Reply::ApplicationError(error) => error,
        other => panic!("no error: {other:?}"),
    }
}

#[track_caller]
fn refused<'a>(program: &'a Program, function: &str) -> &'a Refused {
    program.refused().iter().find(|refused| refused.function == function).unwrap()
}

#[test]
fn bytes_and_text_go_in_and_out_in_every_combination() {
    let input = r#"{"name":"Zoë 😀"}"#;
    for program in both() {
        let receipt = json(&run(program, "bytes-to-bytes", input));
        assert_eq!(receipt["bytes"], input.len());
        for function in [
            "text-to-text",
            "bytes-to-text",
            "text-to-bytes",
            "bytes-or-text",
            "text-or-text",
            "bytes-or-bytes",
            "bytes-or-nothing",
            "bytes-or-variant",
            "text-or-record",
            "bytes-or-enum",
            "optional-text",
        ] {
            assert_eq!(json(&run(program, function, input)), receipt, "{function}");
        }
        assert_eq!(json(&run(program, "no-output", input)), Value::Null);
        assert_eq!(json(&run(program, "nothing-or-text", input)), Value::Null);
        assert_eq!(json(&run(program, "optional-text", "[]")), Value::Null);
        assert_eq!(json(&run(program, "no-input", ""))["bytes"], 0);
    }
}

#[test]
fn an_error_is_told_in_words_whatever_its_type() {
    for program in both() {
        let error = |function: &str, input: &str| refusal(&run(program, function, input)).clone();
        for function in ["bytes-or-text", "text-or-text", "bytes-or-bytes", "nothing-or-text"] {
            let told = ApplicationError { message: "the input is not an object".into(), output: None };
            assert_eq!(error(function, "1"), told, "{function}");
        }
        assert_eq!(error("bytes-or-nothing", "1").message, "The function failed without a word");
        assert_eq!(error("bytes-or-variant", "null").message, "not-found");
        assert_eq!(error("bytes-or-variant", "[]").output.unwrap(), r#"{"too-many":7}"#);
        assert_eq!(error("bytes-or-enum", "1").message, "not-an-object");
        let record = error("text-or-record", "1");
        assert_eq!(record.message, "the input is not an object");
        let output: Value = serde_json::from_str(&record.output.unwrap()).unwrap();
        assert_eq!(output, json!({"code": 422, "message": "the input is not an object", "hints": ["begin with {"]}));
    }
}

#[test]
fn a_function_is_found_by_every_spelling_and_by_its_full_name() {
    for name in [
        "create-user",
        "createUser",
        "create_user",
        "users#create-user",
        "test:functions/users#create-user",
        "test:functions/users@1.2.0#create-user",
    ] {
        assert_eq!(json(&run(&PLAIN, name, "{}"))["bytes"], 2, "{name}");
    }
}

#[test]
fn of_two_functions_of_one_name_that_of_the_world_keeps_it() {
    let plain = |name: &str| match run(&PLAIN, name, "[1]").reply {
        Reply::Json(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(plain("echo"), "[1]");
    // That of the interface puts a space before what it gives back.
    assert_eq!(plain("users#echo"), " [1]");
    assert_eq!(plain("test:functions/users@1.2.0#echo"), " [1]");
    assert!(PLAIN.functions().contains(&"users#echo".to_owned()));
}

#[test]
fn values_of_other_types_are_json() {
    let order = json!({"id": 7, "name": "Ada", "lines": [["pen", 2], ["ink", 1]], "gift": true});
    let mut answer = order.clone();
    answer["id"] = json!(8);
    answer["note"] = Value::Null;
    for program in both() {
        assert_eq!(json(&run(program, "order-to-order", &order.to_string())), answer);
        assert_eq!(json(&run(program, "order-or-problem", &order.to_string()))["lines"][0], json!(["pen", 2]));
        assert_eq!(json(&run(program, "number-to-number", "-14")), -42);
        assert_eq!(json(&run(program, "texts-to-number", r#"["Zoë", "", "x"]"#)), 5);
        let empty = json!({"id": 7, "name": "", "lines": [], "gift": false, "note": "none"});
        let error = run(program, "order-or-problem", &empty.to_string());
        assert_eq!(refusal(&error).message, "the input is not an object");
    }
}

#[test]
fn an_input_of_another_type_is_refused_with_the_place() {
    let told = |function: &str, input: &str| {
        let outcome = run(&PLAIN, function, input);
        let fault = fault(&outcome);
        assert_eq!(fault.kind, FaultKind::InputNotJson, "{fault:?}");
        fault.message.clone()
    };
    assert!(told("number-to-number", "3000000000").contains("it should be a whole number of 32 bits"));
    assert!(told("number-to-number", "1.5").contains("it should be a whole number"));
    assert!(told("texts-to-number", r#"["a", 1]"#).contains("`[1]` should be a text"));
    assert!(told("order-to-order", r#"{"id": 1}"#).contains("an object with the field `name`"));
    let lines = r#"{"id": 1, "name": "", "gift": true, "lines": [["pen", -1]]}"#;
    assert!(told("order-to-order", lines).contains("`lines[0][1]` should be a whole number of 32 bits"));
    assert!(told("order-to-order", r#"{"idd": 1}"#).contains("without the field `idd`"));
    assert!(told("order-to-order", &"[".repeat(500)).contains("The input"));
}

#[test]
fn what_json_cannot_be_handed_to_is_refused_with_the_reason() {
    for program in both() {
        assert!(refused(program, "add").reason.contains("several values"));
        assert!(refused(program, "[constructor]session").reason.contains("resource"));
        assert!(refused(program, "[method]session.touch").reason.contains("resource"));
        assert_eq!(fault(&run(program, "add", "{}")).kind, FaultKind::NoSuchFunction);
    }
}

#[test]
fn large_and_deep_inputs_arrive_whole() {
    let large = format!(r#"{{"text":"{}"}}"#, "é😀".repeat(180_000));
    let deep = format!(r#"{{"deep":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    for program in both() {
        for input in [&large, &deep] {
            assert_eq!(json(&run(program, "bytes-to-bytes", input))["bytes"], input.len());
            assert_eq!(json(&run(program, "text-or-record", input))["bytes"], input.len());
            let Reply::Json(text) = run(program, "echo", input).reply else { panic!() };
            assert!(text == *input);
        }
    }
}

#[test]
fn each_invocation_has_an_instance_of_its_own() {
    assert_eq!(json(&run(&HOSTED, "count-calls", ""))["calls"], 1);
    assert_eq!(json(&run(&HOSTED, "count-calls", ""))["calls"], 1);
    let mut session = HOSTED.session();
    let mut call = || session.invoke("count-calls", b"", &Limits::default(), &Cancel::new());
    assert_eq!(json(&call())["calls"], 1);
    assert_eq!(json(&call())["calls"], 2);
}

#[test]
fn a_clock_and_secure_random_numbers_are_there() {
    let clocks = json(&run(&HOSTED, "clocks", ""));
    assert!(clocks["unix"].as_u64().unwrap() > 1_700_000_000, "{clocks}");
    assert_eq!(clocks["backwards"], false);
    let numbers = [(); 2].map(|()| json(&run(&HOSTED, "random-numbers", "")));
    assert_ne!(numbers[0][0], numbers[0][1]);
    assert_ne!(numbers[0], numbers[1]);
}

#[test]
fn there_is_no_environment_no_input_no_file_and_no_network() {
    assert_eq!(json(&run(&HOSTED, "environment", "")), json!({"variables": 0, "arguments": 0}));
    assert_eq!(json(&run(&HOSTED, "read-input", ""))["read"], 0);
    for (function, input) in
        [("open-file", "\"/etc/passwd\""), ("open-socket", "\"127.0.0.1:80\""), ("look-up-name", "\"localhost\"")]
    {
        let outcome = run(&HOSTED, function, input);
        let error = refusal(&outcome);
        println!("{function}: {}", error.message);
        assert!(!error.message.is_empty());
    }
}

#[test]
fn what_is_printed_becomes_log_lines() {
    let outcome = run(&HOSTED, "log", r#""Zoë 😀""#);
    let lines: Vec<_> = outcome.logs.iter().map(|line| (line.level, line.message.as_str())).collect();
    let expected =
        [(LogLevel::Info, "told: \"Zoë 😀\""), (LogLevel::Error, "warned: \"Zoë 😀\""), (LogLevel::Warn, "structured")];
    assert_eq!(lines, expected);
    assert_eq!(outcome.logs[2].fields["ms"], 12);
    let outcome = run(&HOSTED, "log-without-end-of-line", "1");
    assert_eq!(outcome.logs[0].message, "1");
}

#[test]
fn a_flood_of_lines_is_bounded_and_counted() {
    let limits = Limits { log: 10_000, time: Duration::from_secs(20), ..Limits::default() };
    let (outcome, _) = limited(&HOSTED, "flood-the-log", "20000", limits);
    assert_eq!(json(&outcome)["lines"], 20_000);
    assert!(outcome.logs.len() < 200);
    assert_eq!(outcome.logs.len() as u64 + outcome.logs_dropped, 20_000);
}

#[test]
fn a_panic_is_a_trap_that_tells_what_happened() {
    let outcome = run(&HOSTED, "panic-with-input", "\"x\"");
    let fault = fault(&outcome);
    assert_eq!(fault.kind, FaultKind::Trap);
    assert!(fault.message.contains("told to panic: \"x\""), "{}\n{:?}", fault.message, outcome.logs);
    assert!(!fault.backtrace.is_empty());
}

#[test]
fn leaving_the_program_is_no_answer() {
    let outcome = run(&HOSTED, "leave", "3");
    let fault = fault(&outcome);
    assert_eq!(fault.kind, FaultKind::Trap);
    assert!(fault.message.contains("exit"), "{}", fault.message);
}

#[test]
fn outputs_that_are_no_json_are_told_as_such() {
    for program in both() {
        for function in ["output-that-is-not-json", "output-that-is-not-utf8"] {
            assert_eq!(fault(&run(program, function, "")).kind, FaultKind::OutputNotJson);
        }
    }
}

#[test]
fn endless_loops_and_endless_sleeps_end_at_the_deadline() {
    let limits = Limits { time: Duration::from_millis(100), ..Limits::default() };
    for (program, function) in [(&PLAIN, "loop-for-ever"), (&HOSTED, "loop-for-ever"), (&HOSTED, "sleep-for-ever")] {
        let late = (0..3)
            .map(|_| {
                let (outcome, took) = limited(program, function, "{}", limits.clone());
                assert_eq!(fault(&outcome).kind, FaultKind::Timeout, "{function}");
                took.saturating_sub(limits.time)
            })
            .min()
            .unwrap();
        println!("{function}: {late:?} late");
        // A busy machine may be late once, not each time.
        assert!(late < Duration::from_millis(10), "{function}: {late:?}");
    }
}

#[test]
fn a_sleeping_guest_can_be_cancelled_and_short_sleeps_end_by_themselves() {
    assert_eq!(json(&run(&HOSTED, "sleep", "30"))["slept"], 30);
    let cancel = Cancel::new();
    let canceller = cancel.clone();
    let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        canceller.cancel();
    });
    let began = Instant::now();
    let outcome = HOSTED.invoke("sleep-for-ever", b"{}", &limits, &cancel);
    assert_eq!(fault(&outcome).kind, FaultKind::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(2));
    thread.join().unwrap();
}

#[test]
fn memory_and_stack_are_bounded() {
    let limits = Limits { memory: 32 << 20, ..Limits::default() };
    for program in both() {
        let (outcome, _) = limited(program, "take-all-memory", "{}", limits.clone());
        assert_eq!(fault(&outcome).kind, FaultKind::MemoryLimit);
        assert!(outcome.peak_memory <= 32 << 20);
        assert_eq!(fault(&run(program, "recurse-for-ever", "{}")).kind, FaultKind::StackOverflow);
    }
}

#[test]
fn an_output_beyond_the_limit_is_a_fault() {
    let limits = Limits { output: 1000, ..Limits::default() };
    for program in both() {
        assert_eq!(json(&limited(program, "big-output", "1000", limits.clone()).0).as_str().unwrap().len(), 998);
        let (outcome, _) = limited(program, "big-output", "1001", limits.clone());
        assert_eq!(fault(&outcome).kind, FaultKind::OutputTooLarge);
        let (outcome, _) = limited(program, "big-output", "200000000", limits.clone());
        assert!(matches!(fault(&outcome).kind, FaultKind::OutputTooLarge | FaultKind::MemoryLimit), "{outcome:?}");
    }
}

#[test]
fn an_import_that_nobody_knows_is_named_when_it_is_called() {
    let program = load_wat(include_str!("modules/component/unknown-import.wat")).unwrap();
    let outcome = run(&program, "ask", "");
    let told = fault(&outcome);
    assert_eq!(told.kind, FaultKind::MissingImport);
    assert!(told.message.contains("`find` of `acme:shop/catalogue@1.0.0`"), "{}", told.message);
    assert_eq!(json(&run(&program, "answer", "")), 7);
}

#[test]
fn a_component_that_lies_about_its_output_gets_a_fault() {
    let program = load_wat(include_str!("modules/component/lying.wat")).unwrap();
    for function in ["outside", "unaligned", "not-utf8", "huge", "realloc"] {
        let outcome = run(&program, function, "{}");
        let told = fault(&outcome);
        assert_eq!(told.kind, FaultKind::Convention, "{function}");
        assert!(told.message.starts_with("The component breaks the canonical ABI: "), "{}", told.message);
    }
}

#[test]
fn a_component_without_functions_says_so() {
    let refused = |text: &str| load(&ENGINE, &wat::parse_str(text).unwrap(), None).err().unwrap().message;
    assert!(refused("(component)").contains("exports no function"));
    let server = refused(include_str!("modules/component/http-server.wat"));
    assert!(server.contains("wasi:http/incoming-handler"), "{server}");
}

#[test]
fn a_program_answers_to_every_name_with_its_output() {
    let program = load_file(&ENGINE, &file("command")).unwrap();
    assert!(program.answers_to_any_name());
    let outcome = run(&program, "createUser", r#"{"name":"Zoë"}"#);
    assert_eq!(json(&outcome), json!({"function": "createUser", "arguments": 2, "bytes": 15}));
    let lines: Vec<_> = outcome.logs.iter().map(|line| (line.level, line.message.as_str())).collect();
    assert_eq!(lines, [(LogLevel::Error, "called as createUser")]);
    assert_eq!(json(&run(&program, "sayNothing", "1")), Value::Null);
    let refused = run(&program, "refuse", "1");
    assert_eq!(refusal(&refused).message, "told to refuse");
    // WASI 0.2 knows good and bad exits only; the program said 4.
    assert_eq!(refusal(&run(&program, "leave", "1")).message, "exit code 1");
    let panicked = run(&program, "panic", "1");
    assert!(fault(&panicked).message.contains("told to panic"), "{panicked:?}");
    let limits = Limits { output: 100_000, ..Limits::default() };
    let (flood, _) = limited(&program, "flood", "1000", limits);
    assert_eq!(fault(&flood).kind, FaultKind::OutputTooLarge);
    // Each call of a session has a program of its own.
    let mut session = program.session();
    for _ in 0..2 {
        let outcome = session.invoke("f", b"[]", &Limits::default(), &Cancel::new());
        assert_eq!(json(&outcome)["bytes"], 2);
    }
}
