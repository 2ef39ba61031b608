//! Files that change under the window: reloading, conflicts with both versions side by side, files that
//! cannot be saved, folders that vanish.

use std::fs;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use priostack_workbench::workbench::Command;
use priostack_workbench::workbench::documents::Document;

use crate::support::Window;

const EDITOR: &str = "Editor of services/orders.yaml";
const FILE: &str = "services/orders.yaml";
const MANIFEST: &str = "name: shop\nservices:\n  - path: services/orders.yaml\n";
const SERVICE: &str = "name: orders\nversion: 1.0.0\n# one\n# two\n# three\n";

/// A window on a small bundle with its service file in front, and `typed` at its end.
fn with_typed(typed: &str) -> Window {
    let mut window = Window::on_files(&[("bundle.yaml", MANIFEST), (FILE, SERVICE)]);
    window.wait_for_label("Service orders");
    window.click(&format!("File {FILE}"));
    window.wait_for_label(EDITOR);
    window.type_into(EDITOR, "");
    window.press(Modifiers::COMMAND, Key::End);
    if !typed.is_empty() {
        window.harness.event(egui::Event::Text(typed.into()));
        window.harness.run_steps(2);
    }
    // Whether it may be saved is known after another reading.
    window.wait("no reading is due", |harness| harness.state().state().session.as_ref().unwrap().check_due.is_none());
    window
}

fn document(window: &Window) -> &Document {
    document_of(window.harness.state())
}

fn document_of(app: &priostack_workbench::workbench::App) -> &Document {
    app.state().session.as_ref().unwrap().documents.get(FILE).unwrap()
}

/// Another program saves the file: in one step, for a file that is caught half written is taken in twice.
fn write(window: &Window, text: &str) {
    let beside = window.folder.path().join("saving");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, window.bundle().join(FILE)).unwrap();
}

fn on_disk(window: &Window) -> String {
    fs::read_to_string(window.bundle().join(FILE)).unwrap()
}

fn wait_for_text(window: &mut Window, text: &'static str) {
    window.wait(text, move |harness| document_of(harness.state()).editor.text() == text);
}

const THEIRS: &str = "name: orders\nversion: 2.0.0\n# one\n# two\n# three\n";

/// A window whose file has `mine` at its end while the disk has another version.
fn in_conflict() -> Window {
    let mut window = with_typed("# mine");
    write(&window, THEIRS);
    window.wait_for_part("changed this file while you had unsaved changes");
    window
}

#[test]
fn a_changed_file_is_taken_in_and_said_and_can_be_undone() {
    let mut window = with_typed("");
    let caret = document(&window).editor.cursor();
    let reloaded = "# new\nname: orders\nversion: 2.0.0\n# one\n# two\n# three\n";
    write(&window, reloaded);
    wait_for_text(&mut window, reloaded);
    window.wait_for_label("Reloaded services/orders.yaml");
    let now = document(&window).editor.cursor();
    assert_eq!(now, (caret.0 + 1, caret.1), "the caret stays with its text");
    assert!(!document(&window).is_dirty());
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(document(&window).editor.text(), SERVICE);
    assert!(document(&window).is_dirty());
}

#[test]
fn several_changed_files_are_counted() {
    let mut window = with_typed("");
    write(&window, THEIRS);
    fs::write(window.bundle().join("bundle.yaml"), format!("{MANIFEST}# more\n")).unwrap();
    window.wait_for_label("Reloaded 2 files");
}

#[test]
fn a_save_by_rename_and_a_deleted_and_recreated_file_are_taken_in() {
    let mut window = with_typed("");
    let other = window.bundle().join("services/.orders.yaml.swp");
    fs::write(&other, THEIRS).unwrap();
    fs::rename(&other, window.bundle().join(FILE)).unwrap();
    wait_for_text(&mut window, THEIRS);
    fs::remove_file(window.bundle().join(FILE)).unwrap();
    window.wait_for_part("This file is gone from the disk");
    assert_eq!(document(&window).editor.text(), THEIRS);
    write(&window, SERVICE);
    wait_for_text(&mut window, SERVICE);
    window.wait("the bar goes", |harness| document_of(harness.state()).conflict.is_none());
}

#[test]
fn the_windows_own_save_is_no_reload() {
    let mut window = with_typed("# mine");
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Saved services/orders.yaml");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(600) {
        window.harness.step();
        std::thread::sleep(Duration::from_millis(10));
        assert!(!window.has_part("Reloaded"), "{:?}", window.labels());
    }
}

