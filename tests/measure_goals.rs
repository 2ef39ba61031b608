//! Verdicts: every metric against measurements that were made up to be told apart.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use priostack_workbench::bundle::{Bundle, Goal, Metric, Overlay, Percentile, Reader, Settings, Span, Spanned, Target};
use priostack_workbench::measure::{
    Arrivals, Failure, Finding, LoadPlan, Means, Measurement, Model, Sample, Statistic, Verdict, judge, judge_in,
};

fn goal(metric: &str, target: &str) -> Goal {
    let here = Span::new(0, 0);
    Goal {
        name: Spanned::new("aim".to_owned(), here),
        metric: Some(Spanned::new(Metric::parse(metric), here)),
        target: Some(Spanned::new(Target::parse(target).unwrap(), here)),
        description: None,
        span: here,
    }
}

/// Calls one after the other; each takes so many milliseconds, and those with a minus fail.
fn run(latencies: impl IntoIterator<Item = f64>) -> Measurement {
    let mut at = Duration::ZERO;
    let samples: Vec<Sample> = latencies
        .into_iter()
        .map(|millis: f64| {
            let latency = Duration::from_secs_f64(millis.abs() / 1e3);
            let sample = Sample { at, waited: Duration::ZERO, latency, ok: !millis.is_sign_negative(), input: 0 };
            at += latency;
            sample
        })
        .collect();
    let mut run = Measurement::from_samples(LoadPlan::default(), vec!["made up".into()], samples).unwrap();
    if run.failed() > 0 {
        run.failures = vec![Failure { message: "said no".into(), count: run.failed() as u64 }];
    }
    run
}

/// 1,000 calls of 10.0 to 19.99 ms.
fn ordinary() -> Measurement {
    run((0..1000).map(|at| 10.0 + f64::from(at * 7 % 1000) / 100.0))
}

/// `failed` of `count` calls fail; all take 10 ms.
fn failing(failed: u32, count: u32) -> Measurement {
    run((0..count).map(|at| if at < failed { -10.0 } else { 10.0 }))
}

fn verdict(metric: &str, target: &str, run: &Measurement) -> Verdict {
    judge(&goal(metric, target), run, Statistic::default())
}

fn met(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Met(finding) => finding,
        other => panic!("not met: {other:?}"),
    }
}

fn missed(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Missed(finding) => finding,
        other => panic!("not missed: {other:?}"),
    }
}

fn needed(verdict: Verdict) -> u64 {
    match verdict {
        Verdict::TooFew { needed, .. } => needed,
        other => panic!("enough: {other:?}"),
    }
}

fn reason(verdict: Verdict) -> String {
    match verdict {
        Verdict::NotMeasurable { reason } => reason,
        other => panic!("measurable: {other:?}"),
    }
}

#[test]
fn a_latency_is_judged_by_its_95th_percentile_unless_chosen_otherwise() {
    let found = met(verdict("latency", "< 50ms", &ordinary()));
    assert_eq!((found.statistic.as_str(), found.samples), ("p95 latency", 1000));
    assert!((found.value - 0.0195).abs() < 0.0001, "{}", found.value);
    let (low, high) = found.interval.unwrap();
    assert!(low < found.value && found.value < high && high - low < 0.0005, "{low} to {high}");
    assert_eq!(found.within, Some(1.0));
    assert!((found.headroom.unwrap() - 50.0 / 19.5).abs() < 0.01, "{:?}", found.headroom);
    assert!(!found.is_close);

    let missed = missed(verdict("responseTime", "< 15ms", &ordinary()));
    assert!((missed.within.unwrap() - 0.5).abs() < 0.01 && missed.headroom.unwrap() < 1.0);
    let by = |statistic| met(judge(&goal("latency", "< 50ms"), &ordinary(), Statistic::parse(statistic).unwrap()));
    for (statistic, name, millis) in [
        ("50", "p50 latency", 15.0),
        ("p99", "p99 latency", 19.9),
        ("max", "max latency", 19.99),
        ("mean", "mean latency", 15.0),
    ] {
        let found = by(statistic);
        assert_eq!(found.statistic, name);
        assert!((found.value * 1e3 - millis).abs() < 0.05, "{statistic}: {}", found.value);
    }
    assert!(Statistic::parse("p100").unwrap_err().contains("mean or max"));
}

