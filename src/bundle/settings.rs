//! `.workbench/settings.yaml`: what the user chose where a module does not tell. Read leniently, for
//! a bundle works without it; changed by rewriting the one value that was chosen.
//!
//! ```yaml
//! modules:
//!   user-service:
//!     convention: c
//!     start: boot
//!     functions:
//!       createUser: bytes
//!     limits:
//!       createUser: {memory: 2MiB, time: 50ms, instructions: 100000}
//! goals:
//!   user-service:
//!     responseTime: {percentile: 99}
//! ```

pub mod limits;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use self::limits::FunctionLimits;
use super::percentile::Percentile;
use super::{Stamp, names, save, yaml};

/// The file, relative to the bundle's root.
pub const SETTINGS_FILE: &str = ".workbench/settings.yaml";

/// Largest settings file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What a bundle's settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The choices for each module, by the name of its service.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub modules: BTreeMap<String, Choices>,
    /// What each goal is judged by, by the names of its service and its own: see [`Settings::percentile`]. Kept as
    /// it is written, so that a mistake in it concerns its goal alone.
    #[serde(skip_serializing_if = "serde_yaml::Value::is_null")]
    goals: serde_yaml::Value,
    /// Settings of other versions, kept as they are.
    #[serde(flatten)]
    rest: BTreeMap<String, serde_yaml::Value>,
}

/// What the user chose for one module. The words are those that its calling convention offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// The calling convention, where it is not to be recognised by evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convention: Option<String>,
    /// How an instance comes to be ready, where there are several ways (`boot`, `snapshot`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// How each function takes its input and gives its output, by the function's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<String, String>,
    /// What each function may use, where that is not what all may, by the function's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, FunctionLimits>,
}

/// Why settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{SETTINGS_FILE} {reason}")]
pub struct SettingsError {
    /// What is wrong, in words.
    pub reason: String,
}

impl Settings {
    /// Reads the settings of the bundle at `root`; those of a bundle without any are empty.
    ///
    /// # Errors
    /// When there is a file that cannot be read or is not what it should be.
    pub fn read(root: &Path) -> Result<Self, SettingsError> {
        let error = |reason: String| SettingsError { reason };
        let path = root.join(SETTINGS_FILE);
        let facts = match std::fs::symlink_metadata(&path) {
            Ok(facts) => facts,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(unreadable) => return Err(error(format!("cannot be read: {unreadable}"))),
        };
        if !facts.is_file() || facts.len() > LARGEST {
            return Err(error("is no plain file of at most 1 MiB".into()));
        }
        let text =
            std::fs::read_to_string(&path).map_err(|unreadable| error(format!("cannot be read: {unreadable}")))?;
        Self::parse(&text)
    }

