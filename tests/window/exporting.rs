//! Exporting and verifying through the window: the plan, keys, warnings, what was written, and whether it is that.

use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use priostack_workbench::deploy::{Layout, PublicKey, report};
use priostack_workbench::workbench::Command;
use priostack_workbench::workbench::command::ExportCommand;

use crate::support::Window;

const SIZE: egui::Vec2 = egui::vec2(1440.0, 900.0);

/// A window on the sample bundle with the export dialog on an archive outside of it.
fn exporting() -> (Window, PathBuf) {
    let mut window = Window::on_sample();
    window.wait("the modules are loaded", |harness| harness.state().state().activities.is_empty());
    window.press(Modifiers::COMMAND, Key::E);
    let archive = window.folder.path().join("out.zip");
    window.replace_text("Archive path", &archive.display().to_string());
    window.wait_for_part("bundle.yaml, ");
    (window, archive)
}

fn send(window: &mut Window, command: Command) {
    window.harness.state_mut().send(command);
    window.harness.run_steps(4);
}

/// A bundle with three warnings and no error: its version is none, and its module is used by nobody.
const WARNED: [(&str, &str); 2] = [
    ("bundle.yaml", "name: shop\nversion: first\nservices:\n  - path: services/shop.yaml\n"),
    ("services/shop.yaml", "name: shop\nversion: 1.0.0\n"),
];

fn with_warnings() -> (Window, PathBuf) {
    let mut window = Window::on_files(&WARNED);
    fs::create_dir_all(window.bundle().join("wasm")).unwrap();
    fs::write(window.bundle().join("wasm/shop.wasm"), wat::parse_str("(module)").unwrap()).unwrap();
    window.press(Modifiers::NONE, Key::F5);
    window.wait("the bundle has warnings and no errors", |harness| {
        use priostack_workbench::bundle::Severity;
        let session = harness.state().state().session.as_ref().unwrap();
        session.count(Severity::Error) == 0 && session.count(Severity::Warning) > 0
    });
    window.press(Modifiers::COMMAND, Key::E);
    let archive = window.folder.path().join("out.zip");
    window.replace_text("Archive path", &archive.display().to_string());
    window.wait_for_part("bundle.yaml, ");
    (window, archive)
}

fn wait_until_written(window: &mut Window) {
    window.wait_for_label("SHA-256");
}

#[test]
fn the_plan_names_every_file_with_size_and_digest_and_the_report_says_the_same() {
    let (mut window, archive) = exporting();
    window.click("Flat");
    window.wait_for_part("services/user-service.yaml, ");
    let planned: Vec<String> = window.labels().into_iter().filter(|label| label.contains(", SHA-256 ")).collect();
    assert!(!archive.exists(), "a plan writes nothing");
    window.click("Export");
    wait_until_written(&mut window);
    let told = report::read(&archive.with_extension("report.json")).unwrap();
    assert_eq!(told.archive.layout, Layout::Flat);
    assert_eq!(planned.len(), told.files.len());
    for file in &told.files {
        let row = planned.iter().find(|row| row.starts_with(&format!("{}, ", file.path))).unwrap();
        assert!(row.ends_with(&file.sha256[..12]), "{row}");
    }
    assert!(told.functions.iter().all(|facts| facts.convention.is_some() && facts.limits.is_some()), "{told:?}");
    assert!(told.functions.iter().all(|facts| facts.determinism.is_none()), "nothing is run unasked");
}

#[test]
fn determinism_is_tried_on_saved_cases_when_it_is_asked_for() {
    let (mut window, archive) = exporting();
    window.click("Check determinism on saved cases");
    window.click("Export");
    wait_until_written(&mut window);
    let told = report::read(&archive.with_extension("report.json")).unwrap();
    let create = told.functions.iter().find(|facts| facts.function.ends_with(":createUser")).unwrap();
    let determinism = create.determinism.as_ref().unwrap();
    assert_eq!(determinism.verdict, "deterministic", "{determinism:?}");
    assert!(determinism.run > 0);
}

#[test]
fn warnings_are_asked_about_once_and_the_keyboard_answers() {
    let (mut window, archive) = with_warnings();
    window.click("Export");
    assert!(window.shows("Export with 3 warnings?"), "{:?}", window.labels());
    assert!(window.has_part("Go to "), "the warnings are listed");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(window.has("Archive path"), "Escape goes back to the fields");
    window.click("Export");
    window.press(Modifiers::NONE, Key::Enter);
    wait_until_written(&mut window);
    assert!(archive.is_file());
}

#[test]
fn a_warning_leads_to_its_place() {
    let (mut window, _) = with_warnings();
    window.click("Export");
    window.click_part("Go to ");
    assert!(!window.has("Archive path") && !window.shows("Export with"), "{:?}", window.labels());
    assert!(window.has("Editor of bundle.yaml"));
}

