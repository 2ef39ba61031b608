//! The ZIP of a bundle: complete, nothing else in it, the same bytes every time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::io::Read;
use std::path::Path;

use priostack_workbench::bundle::{Loaded, Overlay, Reader};
use priostack_workbench::deploy::{self, Caps, ExportError, Exported, Layout, Options, Watch};
use priostack_workbench::sandbox::Cancel;

fn write(root: &Path, file: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn lay_out(root: &Path) {
    write(root, "bundle.yaml", "name: My shop\nservices:\n  - path: services/b.yaml\n  - path: a/a.yaml\n");
    write(root, "services/b.yaml", "name: b\n");
    let endpoint = "    - name: f\n      method: GET\n      path: /f\n      to: wasm:a:f\n";
    write(root, "a/a.yaml", format!("name: a\napi:\n  endpoints:\n{endpoint}"));
    write(root, "wasm/a.wasm", wat::parse_str("(module (func (export \"f\")))").unwrap());
    write(root, "wasm/nobody.wasm", wat::parse_str("(module (func (export \"f\")))").unwrap());
    write(root, "wasm/a.d.ts", "export function f(): void;");
    write(root, ".workbench/cases/a/f/x.json", "{\"input\": 1}");
    write(root, ".workbench/history/00000000000001-00000001-00000000.call", "{}");
    write(root, ".git/config", "secret");
    write(root, "notes.txt", "not named by the manifest");
}

fn export(loaded: &Loaded, to: &Path) -> Result<Exported, ExportError> {
    deploy::export(loaded, Options::default(), to)
}

fn pack(loaded: &Loaded) -> Result<(Vec<u8>, Vec<String>), ExportError> {
    deploy::pack(loaded, Layout::AsItIs, Watch::default()).map(|packed| (packed.bytes, packed.entries))
}

fn read(root: &Path) -> Loaded {
    Reader::new(root).read(&Overlay::new())
}

const ENTRIES: [&str; 4] =
    ["My-shop/a/a.yaml", "My-shop/bundle.yaml", "My-shop/services/b.yaml", "My-shop/wasm/a.wasm"];

#[test]
fn the_archive_holds_what_the_manifest_names_and_nothing_else() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_out(folder.path());
    let to = out.path().join("shop.zip");
    let exported = export(&read(folder.path()), &to).unwrap();
    assert_eq!(exported.entries, ENTRIES);
    assert_eq!(exported.size, fs::metadata(&to).unwrap().len());
    assert_eq!(exported.sha256.len(), 64);
    let mut archive = zip::ZipArchive::new(fs::File::open(&to).unwrap()).unwrap();
    assert_eq!(archive.len(), 4);
    for (at, name) in ENTRIES.into_iter().enumerate() {
        let mut entry = archive.by_index(at).unwrap();
        assert_eq!(entry.name().unwrap(), name);
        assert_eq!(entry.unix_mode().unwrap() & 0o777, 0o644);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let (_, file) = name.split_once('/').unwrap();
        assert_eq!(bytes, fs::read(folder.path().join(file)).unwrap());
    }
    let mut left: Vec<_> = fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["shop.report.html", "shop.report.json", "shop.zip"], "no temporary file is left");
}

#[test]
fn the_same_bundle_gives_the_same_bytes_wherever_and_whenever() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_out(one.path());
    std::thread::sleep(std::time::Duration::from_millis(20));
    lay_out(two.path());
    let (first, second) = (pack(&read(one.path())).unwrap(), pack(&read(two.path())).unwrap());
    assert_eq!(first, second);
    let changed = two.path().join("services/b.yaml");
    fs::write(changed, "name: b\ndescription: changed\n").unwrap();
    assert_ne!(first.0, pack(&read(two.path())).unwrap().0);
}

#[test]
fn an_exported_bundle_opens_again_without_problems() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_out(folder.path());
    let to = out.path().join("shop.zip");
    export(&read(folder.path()), &to).unwrap();
    zip::ZipArchive::new(fs::File::open(&to).unwrap()).unwrap().extract(out.path().join("again")).unwrap();
    let loaded = read(&out.path().join("again/My-shop"));
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.bundle.services.len(), 2);
}

#[test]
fn a_bundle_with_errors_is_refused_and_an_old_archive_is_kept() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_out(folder.path());
    write(folder.path(), "services/b.yaml", "name: b\napi: []\n");
    let to = out.path().join("shop.zip");
    fs::write(&to, "the old archive").unwrap();
    let Err(ExportError::Invalid(errors)) = export(&read(folder.path()), &to) else { panic!("exported") };
    assert_eq!(errors.len(), 1);
    assert_eq!(fs::read(&to).unwrap(), b"the old archive");
}

