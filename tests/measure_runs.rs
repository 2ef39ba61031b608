//! Kept runs: whole when they come back, bounded, safe against damage, and compared only where that means something.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use priostack_workbench::bundle::store::Bounds;
use priostack_workbench::measure::runs::{self, CalledFunction, KeptError, RUNS_FOLDER, file};
use priostack_workbench::measure::{
    Change, Failure, Instances, KeptRun, LoadPlan, Measurement, Model, Overhead, RunHead, Runs, Sample, StartingInput,
    Warning,
};
use priostack_workbench::sandbox::Limits;

/// A run of `calls` calls of about `micros` microseconds, every tenth of which failed.
fn run(calls: u32, micros: u64) -> KeptRun {
    let sample = |at: u32| Sample {
        at: Duration::from_micros(u64::from(at) * 100),
        waited: Duration::ZERO,
        latency: Duration::from_nanos(micros * 1000 + u64::from(at.wrapping_mul(2_654_435_761) >> 20)),
        ok: at % 10 != 9,
        input: (at % 2) as u16,
    };
    let inputs =
        ["ada", "bob"].map(|name| StartingInput { json: format!("{{\"n\":\"{name}\"}}"), origin: name.into() });
    let names = inputs.iter().map(|input| input.origin.to_string()).collect();
    let mut measurement =
        Measurement::from_samples(LoadPlan::of(calls), names, (0..calls).map(sample).collect()).unwrap();
    let micro = Duration::from_micros(1);
    measurement.failures = vec![Failure { message: "no\nsuch user".into(), count: u64::from(calls / 10) }];
    measurement.overhead =
        Some(Overhead { calls: 400, median: micro * 9, p95: micro * 12, before: micro * 9, after: micro * 9 });
    measurement.warnings = vec![Warning::Noisy { spread: 3.5, drift: 1.25 }, Warning::CoarseTimer { step: micro }];
    let called = CalledFunction {
        service: "users".into(),
        function: "createUser".into(),
        endpoint: None,
        module_sha256: runs::head::digest(b"module"),
    };
    let head = RunHead::new(called, &inputs, &Limits::default(), &measurement);
    KeptRun { head, measurement }
}

fn assert_same(one: &KeptRun, other: &KeptRun) {
    assert_eq!(one.head, other.head);
    let (one, other) = (&one.measurement, &other.measurement);
    assert_eq!(one.samples, other.samples);
    assert_eq!((one.plan, &one.inputs, one.elapsed), (other.plan, &other.inputs, other.elapsed));
    assert_eq!((one.peak_memory, &one.failures, one.overhead), (other.peak_memory, &other.failures, other.overhead));
    assert_eq!((&one.warnings, one.percentile(99.0)), (&other.warnings, other.percentile(99.0)));
}

fn path(root: &Path, number: u32) -> std::path::PathBuf {
    root.join(RUNS_FOLDER).join(format!("{number:08}.run"))
}

#[test]
fn a_run_comes_back_whole_and_lists_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Runs::of(folder.path());
    assert_eq!(kept.list(), (vec![], vec![]));
    let all = [run(200, 50), run(1, 1), run(0, 0)];
    let numbers: Vec<u32> = all.iter().map(|run| kept.keep(run).unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let listed = kept.list().0;
    assert_eq!(listed.iter().map(|run| run.number).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(listed[2].head, all[0].head);
    assert_eq!((listed[2].head.summary.calls, listed[2].head.summary.failed), (200, 20));
    for (number, run) in numbers.into_iter().zip(&all) {
        assert_same(&kept.load(number).unwrap(), run);
    }
    assert_eq!(fs::read_to_string(folder.path().join(RUNS_FOLDER).join(".gitignore")).unwrap(), "*\n");
}

#[test]
fn a_name_and_a_baseline_are_kept_with_the_run_and_outlive_the_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Runs::of(folder.path()).within(Bounds { entries: 3, bytes: u64::MAX });
    for micros in 1..=3 {
        kept.keep(&run(100, micros)).unwrap();
    }
    kept.rename(1, Some("  before the rewrite ")).unwrap();
    kept.set_baseline(3, true).unwrap();
    kept.set_baseline(2, true).unwrap();
    let baselines = |runs: &Runs| -> Vec<u32> {
        runs.list().0.iter().filter(|run| run.head.is_baseline).map(|run| run.number).collect()
    };
    assert_eq!(baselines(&kept), [2], "one baseline for each function");
    assert_eq!(kept.load(1).unwrap().head.name.as_deref(), Some("before the rewrite"));
    assert_eq!(kept.load(1).unwrap().measurement.samples, run(100, 1).measurement.samples);
    for micros in 4..=9 {
        kept.keep(&run(100, micros)).unwrap();
    }
    let numbers: Vec<u32> = kept.list().0.iter().map(|run| run.number).collect();
    assert_eq!(numbers, [9, 8, 7, 2, 1], "three at most, and what has a name or is a baseline");
    kept.rename(1, None).unwrap();
    kept.set_baseline(2, false).unwrap();
    kept.keep(&run(100, 10)).unwrap();
    assert_eq!(kept.list().0.iter().map(|run| run.number).collect::<Vec<_>>(), [10, 9, 8]);
    kept.delete(9).unwrap();
    kept.delete(9).unwrap();
    assert!(matches!(kept.load(9), Err(KeptError::Missing(9))));
}

