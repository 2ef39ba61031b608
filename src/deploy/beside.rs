//! The names of the files that lie beside an archive.

use std::path::{Path, PathBuf};

/// Where the files beside an archive are: for `shop.zip` all begin with `shop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The report for programs: `shop.report.json`.
    pub json: PathBuf,
    /// The report for people: `shop.report.html`.
    pub page: PathBuf,
    /// The digests of the archive's files: `shop.sha256`.
    pub digests: PathBuf,
    /// The signature of the digests: `shop.sha256.sig`.
    pub signature: PathBuf,
}

impl Beside {
    /// The files beside the archive at `path`.
    pub fn of(path: &Path) -> Self {
        Self {
            json: path.with_extension("report.json"),
            page: path.with_extension("report.html"),
            digests: path.with_extension("sha256"),
            signature: path.with_extension("sha256.sig"),
        }
    }
}
