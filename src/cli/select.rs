//! Which earlier runs a word on the command line means: a file, a number, a name, `last` or `baseline`.

use std::path::Path;

use crate::bundle::printable_line;
use crate::measure::runs::{self, CalledFunction, ListedRun};
use crate::measure::{KeptRun, Means, Runs};
use crate::platform::sensors::date;

/// Runs to choose from, each of some function.
pub enum Selection {
    /// Those of a file, and what it is called.
    File(String, Vec<KeptRun>),
    /// Kept ones, the newest first.
    Kept(Runs, Vec<ListedRun>),
}

/// A run that was chosen, and what to call it.
pub struct Chosen {
    /// `run 12 "before the rewrite" of 2026-03-01T09:00:00Z`.
    pub label: String,
    /// Its number, where it is a kept one.
    pub number: Option<u32>,
    /// The run.
    pub run: KeptRun,
}

impl Selection {
    /// The runs that `text` means.
    ///
    /// # Errors
    /// When there are none, or the file is none of runs.
    pub fn of(text: &str, kept: &Runs) -> Result<Self, String> {
        let shown = printable_line(text, 80);
        let path = Path::new(text);
        if path.is_file() {
            return match runs::read_file(path) {
                Ok(runs) => Ok(Self::File(shown, runs)),
                Err(error) => Err(error.to_string()),
            };
        }
        let (mut listed, _) = kept.list();
        let nothing = match text {
            "last" => "no run is kept yet; `measure` keeps them".to_owned(),
            "baseline" => {
                listed.retain(|run| run.head.is_baseline);
                "no run is chosen as a baseline; choose one with `runs BUNDLE baseline NUMBER`".to_owned()
            }
            number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                listed.retain(|run| number.parse() == Ok(run.number));
                format!("there is no run {shown}; `runs BUNDLE` lists all")
            }
            name => {
                listed.retain(|run| run.head.name.as_deref() == Some(name));
                format!("there is no file {shown} and no run of that name; `runs BUNDLE` lists all")
            }
        };
        if listed.is_empty() { Err(nothing) } else { Ok(Self::Kept(kept.clone(), listed)) }
    }

    /// The newest of the runs that is of this function, called by these means.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_function(&self, called: &CalledFunction, means: Means) -> Result<Option<Chosen>, String> {
        match self {
            Self::File(name, runs) => {
                let found = runs.iter().filter(|run| run.head.called.is_same_function(called));
                let found = found.filter(|run| run.head.means == means).max_by_key(|run| run.head.at);
                Ok(found.map(|run| Chosen { label: name.clone(), number: None, run: run.clone() }))
            }
            Self::Kept(kept, listed) => {
                let mut found = listed.iter().filter(|run| run.head.called.is_same_function(called));
                let Some(found) = found.find(|run| run.head.means == means) else { return Ok(None) };
                Self::load(kept, found).map(Some)
            }
        }
    }

    /// All the runs that are meant, where it does not matter of which function; of kept ones the newest of each.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn all(&self) -> Result<Vec<Chosen>, String> {
        match self {
            Self::File(name, runs) => {
                let chosen = |run: &KeptRun| Chosen { label: name.clone(), number: None, run: run.clone() };
                Ok(runs.iter().map(chosen).collect())
            }
            Self::Kept(kept, listed) => {
                let mut newest: Vec<&ListedRun> = Vec::new();
                for run in listed {
                    let is_known = newest.iter().any(|other| other.head.called.is_same_function(&run.head.called));
                    if !is_known {
                        newest.push(run);
                    }
                }
                newest.into_iter().map(|run| Self::load(kept, run)).collect()
            }
        }
    }

    fn load(kept: &Runs, listed: &ListedRun) -> Result<Chosen, String> {
        let run = kept.load(listed.number).map_err(|error| error.to_string())?;
        Ok(Chosen { label: label(listed), number: Some(listed.number), run })
    }
}

fn label(run: &ListedRun) -> String {
    let name = run.head.name.as_ref().map(|name| format!(" \u{201c}{}\u{201d}", printable_line(name, 80)));
    format!("run {}{} of {}", run.number, name.unwrap_or_default(), date::text(run.head.time()))
}