#[test]
fn what_would_be_taken_for_something_else_is_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Runs::of(folder.path());
    kept.keep(&run(1, 1)).unwrap();
    for name in ["", "  ", "last", "baseline", "12", "a/b", "../x", "two\nlines", &"x".repeat(81)] {
        assert!(matches!(kept.rename(1, Some(name)), Err(KeptError::Name(_))), "{name:?}");
    }
    assert!(matches!(kept.rename(7, Some("fine")), Err(KeptError::Missing(7))));
}

#[test]
fn damaged_and_foreign_files_are_reported_and_cost_nothing_but_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Runs::of(folder.path());
    for _ in 0..5 {
        kept.keep(&run(300, 10)).unwrap();
    }
    let whole = fs::read(path(folder.path(), 1)).unwrap();
    fs::write(path(folder.path(), 2), &whole[..whole.len() - 3]).unwrap();
    fs::write(path(folder.path(), 3), b"").unwrap();
    fs::write(path(folder.path(), 4), vec![0xff; 100_000]).unwrap();
    fs::write(folder.path().join(RUNS_FOLDER).join("notes.txt"), "mine").unwrap();
    let (listed, broken) = kept.list();
    assert_eq!(listed.iter().map(|run| run.number).collect::<Vec<_>>(), [5, 1]);
    let reasons: Vec<(&str, bool)> =
        broken.iter().map(|one| (one.file.as_str(), one.reason.contains("no run that the workbench"))).collect();
    let expected = [(4, true), (3, true), (2, false)]
        .map(|(number, is_foreign)| (format!("{RUNS_FOLDER}/{number:08}.run"), is_foreign));
    assert_eq!(reasons, expected.iter().map(|(file, is_foreign)| (file.as_str(), *is_foreign)).collect::<Vec<_>>());
    for number in 2..=4 {
        assert!(matches!(kept.load(number), Err(KeptError::Damaged { .. })), "{number}");
        assert!(kept.rename(number, Some("broken")).is_err() || number == 2);
    }
}

#[test]
fn lies_in_a_head_are_refused_before_room_is_made_for_them() {
    let honest = file::encoded(&run(50, 10)).unwrap();
    let end = honest.iter().position(|byte| *byte == b'\n').unwrap();
    let head = String::from_utf8(honest[..end].to_vec()).unwrap();
    let with = |from: &str, to: &str| {
        assert!(head.contains(from), "{from} in {head}");
        [head.replacen(from, to, 1).as_bytes(), &honest[end..]].concat()
    };
    let calls = "\"summary\":{\"calls\":50";
    for (from, to, reason) in [
        ("\"version\":1", "\"version\":2", "version 2"),
        ("priostack-workbench run", "another", "no run"),
        (calls, "\"summary\":{\"calls\":18446744073709551615", "at most 10000000"),
        (calls, "\"summary\":{\"calls\":9000000", "more or fewer"),
        (calls, "\"summary\":{\"calls\":49", ""),
        ("\"samples\":", "\"samples\":1", "breaks off"),
        ("\"workers\":1", "\"workers\":60000", "workers"),
        ("\"at\":", "\"at\":-", "not what it should be"),
    ] {
        let error = file::decoded(&with(from, to)).unwrap_err().to_string();
        assert!(error.contains(reason), "{to}: {error}");
    }
    assert!(file::decoded(b"").is_err());
    // Any byte changed gives the run, another one, or a refusal, and never anything worse.
    for at in (0..honest.len()).step_by(3) {
        for flipped in [1_u8, 0x80] {
            let mut bytes = honest.clone();
            bytes[at] ^= flipped;
            let _ = file::decoded(&bytes);
        }
    }
}

