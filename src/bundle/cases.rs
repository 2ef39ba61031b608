//! Saved inputs of functions with what is expected of them, from the bundle's `.workbench/cases` folder.
//!
//! `.workbench/cases/<service>/<function>/<name>.json` holds `{"input": ..., "expect": ...}`; the
//! expectation may be left out. Reading never fails: a broken file is reported beside the readable ones.

use std::path::Path;

use serde_json::{Map, Value};

use super::{files, names};

/// The folder of all cases, relative to the bundle's root, with a folder for each service.
pub const FOLDER: &str = ".workbench/cases";
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
    /// What the function should do with it.
    pub expect: Option<Expect>,
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
    /// An application error whose message holds this text.
    Error(String),
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
    let (mut cases, mut broken) = (Vec::new(), Vec::new());
    if !is_folder_name(service) {
        return (cases, broken);
    }
    let of_service = format!("{FOLDER}/{service}");
    let mut folders = files::names_in(root, &of_service, MAX_CASES);
    folders.retain(|folder| names::same_function(folder, function));
    for folder in folders {
        for name in files::names_in(root, &format!("{of_service}/{folder}"), MAX_CASES) {
            let Some(stem) = name.strip_suffix(".json") else { continue };
            let file = format!("{of_service}/{folder}/{name}");
            match read_case(root, &file, stem) {
                Ok(case) => cases.push(case),
                Err(reason) => broken.push(BrokenCase { file, reason }),
            }
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    (cases, broken)
}

fn is_folder_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0'])
}

fn read_case(root: &Path, file: &str, name: &str) -> Result<Case, String> {
    let bytes = files::read(root, file, MAX_CASE).map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| format!("this is not JSON: {error}"))?;
    let Value::Object(mut fields) = value else {
        return Err("a case is an object with `input` and, if wanted, `expect`".into());
    };
    let input = fields.remove("input").ok_or("the case has no `input`")?;
    let expect = match fields.remove("expect") {
        None | Some(Value::Null) => None,
        Some(Value::Object(expect)) => Some(read_expect(expect)?),
        Some(_) => return Err(EXPECT.into()),
    };
    Ok(Case { name: name.to_owned(), input, expect })
}

const EXPECT: &str = "`expect` is an object with one of `equals`, `contains` or `error`";

fn read_expect(fields: Map<String, Value>) -> Result<Expect, String> {
    let mut fields = fields.into_iter();
    match (fields.next(), fields.next()) {
        (Some((key, value)), None) => match (key.as_str(), value) {
            ("equals", value) => Ok(Expect::Equals(value)),
            ("contains", value) => Ok(Expect::Contains(value)),
            ("error", Value::String(text)) => Ok(Expect::Error(text)),
            ("error", _) => Err("the expected `error` is a text that the message holds".into()),
            (other, _) => Err(format!("there is no expectation `{}`; {EXPECT}", names::shown(other))),
        },
        _ => Err(EXPECT.into()),
    }
}

/// Whether `whole` has at least the parts of `part`.
pub fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => equals(whole, part),
    }
}

/// Whether both are the same value: the order of keys does not matter, and 1 is 1.0.
pub fn equals(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equals(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equals(a, b)))
        }
        _ => a == b,
    }
}
