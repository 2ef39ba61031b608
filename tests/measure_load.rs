//! The load generator: models, arrivals, mixed inputs, cancelling, and what it says of itself. Mostly with
//! scripted callees, whose times are theirs and not the machine's.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use priostack_workbench::measure::schedule::Schedule;
use priostack_workbench::measure::{
    Arrivals, Called, Callee, Caller, Extent, Instances, LoadPlan, Means, Measurement, Model, Phase, RunError, Warning,
    run,
};
use priostack_workbench::sandbox::Cancel;

const MS: Duration = Duration::from_millis(1);

/// Calls a closure, with the number of the call and the input, that takes its time and says how long it took.
struct Scripted<F> {
    script: F,
    calls: AtomicU64,
    seen: Mutex<Vec<usize>>,
    inputs: usize,
}

fn scripted<F: Fn(u64) -> Called + Sync>(script: F) -> Scripted<F> {
    Scripted { script, calls: AtomicU64::new(0), seen: Mutex::default(), inputs: 1 }
}

impl<F: Fn(u64) -> Called + Sync> Callee for Scripted<F> {
    fn means(&self) -> Means {
        Means::Process
    }

    fn inputs(&self) -> Vec<String> {
        (0..self.inputs).map(|at| format!("input {at}")).collect()
    }

    fn caller(&self, _: Instances) -> Result<Box<dyn Caller + '_>, RunError> {
        Ok(Box::new(Calling(self)))
    }

    fn no_op(&self) -> Result<Box<dyn Callee + '_>, String> {
        let nothing: fn(u64) -> Called = |_| Called::after(Duration::from_micros(10), Ok(()));
        Ok(Box::new(scripted(nothing)))
    }
}

struct Calling<'a, F>(&'a Scripted<F>);

impl<F: Fn(u64) -> Called + Sync> Caller for Calling<'_, F> {
    fn call(&mut self, input: usize, _: &Cancel) -> Called {
        self.0.seen.lock().unwrap().push(input);
        (self.0.script)(self.0.calls.fetch_add(1, Ordering::Relaxed))
    }
}

/// A call that really takes `time`.
fn taking(time: Duration) -> Called {
    let begun = Instant::now();
    thread::sleep(time);
    Called::after(begun.elapsed(), Ok(()))
}

/// A call that only says that it took `time`.
fn saying(time: Duration) -> Called {
    Called::after(time, Ok(()))
}

fn closed(calls: u32, workers: u16) -> LoadPlan {
    LoadPlan { warm_up: 0, model: Model::Closed { workers }, ..LoadPlan::of(calls) }
}

fn open(extent: Extent, rate: f64, workers: u16) -> LoadPlan {
    let model = Model::Open { rate, arrivals: Arrivals::Constant, workers };
    LoadPlan { warm_up: 0, extent, model, ..LoadPlan::default() }
}

fn measure(callee: &dyn Callee, plan: LoadPlan) -> Measurement {
    run(callee, plan, &Cancel::new(), &mut |_| {}).unwrap()
}

/// G. Tene's coordinated omission: a caller that waits for a stalled function does not see whom else it keeps
/// waiting.
#[test]
fn a_stall_hides_from_a_closed_model_and_not_from_an_open_one() {
    // A stall of 100 ms once in 150 calls; the others take no time worth speaking of.
    let stalling = || scripted(|call| if call % 150 == 100 { taking(100 * MS) } else { taking(Duration::ZERO) });
    let closed = measure(&stalling(), closed(300, 1));
    let open = measure(&stalling(), open(Extent::Calls(300), 200.0, 1));
    assert_eq!((closed.samples.len(), open.samples.len()), (300, 300));
    assert!(closed.percentile(99.0) < 20 * MS, "closed p99 is {:?}", closed.percentile(99.0));
    // During each stall twenty calls arrive; they wait for 95, 90, 85 ... ms.
    assert!(open.percentile(99.0) > 80 * MS, "open p99 is {:?}", open.percentile(99.0));
    assert!(open.percentile(90.0) > 10 * MS, "open p90 is {:?}", open.percentile(90.0));
    assert!(open.late >= 30, "{} late", open.late);
    assert_eq!((closed.late, closed.dropped, open.dropped), (0, 0, 0));
    assert!(closed.longest() >= 100 * MS && open.longest() >= 100 * MS);
}

#[test]
fn a_closed_model_counts_what_the_callee_says() {
    let run = measure(&scripted(|_| saying(5 * MS)), closed(100, 1));
    assert_eq!(run.percentile(95.0), 5 * MS);
    assert!(run.elapsed < Duration::from_secs(1), "nothing really took 5 ms");
    assert!(run.samples.iter().all(|sample| sample.waited.is_zero()));
}

