//! The profile of a call: how far it is, what is looked at, and where it is to be written. Plain state.

use std::path::PathBuf;

use crate::sandbox::Profiled;

use super::callable::FunctionKey;
use super::charts::Flame;

/// The dialog with a profile.
pub struct ProfileDialog {
    /// The function.
    pub key: FunctionKey,
    /// How far it is.
    pub stage: ProfileStage,
    /// The search field.
    pub search: String,
    /// The field with the file to write.
    pub path: String,
    /// What came of writing it.
    pub written: Option<Result<PathBuf, String>>,
}

/// How far a profile is.
pub enum ProfileStage {
    /// The function is compiled and run.
    Running,
    /// There is none, and why.
    Failed {
        /// What happened.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// It is there.
    Shown {
        /// The picture.
        flame: Box<Flame>,
        /// What is to be known beside it, a sentence each.
        remarks: Vec<String>,
    },
}

impl ProfileDialog {
    /// A profile that is being made; `path` is where it is offered to be written.
    pub fn begun(key: FunctionKey, path: String) -> Self {
        Self { key, stage: ProfileStage::Running, search: String::new(), path, written: None }
    }

    /// Takes in the profile.
    pub fn show(&mut self, profiled: Profiled) {
        let Profiled { metered, tree } = profiled;
        let mut remarks = Vec::new();
        if let crate::sandbox::Reply::Fault(fault) = &metered.outcome.reply {
            if tree.is_empty() {
                self.stage = ProfileStage::Failed { message: fault.message.clone(), help: fault.help.clone() };
                return;
            }
            remarks.push(format!("The call ended with a fault, and this is what it did until then: {}", fault.message));
        }
        if tree.merged > 0 {
            let calls = crate::bundle::target::grouped(tree.merged);
            remarks.push(format!("{calls} calls, too deep or too many, are counted as their callers' own"));
        }
        self.stage = ProfileStage::Shown { flame: Box::new(Flame::new(tree)), remarks };
    }

    /// The picture, once it is there.
    pub fn flame(&self) -> Option<&Flame> {
        match &self.stage {
            ProfileStage::Shown { flame, .. } => Some(flame),
            _ => None,
        }
    }
}
