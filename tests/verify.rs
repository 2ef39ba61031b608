//! Reports and signatures of exported archives: what they say is computed anew, and every change is found.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use priostack_workbench::bundle::{Overlay, Reader};
use priostack_workbench::deploy::{
    self, Beside, CheckVerdict, Evidence, GoalFinding, Options, PrivateKey, PublicKey, Verified, export, report,
};
use priostack_workbench::measure::Statistic;
use priostack_workbench::sandbox::Cancel;
use zip::write::SimpleFileOptions;

const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shop.key"), KEY).unwrap();
        Self { folder }
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("shop.zip")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("shop.key")
    }

    /// The sample bundle, signed.
    fn export(&self, evidence: &Evidence) {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
        let loaded = Reader::new(&sample).read(&Overlay::new());
        let key = PrivateKey::read(&self.key()).unwrap();
        let options = Options { evidence: Some(evidence), key: Some(&key), ..Options::default() };
        export(&loaded, options, &self.archive()).unwrap();
    }

    fn verify(&self) -> Verified {
        let key = PublicKey::read(&self.key()).unwrap();
        deploy::verify(&self.archive(), Some(&key), &Cancel::new(), |_| {}, |loaded| (loaded, Evidence::default()))
            .unwrap()
    }

    /// The verdicts in their order, and all details.
    fn verdicts(&self) -> (Vec<CheckVerdict>, String) {
        let verified = self.verify();
        let details: Vec<String> = verified.checks.iter().flat_map(|check| check.details.clone()).collect();
        (verified.checks.iter().map(|check| check.verdict).collect(), details.join("\n"))
    }

    /// Packs the archive again with another text in one of its files.
    fn tamper(&self, file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) {
        let mut archive = zip::ZipArchive::new(fs::File::open(self.archive()).unwrap()).unwrap();
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let mut found = false;
        for at in 0..archive.len() {
            let mut entry = archive.by_index(at).unwrap();
            let name = entry.name().unwrap().into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            if name.ends_with(file) {
                bytes = change(bytes);
                found = true;
            }
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&bytes).unwrap();
        }
        assert!(found);
        fs::write(self.archive(), writer.finish().unwrap().into_inner()).unwrap();
    }
}

use CheckVerdict::{Failed, Passed, Skipped};

#[test]
fn an_archive_as_it_was_exported_passes_every_check() {
    let desk = Desk::new();
    desk.export(&Evidence::default());
    assert_eq!(desk.verdicts(), (vec![Passed, Passed, Passed], String::new()));
}

#[test]
fn what_was_changed_is_named() {
    let desk = Desk::new();
    desk.export(&Evidence::default());
    desk.tamper("user-service.yaml", |bytes| [bytes, b"# one more line\n".to_vec()].concat());
    let (verdicts, details) = desk.verdicts();
    assert_eq!(verdicts, [Passed, Failed, Failed]);
    assert!(details.contains("services/user-service.yaml was changed"), "{details}");
    assert!(details.contains("not of these files"), "{details}");
    // The digests beside the archive are not what is trusted: made to fit, they change nothing.
    let beside = Beside::of(&desk.archive());
    let mut told = report::read(&beside.json).unwrap();
    let found = desk.verify();
    told.archive.sha256 = found.sha256;
    fs::write(&beside.json, serde_json::to_string(&told).unwrap()).unwrap();
    assert_eq!(desk.verdicts().0, [Passed, Failed, Failed]);
}

#[test]
fn an_archive_with_errors_fails() {
    let desk = Desk::new();
    desk.export(&Evidence::default());
    desk.tamper("bundle.yaml", |_| b"name: shop\nservices:\n  - path: none.yaml\n".to_vec());
    let (verdicts, details) = desk.verdicts();
    assert_eq!(verdicts[0], Failed);
    assert!(details.contains("bundle.yaml:3"), "{details}");
}

#[test]
fn what_is_not_there_is_skipped_and_a_missing_signature_fails() {
    let desk = Desk::new();
    desk.export(&Evidence::default());
    let beside = Beside::of(&desk.archive());
    fs::remove_file(&beside.json).unwrap();
    let (verdicts, details) = desk.verdicts();
    assert_eq!(verdicts, [Passed, Skipped, Passed]);
    assert!(details.contains("shop.report.json"), "{details}");
    let without_key =
        deploy::verify(&desk.archive(), None, &Cancel::new(), |_| {}, |loaded| (loaded, Evidence::default())).unwrap();
    assert_eq!(without_key.checks.last().unwrap().verdict, Skipped);
    fs::remove_file(&beside.signature).unwrap();
    assert_eq!(desk.verdicts().0, [Passed, Skipped, Failed]);
}

