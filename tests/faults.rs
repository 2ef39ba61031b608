//! Processes that are killed while they write, disks without room, folders that cannot be written, and files that
//! change under the reader: every file is the old one or the new one, and what is wrong is said.
//!
//! `PRIOSTACK_KILLS` says how many processes are killed for each kind of file.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use priostack_workbench::bundle::history::{Bounds, Ending, Facts, History, Record};
use priostack_workbench::bundle::{Inspection, Overlay, Reader, Settings, Stamp, save};
use priostack_workbench::deploy::{Evidence, Options, export, verify};
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits, Program, Reply};

/// Set for a process that writes until it is killed: what it writes, and where.
const WRITES: &str = "PRIOSTACK_WORKBENCH_TEST_WRITES";
const WHERE: &str = "PRIOSTACK_WORKBENCH_TEST_WRITES_IN";

/// A text of several pages, so that a write takes more than one step: version `number` of a file.
fn version(number: usize) -> String {
    format!("name: shop\nservices: []\n{}# end {number}\n", format!("# {number}\n").repeat(40_000))
}

fn is_a_version(text: &str) -> bool {
    let number = text.trim_end().rsplit(' ').next().and_then(|number| number.parse().ok());
    number.is_some_and(|number| version(number) == text)
}

fn record(number: u64) -> Record {
    let facts = Facts {
        at: number,
        service: "shop".into(),
        function: "buy".into(),
        ending: Ending::Answered,
        message: None,
        nanoseconds: [1; 4],
        peak_memory: 0,
        limits: [1; 2],
        origin: None,
        mishap: None,
    };
    let input = format!("\"{}\"", number.to_string().repeat(20_000));
    Record { facts, output: Some(input.clone().into_bytes()), input, taken: None }
}

/// A module that answers with `number`, and is another module for each number.
fn answering(number: usize) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1) (data (i32.const 0) "{number:08}")
             (func (export "alloc") (param i32) (result i32) (i32.const 64))
             (func (export "answer") (param i32 i32) (result i64) (i64.const 8)))"#
    );
    wat::parse_str(text.replace(&format!("{number:08}"), &format!("1{number:07}"))).unwrap()
}

fn load(engine: &Engine, number: usize) -> Program {
    let bytes = answering(number);
    engine.load(&bytes, &Inspection::read(&bytes).unwrap(), Hints::default()).unwrap()
}

/// Writes in the folder that the environment names, until it is killed. Without the environment it does nothing.
#[test]
fn a_process_that_writes_until_it_is_killed() {
    let (Ok(what), Some(folder)) = (std::env::var(WRITES), std::env::var_os(WHERE).map(PathBuf::from)) else { return };
    println!("\nbegins");
    let engine = (what == "cache").then(|| Engine::with_cache(&folder.join("cache")).unwrap());
    for number in 1.. {
        match what.as_str() {
            "save" => {
                let file = folder.join("bundle.yaml");
                _ = save(&file, &version(number), &Stamp::of_file(&file).unwrap()).unwrap();
            }
            "settings" => Settings::note(&folder, "shop", &format!("f{}", number % 500), "bytes").unwrap(),
            "history" => _ = History::of(&folder).add(&record(number as u64)).unwrap(),
            "pruned history" => {
                let bounds = Bounds { entries: 20, bytes: 1 << 20 };
                _ = History::of(&folder).within(bounds).add(&record(number as u64)).unwrap();
            }
            "export" => {
                let text = version(number % 7);
                fs::write(folder.join("bundle.yaml"), text).unwrap();
                let loaded = Reader::new(&folder).read(&Overlay::new());
                export(&loaded, Options::default(), &folder.join("out.zip")).unwrap();
            }
            "cache" => drop(load(engine.as_ref().unwrap(), number)),
            other => panic!("{other} is nothing to write"),
        }
    }
}

fn kills() -> usize {
    std::env::var("PRIOSTACK_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8)
}

/// Kills one process after the other at random moments within `longest` of its beginning, and looks at what it left.
fn kill_while(what: &str, folder: &Path, longest: Duration, mut look: impl FnMut()) {
    let mut seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    for _ in 0..kills() {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_process_that_writes_until_it_is_killed", "--nocapture"])
            .env(WRITES, what)
            .env(WHERE, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "begins"), "the process ended by itself");
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        std::thread::sleep(longest.mul_f64(f64::from(seed) / f64::from(u32::MAX)));
        assert!(process.try_wait().unwrap().is_none(), "the process ended by itself");
        process.kill().unwrap();
        process.wait().unwrap();
        look();
    }
}

#[test]
fn a_saved_file_is_the_old_one_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle.yaml");
    fs::write(&file, version(0)).unwrap();
    kill_while("save", folder.path(), Duration::from_millis(40), || {
        assert!(is_a_version(&fs::read_to_string(&file).unwrap()))
    });
}

#[test]
fn settings_are_whole_and_only_grow() {
    let (folder, mut chosen) = (tempfile::tempdir().unwrap(), 0);
    kill_while("settings", folder.path(), Duration::from_millis(40), || {
        let settings = Settings::read(folder.path()).unwrap();
        let now = settings.of("shop").functions.len();
        assert!(now >= chosen, "{now} choices after {chosen}");
        chosen = now;
    });
    assert!(chosen > 0);
}

#[test]
fn every_entry_of_the_history_is_whole() {
    for what in ["history", "pruned history"] {
        let folder = tempfile::tempdir().unwrap();
        let mut most = 0;
        kill_while(what, folder.path(), Duration::from_millis(40), || {
            let history = History::of(folder.path());
            let entries = history.list();
            most = most.max(entries.len());
            for entry in entries.iter().take(50) {
                let kept = history.read(&entry.id).unwrap();
                assert_eq!(kept, record(kept.facts.at), "{}", entry.id);
            }
        });
        assert!(most > 0);
    }
}

