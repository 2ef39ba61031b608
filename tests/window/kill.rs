//! Unsaved text after a crash: what is offered, restored and discarded, and real processes that are killed
//! while somebody types.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use priostack_workbench::workbench::journal::{Journal, JournalFolder};

use crate::support::Window;

const EDITOR: &str = "Editor of services/orders.yaml";
const FILE: &str = "services/orders.yaml";
const MANIFEST: &str = "name: shop\nservices:\n  - path: services/orders.yaml\n";
const SERVICE: &str = "name: orders\nversion: 1.0.0\n";
const FOUND: &str = "Unsaved changes of services/orders.yaml from less than a minute ago were found";

fn typed(text: &str) -> Window {
    let mut window = Window::on_files(&[("bundle.yaml", MANIFEST), (FILE, SERVICE)]);
    window.wait_for_label("Service orders");
    window.click(&format!("File {FILE}"));
    window.wait_for_label(EDITOR);
    window.type_into(EDITOR, "");
    window.press(Modifiers::COMMAND, Key::End);
    window.harness.event(egui::Event::Text(text.into()));
    window.harness.run_steps(2);
    window
}

/// What the journal offers of the bundle in this folder, with the names of the files.
fn offered(folder: &Path) -> Vec<(String, String)> {
    let journal = Journal::new(JournalFolder::at(folder.join("journal")), &folder.join("bundle"));
    let found = journal.left_behind();
    found.iter().map(|found| (found.unsaved.file.clone(), found.unsaved.text.clone())).collect()
}