#[test]
fn a_verdict_that_more_calls_could_turn_says_so_and_how_many() {
    let close = missed(verdict("latency", "< 19.45ms", &ordinary()));
    assert!(close.is_close, "{close:?}");
    let note = close.notes.last().unwrap();
    let calls: f64 = note.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    // The interval is 0.13 ms to each side and the target 0.04 to 0.06 ms away: about ten times as many.
    assert!((3_000.0..30_000.0).contains(&calls), "{note}");
    let at = format!("<= {}ns", (close.value * 1e9).round());
    let exact = met(verdict("latency", &at, &ordinary()));
    assert!(exact.is_close && exact.notes.last().unwrap().contains("too near"), "{:?}", exact.notes);
}

#[test]
fn too_few_calls_are_no_verdict_but_a_target_far_away_is_missed_by_few() {
    assert_eq!(needed(verdict("latency", "< 50ms", &run([10.0; 71]))), 72);
    met(verdict("latency", "< 50ms", &run([10.0; 72])));
    let p99 = Statistic::Percentile(Percentile::new(99.0).unwrap());
    assert_eq!(needed(judge(&goal("latency", "< 50ms"), &run([10.0; 100]), p99)), 368);
    assert_eq!(needed(verdict("latency", "< 50ms", &run([]))), 72);
    // When all of ten calls take more, the 95th percentile does too, as good as certainly.
    let slow = missed(verdict("latency", "< 5ms", &run([10.0; 10])));
    assert!(slow.notes.iter().any(|note| note.contains("at least 10 ms")), "{:?}", slow.notes);
}

#[test]
fn calls_that_fail_quickly_do_not_meet_a_latency() {
    // Six of a hundred answer too slowly for p95: only failures hide it.
    let hiding = run((0..1000).map(|at| match at % 10 {
        0 => 90.0,
        1..=9 if at % 2 == 0 => -1.0,
        _ => 10.0,
    }));
    let text = reason(verdict("latency", "< 95ms", &hiding));
    assert!(text.contains("calls that failed") && text.contains("said no"), "{text}");
    missed(verdict("latency", "< 50ms", &hiding));
    let few = run((0..1000).map(|at| if at < 20 { -1.0 } else { 10.0 }));
    let found = met(verdict("latency", "< 50ms", &few));
    assert!(found.notes.contains(&"20 calls failed".to_owned()), "{:?}", found.notes);
    assert!(reason(verdict("latency", "< 50ms", &failing(100, 100))).contains("no call was answered (said no)"));
}

#[test]
fn arrivals_that_never_began_miss_a_latency() {
    let mut run = ordinary();
    run.dropped = 100;
    let found = missed(verdict("latency", "< 50ms", &run));
    assert_eq!((found.value, found.shown.as_str(), found.headroom), (f64::INFINITY, "never answered", Some(0.0)));
    assert!((found.within.unwrap() - 1000.0 / 1100.0).abs() < 1e-9);
    assert!(found.notes.iter().any(|note| note.contains("100 arrivals never began")), "{:?}", found.notes);
    run.dropped = 10;
    met(verdict("latency", "< 50ms", &run));
    missed(judge(&goal("latency", "< 50ms"), &run, Statistic::Max));
    let failed = missed(verdict("errorRate", "< 0.1%", &run));
    assert!((failed.value - 10.0 / 1010.0).abs() < 1e-9);
}

#[test]
fn shares_need_as_many_calls_as_their_target_is_strict() {
    met(verdict("errorRate", "< 1%", &failing(0, 1000)));
    assert_eq!(needed(verdict("errorRate", "< 0.1%", &failing(0, 1000))), 3688);
    assert_eq!(needed(verdict("availability", ">= 99.9%", &failing(0, 1000))), 3688);
    met(verdict("availability", ">= 99.9%", &failing(0, 4000)));
    // Half of ten is too many, whatever the other calls would have done.
    missed(verdict("errorRate", "< 1%", &failing(5, 10)));
    missed(verdict("successRate", ">= 99%", &failing(5, 10)));
    let close = met(verdict("errorRate", "<= 2%", &failing(18, 1000)));
    assert!(close.is_close && close.notes.iter().any(|note| note.contains("would settle")), "{:?}", close.notes);
    assert!((close.headroom.unwrap() - 2.0 / 1.8).abs() < 1e-9);
}

