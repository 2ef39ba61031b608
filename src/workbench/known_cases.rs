//! The saved cases that the window knows of, and what came of them. Jobs read case files whenever they run, and
//! what they read arrives in any order: each reading carries a number from before it began, and what an older
//! reading says never replaces what a newer one said. Reads no files itself.

use std::collections::BTreeMap;

use crate::bundle::cases::BrokenCase;
use crate::platform::CaseRun;

use super::callable::FunctionKey;
use super::work::SavedInput;

/// When a reading of case files was begun: a later one saw the files as they were then, or later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading(u64);

/// Saved cases by function, and what came of those that were run, by file.
#[derive(Default)]
pub struct KnownCases {
    lists: BTreeMap<FunctionKey, (Reading, Vec<SavedInput>)>,
    results: BTreeMap<String, (Reading, CaseRun)>,
    /// Files that are no cases.
    pub broken: Vec<BrokenCase>,
    last: u64,
    /// Readings up to this one may not have seen the last change of the files.
    outdated: Reading,
}

impl KnownCases {
    /// A number for a reading that begins now.
    pub fn begin(&mut self) -> Reading {
        self.last += 1;
        Reading(self.last)
    }

    /// Notes that case files changed. What is known stays in sight until it was read again.
    pub fn note_change(&mut self) {
        self.outdated = Reading(self.last);
    }

    /// The cases of a function, as far as they were read.
    pub fn of(&self, key: &FunctionKey) -> Option<&[SavedInput]> {
        self.lists.get(key).map(|(_, cases)| cases.as_slice())
    }

    /// Whether the cases of a function were read since the last change.
    pub fn is_current(&self, key: &FunctionKey) -> bool {
        self.lists.get(key).is_some_and(|(reading, _)| *reading > self.outdated)
    }

    /// All cases that were read.
    pub fn all(&self) -> impl Iterator<Item = &SavedInput> {
        self.lists.values().flat_map(|(_, cases)| cases)
    }

    /// What came of the case in `file`.
    pub fn result(&self, file: &str) -> Option<&CaseRun> {
        self.results.get(file).map(|(_, run)| run)
    }

    /// What came of all cases that were run, by their files.
    pub fn results(&self) -> impl Iterator<Item = (&String, &CaseRun)> {
        self.results.iter().map(|(file, (_, run))| (file, run))
    }

    /// Takes in the cases of a function. Results of cases that have changed since, or are gone, tell nothing any
    /// more; those that began after this reading did tell more than it.
    pub fn take_list(&mut self, key: &FunctionKey, reading: Reading, cases: Vec<SavedInput>) {
        if self.lists.get(key).is_some_and(|(known, _)| *known > reading) {
            return;
        }
        self.results.retain(|file, (begun, run)| {
            let located = &run.located;
            let of = FunctionKey { service: located.service.clone(), function: located.function.clone() };
            let holds = match cases.iter().find(|case| case.file == *file) {
                Some(case) => case.case == located.case,
                None => !of.is_same(key),
            };
            holds || *begun > reading
        });
        self.lists.insert(key.clone(), (reading, cases));
    }

    /// Takes in what came of cases: of all of the bundle, or of some. A case that is known to be another one by
    /// now is left out.
    pub fn take_results(&mut self, reading: Reading, runs: Vec<CaseRun>, are_all: bool) {
        if are_all {
            self.results.retain(|_, (begun, _)| *begun > reading);
        }
        for run in runs {
            let file = run.located.file.clone();
            let is_newer = |begun: Reading| begun > reading;
            let known = self.lists.values().filter(|(begun, _)| is_newer(*begun)).flat_map(|(_, cases)| cases);
            let is_outdated = known.into_iter().any(|case| case.file == file && case.case != run.located.case);
            if !is_outdated && !self.results.get(&file).is_some_and(|(begun, _)| is_newer(*begun)) {
                self.results.insert(file, (reading, run));
            }
        }
    }

    /// Forgets what came of the case in `file`.
    pub fn forget_result(&mut self, file: &str) {
        self.results.remove(file);
    }

    /// Forgets what came of all cases where a module changed.
    pub fn forget_results(&mut self, changed: &[String]) {
        if changed.iter().any(|file| file.ends_with(".wasm")) {
            self.results.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::cases::{Case, Located};
    use serde_json::json;

    const FILE: &str = ".workbench/cases/users/createUser/ada.json";

    fn key() -> FunctionKey {
        FunctionKey { service: "users".into(), function: "createUser".into() }
    }

    /// The case in the file as it was with this input.
    fn located(input: u32) -> Located {
        let case = Case { name: "ada".into(), input: json!(input), expect: None, within: None };
        Located { service: "users".into(), function: "create_user".into(), file: FILE.into(), case }
    }

    fn listed(input: u32) -> Vec<SavedInput> {
        vec![SavedInput::from(located(input))]
    }

    fn ran(input: u32) -> Vec<CaseRun> {
        vec![CaseRun { located: located(input), took: None, output: None, instructions: None, failure: None }]
    }

    fn shown(cases: &KnownCases) -> Option<serde_json::Value> {
        cases.result(FILE).map(|run| run.located.case.input.clone())
    }

    #[test]
    fn a_list_that_was_read_before_a_case_was_changed_and_run_does_not_take_its_result_away() {
        let mut cases = KnownCases::default();
        let older = cases.begin();
        // The file changes; it is run before anybody has noticed.
        let run = cases.begin();
        cases.take_results(run, ran(2), false);
        cases.take_list(&key(), older, listed(1));
        assert_eq!(shown(&cases), Some(json!(2)));
        cases.note_change();
        assert!(!cases.is_current(&key()), "the change was noticed, and the list is from before");
        let newer = cases.begin();
        cases.take_list(&key(), newer, listed(2));
        assert_eq!((shown(&cases), cases.is_current(&key())), (Some(json!(2)), true));
    }

    #[test]
    fn a_result_of_a_case_that_changed_while_it_ran_is_not_shown() {
        let mut cases = KnownCases::default();
        let run = cases.begin();
        let newer = cases.begin();
        cases.take_list(&key(), newer, listed(2));
        cases.take_results(run, ran(1), false);
        assert_eq!(shown(&cases), None);
        let again = cases.begin();
        cases.take_results(again, ran(2), false);
        cases.take_list(&key(), newer, listed(2));
        assert_eq!(shown(&cases), Some(json!(2)));
    }

    #[test]
    fn a_later_change_or_removal_takes_a_result_away() {
        let mut cases = KnownCases::default();
        for list in [listed(2), Vec::new()] {
            let run = cases.begin();
            cases.take_results(run, ran(1), true);
            assert_eq!(shown(&cases), Some(json!(1)));
            let newer = cases.begin();
            cases.take_list(&key(), newer, list);
            assert_eq!(shown(&cases), None);
        }
    }

    #[test]
    fn a_reading_that_began_before_a_change_is_not_the_last_word() {
        let mut cases = KnownCases::default();
        let older = cases.begin();
        cases.note_change();
        cases.take_list(&key(), older, listed(1));
        assert_eq!(cases.of(&key()).map(<[_]>::len), Some(1), "it is shown until the files were read again");
        assert!(!cases.is_current(&key()));
        let newer = cases.begin();
        cases.take_list(&key(), newer, Vec::new());
        cases.take_list(&key(), older, listed(1));
        assert_eq!(cases.of(&key()).map(<[_]>::len), Some(0));
    }
}
