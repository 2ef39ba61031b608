//! What the window shows of exporting and verifying: the fields of both dialogs and how far each is. Reads and writes
//! nothing; `update::export` and `update::verify` do that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bundle::Loaded;
use crate::deploy::{Exported, Layout, PublicKey, Settings, Target, Verified};

/// What is remembered of a bundle's exports, in the user's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportChoices {
    /// The bundle's folder or archive.
    pub bundle: PathBuf,
    /// Where the archive was written.
    pub path: String,
    /// The word for the engines that services were exported for; empty for an archive.
    pub target: String,
    /// The folder that was written for engines.
    pub folder: String,
    /// Where images will be pushed; empty for a registry on this machine.
    pub registry: String,
    /// Its layout.
    pub layout: Layout,
    /// Whether its digests were signed.
    pub signs: bool,
    /// Where the private key is. Never the key itself.
    pub key: String,
    /// Whether saved cases were run again.
    pub tries_determinism: bool,
}

impl ExportChoices {
    /// For which engines services are exported; `None`: an archive of the whole bundle.
    pub fn engines(&self) -> Option<Target> {
        Target::ALL.into_iter().find(|target| target.as_str() == self.target)
    }

    /// The path field that counts.
    pub fn place(&self) -> &str {
        if self.engines().is_some() { self.folder.trim() } else { self.path.trim() }
    }

    /// What services are exported with for these engines, where inputs may have so many bytes.
    pub fn settings(&self, target: Target, input: u64) -> Settings {
        let registry = Some(self.registry.trim()).filter(|registry| !registry.is_empty()).map(str::to_owned);
        let registry = registry.filter(|_| target != Target::Component);
        Settings { target, registry, input }
    }
}

/// The export dialog.
#[derive(Debug)]
pub struct ExportDialog {
    /// The fields.
    pub choices: ExportChoices,
    /// The key that is named in its field.
    pub key: KeyField,
    /// The form for a new pair of keys, while it is open.
    pub new_key: Option<NewKey>,
    /// What would be written.
    pub plan: Plan,
    /// How far it is.
    pub stage: ExportStage,
}

/// The file of a key, as far as it was read.
#[derive(Debug, Default)]
pub struct KeyField {
    /// The path that was read last, with what it holds.
    pub read: Option<(String, Result<PublicKey, String>)>,
    /// The path that is being read.
    pub asked: Option<String>,
}

/// The form for a new pair of keys.
#[derive(Debug)]
pub struct NewKey {
    /// The path field: where the private key is to be.
    pub path: String,
    /// Why there are no keys.
    pub error: Option<String>,
}

/// What a plan was made of: the bundle as it was read, and the layout.
#[derive(Clone, Debug)]
pub struct PlanOf {
    /// The bundle.
    pub loaded: Arc<Loaded>,
    /// For an archive its layout.
    pub layout: Layout,
    /// For engines what services are exported with.
    pub settings: Option<Settings>,
}

impl PlanOf {
    /// Whether both plans would be the same.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.loaded, &other.loaded) && self.layout == other.layout && self.settings == other.settings
    }
}

/// What would be written.
#[derive(Debug, Default)]
pub struct Plan {
    /// What the plan that is shown or being made is of.
    pub of: Option<PlanOf>,
    /// The plan, or why there is none; nothing while it is being made for the first time.
    pub made: Option<Result<Planned, String>>,
    /// Whether a file lies at the place of this path already.
    pub replaces: Option<(String, bool)>,
}

/// A plan as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// The files.
    pub files: Vec<PlannedFile>,
    /// All of them in one line.
    pub summary: String,
    /// What is not exported, and why.
    pub missing: Vec<Missing>,
    /// Whether anything is exported at all.
    pub is_empty: bool,
}

/// A file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its path, with `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// What it is, where that is to be said.
    pub kind: Option<&'static str>,
}

/// Something that cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What: `user-service: intent notify`.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// How far an export is.
#[derive(Debug)]
pub enum ExportStage {
    /// Not begun.
    Ready,
    /// Not begun: the user is asked whether to go on in spite of warnings.
    Asking {
        /// Whether the button for going on was given the focus.
        is_focused: bool,
    },
    /// Being written.
    Running,
    /// Written.
    Done(Box<Written>),
    /// Not written, and why.
    Failed(String),
}

/// What was written.
#[derive(Debug)]
pub enum Written {
    /// An archive.
    Archive(WrittenArchive),
    /// A folder for engines, with what was planned.
    Folder(PathBuf, Planned),
}

impl Written {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Archive(written) => &written.exported.path,
            Self::Folder(path, _) => path,
        }
    }
}

/// An archive that was written.
#[derive(Debug)]
pub struct WrittenArchive {
    /// The archive.
    pub exported: Exported,
    /// The fingerprint of the key that its digests were signed with.
    pub signed_by: Option<String>,
}

impl ExportDialog {
    /// The dialog with what is remembered of the bundle's exports.
    pub fn new(choices: ExportChoices) -> Self {
        let (key, plan) = (KeyField::default(), Plan::default());
        Self { choices, key, new_key: None, plan, stage: ExportStage::Ready }
    }

    /// What of the fields keeps the archive from being written.
    pub fn obstacle(&self) -> Option<&'static str> {
        if self.choices.place().is_empty() {
            return Some("Say where it is to be written");
        }
        match &self.plan.made {
            Some(Err(_)) => return Some("It cannot be made like this; see the reason above"),
            Some(Ok(planned)) if planned.is_empty => return Some("No service can be exported; see the reasons above"),
            _ => {}
        }
        if !self.choices.signs || self.choices.engines().is_some() {
            return None;
        }
        match self.key.of(&self.choices.key) {
            None if self.choices.key.trim().is_empty() => Some("Choose the key to sign with, or do not sign"),
            None => Some("The key is being read"),
            Some(Err(_)) => Some("The key cannot be used; see the reason beside it"),
            Some(Ok(_)) => None,
        }
    }
}

impl KeyField {
    /// What the file at `path` holds, as far as it was read.
    pub fn of(&self, path: &str) -> Option<&Result<PublicKey, String>> {
        self.read.as_ref().filter(|(read, _)| read == path.trim()).map(|(_, key)| key)
    }
}

/// The dialog that verifies an archive.
#[derive(Debug)]
pub struct VerifyDialog {
    /// The path field of the archive.
    pub archive: String,
    /// The path field of the key; empty for none.
    pub key: String,
    /// How far it is.
    pub stage: VerifyStage,
}

/// How far verifying is.
#[derive(Debug)]
pub enum VerifyStage {
    /// Not begun.
    Ready,
    /// Under way.
    Running,
    /// Done.
    Done {
        /// What was found.
        verified: Verified,
        /// The fingerprint of the key that was asked for.
        key: Option<String>,
    },
    /// The archive could not be looked at, and why.
    Failed(String),
}

impl VerifyDialog {
    /// A dialog for the archive at `archive`, not begun.
    pub fn new(archive: String, key: String) -> Self {
        Self { archive, key, stage: VerifyStage::Ready }
    }
}

/// Which path a native dialog is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The archive to write.
    Archive,
    /// The folder to write for engines.
    Folder,
    /// The private key to sign with.
    Key,
    /// The private key to make.
    NewKey,
    /// The archive to verify.
    Verified,
    /// The key to verify with.
    VerifyKey,
}

/// A path as it is typed, meant from `base` where it does not begin at the root.
pub fn path_from(base: &Path, typed: &str) -> PathBuf {
    base.join(typed.trim())
}
