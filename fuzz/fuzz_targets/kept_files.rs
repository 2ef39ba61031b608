//! Files that the workbench keeps, damaged in any way: settings, recordings, runs, history, cases.

#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use priostack_workbench::bundle::cases::all_cases;
use priostack_workbench::bundle::history::{HISTORY_FOLDER, History};
use priostack_workbench::bundle::{Settings, settings};
use priostack_workbench::measure::runs;
use priostack_workbench::platform::recording;
use tempfile::TempDir;

static DESK: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fn write(file: &str, data: &[u8]) {
    let path = DESK.path().join(file);
    fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
    fs::write(path, data).expect("a file");
}

fuzz_target!(|data: &[u8]| {
    if let Ok(settings) = Settings::parse(&String::from_utf8_lossy(data)) {
        let text = settings.text().expect("settings can be written");
        assert_eq!(Settings::parse(&text).as_ref(), Ok(&settings), "{text}");
    }
    if let Ok(recording) = recording::decode(data) {
        let written = recording::encode(&recording, usize::MAX).expect("a recording can be written");
        assert_eq!(recording::decode(&written), Ok(recording));
    }
    write("kept.run", data);
    let _ = runs::read_file(&DESK.path().join("kept.run"));
    write(&format!("{HISTORY_FOLDER}/00000000000001-00000001-00000001.call"), data);
    let history = History::of(DESK.path());
    for entry in history.list() {
        let _ = history.read(&entry.id);
    }
    history.search("a", || true);
    write(".workbench/cases/shop/buy/one.json", data);
    let _ = all_cases(DESK.path());
    write(settings::SETTINGS_FILE, data);
    let _ = Settings::read(DESK.path());
});
