//! How little a function needs, as the window shows it. Plain state.

use crate::measure::Headroom;

use super::callable::FunctionKey;

/// The dialog that looks for the smallest limits.
pub struct HeadroomDialog {
    /// The function.
    pub key: FunctionKey,
    /// How far it is.
    pub stage: HeadroomStage,
}

/// How far the search is.
pub enum HeadroomStage {
    /// Cases are being run.
    Running,
    /// There is no answer, and why.
    Failed(String),
    /// The answer.
    Found(Box<Headroom>),
    /// The answer, whose offer was noted in the bundle's settings.
    Noted(Box<Headroom>),
}

impl HeadroomDialog {
    /// A search that begins.
    pub fn begun(key: FunctionKey) -> Self {
        Self { key, stage: HeadroomStage::Running }
    }

    /// What was found.
    pub fn found(&self) -> Option<&Headroom> {
        match &self.stage {
            HeadroomStage::Found(found) | HeadroomStage::Noted(found) => Some(found),
            _ => None,
        }
    }
}
