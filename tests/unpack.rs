//! Archives from strangers: what is a bundle is unpacked, and nothing leaves the folder or its bounds.
//!
//! `PRIOSTACK_ZIP_SUITES=<folder>` tries every archive below a folder too, such as the samples of zip2 and the
//! zip-slip archives of snyk.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use priostack_workbench::bundle::{Overlay, Reader};
use priostack_workbench::deploy::{Caps, Options, UnpackError, Unpacked, export, unpack};
use priostack_workbench::sandbox::Cancel;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MANIFEST: (&str, &[u8]) = ("bundle.yaml", b"name: shop\nservices: []\n");

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        match name.strip_suffix('/') {
            Some(folder) => writer.add_directory(folder, options).unwrap(),
            None => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}

/// Names of one length take each other's place in an archive that no program would write so.
fn renamed(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes;
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|at| &bytes[*at..*at + from.len()] == from.as_bytes()).collect();
    assert_eq!(places.len(), 2, "once before the content, once in the directory");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// A folder with an archive in it, and room for what it is unpacked to.
struct Desk(tempfile::TempDir);

impl Desk {
    fn with(bytes: &[u8]) -> Self {
        let desk = tempfile::tempdir().unwrap();
        fs::create_dir(desk.path().join("inner")).unwrap();
        fs::write(desk.path().join("inner/a.zip"), bytes).unwrap();
        Self(desk)
    }

    fn archive(&self) -> PathBuf {
        self.0.path().join("inner/a.zip")
    }

    fn target(&self) -> PathBuf {
        self.0.path().join("inner/out")
    }

    fn unpack(&self, caps: &Caps) -> Result<Unpacked, UnpackError> {
        unpack(&self.archive(), &self.target(), caps, &Cancel::new(), |_| {})
    }

    /// Everything on the desk but the archive, relative to it.
    fn everything(&self) -> Vec<String> {
        let mut found = files(self.0.path());
        found.retain(|file| !["inner/a.zip", "inner/a.report.json", "inner/a.report.html"].contains(&file.as_str()));
        found
    }

    fn refuses(&self, caps: &Caps) -> String {
        let error = self.unpack(caps).unwrap_err().to_string();
        assert_eq!(self.everything(), Vec::<String>::new(), "{error}");
        assert!(!self.target().exists());
        error
    }
}

fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_exported_bundle_is_unpacked_as_it_was() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let loaded = Reader::new(&sample).read(&Overlay::new());
    let desk = Desk::with(b"");
    let exported = export(&loaded, Options::default(), &desk.archive()).unwrap();
    let unpacked = desk.unpack(&Caps::default()).unwrap();
    assert_eq!(unpacked.files, exported.entries.len());
    let again = Reader::new(&unpacked.root).read(&Overlay::new());
    assert_eq!(again.bundle.services.len(), loaded.bundle.services.len());
    assert_eq!(again.bundle.modules.len(), loaded.bundle.modules.len());
    for file in files(&unpacked.root) {
        assert_eq!(fs::read(unpacked.root.join(&file)).unwrap(), fs::read(sample.join(&file)).unwrap(), "{file}");
    }
}

