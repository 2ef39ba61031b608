//! A window without a display, and bundles to open in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use priostack_workbench::workbench::{App, ArchiveFolder, JournalFolder, Options, SettingsFile};
use tempfile::TempDir;

/// Generous: the machine that runs the tests may be busy compiling.
const PATIENCE: Duration = Duration::from_secs(90);

/// A window with the folder that its bundle and settings are in.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub folder: TempDir,
}

impl Window {
    /// A window without a bundle; settings as given.
    pub fn with_settings(settings: &str) -> Self {
        Self::build(settings, egui::vec2(1440.0, 900.0), |_| None)
    }

    /// A window on a copy of the sample bundle with all its services.
    pub fn on_whole_sample() -> Self {
        let mut window = Self::build("{}", egui::vec2(1440.0, 1400.0), |folder| Some(copy_of_whole_sample(folder)));
        window.wait_for_label("Service user-service");
        window
    }

    /// A window on a copy of the sample bundle with two of its services.
    pub fn on_sample() -> Self {
        let mut window =
            Self::build(r#"{"invocations": 120}"#, egui::vec2(1440.0, 900.0), |folder| Some(copy_of_sample(folder)));
        window.wait_for_label("Service user-service");
        window
    }

    /// A window on a copy of the sample bundle with two of its services, and no saved cases.
    pub fn on_sample_without_cases() -> Self {
        let mut window = Self::build("{}", egui::vec2(1440.0, 900.0), |folder| {
            let copy = copy_of_sample(folder);
            fs::remove_dir_all(copy.join(".workbench/cases")).unwrap();
            Some(copy)
        });
        window.wait_for_label("Service user-service");
        window
    }

    /// A window on a bundle with these files.
    pub fn on_files(files: &[(&str, &str)]) -> Self {
        Self::build("{}", egui::vec2(1440.0, 900.0), |folder| Some(write_bundle(folder, files)))
    }

    /// A window of this size on a copy of the sample bundle.
    pub fn on_sample_sized(size: egui::Vec2, settings: &str) -> Self {
        let mut window = Self::build(settings, size, |folder| Some(copy_of_sample(folder)));
        window.wait_for_label("Service user-service");
        window
    }

    /// A window of this size on an archive of the sample bundle, its saved cases and kept results included.
    pub fn on_archive_sized(size: egui::Vec2, settings: &str) -> Self {
        Self::build(settings, size, |folder| {
            let archive = folder.join("shop.zip");
            zip_folder(&copy_of_sample(folder), "shop", &archive);
            fs::remove_dir_all(folder.join("bundle")).unwrap();
            Some(archive)
        })
    }

    fn build(settings: &str, size: egui::Vec2, bundle: impl FnOnce(&Path) -> Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("settings.json"), settings).unwrap();
        let bundle = bundle(folder.path());
        let harness = build_harness(folder.path(), bundle, size);
        Self { harness, folder }
    }

    /// The same bundle in a new window, as after a crash: the old one has no chance to tidy up.
    pub fn crash_and_open_again(self) -> Self {
        let Self { harness, folder } = self;
        drop(harness);
        let bundle = folder.path().join("bundle");
        Self { harness: build_harness(folder.path(), Some(bundle), egui::vec2(1440.0, 900.0)), folder }
    }

