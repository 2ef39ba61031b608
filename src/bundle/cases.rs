//! Saved inputs of functions with what is expected of them, from the bundle's `.workbench/cases` folder.
//!
//! `.workbench/cases/<service>/<function>/<name>.json` holds `{"input": ..., "expect": ...}`; the
//! expectation may be left out. Reading never fails: a broken file is reported beside the readable ones.

mod write;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{duration, files, names};

pub use write::{CaseError, file_name, write};

/// Where cases are, relative to the bundle's root.
pub const CASES_FOLDER: &str = ".workbench/cases";
/// Largest case file that is read, in bytes.
const MAX_CASE: u64 = 8 << 20;
/// Most cases of one function.
const MAX_CASES: usize = 1000;

/// A saved input of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The file's name without ending.
    pub name: String,
    /// The input.
    pub input: Value,
    /// What the function should do with it; without it, answer at all.
    pub expect: Option<Expect>,
    /// How long an invocation may take at most.
    pub within: Option<Duration>,
}

impl Case {
    /// Whether the function is expected to refuse the input.
    pub fn expects_error(&self) -> bool {
        matches!(self.expect, Some(Expect::Error(_)))
    }
}

/// What a function should answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Exactly this output; the order of an object's keys does not matter.
    Equals(Value),
    /// An output with at least these parts: objects may have more keys, lists are compared item by item.
    Contains(Value),
    /// An output with these values at these places, each a JSON pointer.
    Pointers(BTreeMap<String, Value>),
    /// An application error, whose message holds this text if there is one.
    Error(Option<String>),
}

/// A case and where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The service whose module holds the function.
    pub service: String,
    /// The function.
    pub function: String,
    /// The file, relative to the bundle's root, with `/`.
    pub file: String,
    /// The case.
    pub case: Case,
}

/// A case file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenCase {
    /// The file, relative to the bundle's root, with `/`.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The cases of `function` of `service`, sorted by file name. Broken files are left out, see [`read_cases`].
pub fn cases_of(root: &Path, service: &str, function: &str) -> Vec<Case> {
    read_cases(root, service, function).0
}

/// The cases of `function` of `service`, sorted by file name, and the files that are none.
///
/// The folder may spell the function in camelCase or in snake_case.
pub fn read_cases(root: &Path, service: &str, function: &str) -> (Vec<Case>, Vec<BrokenCase>) {
    let (located, broken) = located(root, service, function);
    (located.into_iter().map(|located| located.case).collect(), broken)
}

/// Like [`read_cases`], each case with its file.
pub fn located(root: &Path, service: &str, function: &str) -> (Vec<Located>, Vec<BrokenCase>) {
    let (mut cases, mut broken) = (Vec::new(), Vec::new());
    for folder in folders_of(root, service, function) {
        read_folder(root, service, &folder, Some(function), &mut cases, &mut broken);
    }
    cases.sort_by(|a, b| a.case.name.cmp(&b.case.name));
    (cases, broken)
}

/// All cases of the bundle at `root`, sorted by service, function and name, and the files that are none.
pub fn all_cases(root: &Path) -> (Vec<Located>, Vec<BrokenCase>) {
    let (mut cases, mut broken) = (Vec::new(), Vec::new());
    for service in files::names_in(root, CASES_FOLDER, MAX_CASES) {
        for folder in files::names_in(root, &format!("{CASES_FOLDER}/{service}"), MAX_CASES) {
            read_folder(root, &service, &folder, None, &mut cases, &mut broken);
        }
    }
    (cases, broken)
}

/// The folders with cases of a function, sorted: one, unless it is spelt in several ways.
fn folders_of(root: &Path, service: &str, function: &str) -> Vec<String> {
    if !is_folder_name(service) {
        return Vec::new();
    }
    let own = write::folder_name(function);
    let mut folders = files::names_in(root, &format!("{CASES_FOLDER}/{service}"), MAX_CASES);
    folders.retain(|folder| names::same_function(folder, function) || *folder == own);
    folders
}

