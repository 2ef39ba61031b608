//! The history of invocations on disk: kept whole, bounded, safe against damage and against other windows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::history::{Bounds, Ending, Facts, HISTORY_FOLDER, History, Record};

fn record(at: u64, input: &str) -> Record {
    let facts = Facts {
        at,
        service: "users".into(),
        function: "createUser".into(),
        ending: Ending::Answered,
        message: None,
        nanoseconds: [1, 2, 3, 4],
        peak_memory: 65_536,
        limits: [5_000_000_000, 1 << 28],
        origin: None,
        mishap: None,
    };
    Record { facts, input: input.into(), output: Some(format!("{{\"made\": {at}}}").into_bytes()), taken: None }
}

fn files(root: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(root.join(HISTORY_FOLDER)).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "call")).collect()
}

#[test]
fn an_invocation_is_kept_whole_and_found_again_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::of(folder.path());
    assert_eq!(history.list(), []);
    let first = record(1_000, "{\"name\": \"\u{1F600}\nAda\"}");
    let binary = Record { output: Some(vec![0, 10, 255, 13]), ..record(2_000, "[]") };
    let silent = Record { output: None, taken: Some(vec![7; 9]), ..record(3_000, "") };
    let ids: Vec<String> = [&first, &binary, &silent].map(|record| history.add(record).unwrap().id).into();
    assert_eq!(history.list().iter().map(|entry| entry.is_recorded).collect::<Vec<_>>(), [true, false, false]);
    let listed: Vec<String> = history.list().into_iter().map(|entry| entry.id).collect();
    assert_eq!(listed, ids.iter().rev().cloned().collect::<Vec<_>>());
    for (id, record) in ids.iter().zip([first, binary, silent]) {
        assert_eq!(history.read(id).unwrap(), record);
    }
    let ignore = fs::read_to_string(folder.path().join(HISTORY_FOLDER).join(".gitignore")).unwrap();
    assert_eq!(ignore, "*\n");
}

#[test]
fn damaged_and_foreign_files_cost_nothing_but_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::of(folder.path());
    let kept = history.add(&record(5, "{\"kept\": true}")).unwrap();
    for at in 10..16 {
        history.add(&record(at, "{\"a\": 1}")).unwrap();
    }
    let all: Vec<PathBuf> = files(folder.path()).into_iter().filter(|path| !path.ends_with(&kept.id)).collect();
    let whole = fs::read(&all[0]).unwrap();
    fs::write(&all[0], &whole[..whole.len() - 3]).unwrap();
    fs::write(&all[1], b"").unwrap();
    fs::write(&all[2], vec![0xff; 100_000]).unwrap();
    fs::write(&all[3], [whole.as_slice(), b"more"].concat()).unwrap();
    fs::write(&all[4], b"{\"at\":1}\n").unwrap();
    let lie = String::from_utf8(whole).unwrap().replace("\"input\":8", "\"input\":18446744073709551615");
    fs::write(&all[5], lie).unwrap();
    fs::write(folder.path().join(HISTORY_FOLDER).join("notes.txt"), "mine").unwrap();
    let listed: Vec<String> = history.list().into_iter().map(|entry| entry.id).collect();
    assert_eq!(listed, [kept.id.as_str()]);
    for path in &all {
        assert!(history.read(path.file_name().unwrap().to_str().unwrap()).is_err());
    }
    assert!(history.read("../../bundle.yaml").is_err());
    history.clear().unwrap();
    assert_eq!(files(folder.path()).len(), 0, "damaged entries go too");
    assert!(folder.path().join(HISTORY_FOLDER).join("notes.txt").exists(), "files of others stay");
}

#[test]
fn the_oldest_entries_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let few = History::of(folder.path()).within(Bounds { entries: 3, bytes: 1 << 20 });
    for at in 0..5 {
        few.add(&record(at, "{}")).unwrap();
    }
    assert_eq!(few.list().iter().map(|entry| entry.facts.at).collect::<Vec<_>>(), [4, 3, 2]);
    let small = History::of(folder.path()).within(Bounds { entries: 100, bytes: 4000 });
    small.add(&record(10, &format!("\"{}\"", "x".repeat(3000)))).unwrap();
    let sizes: u64 = files(folder.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(sizes <= 4000 && small.list()[0].facts.at == 10, "{sizes}");
    small.add(&record(11, &"y".repeat(9000))).unwrap();
    assert_eq!(small.list().len(), 1, "the newest stays, however large");
}

