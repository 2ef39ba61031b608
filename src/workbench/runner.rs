//! What the function runner shows: inputs, reports, saved cases with what came of them, and past invocations.
//!
//! Plain state: changed by `update`, read by the panels.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::cases::Expect;
use crate::bundle::history::{BOUNDS, Entry, Record};
use crate::platform::{InputOrigin, Replayed, StartingInput};

use super::callable::FunctionKey;
use super::editor::{JsonError, JsonField};
use super::known_cases::KnownCases;
use super::output::OutputMode;
use super::work::Report;

/// What stands below the runner's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunnerPage {
    /// What the last invocation gave.
    #[default]
    Result,
    /// The cases of the picked function.
    Cases,
    /// What came of all cases of the bundle.
    AllCases,
}

/// The function runner.
#[derive(Default)]
pub struct Runner {
    /// The picked function.
    pub picked: Option<FunctionKey>,
    /// Why the selected row leads to no function.
    pub remark: Option<String>,
    /// The inputs that the user has before them, by function.
    pub inputs: BTreeMap<FunctionKey, Input>,
    /// The saved cases and what came of them.
    pub cases: KnownCases,
    /// What functions were found to ask for, by function.
    pub learned: BTreeMap<FunctionKey, StartingInput>,
    /// The last report, by function.
    pub reports: BTreeMap<FunctionKey, Report>,
    /// The output before the last one, by function.
    pub previous: BTreeMap<FunctionKey, String>,
    /// What the last check of determinism said of a function, and whether that is well.
    pub determinism: Option<(FunctionKey, bool, String)>,
    /// The function that runs now.
    pub running: Option<FunctionKey>,
    /// What stands below the input.
    pub page: RunnerPage,
    /// How the user wants to look at outputs.
    pub output_mode: Option<OutputMode>,
    /// The case whose failure is shown, by its file.
    pub selected_case: Option<String>,
    /// Whether the function is run whenever something is saved or built.
    pub runs_on_change: bool,
    /// Whether it is to be run as soon as the bundle is read.
    pub run_is_due: bool,
}

/// An input field.
pub struct Input {
    /// The editor.
    pub field: JsonField,
    /// Whether it holds more than what it began with: the user changed or chose it.
    pub touched: bool,
    /// Where it is not JSON.
    pub error: Option<JsonError>,
    /// Where its text comes from, as long as nobody has changed it.
    pub origin: Option<InputOrigin>,
}

impl Input {
    /// An input that the user has not touched.
    pub fn untouched(text: &str) -> Self {
        Self { field: JsonField::new(text.to_owned()), touched: false, error: None, origin: None }
    }

    /// Puts the text in place that it begins with, unless the user has touched it.
    pub fn begin_with(&mut self, starting: StartingInput) {
        if self.touched {
            return;
        }
        let StartingInput { json, origin } = starting;
        if self.field.text() != json {
            self.field.set_text(json);
            self.error = self.field.error().cloned();
        }
        // What is nothing but a guess gives way to something better, should it turn up.
        self.touched = !matches!(origin, InputOrigin::Nothing | InputOrigin::Path);
        self.origin = Some(origin);
    }

    /// Puts another text in place, to stay until something else is chosen.
    pub fn choose(&mut self, text: &str) {
        self.field.set_text(text.to_owned());
        self.note_change();
    }

    /// Notes that the user changed the text.
    pub fn note_change(&mut self) {
        self.touched = true;
        self.origin = None;
        self.error = self.field.error().cloned();
    }
}

/// Past invocations.
#[derive(Default)]
pub struct Past {
    /// All of them, the newest first.
    pub entries: Vec<Entry>,
    /// Whether they were read.
    pub is_read: bool,
    /// Grows with every change of the entries.
    pub revision: u64,
    /// The filter field.
    pub filter: String,
    /// What was searched for, and the entries that hold it.
    pub found: Option<(String, BTreeSet<String>)>,
    /// The positions of the entries that pass the filter, and what they were found for.
    pub shown: (Option<(String, u64, bool)>, Vec<usize>),
    /// The entry whose input and output are shown.
    pub selected: Option<String>,
    /// What the present modules make of entries, and whether with the time and random numbers of then.
    pub replayed: BTreeMap<String, (Replayed, bool)>,
    /// Whether the user knows that entries cannot be written.
    pub is_problem_told: bool,
}

