//! The palette's entries and their fuzzy matching: all commands, and every function, endpoint, goal and
//! file of the open bundle to go to. Draws nothing.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::bundle::assist::Location;

use super::available::availability;
use super::command::{Command, LISTED};
use super::documents::Tab;
use super::outline::NodeKind;
use super::state::State;
use super::text;

/// Something that the palette offers.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called.
    pub label: String,
    /// What tells it from others of the same name.
    pub detail: String,
    /// What it does.
    pub command: Command,
    /// What is matched.
    haystack: String,
}

/// The palette.
pub struct Palette {
    /// What its entries are, where they are not everything there is.
    pub title: Option<String>,
    /// The search field.
    pub query: String,
    /// The chosen row, counted among the matches.
    pub chosen: usize,
    entries: Vec<Entry>,
    matches: Vec<usize>,
    matcher: Matcher,
}

impl Palette {
    /// The palette for the window as it is now.
    pub fn of(state: &State) -> Self {
        let mut entries: Vec<Entry> = LISTED
            .iter()
            .filter(|command| !matches!(command, Command::ShowPalette | Command::CloseDialog))
            .filter(|command| availability(command, state).is_ok())
            .map(|command| Entry::new(command.text().trim_end_matches('…').into(), String::new(), command.clone()))
            .collect();
        entries.extend(places(state));
        Self::with(None, entries)
    }

    /// A list of places to go to.
    pub fn of_places(title: String, places: Vec<Location>) -> Self {
        let entry = |place: Location| {
            let at = place.position.map(|at| format!(":{}", at.line)).unwrap_or_default();
            let detail = format!("{}{at}   {}", text::one_line(&place.file), text::one_line(&place.line));
            Entry::new(text::one_line(&place.title), detail, Command::GoTo(Box::new(place)))
        };
        Self::with(Some(title), places.into_iter().map(entry).collect())
    }

    fn with(title: Option<String>, entries: Vec<Entry>) -> Self {
        let matches = (0..entries.len()).collect();
        Self { title, query: String::new(), chosen: 0, entries, matches, matcher: Matcher::new(Config::DEFAULT) }
    }

    /// Matches again, after the query changed.
    pub fn search(&mut self) {
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let haystack = Utf32Str::new(&entry.haystack, &mut buffer);
            if let Some(score) = pattern.score(haystack, &mut self.matcher) {
                scored.push((score, at));
            }
        }
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.matches = scored.into_iter().map(|(_, at)| at).collect();
        self.chosen = 0;
    }

    /// How many entries match.
    pub fn len(&self) -> usize {
        self.matches.len()
    }

    /// Whether no entry matches.
    pub fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }

    /// The entry in a row.
    pub fn entry(&self, row: usize) -> Option<&Entry> {
        self.entries.get(*self.matches.get(row)?)
    }

    /// Moves the choice by so many rows; from the last on to the first.
    pub fn step(&mut self, by: isize) {
        if let Ok(count @ 1..) = isize::try_from(self.matches.len()) {
            self.chosen = (self.chosen as isize + by).rem_euclid(count) as usize;
        }
    }
}

impl Entry {
    fn new(label: String, detail: String, command: Command) -> Self {
        let haystack = format!("{label} {detail}");
        Self { label, detail, command, haystack }
    }
}

/// What can be gone to in the open bundle.
fn places(state: &State) -> Vec<Entry> {
    let Some(session) = &state.session else { return Vec::new() };
    let functions = session.callables.iter().map(|callable| {
        let label = format!("Function {}", text::one_line(&callable.key.function));
        Entry::new(label, text::one_line(&callable.key.service), Command::PickFunction(callable.key.clone()))
    });
    let nodes = session.outline.nodes().iter().filter_map(|node| {
        let what = match &node.kind {
            NodeKind::Service => "Service",
            NodeKind::Endpoint(_) => "Endpoint",
            NodeKind::Intent => "Intent",
            NodeKind::Goal { .. } => "Goal",
            NodeKind::File => {
                let tab = Tab::File(node.place.as_ref()?.file.clone());
                return Some(Entry::new(format!("File {}", node.label), String::new(), Command::ShowTab(tab)));
            }
            _ => return None,
        };
        let detail = match &node.kind {
            NodeKind::Endpoint(Some(method)) => format!("{} {}", method.as_str(), node.detail),
            _ => node.detail.clone(),
        };
        Some(Entry::new(format!("{what} {}", node.label), detail, Command::Select(node.key.clone())))
    });
    functions.chain(nodes).collect()
}