#[test]
fn a_new_pair_of_keys_signs_and_the_archive_verifies_by_the_public_one() {
    let (mut window, archive) = exporting();
    window.click("Sign the digests of all files");
    assert!(window.shows("Choose the key to sign with"), "{:?}", window.labels());
    window.click("New pair…");
    let inside = window.bundle().join("shop.key");
    window.replace_text("New private key", &inside.display().to_string());
    window.click("Make keys");
    window.wait_for_part("lies in the bundle's folder");
    assert!(!inside.exists());
    let key = window.folder.path().join("keys/shop.key");
    window.replace_text("New private key", &key.display().to_string());
    window.click("Make keys");
    window.wait_for_label("Copy fingerprint");
    let public = PublicKey::read(&key.with_extension("pub")).unwrap();
    let eye = public.fingerprint()[..4].to_owned();
    assert!(window.shows(&eye), "the fingerprint is shown");
    window.click("Export");
    wait_until_written(&mut window);
    assert!(archive.with_extension("sha256.sig").is_file());
    assert!(window.shows(&public.fingerprint()));
    window.click("Verify");
    window.wait_for_label("This archive is what its report and signature say");
    assert!(window.has("The digests are signed by this key"));
    window.replace_text("Public key", &key.with_extension("pub").display().to_string());
    window.click("Verify");
    window.wait_for_label("This archive is what its report and signature say");
}

#[test]
fn a_key_that_cannot_be_used_is_said_beside_its_field() {
    let (mut window, archive) = exporting();
    let no_key = window.folder.path().join("settings.json");
    window.click("Sign the digests of all files");
    window.replace_text("Private key", &no_key.display().to_string());
    window.wait_for_part("holds no Ed25519 private key");
    window.press(Modifiers::NONE, Key::Enter);
    send(&mut window, Command::Export);
    assert!(window.shows("The key cannot be used"));
    assert!(!archive.exists());
}

#[test]
fn a_tampered_archive_is_found_out_with_what_differs() {
    let (mut window, archive) = exporting();
    window.click("Export");
    wait_until_written(&mut window);
    let other = window.folder.path().join("other.zip");
    crate::support::zip_folder(&window.bundle(), "shop", &other);
    fs::rename(&other, &archive).unwrap();
    window.click("Verify");
    window.wait_for_label("This archive is not what it should be");
    assert!(window.has_part("the archive's SHA-256 is"), "{:?}", window.labels());
    assert!(window.has("Failed") && window.has("The bundle has no errors"));
}

#[test]
fn an_archive_without_its_report_is_not_called_good() {
    let (mut window, archive) = exporting();
    window.click("Export");
    wait_until_written(&mut window);
    fs::remove_file(archive.with_extension("report.json")).unwrap();
    window.click("Done");
    send(&mut window, Command::Exporting(ExportCommand::ShowVerify));
    window.type_into("Archive to verify", &archive.display().to_string());
    window.click("Verify");
    window.wait_for_label("Nothing is wrong, but 1 check could not be made");
    window.replace_text("Archive to verify", "/no/such.zip");
    assert!(!window.shows("Nothing is wrong"), "what was found speaks of another file");
    window.click("Verify");
    window.wait_for_part("is no archive that can be read");
}

#[test]
fn choices_are_remembered_for_the_bundle_and_not_in_it() {
    let (mut window, archive) = exporting();
    window.click("Folder");
    window.click("Check determinism on saved cases");
    window.press(Modifiers::NONE, Key::Escape);
    let settings = window.folder.path().join("settings.json");
    window.wait("the settings are written", |_| fs::read_to_string(&settings).unwrap().contains("tries_determinism"));
    let remembered = &window.harness.state().state().settings.exports[0];
    assert_eq!((remembered.layout, remembered.bundle.as_path()), (Layout::Folder, window.bundle().as_path()));
    window.press(Modifiers::COMMAND, Key::E);
    assert!(window.shows(&archive.display().to_string()));
    assert!(!contains_word(&window.bundle(), "tries_determinism"));
}

/// Whether a file below `folder` holds `word`.
fn contains_word(folder: &Path, word: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return contains_word(&path, word);
        }
        let bytes = fs::read(&path).unwrap();
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    })
}

#[test]
fn an_export_can_be_cancelled_and_writes_nothing_then() {
    let (mut window, archive) = exporting();
    window.click("Check determinism on saved cases");
    send(&mut window, Command::Export);
    send(&mut window, Command::Exporting(ExportCommand::Cancel));
    window.wait_for_label("Archive path");
    assert!(!archive.exists() && !archive.with_extension("report.json").exists());
}

#[test]
fn an_archive_that_is_open_is_exported_and_verified_too() {
    let mut window = Window::on_archive_sized(SIZE, "{}");
    window.wait_for_label("Service user-service");
    window.press(Modifiers::COMMAND, Key::E);
    let archive = window.folder.path().join("again.zip");
    window.replace_text("Archive path", &archive.display().to_string());
    window.click("Export");
    wait_until_written(&mut window);
    window.click("Verify");
    window.wait_for_label("This archive is what its report and signature say");
}
