//! Whether an archive is what its report and its signature say, and a bundle without errors. Everything is
//! computed anew from the archive's bytes; nothing is taken on trust.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::bundle::{Loaded, Overlay, Reader, Severity, files};
use crate::sandbox::Cancel;

use super::report::{self, ArchiveFacts, ConventionFacts, Evidence, Report, sha256};
use super::sign::PublicKey;
use super::{Beside, Caps, UnpackError, unpack};

/// What was found out about an archive.
#[derive(Debug)]
pub struct Verified {
    /// SHA-256 of the archive in lower-case hex.
    pub sha256: String,
    /// The checks in their order.
    pub checks: Vec<Check>,
}

/// One check of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked: `the bundle has no errors`.
    pub what: &'static str,
    /// How it came out.
    pub verdict: CheckVerdict,
    /// What was found, a line each; may be empty where all is well.
    pub details: Vec<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckVerdict {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed,
    /// Not checked, because what it needs is not there.
    Skipped,
}

impl Verified {
    /// Whether nothing failed.
    pub fn is_fine(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != CheckVerdict::Failed)
    }
}

impl Check {
    fn of(what: &'static str, wrong: Vec<String>) -> Self {
        let verdict = if wrong.is_empty() { CheckVerdict::Passed } else { CheckVerdict::Failed };
        Self { what, verdict, details: wrong }
    }

    fn skipped(what: &'static str, why: &str) -> Self {
        Self { what, verdict: CheckVerdict::Skipped, details: vec![why.to_owned()] }
    }
}

/// Most differences that are told.
const MOST_TOLD: usize = 50;

/// Checks the archive at `path` with the files beside it. `examine` may complete what reading the bundle found by
/// what loading its modules reveals, and give what it found out about functions. `progress` is told which share
/// (0 to 1) is unpacked.
///
/// # Errors
/// When the archive cannot be unpacked at all.
pub fn verify(
    path: &Path,
    key: Option<&PublicKey>,
    cancel: &Cancel,
    progress: impl FnMut(f32),
    examine: impl FnOnce(Loaded) -> (Loaded, Evidence),
) -> Result<Verified, UnpackError> {
    let unreadable = |error: std::io::Error| UnpackError::Unreadable { path: path.into(), reason: error.to_string() };
    let folder = tempfile::tempdir().map_err(|source| UnpackError::Io { path: std::env::temp_dir(), source })?;
    let unpacked = unpack(path, &folder.path().join("archive"), &Caps::default(), cancel, progress)?;
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let contents = contents(&unpacked.root).map_err(unreadable)?;
    let (loaded, evidence) = examine(Reader::new(&unpacked.root).read(&Overlay::new()));
    let archive = ArchiveFacts { size: bytes.len() as u64, sha256: sha256(&bytes), layout: Default::default() };
    let found = Report::of(&loaded, archive, &contents, &evidence);
    let beside = Beside::of(path);
    let mut checks = vec![Check::of("the bundle has no errors", errors(&loaded)), compare_report(&beside.json, &found)];
    checks.extend(check_signature(&beside, key, &found));
    Ok(Verified { sha256: found.archive.sha256, checks })
}

fn errors(loaded: &Loaded) -> Vec<String> {
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let line =
        |position: Option<crate::bundle::Position>| position.map(|at| format!(":{}", at.line)).unwrap_or_default();
    errors.map(|error| format!("{}{}: {}", error.file, line(error.position), error.message)).take(MOST_TOLD).collect()
}

/// The bytes of every file below `root`, by its path with `/`.
fn contents(root: &Path) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            let bytes = files::read(root, &parts.join("/"), files::MAX_MODULE);
            found.insert(parts.join("/"), bytes.map_err(std::io::Error::other)?);
        }
    }
    Ok(found)
}

fn compare_report(path: &Path, found: &Report) -> Check {
    const WHAT: &str = "the archive is what its report says";
    if !path.is_file() {
        return Check::skipped(WHAT, &format!("there is no {}", name(path)));
    }
    match report::read(path) {
        Ok(told) => Check::of(WHAT, differences(&told, found)),
        Err(error) => Check::of(WHAT, vec![error.to_string()]),
    }
}

/// Where the report and what was found differ. What only measuring tells is left out.
fn differences(told: &Report, found: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    if told.archive.sha256 != found.archive.sha256 {
        wrong.push(format!("the archive's SHA-256 is {}, not {}", found.archive.sha256, told.archive.sha256));
    }
    let of = |report: &Report| -> BTreeMap<String, String> {
        report.files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect()
    };
    let (told_files, found_files) = (of(told), of(found));
    let paths: BTreeSet<&String> = told_files.keys().chain(found_files.keys()).collect();
    for path in paths {
        match (told_files.get(path), found_files.get(path)) {
            (Some(_), None) => wrong.push(format!("{path} is missing")),
            (None, Some(_)) => wrong.push(format!("{path} is not in the report")),
            (Some(told), Some(found)) if told != found => wrong.push(format!("{path} was changed")),
            _ => {}
        }
    }
    // Another version may recognise other things: then these cannot be compared. Problems never can: they also
    // depend on declarations and settings that an archive does not hold.
    if told.workbench == found.workbench {
        let functions = |report: &Report| -> Vec<_> {
            report.functions.iter().map(|facts| (facts.function.clone(), facts.referred_by.clone())).collect()
        };
        for (what, is_same) in [
            ("the bundle's name, version or description", told.bundle == found.bundle),
            ("the services", told.services == found.services),
            ("the modules", told.modules == found.modules),
            ("the functions", functions(told) == functions(found)),
        ] {
            if !is_same {
                wrong.push(format!("{what} differ from what is in the archive"));
            }
        }
        wrong.extend(conventions(told, found));
    }
    wrong.truncate(MOST_TOLD);
    wrong
}

/// Functions that are called in another way than the report says. What settings or declarations decided, which an
/// archive does not hold, cannot be compared, nor can what only running tells.
fn conventions(told: &Report, found: &Report) -> Vec<String> {
    let pairs = told.functions.iter().filter_map(|told| {
        let found = found.functions.iter().find(|found| found.function == told.function)?;
        Some((&told.function, told.convention.as_ref()?, found.convention.as_ref()?))
    });
    let differing = pairs.filter(|(_, told, found)| !told.is_chosen && told.name != found.name);
    let words = |(function, told, found): (&String, &ConventionFacts, &ConventionFacts)| {
        format!("{function} is called as {}, not as {}", found.name, told.name)
    };
    differing.map(words).collect()
}

fn check_signature(beside: &Beside, key: Option<&PublicKey>, found: &Report) -> Option<Check> {
    const WHAT: &str = "the digests are signed by this key";
    let signed = beside.signature.is_file();
    let Some(key) = key else {
        return signed.then(|| Check::skipped(WHAT, "there is a signature; name the key to check it"));
    };
    let wrong = if !signed {
        vec![format!("there is no {}", name(&beside.signature))]
    } else {
        match std::fs::read(&beside.signature) {
            Err(error) => vec![format!("{}: {error}", name(&beside.signature))],
            // Not the list beside the archive is what counts, but the list of what is in it.
            Ok(signature) if key.accepts(&found.digest_list(), &signature) => Vec::new(),
            Ok(_) => vec!["the signature is not of these files, or not by this key".to_owned()],
        }
    };
    Some(Check::of(WHAT, wrong))
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