    /// Reads settings from their text.
    ///
    /// # Errors
    /// When the text is not YAML or holds other things in these places.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_yaml::from_str(text).map_err(|invalid| SettingsError { reason: format!("is not understood: {invalid}") })
    }

    /// The settings as the text of their file.
    ///
    /// # Errors
    /// When a value has no YAML form.
    pub fn text(&self) -> Result<String, SettingsError> {
        serde_yaml::to_string(self).map_err(|unwritable| SettingsError { reason: unwritable.to_string() })
    }

    /// Notes that `function` of `service`'s module is called in the way that `word` names.
    pub fn choose(&mut self, service: &str, function: &str, word: &str) {
        let functions = &mut self.modules.entry(service.to_owned()).or_default().functions;
        let known = functions.iter_mut().find(|(name, _)| names::same_function(name, function));
        match known {
            Some((_, chosen)) => word.clone_into(chosen),
            None => _ = functions.insert(function.to_owned(), word.to_owned()),
        }
    }

    /// Notes in the settings of the bundle at `root` that `function` of `service`'s module is called in
    /// the way that `word` names.
    ///
    /// # Errors
    /// When there are settings that cannot be read, or they cannot be written.
    pub fn note(root: &Path, service: &str, function: &str, word: &str) -> Result<(), SettingsError> {
        let mut settings = Self::read(root)?;
        settings.choose(service, function, word);
        settings.write(root, ["modules", service, "functions", function], &yaml::quoted_if_needed(word))
    }

    /// Notes in the settings of the bundle at `root` what one invocation of `function` of `service`'s module may use,
    /// instead of what was noted before.
    ///
    /// # Errors
    /// As [`Settings::note`].
    pub fn note_limits(
        root: &Path,
        service: &str,
        function: &str,
        limits: &FunctionLimits,
    ) -> Result<(), SettingsError> {
        let mut settings = Self::read(root)?;
        let all = &mut settings.modules.entry(service.to_owned()).or_default().limits;
        let known = all.iter_mut().find(|(name, _)| names::same_function(name, function));
        match known {
            Some((_, noted)) => limits.clone_into(noted),
            None => _ = all.insert(function.to_owned(), limits.clone()),
        }
        settings.write(root, ["modules", service, "limits", function], &limits.to_string())
    }

    /// Writes the settings, which differ from those of the bundle at `root` in the `value` at this place.
    fn write(&self, root: &Path, place: [&str; 4], value: &str) -> Result<(), SettingsError> {
        let error = |reason: String| SettingsError { reason };
        let path = root.join(SETTINGS_FILE);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        // The whole file is written anew only where one line of it cannot be changed: that drops comments.
        let after = match edited(&before, place, value).filter(|text| Self::parse(text).as_ref() == Ok(self)) {
            Some(text) => text,
            None => self.text()?,
        };
        let stamp = match before.as_str() {
            "" => Stamp::of_file(&path).map_err(|unreadable| error(format!("cannot be read: {unreadable}")))?,
            text => Stamp::of_content(text.as_bytes()),
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|refused| error(format!("cannot be written: {refused}")))?;
        }
        save(&path, &after, &stamp).map(|_| ()).map_err(|refused| error(refused.to_string()))
    }

    /// The percentile that the goal named `goal` of `service` is judged by, where one is chosen for it.
    ///
    /// # Errors
    /// When something else stands in its place.
    pub fn percentile(&self, service: &str, goal: &str) -> Result<Option<Percentile>, SettingsError> {
        let (of, name) = (names::shown(service), names::shown(goal));
        let error = |reason: String| SettingsError { reason };
        let goals = inside(&self.goals, service)
            .map_err(|()| error("holds something else than names of services in `goals`".into()))?;
        let chosen = goals
            .map_or(Ok(None), |goals| inside(goals, goal))
            .map_err(|()| error(format!("holds something else than names of goals in `goals`, `{of}`")))?;
        let Some(chosen) = chosen else { return Ok(None) };
        let place = format!("in `goals`, `{of}`, `{name}`");
        let fields = chosen.as_mapping().ok_or_else(|| error(format!("has no `percentile: 95` {place}")))?;
        let mut percentile = None;
        for (key, value) in fields {
            match (key.as_str(), value) {
                (Some("percentile"), serde_yaml::Value::Number(number)) => {
                    percentile = Some(Percentile::new(number.as_f64().unwrap_or(f64::NAN)));
                }
                (Some("percentile"), serde_yaml::Value::String(text)) => percentile = Some(Percentile::parse(text)),
                (Some("percentile"), _) => {
                    return Err(error(format!("has something else than a number as `percentile` {place}")));
                }
                (key, _) => {
                    let key = names::shown(key.unwrap_or("?"));
                    return Err(error(format!("has `{key}` {place}, where only `percentile` can stand")));
                }
            }
        }
        percentile.transpose().map_err(|invalid| error(format!("{place}: {invalid}")))
    }

    /// The choices for the module of `service`.
    pub fn of(&self, service: &str) -> Choices {
        self.modules.get(service).cloned().unwrap_or_default()
    }
}

impl Choices {
    /// The limits noted for `function`, in either spelling of its name.
    pub fn limits(&self, function: &str) -> Option<&FunctionLimits> {
        let exact = self.limits.get(function);
        let alike = || self.limits.iter().find(|(name, _)| names::same_function(name, function));
        exact.or_else(|| alike().map(|(_, limits)| limits))
    }

    /// The word chosen for `function`, in either spelling of its name.
    pub fn function(&self, function: &str) -> Option<&str> {
        let exact = self.functions.get(function);
        let alike = || self.functions.iter().find(|(name, _)| names::same_function(name, function));
        exact.or_else(|| alike().map(|(_, word)| word)).map(String::as_str)
    }
}

/// What stands under `key`; nothing where there is nothing at all, and an error where there is no mapping.
fn inside<'a>(value: &'a serde_yaml::Value, key: &str) -> Result<Option<&'a serde_yaml::Value>, ()> {
    match value {
        serde_yaml::Value::Null => Ok(None),
        serde_yaml::Value::Mapping(fields) => Ok(fields.get(key)),
        _ => Err(()),
    }
}

