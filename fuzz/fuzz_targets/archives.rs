//! Any bytes as an archive: nothing is written outside of its folder, and nothing at all where it is refused.

#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use priostack_workbench::deploy::{Caps, Evidence, unpack, verify};
use priostack_workbench::sandbox::Cancel;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const CAPS: Caps = Caps { archive: 1 << 20, entries: 100, file: 1 << 20, total: 4 << 20, ratio: 250 };

/// The archive with a manifest added, so that its entries are written if they can be.
fn with_manifest(data: &[u8]) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new_append(Cursor::new(data.to_vec())).ok()?;
    writer.start_file("bundle.yaml", SimpleFileOptions::default()).ok()?;
    writer.write_all(b"name: shop\nservices: []\n").ok()?;
    Some(writer.finish().ok()?.into_inner())
}

fn try_archive(data: &[u8]) {
    let desk = tempfile::tempdir().expect("a folder");
    let (archive, inner) = (desk.path().join("archive.zip"), desk.path().join("inner"));
    std::fs::create_dir(&inner).expect("a folder");
    std::fs::write(&archive, data).expect("a file");
    let unpacked = unpack(&archive, &inner.join("out"), &CAPS, &Cancel::new(), |_| {});
    let within: Vec<_> =
        std::fs::read_dir(&inner).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(within.len(), usize::from(unpacked.is_ok()), "{within:?}");
    let beside = std::fs::read_dir(desk.path()).expect("a folder").count();
    assert_eq!(beside, 2, "something was written beside the folder");
    if unpacked.is_ok() {
        let _ = verify(&archive, None, &Cancel::new(), |_| {}, |loaded| (loaded, Evidence::default()));
    }
}

fuzz_target!(|data: &[u8]| {
    try_archive(data);
    with_manifest(data).iter().for_each(|data| try_archive(data));
});