#[test]
fn a_change_on_disk_is_picked_up_quickly() {
    let mut window = with_typed("");
    let mut times = Vec::new();
    for round in 0..12 {
        std::thread::sleep(Duration::from_millis(130));
        window.harness.run_steps(2);
        let text = format!("{SERVICE}# {round}\n");
        let begun = Instant::now();
        write(&window, &text);
        while document(&window).editor.text() != text {
            assert!(begun.elapsed() < Duration::from_secs(20), "the change is not seen");
            std::thread::sleep(Duration::from_millis(1));
            window.harness.step();
        }
        times.push(begun.elapsed());
    }
    times.sort();
    let median = times[times.len() / 2];
    eprintln!("picked up after {median:?} (median), {:?} (longest)", times.last().unwrap());
    assert!(median < Duration::from_secs(1), "{times:?}");
}

#[test]
fn a_folder_that_appears_later_is_watched() {
    let mut window = Window::on_files(&[("bundle.yaml", MANIFEST)]);
    window.wait_for_part("Problem ");
    fs::create_dir_all(window.bundle().join("services")).unwrap();
    std::thread::sleep(Duration::from_millis(60));
    fs::write(window.bundle().join(FILE), SERVICE).unwrap();
    window.wait_for_label("Service orders");
    fs::write(window.bundle().join(FILE), SERVICE.replace("orders", "sales")).unwrap();
    window.wait_for_label("Service sales");
}