    /// A further window on the same bundle.
    pub fn another_harness(&self) -> Harness<'static, App> {
        build_harness(self.folder.path(), Some(self.bundle()), egui::vec2(1440.0, 900.0))
    }

    /// A window on the bundle that lies in `folder` already.
    pub fn on_folder(folder: &Path) -> Harness<'static, App> {
        build_harness(folder, Some(folder.join("bundle")), egui::vec2(1000.0, 700.0))
    }

    /// The bundle's folder.
    pub fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    /// Steps until `holds`, or fails with `what`.
    pub fn wait(&mut self, what: &str, holds: impl Fn(&Harness<'static, App>) -> bool) {
        let begun = Instant::now();
        while !holds(&self.harness) {
            assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}\n{:?}", self.labels());
            std::thread::sleep(Duration::from_millis(4));
            self.harness.step();
        }
        self.harness.run_steps(2);
    }

    /// Waits until something with this name is there.
    pub fn wait_for_label(&mut self, label: &str) {
        self.wait(label, |harness| harness.query_all_by_label(label).next().is_some());
    }

    /// Waits until something is there whose name holds `part`.
    pub fn wait_for_part(&mut self, part: &str) {
        self.wait(part, |harness| harness.query_all_by_label_contains(part).next().is_some());
    }

    /// Whether something has this name.
    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    /// Whether the name of something holds `part`.
    pub fn has_part(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    /// Clicks the first thing with this name.
    pub fn click(&mut self, label: &str) {
        let Some(node) = self.harness.query_all_by_label(label).next() else {
            panic!("nothing is called {label:?}: {:?}", self.labels());
        };
        node.click();
        self.harness.run_steps(3);
    }

    /// Clicks the first thing whose name begins with `part`.
    pub fn click_part(&mut self, part: &str) {
        let Some(label) = self.labels().into_iter().find(|label| label.starts_with(part)) else {
            panic!("nothing begins with {part:?}: {:?}", self.labels());
        };
        self.click(&label);
    }

    /// The saved inputs of the picked function that are expected to be answered.
    pub fn cases_of_picked(&self) -> Vec<String> {
        let runner = &self.harness.state().state().session.as_ref().unwrap().runner;
        let cases = runner.cases.of(runner.picked.as_ref().unwrap()).unwrap();
        cases.iter().filter(|case| !case.expects_error).map(|case| case.name.clone()).collect()
    }

    /// Clicks the last thing with this name: what is in the dialog in front comes last.
    pub fn click_in_front(&mut self, label: &str) {
        let Some(node) = self.harness.query_all_by_label(label).last() else {
            panic!("nothing is called {label:?}: {:?}", self.labels());
        };
        node.click();
        self.harness.run_steps(3);
    }

    /// Gives the focus to the field with this name and types.
    pub fn type_into(&mut self, label: &str, text: &str) {
        self.harness.query_all_by_label(label).next().unwrap_or_else(|| panic!("no field {label:?}")).focus();
        self.harness.run_steps(2);
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }

    /// Replaces all text of the field with this name.
    pub fn replace_text(&mut self, label: &str, text: &str) {
        self.harness.query_all_by_label(label).next().unwrap_or_else(|| panic!("no field {label:?}")).focus();
        self.harness.run_steps(2);
        self.press(egui::Modifiers::COMMAND, egui::Key::A);
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }

    /// Presses a key.
    pub fn press(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    /// All names and texts, for messages of failed tests and for texts that are values.
    pub fn labels(&self) -> Vec<String> {
        let root = self.harness.root();
        let mut found = Vec::new();
        collect(root.accesskit_node(), &mut found);
        found
    }

    /// Whether some name or text holds `part`.
    pub fn shows(&self, part: &str) -> bool {
        self.labels().iter().any(|label| label.contains(part))
    }
}

fn build_harness(folder: &Path, bundle: Option<PathBuf>, size: egui::Vec2) -> Harness<'static, App> {
    let options = Options {
        bundle,
        settings: SettingsFile::at(folder.join("settings.json")),
        journal: JournalFolder::at(folder.join("journal")),
        archives: ArchiveFolder::at(folder.join("archives")),
        native_dialogs: false,
    };
    Harness::builder().with_size(size).with_max_steps(60).build_eframe(move |creation| App::new(creation, options))
}

fn collect(node: egui_kittest::kittest::AccessKitNode<'_>, found: &mut Vec<String>) {
    found.extend(node.label());
    found.extend(node.value());
    for child in node.children() {
        collect(child, found);
    }
}

/// The repository's sample bundle, copied without its sources.
fn copy_of_sample(folder: &Path) -> PathBuf {
    let copy = copy_of_whole_sample(folder);
    // Two of its services are enough, and fit on the screen.
    let manifest = fs::read_to_string(copy.join("bundle.yaml")).unwrap();
    let kept = |line: &&str| !line.contains("path:") || line.contains("/user-");
    fs::write(copy.join("bundle.yaml"), manifest.lines().filter(kept).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    for part in ["services", "wasm", ".workbench/cases"] {
        for entry in fs::read_dir(copy.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with("user-") {
                continue;
            }
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
    copy
}

fn copy_of_whole_sample(folder: &Path) -> PathBuf {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let copy = folder.join("bundle");
    for part in ["services", "wasm", ".workbench"] {
        copy_folder(&sample.join(part), &copy.join(part));
    }
    fs::copy(sample.join("bundle.yaml"), copy.join("bundle.yaml")).unwrap();
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Packs `folder` as a folder `top` into an archive, as any program would.
pub fn zip_folder(folder: &Path, top: &str, archive: &Path) {
    let mut writer = zip::ZipWriter::new(fs::File::create(archive).unwrap());
    let mut folders = vec![(folder.to_path_buf(), top.to_owned())];
    while let Some((folder, name)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                folders.push((path, name));
            } else {
                writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                std::io::Write::write_all(&mut writer, &fs::read(path).unwrap()).unwrap();
            }
        }
    }
    writer.finish().unwrap();
}

fn write_bundle(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    let root = folder.join("bundle");
    fs::create_dir_all(&root).unwrap();
    for (file, text) in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}