fn read_folder(
    root: &Path,
    service: &str,
    folder: &str,
    function: Option<&str>,
    cases: &mut Vec<Located>,
    broken: &mut Vec<BrokenCase>,
) {
    for name in files::names_in(root, &format!("{CASES_FOLDER}/{service}/{folder}"), MAX_CASES) {
        let Some(stem) = name.strip_suffix(".json") else { continue };
        let file = format!("{CASES_FOLDER}/{service}/{folder}/{name}");
        match read_case(root, &file, stem) {
            Ok((case, named)) => {
                let named = named.unwrap_or_else(|| folder.to_owned());
                // Two functions may share a folder where the file system allows neither of their names.
                if function.is_none_or(|function| names::same_function(function, &named)) {
                    let function = function.map_or(named, str::to_owned);
                    cases.push(Located { service: service.to_owned(), function, file, case });
                }
            }
            Err(reason) => broken.push(BrokenCase { file, reason }),
        }
    }
}

fn is_folder_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0'])
}

/// The fields of a case file.
const FIELDS: [&str; 4] = ["input", "expect", "name", "function"];

/// The case in `file`, and the function that it names, where its folder cannot.
fn read_case(root: &Path, file: &str, name: &str) -> Result<(Case, Option<String>), String> {
    let bytes = files::read(root, file, MAX_CASE).map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| format!("this is not JSON: {error}"))?;
    let Value::Object(mut fields) = value else {
        return Err("a case is an object with `input` and, if wanted, `expect`".into());
    };
    let input = fields.remove("input").ok_or("the case has no `input`")?;
    let (expect, within) = match fields.remove("expect") {
        None | Some(Value::Null) => (None, None),
        Some(Value::Object(expect)) => read_expect(expect)?,
        Some(_) => return Err(EXPECT.into()),
    };
    let function = match fields.remove("function") {
        None => None,
        Some(Value::String(function)) => Some(function),
        Some(_) => return Err("`function` is the name of the function, a text".into()),
    };
    // A misspelt expectation would pass unseen. Other fields are the writer's own.
    let misspelt = fields.keys().find_map(|key| Some((key, *names::nearest(key, FIELDS).first()?)));
    if let Some((key, meant)) = misspelt.filter(|(key, meant)| key != meant) {
        return Err(format!("there is no field `{}`; did you mean `{meant}`?", names::shown(key)));
    }
    Ok((Case { name: name.to_owned(), input, expect, within }, function))
}

const EXPECT: &str =
    "`expect` is an object with one of `equals`, `contains`, `pointers` or `error`, and, if wanted, `within`";

fn read_expect(mut fields: Map<String, Value>) -> Result<(Option<Expect>, Option<Duration>), String> {
    let within = fields.remove("within").map(read_within).transpose()?;
    let mut fields = fields.into_iter();
    let expect = match (fields.next(), fields.next()) {
        (None, _) if within.is_some() => None,
        (Some((key, value)), None) => Some(read_answer(&key, value)?),
        _ => return Err(EXPECT.into()),
    };
    Ok((expect, within))
}

fn read_within(value: Value) -> Result<Duration, String> {
    let Value::String(text) = value else { return Err("`within` is a duration as a text, such as \"50ms\"".into()) };
    match duration::parse(&text) {
        Ok(Duration::ZERO) => Err("`within` is more than nothing, such as \"50ms\"".into()),
        Ok(within) => Ok(within),
        Err(reason) => Err(format!("`within` is no duration: {reason}")),
    }
}

fn read_answer(key: &str, value: Value) -> Result<Expect, String> {
    match (key, value) {
        ("equals", value) => Ok(Expect::Equals(value)),
        ("contains", value) => Ok(Expect::Contains(value)),
        ("pointers", Value::Object(places)) => {
            if let Some(wrong) = places.keys().find(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
                return Err(format!("`{}` is no JSON pointer: one begins with `/`", names::shown(wrong)));
            }
            Ok(Expect::Pointers(places.into_iter().collect()))
        }
        ("pointers", _) => Err("`pointers` is an object: JSON pointers, each with the value expected there".into()),
        ("error", Value::String(text)) => Ok(Expect::Error(Some(text))),
        ("error", Value::Bool(true)) => Ok(Expect::Error(None)),
        ("error", _) => Err("the expected `error` is a text that the message holds, or true for any".into()),
        (other, _) => Err(format!("there is no expectation `{}`; {EXPECT}", names::shown(other))),
    }
}
