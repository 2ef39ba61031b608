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
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Stamp, names, save};

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
        let choices = self.modules.entry(service.to_owned()).or_default();
        choices.functions.retain(|name, _| !names::same_function(name, function));
        choices.functions.insert(function.to_owned(), word.to_owned());
    }

    /// Notes in the settings of the bundle at `root` that `function` of `service`'s module is called in
    /// the way that `word` names.
    ///
    /// # Errors
    /// When there are settings that cannot be read, or they cannot be written.
    pub fn note(root: &Path, service: &str, function: &str, word: &str) -> Result<(), SettingsError> {
        let error = |reason: String| SettingsError { reason };
        let mut settings = Self::read(root)?;
        settings.choose(service, function, word);
        let path = root.join(SETTINGS_FILE);
        let stamp = Stamp::of_file(&path).map_err(|unreadable| error(format!("cannot be read: {unreadable}")))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|refused| error(format!("cannot be written: {refused}")))?;
        }
        save(&path, &settings.text()?, &stamp).map(|_| ()).map_err(|refused| error(refused.to_string()))
    }

    /// The choices for the module of `service`.
    pub fn of(&self, service: &str) -> Choices {
        self.modules.get(service).cloned().unwrap_or_default()
    }
}

impl Choices {
    /// The word chosen for `function`, in either spelling of its name.
    pub fn function(&self, function: &str) -> Option<&str> {
        let exact = self.functions.get(function);
        let alike = || self.functions.iter().find(|(name, _)| names::same_function(name, function));
        exact.or_else(|| alike().map(|(_, word)| word)).map(String::as_str)
    }
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