#[test]
fn a_file_carries_the_runs_of_several_functions_to_another_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.run");
    let all = [run(100, 5), run(250, 6)];
    runs::write_file(&path, &all).unwrap();
    runs::write_file(&path, &all).unwrap();
    let read = runs::read_file(&path).unwrap();
    assert_eq!(read.len(), 2);
    read.iter().zip(&all).for_each(|(one, other)| assert_same(one, other));
    let error = runs::read_file(&folder.path().join("none")).unwrap_err().to_string();
    assert!(error.contains("none"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_out_of_the_bundle_is_not_used() {
    let (bundle, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(bundle.path().join(".workbench")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), bundle.path().join(RUNS_FOLDER)).unwrap();
    assert!(Runs::of(bundle.path()).keep(&run(10, 1)).is_err());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_million_calls_are_kept_in_a_few_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Runs::of(folder.path());
    let number = kept.keep(&run(1_000_000, 30)).unwrap();
    let size = fs::metadata(path(folder.path(), number)).unwrap().len();
    assert!(size < 5 << 20, "{size} bytes");
    assert_eq!(kept.load(number).unwrap().measurement.samples.len(), 1_000_000);
}

#[test]
fn a_slower_run_is_slower_unless_the_machine_was_disturbed_and_the_same_run_is_not() {
    let (mut before, mut after) = (run(2000, 50), run(2000, 60));
    let found = runs::compare(&before, &after).unwrap();
    assert_eq!((found.change, found.is_noisy), (Change::NotSignificant, true), "{}", found.reason());
    for run in [&mut before, &mut after] {
        run.measurement.warnings.clear();
    }
    let found = runs::compare(&before, &after).unwrap();
    assert_eq!(found.change, Change::Slower, "{}", found.reason());
    assert!((0.15..0.25).contains(&found.relative), "{}", found.relative);
    assert_eq!(found.calls, (1800, 1800));
    let (low, high) = found.percentiles[0].interval.unwrap();
    assert!(low > 5_000.0 && high < 15_000.0 && found.percentiles[0].is_clear(), "{low} {high}");
    assert_eq!(runs::compare(&after, &before).unwrap().change, Change::Faster);
    assert_eq!(runs::compare(&before, &before).unwrap().change, Change::NotSignificant);
}

#[test]
fn what_did_not_measure_the_same_thing_is_not_compared_and_the_reason_is_told() {
    let before = run(500, 50);
    let changed = |change: &dyn Fn(&mut KeptRun)| {
        let mut after = run(500, 50);
        change(&mut after);
        runs::compare(&before, &after).map(|found| found.notes).map_err(|error| error.to_string())
    };
    type Step<'a> = (&'a dyn Fn(&mut KeptRun), &'a str);
    let steps: [Step<'_>; 9] = [
        (&|run| run.head.called.function = "deleteUser".into(), "different functions"),
        (&|run| run.head.called.endpoint = Some("users create".into()), "different functions"),
        (&|run| run.head.inputs[0].sha256 = "0".into(), "different inputs"),
        (&|run| run.head.plan.instances = Instances::Kept, "fresh instance"),
        (&|run| run.head.plan.model = Model::Closed { workers: 4 }, "different loads"),
        (&|run| run.head.machine.cpu = "another".into(), "different machines"),
        (&|run| run.head.machine.optimised ^= true, "optimised"),
        (&|run| run.measurement.samples.truncate(100), "at least 100"),
        (&|run| run.measurement.dropped = 3, "never called"),
    ];
    for (change, reason) in steps {
        let error = changed(change).unwrap_err();
        assert!(error.contains(reason), "{reason}: {error}");
    }
    assert!(changed(&|run| run.head.called.function = "create_user".into()).is_ok(), "one name in two spellings");
    let notes = changed(&|run| run.head.machine.workbench = "9.9.9".into()).unwrap();
    assert!(notes.iter().any(|note| note.contains("9.9.9")), "{notes:?}");
}