#[test]
fn without_watching_a_reload_takes_changes_in() {
    let mut window = with_typed("");
    window.harness.state_mut().send(Command::ToggleWatch);
    window.wait_for_part("not watched");
    write(&window, THEIRS);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(500) {
        window.harness.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(document(&window).editor.text(), SERVICE);
    window.press(Modifiers::NONE, Key::F5);
    wait_for_text(&mut window, THEIRS);
    let settings = fs::read_to_string(window.folder.path().join("settings.json")).unwrap();
    assert!(settings.contains("\"unwatched\": true"), "{settings}");
}

#[test]
fn a_bundle_whose_folder_vanishes_keeps_its_texts_and_can_be_saved_when_it_is_back() {
    let mut window = with_typed("# mine");
    let (bundle, away) = (window.bundle(), window.folder.path().join("away"));
    fs::rename(&bundle, &away).unwrap();
    window.wait_for_part("is gone; what is open here is kept");
    assert!(window.has("Service orders"), "what was read last is still shown");
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_part("no longer exists");
    assert!(document(&window).editor.text().ends_with("# mine"));
    fs::rename(&away, &bundle).unwrap();
    window.wait("the bar goes", |harness| !harness.state().state().session.as_ref().unwrap().disk.is_gone);
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Saved services/orders.yaml");
    assert_eq!(on_disk(&window), format!("{SERVICE}# mine"));
}

#[test]
fn a_save_over_a_change_is_refused_and_both_versions_are_shown() {
    let mut window = with_typed("# mine");
    window.harness.state_mut().send(Command::ToggleWatch);
    window.wait_for_part("not watched");
    write(&window, THEIRS);
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Two versions of services/orders.yaml");
    window.wait_for_label("Changed, left line 2: version: 2.0.0; right line 2: version: 1.0.0");
    window.wait_for_label("Changed, left line 6: ; right line 6: # mine");
    assert!(window.has("Same, line 1: name: orders"));
    assert!(window.has_part("Difference 1 of 2"));
    window.click("Next difference");
    assert!(window.has_part("Difference 2 of 2"));
    assert_eq!(on_disk(&window), THEIRS, "nothing is written before the choice");
}

#[test]
fn the_version_on_disk_can_be_taken_and_mine_comes_back_by_undo() {
    let mut window = in_conflict();
    window.click("Compare…");
    window.wait_for_label("On disk");
    window.click_in_front("Take the version on disk");
    wait_for_text(&mut window, THEIRS);
    assert!(window.harness.state().state().dialog.is_none());
    assert!(document(&window).conflict.is_none() && !document(&window).is_dirty());
    window.type_into(EDITOR, "");
    window.press(Modifiers::COMMAND, Key::Z);
    assert!(document(&window).editor.text().ends_with("# mine"));
}

#[test]
fn my_version_can_be_saved_over_the_one_on_disk() {
    let mut window = in_conflict();
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("On disk");
    window.click_in_front("Save my version");
    window.wait_for_label("Saved services/orders.yaml");
    assert_eq!(on_disk(&window), format!("{SERVICE}# mine"));
    assert!(document(&window).conflict.is_none());
}

#[test]
fn one_can_edit_on_and_save_then() {
    let mut window = in_conflict();
    window.click("Compare…");
    window.wait_for_label("Edit on from mine");
    window.click("Edit on from mine");
    window.wait("the conflict is settled", |harness| {
        let state = harness.state().state();
        let document = state.session.as_ref().unwrap().documents.get(FILE).unwrap();
        document.conflict.is_none() && document.is_dirty()
    });
    assert_eq!(on_disk(&window), THEIRS);
    window.type_into(EDITOR, " and more");
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Saved services/orders.yaml");
    assert_eq!(on_disk(&window), format!("{SERVICE}# mine and more"));
}

#[test]
fn a_decision_can_wait_and_a_change_that_is_taken_back_needs_none() {
    let mut window = in_conflict();
    window.click("Compare…");
    window.wait_for_label("Decide later");
    window.click("Decide later");
    assert!(window.has("Compare…"));
    write(&window, SERVICE);
    window.wait("the conflict ends", |harness| document_of(harness.state()).conflict.is_none());
    assert!(document(&window).editor.text().ends_with("# mine"));
}

#[cfg(unix)]
#[test]
fn a_read_only_file_says_so_at_once_and_a_copy_can_be_saved() {
    use std::os::unix::fs::PermissionsExt;
    let mut window = Window::on_files(&[("bundle.yaml", MANIFEST), (FILE, SERVICE)]);
    fs::set_permissions(window.bundle().join(FILE), fs::Permissions::from_mode(0o444)).unwrap();
    window.wait_for_label("Service orders");
    window.click(&format!("File {FILE}"));
    window.wait_for_part("This file is read-only");
    assert!(window.has("orders.yaml, read-only"));
    window.type_into(EDITOR, "# mine\n");
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_part("Your text is still in the editor");
    assert_eq!(on_disk(&window), SERVICE);
    window.click("Save a copy…");
    window.wait_for_label("Path of the copy");
    window.click("Save copy");
    window.wait_for_part("Saved a copy to");
    let copy = fs::read_to_string(window.bundle().join("services/orders-copy.yaml")).unwrap();
    assert!(copy.contains("# mine"), "{copy}");
    fs::set_permissions(window.bundle().join(FILE), fs::Permissions::from_mode(0o644)).unwrap();
    window.wait("the lock goes", |harness| document_of(harness.state()).lock.is_none());
}

#[test]
fn a_file_that_is_no_text_is_shown_as_far_as_it_is_and_never_written() {
    let mut window = Window::on_files(&[("bundle.yaml", MANIFEST), (FILE, SERVICE)]);
    let bytes = b"name: orders\n# caf\xe9\n".as_slice();
    fs::write(window.bundle().join(FILE), bytes).unwrap();
    window.wait_for_label("1 error");
    window.click(&format!("File {FILE}"));
    window.wait_for_part("This file is not UTF-8 text");
    assert_eq!(document(&window).editor.text(), "name: orders\n# caf");
    window.type_into(EDITOR, "typed");
    window.press(Modifiers::COMMAND, Key::S);
    window.harness.run_steps(5);
    assert!(!document(&window).is_dirty());
    assert_eq!(fs::read(window.bundle().join(FILE)).unwrap(), bytes);
    fs::write(window.bundle().join(FILE), SERVICE).unwrap();
    wait_for_text(&mut window, SERVICE);
    window.type_into(EDITOR, "# typed\n");
    assert!(document(&window).is_dirty(), "mended, it can be edited");
}

#[test]
fn byte_order_mark_and_mixed_line_endings_are_kept() {
    let text = "\u{feff}name: orders\r\nversion: 1.0.0\n# end\r\n";
    let mut window = Window::on_files(&[("bundle.yaml", MANIFEST), (FILE, text)]);
    window.wait_for_label("Service orders");
    window.click(&format!("File {FILE}"));
    window.wait_for_label(EDITOR);
    window.type_into(EDITOR, "");
    window.press(Modifiers::COMMAND, Key::End);
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.event(egui::Event::Text("# mine".into()));
    window.harness.run_steps(2);
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Saved services/orders.yaml");
    assert_eq!(on_disk(&window), format!("{text}\r\n# mine"));
}

#[test]
fn a_module_that_is_rebuilt_in_pieces_is_taken_in_once_it_is_whole() {
    let mut window = Window::on_sample();
    window.wait_for_label("Function create_user");
    window.wait("no job is left", |harness| harness.state().state().activities.is_empty());
    let built = fs::read(window.bundle().join("wasm/user-auth.wasm")).unwrap();
    let mut file = fs::File::create(window.bundle().join("wasm/user-service.wasm")).unwrap();
    for piece in built.chunks(built.len() / 4 + 1) {
        std::io::Write::write_all(&mut file, piece).unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(150) {
            window.harness.step();
            std::thread::sleep(Duration::from_millis(10));
            assert!(!window.has_part("Reloaded"), "half a module was taken in: {:?}", window.labels());
        }
    }
    drop(file);
    window.wait_for_label("Reloaded wasm/user-service.wasm");
    window.wait("its functions are shown", |harness| {
        use egui_kittest::kittest::Queryable;
        harness.query_all_by_label("Function issueToken").count() == 2
    });
    assert!(!window.has("Function create_user"));
}
