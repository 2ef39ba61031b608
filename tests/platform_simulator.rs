//! Sensors and intents on a virtual clock, with functions that answer as the test says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::VecDeque;
use std::fs;
use std::time::Duration;

use priostack_workbench::bundle::{Bundle, Overlay, Reader};
use priostack_workbench::platform::sensors::{
    Bounds, Call, Caller, Execution, FailureKind, Schedule, Simulator, State, What, sensors,
};
use priostack_workbench::sandbox::{
    ApplicationError, Cancel, Fault, FaultKind, LoadError, Origin, Outcome, Reply, Tier, Timings,
};

const START: Duration = Duration::from_secs(1_772_355_600);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A bundle of one service with these intents.
fn bundle(intents: &str) -> Bundle {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("services")).unwrap();
    fs::write(folder.path().join("bundle.yaml"), "name: test\nservices:\n  - path: services/shop.yaml\n").unwrap();
    fs::write(folder.path().join("services/shop.yaml"), format!("name: shop\nintents:\n{intents}")).unwrap();
    Reader::new(folder.path()).read(&Overlay::default()).bundle
}

/// An intent that runs `function` of the shop when `sensor` fires.
fn intent(name: &str, sensor: &str, function: &str, rules: &str) -> String {
    format!("  - name: {name}\n    whenSensor: {sensor}\n    toFunc: wasm:shop:{function}\n{rules}")
}

/// Functions that answer as they are told, and remember what they were asked.
#[derive(Default)]
struct Fakes {
    answers: VecDeque<Outcome>,
    calls: Vec<(String, String, Duration)>,
}

impl Fakes {
    fn answering(answers: impl IntoIterator<Item = Outcome>) -> Self {
        Self { answers: answers.into_iter().collect(), calls: Vec::new() }
    }

    /// Runs `job` with these functions; they answer `{}` when they run out of answers.
    fn run(&mut self, job: impl FnOnce(&mut Caller<'_>)) {
        let mut call = |call: Call<'_>| -> Result<Outcome, LoadError> {
            self.calls.push((call.function.to_owned(), call.input.to_owned(), call.date));
            Ok(self.answers.pop_front().unwrap_or_else(|| json("{}")))
        };
        job(&mut Caller { call: &mut call, cancel: &Cancel::new() });
    }
}

fn outcome(reply: Reply, run: Duration) -> Outcome {
    Outcome {
        reply,
        logs: Vec::new(),
        logs_dropped: 0,
        timings: Timings { run, ..Timings::default() },
        peak_memory: 0,
        origin: Origin::Fresh,
        tier: Tier::Optimised,
    }
}

fn json(text: &str) -> Outcome {
    outcome(Reply::Json(text.into()), Duration::from_millis(1))
}

fn no(message: &str) -> Outcome {
    let error = ApplicationError { message: message.into(), output: None };
    outcome(Reply::ApplicationError(error), Duration::from_millis(1))
}

fn fault(kind: FaultKind) -> Outcome {
    let fault = Fault { kind, message: "it broke".into(), help: None, backtrace: Vec::new(), raw_output: None };
    outcome(Reply::Fault(fault), Duration::from_millis(1))
}

fn states(simulator: &Simulator) -> Vec<State> {
    simulator.trace().executions().map(|(_, _, execution)| execution.state.clone()).collect()
}

fn only(simulator: &Simulator) -> Execution {
    let mut executions = simulator.trace().executions();
    let (_, _, execution) = executions.next().unwrap();
    assert!(executions.next().is_none());
    execution.clone()
}

fn stops(simulator: &Simulator) -> Vec<String> {
    let stop = |what: &What| if let What::Stop(reason) = what { Some(reason.clone()) } else { None };
    simulator.trace().nodes().iter().filter_map(|node| stop(&node.what)).collect()
}

fn remarks(simulator: &Simulator) -> Vec<Option<String>> {
    let remark = |what: &What| if let What::Sensor(firing) = what { Some(firing.remark.clone()) } else { None };
    simulator.trace().nodes().iter().filter_map(|node| remark(&node.what)).collect()
}

