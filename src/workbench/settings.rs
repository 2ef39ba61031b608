//! What the window remembers between two starts: theme, zoom, recent bundles, panel sizes, limits.
//!
//! One small JSON file of our own, written atomically. Whatever in it cannot be understood counts as
//! absent, field by field: settings never keep the window from opening.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::bundle::Percentile;
use crate::bundle::percentile::InvalidPercentile;
use crate::measure::{Instances, LoadPlan};
use crate::sandbox::Limits;

use super::exporting::ExportChoices;
use super::load::LoadSettings;

/// No honest settings file is larger.
const LARGEST_FILE: u64 = 1 << 20;
/// Bundles whose exports are remembered.
const MOST_EXPORTS: usize = 50;
/// Recent bundles kept.
const MOST_RECENT: usize = 8;

/// Which theme the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the desktop is set.
    #[default]
    System,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

impl ThemeChoice {
    /// All choices, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Dark, Self::Light];

    /// The choice as egui knows it.
    pub fn preference(self) -> egui::ThemePreference {
        match self {
            Self::System => egui::ThemePreference::System,
            Self::Dark => egui::ThemePreference::Dark,
            Self::Light => egui::ThemePreference::Light,
        }
    }

    /// The choice as the user reads it.
    pub fn text(self) -> &'static str {
        match self {
            Self::System => "System theme",
            Self::Dark => "Dark theme",
            Self::Light => "Light theme",
        }
    }
}

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The theme.
    #[serde(deserialize_with = "lenient")]
    pub theme: ThemeChoice,
    /// The zoom factor, 0.5 to 3.
    #[serde(deserialize_with = "lenient")]
    pub zoom: Zoom,
    /// Recently opened bundles, the latest first.
    #[serde(deserialize_with = "lenient")]
    pub recent: Vec<PathBuf>,
    /// Sizes of the panels.
    #[serde(deserialize_with = "lenient")]
    pub panels: PanelSizes,
    /// Limits of an invocation.
    #[serde(deserialize_with = "lenient")]
    pub limits: LimitSettings,
    /// Counted invocations of a measurement.
    #[serde(deserialize_with = "lenient")]
    pub invocations: Invocations,
    /// Whether the invocations of a measurement share one instance.
    #[serde(deserialize_with = "lenient")]
    pub keep_instance: bool,
    /// The load of a measurement.
    #[serde(deserialize_with = "lenient")]
    pub load: LoadSettings,
    /// The percentile that latency is judged by.
    #[serde(deserialize_with = "lenient")]
    pub judged_by: JudgedBy,
    /// Whether changes on disk are left alone until the next check or reload.
    #[serde(deserialize_with = "lenient")]
    pub unwatched: bool,
    /// Whether invocations are not kept in the bundle's history.
    #[serde(deserialize_with = "lenient")]
    pub no_history: bool,
    /// What was chosen when bundles were exported, the latest first.
    #[serde(deserialize_with = "lenient")]
    pub exports: Vec<ExportChoices>,
}

/// A zoom factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zoom(pub f32);

impl Default for Zoom {
    fn default() -> Self {
        Self(1.0)
    }
}

/// The number of counted invocations of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Invocations(pub u32);

impl Invocations {
    /// The fewest and the most that can be asked for.
    pub const RANGE: std::ops::RangeInclusive<u32> = 1..=1_000_000;
}

impl Default for Invocations {
    fn default() -> Self {
        Self(crate::measure::DEFAULT_CALLS)
    }
}

/// A percentile that latency is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct JudgedBy(pub Percentile);

impl TryFrom<f64> for JudgedBy {
    type Error = InvalidPercentile;

    fn try_from(percent: f64) -> Result<Self, Self::Error> {
        Percentile::new(percent).map(Self)
    }
}

impl std::fmt::Display for JudgedBy {
    /// `p95`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<JudgedBy> for f64 {
    fn from(JudgedBy(percentile): JudgedBy) -> Self {
        percentile.percent()
    }
}

/// Sizes of the panels in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PanelSizes {
    /// Width of the explorer.
    pub explorer: f32,
    /// Width of the panel with runner and goals.
    pub side: f32,
    /// Height of the problems.
    pub problems: f32,
}

impl Default for PanelSizes {
    fn default() -> Self {
        Self { explorer: 288.0, side: 420.0, problems: 190.0 }
    }
}

/// The limits that the user can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitSettings {
    /// Wall time of an invocation in milliseconds.
    pub time_ms: u64,
    /// Memory of the guest in MiB.
    pub memory_mib: u64,
    /// Instructions of the guest, where they are limited.
    pub instructions: Option<u64>,
}

impl LimitSettings {
    /// The shortest and the longest time in milliseconds.
    pub const TIME_MS: std::ops::RangeInclusive<u64> = 1..=600_000;
    /// The least and the most memory in MiB: a 32-bit memory ends at 4 GiB.
    pub const MEMORY_MIB: std::ops::RangeInclusive<u64> = 1..=4096;

    /// The fewest and the most instructions.
    pub const INSTRUCTIONS: std::ops::RangeInclusive<u64> = 1..=1_000_000_000_000;