#[test]
fn that_no_call_at_all_may_fail_is_missed_by_one_and_never_proven() {
    for (metric, target) in
        [("errorRate", "0"), ("errorRate", "= 0%"), ("availability", "100%"), ("successRate", ">= 100%")]
    {
        let found = met(verdict(metric, target, &failing(0, 1000)));
        assert!(found.notes[0].contains("at most 0.37 %"), "{target}: {:?}", found.notes);
        missed(verdict(metric, target, &failing(1, 1000)));
        missed(verdict(metric, target, &failing(1, 2)));
        assert_eq!(needed(verdict(metric, target, &failing(0, 50))), 72, "{target}");
    }
}

#[test]
fn the_room_of_an_availability_is_that_of_its_failures() {
    let found = met(verdict("availability", ">= 99%", &failing(5, 2000)));
    assert!((found.headroom.unwrap() - 4.0).abs() < 1e-6, "four times as many could fail: {:?}", found.headroom);
    assert_eq!(met(verdict("availability", ">= 99%", &failing(0, 2000))).headroom, None, "no factor of nothing");
    let missed = missed(verdict("availability", ">= 99%", &failing(40, 2000)));
    assert!((missed.headroom.unwrap() - 0.5).abs() < 1e-6);
}

#[test]
fn throughput_is_what_was_answered() {
    let found = met(verdict("throughput", "> 50/s", &run([10.0; 1000])));
    assert!((found.value - 100.0).abs() < 0.1 && (found.headroom.unwrap() - 2.0).abs() < 0.01);
    let (low, high) = found.interval.unwrap();
    assert!(low <= found.value && found.value <= high && high - low < 1.0, "{low} to {high}");
    missed(verdict("throughput", "> 6001/min", &run([10.0; 1000])));
    met(verdict("throughput", "> 5999/min", &run([10.0; 1000])));
    let half = missed(verdict("throughput", "> 60", &failing(500, 1000)));
    assert!((half.value - 50.0).abs() < 0.1, "failed calls are no throughput: {}", half.value);
    assert_eq!(needed(verdict("throughput", "> 50/s", &run([10.0; 10]))), 72);
    // More cannot be served than arrive.
    let mut open = run([10.0; 1000]);
    open.plan.model = Model::Open { rate: 100.0, arrivals: Arrivals::Constant, workers: 4 };
    assert!(reason(verdict("throughput", "> 500/s", &open)).contains("closed model"));
    met(verdict("throughput", "> 50/s", &open));
}

#[test]
fn memory_is_the_peak_where_it_can_be_seen() {
    let mut run = ordinary();
    run.peak_memory = Some(1_500_000);
    met(verdict("memory", "< 1.5MiB", &run));
    missed(verdict("memory", "< 1.5MB", &run));
    let range = met(verdict("memory", "1MB..2MB", &run));
    assert!((range.headroom.unwrap() - 2.0 / 1.5).abs() < 1e-9, "the nearer end: {:?}", range.headroom);
    run.peak_memory = None;
    run.means = Means::Gateway;
    assert!(reason(verdict("memory", "< 1MB", &run)).contains("through the gateway"));
}

#[test]
fn every_form_of_target_is_judged() {
    let ten = run([10.0; 1000]);
    for (target, holds) in [
        ("< 10.1ms", true),
        ("<= 9.9ms", false),
        ("> 9ms", true),
        (">= 0.011s", false),
        ("!= 10us", true),
        ("= 3h", false),
        ("9..11ms", true),
        ("11..12ms", false),
        ("< 1min", true),
        ("< 5000us", false),
        ("< 10100000ns", true),
    ] {
        let verdict = verdict("latency", target, &ten);
        assert_eq!(verdict.word(), if holds { "met" } else { "missed" }, "{target}: {verdict:?}");
    }
}

