//! Writing a case: a file that git shows well, under a name that every file system takes. Never replaces a
//! file unless told to, and never leaves half of one.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{CASES_FOLDER, Case, Expect, MAX_CASE, folders_of, is_folder_name};
use crate::bundle::files::{self, FileError};
use crate::bundle::{names, save};

/// Longest name of a file, in characters.
const LONGEST_NAME: usize = 80;

/// Why a case was not written.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Nothing of the name can stand in a file's name.
    #[error("Give the case a name with letters or digits")]
    NoName,
    /// The service's name can be no folder's.
    #[error("The service `{0}` cannot have cases: its name is no name of a folder")]
    NoFolder(String),
    /// There is such a case.
    #[error("There is a case {0} already; choose another name, or replace it")]
    Exists(String),
    /// The case is larger than what is read.
    #[error("The case has {0} bytes, and at most 8 MiB are read; expect a part of the output instead")]
    TooLarge(usize),
    /// The folder leads out of the bundle.
    #[error("{0}: {1}; nothing was written")]
    Folder(String, FileError),
    /// The system refused.
    #[error("The case cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// Writes a case of `function` of `service` and gives its file, relative to `root`.
///
/// # Errors
/// When there is one of this name, unless `replace` says that it may go; when it cannot be written.
pub fn write(root: &Path, service: &str, function: &str, case: &Case, replace: bool) -> Result<String, CaseError> {
    let name = file_name(&case.name).ok_or(CaseError::NoName)?;
    if !is_folder_name(service) {
        return Err(CaseError::NoFolder(names::shown(service)));
    }
    let of_function = folders_of(root, service, function).into_iter().next();
    let of_function = of_function.unwrap_or_else(|| folder_name(function));
    let folder = format!("{CASES_FOLDER}/{service}/{of_function}");
    files::make_folder(root, &folder).map_err(|error| match error {
        FileError::Io(error) => CaseError::Io(error),
        other => CaseError::Folder(folder.clone(), other),
    })?;
    // Some file systems take `Ada` and `ada` for one name.
    let known = files::names_in(root, &folder, usize::MAX);
    let known = known.into_iter().find(|known| known.to_lowercase() == format!("{name}.json").to_lowercase());
    let file = known.clone().unwrap_or_else(|| format!("{name}.json"));
    if known.is_some() && !replace {
        return Err(CaseError::Exists(name));
    }
    let named = (!names::same_function(&of_function, function)).then_some(function);
    let text = text(&name, named, case);
    if text.len() as u64 > MAX_CASE {
        return Err(CaseError::TooLarge(text.len()));
    }
    let path = root.join(&folder).join(&file);
    if replace {
        save::replace(&path, text.as_bytes(), None)?;
    } else {
        create(&path, &text).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CaseError::Exists(name),
            _ => CaseError::Io(error),
        })?;
    }
    Ok(format!("{folder}/{file}"))
}

/// Makes a file that was not there, whole or not at all.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".").suffix(".saving").tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().set_permissions(save::default_permissions()?)?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// The case as its file holds it: laid out, its keys sorted, with nothing in it that changes by itself.
fn text(name: &str, function: Option<&str>, case: &Case) -> String {
    let mut fields = Map::new();
    let mut expect = Map::new();
    match &case.expect {
        None => {}
        Some(Expect::Equals(value)) => drop(expect.insert("equals".into(), value.clone())),
        Some(Expect::Contains(value)) => drop(expect.insert("contains".into(), value.clone())),
        Some(Expect::Pointers(places)) => drop(expect.insert("pointers".into(), json!(places))),
        Some(Expect::Error(None)) => drop(expect.insert("error".into(), true.into())),
        Some(Expect::Error(Some(text))) => drop(expect.insert("error".into(), text.as_str().into())),
    }
    if let Some(within) = case.within {
        expect.insert("within".into(), written(within).into());
    }
    if !expect.is_empty() {
        fields.insert("expect".into(), expect.into());
    }
    if let Some(function) = function {
        fields.insert("function".into(), function.into());
    }
    fields.insert("input".into(), case.input.clone());
    fields.insert("name".into(), name.into());
    let mut value = Value::Object(fields);
    value.sort_all_objects();
    format!("{value:#}\n")
}

fn written(duration: Duration) -> String {
    format!("{}ms", duration.as_millis().max(1))
}

/// `name` as a file's name that every system takes, without ending; nothing where none of it can stay.
pub fn file_name(name: &str) -> Option<String> {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') { c } else { '-' };
    let safe: String = name.trim().chars().map(safe).take(LONGEST_NAME).collect();
    // Names are kept in bytes: letters of other scripts take up to four each.
    let safe = safe.get(..safe.floor_char_boundary(200)).unwrap_or_default();
    let safe = safe.trim_matches(['.', '-', ' ']);
    let first = safe.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    let numbered = first.strip_prefix("com").or(first.strip_prefix("lpt"));
    let is_device = matches!(first.as_str(), "con" | "prn" | "aux" | "nul")
        || numbered.is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|digit| digit.is_ascii_digit()));
    match safe {
        "" => None,
        safe if is_device => Some(format!("case {safe}")),
        safe => Some(safe.to_owned()),
    }
}

/// The folder of a function's cases.
pub(super) fn folder_name(function: &str) -> String {
    file_name(function).unwrap_or_else(|| "function".into())
}