#[test]
fn waiting_for_a_busy_worker_is_part_of_the_latency_and_not_the_generators_fault() {
    let run = measure(&scripted(|_| taking(5 * MS)), open(Extent::Calls(60), 1000.0, 1));
    assert_eq!((run.samples.len(), run.dropped), (60, 0));
    assert!(run.late >= 50, "{} late", run.late);
    let last = run.samples.last().unwrap();
    assert_eq!(last.at, 59 * MS);
    assert!(last.waited >= 59 * 5 * MS - last.at && last.latency >= last.waited + 5 * MS, "{last:?}");
    assert!(!run.warnings.iter().any(|warning| matches!(warning, Warning::FellBehind { .. })), "{:?}", run.warnings);
    // Five workers are enough for five calls at once.
    let relieved = measure(&scripted(|_| taking(4 * MS)), open(Extent::Calls(60), 500.0, 8));
    assert!(relieved.percentile(50.0) < 30 * MS, "{:?}", relieved.percentile(50.0));
}

#[test]
fn arrivals_that_nobody_came_to_call_are_counted() {
    let run = measure(&scripted(|_| taking(100 * MS)), open(Extent::For(200 * MS), 1000.0, 1));
    assert!(!run.cancelled);
    assert!((5..=14).contains(&run.samples.len()), "in 0.2 s and 1 s of grace: {}", run.samples.len());
    assert_eq!(run.samples.len() as u64 + run.dropped, 200);
    assert_eq!(run.arrived(), 200);
    assert!(run.error_rate() > 0.9 && run.failed() == 0);
    assert_eq!(run.judged_percentile(95.0), None);
    assert!(run.warnings.contains(&Warning::Dropped { calls: run.dropped }));
    let text = Warning::Dropped { calls: run.dropped }.to_string();
    assert!(text.contains("lower rate"), "{text}");
}

#[test]
fn the_same_seed_gives_the_same_inputs_and_arrivals() {
    let inputs = |seed| {
        let callee = Scripted { inputs: 3, ..scripted(|_| saying(MS)) };
        let run = measure(&callee, LoadPlan { seed, ..closed(300, 1) });
        let seen = callee.seen.into_inner().unwrap();
        assert_eq!(run.samples.iter().map(|sample| usize::from(sample.input)).collect::<Vec<_>>(), seen);
        assert_eq!(run.inputs, ["input 0", "input 1", "input 2"]);
        seen
    };
    let first = inputs(1);
    assert_eq!(first, inputs(1));
    assert_ne!(first, inputs(2));
    for input in 0..3 {
        let share = first.iter().filter(|seen| **seen == input).count();
        assert!((70..=130).contains(&share), "input {input} came {share} times of 300");
    }
    let arrivals = |seed| {
        let model = Model::Open { rate: 50.0, arrivals: Arrivals::Poisson, workers: 1 };
        let mut schedule = Schedule::new(&LoadPlan { model, seed, ..LoadPlan::of(100) }, 1);
        std::iter::from_fn(|| schedule.next(Duration::ZERO)).map(|arrival| arrival.at).collect::<Vec<_>>()
    };
    assert_eq!(arrivals(9), arrivals(9));
    assert_ne!(arrivals(9), arrivals(10));
}

/// The distances of a Poisson process are exponential: the deviation is the mean, and 36.8 % exceed it.
#[test]
fn arrivals_are_spaced_as_their_names_say() {
    let gaps = |arrivals| {
        let model = Model::Open { rate: 250.0, arrivals, workers: 1 };
        let mut schedule = Schedule::new(&LoadPlan { model, ..LoadPlan::of(50_000) }, 1);
        let mut before = 0.0;
        let times = std::iter::from_fn(|| schedule.next(Duration::ZERO)).map(|arrival| arrival.at.unwrap());
        let times: Vec<f64> = times.map(|at| at.as_secs_f64()).collect();
        assert_eq!(times.len(), 50_000);
        times.iter().map(|at| at - std::mem::replace(&mut before, *at)).collect::<Vec<f64>>()
    };
    let poisson = gaps(Arrivals::Poisson);
    let mean = poisson.iter().sum::<f64>() / 50_000.0;
    let variance = poisson.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / 49_999.0;
    assert!((mean / 0.004 - 1.0).abs() < 0.02, "mean {mean}");
    assert!((variance.sqrt() / 0.004 - 1.0).abs() < 0.03, "deviation {}", variance.sqrt());
    let beyond = poisson.iter().filter(|gap| **gap > 0.004).count() as f64 / 50_000.0;
    assert!((beyond - (-1.0_f64).exp()).abs() < 0.01, "{beyond} are longer than the mean");
    let constant = gaps(Arrivals::Constant);
    assert_eq!(constant[0], 0.0, "the first comes at once");
    assert!(constant[1..].iter().all(|gap| (gap - 0.004).abs() < 2e-9));
}