impl Past {
    /// Brings the list of what passes the filter up to date.
    pub fn refresh(&mut self) {
        let filter = self.filter.trim().to_lowercase();
        let found = self.found.as_ref().filter(|(text, _)| *text == filter).map(|(_, ids)| ids);
        let state = (filter.clone(), self.revision, found.is_some());
        if self.shown.0.as_ref() == Some(&state) {
            return;
        }
        let passes = |entry: &Entry| {
            filter.is_empty() || entry.text.contains(&filter) || found.is_some_and(|ids| ids.contains(&entry.id))
        };
        let positions = self.entries.iter().enumerate().filter(|(_, entry)| passes(entry)).map(|(at, _)| at);
        self.shown = (Some(state), positions.collect());
    }

    /// Adds entries that were just kept, the oldest first.
    pub fn add(&mut self, entries: Vec<Entry>) {
        let newest_first = entries.into_iter().rev();
        self.entries.splice(0..0, newest_first);
        // Those of several jobs may come out of turn.
        self.entries.sort_by(|a, b| b.id.cmp(&a.id));
        self.entries.truncate(BOUNDS.entries);
        self.revision += 1;
        // They may hold what was searched for.
        self.found = None;
    }

    /// The entry of this name.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Takes an entry out of the list.
    pub fn remove(&mut self, id: &str) {
        self.entries.retain(|entry| entry.id != id);
        self.replayed.remove(id);
        self.selected.take_if(|selected| selected == id);
        self.revision += 1;
    }
}

/// What a new case expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectKind {
    /// Exactly this output.
    Equals,
    /// At least these parts.
    Contains,
    /// These values at these places.
    Pointers,
    /// An error.
    Error,
    /// Any answer.
    Answer,
}

impl ExpectKind {
    /// All of them, in the order of the dialog.
    pub const ALL: [Self; 5] = [Self::Equals, Self::Contains, Self::Pointers, Self::Error, Self::Answer];
}

/// The dialog that saves an invocation as a case.
pub struct SaveCaseDialog {
    /// The function.
    pub key: FunctionKey,
    /// The input, JSON.
    pub input: String,
    /// The whole output, where it is too large for a field.
    pub whole: Option<String>,
    /// The name field.
    pub name: String,
    /// Whether the name field is to get the focus.
    pub wants_focus: bool,
    /// What is expected.
    pub kind: ExpectKind,
    /// The expected output.
    pub equals: JsonField,
    /// Parts of the output.
    pub contains: JsonField,
    /// Values at places of the output.
    pub pointers: JsonField,
    /// A part of the error's message.
    pub error_text: String,
    /// The longest time that is allowed.
    pub within: String,
    /// Why the case was not saved.
    pub problem: Option<String>,
    /// Whether another case has the name.
    pub exists: bool,
}

impl SaveCaseDialog {
    /// What the fields say is expected.
    ///
    /// # Errors
    /// What is wrong with a field.
    pub fn expect(&mut self) -> Result<Option<Expect>, String> {
        let value = |field: &mut JsonField| field.value().map_err(|error| format!("This is not JSON: {error}"));
        Ok(match self.kind {
            ExpectKind::Answer => None,
            ExpectKind::Error => {
                let text = self.error_text.trim();
                Some(Expect::Error((!text.is_empty()).then(|| text.to_owned())))
            }
            ExpectKind::Contains => Some(Expect::Contains(value(&mut self.contains)?)),
            ExpectKind::Equals => Some(Expect::Equals(match &self.whole {
                Some(whole) => {
                    serde_json::from_str(whole).map_err(|error| format!("The output is not JSON: {error}"))?
                }
                None => value(&mut self.equals)?,
            })),
            ExpectKind::Pointers => match value(&mut self.pointers)? {
                serde_json::Value::Object(places)
                    if places.keys().all(|place| place.is_empty() || place.starts_with('/')) =>
                {
                    Some(Expect::Pointers(places.into_iter().collect()))
                }
                _ => return Err("Write an object: JSON pointers such as /user/name, each with its value".into()),
            },
        })
    }
}

/// What an entry of the history is fetched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recall {
    /// To look at it.
    Show,
    /// To run its input again.
    Run,
    /// To make a case of it.
    Save,
}

/// An entry of the history, ready to be shown.
pub struct Recalled {
    /// Its name.
    pub id: String,
    /// What it was fetched for.
    pub purpose: Recall,
    /// The invocation, or why it cannot be read.
    pub content: Result<(Record, Report), String>,
}
