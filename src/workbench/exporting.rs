//! What the window shows of exporting and verifying: the fields of both dialogs and how far each is. Reads and writes
//! nothing; `update::export` and `update::verify` do that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bundle::Loaded;
use crate::deploy::{Exported, Layout, Preview, PublicKey, Verified};

/// What is remembered of a bundle's exports, in the user's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportChoices {
    /// The bundle's folder or archive.
    pub bundle: PathBuf,
    /// Where the archive was written.
    pub path: String,
    /// Its layout.
    pub layout: Layout,
    /// Whether its digests were signed.
    pub signs: bool,
    /// Where the private key is. Never the key itself.
    pub key: String,
    /// Whether saved cases were run again.
    pub tries_determinism: bool,
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
    /// The layout.
    pub layout: Layout,
}

impl PlanOf {
    /// Whether both plans would be the same.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.loaded, &other.loaded) && self.layout == other.layout
    }
}

/// What would be written.
#[derive(Debug, Default)]
pub struct Plan {
    /// What the plan that is shown or being made is of.
    pub of: Option<PlanOf>,
    /// The plan, or why there is none; nothing while it is being made for the first time.
    pub made: Option<Result<Preview, String>>,
    /// Whether a file lies at the place of this path already.
    pub replaces: Option<(String, bool)>,
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

/// An archive that was written.
#[derive(Debug)]
pub struct Written {
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
        if self.choices.path.trim().is_empty() {
            return Some("Say where the archive is to be written");
        }
        if matches!(self.plan.made, Some(Err(_))) {
            return Some("The archive cannot be made like this; see the reason above");
        }
        if !self.choices.signs {
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