/// `text` with the one value changed, or with the lines for it put in; `None` where the text has no
/// block of its own at that place.
fn edited(text: &str, path: [&str; 4], value: &str) -> Option<String> {
    let mut node = yaml::parse(text).root?;
    for (depth, key) in path.into_iter().enumerate() {
        let mapping = std::sync::Arc::clone(node.as_mapping()?);
        let is_function = depth + 1 == path.len();
        let same = |entry: &&yaml::Entry| *entry.key == *key || is_function && names::same_function(&entry.key, key);
        if let Some(entry) = mapping.own_entries().iter().find(same) {
            node = entry.value.clone();
            continue;
        }
        let at = mapping.own_entries().first()?.key_span.start;
        let line = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let indent = text.get(line..at).filter(|indent| indent.trim().is_empty())?;
        let (last, parents) = path.get(depth..)?.split_last()?;
        let mut lines = String::new();
        for (level, parent) in parents.iter().enumerate() {
            lines.push_str(&format!("{indent}{:1$}{2}:\n", "", level * 2, yaml::quoted_if_needed(parent)));
        }
        lines.push_str(&format!("{indent}{:1$}{2}: {value}\n", "", parents.len() * 2, yaml::quoted_if_needed(last)));
        return Some(format!("{}{lines}{}", text.get(..line)?, text.get(line..)?));
    }
    Some(format!("{}{value}{}", text.get(..node.span.start)?, text.get(node.span.end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_found_in_either_spelling_and_survives_writing() {
        let mut settings = Settings::parse("modules: {shop: {convention: c}}\nlimits: {memory: 1}\n").unwrap();
        settings.choose("shop", "createOrder", "bytes");
        settings.choose("shop", "create_order", "string");
        let again = Settings::parse(&settings.text().unwrap()).unwrap();
        assert_eq!(again, settings);
        assert_eq!(again.of("shop").function("createOrder"), Some("string"));
        assert_eq!(again.of("shop").functions.len(), 1);
        assert!(again.rest.contains_key("limits"));
    }

    #[test]
    fn one_line_is_changed_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".workbench")).unwrap();
        let path = folder.path().join(SETTINGS_FILE);
        std::fs::write(&path, "# ours\nmodules:\n  shop: # the shop\n    start: boot\n").unwrap();
        for (service, function, word) in
            [("shop", "createOrder", "bytes"), ("shop", "create_order", "string"), ("users", "no", "bytes")]
        {
            Settings::note(folder.path(), service, function, word).unwrap();
        }
        let expected = "# ours\nmodules:\n  users:\n    functions:\n      no: bytes\n  shop: # the shop\n    \
            functions:\n      createOrder: string\n    start: boot\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn limits_are_noted_beside_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".workbench")).unwrap();
        let path = folder.path().join(SETTINGS_FILE);
        let before = "# ours\nmodules:\n  shop: # the shop\n    limits:\n      # measured in May\n      createOrder:\n        \
            memory: 1MiB\n      other: {time: 1s}\n";
        std::fs::write(&path, before).unwrap();
        let limits = |text: &str| serde_yaml::from_str::<FunctionLimits>(text).unwrap();
        let (first, second) = (limits("{memory: 2MiB, time: 50ms}"), limits("instructions: 7"));
        Settings::note_limits(folder.path(), "shop", "create_order", &first).unwrap();
        Settings::note_limits(folder.path(), "users", "find", &second).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for kept in ["# ours", "# the shop", "# measured in May", "      other: {time: 1s}\n"] {
            assert!(text.contains(kept), "{text}");
        }
        let settings = Settings::read(folder.path()).unwrap();
        assert_eq!(settings.of("shop").limits("createOrder"), Some(&first));
        assert_eq!(settings.of("shop").limits("other").unwrap().memory, None);
        assert_eq!(settings.of("users").limits("find"), Some(&second));
    }

    #[test]
    fn settings_that_are_something_else_are_refused_in_words() {
        let error = Settings::parse("modules: [1]").unwrap_err();
        assert!(error.to_string().starts_with(".workbench/settings.yaml is not understood"), "{error}");
    }

    #[test]
    fn a_bundle_without_settings_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Settings::read(folder.path()).unwrap(), Settings::default());
    }
}
