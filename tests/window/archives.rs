//! Archives in the window: opened read only, refused in words, extracted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use priostack_workbench::workbench::Command;
use priostack_workbench::workbench::command::LISTED;

use crate::support::{Window, zip_folder};

const SIZE: egui::Vec2 = egui::vec2(1440.0, 900.0);

fn on_archive() -> Window {
    let mut window = Window::on_archive_sized(SIZE, r#"{"invocations": 60}"#);
    window.wait_for_label("Service user-service");
    window
}

/// A file that is dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// The folder that the window's bundle lies in.
fn root(window: &Window) -> PathBuf {
    window.harness.state().state().session.as_ref().unwrap().root.clone()
}

/// Every file below `folder` with its bytes.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn send(window: &mut Window, command: Command) {
    window.harness.state_mut().send(command);
    window.harness.run_steps(4);
}

fn close_dialog(window: &mut Window) {
    send(window, Command::CloseDialog);
}

#[test]
fn an_archive_opens_read_only_and_says_so() {
    let mut window = on_archive();
    assert!(window.has("Opened from shop.zip, read only"));
    assert!(window.has("bundle.yaml, read-only"));
    let before = window.harness.state().state().session.as_ref().unwrap().documents.overlay();
    window.type_into("Editor of bundle.yaml", "typed");
    let session = window.harness.state().state().session.as_ref().unwrap();
    assert!(!session.documents.get("bundle.yaml").unwrap().editor.text().contains("typed"));
    assert_eq!(session.documents.overlay(), before);
    let archive = window.folder.path().join("shop.zip");
    assert_eq!(window.harness.state().state().settings.recent, [archive], "the archive is what is remembered");
}

#[test]
fn functions_of_an_archive_run_and_are_measured_and_nothing_is_written() {
    let mut window = on_archive();
    let before = everything(&root(&window));
    let archive = fs::read(window.folder.path().join("shop.zip")).unwrap();
    window.click("Run picked function");
    window.wait("an output", |harness| {
        let runner = &harness.state().state().session.as_ref().unwrap().runner;
        runner.picked.as_ref().is_some_and(|key| runner.reports.contains_key(key))
    });
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    window.wait("the cases are run", |harness| harness.state().state().activities.is_empty());
    window.press(Modifiers::COMMAND, Key::M);
    window
        .wait("a measurement", |harness| !harness.state().state().session.as_ref().unwrap().goals.measured.is_empty());
    send(&mut window, Command::SendRequest);
    window.wait("all is over", |harness| harness.state().state().activities.is_empty());
    assert_eq!(everything(&root(&window)).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(everything(&root(&window)), before);
    assert_eq!(fs::read(window.folder.path().join("shop.zip")).unwrap(), archive);
}

#[test]
fn no_command_writes_into_an_archives_folder() {
    let mut window = on_archive();
    let before = everything(&root(&window));
    let ends = |command: &Command| {
        matches!(command, Command::Quit | Command::CloseBundle | Command::Reload | Command::OpenSample)
    };
    for command in LISTED.iter().filter(|command| !ends(command)) {
        send(&mut window, command.clone());
        if command.writes_into_bundle() {
            assert!(window.has_part("Extract shop.zip"), "{command:?} offers what is needed");
        }
        close_dialog(&mut window);
    }
    for kind in [Command::CancelMeasure, Command::CancelRun, Command::CancelSensors, Command::StopGateway] {
        send(&mut window, kind);
    }
    window.wait("all is over", |harness| harness.state().state().activities.is_empty());
    assert_eq!(everything(&root(&window)), before);
}

#[test]
fn what_would_write_is_disabled_with_the_reason() {
    let mut window = on_archive();
    window.click("Edit");
    let item = window.harness.get_by_label("New endpoint…");
    assert!(item.accesskit_node().is_disabled());
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::COMMAND, Key::N);
    assert!(window.has_part("“New endpoint” needs a folder"), "{:?}", window.labels());
}