#[test]
fn the_warm_up_is_called_and_not_counted() {
    let callee = scripted(|call| if call < 50 { saying(MS * 1000) } else { saying(MS) });
    let run = measure(&callee, LoadPlan { warm_up: 50, ..closed(200, 4) });
    assert_eq!(callee.calls.load(Ordering::Relaxed), 250);
    assert_eq!((run.samples.len(), run.longest()), (200, MS));
}

#[test]
fn a_run_for_a_time_ends_with_it() {
    let callee = scripted(|_| taking(2 * MS));
    let run = measure(&callee, LoadPlan { extent: Extent::For(150 * MS), ..closed(1, 2) });
    assert!(run.elapsed >= 150 * MS && run.elapsed < Duration::from_secs(2), "{:?}", run.elapsed);
    assert!(run.samples.len() > 10 && run.samples.iter().all(|sample| sample.at < 151 * MS));
    let open = measure(&scripted(|_| saying(MS)), open(Extent::For(100 * MS), 200.0, 2));
    assert_eq!(open.samples.len(), 20);
}

#[test]
fn the_watcher_sees_every_sample_once_and_the_share_only_grows() {
    let callee = scripted(|_| taking(2 * MS));
    let (mut samples, mut shares, mut phases) = (Vec::new(), Vec::new(), Vec::new());
    let run = run(&callee, closed(150, 3), &Cancel::new(), &mut |progress| {
        assert!(progress.fresh.is_sorted_by_key(|sample| sample.at));
        samples.extend_from_slice(progress.fresh);
        assert_eq!(samples.len() as u64, progress.done);
        shares.push(progress.share);
        phases.push(progress.phase);
    })
    .unwrap();
    samples.sort_by_key(|sample| sample.at);
    assert_eq!(samples, run.samples);
    assert!(shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
    phases.dedup();
    assert_eq!(phases, [Phase::Overhead, Phase::WarmUp, Phase::Counting]);
    assert!(shares.len() >= 4, "told {} times in 100 ms", shares.len());
}

#[test]
fn a_cancelled_run_ends_soon_and_gives_what_it_has() {
    for plan in [closed(1_000_000, 2), open(Extent::Calls(100_000), 100.0, 2)] {
        let (cancel, begun) = (Cancel::new(), Instant::now());
        let run = run(&scripted(|_| taking(MS)), plan, &cancel, &mut |progress| {
            if progress.done >= 5 {
                cancel.cancel();
            }
        })
        .unwrap();
        assert!(begun.elapsed() < Duration::from_secs(3), "took {:?}", begun.elapsed());
        assert!(run.cancelled && run.samples.len() >= 5 && run.samples.len() < 100_000);
        assert!(run.dropped <= 2, "nobody was waiting, but {} were dropped", run.dropped);
    }
}

#[test]
fn arrivals_that_wait_when_a_run_is_cancelled_are_not_forgotten() {
    let cancel = Cancel::new();
    let run = run(&scripted(|_| taking(20 * MS)), open(Extent::Calls(10_000), 1000.0, 1), &cancel, &mut |progress| {
        if progress.elapsed > 100 * MS {
            cancel.cancel();
        }
    })
    .unwrap();
    let came = (run.elapsed.as_secs_f64() * 1000.0) as u64;
    assert!(run.cancelled && run.dropped > 50, "{} of {came} dropped", run.dropped);
    assert!(run.arrived() > 100 && run.arrived() <= came + 1, "{} of {came}", run.arrived());
}

#[test]
fn a_run_that_is_cancelled_before_it_begins_gives_nothing() {
    let cancel = Cancel::new();
    cancel.cancel();
    let run = run(&scripted(|_| saying(MS)), LoadPlan::of(100), &cancel, &mut |_| {}).unwrap();
    assert!(run.cancelled && run.samples.is_empty());
    assert_eq!(run.error_rate(), 0.0);
}

#[test]
fn failures_are_counted_by_their_messages() {
    let callee = scripted(|call| {
        let answer = match call % 10 {
            0 => Err("rare".to_owned()),
            1..4 => Err("often".to_owned()),
            _ => Ok(()),
        };
        Called::after(MS, answer)
    });
    let run = measure(&callee, closed(200, 2));
    let failures: Vec<_> = run.failures.iter().map(|failure| (failure.message.as_str(), failure.count)).collect();
    assert_eq!(failures, [("often", 60), ("rare", 20)]);
    assert_eq!((run.failed(), run.error_rate()), (80, 0.4));
    let answered = f64::from(120) / run.elapsed.as_secs_f64();
    assert!((run.throughput() / answered - 1.0).abs() < 1e-9, "failed calls are no throughput");
}

#[test]
fn the_overhead_is_that_of_a_function_that_does_nothing() {
    let run = measure(&scripted(|_| saying(MS)), closed(100, 1));
    let overhead = run.overhead.unwrap();
    assert_eq!(overhead.calls, 400);
    assert_eq!(overhead.median, Duration::from_micros(10));
    assert_eq!((overhead.before, overhead.after), (overhead.median, overhead.median));
    assert!(!run.warnings.iter().any(|warning| matches!(warning, Warning::Noisy { .. })), "{:?}", run.warnings);
    let quick = measure(&scripted(|_| saying(Duration::from_micros(15))), closed(100, 1));
    let dominates = |warning: &&Warning| matches!(warning, Warning::OverheadDominates { .. });
    assert!(
        quick
            .warnings
            .iter()
            .find(dominates)
            .unwrap()
            .to_string()
            .contains("10 µs by the same means, and this one 15 µs")
    );
}

/// Only Linux tells how long a thread was without a processor.
#[test]
#[cfg(target_os = "linux")]
fn workers_that_share_a_processor_say_that_it_is_too_few() {
    let busy = |_| {
        let begun = Instant::now();
        while begun.elapsed() < 5 * MS {}
        saying(5 * MS)
    };
    let workers = 8 * thread::available_parallelism().unwrap().get() as u16;
    let run = measure(&scripted(busy), LoadPlan { extent: Extent::For(200 * MS), ..closed(1, workers.min(64)) });
    let share = run.warnings.iter().find_map(|warning| match warning {
        Warning::Crowded { share } => Some(*share),
        _ => None,
    });
    // Seven of eight wait at any time.
    assert!(share.is_some_and(|share| share > 0.3 && share <= 1.0), "{share:?}");
}

#[test]
fn plans_that_cannot_be_carried_out_are_refused_in_words() {
    let plans = [
        (closed(1, 0), "workers"),
        (closed(1, 1000), "workers"),
        (LoadPlan { extent: Extent::Calls(0), ..closed(1, 1) }, "calls"),
        (LoadPlan { extent: Extent::Calls(u32::MAX), ..closed(1, 1) }, "calls"),
        (LoadPlan { extent: Extent::For(Duration::ZERO), ..closed(1, 1) }, "last"),
        (LoadPlan { extent: Extent::For(Duration::MAX), ..closed(1, 1) }, "last"),
        (LoadPlan { warm_up: u32::MAX, ..closed(1, 1) }, "warm-up"),
        (open(Extent::Calls(1), 0.0, 1), "arrive"),
        (open(Extent::Calls(1), -1.0, 1), "arrive"),
        (open(Extent::Calls(1), f64::NAN, 1), "arrive"),
        (open(Extent::Calls(1), f64::INFINITY, 1), "arrive"),
        (open(Extent::Calls(1), 1e300, 1), "arrive"),
        (open(Extent::Calls(1), 1e-300, 1), "24 h"),
        (open(Extent::For(Duration::from_secs(3600)), 1e6, 1), "most"),
    ];
    for (plan, word) in plans {
        let refused = run(&scripted(|_| saying(MS)), plan, &Cancel::new(), &mut |_| {}).unwrap_err();
        assert!(refused.to_string().contains(word), "{plan:?}: {refused}");
    }
}

struct Unusable(bool);

impl Callee for Unusable {
    fn means(&self) -> Means {
        Means::Process
    }

    fn inputs(&self) -> Vec<String> {
        vec!["input".into()]
    }

    fn caller(&self, _: Instances) -> Result<Box<dyn Caller + '_>, RunError> {
        assert!(self.0, "a worker that breaks down");
        Err(RunError::Callee("it is not there".into()))
    }

    fn no_op(&self) -> Result<Box<dyn Callee + '_>, String> {
        Err("there is none".into())
    }
}

#[test]
fn what_cannot_be_called_ends_the_run_with_the_reason() {
    let error = |callee| run(&callee, closed(10, 3), &Cancel::new(), &mut |_| {}).unwrap_err().to_string();
    assert_eq!(error(Unusable(true)), "it is not there");
    assert!(error(Unusable(false)).contains("broke down"));
    let nothing = Scripted { inputs: 0, ..scripted(|_| saying(MS)) };
    let error = run(&nothing, closed(1, 1), &Cancel::new(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("save a case"), "{error}");
}

#[test]
fn the_smallest_runs_are_runs() {
    let one = measure(&scripted(|_| saying(MS)), closed(1, 5));
    assert_eq!((one.samples.len(), one.percentile(99.99)), (1, MS));
    let open = measure(&scripted(|_| saying(MS)), open(Extent::Calls(1), 1.0, 5));
    assert_eq!((open.samples.len(), open.dropped), (1, 0));
    let words: BTreeSet<&str> = [Instances::Fresh, Instances::Kept].map(Instances::word).into();
    assert_eq!(words, ["cold", "warm"].into());
}