#[test]
fn an_exported_archive_is_the_old_one_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("out.zip");
    let mut found = 0;
    kill_while("export", folder.path(), Duration::from_millis(400), || {
        if archive.exists() {
            found += 1;
            // The report beside it may be of the export before: the archive itself is whole.
            let mut zip = zip::ZipArchive::new(fs::File::open(&archive).unwrap()).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut zip.by_index(0).unwrap(), &mut text).unwrap();
            assert!(is_a_version(&text));
        }
    });
    assert!(found > 0);
    fs::write(folder.path().join("bundle.yaml"), version(1)).unwrap();
    export(&Reader::new(folder.path()).read(&Overlay::new()), Options::default(), &archive).unwrap();
    assert!(verify(&archive, None, &Cancel::new(), |_| {}, |loaded| (loaded, Evidence::default())).unwrap().is_fine());
}

#[test]
fn a_cache_of_killed_processes_is_used_only_where_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    kill_while("cache", folder.path(), Duration::from_millis(40), || {
        let engine = Engine::with_cache(&folder.path().join("cache")).unwrap();
        assert!(engine.notes().is_empty(), "{:?}", engine.notes());
        for number in 1..10 {
            let outcome = load(&engine, number).invoke("answer", b"{}", &Limits::default(), &Cancel::new());
            assert_eq!(outcome.reply, Reply::Json(format!("1{number:07}")));
        }
    });
}

/// Runs the program in a shell whose files may have `blocks` of 1024 bytes, as on a disk that is full beyond that.
#[cfg(unix)]
fn run_on_a_full_disk(blocks: usize, arguments: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let program = env!("CARGO_BIN_EXE_priostack-workbench");
    Command::new("bash").args(["-c", &script, "bash", program]).args(arguments).output().unwrap()
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle")
}

#[cfg(unix)]
#[test]
fn an_export_without_room_says_so_and_leaves_the_old_archive() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("out.zip");
    fs::write(&archive, "the old one").unwrap();
    let (bundle, archive_text) = (sample(), archive.to_str().unwrap().to_owned());
    let output = run_on_a_full_disk(64, &["export", bundle.to_str().unwrap(), "-o", &archive_text]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("out.zip") && error.contains("too large"), "{error}");
    assert_eq!(fs::read_to_string(&archive).unwrap(), "the old one");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something is left behind");
}

#[cfg(unix)]
#[test]
fn a_measurement_without_room_is_told_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bundle.yaml"), "name: shop\nservices:\n  - path: shop.yaml\n").unwrap();
    let goals = "goals:\n  - name: fast\n    metric: latency\n    target: \"< 1s\"\n";
    let endpoint =
        "api:\n  endpoints:\n    - name: answer\n      method: GET\n      path: /a\n      to: wasm:shop:answer\n";
    fs::write(folder.path().join("shop.yaml"), format!("name: shop\n{endpoint}{goals}")).unwrap();
    fs::create_dir(folder.path().join("wasm")).unwrap();
    fs::write(folder.path().join("wasm/shop.wasm"), answering(1)).unwrap();
    let output = run_on_a_full_disk(0, &["measure", folder.path().to_str().unwrap(), "-n", "100"]);
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("fast"), "{text}\n{error}");
    assert!(error.contains(".workbench/runs"), "that the run was not kept is said: {text}\n{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_named() {
    let bundle = sample();
    let program = env!("CARGO_BIN_EXE_priostack-workbench");
    let output =
        Command::new(program).args(["export", bundle.to_str().unwrap(), "-o", "/sys/out.zip"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("/sys"), "{error}");
}

#[test]
fn a_bundle_that_changes_while_it_is_read_is_read_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_path_buf();
    let until = std::time::Instant::now() + Duration::from_secs(2);
    let writer = std::thread::spawn(move || {
        for number in 0.. {
            let service = root.join("shop.yaml");
            let manifest = ["name: shop\nservices:\n  - path: shop.yaml\n", "name: [", "services: []\n"][number % 3];
            fs::write(root.join("bundle.yaml"), manifest).unwrap();
            _ = fs::remove_dir_all(&service).and_then(|()| fs::create_dir(&service));
            _ = fs::remove_file(&service).and_then(|()| fs::create_dir(&service));
            _ = fs::remove_dir(&service).and_then(|()| fs::write(&service, "name: shop\n"));
            _ = fs::create_dir(root.join("wasm"));
            _ = fs::write(root.join("wasm/shop.wasm"), answering(number));
            _ = fs::remove_dir_all(root.join("wasm"));
            if std::time::Instant::now() > until {
                fs::write(root.join("bundle.yaml"), manifest_in_the_end()).unwrap();
                fs::write(&service, "name: shop\n").unwrap();
                return;
            }
        }
    });
    let mut reader = Reader::new(folder.path());
    while !writer.is_finished() {
        reader.read(&Overlay::new());
    }
    writer.join().unwrap();
    let loaded = reader.read(&Overlay::new());
    assert_eq!(loaded.bundle.services.len(), 1);
    assert_eq!(loaded.bundle.services[0].name.value, "shop");
}

fn manifest_in_the_end() -> &'static str {
    "name: shop\nservices:\n  - path: shop.yaml\n"
}

#[test]
fn a_clock_that_was_set_back_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let history = || History::of(folder.path()).within(Bounds { entries: 3, bytes: 1 << 30 });
    for at in [1_000_000, 1_000_001, 1_000_002] {
        history().add(&record(at)).unwrap();
    }
    let late = history().add(&record(5)).unwrap();
    let entries = history().list();
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().any(|entry| entry.id == late.id), "what was kept last is the first to go: {entries:?}");
}