    /// The limits as the sandbox takes them.
    pub fn limits(self) -> Limits {
        Limits {
            memory: self.memory_mib.saturating_mul(1 << 20),
            time: Duration::from_millis(self.time_ms),
            instructions: self.instructions,
            ..Limits::default()
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        let limits = Limits::default();
        Self { time_ms: limits.time.as_millis() as u64, memory_mib: limits.memory >> 20, instructions: None }
    }
}

fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl Settings {
    /// Reads settings from their JSON text; what cannot be understood gets its default.
    pub fn parse(text: &str) -> Self {
        // Only an object: serde would also take an array, field by field.
        let object: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        let mut settings: Self = serde_json::from_value(Value::Object(object)).unwrap_or_default();
        let within = |value: f32, low: f32, high: f32, fallback: f32| {
            if value.is_finite() { value.clamp(low, high) } else { fallback }
        };
        let sizes = PanelSizes::default();
        settings.zoom = Zoom(within(settings.zoom.0, 0.5, 3.0, 1.0));
        settings.panels.explorer = within(settings.panels.explorer, 180.0, 480.0, sizes.explorer);
        settings.panels.side = within(settings.panels.side, 300.0, 900.0, sizes.side);
        settings.panels.problems = within(settings.panels.problems, 96.0, 600.0, sizes.problems);
        let clamp = |value: u64, range: std::ops::RangeInclusive<u64>| value.clamp(*range.start(), *range.end());
        settings.limits.time_ms = clamp(settings.limits.time_ms, LimitSettings::TIME_MS);
        settings.limits.memory_mib = clamp(settings.limits.memory_mib, LimitSettings::MEMORY_MIB);
        let instructions = settings.limits.instructions;
        settings.limits.instructions = instructions.map(|count| clamp(count, LimitSettings::INSTRUCTIONS));
        let invocations = Invocations::RANGE;
        settings.invocations = Invocations(settings.invocations.0.clamp(*invocations.start(), *invocations.end()));
        settings.load = settings.load.within_bounds();
        settings.recent.retain(|path| !path.as_os_str().is_empty());
        settings.recent.truncate(MOST_RECENT);
        settings.exports.retain(|choices| !choices.bundle.as_os_str().is_empty());
        settings.exports.truncate(MOST_EXPORTS);
        settings
    }

    /// The plan of the next measurement.
    pub fn plan(&self) -> LoadPlan {
        let instances = if self.keep_instance { Instances::Kept } else { Instances::Fresh };
        self.load.plan(self.invocations.0, instances)
    }

    /// Puts a bundle at the head of the recent ones.
    pub fn remember(&mut self, root: &Path) {
        self.forget(root);
        self.recent.insert(0, root.into());
        self.recent.truncate(MOST_RECENT);
    }

    /// Remembers how a bundle is exported.
    pub fn remember_export(&mut self, choices: ExportChoices) {
        self.exports.retain(|known| known.bundle != choices.bundle);
        self.exports.insert(0, choices);
        self.exports.truncate(MOST_EXPORTS);
    }

    /// Takes a bundle from the recent ones.
    pub fn forget(&mut self, root: &Path) {
        self.recent.retain(|recent| recent != root);
    }
}

/// Where the settings are kept; nowhere in tests and where the system has no place for them.
#[derive(Clone, Debug, Default)]
pub struct SettingsFile(Option<PathBuf>);

impl SettingsFile {
    /// The user's own settings file.
    pub fn of_user() -> Self {
        Self(dirs::config_dir().map(|folder| folder.join("priostack-workbench").join("settings.json")))
    }

    /// Settings kept at `path`.
    pub fn at(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// Settings kept nowhere.
    pub fn none() -> Self {
        Self(None)
    }

    /// Reads the settings, or the defaults where there are none.
    pub fn load(&self) -> Settings {
        let text = self.0.as_ref().and_then(|path| {
            let mut text = String::new();
            std::fs::File::open(path).ok()?.take(LARGEST_FILE).read_to_string(&mut text).ok()?;
            Some(text)
        });
        text.map_or_else(Settings::default, |text| Settings::parse(&text))
    }

    /// Writes the settings through a temporary file beside them.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn save(&self, settings: &Settings) -> std::io::Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, settings)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_round_trip() {
        let folder = tempfile::tempdir().unwrap();
        let file = SettingsFile::at(folder.path().join("deep").join("settings.json"));
        let mut settings = Settings { theme: ThemeChoice::Light, ..Settings::default() };
        settings.remember(Path::new("/bundles/shop"));
        file.save(&settings).unwrap();
        assert_eq!(file.load(), settings);
    }

    #[test]
    fn garbage_counts_as_absent() {
        for text in ["", "nonsense", "[1, 2]", "{\"theme\": 7", "null"] {
            assert_eq!(Settings::parse(text), Settings::default(), "{text}");
        }
    }

    #[test]
    fn a_field_of_the_wrong_kind_does_not_spoil_the_others() {
        let settings = Settings::parse(r#"{"theme": "light", "zoom": "huge", "recent": 3, "limits": {"time_ms": -1}}"#);
        assert_eq!(settings, Settings { theme: ThemeChoice::Light, ..Settings::default() });
    }

    #[test]
    fn values_out_of_range_are_brought_into_it() {
        let text =
            r#"{"zoom": 900, "panels": {"explorer": 1e9}, "limits": {"memory_mib": 99999999}, "invocations": 0}"#;
        let settings = Settings::parse(text);
        assert_eq!(settings.zoom, Zoom(3.0));
        assert_eq!(settings.panels.explorer, 480.0);
        assert_eq!(settings.limits.memory_mib, 4096);
        assert_eq!(settings.invocations, Invocations(1));
    }

    #[test]
    fn a_bundle_opened_again_moves_to_the_head_of_the_recent_ones() {
        let mut settings = Settings::default();
        for name in ["a", "b", "c", "a"] {
            settings.remember(Path::new(name));
        }
        assert_eq!(settings.recent, [PathBuf::from("a"), PathBuf::from("c"), PathBuf::from("b")]);
    }
}