#[test]
fn every_intent_that_waits_for_the_sensor_runs_with_its_payload() {
    let mut simulator = Simulator::new(
        &bundle(
            &(intent("one", "made", "f", "") + &intent("two", "other", "g", "") + &intent("three", "made", "h", "")),
        ),
        START,
    );
    let mut fakes = Fakes::default();
    simulator.fire("made", r#"{"id": 7}"#);
    assert!(simulator.trace().nodes().is_empty(), "nothing happens before the simulation runs");
    fakes.run(|caller| simulator.run_until_idle(caller));
    let called: Vec<(&str, &str)> =
        fakes.calls.iter().map(|(name, input, _)| (name.as_str(), input.as_str())).collect();
    assert_eq!(called, [("f", r#"{"id": 7}"#), ("h", r#"{"id": 7}"#)]);
    assert_eq!(states(&simulator), [State::Succeeded, State::Succeeded]);
    assert_eq!(fakes.calls[0].2, START, "the function sees the virtual time");
}

#[test]
fn an_intent_that_cools_down_is_skipped_and_told_when_it_runs_again() {
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", "    cooldown: 10s\n")), START);
    let mut fakes = Fakes::answering([no("even a failed execution counts")]);
    let schedule = Schedule { sensor: "made".into(), payload: "{}".into(), at: START, every: seconds(5), times: 4 };
    simulator.schedule(schedule).unwrap();
    fakes.run(|caller| simulator.run_until_idle(caller));
    let skipped = |last, again| State::Skipped { last: START + seconds(last), again: START + seconds(again) };
    let failed = State::Failed("even a failed execution counts".into());
    assert_eq!(states(&simulator), [failed, skipped(0, 10), State::Succeeded, skipped(10, 20)]);
    assert_eq!(simulator.now(), START + seconds(15));
    simulator.set_clock(START);
    simulator.fire("made", "{}");
    fakes.run(|caller| simulator.run_until_idle(caller));
    assert_eq!(states(&simulator)[4], State::Succeeded, "a clock that goes back forgets what is still to come");
}

#[test]
fn a_failed_execution_is_tried_again_with_the_reason() {
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", "    retries: 2\n")), START);
    let mut fakes = Fakes::answering([no("too busy"), fault(FaultKind::Trap), json("{}")]);
    simulator.fire("made", "{}");
    fakes.run(|caller| simulator.run_until_idle(caller));
    let reason = |what: &What| if let What::Attempt(attempt) = what { Some(attempt.reason.clone()) } else { None };
    let reasons: Vec<String> = simulator.trace().nodes().iter().filter_map(|node| reason(&node.what)).collect();
    assert_eq!(reasons, ["The sensor fired", "Retry 1 of 2: too busy", "Retry 2 of 2: it broke"]);
    assert_eq!(only(&simulator).state, State::Succeeded);
    assert_eq!(only(&simulator).measured, Duration::from_millis(3));
}

#[test]
fn after_its_retries_an_intent_has_failed_and_what_never_began_is_not_retried() {
    for (rules, answers, calls) in [
        ("    retries: 1\n", vec![no("no"), no("no"), no("no")], 2),
        ("", vec![no("no"), no("no")], 1),
        ("    retries: 5\n", vec![fault(FaultKind::NoSuchFunction)], 1),
        ("    retries: 5\n", vec![fault(FaultKind::InputNotJson)], 1),
    ] {
        let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", rules)), START);
        let mut fakes = Fakes::answering(answers);
        simulator.fire("made", "{}");
        fakes.run(|caller| simulator.run_until_idle(caller));
        assert_eq!(fakes.calls.len(), calls, "{rules}");
        assert!(matches!(only(&simulator).state, State::Failed(_)));
    }
}

#[test]
fn an_intent_that_waited_too_long_expires() {
    let intents =
        intent("short", "made", "f", "    expiresIn: 1m\n") + &intent("long", "made", "g", "    expiresIn: 1h\n");
    let mut simulator = Simulator::new(&bundle(&intents), START);
    simulator.fire("made", "{}");
    simulator.set_clock(START + seconds(61));
    let mut fakes = Fakes::default();
    fakes.run(|caller| simulator.run_until_idle(caller));
    assert_eq!(states(&simulator), [State::Expired { waited: seconds(61), limit: seconds(60) }, State::Succeeded]);
    assert_eq!(fakes.calls.len(), 1);
    assert_eq!(fakes.calls[0].2, START + seconds(61));
}

#[test]
fn who_takes_longer_than_expected_is_warned_of() {
    let slow = || outcome(Reply::Json("{}".into()), Duration::from_millis(30));
    for (took, warnings) in [(vec![slow()], 0), (vec![fault(FaultKind::Trap), slow()], 0), (vec![slow(), slow()], 0)] {
        let mut simulator =
            Simulator::new(&bundle(&intent("one", "made", "f", "    expectedDuration: 50ms\n    retries: 1\n")), START);
        simulator.fire("made", "{}");
        Fakes::answering(took).run(|caller| simulator.run_until_idle(caller));
        assert_eq!(only(&simulator).warnings.len(), warnings);
    }
    let slow_failure = outcome(no("no").reply, Duration::from_millis(30));
    let mut simulator =
        Simulator::new(&bundle(&intent("one", "made", "f", "    expectedDuration: 50ms\n    retries: 1\n")), START);
    simulator.fire("made", "{}");
    Fakes::answering([slow_failure, slow()]).run(|caller| simulator.run_until_idle(caller));
    assert_eq!(only(&simulator).warnings, ["It took 60 ms in 2 attempts, longer than the expected 50 ms"]);
}

#[test]
fn an_output_fires_further_sensors_and_the_trace_tells_why() {
    let intents = intent("one", "made", "f", "") + &intent("two", "checked", "g", "");
    let mut simulator = Simulator::new(&bundle(&intents), START);
    let mut fakes =
        Fakes::answering([json(r#"{"sensors":[{"name":"checked","payload":{"a":[1]}},{"name":"lost"},"checked"]}"#)]);
    simulator.fire("made", r#"{"own":1}"#);
    fakes.run(|caller| simulator.run_until_idle(caller));
    let inputs: Vec<&str> = fakes.calls.iter().map(|(_, input, _)| input.as_str()).collect();
    assert_eq!(inputs, [r#"{"own":1}"#, r#"{"a":[1]}"#, r#"{"own":1}"#]);
    let trace = simulator.trace();
    let tree: Vec<(usize, &str)> = trace
        .walk(|_| true)
        .into_iter()
        .map(|(id, depth)| {
            let name = match &trace.get(id).unwrap().what {
                What::Sensor(firing) => firing.sensor.as_str(),
                What::Intent(execution) => execution.intent.as_str(),
                What::Attempt(_) => "attempt",
                What::Stop(_) => "stop",
            };
            (depth, name)
        })
        .collect();
    let chain = [(3, "checked"), (4, "two"), (5, "attempt")];
    let expected: Vec<(usize, &str)> =
        [(0, "made"), (1, "one"), (2, "attempt")].into_iter().chain(chain).chain([(3, "lost")]).chain(chain).collect();
    assert_eq!(tree, expected);
    assert_eq!(remarks(&simulator)[2].as_deref(), Some("No intent waits for it"));
}

#[test]
fn sensors_of_an_error_do_not_fire_and_unreadable_ones_are_warned_of() {
    let intents = intent("one", "made", "f", "");
    let error = ApplicationError { message: "no".into(), output: Some(r#"{"error":"no","sensors":["made"]}"#.into()) };
    let mut simulator = Simulator::new(&bundle(&intents), START);
    simulator.fire("made", "{}");
    Fakes::answering([outcome(Reply::ApplicationError(error), Duration::ZERO)])
        .run(|caller| simulator.run_until_idle(caller));
    assert_eq!(remarks(&simulator).len(), 1);
    let mut simulator = Simulator::new(&bundle(&intents), START);
    simulator.fire("made", "{}");
    Fakes::answering([json(r#"{"sensors":"made"}"#)]).run(|caller| simulator.run_until_idle(caller));
    assert!(only(&simulator).warnings[0].contains("is no list"), "{:?}", only(&simulator).warnings);
}

/// Functions that always fire `made` again, `times` times in each output.
fn echo(simulator: &mut Simulator, times: usize) -> usize {
    let output = format!(r#"{{"sensors":[{}]}}"#, vec!["\"made\""; times].join(","));
    let mut calls = 0;
    let mut call = |_: Call<'_>| -> Result<Outcome, LoadError> {
        calls += 1;
        Ok(json(&output))
    };
    simulator.run_until_idle(&mut Caller { call: &mut call, cancel: &Cancel::new() });
    calls
}

#[test]
fn a_chain_that_goes_round_stops_at_its_depth() {
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", "")), START);
    simulator.fire("made", "{}");
    assert_eq!(echo(&mut simulator, 1), 16);
    assert_eq!(stops(&simulator), ["16 sensors fired each other in a row: made not fired"]);
    assert_eq!(simulator.pending().count(), 0);
}

#[test]
fn a_chain_that_spreads_stops_at_its_count_and_others_go_on() {
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", "")), START);
    simulator.fire("made", "{}");
    simulator.fire("other", "{}");
    let calls = echo(&mut simulator, 2_000);
    assert!((1..=1_000).contains(&calls), "{calls}");
    assert_eq!(stops(&simulator), ["One sensor caused 1000 sensors and calls: the rest is dropped"]);
    assert_eq!(simulator.pending().count(), 0);
    assert_eq!(simulator.trace().roots().count(), 2);
    simulator.fire("made", "{}");
    assert_eq!(echo(&mut simulator, 0), 1, "the next chain begins anew");
}

#[test]
fn many_retries_and_full_traces_stop_too() {
    let rules = "    retries: 10\n";
    let bounds = Bounds { chain: 5, ..Bounds::default() };
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", rules)), START).bounded(bounds);
    simulator.fire("made", "{}");
    let mut call = |_: Call<'_>| -> Result<Outcome, LoadError> { Ok(no("never")) };
    simulator.run_until_idle(&mut Caller { call: &mut call, cancel: &Cancel::new() });
    assert!(matches!(only(&simulator).state, State::Stopped(_)));

    let bounds = Bounds { nodes: 10, ..Bounds::default() };
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", "")), START).bounded(bounds);
    for _ in 0..10 {
        simulator.fire("made", "{}");
    }
    Fakes::default().run(|caller| simulator.run_until_idle(caller));
    Fakes::default().run(|caller| simulator.run_until_idle(caller));
    assert_eq!(stops(&simulator), ["The trace is full (12 entries): clear it to go on"]);
    assert_eq!(simulator.pending().count(), 6, "what did not fire is not lost");
    simulator.clear();
    assert_eq!((simulator.trace().nodes().len(), simulator.now()), (0, START));
    assert_eq!(simulator.sensors().len(), 1);
}

#[test]
fn time_flows_only_when_the_clock_is_told_to() {
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", "")), START);
    let schedule =
        Schedule { sensor: "made".into(), payload: "{}".into(), at: START + seconds(2), every: seconds(2), times: 3 };
    simulator.schedule(schedule).unwrap();
    let mut fakes = Fakes::default();
    fakes.run(|caller| simulator.step(seconds(1), caller));
    assert_eq!((fakes.calls.len(), simulator.now()), (0, START + seconds(1)));
    fakes.run(|caller| simulator.step(seconds(4), caller));
    assert_eq!((fakes.calls.len(), simulator.now()), (2, START + seconds(5)));
    let times: Vec<Duration> = fakes.calls.iter().map(|(_, _, date)| *date - START).collect();
    assert_eq!(times, [seconds(2), seconds(4)]);
    assert_eq!(simulator.pending().next().map(|(due, _)| due), Some(START + seconds(6)));
    fakes.run(|caller| simulator.run_until_idle(caller));
    assert_eq!((fakes.calls.len(), simulator.now()), (3, START + seconds(6)));
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused() {
    let mut simulator = Simulator::new(&bundle(""), START);
    for (every, times) in [(seconds(1), 0), (seconds(1), 1_001), (Duration::ZERO, 2)] {
        let schedule = Schedule { sensor: "made".into(), payload: "{}".into(), at: START, every, times };
        assert!(simulator.schedule(schedule).is_err(), "{every:?} {times}");
    }
    assert_eq!(simulator.pending().count(), 0);
}

#[test]
fn sensors_are_matched_by_their_exact_name_and_others_are_hinted_at() {
    let intents = intent("one", "userCreated", "f", "") + &intent("two", "user_created", "g", "");
    let bundle = bundle(&intents);
    assert_eq!(sensors(&bundle).len(), 2);
    let mut simulator = Simulator::new(&bundle, START);
    simulator.fire("usercreated", "{}");
    simulator.fire("userCreated", "{}");
    let mut fakes = Fakes::default();
    fakes.run(|caller| simulator.run_until_idle(caller));
    assert_eq!(fakes.calls.len(), 1);
    let remarks = remarks(&simulator);
    assert!(remarks[0].as_ref().unwrap().contains("No intent waits for it, but for userCreated"), "{remarks:?}");
    assert!(remarks[1].as_ref().unwrap().contains("Other intents wait for user_created"), "{remarks:?}");
}

#[test]
fn functions_of_the_platform_are_shown_and_not_run() {
    let intents = "  - name: one\n    whenSensor: made\n    toFunc: func:notify\n  - name: two\n    whenSensor: made\n";
    let mut simulator = Simulator::new(&bundle(intents), START);
    simulator.fire("made", "{}");
    let mut fakes = Fakes::default();
    fakes.run(|caller| simulator.run_until_idle(caller));
    assert!(fakes.calls.is_empty());
    assert!(matches!(states(&simulator).as_slice(), [State::OnPlatform, State::Failed(_)]));
}

#[test]
fn cancelling_ends_the_simulation_and_keeps_what_waits() {
    let intents = intent("one", "made", "f", "    retries: 9\n") + &intent("two", "made", "g", "");
    let mut simulator = Simulator::new(&bundle(&intents), START);
    simulator.fire("made", "{}");
    simulator.fire("made", "{}");
    let cancel = Cancel::new();
    let mut call = |_: Call<'_>| -> Result<Outcome, LoadError> {
        cancel.cancel();
        Ok(fault(FaultKind::Cancelled))
    };
    simulator.step(seconds(60), &mut Caller { call: &mut call, cancel: &cancel });
    assert_eq!(states(&simulator), [State::Stopped("Cancelled".into()), State::Stopped("Cancelled".into())]);
    assert_eq!((simulator.pending().count(), simulator.now()), (1, START));
}

#[test]
fn a_module_that_cannot_be_loaded_fails_its_intent() {
    let mut simulator = Simulator::new(&bundle(&intent("one", "made", "f", "    retries: 3\n")), START);
    simulator.fire("made", "{}");
    let mut call =
        |_: Call<'_>| -> Result<Outcome, LoadError> { Err(LoadError { message: "no such module".into(), help: None }) };
    simulator.run_until_idle(&mut Caller { call: &mut call, cancel: &Cancel::new() });
    assert_eq!(only(&simulator).state, State::Failed("no such module".into()));
    let failure = |what: &What| if let What::Attempt(attempt) = what { attempt.failure.clone() } else { None };
    let failures: Vec<FailureKind> =
        simulator.trace().nodes().iter().filter_map(|node| failure(&node.what)).map(|failure| failure.kind).collect();
    assert_eq!(failures, [FailureKind::NotLoaded]);
}

#[test]
fn the_same_input_gives_the_same_trace() {
    let trace = || {
        let intents =
            intent("one", "made", "f", "    retries: 1\n") + &intent("two", "next", "g", "    cooldown: 3s\n");
        let mut simulator = Simulator::new(&bundle(&intents), START);
        let schedule =
            Schedule { sensor: "made".into(), payload: "[1]".into(), at: START, every: seconds(1), times: 5 };
        simulator.schedule(schedule).unwrap();
        let mut fakes = Fakes::answering([no("no"), json(r#"{"sensors":["next"]}"#), json("{}")]);
        fakes.run(|caller| simulator.run_until_idle(caller));
        format!("{:?}", simulator.trace())
    };
    assert_eq!(trace(), trace());
}
