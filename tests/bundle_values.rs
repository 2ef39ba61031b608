//! The small languages of a bundle: targets, durations, names and function references.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use priostack_workbench::bundle::names::{camel_case, nearest, same_function, snake_case};
use priostack_workbench::bundle::target::{Comparison, Dimension, Target, formatted};
use priostack_workbench::bundle::{Fix, FunctionRef, Metric, Span, duration};

fn compare(text: &str) -> (Comparison, f64, Dimension) {
    match Target::parse(text) {
        Ok(Target::Compare(comparison, quantity)) => (comparison, quantity.value, quantity.dimension),
        other => panic!("{text}: {other:?}"),
    }
}

fn range(text: &str) -> (f64, f64, Dimension) {
    match Target::parse(text) {
        Ok(Target::Range(low, high)) => (low.value, high.value, low.dimension),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn every_comparison_sign_is_read() {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let signs = [
        ("< 5", Less),
        ("<5", Less),
        ("<= 5", LessOrEqual),
        ("≤ 5", LessOrEqual),
        ("> 5", Greater),
        (">= 5", GreaterOrEqual),
        ("≥5", GreaterOrEqual),
        ("= 5", Equal),
        ("== 5", Equal),
        ("5", Equal),
        (" 5 ", Equal),
        ("!= 5", NotEqual),
    ];
    for (text, expected) in signs {
        assert_eq!(compare(text), (expected, 5.0, Dimension::Plain), "{text}");
    }
}

#[test]
fn every_unit_is_read_into_its_base_unit() {
    let close = |a: f64, b: f64| (a - b).abs() <= b.abs() * 1e-12;
    let units = [
        ("50ns", 50e-9, Dimension::Time),
        ("50us", 50e-6, Dimension::Time),
        ("50 \u{b5}s", 50e-6, Dimension::Time),
        ("50 \u{3bc}s", 50e-6, Dimension::Time),
        ("50ms", 0.05, Dimension::Time),
        ("1.5s", 1.5, Dimension::Time),
        ("2m", 120.0, Dimension::Time),
        ("2min", 120.0, Dimension::Time),
        ("1h", 3600.0, Dimension::Time),
        ("99.9%", 0.999, Dimension::Share),
        ("99.9 percent", 0.999, Dimension::Share),
        ("100/s", 100.0, Dimension::Rate),
        ("100 req/s", 100.0, Dimension::Rate),
        ("100 requests/sec", 100.0, Dimension::Rate),
        ("100 rps", 100.0, Dimension::Rate),
        ("100 per second", 100.0, Dimension::Rate),
        ("100 calls per second", 100.0, Dimension::Rate),
        ("120/min", 2.0, Dimension::Rate),
        ("64B", 64.0, Dimension::Bytes),
        ("64kB", 64e3, Dimension::Bytes),
        ("64 KB", 64e3, Dimension::Bytes),
        ("64MB", 64e6, Dimension::Bytes),
        ("1GB", 1e9, Dimension::Bytes),
        ("64KiB", 65536.0, Dimension::Bytes),
        ("2 MiB", 2_097_152.0, Dimension::Bytes),
        ("1GiB", 1_073_741_824.0, Dimension::Bytes),
        ("1e3", 1000.0, Dimension::Plain),
        (".5", 0.5, Dimension::Plain),
    ];
    for (text, value, dimension) in units {
        let found = compare(text);
        assert!(close(found.1, value) && found.2 == dimension, "{text}: {found:?}");
    }
}

#[test]
fn a_range_may_leave_its_first_unit_to_the_second() {
    assert_eq!(range("100..200ms"), (0.1, 0.2, Dimension::Time));
    assert_eq!(range("100ms..200ms"), (0.1, 0.2, Dimension::Time));
    assert_eq!(range("100us .. 1ms"), (1e-4, 1e-3, Dimension::Time));
    assert_eq!(range("10-20ms"), (0.01, 0.02, Dimension::Time));
    assert_eq!(range("10ms - 20ms"), (0.01, 0.02, Dimension::Time));
    assert_eq!(range("1..3"), (1.0, 3.0, Dimension::Plain));
    assert_eq!(range("90..99.9%").2, Dimension::Share);
    assert_eq!(compare("1e-3 s"), (Comparison::Equal, 1e-3, Dimension::Time));
}

#[test]
fn what_is_no_target_says_why() {
    let cases = [
        ("", "empty"),
        ("fast", "expected a number"),
        ("<", "a number is missing"),
        ("< -5ms", "negative"),
        ("< 5 parsecs", "no unit `parsecs`"),
        ("< 5MS", "did you mean `ms`"),
        ("< 1,000ms", "without separators"),
        ("200..100ms", "larger than its second"),
        ("10ms..20%", "different kinds"),
        ("10ms..", "end of the range"),
        ("..10ms", "start of the range"),
        ("1.2.3s", "not a number"),
        ("< 1e999", "too large"),
        ("< 5 ms/s", "no unit"),
    ];
    for (text, expected) in cases {
        let error = Target::parse(text).unwrap_err();
        assert!(error.reason.contains(expected), "{text}: {}", error.reason);
    }
}

#[test]
fn what_is_written_reads_back_as_the_same_target() {
    let texts = [
        "< 50ms",
        "<= 1.5s",
        ">= 99.9%",
        "> 99.999%",
        "0",
        "!= 3",
        "100..200ms",
        "< 64MiB",
        "< 1536kB",
        "> 100/s",
        "< 7ns",
        "1ms..1h",
        "< 0.1%",
        "0ms",
        "90..99%",
        "< 333us",
        "> 2/min",
        "1e15",
    ];
    for text in texts {
        let target = Target::parse(text).unwrap();
        let again = Target::parse(&target.to_string()).unwrap();
        let close = target.bounds().iter().zip(again.bounds()).all(|(a, b)| (a - b).abs() <= a.abs() * 1e-9);
        assert!(close && target.dimension() == again.dimension(), "{text} became {target}");
    }
    assert_eq!(Target::parse("<50ms").unwrap().to_string(), "< 50ms");
    assert_eq!(Target::parse("≥ 99.9 %").unwrap().to_string(), ">= 99.9%");
    assert_eq!(Target::parse("100..200ms").unwrap().to_string(), "100ms..200ms");
    assert_eq!(Target::parse("< 65536 B").unwrap().to_string(), "< 64KiB");
}

#[test]
fn a_target_holds_at_its_bounds_as_its_sign_says() {
    let holds = |text: &str, value: f64| Target::parse(text).unwrap().holds(value);
    assert!(!holds("< 50ms", 0.05) && holds("< 50ms", 0.049));
    assert!(holds("<= 50ms", 0.05) && !holds("> 50ms", 0.05));
    assert!(holds("0", 0.0) && !holds("0", 0.001));
    assert!(holds("100..200ms", 0.1) && holds("100..200ms", 0.2) && !holds("100..200ms", 0.201));
    assert!(!holds("< 50ms", f64::NAN));
}

#[test]
fn measured_values_are_shown_in_three_figures_and_never_rounded_into_a_lie() {
    let cases = [
        (12.34e-6, Dimension::Time, "12.3 µs"),
        (0.0, Dimension::Time, "0 ns"),
        (999.6e-6, Dimension::Time, "1 ms"),
        (0.05, Dimension::Time, "50 ms"),
        (75.0, Dimension::Time, "1.25 min"),
        (0.999, Dimension::Share, "99.9 %"),
        (0.999_999, Dimension::Share, "99.9999 %"),
        (1.0, Dimension::Share, "100 %"),
        (0.000_001, Dimension::Share, "0.0001 %"),
        (0.0, Dimension::Share, "0 %"),
        (1_258_291.0, Dimension::Bytes, "1.2 MiB"),
        (512.0, Dimension::Bytes, "512 B"),
        (12_345.6, Dimension::Rate, "12,346 /s"),
        (f64::NAN, Dimension::Plain, "–"),
    ];
    for (value, dimension, expected) in cases {
        assert_eq!(formatted(value, dimension), expected);
    }
}

#[test]
fn a_metric_knows_which_units_it_is_measured_in() {
    assert!(Metric::Latency.accepts(Dimension::Time) && !Metric::Latency.accepts(Dimension::Share));
    assert!(Metric::ErrorRate.accepts(Dimension::Share) && Metric::ErrorRate.accepts(Dimension::Plain));
    assert!(!Metric::Memory.accepts(Dimension::Time) && Metric::Other("x".into()).accepts(Dimension::Time));
}

#[test]
fn durations_are_read_as_the_platform_writes_them() {
    let cases = [
        ("500ms", 500),
        ("30s", 30_000),
        ("5m", 300_000),
        ("1h", 3_600_000),
        ("2d", 172_800_000),
        ("1h30m", 5_400_000),
        ("1h 30m", 5_400_000),
        ("0s", 0),
    ];
    for (text, milliseconds) in cases {
        assert_eq!(duration::parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
    }
    let wrong = [
        ("", "empty"),
        ("5", "unit is missing"),
        ("5 parsecs", "expected"),
        ("-5s", "negative"),
        ("1.5h", "fraction"),
        ("30m1h", "order"),
        ("1h1h", "order"),
        ("ms", "expected a number"),
        ("99999999999999999999d", "too long"),
        ("5x", "no unit `x`"),
    ];
    for (text, expected) in wrong {
        let reason = duration::parse(text).unwrap_err();
        let found = reason.contains(expected) || (text == "5 parsecs" && reason.contains("unit"));
        assert!(found, "{text}: {reason}");
    }
}

#[test]
fn spellings_of_one_function_are_the_same_name() {
    assert!(same_function("createUser", "create_user"));
    assert!(same_function("parseHTTPBody", "parse_http_body"));
    assert!(!same_function("createUser", "createUsers"));
    assert_eq!(snake_case("step2Verify"), "step2_verify");
    assert_eq!(camel_case("validate_user_data"), "validateUserData");
    assert_eq!(nearest("createUsr", ["create_user", "find_user", "zzz"]).first(), Some(&"create_user"));
    assert!(nearest("abc", ["xyz"]).is_empty());
}

#[test]
fn references_are_read_and_written_alike() {
    for text in ["wasm:user-service:createUser", "func:sendMail"] {
        assert_eq!(FunctionRef::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "",
        "wasm",
        "wasm:",
        "wasm:a",
        "wasm:a:",
        "wasm::f",
        "wasm:a:b:c",
        "func:",
        "func:a:b",
        "http://x",
        "wasm:a: b",
    ] {
        assert!(FunctionRef::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_fix_outside_of_the_text_changes_nothing() {
    assert_eq!(Fix::new("", Span::new(1, 2), "é").apply("abc").as_deref(), Some("aéc"));
    assert_eq!(Fix::new("", Span::new(2, 9), "x").apply("abc"), None);
    assert_eq!(Fix::new("", Span::new(1, 1), "x").apply("é"), None);
}