#[test]
fn the_bundle_is_found_at_the_top_or_in_the_only_folder() {
    let text = MANIFEST.1;
    for (entries, root) in [
        (vec![MANIFEST, ("services/", b"" as &[u8])], Some("")),
        (vec![("./bundle.yaml", text)], Some("")),
        (vec![("shop/", b""), ("shop/bundle.yaml", text), ("__MACOSX/shop/._bundle.yaml", b"x")], Some("shop")),
        (vec![("shop/bundle.yaml", text), ("__MACOSX/bundle.yaml", b"x")], Some("shop")),
        (vec![MANIFEST, ("old/bundle.yaml", text)], Some("")),
        (vec![("a/bundle.yaml", text), ("b/bundle.yaml", text)], None),
        (vec![("deep/er/bundle.yaml", text)], None),
        (vec![("mybundle.yaml", text)], None),
        (vec![("bundle.yaml/", b"")], None),
        (vec![], None),
    ] {
        let desk = Desk::with(&zip(&entries));
        match root {
            Some(root) => {
                let unpacked = desk.unpack(&Caps::default()).unwrap();
                assert_eq!(unpacked.root, desk.target().join(root));
                assert!(unpacked.root.join("bundle.yaml").is_file());
            }
            None => assert!(desk.refuses(&Caps::default()).contains("holds no bundle"), "{entries:?}"),
        }
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused_before_anything_is_written() {
    let entries: [(&str, &[u8]); 2] = [MANIFEST, ("00000000", b"canary")];
    for (name, words) in [
        ("../../up", "leads out of the folder"),
        ("a/../../", "leads out of the folder"),
        ("/tmp/xyz", "is absolute"),
        ("C:/x.txt", "is absolute"),
        ("..\\..\\up", "backslash"),
        ("a\0b.yaml", "control character"),
        ("nul.yaml", "names a device"),
        ("a//b.txt", "is empty"),
    ] {
        let desk = Desk::with(&renamed(zip(&entries), "00000000", name));
        let error = desk.refuses(&Caps::default());
        assert!(error.contains(words), "{name:?}: {error}");
        assert!(!error.contains('\0'), "{error:?}");
    }
}

#[test]
fn two_entries_for_one_file_are_refused() {
    for (first, second) in [
        ("wasm/users.wasm", "wasm/Users.wasm"),
        ("wasm/ü.wasm", "wasm/Ü.wasm"),
        ("wasm", "wasm/users.wasm"),
        ("wasm/users.wasm", "./wasm/users.wasm"),
        ("Wasm/a", "wasm/b"),
    ] {
        let desk = Desk::with(&zip(&[MANIFEST, (first, b"1"), (second, b"2")]));
        let error = desk.refuses(&Caps::default());
        assert!(error.contains("are for one file"), "{first} {second}: {error}");
    }
    // The same name twice: no program writes that, so two names of one length become one.
    let twice = renamed(zip(&[MANIFEST, ("one-name", b"1"), ("other-na", b"2")]), "other-na", "one-name");
    let desk = Desk::with(&twice);
    assert!(desk.refuses(&Caps::default()).contains("contradicts itself"));
}

#[test]
fn links_and_devices_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bundle.yaml", SimpleFileOptions::default()).unwrap();
    writer.write_all(MANIFEST.1).unwrap();
    writer.add_symlink("wasm", "/etc", SimpleFileOptions::default()).unwrap();
    let desk = Desk::with(&writer.finish().unwrap().into_inner());
    assert!(desk.refuses(&Caps::default()).contains("a symbolic link"));
}

#[test]
fn more_than_allowed_is_refused() {
    let zeros = vec![0; 8 << 20];
    let bomb = zip(&[MANIFEST, ("wasm/a.wasm", &zeros)]);
    let caps = Caps::default();
    let words = |bytes: &[u8], caps: &Caps| Desk::with(bytes).refuses(caps);
    assert!(words(&bomb, &caps).contains("compressed to"), "8 MiB of zeros in 8 KiB");
    assert!(words(&bomb, &Caps { ratio: u64::MAX, file: 1 << 20, ..caps }).contains("bytes in wasm/a.wasm"));
    assert!(words(&bomb, &Caps { ratio: u64::MAX, total: 1 << 20, ..caps }).contains("bytes in all"));
    assert!(words(&bomb, &Caps { entries: 1, ..caps }).contains("2 entries"));
    assert!(words(&bomb, &Caps { archive: 100, ..caps }).contains("bytes of archive"));
    assert!(Desk::with(&bomb).unpack(&Caps { ratio: 2000, ..caps }).is_ok());
}

#[test]
fn an_archive_that_lies_about_a_size_is_found_out() {
    let content = vec![b'x'; 300];
    let honest = zip(&[MANIFEST, ("a", &content)]);
    let size = 300_u32.to_le_bytes();
    let lie = 3_u32.to_le_bytes();
    let mut lying = honest;
    let places: Vec<usize> = (0..lying.len() - 4).filter(|at| lying[*at..*at + 4] == size).collect();
    assert_eq!(places.len(), 2);
    for at in places {
        lying[at..at + 4].copy_from_slice(&lie);
    }
    // Whether it is refused or cut, never more is written than was declared.
    let desk = Desk::with(&lying);
    if desk.unpack(&Caps { file: 10, total: 40, ..Caps::default() }).is_ok() {
        assert!(fs::metadata(desk.target().join("a")).unwrap().len() <= 3);
    } else {
        assert_eq!(desk.everything(), Vec::<String>::new());
    }
}

#[test]
fn a_damaged_archive_is_refused_wherever_the_damage_is() {
    let whole = zip(&[MANIFEST, ("services/a.yaml", b"name: a\n"), ("wasm/a.wasm", b"\0asm\x01\0\0\0")]);
    for end in 0..whole.len() {
        let desk = Desk::with(&whole[..end]);
        desk.refuses(&Caps::default());
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let desk = Desk::with(&bytes);
        if desk.unpack(&Caps::default()).is_ok() {
            assert!(desk.everything().iter().all(|file| file.starts_with("inner/out/")), "byte {at}");
        } else {
            assert_eq!(desk.everything(), Vec::<String>::new(), "byte {at}");
        }
    }
}

#[test]
fn what_is_there_is_never_replaced_and_a_cancel_leaves_nothing() {
    let desk = Desk::with(&zip(&[MANIFEST]));
    fs::create_dir(desk.target()).unwrap();
    fs::write(desk.target().join("mine.txt"), "mine").unwrap();
    assert!(matches!(desk.unpack(&Caps::default()), Err(UnpackError::Exists { .. })));
    assert_eq!(desk.everything(), ["inner/out/mine.txt"]);

    let desk = Desk::with(&zip(&[MANIFEST, ("a", b"1")]));
    let cancel = Cancel::new();
    let result = unpack(&desk.archive(), &desk.target(), &Caps::default(), &cancel, |_| cancel.cancel());
    assert!(matches!(result, Err(UnpackError::Cancelled)));
    assert_eq!(desk.everything(), Vec::<String>::new());
}

#[test]
fn public_archives_never_leave_their_folder() {
    let Some(suites) = std::env::var_os("PRIOSTACK_ZIP_SUITES") else {
        eprintln!("left out: PRIOSTACK_ZIP_SUITES names no folder");
        return;
    };
    let root = PathBuf::from(suites);
    let archives: Vec<String> = files(&root).into_iter().filter(|file| file.contains(".zip")).collect();
    assert!(!archives.is_empty(), "no archive below {}", root.display());
    for name in archives {
        let bytes = fs::read(root.join(&name)).unwrap();
        // As it is, and with a manifest beside its entries, so that they are written if they can be.
        let with_manifest = ZipWriter::new_append(Cursor::new(bytes.clone())).ok().and_then(|mut writer| {
            writer.start_file("bundle.yaml", SimpleFileOptions::default()).ok()?;
            writer.write_all(MANIFEST.1).ok()?;
            Some(writer.finish().ok()?.into_inner())
        });
        for (bytes, name) in [(Some(bytes), name.clone()), (with_manifest, format!("{name} with a manifest"))] {
            bytes.into_iter().for_each(|bytes| try_archive(&name, &bytes));
        }
    }
}

fn try_archive(name: &str, bytes: &[u8]) {
    let desk = Desk::with(bytes);
    let verdict = match desk.unpack(&Caps::default()) {
        Ok(unpacked) => format!("{} files", unpacked.files),
        Err(error) => error.to_string(),
    };
    assert!(desk.everything().iter().all(|file| file.starts_with("inner/out/")), "{name}: {verdict}");
    println!("{name}: {verdict}");
}