#[test]
fn what_cannot_be_measured_is_never_a_pass() {
    assert!(reason(verdict("costPerCall", "< 1ms", &ordinary())).contains("`costPerCall` is not measurable here"));
    assert!(reason(verdict("latency", "< 50%", &ordinary())).contains("not in a unit of latency"));
    assert!(reason(verdict("memory", "< 50ms", &ordinary())).contains("not in a unit of memory"));
    let unread = Goal { target: None, ..goal("latency", "< 1ms") };
    assert!(reason(judge(&unread, &ordinary(), Statistic::default())).contains("could be read"));
    for metric in ["latency", "throughput", "errorRate", "availability", "memory"] {
        let target = if metric == "memory" { "< 1MB" } else { "0" };
        let target = if metric == "latency" { "< 1ms" } else { target };
        let verdict = verdict(metric, target, &Measurement::empty().unwrap());
        assert!(matches!(verdict, Verdict::TooFew { .. }), "{metric}: {verdict:?}");
    }
}

#[test]
fn a_bundle_is_read_with_the_choices_for_its_goals() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join(".workbench")).unwrap();
    std::fs::write(root.join("bundle.yaml"), "name: b\nversion: 1.0.0\nservices: []\n").unwrap();
    let mut reader = Reader::new(root);
    let mut judged = |metric: &str, target: &str, settings: &str| {
        std::fs::write(root.join(".workbench/settings.yaml"), settings).unwrap();
        let bundle = reader.read(&Overlay::new()).bundle;
        judge_in(&bundle, "user-service", &goal(metric, target), &ordinary(), Statistic::default())
    };
    assert_eq!(met(judged("latency", "< 50ms", "")).statistic, "p95 latency");
    let chosen = "goals: {user-service: {aim: {percentile: 99}}}";
    assert_eq!(met(judged("latency", "< 50ms", chosen)).statistic, "p99 latency");
    // What was chosen cannot be known: a latency is not judged by something else.
    assert!(reason(judged("latency", "< 50ms", "modules: [")).contains("settings.yaml"));
    met(judged("throughput", "> 1/s", "modules: ["));
}

#[test]
fn settings_choose_a_percentile_for_one_goal() {
    let judged = |text: &str| {
        let bundle = Bundle { settings: Settings::parse(text).unwrap(), ..Bundle::default() };
        judge_in(&bundle, "user-service", &goal("latency", "< 50ms"), &ordinary(), Statistic::Max)
    };
    let statistic = |text: &str| met(judged(text)).statistic;
    assert_eq!(statistic(""), "max latency", "what is chosen for all goals");
    assert_eq!(statistic("goals: {user-service: {aim: {percentile: 99}}}"), "p99 latency");
    assert_eq!(statistic("goals: {user-service: {aim: {percentile: p97.5}}}"), "p97.5 latency");
    assert_eq!(statistic("goals: {user-service: {other: {percentile: 99}}, another: {}}"), "max latency");
    assert_eq!(statistic("goals:\nmodules: {}"), "max latency");
    for (wrong, part) in [
        ("goals: {user-service: {aim: {percentile: 100}}}", "from 50 to 99.99"),
        ("goals: {user-service: {aim: {percentile: [95]}}}", "than a number as `percentile`"),
        ("goals: {user-service: {aim: {percentil: 95}}}", "`percentil`"),
        ("goals: {user-service: {aim: 95}}", "`percentile: 95`"),
        ("goals: {user-service: 95}", "names of goals"),
        ("goals: 95", "names of services"),
    ] {
        let text = reason(judged(wrong));
        assert!(text.starts_with(".workbench/settings.yaml ") && text.contains(part), "{wrong}: {text}");
    }
    // A mistake concerns its goal alone, and the choices of modules stand.
    let settings = Settings::parse("modules: {a: {convention: c}}\ngoals: {b: {c: {percentile: 3}}}").unwrap();
    assert_eq!(settings.of("a").convention.as_deref(), Some("c"));
    assert_eq!(settings.percentile("a", "c"), Ok(None));
    assert!(settings.text().unwrap().contains("percentile: 3"), "{:?}", settings.text());
}