#[test]
fn a_report_that_is_none_fails_in_words() {
    let desk = Desk::new();
    desk.export(&Evidence::default());
    let beside = Beside::of(&desk.archive());
    for (text, words) in [("{", "EOF"), ("{\"report\": 1}", "missing field"), ("[]", "invalid")] {
        fs::write(&beside.json, text).unwrap();
        let (verdicts, details) = desk.verdicts();
        assert_eq!(verdicts[1], Failed);
        assert!(details.contains(words), "{text}: {details}");
    }
    let mut newer = serde_json::to_value(deploy::Report {
        report: 99,
        workbench: "9".into(),
        engine: String::new(),
        bundle: report::BundleFacts::default(),
        archive: report::ArchiveFacts { size: 0, sha256: String::new(), layout: deploy::Layout::AsItIs },
        files: vec![],
        problems: vec![],
        services: vec![],
        modules: vec![],
        functions: vec![],
        goals: vec![],
    })
    .unwrap();
    newer["more"] = 1.into();
    fs::write(&beside.json, newer.to_string()).unwrap();
    assert!(desk.verdicts().1.contains("form is 99"));
}

#[test]
fn the_page_shows_what_was_measured_and_runs_nothing() {
    let desk = Desk::new();
    let mut evidence = Evidence::default();
    let hostile = "<script>alert(1)</script>\u{202e}";
    let finding = GoalFinding {
        function: "wasm:user-service:createUser".into(),
        verdict: "missed".into(),
        detail: hostile.into(),
        note: "a & b".into(),
        run: "run 7".into(),
    };
    let loaded = Reader::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle")).read(&Overlay::new());
    let service = loaded.bundle.services.iter().find(|service| !service.goals.is_empty()).unwrap();
    let goal = service.goals[0].name.value.clone();
    evidence.findings.insert((service.name.value.clone(), goal), vec![finding]);
    desk.export(&evidence);
    let page = fs::read_to_string(Beside::of(&desk.archive()).page).unwrap();
    assert!(page.contains("<span class=\"bad\">missed</span>") && page.contains("not measured"));
    assert!(page.contains("&lt;script&gt;") && page.contains("a &amp; b"));
    assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains("http"));
}

#[test]
fn the_digests_and_the_signature_are_read_by_the_usual_tools() {
    let desk = Desk::new();
    desk.export(&Evidence::default());
    let run = |program: &str, arguments: &[&str]| {
        match Command::new(program).args(arguments).current_dir(desk.folder.path()).output() {
            Ok(output) => assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr)),
            // Not every machine has them.
            Err(missing) => eprintln!("left out: {program}: {missing}"),
        }
    };
    run("openssl", &["pkey", "-in", "shop.key", "-pubout", "-out", "shop.pub"]);
    let signed = ["-rawin", "-in", "shop.sha256", "-sigfile", "shop.sha256.sig"];
    run("openssl", &[&["pkeyutl", "-verify", "-pubin", "-inkey", "shop.pub"][..], &signed].concat());
    let unpacked = deploy::unpack(
        &desk.archive(),
        &desk.folder.path().join("out"),
        &deploy::Caps::default(),
        &Cancel::new(),
        |_| {},
    )
    .unwrap();
    fs::copy(desk.folder.path().join("shop.sha256"), unpacked.root.join("list")).unwrap();
    let folder = unpacked.root.to_str().unwrap();
    run("sh", &["-c", &format!("cd {folder} && sha256sum --check --quiet list")]);
}

#[test]
fn goals_are_reported_from_the_newest_run_of_the_module_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle"), folder.path());
    let program = env!("CARGO_BIN_EXE_priostack-workbench");
    let bundle = folder.path().to_str().unwrap();
    let reference = "wasm:user-service:createUser";
    let measured = Command::new(program).args(["measure", bundle, "--function", reference, "--calls", "400"]).output();
    assert_ne!(measured.unwrap().status.code(), Some(2));
    let loaded = Reader::new(folder.path()).read(&Overlay::new());
    let evidence = Evidence::of_kept_runs(&loaded.bundle, Statistic::default());
    let found: Vec<_> = evidence.findings.iter().filter(|(_, findings)| !findings.is_empty()).collect();
    let (key, findings) = found.first().expect("a goal that was measured");
    assert_eq!((key.0.as_str(), found.len()), ("user-service", 1));
    assert_eq!((findings[0].function.as_str(), findings[0].run.as_str()), (reference, "run 1"));
    assert!(["met", "missed"].contains(&findings[0].verdict.as_str()), "{findings:?}");
    // Another build of the module was never measured.
    let module = folder.path().join("wasm/user-service.wasm");
    let mut bytes = fs::read(&module).unwrap();
    bytes.extend([0, 2, 1, b'x']);
    fs::write(&module, bytes).unwrap();
    let again = Reader::new(folder.path()).read(&Overlay::new());
    assert!(Evidence::of_kept_runs(&again.bundle, Statistic::default()).findings.is_empty());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { _ = fs::copy(&path, &target).unwrap() }
    }
}