#[test]
fn two_windows_write_beside_each_other() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for window in 0..4_u64 {
            let history = History::of(folder.path());
            scope.spawn(move || {
                for at in 0..50 {
                    history.add(&record(at, &format!("[{window}, {at}]"))).unwrap();
                    if at % 10 == 0 {
                        history.list();
                    }
                }
            });
        }
    });
    let history = History::of(folder.path());
    let inputs: std::collections::BTreeSet<String> =
        history.list().iter().map(|entry| history.read(&entry.id).unwrap().input).collect();
    assert_eq!(inputs.len(), 200);
}

#[test]
fn entries_are_searched_by_what_they_hold_and_deleted_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::of(folder.path());
    let long = format!("{{\"text\": \"{}NEEDLE\"}}", "hay ".repeat(10_000));
    let first = history.add(&record(1, &long)).unwrap();
    let second = history.add(&record(2, "{}")).unwrap();
    let error = Facts { message: Some("Müller is unknown".into()), ending: Ending::Error, ..record(3, "").facts };
    let third = history.add(&Record { facts: error, ..record(3, "{}") }).unwrap();
    let origin = Facts { origin: Some("request POST /users".into()), ..record(4, "").facts };
    let taken = Some(b"cafe".to_vec());
    let fourth = history.add(&Record { facts: origin, taken, ..record(4, "{}") }).unwrap();
    let found = |text: &str| history.search(text, || true).into_iter().collect::<Vec<_>>();
    assert_eq!(found("needle"), [first.id.as_str()]);
    assert_eq!(found("\"made\": 2"), [second.id.as_str()]);
    assert_eq!(found("MÜLLER"), [third.id.as_str()]);
    assert_eq!(found("post /users"), [fourth.id.as_str()]);
    assert_eq!(found("cafe"), Vec::<String>::new(), "what it took from outside is no text of the user's");
    assert_eq!(found("nanoseconds"), Vec::<String>::new(), "nor are the names of facts");
    assert_eq!(found("createuser").len(), 4);
    assert!(history.search("createuser", || false).is_empty(), "a search can be ended");
    history.delete(&second.id).unwrap();
    history.delete(&second.id).unwrap();
    history.delete("../../../etc/passwd").unwrap();
    assert_eq!(history.list().len(), 3);
    assert_eq!(history.find(|entry| entry.facts.at < 4).unwrap().id, third.id);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_bundle_is_neither_written_nor_read() {
    let folder = tempfile::tempdir().unwrap();
    let (bundle, outside) = (folder.path().join("bundle"), folder.path().join("outside"));
    fs::create_dir_all(bundle.join(".workbench")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    let elsewhere = History::of(&outside);
    elsewhere.add(&record(1, "{}")).unwrap();
    std::os::unix::fs::symlink(outside.join(HISTORY_FOLDER), bundle.join(HISTORY_FOLDER)).unwrap();
    let history = History::of(&bundle);
    assert!(history.add(&record(2, "{}")).unwrap_err().to_string().contains("out of the bundle"));
    history.clear().unwrap();
    assert_eq!((history.list().len(), elsewhere.list().len()), (0, 1));
}

#[test]
fn ten_thousand_entries_are_listed_and_searched_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::of(folder.path());
    let entry = history.add(&record(1, "{\"email\": \"ada@example.com\"}")).unwrap();
    let home = folder.path().join(HISTORY_FOLDER);
    let bytes = fs::read(home.join(&entry.id)).unwrap();
    for number in 0..9_999 {
        fs::write(home.join(format!("{:014}-00000001-{number:08x}.call", 2)), &bytes).unwrap();
    }
    let begun = std::time::Instant::now();
    assert_eq!(history.list().len(), 10_000);
    assert_eq!(history.search("ada@", || true).len(), 10_000);
    history.add(&record(3, "{}")).unwrap();
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    assert_eq!(history.list().len(), 10_000, "one came, the oldest went");
}
