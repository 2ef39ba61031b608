//! Undo and redo: every change of the text is one invertible edit, and edits that belong together
//! are merged into one. History only remembers; the document applies.

use super::document::Selection;

/// Bytes replaced at one place, with what stood there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where the edit begins.
    pub at: usize,
    /// What stood there.
    pub removed: String,
    /// What stands there now.
    pub inserted: String,
}

/// What made an edit: typing and deleting go on in one undo step, everything else stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Characters typed one after the other.
    Typing,
    /// Characters deleted one after the other.
    Deleting,
    /// Any other command.
    Command,
}

/// One undo step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The edit.
    pub edit: Edit,
    /// The selection before it.
    pub before: Selection,
    /// The selection after it.
    pub after: Selection,
    kind: Kind,
    time: f64,
}

/// A pause of this many seconds ends an undo step.
const PAUSE: f64 = 1.0;

/// The steps that can be undone and redone.
#[derive(Clone, Debug, Default)]
pub struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    sealed: bool,
}

impl History {
    /// Remembers an edit that was made at `time` (seconds, from any start).
    pub fn record(&mut self, edit: Edit, kind: Kind, before: Selection, after: Selection, time: f64) {
        self.undone.clear();
        let sealed = std::mem::take(&mut self.sealed);
        if let Some(last) = self.done.last_mut()
            && !sealed
            && last.kind == kind
            && time - last.time <= PAUSE
            && last.edit.absorb(&edit, kind)
        {
            last.after = after;
            last.time = time;
            return;
        }
        self.done.push(Step { edit, before, after, kind, time });
    }

    /// Ends the current step: the next edit begins a new one. Called when the caret moves.
    pub fn seal(&mut self) {
        self.sealed = true;
    }

    /// Takes the step to undo; the caller reverts it.
    pub fn undo(&mut self) -> Option<Step> {
        let step = self.done.pop()?;
        self.undone.push(step.clone());
        self.sealed = true;
        Some(step)
    }

    /// Takes the step to redo; the caller applies it again.
    pub fn redo(&mut self) -> Option<Step> {
        let step = self.undone.pop()?;
        self.done.push(step.clone());
        self.sealed = true;
        Some(step)
    }

    /// Whether there is a step to undo.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is a step to redo.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}

impl Edit {
    /// Merges `next` into this edit where it goes on right there, and says whether it did.
    fn absorb(&mut self, next: &Self, kind: Kind) -> bool {
        match kind {
            Kind::Typing => {
                let goes_on = next.removed.is_empty() && next.at == self.at + self.inserted.len();
                if goes_on {
                    self.inserted.push_str(&next.inserted);
                }
                goes_on
            }
            Kind::Deleting if !self.inserted.is_empty() || !next.inserted.is_empty() => false,
            Kind::Deleting if next.at + next.removed.len() == self.at => {
                self.removed.insert_str(0, &next.removed);
                self.at = next.at;
                true
            }
            Kind::Deleting if next.at == self.at => {
                self.removed.push_str(&next.removed);
                true
            }
            Kind::Deleting | Kind::Command => false,
        }
    }
}