#[test]
fn what_broke_or_changed_since_it_was_checked_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let loaded = read(folder.path());
    write(folder.path(), "wasm/a.wasm", "broken meanwhile");
    assert!(matches!(pack(&loaded), Err(ExportError::Invalid(_))));
    lay_out(folder.path());
    write(folder.path(), "services/b.yaml", "name: b # changed\n");
    assert!(matches!(pack(&loaded), Err(ExportError::Changed { .. })));
    fs::remove_file(folder.path().join("services/b.yaml")).unwrap();
    assert!(matches!(pack(&loaded), Err(ExportError::File { .. })));
}

#[test]
fn the_archive_never_replaces_a_file_of_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let own = folder.path().join("wasm/a.wasm");
    let before = fs::read(&own).unwrap();
    assert!(matches!(export(&read(folder.path()), &own), Err(ExportError::WithinBundle { .. })));
    assert_eq!(fs::read(&own).unwrap(), before);
}

#[test]
fn a_name_that_is_no_folder_name_is_made_one() {
    let folder = tempfile::tempdir().unwrap();
    for (name, top) in [("\"../../etc\"", "etc"), ("\"a/b:c\"", "a-b-c"), ("\"...\"", "bundle"), ("Läden 1", "Läden-1")]
    {
        write(folder.path(), "bundle.yaml", format!("name: {name}\nservices: []\n"));
        assert_eq!(pack(&read(folder.path())).unwrap().1, [format!("{top}/bundle.yaml")]);
    }
}

#[test]
fn either_layout_can_be_asked_for_and_is_the_same_bundle() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_out(folder.path());
    let manifest = "# ours\nname: My shop\nservices:\n  - path: 'services/b.yaml' # quoted\n  - {path: ./a/a.yaml}\n";
    write(folder.path(), "bundle.yaml", manifest);
    let loaded = read(folder.path());
    for (layout, places, paths) in [
        (Layout::Flat, ["services/a.yaml", "services/b.yaml"], ["'services/b.yaml'", "services/a.yaml"]),
        (Layout::Folder, ["a/a.yaml", "b/b.yaml"], ["b/b.yaml", "a/a.yaml"]),
    ] {
        let to = out.path().join(format!("{layout:?}.zip"));
        let exported = deploy::export(&loaded, Options { layout, ..Options::default() }, &to).unwrap();
        let entries: Vec<&str> = exported.entries.iter().map(|entry| &entry["My-shop/".len()..]).collect();
        assert!(places.iter().all(|place| entries.contains(place)), "{layout:?}: {entries:?}");
        let again = out.path().join(format!("{layout:?}"));
        let unpacked = deploy::unpack(&to, &again, &Caps::default(), &Cancel::new(), |_| {}).unwrap();
        let text = fs::read_to_string(unpacked.root.join("bundle.yaml")).unwrap();
        let [first, second] = paths;
        let expected =
            format!("# ours\nname: My shop\nservices:\n  - path: {first} # quoted\n  - {{path: {second}}}\n");
        assert_eq!(text, expected);
        let again = read(&unpacked.root);
        assert_eq!(again.diagnostics, []);
        assert_eq!(again.bundle.services.len(), 2);
        assert_eq!(again.bundle.modules.len(), 1);
    }
}

#[test]
fn a_layout_in_which_two_files_have_one_place_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", "name: s\nservices:\n  - path: x/a.yaml\n  - path: y/a.yaml\n");
    write(folder.path(), "x/a.yaml", "name: a\n");
    write(folder.path(), "y/a.yaml", "name: b\n");
    let loaded = Loaded { diagnostics: Vec::new(), ..read(folder.path()) };
    let Err(ExportError::Layout { place }) = deploy::pack(&loaded, Layout::Flat, Watch::default()) else {
        panic!("packed")
    };
    assert_eq!(place, "services/a.yaml");
}

#[test]
fn a_preview_is_what_the_export_writes_and_writes_nothing() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_out(folder.path());
    let loaded = read(folder.path());
    let preview = deploy::preview(&loaded, Layout::Flat, Watch::default()).unwrap();
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    let options = Options { layout: Layout::Flat, ..Options::default() };
    let exported = deploy::export(&loaded, options, &out.path().join("shop.zip")).unwrap();
    assert_eq!((preview.archive.size, &preview.archive.sha256), (exported.size, &exported.sha256));
    let told = deploy::report::read(&out.path().join("shop.report.json")).unwrap();
    assert_eq!(preview.files, told.files);
    assert!(told.files.iter().any(|file| file.path == "services/a.yaml"), "the layout's own paths");
}

#[test]
fn a_cancelled_export_writes_nothing() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    lay_out(folder.path());
    let cancel = Cancel::new();
    let shares = std::cell::RefCell::new(Vec::new());
    let progress = |share: f32| {
        shares.borrow_mut().push(share);
        cancel.cancel();
    };
    let watch = Watch { cancel: Some(&cancel), progress: Some(&progress) };
    let options = Options { watch, ..Options::default() };
    let result = deploy::export(&read(folder.path()), options, &out.path().join("shop.zip"));
    assert!(matches!(result, Err(ExportError::Cancelled)));
    assert_eq!(shares.borrow().len(), 1, "it ended with the next chunk");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