fn wait_until_kept(window: &mut Window, text: &'static str) {
    let journal = window.folder.path().join("journal");
    window.wait("the journal is written", move |_| {
        files_below(&journal).iter().any(|file| fs::read_to_string(file).is_ok_and(|kept| kept.contains(text)))
    });
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn text_of(window: &Window) -> String {
    let session = window.harness.state().state().session.as_ref().unwrap();
    session.documents.get(FILE).unwrap().editor.text().to_owned()
}

#[test]
fn unsaved_text_is_offered_after_a_crash_and_restored_as_an_edit() {
    let mut window = typed("# precious");
    wait_until_kept(&mut window, "# precious");
    let mut window = window.crash_and_open_again();
    window.wait_for_label(FOUND);
    window.click("Restore");
    window.wait_for_label(EDITOR);
    assert_eq!(text_of(&window), format!("{SERVICE}# precious"));
    assert!(window.has("orders.yaml, unsaved"));
    assert!(!window.has(FOUND));
    assert_eq!(fs::read_to_string(window.bundle().join(FILE)).unwrap(), SERVICE, "the file is not written by itself");
    window.type_into(EDITOR, "");
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(text_of(&window), SERVICE);
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Saved services/orders.yaml");
    let folder = window.folder.path().to_path_buf();
    window.wait("the journal is empty", move |_| files_below(&folder.join("journal")).is_empty());
}

#[test]
fn restored_text_survives_another_crash() {
    let mut window = typed("# precious");
    wait_until_kept(&mut window, "# precious");
    let mut window = window.crash_and_open_again();
    window.wait_for_label(FOUND);
    window.click("Restore");
    window.wait_for_label("orders.yaml, unsaved");
    // At no moment is it in neither place.
    let mut window = window.crash_and_open_again();
    window.wait_for_label(FOUND);
}

#[test]
fn a_file_that_changed_since_the_crash_is_said_and_not_overwritten() {
    let mut window = typed("# precious");
    wait_until_kept(&mut window, "# precious");
    let theirs = "name: orders\nversion: 3.0.0\n";
    fs::write(window.bundle().join(FILE), theirs).unwrap();
    let mut window = window.crash_and_open_again();
    window.wait_for_label(&format!("{FOUND}; the file on disk has changed since"));
    window.click("Show difference…");
    window.wait_for_label("Unsaved, found in the journal");
    window.wait_for_label("Changed, left line 2: version: 3.0.0; right line 2: version: 1.0.0");
    window.click_in_front("Restore");
    window.wait_for_part("Another program changed this file while you had unsaved changes");
    window.type_into(EDITOR, "");
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Two versions of services/orders.yaml");
    assert_eq!(fs::read_to_string(window.bundle().join(FILE)).unwrap(), theirs);
}

#[test]
fn discarded_text_is_not_offered_again() {
    let mut window = typed("# precious");
    wait_until_kept(&mut window, "# precious");
    let mut window = window.crash_and_open_again();
    window.wait_for_label(FOUND);
    window.click("Discard");
    assert!(!window.has(FOUND));
    let folder = window.folder.path().to_path_buf();
    window.wait("the journal is empty", move |_| offered(&folder).is_empty());
    assert_eq!(fs::read_to_string(window.bundle().join(FILE)).unwrap(), SERVICE);
}

#[test]
fn what_is_dropped_on_purpose_is_not_offered() {
    let mut window = typed("# not precious");
    wait_until_kept(&mut window, "# not precious");
    window.press(Modifiers::COMMAND, Key::Q);
    window.wait_for_label("Unsaved changes");
    window.click("Discard changes");
    window.wait("the window closes", |harness| harness.state().state().may_quit);
    let mut window = window.crash_and_open_again();
    window.wait_for_label("Service orders");
    assert!(offered(window.folder.path()).is_empty());
}

#[test]
fn a_second_window_is_not_offered_what_the_first_still_holds() {
    let mut window = typed("# precious");
    wait_until_kept(&mut window, "# precious");
    let mut other = window.another_harness();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(700) {
        other.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(other.query_all_by_label("Service orders").next().is_some());
    assert!(other.query_all_by_label_contains("Unsaved changes of").next().is_none());
    drop(other);
    wait_until_kept(&mut window, "# precious");
}

/// How often a process is killed.
const KILLS: usize = 20;
/// Set for the process that types until it is killed.
const TYPES_IN: &str = "PRIOSTACK_WORKBENCH_TEST_TYPES_IN";
/// What may go by between typing and the journal, beyond its delay, on a machine that is busy.
const SLACK: Duration = Duration::from_millis(1500);
const DELAY: Duration = Duration::from_millis(500);

/// Types in the folder that the environment names, line by line, saves now and then, and tells what it did
/// on its standard output. Ends only when it is killed. Without the environment it does nothing.
#[test]
#[allow(clippy::print_stdout)]
fn a_process_that_types_until_it_is_killed() {
    let Some(folder) = std::env::var_os(TYPES_IN).map(PathBuf::from) else { return };
    let mut harness = Window::on_folder(&folder);
    let settle = |harness: &mut egui_kittest::Harness<'static, _>, label: &str| {
        while harness.query_all_by_label(label).next().is_none() {
            harness.step();
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    settle(&mut harness, &format!("File {FILE}"));
    harness.get_by_label(&format!("File {FILE}")).click();
    settle(&mut harness, EDITOR);
    harness.get_by_label(EDITOR).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::End);
    for line in 0.. {
        harness.event(egui::Event::Text(format!("# {line}")));
        harness.key_press(Key::Enter);
        harness.step();
        println!("\ntyped {line}");
        if line % 40 == 39 {
            harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
            println!("\nsaving {line}");
        }
        harness.step();
        std::thread::sleep(Duration::from_millis(4));
    }
}

/// Lets a process type for `life` after its first line and kills it. What it typed, with the time of each line.
fn type_and_kill(folder: &Path, life: Duration) -> (Vec<(usize, Instant)>, Instant) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::a_process_that_types_until_it_is_killed", "--nocapture"])
        .env(TYPES_IN, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let reader = std::thread::spawn(move || {
        let mut typed = Vec::new();
        let mut first = None;
        for line in lines.map_while(Result::ok) {
            if let Some(line) = line.strip_prefix("typed ").and_then(|line| line.parse().ok()) {
                typed.push((line, Instant::now()));
                first.get_or_insert_with(Instant::now);
            }
            if first.is_some_and(|first| first.elapsed() > life) {
                break;
            }
        }
        typed
    });
    let typed = reader.join().unwrap();
    // SIGKILL on Unix: no destructor runs, nothing is flushed.
    process.kill().unwrap();
    let killed = Instant::now();
    process.wait().unwrap();
    (typed, killed)
}

/// The number in the last whole line that was typed.
fn last_line(text: &str) -> Option<usize> {
    text.lines().rev().find_map(|line| line.strip_prefix("# ")?.parse().ok())
}

#[test]
fn text_typed_before_a_kill_is_on_disk_or_in_the_journal_and_files_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    fs::create_dir_all(bundle.join("services")).unwrap();
    fs::write(bundle.join("bundle.yaml"), MANIFEST).unwrap();
    let mut seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
    let mut offers = 0;
    for kill in 0..KILLS {
        fs::write(bundle.join(FILE), SERVICE).unwrap();
        let _ = fs::remove_dir_all(folder.path().join("journal"));
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let life = Duration::from_millis(300 + u64::from(seed >> 16) % 1800);
        let (typed, killed) = type_and_kill(folder.path(), life);
        let saved = fs::read_to_string(bundle.join(FILE)).unwrap();
        assert_whole(&saved);
        assert_eq!(fs::read_to_string(bundle.join("bundle.yaml")).unwrap(), MANIFEST);
        let offered = offered(folder.path());
        offers += offered.len();
        for (file, text) in &offered {
            assert_eq!(file, FILE);
            assert_whole(text);
        }
        let safe = offered.iter().filter_map(|(_, text)| last_line(text)).chain(last_line(&saved)).max();
        let due = typed.iter().filter(|(_, time)| killed - *time > DELAY + SLACK).map(|(line, _)| *line).max();
        assert!(safe >= due, "kill {kill} after {life:?}: line {due:?} was typed long before, {safe:?} is safe");
    }
    assert!(offers > KILLS / 3, "hardly anything was offered: {offers}");
}

/// Every line that was typed, one after the other, and nothing half.
fn assert_whole(text: &str) {
    let rest = text.strip_prefix(SERVICE).unwrap_or_else(|| panic!("the beginning is gone: {text:?}"));
    let mut lines = rest.split('\n').peekable();
    let mut at = 0;
    while let Some(line) = lines.next() {
        // The caret stands in the last line, which may not be typed to its end.
        if lines.peek().is_some() {
            assert_eq!(line, format!("# {at}"));
        } else {
            assert!(line.is_empty() || line == format!("# {at}"), "{line:?}");
        }
        at += 1;
    }
}