#[test]
fn an_archive_is_extracted_to_a_folder_that_is_opened() {
    let mut window = on_archive();
    window.click("Extract to…");
    let target = window.folder.path().join("extracted");
    window.replace_text("New folder", &target.display().to_string());
    window.click("Extract");
    window.wait("the folder is open", |harness| {
        let session = harness.state().state().session.as_ref();
        session.is_some_and(|session| session.archive.is_none() && session.loaded.is_some())
    });
    assert_eq!(root(&window), target);
    assert!(target.join("bundle.yaml").is_file(), "the archive's only folder becomes the one that was asked for");
    window.type_into("Editor of bundle.yaml", "# mine\n");
    window.press(Modifiers::COMMAND, Key::S);
    window.wait_for_label("Saved bundle.yaml");
    let archives = window.folder.path().join("archives");
    window.wait("what was unpacked is removed", |_| fs::read_dir(&archives).unwrap().next().is_none());
}

#[test]
fn a_place_that_is_taken_is_refused_and_nothing_is_touched() {
    let mut window = on_archive();
    let taken = window.folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    window.press(Modifiers::COMMAND, Key::S);
    window.replace_text("New folder", &taken.display().to_string());
    window.press(Modifiers::NONE, Key::Enter);
    window.wait_for_part("exists already; choose a name that is free");
    assert_eq!(fs::read_dir(&taken).unwrap().count(), 0);
    assert!(window.harness.state().state().is_sealed());
}

#[test]
fn an_archive_that_changed_since_is_not_extracted() {
    let mut window = on_archive();
    fs::write(window.folder.path().join("shop.zip"), "another one").unwrap();
    window.click("Extract to…");
    window.click("Extract");
    window.wait_for_part("changed since it was opened here");
}

#[test]
fn a_hostile_archive_is_refused_with_what_where_and_what_to_do() {
    let mut window = Window::on_sample();
    let archive = window.folder.path().join("evil.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    for name in ["bundle.yaml", "../../escaped.txt"] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    }
    writer.finish().unwrap();
    send(&mut window, Command::OpenFolder(archive));
    window.wait_for_label("Cannot open evil.zip");
    for part in ["is refused", "escaped.txt", "Pack the bundle's folder again", "Nothing of it was written"] {
        assert!(window.shows(part), "{part}: {:?}", window.labels());
    }
    close_dialog(&mut window);
    assert!(window.has("Service user-service"), "what was open stays open");
    assert!(!window.harness.state().state().is_sealed());
}

#[test]
fn an_archive_with_an_uncommon_name_opens_too_and_a_dropped_one() {
    let mut window = Window::on_sample();
    let archive = window.folder.path().join("shop.bundle");
    zip_folder(&window.bundle(), "inner", &archive);
    send(&mut window, Command::OpenFolder(archive.clone()));
    window.wait_for_label("Opened from shop.bundle, read only");
    let dropped = window.folder.path().join("dropped.zip");
    fs::rename(&archive, &dropped).unwrap();
    window.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(dropped)));
    window.harness.run_steps(2);
    window.wait_for_label("Opened from dropped.zip, read only");
}

#[test]
fn closing_the_bundle_removes_what_was_unpacked() {
    let mut window = on_archive();
    let unpacked = root(&window);
    send(&mut window, Command::CloseBundle);
    window.wait("it is gone", |_| !unpacked.exists());
    window.wait_for_label("Recent bundles");
    window.click("Open recent shop.zip");
    window.wait_for_label("Opened from shop.zip, read only");
}

#[test]
fn what_a_window_that_died_had_unpacked_goes_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let dead = folder.path().join("archives/dead/shop");
    fs::create_dir_all(&dead).unwrap();
    fs::write(dead.join("bundle.yaml"), "name: shop\n").unwrap();
    fs::create_dir_all(folder.path().join("bundle")).unwrap();
    let mut harness = Window::on_folder(folder.path());
    for _ in 0..2000 {
        if !dead.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
        harness.step();
    }
    panic!("{} is still there", dead.display());
}

#[test]
fn closing_the_dialog_ends_the_unpacking_and_leaves_nothing() {
    let mut window = Window::on_sample();
    let archive = window.folder.path().join("shop.zip");
    zip_folder(&window.bundle(), "shop", &archive);
    window.harness.state_mut().send(Command::OpenFolder(archive));
    window.harness.state_mut().send(Command::CloseDialog);
    window.harness.step();
    window.wait("the archive is not opened", |harness| {
        let state = harness.state().state();
        state.activities.is_empty() && !state.toasts.shown().is_empty()
    });
    assert!(!window.harness.state().state().is_sealed());
    let archives = window.folder.path().join("archives");
    window.wait("nothing is left", |_| fs::read_dir(&archives).map_or(0, Iterator::count) == 0);
}
